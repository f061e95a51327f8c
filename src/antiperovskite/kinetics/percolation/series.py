"""Series of formulas with a variable amount: ``Li3OCl1-xBrx`` at x = 0, 0.1, ..."""

from __future__ import annotations

import re
from typing import Final

from antiperovskite.errors import OptionError, one_line

_AMOUNT: Final = re.compile(r"\(?(?:(\d*\.?\d+)([+-]))?(\d*\.?\d*)x\)?(?![a-z])")
MOST: Final = 101


def has_x(text: str) -> bool:
    """Whether a formula has a variable amount.

    Examples
    --------
    >>> has_x("Li3OCl1-xBrx"), has_x("Li3OCl"), has_x("XeF2")
    (True, False, False)
    """
    return _AMOUNT.search(text) is not None


def formula_at(text: str, x: float) -> str:
    """The formula of a series at one x.

    Raises
    ------
    OptionError
        An amount is negative there.

    Examples
    --------
    >>> formula_at("Li3OCl1-xBrx", 0.3), formula_at("Li3-2xMgxOCl", 0.05), formula_at("Li3OCl1-xBrx", 0)
    ('Li3OCl0.7Br0.3', 'Li2.9Mg0.05OCl', 'Li3OCl')
    """
    out, end = "", 0
    for match in _AMOUNT.finditer(text):
        constant, sign, factor = match.groups()
        step = float(factor) if factor else 1.0
        value = float(constant or 0.0) + (-1.0 if sign == "-" else 1.0) * step * x
        if value < -1e-9:
            raise OptionError(f"x = {x:g} makes an amount of {one_line(text, 40)} negative")
        before = text[end : match.start()]
        if abs(value) < 1e-9:  # the element itself is not there
            before = re.sub(r"([A-Z][a-z]?|\([^()]*\))$", "", before)
            out += before
        else:
            out += before + ("" if abs(value - 1.0) < 1e-9 else f"{round(value, 6):g}")
        end = match.end()
    return out + text[end:]


def parse_x(text: str) -> tuple[float, ...]:
    """Read ``0..1/0.1``, ``0,0.5,1`` or ``0.3``.

    Raises
    ------
    OptionError
        It cannot be read, or has too many values.

    Examples
    --------
    >>> parse_x("0..0.3/0.1")
    (0.0, 0.1, 0.2, 0.3)
    """
    wrong = OptionError(
        f"cannot read x = {one_line(text, 30)!r}; write 0..1/0.1, 0,0.5,1 or 0.3 (0 to 3, {MOST} at most)"
    )
    found = re.fullmatch(r"\s*(\d*\.?\d+)\.\.(\d*\.?\d+)/(\d*\.?\d+)\s*", text)
    try:
        if found:
            low, high, step = (float(part) for part in found.groups())
            if not (high > low and step > 0 and (high - low) / step < MOST):
                raise wrong
            count = round((high - low) / step)
            values = tuple(round(low + k * step, 9) for k in range(count + 1) if low + k * step <= high + 1e-9)
        else:
            values = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise wrong from None
    if not 1 <= len(values) <= MOST or not all(0.0 <= value <= 3.0 for value in values):
        raise wrong
    return values
