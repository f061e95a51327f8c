"""Choosing claims: by property, subject, formula and standing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import get_args

from antiperovskite.composition import resolve
from antiperovskite.errors import FormulaError, OptionError, best_match, one_line
from antiperovskite.evidence.claims import Claim, Standing, claims
from antiperovskite.evidence.matching import amounts_of_text, plain, same_sites, site_amounts

STANDINGS: tuple[Standing, ...] = get_args(Standing)

Test = Callable[[Claim], bool]


def known_properties() -> tuple[str, ...]:
    """Every property that a shipped claim is about, sorted."""
    return tuple(sorted({claim.property for claim in claims()}))


def _frequent_properties(count: int = 8) -> list[str]:
    return sorted(name for name, _ in Counter(claim.property for claim in claims()).most_common(count))


def find_claims(
    property_text: str | None = None,
    *,
    subject: str | None = None,
    formula: str | None = None,
    standing: str | None = None,
) -> tuple[Claim, ...]:
    """Return the claims that fit every filter given, in the order of the data files.

    Parameters
    ----------
    property_text
        Part of the name of a property, case ignored: ``"activation"`` finds ``"activation energy"``.
    subject
        Part of the subject, case ignored.
    formula
        An anti-perovskite; claims match by their sites, so that ``"Li2OHCl"`` and ``"Li2(OH)Cl"`` find the same. A text
        that does not resolve is looked up in the subjects.
    standing
        One of :data:`STANDINGS`.

    Raises
    ------
    OptionError
        No claim at all is about such a property, or the standing is not one of those known.
    FormulaError
        The formula neither resolves nor is named by a claim.

    Examples
    --------
    >>> [claim.id for claim in find_claims("migration barrier", formula="Na3OBr")]
    ['s5-zhu-na3obr-034', 's5-sun-barrier-difference']
    """
    tests: list[Test] = []
    if property_text is not None:
        tests.append(_by_property(property_text))
    if subject is not None:
        tests.append(_by_subject(subject))
    if formula is not None:
        tests.append(_by_formula(formula))
    if standing is not None:
        tests.append(_by_standing(standing))
    return tuple(claim for claim in claims() if all(test(claim) for test in tests))


def _by_property(text: str) -> Test:
    wanted = " ".join(text.casefold().split())
    names = {name for name in known_properties() if wanted in name.casefold()}
    if not wanted or not names:
        words = sorted({word for name in known_properties() for word in (name, *name.split())})
        raise OptionError(
            f"no claim is about the property {one_line(text, 60)!r}{best_match(wanted, words)}; "
            f"often claimed are {', '.join(_frequent_properties())}"
        )
    return lambda claim: claim.property in names


def _by_subject(text: str) -> Test:
    wanted = plain(text).casefold()
    if not wanted:
        raise OptionError("the subject is empty; give part of it, for example 'film'")
    return lambda claim: wanted in plain(claim.subject).casefold()


def _by_formula(text: str) -> Test:
    try:
        amounts = site_amounts(resolve(text))
    except FormulaError:
        named = plain(text)
        if named and any(named in plain(claim.subject) for claim in claims()):
            return lambda claim: named in plain(claim.subject)
        raise
    return lambda claim: any(
        listed is not None and same_sites(listed, amounts) for listed in map(amounts_of_text, claim.formulas)
    )


def _by_standing(text: str) -> Test:
    if text not in STANDINGS:
        raise OptionError(
            f"unknown standing {one_line(text, 60)!r}; choose one of {', '.join(STANDINGS)}"
            f"{best_match(text, list(STANDINGS))}"
        )
    return lambda claim: claim.standing == text
