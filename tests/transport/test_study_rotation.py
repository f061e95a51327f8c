"""Rotation of cluster ions in a conductivity study: Debye rotors with a known rate, refusals, other crystals."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.dynamics.trajectory import ArrayTrajectory
from antiperovskite.transport.study.rotation import rotation_of

CELL = 12.0 * np.eye(3)
STEP_PS = 0.05


def rotors(rate: float, frames: int = 3000, n: int = 27):
    """O-H bonds that turn in small random steps: C_l = exp(-l (l + 1) rate t)."""
    from scipy.spatial.transform import Rotation

    rng = np.random.default_rng(4)
    turns = rng.normal(0.0, np.sqrt(2.0 * rate * STEP_PS), (frames, n, 3))
    arm = np.tile([0.0, 0.0, 0.97], (n, 1))
    arms = np.empty((frames, n, 3))
    for frame in range(frames):
        arm = Rotation.from_rotvec(turns[frame]).apply(arm)
        arms[frame] = arm
    grid = np.array(np.meshgrid(*[np.arange(3)] * 3)).reshape(3, -1).T * 4.0
    return grid + np.zeros_like(arms), grid + arms


def test_relaxation_times_of_hydroxide_are_those_put_in():
    oxygen, hydrogen = rotors(0.25)
    lithium = np.broadcast_to([2.0, 2.0, 2.0], (len(oxygen), 1, 3))
    positions = np.concatenate([lithium, oxygen, hydrogen], axis=1)
    run = ArrayTrajectory(positions, CELL, ["Li"] + ["O"] * 27 + ["H"] * 27, STEP_PS)
    (found,), refused = rotation_of(run)
    assert refused == ()
    assert (found.centre, found.ligand, found.n_molecules) == ("O", "H", 27)
    assert found.tau_1.value == pytest.approx(1.0 / (2.0 * 0.25), rel=0.25)
    assert found.tau_2.value == pytest.approx(1.0 / (6.0 * 0.25), rel=0.25)
    assert abs(found.tau_1.value - 2.0) < 4 * found.tau_1.uncertainty


def test_a_bond_that_breaks_is_refused_and_a_crystal_without_hydrogen_has_nothing_to_say():
    oxygen, hydrogen = rotors(0.25, frames=40)
    hydrogen[20:, 0] += 2.5
    positions = np.concatenate([oxygen, hydrogen], axis=1)
    found, (refused,) = rotation_of(ArrayTrajectory(positions, CELL, ["O"] * 27 + ["H"] * 27, STEP_PS))
    assert found == () and refused.species == "O-H" and "it broke" in refused.reason
    assert rotation_of(ArrayTrajectory(oxygen, CELL, ["O"] * 27, STEP_PS)) == ((), ())


def test_hydrogen_that_is_bound_to_nothing_here_turns_with_nothing():
    oxygen, hydrogen = rotors(0.25, frames=20)
    apart = np.concatenate([oxygen[:, :1], hydrogen[:, :1] + 5.0], axis=1)
    assert rotation_of(ArrayTrajectory(apart, CELL, ["O", "H"], STEP_PS)) == ((), ())
