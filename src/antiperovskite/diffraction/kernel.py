"""The powder kernel: lattice, positions and scattering powers in, line intensities out. Arrays only.

I(hkl) = |F(hkl)|^2 with F = sum_j occ_j f_j exp(-B_j s^2) exp(2 pi i (h x + k y + l z)), s = sin(theta)/lambda,
averaged over the Friedel pair (a powder shows both), summed over all hkl of one spacing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_REFLECTIONS = 3_000_000
SMALL = 20_000
"""Reflections times atoms up to which the sum is done directly: the planes' overhead would be larger."""
MAX_GRID = 100_000_000


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
    box = float(np.prod(2.0 * np.linalg.norm(matrix, axis=1) * longest + 1.0))
    if box > MAX_GRID:
        raise OptionError(
            f"the cell is too skewed or too large: {box:.1e} indices to try; give a reduced or a smaller cell"
        )
    inverse = np.linalg.inv(matrix)  # columns are a*, b*, c* (without 2 pi)
    metric = inverse.T @ inverse
    limits = np.floor(np.linalg.norm(matrix, axis=1) * longest + 1e-9).astype(np.int64)
    axes = [np.arange(0, limits[0] + 1), *(np.arange(-limit, limit + 1) for limit in limits[1:])]
    h, k, l = (axis.reshape(shape) for axis, shape in zip(axes, ((-1, 1, 1), (1, -1, 1), (1, 1, -1)), strict=True))  # noqa: E741
    # |h a* + k b* + l c*|^2 by broadcasting; the list of hkl is made for those inside only
    square = metric[0, 0] * h * h + (2.0 * metric[0, 1]) * h * k + (2.0 * metric[0, 2]) * h * l
    square = square + (metric[1, 1] * k * k + (2.0 * metric[1, 2]) * k * l + metric[2, 2] * l * l)
    upper = (h > 0) | (k > 0) | ((k == 0) & (l > 0))
    margin = 1e-9 * longest**2  # decided exactly below, on lengths that do not suffer from cancellation
    found = np.nonzero((square >= shortest**2 - margin) & (square <= longest**2 + margin) & upper)
    hkl = np.stack([axis[index] for axis, index in zip(axes, found, strict=True)], axis=1)
    length = np.linalg.norm(hkl @ inverse.T, axis=1)
    inside = (length >= shortest) & (length <= longest) & (length > 0.0)
    hkl, length = hkl[inside], length[inside]
    order = np.argsort(length, kind="stable")
    return Reciprocal(hkl[order], length[order])


