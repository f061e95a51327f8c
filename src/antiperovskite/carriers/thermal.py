"""Vacancies that heat makes, from defect energies of the same engine, where that engine may be used for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.carriers.model import Thermal
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import NotComputed

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.defects.equilibrium.model import EquilibriumStudy
    from antiperovskite.defects.results import DefectStudy

KINDS: Final = ("schottky", "frenkel")


SUPERCELLS: Final = ("2", "3")


def thermal_vacancies(equilibrium: EquilibriumStudy, temperatures: Sequence[float]) -> tuple[Thermal, ...]:
    """Vacancies per cation site at these temperatures, which are among those of the equilibrium."""
    points = {point.temperature.value: point.carriers.vacancies for point in equilibrium.points}
    said = "; ".join(equilibrium.notes[:1])
    return tuple(
        Thermal(
            temperature_K=kelvin,
            vacancies=points[kelvin].model_copy(update={"method": f"{points[kelvin].method}; {said}"}),
        )
        for kelvin in temperatures
    )


def no_thermal_vacancies(why: str, engine: Engine, temperatures: Sequence[float]) -> tuple[Thermal, ...]:
    """The reason in their place."""
    reason = NotComputed(unit="1", method=why, source=engine.card.name)
    return tuple(Thermal(temperature_K=kelvin, vacancies=reason) for kelvin in temperatures)


def thermal_defects(
    formula: Formula,
    engine: Engine,
    *,
    supercells: Sequence[str] = SUPERCELLS,
    cache: Path | None = None,
    report: Any = None,
) -> DefectStudy:
    """The defects heat makes: Schottky and Frenkel; two or more supercells give their energies an uncertainty.

    Raises
    ------
    StructureError, EngineError, OptionError
        They cannot be computed.
    """
    from antiperovskite.defects import defect_study
    from antiperovskite.structures import build_structure

    return defect_study(
        build_structure(formula), engine, supercells=supercells, kinds=KINDS, lone=False, cache=cache, report=report
    )


def thermal_equilibrium(
    formula: Formula, found: DefectStudy, temperatures: Sequence[float], *, trusted_salt: str, also: Sequence[str] = ()
) -> EquilibriumStudy:
    """Vacancies and interstitials beside the host's salt, from the salt Schottky defect and the Frenkel pair.

    Parameters
    ----------
    found
        Of :func:`thermal_defects`.
    trusted_salt
        Why the engine may be used for the salt itself (an engine fitted to one compound extrapolates there).
    also
        What else is known about these energies.

    Raises
    ------
    MissingReferenceError
        ``trusted_salt`` is empty.
    OptionError
        The energies do not fix the defects.

    Notes
    -----
    Vibrational entropies are left out. The Schottky defect of the B anion needs a phase that ties it to the salt; it
    costs more and is left out as well.
    """
    from antiperovskite.defects.equilibrium import Conditions, concentrations, energies_of

    if not trusted_salt:
        raise MissingReferenceError(
            f"the vacancies' formation energy needs the salt's energy, and {found.engine.name} was not shown to be "
            "right for it"
        )
    mobile = next(iter(formula.sites.X))
    salt = {f"V_{mobile}", *(f"V_{ion}" for ion in formula.sites.A)}
    pair = {f"V_{mobile}", f"{mobile}_i"}
    data = energies_of(found, source=found.engine.name, keep=lambda one: set(one.defects) in (salt, pair))
    data = data.model_copy(update={"engine": ""})  # one salt: no other phase has to be tied to it
    study = concentrations(formula, data, [Conditions(temperature_K=kelvin) for kelvin in temperatures])
    notes = (f"{trusted_salt}; entropies left out", *also, *found.notes, *study.notes)
    return study.model_copy(update={"notes": notes})
