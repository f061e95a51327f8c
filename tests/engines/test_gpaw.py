"""GPAW: what it says without being installed, its k-point rule, its refusals; with it, one real calculation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.engines import get_engine
from antiperovskite.engines.electrons import spin_reason
from antiperovskite.engines.gpaw import INSTALL, GPAWSettings, create_gpaw_pbe
from antiperovskite.engines.gpaw_check import check_installation, tiny_crystal
from antiperovskite.errors import EngineError, MissingEngineError

with_gpaw = pytest.mark.skipif(find_spec("gpaw") is None, reason="GPAW is not installed")


@pytest.fixture
def no_gpaw(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in ("gpaw", "gpaw.dft"):  # None makes `import` raise, as if not installed
        monkeypatch.setitem(sys.modules, module, None)
    yield


@pytest.mark.usefixtures("no_gpaw")
@pytest.mark.parametrize("name", ["gpaw-pbe", "gpaw-pbe-spin"])
def test_missing_gpaw_names_the_exact_commands(name: str) -> None:
    with pytest.raises(MissingEngineError, match="install") as error:
        get_engine(name).calculator()
    text = str(error.value)
    assert "\n" not in text
    assert name in text
    assert "apt-get install g++ libxc-dev libopenblas-dev libfftw3-dev" in text
    assert "CC=g++ pip install gpaw==" in text


@pytest.mark.usefixtures("no_gpaw")
def test_the_install_check_tells_what_building_needs() -> None:
    result = check_installation()
    assert not result.works
    assert not result.requirements[0].fulfilled
    assert result.requirements[0].remedy == INSTALL
    names = " ".join(requirement.name for requirement in result.requirements)
    assert all(needed in names for needed in ("compiler", "libxc-dev", "libfftw3-dev", "libopenblas-dev"))
    assert all(requirement.remedy for requirement in result.requirements if not requirement.fulfilled)


def test_k_points_of_a_cube_by_hand() -> None:
    # 2 pi / 4 = 1.571 1/angstrom; 1.571 / 0.3 = 5.2
    assert GPAWSettings().k_points(4.0 * np.eye(3), ["Li", "Cl"]) == (6, 6, 6)
    assert GPAWSettings(k_spacing=0.8).k_points(np.diag([4.0, 4.0, 40.0]), ["Li", "Cl"]) == (2, 2, 1)


def test_metals_get_the_denser_grid() -> None:
    settings = GPAWSettings()
    assert settings.k_points(4.0 * np.eye(3), ["Li", "Na"]) > settings.k_points(4.0 * np.eye(3), ["Li", "H"])


@given(
    lengths=st.tuples(*[st.floats(2.0, 30.0)] * 3),
    spacing=st.floats(0.05, 1.0),
    angle=st.floats(50.0, 130.0),
)
def test_no_two_k_points_are_further_apart_than_asked(
    lengths: tuple[float, float, float], spacing: float, angle: float
) -> None:
    turn = np.radians(angle)
    cell = np.diag(lengths)
    cell[1] = [lengths[1] * np.cos(turn), lengths[1] * np.sin(turn), 0.0]
    grid = GPAWSettings(k_spacing=spacing).k_points(cell, ["Li", "Cl"])
    reciprocal = 2 * np.pi * np.linalg.inv(cell).T
    steps = np.linalg.norm(reciprocal, axis=1) / np.array(grid)
    assert (steps <= spacing * 1.0001).all()
    fewer = np.array(grid) - 1
    assert all(n == 0 or length / n > spacing * 0.9999 for n, length in zip(fewer, steps * grid, strict=True))


@pytest.mark.parametrize(
    ("symbols", "needs_spin"),
    [
        (["Li"], False),  # a metal, one electron too many for pairs
        (["Li", "Cl"], False),
        (["Li"] * 3 + ["O", "Cl"], False),
        (["Li", "O", "O"], True),  # superoxide
        (["Li", "O", "O"] * 2, True),  # the same in a doubled cell, where the count alone would be even
        (["Li", "Li", "O", "O"], False),  # peroxide
        (["O", "O"], True),
        (["Fe"], True),
        (["Li", "Co", "O", "O"], True),
        (["I", "I"], False),
    ],
)
def test_open_shells_are_seen_from_the_composition(symbols: list[str], needs_spin: bool) -> None:
    assert (spin_reason(symbols) is not None) == needs_spin


def test_the_card_states_settings_and_limits() -> None:
    card = create_gpaw_pbe().card
    assert "800 eV" in card.description
    assert "0.3" in card.description
    assert any("closed shell" in bias for bias in card.known_bias)
    assert not card.mixes_gga_u


def test_other_settings_make_another_engine() -> None:
    engine = create_gpaw_pbe()
    assert engine.with_settings(cutoff=500.0).settings.cutoff == 500.0
    assert engine.settings.cutoff == 800.0


@with_gpaw
def test_open_shells_are_refused_in_one_line() -> None:
    from ase.build import bulk

    atoms = bulk("Fe", "bcc", a=2.87)
    atoms.calc = create_gpaw_pbe().calculator()
    with pytest.raises(EngineError, match=r"closed-shell.*open d shell of Fe.*gpaw-pbe-spin"):
        atoms.get_potential_energy()


@with_gpaw
@pytest.mark.slow
def test_forces_and_stress_are_derivatives_and_repeat_to_the_last_bit() -> None:
    engine = create_gpaw_pbe().with_settings(cutoff=500.0, k_spacing=0.8, density_convergence=1e-7)
    atoms = tiny_crystal()
    atoms.rattle(0.05, seed=3)

    def energy(moved: Any) -> float:
        moved.calc = engine.calculator()
        return float(moved.get_potential_energy())

    plus, minus = atoms.copy(), atoms.copy()
    plus.positions[0, 0] += 0.01
    minus.positions[0, 0] -= 0.01
    numerical = -(energy(plus) - energy(minus)) / 0.02
    assert energy(atoms.copy()) == energy(atoms)
    assert atoms.get_forces()[0, 0] == pytest.approx(numerical, abs=5e-3)


@with_gpaw
@pytest.mark.slow
def test_the_installation_works() -> None:
    result = check_installation()
    assert result.works, [requirement.found for requirement in result.requirements]


@with_gpaw
@pytest.mark.slow
def test_lithium_has_its_1s_electrons_in_the_valence() -> None:
    setups = {setup.element: setup for setup in create_gpaw_pbe().setups(["Li", "Cl"])}
    assert setups["Li"].valence_electrons == 3
    assert setups["Cl"].valence_electrons == 7
    assert all(len(setup.md5) == 32 for setup in setups.values())
