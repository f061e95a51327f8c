"""One line of the scorecard, and the scorecard."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.evidence.claims import Agreement, ClaimMethod, Standing
from antiperovskite.quantity import Quantity

Verdict = Literal["reproduced", "contradicted", "not computable"]
VERDICTS: Final[tuple[Verdict, ...]] = ("reproduced", "contradicted", "not computable")

Cause = Literal["no check", "not defined", "needs depth", "withheld", "failed"]
"""Why a claim is not computable: it names no check; the quantity is not defined or its references are missing; only a
greater depth could answer; the engine may not draw verdicts from energies; or the calculation failed for a technical
reason."""


class Outcome(Model):
    """One claim beside what was computed for it. JSON contract of one entry of ``antiperovskite reproduce --json``.

    ``computed`` is null where nothing was computed; ``reason`` then says why. ``accepted_from`` and ``accepted_to``
    bound what counts as agreement, in the unit of ``claimed``. ``z`` is the distance of the computed value from the
    claim (from the nearest end of a range; from the limit for ``less``, ``greater`` and ``sign``) in combined standard
    uncertainties. ``robust`` says whether the verdict stays the same anywhere within one standard uncertainty.
    """

    id: str
    claimed: Quantity | str
    claimed_upper: Quantity | None = None
    computed: Quantity | str | None
    verdict: Verdict
    reason: str = Field(min_length=1, description="how the verdict came about, in one sentence")
    cause: Cause | None = Field(default=None, description="set where the verdict is 'not computable'")
    statement: str
    subject: str
    property: str
    section: str
    conditions: str = ""
    method: ClaimMethod
    standing: Standing
    standing_reason: str = Field(default="", description="why the field judges the claim so, if its source says")
    likely_reason: str = Field(default="", description="why a contradicted claim was doubted before, if it was")
    reading: Literal["clear", "uncertain"] = "clear"
    contradicts: tuple[str, ...] = ()
    capability: str | None = None
    arguments: dict[str, str | float | int | bool] = Field(default_factory=dict)
    agreement: Agreement | None = None
    tolerance: float | None = Field(default=None, description="a fraction if `relative`, else in the unit of `claimed`")
    relative: bool = False
    why: str = Field(default="", description="why this check and this tolerance")
    caveat: str = Field(default="", description="what agreement of this kind is worth, from the capability")
    accepted_from: float | None = None
    accepted_to: float | None = None
    z: float | None = None
    robust: bool | None = None
    engine: str | None = Field(default=None, description="null where the check needs no engine")
    citations: tuple[str, ...]
    references: tuple[str, ...]


class Scorecard(Model):
    """Every selected claim with its outcome, in the order of the data files."""

    engine: str
    depth: str
    engine_notes: tuple[str, ...] = ()
    pattern: str | None = None
    outcomes: tuple[Outcome, ...]
    version: str

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many claims have each verdict."""
        found = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Checks that could not be computed for a technical reason, unlike claims that name no check."""
        return tuple(outcome for outcome in self.outcomes if outcome.cause == "failed")
