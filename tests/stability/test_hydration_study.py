"""The records: ppm with interval, reasons, series, atmospheres, from a hand-made system with known answers."""

from __future__ import annotations

import json
import math

import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.model import Hydration
from antiperovskite.stability.hydration.series import ideal_mixing, series_formula
from antiperovskite.stability.hydration.study import (
    Source,
    Study,
    check_family,
    hydration,
    temperature_grid,
    vaporisation_enthalpy,
)
from antiperovskite.stability.hydration.water import ROOM, saturation_pressure
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.units import BOLTZMANN_EV_PER_K as BOLTZMANN

CARD = EngineCard(
    name="toy",
    version="1",
    description="hand-made energies",
    reference_method="none",
    energy_scale="toy",
    licence="MIT",
    known_bias=(),
    citations=(),
)
ATOMS = {
    "Li3OCl": {"Li": 3.0, "O": 1.0, "Cl": 1.0},
    "Li2O": {"Li": 2.0, "O": 1.0},
    "LiCl": {"Li": 1.0, "Cl": 1.0},
    "LiOH": {"Li": 1.0, "O": 1.0, "H": 1.0},
    "Li2OHCl": {"Li": 2.0, "O": 1.0, "H": 1.0, "Cl": 1.0},
    "Li2CO3": {"Li": 2.0, "C": 1.0, "O": 3.0},
    "H2O(g)": {"H": 2.0, "O": 1.0},
    "CO2(g)": {"C": 1.0, "O": 2.0},
}
STEAM = 1.5e-3  # eV/K, the entropy that water loses when it is bound
H = {"Li3OCl": 0.0, "Li2O": 0.05, "LiCl": 0.0, "LiOH": -0.6, "Li2OHCl": -0.5, "Li2CO3": -2.0}


def study(without: str = "", **changes: float) -> Study:
    enthalpies = H | changes

    def phases(T: float, *, heated: bool = True) -> PhaseSet:
        made = []
        for name, atoms in ATOMS.items():
            if name == without:
                continue
            gas = name.endswith("(g)")
            energy = (-T * STEAM if heated else 0.0) if gas else enthalpies[name]
            loads = {"hydroxide": 0.04 * atoms["H"]} if not gas and "H" in atoms else {}
            made.append(PhaseEnergy(name, name.removesuffix("(g)"), atoms, energy, loads))
        return PhaseSet(CARD, tuple(made), "toy", "toy", temperature=T)

    target = PhaseEnergy("Li3OCl", "Li3OCl", ATOMS["Li3OCl"], enthalpies["Li3OCl"])
    return Study(
        formula=resolve("Li3OCl"),
        target=target,
        cold=phases(ROOM, heated=False),
        warm=phases,
        temperatures=temperature_grid(step=50.0),
        source=Source("hand-made", "toy", ("murphy2005",)),
        static=NotComputed(unit="eV/H2O", method="hand-made"),
    )


@pytest.fixture(scope="module")
def stable() -> Hydration:
    return hydration(study())


@pytest.fixture(scope="module")
def unstable() -> Hydration:
    return hydration(study(Li2O=-0.07))


def test_hydration_energy_per_water_in_every_state(stable: Hydration) -> None:
    """Li3OCl + H2O -> LiCl + 2 LiOH costs -1.2 eV; the liquid gives its heat and its vapour pressure."""
    assert stable.hydration_equation == "Li3OCl + H2O -> LiCl + 2 LiOH"
    assert stable.hydration_energy_vapour.value == pytest.approx(-1.2)
    assert stable.hydration_energy.value == pytest.approx(-1.2 + vaporisation_enthalpy())
    assert vaporisation_enthalpy() == pytest.approx(44.0 / 96.485, abs=0.001)  # kJ/mol at 298 K, steam tables
    free = -1.2 + ROOM * STEAM
    assert stable.hydration_free_energy_vapour.value == pytest.approx(free)
    liquid = free - BOLTZMANN * ROOM * math.log(saturation_pressure(ROOM))
    assert stable.hydration_free_energy_liquid.value == pytest.approx(liquid)
    for quantity in (stable.hydration_energy, stable.hydration_free_energy_liquid):
        assert quantity.unit == "eV/H2O" and quantity.uncertainty == pytest.approx(0.08)


