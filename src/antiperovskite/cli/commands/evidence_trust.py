"""``antiperovskite evidence trust``: is a sample called Li3OCl really dry?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.evidence.trust import TrustVerdict

EXAMPLES = "Example:  antiperovskite evidence trust --formula Li3OCl --table 2"


def trust(
    formula: Annotated[str | None, typer.Option("--formula", "-f", help="Only rows that concern this formula.")] = None,
    number: Annotated[
        int | None, typer.Option("--table", "-t", help="2: synthesis routes, 4: conductivities; both by default.")
    ] = None,
    overrides: Annotated[
        Path | None,
        typer.Option("--overrides", help="YAML with your own verdicts, points and facts, each with a reason."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Judge whether the samples behind published routes and conductivities are free of water.

    Every verdict names the rules that fired and their points (positive speaks for a dry sample). Points are judgement,
    not probability; --json gives each rule's argument, evidence and sources. An overrides file has lists "verdicts"
    (row, verdict, reason), "points" (rule, points, reason) and "facts" (row, fact, holds, reason).
    """
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.evidence.trust import JUDGED_TABLES, read_overrides, trust_report

    own = read_overrides(overrides) if overrides else None
    verdicts = trust_report(formula, JUDGED_TABLES if number is None else (number,), own)
    if as_json:
        print_json(list(verdicts))
        return
    if not verdicts:
        print_note(f"no route or conductivity concerns {formula}" if formula else "no rows")
        return
    _print(verdicts)


def _print(verdicts: tuple[TrustVerdict, ...]) -> None:
    from antiperovskite.cli.output import print_note

    judged = [verdict for verdict in verdicts if verdict.verdict != "not applicable"]
    if judged:
        typer.echo("\n\n".join(_entry(verdict) for verdict in judged))
    counts = ", ".join(
        f"{sum(verdict.verdict == answer for verdict in verdicts)} {answer}"
        for answer in ("probably dry", "uncertain", "probably hydrated")
    )
    print_note(f"{len(verdicts)} rows: {counts}")
    if len(judged) < len(verdicts):
        print_note(f"not shown: {len(verdicts) - len(judged)} hydrated by formula, or modelled; --json has them")


def _entry(verdict: TrustVerdict) -> str:
    """One verdict as a short paragraph: a table of reasons would be too wide for any terminal."""
    from antiperovskite.citations import citation

    points = "" if verdict.points is None else f" ({verdict.points:+d})"
    head = f"{verdict.row}  {verdict.formula}, {citation(verdict.citations[0]).short}: {verdict.verdict}{points}"
    lines = [head]
    if verdict.overridden is not None:
        lines.append(f"   set by you, the rules say {verdict.overridden}: {verdict.argument}")
    lines += [f"  {rule.points:+d}  {rule.text} [{rule.evidence}]" for rule in verdict.rules]
    return "\n".join(lines)
