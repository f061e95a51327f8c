"""Starting frames, labels kept on disk, settings, and their refusals."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.distillation.forms import Pod
from antiperovskite.distillation.frames import Frame, Labeller, frame_key, frame_of, read_frames, write_frames
from antiperovskite.distillation.progress import Journal
from antiperovskite.distillation.settings import PRESETS, pod_basis, settings_from, temperature_range
from antiperovskite.distillation.starts import (
    Crystal,
    binary_cells,
    crystal_of,
    pairs,
    remove_pair,
    repeats,
    scattered_crystal,
    starting_frames,
    too_close,
)
from antiperovskite.engines import get_engine
from antiperovskite.errors import DataError, EngineError, OptionError
from antiperovskite.structures import build_structure


def crystal(formula: str, atoms: int = 40) -> Crystal:
    model = build_structure(resolve(formula))
    cell = crystal_of(model, model.to_pymatgen())
    return cell.repeat(repeats(cell.atoms, atoms))


def frame(seed: int = 0) -> Frame:
    atoms = crystal("Li3OCl", 5).atoms
    atoms.rattle(0.05, seed=seed)
    return frame_of(atoms, "test")


def test_starting_frames_hold_every_kind_and_repeat_with_their_seed():
    frames = starting_frames(crystal("Li3OCl"), 40, seed=3)
    kinds = Counter(f.group for f in frames)
    assert set(kinds) == {"relaxed", "strain", "rattle", "pair", "hop", "interstitial", "squeeze"}
    assert not any(too_close(f) for f in frames)
    again = starting_frames(crystal("Li3OCl"), 40, seed=3)
    assert [frame_key(f, "e") for f in frames] == [frame_key(f, "e") for f in again]
    other = starting_frames(crystal("Li3OCl"), 40, seed=4)
    assert [frame_key(f, "e") for f in frames[2:]] != [frame_key(f, "e") for f in other[2:]]


def test_clusters_are_turned():
    frames = starting_frames(crystal("Li2OHCl"), 20, seed=0)
    assert any(f.group == "rotation" for f in frames)
    for f in frames:
        numbers = Counter(f.numbers.tolist())
        assert numbers[8] == numbers[1]  # no hydroxide is ever torn apart by the removal of a pair


@pytest.mark.parametrize("formula", ["Li3OCl", "Na3OBr", "Li2NaOCl", "Li2OHCl"])
def test_pairs_leave_the_cell_neutral(formula):
    charge = {"Li": 1, "Na": 1, "O": -2, "H": 1, "Cl": -1, "Br": -1}
    for f in pairs(crystal(formula), 6, np.random.default_rng(0)):
        assert sum(charge[s] for s in f.symbols) == 0


def test_removing_a_pair_says_where_the_cation_was():
    full = crystal("Li3OCl")
    less, place, symbol = remove_pair(full, np.random.default_rng(1))
    assert len(less.atoms) == len(full.atoms) - 2
    assert symbol == "Li"
    assert np.linalg.norm(full.atoms.positions - place, axis=1).min() == 0.0
    assert np.linalg.norm(less.atoms.positions - place, axis=1).min() > 1.0


@pytest.mark.parametrize("target", [5, 40, 135, 300])
def test_supercells_are_near_the_size_wanted_and_even(target):
    cell = crystal("Li3OCl", 5).atoms
    times = repeats(cell, target)
    assert max(times) - min(times) <= 1
    assert 0.5 * target <= 5 * np.prod(times) <= 1.3 * target


def test_binaries_of_a_compound():
    found = dict(binary_cells(crystal("Li3OCl", 5)))
    assert sorted(found) == ["Li2O", "LiCl"]
    assert Counter(found["Li2O"].get_chemical_symbols()) == {"Li": 8, "O": 4}


def test_nothing_is_labelled_twice(tmp_path, counting_toy):
    engine = counting_toy
    frames = [frame(0), frame(1), frame(0)]
    first = Labeller(engine, tmp_path).label(frames)
    again = Labeller(engine, tmp_path).label(frames)
    assert engine.asked == 2
    for a, b in zip(first, again, strict=True):
        assert a.energy == b.energy
        assert (a.forces == b.forces).all()


def test_a_damaged_label_is_named(tmp_path):
    labeller = Labeller(get_engine("toy-ionic"), tmp_path)
    labeller.label([frame()])
    next(tmp_path.glob("*.npz")).write_bytes(b"cut short")
    with pytest.raises(DataError, match="delete it and run again"):
        labeller.label([frame()])


def test_a_teacher_that_fails_is_one_line(tmp_path):
    atoms = frame().atoms()
    atoms.numbers[0] = 26
    with pytest.raises(EngineError, match="toy-ionic has no parameters for Fe") as caught:
        Labeller(get_engine("toy-ionic"), tmp_path).label([frame_of(atoms, "test")])
    assert "\n" not in str(caught.value)


@given(shift=st.floats(-3e-7, 3e-7), seed=st.integers(0, 5))
def test_key_ignores_rounding_and_nothing_else(shift, seed):
    exact = frame(seed)
    rounded = np.round(exact.positions, 6)
    base = Frame(exact.numbers, rounded, exact.cell, "a")
    assert frame_key(base, "e") == frame_key(Frame(exact.numbers, rounded + shift, exact.cell, "b"), "e")
    assert frame_key(base, "e") != frame_key(Frame(exact.numbers, rounded + 1e-4, exact.cell, "a"), "e")
    assert frame_key(base, "e") != frame_key(base, "f")


def test_frames_survive_their_file(tmp_path):
    labelled = Labeller(get_engine("toy-ionic"), tmp_path / "l").label([frame(), frame(1)])
    write_frames(tmp_path / "f.npz", [*labelled, frame(2)])
    again = read_frames(tmp_path / "f.npz")
    assert [f.labelled for f in again] == [True, True, False]
    assert again[0].energy == labelled[0].energy
    assert (again[1].forces == labelled[1].forces).all()
    (tmp_path / "bad.npz").write_bytes(b"x")
    with pytest.raises(DataError, match="cannot read frames"):
        read_frames(tmp_path / "bad.npz")


def test_temperatures_in_words():
    assert temperature_range("600..1200") == (600.0, 900.0, 1200.0)
    assert temperature_range("600,800") == (600.0, 800.0)
    assert temperature_range("750") == (750.0,)
    for wrong in ("hot", "900..600", "1,,2", ""):
        with pytest.raises(OptionError, match=r"600\.\.1200"):
            temperature_range(wrong)


def test_the_basis_of_pod_in_words():
    assert pod_basis("5x3,2x2") == ((5, 3), (2, 2))
    assert pod_basis(" 4X3 ") == ((4, 3), (0, 0))
    for form, (_, text) in PRESETS.items():
        three, four = pod_basis(text)
        Pod(("Li", "O"), three_body=three, four_body=four)  # what the form itself refuses is not offered
        assert form.startswith("pod")
    for wrong, said in (
        ("5", "radial functions x angular degree"),
        ("5x", "radial functions x angular degree"),
        ("5x3,2x2,1x1", "radial functions x angular degree"),
        ("5x0", "radial functions x angular degree"),
        ("2x2,5x3", "neither number may be larger"),
        ("11x3", "at most 10 radial"),
        ("5x13", "at most 10 radial"),
        ("8x8,3x7", "at most 10 radial"),
    ):
        with pytest.raises(OptionError, match=said):
            pod_basis(wrong)


@given(radial=st.integers(1, 10), degree=st.integers(1, 12), less=st.integers(0, 9), lower=st.integers(0, 11))
def test_any_basis_lammps_runs_can_be_written(radial, degree, less, lower):
    four = (max(1, radial - less), min(6, max(1, degree - lower)))
    assert pod_basis(f"{radial}x{degree},{four[0]}x{four[1]}") == ((radial, degree), four)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"temperatures_K": (10.0,)}, "between 50 and 3000 K"),
        ({"vacancies": 0.9}, "vacancies"),
        ({"frames": 3}, "frames"),
        ({"cutoff": 50.0}, "cutoff"),
    ],
)
def test_settings_outside_what_is_allowed(given, said):
    with pytest.raises(OptionError, match=said):
        settings_from(formula="Li3OCl", teacher="toy-ionic", **given)


def test_a_folder_holds_one_distillation(tmp_path):
    card = get_engine("toy-ionic").card
    settings = settings_from(formula="Li3OCl", teacher="toy-ionic")
    Journal(tmp_path / "work", settings, card)
    Journal(tmp_path / "work", settings.model_copy(update={"rounds": 9, "target": 0.01}), card)
    with pytest.raises(OptionError, match="other settings"):
        Journal(tmp_path / "work", settings.model_copy(update={"cutoff": 6.0}), card)


def test_a_disordered_cell_is_sampled_where_sites_are_empty_or_shared() -> None:
    for formula, atoms in (("Li2OHCl", 40), ("LiNa2OCl", 40), ("Li3OCl0.5Br0.5", 40)):
        model = build_structure(resolve(formula))
        relaxed = crystal_of(model, model.to_pymatgen())
        found = scattered_crystal(model, relaxed, 40, seed=1)
        assert found is not None
        assert len(found.atoms) == atoms
        assert found.atoms.get_volume() == pytest.approx(8.0 * relaxed.atoms.get_volume() / model.cubic_cells)
        assert found.atoms.cell.array == pytest.approx(np.eye(3) * found.atoms.cell.array[0, 0])
    plain = build_structure(resolve("Li3OCl"))
    assert scattered_crystal(plain, crystal_of(plain, plain.to_pymatgen()), 40, seed=1) is None