def partial_sums(
    hkl: NDArray[np.int64],
    positions: NDArray[np.float64],
    occupancies: NDArray[np.float64],
    groups: NDArray[np.int64],
    n_groups: int,
) -> NDArray[np.complex128]:
    """Geometric structure factor of each group of atoms: S_g(hkl) = sum_(j in g) occ_j exp(2 pi i h.r_j).

    The phase factorises over the axes, so that each plane of constant h is one matrix product over the atoms. With
    exp(2 pi i l z) = cos + i sin, l and -l share it, and it is a product of real matrices: a quarter of the complex
    one's work. Large sums are taken in single precision: their error is about 1e-6 of the largest amplitude, 1e-12 of
    the strongest intensity for absent reflections and 1e-6 for strong ones.

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
    if hkl.shape[0] * positions.shape[0] <= SMALL:
        waves = np.exp(2j * np.pi * (hkl @ positions.T)) * occupancies
        for group in range(n_groups):
            sums[group] = waves[:, groups == group].sum(axis=1)
        return sums
    lowest, highest = hkl.min(axis=0), hkl.max(axis=0)
    single = np.complex64  # phases are taken in double precision; sums of them need no more than seven digits
    along_h, along_k = (
        np.exp(2j * np.pi * np.outer(np.arange(lowest[axis], highest[axis] + 1), positions[:, axis])).astype(single)
        for axis in (0, 1)
    )
    deepest = int(np.abs(hkl[:, 2]).max())
    along_l = np.exp(2j * np.pi * np.outer(positions[:, 2], np.arange(deepest + 1)))
    halves = np.stack([along_l.real, along_l.imag]).astype(np.float32)
    shares = occupancies.astype(np.float32)
    members = [np.flatnonzero(groups == group) for group in range(n_groups)]
    plane_order = np.argsort(hkl[:, 0], kind="stable")
    starts = np.searchsorted(hkl[plane_order, 0], np.arange(lowest[0], highest[0] + 2))
    planes = [plane_order[first:last] for first, last in pairwise(starts)]
    for group, atoms in enumerate(members):
        own_k, own_waves = along_k[:, atoms], halves[:, atoms]
        for plane, here in enumerate(planes):
            if not len(here):
                continue
            k, l = hkl[here, 1], np.abs(hkl[here, 2])  # noqa: E741
            first, last = int(k.min()), int(k.max()) + 1
            weighted = own_k[first - lowest[1] : last - lowest[1]] * (shares[atoms] * along_h[plane, atoms])
            rows = np.concatenate([weighted.real, weighted.imag])
            columns = own_waves[:, :, : int(l.max()) + 1]
            even, odd = rows @ columns[0], rows @ columns[1]
            real, imaginary = k - first, k - first + (last - first)
            sign = np.sign(hkl[here, 2])
            sums[group, here] = (even[real, l] - sign * odd[imaginary, l]) + 1j * (
                even[imaginary, l] + sign * odd[real, l]
            )
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


def lorentz_polarisation(
    theta: NDArray[np.float64], polarised: bool, perpendicular: float = 0.5
) -> NDArray[np.float64]:
    """Powder Lorentz factor 1/(sin^2(theta) cos(theta)), for X-rays times the polarisation factor.

    That is 2 (P + (1 - P) cos^2(2 theta)) with P = ``perpendicular``, the share of the beam polarised perpendicular
    to the plane of diffraction: 1 + cos^2(2 theta) for P = 1/2.
    1/(sin^2 cos) equals 2/(sin(theta) sin(2 theta)), the other common way of writing the neutron factor.
    """
    lorentz = 1.0 / (np.sin(theta) ** 2 * np.cos(theta))
    if not polarised:
        return np.asarray(lorentz)
    return np.asarray(lorentz * 2.0 * (perpendicular + (1.0 - perpendicular) * np.cos(2.0 * theta) ** 2))


def line_starts(two_theta: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """Index of the first reflection of each powder line in ascending ``two_theta`` (degree)."""
    if not len(two_theta):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.concatenate([[True], np.diff(two_theta) > tolerance]))


def line_labels(
    hkl: NDArray[np.int64], contributes: NDArray[np.bool_], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Label and multiplicity of each line from the hkl that contribute, so that supercells agree.

    Of all equivalent or coinciding indices (Friedel pairs included) the one with most non-negative numbers, then the
    largest: one integer key for each hkl, whose maximum is taken line by line.

    Returns
    -------
    Labels of shape ``(n_lines, 3)`` and multiplicities of shape ``(n_lines,)``; 0 where nothing contributes.
    """
    base = 2 * int(np.abs(hkl).max(initial=0)) + 1
    offset = base // 2

    def keys(indices: NDArray[np.int64]) -> NDArray[np.int64]:
        key = (indices >= 0).sum(axis=1)
        for axis in range(3):
            key = key * base + (indices[:, axis] + offset)
        return np.asarray(key, dtype=np.int64)

    best = np.maximum.reduceat(np.where(contributes, np.maximum(keys(hkl), keys(-hkl)), -1), starts)
    labels = np.empty((len(best), 3), dtype=np.int64)
    rest = best.copy()
    for axis in (2, 1, 0):
        rest, digit = np.divmod(rest, base)
        labels[:, axis] = digit - offset
    return labels, 2 * np.add.reduceat(contributes.astype(np.int64), starts)