def test_ppm_carries_its_interval(stable: Hydration) -> None:
    for point in stable.max_water_ppm:
        T = point.temperature.value
        assert T is not None and isinstance(point.max_water_ppm, Quantity)
        log_ppm = (-1.2 + T * STEAM) / (BOLTZMANN * T) / math.log(10.0) + 6.0
        u = 0.08 / (BOLTZMANN * T) / math.log(10.0)
        assert point.log10_max_water_ppm.value == pytest.approx(log_ppm)
        assert point.log10_max_water_ppm.uncertainty == pytest.approx(u)
        assert point.max_water_ppm.value == pytest.approx(10.0 ** min(log_ppm, 6.0))
        assert point.max_water_ppm.unit == "ppm"
        assert point.lower_ppm == pytest.approx(10.0 ** min(log_ppm - u, 6.0))
        assert point.upper_ppm == pytest.approx(10.0 ** min(log_ppm + u, 6.0))
        assert point.limiting_products == {"LiCl": 1.0, "LiOH": 2.0}
        assert point.probability_stable_when_dry == 1.0
        assert point.metastable.max_water_ppm.value == point.max_water_ppm.value
    assert stable.widest_window.at_end_of_range


def test_no_window_is_said_with_its_reason_and_the_metastable_answer_stays(
    stable: Hydration, unstable: Hydration
) -> None:
    assert unstable.widest_window.limit is None
    assert "no window between 298.15 and 1200 K" in unstable.widest_window.temperature.method
    for point, before in zip(unstable.max_water_ppm, stable.max_water_ppm, strict=True):
        assert isinstance(point.max_water_ppm, NotComputed)
        assert "70 meV per formula unit above" in point.max_water_ppm.method
        assert point.energy_above_dry_phases.value == pytest.approx(0.07)
        assert point.dry_products == {"LiCl": 1.0, "Li2O": 1.0}
        assert point.probability_stable_when_dry == 0.0
        assert point.metastable.log10_max_water_ppm.value == before.log10_max_water_ppm.value


def test_atmospheres(stable: Hydration, unstable: Hydration) -> None:
    box = stable.atmospheres[0]
    assert box.water_ppm.value == pytest.approx(0.1)
    assert box.products == {"LiCl": 1.0, "LiOH": 2.0}
    exact = 1.2 / (STEAM - BOLTZMANN * math.log(1e-7))
    assert box.dry.above.value == pytest.approx(exact, abs=2.0)  # linear between temperatures 50 K apart
    low, high = box.dry.interval
    assert low is not None and high is not None and low < exact < high
    assert box.dry.below.value is None and "1200 K" in box.dry.below.method
    assert unstable.atmospheres[0].dry.above.value is None
    assert unstable.atmospheres[0].metastable_dry.above.value == box.dry.above.value
    assert box.dew_point.value == pytest.approx(182.0, abs=2.0)  # 0.1 ppm at 1 bar is near -91 degrees Celsius
    assert [a.probability_stable for a in stable.atmospheres] == sorted(
        (a.probability_stable for a in stable.atmospheres), reverse=True
    )


def test_carbonation_and_the_air(stable: Hydration) -> None:
    assert stable.carbonation_equation == "Li3OCl + CO2 -> LiCl + Li2CO3"
    assert stable.carbonation_energy.value == pytest.approx(-2.0)
    assert stable.carbonation_free_energy.value == pytest.approx(-2.0 + ROOM * STEAM)
    assert stable.products == {"LiCl": 1.0, "LiOH": 2.0}
    assert stable.products_with_dioxide == {"LiCl": 1.0, "Li2CO3": 1.0}
    names = [reaction.name for reaction in stable.reactions]
    assert names == [
        "hydrated phase and hydroxide",
        "hydroxide and halide",
        "carbonate and halide",
        "oxide and halide (no water)",
    ]


