"""Energies of defects: lattice sums of a pair potential, size laws, binding, records, references, DFT files."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.defects import DefectStudy, defect_study
from antiperovskite.defects.catalogue import combinations_of, read_combination
from antiperovskite.defects.dft_files import formation_energies, read_dft_defects
from antiperovskite.defects.extrapolation import fit_sizes
from antiperovskite.defects.host import Host
from antiperovskite.defects.reservoirs import Reservoir
from antiperovskite.defects.results import Arrangement
from antiperovskite.defects.summary import binding, summarise
from antiperovskite.dynamics.cell import cell_of
from antiperovskite.engines import get_engine
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import Quantity
from antiperovskite.structures import build_structure

REACH = 3.5
SPRING = 5.0  # eV/angstrom^2


@dataclass
class Rigid:
    """Pairs in reach cost a little where they are first seen; springs hold the ions there; counts calculators."""

    card: EngineCard = field(
        default_factory=lambda: EngineCard(
            name="rigid", version="1", description="", reference_method="none", energy_scale="rigid", licence="MIT",
            known_bias=("a test",), citations=(), for_verdicts=False,
        )
    )  # fmt: skip
    made: int = 0

    def calculator(self) -> Any:
        self.made += 1
        return _rigid()


def _rigid() -> Any:
    from ase.calculators.calculator import Calculator, all_changes
    from ase.neighborlist import neighbor_list

    class RigidPairs(Calculator):  # type: ignore[misc]
        implemented_properties = ("energy", "free_energy", "forces", "stress")
        first: Any = None

        def calculate(
            self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes
        ) -> None:
            super().calculate(atoms, properties, system_changes)
            if self.first is None:
                self.first = self.atoms.copy()
            moved = self.atoms.positions - self.first.positions
            energy = 0.5 * float(pair_energy(neighbor_list("d", self.first, REACH)).sum() + SPRING * (moved**2).sum())
            self.results = {
                "energy": energy, "free_energy": energy, "forces": -SPRING * moved, "stress": np.zeros(6)
            }  # fmt: skip

    return RigidPairs()


def pair_energy(r: Any) -> Any:
    """-0.2 (1 - (r / reach)^2)^3, eV; zero beyond the reach."""
    return np.where(r < REACH, -0.2 * (1.0 - np.minimum(r / REACH, 1.0) ** 2) ** 3, 0.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[DefectStudy, Rigid, Path]:
    engine, cache = Rigid(), tmp_path_factory.mktemp("cells")
    model = build_structure(resolve("Li3OCl"))
    return defect_study(model, engine, supercells=["2"], kinds=["schottky"], cache=cache), engine, cache


def test_unrelaxed_energy_is_the_lattice_sum(study: tuple[DefectStudy, Rigid, Path]) -> None:
    """Taking out two ions costs minus all their pairs; the pair of the two is counted once."""
    result = study[0]
    a = result.lattice_parameter.value
    assert a is not None
    edge = 2 * a
    site = {"Li": [(0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)], "O": [(0.5, 0.5, 0.5)], "Cl": [(0.0, 0.0, 0.0)]}
    copies = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    images = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) * edge
    ions = np.array([np.add(p, c) * a for points in site.values() for p in points for c in copies])

    def pairs_with(point: Any) -> float:
        r = np.linalg.norm(ions[None] + images[:, None] - point, axis=-1).ravel()
        return float(pair_energy(r[r > 0.1]).sum())

    def between(first: Any, second: Any) -> float:
        r = np.linalg.norm(second - first + images, axis=-1)
        return float(pair_energy(r).sum())

    lithium, chlorine = np.array((0.5, 0.5, 0)) * a, np.zeros(3)
    expected = -pairs_with(lithium) - pairs_with(chlorine) + between(lithium, chlorine)
    near = next(x for x in result.arrangements if x.combination == "LiCl Schottky" and x.role == "near")
    assert near.unrelaxed is not None
    combination = next(c for c in result.combinations if c.name == "LiCl Schottky")
    assert combination.products == {"LiCl": 1.0} and combination.reactants == {}
    # the reference phase is relaxed with the same engine; its energy is the rest
    phase = Reservoir(study[1], study[2]).energy({"Li": 1.0, "Cl": 1.0})
    assert phase is not None
    assert near.unrelaxed == pytest.approx(expected + phase, abs=1e-5)


def test_binding_is_bound_minus_dispersed(study: tuple[DefectStudy, Rigid, Path]) -> None:
    item = next(c for c in study[0].combinations if c.name == "LiCl Schottky")
    assert item.bound is not None and item.dispersed is not None and isinstance(item.binding, Quantity)
    assert item.binding.value == pytest.approx(item.bound.energy.value - item.dispersed.energy.value)
    assert item.bound.bound and not item.dispersed.bound
    assert item.binding.uncertainty is None and "one supercell" in item.binding.method


def test_binding_is_extrapolated_as_a_difference_where_size_acts_on_both() -> None:
    """Both energies fall by half an eV from one size to the next, their difference by 0.04: that is its error."""
    far, near = fit_sizes([8.0, 12.0], [2.5, 2.0]), fit_sizes([8.0, 12.0], [2.3, 1.84])
    found = binding(near, far, "test")
    gap = fit_sizes([8.0, 12.0], [-0.2, -0.16])
    assert isinstance(found, Quantity) and found.uncertainty is not None and gap.uncertainty is not None
    assert found.value == pytest.approx(near.limit - far.limit) == pytest.approx(gap.limit)
    assert found.uncertainty == pytest.approx(gap.uncertainty) and found.uncertainty < 0.02
    apart = binding(near, fit_sizes([9.0, 12.0], [2.5, 2.0]), "test")  # one size in common: errors as if independent
    assert isinstance(apart, Quantity) and apart.uncertainty is not None and apart.uncertainty > 0.1
    alone = binding(fit_sizes([8.0], [2.3]), far, "test")
    assert isinstance(alone, Quantity) and alone.uncertainty is None


def test_far_pair_beyond_the_reach_is_the_sum_of_lone_defects(study: tuple[DefectStudy, Rigid, Path]) -> None:
    """Defects that share no pair add up; what is left is the random displacement every relaxation starts with."""
    item = next(c for c in study[0].combinations if c.name == "LiCl Schottky")
    assert isinstance(item.lone_difference, Quantity)
    assert abs(item.lone_difference.value) < 0.01


def test_the_same_study_again_computes_nothing(study: tuple[DefectStudy, Rigid, Path]) -> None:
    first, engine, cache = study
    before = engine.made
    again = defect_study(build_structure(resolve("Li3OCl")), engine, supercells=["2"], kinds=["schottky"], cache=cache)
    assert engine.made == before
    assert again == first
    assert DefectStudy.model_validate_json(again.model_dump_json()) == again


def test_species_carry_charges_and_multiplicities(study: tuple[DefectStudy, Rigid, Path]) -> None:
    found = {d.name: (d.charge, d.multiplicity) for d in study[0].defects}
    assert found == {"V_Li": (-1, 3), "V_Cl": (1, 1), "V_O": (2, 1)}
    assert {r.bound for r in study[0].reactions} == {True, False}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"near": 0}, "give 1 or more"),
        ({"fmax": 0.0}, "force criterion"),
        ({"supercells": []}, "no supercell"),
        ({"kinds": ["dopant"]}, "needs the dopants"),
        ({"supercells": ["1"]}, "thick"),
    ],
)
def test_options_refused(study: tuple[DefectStudy, Rigid, Path], change: dict[str, Any], message: str) -> None:
    options: dict[str, Any] = {"supercells": ["2"], "kinds": ["schottky"], "cache": study[2], **change}
    with pytest.raises(OptionError, match=message):
        defect_study(build_structure(resolve("Li3OCl")), study[1], **options)


@given(st.floats(-5, 5), st.floats(-500, 500), st.lists(st.integers(2, 9), min_size=2, max_size=5, unique=True))
@settings(max_examples=40, deadline=None)
def test_size_fit_recovers_its_law(limit: float, slope: float, sizes: list[int]) -> None:
    lengths = [3.9 * n for n in sizes]
    fit = fit_sizes(lengths, [limit + slope / L**3 for L in lengths])
    assert fit.limit == pytest.approx(limit, abs=1e-7)
    assert fit.slope == pytest.approx(slope, abs=1e-3)
    assert fit.uncertainty is not None
    # at least the correction's own size over sqrt(3)
    assert fit.uncertainty >= abs(slope) / max(lengths) ** 3 / math.sqrt(3.0) - 1e-6


def test_one_size_has_no_uncertainty() -> None:
    fit = fit_sizes([7.8], [1.2])
    assert fit.limit == 1.2 and fit.uncertainty is None
    assert "size is not known" in fit.quantity("far", "x").method


def test_binding_at_infinite_size_from_synthetic_energies() -> None:
    """Near and far energies with different 1/L^3 slopes: the binding is the difference of the limits."""
    model = build_structure(resolve("Li3OCl"))
    host = Host("Li3OCl", cell_of(model), 0.0, 1, "Pm-3m")
    combination = read_combination("Mg_Li + V_Li", host)
    rows = [
        Arrangement(
            combination=combination.name, role=role, supercell=(n, n, n), atoms=5 * n**3 - 1, length=3.9 * n,
            shell=(2.76,) if role == "near" else (3.0 * n,), label=label if role == "near" else f"far {n}",
            degeneracy=1, energy=base + slope / (3.9 * n) ** 3, unrelaxed=None, steps=1, status="relaxed",
        )
        for n in (2, 3, 4)
        for role, label, base, slope in (
            ("near", "first", 1.0, 30.0), ("near", "second", 1.1, -10.0), ("far", "", 1.4, 80.0)
        )
    ]  # fmt: skip
    study = summarise(
        host, Rigid().card, [combination], {combination.name: (None, "no phases")}, rows, (), [(2, 2, 2)], 0.02, (), ()
    )
    item = study.combinations[0]
    assert isinstance(item.binding, Quantity)
    assert item.binding.value == pytest.approx(-0.4)
    assert [s.binding.value for s in item.separations] == pytest.approx([-0.4, -0.3])
    assert item.bound is None and item.dispersed is None  # no phases, no energy of the reaction
    assert item.notes[0] == "no phases"


def test_exchange_with_the_shipped_references_balances() -> None:
    host = Host("Li3OCl", cell_of(build_structure(resolve("Li3OCl"))), 0.0, 1, "Pm-3m")
    reservoir = Reservoir(get_engine("7net-0"), None)
    seen = {}
    for combination in combinations_of(
        host, ["schottky", "frenkel", "proton", "deficient", "dopant"], ["Mg", "Al", "F"]
    ):
        exchange, _ = reservoir.exchange(host, combination)
        assert exchange is not None, combination.name
        seen[combination.name] = exchange
        from pymatgen.core import Composition

        total: dict[str, float] = dict(combination.change())
        for name, amount in exchange.amounts:
            for element, count in Composition(name).items():
                total[str(element)] = total.get(str(element), 0.0) - amount * count
        assert max((abs(x) for x in total.values()), default=0.0) < 1e-8, combination.name
    assert seen["Li Frenkel"].amounts == () and seen["Li Frenkel"].energy == 0.0
    assert seen["LiCl Schottky"].products == {"LiCl": 1.0}
    assert seen["OH on O with V_Li"].reactants == {"H2O": 1.0}
    # MgCl2 + Li2O -> MgO + 2 LiCl is downhill, so the oxide is the source the dopant costs most from
    assert seen["Mg on Li with V_Li"].reactants == {"MgO": 1.0}


def test_dft_files_are_read_without_either_package(tmp_path: Path) -> None:
    data = {
        "v_Cl_+1": {"charge_state": 1, "sc_entry": {"energy": -172.0}, "bulk_entry": {"energy": -176.5},
                    "corrections": {"FNV": 0.12, "note": "text"}, "name": "v_Cl_+1"},
        "other": [{"name": "Li_i", "charge": 1, "energy_difference": -2.0}],
        "junk": {"charge": "none"},
    }  # fmt: skip
    path = tmp_path / "defects.json.gz"
    path.write_bytes(gzip.compress(json.dumps(data).encode()))
    found = {entry.name: entry for entry in read_dft_defects(path)}
    assert found["v_Cl"].corrected == pytest.approx(4.62)
    energies = formation_energies(
        tuple(found.values()), {"Li": -2.0, "Cl": -3.0}, {"v_Cl": {"Cl": -1}, "Li_i": {"Li": 1}}, 1.5,
        {"v_Cl": 1, "Li_i": 3}, "test",
    )  # fmt: skip
    values = {e.name: e for e in energies}
    assert isinstance(values["v_Cl"].energy, Quantity)
    assert values["v_Cl"].energy.value == pytest.approx(4.62 - 3.0 + 1.5)
    assert "FNV +0.120 eV" in values["v_Cl"].energy.method
    assert values["Li_i"].energy is not None and values["Li_i"].energy.value == pytest.approx(-2.0 + 2.0 + 1.5)
    assert (values["v_Cl"].kind, values["Li_i"].kind) == ("vacancy", "interstitial")
    with pytest.raises(DataError, match="chemical potential of Cl"):
        formation_energies((found["v_Cl"],), {"Li": 0.0}, {"v_Cl": {"Cl": -1}}, 0.0, {"v_Cl": 1}, "t")
    bad = tmp_path / "x.json"
    bad.write_bytes(b"\x80\x04pickle")
    with pytest.raises(DataError, match="pickles are not read"):
        read_dft_defects(bad)
    bad.write_text("[]")
    with pytest.raises(DataError, match="no defect entry"):
        read_dft_defects(bad)
