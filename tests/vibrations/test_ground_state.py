"""Following unstable modes: known minima, known children, and no invention where nothing is unstable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine, relax
from antiperovskite.errors import OptionError
from antiperovskite.structures import build_structure, candidate_structures
from antiperovskite.structures.symmetry import spacegroup
from antiperovskite.vibrations import GroundState, cells, ground_state
from antiperovskite.vibrations.ground_state import follow
from antiperovskite.vibrations.records import compact, ground_states, shipped_engines
from antiperovskite.vibrations.scan import scan_minimum

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "hydride_study.py"


@given(where=st.floats(0.12, 0.95), depth=st.floats(1e-4, 1.0))
def test_the_minimum_of_a_double_well_is_found_exactly(where: float, depth: float) -> None:
    def well(x: float) -> float:
        return depth * ((x / where) ** 4 - 2 * (x / where) ** 2)

    _, energies, found, lowest = scan_minimum(well)
    assert lowest == min(energies)
    assert lowest == pytest.approx(-depth, rel=1e-4)
    assert found == pytest.approx(where, rel=1e-2)


@given(stiffness=st.floats(1e-3, 10.0))
def test_a_single_well_stays_at_zero(stiffness: float) -> None:
    *_, where, lowest = scan_minimum(lambda x: stiffness * x * x)
    assert (where, lowest) == (0.0, 0.0)


@pytest.fixture(scope="module")
def tree() -> GroundState:
    return ground_state(build_structure(resolve("Na3OF")), get_engine("toy-ionic"), fmax=0.02, use_cache=False)


def test_a_crystal_unstable_to_tilts_reaches_the_lowest_tilt_system(tree: GroundState) -> None:
    """The toy's tilt systems, built and relaxed one by one without phonons, are the truth."""
    toy = get_engine("toy-ionic")
    truth = {}
    for model in candidate_structures(resolve("Na3OF"), tilts=True):
        if model.formula_units <= 4:
            found = relax(model.to_pymatgen(), toy, fmax=0.02)
            truth[spacegroup(found.to_pymatgen(), 0.05)[0]] = found.energy / model.formula_units
    cubic = truth.pop("Pm-3m")
    ground = tree.ground_node
    best = min(truth, key=lambda name: truth[name])
    assert ground.spacegroup == best == "Pnma"
    by_group = {node.spacegroup: node.energy.value for node in tree.nodes}
    assert {"I4/mcm", "R-3c", "Pnma"} <= set(truth)
    for name in ("I4/mcm", "R-3c", "Pnma"):
        assert by_group[name] == pytest.approx(1000 * (truth[name] - cubic), abs=1.0)


def test_the_tree_says_what_was_done(tree: GroundState) -> None:
    assert tree.verdict == "stable" and tree.ground_node.status == "stable"
    root = tree.nodes[0]
    assert (root.status, root.spacegroup, root.parent) == ("unstable", "Pm-3m", None)
    assert {level.q_label for level in root.unstable} == {"M", "R"}
    glazer = {node.spacegroup for node in tree.nodes}
    assert {"P4/mbm", "I4/mcm", "Imma", "R-3c", "Cmcm", "Pnma", "I4/mmm", "Im-3"} <= glazer
    assert tree.depth.value == pytest.approx(-tree.ground_node.energy.value)
    assert tree.temperature.value == pytest.approx(tree.depth.value / 0.08617333, rel=1e-3)
    assert tree.ground_node.structure is not None
    assert spacegroup(tree.ground_node.structure.to_pymatgen(), 0.05)[0] == "Pnma"
    assert tree.ground_node.structure.roles.count("X") == 3 * tree.ground_node.structure.roles.count("B")
    for node in tree.nodes[1:]:
        assert node.scan is not None and node.scan.depth.value > 0
    assert GroundState.model_validate_json(tree.model_dump_json()) == tree
    small = compact(tree)
    assert [node.structure is not None for node in small.nodes].count(True) == 2


def test_a_stable_crystal_stays_where_it_is() -> None:
    found, first, last = follow(build_structure(resolve("Na3OCl")), get_engine("toy-ionic"), use_cache=False)
    assert (found.ground, found.verdict, len(found.nodes)) == (0, "stable", 1)
    assert first == last and found.depth.value == 0.0 and found.temperature.value is None


def test_a_limit_met_is_said() -> None:
    found = ground_state(
        build_structure(resolve("Na3OF")), get_engine("toy-ionic"), fmax=0.05, max_examined=1, max_children=1,
        use_cache=False,
    )  # fmt: skip
    assert found.verdict == "undecided" and "limit" in found.statement
    with pytest.raises(OptionError, match="at least 1"):
        ground_state(build_structure(resolve("Na3OF")), get_engine("toy-ionic"), max_examined=0)


def test_sites_survive_changes_of_cell() -> None:
    for formula in ("Na3OCl", "Li2OHCl"):
        sites = cells.from_model(build_structure(resolve(formula)))
        cell, symbol, _ = cells.standard_cell(sites)
        back, again, _ = cells.standard_cell(cells.standard_cell(cell, primitive=True)[0])
        assert symbol == again and len(back.kinds) == len(cell.kinds)
        assert sorted(map(str, back.kinds)) == sorted(map(str, cell.kinds))
        sizes = sorted(back.groups.count(group) for group in set(back.groups))
        assert sizes == sorted(cell.groups.count(group) for group in set(cell.groups))


@pytest.mark.parametrize("engine", shipped_engines())
def test_shipped_ground_states_are_whole(engine: str) -> None:
    held = ground_states(engine)
    assert held.engine == engine and len({record.formula for record in held.records}) == len(held.records) > 0
    for record in held.records:
        assert record.engine.name == engine
        energies = [node.energy.value for node in record.nodes if node.energy.value is not None]
        assert record.ground_node.energy.value == min(energies)
        assert record.ground_node.structure is not None


def test_the_page_on_hydrides_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_shipped_phonon_verdict_is_reproduced() -> None:
    from antiperovskite.vibrations import phonon_study

    record = ground_states("7net-0").named("Na3HS")
    assert record is not None
    study = phonon_study(build_structure(resolve("Na3HS")), get_engine("7net-0"), use_cache=False)
    shipped = {level.q_label: level.frequency for level in record.nodes[0].unstable}
    assert {level.q_label: level.frequency for level in study.unstable} == pytest.approx(shipped, abs=0.05)
