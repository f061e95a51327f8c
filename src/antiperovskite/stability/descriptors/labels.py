"""The labelled compositions: made, not made, disputed or only predicted, each with its source."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError

Status = Literal["made", "not made", "disputed", "predicted"]
Basis = Literal["synthesis", "attempted", "other structure", "stated", "computed"]
Trust = Literal["verified", "series", "unverified"]
Family = Literal["core", "silver", "alkaline earth", "cathode"]

_ALLOWED: dict[Status, frozenset[Basis]] = {
    "made": frozenset({"synthesis"}),
    "not made": frozenset({"attempted", "other structure", "stated"}),
    "disputed": frozenset({"stated", "attempted", "synthesis"}),
    "predicted": frozenset({"computed"}),
}


class Label(Model):
    """What the literature says about one composition.

    ``status`` is the label; ``basis`` what it rests on; ``trust`` is ``"verified"`` where the source was read and names
    the composition, ``"series"`` where it names the series or class the composition belongs to, ``"unverified"`` where
    it was only remembered. ``family`` is ``"core"`` (X = Li, Na, K) or a transfer family.
    """

    formula: str = Field(min_length=1)
    status: Status
    basis: Basis
    family: Family
    trust: Trust
    citations: tuple[str, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.basis not in _ALLOWED[self.status]:
            raise ValueError(
                f"{self.formula}: status {self.status!r} cannot rest on {self.basis!r}; allowed: "
                f"{', '.join(sorted(_ALLOWED[self.status]))}"
            )
        if self.status == "disputed" and not self.note:
            raise ValueError(f"{self.formula}: a disputed label needs a note that says who disagrees")
        return self


class LabelCount(Model):
    """How many compositions carry a status in a family, by trust."""

    family: Family
    status: Status
    n: int
    by_trust: dict[str, int]


class _File(Model):
    labels: tuple[Label, ...]


def read_labels(path: Path | Traversable) -> tuple[Label, ...]:
    """Read a file of labels.

    Raises
    ------
    DataError
        With file, entry and reason: a formula that does not resolve to X3BA, a source that is not in the catalogue, a
        composition labelled twice, a status that its basis cannot carry.
    """
    from antiperovskite.citations import citation
    from antiperovskite.composition import resolve
    from antiperovskite.errors import FormulaError

    labels = validate(read_yaml(path), _File, path).labels
    seen: dict[str, str] = {}
    for label in labels:
        try:
            formula = resolve(label.formula)
        except FormulaError as error:
            raise DataError(f"{path}: {label.formula}: {error}") from error
        if formula.framework != "3D":
            raise DataError(
                f"{path}: {label.formula}: the study is about X3BA; this has a {formula.framework} framework"
            )
        if formula.canonical in seen:
            raise DataError(f"{path}: {label.formula} is labelled twice (first as {seen[formula.canonical]})")
        seen[formula.canonical] = label.formula
        for key in label.citations:
            try:
                citation(key)
            except DataError as error:
                raise DataError(f"{path}: {label.formula}: {error}") from error
    return labels


@cache
def labels() -> tuple[Label, ...]:
    """Return the shipped labels.

    Examples
    --------
    >>> next(label.status for label in labels() if label.formula == "Na3OCl")
    'made'
    """
    return read_labels(package_data("stability/descriptors", "labels.yaml"))


def count_labels(entries: tuple[Label, ...]) -> tuple[LabelCount, ...]:
    """Count compositions by family and status, with the trust of each count."""
    groups: dict[tuple[Family, Status], Counter[str]] = {}
    for label in entries:
        groups.setdefault((label.family, label.status), Counter())[label.trust] += 1
    return tuple(
        LabelCount(family=family, status=status, n=sum(trusts.values()), by_trust=dict(sorted(trusts.items())))
        for (family, status), trusts in sorted(groups.items())
    )
