"""Kinetic Monte Carlo of vacancies among the anion vacancies they were made with, on the crystal's own cation sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.carriers.trapping import Trapping
from antiperovskite.errors import OptionError
from antiperovskite.kinetics.gas import HopRates, LatticeGas
from antiperovskite.kinetics.lattice import HopLattice
from antiperovskite.kinetics.measure import measure
from antiperovskite.kinetics.model import KineticRun

SAME: Final = 0.05
"""Angstrom within which two distances are one class."""
CROWD: Final = 1
"""Other vacancies next to one that hops for which its barrier must stay positive; more hardly meet at a few percent."""


@dataclass(frozen=True)
class Surroundings:
    """What anion vacancies make of the sites: ``site_energies`` (n,) of the ion and ``barriers`` (n, z), eV.

    ``replaced`` is the share of hops near an anion vacancy whose own barrier was not found, so that the bare one is
    used.
    """

    site_energies: Any
    barriers: Any
    replaced: float


def place_partners(n_cells: int, partners: int, seed: int) -> Any:
    """Cells that hold a vacant anion, chosen at random, sorted.

    Raises
    ------
    OptionError
        More of them than cells.
    """
    import numpy as np

    if not 0 <= partners <= n_cells:
        raise OptionError(f"{partners} anion vacancies do not fit into {n_cells} cells; give a smaller share")
    return np.sort(np.random.default_rng((seed, 6)).choice(n_cells, size=partners, replace=False))


def surroundings(
    lattice: HopLattice,
    unit: Any,
    anion: Any,
    cells: Sequence[int],
    places: Trapping,
    hops: Trapping,
    bare_barrier: float,
) -> Surroundings:
    """Add up what every anion vacancy does to the places and hops within half of the cell it was computed in.

    Parameters
    ----------
    lattice
        Cation sites and hops, ``lattice.copies`` repeats of the unit cell.
    unit
        Lattice vectors of the unit cell as rows, angstrom.
    anion
        Fractional place of the anion in the unit cell, (3,).
    cells
        Numbers of the unit cells whose anion is missing.
    places, hops
        Energies of places, and barriers, by distance; beyond half of their supercell a vacancy is taken to be free.
    bare_barrier
        Of a hop far from every anion vacancy, eV.
    """
    import numpy as np

    unit = np.asarray(unit, dtype=float)
    energies = np.array([(p.distance, p.energy.value) for p in places.places]).reshape(-1, 2)
    energies = energies[energies[:, 0] < half(unit, places)]
    reach = half(unit, hops)
    table = _barriers(hops, reach)
    box, hop = lattice.cell, lattice.packed >= 0
    inverse = np.linalg.inv(box)
    near = np.where(hop, lattice.packed >> 5, 0)
    site_energies = np.zeros(lattice.n_sites)
    barriers = np.full(hop.shape, float(bare_barrier))
    touched, lost = np.zeros(hop.shape, dtype=bool), np.zeros(hop.shape, dtype=bool)
    size = lattice.copies
    for number in cells:
        shift = np.array([number // (size[1] * size[2]), number // size[2] % size[1], number % size[2]])
        gap = (lattice.positions - (shift + np.asarray(anion)) @ unit) @ inverse
        gap = (gap - np.round(gap)) @ box
        distance = np.linalg.norm(gap, axis=1)
        for d, energy in energies:
            # a vacancy that is bound is an ion that is missing where its energy is high
            site_energies[np.abs(distance - d) < SAME] -= energy
        ends = np.sort(np.stack([np.broadcast_to(distance[:, None], hop.shape), distance[near]]), axis=0)
        middle = np.linalg.norm(gap[:, None] + 0.5 * lattice.vectors, axis=2)
        for low, high, between, barrier in table:
            same = hop & (np.abs(ends[0] - low) < SAME) & (np.abs(ends[1] - high) < SAME)
            same &= np.abs(middle - between) < SAME
            touched |= same
            if barrier is None:
                lost |= same
            else:
                barriers[same] += barrier - bare_barrier
    share = float(lost.sum()) / max(int(touched.sum()), 1)
    return Surroundings(site_energies, np.where(hop, barriers, 0.0), share)


def half(unit: Any, trap: Trapping) -> float:
    """Distance within which a place sees one anion vacancy of its supercell rather than its images, angstrom."""
    import numpy as np

    edges = np.linalg.norm(np.asarray(unit, dtype=float), axis=1) * np.array(trap.supercell)
    return 0.5 * float(edges.min()) - SAME


def _barriers(trap: Trapping, reach: float) -> list[tuple[float, float, float, float | None]]:
    """(ends, middle, barrier) of the hops within reach; classes that share all distances are averaged by number."""
    found: list[tuple[float, float, float, float | None]] = []
    weights: list[int] = []
    for one in trap.hops:
        low, high = sorted(one.distances)
        if high >= reach:
            continue
        same = next(
            (k for k, f in enumerate(found) if max(abs(f[0] - low), abs(f[1] - high), abs(f[2] - one.middle)) < SAME),
            None,
        )
        if same is None:
            found.append((low, high, one.middle, one.barrier.value))
            weights.append(one.hops if one.barrier.value is not None else 0)
        elif one.barrier.value is not None:
            old = found[same][3] or 0.0
            total = weights[same] + one.hops
            found[same] = (low, high, one.middle, (weights[same] * old + one.hops * one.barrier.value) / total)
            weights[same] = total
    return found


def walk(
    lattice: HopLattice,
    attempt_THz: float,
    barriers: Any,
    temperature_K: float,
    n_vacancies: int,
    *,
    site_energies: Any = None,
    pair_energy: float = 0.0,
    frames: int = 4000,
    seed: int = 0,
    ion: str = "Li",
) -> KineticRun:
    """Walk vacancies and measure diffusion, correlation factor, Haven ratio and conductivity.

    Raises
    ------
    OptionError
        Rates that are zero, a negative barrier, or no vacancy.
    """
    import numpy as np

    energies = None if site_energies is None or not np.any(site_energies) else site_energies
    rates = HopRates(attempt_THz, barriers, site_energies=energies, pair_energy=pair_energy, crowd=CROWD)
    gas = LatticeGas(lattice, rates, n_vacancies, temperature_K, seed=seed)
    return measure(gas, n_frames=frames, symbol=ion)
