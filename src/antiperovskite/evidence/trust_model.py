"""Records of the trust rules: the rules themselves, what fired, the verdict, and a user's overrides."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, field_validator, model_validator

from antiperovskite._model import Model
from antiperovskite.errors import UnitError
from antiperovskite.quantity import Quantity
from antiperovskite.units import check_unit, conversion_factor

TrustAnswer = Literal["probably dry", "probably hydrated", "uncertain", "not applicable"]

Direction = Literal["dry", "hydrated", "neutral", "not applicable"]


class TrustRule(Model):
    """One rule: what must hold, which way it points and how strongly, and why.

    ``id`` is also the name of the fact that makes it fire (:mod:`antiperovskite.evidence.trust_facts`). ``points``
    is judgement: 1 a hint, 2 a clear sign, 3 enough on its own. ``formulas`` limits the rule to these compounds.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    direction: Direction
    points: NonNegativeInt = Field(le=3)
    text: str = Field(min_length=1)
    argument: str = Field(min_length=1)
    formulas: tuple[str, ...] = ()
    citations: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _points_have_a_direction(self) -> Self:
        if (self.points > 0) != (self.direction in ("dry", "hydrated")):
            raise ValueError(f"{self.points} points do not fit the direction {self.direction!r}")
        return self

    @property
    def signed(self) -> int:
        """Points for dryness: positive for dry, negative for hydrated."""
        return -self.points if self.direction == "hydrated" else self.points


class StudyFact(Model):
    """Something known of a study's samples that the tables do not print, and where it is said."""

    study: str = Field(description="citation key")
    formulas: tuple[str, ...] = Field(default=(), description="only these compounds of the study; empty: all")
    fact: str
    evidence: str = Field(min_length=1)
    citations: tuple[str, ...] = ()


class Limits(Model):
    """Points from which on a verdict is drawn."""

    dry: int = Field(gt=0)
    hydrated: int = Field(lt=0)
    why: str = Field(min_length=1)


class Value(Model):
    """A number of the rules file with its unit."""

    value: float
    unit: str
    printed: str = ""

    def magnitude(self, unit: str) -> float:
        """Return the bare number in ``unit``."""
        return self.value * conversion_factor(self.unit, unit)

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        try:
            return check_unit(unit)
        except UnitError as error:
            raise ValueError(str(error)) from error


class ConductivityLimit(Model):
    """What the dry phase can conduct: a vacancy barrier and the fraction of empty sites that is still credible."""

    vacancy_fraction: PositiveFloat = Field(lt=1)
    vacancy_barrier: Value
    lattice_a: Value
    citations: tuple[str, ...]
    why: str


class ConductivityJump(Model):
    """The window and the steepness by which a transition of the hydroxide is recognised."""

    minimum: Value
    maximum: Value
    apparent_energy: Value
    citations: tuple[str, ...]
    why: str


class ComputedLimits(Model):
    """The hydration energy below which a phase counts as strongly hygroscopic."""

    hydration_energy: Value
    why: str


class TrustRules(Model):
    """The whole rules file."""

    source: str
    limits: Limits
    conductivity_limit: ConductivityLimit
    conductivity_jump: ConductivityJump
    computed_limits: ComputedLimits
    rules: tuple[TrustRule, ...]
    studies: tuple[StudyFact, ...]

    def rule(self, name: str) -> TrustRule:
        """Return one rule by its id."""
        return next(rule for rule in self.rules if rule.id == name)


class DryPhaseNumbers(Model):
    """Computed numbers of a dry phase, handed in by whoever computed them; this room computes none.

    ``energy_above_hull`` per atom, ``hydration_energy`` per water molecule (negative: takes up water).
    """

    formula: str
    energy_above_hull: Quantity
    hydration_energy: Quantity


class RowOverride(Model):
    """A user's own verdict on one row."""

    row: str
    verdict: TrustAnswer
    reason: str = Field(min_length=1)


class PointsOverride(Model):
    """A user's own weight of one rule (its direction stays)."""

    rule: str
    points: NonNegativeInt = Field(le=3)
    reason: str = Field(min_length=1)


class FactOverride(Model):
    """Something the user knows of one row's sample, or denies of it (``holds: false``)."""

    row: str
    fact: str
    holds: bool = True
    reason: str = Field(min_length=1)


class Overrides(Model):
    """What a user changes: verdicts of rows, points of rules, facts about samples; each with a reason."""

    verdicts: tuple[RowOverride, ...] = ()
    points: tuple[PointsOverride, ...] = ()
    facts: tuple[FactOverride, ...] = ()


class FiredRule(Model):
    """A rule that fired for a row. ``points`` is signed: positive speaks for a dry sample."""

    id: str
    direction: Direction
    points: int
    text: str
    argument: str
    evidence: str = Field(description="what in the row, its route or its study made the rule fire")
    citations: tuple[str, ...]


class TrustVerdict(Model):
    """Whether the sample of one row is dry, with every rule that fired. JSON contract of ``evidence trust --json``.

    ``points`` is their sum (null where the question does not arise); a judgement, not a probability. Where a user
    overrode the verdict, ``overridden`` is the verdict of the rules and ``argument`` the user's reason.
    """

    row: str
    table: Literal[2, 4]
    formula: str
    study: str
    verdict: TrustAnswer
    points: int | None
    argument: str = Field(min_length=1, description="the verdict's reasons in one line")
    rules: tuple[FiredRule, ...] = Field(min_length=1)
    routes: tuple[str, ...] = Field(default=(), description="rows of Table 2 whose route was taken for this sample")
    overridden: TrustAnswer | None = None
    citations: tuple[str, ...]
