"""Trajectories with a known answer: walks, lattice gases, traps, projectiles, and a framework around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from antiperovskite.dynamics.trajectory import ArrayTrajectory


def walks(rng: Any, n_frames: int, n_ions: int, *, together: float = 0.0, rattle: float = 0.0) -> Any:
    """Gaussian walks of unit steps; a share ``together`` of every step's variance is common to all ions."""
    steps = np.sqrt(1.0 - together) * rng.standard_normal((n_frames, n_ions, 3))
    steps += np.sqrt(together) * rng.standard_normal((n_frames, 1, 3))
    return np.cumsum(steps, axis=0) + rattle * rng.standard_normal((n_frames, n_ions, 3))


@njit(cache=True)
def _hop(size: int, empty: int, dims: int, n_frames: int, per_frame: float, seed: int) -> Any:  # pragma: no cover
    """Vacancies on a square or simple cubic lattice; unwrapped sites of all ions, in lattice steps."""
    np.random.seed(seed)
    n_sites = size**dims
    occupant = np.full(n_sites, -1)
    order = np.random.permutation(n_sites)
    n_ions = n_sites - empty
    place = np.zeros((n_ions, 3))
    holes = order[n_ions:].copy()
    for ion in range(n_ions):
        occupant[order[ion]] = ion
        place[ion, 0] = order[ion] % size
        place[ion, 1] = (order[ion] // size) % size
        if dims == 3:
            place[ion, 2] = order[ion] // size**2
    found = np.empty((n_frames, n_ions, 3))
    for frame in range(n_frames):
        for _ in range(np.random.poisson(per_frame * empty)):
            hole = np.random.randint(empty)
            axis = np.random.randint(dims)
            step = 2 * np.random.randint(2) - 1
            site = holes[hole]
            stride = size**axis
            here = (site // stride) % size
            other = site + ((here + step) % size - here) * stride
            ion = occupant[other]
            if ion >= 0:
                occupant[site] = ion
                occupant[other] = -1
                holes[hole] = other
                place[ion, axis] -= step
        found[frame] = place
    return found


def lattice_gas(
    size: int, empty: int, dims: int, n_frames: int, per_frame: float, seed: int, spacing: float = 3.0
) -> tuple[Any, float]:
    """Ions that hop into vacancies, and the self diffusion of uncorrelated hops, angstrom^2 a frame (3 dimensions)."""
    found = _hop(size, empty, dims, n_frames, per_frame, seed) * spacing
    n_ions = size**dims - empty
    # a vacancy's attempt fails where the neighbour is another vacancy
    rate = per_frame * empty / n_ions * n_ions / (size**dims - 1)
    return found, rate * spacing**2 / 6.0


def trajectory(
    mobile: Any, *, cell: float, interval: float = 0.1, temperature: float | None = 800.0, rng: Any = None,
    framework: int = 8, amplitude: float = 0.1, drift: float = 0.0, symbol: str = "Li",
) -> ArrayTrajectory:  # fmt: skip
    """Put rattling O ions on a grid around the mobile ones; ``drift`` moves everything along x, angstrom a frame."""
    rng = rng or np.random.default_rng(5)
    side = round(framework ** (1 / 3))
    places = np.array(np.meshgrid(*[np.arange(side)] * 3)).reshape(3, -1).T * cell / side
    still = places + amplitude * rng.standard_normal((len(mobile), len(places), 3))
    positions = np.concatenate([mobile, still], axis=1)
    positions[..., 0] += drift * np.arange(len(mobile))[:, None]
    symbols = [symbol] * mobile.shape[1] + ["O"] * len(places)
    return ArrayTrajectory(positions, cell * np.eye(3), symbols, interval, temperature_K=temperature, source="toy")
