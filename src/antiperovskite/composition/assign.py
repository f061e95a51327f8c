"""Ions to sites: charge balance, the X, B and A rules, and the framework (rules R4 and R6 to R10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.composition.model import Framework
from antiperovskite.composition.rules import quote
from antiperovskite.errors import ChargeBalanceError, FormulaError
from antiperovskite.ions.model import Ion

CHARGE_TOLERANCE: Final = Fraction(2, 1000)
RATIO_TOLERANCE: Final = Fraction(5, 1000)
LOWEST_A_OCCUPANCY: Final = Fraction(3, 4)
LOWEST_X_OCCUPANCY: Final = Fraction(1, 2)

# A/B of each framework and how it is called; X sites are always 2 B + 1 A
FRAMEWORKS: Final[tuple[tuple[Fraction, Framework, str], ...]] = (
    (Fraction(1), "3D", "X3BA"),
    (Fraction(4, 3), "2D", "X10B3A4, n = 3 Ruddlesden-Popper"),
    (Fraction(3, 2), "2D", "X7B2A3, n = 2 Ruddlesden-Popper"),
    (Fraction(2), "2D", "X4BA2, n = 1 Ruddlesden-Popper"),
    (Fraction(3), "1D", "X5BA3, chains of octahedra"),
    (Fraction(4), "0D", "X6BA4, isolated octahedra"),
)

Amounts = Mapping[str, Fraction]


class SiteError(FormulaError):
    """Neutral, but the ions do not fit the sites of any anti-perovskite framework."""


@dataclass(frozen=True)
class Assignment:
    """Ions on their sites, each site in canonical order."""

    X: dict[str, Fraction]
    B: dict[str, Fraction]
    A: dict[str, Fraction]
    framework: Framework
    kind: str
    x_vacancies: Fraction
    a_vacancies: Fraction
    notes: tuple[str, ...] = ()


def number(value: Fraction) -> str:
    """Write an amount without trailing zeros: ``"2.75"``, ``"3"``."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def listing(amounts: Amounts) -> str:
    """Write ions and amounts for a message: ``"3 Li, 1 O"``."""
    return ", ".join(f"{number(amount)} {symbol}" for symbol, amount in amounts.items())


def charge_of(amounts: Amounts, ions: Mapping[str, Ion]) -> Fraction:
    """Return the sum of the default charges."""
    return sum((amount * ions[symbol].charge for symbol, amount in amounts.items()), Fraction(0))


def balance(amounts: Amounts, ions: Mapping[str, Ion], *, variable: bool) -> tuple[str, ...]:
    """Check charge balance and return the notes it gave rise to.

    With ``variable`` the 3d metals may take any average charge between the lowest and highest they have.

    Raises
    ------
    ChargeBalanceError
        The charges do not cancel; the message states the sum.
    """
    total = charge_of(amounts, ions)
    positive = sum((n * ions[s].charge for s, n in amounts.items() if ions[s].charge > 0), Fraction(0))
    tolerance = CHARGE_TOLERANCE * positive
    if abs(total) <= tolerance:
        return () if total == 0 else (quote("R12", f"the charges sum to {float(total):+.4g}"),)
    metals = {symbol: n for symbol, n in amounts.items() if ions[symbol].other_charges}
    if not variable or not metals:
        raise ChargeBalanceError(_unbalanced(amounts, total, ions))
    low = sum((n * min(ions[s].charge, *ions[s].other_charges) for s, n in metals.items()), Fraction(0))
    high = sum((n * max(ions[s].charge, *ions[s].other_charges) for s, n in metals.items()), Fraction(0))
    needed = sum((n * ions[s].charge for s, n in metals.items()), Fraction(0)) - total
    if not low - tolerance <= needed <= high + tolerance:
        raise ChargeBalanceError(_unbalanced(amounts, total, ions))
    average = needed / sum(metals.values(), Fraction(0))
    return (quote("R4", f"{' and '.join(metals)} carry {float(average):+.4g} on average here"),)


def _unbalanced(amounts: Amounts, total: Fraction, ions: Mapping[str, Ion]) -> str:
    terms = ", ".join(f"{number(n)} {s} ({ions[s].charge:+d})" for s, n in amounts.items())
    advice = "check the amounts"
    monovalent = [s for s in amounts if ions[s].charge == 1]
    if total < 0 and abs(total) < 1 and monovalent:
        metal = monovalent[0]
        advice = (
            f"the compensation of {number(-total)} missing {metal} is not in the formula: give the dopant or the "
            f"missing anion too (as in {metal}2.75Ca0.125OCl)"
        )
    return f"the charges of {terms} sum to {float(total):+.4g}, not 0; {advice}"


def order_key(ion: Ion) -> tuple[int, bool, int, str]:
    """Sort anions by how readily they take B: B only, B first (F), A first (S, ...), A only; then by electrons."""
    if ion.sites == ("B",):
        group = 0
    elif "B" in ion.sites:
        group = 1 if ion.sites[0] == "B" else 2
    else:
        group = 3
    electrons = sum(ATOMIC_NUMBERS.get(element, 0) * n for element, n in ion.elements.items())
    return group, ion.is_cluster, electrons, ion.symbol


def _cation_key(ion: Ion) -> tuple[bool, int, int, str]:
    return bool(ion.other_charges), ion.charge, ATOMIC_NUMBERS.get(ion.symbol, 999), ion.symbol


