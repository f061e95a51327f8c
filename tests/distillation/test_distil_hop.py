"""The static hop of a card: the same search by both engines, and what the shipped cards say of it."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.distillation import read_card
from antiperovskite.distillation.hop import (
    ALLOWED,
    HOP,
    barrier_of,
    difference,
    hop_or_reason,
    mobile_ions,
    vacancy_hop,
    wrong_barriers,
)
from antiperovskite.distillation.hop import _with_room as with_room
from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps.potential import shipped_potentials
from antiperovskite.migration import vacancy_hops
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.structures import build_structure


def model(formula):
    return build_structure(resolve(formula))


def test_every_cation_that_can_hop_is_compared():
    assert mobile_ions(model("Li3OCl")) == ("Li",)
    assert set(mobile_ions(model("Li2NaOCl"))) == {"Li", "Na"}
    assert mobile_ions(model("Li2OHCl")) == ("Li",)


def test_the_cell_grows_where_a_hop_would_meet_its_own_image():
    crystal = model("Li2NaOCl")
    short, long = (vacancy_hops(crystal, ion=ion)[0] for ion in ("Li", "Na"))
    assert with_room(crystal, short, "Li", 40) == (2, 2, 2)
    times = with_room(crystal, long, "Na", 40)  # sodium hops by a lattice vector: two repeats give it no way but one
    assert sorted(times) == [2, 3, 3]


@pytest.fixture(scope="module")
def found():
    engine = get_engine("lammps:Li3OCl")
    return engine, vacancy_hop(model("Li3OCl"), engine, "Li")


@pytest.mark.slow
def test_the_hop_is_that_of_the_card_and_converged_in_energy(found):
    _, hop = found
    barrier = hop.barrier
    assert barrier.problem is None
    assert barrier.saddle_fall < 0.001
    assert barrier.compensation == "far-halide"
    assert {len(image) for image in hop.images} == {133}
    moved = np.linalg.norm(hop.images[0].positions - hop.images[-1].positions, axis=1)
    assert (moved > 1.0).sum() == 1
    kept = [c for c in read_card(shipped_potentials()["Li3OCl"]).checks if c.name == hop.name]
    assert len(kept) == 1, "scripts/card_barriers.py was not run for this potential"
    assert kept[0].potential.value == pytest.approx(barrier.forward.value, abs=0.002)
    assert abs(kept[0].difference.value) < ALLOWED


@pytest.mark.slow
def test_a_difference_needs_two_barriers(found):
    _, hop = found
    here = barrier_of(hop, "here")
    assert difference(here, here, "here").value == 0.0
    none = barrier_of("nothing hops", "here")
    assert isinstance(none, NotComputed)
    assert isinstance(difference(none, here, "here"), NotComputed)
    assert isinstance(here, Quantity)
    assert here.unit == "eV"


def test_what_cannot_hop_is_a_reason():
    engine = get_engine("lammps:Li3OCl")
    said = hop_or_reason(lambda: vacancy_hop(model("Li3OCl"), engine, "Na"))
    assert isinstance(said, str)
    assert "choose Li" in said


@pytest.mark.parametrize("name", sorted(shipped_potentials()))
def test_shipped_cards_hold_their_promises(name):
    """Force error and barrier of every potential that comes with the package."""
    card = read_card(shipped_potentials()[name])
    assert card.force_rmse.value <= 0.050
    hops = [check for check in card.checks if check.name.startswith("vacancy hop")]
    assert hops
    known = [check.difference.value for check in hops if isinstance(check.difference, Quantity)]
    assert all(check.difference.method for check in hops)  # a number, or why there is none
    if known:
        assert abs(known[0]) < ALLOWED  # the shortest hop of the first cation
    said = wrong_barriers(card.checks)
    assert set(said) <= set(card.notes)  # what is wrong is said


def test_a_wrong_barrier_is_said_with_what_it_does_to_diffusion():
    (hop,) = (check for check in read_card(shipped_potentials()["Li3OCl"]).checks if check.name.startswith(HOP))
    worse = hop.model_copy(
        update={
            "teacher": hop.teacher.model_copy(update={"value": 0.3}),
            "potential": hop.potential.model_copy(update={"value": 0.4}),
            "difference": hop.difference.model_copy(update={"value": 0.1}),
        }
    )
    (said,) = wrong_barriers([hop, worse])
    assert "0.40 eV where the teacher has 0.30 eV" in said
    assert "3.2 times rarer" in said  # exp(0.1 eV / 86.17 meV)
    assert wrong_barriers([hop]) == ()
