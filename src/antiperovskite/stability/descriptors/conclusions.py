"""What follows from the evaluations: the answer, the default descriptor and the cautions, all derived from numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from antiperovskite.stability.descriptors.data_set import Grouping
from antiperovskite.stability.descriptors.models import BASELINE, DESCRIPTORS
from antiperovskite.stability.descriptors.results import Evaluation

SIGNIFICANCE: Final = 0.05
COVERAGE: Final = 0.9
JUDGED: Final[tuple[Grouping, ...]] = ("B anion", "A anion")
"""Groupings with enough groups for intervals."""
DOMAIN: Final[tuple[Grouping, ...]] = ("A anion", "X cation")
"""Groupings that stand for the use of the default: other compositions of B anions that have labels."""
MARGIN: Final = 0.02
QUESTION: Final = "Which descriptor predicts which X3BA anti-perovskites (X = Li, Na, K) can be made?"


def beats_chance(entry: Evaluation) -> bool:
    """Whether the interval of the AUC lies above 1/2 and its adjusted p-value below 0.05."""
    interval, p = entry.interval_auc, entry.p_holm
    return interval is not None and interval[0] > 0.5 and p is not None and p < SIGNIFICANCE


def mean_auc(evaluations: Sequence[Evaluation], name: str) -> float:
    """Mean AUC of a descriptor over the groupings of the default's domain; ``-inf`` where one is not computed."""
    values = [e.auc.value for e in evaluations if e.descriptor == name and e.grouping in DOMAIN]
    return -math.inf if None in values or not values else math.fsum(v for v in values if v is not None) / len(values)


def choose(evaluations: Sequence[Evaluation], n: int) -> tuple[str, str]:
    """Pick the default descriptor; returns its name and the reason in words.

    No descriptor is asked about a B anion without labels, so the groupings that count are those by A anion and by X
    cation. Candidates learn from the labels and are computable for at least 90 % of the labelled compositions. The
    highest mean AUC wins; among those within 0.02 of it, the one with the fewest inputs.
    """
    candidates = [
        entry.name
        for entry in DESCRIPTORS
        if entry.kind != "fixed rule"
        and all(e.n_made + e.n_not_made >= COVERAGE * n for e in evaluations if e.descriptor == entry.name)
    ]
    inputs = {entry.name: len(entry.inputs) for entry in DESCRIPTORS}
    best = max(mean_auc(evaluations, name) for name in candidates)
    close = [name for name in candidates if mean_auc(evaluations, name) >= best - MARGIN]
    chosen = min(close, key=lambda name: (inputs[name], -mean_auc(evaluations, name)))
    because = (
        f"mean AUC {mean_auc(evaluations, chosen):.2f} over leave-one-{' and leave-one-'.join(DOMAIN)}-out, the "
        f"highest (within {MARGIN:g}; of close ones the fewest inputs) of the {len(candidates)} that learn from the "
        f"labels and can be computed for {COVERAGE:.0%} of them; it is not asked about B anions without labels"
    )
    return chosen, because


def better_than_baseline(evaluations: Sequence[Evaluation]) -> tuple[str, ...]:
    """Descriptors whose mean AUC over the default's groupings exceeds the record's by more than 0.02."""
    floor = mean_auc(evaluations, BASELINE) + MARGIN
    return tuple(
        entry.name for entry in DESCRIPTORS if entry.kind != "baseline" and mean_auc(evaluations, entry.name) > floor
    )


def answer(evaluations: Sequence[Evaluation], better: Sequence[str], recommended: str) -> str:
    """The answer in words, from the numbers."""
    titles = {entry.name: entry.title for entry in DESCRIPTORS}
    record = titles[BASELINE]
    beaten = f"these do better than the baseline ({record}): {'; '.join(titles[name] for name in better)}"
    none = f"no descriptor beats the baseline ({record})"
    parts = [
        f"For B anions with labels {beaten if better else none}.",
        f"For B anions never seen {_winners(evaluations, 'B anion')}.",
        f"For A anions never seen {_winners(evaluations, 'A anion')}; all of these can recognise the B anion.",
        _goldschmidt(evaluations),
        f"The default is: {titles[recommended]}, for B anions with labels only.",
    ]
    return " ".join(parts)


def _winners(evaluations: Sequence[Evaluation], grouping: Grouping) -> str:
    titles = {entry.name: entry.title for entry in DESCRIPTORS}
    here = [e for e in evaluations if e.grouping == grouping and e.auc.value is not None]
    found = [titles[e.descriptor] for e in here if beats_chance(e)]
    test = f"AUC interval above 1/2 and Holm-adjusted p < {SIGNIFICANCE:g}"
    if found:
        return f"these are better than chance ({test}): {'; '.join(found)}"
    if not here:
        return "nothing could be evaluated"
    best = max(here, key=lambda e: e.auc.value or 0.0)
    interval = f", interval {best.interval_auc[0]:.2f} to {best.interval_auc[1]:.2f}" if best.interval_auc else ""
    p = f", Holm-adjusted p {best.p_holm:.2g}" if best.p_holm is not None else ""
    closest = f"{titles[best.descriptor]}, AUC {best.auc.value:.2f}{interval}{p}"
    return f"none is better than chance ({test}); closest: {closest}"


def _goldschmidt(evaluations: Sequence[Evaluation]) -> str:
    found = [e for e in evaluations if e.descriptor.startswith("t_") and e.grouping in JUDGED]
    verb = "is better than chance" if any(beats_chance(e) for e in found) else "is nowhere better than chance"
    tau = [e for e in evaluations if e.descriptor.startswith("tau_") and e.grouping in JUDGED]
    also = "is" if any(beats_chance(e) for e in tau) else "neither is"
    return f"Goldschmidt's factor, on either radius scale, {verb}; {also} Bartel's tau."


CAUTIONS: Final = (
    "Few compositions, fewer known not to form: the absence of a report is no proof that a phase cannot exist.",
    "Most negative labels rest on the statement of one review about S on B, and on Na2OHA; they share a B anion, so "
    "that leaving one B anion out removes most negatives at once.",
    "Made includes phases that needed high pressure (several M3HCh and M3FCh): the label is not about stability at "
    "ambient pressure.",
    "Pooled AUC of held-out groups compares compositions across folds whose models differ; it may fall below 1/2 for "
    "a descriptor without information.",
    "Radius and charge of B identify the B anion, so that with one A anion or X cation left out a classifier can "
    "repeat which B anions have worked; judge it by its lead over that record, not over chance.",
    "That the default is judged on B anions with labels only was decided after seeing that nothing works on others.",
    "Several descriptors were compared on the same few compositions: read the Holm-adjusted p-values, not the best of "
    "the row.",
)
