"""The shipped DFT results, and the reactions between their phases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from antiperovskite._files import package_data, read_record
from antiperovskite.errors import DataError, OptionError, best_match, one_line
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.dft.model import DFTPhase, DFTResults, PlannedReaction
from antiperovskite.stability.dft.plan import plan
from antiperovskite.stability.energies import hull_phases
from antiperovskite.stability.equations import participants, write_equation
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.references import reference_set

SHIPPED = "gpaw-pbe"
NAMING_ENGINE = "7net-0"  # the reference set the geometries started from and the names come from


@cache
def dft_results() -> DFTResults:
    """Return the shipped DFT results.

    Raises
    ------
    DataError
        The file is missing or damaged.
    """
    path = package_data("stability/dft", f"{SHIPPED}.json")
    if not path.is_file():
        raise DataError(f"no DFT results are shipped ({path}); write them with scripts/dft_reactions.py collect")
    return read_record(path, DFTResults, "a set of DFT results")


def planned_reaction(key: str) -> PlannedReaction:
    """Return the planned reaction called ``key``.

    Raises
    ------
    OptionError
        There is none; the message lists those there are.
    """
    known = {reaction.key: reaction for reaction in plan().reactions}
    if key not in known:
        names = list(known)
        raise OptionError(
            f"unknown reaction {one_line(key, 40)!r}; choose one of {', '.join(names)}{best_match(key, names)}"
        )
    return known[key]


def energy_change(reaction: PlannedReaction, energies: Mapping[str, float]) -> float:
    """Products minus reactants, eV for the amounts of the reaction; ``energies`` in eV per formula unit by phase."""
    after = sum(amount * energies[name] for name, amount in reaction.products.items())
    return after - sum(amount * energies[name] for name, amount in reaction.reactants.items())


def missing_phases(reaction: PlannedReaction, known: Mapping[str, object]) -> list[str]:
    """Phases of the reaction that are not among those computed."""
    return [name for name in (*reaction.reactants, *reaction.products) if name not in known]


def equation(reaction: PlannedReaction) -> str:
    """Write the reaction as chemists do: ``Li2O + LiCl -> Li3OCl``."""
    known = {phase.name: phase for phase in hull_phases(reference_set(NAMING_ENGINE))}
    reactants, products = (
        participants([(known.get(name) or PhaseEnergy(name, name, {}, 0.0), amount) for name, amount in side.items()])
        for side in (reaction.reactants, reaction.products)
    )
    return write_equation(reactants, products)


def dft_energy(reaction: PlannedReaction) -> Quantity | NotComputed:
    """Return the DFT energy of a reaction in meV for the amounts as written, static at 0 K."""
    results = dft_results()
    phases = {phase.name: phase for phase in results.phases}
    missing = missing_phases(reaction, phases)
    if missing:
        return NotComputed(unit="meV", method=f"not computed with DFT: {', '.join(missing)}")
    used = [phases[name] for name in (*reaction.reactants, *reaction.products)]
    return Quantity(
        value=1000.0 * energy_change(reaction, {phase.name: phase.energy for phase in used}),
        uncertainty=None,
        unit="meV",
        method=(
            f"difference of static DFT energies, no zero-point motion; {geometry_text(used)}; the error of the "
            f"functional is not known here, and {numerical_text(results, reaction.key)}"
        ),
        source=f"{results.engine.version}; {used[0].settings.text()}",
        citations=results.engine.citations,
    )


def geometry_text(phases: list[DFTPhase]) -> str:
    """Say in words what of the phases was relaxed."""
    full = [phase.name for phase in phases if phase.geometry == "cell and positions"]
    rest = [f"{phase.name}: {_geometry(phase)}" for phase in phases if phase.geometry != "cell and positions"]
    if not rest:
        return "cells and positions relaxed with DFT, space group kept"
    return "; ".join(([f"cell and positions relaxed with DFT: {', '.join(full)}"] if full else []) + rest)


def _geometry(phase: DFTPhase) -> str:
    if phase.geometry == "fixed":
        return f"{phase.start_engine} geometry"
    return f"positions relaxed in the cell of {phase.start_engine}"


def numerical_text(results: DFTResults, key: str) -> str:
    """Say what the numerical tests measured for this reaction, else for all reactions tested."""
    own = [check for check in results.checks if check.reaction == key]
    tested = own or list(results.checks)
    if not tested:
        return "the numerical settings were not tested"
    largest = max(abs(check.energy - check.shipped_settings) for check in tested)
    where = "it changes" if own else f"{len({check.reaction for check in tested})} other reactions change"
    return f"{where} by at most {1000 * largest:.1f} meV with a higher cutoff or denser k-points"
