"""Parameters: what the table says, what it must obey, and what is refused."""

from __future__ import annotations

from math import sqrt

import pytest

from antiperovskite.errors import DataError
from antiperovskite.landscape.parameters import COULOMB, morse_pair, repulsion, table

MAIN_GROUP = {"Li", "Na", "K", "Rb", "Cs", "Mg", "Ca", "Sr", "Ba", "Al"}


def test_curvature_of_main_group_pairs_is_coulombic():
    """The table's rule: 2 D0 alpha^2 = 14.4 q q' / (R_min sqrt(n n')), here to its six printed digits."""
    data = table()
    checked = 0
    for cation, charge, anion, q, D0, R_min, alpha, _ in data.pairs:
        if cation in MAIN_GROUP:
            n = sqrt(data.elements[cation].n * data.elements[anion].n)
            assert 2.0 * D0 * alpha**2 == pytest.approx(COULOMB * charge * -q / (R_min * n), rel=1e-3)
            checked += 1
    assert checked > 60


def test_a_bond_at_its_length_has_its_depth():
    pair = morse_pair("Li", 1, "Cl", -1)
    assert pair.energy(pair.R_min_angstrom) == pytest.approx(-pair.D0_eV)
    assert pair.energy(50.0) == pytest.approx(0.0, abs=1e-12)
    step = 1e-4
    left, right = pair.energy(pair.R_min_angstrom - step), pair.energy(pair.R_min_angstrom + step)
    assert left > -pair.D0_eV and right > -pair.D0_eV


def test_repulsion_by_hand():
    found = repulsion("Li", 1, "Mg", 2)
    assert found.strength_eV_angstrom == pytest.approx(14.4 * 2 / sqrt(6))
    assert found.length_angstrom == pytest.approx(0.74 * (1.31 + 1.36))


@pytest.mark.parametrize(
    ("pair", "text"),
    [(("Li", 1, "H", -1), r"Li\+ with H-"), (("Mg", 2, "I", -1), "no energy minimum"), (("Fe", 2, "O", -2), "Fe2")],
)
def test_a_missing_pair_is_named(pair, text):
    with pytest.raises(DataError, match=text) as caught:
        morse_pair(*pair)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="covalent radius of Li3"):
        repulsion("Na", 1, "Li", 3)
