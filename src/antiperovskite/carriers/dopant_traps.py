"""From computed binding to traps of a walk: dopants that hold a cation site and keep vacancies beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.defects.results import CombinationResult, DefectStudy, Separation
    from antiperovskite.kinetics.table import Trap

_NEIGHBOURS: Final = 1.15
"""Times the shortest distance of two cation sites: pairs farther apart are no neighbours."""


def dopant_traps(
    formula: Formula, study: DefectStudy, amounts: Mapping[str, float]
) -> tuple[dict[str, Trap], tuple[str, ...]]:
    """Traps for kinetic Monte Carlo from a study of defects, and what is to be said of them.

    A trap binds a vacancy on neighbouring cation sites by the energy computed for such a pair against one far apart.

    Parameters
    ----------
    formula
        The host.
    study
        Of the same host, with the dopants.
    amounts
        Dopant -> atoms per formula unit.

    Raises
    ------
    OptionError
        The study is of another host or lacks a dopant, or its pair of neighbours has no binding energy.
    """
    from antiperovskite.ions import ion
    from antiperovskite.kinetics.table import Trap

    if study.formula.partition("#")[0] != formula.formula:
        raise OptionError(f"the defects are of {study.formula}, not of {formula.formula}")
    traps, notes = {}, []
    for dopant, amount in amounts.items():
        item = _pair(study, dopant)
        near = _neighbours(study, item, dopant)
        assert isinstance(near.binding, Quantity)
        mobile = next(name for name in item.defects if name.startswith("V_")).removeprefix("V_")
        sites = float(formula.sites.X[mobile])
        if not 0.0 < amount < sites:
            raise OptionError(f"{amount:g} {dopant} per formula unit is not allowed; give above 0 and below {sites:g}")
        traps[dopant] = Trap(fraction=amount / sites, charge=ion(dopant).charge, binding_eV=-near.binding.value)
        notes.append(
            f"{dopant}: a vacancy {near.closest:.2f} angstrom away is bound by {-near.binding.value:.3f} eV "
            f"({study.engine.name}, {near.binding.method})"
        )
        notes += [
            f"{dopant}: {s.closest:.2f} angstrom apart they bind by {-s.binding.value:.3f} eV, more than as "
            "neighbours; the walk does not know it"
            for s in item.separations
            if isinstance(s.binding, Quantity) and s.binding.value < near.binding.value
        ]
    return traps, tuple(notes)


def read_defects(path: Path) -> DefectStudy:
    """Read what ``antiperovskite defects --json`` wrote.

    Raises
    ------
    OptionError
        There is no such file.
    DataError
        It holds something else.
    """
    from antiperovskite._files import read_record
    from antiperovskite.defects.results import DefectStudy

    if not path.is_file():
        raise OptionError(f"no file {path}; give what antiperovskite defects --json wrote")
    return read_record(path, DefectStudy, "a study of defects")


def _pair(study: DefectStudy, dopant: str) -> CombinationResult:
    """The dopant on a cation site with one vacancy of that cation."""
    found = [
        item
        for item in study.combinations
        if sorted(item.defects.values()) == [1, 1]
        and {name.partition("_")[0] for name in item.defects} == {dopant, "V"}
        and len({name.partition("_")[2] for name in item.defects}) == 1
    ]
    if not found:
        known = ", ".join(item.name for item in study.combinations if item.kind == "dopant") or "no dopant"
        raise OptionError(
            f"the defects of {study.formula} have no {dopant} on a cation site with one vacancy (they have: {known}); "
            f"run: antiperovskite defects {study.formula} --kinds dopant --dopants {dopant} --json"
        )
    return found[0]


def _neighbours(study: DefectStudy, item: CombinationResult, dopant: str) -> Separation:
    """The arrangement with dopant and vacancy on neighbouring cation sites."""
    if not isinstance(study.lattice_parameter, Quantity):
        raise DataError(f"the study of {study.formula} has no lattice parameter, so neighbours cannot be told")
    shortest = study.lattice_parameter.value / 2.0**0.5
    near = [s for s in item.separations if s.closest < _NEIGHBOURS * shortest]
    bound = [s for s in near if isinstance(s.binding, Quantity)]
    if not bound:
        why = near[0].binding.method if near else "it was not computed or did not stay as it was put"
        raise OptionError(f"{dopant} beside a vacancy in {study.formula} has no binding energy: {why}")
    return min(bound, key=lambda s: s.fit.limit)
