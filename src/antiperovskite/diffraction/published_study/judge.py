"""Published disagreements, each judged by one stated rule from computed numbers; the words follow the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from antiperovskite.diffraction.published_study.contrasts import NOT_TOLD, TOLD
from antiperovskite.diffraction.published_study.model import Contrast, Disagreement, Found, LatticeChoice, Outcome
from antiperovskite.quantity import Quantity
from antiperovskite.structures.published.model import PublishedModel

SAME_EDGE: Final = 0.01
"""Parent edges that agree to this relative difference are one lattice with its axes named differently."""
SAME_CELL: Final = 0.03
"""A computed cell within this of the measured one: DFT errors (1 to 2 %) and thermal expansion together."""
CLEAR: Final = 2.0
"""Standard uncertainties from which on the order of two energies counts as decided."""

_BLIND_RULE: Final = (
    f"in a common lattice, at the stated counts: explained if no radiation that either study used tells the two models "
    f"apart (at most {NOT_TOLD:g} sigma), partly if only some do, not explained if all do ({TOLD:g} sigma or more)"
)


@dataclass(frozen=True)
class Evidence:
    """What the rules look at."""

    published: Mapping[str, PublishedModel]
    found: Mapping[str, Found]
    pairs: Mapping[tuple[str, str, LatticeChoice, str], Contrast]

    def pair(self, first: str, second: str, lattice: LatticeChoice, probe: str) -> Contrast | None:
        """The contrast of two models, in either order."""
        return self.pairs.get((first, second, lattice, probe)) or self.pairs.get((second, first, lattice, probe))


def judge(evidence: Evidence) -> tuple[Disagreement, ...]:
    """Every disagreement that the models allow to be judged."""
    return (
        *_size(evidence),
        *_experiments(evidence),
        *_tetragonal(evidence),
        *_computed_cells(evidence),
        *_ground_state(evidence),
        *_orientation(evidence),
    )


def _room_measurements(evidence: Evidence) -> list[PublishedModel]:
    return [
        model
        for model in evidence.published.values()
        if model.can_build and model.kind == "experiment" and model.temperature == "room"
    ]


def sorted_edges(model: PublishedModel) -> tuple[float, ...]:
    """Reported edges per parent cell, shortest first, angstrom."""
    repeats = model.repeats or (1, 1, 1)
    return tuple(sorted(edge / count for edge, count in zip(model.lengths, repeats, strict=True)))


def _size(evidence: Evidence) -> list[Disagreement]:
    models = _room_measurements(evidence)
    columns = list(zip(*(sorted_edges(model) for model in models), strict=True))
    spreads = [(max(column) - min(column)) / min(column) for column in columns]
    agree = max(spreads) <= SAME_EDGE
    ranges = ", ".join(f"{min(column):.3f} to {max(column):.3f}" for column in columns)
    doubled = sorted({"x".join(map(str, sorted(model.repeats or ()))) for model in models})
    return [
        Disagreement(
            id="cells",
            topic="lattice",
            claim=f"{len(models)} cells of different axes ({', '.join(doubled)} parent cells)",
            rule=f"explained if the edges per parent cell, sorted, agree within {100 * SAME_EDGE:g} %",
            outcome="explained" if agree else "not explained",
            reason=f"sorted edges per parent cell {ranges} angstrom, at most {100 * max(spreads):.2f} % apart"
            + (
                ": one lattice; the works differ in how its axes are named and which of them are doubled"
                if agree
                else ": the lattices themselves differ"
            ),
        )
    ]


def _experiments(evidence: Evidence) -> list[Disagreement]:
    """Pairs of measurements with different space groups or cells."""
    done = []
    for one, two in combinations(_room_measurements(evidence), 2):
        same_cell = (one.space_group, one.repeats) == (two.space_group, two.repeats)
        claim = f"{_name(one)} against {_name(two)}"
        if same_cell:
            done.append(
                Disagreement(
                    id=f"{one.id}--{two.id}",
                    topic="disorder",
                    claim=f"{claim}: same group and cell, ordered against disordered positions",
                    rule="judged only from published coordinates",
                    outcome="not judged",
                    reason="the coordinates of neither work could be read, and one rebuilt model stands for both",
                )
            )
            continue
        done.append(_blindness(evidence, one, two, claim))
    return done


def _blindness(evidence: Evidence, one: PublishedModel, two: PublishedModel, claim: str) -> Disagreement:
    probes = list(dict.fromkeys((*one.probes, *two.probes)))
    seen = [(probe, evidence.pair(one.id, two.id, "common", probe)) for probe in probes]
    known = [(probe, item) for probe, item in seen if item is not None]
    blind = [probe for probe, item in known if item.answer == "not told apart"]
    telling = [probe for probe, item in known if item.answer == "told apart"]
    outcome: Outcome
    if not known:
        outcome = "not judged"
    elif len(blind) == len(known):
        outcome = "explained"
    else:
        outcome = "not explained" if len(telling) == len(known) else "partly explained"
    numbers = "; ".join(f"{probe} {item.sigma.value:.1f} sigma" for probe, item in known)
    better = [
        probe
        for probe in ("xray", "neutron", "neutron, deuterated")
        if probe not in probes
        and (other := evidence.pair(one.id, two.id, "common", probe)) is not None
        and other.answer == "told apart"
    ]
    more = f"; {' and '.join(better)} would tell them apart" if better and outcome != "not explained" else ""
    return Disagreement(
        id=f"{one.id}--{two.id}",
        topic="space group",
        claim=claim,
        rule=_BLIND_RULE,
        outcome=outcome,
        reason=(numbers or "no radiation is named") + more,
    )


def _name(model: PublishedModel) -> str:
    return f"{model.study} ({model.space_group}, {'x'.join(map(str, model.repeats or ()))})"


def _tetragonal(evidence: Evidence) -> list[Disagreement]:
    pair = evidence.pair("song-p4mm", "cubic-100", "own", "xray")
    if pair is None:
        return []
    outcomes: dict[str, Outcome] = {"told apart": "not explained", "not told apart": "explained", "open": "not judged"}
    neutron = evidence.pair("song-p4mm", "cubic-100", "own", "neutron, deuterated")
    more = "" if neutron is None else f"; deuterated neutrons {neutron.sigma.value:.1f}"
    return [
        Disagreement(
            id="tetragonal-or-cubic",
            topic="phase between 40 and 60 °C",
            claim="Song et al. find a tetragonal phase (P4mm) where others find the cubic one",
            rule="explained if X-rays cannot tell the tetragonal model from the cubic one in their reported lattices",
            outcome=outcomes[pair.answer],
            reason=f"X-rays {pair.sigma.value:.1f} sigma{more}; the model has all the order that P4mm allows",
        )
    ]


def _computed_cells(evidence: Evidence) -> list[Disagreement]:
    measured = [
        sum(column) / len(column) for column in zip(*map(sorted_edges, _room_measurements(evidence)), strict=True)
    ]
    done = []
    for model in evidence.published.values():
        found = evidence.found.get(model.id)
        if model.kind != "modelling" or not model.can_build or found is None or not found.edges_found:
            continue
        reported = sorted_edges(model)
        relaxed = sorted(edge.value for edge in found.edges_found)
        off = max(abs(a / b - 1.0) for a, b in zip(reported, measured, strict=True))
        engine_off = max(abs(a / b - 1.0) for a, b in zip(reported, relaxed, strict=True))
        near = off <= SAME_CELL
        said = f"reported {_three(reported)}, measured mean {_three(measured)}, relaxed here {_three(relaxed)} angstrom"
        if near:
            verdict = "the computed cell is the measured one"
        elif engine_off <= SAME_CELL:
            verdict = "this engine confirms the computed cell, so the arrangement is not that of the samples at 300 K"
        else:
            verdict = f"and this engine does not confirm it either ({100 * engine_off:.0f} % off)"
        done.append(
            Disagreement(
                id=f"cell-{model.id}",
                topic="computed cell",
                claim=f"the computed cell of {_name(model)} against the measured ones",
                rule=f"explained if every sorted edge agrees with the mean of the measurements within "
                f"{100 * SAME_CELL:g} %",
                outcome="explained" if near else "not explained",
                reason=f"{said}; {verdict}",
            )
        )
    return done


def _three(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.3f}" for value in values)


def _ground_state(evidence: Evidence) -> list[Disagreement]:
    done = []
    for lower, higher, claim in (
        ("howard-p4mm", "howard-pmc21", "P4mm is the ground state and Pmc2_1 metastable (Howard et al. 2017)"),
        ("howard-cmcm", "howard-p4mm", "Cmcm is an additional ground state (Howard and Holzwarth 2019) beside P4mm"),
    ):
        first, second = evidence.found.get(lower), evidence.found.get(higher)
        if first is None or second is None:
            continue
        differences = [
            (name, b.value - a.value)
            for name, a in first.by_engine.items()
            if isinstance(a, Quantity) and isinstance(b := second.by_engine.get(name), Quantity)
        ]
        signs = {value > 0.0 for _, value in differences}
        outcome: Outcome = "not judged"
        if differences and len(signs) == 1:
            outcome = "explained" if signs == {True} else "not explained"
        numbers = ", ".join(f"{name} {value:+.1f}" for name, value in differences).replace("-", "−")
        done.append(
            Disagreement(
                id=f"order-{lower}-{higher}",
                topic="ground state",
                claim=claim,
                rule="explained (confirmed) if every engine puts the second above the first, not explained if every "
                "engine puts it below, else not judged",
                outcome=outcome,
                reason=f"second minus first, meV per formula unit: {numbers or 'not computed'}",
            )
        )
    return done


def _orientation(evidence: Evidence) -> list[Disagreement]:
    done = []
    for one, two in (("cubic-100", "cubic-110"), ("cubic-100", "cubic-111"), ("cubic-110", "cubic-111")):
        pairs = [evidence.pair(one, two, "own", probe) for probe in ("xray", "neutron", "neutron, deuterated")]
        known = [item for item in pairs if item is not None]
        if not known:
            continue
        by_probe = {item.probe: item for item in known}
        blind = by_probe["xray"].answer == "not told apart"
        numbers = "; ".join(f"{item.probe} {item.sigma.value:.1f} sigma" for item in known)
        done.append(
            Disagreement(
                id=f"{one}--{two}",
                topic="where H is in the cubic phase",
                claim=f"H along <{one[-3:]}> or along <{two[-3:]}>",
                rule="explained if X-rays cannot tell the two apart",
                outcome="explained" if blind else "partly explained",
                reason=numbers,
            )
        )
    return done
