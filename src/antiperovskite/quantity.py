"""The value type: a number that knows its unit, uncertainty, sample count, method, source and citations."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, NonNegativeFloat, NonNegativeInt

from antiperovskite._model import Model
from antiperovskite.errors import UnitError
from antiperovskite.units import UNITS, conversion_factor, unit_symbol


def _known_unit(unit: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}; known units: {', '.join(UNITS)}")
    return unit


Unit = Annotated[str, AfterValidator(_known_unit)]


class Quantity(Model):
    """One number with everything needed to judge it.

    Parameters
    ----------
    value
        The number, in ``unit``.
    uncertainty
        One standard uncertainty in ``unit``; ``None`` where none is defined, then ``method`` says why.
    unit
        A key of :data:`antiperovskite.units.UNITS`; ``"1"`` for dimensionless numbers.
    n
        How many independent samples (structures, engines, measurements) the value rests on.
    method
        How the value was obtained, in words a reader of a paper would accept.
    source
        Engine and settings, or data file and table.
    citations
        Keys into :mod:`antiperovskite.citations`.

    Examples
    --------
    >>> q = Quantity(value=3.907, uncertainty=0.004, unit="angstrom", method="Rietveld", source="example")
    >>> str(q)
    '3.907(4) Å'
    >>> Quantity.model_validate_json(q.model_dump_json()) == q
    True
    """

    value: float
    uncertainty: NonNegativeFloat | None
    unit: Unit
    n: NonNegativeInt = 1
    method: str = Field(min_length=1)
    source: str = Field(min_length=1)
    citations: tuple[str, ...] = ()

    def to(self, unit: str) -> Self:
        """Return the same quantity in another unit of the same dimension.

        Raises
        ------
        UnitError
            The units differ in dimension, or the number is too large for a float in ``unit``.
        """
        factor = conversion_factor(self.unit, unit)
        uncertainty = None if self.uncertainty is None else self.uncertainty * factor
        if not math.isfinite(self.value * factor) or (uncertainty is not None and not math.isfinite(uncertainty)):
            raise UnitError(f"{self.value:g} {self.unit} is too large to be written in {unit!r}; keep {self.unit!r}")
        return self.model_copy(update={"value": self.value * factor, "uncertainty": uncertainty, "unit": unit})

    def magnitude(self, unit: str) -> float:
        """Return the bare number in ``unit``."""
        return self.value * conversion_factor(self.unit, unit)

    def __str__(self) -> str:
        symbol = unit_symbol(self.unit)
        return f"{format_number(self.value, self.uncertainty)} {symbol}".strip()


class NotComputed(Model):
    """A quantity that was asked for and is not defined or was not computed; ``method`` says why."""

    value: Literal[None] = None
    uncertainty: Literal[None] = None
    unit: Unit
    n: Literal[0] = 0
    method: str = Field(min_length=1, description="why there is no value")
    source: str = ""
    citations: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"not computed: {self.method}"


AnyQuantity = Quantity | NotComputed


SMALL: Final = 1e-3
"""Below this a number is written with a power of ten."""


def format_number(value: float, uncertainty: float | None) -> str:
    """Write a number as crystallographers do: ``3.907(4)``, ``0.089(20)``, ``12(37)``, ``4.08(5)e-5``.

    The uncertainty keeps two digits up to 35 and one above (the rule of the Particle Data Group), units below 100.
    Numbers below a thousandth take a power of ten. Without an uncertainty four significant digits are shown.
    """
    if uncertainty is None or uncertainty == 0 or not math.isfinite(uncertainty):
        return f"{value:.4g}"
    exponent = max(math.floor(math.log10(uncertainty)), -307)  # 10.0**-324 would be zero
    digits = 2 if round(uncertainty / 10.0**exponent, 6) < 3.55 else 1
    places = digits - 1 - exponent
    if places == -1 and uncertainty < 99.5:
        places = 0  # 12(37), not 10 ± 40
    larger = max(abs(value), uncertainty)
    power = math.floor(math.log10(larger))
    if power >= -300 and larger < SMALL and places + power <= 12:
        after = places + power  # digits after the point of the number in front of the power of ten
        return f"{value / 10.0**power:z.{after}f}({round(uncertainty / 10.0**power * 10**after)})e{power}"
    if 0 <= places <= 12:
        return f"{value:z.{places}f}({round(uncertainty * 10**places)})"
    if places < 0 and max(abs(value), uncertainty) < 1e7:
        return f"{round(value, places):z.0f} ± {round(uncertainty, places):.0f}"
    # far from one: as many digits of the value as its uncertainty leaves meaning
    magnitude = math.floor(math.log10(abs(value))) if value else -places
    significant = min(max(magnitude + places + 1, 1), 17)
    return f"{value:.{significant}g} ± {uncertainty:.2g}"


def spread(values: list[float]) -> float | None:
    """Sample standard deviation (n - 1) of two or more values; ``None`` for fewer.

    s = sqrt(sum((x_i - mean)^2) / (n - 1)); used as the standard uncertainty between engines.
    """
    if len(values) < 2:
        return None
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def require_unit(quantity: Quantity, unit: str) -> float:
    """Return the value in ``unit``; raise :class:`UnitError` naming both units where that is impossible."""
    try:
        return quantity.magnitude(unit)
    except UnitError as error:
        raise UnitError(f"expected a quantity in {unit!r}: {error}") from error


def quantity_schema() -> dict[str, Any]:
    """JSON schema of a quantity in the package's output (a value, or null with the reason in ``method``)."""
    from pydantic import TypeAdapter

    return TypeAdapter(AnyQuantity).json_schema()
