"""How a table is written in its data file, and how a written row becomes an evidence row.

A file names its table and source once; each value keeps its own unit and the text as printed. Units of the page
(°C, min, h, d) become K and s here.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field

from antiperovskite._model import Model
from antiperovskite.citations import citation, key_of_reference
from antiperovskite.evidence.model import (
    CompositionRow,
    ConductivityRow,
    Kind,
    Mention,
    Method,
    Series,
    SynthesisRow,
)
from antiperovskite.quantity import Quantity
from antiperovskite.units import conversion_factor

ROOM_TEMPERATURE_K = 298.0
_CELSIUS_ZERO_K = 273.15
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Printed(Model):
    """One printed value: the number, its unit, the text on the page, and what must be said about it."""

    value: float
    upper: float | None = None
    unit: str
    printed: str = Field(min_length=1)
    note: str = ""


def _unit_in(*allowed: str) -> AfterValidator:
    def check(value: Printed) -> Printed:
        if value.unit not in allowed:
            raise ValueError(f"unit {value.unit!r} does not fit here; allowed: {', '.join(allowed)}")
        if value.upper is not None and value.upper <= value.value:
            raise ValueError(f"the range {value.printed!r} ends at {value.upper}, not above {value.value}")
        return value

    return AfterValidator(check)


Conductivity = Annotated[Printed, _unit_in("S/cm")]
Energy = Annotated[Printed, _unit_in("eV")]
Temperature = Annotated[Printed, _unit_in("K", "degC")]
Duration = Annotated[Printed, _unit_in(*_SECONDS)]
Pressure = Annotated[Printed, _unit_in("GPa", "bar")]


class RawRow(Model):
    """What every written row has; ``citations`` overrules the works that the printed numbers stand for."""

    id: str = Field(min_length=1)
    formula: str = Field(min_length=1)
    references: tuple[int, ...] = Field(min_length=1)
    citations: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    series: Series | None = None
    reading: Literal["clear", "uncertain"] = "clear"
    remark: str = ""


class RawComposition(RawRow):
    """A written row of Table 1."""

    status: Literal["synthesised", "reportedly synthesised", "attempted", "predicted"]
    mentions: tuple[Mention, ...] = Field(min_length=1)


class RawSynthesis(RawRow):
    """A written row of Table 2."""

    form: str
    study: str
    reagents: tuple[str, ...] = Field(min_length=1)
    procedure: str
    temperature: tuple[Temperature, ...] = ()
    duration: tuple[Duration, ...] = ()
    pressure: Pressure | None = None
    atmosphere: str = ""
    remarks: str = ""


class RawConductivity(RawRow):
    """A written row of Table 4."""

    group: str
    printed_composition: str
    form: str = ""
    study: str
    kind: Kind
    method: Method
    carrier: str = ""
    phase: str = ""
    conductivity: Conductivity | None = None
    temperature: Temperature | Literal["RT"] | None = None
    activation_energy: Energy | None = None


def composition_row(raw: RawComposition, source: str) -> CompositionRow:
    """Turn a written row of Table 1 into an evidence row; raises DataError for an unknown reference."""
    return CompositionRow(**_common(raw), status=raw.status, mentions=raw.mentions)


def synthesis_row(raw: RawSynthesis, source: str) -> SynthesisRow:
    """Turn a written row of Table 2 into an evidence row; raises DataError for an unknown reference."""
    common = _common(raw)
    origin = _Origin(source, common["citations"])

    def all_of(values: tuple[Printed, ...]) -> tuple[Quantity, ...]:
        return tuple(end for value in values for end in _ends(value, "", origin) if end is not None)

    return SynthesisRow(
        **common,
        form=raw.form,
        reagents=raw.reagents,
        procedure=raw.procedure,
        temperature=all_of(raw.temperature),
        duration=all_of(raw.duration),
        pressure=all_of((raw.pressure,)) if raw.pressure else (),
        atmosphere=raw.atmosphere,
        remarks=raw.remarks,
        study=raw.study,
    )


def conductivity_row(raw: RawConductivity, source: str) -> ConductivityRow:
    """Turn a written row of Table 4 into an evidence row; raises DataError for an unknown reference."""
    common = _common(raw)
    origin = _Origin(source, common["citations"])

    def ends(value: Printed | None, how: str) -> tuple[Quantity | None, Quantity | None]:
        return _ends(value, how, origin) if value else (None, None)

    conductivity, conductivity_upper = ends(raw.conductivity, raw.method)
    energy, energy_upper = ends(raw.activation_energy, raw.method)
    room = raw.temperature == "RT"
    written = _ROOM if isinstance(raw.temperature, str) else raw.temperature
    return ConductivityRow(
        **common,
        printed_composition=raw.printed_composition,
        group=raw.group,
        form=raw.form,
        kind=raw.kind,
        method=raw.method,
        carrier=raw.carrier,
        conductivity=conductivity,
        conductivity_upper=conductivity_upper,
        temperature=ends(written, "")[0],
        room_temperature=room,
        activation_energy=energy,
        activation_energy_upper=energy_upper,
        phase=raw.phase,
        study=raw.study,
    )


_ROOM = Printed(value=ROOM_TEMPERATURE_K, unit="K", printed="RT", note="taken as 298 K")


def _common(raw: RawRow) -> dict[str, Any]:
    printed = [key_of_reference(number) for number in raw.references]
    keys = raw.citations or tuple(dict.fromkeys(printed))
    for key in keys:
        citation(key)
    return {
        "id": raw.id,
        "formula": raw.formula,
        "citations": keys,
        "printed_references": raw.references,
        "applies_to": raw.applies_to,
        "series": raw.series,
        "reading": raw.reading,
        "remark": raw.remark,
    }


class _Origin(NamedTuple):
    source: str
    citations: tuple[str, ...]


def _ends(value: Printed, how: str, origin: _Origin) -> tuple[Quantity, Quantity | None]:
    """The value, and the upper end where a range is printed."""
    if value.upper is None:
        return _quantity(value, value.value, how, origin), None
    lower = _quantity(value, value.value, how, origin, "lower end of the range")
    upper = _quantity(value, value.upper, how, origin, "upper end of the range")
    return lower, upper


def _quantity(printed: Printed, number: float, how: str, origin: _Origin, end: str = "") -> Quantity:
    about = "approximate" if "~" in printed.printed else ""
    words = [how, f"printed as {printed.printed}", end, about, printed.note, "no uncertainty printed"]
    value, unit = _internal(number, printed.unit)
    return Quantity(
        value=value,
        uncertainty=None,
        unit=unit,
        method="; ".join(word for word in words if word),
        source=origin.source,
        citations=origin.citations,
    )


def _internal(number: float, unit: str) -> tuple[float, str]:
    if unit == "degC":
        return round(number + _CELSIUS_ZERO_K, 6), "K"
    if unit in _SECONDS:
        return number * _SECONDS[unit], "s"
    if unit == "bar":
        return number * conversion_factor("bar", "GPa"), "GPa"
    return number, unit
