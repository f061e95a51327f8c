"""The toy potential: two ions by hand, continuity at the cutoff."""

from __future__ import annotations

import math

import pytest

from antiperovskite.engines import get_engine


def pair_energy(distance: float) -> float:
    from ase import Atoms

    atoms = Atoms("LiF", positions=[[0, 0, 0], [distance, 0, 0]])
    atoms.calc = get_engine("toy-ionic").calculator()
    return float(atoms.get_potential_energy())


@pytest.mark.parametrize("distance", [1.5, 2.0, 3.7, 6.0])
def test_two_ions_by_hand(distance: float) -> None:
    """E = -k [f(r) - f(rc) - f'(rc)(r - rc)] + B [g(r) - g(rc) - g'(rc)(r - rc)], f = erfc(0.25 r)/r, rc = 8."""
    k, alpha, cutoff, strength, rho, size = 14.399645, 0.25, 8.0, 0.6, 0.3, 0.8 + 1.2

    def f(r: float) -> float:
        return math.erfc(alpha * r) / r

    def g(r: float) -> float:
        return strength * math.exp(-(r - size) / rho)

    def shifted(h: object, r: float) -> float:
        assert callable(h)
        slope = (h(cutoff + 1e-5) - h(cutoff - 1e-5)) / 2e-5
        return float(h(r) - h(cutoff) - slope * (r - cutoff))

    assert pair_energy(distance) == pytest.approx(-k * shifted(f, distance) + shifted(g, distance), abs=1e-5)


def test_energy_and_slope_vanish_at_the_cutoff() -> None:
    assert pair_energy(8.0 - 1e-4) == pytest.approx(0.0, abs=1e-7)
    assert pair_energy(8.1) == 0.0


def test_single_point_without_a_cell_has_no_stress() -> None:
    from ase import Atoms
    from ase.calculators.calculator import PropertyNotImplementedError

    atoms = Atoms("LiF", positions=[[0, 0, 0], [2, 0, 0]])
    atoms.calc = get_engine("toy-ionic").calculator()
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_stress()
