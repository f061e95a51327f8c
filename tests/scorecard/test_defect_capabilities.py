"""Claims about defects against shipped studies: absent, reproduced, contradicted, undecided."""

from __future__ import annotations

import math

import pytest

from antiperovskite.defects import shipped
from antiperovskite.defects.extrapolation import SizeFit
from antiperovskite.defects.joined import joined
from antiperovskite.defects.model import DefectEnergy, DefectReaction
from antiperovskite.defects.results import CombinationResult, DefectStudy
from antiperovskite.defects.shipped import ShippedStudies
from antiperovskite.defects.size_errors import with_size_errors
from antiperovskite.engines.model import EngineCard
from antiperovskite.evidence.claims import claims
from antiperovskite.migration import records
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.capabilities import carriers
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import capability
from antiperovskite.scorecard.run import reproduce
from antiperovskite.units import BOLTZMANN_EV_PER_K

CARD = EngineCard(
    name="7net-0", version="1", description="toy", reference_method="none", energy_scale="toy", licence="MIT",
    known_bias=(), citations=(),
)  # fmt: skip
LONE = NotComputed(unit="eV", method="not compared")


def eV(value, error=0.02):
    return Quantity(value=value, uncertainty=error, unit="eV", n=2, method="toy", source="toy")


def combination(name, kind, defects, far, *, gain=-0.3, error=0.02, products=None, reactants=None):
    def reaction(value, *, bound):
        return DefectReaction(
            name=name, defects=defects, energy=eV(value, error), bound=bound, kind=kind,
            products=products or {}, reactants=reactants or {},
        )  # fmt: skip

    return CombinationResult(
        name=name, kind=kind, defects=defects, reactants=reactants or {}, products=products or {},
        bound=reaction(far + gain, bound=True), dispersed=None if far is None else reaction(far, bound=False),
        binding=eV(gain, error), separations=(), far_fit=None, lone_difference=LONE,
    )  # fmt: skip


def basic(M="Li", X="Cl", *, schottky=1.2, frenkel=2.0, antisite=3.0, error=0.02):
    def one(*arguments, **rest):
        return combination(*arguments, error=error, **rest)

    return (
        one(f"{M}{X} Schottky", "schottky", {f"V_{M}": 1, f"V_{X}": 1}, schottky, products={f"{M}{X}": 1}),
        one(f"{M} Frenkel", "frenkel", {f"V_{M}": 1, f"{M}_i": 1}, frenkel),
        one(f"O/{X} antisite pair", "antisite", {f"O_{X}": 1, f"{X}_O": 1}, antisite),
    )


def dopants(M, gains, error=0.02):
    return tuple(
        combination(
            f"{d} on {M} with V_{M}",
            "dopant",
            {f"{d}_{M}": 1, f"V_{M}": 1},
            0.9,
            gain=gain,
            error=error,
            reactants={f"{d}Cl2": 1},
            products={f"{M}Cl": 2},
        )
        for d, gain in gains.items()
    )


def study(formula, items, M="Li", X="Cl", supercells=((2, 2, 2), (3, 3, 3))):
    charges = {f"V_{M}": (-1, 3, "vacancy"), f"{M}_i": (1, 3, "interstitial"), f"V_{X}": (1, 1, "vacancy")}
    defects = tuple(
        DefectEnergy(name=name, charge=q, multiplicity=n, kind=kind) for name, (q, n, kind) in charges.items()
    )
    return DefectStudy(
        formula=formula, spacegroup="Pm-3m", lattice_parameter=NotComputed(unit="angstrom", method="toy"), engine=CARD,
        settings="toy", supercells=supercells, defects=defects, combinations=items, arrangements=(), lone=(), notes=(),
        reactions=tuple(r for item in items for r in (item.bound, item.dispersed) if r is not None),
    )  # fmt: skip


@pytest.fixture
def ship(monkeypatch, tmp_path):
    """Write studies where the package looks for its own."""
    monkeypatch.setattr(shipped, "package_data", lambda room, name: tmp_path / room / name)
    shipped.shipped_studies.cache_clear()

    def write(*studies):
        made = ShippedStudies(engine="7net-0", made_by="test", studies=studies)
        (tmp_path / "defects" / "studies").mkdir(parents=True, exist_ok=True)
        (tmp_path / "defects" / "studies" / "7net-0.json").write_text(made.model_dump_json())
        shipped.shipped_studies.cache_clear()

    yield write
    shipped.shipped_studies.cache_clear()


