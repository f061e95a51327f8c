"""UF3: our rows equal what LAMMPS runs, the splines are smooth, and the fit finds what they can represent."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.distillation.design import Core, designer, pair_commands
from antiperovskite.distillation.fit import LeastSquares, target_of
from antiperovskite.distillation.forms import form_from
from antiperovskite.distillation.frames import Frame, frame_of
from antiperovskite.distillation.grade import Surroundings
from antiperovskite.distillation.uf3 import Uf3
from antiperovskite.engines.lammps import load_structure, session, set_potential
from antiperovskite.errors import EngineError, OptionError

ELEMENTS = ("Li", "O", "Cl")
SMALL = Uf3(ELEMENTS, 5.0, 0.8, 14, 3.2, (7, 8))
FORMS = [
    SMALL,
    Uf3(ELEMENTS, 5.5, 0.8, 14, 3.9, (7, 9)),
    Uf3(ELEMENTS, 6.0, 0.8, 20, 3.0, (0, 0)),
]
A = 3.9


@pytest.fixture
def shaken(shake):
    cell = Atoms(
        "Li3OCl",
        scaled_positions=[(0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5), (0, 0, 0), (0.5, 0.5, 0.5)],
        cell=[A] * 3,
        pbc=True,
    )
    return lambda *how, **more: shake(cell.repeat((2, 1, 1)), *how, **more)


def random_coefficients(form: Uf3, seed: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).normal(size=form.splines.count)


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_rows_times_coefficients_are_what_lammps_computes(shaken, by_lammps, form, turned, tmp_path):
    frame = shaken(0.1, 3, turned=turned)
    c = random_coefficients(form, 0)
    with designer(form) as design:
        rows = design.rows(frame)
    exact = by_lammps(form, None, c, frame, tmp_path)
    assert rows.energy @ c == pytest.approx(exact.energy, rel=1e-9, abs=1e-8)
    assert (rows.forces @ c).reshape(-1, 3) == pytest.approx(exact.forces, abs=1e-8)
    assert rows.stress @ c == pytest.approx(exact.stress, abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), distance=st.floats(0.3, 6.0))
def test_force_rows_are_the_slope_of_energy_rows(seed, distance):
    """Also for atoms far too close together and for cells with few neighbours."""
    random = np.random.default_rng(seed)
    form = FORMS[seed % 3]
    types = random.integers(0, 3, size=3)
    positions = np.array([[0.0, 0.0, 0.0], [distance, 0.0, 0.0], 3.0 * random.normal(size=3)])
    cell = np.eye(3) * 14.0
    c = random_coefficients(form, seed)

    def energy(where, size=1.0) -> float:
        moved = Frame(np.array([3, 8, 17])[types], where * size, cell * size, "test")
        return float(form.rows(moved, types, forces=False)[0].sum(axis=0) @ c)

    frame = Frame(np.array([3, 8, 17])[types], positions, cell, "test")
    _, forces, stress = form.rows(frame, types)
    move = random.normal(size=(3, 3))
    step = 1e-5
    slope = (energy(positions + step * move) - energy(positions - step * move)) / (2.0 * step)
    # splines have kinks in their third derivative only, but a three-body term begins at the inner distance
    assert slope == pytest.approx(-float((forces @ c) @ move.ravel()), abs=1e-6)
    assert abs((forces @ c).reshape(3, 3).sum(axis=0)).max() < 1e-10
    swelling = (energy(positions, 1.0 + step) - energy(positions, 1.0 - step)) / (2.0 * step)
    assert swelling == pytest.approx(float((stress[:3] @ c).sum()) * 14.0**3, abs=1e-6)


def test_atoms_beyond_the_range_are_alone():
    c = random_coefficients(SMALL, 1)
    frame = Frame(np.array([3, 17]), np.array([[0.0, 0, 0], [5.0, 0, 0]]), np.eye(3) * 20.0, "test")
    atomic, forces, stress = SMALL.rows(frame, [0, 2])
    assert atomic @ c == pytest.approx([c[0], c[2]])
    assert not forces.any()
    assert not stress.any()


def test_neighbours_of_equal_elements_are_interchangeable():
    """The coefficient of a triangle does not know which of two like atoms is the first."""
    columns = SMALL.splines.columns3
    assert np.array_equal(columns, columns.transpose(0, 2, 1, 4, 3, 5))
    assert set(columns[columns >= 0].ravel()) | set(SMALL.splines.columns2.ravel()) - {-1} == set(
        range(3, SMALL.splines.count)
    )


def test_curvature_of_straight_splines_is_zero():
    straight = np.zeros(SMALL.splines.count)
    columns = SMALL.splines.columns2[0, 1]
    straight[columns[3:-3]] = 2.0 - 0.5 * np.arange(len(columns) - 6)
    bent = SMALL.curvature @ straight
    assert abs(bent).max() == pytest.approx(0.0, abs=1e-12)
    straight[columns[6]] += 1.0
    assert abs(SMALL.curvature @ straight).max() == pytest.approx(2.0)


def test_fit_recovers_splines_and_the_constants_of_the_elements(shaken, by_lammps, tmp_path):
    """Teacher: pair splines with a core under them, which the form holds exactly."""
    form = FORMS[2]
    core = Core(0.6, 1.4)
    truth = 0.05 * np.sin(0.3 * np.arange(form.splines.count))
    truth[:3] = [-1.9, -4.0, -2.5]
    frames = [by_lammps(form, core, truth, shaken(0.1, k, turned=k % 2 == 0), tmp_path) for k in range(16)]
    with designer(form, core) as design:
        equations = LeastSquares(curvature=form.curvature)
        for number, frame in enumerate(frames[:-2]):
            add = equations.hold_out if number % 5 == 0 else equations.add
            add(frame, design.rows(frame), target_of(frame, design))
        found = equations.solve()
        assert found.curvature > 0.0
        for frame in frames[-2:]:
            rows, target = design.rows(frame), target_of(frame, design)
            error = (rows.forces @ found.coefficients).reshape(-1, 3) - target.forces
            assert abs(error).max() < 2e-2 * np.sqrt((frame.forces**2).mean())
            assert (rows.energy @ found.coefficients - target.energy) / 10 == pytest.approx(0.0, abs=1e-3)


def test_masses_are_not_changed_by_the_constants(shaken, tmp_path):
    """``eam/alloy`` sets masses from its file."""
    SMALL.write_coefficients(tmp_path, random_coefficients(SMALL, 0))
    with session() as lmp:
        load_structure(lmp, shaken(0.0, 0).atoms(), elements=ELEMENTS)
        before = list(lmp.numpy.extract_atom("mass").ravel())
        set_potential(lmp, pair_commands(SMALL, None, tmp_path))
        assert list(lmp.numpy.extract_atom("mass").ravel()) == before


def test_grade_tells_frames_apart_and_minds_distances_never_seen(shaken):
    with designer(SMALL) as design:
        seen = Surroundings(ELEMENTS, SMALL.spread_floor)
        for seed in range(20):
            frame = shaken(0.08, seed)
            seen.add(design.per_atom(frame), design.types(frame))
        grader = seen.grader()

        def worst(frame: Frame) -> float:
            return float(grader.grades(design.per_atom(frame), design.types(frame)).max())

        assert max(worst(shaken(0.08, seed)) for seed in range(20)) == pytest.approx(1.0, abs=1e-9)
        grades = [np.median([worst(shaken(size, 100 + k)) for k in range(5)]) for size in (0.04, 0.08, 0.2, 0.4)]
        assert grades == sorted(grades)
        assert grades[0] < 1.0 < grades[2]
        pressed = shaken(0.0, 0)
        pressed.positions[0] += 0.45 * (pressed.positions[3] - pressed.positions[0])  # 1.07 angstrom apart
        assert worst(pressed) > 2.0


def test_card_gives_the_form_back():
    for form in FORMS:
        plain = json.loads(json.dumps(asdict(form)))
        del plain["elements"]
        assert form_from("uf3", plain, ELEMENTS) == form


def test_what_cannot_be_is_refused():
    with pytest.raises(OptionError, match="three-body cutoff"):
        Uf3(ELEMENTS, cutoff=3.0, three_cutoff=3.5)
    with pytest.raises(OptionError, match="knot intervals"):
        Uf3(ELEMENTS, three_body=(3, 10))
    with pytest.raises(EngineError, match="no training frame"):
        LeastSquares(curvature=SMALL.curvature).solve()


def test_other_lattices_than_the_one_it_is_made_for(by_lammps, tmp_path):
    """Small cells whose atoms are their own neighbours."""
    form = Uf3(("Li", "Cl"), 6.0, 0.8, 12, 3.5, (7, 8))
    frame = frame_of(bulk("LiCl", "rocksalt", a=5.1), "test")
    c = random_coefficients(form, 4)
    with designer(form) as design:
        rows = design.rows(frame)
    exact = by_lammps(form, None, c, frame, tmp_path)
    assert rows.energy @ c == pytest.approx(exact.energy, rel=1e-9)
    assert rows.stress @ c == pytest.approx(exact.stress, abs=1e-8)
