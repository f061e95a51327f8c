"""The front door: what has been reported about this formula?"""

from __future__ import annotations

from collections.abc import Callable

from antiperovskite.composition import Formula, resolve
from antiperovskite.errors import FormulaError
from antiperovskite.evidence.claim_query import find_claims
from antiperovskite.evidence.matching import concerns_sites, concerns_text, site_amounts
from antiperovskite.evidence.model import Evidence, Row
from antiperovskite.evidence.tables import compositions, conductivities, rows_of, structures, syntheses


def evidence_for(formula: Formula) -> Evidence:
    """Return every row, shipped or registered, and every claim that concerns a formula.

    Rows match by sites, not by text: ``Li2OHCl`` and ``Li2(OH)Cl``, or ``Li6OSI2`` and ``Li3O0.5S0.5I``, give the
    same rows. Rows printed for a range (Li3OCl1-xBrx) match every member of the range.

    Parameters
    ----------
    formula
        A resolved formula (:func:`antiperovskite.composition.resolve`).

    Examples
    --------
    >>> found = evidence_for(resolve("Na3OCN"))
    >>> [str(row.temperature) for row in found.conductivities]
    ['480 K', '500 K']
    """
    concerned = _by_sites(formula)
    return Evidence(
        formula=formula.formula,
        compositions=tuple(filter(concerned, compositions())),
        syntheses=tuple(filter(concerned, syntheses())),
        conductivities=tuple(filter(concerned, conductivities())),
        structures=tuple(filter(concerned, structures())),
        claims=find_claims(formula=formula.formula),
    )


def table(number: int, formula: Formula | str | None = None) -> tuple[Row, ...]:
    """Return the rows of one of the four tables, all of them or those that concern a formula.

    The radii of Table 1 concern every formula with the ion on that site.
    A text that does not resolve as an anti-perovskite (``"Na2.875OCl"``, ``"M3HCh"``) is looked up as text.

    Raises
    ------
    OptionError
        There is no such table.
    FormulaError
        The text neither resolves nor names a row of any entered table.

    Examples
    --------
    >>> len(table(4))
    70
    >>> [row.id for row in table(4, "Na2.875OCl")]
    ['t4-50']
    """
    rows = rows_of(number)
    if formula is None:
        return rows
    return tuple(filter(row_filter(formula), rows))


def row_filter(formula: Formula | str) -> Callable[[Row], bool]:
    """Return the test whether a row concerns a formula, by its sites or, where it has none, as text."""
    if isinstance(formula, Formula):
        return _by_sites(formula)
    try:
        by_sites = _by_sites(resolve(formula))
    except FormulaError:
        everything = (*compositions(), *syntheses(), *structures(), *conductivities())
        if any(concerns_text(row, formula) for row in everything):
            return lambda row: concerns_text(row, formula)
        raise
    return by_sites


def _by_sites(formula: Formula) -> Callable[[Row], bool]:
    amounts = site_amounts(formula)
    return lambda row: concerns_sites(row, amounts)
