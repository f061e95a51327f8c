"""Measured formation enthalpies at 298.15 K that a calibration is fitted to."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError
from antiperovskite.units import conversion_factor


class FormationEnthalpy(Model):
    """One crystal's enthalpy of formation from the elements at 298.15 K and 1 bar."""

    formula: str = Field(description="pymatgen's reduced formula")
    value: float = Field(description="kJ per mole of the formula")
    uncertainty: float = Field(gt=0, description="standard uncertainty assumed, kJ/mol")
    source: str
    phase: str = Field(default="", description="name of the reference phase, where the formula alone is not enough")
    citations: tuple[str, ...] = ()

    @property
    def value_ev(self) -> float:
        """The enthalpy in eV per formula unit."""
        return self.value * conversion_factor("kJ/mol", "eV")

    @property
    def uncertainty_ev(self) -> float:
        """Its standard uncertainty in eV per formula unit."""
        return self.uncertainty * conversion_factor("kJ/mol", "eV")


class _EnthalpyFile(Model):
    enthalpies: tuple[FormationEnthalpy, ...]


@cache
def formation_enthalpies() -> dict[str, FormationEnthalpy]:
    """Return the shipped measured enthalpies by reduced formula."""
    path = package_data("stability", "formation_enthalpies.yaml")
    found = validate(read_yaml(path), _EnthalpyFile, path).enthalpies
    by_formula = {entry.formula: entry for entry in found}
    if len(by_formula) != len(found):
        raise DataError(f"{path}: two enthalpies of one formula")
    return by_formula
