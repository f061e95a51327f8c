"""Names of point defects: ``V_Li``, ``Li_i``, ``O_Cl``, ``Mg_Li``, ``(OH)_O``: what each adds to the crystal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from antiperovskite.errors import DataError, OptionError, UnknownIonError, one_line

INTERSTITIAL = "i"
ELECTRONIC = {"e": -1, "h": 1}


@dataclass(frozen=True)
class DefectName:
    """``added`` on ``site``: ``added`` is an ion (empty for a vacancy), ``site`` an ion of the host or ``"i"``.

    ``elements`` are the atoms that the crystal gains (positive) or loses; ``charge`` is the formal one, ``None``
    where an ion is not in the registry.
    """

    name: str
    added: str
    site: str
    elements: Mapping[str, float]
    charge: int | None


def parse_defect(name: str) -> DefectName:
    """Read the name of a defect.

    Raises
    ------
    DataError
        It is not written as ``V_Li``, ``Li_i``, ``O_Cl`` or ``(OH)_O`` (or ``e``, ``h`` for electron and hole).

    Examples
    --------
    >>> parse_defect("(OH)_O").elements, parse_defect("V_Cl").charge
    ({'H': 1.0}, 1)
    """
    if name in ELECTRONIC:
        return DefectName(name, name, INTERSTITIAL, {}, ELECTRONIC[name])
    match = re.fullmatch(r"(\(?[A-Z][A-Za-z0-9]*\)?)_(\(?[A-Z][A-Za-z0-9]*\)?|i)", name)
    if match is None:
        raise DataError(
            f"{one_line(name, 30)!r} is not the name of a point defect; write V_Li (vacancy), Li_i (interstitial), "
            "O_Cl (oxide on the chloride site), (OH)_O, or e and h for electronic defects"
        )
    added, site = (part.strip("()") for part in match.groups())
    added = "" if added == "V" else added
    elements: dict[str, float] = {}
    for ion, sign in ((added, 1.0), ("" if site == INTERSTITIAL else site, -1.0)):
        for element, amount in (atoms(ion) if ion else {}).items():
            elements[element] = elements.get(element, 0.0) + sign * amount
    charges = [_charge(ion) if ion and ion != INTERSTITIAL else 0 for ion in (added, site)]
    charge = None if charges[0] is None or charges[1] is None else charges[0] - charges[1]
    return DefectName(name, added, site, {e: n for e, n in elements.items() if n}, charge)


@cache
def _parsed(formula: str) -> tuple[tuple[str, float], ...]:
    from pymatgen.core import Composition

    try:
        return tuple((element.symbol, float(n)) for element, n in Composition(formula).items())
    except (ValueError, KeyError, AttributeError) as error:
        raise DataError(f"{one_line(formula, 40)!r} is not the formula of an ion or a phase") from error


def atoms(formula: str) -> dict[str, float]:
    """Atoms of an ion or a phase.

    Raises
    ------
    DataError
        It is not a formula.
    """
    return dict(_parsed(formula))


def _charge(symbol: str) -> int | None:
    from antiperovskite.ions import ion

    try:
        return ion(symbol).charge
    except (UnknownIonError, OptionError):
        return None
