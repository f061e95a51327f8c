"""Dispersion along the Brillouin zone's lines and densities of states."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from antiperovskite._model import Model

if TYPE_CHECKING:
    from antiperovskite.vibrations.patterns import Framework

POINTS_PER_SEGMENT: Final = 41
MESH_LENGTH: Final = 50.0  # angstrom; q-points along b_i: this times |b_i| / 2 pi
CITATION: Final = "setyawan2010"  # the paths through the Brillouin zones
SMEARING: Final = 0.12  # THz, standard deviation of the Gaussians of the density of states
DOS_POINTS: Final = 301


class Segment(Model):
    """One straight piece of the path: names of its ends, distances in 1/angstrom (without 2 pi), frequencies in THz.

    ``frequencies`` holds one tuple a band; imaginary frequencies are negative.
    """

    start: str
    end: str
    distances: tuple[float, ...]
    frequencies: tuple[tuple[float, ...], ...]


class DensityOfStates(Model):
    """Modes per THz and primitive cell, by kind of atom; the integral is three times the number of atoms."""

    frequencies: tuple[float, ...]
    parts: dict[str, tuple[float, ...]]
    mesh: tuple[int, int, int]
    imaginary_share: float
    lowest: float


def band_structure(phonon: Any) -> tuple[Segment, ...]:
    """Return the bands along the standard path of the Bravais lattice (ase; Setyawan and Curtarolo 2010)."""
    import numpy as np
    from ase.cell import Cell
    from ase.dft.kpoints import parse_path_string

    path = Cell(np.asarray(phonon.primitive.cell)).bandpath(npoints=0, eps=1e-3)
    points = path.special_points
    ends = [pair for piece in parse_path_string(path.path) for pair in pairwise(piece)]
    lines = [np.linspace(points[a], points[b], POINTS_PER_SEGMENT) for a, b in ends]
    phonon.run_band_structure(lines, is_band_connection=False)
    found = phonon.band_structure
    return tuple(
        Segment(
            start=_greek(a),
            end=_greek(b),
            distances=tuple(round(float(d), 5) for d in distances),
            frequencies=tuple(tuple(round(float(f), 4) for f in band) for band in np.asarray(frequencies).T),
        )
        for (a, b), distances, frequencies in zip(ends, found.distances, found.frequencies, strict=True)
    )


def _greek(name: str) -> str:
    return "Γ" if name == "G" else name


def density_of_states(phonon: Any, frame: Framework) -> DensityOfStates:
    """Return the density of states on a Γ-centred mesh, by ion and site."""
    import numpy as np

    reciprocal = np.linalg.inv(np.asarray(phonon.primitive.cell)).T
    mesh = [max(1, round(MESH_LENGTH * float(length))) for length in np.linalg.norm(reciprocal, axis=1)]
    with warnings.catch_warnings():
        # unequal meshes of a centred lattice: phonopy then uses time reversal alone, slower and with the same sums
        warnings.filterwarnings("ignore", message=".*incompatible with the primitive-cell point group")
        phonon.run_mesh(mesh, is_gamma_center=True, with_eigenvectors=True, is_mesh_symmetry=True)
    frequencies = np.asarray(phonon.mesh.frequencies)  # (q, band)
    weights = np.asarray(phonon.mesh.weights, float)
    weights /= weights.sum()
    atoms = len(frame.kinds)
    squared = np.abs(np.asarray(phonon.mesh.eigenvectors)) ** 2  # (q, 3 n, band)
    by_atom = squared.reshape(len(frequencies), atoms, 3, -1).sum(axis=2)
    low, high = float(frequencies.min()) - 4 * SMEARING, float(frequencies.max()) + 4 * SMEARING
    grid = np.linspace(low, high, DOS_POINTS)
    gauss = np.exp(-0.5 * ((grid[:, None, None] - frequencies) / SMEARING) ** 2) / (SMEARING * np.sqrt(2 * np.pi))
    parts: dict[str, Any] = {}
    for atom, kind in enumerate(frame.kinds):
        name = kind.element if kind.ion == kind.element else f"{kind.element} in {kind.ion}"
        curve = np.einsum("gqb,qb,q->g", gauss, by_atom[:, atom], weights)
        parts[name] = parts.get(name, 0.0) + curve
    imaginary = float(((frequencies < -0.1).mean(axis=1) * weights).sum())
    return DensityOfStates(
        frequencies=tuple(round(float(x), 4) for x in grid),
        parts={name: tuple(round(float(y), 5) for y in curve) for name, curve in parts.items()},
        mesh=(mesh[0], mesh[1], mesh[2]),
        imaginary_share=round(imaginary, 5),
        lowest=round(float(frequencies.min()), 4),
    )
