"""Frames of a run beyond the range of a potential: found by grade, spread over the run, labelled and learnt."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.distillation import frames_outside, settings_from
from antiperovskite.distillation.distil import _outside as learnt_outside
from antiperovskite.distillation.frames import Labeller, frame_of
from antiperovskite.distillation.outside import GROUP
from antiperovskite.distillation.progress import Journal
from antiperovskite.distillation.sampling import LEARN_BELOW, SELECT_ABOVE
from antiperovskite.distillation.watch import extrapolation_grade
from antiperovskite.dynamics.trajectory import TrajectoryWriter
from antiperovskite.engines.lammps.potential import shipped_potentials
from antiperovskite.errors import EngineError, OptionError

POTENTIAL = shipped_potentials()["Li3OCl"]


def crystal(push: float = 0.0):
    """A cell of Li3OCl with one lithium pushed off its site."""
    from ase import Atoms

    a = 3.9
    places = [(0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5), (0, 0, 0), (0.5, 0.5, 0.5)]
    atoms = Atoms("Li3OCl", scaled_positions=places, cell=[a] * 3, pbc=True).repeat((2, 2, 2))
    atoms.positions[0] += push * np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)
    return atoms


def write_run(folder, pushes, temperature_K=900.0):
    """A stored run of that cell."""
    frames = [crystal(push) for push in pushes]
    with TrajectoryWriter(
        folder, frames[0].get_chemical_symbols(), frame_interval_ps=0.1, temperature_K=temperature_K
    ) as out:
        for atoms in frames:
            out.append(atoms.positions, atoms.cell.array)
    return folder


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """Pushes whose grade lies beyond the training set and is no debris."""
    pushes = np.linspace(0.0, 1.6, 33)
    grades = np.array(extrapolation_grade([crystal(push) for push in pushes], POTENTIAL))
    outside = pushes[(grades > SELECT_ABOVE) & (grades < LEARN_BELOW)]
    assert grades[0] < 1.0 < grades.max() and len(outside) >= 3
    return outside


def test_only_strange_frames_are_taken_spread_over_the_run(strange, tmp_path):
    first, second = strange[0], strange[-1]
    pushes = [0.0] * 10 + [first, second, first] + [0.0] * 10 + [first] * 3 + [0.0] * 4
    run = write_run(tmp_path / "run" / "trajectory", pushes)
    told = []
    found = frames_outside(run.parent, POTENTIAL, progress=lambda *said: told.append(said))
    assert {frame.group for frame in found} == {GROUP}
    assert {frame.temperature_K for frame in found} == {900.0}
    assert len(found) == 6
    assert told[-1] == ("grade", "30/30 frames, 6 outside")
    two = frames_outside(run, POTENTIAL, most=2)  # the folder of the trajectory does as well
    assert len(two) == 2  # one of the early, one of the late ones; of the early ones the strangest
    worst = extrapolation_grade([frame.atoms() for frame in two], POTENTIAL)
    expected = extrapolation_grade([crystal(second), crystal(first)], POTENTIAL)
    assert worst == pytest.approx([max(expected), expected[1]], rel=1e-3)


def test_a_run_within_the_range_gives_nothing(tmp_path):
    assert frames_outside(write_run(tmp_path / "run", [0.0] * 5), POTENTIAL) == []


def test_what_cannot_be_graded_is_one_line(tmp_path):
    run = write_run(tmp_path / "run", [0.0] * 3)
    with pytest.raises(OptionError, match="no finished potential in"):
        frames_outside(run, tmp_path)
    with pytest.raises(EngineError, match="does not know Li"):
        frames_outside(run, shipped_potentials()["Na3OCl"])


def test_frames_are_labelled_once_and_kept_for_the_next_call(tmp_path, counting_toy):
    engine = counting_toy
    settings = settings_from(formula="Li3OCl", teacher="toy-ionic")
    journal = Journal(tmp_path / "work", settings, engine.card)
    frames = [frame_of(crystal(push), GROUP, 900.0) for push in (0.2, 0.3)]

    def learn(given):
        return learnt_outside(given, Labeller(engine, tmp_path / "labels"), journal, lambda step, detail: None)

    assert learn([]) == []
    assert [frame.labelled for frame in learn(frames)] == [True, True]
    asked = engine.asked
    assert len(learn(frames[:1])) == len(learn([])) == 2
    assert engine.asked == asked
    assert len(learn([frame_of(crystal(0.4), GROUP, 900.0)])) == 3
