"""Assemblages, limits and maps against transition pressures that can be written down by hand or read in JANAF."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.assemblages import (
    balanced,
    enumerate_assemblages,
    framework,
    group_polymorphs,
)
from antiperovskite.stability.hydration.grid import OpenSystem, open_system
from antiperovskite.stability.hydration.predominance import pressure_map, temperature_map
from antiperovskite.stability.hydration.reactions import compound_class, products
from antiperovskite.stability.hydration.window import (
    dry_range,
    stability_probability,
    water_limits,
    widest,
)
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
KJ = 1.0 / 96.48533212  # eV per kJ/mol, exact since 2019
LI2O, LIOH = {"Li": 2.0, "O": 1.0}, {"Li": 1.0, "O": 1.0, "H": 1.0}
LICL, LI3OCL = {"Li": 1.0, "Cl": 1.0}, {"Li": 3.0, "O": 1.0, "Cl": 1.0}
LI2OHCL = {"Li": 2.0, "O": 1.0, "H": 1.0, "Cl": 1.0}
STEAM, DIOXIDE, CARBONATE = {"H": 2.0, "O": 1.0}, {"C": 1.0, "O": 2.0}, {"Li": 2.0, "C": 1.0, "O": 3.0}

Row = tuple[str, Mapping[str, float], float, float, Mapping[str, float]]
"""Name, atoms, H (eV), S (eV/K), loadings (eV)."""


def at(rows: Sequence[Row]):
    """Phases with G = H - T S."""

    def phases(T: float) -> PhaseSet:
        made = tuple(PhaseEnergy(name, name, atoms, H - T * S, loads) for name, atoms, H, S, loads in rows)
        return PhaseSet(CARD, made, "toy", "toy", temperature=T, gases={"H2O": 1.0})

    return phases


# Li3OCl + H2O -> 2 LiOH + LiCl with dH = -1.2 eV and dS = -1.5 meV/K; 50 meV below Li2O + LiCl
H0, S0 = -1.2, -1.5e-3
TOY: tuple[Row, ...] = (
    ("Li3OCl", LI3OCL, 0.0, 0.0, {"a": 0.06}),
    ("Li2O", LI2O, 0.05, 0.0, {"b": 0.02}),
    ("LiCl", LICL, 0.0, 0.0, {}),
    ("LiOH", LIOH, H0 / 2, 0.0, {}),
    ("H2O(g)", STEAM, 0.0, -S0, {}),
)


def toy(rows: Sequence[Row] = TOY, T: Sequence[float] = (300.0, 400.0, 600.0, 900.0)) -> OpenSystem:
    return open_system("Li3OCl", LI3OCL, at(rows), T)


def changed(name: str, H: float, rows: Sequence[Row] = TOY) -> tuple[Row, ...]:
    return tuple((n, atoms, H if n == name else h, S, loads) for n, atoms, h, S, loads in rows)


def test_only_phases_of_one_oxidation_state_belong_to_the_system() -> None:
    inside = (LI2O, LIOH, LICL, LI3OCL, LI2OHCL, CARBONATE, {"Li": 1.0, "O": 2.0, "H": 3.0}, {"Ca": 1.0, "O": 1.0})
    outside = ({"Li": 1.0}, {"Li": 1.0, "H": 1.0}, {"Li": 2.0, "O": 2.0}, {"Li": 1.0, "Cl": 1.0, "O": 3.0}, STEAM)
    assert all(balanced(elements) for elements in inside)
    assert not any(balanced(elements) for elements in (*outside, {"H": 1.0, "Cl": 1.0}, {"Cl": 2.0}))


def test_every_vertex_mixture_is_found_once_and_holds_the_composition() -> None:
    phases = at(TOY)(300.0).phases
    found = enumerate_assemblages(group_polymorphs(phases), LI3OCL)
    names = {frozenset(c.formula for c, _ in found.members(k)) for k in range(len(found.amounts))}
    assert names == {frozenset({"Li3OCl"}), frozenset({"Li2O", "LiCl"}), frozenset({"LiOH", "LiCl"})}
    assert len(found.amounts) == 3
    assert sorted(found.gases[:, 0]) == pytest.approx([0.0, 0.0, 1.0])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_best_vertex_is_the_optimum_of_the_linear_programme(seed: int) -> None:
    """Three framework elements, random phases and energies: no mixture lies below the best one enumerated."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    phases = [PhaseEnergy(s, s, {s: 1.0, **({"O": 0.5} if s != "Cl" else {})}, 0.0) for s in ("Li", "Na")]
    phases.append(PhaseEnergy("LiCl", "LiCl", LICL, 0.0))
    for k in range(6):
        li, na = (float(n) for n in rng.integers(0, 4, 2))
        cl = float(rng.integers(0, li + na + 1))
        if li + na:
            oxygen = (li + na - cl) / 2
            atoms = {e: n for e, n in (("Li", li), ("Na", na), ("Cl", cl), ("O", oxygen)) if n}
            phases.append(PhaseEnergy(f"p{k}", f"p{k}", atoms, 0.0))
    wanted = {"Li": 2.0, "Na": 1.0, "Cl": 1.0, "O": 1.0}
    compounds = group_polymorphs(phases)
    found = enumerate_assemblages(compounds, wanted)
    energies = rng.normal(size=len(found.compounds))
    content = np.array([[c.elements.get(e, 0.0) for c in found.compounds] for e in framework(wanted)])
    solved = linprog(energies, A_eq=content, b_eq=list(framework(wanted).values()), bounds=(0, None))
    if solved.status == 0:
        assert (found.amounts @ energies).min() == pytest.approx(solved.fun, abs=1e-8)
    assert found.amounts @ content.T == pytest.approx(
        np.tile(list(framework(wanted).values()), (len(found.amounts), 1))
    )


