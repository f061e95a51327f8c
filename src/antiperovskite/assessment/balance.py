"""Who carries the current? Defect energies give numbers of carriers in equilibrium, barriers say how fast each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from antiperovskite.assessment.hop_model import Defects, Migration
from antiperovskite.carriers.balance import CarrierBalance, carrier_balance
from antiperovskite.composition.model import Formula
from antiperovskite.defects.equilibrium import COUNTED
from antiperovskite.defects.equilibrium.model import EquilibriumStudy
from antiperovskite.defects.joined import combinations_once
from antiperovskite.defects.model import DefectReaction
from antiperovskite.errors import DataError, OptionError
from antiperovskite.migration.lowest import lowest_barrier
from antiperovskite.quantity import AnyQuantity, NotComputed

TEMPERATURES_K: Final = (300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0)


@dataclass(frozen=True)
class Balance:
    """Carriers over temperature and the equilibrium behind them, or the reason why they cannot be weighed."""

    found: CarrierBalance | None = None
    equilibrium: EquilibriumStudy | None = None
    reason: str = ""


def assess_balance(formula: Formula, defects: Defects | None, migration: Migration | None) -> Balance:
    """Weigh isolated carriers in a pure crystal beside its own salt, with one engine's numbers.

    The lowest barrier of each mechanism counts. Barriers of protons are not computed here, so they have no share.
    """
    if defects is None:
        return Balance(reason="it takes the energies of defects, and there are none")
    reactions = _reactions(defects)
    kinds = {reaction.kind for reaction in reactions}
    if missing := [kind for kind in ("schottky", "frenkel") if kind not in kinds]:
        return Balance(reason=f"it takes dispersed {' and '.join(missing)} defects, which have no energy here")
    lost = ""
    for tried in (reactions, _of_own_salt(reactions)):
        try:
            found = _equilibrium(formula, defects, tried)
        except (OptionError, DataError) as error:
            lost = lost or str(error)
            continue
        left = [reaction.name for reaction in reactions if reaction not in tried]
        note = (f"{', '.join(left)} left out: {lost}",) if left else ()
        found = found.model_copy(update={"notes": (*found.notes, *note)})
        return Balance(carrier_balance(found, _barriers(defects, migration)), found)
    return Balance(reason=lost)


def _reactions(defects: Defects) -> list[DefectReaction]:
    found = [item.dispersed for item in combinations_once(defects.studies) if item.kind in COUNTED]
    return [reaction for reaction in found if reaction is not None]


def _of_own_salt(reactions: list[DefectReaction]) -> list[DefectReaction]:
    """Frenkel pairs and the Schottky reaction of one salt, which need no phase beside it."""
    salts = [r for r in reactions if r.kind == "schottky" and len({*r.reactants, *r.products}) == 1]
    lowest = min(salts, key=lambda r: r.energy.value / sum(r.defects.values()), default=None)
    return [r for r in reactions if r is lowest or not (r.reactants or r.products)]


def _barriers(defects: Defects, migration: Migration | None) -> dict[str, AnyQuantity]:
    """Barriers of both carriers, of the engine of the defects, or why there are none."""
    if migration is None or migration.engine != defects.engine:
        whose = "none was computed" if migration is None else f"they are of {migration.engine}"
        why = NotComputed(unit="eV", method=f"no barrier with {defects.engine}, whose the energies are: {whose}")
        return {"vacancy": why, "interstitial": why}
    barriers = [b for study in migration.studies for b in study.barriers]
    return {"vacancy": lowest_barrier(barriers, "vacancy"), "interstitial": lowest_barrier(barriers, "dumbbell")}


def _equilibrium(formula: Formula, defects: Defects, reactions: list[DefectReaction]) -> EquilibriumStudy:
    from antiperovskite.defects.equilibrium import Conditions, concentrations, energies_of
    from antiperovskite.defects.joined import joined

    source = f"defects of {formula.formula} with {defects.engine}, {defects.origin}"
    data = energies_of(joined(defects.studies), source=source, keep=lambda one: one in reactions)
    points = [Conditions(temperature_K=T) for T in TEMPERATURES_K]
    return concentrations(formula, data, points, axis="temperature")