def ask(name, **arguments):
    return capability(name).compute(arguments, Context())


def outcome(identity):
    (claim,) = [one for one in claims() if one.id == identity]
    (found,) = reproduce(among=[claim]).outcomes
    return found


def test_without_data_the_command_is_named(ship):
    found = outcome("s5-mouta-licl-schottky")
    assert (found.verdict, found.cause) == ("not computable", "not defined")
    assert "run: antiperovskite defects Li3OCl --kinds schottky,frenkel,antisite --engine 7net-0" in found.reason
    assert "--kinds dopant --dopants Mg" in outcome("s5-wan-calcium").reason
    ship(study("Li3OCl", basic()))
    assert "--kinds dopant --dopants F" in outcome("s5-clarke-fluoride-poor").reason


@pytest.mark.parametrize(
    ("energies", "verdict", "said"),
    [
        ({}, "reproduced", "LiCl Schottky"),
        ({"frenkel": 0.8}, "contradicted", "Li Frenkel"),
        ({"frenkel": 1.22}, "not computable", "undecided: LiCl Schottky is below Li Frenkel"),
        ({"error": None}, "not computable", "undecided: the error of the supercell's size is not known"),
    ],
)
def test_what_dominates_must_be_sure(ship, energies, verdict, said):
    ship(study("Li3OCl", basic(**energies)))
    found = outcome("s5-mouta-licl-schottky")
    assert found.verdict == verdict and said in str(found.computed) + found.reason


def test_a_reaction_without_energy_leaves_it_open(ship):
    first, second, third = basic()
    lost = third.model_copy(update={"dispersed": None, "notes": ("no phase holds it",)})
    ship(study("Li3OCl", (first, second, lost)))
    assert "no phase holds it" in outcome("s5-mouta-licl-schottky").reason


def test_reaction_energies_bound_and_dispersed(ship):
    ship(study("Li3OCl", basic()))
    values = {
        state: ask("defect_energy", formula="Li3OCl", reaction="LiCl Schottky", state=state)
        for state in ("bound", "dispersed", "lowest")
    }
    assert [round(one.value, 6) for one in values.values()] == [0.9, 1.2, 0.9]
    assert values["dispersed"].unit == "eV" and "per reaction" in values["dispersed"].method
    other = ask("defect_energy", formula="Li3OCl", reaction="LiF Schottky", state="bound")
    assert isinstance(other, NotComputed) and "LiCl Schottky, Li Frenkel" in other.method


def test_the_study_of_more_supercells_answers(ship):
    small = study("Li3OCl", basic(schottky=1.4, error=None), supercells=((2, 2, 2),))
    ship(study("Li3OCl", basic()), small)
    assert ask("defect_energy", formula="Li3OCl", reaction="LiCl Schottky", state="dispersed").value == 1.2


def test_halide_schottky_in_every_compound(ship):
    ship(study("Li3OCl", basic()), study("Li3OBr", basic(X="Br"), X="Br"))
    assert outcome("since-dutra-li-halide-schottky").verdict == "reproduced"
    assert "Na3OCl" in outcome("s5-dawson-schottky-low").reason
    ship(study("Li3OCl", basic()), study("Li3OBr", basic(X="Br", frenkel=0.5), X="Br"))
    found = outcome("since-dutra-li-halide-schottky")
    assert found.verdict == "contradicted" and found.computed == "Li3OBr: Li Frenkel"


