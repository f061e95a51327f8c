"""Analytic truths of maps, stationary points, thresholds and windows; parity with bvlain."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from antiperovskite.errors import DataError, OptionError
from antiperovskite.landscape import ChargedCrystal, charged_crystal, landscape_study
from antiperovskite.landscape.field import SiteField, site_field
from antiperovskite.landscape.hops import site_pairs
from antiperovskite.landscape.parameters import morse_pair
from antiperovskite.landscape.thresholds import percolation_levels
from antiperovskite.landscape.windows import opening
from antiperovskite.structures.gallery import records

PEER = Path(__file__).parent / "bvlain_energies.json"


def lone_pair(edge: float = 30.0) -> SiteField:
    """One chloride ion in a cell so large that images do not matter."""
    crystal = ChargedCrystal(
        "LiCl", np.eye(3) * edge, np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]]), ("Cl", "Li"), (-1, 1)
    )
    return site_field(crystal, "Li", share=1.0)[0]


def li3ocl(a: float = 3.9) -> ChargedCrystal:
    places = np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]])
    return ChargedCrystal("Li3OCl", np.eye(3) * a, places, ("Cl", "O", "Li", "Li", "Li"), (-1, -2, 1, 1, 1))


def test_one_pair_is_its_morse_curve():
    field, pair = lone_pair(), morse_pair("Li", 1, "Cl", -1)
    distances = np.array([2.0, pair.R_min_angstrom, 3.0, 5.0])
    expected = [pair.energy(d) for d in distances]
    assert field.energies(distances[:, None] * np.array([[0.6, 0.8, 0.0]])) == pytest.approx(expected, abs=1e-12)


def test_the_grid_holds_the_same_energies_as_points():
    cell = np.array([[4.0, 0, 0], [1.0, 4.2, 0], [0.3, -0.6, 5.0]])
    places = np.array([[0.1, 0.2, 0.3], [0.6, 0.5, 0.8], [0.4, 0.9, 0.1]])
    field = site_field(ChargedCrystal("x", cell, places, ("Cl", "O", "Li"), (-1, -2, 1)), "Li")[0]
    shape = (9, 8, 11)
    energies, room = field.grid(shape)
    index = np.array([[0, 0, 0], [3, 5, 7], [8, 7, 10], [4, 2, 9]])
    points = index / np.array(shape) @ cell
    assert energies[tuple(index.T)] == pytest.approx([float(field.energies(p[None])[0]) for p in points], abs=1e-10)
    places, atoms, _ = field.images(points[1], 9.0)
    nearest = (np.linalg.norm(places - points[1], axis=1) - field.radii[field.atom_kinds[atoms]]).min()
    assert room[tuple(index[1])] == pytest.approx(nearest)


def test_periodic_images_are_converged():
    at = np.array([[1.95, 0.6, 0.6]])
    site = np.array([[1.95, 1.95, 0.0]])
    differences = []
    for cutoff in (10.0, 16.0):
        field = site_field(li3ocl(), "Li", cutoff=cutoff)[0]
        differences.append(float(field.energies(at)[0] - field.energies(site)[0]))
    assert differences[0] == pytest.approx(differences[1], abs=1e-3)


def test_percolation_of_a_known_wave_is_exact():
    """cos x + 2 cos y + 4 cos z: minimum -7; ways open along x, then y, then z at -5, -3, +1."""
    n = 12
    x, y, z = np.meshgrid(*[np.cos(2 * np.pi * np.arange(n) / n)] * 3, indexing="ij")
    levels = percolation_levels(x + 2 * y + 4 * z, highest=20.0)
    assert [level for level, _ in levels] == pytest.approx([-5.0, -3.0, 1.0], abs=1e-12)
    walls = x + 2 * y + np.where(np.arange(n) == 3, 100.0, 0.0)[None, None]
    assert percolation_levels(walls, highest=20.0)[2] is None


def test_cubic_symmetry_and_exact_saddles():
    result, found = landscape_study(li3ocl(), resolution=0.2)
    one, two, three = (item.energy.value for item in result.thresholds)
    assert one == pytest.approx(two, abs=1e-6) and two == pytest.approx(three, abs=1e-6)
    assert len({round(site.energy.value, 6) for site in result.sites}) == 1
    assert len(result.hops) == 1 and result.hops[0].count == 12
    hop = result.hops[0]
    assert hop.length.value == pytest.approx(3.9 / 2**0.5)
    # the only way between sites is this hop, so the two searches must find one saddle
    assert hop.barrier.value == pytest.approx(three, abs=2e-4)
    assert max(hop.profile_eV) == pytest.approx(hop.barrier.value, abs=2e-4)
    assert hop.window.ions == ("Cl", "Cl", "O")
    field = found.field
    place = np.array(hop.place) @ field.cell
    step = 1e-4
    for axis in np.eye(3):
        slope = field.energies(np.array([place + step * axis, place - step * axis]))
        assert abs(slope[0] - slope[1]) / (2 * step) < 2e-3
    assert result.octahedron_volume.value is None  # a bare crystal has no roles


def test_a_finer_grid_changes_nothing():
    coarse = landscape_study(li3ocl(), resolution=0.3)[0].thresholds[2].energy.value
    fine = landscape_study(li3ocl(), resolution=0.12)[0].thresholds[2].energy.value
    assert coarse == pytest.approx(fine, abs=2e-4)


def test_a_supercell_is_the_same_crystal():
    one = li3ocl()
    places = np.concatenate([(one.fractional + np.array([k, 0, 0])) / [2, 1, 1] for k in (0, 1)])
    two = ChargedCrystal("2", one.cell * np.array([[2.0], [1], [1]]), places, one.elements * 2, one.charges * 2)
    a, b = landscape_study(one, resolution=0.3)[0], landscape_study(two, resolution=0.3)[0]
    assert b.thresholds[2].energy.value == pytest.approx(a.thresholds[2].energy.value, abs=2e-4)
    assert sum(hop.count for hop in b.hops) == 2 * sum(hop.count for hop in a.hops)


def test_pairs_reach_until_sites_connect():
    """Chains 3 apart along x and 4 along y, z: longer hops are needed to wind in three directions."""
    pairs = site_pairs(np.diag([3.0, 4.0, 4.0]), np.zeros((1, 3)))
    assert sorted(round(pair[3], 6) for pair in pairs) == [3.0, 4.0, 4.0]


def test_openings_by_hand():
    triangle = [[0, 0, 0], [4, 0, 0], [2, 12**0.5, 0]]
    assert opening(triangle, [1.8, 1.8, 1.8]) == pytest.approx(4 / 3**0.5 - 1.8)
    for radii in ([1.8, 1.8, 1.4], [1.0, 1.9, 1.5]):
        r = opening(triangle, radii)
        assert r > 0.4  # and it touches all three: no point of the plane is farther from them
        line = np.linspace(-1, 5, 241)
        x, y = np.meshgrid(line, line)
        room = np.min(
            [np.hypot(x - c[0], y - c[1]) - one for c, one in zip(triangle, radii, strict=True)], axis=0
        )  # fmt: skip
        inside = (y > 0) & (y < 3**0.5 * x) & (y < 3**0.5 * (4 - x))
        assert r == pytest.approx(room[inside].max(), abs=0.02)
    assert opening([[0, 0, 0], [2, 0, 0], [1, 0.1, 0]], [0.3, 0.3, 0.3]) == pytest.approx((1.01**0.5 - 0.6) / 2)
    assert opening([[0, 0, 0], [2, 0, 0], [4, 0, 0]], [0.5] * 3) == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["Li3OCl", "Li2NaOCl", "Na4OI2"])
def test_energies_equal_those_of_bvlain(name):
    peer = json.loads(PEER.read_text())["cases"][name]
    crystal = charged_crystal(records()[name].structure)
    field = site_field(crystal, peer["mover"][:2])[0]
    points = np.array([fractional for fractional, _ in peer["points"]]) @ crystal.cell
    ours = [float(field.energies(point[None])[0]) for point in points]
    assert ours == pytest.approx([energy for _, energy in peer["points"]], abs=2e-5)


def test_bad_input_is_one_clear_line():
    from antiperovskite.composition import resolve
    from antiperovskite.structures import build_structure

    many = [
        (OptionError, "not a cation", lambda: landscape_study(li3ocl(), "Na")),
        (OptionError, "resolution", lambda: landscape_study(li3ocl(), resolution=0.01)),
        (OptionError, "share", lambda: landscape_study(li3ocl(), share=2.0)),
        (OptionError, "longest hop", lambda: landscape_study(li3ocl(), longest=99.0)),
        (DataError, "OH as a whole", lambda: charged_crystal(build_structure(resolve("Li2OHCl")))),
        (DataError, "BH4 as a whole", lambda: charged_crystal(build_structure(resolve("Na3OBH4")))),
        (DataError, r"Li\+ with H-", lambda: landscape_study(charged_crystal(records()["Li3HS"].structure))),
    ]
    for kind, text, call in many:
        with pytest.raises(kind, match=text) as caught:
            call()
        assert "\n" not in str(caught.value)
