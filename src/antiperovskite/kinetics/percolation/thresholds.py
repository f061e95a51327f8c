"""Percolation thresholds of lattices from cells of several sizes."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any, Final, Literal

from antiperovskite.errors import OptionError, one_line
from antiperovskite.kinetics.lattice import PLAIN, HopLattice, plain_lattice
from antiperovskite.quantity import Quantity

EXPONENT: Final = {2: 4.0 / 3.0, 3: 0.8762}
"""Exponent of the correlation length: exact in two dimensions; in three 0.8762(12) of the literature (unverified)."""


def bonds_of(lattice: HopLattice, hops: Any = None) -> tuple[Any, Any, Any]:
    """Each hop once: sites (n_bonds,) at both ends and cell edges crossed (n_bonds, 3), int64."""
    import numpy as np

    near, across = lattice.neighbours, lattice.crossings
    # a hop is taken from its lower site; pairs are unique, so that counts each once
    rows, slots = np.nonzero((near > np.arange(len(near))[:, None]) & (True if hops is None else hops))
    return rows.astype(np.int64), near[rows, slots].astype(np.int64), across[rows, slots].astype(np.int64)


def fractions_at_threshold(
    lattice: HopLattice, kind: Literal["bond", "site"], samples: int, seed: int, dimensions: int
) -> Any:
    """Open fraction when a cluster first winds around the cell, mean over axes, for each sample (samples,)."""
    import numpy as np

    from antiperovskite.landscape.unions import open_bonds, open_sites

    rng = np.random.default_rng((seed, lattice.n_sites))
    first, second, across = bonds_of(lattice)
    packed = lattice.packed.astype(np.int64)
    found = np.zeros(samples)
    for sample in range(samples):
        if kind == "site":
            counts, total = open_sites(rng.permutation(lattice.n_sites), packed), lattice.n_sites
        else:
            order = rng.permutation(len(first))
            counts, total = open_bonds(lattice.n_sites, first[order], second[order], across[order]), len(first)
        found[sample] = counts[:dimensions].mean() / total
    return found


def percolation_threshold(
    name: str,
    kind: Literal["bond", "site"] = "bond",
    *,
    sizes: Sequence[int] = (16, 24, 32, 48),
    samples: int = 200,
    seed: int = 0,
) -> Quantity:
    """Return the percolation threshold of a plain lattice, extrapolated to an infinite cell.

    The mean open fraction at which a cluster first winds around a periodic cell of edge L is p_c + b L^(-1/nu); a
    weighted straight line in L^(-1/nu) gives p_c. Bonds or sites are opened one by one (Newman and Ziff).

    Parameters
    ----------
    name
        As :func:`~antiperovskite.kinetics.lattice.plain_lattice`.
    kind
        Open ``bond`` or ``site``.
    sizes
        Three or more repeats of the conventional cell.
    samples
        Random orders of each size.
    seed
        Of the orders.

    Raises
    ------
    OptionError
        Another kind, fewer than three sizes, or fewer than 16 samples.

    References
    ----------
    Newman, Ziff, Phys. Rev. Lett. 85 (2000) 4104, doi:10.1103/PhysRevLett.85.4104.

    Examples
    --------
    >>> abs(percolation_threshold("square", sizes=(8, 16, 32), samples=100).value - 0.5) < 0.02
    True
    """
    import numpy as np

    if kind not in ("bond", "site"):
        raise OptionError(f"percolation of {one_line(kind, 20)!r} is not known; choose bond or site")
    if len(set(sizes)) < 3 or samples < 16:
        raise OptionError("extrapolation needs three different sizes and 16 samples of each")
    if name not in PLAIN:
        raise OptionError(f"no plain lattice {one_line(name, 30)!r}; choose {', '.join(PLAIN)}")
    dimensions = PLAIN[name][2]
    means, errors = [], []
    for size in sizes:
        values = fractions_at_threshold(plain_lattice(name, size), kind, samples, seed, dimensions)
        means.append(values.mean())
        errors.append(values.std(ddof=1) / sqrt(samples))
    x = np.array(sizes, dtype=float) ** (-1.0 / EXPONENT[dimensions])
    weight = 1.0 / np.array(errors)
    design = np.column_stack([np.ones_like(x), x]) * weight[:, None]
    best = np.linalg.lstsq(design, np.array(means) * weight, rcond=None)[0]
    covariance = np.linalg.inv(design.T @ design)
    return Quantity(
        value=float(best[0]),
        uncertainty=float(sqrt(covariance[0, 0])),
        unit="1",
        n=samples * len(sizes),
        method="open fraction where a cluster winds around the cell, straight line in L^(-1/nu); statistical",
        source=f"{name}, {kind}s, sizes {', '.join(str(size) for size in sizes)}",
        citations=("newman2000",),
    )