def test_the_limit_is_the_equilibrium_pressure_of_the_limiting_reaction() -> None:
    system = toy()
    limits = water_limits(system, "equilibrium")
    T = limits.temperatures
    assert limits.log10_p == pytest.approx((H0 - T * S0) / (BOLTZMANN * T) / math.log(10.0), rel=1e-12)
    assert products(system, int(limits.limited_by[0])) == {"LiCl": 1.0, "LiOH": 2.0}
    assert limits.gap == pytest.approx(np.full(4, 0.05))


def test_van_t_hoff_slope_is_the_enthalpy() -> None:
    """d ln p / d(1/T) = dH/k for the loss of one H2O."""
    limits = water_limits(toy(), "equilibrium")
    slopes = np.diff(limits.log10_p * math.log(10.0)) / np.diff(1.0 / limits.temperatures)
    assert slopes == pytest.approx(np.full(3, H0 / BOLTZMANN), rel=1e-9)


def test_uncertainty_of_ln_p_is_u_over_kt_per_water() -> None:
    limits = water_limits(toy(), "equilibrium")
    expected = (
        0.06 / (BOLTZMANN * limits.temperatures) / math.log(10.0)
    )  # only the target of this reaction has an error
    assert limits.u_log10_p == pytest.approx(expected, rel=1e-9)
    assert limits.u_gap == pytest.approx(np.full(4, math.hypot(0.06, 0.02)))


def test_a_reaction_that_takes_half_a_water_weighs_double() -> None:
    """2 Li3OCl + H2O -> Li2O + 2 Li2OHCl: the limit and its error are twice as steep in energy."""
    hydrated: Row = ("Li2OHCl", LI2OHCL, -1.0, 0.0, {"c": 0.03})
    system = toy((*TOY, hydrated))
    limits = water_limits(system, "equilibrium")
    assert products(system, int(limits.limited_by[0])) == {"Li2O": 0.5, "Li2OHCl": 1.0}
    T, kT = 300.0, BOLTZMANN * 300.0
    delta = -1.0 + 0.025 - 0.5 * T * S0
    assert limits.log10_p[0] == pytest.approx(2.0 * delta / kT / math.log(10.0), rel=1e-9)
    assert limits.u_log10_p[0] == pytest.approx(2.0 * math.hypot(0.06, 0.01, 0.03) / kT / math.log(10.0), rel=1e-9)


