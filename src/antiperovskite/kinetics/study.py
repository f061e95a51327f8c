"""Kinetic Monte Carlo of a formula: carriers from vacancies, dopants and empty sites, over temperature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import ChargeBalanceError, DataError, OptionError
from antiperovskite.kinetics.gas import HopRates, LatticeGas
from antiperovskite.kinetics.model import KineticRun, KineticStudy
from antiperovskite.kinetics.table import RateTable
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.kinetics.sites import SiteSystem
    from antiperovskite.transport.activation.model import Arrhenius, Kind

FRAMES: Final = 4000
SITES: Final = 2000
CITATIONS: Final = ("bortz1975", "compaan1956")


@dataclass(frozen=True)
class Population:
    """Who sits where before the walk begins."""

    ions: Any
    blocked: Any
    dopants: dict[str, Any]
    n_vacancies: int
    notes: tuple[str, ...]


def kinetic_study(
    formula: Formula,
    table: RateTable,
    *,
    temperatures: Sequence[float],
    vacancies: float | None = None,
    field: float = 0.0,
    sites: int = SITES,
    frames: int = FRAMES,
    seed: int = 0,
    longest: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> KineticStudy:
    """Return diffusion, correlation factor, Haven ratio and conductivity of a formula's vacancies.

    Parameters
    ----------
    formula
        Resolved formula; X sites it leaves empty are vacancies.
    table
        Barriers and energies, given by the user.
    temperatures
        In K.
    vacancies
        Fraction of the X sites to empty besides those; what dopants ask for if not given.
    field
        V/angstrom along x; then the conductivity comes from the drift as well.
    sites, frames
        About how many sites, and how many frames are recorded.
    seed
        Of placement and walk.
    longest
        Longest hop in angstrom; 1.2 times the shortest X-X distance if not given.

    Raises
    ------
    OptionError
        No attempt frequency, no carriers, too many of them, a negative barrier, or rates that are zero.
    ChargeBalanceError
        Fewer vacancies than the dopants' charge needs.
    StructureError
        The structure cannot be built, or its sites are disconnected.
    """
    import numpy as np

    from antiperovskite.kinetics.measure import measure
    from antiperovskite.kinetics.sites import system_of_formula
    from antiperovskite.kinetics.table import hop_barriers, site_energies
    from antiperovskite.transport.conduct import ion_charge

    if table.attempt_THz is None:
        raise OptionError("no attempt frequency; give --attempt-THz 10, or attempt_THz in the rates file")
    if not 0 <= seed < 2**31:
        raise OptionError(f"seed {seed} is outside 0 to {2**31 - 1}")
    if not isfinite(field):
        raise OptionError(f"the field must be a finite number of V/angstrom, not {field}")
    system = system_of_formula(formula, sites=sites, longest=longest)
    charge = ion_charge(system.ion)
    who = populate(system, table, vacancies, charge, seed)
    barriers = hop_barriers(table, system, who.ions)
    energies = site_energies(table, system, who.ions, who.dopants)

    def rates(strength: float) -> HopRates:
        return HopRates(
            attempt_THz=table.attempt_THz or 0.0,
            barriers=barriers,
            site_energies=energies if energies.any() else None,
            pair_energy=table.pair_energy_eV,
            field=(strength, 0.0, 0.0),
            charge=charge,
            blocked=who.blocked if who.blocked.any() else None,
        )

    runs: list[KineticRun] = []
    for index, kelvin in enumerate(temperatures):
        own = int(np.random.SeedSequence((seed, index)).generate_state(1)[0]) >> 1  # else all walks were the same
        if progress is not None:
            progress(f"{kelvin:g} K: {who.n_vacancies} vacancies on {system.lattice.n_sites} sites")
        gas = LatticeGas(system.lattice, rates(0.0), who.n_vacancies, kelvin, seed=own)
        run = measure(gas, n_frames=frames, symbol=system.ion, charge=charge)
        if field:
            driven = LatticeGas(system.lattice, rates(field), who.n_vacancies, kelvin, seed=own)
            drift = measure(driven, n_frames=frames, symbol=system.ion, charge=charge).field_conductivity
            run = run.model_copy(update={"field_conductivity": drift})
        runs.append(run)
    return KineticStudy(
        name=formula.formula,
        ion=system.ion,
        barriers=_barriers(barriers, system, table),
        attempt_frequency=_given(table.attempt_THz, "THz", table),
        pair_energy=_given(table.pair_energy_eV, "eV", table),
        runs=tuple(runs),
        conductivity_arrhenius=_arrhenius(runs, "conductivity"),
        diffusion_arrhenius=_arrhenius(runs, "diffusion"),
        notes=(*system.notes, *who.notes, *_notes(field)),
        citations=CITATIONS,
    )


def studies_joined(parts: Sequence[KineticStudy], note: str = "") -> KineticStudy:
    """One study with the runs of all, and laws over all of them.

    Raises
    ------
    OptionError
        There is none.
    """
    if not parts:
        raise OptionError("no walk to join; give a temperature")
    runs = [run for part in parts for run in part.runs]
    if len(parts) == 1 and not note:
        return parts[0]
    frozen = _notes(0.0)[1]
    notes = dict.fromkeys(text for part in parts for text in part.notes if text != frozen)
    return parts[0].model_copy(
        update={
            "runs": tuple(runs),
            "conductivity_arrhenius": _arrhenius(runs, "conductivity"),
            "diffusion_arrhenius": _arrhenius(runs, "diffusion"),
            "notes": (*notes, *([note] if note else [])),
        }
    )


def populate(system: SiteSystem, table: RateTable, vacancies: float | None, charge: int, seed: int) -> Population:
    """Place A ions and dopants at random and count the vacancies.

    Raises
    ------
    OptionError
        A fraction outside 0 to 1, no carriers, or more of them than sites.
    ChargeBalanceError
        Dopants that would leave a net charge.
    """
    import numpy as np

    n = system.lattice.n_sites
    if vacancies is not None and not 0.0 <= vacancies < 1.0:
        raise OptionError(f"--vacancies {vacancies:g} is not a fraction of the sites: give a number from 0 to below 1")
    rng = np.random.default_rng((seed, 4))
    blocked = np.zeros(n, dtype=bool)
    dopants: dict[str, Any] = {}
    excess = 0.0
    notes = []
    for name, trap in table.traps.items():
        count = round(trap.fraction * n)
        free = np.flatnonzero(~blocked)
        if count >= len(free):
            raise OptionError(f"{count} {name} on {len(free)} sites: there must be sites left for mobile ions")
        chosen = rng.choice(free, size=count, replace=False)
        blocked[chosen] = True
        dopants[name] = chosen
        excess += count * (trap.charge - charge) / charge
        notes.append(f"{count} {name} with charge {trap.charge:+d} hold sites and do not move")
    empty = round(system.empty * n)
    needed = round(excess)
    added = max(needed, 0) if vacancies is None else round(vacancies * n)
    if needed > added:
        raise ChargeBalanceError(
            f"the dopants need {needed} vacancies to balance their charge and {added} are given: the cell would be "
            f"net-charged; give --vacancies {needed / n:.4g} or leave it out"
        )
    total = empty + added
    if total < 1:
        raise OptionError(
            f"no vacancies among {n} sites: give --vacancies 0.02, a dopant in the rates file, or more --sites"
        )
    if total >= n - int(blocked.sum()):
        raise OptionError(f"{total} vacancies on {n - int(blocked.sum())} open sites leave no mobile ion; give fewer")
    if added > needed:
        notes.append(
            f"{added - needed} vacancies are balanced by defects that are not simulated (a uniform background)"
        )
    return Population(system.mix(seed), blocked, dopants, total, tuple(notes))


def _barriers(barriers: Any, system: SiteSystem, table: RateTable) -> tuple[Quantity, ...]:
    import numpy as np

    hop = system.lattice.packed >= 0
    values, counts = np.unique(np.round(barriers[hop], 6), return_counts=True)
    if len(values) > 20:
        values, counts = np.quantile(barriers[hop], [0.0, 0.25, 0.5, 0.75, 1.0]), np.full(5, hop.sum() // 10)
    return tuple(
        Quantity(
            value=float(value),
            uncertainty=None,
            unit="eV",
            n=int(count) // 2,
            method="given by the user, not computed; no uncertainty; n counts the hops that have it",
            source=table.source,
        )
        for value, count in zip(values, counts, strict=True)
    )


def _given(value: float, unit: str, table: RateTable) -> Quantity:
    method = "given by the user, not computed; no uncertainty"
    return Quantity(value=value, uncertainty=None, unit=unit, method=method, source=table.source)


def _notes(field: float) -> tuple[str, ...]:
    notes = [
        "barriers, attempt frequency and energies are those given, of the source named; none is computed by the walk",
        "the number of vacancies does not change with temperature; add their formation energy where heat makes them",
        "positions and lengths are those of the starting structure, not relaxed",
    ]
    if field:
        notes.append(f"a second run at {field:g} V/angstrom along x; linear response holds while q E d is below kT")
    return tuple(notes)


def _arrhenius(runs: Sequence[KineticRun], kind: Kind) -> Arrhenius | None:
    from antiperovskite.transport.activation import Point, arrhenius

    points = []
    for run in runs:
        if run.diffusion is None:
            continue
        try:
            points.append(Point.of(run.diffusion, kind))
        except DataError:
            continue
    if len({point.temperature_K for point in points}) < 3:
        return None
    return arrhenius(points, kind=kind)
