"""Defects and migration in an assessment: shipped, computed by a fast engine, or the command that computes them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from antiperovskite.assessment import fast
from antiperovskite.assessment import migration as migration_step
from antiperovskite.assessment.balance import assess_balance
from antiperovskite.assessment.defects import DEFECT_QUANTITIES, DefectPart, assess_defects
from antiperovskite.assessment.hop_paths import belongs, cut_path, paths_of, read_path, shipped_paths
from antiperovskite.assessment.migration import (
    MIGRATION_QUANTITIES,
    Hops,
    assess_migration,
    published_barriers,
)
from antiperovskite.assessment.options import Options, choose_options
from antiperovskite.assessment.verdicts.carriers import carrier_verdict
from antiperovskite.composition import resolve
from antiperovskite.defects.joined import combinations_once
from antiperovskite.errors import DataError, EngineError, MissingReferenceError, OptionError
from antiperovskite.evidence import evidence_for
from antiperovskite.migration.lowest import lowest_barrier
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.structures import build_structure

LI3OCL = resolve("Li3OCl")


@pytest.fixture(scope="module")
def carriers() -> ModuleType:
    """The invented defects and hops of the report tests, loaded by place: the tests are not a package."""
    place = Path(__file__).resolve().parents[1] / "report" / "carriers_sample.py"
    spec = importlib.util.spec_from_file_location("carriers_sample_for_assessments", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def silent(_step: str, _detail: str) -> None:
    """Report no progress."""


def test_a_slow_engine_names_the_command_and_quick_adds_no_quantities(tmp_path: Path) -> None:
    quick, deep = Options(engine="chgnet"), Options(engine="chgnet", depth="deep")
    compound = resolve("K3OBr")
    hops, defects = (step(compound, quick, tmp_path, silent) for step in (assess_migration, assess_defects))
    assert "antiperovskite migrate K3OBr" in hops.reason and "--engine chgnet" in hops.reason
    assert "antiperovskite defects K3OBr" in defects.reason
    assert hops.quantities == {} == defects.quantities
    hops, defects = (step(compound, deep, tmp_path, silent) for step in (assess_migration, assess_defects))
    for part, names in ((hops, MIGRATION_QUANTITIES), (defects, DEFECT_QUANTITIES)):
        assert set(part.quantities) == set(names)
        assert all(isinstance(one, NotComputed) and "K3OBr" in one.method for one in part.quantities.values())
    assert list(tmp_path.iterdir()) == []


def test_fast_engines_compute_at_depth_deep_and_others_when_asked() -> None:
    toy = fast.carrier_engine(LI3OCL, Options(depth="deep", engine="toy-ionic"), "migration")
    assert toy is not None and toy.card.name == "toy-ionic"
    assert fast.carrier_engine(LI3OCL, Options(engine="toy-ionic"), "migration") is None
    asked = Options(engine="toy-ionic", compute=("defects",))
    assert fast.carrier_engine(LI3OCL, asked, "migration") is None
    assert fast.carrier_engine(LI3OCL, asked, "defects") is not None
    assert fast.carrier_engine(resolve("K3OBr"), Options(depth="deep", engine="7net-0"), "defects") is None


def test_unknown_parts_are_refused() -> None:
    assert choose_options("quick", "toy-ionic", ["defects", "defects"]).compute == ("defects",)
    with pytest.raises(OptionError, match="unknown part 'defect' to compute; choose migration or defects; did you"):
        choose_options("quick", "toy-ionic", ["defect"])


def test_supercells_are_two_sizes_and_stay_affordable() -> None:
    assert fast.cell_sizes(build_structure(LI3OCL)) == [(2, 2, 2), (3, 3, 3)]
    layered = fast.cell_sizes(build_structure(resolve("Li4OCl2")))
    assert layered[0][2] == 1 and all(len(times) == 3 for times in layered)


def test_shipped_studies_are_taken_with_their_paths_and_what_was_published(
    carriers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from antiperovskite.migration import records

    ours = carriers.migration()
    kept = {f"Li3OCl x {k}": study for k, study in enumerate(ours.studies)}
    other = ours.studies[0].model_copy(update={"formula": "Na3OCl"})
    shipped = records.MigrationSet(
        engine="e", made_by="script", studies={**kept, "other": other}, failed={"Li3OCl dumbbell 2x2x2": "lost"}
    )
    monkeypatch.setattr(records, "migration_set", lambda engine: shipped)
    monkeypatch.setattr(migration_step, "shipped_paths", lambda engine: {"Cl8Li24O8": ours.paths, "Na3OCl": ()})
    found = assess_migration(LI3OCL, Options(engine="chgnet"), tmp_path, silent, evidence_for(LI3OCL).claims).found
    assert found is not None and found.origin == "shipped" and len(found.studies) == 3
    assert found.paths == ours.paths and found.failed == {"Li3OCl dumbbell 2x2x2": "lost"}
    assert {p.claim for p in found.published} >= {"s5-emly-dumbbell-017", "s5-mouta-vacancy-030"}
    [limit] = found.size_effect
    assert limit.n == 2 and limit.value < 0.3


def test_a_mechanism_that_cannot_be_found_does_not_take_the_other_away(
    carriers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import antiperovskite.migration as room

    barrier = carriers.barrier(0.3, 2)

    def search(model: object, engine: object, *, mechanisms: tuple[str, ...], keep: object, **rest: object) -> object:
        if mechanisms == ("dumbbell",):
            raise EngineError("no dumbbell here")
        symbols, cell, images = carriers.straight_path(barrier)
        atoms = SimpleNamespace(get_chemical_symbols=lambda: symbols, cell=SimpleNamespace(array=np.array(cell)))
        keep(barrier, SimpleNamespace(atoms=atoms), SimpleNamespace(positions=images))  # type: ignore[operator]
        return carriers.study(barrier)

    monkeypatch.setattr(room, "migrate", search)
    found = assess_migration(LI3OCL, Options(depth="deep", engine="toy-ionic"), tmp_path, silent)
    assert found.found is not None and found.found.origin == "computed"
    assert found.found.failed == {"Li3OCl dumbbell": "no dumbbell here"} and len(found.found.paths) == 1
    numbers = found.quantities
    assert isinstance(numbers["vacancy_migration_barrier"], Quantity)
    assert "no dumbbell hop was searched for" in numbers["interstitial_migration_barrier"].method
    monkeypatch.setattr(room, "migrate", lambda *a, **k: (_ for _ in ()).throw(EngineError("nothing moves")))
    with pytest.raises(EngineError, match="nothing moves"):
        assess_migration(LI3OCL, Options(depth="deep", engine="toy-ionic"), tmp_path, silent)


def test_the_lowest_barrier_is_that_of_the_largest_cells_with_the_change_as_uncertainty(carriers: ModuleType) -> None:
    small, large, other = carriers.barrier(0.2, 2), carriers.barrier(0.3, 3), carriers.barrier(0.25, 3, number=2)
    best = lowest_barrier([small, large, other], "vacancy")
    assert isinstance(best, Quantity) and (best.value, best.uncertainty) == (0.25, None)
    assert "lowest of 2 distinct" in best.method and "one supercell" in best.method
    alone = lowest_barrier([large, small], "vacancy")
    assert isinstance(alone, Quantity) and alone.value == 0.3
    assert alone.uncertainty == pytest.approx(0.1)
    failed = carriers.barrier(None, 3, number=2)
    assert "hop 2 has none" in lowest_barrier([large, failed], "vacancy").method
    nothing = lowest_barrier([failed], "vacancy")
    assert isinstance(nothing, NotComputed) and "one> minimum" in nothing.method
    uphill = large.model_copy(update={"backward": carriers.eV(0.42)})
    assert lowest_barrier([uphill], "vacancy").value == 0.42, "above the lower end"
    compensated = large.model_copy(update={"compensation": "far-halide"})
    assert isinstance(lowest_barrier([compensated], "vacancy"), NotComputed)


def test_published_barriers_come_from_claims_with_a_mechanism() -> None:
    found = {p.claim: p for p in published_barriers(evidence_for(resolve("Li3HS")).claims)}
    vacancy = found["s5-gao-vacancy-barriers"]
    assert (vacancy.value.value, vacancy.upper and vacancy.upper.value) == (0.15, 0.32)
    assert vacancy.mechanism == "vacancy" and not vacancy.bound
    below = {p.claim: p for p in published_barriers(evidence_for(resolve("Li2FeOS")).claims)}
    assert below["s8-li2feos-migration-barrier"].bound
    assert published_barriers(()) == ()


def test_a_path_is_cut_around_its_hop(carriers: ModuleType) -> None:
    barrier = carriers.barrier(0.3, 3)
    symbols, cell, images = carriers.straight_path(barrier)
    path = cut_path(barrier, symbols, cell, images, radius=5.0)
    ways = np.array(path.images)
    [mover] = path.movers
    assert path.symbols[mover] == "Li"
    assert np.linalg.norm(ways[-1, mover] - ways[0, mover]) == pytest.approx(barrier.hop.length, abs=2e-3)
    assert ways[:, mover].mean(axis=0) == pytest.approx([0, 0, 0], abs=2e-3), "the origin is the middle of the hop"
    assert np.linalg.norm(ways[0], axis=1).max() <= 5.0 + 1e-3
    gaps = np.linalg.norm(ways[0][:, None] - ways[0][None], axis=2)
    assert gaps[~np.eye(len(gaps), dtype=bool)].min() > 1.9, "no ion twice"
    jumped = images.copy()
    jumped[2:] += np.array(cell)[0]  # wrapped images of the same path
    again = np.array(cut_path(barrier, symbols, cell, jumped, radius=5.0).images)
    assert again == pytest.approx(ways, abs=2e-3)
    assert belongs(path, barrier) and not belongs(path, carriers.barrier(0.31, 3))
    assert paths_of([barrier], [path]) == (path,) and paths_of([carriers.barrier(0.3, 2)], [path]) == ()


def test_a_path_is_read_from_the_file_of_its_search_and_no_other(carriers: ModuleType, tmp_path: Path) -> None:
    from ase import Atoms

    from antiperovskite.migration.path import write_path

    barrier = carriers.barrier(0.3, 2)
    symbols, cell, images = carriers.straight_path(barrier)
    file = tmp_path / "path.extxyz"
    write_path(file, Atoms(symbols, cell=cell, pbc=True), list(images), [e - 7.0 for e in barrier.energies])
    path, cut = read_path(barrier, file), cut_path(barrier, symbols, cell, images)
    assert np.array(path.images) == pytest.approx(np.array(cut.images), abs=2e-3)
    with pytest.raises(DataError, match="not the path of this barrier"):
        read_path(carriers.barrier(0.4, 2), file)
    with pytest.raises(DataError, match="cannot read the path"):
        read_path(barrier, tmp_path / "none.extxyz")
    assert shipped_paths("no-such-engine") == {}


def test_balance_follows_energies_and_barriers(carriers: ModuleType) -> None:
    found, energies = carriers.migration(), carriers.defects()
    weighed = assess_balance(LI3OCL, energies, found)
    assert weighed.found is not None and weighed.equilibrium is not None
    room = weighed.found.points[0]
    counted, carried = room.number_shares["vacancy"], room.shares["vacancy"]
    # Schottky below Frenkel: more vacancies; their barrier is 0.15 eV higher: the interstitials carry the current
    assert isinstance(counted, Quantity) and counted.value > 0.9
    assert isinstance(carried, Quantity) and carried.value < counted.value
    assert counted.value == pytest.approx(weighed.equilibrium.points[0].carriers.vacancy_share.value)
    assert "no proton is among the defects" in room.shares["proton"].method
    assert "no barrier of the proton" in weighed.found.barriers["proton"].method
    other = found.model_copy(update={"engine": "another"})
    apart = assess_balance(LI3OCL, energies, other).found
    assert apart is not None and "they are of another" in apart.points[0].shares["vacancy"].method
    assert isinstance(apart.points[0].number_shares["vacancy"], Quantity)
    assert "there are none" in assess_balance(LI3OCL, None, found).reason
    items = combinations_once(energies.studies)
    lone = energies.studies[0].model_copy(update={"combinations": items[:1]})
    assert "frenkel" in assess_balance(LI3OCL, carriers.defects(studies=(lone,)), found).reason


def test_the_verdict_is_never_sure_and_names_both_sides(carriers: ModuleType) -> None:
    found, claims = carriers.migration(), evidence_for(LI3OCL).claims
    balance = assess_balance(LI3OCL, carriers.defects(), found).found
    verdict = carrier_verdict(balance, found, claims)
    assert verdict is not None and verdict.answer in {"likely", "unclear", "unlikely"}
    assert any("Mouta" in text for text in verdict.reasons_for)
    assert any("interstitial" in text for text in verdict.reasons_against)
    assert carrier_verdict(None, found, claims) is None
    assert carrier_verdict(balance, found.model_copy(update={"engine": "toy-ionic"}), claims) is None


def test_lowest_energies_are_those_of_dispersed_defects_per_defect(carriers: ModuleType) -> None:
    numbers = DefectPart(carriers.defects()).quantities
    schottky = numbers["lowest_schottky_energy_per_defect"]
    assert isinstance(schottky, Quantity) and schottky.value == pytest.approx(0.6)
    assert schottky.uncertainty == pytest.approx(0.02) and "LiCl Schottky" in schottky.method
    items = tuple(i for i in carriers.defects().studies[0].combinations if i.kind == "schottky")
    study = carriers.defects().studies[0].model_copy(update={"combinations": items})
    lost = DefectPart(carriers.defects(studies=(study,))).quantities["lowest_frenkel_energy_per_defect"]
    assert isinstance(lost, NotComputed) and "no frenkel combination" in lost.method
    assert Hops().quantities == {} == DefectPart().quantities


def test_shipped_defects_are_taken_for_every_spelling(
    carriers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from antiperovskite.defects import shipped

    kept = shipped.ShippedStudies(engine="e", made_by="script", studies=carriers.defects().studies)
    monkeypatch.setattr(shipped, "shipped_studies", lambda engine: kept)
    found = assess_defects(resolve("ClOLi3"), Options(engine="chgnet"), tmp_path, silent).found
    assert found is not None and (found.origin, found.made_by) == ("shipped", "script")

    def none(engine: str) -> None:
        raise MissingReferenceError("none")

    monkeypatch.setattr(shipped, "shipped_studies", none)
    assert assess_defects(LI3OCL, Options(engine="chgnet"), tmp_path, silent).found is None
