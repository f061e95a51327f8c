"""Powder patterns: extinction rules, isotopes, invariances, parity with pymatgen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.diffraction.neutron import NDCalculator
from pymatgen.analysis.diffraction.xrd import XRDCalculator
from pymatgen.core import Lattice, Structure

from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.kernel import lorentz_polarisation
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.diffraction.profile import DEFAULT_RESOLUTION, Resolution, line_profile
from antiperovskite.errors import OptionError, StructureError

FCC = [[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]


def rocksalt(a, cation, anion):
    return Structure(Lattice.cubic(a), [cation] * 4 + [anion] * 4, FCC + [[x + 0.5, y, z] for x, y, z in FCC])


def li3ocl(a=3.907):
    return Structure(
        Lattice.cubic(a),
        ["Li"] * 3 + ["O", "Cl"],
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
    )


def li2ohcl(a=3.90):
    return Structure(
        Lattice.cubic(a),
        ["Li"] * 2 + ["O", "H", "Cl"],
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0.5, 0.5, 0.5], [0.5, 0.68, 0.68], [0, 0, 0]],
    )


def by_index(pattern):
    return {tuple(sorted(map(abs, line.hkl), reverse=True)): line for line in pattern.reflections}


def lines(pattern):
    return np.array([[line.two_theta, line.intensity, line.multiplicity] for line in pattern.reflections])


def assert_same_lines(one, two):
    first, second = lines(one), lines(two)
    assert first.shape == second.shape
    np.testing.assert_allclose(first, second, rtol=1e-6, atol=1e-5)


# --- analytic truths --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("radiation", ["xray", "neutron"])
def test_face_centring_extinguishes_mixed_indices(radiation):
    for hkl in by_index(powder_pattern(rocksalt(5.64, "Na", "Cl"), radiation)):
        assert len({index % 2 for index in hkl}) == 1


def test_simple_cubic_shows_all_and_body_centring_only_even_sums():
    ordered = Structure(Lattice.cubic(4.12), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    alike = Structure(Lattice.cubic(4.12), ["Cs", "Cs"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    assert (1, 0, 0) in by_index(powder_pattern(ordered))
    assert all(sum(hkl) % 2 == 0 for hkl in by_index(powder_pattern(alike)))


def test_potassium_chloride_looks_primitive_to_xrays():
    kcl = by_index(powder_pattern(rocksalt(6.29, "K", "Cl")))
    nacl = by_index(powder_pattern(rocksalt(5.64, "Na", "Cl")))
    assert nacl[1, 1, 1].intensity > 5.0
    assert kcl.get((1, 1, 1)) is None or kcl[1, 1, 1].intensity < 1.0


def test_bragg_law_and_multiplicity_of_the_cube():
    found = by_index(powder_pattern(li3ocl(4.0), wavelength=1.5))
    for hkl, multiplicity in {(1, 0, 0): 6, (1, 1, 0): 12, (1, 1, 1): 8, (2, 1, 0): 24, (3, 2, 1): 48}.items():
        line = found[hkl]
        d = 4.0 / math.sqrt(sum(i * i for i in hkl))
        assert line.multiplicity == multiplicity
        assert line.d == pytest.approx(d, rel=1e-12)
        assert line.two_theta == pytest.approx(2 * math.degrees(math.asin(1.5 / (2 * d))), abs=1e-10)


def test_neutron_intensity_ratio_by_hand():
    # Li at (1/2 1/2 0)x3, O centre, Cl corner: F(100) = Cl - O - Li, F(110) = Cl + O - Li
    from antiperovskite.diffraction.scattering import neutron_length, parse_nuclide

    li, o, cl = (neutron_length(parse_nuclide(x)) for x in ("7Li", "O", "Cl"))
    pattern = powder_pattern(li3ocl(), "neutron", isotopes={"Li": "7Li"})
    found = by_index(pattern)
    expected = []
    for hkl, multiplicity, F in (((1, 0, 0), 6, cl - o - li), ((1, 1, 0), 12, cl + o - li)):
        theta = math.radians(found[hkl].two_theta / 2)
        expected.append(multiplicity * abs(F) ** 2 / (math.sin(theta) * math.sin(2 * theta)))
    ratio = found[1, 0, 0].intensity / found[1, 1, 0].intensity
    assert ratio == pytest.approx(expected[0] / expected[1], rel=1e-9)


def test_two_ways_of_writing_the_lorentz_factor_agree():
    theta = np.linspace(0.05, 1.4, 50)
    ratio = lorentz_polarisation(theta, polarised=False) * np.sin(theta) * np.sin(2 * theta)
    np.testing.assert_allclose(ratio, 2.0, rtol=1e-12)


def test_deuterium_reverses_the_contrast_of_lithium_hydride():
    # LiH: both lengths negative, odd hkl weak; LiD: opposite signs, even hkl weak
    lih = by_index(powder_pattern(rocksalt(4.084, "Li", "H"), "neutron"))
    lid = by_index(powder_pattern(rocksalt(4.084, "Li", "H"), "neutron", isotopes={"H": "D"}))
    assert lih[2, 0, 0].intensity > lih[1, 1, 1].intensity
    assert lid[1, 1, 1].intensity > lid[2, 0, 0].intensity


def test_deuterium_in_the_structure_means_deuterium():
    asked = powder_pattern(rocksalt(4.084, "Li", "H"), "neutron", isotopes={"H": "D"})
    named = powder_pattern(rocksalt(4.084, "Li", "D"), "neutron")
    assert_same_lines(asked, named)
    assert asked.isotopes == named.isotopes == {"H": "D"}


def test_isotopes_change_nothing_for_xrays_and_the_pattern_says_so():
    natural = powder_pattern(li2ohcl())
    heavy = powder_pattern(li2ohcl(), isotopes={"H": "D"})
    assert_same_lines(natural, heavy)
    assert any("isotopes" in note for note in heavy.notes)


def test_hydrogen_is_nearly_invisible_to_xrays_and_strong_for_neutrons():
    xray = powder_pattern(li2ohcl()).visibility["H"].value
    neutron = powder_pattern(li2ohcl(), "neutron").visibility["H"].value
    deuterated = powder_pattern(li2ohcl(), "neutron", isotopes={"H": "D"}).visibility["H"].value
    assert 0.0 < xray < 0.04
    assert neutron > 5 * xray
    assert deuterated > 10 * xray


def test_lithium_fades_from_xrays_as_the_anion_gets_heavier():
    seen = []
    for halide in ("Cl", "Br", "I"):
        structure = li3ocl()
        structure.replace_species({"Cl": halide})
        seen.append(powder_pattern(structure).visibility["Li"].value)
    assert seen[0] > seen[1] > seen[2] > 0.0


def test_friedel_pairs_are_averaged_with_dispersion():
    # a chiral arrangement: I(hkl) != I(-h-k-l) with f''; a powder and its mirror image must look the same
    positions = np.array([[0.1, 0.2, 0.05], [0.35, 0.6, 0.9], [0.7, 0.15, 0.45], [0.8, 0.8, 0.3]])
    cell = Lattice.from_parameters(5.1, 6.3, 7.7, 82, 95, 101)
    species = ["Fe", "S", "Li", "O"]
    right = powder_pattern(Structure(cell, species, positions), two_theta=(10, 60))
    left = powder_pattern(Structure(cell, species, -positions), two_theta=(10, 60))
    assert_same_lines(right, left)
    plain = powder_pattern(Structure(cell, species, positions), two_theta=(10, 60), dispersion=False)
    assert not np.allclose(lines(right)[:5, 1], lines(plain)[:5, 1], rtol=1e-3)


def test_half_occupied_site_is_between_full_and_empty():
    def made(occupancy):
        return Structure(
            Lattice.cubic(3.907), [{"Cl": occupancy} if occupancy < 1 else "Cl", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]]
        )

    # F(100) = x Cl - O: zero where x b_Cl = b_O
    extinct = 5.8037 / 9.5792
    assert by_index(powder_pattern(made(1.0), "neutron"))[1, 0, 0].intensity > 1.0
    assert (1, 0, 0) not in by_index(powder_pattern(made(extinct), "neutron"))


def test_temperature_factor_follows_its_definition():
    cold, warm = (by_index(powder_pattern(li3ocl(), "neutron", b_iso=b)) for b in (0.0, 1.5))
    one, two = (1, 0, 0), (2, 2, 0)
    change = (warm[two].intensity / warm[one].intensity) / (cold[two].intensity / cold[one].intensity)
    s2 = [1 / (2 * cold[hkl].d) ** 2 for hkl in (one, two)]
    assert change == pytest.approx(math.exp(-2 * 1.5 * (s2[1] - s2[0])), rel=1e-9)


# --- profile ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_line_shape_has_its_width_and_area(eta):
    grid = np.arange(20.0, 60.0, 0.005)
    shape = Resolution(U=0.2, V=-0.25, W=0.16, eta=eta)
    profile = line_profile(grid, np.array([40.0]), shape)(np.array([7.0]))
    above = grid[profile >= profile.max() / 2]
    assert above[-1] - above[0] == pytest.approx(float(shape.fwhm(np.array([40.0]))[0]), abs=0.011)
    assert profile.sum() * 0.005 == pytest.approx(7.0, rel=0.025 if eta else 1e-6)


def test_profile_is_the_sum_of_its_lines():
    grid = np.arange(10.0, 90.0, 0.02)
    shape = DEFAULT_RESOLUTION["xray"]
    both = line_profile(grid, np.array([30.0, 30.13]), shape)(np.array([1.0, 2.0]))
    parts = [
        line_profile(grid, np.array([30.0]), shape)(np.array([1.0])),
        line_profile(grid, np.array([30.13]), shape)(np.array([2.0])),
    ]
    np.testing.assert_allclose(both, parts[0] + parts[1], rtol=1e-12, atol=1e-12)


def test_impossible_widths_are_refused():
    with pytest.raises(OptionError, match="line shape"):
        powder_pattern(li3ocl(), resolution=Resolution(U=0.1, V=-1.0, W=0.1, eta=0.0))


def test_pattern_is_json_and_normalised():
    pattern = powder_pattern(li3ocl())
    assert PowderPattern.model_validate_json(pattern.model_dump_json()) == pattern
    assert max(line.intensity for line in pattern.reflections) == pytest.approx(100.0)
    assert max(pattern.profile) == pytest.approx(100.0)
    assert len(pattern.profile) == len(pattern.two_theta) == 4001


# --- invariances ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("radiation", ["xray", "neutron"])
def test_primitive_conventional_and_supercell_agree(radiation):
    cube = rocksalt(5.14, "Li", "Cl")
    primitive = cube.get_primitive_structure()
    assert len(primitive) == 2
    supercell = cube * (2, 1, 2)
    first = powder_pattern(cube, radiation)
    assert_same_lines(first, powder_pattern(primitive, radiation))
    assert_same_lines(first, powder_pattern(supercell, radiation))
    np.testing.assert_allclose(first.profile, powder_pattern(supercell, radiation).profile, atol=1e-6)
    for element, visibility in first.visibility.items():
        assert powder_pattern(supercell, radiation).visibility[element].value == pytest.approx(visibility.value)


def test_ase_and_pymatgen_give_the_same_pattern():
    structure = li2ohcl()
    atoms = Atoms(
        [site.specie.symbol for site in structure],
        scaled_positions=structure.frac_coords,
        cell=structure.lattice.matrix,
        pbc=True,
    )
    assert_same_lines(powder_pattern(structure, "neutron"), powder_pattern(atoms, "neutron"))


coordinate = st.floats(0.0, 1.0, exclude_max=True)


@settings(max_examples=25, deadline=None)
@given(
    positions=st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=2, max_size=5),
    shift=st.tuples(coordinate, coordinate, coordinate),
    radiation=st.sampled_from(["xray", "neutron"]),
    data=st.data(),
)
def test_origin_order_and_handedness_of_axes_do_not_matter(positions, shift, radiation, data):
    cell = Lattice.from_parameters(4.1, 4.9, 5.7, 84, 97, 105)
    species = [["Li", "O", "Cl", "H", "Fe"][i] for i in range(len(positions))]
    xyz = np.array(positions)
    reference = powder_pattern(Structure(cell, species, xyz), radiation, two_theta=(15, 60), step=0.05)
    order = data.draw(st.permutations(range(len(positions))))
    changed = Structure(cell, [species[i] for i in order], (xyz + np.array(shift))[order])
    sheared = Structure(
        np.array([[1, 0, 0], [1, 1, 0], [0, -1, 1]]) @ cell.matrix,
        species,
        xyz @ np.linalg.inv(np.array([[1, 0, 0], [1, 1, 0], [0, -1, 1]])),
    )
    for other in (changed, sheared):
        pattern = powder_pattern(other, radiation, two_theta=(15, 60), step=0.05)
        np.testing.assert_allclose(pattern.profile, reference.profile, atol=1e-6)


# --- parity with pymatgen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("structure", [li3ocl(), rocksalt(5.64, "Na", "Cl"), rocksalt(4.62, "Li", "O")])
def test_xray_parity_with_pymatgen(structure):
    # pymatgen uses another form-factor parametrisation and no dispersion: a few per cent of the strongest line
    theirs = XRDCalculator(wavelength=1.540593).get_pattern(structure, two_theta_range=(10, 90))
    ours = powder_pattern(structure, dispersion=False)
    strong = theirs.y > 0.5
    for position, intensity in zip(theirs.x[strong], theirs.y[strong], strict=True):
        nearest = min(ours.reflections, key=lambda line: abs(line.two_theta - position))
        assert nearest.two_theta == pytest.approx(position, abs=1e-4)
        assert nearest.intensity == pytest.approx(intensity, abs=3.0)
    assert len([line for line in ours.reflections if line.intensity > 3.5]) <= len(theirs.x)


def test_neutron_parity_with_pymatgen_without_hydrogen():
    # lengths of two compilations differ by under 2 per cent (Li: -1.90 and -1.93 fm)
    theirs = NDCalculator(wavelength=1.594).get_pattern(li3ocl(), two_theta_range=(10, 90))
    ours = powder_pattern(li3ocl(), "neutron")
    for position, intensity in zip(theirs.x, theirs.y, strict=True):
        nearest = min(ours.reflections, key=lambda line: abs(line.two_theta - position))
        assert nearest.two_theta == pytest.approx(position, abs=1e-4)
        assert nearest.intensity == pytest.approx(intensity, abs=1.0)


def test_low_symmetry_positions_match_pymatgen():
    structure = Structure(
        Lattice.from_parameters(5.1, 6.3, 7.7, 82, 95, 101),
        ["Li", "S", "O"],
        [[0.1, 0.2, 0.05], [0.35, 0.6, 0.9], [0.7, 0.15, 0.45]],
    )
    theirs = XRDCalculator(wavelength=1.540593).get_pattern(structure, two_theta_range=(10, 40))
    ours = np.array([line.two_theta for line in powder_pattern(structure, two_theta=(10, 40)).reflections])
    for position in theirs.x[theirs.y > 1.0]:
        assert np.abs(ours - position).min() < 1e-4


# --- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"wavelength": 0.0},
        {"wavelength": -1.0},
        {"wavelength": float("nan")},
        {"wavelength": 50.0},
        {"wavelength": 9.9},
        {"two_theta": (50.0, 20.0)},
        {"two_theta": (0.0, 90.0)},
        {"two_theta": (10.0, 200.0)},
        {"step": 0.0},
        {"step": -0.1},
        {"step": 1e-9},
        {"step": 60.0},
        {"radiation": "electron"},
        {"b_iso": -1.0},
        {"b_iso": {"Li": 1e9}},
        {"isotopes": {"H": "Li"}},
        {"isotopes": {"Zz": "D"}},
    ],
)
def test_impossible_options_are_one_clear_line(options):
    with pytest.raises(OptionError) as caught:
        powder_pattern(li3ocl(), **options)
    assert "\n" not in str(caught.value)


def test_isotope_without_its_element_is_noted():
    pattern = powder_pattern(li3ocl(), "neutron", isotopes={"H": "D"})
    assert pattern.isotopes == {}
    assert any("no H" in note for note in pattern.notes)


def test_notes_warn_of_incoherent_absorbing_and_magnetic_scatterers():
    structure = li2ohcl()
    structure.replace_species({"Cl": "Fe"})
    text = " ".join(powder_pattern(structure, "neutron").notes)
    assert "incoherent" in text and "absorption" in text and "magnetic" in text


@pytest.mark.parametrize(
    "thing",
    [
        "Li3OCl",
        None,
        Atoms("LiH", positions=[[0, 0, 0], [0, 0, 2]]),
        Atoms(pbc=True, cell=[4, 4, 4]),
    ],
)
def test_what_is_no_crystal_is_refused(thing):
    with pytest.raises(StructureError):
        powder_pattern(thing)
