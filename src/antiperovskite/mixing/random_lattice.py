"""A random crystal with barriers by surroundings: its critical path, and how fast a vacancy spreads through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiperovskite.mixing.model import LocalBarriers

if TYPE_CHECKING:
    from antiperovskite.kinetics.sites import SiteSystem


def energies(system: SiteSystem, local: LocalBarriers, x: float, second: str, seed: int) -> tuple[Any, Any]:
    """Barriers (n, z) of all hops without their change of energy, and energies (n,) of a vacancy on each site, in eV.

    What the surroundings do not explain is drawn from normal distributions, alike for both ways of a hop.
    """
    import numpy as np

    from antiperovskite.kinetics.table import neighbour_counts

    ions = system.mix(seed)
    names = list(system.amounts)
    column = names.index(second) if second in names else None
    random = np.random.default_rng((seed, 13))
    vary = 2.0 * np.sqrt(max(x * (1.0 - x), 0.0))

    def count(members: Any) -> Any:
        if column is None:
            return np.zeros(members.shape[:-1], dtype=int)
        return neighbour_counts(members, ions, len(names))[..., column]

    shared, near = count(system.of_hops), count(system.of_sites)
    barriers = local.base + local.slope * x + np.array(local.steps)[shared]
    barriers = barriers + vary * local.hop_spread * _alike_both_ways(system, random)
    sites = local.per_neighbour * near + vary * local.site_spread * random.normal(size=len(near))
    return np.where(system.lattice.packed >= 0, barriers, 0.0), sites


def _alike_both_ways(system: SiteSystem, random: Any) -> Any:
    """A normal deviate (n, z) for every hop, the same from both of its sites."""
    import numpy as np

    near, back = system.lattice.neighbours, system.lattice.reverse()
    sites = np.arange(len(near))[:, None]
    drawn = random.normal(size=near.shape)
    return np.where(sites < near, drawn, drawn[np.maximum(near, 0), np.maximum(back, 0)])


def critical_levels(system: SiteSystem, barriers: Any, sites: Any, seed: int) -> tuple[Any, Any]:
    """Transition states of a vacancy above its mean energy, sorted, and how many are open at each threshold.

    As :func:`antiperovskite.kinetics.percolation.critical_path.critical_levels`.
    """
    import numpy as np

    from antiperovskite.kinetics.percolation.critical_path import open_in_order
    from antiperovskite.kinetics.percolation.thresholds import bonds_of

    near = system.lattice.neighbours
    levels = barriers + 0.5 * (sites[:, None] + sites[np.maximum(near, 0)]) - float(np.mean(sites))
    once = near > np.arange(len(near))[:, None]
    return open_in_order(system.lattice.n_sites, *bonds_of(system.lattice), levels[once], seed)


def effective_diffusion(system: SiteSystem, barriers: Any, sites: Any, kelvin: float, attempt_THz: float) -> float:
    """Diffusion coefficient in cm^2/s of a lone vacancy, mean over three directions, exact for this crystal.

    A walk in detailed balance spreads as a network of resistors conducts: with conductances
    c_ij = nu exp(-S_ij/kT) / sum_k exp(-v_k/kT) between sites (transition states S, energies v),
    D_x = min over phi of sum over hops of c_ij (d_ij,x + phi_j - phi_i)^2. Nothing is sampled.

    References
    ----------
    Kirkpatrick, Rev. Mod. Phys. 45 (1973) 574, doi:10.1103/RevModPhys.45.574.
    """
    import numpy as np
    from scipy.sparse import coo_matrix, csc_matrix
    from scipy.sparse.linalg import splu

    from antiperovskite.units import BOLTZMANN_EV_PER_K

    kT = BOLTZMANN_EV_PER_K * kelvin
    near, n = system.lattice.neighbours, system.lattice.n_sites
    i, slot = np.nonzero(near > np.arange(n)[:, None])
    j, way = near[i, slot], system.lattice.vectors[i, slot]
    tops = barriers[i, slot] + 0.5 * (sites[i] + sites[j])
    low = float(sites.min())
    weight = np.exp(-(tops - tops.min()) / kT)
    off = coo_matrix((np.tile(-weight, 2), (np.concatenate([i, j]), np.concatenate([j, i]))), shape=(n, n)).tocsc()
    total = -np.asarray(off.sum(axis=1)).ravel()
    laplacian = csc_matrix((total, (np.arange(n), np.arange(n)))) + off
    pull = np.zeros((n, 3))
    np.add.at(pull, i, weight[:, None] * way)
    np.add.at(pull, j, -weight[:, None] * way)
    phi = np.zeros((n, 3))
    phi[1:] = splu(laplacian[1:, 1:].tocsc()).solve(pull[1:])  # one potential is free
    spread = float((weight[:, None] * (way + phi[j] - phi[i]) ** 2).sum()) / 3.0
    share = float(np.exp(-(sites - low) / kT).sum())
    return attempt_THz * float(np.exp(-(tops.min() - low) / kT)) * spread / share * 1e-4
