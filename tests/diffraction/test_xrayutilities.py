"""X-ray intensities against xrayutilities (GPL-2.0-or-later; a test's oracle only): another table, another code."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    xu = pytest.importorskip("xrayutilities")

WAVELENGTH = 1.540593
LENGTHS = (3.9, 4.1, 4.3)
KINDS = ["Li", "Li", "O", "H", "Cl"]
PLACES = [(0.5, 0.5, 0.0), (0.5, 0.01, 0.5), (0.5, 0.5, 0.5), (0.5, 0.68, 0.68), (0.0, 0.02, 0.0)]
OCCUPIED = [1.0, 0.7, 1.0, 1.0, 0.9]


def theirs(hkl, b_iso):
    """|F|^2 with dispersion at Cu K-alpha1 from xrayutilities."""
    rows = list(zip(KINDS, PLACES, OCCUPIED, strict=True))
    lattice = xu.materials.SGLattice(
        1,
        *LENGTHS,
        90,
        90,
        90,
        atoms=[kind for kind, _, _ in rows],
        pos=[("1a", place) for _, place, _ in rows],
        occ=[share for _, _, share in rows],
        b=[b_iso] * len(rows),
    )
    crystal = xu.materials.Crystal("oracle", lattice)
    energy = xu.lam2en(WAVELENGTH)
    return np.array([abs(crystal.StructureFactor(crystal.Q(*index), energy)) ** 2 for index in hkl])


def test_x_ray_intensities_agree():
    occupied = [{kind: share} if share < 1 else kind for kind, share in zip(KINDS, OCCUPIED, strict=True)]
    structure = Structure(Lattice.orthorhombic(*LENGTHS), occupied, PLACES)
    b_iso = 1.3
    ours = powder_pattern(structure, "xray", wavelength=WAVELENGTH, two_theta=(10, 120), b_iso=b_iso)
    n = np.arange(-5, 6)
    hkl = np.stack(np.meshgrid(n, n, n, indexing="ij"), axis=-1).reshape(-1, 3)
    inverse = np.linalg.norm(hkl / np.array(LENGTHS), axis=1)
    inside = (inverse > 0) & (inverse < 1.98 * np.sin(np.radians(60)) / WAVELENGTH)
    hkl, inverse = hkl[inside], inverse[inside]
    theta = np.arcsin(inverse * WAVELENGTH / 2)
    factor = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    weighted = theirs(hkl, b_iso) * factor
    lines = [line for line in ours.reflections if 1 / line.d < inverse.max()]
    expected = np.array([weighted[np.abs(inverse - 1 / line.d) < 1e-6].sum() for line in lines])
    mine = np.array([line.intensity for line in lines])
    assert len(mine) > 50
    np.testing.assert_allclose(mine, 100 * expected / expected.max(), atol=0.3)
