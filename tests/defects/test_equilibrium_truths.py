"""Defect equilibria: analytic truths, exact balances, and the same numbers as py-sc-fermi."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, log, log10, pi, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.defects.equilibrium import Conditions, DefectInput, Reaction, concentrations
from antiperovskite.defects.equilibrium.conditions import hydroxide_gibbs_energy, sublimation_enthalpy, water_potential
from antiperovskite.defects.equilibrium.inputs import DefectSites
from antiperovskite.defects.equilibrium.solver import Balances, solve
from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import Quantity
from antiperovskite.units import BOLTZMANN_EV_PER_K

LI3OCL = resolve("Li3OCl")
PARITY = Path(__file__).parent / "data" / "py_sc_fermi.json"


def reaction(name, defects, energy, *, u=None, bound=False, ways=1.0, reactants=None, products=None, entropy=0.0):
    quantity = Quantity(value=energy, uncertainty=u, unit="eV", method="test", source="test")
    label = "{" + " + ".join(defects) + "}" if bound else ""
    return Reaction(
        name=name, defects=defects, energy=quantity, bound=bound, configurations=ways, label=label,
        reactants=reactants or {}, products=products or {}, entropy_kB=entropy,
    )  # fmt: skip


def schottky(E, **more):
    return reaction("LiCl Schottky", {"V_Li": 1, "V_Cl": 1}, E, products={"LiCl": 1.0}, **more)


def frenkel(E, **more):
    return reaction("Li Frenkel", {"V_Li": 1, "Li_i": 1}, E, **more)


def data(*reactions, **more):
    sites = {"Li_i": DefectSites(multiplicity=3.0), "(OH)_O": DefectSites(multiplicity=6.0)}
    return DefectInput(source="test", computed=False, reactions=reactions, defects=sites, **more)


def amounts(energies, at, **more):
    point = concentrations(LI3OCL, energies, [at], **more).points[0]
    return {s.name: s.concentration.value for s in point.species}


def kT(T):
    return BOLTZMANN_EV_PER_K * T


def dilute(T, **more):
    return Conditions(temperature_K=T, site_exclusion=False, **more)


@pytest.mark.parametrize("T", [200.0, 600.0, 2000.0])
def test_schottky_and_frenkel_products(T):
    only = amounts(data(schottky(1.0)), dilute(T))
    assert only["V_Li"] == pytest.approx(sqrt(3 * exp(-1.0 / kT(T))), rel=1e-11)
    assert only["V_Cl"] == pytest.approx(only["V_Li"], rel=1e-12)
    both = amounts(data(schottky(1.0), frenkel(1.9)), dilute(T))
    assert both["V_Li"] * both["V_Cl"] == pytest.approx(3 * exp(-1.0 / kT(T)), rel=1e-11)
    assert both["V_Li"] * both["Li_i"] == pytest.approx(9 * exp(-1.9 / kT(T)), rel=1e-11)
    assert both["V_Li"] == pytest.approx(both["V_Cl"] + both["Li_i"], rel=1e-12)
    with_entropy = amounts(data(schottky(1.0, entropy=2.0)), dilute(T))
    assert with_entropy["V_Li"] == pytest.approx(only["V_Li"] * exp(1.0), rel=1e-11)


def test_amounts_far_below_any_float_of_comfort_keep_their_digits():
    found = amounts(data(schottky(4.0), frenkel(6.0)), dilute(200.0))
    assert found["V_Li"] == pytest.approx(sqrt(3 * exp(-4.0 / kT(200.0))), rel=1e-9) and found["V_Li"] < 1e-49
    assert found["Li_i"] * found["V_Li"] == pytest.approx(9 * exp(-6.0 / kT(200.0)), rel=1e-10)


@pytest.mark.parametrize("E", [0.0, 0.02, 0.5])
def test_site_exclusion_is_that_of_site_fractions(E):
    # n/(3-n) m/(1-m) = exp(-E/kT) with n = m; in the dilute limit n m = 3 exp(-E/kT)
    T = 1200.0
    found = amounts(data(schottky(E)), Conditions(temperature_K=T))
    n = found["V_Li"]
    assert n == pytest.approx(found["V_Cl"], rel=1e-12) and n < 1.0
    assert n * n / ((3 - n) * (1 - n)) == pytest.approx(exp(-E / kT(T)), rel=1e-11)
    if E == 0.5:
        assert n == pytest.approx(amounts(data(schottky(E)), dilute(T))["V_Li"], rel=0.2)


def test_competing_species_share_one_sublattice():
    # V_Cl and the neutral F_Cl on one site, both free: y = 1 - x_V - x_F
    T = 1000.0
    host = reaction("formation", {}, 0.0, reactants={"Li2O": 1, "LiCl": 1}, products={"Li3OCl": 1})
    fluorine = reaction("F on Cl", {"F_Cl": 1}, 0.0, reactants={"LiF": 1}, products={"LiCl": 1})
    found = amounts(data(schottky(0.1), fluorine, host), Conditions(temperature_K=T, dopants={"F": 0.3}))
    y = 1.0 - 0.3 - found["V_Cl"]
    ratio = found["V_Li"] / (3 - found["V_Li"]) * found["V_Cl"] / y
    assert found["F_Cl"] == pytest.approx(0.3, rel=1e-12) and ratio == pytest.approx(exp(-0.1 / kT(T)), rel=1e-11)


def test_dopant_turns_intrinsic_into_extrinsic():
    mg = reaction("Mg", {"Mg_Li": 1, "V_Li": 1}, 0.9, reactants={"MgCl2": 1}, products={"LiCl": 2})
    energies = data(schottky(1.0), mg)
    for T in (400.0, 700.0, 1400.0):
        x, K = 1e-3, 3 * exp(-1.0 / kT(T))
        expected = 0.5 * x + sqrt(0.25 * x * x + K)  # V_Li = x + K / V_Li
        found = amounts(energies, dilute(T, dopants={"Mg": x}))
        assert found["V_Li"] == pytest.approx(expected, rel=1e-11)
        assert found["Mg_Li"] == pytest.approx(x, rel=1e-12)
    cold, hot = (amounts(energies, dilute(T, dopants={"Mg": 1e-3}))["V_Li"] for T in (400.0, 1400.0))
    assert cold == pytest.approx(1e-3, rel=1e-3) and hot > 2e-2


def test_a_dopant_traps_vacancies_as_two_levels_do():
    T, x, binding, ways = 500.0, 0.01, 0.25, 24.0
    both = {"Mg_Li": 1, "V_Li": 1}
    exchange = {"reactants": {"MgCl2": 1}, "products": {"LiCl": 2}}
    apart, pair = (
        reaction("Mg", both, 0.9, **exchange),
        reaction("Mg pair", both, 0.9 - binding, bound=True, ways=ways, **exchange),
    )
    found = amounts(data(apart, pair), dilute(T, dopants={"Mg": x}))
    K = ways / 9.0 * exp(binding / kT(T))
    free = (-1.0 + sqrt(1.0 + 4.0 * K * x)) / (2.0 * K)  # free^2 K = x - free
    assert found["V_Li"] == pytest.approx(free, rel=1e-10)
    assert found["{Mg_Li + V_Li}"] == pytest.approx(x - free, rel=1e-10)


def hydration(E=0.3):
    return reaction("hydration", {"(OH)_O": 1, "V_Li": 1}, E, reactants={"H2O": 1}, products={"LiOH": 1})


FORMATION = reaction("formation", {}, 0.06, reactants={"Li2O": 1, "LiCl": 1}, products={"Li3OCl": 1})


def test_slopes_with_water_are_a_quarter_and_a_half():
    # H2O + Li2O = 2 LiOH, so [OH][V_Li] goes as p^(1/2): OH as p^(1/4) where it makes the vacancies, p^(1/2) where not
    def slope(energies, name):
        low, high = (amounts(energies, dilute(600.0, p_water_bar=p))[name] for p in (1e-6, 1e-4))
        return log10(high / low) / 2.0

    assert slope(data(hydration(-0.4), schottky(2.5), FORMATION), "(OH)_O") == pytest.approx(0.25, abs=1e-4)
    assert slope(data(hydration(1.5), schottky(0.6), FORMATION), "(OH)_O") == pytest.approx(0.5, abs=1e-3)


def test_hydration_by_hand():
    T, p, E = 600.0, 1e-5, 0.3
    found = amounts(data(hydration(E), schottky(1.0), FORMATION), dilute(T, p_water_bar=p))
    # Li2O stands 0.06 eV above itself beside LiCl; 2 mu(LiOH) = mu(Li2O) + mu(H2O) with the measured Gibbs energy
    water = water_potential(T, p, "gas")
    hydroxide = 0.5 * (0.06 - hydroxide_gibbs_energy("Li", T) + kT(T) * log(p))
    assert found["(OH)_O"] * found["V_Li"] == pytest.approx(18 * exp(-(E - water + hydroxide) / kT(T)), rel=1e-9)


def test_water_against_ice_is_the_vapour_pressure():
    from antiperovskite.stability.hydration.water import saturation_pressure

    assert sublimation_enthalpy(273.16) * 96.485 == pytest.approx(51.06, abs=0.01)  # kJ/mol, at the triple point
    assert sublimation_enthalpy(0.0) * 96.485 == pytest.approx(47.32, abs=0.01)
    # the two references differ by the sublimation enthalpy alone, and vapour over ice at 200 K is close to equilibrium
    T = 200.0
    offset = water_potential(T, saturation_pressure(T), "ice")
    assert offset == pytest.approx(
        water_potential(T, saturation_pressure(T), "gas") + sublimation_enthalpy(0.0), abs=1e-12
    )
    assert -0.06 < offset < 0.0  # what is left is ice's own G(T) - H(0)


OXIDE_ON_HALIDE = reaction(
    "O on Cl", {"O_Cl": 1, "Li_i": 1}, 0.8, reactants={"Li2O": 1}, products={"LiCl": 1}
)  # fmt: skip


def test_halide_deficiency_is_exact_and_turns_vacancies_into_interstitials():
    energies = data(schottky(1.4), frenkel(1.6), OXIDE_ON_HALIDE, FORMATION)
    for x in (0.001, 0.02, 0.1):
        point = concentrations(LI3OCL, energies, [Conditions(temperature_K=500.0, halide_deficiency=x)]).points[0]
        c = {s.name: s.concentration.value for s in point.species}
        chlorine, oxygen = 1.0 - c["V_Cl"] - c["O_Cl"], 1.0 + c["O_Cl"]
        lithium = 3.0 - c["V_Li"] + c["Li_i"]
        assert chlorine / oxygen == pytest.approx(1.0 - x, rel=1e-12)
        assert lithium / oxygen == pytest.approx(3.0 - x, rel=1e-11)
        assert c["Li_i"] > 10 * c["V_Li"]  # oxide on the halide site is made good by interstitials
        assert point.carriers.vacancy_share.value < 0.1


def test_chemical_potentials_do_not_matter_at_fixed_composition():
    # between two coexisting phases the composition is free; fixed, it gives the potentials back
    energies = data(schottky(1.4), frenkel(1.6), OXIDE_ON_HALIDE, FORMATION)
    open_ = amounts(energies, Conditions(temperature_K=900.0, coexisting=("LiCl",)))
    x = 1.0 - (1.0 - open_["V_Cl"] - open_["O_Cl"]) / (1.0 + open_["O_Cl"])
    closed = amounts(energies, Conditions(temperature_K=900.0, halide_deficiency=x))
    for name, value in open_.items():
        assert closed[name] == pytest.approx(value, rel=1e-8)
    middle = [
        amounts(energies, Conditions(temperature_K=900.0, between=("LiCl", "Li2O", s)))["V_Cl"] for s in (0.0, 0.5, 1.0)
    ]
    assert middle[0] == pytest.approx(open_["V_Cl"], rel=1e-10)
    assert middle[0] > middle[1] > middle[2]


def test_a_quench_keeps_what_cannot_move():
    energies = data(schottky(1.0), frenkel(1.3), schottky(0.7, bound=True, ways=12.0))
    hot = amounts(energies, Conditions(temperature_K=900.0))
    cold = amounts(energies, Conditions(temperature_K=300.0, quench_from_K=900.0))
    pair = "{V_Li + V_Cl}"
    assert cold["V_Cl"] + cold[pair] == pytest.approx(hot["V_Cl"] + hot[pair], rel=1e-11)
    assert cold[pair] > hot[pair]
    ratio = cold["V_Li"] / (3 - cold["V_Li"] - cold[pair]) * cold["Li_i"] / (3 - cold["Li_i"])
    assert ratio == pytest.approx(exp(-1.3 / kT(300.0)), rel=1e-9)  # Frenkel pairs still follow the temperature
    slow = amounts(energies, Conditions(temperature_K=300.0))
    assert cold["V_Cl"] + cold[pair] > 1e3 * (slow["V_Cl"] + slow[pair])
    same = amounts(energies, Conditions(temperature_K=900.0, quench_from_K=900.0))
    assert same["Li_i"] == pytest.approx(hot["Li_i"], rel=1e-9)


def test_debye_hueckel_raises_the_amounts_by_its_own_law():
    T, eps, volume, closest = 800.0, 12.0, 60.0, 2.8
    energies = data(schottky(1.2), dielectric_constant=eps, volume_angstrom3=volume, closest_approach_angstrom=closest)
    ideal, found = (amounts(energies, replace(dilute(T), debye_hueckel=on))["V_Li"] for on in (False, True))
    bjerrum = 14.399645 / (eps * kT(T))
    kappa = sqrt(4 * pi * bjerrum * 2 * found / volume)
    assert log(found / ideal) == pytest.approx(0.5 * bjerrum * kappa / (1 + kappa * closest), rel=1e-7)
    with pytest.raises(OptionError, match="dielectric_constant"):
        amounts(data(schottky(1.2)), replace(dilute(T), debye_hueckel=True))


def test_intervals_of_one_energy_are_those_of_the_normal_law():
    T, u = 600.0, 0.08
    point = concentrations(LI3OCL, data(schottky(1.0, u=u)), [dilute(T)], samples=4000, seed=3).points[0]
    width = u / (2 * kT(T)) / log(10)
    found = point.amount("V_Li")
    assert found.log10_concentration.uncertainty == pytest.approx(width, rel=0.06)
    assert found.high95 - found.low95 == pytest.approx(2 * 1.96 * width, rel=0.08)
    again = concentrations(LI3OCL, data(schottky(1.0, u=u)), [dilute(T)], samples=4000, seed=3).points[0]
    assert again == point


def test_who_dominates_has_a_probability():
    # vacancies of oxygen and chlorine compete for the positive charge; equal energies: even odds
    T, u = 600.0, 0.1
    energies = data(schottky(1.0, u=u), frenkel(1.0 + kT(T) * log(3.0), u=u))
    point = concentrations(LI3OCL, energies, [dilute(T)], samples=4000).points[0]
    positive = next(d for d in point.dominant if d.charge == "positive")
    assert {positive.name, positive.runner_up} == {"V_Cl", "Li_i"}
    assert positive.probability.value == pytest.approx(0.5, abs=0.03)
    assert point.carriers.more_vacancies.value == 1.0  # both make vacancies, so they outnumber interstitials


def test_carriers_per_site_and_shares_of_the_conductivity():
    T = 500.0
    energies = data(schottky(1.0), frenkel(1.2))
    study = concentrations(LI3OCL, energies, [Conditions(temperature_K=T)], barriers={"V_Li": 0.30, "Li_i": 0.15})
    carriers = study.points[0].carriers
    c = {s.name: s.concentration.value for s in study.points[0].species}
    assert carriers.vacancies.value == pytest.approx(c["V_Li"] / 3, rel=1e-12)
    assert carriers.vacancy_share.value == pytest.approx(c["V_Li"] / (c["V_Li"] + c["Li_i"]), rel=1e-12)
    fast = c["Li_i"] * exp(0.15 / kT(T))
    assert carriers.vacancy_conductivity_share.value == pytest.approx(c["V_Li"] / (c["V_Li"] + fast), rel=1e-12)


@pytest.mark.parametrize(
    "case",
    json.loads(PARITY.read_text())["cases"],
    ids=lambda c: f"{c['coexisting']}-{c['temperature']:g}-{c['fixed']}",
)
def test_same_amounts_as_py_sc_fermi(case):
    e = json.loads(PARITY.read_text())["reactions"]
    reactions = [
        schottky(e["schottky"]),
        reaction("Li2O Schottky", {"V_Li": 2, "V_O": 1}, e["oxide"], products={"Li2O": 1}),
        frenkel(e["frenkel"]),
        reaction("antisite", {"O_Cl": 1, "Cl_O": 1}, e["antisite"]),
        reaction("O on Cl", {"O_Cl": 1, "Li_i": 1}, e["oxide_on_halide"], reactants={"Li2O": 1}, products={"LiCl": 1}),
        reaction("formation", {}, e["host"], reactants={"Li2O": 1, "LiCl": 1}, products={"Li3OCl": 1}),
        reaction("Mg", {"Mg_Li": 1, "V_Li": 1}, 0.9, reactants={"MgCl2": 1}, products={"LiCl": 2}),
    ]
    at = dilute(case["temperature"], coexisting=(case["coexisting"],))
    if "Mg_Li" in case["fixed"]:
        at = replace(at, dopants={"Mg": case["fixed"]["Mg_Li"]})
    if "V_Cl" in case["fixed"]:
        found = _with_fixed_chlorine_vacancies(data(*reactions), at, case["fixed"]["V_Cl"])
    else:
        found = amounts(data(*reactions), at)
    assert set(case["amounts"]) == set(found)
    for name, value in case["amounts"].items():
        assert found[name] == pytest.approx(value, rel=1e-6), name


def _with_fixed_chlorine_vacancies(energies, at, amount):
    """As a quench would, with the amount itself given."""
    from antiperovskite.defects.equilibrium.balances import Frozen
    from antiperovskite.defects.equilibrium.energies import sample_energies
    from antiperovskite.defects.equilibrium.point import _solve
    from antiperovskite.defects.equilibrium.species import crystal

    host = crystal(LI3OCL, energies)
    one = np.array([amount])
    solved = _solve(host, energies, at, sample_energies(host, 0, 0), Frozen({"V_Cl": one}, one))
    return {s.name: exp(value) for s, value in zip(host.species, solved.logs[0], strict=True)}


energy = st.floats(0.05, 4.0)


@example(T=200.0, E=(1.0, 1.0, 1.0, 1.0, 0.25), x=0.0, mg=1e-8, hot=None, formation=0.0)  # a curved valley
@settings(max_examples=30, deadline=None)
@given(
    T=st.floats(200.0, 2000.0), E=st.tuples(*[energy] * 5), x=st.sampled_from([None, 0.0, 1e-6, 0.03, 0.2]),
    mg=st.sampled_from([None, 1e-8, 0.02, 0.3]), hot=st.sampled_from([None, 2000.0]), formation=st.floats(-0.3, 0.3),
)  # fmt: skip
def test_balances_are_exact_for_any_energies(T, E, x, mg, hot, formation):
    exchange = {"reactants": {"MgCl2": 1}, "products": {"LiCl": 2}}
    energies = data(
        schottky(E[0]),
        reaction("Li2O Schottky", {"V_Li": 2, "V_O": 1}, E[1], products={"Li2O": 1}),
        frenkel(E[2]),
        reaction("O on Cl", {"O_Cl": 1, "Li_i": 1}, E[3], reactants={"Li2O": 1}, products={"LiCl": 1}),
        reaction("antisite", {"O_Cl": 1, "Cl_O": 1}, E[4]),
        schottky(0.7 * E[0], bound=True, ways=12.0),
        reaction("Mg", {"Mg_Li": 1, "V_Li": 1}, 0.9, **exchange),
        reaction("Mg pair", {"Mg_Li": 1, "V_Li": 1}, 0.6, bound=True, ways=24.0, **exchange),
        reaction("formation", {}, formation, reactants={"Li2O": 1, "LiCl": 1}, products={"Li3OCl": 1}),
    )
    at = Conditions(temperature_K=T, halide_deficiency=x, dopants={"Mg": mg} if mg else {}, quench_from_K=hot)
    point = concentrations(LI3OCL, energies, [at]).points[0]
    assert point.charge_residual <= 1e-12 and point.site_residual <= 1e-12
    charge = [s.charge * s.concentration.value for s in point.species]
    assert abs(sum(charge)) <= 1e-11 * sum(map(abs, charge))
    if mg:
        total = sum(s.concentration.value for s in point.species if "Mg" in s.name)
        assert total == pytest.approx(mg, rel=1e-11)


def test_solver_takes_many_energies_at_once():
    weights = -np.random.default_rng(0).uniform(0, 200, (50, 4))
    balances = Balances(*[np.array([[-1.0, 1.0, 2.0, -1.0]])] * 2, np.zeros(1))
    together = solve(weights, balances)[0]
    alone = np.vstack([solve(row[None], balances)[0] for row in weights])
    assert np.abs(together - alone).max() < 1e-9


@pytest.mark.parametrize(
    ("reactions", "at", "said"),
    [
        ([reaction("bad", {"V_Li": 1, "V_Cl": 1}, 1.0)], {}, "not balanced"),
        ([reaction("bad", {"V_Li": 1}, 1.0, products={"Li": 1})], {}, "must cancel"),
        ([reaction("bad", {"V_Br": 1, "V_Li": 1}, 1.0, products={"LiBr": 1})], {}, "the host has no Br"),
        ([reaction("bad", {"vacancy": 1}, 1.0)], {}, "not the name"),
    ],
)  # fmt: skip
def test_wrong_reactions_are_refused(reactions, at, said):
    with pytest.raises(DataError, match=said):
        amounts(data(*reactions), Conditions(temperature_K=600.0, **at))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ({"temperature_K": 20.0}, "from 100 to"),
        ({"temperature_K": 600.0, "quench_from_K": 500.0}, "goes down"),
        ({"temperature_K": 600.0, "p_water_bar": -1.0}, "above 0"),
        ({"temperature_K": 600.0, "coexisting": ("NaCl",)}, "occurs in no reaction"),
        ({"temperature_K": 600.0, "coexisting": ("LiCl", "Li2O")}, "cannot all coexist"),
        ({"temperature_K": 600.0, "halide_deficiency": 0.1, "coexisting": ("LiCl",)}, "closes the crystal"),
        ({"temperature_K": 600.0, "dopants": {"Ca": 0.1}}, "no defect in the energies holds Ca"),
        ({"temperature_K": 600.0, "quench_from_K": 900.0, "frozen": ("V_S",)}, "not among the defects"),
    ],
)
def test_wrong_conditions_are_refused(at, said):
    energies = data(schottky(1.0), frenkel(1.5), OXIDE_ON_HALIDE, FORMATION)
    with pytest.raises(OptionError, match=said):
        amounts(energies, Conditions(**at))


def test_what_is_not_fixed_is_said():
    oxide = reaction("Li2O Schottky", {"V_Li": 2, "V_O": 1}, 2.0, products={"Li2O": 1})
    with pytest.raises(OptionError, match=r"energy of Li2O Schottky is not fixed beside LiCl.*Li2O \+ LiCl -> Li3OCl"):
        amounts(data(schottky(1.0), oxide), Conditions(temperature_K=600.0))
    with pytest.raises(DataError, match="no defect of Li3OCl is among the reactions; left out: hydration"):
        amounts(data(hydration()), Conditions(temperature_K=600.0))
    sulfide = reaction("S on O", {"S_O": 1}, 0.3, reactants={"Li2S": 1}, products={"Li2O": 1})
    with pytest.raises(OptionError, match=r"do not fit|cannot balance"):  # more sulfide than oxide sites
        amounts(data(schottky(1.0), sulfide, FORMATION), Conditions(temperature_K=600.0, dopants={"S": 1.5}))
    with pytest.raises(OptionError, match="cation sites empty"):
        concentrations(resolve("Li2OHCl"), data(schottky(1.0)), [Conditions(temperature_K=600.0)])
