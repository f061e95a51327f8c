"""Theoretical specific capacity: the charge of the ions taken out, over the mass of the formula."""

from __future__ import annotations

from typing import Final

from antiperovskite.composition.model import Formula
from antiperovskite.composition.resolve import resolve
from antiperovskite.errors import OptionError
from antiperovskite.quantity import Quantity

ALKALI_METALS: Final = ("Li", "Na", "K", "Rb", "Cs")


def molar_mass(formula: Formula) -> float:
    """Molar mass in g/mol per formula unit as written, from the natural atomic weights of ``periodictable``."""
    import math

    import periodictable

    return math.fsum(
        amount * float(periodictable.elements.symbol(element).mass) for element, amount in formula.elements.items()
    )


def theoretical_capacity(formula: Formula | str, ions: float) -> Quantity:
    """Specific capacity of a cathode that gives up ``ions`` alkali ions (one electron each) per formula unit.

    C = n F / (3.6 M), with F in C/mol, M in g/mol and C in mAh/g; M is the mass of the formula as written, so with
    all its ions in place.

    Parameters
    ----------
    formula
        Formula text or a resolved formula.
    ions
        Alkali ions taken out per formula unit as written.

    Returns
    -------
    Quantity
        In mAh/g.

    Raises
    ------
    OptionError
        ``ions`` is not above zero, or is more than the formula holds.

    Examples
    --------
    >>> str(theoretical_capacity("(Li2Fe)SO", 1))
    '227.5 mAh/g'
    """
    from scipy.constants import Avogadro, elementary_charge

    known = resolve(formula) if isinstance(formula, str) else formula
    held = sum(amount for element, amount in known.elements.items() if element in ALKALI_METALS)
    if not 0 < ions <= held + 1e-9:
        raise OptionError(
            f"{ions:g} alkali ions were to be taken out of {known.formula}, which holds {held:g}; "
            "give a number above 0 and not above that"
        )
    faraday = Avogadro * elementary_charge  # C/mol
    return Quantity(
        value=ions * faraday / (3.6 * molar_mass(known)),
        uncertainty=None,
        unit="mAh/g",
        method=(
            f"n F / (3.6 M) with n = {ions:g} alkali ions out of {known.formula}, one electron each, natural isotopes; "
            "no uncertainty: atomic weights are taken as exact"
        ),
        source="periodictable (atomic weights), CODATA (Faraday constant)",
    )
