"""The profile kernel and the screening of many compositions: parity with re-solved hulls and with pymatgen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.electrochemistry.profile import element_profile, upper_envelope, with_compound
from antiperovskite.electrochemistry.screening import screen_formulas, screen_windows
from antiperovskite.electrochemistry.window import electrochemical_window
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import OptionError
from antiperovskite.stability.convex_hull import convex_hull
from antiperovskite.stability.hull import PhaseEnergy, stable_mixture
from antiperovskite.stability.phase_set import PhaseSet

ELEMENTS = ("Cl", "Li", "O")
CARD = EngineCard(
    name="hand", version="1", description="made by hand", reference_method="none", energy_scale="hand", licence="none",
    known_bias=(), citations=(),
)  # fmt: skip


def random_phases(seed, count=15):
    rng = np.random.default_rng(seed)
    zero = rng.normal(size=3)
    phases = [PhaseEnergy(e, e, {e: 1.0}, float(zero[k])) for k, e in enumerate(ELEMENTS)]
    for k in range(count):
        content = rng.integers(0, 4, 3).astype(float)
        if (content > 0).sum() < 2:
            continue
        atoms = {e: float(n) for e, n in zip(ELEMENTS, content, strict=True) if n}
        energy = float(content @ zero - rng.uniform(0.0, 1.5) * content.sum())
        phases.append(PhaseEnergy(f"p{k}", f"p{k}", atoms, energy))
    return phases


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.tuples(st.floats(-5.0, 5.0), st.floats(-5.0, 5.0)), min_size=1, max_size=12),
    at=st.floats(0.0, 20.0),
)
def test_the_envelope_is_the_largest_line_and_convex(lines, at):
    intercepts, slopes = np.array(lines).T
    profile = upper_envelope(intercepts, slopes)
    assert profile.energy(at) == pytest.approx((intercepts + at * slopes).max(), abs=1e-6)
    assert (np.diff(profile.slopes) > 0).all() and (np.diff(profile.contents) > 0).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), content=st.floats(0.0, 8.0))
def test_the_profile_is_the_hull_along_the_line(seed, content):
    phases = random_phases(seed)
    hull = convex_hull(phases, ELEMENTS)
    profile = element_profile(hull, np.array([1.0, 99.0, 2.0]), "Li")  # the given content of Li plays no part
    target = {"Cl": 1.0, "Li": content, "O": 2.0}
    target = {e: n for e, n in target.items() if n > 0.0}
    assert profile.energy(content) == pytest.approx(stable_mixture(target, phases).energy, abs=1e-6)
    assert profile.slopes[-1] == pytest.approx(phases[1].energy)  # the metal ends every profile


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), content=st.integers(0, 5), depth=st.floats(-1.0, 3.0))
def test_a_compound_added_to_the_profile_is_a_compound_added_to_the_hull(seed, content, depth):
    phases = random_phases(seed)
    hull = convex_hull(phases, ELEMENTS)
    host = np.array([1.0, float(content), 1.0])
    profile = element_profile(hull, host, "Li")
    energy = profile.energy(content) - depth
    atoms = {e: float(n) for e, n in zip(ELEMENTS, host, strict=True) if n}
    solved = element_profile(convex_hull([*phases, PhaseEnergy("new", "new", atoms, energy)], ELEMENTS), host, "Li")
    added = with_compound(profile, float(content), energy)
    for at in np.linspace(0.0, 7.0, 29):
        assert added.energy(at) == pytest.approx(solved.energy(at), abs=1e-7)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_parity_with_pymatgens_element_profile(seed):
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition, Element

    phases = random_phases(seed)
    diagram = PhaseDiagram([PDEntry(Composition(p.elements), p.energy) for p in phases])
    theirs = diagram.get_element_profile(Element("Li"), Composition("Li3ClO2"))
    ours = element_profile(convex_hull(phases, ELEMENTS), np.array([1.0, 3.0, 2.0]), "Li")
    assert ours.slopes[::-1] == pytest.approx([step["chempot"] for step in theirs], abs=1e-8)
    assert ours.contents[::-1] - 3.0 == pytest.approx([step["evolution"] for step in theirs], abs=1e-6)


def phase_set(phases):
    return PhaseSet(engine=CARD, phases=tuple(phases), method="by hand", source="test")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), depth=st.floats(-0.5, 1.0))
def test_screened_windows_are_single_windows(seed, depth):
    phases = random_phases(seed)
    hull = convex_hull(phases, ELEMENTS)
    amounts = np.array([[1.0, 3.0, 1.0], [2.0, 1.0, 1.0], [1.0, 0.0, 3.0]])
    energies = hull.energies_at(amounts) - depth
    screened = screen_windows(hull, amounts, "Li", energies)
    assert screened.above_hull == pytest.approx(-depth / amounts.sum(axis=1), abs=1e-9)
    for row, (host, energy) in enumerate(zip(amounts, energies, strict=True)):
        atoms = {e: float(n) for e, n in zip(ELEMENTS, host, strict=True) if n}
        target = PhaseEnergy("new", "new", atoms, float(energy))
        if host[1] == 0.0:
            assert np.isnan(screened.oxidation[row]) and np.isnan(screened.onset[row])
            continue
        window = electrochemical_window("new", atoms, phase_set(phases), target)
        assert screened.reduction[row] == pytest.approx(window.reduction_limit.value, abs=1e-6)
        assert screened.oxidation[row] == pytest.approx(window.oxidation_limit.value, abs=1e-6)
        if window.oxidation_onset_metastable.value is not None:
            assert screened.onset[row] == pytest.approx(window.oxidation_onset_metastable.value, abs=1e-6)


def test_formulas_are_screened_in_their_own_hulls():
    phases = phase_set(
        [
            PhaseEnergy("Li", "Li", {"Li": 1.0}, 0.0),
            PhaseEnergy("O2", "O2", {"O": 2.0}, 0.0),
            PhaseEnergy("Na", "Na", {"Na": 1.0}, 0.0),
            PhaseEnergy("Li2O", "Li2O", {"Li": 2.0, "O": 1.0}, -6.0),
            PhaseEnergy("Na2O", "Na2O", {"Na": 2.0, "O": 1.0}, -4.0),
        ]
    )
    found = screen_formulas([("Na4O2", {"Na": 4.0, "O": 2.0}), ("LiO", {"Li": 1.0, "O": 1.0})], phases)
    metal, sodium = found["Na4O2"]
    assert metal == "Na" and sodium.oxidation[0] == pytest.approx(2.0) and sodium.above_hull[0] == pytest.approx(0.0)
    metal, lithium = found["LiO"]
    assert metal == "Li" and lithium.oxidation[0] == pytest.approx(3.0) and np.isnan(lithium.onset[0])


@pytest.mark.parametrize(
    ("amounts", "metal", "energies", "said"),
    [
        ([[1.0, 1.0]], "Li", None, "shape"),
        ([[1.0, 1.0, -1.0]], "Li", None, "finite amounts"),
        ([[0.0, 1.0, 0.0]], "Li", None, "another element than Li"),
        ([[1.0, 1.0, 1.0]], "Na", None, "not a mobile cation"),
        ([[1.0, 1.0, 1.0]], "Li", [1.0, 2.0], "as many finite energies"),
        ([[1.0, 1.0, 1.0]], "Li", [float("nan")], "as many finite energies"),
    ],
)
def test_wrong_arrays_are_refused(amounts, metal, energies, said):
    hull = convex_hull(random_phases(0), ELEMENTS)
    with pytest.raises(OptionError, match=said):
        screen_windows(hull, np.array(amounts), metal, None if energies is None else np.array(energies))
