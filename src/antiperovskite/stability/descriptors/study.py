"""The descriptor study: every descriptor under grouped cross-validation, with intervals, p-values and calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.descriptors import metrics
from antiperovskite.stability.descriptors.conclusions import (
    CAUTIONS,
    JUDGED,
    QUESTION,
    answer,
    better_than_baseline,
    choose,
)
from antiperovskite.stability.descriptors.data_set import (
    GROUPINGS,
    DataSet,
    Grouping,
    clear_label,
    computable,
    data_set,
)
from antiperovskite.stability.descriptors.features import Features
from antiperovskite.stability.descriptors.labels import Label, count_labels, labels
from antiperovskite.stability.descriptors.models import DESCRIPTORS, Descriptor
from antiperovskite.stability.descriptors.results import (
    Evaluation,
    ReliabilityBin,
    Study,
    Variant,
)
from antiperovskite.stability.descriptors.transfer import transfers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

DRAWS: Final = 1000
PERMUTATIONS: Final = 1999
BINS: Final = ((0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0))

VARIANTS: Final[dict[str, Callable[[Label], bool | None]]] = {
    "disputed counted as made": lambda label: (
        True if label.family == "core" and label.status == "disputed" else clear_label(label)
    ),
    "disputed counted as not made": lambda label: (
        False if label.family == "core" and label.status == "disputed" else clear_label(label)
    ),
    "only compositions that the source names": lambda label: clear_label(label) if label.trust == "verified" else None,
    "without labels that rest on a review's statement": lambda label: (
        None if label.basis == "stated" else clear_label(label)
    ),
    "predicted counted as not made": lambda label: (
        False if label.family == "core" and label.status == "predicted" else clear_label(label)
    ),
}


def held_out(descriptor: Descriptor, data: DataSet, group: Integers, seed: int) -> Array:
    """Predict every group with a model that never saw it; shape ``(n,)``.

    ``nan`` where the other groups do not hold both classes. Thresholds, imputation and scaling are learnt inside.
    """
    inputs = data.inputs(descriptor.inputs)
    result = np.full(len(data.truth), np.nan)
    for number in range(int(group.max()) + 1):
        out = group == number
        if len(set(data.truth[~out].tolist())) < 2:
            continue
        model = descriptor.build(seed).fit(inputs[~out], data.truth[~out])
        result[out] = model.probability(inputs[out])
    return result


def evaluate(
    descriptor: Descriptor,
    data: DataSet,
    grouping: Grouping,
    seed: int = 0,
    *,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
) -> Evaluation:
    """Judge one descriptor under one grouping.

    Parameters
    ----------
    descriptor, data, grouping
        What is judged, on which compositions, and what keeps related ones together.
    seed
        Seeds the models, the bootstrap and the permutation; the same seed gives the same numbers.
    draws, permutations
        Number of bootstrap samples and of permutations; 0 leaves intervals and p-values out.
    """
    mask = computable(descriptor, data)
    used = data.where(mask)
    lacking = tuple(_why_not(row, descriptor) for row, keep in zip(data.rows, mask, strict=True) if not keep)
    group = used.groups(grouping)
    probability = held_out(descriptor, used, group, seed) if len(used.truth) else np.array([])
    if len(set(used.truth.tolist())) < 2 or np.isnan(probability).any():
        return _not_evaluable(descriptor, used, grouping, group, lacking)
    found = metrics.score(metrics.terms(probability), used.truth)
    rng = np.random.default_rng([seed, GROUPINGS.index(grouping)])
    intervals = metrics.bootstrap(probability, used.truth, group, rng, draws) if draws else None
    p_values = metrics.permutation_p(probability, used.truth, group, rng, permutations) if permutations else None
    n, n_groups = len(used.truth), int(group.max()) + 1
    how = f"leave one {grouping} out ({n_groups} groups)"

    def quantity(value: float, name: str, interval: metrics.Interval | None) -> Quantity:
        if interval is None or intervals is None:
            reason = f"no uncertainty: fewer than {metrics.MIN_GROUPS} groups to resample" if draws else "not resampled"
            deviation = None
        else:
            deviation = round(interval.deviation, 4)
            reason = (
                f"uncertainty: bootstrap over groups, {draws} draws, {intervals.share_usable:.0%} with both classes"
            )
        return Quantity(
            value=round(value, 4),
            uncertainty=deviation,
            unit="1",
            n=n,
            method=f"{name}, {how}; {reason}",
            source=metrics.SOURCE,
        )

    brier = Quantity(
        value=round(found.brier, 4),
        uncertainty=None,
        unit="1",
        n=n,
        method=f"Brier score with equal class weights (always 1/2: 0.25), {how}; uncertainty not resampled",
        source=metrics.SOURCE,
    )
    wrong = tuple(
        row.formula
        for row, p, truth in zip(used.rows, probability, used.truth, strict=True)
        if (p > 0.5) != bool(truth)
    )
    return Evaluation(
        descriptor=descriptor.name,
        title=descriptor.title,
        kind=descriptor.kind,
        grouping=grouping,
        n_made=int(used.truth.sum()),
        n_not_made=int((1 - used.truth).sum()),
        n_groups=n_groups,
        balanced_accuracy=quantity(
            found.balanced_accuracy, "balanced accuracy", intervals and intervals.balanced_accuracy
        ),
        interval_balanced_accuracy=_rounded(intervals.balanced_accuracy) if intervals else None,
        auc=quantity(found.auc, "ROC AUC of pooled held-out predictions", intervals and intervals.auc),
        interval_auc=_rounded(intervals.auc) if intervals else None,
        brier=brier,
        p_balanced_accuracy=None if p_values is None else round(p_values[0], 5),
        p_auc=None if p_values is None else round(p_values[1], 5),
        p_holm=None,
        reliability=_reliability(probability, used.truth),
        left_out=lacking,
        wrong=wrong,
        leak=descriptor.leak,
    )


def _why_not(row: Features, descriptor: Descriptor) -> str:
    """A composition without a descriptor, and the reason."""
    reasons = dict.fromkeys(row.missing[name] for name in descriptor.inputs if name in row.missing)
    return f"{row.formula}: {'; '.join(reasons)}"


def _rounded(interval: metrics.Interval) -> tuple[float, float]:
    return round(interval.low, 4), round(interval.high, 4)


def _not_evaluable(
    descriptor: Descriptor, used: DataSet, grouping: Grouping, group: Integers, lacking: tuple[str, ...]
) -> Evaluation:
    nothing = NotComputed(
        unit="1", method="the compositions with this descriptor do not hold both classes in every fold"
    )
    return Evaluation(
        descriptor=descriptor.name,
        title=descriptor.title,
        kind=descriptor.kind,
        grouping=grouping,
        n_made=int(used.truth.sum()),
        n_not_made=int((1 - used.truth).sum()),
        n_groups=len(set(group.tolist())),
        balanced_accuracy=nothing,
        interval_balanced_accuracy=None,
        auc=nothing,
        interval_auc=None,
        brier=nothing,
        p_balanced_accuracy=None,
        p_auc=None,
        p_holm=None,
        left_out=lacking,
        leak=descriptor.leak,
    )


def _reliability(probability: Array, truth: Integers) -> tuple[ReliabilityBin, ...]:
    bins = []
    for low, high in BINS:
        inside = (probability >= low) & ((probability < high) if high < 1.0 else (probability <= high))
        n = int(inside.sum())
        bins.append(
            ReliabilityBin(
                low=round(low, 4),
                high=round(high, 4),
                n=n,
                mean_probability=_share(float(probability[inside].sum()), n, "mean predicted probability"),
                share_made=_share(float(truth[inside].sum()), n, "share that was made"),
            )
        )
    return tuple(bins)


def _share(total: float, n: int, what: str) -> AnyQuantity:
    if n == 0:
        return NotComputed(unit="1", method="no composition falls in this bin")
    return Quantity(
        value=round(total / n, 4),
        uncertainty=None,
        unit="1",
        n=n,
        method=f"{what}; no uncertainty: a count",
        source=metrics.SOURCE,
    )


def run_study(
    seed: int = 0,
    *,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
    entries: Sequence[Label] | None = None,
    report: Callable[[str, str], None] | None = None,
) -> Study:
    """Run the whole study; the same seed gives the same numbers.

    Parameters
    ----------
    seed
        Not negative.
    draws, permutations
        Bootstrap samples and permutations an evaluation.
    entries
        Labels to use; the shipped ones without it.
    report
        Called with (step, detail).

    Raises
    ------
    OptionError
        A negative seed.
    """
    if seed < 0:
        raise OptionError(f"the seed {seed} is negative; choose 0 or more")
    known = tuple(entries) if entries is not None else labels()
    data = data_set(known, clear_label)
    evaluations: list[Evaluation] = []
    for grouping in GROUPINGS:
        found = []
        for descriptor in DESCRIPTORS:
            if report:
                report("evaluation", f"leave one {grouping} out: {descriptor.title}")
            found.append(evaluate(descriptor, data, grouping, seed, draws=draws, permutations=permutations))
        evaluations += _adjusted(found)
    variants = []
    for name, made in VARIANTS.items():
        if report:
            report("sensitivity", name)
        variants += _variant(name, data_set(known, made), seed)
    recommended, because = choose(evaluations, len(data.truth))
    better = better_than_baseline(evaluations)
    return Study(
        question=QUESTION,
        answer=answer(evaluations, better, recommended),
        recommended=recommended,
        recommended_because=because,
        beats_baseline=better,
        seed=seed,
        settings=f"{draws} bootstrap samples of groups, {permutations} block permutations, models trained in each fold",
        n_made=int(data.truth.sum()),
        n_not_made=int((1 - data.truth).sum()),
        counts=count_labels(known),
        evaluations=tuple(evaluations),
        variants=tuple(variants),
        transfer=tuple(transfers(known, data, seed)),
        cautions=CAUTIONS,
    )


def _adjusted(found: list[Evaluation]) -> list[Evaluation]:
    """Holm's adjustment over all descriptors compared under one grouping."""
    tested = [entry for entry in found if entry.p_auc is not None]
    adjusted = dict(
        zip(
            (entry.descriptor for entry in tested),
            metrics.holm([entry.p_auc for entry in tested if entry.p_auc is not None]),
            strict=True,
        )
    )
    return [entry.model_copy(update={"p_holm": adjusted.get(entry.descriptor)}) for entry in found]


def _variant(name: str, data: DataSet, seed: int) -> list[Variant]:
    rows = []
    for grouping in JUDGED:
        for descriptor in DESCRIPTORS:
            found = evaluate(descriptor, data, grouping, seed, draws=0, permutations=0)
            rows.append(
                Variant(
                    variant=name,
                    descriptor=descriptor.name,
                    grouping=grouping,
                    n_made=found.n_made,
                    n_not_made=found.n_not_made,
                    balanced_accuracy=found.balanced_accuracy,
                    auc=found.auc,
                )
            )
    return rows
