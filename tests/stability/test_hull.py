"""The hull: analytic cases, parity with pymatgen, and balanced reactions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.errors import MissingReferenceError, StructureError
from antiperovskite.stability.equations import balance, participants, write_equation
from antiperovskite.stability.hull import PhaseEnergy, stable_mixture

LI = PhaseEnergy("Li", "Li", {"Li": 1.0}, -1.9)
CL = PhaseEnergy("Cl2", "Cl2", {"Cl": 2.0}, -3.6)
LICL = PhaseEnergy("LiCl", "LiCl", {"Li": 1.0, "Cl": 1.0}, -7.0)


def test_a_compound_decomposes_to_itself_when_it_is_lowest() -> None:
    mixture = stable_mixture({"Li": 2.0, "Cl": 2.0}, [LI, CL, LICL])
    assert [(phase.name, amount) for phase, amount in mixture.amounts] == [("LiCl", pytest.approx(2.0))]
    assert mixture.energy == pytest.approx(-14.0)


def test_lever_rule_between_two_phases() -> None:
    mixture = stable_mixture({"Li": 3.0, "Cl": 1.0}, [LI, CL, LICL])
    assert {phase.name: amount for phase, amount in mixture.amounts} == pytest.approx({"LiCl": 1.0, "Li": 2.0})
    assert mixture.energy == pytest.approx(-7.0 - 2 * 1.9)


def test_the_lower_polymorph_wins() -> None:
    high = PhaseEnergy("LiCl-high", "LiCl", LICL.elements, -6.9)
    mixture = stable_mixture({"Li": 1.0, "Cl": 1.0}, [high, LICL])
    assert [phase.name for phase, _ in mixture.amounts] == ["LiCl"]


def test_a_composition_no_phase_reaches_is_an_error_that_says_so() -> None:
    with pytest.raises(MissingReferenceError, match=r"no mixture .* has the composition Cl1 Li1"):
        stable_mixture({"Li": 1.0, "Cl": 1.0}, [LI])


@given(shift=st.floats(-500.0, 500.0))
def test_a_shift_of_an_element_changes_no_decision(shift: float) -> None:
    """Adding a constant per Li atom to every phase moves all mixtures alike."""
    moved = [
        PhaseEnergy(p.name, p.formula, p.elements, p.energy + shift * p.elements.get("Li", 0.0)) for p in (LI, CL, LICL)
    ]
    mixture = stable_mixture({"Li": 3.0, "Cl": 1.0}, moved)
    assert {phase.name for phase, _ in mixture.amounts} == {"LiCl", "Li"}
    assert mixture.energy == pytest.approx(-7.0 - 2 * 1.9 + 3 * shift, abs=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_parity_with_pymatgen(seed: int) -> None:
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    rng = np.random.default_rng(seed)
    elements = ["Li", "O", "Cl"]
    contents = [{e: 1.0} for e in elements]
    contents += [
        dict(zip(elements, map(float, rng.integers(0, 4, 3) + np.eye(3)[i % 3]), strict=True)) for i in range(9)
    ]
    contents = [{e: n for e, n in content.items() if n > 0} for content in contents]
    energies = [sum(content.values()) * -float(rng.uniform(0.0, 1.0)) for content in contents]
    phases = [PhaseEnergy(str(i), str(i), c, e) for i, (c, e) in enumerate(zip(contents, energies, strict=True))]
    diagram = PhaseDiagram([PDEntry(Composition(c), e) for c, e in zip(contents, energies, strict=True)])
    target = {"Li": 3.0, "O": 1.0, "Cl": 1.0}
    expected = diagram.get_hull_energy(Composition(target))
    assert stable_mixture(target, phases).energy == pytest.approx(expected, abs=1e-8)


def test_balance_and_equation_text() -> None:
    oxide = PhaseEnergy("Li2O", "Li2O", {"Li": 2.0, "O": 1.0}, -14.3)
    target = PhaseEnergy("this work", "Li3OCl", {"Li": 3.0, "O": 1.0, "Cl": 1.0}, -21.5)
    reactants = ((oxide, 1.0), (LICL, 1.0))
    products = balance(reactants, [target])
    assert products == ((target, pytest.approx(1.0)),)
    assert write_equation(participants(reactants), participants(products)) == "Li2O + LiCl -> Li3OCl"
    assert write_equation(participants(((CL, 0.5),)), participants(((LICL, 1 / 3),))) == "1/2 Cl2 -> 1/3 LiCl"


def test_an_unbalanced_reaction_is_refused() -> None:
    with pytest.raises(StructureError, match="no amounts of Cl2 balance LiCl"):
        balance(((LICL, 1.0),), [CL])
