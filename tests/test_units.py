"""Conversions against CODATA 2018 numbers written out here, not taken from the code."""

from __future__ import annotations

import itertools

import pytest

from antiperovskite.errors import UnitError
from antiperovskite.units import UNITS, check_unit, conversion_factor, unit_symbol

SAME_DIMENSION = [(a, b) for a, b in itertools.product(UNITS, repeat=2) if a != b and UNITS[a][0] == UNITS[b][0]]


@pytest.mark.parametrize(
    ("unit", "target", "factor"),
    [
        ("eV", "kJ/mol", 96.48533212),  # e N_A, exact since 2019
        ("eV", "meV", 1000.0),
        ("eV/angstrom^3", "GPa", 160.2176634),  # e / angstrom^3, exact since 2019
        ("GPa", "bar", 10000.0),
        ("nm", "angstrom", 10.0),
        ("angstrom", "fm", 1e5),
        ("s", "fs", 1e15),
        ("ps", "fs", 1000.0),
        ("%", "1", 0.01),
        ("meV/atom", "eV/atom", 1e-3),
        ("eV/formula", "meV/formula", 1e3),
    ],
)
def test_factor_is_the_known_one(unit: str, target: str, factor: float) -> None:
    assert conversion_factor(unit, target) == pytest.approx(factor, rel=1e-9)


@pytest.mark.parametrize(("unit", "target"), SAME_DIMENSION)
def test_there_and_back_is_one(unit: str, target: str) -> None:
    assert conversion_factor(unit, target) * conversion_factor(target, unit) == pytest.approx(1.0, rel=1e-14)
    # two different units of a dimension never have the same size: a missing entry would look like that
    assert conversion_factor(unit, target) != 1.0


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_is_itself(unit: str) -> None:
    assert conversion_factor(unit, unit) == 1.0
    assert check_unit(unit) == unit
    assert isinstance(unit_symbol(unit), str)


@pytest.mark.parametrize(
    ("unit", "target"), [("eV", "K"), ("eV", "eV/atom"), ("eV/atom", "eV/formula"), ("degree", "1")]
)
def test_different_dimensions_do_not_convert(unit: str, target: str) -> None:
    with pytest.raises(UnitError, match="differ in dimension"):
        conversion_factor(unit, target)


def test_unknown_unit_lists_the_known_ones() -> None:
    with pytest.raises(UnitError, match=r"unknown unit 'Angstrom'; known units: .*angstrom"):
        check_unit("Angstrom")
    with pytest.raises(UnitError, match="unknown unit 'parsec'"):
        conversion_factor("eV", "parsec")
