"""The whole hull at once: analytic cases, agreement with the linear programme and with pymatgen, degenerate sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability import convex_hull as module
from antiperovskite.stability.convex_hull import convex_hull, lower_facets
from antiperovskite.stability.hull import PhaseEnergy, stable_mixture

ELEMENTS = ["Li", "O", "Cl", "Na", "S", "H", "Br", "N"]


def phase(name, energy, **elements):
    return PhaseEnergy(name, name, {e: float(n) for e, n in elements.items()}, energy)


SALTS = [
    phase("Li", 0.0, Li=1),
    phase("O2", 0.0, O=2),
    phase("Cl2", 0.0, Cl=2),
    phase("Li2O", -6.0, Li=2, O=1),
    phase("Li2O2", -6.5, Li=2, O=2),
    phase("LiCl", -4.0, Li=1, Cl=1),
]


def random_phases(seed, n_elements, n_phases, ties):
    rng = np.random.default_rng(seed)
    names = ELEMENTS[:n_elements]
    pure = [PhaseEnergy(e, e, {e: 1.0}, float(rng.normal())) for e in names]
    zero = np.array([p.energy for p in pure])
    phases = list(pure)
    for k in range(n_phases):
        content = rng.integers(0, 4, n_elements).astype(float)
        if not content.any():
            continue
        # energies from a coarse grid put many phases on common planes
        depth = rng.integers(0, 4) * 0.25 if ties else rng.uniform(0.0, 1.0)
        atoms = {e: float(n) for e, n in zip(names, content, strict=True) if n}
        phases.append(PhaseEnergy(f"p{k}", f"p{k}", atoms, float(content @ zero - depth * content.sum())))
    return names, phases


def test_a_compound_the_lever_rule_and_the_distance_of_a_metastable_one():
    hull = convex_hull([*SALTS, phase("LiO", -3.0, Li=1, O=1)])
    assert hull.energy({"Li": 3.0, "Cl": 1.0}) == pytest.approx(-4.0)
    assert {p.name: n for p, n in hull.decompose({"Li": 3.0, "O": 1.0, "Cl": 1.0})} == pytest.approx(
        {"Li2O": 1.0, "LiCl": 1.0}
    )
    above = dict(zip([p.name for p in hull.phases], hull.energies_above(), strict=True))
    assert above["LiO"] == pytest.approx((6.5 / 2 - 3.0) / 2)
    assert all(value == 0.0 for name, value in above.items() if name != "LiO")


def test_the_potentials_of_a_facet_give_the_energies_of_its_phases():
    hull = convex_hull(SALTS)
    for vertices, potentials in zip(hull.facets.vertices, hull.facets.potentials, strict=True):
        assert hull.content[vertices] @ potentials == pytest.approx(hull.energies[vertices], abs=1e-12)
    assert (hull.facets.potentials @ hull.content.T <= hull.energies + 1e-9).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_elements=st.integers(1, 6),
    n_phases=st.integers(0, 40),
    ties=st.booleans(),
)
def test_it_agrees_with_the_linear_programme(seed, n_elements, n_phases, ties):
    names, phases = random_phases(seed, n_elements, n_phases, ties)
    hull = convex_hull(phases, names)
    rng = np.random.default_rng(seed + 1)
    for amounts in rng.dirichlet(np.full(n_elements, 0.7), 3) + 1e-3:
        target = {e: float(n) for e, n in zip(names, amounts, strict=True)}
        expected = stable_mixture(target, phases).energy
        assert hull.energy(target) == pytest.approx(expected, abs=2e-7)  # the solver's own tolerance is 1e-7
        mixture = hull.decompose(target)
        assert all(n > 0.0 for _, n in mixture)
        for element in names:
            total = sum(n * p.elements.get(element, 0.0) for p, n in mixture)
            assert total == pytest.approx(target[element], abs=1e-6)
        # the mixture's energy is the hull's own, to rounding and not to a solver's tolerance
        assert sum(n * p.energy for p, n in mixture) == pytest.approx(hull.energy(target), abs=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_parity_with_pymatgen_to_1e_9(seed):
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition

    _, phases = random_phases(seed, 4, 40, ties=False)
    entries = [PDEntry(Composition(p.elements), p.energy) for p in phases]
    diagram = PhaseDiagram(entries)
    expected = [diagram.get_e_above_hull(entry) for entry in entries]
    assert convex_hull(phases).energies_above() == pytest.approx(expected, abs=1e-9)


@given(seed=st.integers(0, 200), shift=st.floats(-300.0, 300.0))
@settings(max_examples=20, deadline=None)
def test_a_shift_of_an_element_and_the_order_of_phases_change_no_distance(seed, shift):
    names, phases = random_phases(seed, 3, 20, ties=True)
    moved = [
        PhaseEnergy(p.name, p.formula, p.elements, p.energy + shift * p.elements.get("Li", 0.0)) for p in phases[::-1]
    ]
    before = convex_hull(phases, names).energies_above()
    after = convex_hull(moved, names).energies_above()[::-1]
    assert after == pytest.approx(before, abs=1e-9)


@pytest.mark.parametrize("n_elements", [1, 2, 7, 8])
def test_any_number_of_elements(n_elements):
    names, phases = random_phases(3, n_elements, 30, ties=False)
    target = dict.fromkeys(names, 1.0)
    assert convex_hull(phases, names).energy(target) == pytest.approx(stable_mixture(target, phases).energy, abs=1e-6)


def test_coplanar_phases_leave_no_hole():
    # every phase lies on one plane: any triangulation will do, and every composition must be covered
    grid = [(a, b, c) for a in range(4) for b in range(4) for c in range(4) if a + b + c > 0]
    content = np.array([*np.eye(3), *grid], dtype=float)
    energies = content @ np.array([1.0, -2.0, 0.5]) - 1e-3 * content.sum(axis=1)
    energies[:3] += 1e-3
    facets = lower_facets(content, energies)
    points = np.random.default_rng(0).dirichlet(np.ones(3), 200)
    from scipy.optimize import linprog

    heights = (points @ facets.potentials.T).max(axis=1)
    for point, height in zip(points[:20], heights, strict=False):
        assert height == pytest.approx(linprog(energies, A_eq=content.T, b_eq=point).fun, abs=1e-7)


def test_facets_lost_to_rounding_are_found_by_joggling(monkeypatch):
    whole = convex_hull(SALTS)
    exact = module._qhull

    def loses_one(x, e, options):
        found = exact(x, e, options)
        return found if options == "QJ" else found[:-1]

    monkeypatch.setattr(module, "_qhull", loses_one)
    again = convex_hull(SALTS)
    points = np.random.default_rng(1).dirichlet(np.ones(3), 100)
    assert again.energies_at(points) == pytest.approx(whole.energies_at(points), abs=1e-12)


def test_blocks_of_compositions_give_what_one_gives(monkeypatch):
    _, phases = random_phases(5, 4, 40, ties=False)
    hull = convex_hull(phases)
    points = np.random.default_rng(2).dirichlet(np.ones(4), 57)
    whole = hull.energies_at(points)
    monkeypatch.setattr(module, "_CHUNK", 10)
    assert (convex_hull(phases).energies_at(points) == pytest.approx(whole, abs=1e-12)) and len(whole) == 57


def test_elements_without_a_phase_are_named():
    with pytest.raises(MissingReferenceError, match="no reference phase of the pure element Cl"):
        convex_hull([p for p in SALTS if p.name != "Cl2"])
    with pytest.raises(MissingReferenceError, match="no reference phase holds Na; this hull spans Cl, Li, O"):
        convex_hull(SALTS).energy({"Na": 1.0})
    with pytest.raises(MissingReferenceError, match="none given"):
        convex_hull([])
    with pytest.raises(MissingReferenceError, match="1 of 2 elements"):
        lower_facets(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([0.0, -1.0]))
