"""Temperatures as people write them: ``800``, ``700,900,1100``, ``700..1100`` or ``700..1100/50``."""

from __future__ import annotations

import re
from typing import Final

from antiperovskite.dynamics.conditions import check_temperature
from antiperovskite.errors import OptionError, one_line

DEFAULT_STEP_K: Final = 100.0
_MOST: Final = 50


def parse_temperatures(text: str) -> tuple[float, ...]:
    """Read one temperature or a ladder of them, in K, ascending, without repetition.

    Raises
    ------
    OptionError
        It cannot be read, or is not between 0 and 10000 K.

    Examples
    --------
    >>> parse_temperatures("700..1000"), parse_temperatures("900,600"), parse_temperatures("500..600/50")
    ((700.0, 800.0, 900.0, 1000.0), (600.0, 900.0), (500.0, 550.0, 600.0))
    """
    number = r"\d+(?:\.\d+)?"
    found: set[float] = set()
    for part in text.split(","):
        match = re.fullmatch(rf"\s*({number})(?:\.\.({number})(?:/({number}))?)?\s*K?\s*", part)
        if match is None:
            raise OptionError(
                f"cannot read the temperature {one_line(text, 30)!r}; write it as 800, 700,900 or 700..1100/50 (K)"
            )
        first = float(match[1])
        last = float(match[2]) if match[2] else first
        step = float(match[3]) if match[3] else DEFAULT_STEP_K
        if last < first or step <= 0.0 or (last - first) / step > _MOST:
            raise OptionError(f"{one_line(part, 30)!r} is not an ascending ladder of at most {_MOST} temperatures")
        count = int((last - first) / step + 1e-9)
        found |= {check_temperature(first + index * step) for index in range(count + 1)}
    return tuple(sorted(found))
