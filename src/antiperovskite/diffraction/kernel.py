"""The powder kernel: lattice, positions and scattering powers in, line intensities out. Arrays only.

I(hkl) = |F(hkl)|^2 with F = sum_j occ_j f_j exp(-B_j s^2) exp(2 pi i (h x + k y + l z)), s = sin(theta)/lambda,
averaged over the Friedel pair (a powder shows both), summed over all hkl of one spacing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_REFLECTIONS = 3_000_000


class Reciprocal(NamedTuple):
    """Half of the reciprocal lattice inside a shell (one of each Friedel pair).

    ``hkl`` has shape ``(n, 3)``; ``length`` is 1/d in 1/angstrom, shape ``(n,)``, ascending.
    """

    hkl: NDArray[np.int64]
    length: NDArray[np.float64]


def reciprocal_points(matrix: NDArray[np.float64], shortest: float, longest: float) -> Reciprocal:
    """List hkl with ``shortest`` <= 1/d <= ``longest`` (1/angstrom), one of each pair hkl, -h-k-l.

    Parameters
    ----------
    matrix
        Lattice vectors as rows, angstrom, shape ``(3, 3)``.

    Raises
    ------
    OptionError
        The shell would hold more reflections than fit in memory.
    """
    volume = abs(float(np.linalg.det(matrix)))
    expected = 4.0 / 3.0 * np.pi * longest**3 * volume
    if expected > MAX_REFLECTIONS:
        raise OptionError(
            f"a cell of {volume:.0f} cubic angstrom has about {expected:.1e} reflections down to d = "
            f"{1.0 / longest:.2f} angstrom; use a smaller cell, a longer wavelength or a lower two-theta limit"
        )
    reciprocal = np.linalg.inv(matrix)  # columns are a*, b*, c* (without 2 pi)
    limits = np.floor(np.linalg.norm(matrix, axis=1) * longest + 1e-9).astype(np.int64)
    h = np.arange(0, limits[0] + 1)
    k, l = (np.arange(-limit, limit + 1) for limit in limits[1:])  # noqa: E741
    grid = np.stack(np.meshgrid(h, k, l, indexing="ij"), axis=-1).reshape(-1, 3)
    upper = (grid[:, 0] > 0) | (grid[:, 1] > 0) | ((grid[:, 1] == 0) & (grid[:, 2] > 0))
    grid = grid[upper]
    length = np.linalg.norm(grid @ reciprocal.T, axis=1)
    inside = (length >= shortest) & (length <= longest) & (length > 0.0)
    order = np.argsort(length[inside], kind="stable")
    return Reciprocal(grid[inside][order], length[inside][order])


def partial_sums(
    hkl: NDArray[np.int64],
    positions: NDArray[np.float64],
    occupancies: NDArray[np.float64],
    groups: NDArray[np.int64],
    n_groups: int,
) -> NDArray[np.complex128]:
    """Geometric structure factor of each group of atoms: S_g(hkl) = sum_(j in g) occ_j exp(2 pi i h.r_j).

    The phase factorises over the axes, so that each plane of constant h is one matrix product over the atoms.

    Parameters
    ----------
    hkl
        Shape ``(n_reflections, 3)`` with h >= 0.
    positions
        Fractional coordinates, shape ``(n_atoms, 3)``.
    occupancies, groups
        Shape ``(n_atoms,)``.

    Returns
    -------
    Shape ``(n_groups, n_reflections)``.
    """
    sums = np.zeros((n_groups, len(hkl)), dtype=np.complex128)
    if not len(hkl):
        return sums
    lowest, highest = hkl.min(axis=0), hkl.max(axis=0)
    phases = [
        np.exp(2j * np.pi * np.outer(np.arange(low, high + 1), positions[:, axis]))
        for axis, (low, high) in enumerate(zip(lowest, highest, strict=True))
    ]
    members = [np.flatnonzero(groups == group) for group in range(n_groups)]
    order = np.argsort(hkl[:, 0], kind="stable")
    starts = np.searchsorted(hkl[order, 0], np.arange(lowest[0], highest[0] + 2))
    for plane in range(len(phases[0])):
        here = order[starts[plane] : starts[plane + 1]]
        if not len(here):
            continue
        k, l = hkl[here, 1] - lowest[1], hkl[here, 2] - lowest[2]  # noqa: E741
        for group, atoms in enumerate(members):
            weighted = phases[1][:, atoms] * (occupancies[atoms] * phases[0][plane, atoms])
            sums[group, here] = (weighted @ phases[2][:, atoms].T)[k, l]
    return sums


def powder_intensity(sums: NDArray[np.complex128], power: NDArray[np.complex128]) -> NDArray[np.float64]:
    """|F|^2 summed over the Friedel pair hkl and -h-k-l, shape ``(n_reflections,)``.

    For F(h) = P + iQ with P = sum Re(f) S and Q = sum Im(f) S: |F(h)|^2 + |F(-h)|^2 = 2 (|P|^2 + |Q|^2).

    Parameters
    ----------
    sums
        Geometric structure factors, shape ``(n_groups, n_reflections)``.
    power
        Scattering power times temperature factor, the same shape.
    """
    real = np.einsum("gr,gr->r", power.real, sums)
    total = real.real**2 + real.imag**2
    if np.any(power.imag):
        imaginary = np.einsum("gr,gr->r", power.imag, sums)
        total = total + imaginary.real**2 + imaginary.imag**2
    return np.asarray(2.0 * total, dtype=np.float64)


def lorentz_polarisation(theta: NDArray[np.float64], polarised: bool) -> NDArray[np.float64]:
    """Powder Lorentz factor 1/(sin^2(theta) cos(theta)), with (1 + cos^2(2 theta)) for unpolarised X-rays.

    1/(sin^2 cos) equals 2/(sin(theta) sin(2 theta)), the other common way of writing the neutron factor.
    """
    lorentz = 1.0 / (np.sin(theta) ** 2 * np.cos(theta))
    return np.asarray(lorentz * (1.0 + np.cos(2.0 * theta) ** 2) if polarised else lorentz)


def line_starts(two_theta: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """Index of the first reflection of each powder line in ascending ``two_theta`` (degree)."""
    if not len(two_theta):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate([[True], np.diff(two_theta) > tolerance]))