def assign(amounts: Amounts, ions: Mapping[str, Ion]) -> Assignment:
    """Put neutral ions on their sites.

    Raises
    ------
    SiteError
        No anions, no cations, only one kind of anion, or amounts that fit no framework.
    """
    cations = sorted((ions[s] for s in amounts if ions[s].charge > 0), key=_cation_key)
    anions = sorted((ions[s] for s in amounts if ions[s].charge < 0), key=order_key)
    x = {ion.symbol: amounts[ion.symbol] for ion in cations}
    if not cations or len(anions) < 2:
        raise SiteError(_salt(x, {ion.symbol: amounts[ion.symbol] for ion in anions}))
    found, misfits = _partitions(x, [(ion, amounts[ion.symbol]) for ion in anions])
    if not found:
        raise SiteError(misfits[0])
    best = min(found, key=_preference)
    return replace(best, notes=tuple(_site_notes(best, found, misfits, ions)))


def _salt(x: Amounts, anions: Amounts) -> str:
    if not anions:
        return f"no anions beside {listing(x)}; an anti-perovskite X3BA needs two, one on B and one on A (as in Li3OCl)"
    if not x:
        return f"no cations beside {listing(anions)}; an anti-perovskite X3BA needs them on X (as in Li3OCl)"
    return (
        f"{listing(x)} and {listing(anions)} make a simple salt; an anti-perovskite X3BA needs two kinds of anion, "
        "one on B and one on A (as in Li3OCl)"
    )


def _partitions(x: dict[str, Fraction], anions: list[tuple[Ion, Fraction]]) -> tuple[list[Assignment], list[str]]:
    """Try B = the first k anions in canonical order for every k the ions' allowed sites permit."""
    found: list[Assignment] = []
    misfits: list[str] = []
    for k in range(len(anions) + 1):
        b_ions, a_ions = anions[:k], anions[k:]
        if all("B" in ion.sites for ion, _ in b_ions) and all("A" in ion.sites for ion, _ in a_ions):
            b = {ion.symbol: n for ion, n in b_ions}
            a = {ion.symbol: n for ion, n in a_ions}
            outcome = _fit(x, b, a)
            if isinstance(outcome, Assignment):
                found.append(outcome)
            else:
                misfits.append(outcome)
    # a partition that fills both sites tells the user more than one that leaves a site empty
    return found, sorted(misfits, key=lambda text: text.startswith("nothing"))


def _fit(x: dict[str, Fraction], b: dict[str, Fraction], a: dict[str, Fraction]) -> Assignment | str:
    n_x, n_b, n_a = (sum(part.values(), Fraction(0)) for part in (x, b, a))
    if not n_b:
        return f"nothing is left for site B when {listing(a)} sit on A; X3BA needs both"
    if not n_a:
        return f"nothing is left for site A when {listing(b)} sit on B; X3BA needs both"
    named = _framework(n_a / n_b)
    if named is None:
        return (
            f"{listing(a)} on A per {listing(b)} on B is A/B = {float(n_a / n_b):.3g}; anti-perovskites have "
            "1 (X3BA), 4/3, 3/2 or 2 (layers), 3 (chains) or 4 (isolated octahedra)"
        )
    framework, kind, full_a = named
    empty_a = n_b - n_a if not full_a else Fraction(0)
    sites = 2 * n_b + n_a + empty_a
    where = f"{kind} with {listing(b)} on B and {listing(a)} on A"
    if n_x > sites * (1 + CHARGE_TOLERANCE):
        return f"{number(n_x)} cations ({listing(x)}) on {number(sites)} X sites ({where})"
    if n_x < sites * LOWEST_X_OCCUPANCY:
        return f"only {number(n_x)} of {number(sites)} X sites would be occupied ({where}); at least half must be"
    return Assignment(x, b, a, framework, kind, max(sites - n_x, Fraction(0)), empty_a)


def _framework(ratio: Fraction) -> tuple[Framework, str, bool] | None:
    """Return framework, label and whether A is full for this A/B, or ``None`` where no framework has it."""
    for wanted, framework, label in FRAMEWORKS:
        if abs(ratio - wanted) <= RATIO_TOLERANCE * wanted:
            return framework, label, True
    if LOWEST_A_OCCUPANCY <= ratio < 1:
        return "3D", "X3BA with empty A sites", False
    return None


def _preference(candidate: Assignment) -> tuple[bool, int, Fraction]:
    dimensions = int(candidate.framework[0])
    return bool(candidate.a_vacancies), -dimensions, candidate.x_vacancies


def _site_notes(best: Assignment, found: list[Assignment], misfits: list[str], ions: Mapping[str, Ion]) -> list[str]:
    notes: list[str] = []
    swing = {
        site: [symbol for symbol in held if len(ions[symbol].sites) > 1]
        for site, held in (("B", best.B), ("A", best.A))
    }
    if any(swing.values()):
        decision = " and ".join(f"{', '.join(symbols)} on {site}" for site, symbols in swing.items() if symbols)
        other_reasons = [reason for reason in misfits if not reason.startswith("nothing")]
        notes.append(quote("R7", f"{decision}; otherwise {other_reasons[0]}" if other_reasons else decision))
    notes.extend(
        f"also possible: {', '.join(other.B)} on B, {', '.join(other.A)} on A ({other.kind})"
        for other in found
        if other is not best
    )
    if best.x_vacancies:
        share = best.x_vacancies / (best.x_vacancies + sum(best.X.values(), Fraction(0)))
        notes.append(quote("R8", f"{number(best.x_vacancies)} empty X per formula unit ({float(share):.1%} of X)"))
    if best.a_vacancies:
        notes.append(quote("R9", f"{number(best.a_vacancies)} empty A per formula unit"))
    if best.framework != "3D":
        notes.append(quote("R10", best.kind))
    return notes