def test_the_series_is_linear_between_end_members_with_ideal_mixing_apart(stable: Hydration) -> None:
    by_x = {point.x: point for point in stable.series}
    # Li3OCl + x H2O -> Li3-xOHxCl + x LiOH, x = 1: -0.5 - 0.6
    assert by_x[1.0].enthalpy.value == pytest.approx(-1.1)
    assert by_x[0.5].enthalpy.value == pytest.approx(-0.55)
    assert by_x[1.0].free_energy.value == pytest.approx(-1.1 + ROOM * STEAM)
    assert by_x[0.5].mixing.value == pytest.approx(-BOLTZMANN * ROOM * math.log(2.0))
    assert by_x[0.0].mixing.value == by_x[1.0].mixing.value == 0.0
    # Li2OHCl lies 0.1 eV above LiOH + LiCl, Li3OCl 50 meV below Li2O + LiCl
    assert by_x[1.0].above_hull.value == pytest.approx(0.1)
    assert by_x[0.0].above_hull.value == pytest.approx(-0.05)
    assert isinstance(by_x[2.0].enthalpy, NotComputed) and "LiCl·H2O is not among" in by_x[2.0].enthalpy.method
    assert ideal_mixing(0.25, 300.0) == pytest.approx(ideal_mixing(0.75, 300.0))
    assert [series_formula("Li", "Cl", x) for x in (0.0, 0.5, 1.0, 2.0)] == [
        "Li3OCl",
        "Li2.5OH0.5Cl",
        "Li2OHCl",
        "LiCl·H2O",
    ]


def test_dioxide_in_the_gas_narrows_the_window() -> None:
    with_carbon, without = hydration(study(), p_dioxide=4e-4), hydration(study())
    at_800 = [next(p for p in r.max_water_ppm if p.temperature.value == ROOM + 500) for r in (with_carbon, without)]
    assert isinstance(at_800[0].max_water_ppm, NotComputed)  # carbonated at any water content
    assert isinstance(at_800[1].max_water_ppm, Quantity)
    with pytest.raises(OptionError, match=r"p\(CO2\) is -1 bar"):
        hydration(study(), p_dioxide=-1.0)


def test_a_set_without_the_competitor_is_refused_not_called_stable() -> None:
    """K3OI without KOH among the references came out stable in air with 99 %."""
    with pytest.raises(MissingReferenceError, match="LiOH is not among the reference phases of toy"):
        hydration(study(without="LiOH"))
    with pytest.raises(MissingReferenceError, match="Li2CO3 is not among"):
        hydration(study(without="Li2CO3"), p_dioxide=4e-4)
    dry = hydration(study(without="Li2CO3"))
    assert dry.products_with_dioxide is None
    assert dry.carbonation_energy.value is None
    assert any("no carbonate of Li" in note for note in dry.notes)
    assert any("LiOH·H2O, LiCl·H2O are not among the phases" in note for note in dry.notes)


def test_the_record_survives_json(stable: Hydration) -> None:
    text = stable.model_dump_json()
    assert Hydration.model_validate_json(text) == stable
    assert json.loads(text)["max_water_ppm"][0]["temperature"]["unit"] == "K"


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("Li2OHCl", "already holds its water"),
        ("Li3SI", "water would free H2S"),
        ("Li3HS", "on the B site"),
        ("Na3OBH4", "holds BH4"),
        ("Na3ONO2", "holds NO2"),
    ],
)
def test_families_without_an_answer_are_refused_in_one_line(formula: str, reason: str) -> None:
    with pytest.raises(OptionError, match=reason) as caught:
        check_family(resolve(formula))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("formula", ["Li3OCl", "Na3OBr", "Na4OI2", "Li3OCl0.5Br0.5", "K3OI"])
def test_dry_oxides_pass(formula: str) -> None:
    check_family(resolve(formula))


def test_temperatures_outside_the_range_are_refused() -> None:
    assert ROOM in temperature_grid() and 451.0 in temperature_grid(also=(451.0,))
    with pytest.raises(OptionError, match=r"the temperature is 5000 K; allowed are 298.15 to 1200 K"):
        temperature_grid(also=(5000.0,))
