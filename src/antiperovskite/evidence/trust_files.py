"""Reading the trust rules and a user's overrides, with errors that name file, entry and reason."""

from __future__ import annotations

from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import Field

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.citations import citation
from antiperovskite.errors import DataError, best_match, one_line
from antiperovskite.evidence.tables import conductivities, syntheses
from antiperovskite.evidence.trust_facts import DETECTED, KNOWN_ELSEWHERE
from antiperovskite.evidence.trust_model import FactOverride, Overrides, PointsOverride, RowOverride, TrustRules


class _OverrideFile(Model):
    verdicts: list[dict[str, Any]] = Field(default_factory=list)
    points: list[dict[str, Any]] = Field(default_factory=list)
    facts: list[dict[str, Any]] = Field(default_factory=list)


def read_trust_rules(path: Path | Traversable) -> TrustRules:
    """Read a rules file.

    Raises
    ------
    DataError
        With file and reason: a duplicate rule, a fact that no rule takes up or that nothing can find, an unknown
        citation.
    """
    rules = validate(read_yaml(path), TrustRules, path)
    names = [rule.id for rule in rules.rules]
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path}: rule {name!r} is given twice")
        if name not in DETECTED | KNOWN_ELSEWHERE:
            raise DataError(f"{path}: rule {name!r} has no fact of that name that could make it fire")
    missing = sorted((DETECTED | KNOWN_ELSEWHERE) - set(names))
    if missing:
        raise DataError(f"{path}: no rule takes up the fact {missing[0]!r}")
    for number, entry in enumerate(rules.studies, start=1):
        if entry.fact not in names:
            raise DataError(f"{path}: studies, entry {number}: no rule is called {entry.fact!r}")
    keys = [key for rule in rules.rules for key in rule.citations]
    keys += [key for entry in rules.studies for key in (entry.study, *entry.citations)]
    for key in keys:
        try:
            citation(key)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error
    return rules


@cache
def trust_rules() -> TrustRules:
    """Return the shipped rules."""
    return read_trust_rules(package_data("evidence", "trust_rules.yaml"))


def read_overrides(path: Path) -> Overrides:
    """Read a user's overrides: YAML with lists ``verdicts``, ``points`` and ``facts``, each entry with a ``reason``.

    Raises
    ------
    DataError
        With file, entry and reason: an unknown row, rule or verdict, no reason, the same thing overridden twice.
    """
    file = validate(read_yaml(path) or {}, _OverrideFile, path)

    def entries(name: str, kind: type[Any], written: list[dict[str, Any]]) -> tuple[Any, ...]:
        return tuple(
            validate(entry, kind, f"{path}: {name}, entry {number}") for number, entry in enumerate(written, start=1)
        )

    overrides = Overrides(
        verdicts=entries("verdicts", RowOverride, file.verdicts),
        points=entries("points", PointsOverride, file.points),
        facts=entries("facts", FactOverride, file.facts),
    )
    _check_names(overrides, path)
    return overrides


def _check_names(overrides: Overrides, path: Path) -> None:
    rows = [row.id for row in (*syntheses(), *conductivities())]
    weighted = [rule.id for rule in trust_rules().rules if rule.points]
    askable = [rule.id for rule in trust_rules().rules if rule.direction != "not applicable"]
    seen: set[tuple[str, ...]] = set()

    def check(place: str, kind: str, name: str, known: list[str], key: tuple[str, ...]) -> None:
        if name not in known:
            hint = best_match(name, known) or f"; known are {', '.join(known[:4])}, ..."
            raise DataError(f"{path}: {place}: unknown {kind} {one_line(name)!r}{hint}")
        if key in seen:
            raise DataError(f"{path}: {place}: {kind} {name!r} is overridden twice; keep one entry")
        seen.add(key)

    for number, verdict in enumerate(overrides.verdicts, start=1):
        check(f"verdicts, entry {number}", "row", verdict.row, rows, ("verdict", verdict.row))
    for number, weight in enumerate(overrides.points, start=1):
        check(f"points, entry {number}", "rule", weight.rule, weighted, ("points", weight.rule))
    for number, fact in enumerate(overrides.facts, start=1):
        place = f"facts, entry {number}"
        check(place, "row", fact.row, rows, ("fact", fact.row, fact.fact))
        check(place, "fact", fact.fact, askable, ("fact name", fact.row, fact.fact))
