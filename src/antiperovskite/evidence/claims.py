"""Claims: checkable statements of the literature, each with its value, conditions, reference and standing.

A claim says what somebody stated, never what this program found. ``check`` names the capability that can test it and
how agreement is judged; the scorecard (:mod:`antiperovskite.scorecard`) calls it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.citations import citation
from antiperovskite.errors import DataError
from antiperovskite.quantity import Quantity
from antiperovskite.units import UNITS

Standing = Literal["accepted", "disputed", "doubtful", "not reproduced", "predicted only", "open question"]
"""How the field judges the claim, as its source says (not this program's opinion)."""

ClaimMethod = Literal[
    "diffraction",
    "impedance",
    "NMR",
    "calorimetry",
    "spectroscopy",
    "electrochemistry",
    "synthesis",
    "DFT",
    "AIMD",
    "classical MD",
    "machine-learned MD",
    "NEB",
    "tolerance factor",
    "review",
    "experiment (unspecified)",
    "modelling (unspecified)",
    "not stated",
]

Agreement = Literal["within", "sign", "less", "greater", "equals"]


class Check(Model):
    """How a claim can be tested: a capability of this program, its arguments, and what counts as agreement.

    ``agreement``: ``"within"`` needs ``tolerance`` (``relative`` or in the claim's unit), ``"sign"`` compares the
    sign of the computed value with that of the claim, ``"less"`` and ``"greater"`` compare the computed value with the
    claim's, ``"equals"`` compares words. The reason for the tolerance stands in ``why``.
    """

    capability: str = Field(min_length=1)
    arguments: dict[str, str | float | int | bool] = Field(default_factory=dict)
    agreement: Agreement
    tolerance: PositiveFloat | None = None
    relative: bool = False
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _tolerance_where_needed(self) -> Self:
        if (self.agreement == "within") != (self.tolerance is not None):
            raise ValueError("agreement 'within' needs a tolerance, the others take none")
        return self


class Statement(Model):
    """What a claim is before its number is read: the same in the data file and in the program."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    section: str = Field(min_length=1, description="section of the perspective, or the citation key of a later work")
    subject: str = Field(min_length=1)
    formulas: tuple[str, ...] = Field(default=(), description="formulas the claim concerns, each resolvable")
    property: str = Field(min_length=1)
    statement: str = Field(min_length=1, description="one sentence in our words, faithful to the source")
    words: str = Field(
        default="", description="the claimed outcome where it is a word: a space group, yes, no, vacancy"
    )
    conditions: str = ""
    method: ClaimMethod
    citations: tuple[str, ...] = Field(min_length=1)
    standing: Standing
    standing_reason: str = ""
    reading: Literal["clear", "uncertain"] = "clear"
    contradicts: tuple[str, ...] = ()
    check: Check | None = None


class Claim(Statement):
    """One statement. ``value`` is null where the statement is in words; then ``words`` is the claimed outcome."""

    value: Quantity | None = None
    value_upper: Quantity | None = None
    printed: str = Field(default="", description="the value as its source prints it, with any > or ~")


class _RawValue(Model):
    value: float
    upper: float | None = None
    unit: str
    printed: str = Field(min_length=1)


class _RawClaim(Statement):
    value: _RawValue | None = None


class _ClaimFile(Model):
    source: str
    claims: list[dict[str, Any]]


CLAIM_FILES: Final = ("claims_sections_2_to_5.yaml", "claims_sections_6_to_9.yaml", "claims_since_2021.yaml")


def read_claims(path: Any) -> tuple[Claim, ...]:
    """Read one file of claims.

    Raises
    ------
    DataError
        With file, claim and reason.
    """
    file = validate(read_yaml(path), _ClaimFile, path)
    claims: list[Claim] = []
    for number, entry in enumerate(file.claims, start=1):
        origin = f"{path}, claim {entry.get('id', number)}"
        claims.append(_claim(validate(entry, _RawClaim, origin), file.source, origin))
    return tuple(claims)


def _claim(raw: _RawClaim, source: str, origin: str) -> Claim:
    for key in raw.citations:
        try:
            citation(key)
        except DataError as error:
            raise DataError(f"{origin}: {error}") from error
    if raw.value is None and not raw.words:
        raise DataError(f"{origin}: needs a value, or the claimed outcome in 'words'")
    low, high = _quantities(raw, source, origin)
    fields = raw.model_dump(exclude={"value"})
    return Claim(**fields, value=low, value_upper=high, printed=raw.value.printed if raw.value else "")


def _quantities(raw: _RawClaim, source: str, origin: str) -> tuple[Quantity | None, Quantity | None]:
    if raw.value is None:
        return None, None
    if raw.value.unit not in UNITS:
        raise DataError(f"{origin}: unknown unit {raw.value.unit!r}; known units: {', '.join(UNITS)}")

    def quantity(number: float) -> Quantity:
        return Quantity(
            value=number,
            uncertainty=None,
            unit=raw.value.unit if raw.value else "1",
            method=f"{raw.method}; printed as {raw.value.printed if raw.value else ''!r}; no uncertainty printed",
            source=f"{source}, {'section ' if raw.section[0].isdigit() else ''}{raw.section}",
            citations=raw.citations,
        )

    upper = raw.value.upper
    return quantity(raw.value.value), None if upper is None else quantity(upper)


@cache
def claims() -> tuple[Claim, ...]:
    """Return every shipped claim.

    Raises
    ------
    DataError
        Two claims share an id, or one contradicts a claim that does not exist.
    """
    paths = [package_data("evidence", name) for name in CLAIM_FILES]
    found = [claim for path in paths if path.is_file() for claim in read_claims(path)]
    known = {claim.id for claim in found}
    if len(known) != len(found):
        twice = sorted({c.id for c in found if [d.id for d in found].count(c.id) > 1})
        raise DataError(f"claims: the id {twice[0]!r} is given twice")
    for claim in found:
        missing = sorted(set(claim.contradicts) - known)
        if missing:
            raise DataError(f"claims: {claim.id} contradicts {missing[0]!r}, which does not exist")
    return tuple(found)
