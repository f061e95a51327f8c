"""Is a claim's check one that can be run? Asked before anything is computed."""

from __future__ import annotations

from antiperovskite.composition import resolve
from antiperovskite.errors import DataError, FormulaError, best_match, one_line
from antiperovskite.evidence.claims import Check, Claim
from antiperovskite.scorecard.agreement import claimed_range
from antiperovskite.scorecard.registry import Argument, Capability, capability
from antiperovskite.units import UNITS

Value = str | float | int | bool


def validate_check(claim: Claim) -> None:
    """Check that a claim's check names a capability with fitting arguments and can be compared with the claim.

    A claim without a check passes.

    Raises
    ------
    DataError
        One line with the claim's id, what is wrong and what is allowed.
    """
    if claim.check is None:
        return
    try:
        item = capability(claim.check.capability)
        _validate_arguments(item, claim.check)
        _validate_comparison(item, claim, claim.check)
    except DataError as error:
        raise DataError(f"claim {claim.id}: {error}") from error


def _validate_arguments(item: Capability, check: Check) -> None:
    for name in check.arguments:
        if name not in item.arguments:
            raise DataError(
                f"{item.name} takes no argument {one_line(name, 40)!r}, only {', '.join(item.arguments)}"
                f"{best_match(name, list(item.arguments))}"
            )
    for name, argument in item.arguments.items():
        if name not in check.arguments:
            raise DataError(f"{item.name} needs the argument {name!r} ({argument.meaning})")
        _validate_value(f"argument {name!r} of {item.name}", argument, check.arguments[name])


def _validate_value(where: str, argument: Argument, value: Value) -> None:
    if argument.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise DataError(f"{where} is {value!r}; it must be a number above zero")
        return
    if not isinstance(value, str):
        raise DataError(f"{where} is {value!r}; it must be text")
    if argument.choices and value not in argument.choices:
        raise DataError(
            f"{where} is {one_line(value, 60)!r}; choose one of {', '.join(argument.choices)}"
            f"{best_match(value, list(argument.choices))}"
        )
    if argument.kind == "formula":
        try:
            resolve(value)
        except FormulaError as error:
            raise DataError(f"{where}: {error}") from error


def _validate_comparison(item: Capability, claim: Claim, check: Check) -> None:
    if item.returns_words or check.agreement == "equals":
        if not (item.returns_words and check.agreement == "equals"):
            kind = "words" if item.returns_words else "a number"
            raise DataError(f"{item.name} returns {kind}, which agreement {check.agreement!r} cannot compare")
        if not claim.words:
            raise DataError("agreement 'equals' needs the claimed outcome in 'words'")
        return
    if claim.value is None:
        raise DataError(f"agreement {check.agreement!r} needs a claimed value")
    unit = item.unit_of(check.arguments) or "1"
    if UNITS[unit][0] != UNITS[claim.value.unit][0]:
        raise DataError(
            f"{item.name} gives {unit!r} ({UNITS[unit][0]}), but the claim is in {claim.value.unit!r} "
            f"({UNITS[claim.value.unit][0]})"
        )
    low, high = claimed_range(claim)
    if check.agreement == "sign" and not low * high > 0:
        raise DataError("agreement 'sign' needs a claimed value, or range, on one side of zero")
    if check.relative and not low * high > 0:
        raise DataError("a relative tolerance needs a claimed value, or range, on one side of zero")