@pytest.mark.parametrize(("bromide", "verdict"), [(1.5, "reproduced"), (1.0, "contradicted"), (1.21, "not computable")])
def test_two_reactions_are_compared_per_defect(ship, bromide, verdict):
    ship(study("Li3OCl", basic()), study("Li3OBr", basic(X="Br", schottky=bromide), X="Br"))
    assert outcome("since-dutra-chlorides-easier").verdict == verdict
    assert outcome("s5-zhang-antisite-unfavourable").verdict == "reproduced"


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ({"Mg": -0.4, "Ca": -0.2, "Sr": -0.5, "Ba": -0.6}, "reproduced"),
        ({"Mg": -0.1, "Ca": -0.2, "Sr": -0.5, "Ba": -0.6}, "contradicted"),
        ({"Mg": -0.21, "Ca": -0.2, "Sr": -0.5, "Ba": -0.6}, "not computable"),
    ],
)
def test_the_dopant_that_binds_least(ship, gains, verdict):
    ship(study("Na3OCl", dopants("Na", gains), "Na"))
    found = outcome("s5-wan-calcium")
    assert found.verdict == verdict
    if verdict == "not computable":
        assert "Ca is above Mg" in found.reason
    assert ask("dopant_binding", formula="Na3OCl", dopant="Ba").value == -0.6


def test_reasons_of_good_and_poor_conductors(ship):
    fluoride = combination("F on O with V_Li", "dopant", {"F_O": 1, "V_Li": 1}, 0.9, gain=-0.8)
    neutral = combination("F on Cl", "dopant", {"F_Cl": 1}, 0.1, gain=-2.0)
    earths = dopants("Li", {"Mg": -0.1, "Ca": -0.2, "Sr": -0.3, "Ba": -0.4})
    ship(study("Li3OCl", (*earths, neutral, fluoride)))
    assert outcome("s5-clarke-magnesium-good").verdict == outcome("s5-clarke-fluoride-poor").verdict == "reproduced"
    ship(study("Li3OCl", (*dopants("Li", {"Mg": -0.9, "Ca": -0.2, "Sr": -0.3, "Ba": -0.4}), fluoride)))
    assert outcome("s5-clarke-magnesium-good").computed == "Ca binds weakest"
    assert outcome("s5-clarke-fluoride-poor").verdict == "contradicted"


def test_carriers_follow_from_the_difference_of_the_energies(ship):
    ship(study("Li3OCl", basic(error=0.05)))
    found = ask("carrier_ratio", formula="Li3OCl", temperature=600.0)
    # V i = 3 * 3 exp(-F/kT) and V V_Cl = 3 * 1 exp(-S/kT) with V = V_Cl: V/i = exp((F - S)/kT) / 3
    expected = 0.8 / (BOLTZMANN_EV_PER_K * 600.0 * math.log(10.0)) + math.log10(1.0 / 3.0)
    assert found.value == pytest.approx(expected, abs=0.02)
    least = math.hypot(0.05, 0.05) / (BOLTZMANN_EV_PER_K * 600.0 * math.log(10.0))
    assert least < found.uncertainty < 2.0 * least
    assert "in equilibrium with LiCl at 600 K" in found.method


@pytest.mark.parametrize(
    ("frenkel", "excess", "rare"),
    [(2.0, "reproduced", "reproduced"), (1.5, "contradicted", "reproduced"), (0.8, "contradicted", "contradicted")],
)
def test_vacancies_against_interstitials(ship, frenkel, excess, rare):
    ship(study("Li3OCl", basic(frenkel=frenkel)))
    assert outcome("s5-mouta-vacancy-excess").verdict == excess
    assert outcome("s5-emly-interstitials-rare").verdict == rare


@pytest.mark.parametrize(
    ("gain", "error", "verdict"),
    [(-0.1, 0.02, "reproduced"), (-1.2, 0.02, "contradicted"), (-0.1, None, "not computable")],
)
def test_the_carrier_of_the_current_needs_barriers_too(ship, monkeypatch, gain, error, verdict):
    ship(study("Li3OCl", basic(error=error)))
    monkeypatch.setattr(carriers, "barrier_gain", lambda formula, context: eV(gain))
    found = outcome("s5-mouta-carrier-vacancy")
    assert found.verdict == verdict
    if verdict == "contradicted":
        assert found.computed == "Li interstitial"