def test_an_unstable_dry_phase_has_no_window_but_a_metastable_answer() -> None:
    system = toy(changed("Li2O", -0.07))
    equilibrium, metastable = water_limits(system, "equilibrium"), water_limits(system, "metastable")
    assert equilibrium.gap == pytest.approx(np.full(4, -0.07))
    assert widest(equilibrium) is None
    assert np.isinf(metastable.gap).all()
    assert metastable.log10_p == pytest.approx(water_limits(toy(), "equilibrium").log10_p)
    assert dry_range(equilibrium, 1e-7) is None
    assert dry_range(metastable, 1e-7) == dry_range(water_limits(toy(), "equilibrium"), 1e-7)


def test_dry_oxides_do_not_count_in_the_metastable_question() -> None:
    """Were Li2O allowed to form beside Li2OHCl, the frozen decomposition would come in by the back door."""
    hydrated: Row = ("Li2OHCl", LI2OHCL, -1.0, 0.0, {})
    system = toy((*changed("Li2O", -0.3), hydrated))
    metastable = water_limits(system, "metastable")
    named = [products(system, int(k)).keys() for k in metastable.limited_by]
    assert all("Li2O" not in names for names in named)
    assert any("Li2OHCl" in names for names in named)


def test_the_dry_range_begins_where_the_line_crosses() -> None:
    limits = water_limits(toy(T=tuple(np.arange(300.0, 1000.0, 5.0))), "equilibrium")

    def exact(shift: float) -> float:  # dH + shift - T dS = k T ln p
        return (H0 + shift) / (S0 + BOLTZMANN * math.log(1e-7))

    for offset in (-1.0, 0.0, 1.0):
        found = dry_range(limits, 1e-7, offset=offset)
        assert found == pytest.approx((exact(0.06 * offset), 995.0), abs=0.1)
    assert exact(0.06) < exact(0.0)
    assert dry_range(limits, 1e-30) == (300.0, 995.0)


def test_the_dry_range_ends_where_the_dry_products_take_over() -> None:
    """Li2O + LiCl gain entropy: they lie 50 meV above at 0 K and below from 500 K on."""
    rows = tuple((n, atoms, H, 1e-4 if n == "Li2O" else S, loads) for n, atoms, H, S, loads in TOY)
    limits = water_limits(toy(rows, T=tuple(np.arange(300.0, 1000.0, 7.0))), "equilibrium")
    assert dry_range(limits, 1e-12) == pytest.approx((H0 / (S0 + BOLTZMANN * math.log(1e-12)), 500.0), abs=0.1)


def test_probability_with_one_competitor_is_the_normal_one() -> None:
    without_oxide = tuple(row for row in TOY if row[0] != "Li2O")
    system = toy(without_oxide)
    T, p = 600.0, 1.4e-3
    distance = H0 - T * S0 - BOLTZMANN * T * math.log(p)
    expected = 0.5 * math.erfc(-distance / (0.06 * math.sqrt(2.0)))
    assert 0.02 < expected < 0.98
    assert stability_probability(system, "equilibrium", T, p) == pytest.approx(expected, abs=1e-9)


def test_probability_with_two_independent_competitors_is_the_product() -> None:
    """Errors on Li2O and LiOH alone are independent: P = Phi(z1) Phi(z2)."""
    loads = {"Li3OCl": {}, "Li2O": {"b": 0.05}, "LiOH": {"c": 0.03}}
    rows = tuple((n, atoms, H, S, loads.get(n, {})) for n, atoms, H, S, _ in TOY)
    T = 600.0
    p = math.exp((H0 - T * S0 - 0.02) / (BOLTZMANN * T))  # the hydroxide 20 meV above, with u = 2 x 30 meV
    expected = 0.5 * math.erfc(-1.0 / math.sqrt(2.0)) * 0.5 * math.erfc(-1.0 / 3.0 / math.sqrt(2.0))
    got = stability_probability(toy(rows), "equilibrium", T, p)
    assert got == pytest.approx(expected, abs=0.012)
    assert got == stability_probability(toy(rows), "equilibrium", T, p)  # the same numbers every time


