"""Choosing conductivities: by formula, by type of material, near a temperature, measured or computed.

Two materials are of one *type* when three things agree, so that the A-site anion alone tells them apart:

- the main cation: the ion with the largest amount on X;
- the framework: how the B-centred octahedra are connected, 3D (X3BA), 2D (X4BA2), 1D (X5BA3) or 0D (X6BA4);
- the B-site chemistry: ``hydroxide`` with any OH on B (Li2OHCl, Li2OHBr, Li3-xOHxCl, Li2(OH)0.9F0.1Cl), ``hydride``
  with any H on B, otherwise the ions on B by name (``O``; ``S``; ``O + S``).

So "Li2OHCl-type" means the hydrated Li2OHA, with or without dopants. A row printed for a range of compositions has the
type of the range's middle.
"""

from __future__ import annotations

from typing import Literal

from antiperovskite._model import Model
from antiperovskite.composition import Formula, resolve
from antiperovskite.composition.model import Framework
from antiperovskite.errors import OptionError
from antiperovskite.evidence.matching import SiteAmounts, amounts_of_text, site_amounts
from antiperovskite.evidence.model import ConductivityRow, Kind, Row
from antiperovskite.evidence.query import row_filter
from antiperovskite.evidence.tables import conductivities

_FRAMEWORKS: dict[int, Framework] = {1: "3D", 2: "2D", 3: "1D", 4: "0D"}  # A anions per octahedron
_KINDS: tuple[Kind, ...] = ("experiment", "modelling", "not stated")


class MaterialType(Model):
    """A class of materials that differ in the A-site anion and dopants only; the definition is this module's."""

    cation: str
    framework: Framework | Literal["other"]
    b_site: str

    def __str__(self) -> str:
        words = {"hydroxide": "OH on B", "hydride": "H on B"}
        return f"{self.cation}-rich, {self.framework} framework, {words.get(self.b_site, self.b_site + ' on B')}"


def type_of(formula: Formula | str) -> MaterialType:
    """Return the type of a material.

    Raises
    ------
    FormulaError
        The text is not an anti-perovskite formula.

    Examples
    --------
    >>> str(type_of("Li2OHCl"))
    'Li-rich, 3D framework, OH on B'
    >>> type_of("Li2(OH)0.9F0.1Cl") == type_of("Li2OHBr")
    True
    """
    return _type(site_amounts(resolve(formula) if isinstance(formula, str) else formula))


def _type(amounts: SiteAmounts) -> MaterialType:
    on = {site: {ion: n for place, ion, n in amounts if place == site and n > 1e-9} for site in "XBA"}
    anions = sum(on["A"].values())
    if "OH" in on["B"]:
        b_site = "hydroxide"
    elif "H" in on["B"]:
        b_site = "hydride"
    else:
        b_site = " + ".join(sorted(on["B"]))
    return MaterialType(
        cation=max(sorted(on["X"]), key=lambda ion: on["X"][ion]),
        framework=_FRAMEWORKS.get(round(anions), "other") if abs(anions - round(anions)) < 0.05 else "other",
        b_site=b_site,
    )


def types_of(row: Row) -> frozenset[MaterialType]:
    """Return the types of the materials that a row concerns."""
    found = [amounts_of_text(text) for text in row.concerns]
    if row.series is not None:
        start, end = amounts_of_text(row.series.start), amounts_of_text(row.series.end)
        if start is not None and end is not None:
            found.append(_between(start, end, (row.series.minimum + row.series.maximum) / 2))
    return frozenset(_type(amounts) for amounts in found if amounts is not None)


def _between(start: SiteAmounts, end: SiteAmounts, x: float) -> SiteAmounts:
    low, high = ({(site, ion): n for site, ion, n in side} for side in (start, end))
    places = sorted(low.keys() | high.keys())
    return tuple((s, i, (1 - x) * low.get((s, i), 0.0) + x * high.get((s, i), 0.0)) for s, i in places)


def select_conductivities(
    formula: Formula | str | None = None,
    *,
    like: Formula | str | None = None,
    near_K: float | None = None,
    within_K: float = 20.0,
    kind: str | None = None,
) -> tuple[ConductivityRow, ...]:
    """Return the rows of Table 4 (and registered ones) that hold a conductivity, in S/cm, with its method.

    Parameters
    ----------
    formula
        Only rows that concern this material.
    like
        Only rows of materials of the same type as this one (see the module's definition).
    near_K, within_K
        Only rows whose temperature lies within ``within_K`` of ``near_K``, both in K, ends included. Rows without a
        printed temperature are then left out; RT counts as 298 K.
    kind
        ``"experiment"``, ``"modelling"`` or ``"not stated"``.

    Raises
    ------
    FormulaError
        A formula text does not resolve.
    OptionError
        A temperature or kind outside what is allowed.

    Examples
    --------
    >>> [row.id for row in select_conductivities(like="Li2OHCl", near_K=300, within_K=20, kind="experiment")]
    ['t4-24', 't4-25', 't4-30']
    """
    if kind is not None and kind not in _KINDS:
        raise OptionError(f"unknown kind {kind!r}; allowed are {', '.join(_KINDS)}")
    check_window(near_K, within_K)
    rows = [row for row in conductivities() if row.conductivity is not None]
    if formula is not None:
        rows = list(filter(row_filter(formula), rows))
    if like is not None:
        wanted = type_of(like)
        rows = [row for row in rows if wanted in types_of(row)]
    if kind is not None:
        rows = [row for row in rows if row.kind == kind]
    if near_K is not None:
        rows = [row for row in rows if is_near(row, near_K, within_K)]
    return tuple(rows)


def check_window(near_K: float | None, within_K: float) -> None:
    """Refuse a temperature window that can hold nothing."""
    if near_K is not None and not 0 < near_K < 1e5:
        raise OptionError(f"the temperature must lie between 0 and 100000 K, not {near_K:g} K")
    if not 0 <= within_K < 1e5:
        raise OptionError(f"the window must be between 0 and 100000 K wide, not {within_K:g} K")


def is_near(row: ConductivityRow, near_K: float, within_K: float) -> bool:
    """Whether a row has a temperature inside the window, ends included."""
    # Rows keep K, S/cm and eV whatever was printed; a conversion here would load SciPy and double the answer's time.
    return row.temperature is not None and abs(row.temperature.value - near_K) <= within_K + 1e-9
