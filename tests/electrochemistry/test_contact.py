"""Contacts: analytic reactions, invariances, parity with pymatgen, uncertainty, wrong input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.electrochemistry.contact import contact, voltage_profile, working_ion
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.mixing_line import MixingLine
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy, stable_mixture
from antiperovskite.stability.phase_set import PhaseSet

CARD = EngineCard(
    name="hand-made",
    version="1",
    description="energies written by hand",
    reference_method="none",
    energy_scale="hand-made",
    licence="MIT",
    known_bias=(),
    citations=(),
)


def phase(name: str, elements: dict[str, float], energy: float, **loadings: float) -> PhaseEnergy:
    return PhaseEnergy(name, name, elements, energy, loadings)


def phase_set(*phases: PhaseEnergy) -> PhaseSet:
    return PhaseSet(CARD, phases, "by hand", "test")


LI, NA, CL = phase("Li", {"Li": 1}, 0.0), phase("Na", {"Na": 1}, 0.0), phase("Cl2", {"Cl": 2}, 0.0)
LICL = phase("LiCl", {"Li": 1, "Cl": 1}, -4.0, shared=0.3, lithium=0.03)
NACL = phase("NaCl", {"Na": 1, "Cl": 1}, -4.5, shared=0.3, sodium=0.04)
EXCHANGE = phase_set(LI, NA, CL, LICL, NACL)


def number(quantity: object) -> Quantity:
    assert isinstance(quantity, Quantity)
    return quantity


def test_an_exchange_reaction_has_the_energy_and_the_ratio_one_can_write_down() -> None:
    result = contact(LICL, NA, EXCHANGE)
    # LiCl + Na -> NaCl + Li: -0.5 eV over three atoms, one of them sodium
    assert number(result.reaction_energy).magnitude("meV/atom") == pytest.approx(-500 / 3)
    assert number(result.worst_ratio).value == pytest.approx(1 / 3)
    assert result.equation in {"LiCl + Na -> Li + NaCl", "LiCl + Na -> NaCl + Li"}
    assert [kink.mixing_ratio for kink in result.kinks] == pytest.approx([0, 1 / 3, 1])
    assert result.engine == "hand-made" and result.computed
    assert Contact.model_validate_json(result.model_dump_json()) == result


def test_what_the_phases_share_drops_out_of_the_uncertainty() -> None:
    energy = number(contact(LICL, NA, EXCHANGE).reaction_energy)
    assert energy.uncertainty == pytest.approx(1000 * math.hypot(0.03, 0.04) / 3)


def test_the_probability_is_that_of_a_normal_variable_beyond_the_threshold() -> None:
    result = contact(LICL, NA, EXCHANGE, threshold=150.0)
    z = (500 / 3 - 150) / (1000 * math.hypot(0.03, 0.04) / 3)
    assert number(result.probability).value == pytest.approx(0.5 * (1 + math.erf(z / math.sqrt(2))))


def test_where_nothing_reacts_the_nearest_reaction_is_told_with_its_probability() -> None:
    result = contact(NACL, LI, EXCHANGE)  # the same reaction backwards, +0.5 eV for three atoms
    assert number(result.reaction_energy).value == 0.0 and number(result.reaction_energy).uncertainty is None
    assert isinstance(result.worst_ratio, NotComputed) and result.equation == "" and result.products == ()
    assert result.nearest is not None
    assert result.nearest.reaction_energy.value == pytest.approx(500 / 3)
    assert 0.0 < number(result.probability).value < 1e-10
    close = phase_set(LI, NA, CL, LICL, phase("NaCl", {"Na": 1, "Cl": 1}, -4.01, sodium=0.2))
    assert 0.2 < number(contact(close.named("NaCl"), LI, close, threshold=0.0).probability).value < 0.5


def test_an_unstable_electrolyte_is_charged_with_its_own_decomposition() -> None:
    unstable = phase("Li2Cl", {"Li": 2, "Cl": 1}, -3.7)  # LiCl + Li is at -4.0
    result = contact(unstable, NA, phase_set(LI, NA, CL, LICL, NACL, unstable))
    assert number(result.electrolyte_decomposition).value == pytest.approx(-100)
    assert number(result.partner_decomposition).value == 0.0
    # Li2Cl + Na -> NaCl + 2 Li: -0.8 eV over four atoms, of which -0.3 eV without sodium
    assert number(result.reaction_energy).value == pytest.approx(-200)
    assert number(result.mutual_reaction_energy).value == pytest.approx(-500 / 4)
    inert = contact(unstable, LI, phase_set(LI, CL, LICL, unstable))
    assert number(inert.reaction_energy).value == pytest.approx(-100)
    assert number(inert.mutual_reaction_energy).value == 0.0
    assert any("takes no part" in note for note in inert.notes)


LIN = phase("LiN", {"Li": 1, "N": 1}, -1.0)
NO = phase("NO", {"N": 1, "O": 1}, -2.0)
O2 = phase("O2", {"O": 2}, 0.0)
OPEN = phase_set(LI, phase("N2", {"N": 2}, 0.0), O2, LIN, NO)


def test_at_a_voltage_lithium_leaves_and_the_other_atoms_count() -> None:
    result = contact(LIN, O2, OPEN, voltage=1.5)
    # LiN + O -> NO + Li: grand potentials -2 - (-1 + 1.5) per two atoms; LiN alone gives off 0.5 eV per atom
    assert number(result.reaction_energy).value == pytest.approx(-1250)
    assert number(result.mutual_reaction_energy).value == pytest.approx(-1000)
    assert number(result.electrolyte_decomposition).value == pytest.approx(-500)
    assert number(result.worst_ratio).value == pytest.approx(0.5)
    assert result.equation == "LiN + 1/2 O2 -> NO + Li" and result.reservoir == "Li"


def test_at_zero_volts_the_reservoir_is_the_metal_and_above_the_driving_force_only_grows() -> None:
    profile = voltage_profile(LIN, O2, OPEN, [0.0, 0.5, 1.0, 2.0, 3.0])
    energies = [number(result.reaction_energy).value for result in profile]
    assert energies[0] == pytest.approx(-500)
    assert energies == sorted(energies, reverse=True)


@st.composite
def chemistries(draw: st.DrawFn) -> PhaseSet:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    elements = ["Li", "O", "S", "Cl"]
    contents = [{e: float(n) for e, n in zip(elements, rng.integers(0, 4, 4), strict=True) if n} for _ in range(14)]
    contents = [content for content in contents if len(content) > 1]
    compounds = [phase(f"p{k}", c, -float(rng.uniform(0, 2)) * sum(c.values())) for k, c in enumerate(contents)]
    pure = [phase(e, {e: 1.0}, 0.0) for e in elements]
    ends = [phase("A", {"Li": 3.0, "O": 1.0, "Cl": 1.0}, -7.0), phase("B", {"Li": 1.0, "S": 2.0}, -2.0)]
    return phase_set(*pure, *compounds, *ends)


@settings(max_examples=10, deadline=None)
@given(phases=chemistries(), ratio=st.floats(0.01, 0.99))
def test_between_kinks_the_curve_is_the_hull(phases: PhaseSet, ratio: float) -> None:
    a, b = phases.named("A"), phases.named("B")
    result = contact(a, b, phases)
    places = [kink.mixing_ratio for kink in result.kinks]
    energies = [kink.reaction_energy.value for kink in result.kinks]
    mixed = {
        e: (1 - ratio) * a.elements.get(e, 0.0) / a.atoms + ratio * b.elements.get(e, 0.0) / b.atoms
        for e in {*a.elements, *b.elements}
    }
    hull = stable_mixture(mixed, phases.phases).energy
    expected = hull - (1 - ratio) * a.energy / a.atoms - ratio * b.energy / b.atoms
    assert np.interp(ratio, places, energies) == pytest.approx(1000 * expected, abs=1e-3)
    slopes = np.diff(energies) / np.diff(places)
    assert np.all(np.diff(slopes) > 0), "convex, and every kink bends"


@settings(max_examples=5, deadline=None)
@given(phases=chemistries(), size=st.floats(0.5, 4.0), voltage=st.one_of(st.none(), st.floats(0.0, 4.0)))
def test_the_size_of_the_formula_unit_does_not_matter(phases: PhaseSet, size: float, voltage: float | None) -> None:
    a, b = phases.named("A"), phases.named("B")
    bigger = PhaseEnergy("A", "A", {e: n * size for e, n in a.elements.items()}, a.energy * size)
    one, other = contact(a, b, phases, voltage=voltage), contact(bigger, b, phases, voltage=voltage)
    assert number(one.reaction_energy).value == pytest.approx(number(other.reaction_energy).value, abs=1e-6)
    assert [k.mixing_ratio for k in one.kinks] == pytest.approx([k.mixing_ratio for k in other.kinks], abs=1e-7)


@settings(max_examples=5, deadline=None)
@given(phases=chemistries())
def test_it_does_not_matter_which_of_two_compounds_is_called_the_partner(phases: PhaseSet) -> None:
    there = contact(phases.named("A"), phases.named("B"), phases)
    back = contact(phases.named("B"), phases.named("A"), phases)
    assert number(there.mutual_reaction_energy).value == pytest.approx(number(back.mutual_reaction_energy).value)
    assert [k.mixing_ratio for k in there.kinks] == pytest.approx([1 - k.mixing_ratio for k in back.kinks][::-1])


@settings(max_examples=5, deadline=None)
@given(phases=chemistries())
def test_every_equation_balances(phases: PhaseSet) -> None:
    a, b = phases.named("A"), phases.named("B")
    by_name = {p.name: p for p in phases.phases}
    for kink in contact(a, b, phases).kinks[:-1]:
        made: dict[str, float] = {}
        for product in kink.products:
            for element, count in by_name[product.phase].elements.items():
                made[element] = made.get(element, 0.0) + count * product.coefficient
        other = kink.mixing_ratio / (1 - kink.mixing_ratio) * a.atoms / b.atoms
        for element in {*a.elements, *b.elements}:
            given_amount = a.elements.get(element, 0.0) + other * b.elements.get(element, 0.0)
            assert made.get(element, 0.0) == pytest.approx(given_amount, abs=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=5, deadline=None)
@given(phases=chemistries())
def test_parity_with_pymatgen_closed(phases: PhaseSet) -> None:
    from pymatgen.analysis.interface_reactions import InterfacialReactivity
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    diagram = PhaseDiagram([PDEntry(Composition(dict(p.elements)), p.energy) for p in phases.phases])
    a, b = phases.named("A"), phases.named("B")
    ends = Composition(dict(b.elements)), Composition(dict(a.elements))
    ours = contact(a, b, phases)
    decomposed = InterfacialReactivity(*ends, diagram, norm=True, use_hull_energy=True).get_kinks()
    assert [k.mixing_ratio for k in ours.kinks] == pytest.approx([k[1] for k in decomposed], abs=1e-5)
    assert [k.mutual_reaction_energy.value for k in ours.kinks] == pytest.approx(
        [1000 * k[2] for k in decomposed], abs=1e-3
    )
    # pymatgen takes the lowest entry of the composition as the compound
    same = [p for p in phases.phases if Composition(dict(p.elements)).reduced_formula == "Li3ClO"]
    if [p.name for p in same] == ["A"]:
        as_given = InterfacialReactivity(*ends, diagram, norm=True, use_hull_energy=False).get_kinks()
        if not any(Composition(dict(p.elements)).reduced_formula == "LiS2" and p.name != "B" for p in phases.phases):
            assert [k.reaction_energy.value for k in ours.kinks] == pytest.approx(
                [1000 * k[2] for k in as_given], abs=1e-3
            )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=5, deadline=None)
@given(phases=chemistries(), voltage=st.sampled_from([0.25, 1.0, 2.5]))
def test_parity_with_pymatgen_open(phases: PhaseSet, voltage: float) -> None:
    from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity
    from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram, PDEntry, PhaseDiagram
    from pymatgen.core import Composition, Element

    entries = [PDEntry(Composition(dict(p.elements)), p.energy) for p in phases.phases]
    diagram, grand = PhaseDiagram(entries), GrandPotentialPhaseDiagram(entries, {Element("Li"): -voltage})
    a, b = phases.named("A"), phases.named("B")
    oracle = GrandPotentialInterfacialReactivity(
        Composition(dict(b.elements)),
        Composition(dict(a.elements)),
        grand,
        pd_non_grand=diagram,
        norm=True,
        use_hull_energy=True,
    ).get_kinks()
    counted = {p.name: (p.atoms - p.elements.get("Li", 0.0)) / p.atoms for p in (a, b)}
    shares = [x * counted["B"] / (x * counted["B"] + (1 - x) * counted["A"]) for _, x, *_ in oracle]
    ours = contact(a, b, phases, voltage=voltage)
    assert [k.mixing_ratio for k in ours.kinks] == pytest.approx(shares, abs=1e-5)
    assert [k.mutual_reaction_energy.value for k in ours.kinks] == pytest.approx(
        [1000 * k[2] for k in oracle], abs=1e-3
    )


def test_hydrogen_at_its_standard_state_can_be_released() -> None:
    hydrogen = phase("H2", {"H": 2}, 0.0)
    water = phase("H2O", {"H": 2, "O": 1}, -2.5)
    oxide = phase("Na2O", {"Na": 2, "O": 1}, -4.3)
    result = contact(water, NA, phase_set(NA, O2, hydrogen, water, oxide))  # H2O + 2 Na -> Na2O + H2
    assert number(result.reaction_energy).value == pytest.approx(-1000 * 1.8 / 5)
    assert {product.formula for product in result.products} == {"Na2O", "H2"}


def test_pairs_of_elements_that_no_phase_joins_are_named() -> None:
    sulfide = phase("Na2S", {"Na": 2, "S": 1}, -3.6)
    result = contact(LICL, sulfide, phase_set(LI, NA, CL, phase("S", {"S": 1}, 0.0), LICL, NACL, sulfide))
    assert any("Cl-S" in note and "Cl-Na" not in note for note in result.notes)


def test_wrong_input_is_one_line() -> None:
    cases = [
        (lambda: contact(LICL, NA, EXCHANGE, voltage=-0.1), "outside 0 to 6 V"),
        (lambda: contact(LICL, NA, EXCHANGE, voltage=math.nan), "outside 0 to 6 V"),
        (lambda: contact(LICL, NA, EXCHANGE, threshold=-1.0), "threshold"),
        (lambda: contact(LICL, LICL, EXCHANGE), "same composition"),
        (lambda: contact(LICL, LI, EXCHANGE, voltage=1.0), "the reservoir itself"),
        (lambda: contact(LICL, NA, EXCHANGE, voltage=1.0, reservoir="K"), "is not in LiCl"),
        (lambda: contact(NO, LI, OPEN, voltage=1.0), "no alkali metal"),
        (lambda: working_ion({"Li": 1, "Na": 1}), "several alkali metals"),
    ]
    for call, message in cases:
        with pytest.raises(OptionError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_a_set_that_does_not_span_the_compound_is_refused() -> None:
    at_temperature = PhaseSet(CARD, (LI, LICL, NA), "by hand", "test", temperature=300.0)
    with pytest.raises(MissingReferenceError, match="nothing would compete"):
        contact(LICL, NA, at_temperature)


def test_the_line_finds_all_corners_of_a_known_envelope() -> None:
    # one element on the line: phases are points (share, height); the corners of their lower hull are known
    shares, heights = [0.0, 0.1, 0.3, 0.5, 0.6, 1.0], [0.0, -0.5, -0.9, -0.8, -1.0, 0.0]
    content = np.array([[1 - s for s in shares], shares])
    points = MixingLine(content, heights, [1.0, 0.0], [0.0, 1.0]).breakpoints()
    assert [p.position for p in points] == pytest.approx([0.0, 0.1, 0.3, 0.6, 1.0])
    assert [p.value for p in points] == pytest.approx([0.0, -0.5, -0.9, -1.0, 0.0])
