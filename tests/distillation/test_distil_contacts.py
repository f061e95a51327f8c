"""Ions pushed together beyond the teacher's range: distances, nuclear repulsion, and what a fit does with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ase.data import covalent_radii

from antiperovskite.composition import resolve
from antiperovskite.distillation.contacts import contact_frames, pressed, universal_repulsion
from antiperovskite.distillation.frames import Frame
from antiperovskite.distillation.starts import Crystal, crystal_of, repeats, too_close
from antiperovskite.structures import build_structure


def crystal(formula: str) -> Crystal:
    model = build_structure(resolve(formula))
    cell = crystal_of(model, model.to_pymatgen())
    return cell.repeat(repeats(cell.atoms, 40))


@pytest.mark.parametrize(("formula", "pairs"), [("Li3OCl", 6), ("Li2NaOCl", 10), ("Li2OHCl", 10)])
def test_every_pair_of_elements_meets_where_the_teacher_may_still_be_asked(formula: str, pairs: int) -> None:
    start = crystal(formula)
    frames = contact_frames(start)
    contacts = [frame for frame in frames if frame.group == "contact"]
    assert len(contacts) == pairs
    assert len(frames) > 3 * pairs  # and on the way there
    for frame in frames:
        assert not too_close(frame)
        closest = shares(frame, start).min()
        assert closest < 0.6 if frame.group == "contact" else closest < 1.5
    hydrogen = start.atoms.numbers == 1
    if hydrogen.any():  # hydroxides go as a whole
        for frame in frames:
            bonds = frame.atoms().get_all_distances(mic=True)[hydrogen][:, start.atoms.numbers == 8].min(axis=1)
            assert bonds.max() < 1.05


def shares(frame: Frame, start: Crystal) -> Any:
    """Distances between atoms of different ions, in units of the sum of their radii."""
    distances = frame.atoms().get_all_distances(mic=True)
    distances[start.groups[:, None] == start.groups] = 9.0
    radii = covalent_radii[frame.numbers]
    return distances / (radii[:, None] + radii)


def test_hydrogens_approach_each_other_in_steps() -> None:
    frames = contact_frames(crystal("Li2OHCl"))
    nearest = []
    for frame in frames:
        hydrogen = np.flatnonzero(frame.numbers == 1)
        distances = frame.atoms().get_all_distances(mic=True)[np.ix_(hydrogen, hydrogen)]
        nearest.append((distances + 9.0 * np.eye(len(hydrogen))).min())
    assert all(any(low < d < high for d in nearest) for low, high in ((0.3, 0.4), (0.5, 0.8), (0.8, 1.2), (1.2, 1.8)))


def test_nuclear_repulsion_is_that_of_the_universal_potential() -> None:
    # hydrogen: at one screening length the universal function is 0.4163 (Ziegler, Biersack, Littmark 1985)
    energy, slope = universal_repulsion(1, 1, 0.23425)
    assert energy == pytest.approx(14.399645 / 0.23425 * 0.41642, rel=1e-3)
    ahead, behind = (universal_repulsion(3, 11, 1.3 + step)[0] for step in (1e-5, -1e-5))
    assert universal_repulsion(3, 11, 1.3)[1] == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)
    assert slope < 0


def test_the_pair_is_pressed_along_its_line_and_pushed_apart() -> None:
    start = [frame for frame in contact_frames(crystal("Li2NaOCl")) if frame.group == "contact"][1]
    labelled = replace(start, energy=-1.0, forces=np.zeros_like(start.positions), stress=np.zeros(6))
    first, *nearer = pressed([labelled])
    assert first is labelled
    assert [frame.energy for frame in nearer] == sorted(frame.energy for frame in nearer)
    for frame in nearer:
        moved = np.flatnonzero(np.abs(frame.positions - start.positions).max(axis=1) > 1e-9)
        assert len(moved) == 2
        i, j = moved
        between = frame.atoms().get_distance(i, j, mic=True, vector=True)
        assert frame.forces[i] @ between < 0 < frame.forces[j] @ between
        assert frame.forces.sum(axis=0) == pytest.approx(0.0, abs=1e-12)
        assert frame.stress is None
    # the work done against the force is the energy
    lengths = np.linspace(1.0, 0.6, 2001) * start.atoms().get_distance(*moved, mic=True)
    one, other = (int(start.numbers[k]) for k in moved)
    slopes = [universal_repulsion(one, other, float(length))[1] for length in lengths]
    assert np.trapezoid(slopes, lengths) == pytest.approx(nearer[-1].energy + 1.0, rel=1e-5)
