"""Hop lattices, thresholds, critical paths, and what is refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.errors import ChargeBalanceError, DataError, OptionError, StructureError
from antiperovskite.kinetics.gas import HopRates, LatticeGas
from antiperovskite.kinetics.lattice import hop_lattice, plain_lattice, reached
from antiperovskite.kinetics.percolation import percolation_study, percolation_threshold
from antiperovskite.kinetics.percolation.critical_path import compositions
from antiperovskite.kinetics.percolation.thresholds import bonds_of
from antiperovskite.kinetics.sites import system_of_formula
from antiperovskite.kinetics.study import populate
from antiperovskite.kinetics.table import RateTable, hop_barriers, read_rate_table, site_energies
from antiperovskite.landscape.unions import open_bonds


@pytest.mark.parametrize(("name", "z"), [("simple cubic", 6), ("bcc", 8), ("fcc", 12), ("square", 4), ("honeycomb", 3)])
def test_plain_lattices_have_their_coordination(name, z):
    lattice = plain_lattice(name, 4, 2.0)
    assert ((lattice.packed >= 0).sum(axis=1) == z).all()
    rows = np.arange(lattice.n_sites)[:, None]
    back = lattice.reverse()
    assert (lattice.neighbours[lattice.neighbours, back] == rows).all()
    shifted = lattice.positions[lattice.neighbours] + lattice.crossings @ lattice.cell - lattice.positions[:, None]
    assert np.abs(shifted - lattice.vectors).max() < 1e-9
    assert len(np.unique(reached(lattice))) == 1


def test_lithium_sites_of_the_cubic_parent():
    """Eight neighbours at a/sqrt(2); two A ions beside the middle of each hop, four around each site."""
    system = system_of_formula(resolve("Li3OCl"), sites=300)
    lattice = system.lattice
    assert lattice.packed.shape[1] == 8 and len(lattice.lengths) == 1
    a = (abs(np.linalg.det(lattice.cell)) / (lattice.n_sites / 3)) ** (1 / 3)
    assert lattice.lengths[0] == pytest.approx(a / np.sqrt(2))
    assert system.of_hops.shape[2] == 2 and (system.of_hops >= 0).all()
    assert system.of_sites.shape[1] == 4
    near = lattice.neighbours
    back = np.sort(system.of_hops[near, lattice.reverse()], axis=2)
    assert (back == np.sort(system.of_hops, axis=2)).all()  # a hop and the hop back see the same ions


def test_empty_sites_of_hydroxides_and_layers():
    hydrated = system_of_formula(resolve("Li2OHCl"), sites=300)
    assert hydrated.empty == pytest.approx(1 / 3)
    assert hydrated.lattice.packed.shape[1] == 8
    layered = system_of_formula(resolve("Li4OBr2"), sites=200)
    parts = len(np.unique(reached(layered.lattice)))
    assert parts > 1  # slabs
    LatticeGas(layered.lattice, HopRates(10.0, 0.3), 5, 600.0)


def test_mixed_anions_are_exact_in_number():
    system = system_of_formula(resolve("Li3OCl0.5Br0.5"), sites=300).with_amounts({"Cl": 0.3, "Br": 0.7})
    ions = system.mix(1)
    assert abs((ions == 0).mean() - 0.3) < 1 / len(ions)
    assert (system.mix(1) == ions).all() and (system.mix(2) != ions).any()


@pytest.mark.parametrize(
    ("name", "kind", "known", "sizes"),
    [
        ("square", "bond", 0.5, (16, 32, 48)),
        ("simple cubic", "bond", 0.2488, (8, 12, 16)),
        ("simple cubic", "site", 0.3116, (8, 12, 16)),
    ],
)
def test_thresholds_of_known_lattices(name, kind, known, sizes):
    found = percolation_threshold(name, kind, sizes=sizes, samples=300, seed=1)
    assert found.uncertainty < 0.004
    assert abs(found.value - known) < 3 * found.uncertainty


def test_winding_is_noticed_along_each_axis():
    """Hops along x only join the cell to itself along x: a bundle of chains."""
    lattice = plain_lattice("simple cubic", 4, 1.0)
    along = np.abs(lattice.vectors[..., 0]) > 0.5
    counts = open_bonds(lattice.n_sites, *bonds_of(lattice, along))
    assert counts[0] > 0 and counts[1] < 0 and counts[2] < 0 and counts[4] < 0 and counts[5] == 1
    plane = along | (np.abs(lattice.vectors[..., 1]) > 0.5)
    counts = open_bonds(lattice.n_sites, *bonds_of(lattice, plane))
    assert counts[1] > 0 and counts[2] < 0 and counts[4] < 0


def test_critical_path_of_disordered_anions():
    """Pure ends take their own barrier; a mixture whose easy hops percolate takes theirs; if not, the next."""
    table = RateTable(source="test", environments_eV={"Cl-Cl": 0.35, "Br-Cl": 0.30, "Br-Br": 0.32})
    found = percolation_study(resolve("Li3OCl0.5Br0.5"), table, scan=5, sizes=(400, 1200), samples=4)
    levels = [point.effective_barrier.value for point in found.points]
    assert levels == pytest.approx([0.35, 0.30, 0.30, 0.30, 0.32])
    assert all(point.dimensionality == 3 for point in found.points)
    assert found.points[2].critical_fraction.value == pytest.approx(0.5, abs=0.05)
    assert "given by the user" in found.points[0].effective_barrier.source
    uphill = RateTable(source="test", environments_eV={"Cl-Cl": 0.30, "Br-Cl": 0.40, "Br-Br": 0.50})
    few = percolation_study(resolve("Li3OCl0.5Br0.5"), uphill, scan=11, sizes=(1200,), samples=4)
    ordered = [point.effective_barrier.value for point in few.points]
    assert ordered[0] == pytest.approx(0.30) and ordered[-1] == pytest.approx(0.50)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(ordered))


def test_layers_do_not_percolate_across():
    table = RateTable(source="test", barrier_eV=0.3)
    point = percolation_study(resolve("Li4OBr2"), table, sizes=(300,), samples=2).points[0]
    assert point.effective_barrier.value is None and "never reached" in point.effective_barrier.method
    assert point.first_barrier.value == pytest.approx(0.3)
    assert point.dimensionality == 2


def test_dopants_trap_and_are_balanced():
    from antiperovskite.kinetics.table import Trap

    system = system_of_formula(resolve("Li3OCl"), sites=300)
    table = RateTable(source="t", barrier_eV=0.3, traps={"Mg": Trap(fraction=0.02, charge=2, binding_eV=0.2)})
    who = populate(system, table, None, 1, 0)
    assert who.n_vacancies == who.blocked.sum() == round(0.02 * system.lattice.n_sites)
    energies = site_energies(table, system, who.ions, who.dopants)
    beside = np.unique(system.lattice.neighbours[who.dopants["Mg"]])
    assert (energies[beside] > 0).all() and (np.delete(energies, beside) == 0).all()
    with pytest.raises(ChargeBalanceError, match="net-charged"):
        populate(system, table, 0.003, 1, 0)


def test_barriers_by_length_and_shift():
    system = system_of_formula(resolve("Li3OCl"), sites=300)
    ions = system.mix(0)
    hop = system.lattice.packed >= 0
    shifted = RateTable(source="t", barrier_eV=0.3, shift_per_neighbour_eV={"Cl": 0.01})
    assert hop_barriers(shifted, system, ions)[hop] == pytest.approx(0.32)
    with pytest.raises(OptionError, match="no barrier for hops of"):
        hop_barriers(RateTable(source="t", environments_eV={"Br-Br": 0.3}), system, ions)
    with pytest.raises(OptionError, match="not sorted"):
        hop_barriers(RateTable(source="t", environments_eV={"Cl-Br": 0.3}), system, ions)
    with pytest.raises(OptionError, match="negative"):
        hop_barriers(RateTable(source="t", barrier_eV=-0.1), system, ions)


def test_bad_input_is_one_clear_line(tmp_path):
    lattice = plain_lattice("simple cubic", 4, 3.0)
    many = [
        (OptionError, "carriers", lambda: LatticeGas(lattice, HopRates(10.0, 0.3), 64, 600.0)),
        (OptionError, "not negative", lambda: LatticeGas(lattice, HopRates(10.0, -0.1), 1, 600.0)),
        (OptionError, "rates are zero", lambda: LatticeGas(lattice, HopRates(10.0, 90.0), 1, 300.0)),
        (OptionError, "barrier negative", lambda: LatticeGas(lattice, HopRates(10.0, 0.1, pair_energy=0.1), 4, 600.0)),
        (OptionError, "temperature", lambda: LatticeGas(lattice, HopRates(10.0, 0.3), 1, -5.0)),
        (OptionError, "attempt", lambda: LatticeGas(lattice, HopRates(0.0, 0.3), 1, 300.0)),
        (StructureError, "own image", lambda: plain_lattice("simple cubic", 2)),
        (OptionError, "below the shortest", lambda: hop_lattice(np.eye(3), np.zeros((1, 3)), (4, 4, 4), longest=0.5)),
        (StructureError, "coincides", lambda: hop_lattice(np.eye(3), np.zeros((2, 3)), (4, 4, 4))),
        (OptionError, "two ions", lambda: compositions({"Cl": 1.0}, 5)),
        (OptionError, "no file", lambda: read_rate_table(tmp_path / "none.yaml")),
    ]
    for kind, text, call in many:
        with pytest.raises(kind, match=text) as caught:
            call()
        assert "\n" not in str(caught.value)
    blocked = np.ones(64, dtype=bool)
    blocked[[0, 42]] = False
    with pytest.raises(StructureError, match="disconnected"):
        LatticeGas(lattice, HopRates(10.0, 0.3, blocked=blocked), 1, 600.0)
    one_way = np.full(lattice.packed.shape, 0.3)
    one_way[0, 0] = 0.4
    with pytest.raises(OptionError, match="hop back"):
        LatticeGas(lattice, HopRates(10.0, one_way), 1, 600.0)
    bad = tmp_path / "bad.yaml"
    bad.write_text("source: me\nbarier_eV: 0.3\n")
    with pytest.raises(DataError, match="barier_eV"):
        read_rate_table(bad)
