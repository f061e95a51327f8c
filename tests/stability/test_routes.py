"""Routes on hand-made phases whose answers can be written down, then the signs of the shipped references."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.engines.registry import get_engine
from antiperovskite.errors import OptionError
from antiperovskite.evidence.model import SynthesisRow
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.routes.bench import Bench
from antiperovskite.stability.routes.conditions import Conditions, State
from antiperovskite.stability.routes.energies import contest, probability_of_winning
from antiperovskite.stability.routes.limits import negative_ranges
from antiperovskite.stability.routes.mixing import mixing_shift
from antiperovskite.stability.routes.model import Route
from antiperovskite.stability.routes.study import precursor_sets, synthesis_routes
from antiperovskite.stability.uncertainty import probability_negative
from antiperovskite.units import BOLTZMANN_EV_PER_K as BOLTZMANN

ATOMS: dict[str, dict[str, float]] = {
    "Li": {"Li": 1},
    "LiCl": {"Li": 1, "Cl": 1},
    "Li2O": {"Li": 2, "O": 1},
    "LiOH": {"Li": 1, "O": 1, "H": 1},
    "LiH": {"Li": 1, "H": 1},
    "Li2OHCl": {"Li": 2, "O": 1, "H": 1, "Cl": 1},
    "H2O(g)": {"H": 2, "O": 1},
    "H2(g)": {"H": 2},
    "O2(g)": {"O": 2},
}
# G = H - T S in eV, eV/K; Li2O + LiCl -> Li3OCl costs 0.05 - 1e-4 T: downhill above 500 K
ENTHALPY = {
    "Li": 0.0,
    "LiCl": -4.0,
    "Li2O": -6.0,
    "LiOH": -5.0,
    "LiH": -0.9,
    "Li2OHCl": -8.9,
    "H2O(g)": -2.5,
    "H2(g)": 0.0,
    "O2(g)": 0.0,
}
ENTROPY = dict.fromkeys(ENTHALPY, 0.0) | {"H2O(g)": 2e-3, "H2(g)": 1.5e-3, "O2(g)": 2e-3}
PRODUCT = (-9.95, 1e-4)


def bench(
    *,
    formula: str = "Li3OCl",
    without: Sequence[str] = (),
    loadings: Mapping[str, Mapping[str, float]] | None = None,
    changed: Mapping[str, float] | None = None,
) -> Bench:
    errors = loadings or {}
    enthalpy = ENTHALPY | dict(changed or {})

    def standard(temperature: float) -> PhaseSet:
        phases = [
            PhaseEnergy(
                name,
                name.removesuffix("(g)"),
                atoms,
                enthalpy[name] - temperature * ENTROPY[name],
                errors.get(name, {}),
            )
            for name, atoms in ATOMS.items()
            if name not in without
        ]
        return PhaseSet(get_engine("toy-ionic").card, tuple(phases), "by hand", "test", temperature)

    resolved = resolve(formula)

    def product(temperature: float) -> PhaseEnergy:
        energy = PRODUCT[0] - temperature * PRODUCT[1]
        return PhaseEnergy(formula, formula, resolved.elements, energy, errors.get(formula, {}))

    return Bench(resolved, standard, product, "toy-ionic", "by hand", "test")


def solve(made: Bench, temperature: float = 600.0, kind: str = "", **conditions: Any) -> dict[str, Route]:
    sets = [chosen for chosen in precursor_sets(made.formula) if kind in {"", chosen.kind}]
    routes = synthesis_routes(
        made, sets, temperature=temperature, conditions=Conditions(**conditions), grid=(300.0, 700.0, 1100.0), rows=()
    )
    return {route.kind: route for route in routes}


def number(value: object) -> float:
    assert isinstance(value, Quantity)
    return value.value


def test_driving_force_selectivity_and_onset_are_those_written_down() -> None:
    routes = solve(bench())
    dry = routes["oxide + halide"]
    assert dry.equation == "Li2O + LiCl -> Li3OCl"
    assert number(dry.driving_force) == pytest.approx(-0.01)
    assert number(dry.driving_force_per_atom) == pytest.approx(-2.0)
    assert number(dry.selectivity) == pytest.approx(-0.01)
    assert dry.competitor == {"Li2O": 1.0, "LiCl": 1.0} and dry.left_behind == {"Li3OCl": 1.0}
    assert dry.outcome == "target" and number(dry.probability) == 1.0
    assert number(dry.onset_temperature) == pytest.approx(500.0)
    assert dry.downhill == ((pytest.approx(500.0), 1100.0),)
    cold = solve(bench(), 400.0)["oxide + halide"]
    assert cold.outcome == "unreacted precursors" and number(cold.probability) == 0.0


def test_routes_are_ranked_and_those_without_a_precursor_come_last_with_the_reason() -> None:
    routes = list(solve(bench()).values())
    forces = [number(route.driving_force) for route in routes if route.computed]
    assert forces == sorted(forces) and len(forces) == 5
    missing = [route for route in routes if not route.computed]
    assert routes[len(forces) :] == missing
    reasons = {route.kind: route.driving_force.method for route in missing}
    assert "Li2O2 is not among the reference phases" in reasons["peroxide + halide"]
    assert "Li2CO3 is not among" in reasons["carbonate + halide"]
    assert "not a solid-state reaction" in reasons["hydrothermal or solution"]
    hydrideless = solve(bench(without=["LiH"]))["hydroxide + halide + hydride"]
    assert isinstance(hydrideless.probability, NotComputed) and "LiH" in hydrideless.probability.method
    assert hydrideless.equation == "LiOH + LiCl + LiH -> Li3OCl + H2"


@given(st.floats(-9, 1), st.floats(300, 1100))
@settings(max_examples=8, deadline=None)
def test_released_water_counts_kT_ln_p_and_the_limit_is_where_the_force_is_zero(
    log10: float, temperature: float
) -> None:
    made = bench()
    wet = solve(made, temperature, kind="hydroxide + halide", water=10.0**log10)["hydroxide + halide"]
    free = PRODUCT[0] - temperature * PRODUCT[1] + ENTHALPY["H2O(g)"] - temperature * ENTROPY["H2O(g)"]
    expected = free + BOLTZMANN * temperature * math.log(10.0) * log10 - 2 * ENTHALPY["LiOH"] - ENTHALPY["LiCl"]
    assert number(wet.driving_force) == pytest.approx(expected, abs=1e-9)
    assert wet.gas_limit is not None
    limit = wet.gas_limit.log10_pressure.value
    assert limit is not None
    at_limit = expected + BOLTZMANN * temperature * math.log(10.0) * (limit - log10)
    assert at_limit == pytest.approx(0.0, abs=1e-9)


def test_a_sealed_tube_takes_up_nothing_and_a_moist_gas_does() -> None:
    sealed = solve(bench(), water=1.0)["oxide + halide"]
    assert sealed.outcome == "target" and sealed.exchanged == ()
    moist = solve(bench(), water=1.0, open_to_air=True)["oxide + halide"]
    assert moist.outcome == "hydrated phase" and moist.exchanged == ("H2O",)
    assert moist.left_behind == {"LiCl": 1.0, "LiOH": 2.0, "H2O(g)": -1.0}
    # Li3OCl + H2O -> 2 LiOH + LiCl is at rest where kT ln p = G(2 LiOH + LiCl) - G(Li3OCl) - G(H2O)
    expected = (2 * -5.0 - 4.0 - (-9.95 - 0.06) - (-2.5 - 1.2)) / (BOLTZMANN * 600.0 * math.log(10.0))
    for route in (sealed, moist):
        assert route.water_upper is not None and route.water_lower is not None
        assert number(route.water_upper.log10_pressure) == pytest.approx(expected, abs=1e-4)
        assert "LiOH" in route.water_upper.log10_pressure.method
        assert "still wins at 1e-20 bar" in route.water_lower.pressure.method

    for decades, wins in ((-0.05, True), (0.05, False)):
        there = solve(bench(), kind="oxide + halide", water=10.0 ** (expected + decades), open_to_air=True)
        assert (number(there["oxide + halide"].selectivity) < 0.0) is wins


def test_a_hydrated_product_needs_some_water_and_the_lower_limit_says_how_much() -> None:
    route = solve(bench(formula="Li2OHCl"), 600.0)["hydroxide + halide"]
    assert route.water_lower is not None and route.water_upper is not None
    # 1/2 Li2O + LiCl + 1/2 H2O(g) -> Li2OHCl
    expected = 2.0 * (-10.01 + 3.0 + 4.0 + 0.5 * 3.7) / (BOLTZMANN * 600.0 * math.log(10.0))
    assert number(route.water_lower.log10_pressure) == pytest.approx(expected, abs=1e-4)
    assert "still wins at 1e+02 bar" in route.water_upper.pressure.method
    assert any("disorder of empty and filled cation sites" in note for note in route.notes)


def test_where_no_water_content_helps_the_reason_names_what_is_lower() -> None:
    route = solve(bench(), 400.0)["oxide + halide"]
    assert route.water_upper is not None and isinstance(route.water_upper.pressure, NotComputed)
    assert "wins at no p(H2O)" in route.water_upper.pressure.method
    assert "0.010 eV lower" in route.water_upper.pressure.method and "Li2O" in route.water_upper.pressure.method


def test_equilibrium_can_be_the_hydrated_phase_although_the_route_runs_downhill() -> None:
    made = bench(changed={"Li2OHCl": -9.5})
    wet = solve(made, 600.0, water=1e-3)["hydroxide + halide"]
    assert number(wet.driving_force) < 0.0 < number(wet.selectivity)
    assert wet.outcome == "hydrated phase"
    assert wet.left_behind == {"Li2OHCl": 1.0, "Li2O": 0.5, "H2O(g)": 0.5}
    assert number(wet.probability) == 0.0


def test_uncertainty_is_that_of_the_loadings_and_what_is_shared_cancels() -> None:
    own = {"Li3OCl": {"a": 0.03}, "LiCl": {"b": 0.04}}
    route = solve(bench(loadings=own))["oxide + halide"]
    assert route.driving_force.uncertainty == pytest.approx(0.05)
    assert route.onset_temperature.uncertainty == pytest.approx(0.05 / 1e-4)
    assert number(route.probability) == pytest.approx(probability_negative(-0.01, 0.05), abs=0.012)
    shared = {"Li3OCl": {"a": 0.03}, "LiCl": {"a": 0.03}}
    route = solve(bench(loadings=shared))["oxide + halide"]
    assert route.driving_force.uncertainty == pytest.approx(0.0, abs=1e-12)
    assert number(route.probability) == 1.0


def test_winning_against_two_independent_rivals_is_less_likely_than_against_one() -> None:
    product = PhaseEnergy("P", "P", {"Li": 1}, 0.0)
    rivals = [PhaseEnergy(name, name, {"Li": 1}, 0.0, {name: 0.1}) for name in "AB"]
    one = probability_of_winning(((product, 1.0),), [((rivals[0], 1.0),)])
    both = probability_of_winning(((product, 1.0),), [((rival, 1.0),) for rival in rivals])
    assert one == pytest.approx(0.5, abs=0.015) and both == pytest.approx(0.25, abs=0.015)
    assert both == probability_of_winning(((product, 1.0),), [((rival, 1.0),) for rival in rivals])


@given(st.floats(-1.0, 1.0), st.sampled_from(range(5)))
@settings(max_examples=12, deadline=None)
def test_the_driving_force_is_never_above_the_selectivity(shift: float, number_of_set: int) -> None:
    made = bench(changed={"Li2OHCl": -9.0 + shift})
    chosen = [c for c in precursor_sets(made.formula) if not {"O2", "CO2"} & {c.gas} and "peroxide" not in c.kind]
    state: State = made.state(700.0, Conditions(), chosen[number_of_set % len(chosen)])
    found = contest(chosen[number_of_set % len(chosen)], made.target(700.0), state)
    assert found.balanced.driving_force <= found.selectivity + 1e-9


def row(**more: Any) -> SynthesisRow:
    def kelvin(value: float) -> Quantity:
        return Quantity(value=value, uncertainty=None, unit="K", method="printed", source="test")

    fields: dict[str, Any] = {
        "id": "own-1",
        "formula": "Li3OCl",
        "citations": ("dawson2021",),
        "form": "powder",
        "reagents": ("LiCl", "Li2O"),
        "procedure": "heated",
        "temperature": (kelvin(400.0),),
        "study": "test",
    } | more
    if "at" in fields:
        fields["temperature"] = tuple(kelvin(value) for value in fields.pop("at"))
    return SynthesisRow(**fields)


def test_published_rows_stand_with_the_route_of_their_reagents_and_are_judged_at_their_temperature() -> None:
    made = bench()
    squeezed = (Quantity(value=0.64, uncertainty=None, unit="GPa", method="printed", source="test"),)
    rows = [
        row(),
        row(id="own-2", at=(350.0, 700.0)),
        row(id="own-3", reagents=("Li", "LiOH", "LiCl or LiBr"), at=(2000.0,)),
        row(id="own-4", reagents=("LiCl", "LiOH", "H2O")),
        row(id="own-5", reagents=("Li3OCl target",)),
        row(id="own-6", pressure=squeezed),
    ]
    routes = synthesis_routes(made, precursor_sets(made.formula), grid=(300.0, 1100.0), rows=rows)
    found = {report.id: (route.kind, report) for route in routes for report in route.reported}
    assert found.keys() == {f"own-{k}" for k in range(1, 7)}
    kind, cold = found["own-1"]
    assert kind == "oxide + halide" and cold.outcome == "unreacted precursors"
    assert cold.left_behind == {"LiCl": 1.0, "Li2O": 1.0}
    assert cold.flag.startswith("at 400 K equilibrium is the precursors unreacted (")
    assert found["own-2"][1].outcome == "target" and found["own-2"][1].flag == ""
    kind, hot = found["own-3"]
    assert kind == "hydroxide + halide + metal" and "2000 K could not be computed" in hot.probability.method
    assert found["own-4"][0] == "hydrothermal or solution" and found["own-5"][0] == "other published"
    assert found["own-6"][1].flag.endswith("made at 0.64 GPa, computed without pressure")


def test_mixed_halides_gain_the_ideal_mixing_entropy_with_the_error_of_an_unknown_share() -> None:
    formula = resolve("Li3OCl0.5Br0.5")
    phase = PhaseEnergy("x", formula.formula, formula.elements, -9.0)
    mixed = mixing_shift(formula, phase, 600.0)
    gain = BOLTZMANN * 600.0 * math.log(2.0)
    assert mixed.energy == pytest.approx(-9.0 - gain, abs=1e-6)
    assert mixed.loadings["mixing:product"] == pytest.approx(gain / math.sqrt(12.0), abs=1e-6)
    pure = PhaseEnergy("Li3OCl", "Li3OCl", resolve("Li3OCl").elements, -9.0)
    assert mixing_shift(resolve("Li3OCl"), pure, 600.0) == pure


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(0.0, 1.0), (1.0, 1.0)], ()),
        ([(0.0, -1.0), (1.0, -1.0)], ((0.0, 1.0),)),
        ([(0.0, -1.0), (2.0, 1.0), (4.0, -1.0), (6.0, -1.0)], ((0.0, 1.0), (3.0, 6.0))),
        ([], ()),
    ],
)
def test_negative_ranges(points: list[tuple[float, float]], expected: tuple[tuple[float, float], ...]) -> None:
    assert negative_ranges(points) == expected


def test_wrong_conditions_are_refused_in_one_line() -> None:
    for pressures in ({"water": -1.0}, {"water": math.nan}, {"hydrogen": 0.0}, {"dioxide": 1e9}):
        with pytest.raises(OptionError, match="give a pressure"):
            Conditions(**pressures)
    for temperature in (100.0, 5000.0, math.nan):
        with pytest.raises(OptionError, match=r"298\.15 to 1500 K"):
            solve(bench(), temperature)
    with pytest.raises(OptionError, match="fall apart"):
        solve(bench(), 1500.0, water=1000.0, hydrogen=1e-30)


def shipped(formula: str, temperature: float, **conditions: Any) -> dict[str, Route]:
    from antiperovskite.assessment.targets import find_targets
    from antiperovskite.stability.routes.bench import prepare_bench

    (target,) = find_targets([formula], "7net-0")
    wanted = {"oxide + halide", "hydroxide + halide", "hydroxide + halide + metal"}
    sets = [chosen for chosen in precursor_sets(target.formula) if chosen.kind in wanted]
    given_ = Conditions(**conditions)
    made = prepare_bench(target.formula, target.phase, "7net-0", sets, given_)
    routes = synthesis_routes(made, sets, temperature=temperature, conditions=given_, grid=(temperature,))
    return {route.kind: route for route in routes}


def test_shipped_hydroxide_route_to_li3ocl_needs_heat_and_vacuum() -> None:
    air = shipped("Li3OCl", 300.0, water=0.016)
    vacuum = shipped("Li3OCl", 800.0, water=1e-8)
    uphill, easier = air["hydroxide + halide"], vacuum["hydroxide + halide"]
    assert number(uphill.driving_force) > 5 * (uphill.driving_force.uncertainty or 0.0)
    assert number(easier.driving_force) < number(uphill.driving_force) - 0.5
    assert "LiOH" in easier.molten and not uphill.molten
    metal = air["hydroxide + halide + metal"]
    assert number(metal.driving_force) < number(uphill.driving_force) - 1.0
    assert {report.id for report in metal.reported} == {"t2-03"}
    assert metal.citations and "calibrated" in metal.driving_force.method


def test_shipped_oxide_and_halide_suit_sodium_better_than_lithium() -> None:
    sodium = shipped("Na3OBr", 600.0)["oxide + halide"]
    lithium = shipped("Li3OBr", 600.0)["oxide + halide"]
    assert number(sodium.driving_force) < number(lithium.driving_force)
    assert [report.id for report in sodium.reported] == ["t2-24"]
    assert sodium.reported[0].outcome == "not computed" and "milling" in sodium.reported[0].procedure
