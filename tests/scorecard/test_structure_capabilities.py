"""Capabilities on structures: ground states by following modes, and the published models of Li2OHCl."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from antiperovskite.errors import AntiperovskiteError
from antiperovskite.evidence.claims import claims
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard import capability
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import NeedsDepth
from antiperovskite.store import ResultStore
from antiperovskite.vibrations.records import ground_states


@pytest.fixture
def context(tmp_path: Path) -> Context:
    store = ResultStore(tmp_path / "store.sqlite")
    yield Context(engine="7net-0", store=store)
    store.close()


def structures() -> Any:
    """The module, loaded late: as a submodule it takes the place of the function of the same name in its package."""
    return import_module("antiperovskite.scorecard.capabilities.structures")


def ask(name: str, context: Context, **arguments: Any) -> Any:
    return capability(name).compute(arguments, context)


def test_shipped_ground_states_answer_without_an_engine(context: Context) -> None:
    for record in ground_states("7net-0").records:
        found = ask("ground_state_spacegroup", context, formula=record.formula)
        system = ask("ground_state_crystal_system", context, formula=record.formula)
        if record.verdict == "stable":
            assert found == record.ground_node.spacegroup
            assert system == structures().crystal_system(record.ground_node.number)
        else:
            assert isinstance(found, NotComputed)
            assert "undecided" in found.method


@pytest.mark.parametrize(
    ("temperature", "expected"), [(1.0, "orthorhombic"), (1000.0, "orthorhombic"), (1e5, "cubic"), (2000.0, None)]
)
def test_heat_averages_a_shallow_distortion_out(context: Context, temperature: float, expected: str | None) -> None:
    """Na3HS: depth over k is 2,098 K in the shipped record."""
    found = ask("average_crystal_system", context, formula="Na3HS", temperature=temperature)
    if expected is None:
        assert isinstance(found, NotComputed)
        assert "open" in found.method
    else:
        assert found == expected


def test_a_compound_without_a_record_needs_depth(context: Context) -> None:
    found = ask("ground_state_spacegroup", context, formula="K3OBr")
    assert isinstance(found, NeedsDepth)
    assert "--depth standard" in found.method


def test_a_search_at_depth_standard_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = ground_states("7net-0").records[0]
    calls: list[str] = []

    def followed(parent: Any, _engine: Any, **_more: Any) -> Any:
        calls.append(parent.formula)
        return record

    monkeypatch.setattr("antiperovskite.vibrations.ground_state", followed)
    store = ResultStore(tmp_path / "store.sqlite")
    here = Context(engine="toy-ionic", depth="standard", store=store)
    answers = {ask("ground_state_spacegroup", here, formula="Li3OBr") for _ in range(2)}
    store.close()
    assert answers == {record.ground_node.spacegroup}
    assert calls == ["Li3OBr"]


def test_a_model_without_its_group_or_with_spread_hydrogen_tests_nothing(context: Context) -> None:
    never_had = ask("published_model_spacegroup", context, model="hanghofer-pban")
    assert isinstance(never_had, NotComputed)
    assert "cannot be rebuilt with Pban" in never_had.method
    spread = ask("published_model_spacegroup", context, model="song-pmmm")
    assert isinstance(spread, NotComputed)
    assert "spreads H" in spread.method
    nothing = ask("published_model_spacegroup", context, model="eilbracht")
    assert isinstance(nothing, NotComputed)


def test_energies_of_models_are_antisymmetric_and_the_lowest_has_the_lowest_group(context: Context) -> None:
    up = ask("published_model_energy", context, first="howard-pmc21", second="howard-p4mm")
    down = ask("published_model_energy", context, first="howard-p4mm", second="howard-pmc21")
    assert isinstance(up, Quantity)
    assert isinstance(down, Quantity)
    assert up.value == pytest.approx(-down.value)
    assert up.uncertainty == pytest.approx(down.uncertainty)
    assert up.n == len(up.method.split("(")[1].split(")")[0].split(", "))
    study = structures()._study()
    best = min((m for m in study.models if m.above_lowest.value is not None), key=lambda m: m.above_lowest.value or 0)
    assert ask("published_lowest_spacegroup", context) == best.groups_found["0.1"]


def test_the_volume_is_that_of_the_relaxed_cell_and_not_the_reported_one(context: Context) -> None:
    volume = ask("published_model_volume", context, model="howard-p4mm")
    assert isinstance(volume, Quantity)
    change = structures()._model("howard-p4mm").volume_change
    assert isinstance(change, Quantity)
    assert volume.value == pytest.approx(3.794**2 * 3.578 * (1 + change.value / 100), rel=1e-3)


def test_an_engine_without_relaxed_models_says_which_have_them(context: Context) -> None:
    other = Context(engine="toy-ionic", store=context.store)
    for name, arguments in (
        ("published_model_volume", {"model": "howard-p4mm"}),
        ("published_lowest_spacegroup", {}),
        ("hydroxide_direction", {"model": "cubic-100"}),
    ):
        found = ask(name, other, **arguments)
        assert isinstance(found, NotComputed)
        assert "7net-0" in found.method


def test_hydroxide_points_at_empty_sites(context: Context) -> None:
    assert ask("hydroxide_direction", context, model="cubic-100") == "towards Li vacancies"
    assert isinstance(ask("hydroxide_direction", context, model="cubic-110"), NotComputed)


def test_telling_apart_does_not_depend_on_the_order(context: Context) -> None:
    pair = ("barlage-pmma", "song-pmmm")
    answers = {
        ask("distinguishable", context, first=first, second=second, probe="xray")
        for first, second in (pair, pair[::-1])
    }
    assert len(answers) == 1
    assert answers <= {"told apart", "not told apart", "open"}
    assert isinstance(
        ask("distinguishable", context, first="hanghofer-pban", second="song-pmmm", probe="neutron"), NotComputed
    )


def test_an_unknown_model_is_named_with_those_that_exist(context: Context) -> None:
    with pytest.raises(AntiperovskiteError, match=r"no published model is called 'pban'; choose one of barlage-pmma"):
        ask("hydroxide_direction", context, model="pban")


def test_every_model_and_pair_a_claim_names_exists(context: Context) -> None:
    named = [claim for claim in claims() if claim.check and claim.check.capability.startswith("published_model")]
    assert len(named) >= 10
    for claim in named:
        assert claim.check is not None
        found = ask(claim.check.capability, context, **claim.check.arguments)
        assert isinstance(found, str | Quantity | NotComputed)


def test_layered_compounds_are_built_layered(context: Context) -> None:
    assert ask("structure_type", context, formula="Na2Fe2OS2") == "anti-Ruddlesden-Popper"
    assert ask("structure_type", context, formula="Li3OCl") == "cubic X3BA parent"


@pytest.mark.parametrize(
    ("number", "system"),
    [(1, "triclinic"), (3, "monoclinic"), (62, "orthorhombic"), (99, "tetragonal"), (166, "trigonal"), (221, "cubic")],
)
def test_crystal_systems(number: int, system: str) -> None:
    assert structures().crystal_system(number) == system


def test_phonons_are_computed_only_for_a_claim_about_them(tmp_path: Path) -> None:
    with closing(ResultStore(tmp_path / "store.sqlite")) as store:
        here = Context(engine="toy-ionic", store=store)
        assert here.assessment("Na3OF").phonons is None
        assert here.quantity("Na3OF", "lowest_phonon_frequency").value < 0.0
        assert here.assessment("Na3OF", phonons=True).phonons is not None
