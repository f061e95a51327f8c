"""How good a calibration is: residuals of compounds and whole chemistries left out, and coverage of the intervals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.stability.calibration.calibrate import Calibration
from antiperovskite.stability.calibration.regression import (
    Datum,
    LeftOut,
    leave_group_out,
    leave_one_out,
)

PREDICTABLE: Final = 0.3  # eV/atom; a wider interval says that nothing else in the data speaks of this chemistry
FEWEST: Final = 3  # compounds of a chemistry that is left out as a whole


class Residual(Model):
    """One compound predicted from all others."""

    name: str
    chemistry: str
    measured: float = Field(description="formation enthalpy at 298.15 K, eV per atom")
    left_out: float = Field(description="measured minus predicted without this compound, eV per atom")
    uncertainty: float = Field(description="standard uncertainty of that prediction, eV per atom")
    source: str

    @property
    def z(self) -> float:
        """Residual in standard uncertainties."""
        return self.left_out / self.uncertainty


class Coverage(Model):
    """How often intervals hold the truth."""

    what: str
    compounds: int
    rms: float = Field(description="root mean square residual, eV per atom")
    within_one: float = Field(description="share within one standard uncertainty; 0.683 is right")
    within_two: float = Field(description="share within two; 0.954 is right")


class CalibrationStudy(Model):
    """Everything the documentation shows of one engine's calibration."""

    engine: str
    compounds: int
    scales: dict[str, float] = Field(description="fitted standard deviations, eV (all but cation: per atom)")
    residuals: tuple[Residual, ...]
    left_out_one: Coverage
    left_out_chemistries: tuple[Coverage, ...]
    pooled_chemistries: Coverage


def study_calibration(calibrated: Calibration) -> CalibrationStudy:
    """Leave out every compound, then every cation and every anion group, and compare with what was measured."""
    singles = leave_one_out(calibrated.data, calibrated.posterior.scales)
    residuals = tuple(_residual(calibrated, datum, left) for datum, left in zip(calibrated.data, singles, strict=True))
    atoms = {datum.name: datum.atoms for datum in calibrated.data}
    chemistries, pooled = [], []
    for what in sorted(_chemistries(calibrated.data)):
        marked = [what in _chemistries([datum]) for datum in calibrated.data]
        if sum(marked) < FEWEST or sum(marked) > len(marked) / 2:
            continue
        left = leave_group_out(calibrated.data, marked, calibrated.posterior.scales)
        per_atom = _per_atom(left, atoms)
        if per_atom:
            chemistries.append(_coverage(what, per_atom))
            pooled += per_atom
    return CalibrationStudy(
        engine=calibrated.engine.name,
        compounds=len(calibrated.data),
        scales=calibrated.posterior.scales,
        residuals=residuals,
        left_out_one=_coverage("one compound left out", _per_atom(singles, atoms)),
        left_out_chemistries=tuple(chemistries),
        pooled_chemistries=_coverage("all compounds of an ion left out", pooled),
    )


def _chemistries(data: Iterable[Datum]) -> set[str]:
    """The ions of the data: cations and anion groups."""
    kinds = ("cation:", "group:", "shift:")
    return {v.split(":", 1)[1] for datum in data for v in datum.weights if v.startswith(kinds)}


def _per_atom(left: Iterable[LeftOut], atoms: dict[str, float]) -> list[tuple[float, float]]:
    """(residual, standard uncertainty) per atom of the predictions that say anything."""
    pairs = [(item.residual / atoms[item.name], item.uncertainty / atoms[item.name]) for item in left]
    return [(residual, uncertainty) for residual, uncertainty in pairs if uncertainty < PREDICTABLE]


def _coverage(what: str, pairs: list[tuple[float, float]]) -> Coverage:
    number = len(pairs)
    return Coverage(
        what=what,
        compounds=number,
        rms=(sum(residual**2 for residual, _ in pairs) / number) ** 0.5 if number else 0.0,
        within_one=sum(abs(residual) < u for residual, u in pairs) / number if number else 0.0,
        within_two=sum(abs(residual) < 2 * u for residual, u in pairs) / number if number else 0.0,
    )


def _residual(calibrated: Calibration, datum: Datum, left: LeftOut) -> Residual:
    enthalpy = calibrated.measured[calibrated.formula_of(datum.name)]
    ions = _chemistries([datum])
    return Residual(
        name=datum.name,
        chemistry=", ".join(sorted(ions)) or "molecule",
        measured=enthalpy.value_ev / datum.atoms,
        left_out=left.residual / datum.atoms,
        uncertainty=left.uncertainty / datum.atoms,
        source=enthalpy.source,
    )