@settings(max_examples=25, deadline=None)
@given(
    shifts=st.dictionaries(st.sampled_from(["Li", "Cl", "O", "H"]), st.floats(-50.0, 50.0), max_size=4),
)
def test_a_new_energy_zero_changes_no_limit(shifts: dict[str, float]) -> None:
    moved = tuple(
        (name, atoms, H + sum(shifts.get(e, 0.0) * n for e, n in atoms.items()), S, loads)
        for name, atoms, H, S, loads in TOY
    )
    assert water_limits(toy(moved), "equilibrium").log10_p == pytest.approx(
        water_limits(toy(), "equilibrium").log10_p, rel=1e-7, abs=1e-7
    )


def test_the_map_changes_exactly_at_the_limit() -> None:
    system = toy()
    T = np.linspace(300.0, 900.0, 13)
    limits = water_limits(system, "equilibrium", temperatures=T)
    for k, (temperature, edge) in enumerate(zip(T, limits.log10_p, strict=True)):
        column = temperature_map(system, T[[k]], np.array([edge - 1e-6, edge + 1e-6]))
        assert column.stable[0, 0] == system.own, temperature
        assert products(system, int(column.stable[1, 0])) == {"LiCl": 1.0, "LiOH": 2.0}


def test_carbon_dioxide_shifts_by_its_pressure_and_competes_with_water() -> None:
    rows = (*TOY, ("Li2CO3", CARBONATE, -1.0, 0.0, {}), ("CO2(g)", DIOXIDE, 0.0, 1.5e-3, {}))
    system = toy(rows)
    T = 600.0
    edge = (-1.0 + T * 1.5e-3) / (BOLTZMANN * T) / math.log(10.0)  # Li3OCl + CO2 -> Li2CO3 + LiCl
    found = pressure_map(system, T, np.array([edge - 1e-6, edge + 1e-6]), np.array([-12.0]))
    assert found.stable[0, 0] == system.own
    assert products(system, int(found.stable[0, 1])) == {"LiCl": 1.0, "Li2CO3": 1.0}
    # hydroxide against carbonate: along 2 LiOH + CO2 = Li2CO3 + H2O one decade more of each changes nothing
    wet = pressure_map(system, T, np.array([-2.0, -1.0]), np.array([-2.0, -1.0]))
    assert wet.stable[0, 0] == wet.stable[1, 1]
    # without CO2 nothing carbonates
    assert np.isfinite(system.potentials(np.array(T), np.array(1.0), None)).sum() == 3


def test_a_phase_that_ends_on_the_way_is_an_error() -> None:
    def phases(T: float) -> PhaseSet:
        return at(TOY if T < 500.0 else TOY[:3] + TOY[4:])(T)

    with pytest.raises(MissingReferenceError, match=r"LiOH has no energy over the whole range 300-600 K"):
        open_system("Li3OCl", LI3OCL, phases, (300.0, 600.0))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingReferenceError, match="water vapour"):
        open_system("Li3OCl", LI3OCL, at(TOY[:4]), (300.0,))
    with pytest.raises(MissingReferenceError, match="Li3OCl is not among the phases"):
        open_system("Li3OCl", LI3OCL, at(TOY[1:]), (300.0,))
    with pytest.raises(OptionError, match=r"outside the range computed here, 300-900 K"):
        toy().at(np.array([1000.0]))


@pytest.mark.parametrize(
    ("elements", "name"),
    [
        (LI2O, "oxide"),
        (LICL, "halide"),
        (LIOH, "hydroxide"),
        (LI3OCL, "oxide halide"),
        (LI2OHCL, "hydroxide halide"),
        ({"Li": 4.0, "O": 3.0, "H": 3.0, "Cl": 1.0}, "hydroxide halide"),
        ({"Li": 1.0, "O": 2.0, "H": 3.0}, "hydroxide hydrate"),
        ({"Li": 1.0, "Cl": 1.0, "O": 1.0, "H": 2.0}, "halide hydrate"),
        (CARBONATE, "carbonate"),
        ({"Na": 1.0, "H": 1.0, "C": 1.0, "O": 3.0}, "hydrogencarbonate"),
    ],
)
def test_compounds_have_their_chemical_names(elements: dict[str, float], name: str) -> None:
    assert compound_class(elements) == name
