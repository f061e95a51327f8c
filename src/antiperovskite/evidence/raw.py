"""How a table is written in its data file, and how a written row becomes an evidence row.

A file names its table and source once; each value keeps its own unit and the text as printed. Units of the page
(°C, min, h, d) become K and s here.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, NonNegativeFloat

from antiperovskite._model import Model
from antiperovskite.citations import citation, key_of_reference
from antiperovskite.citations.catalogue import key_of_doi
from antiperovskite.errors import DataError, one_line
from antiperovskite.evidence.model import (
    CompositionRow,
    ConductivityRow,
    Kind,
    Mention,
    Method,
    RadiusRow,
    Series,
    Status,
    StructureRow,
    SynthesisRow,
)
from antiperovskite.quantity import Quantity
from antiperovskite.units import conversion_factor

ROOM_TEMPERATURE_K = 298.0
_CELSIUS_ZERO_K = 273.15
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Printed(Model):
    """One printed value: the number, its unit, the text on the page, and what must be said about it.

    ``printed`` may be left out for values that were never printed (a lab's own), and only those have an
    ``uncertainty`` (standard, in the same unit).
    """

    value: float
    upper: float | None = None
    uncertainty: NonNegativeFloat | None = None
    unit: str
    printed: str = ""
    note: str = ""


def _unit_in(*allowed: str) -> AfterValidator:
    def check(value: Printed) -> Printed:
        if value.unit not in allowed:
            raise ValueError(f"unit {value.unit!r} does not fit here; allowed: {', '.join(allowed)}")
        if value.upper is not None and value.upper <= value.value:
            raise ValueError(
                f"the range {value.printed or value.value!r} ends at {value.upper}, not above {value.value}"
            )
        # Every quantity of these tables is positive by nature, temperatures in K.
        if _internal(value.value, value.unit)[0] <= 0:
            raise ValueError(f"{value.value:g} {value.unit} is not a possible value here; it must be positive")
        return value

    return AfterValidator(check)


Conductivity = Annotated[Printed, _unit_in("S/cm")]
Energy = Annotated[Printed, _unit_in("eV")]
Length = Annotated[Printed, _unit_in("angstrom")]
Temperature = Annotated[Printed, _unit_in("K", "degC")]
Duration = Annotated[Printed, _unit_in(*_SECONDS)]
Pressure = Annotated[Printed, _unit_in("GPa", "bar")]


class RawRow(Model):
    """What every written row has.

    ``references`` are the numbers printed in the perspective; ``citations`` overrules the works they stand for and is
    all that a row of a lab's own file needs.
    """

    id: str = Field(min_length=1)
    formula: str = Field(min_length=1)
    references: tuple[int, ...] = ()
    citations: tuple[str, ...] = ()
    doi: str = Field(default="", description="in place of a citation key")
    applies_to: tuple[str, ...] = ()
    series: Series | None = None
    reading: Literal["clear", "uncertain"] = "clear"
    remark: str = ""


class RawComposition(RawRow):
    """A written row of Table 1: a composition."""

    kind: Literal["composition"] = "composition"
    status: Status
    against: str = ""
    mentions: tuple[Mention, ...] = ()


class RawRadius(RawRow):
    """A written row of Table 1: one line's ion, site, shape and radii."""

    kind: Literal["radii"]
    site: Literal["A", "B"]
    charge: int
    shape: str
    point_group: str
    shannon: Length | None = None
    closest_coordination: bool = False
    thermochemical: tuple[Length, ...] = Field(min_length=1)


class RawStructure(RawRow):
    """A written row of Table 3."""

    study: str = ""
    space_group: str = ""
    symmetry: str
    a: Length | None = None
    b: Length | None = None
    c: Length | None = None
    model_available: bool
    kind: Kind
    technique: str
    temperature: Temperature | None = None
    comments: str = ""


class RawSynthesis(RawRow):
    """A written row of Table 2."""

    form: str
    study: str = ""
    reagents: tuple[str, ...] = Field(min_length=1)
    procedure: str
    temperature: tuple[Temperature, ...] = ()
    duration: tuple[Duration, ...] = ()
    pressure: Pressure | None = None
    atmosphere: str = ""
    remarks: str = ""


class RawConductivity(RawRow):
    """A written row of Table 4."""

    group: str = ""
    printed_composition: str = ""
    form: str = ""
    study: str = ""
    kind: Kind
    method: Method
    carrier: str = ""
    phase: str = ""
    conductivity: Conductivity | None = None
    temperature: Temperature | Literal["RT"] | None = None
    activation_energy: Energy | None = None


def composition_row(raw: RawComposition, source: str) -> CompositionRow:
    """Turn a written row of Table 1 into an evidence row; raises DataError for an unknown reference."""
    return CompositionRow(**_common(raw), status=raw.status, against=raw.against, mentions=raw.mentions)


def radius_row(raw: RawRadius, source: str) -> RadiusRow:
    """Turn a written line of Table 1 into an evidence row; raises DataError for an unknown reference."""
    common = _common(raw)
    coordination = "six" if raw.site == "B" or raw.closest_coordination else "twelve"
    closest = ", the closest available to twelve" if raw.closest_coordination else ""
    shannon = raw.shannon and _quantity(
        raw.shannon,
        raw.shannon.value,
        f"Shannon effective ionic radius, {coordination}-coordinate{closest}",
        _Origin(source, ("shannon1976",)),
    )
    either = _Origin(source, ("roobottom1999", "jenkins1979"))
    how = "thermochemical radius; the table does not say from which of the two references"
    return RadiusRow(
        **common,
        site=raw.site,
        charge=raw.charge,
        shape=raw.shape,
        point_group=raw.point_group,
        shannon=shannon,
        closest_coordination=raw.closest_coordination,
        thermochemical=tuple(_quantity(value, value.value, how, either) for value in raw.thermochemical),
    )


def structure_row(raw: RawStructure, source: str) -> StructureRow:
    """Turn a written row of Table 3 into an evidence row; raises DataError for an unknown reference."""
    common = _common(raw)
    origin = _Origin(source, common["citations"])

    def one(value: Printed | None, how: str) -> Quantity | None:
        return None if value is None else _ends(value, how, origin)[0]

    return StructureRow(
        **common,
        study=raw.study or citation(common["citations"][0]).short,
        space_group=raw.space_group,
        symmetry=raw.symmetry,
        a=one(raw.a, raw.technique),
        b=one(raw.b, raw.technique),
        c=one(raw.c, raw.technique),
        model_available=raw.model_available,
        kind=raw.kind,
        technique=raw.technique,
        temperature=one(raw.temperature, ""),
        comments=raw.comments,
    )


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
        study=raw.study or citation(common["citations"][0]).short,
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
        printed_composition=raw.printed_composition or raw.formula,
        group=raw.group or raw.id,
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
        study=raw.study or citation(common["citations"][0]).short,
    )


