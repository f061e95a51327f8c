"""What do its defects cost? The shipped studies of the compound, or a study with a fast engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiperovskite.assessment.fast import carrier_engine, cell_sizes, command_reason
from antiperovskite.assessment.hop_model import Defects
from antiperovskite.assessment.options import Options, Progress
from antiperovskite.composition.model import Formula
from antiperovskite.defects.joined import combinations_once
from antiperovskite.defects.results import CombinationResult
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

INTRINSIC: Final = ("schottky", "frenkel", "antisite")
DEFECT_QUANTITIES: Final = {
    "lowest_schottky_energy_per_defect": "schottky",
    "lowest_frenkel_energy_per_defect": "frenkel",
}
"""Quantities of an assessment that defects give, where they were asked for, and the kind of each."""


@dataclass(frozen=True)
class DefectPart:
    """The studies, or the reason why there are none."""

    found: Defects | None = None
    reason: str = ""
    asked: bool = False

    @property
    def quantities(self) -> dict[str, AnyQuantity]:
        """The lowest energy of each kind; none where the depth does not ask for them."""
        if self.found is not None:
            items = combinations_once(self.found.studies)
            return {name: lowest_energy(items, kind) for name, kind in DEFECT_QUANTITIES.items()}
        if not self.asked:
            return {}
        return {name: NotComputed(unit="eV", method=self.reason) for name in DEFECT_QUANTITIES}


def assess_defects(formula: Formula, options: Options, cache: Path, progress: Progress) -> DefectPart:
    """Return the defects of a compound: shipped studies at any depth, computed ones where a fast engine can.

    Raises
    ------
    EngineError, StructureError
        The study failed; finished cells are kept in ``cache``.
    """
    name = formula.formula
    known = _shipped(name, options.engine)
    if known is not None:
        progress("defects", "studies of this compound come with the package")
        return DefectPart(known, asked=True)
    engine = carrier_engine(formula, options, "defects")
    if engine is None:
        asked = options.settings.conduction
        return DefectPart(reason=command_reason(f"defects {name}", options), asked=asked)
    from antiperovskite.defects import defect_study
    from antiperovskite.structures import build_structure

    model = build_structure(formula)
    sizes = ["x".join(map(str, times)) for times in cell_sizes(model)]
    study = defect_study(model, engine, supercells=sizes, kinds=INTRINSIC, cache=cache, report=progress)
    made_by = f"antiperovskite defects {name} --engine {engine.card.name} --supercells {','.join(sizes)}"
    return DefectPart(
        Defects(engine=engine.card.name, origin="computed", made_by=made_by, studies=(study,)), asked=True
    )


def _shipped(formula: str, engine: str) -> Defects | None:
    from antiperovskite.defects.shipped import shipped_studies
    from antiperovskite.transport.study.coverage import composition_of

    try:
        kept = shipped_studies(engine)
    except MissingReferenceError:
        return None
    studies = tuple(s for s in kept.studies if composition_of(s.formula) == composition_of(formula))
    return Defects(engine=engine, origin="shipped", made_by=kept.made_by, studies=studies) if studies else None


def per_defect(energy: Quantity, defects: int) -> Quantity:
    """Energy of a reaction over the number of defects it makes, which is what counts for how many there are."""
    return energy.model_copy(
        update={
            "value": energy.value / defects,
            "uncertainty": None if energy.uncertainty is None else energy.uncertainty / defects,
            "method": f"per defect, of {defects}: {energy.method}",
        }
    )


def lowest_energy(items: tuple[CombinationResult, ...], kind: str) -> AnyQuantity:
    """The lowest energy per defect of dispersed combinations of one kind."""
    of_kind = [item for item in items if item.kind == kind]
    found = [
        (per_defect(item.dispersed.energy, sum(item.defects.values())), item.name)
        for item in of_kind
        if item.dispersed is not None
    ]
    if not found:
        why = "; ".join(note for item in of_kind for note in item.notes) or f"no {kind} combination was computed"
        return NotComputed(unit="eV", method=f"no energy of dispersed {kind} defects: {why}")
    value, name = min(found, key=lambda pair: pair[0].value)
    note = "" if value.uncertainty is not None else "; no uncertainty: the error of the supercell's size is not known"
    return value.model_copy(update={"method": f"{name}, far apart, {value.method}{note}"})
