"""Rows from LAMMPS's computes: they reproduce LAMMPS's own energies, forces and stresses for any coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from ase.build import bulk

from antiperovskite.distillation.design import Core, designer
from antiperovskite.distillation.fit import LeastSquares, target_of
from antiperovskite.distillation.forms import Pod, Snap, form_from, quoted
from antiperovskite.distillation.frames import frame_of
from antiperovskite.distillation.grade import Surroundings, read_grader
from antiperovskite.errors import DataError, EngineError, OptionError

ELEMENTS = ("Li", "Cl")
POD = Pod(ELEMENTS, cutoff=4.0, inner=0.8, two_body=4, three_body=(3, 2), four_body=(2, 1))


@pytest.fixture(scope="module")
def shaken(shake):
    return lambda *how, **more: shake(bulk("LiCl", "rocksalt", a=5.1, cubic=True), *how, **more)


@pytest.mark.parametrize("form", [POD, Snap(ELEMENTS, 4.0, 4)], ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_rows_times_coefficients_are_what_lammps_computes(shaken, by_lammps, form, turned, tmp_path):
    frame = shaken(0.1, 3, turned=turned)
    with designer(form) as design:
        rows = design.rows(frame)
    c = np.random.default_rng(0).normal(size=len(rows.energy)) * 1e-2
    exact = by_lammps(form, None, c, frame, tmp_path)
    assert rows.energy @ c == pytest.approx(exact.energy, rel=1e-9)
    assert (rows.forces @ c).reshape(-1, 3) == pytest.approx(exact.forces, abs=1e-8 * abs(exact.forces).max())
    assert rows.stress @ c == pytest.approx(exact.stress, abs=2e-6 * abs(exact.stress).max())


def test_fit_recovers_a_potential_the_form_can_represent(shaken, by_lammps, tmp_path):
    """Teacher: the form itself with a core under it. What is left is the ridge and LAMMPS's printed digits."""
    core = Core(0.6, 1.6)
    truth = np.random.default_rng(1).normal(size=POD_COLUMNS) * 1e-2
    frames = [by_lammps(POD, core, truth, shaken(0.05 + 0.02 * k, k, turned=k % 2 == 0), tmp_path) for k in range(16)]
    with designer(POD, core) as design:
        equations = LeastSquares()
        for number, frame in enumerate(frames[:-2]):
            add = equations.hold_out if number % 5 == 0 else equations.add
            add(frame, design.rows(frame), target_of(frame, design))
        found = equations.solve()
        for frame in frames[-2:]:
            rows, target = design.rows(frame, stress=False), target_of(frame, design)
            error = (rows.forces @ found.coefficients).reshape(-1, 3) - target.forces
            assert abs(error).max() < 2e-3 * np.sqrt((frame.forces**2).mean())
            assert (rows.energy @ found.coefficients - target.energy) / 8 == pytest.approx(0.0, abs=1e-4)


POD_COLUMNS = 2 * (1 + 2 * 4 + 3 * 3 * 3 + 2 * 2 * 4)


def test_number_of_coefficients(shaken):
    with designer(POD) as design:
        assert len(design.rows(shaken(0.1, 0), stress=False).energy) == POD_COLUMNS


def test_an_unlabelled_frame_and_an_empty_set_are_refused(shaken):
    with designer(POD) as design, pytest.raises(EngineError, match="teacher's answer"):
        target_of(shaken(0.1, 0), design)
    with pytest.raises(EngineError, match="no training frame"):
        LeastSquares().solve()


@pytest.fixture(scope="module")
def grader(shaken):
    with designer(POD) as design:
        seen = Surroundings(ELEMENTS)
        for seed in range(20):
            frame = shaken(0.08, seed)
            seen.add(design.per_atom(frame), design.types(frame))
        yield seen.grader(), design


def worst(grader, frame) -> float:
    learnt, design = grader
    return float(learnt.grades(design.per_atom(frame), design.types(frame)).max())


def test_grade_is_one_at_the_edge_of_the_training_set_and_grows_outside(shaken, grader):
    assert max(worst(grader, shaken(0.08, seed)) for seed in range(20)) == pytest.approx(1.0, abs=1e-9)
    grades = [np.median([worst(grader, shaken(size, 100 + k)) for k in range(5)]) for size in (0.04, 0.08, 0.2, 0.4)]
    assert grades == sorted(grades)
    assert grades[0] < 1.0 < grades[2]
    assert grades[3] > 2.0


def test_grade_of_a_cell_never_seen(grader):
    atoms = bulk("LiCl", "cesiumchloride", a=3.1).repeat(2)
    assert worst(grader, frame_of(atoms, "test")) > 3.0


def test_grade_survives_its_file(shaken, grader, tmp_path):
    learnt, design = grader
    learnt.write(tmp_path / "g.npz")
    again = read_grader(tmp_path / "g.npz", ELEMENTS)
    frame = shaken(0.3, 5)
    before = learnt.grades(design.per_atom(frame), design.types(frame))
    assert again.grades(design.per_atom(frame), design.types(frame)) == pytest.approx(before, rel=1e-9)
    with pytest.raises(DataError, match="distil again"):
        read_grader(tmp_path / "g.npz", ("Li", "O"))
    (tmp_path / "broken.npz").write_bytes(b"no")
    with pytest.raises(DataError, match="distil again"):
        read_grader(tmp_path / "broken.npz", ELEMENTS)


def test_too_few_atoms_for_a_grade():
    with pytest.raises(EngineError, match="fewer than 10 Li"):
        Surroundings(("Li",)).grader()


def test_forms_refuse_what_lammps_would():
    with pytest.raises(OptionError, match="inner cutoff"):
        Pod(ELEMENTS, cutoff=1.0, inner=2.0)
    with pytest.raises(OptionError, match="at least as many three-body"):
        Pod(ELEMENTS, three_body=(1, 1), four_body=(2, 1))
    with pytest.raises(DataError, match="unknown potential form"):
        form_from("ace", {}, ELEMENTS)
    with pytest.raises(DataError, match="unknown potential form"):
        form_from("pod", {"colour": 1}, ELEMENTS)


def test_paths_with_blanks_work_and_dollars_are_refused(shaken, by_lammps, tmp_path):
    folder = tmp_path / "with blank"
    folder.mkdir()
    c = np.zeros(POD_COLUMNS)
    c[0] = 1.5
    assert by_lammps(POD, None, c, shaken(0.1, 0), folder).energy == pytest.approx(6.0)
    with pytest.raises(OptionError, match="dollar"):
        quoted(tmp_path / "a$b")