_ROOM = Printed(value=ROOM_TEMPERATURE_K, unit="K", printed="RT", note="taken as 298 K")


def _common(raw: RawRow) -> dict[str, Any]:
    keys = _works(raw)
    return {
        "id": raw.id,
        "formula": raw.formula,
        # A row without a reference number was not read in the perspective but in the work it cites.
        "reported_in": "dawson2021" if raw.references else keys[0],
        "citations": keys,
        "printed_references": raw.references,
        "applies_to": raw.applies_to,
        "series": raw.series,
        "reading": raw.reading,
        "remark": raw.remark,
    }


def _works(raw: RawRow) -> tuple[str, ...]:
    """The keys of the works a row rests on, each known; raises DataError otherwise."""
    printed = [key_of_reference(number) for number in raw.references]
    keys = raw.citations or tuple(dict.fromkeys(printed))
    if raw.doi:
        check_doi(raw.doi)
        key = key_of_doi(raw.doi)
        if key is None:
            raise DataError(f"no known work has the DOI {raw.doi}; add it to the file's 'citations'")
        keys = tuple(dict.fromkeys((*keys, key)))
    if not keys:
        raise DataError("no citation is given; name the work in 'citations' (a key), 'doi' or 'references' (a number)")
    for key in keys:
        citation(key)
    return keys


def check_doi(doi: str) -> None:
    """Raise :class:`DataError` where the text cannot be a DOI (10.registrant/suffix)."""
    if re.fullmatch(r"10\.\d{4,9}/\S+", doi):
        return
    found = re.search(r"10\.\d{4,9}/\S+", doi)
    hint = f"; write it as {found.group()}" if found else ""
    raise DataError(f"{one_line(doi)!r} is not a DOI, which looks like 10.1021/ja305709z{hint}")


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
    text = f"printed as {printed.printed}" if printed.printed else f"given as {printed.value:g} {printed.unit}"
    unsure = "" if printed.uncertainty is not None else "no uncertainty printed"
    words = [how, text, end, about, printed.note, unsure]
    value, unit = _internal(number, printed.unit)
    size = _internal_size(printed.unit)
    return Quantity(
        value=value,
        uncertainty=None if printed.uncertainty is None else printed.uncertainty * size,
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


def _internal_size(unit: str) -> float:
    """How large one printed unit is in the unit kept; differences in °C are differences in K."""
    if unit == "bar":
        return conversion_factor("bar", "GPa")
    return _SECONDS.get(unit, 1.0)
