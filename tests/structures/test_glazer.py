"""Tilts: fifteen systems with the space groups of Howard and Stokes at any angle, bonds of unchanged length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError
from antiperovskite.structures import check_structure
from antiperovskite.structures.glazer import SYSTEMS, find_system, parse_tilt
from antiperovskite.structures.lattices import round_supercell, short_vectors
from antiperovskite.structures.octahedra import octahedra
from antiperovskite.structures.symmetry import spacegroup
from antiperovskite.structures.variants import build_variant

# typed again, from Howard and Stokes (1998), so that a slip in the table of the program is seen
EXPECTED = {
    "a0a0a0": 221, "a0a0c+": 127, "a0b+b+": 139, "a+a+a+": 204, "a+b+c+": 71, "a0a0c-": 140, "a0b-b-": 74,
    "a-a-a-": 167, "a0b-c-": 12, "a-b-b-": 15, "a-b-c-": 2, "a0b+c-": 63, "a+b-b-": 62, "a+b-c-": 11, "a+a+c-": 137,
}  # fmt: skip


def test_the_fifteen_systems_are_listed_once() -> None:
    assert {system.symbol: system.number for system in SYSTEMS} == EXPECTED


@pytest.mark.parametrize("symbol", EXPECTED)
@pytest.mark.parametrize("angle", [2.0, 11.0])
def test_space_group_charge_and_stoichiometry(symbol: str, angle: float) -> None:
    formula = resolve("Na3OCl")
    model = build_variant(formula, tilt=parse_tilt(symbol, (angle,)))
    assert spacegroup(model.to_pymatgen(), 1e-3)[1] == EXPECTED[symbol]
    check_structure(model, formula)


@given(st.sampled_from([s for s in EXPECTED if s != "a0a0a0"]), st.floats(1.0, 15.0))
@settings(max_examples=12, deadline=None)
def test_bonds_keep_their_length_and_corners_stay_shared(symbol: str, angle: float) -> None:
    flat = build_variant(resolve("Li3OCl"))
    length = flat.to_pymatgen().lattice.a / 2
    model = build_variant(resolve("Li3OCl"), tilt=parse_tilt(symbol, (angle,)))
    for item in octahedra(model):
        bonds = np.linalg.norm(np.array(item.vertices) - np.array(item.centre), axis=1)
        assert bonds == pytest.approx(np.full(6, length), rel=1e-6)


def test_one_axis_tilt_turns_octahedra_by_the_angle() -> None:
    model = build_variant(resolve("Li3OCl"), tilt=parse_tilt("a0a0c-", (8.0,)))
    structure = model.to_pymatgen()
    for item in octahedra(model):
        rays = np.array(item.vertices) - np.array(item.centre)
        flat = rays[np.abs(rays[:, 2]) < 0.1]
        turn = np.degrees(np.arctan2(flat[:, 1], flat[:, 0])) % 90.0
        assert np.minimum(turn, 90.0 - turn) == pytest.approx(np.full(4, 8.0), abs=1e-6)
    assert structure.volume < build_variant(resolve("Li3OCl")).to_pymatgen().volume * 2


@pytest.mark.parametrize(
    ("symbol", "group"),
    [("a-a-c0", "Imma"), ("a0a+a+", "I4/mmm"), ("a-a-c+", "Pnma"), ("a+a-a-", "Pnma"), ("c0 a+ b-", "Cmcm")],
)
def test_axes_in_any_order_and_spelling(symbol: str, group: str) -> None:
    assert find_system(symbol).spacegroup == group
    assert spacegroup(build_variant(resolve("Li3OCl"), tilt=parse_tilt(symbol)).to_pymatgen(), 1e-3)[0] == group


@pytest.mark.parametrize("symbol", ["", "a", "a+a+", "d0d0d0", "a*a*a*", "a+b+c-", "a0b+c+", "x" * 400])
def test_other_symbols_are_refused(symbol: str) -> None:
    with pytest.raises(OptionError) as error:
        parse_tilt(symbol)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


@pytest.mark.parametrize("angles", [(), (0.0,), (-3.0,), (25.0,), (float("nan"),), (3.0, 4.0, 5.0, 6.0), (5.0, 5.0)])
def test_angles_out_of_range_or_number_are_refused(angles: tuple[float, ...]) -> None:
    with pytest.raises(OptionError):
        parse_tilt("a+b-b-", angles)


@given(st.integers(1, 24))
@settings(max_examples=10, deadline=None)
def test_supercells_have_the_size_asked_for(size: int) -> None:
    rows = np.array(round_supercell(size))
    assert round(np.linalg.det(rows)) == size


def test_reduced_vectors_span_the_same_lattice() -> None:
    generators = [(0, 1, 1), (1, 0, 1), (2, 0, 0), (0, 2, 0), (0, 0, 2)]
    rows = np.array(short_vectors(generators))
    whole = np.array(generators) @ np.linalg.inv(rows)
    assert np.allclose(whole, np.round(whole)) and round(abs(np.linalg.det(rows))) == 2