@pytest.mark.parametrize(("cost", "carrier"), [(0.2, "Li interstitial"), (4.0, "Li vacancy")])
def test_a_crystal_short_of_its_halide_has_the_carriers_that_cost_least(ship, monkeypatch, cost, carrier):
    """With O on Cl the missing charge is made good by interstitials; where that costs much, LiCl leaves two holes."""
    monkeypatch.setattr(carriers, "barrier_gain", lambda formula, context: eV(0.0))
    where = {"formula": "Li3OCl", "temperature": 600.0, "deficiency": 0.1}
    ship(study("Li3OCl", basic()))
    assert "--kinds schottky,frenkel,deficient" in ask("dominant_carrier_deficient", **where).method
    swapped = {"O_Cl": 1, "Li_i": 1}
    salts = {"reactants": {"Li2O": 1}, "products": {"LiCl": 1}}
    ship(study("Li3OCl", (*basic(), combination("O on Cl with Li_i", "deficient", swapped, cost, **salts))))
    assert ask("dominant_carrier_deficient", **where) == carrier


@pytest.mark.parametrize(
    ("gain", "error", "answer"),
    [(-0.6, 0.02, "held"), (0.3, 0.02, "log10 of clusters"), (-0.05, 0.1, "undecided")],
)
def test_dopants_hold_vacancies_where_binding_is_worth_more_than_freedom(ship, gain, error, answer):
    """At 400 K and an eighth of Ca the vacancy has a few places to be bound at and three to be free."""
    ship(study("Na3OCl", (*basic("Na", error=error), *dopants("Na", {"Ca": gain}, error)), M="Na"))
    where = {"formula": "Na3OCl", "content": 0.125, "temperature": 400.0, "called": "held"}
    found = ask("dopants_hold_vacancies", dopants="Ca", **where)
    assert answer in (found.method if isinstance(found, NotComputed) else found)
    assert "--dopants Mg" in ask("dopants_hold_vacancies", dopants="Mg", **where).method


def test_several_studies_of_a_host_are_one():
    small = study("Li3OCl", (*basic(), *dopants("Li", {"Mg": -0.3})), supercells=((2, 2, 2),))
    large = study("Li3OCl", basic(schottky=1.4))
    whole = joined((large, small))
    assert whole.supercells == ((2, 2, 2), (3, 3, 3))
    assert {item.name: item.dispersed.energy.value for item in whole.combinations} == {
        "LiCl Schottky": 1.4, "Li Frenkel": 2.0, "O/Cl antisite pair": 3.0, "Mg on Li with V_Li": 0.9,
    }  # fmt: skip
    assert sorted(r.energy.value for r in whole.reactions if r.name == "LiCl Schottky") == pytest.approx([1.1, 1.4])


def test_an_energy_of_one_size_is_as_uncertain_as_size_matters_in_its_host():
    schottky, frenkel, antisite = basic()
    two = SizeFit(lengths=(7.8, 11.7), energies=(1.35, 1.24), limit=1.2, slope=70.0, uncertainty=0.02)
    one = frenkel.dispersed.model_copy(update={"energy": eV(2.0, None)})
    items = (schottky.model_copy(update={"far_fit": two}), frenkel.model_copy(update={"dispersed": one}), antisite)
    found = {item.name: item.dispersed.energy for item in with_size_errors(study("Li3OCl", items)).combinations}
    assert found["Li Frenkel"].uncertainty == pytest.approx(0.15)
    assert "taken as 0.15 eV, the largest in Li3OCl" in found["Li Frenkel"].method
    assert found["LiCl Schottky"].uncertainty == found["O/Cl antisite pair"].uncertainty == 0.02
    nothing = study("Li3OCl", (frenkel.model_copy(update={"dispersed": one}),))
    assert with_size_errors(nothing) == nothing


@pytest.fixture
def no_barriers(monkeypatch, tmp_path):
    """A package without migration studies."""
    monkeypatch.setattr(records, "package_data", lambda room, name: tmp_path / "none" / name)
    records.migration_set.cache_clear()
    yield
    monkeypatch.undo()
    records.migration_set.cache_clear()


@pytest.mark.usefixtures("no_barriers")
def test_without_barriers_nobody_carries(ship):
    ship(study("Li3OCl", basic()))
    assert "antiperovskite migrate Li3OCl" in outcome("s5-lu-carrier-vacancy").reason
