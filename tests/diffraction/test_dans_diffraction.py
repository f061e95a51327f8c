"""Structure factors against Dans-Diffraction (Apache-2.0): X-rays and neutrons, hydrogen and deuterium."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern

pytest.importorskip("matplotlib").use("agg")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    dans = pytest.importorskip("Dans_Diffraction")

PLACES = [[0.5, 0.5, 0], [0.5, 0.01, 0.5], [0.5, 0.5, 0.5], [0.5, 0.68, 0.68], [0, 0.02, 0]]
KINDS = ["Li", "Li", "O", "H", "Cl"]
OCCUPIED = [1.0, 0.7, 1.0, 1.0, 0.9]
LENGTHS = (3.9, 4.1, 4.3)


def theirs(kinds, hkl, radiation, b_iso):
    """|F|^2 from Dans-Diffraction."""
    crystal = dans.Crystal()
    crystal.new_cell([*LENGTHS, 90, 90, 90])
    u, v, w = np.array(PLACES).T
    n = len(kinds)
    crystal.new_atoms(
        u=u,
        v=v,
        w=w,
        type=kinds,
        label=kinds,
        occupancy=OCCUPIED,
        uiso=np.full(n, b_iso / (8 * math.pi**2)),
        mxmymz=np.zeros((n, 3)),
    )
    crystal.generate_structure()
    scatter = crystal.Scatter
    scatter.setup_scatter(output=False)
    scatter._use_isotropic_thermal_factor = True
    scatter._use_magnetic_form_factor = False
    scatter._use_waaskirf_scattering_factor = True
    return np.asarray(scatter.intensity(hkl, radiation))


@pytest.mark.parametrize(("radiation", "heavy"), [("xray", False), ("neutron", False), ("neutron", True)])
def test_intensities_agree(radiation, heavy):
    structure = Structure(
        Lattice.orthorhombic(*LENGTHS),
        [{kind: share} if share < 1 else kind for kind, share in zip(KINDS, OCCUPIED, strict=True)],
        PLACES,
    )
    wavelength, b_iso = 1.2, 1.3
    ours = powder_pattern(
        structure,
        radiation,
        wavelength=wavelength,
        two_theta=(10, 80),
        b_iso=b_iso,
        dispersion=False,
        isotopes={"H": "D"} if heavy else None,
    )
    h, k, l = (np.arange(-6, 7) for _ in range(3))  # noqa: E741
    hkl = np.stack(np.meshgrid(h, k, l, indexing="ij"), axis=-1).reshape(-1, 3)
    inverse = np.linalg.norm(hkl / np.array(LENGTHS), axis=1)
    hkl, inverse = hkl[(inverse > 0) & (inverse < 2 / wavelength)], inverse[(inverse > 0) & (inverse < 2 / wavelength)]
    square = theirs(["D" if kind == "H" and heavy else kind for kind in KINDS], hkl, radiation, b_iso)
    theta = np.arcsin(inverse * wavelength / 2)
    factor = 1 / (np.sin(theta) ** 2 * np.cos(theta))
    factor *= 1 + np.cos(2 * theta) ** 2 if radiation == "xray" else 1.0
    expected = np.array([(square * factor)[np.abs(inverse - 1 / line.d) < 1e-6].sum() for line in ours.reflections])
    mine = np.array([line.intensity for line in ours.reflections])
    expected *= 100.0 / expected.max()
    assert len(mine) > 60
    # the lengths come from two compilations (Li -1.93 and -1.90 fm, D 6.668 and 6.674 fm)
    np.testing.assert_allclose(mine, expected, atol=1.0 if radiation == "neutron" else 0.05)
    if heavy:
        light = powder_pattern(structure, "neutron", wavelength=wavelength, two_theta=(10, 80), b_iso=b_iso)
        assert (
            max(abs(a.intensity - b.intensity) for a, b in zip(light.reflections, ours.reflections, strict=False)) > 10
        )
