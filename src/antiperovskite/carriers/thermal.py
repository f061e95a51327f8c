"""Vacancies that heat makes, from defect energies of the same engine, where that engine may be used for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.carriers.model import Thermal
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.quantity import NotComputed

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula

KINDS: Final = ("schottky", "frenkel")


def thermal_vacancies(
    formula: Formula,
    engine: Engine,
    temperatures: Sequence[float],
    *,
    supercells: Sequence[str] = ("3",),
    trusted_salt: str = "",
    cache: Path | None = None,
    report: Any = None,
) -> tuple[Thermal, ...]:
    """Vacancies per cation site beside the host's salt, from the salt Schottky defect and the Frenkel pair.

    Parameters
    ----------
    trusted_salt
        Why the engine may be used for the salt itself (an engine fitted to one compound extrapolates there); empty:
        nothing is computed.

    Notes
    -----
    Vibrational entropies are left out. The Schottky defect of the B anion needs a phase that ties it to the salt; it
    costs more and is left out as well.
    """
    try:
        if not trusted_salt:
            raise AntiperovskiteError(
                f"the vacancies' formation energy needs the salt's energy, and {engine.card.name} was not shown to be "
                "right for it"
            )
        return _computed(formula, engine, temperatures, supercells, trusted_salt, cache, report)
    except AntiperovskiteError as error:
        why = NotComputed(unit="1", method=str(error), source=engine.card.name)
        return tuple(Thermal(temperature_K=kelvin, vacancies=why) for kelvin in temperatures)


def _computed(
    formula: Formula, engine: Engine, temperatures: Sequence[float], supercells: Sequence[str], trusted: str,
    cache: Path | None, report: Any,
) -> tuple[Thermal, ...]:  # fmt: skip
    from antiperovskite.defects import defect_study
    from antiperovskite.defects.equilibrium import Conditions, concentrations, energies_of
    from antiperovskite.structures import build_structure

    found = defect_study(
        build_structure(formula), engine, supercells=supercells, kinds=KINDS, lone=False, cache=cache, report=report
    )
    mobile = next(iter(formula.sites.X))
    salt = {f"V_{mobile}", *(f"V_{ion}" for ion in formula.sites.A)}
    pair = {f"V_{mobile}", f"{mobile}_i"}
    kept = [reaction for reaction in found.reactions if set(reaction.defects) in (salt, pair)]
    data = energies_of(
        kept, host=formula.formula, source=engine.card.name,
        multiplicities={d.name: d.multiplicity for d in found.defects},
    )  # fmt: skip
    study = concentrations(formula, data, [Conditions(temperature_K=kelvin) for kelvin in temperatures])
    done = []
    for point in study.points:
        amount = point.carriers.vacancies
        done.append(
            Thermal(
                temperature_K=point.temperature.value,
                vacancies=amount.model_copy(update={"method": f"{amount.method}; {trusted}; entropies left out"}),
            )
        )
    return tuple(done)
