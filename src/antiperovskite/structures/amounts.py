"""How many formula units a cell needs so that every site holds whole ions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion

LARGEST_DENOMINATOR = 1000
LARGEST_OCTAHEDRA = 40
"""Most B-centred octahedra in a cell that is built as one ordered model."""


def kinds(ions: Iterable[Ion]) -> list[Ion]:
    """Different ions in order of first appearance (ions hold dicts, so they are told apart by symbol)."""
    return list({ion.symbol: ion for ion in ions}.values())


@dataclass(frozen=True)
class CellContent:
    """Whole ions of one cell: symbols repeated by count, sorted as the formula lists them."""

    formula_units: int
    octahedra: int
    X: tuple[Ion, ...]
    B: tuple[Ion, ...]
    A: tuple[Ion, ...]
    vacancies: int


def _fractions(formula: Formula) -> list[Fraction]:
    amounts = [*formula.sites.X.values(), *formula.sites.B.values(), *formula.sites.A.values(), formula.vacancies]
    return [Fraction(amount).limit_denominator(LARGEST_DENOMINATOR) for amount in amounts]


def smallest_formula_units(formula: Formula) -> int:
    """Smallest number of formula units (as written) in which every site amount is whole.

    Raises
    ------
    StructureError
        An amount is no simple fraction.
    """
    fractions = _fractions(formula)
    amounts = [*formula.sites.X.values(), *formula.sites.B.values(), *formula.sites.A.values(), formula.vacancies]
    for amount, fraction in zip(amounts, fractions, strict=True):
        if abs(amount - float(fraction)) > 1e-6:
            raise StructureError(
                f"{formula.formula}: the site amount {amount:g} is no simple fraction, so no supercell can hold whole "
                "ions; write it with at most three decimals"
            )
    return lcm(*(fraction.denominator for fraction in fractions))


def cell_content(formula: Formula, table: Mapping[str, Ion], *, largest: int = LARGEST_OCTAHEDRA) -> CellContent:
    """Count the ions of the smallest cell with whole ions.

    Parameters
    ----------
    largest
        Most B-centred octahedra in the cell.

    Raises
    ------
    StructureError
        More are needed; the message says how many.
    """
    units = smallest_formula_units(formula)
    octahedra = units * formula.multiplicity
    if octahedra > largest:
        raise StructureError(
            f"{formula.formula}: whole ions on every site need a supercell of {units} formula units "
            f"({octahedra:g} B-centred octahedra), which is not built: ordered models go up to {largest}. Round the "
            "amounts to coarser fractions, or make a quasirandom cell (structure enumerate --quasirandom)"
        )

    def expand(amounts: Mapping[str, float]) -> tuple[Ion, ...]:
        return tuple(table[symbol] for symbol, amount in amounts.items() for _ in range(round(amount * units)))

    content = CellContent(
        formula_units=units,
        octahedra=round(formula.multiplicity * units),
        X=expand(formula.sites.X),
        B=expand(formula.sites.B),
        A=expand(formula.sites.A),
        vacancies=round(formula.vacancies * units),
    )
    if len(content.B) != content.octahedra:
        raise StructureError(
            f"{formula.formula}: {len(content.B)} B ions for {content.octahedra} octahedra in the cell; "
            "structures with empty B sites are not built"
        )
    return content
