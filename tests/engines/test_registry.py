"""Engines by name: what exists, what is missing and what to install."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from antiperovskite.engines import CROSS_CHECK_ENGINES, DEFAULT_ENGINE, Engine, get_engine, known_engines, registry
from antiperovskite.engines.sevennet import create_7net_0
from antiperovskite.errors import EngineError, MissingEngineError, OptionError


@pytest.fixture(autouse=True)
def _fresh_registry() -> None:
    get_engine.cache_clear()


def announce(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Pretend that another package announces an engine by entry point."""
    point = EntryPoint(name=name, value=value, group=registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [point] if group == point.group else [])


def test_default_and_cross_checks_are_known() -> None:
    assert {DEFAULT_ENGINE, *CROSS_CHECK_ENGINES, "toy-ionic", "chgnet"} <= set(known_engines())


@pytest.mark.parametrize("name", known_engines())
def test_every_engine_has_a_complete_card_without_loading(name: str) -> None:
    card = get_engine(name).card
    assert card.name == name
    assert card.known_bias
    assert card.licence
    assert card.energy_scale
    assert isinstance(get_engine(name), Engine)


def test_energy_scales_of_different_models_differ() -> None:
    scales = [get_engine(name).card.energy_scale for name in known_engines()]
    assert len(scales) == len(set(scales))


def test_gga_u_trap_is_on_the_cards() -> None:
    assert get_engine("7net-0").card.mixes_gga_u
    assert not get_engine("7net-mf-0-r2scan").card.mixes_gga_u


def test_engines_that_may_not_judge_say_so() -> None:
    assert not get_engine("chgnet").card.for_verdicts
    assert not get_engine("toy-ionic").card.for_verdicts
    assert get_engine(DEFAULT_ENGINE).card.for_verdicts


def test_unknown_engine_names_the_choices_and_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"unknown engine '7net0'.*toy-ionic.*did you mean '7net-0'\?") as error:
        get_engine("7net0")
    assert "\n" not in str(error.value)


def test_absurd_engine_name_stays_one_short_line() -> None:
    with pytest.raises(OptionError) as error:
        get_engine("x\n" * 5000)
    assert len(str(error.value)) < 400
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "package", "line"),
    [
        ("7net-0", "sevenn.calculator", "pip install 'antiperovskite[sevennet]'"),
        ("7net-mf-0-pbe", "torch", "pip install 'antiperovskite[sevennet]'"),
        ("chgnet", "chgnet", "pip install 'antiperovskite[chgnet]'"),
    ],
)
def test_missing_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str, line: str
) -> None:
    for module in (
        package,
        package.split(".", maxsplit=1)[0],
        "torch",
    ):  # None makes `import` raise, as if not installed
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingEngineError, match="install: ") as error:
        get_engine(name).calculator()
    assert line in str(error.value)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def test_another_package_adds_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, "lab-toy", "antiperovskite.engines.toys:create_toy_ionic")
    assert "lab-toy" in known_engines()
    assert isinstance(get_engine("lab-toy"), Engine)


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("no_such_package.engine:create", "cannot be created: No module named"),
        ("antiperovskite.engines.toys:no_such", "cannot be created"),
        ("builtins:dict", "does not follow the Engine protocol"),
        ("builtins:bytes.fromhex", "cannot be created"),
    ],
)
def test_broken_announcement_is_one_line(monkeypatch: pytest.MonkeyPatch, value: str, complaint: str) -> None:
    announce(monkeypatch, "lab", value)
    with pytest.raises(EngineError, match=complaint) as error:
        get_engine("lab")
    assert "\n" not in str(error.value)


def test_a_package_cannot_replace_a_built_in_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, DEFAULT_ENGINE, "antiperovskite.engines.toys:create_toy_ionic")
    assert get_engine(DEFAULT_ENGINE).card == create_7net_0().card
