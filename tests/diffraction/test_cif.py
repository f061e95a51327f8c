"""The CIF reader: what it keeps, what it refuses, and that no damaged file makes it crash."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiperovskite.diffraction import powder_pattern, read_cif
from antiperovskite.diffraction.cif import LARGEST_FILE_bytes
from antiperovskite.errors import AntiperovskiteError, OptionError

GOOD = """data_x
_cell_length_a 4.084(2)
_cell_length_b 4.084
_cell_length_c 4.084
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_U_iso_or_equiv
Li1 Li 0 0 0 1.0 0.012(3)
D1 D 0.5 0.5 0.5 0.9 0.02
"""


@pytest.fixture
def write(tmp_path):
    def make(text):
        path = tmp_path / "x.cif"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_deuterium_occupancy_and_temperature_factors_are_kept(write):
    structure, notes = read_cif(write(GOOD))
    assert len(structure) == 8 and notes[0] == "structure read from x.cif"
    assert structure.site_properties["b_iso"][0] == pytest.approx(8 * math.pi**2 * 0.012)
    pattern = powder_pattern(structure, "neutron")
    assert pattern.isotopes == {"H": "D"}
    light = powder_pattern(read_cif(write(GOOD.replace("D1 D", "H1 H"))).structure, "neutron")
    assert light.isotopes == {} and light.profile != pattern.profile


def test_symmetry_operations_and_one_group_name_give_the_same(write):
    plain = read_cif(write(GOOD)).structure
    listed = GOOD.replace(
        "_space_group_name_H-M_alt 'F m -3 m'\n",
        "loop_\n_space_group_symop_operation_xyz\nx,y,z\nx,y+1/2,z+1/2\nx+1/2,y,z+1/2\nx+1/2,y+1/2,z\n",
    )
    assert powder_pattern(read_cif(write(listed)).structure).profile == pytest.approx(powder_pattern(plain).profile)


BAD = {
    "no cell edge": ("_cell_length_b 4.084\n", "", "_cell_length_b"),
    "no number": ("_cell_length_b 4.084", "_cell_length_b nan", "not a number"),
    "infinite": ("_cell_length_b 4.084", "_cell_length_b 1e999", "finite"),
    "huge": ("_cell_length_b 4.084", "_cell_length_b 4e6", "not possible"),
    "flat": ("_cell_angle_gamma 90", "_cell_angle_gamma 180", "angles"),
    "no symmetry": ("_space_group_name_H-M_alt 'F m -3 m'\n", "", "no symmetry"),
    "unknown symmetry": ("'F m -3 m'", "'?'", "no symmetry"),
    "over one": ("0.5 0.5 0.5 0.9", "0.5 0.5 0.5 1.4", "occupied 1.4 times"),
    "together over one": ("D1 D 0.5 0.5 0.5 0.9", "Cl1 Cl 0 0 0 0.9", "ccupan"),
    "negative": ("0.5 0.5 0.5 0.9", "0.5 0.5 0.5 -0.4", "occupied"),
    "coordinate": ("D1 D 0.5", "D1 D NaN", "coordinate x of site D1"),
    "missing coordinate": ("D1 D 0.5 0.5", "D1 D ? 0.5", "coordinate x of site D1"),
    "deuterium typed hydrogen": ("D1 D", "D1 H", "called D and typed H"),
    "shared": (
        "D1 D 0.5 0.5 0.5 0.9 0.02\n",
        "D1 D 0.5 0.5 0.5 0.4 0.02\nH1 H 0.5 0.5 0.5 0.4 0.02\n",
        "shared by H and D",
    ),
    "no element": ("D1 D", "Qq1 Qq", "no element"),
    "temperature": ("0.9 0.02", "0.9 -0.02", "B of site"),
    "no atoms": ("loop_", "#", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_pattern_cannot_use_is_refused_in_one_line(write, case):
    old, new, said = BAD[case]
    assert old in GOOD
    with pytest.raises(OptionError) as caught:
        read_cif(write(GOOD.replace(old, new, 1)))
    assert said in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_large_binary_and_missing_files(tmp_path, write):
    big = write(GOOD + "#" * LARGEST_FILE_bytes)
    with pytest.raises(OptionError, match="MB"):
        read_cif(big)
    (tmp_path / "b.cif").write_bytes(bytes(range(256)) * 40)
    for path in (tmp_path / "b.cif", tmp_path, tmp_path / "none.cif", "nul\0.cif"):
        with pytest.raises(OptionError):
            read_cif(path)


LINES = GOOD.splitlines()
damage = st.one_of(
    st.tuples(st.just("drop"), st.integers(0, len(LINES) - 1), st.just("")),
    st.tuples(st.just("replace"), st.integers(0, len(LINES) - 1), st.text(max_size=30)),
    st.tuples(
        st.just("value"),
        st.integers(0, len(LINES) - 1),
        st.sampled_from(["nan", "-1", "1e400", "?", "'", ";", "0", "99999", "loop_", "data_", "(3)", "D", "x,y"]),
    ),
    st.tuples(st.just("cut"), st.integers(0, len(GOOD)), st.just("")),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(damage, min_size=1, max_size=3))
def test_damaged_files_give_a_structure_or_one_clear_line(tmp_path, steps):
    lines = list(LINES)
    text = GOOD
    for kind, place, new in steps:
        if kind == "cut":
            text = text[:place]
            continue
        lines = text.splitlines()
        if not lines:
            break
        at = place % len(lines)
        if kind == "drop":
            del lines[at]
        elif kind == "replace":
            lines[at] = new
        else:
            lines[at] = f"{lines[at].rsplit(' ', 1)[0]} {new}"
        text = "\n".join(lines)
    path = tmp_path / "fuzz.cif"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        structure, _ = read_cif(path)
        powder_pattern(structure, "neutron", wavelength=4.0)
    except AntiperovskiteError as error:
        assert "\n" not in str(error)
