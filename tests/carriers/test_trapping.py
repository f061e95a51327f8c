"""Places and hops around an anion vacancy: counts by symmetry, ends of hops, and what walks make of the energies."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.carriers.trapping import Place, PlaceHop, Trapping, hop_ends, neighbourhood, trapping
from antiperovskite.carriers.walk import half, place_partners, surroundings, walk
from antiperovskite.composition import resolve
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import OptionError
from antiperovskite.kinetics.lattice import hop_lattice
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.structures import build_structure

A = 3.9
UNIT = A * np.eye(3)
X = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])
NEAR, NEXT = A / 2**0.5, A * 1.5**0.5
BARE = 0.3


def eV(value):
    return Quantity(value=value, uncertainty=0.0, unit="eV", method="test", source="test")


def table(first=-0.1, second=-0.04, inner=0.4, missing=False):
    """Two shells of places and the hops within and between them."""
    places = (Place(distance=NEAR, sites=12, energy=eV(first)), Place(distance=NEXT, sites=24, energy=eV(second)))
    lost = NotComputed(unit="eV", method="no path")
    hops = (
        PlaceHop(distances=(NEAR, NEAR), middle=A * 0.375**0.5, hops=24, barrier=eV(inner), change=0.0),
        PlaceHop(
            distances=(NEAR, NEXT), middle=A * 0.875**0.5, hops=48, change=0.0, barrier=lost if missing else eV(0.31)
        ),
    )
    return Trapping(
        formula="Li3OCl", ion="Li", partner="Cl", engine="none", supercell=(3, 3, 3), atoms=133, lattice=A,
        bare_barrier=eV(BARE), places=places, hops=hops, force_calls=0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def around():
    model = build_structure(resolve("Li3OCl"))
    return neighbourhood(model, model.to_pymatgen(), (3, 3, 3))


def test_classes_hold_every_place_and_hop_once(around):
    distances = np.linalg.norm(around.offsets, axis=1)
    sizes = {round(float(distances[around.place_class == k][0]), 2): int((around.place_class == k).sum())
             for k in range(around.place_class.max() + 1)}  # fmt: skip
    assert sorted(sizes.values()) == [3, 6, 12, 12, 24, 24]
    assert len(around.operations) == 48
    hops = [int((around.hop_class == k).sum()) // 2 for k in range(around.hop_class.max() + 1)]
    assert sum(hops) == 81 * 8 // 2
    for k in range(around.place_class.max() + 1):  # one class, one distance
        assert np.ptp(distances[around.place_class == k]) < 1e-6


def test_around_a_cation_vacancy_the_group_is_smaller():
    model = build_structure(resolve("Li3OCl"))
    found = neighbourhood(model, model.to_pymatgen(), (3, 3, 3), partner_kind="cation")
    assert len(found.operations) == 16
    assert int((np.linalg.norm(found.offsets, axis=1) < 1e-6).sum()) == 1


def test_ends_of_a_hop_differ_by_one_ion_that_goes_into_the_vacancy(around):
    site, slot = 0, 0
    ends = hop_ends(around, site, slot)
    moved = np.linalg.norm(ends.last - ends.first, axis=1)
    assert len(ends.atoms) == 133
    assert np.flatnonzero(moved > 1e-9).tolist() == [ends.movers[0]]
    assert moved.max() == pytest.approx(np.linalg.norm(around.lattice.vectors[site, slot]))


class Indifferent:
    """An engine that sees no difference between places."""

    card = EngineCard(
        name="indifferent", version="1", description="for tests", reference_method="none", energy_scale="none",
        licence="none", known_bias=(), citations=(),
    )  # fmt: skip

    def calculator(self):
        from ase.calculators.calculator import Calculator, all_changes

        class Zero(Calculator):
            implemented_properties = ("energy", "forces")

            def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
                super().calculate(atoms, properties, system_changes)
                self.results = {"energy": -1.0, "forces": np.zeros((len(self.atoms), 3))}

        return Zero()


def test_an_engine_that_sees_no_difference_binds_nothing():
    model = build_structure(resolve("Li3OCl"))
    found = trapping(model, model.to_pymatgen(), Indifferent(), (3, 3, 3), hops=False)
    assert [place.sites for place in found.places] == [12, 24, 12, 24, 3, 6]
    assert found.binding_eV == 0.0
    assert isinstance(found.bare_barrier, NotComputed)


def test_a_crystal_without_a_monovalent_anion_on_A_is_refused():
    model = build_structure(resolve("Li3HS"))
    with pytest.raises(OptionError, match="no anion of charge -1"):
        neighbourhood(model, model.to_pymatgen(), (3, 3, 3))


def lattice(n=6):
    return hop_lattice(UNIT, X, (n, n, n))


def test_one_anion_vacancy_touches_its_shells_only():
    found = surroundings(lattice(), UNIT, np.zeros(3), [0], table(), table(), BARE)
    values, counts = np.unique(found.site_energies.round(6), return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {0.0: 648 - 36, 0.04: 24, 0.1: 12}
    changed = found.barriers[np.abs(found.barriers - BARE) > 1e-9]
    assert sorted(set(changed.round(6).tolist())) == [0.31, 0.4]
    assert len(changed) == 2 * (24 + 48)
    assert found.replaced == 0.0


def test_effects_of_several_anion_vacancies_add_up():
    grid = lattice()
    parts = [surroundings(grid, UNIT, np.zeros(3), [cell], table(), table(), BARE) for cell in (0, 1)]
    both = surroundings(grid, UNIT, np.zeros(3), [0, 1], table(), table(), BARE)
    assert both.site_energies == pytest.approx(parts[0].site_energies + parts[1].site_energies)
    assert both.barriers == pytest.approx(
        parts[0].barriers + parts[1].barriers - np.where(both.barriers > 0, BARE, 0.0)
    )


def test_hops_without_a_barrier_are_counted():
    found = surroundings(lattice(), UNIT, np.zeros(3), [0], table(missing=True), table(missing=True), BARE)
    assert found.replaced == pytest.approx(48 / 72)
    assert half(UNIT, table()) == pytest.approx(1.5 * A, abs=0.06)


def test_more_anion_vacancies_than_cells_are_refused():
    assert len(set(place_partners(27, 27, 1).tolist())) == 27
    with pytest.raises(OptionError, match="do not fit"):
        place_partners(27, 28, 1)


def test_free_walk_hops_at_the_rate_given_and_traps_slow_it():
    from antiperovskite.kinetics.gas import rate_per_hop

    grid = lattice()
    barriers = np.full(grid.packed.shape, BARE)
    free = walk(grid, 1.3, barriers, 1000.0, 12, frames=400, seed=3)
    expected = 8 * rate_per_hop(1.3, BARE, 1000.0) * (1 - 12 / 648)
    assert free.hop_rate.value == pytest.approx(expected, rel=0.02)
    assert 0.6 < free.correlation_factor.value < 0.75
    around = surroundings(grid, UNIT, np.zeros(3), place_partners(216, 12, 1), table(-0.3), table(-0.3), BARE)
    slow = walk(grid, 1.3, around.barriers, 1000.0, 12, site_energies=around.site_energies, frames=400, seed=3)
    assert slow.hop_rate.value < 0.7 * free.hop_rate.value
