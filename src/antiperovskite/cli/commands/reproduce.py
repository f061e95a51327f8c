"""``antiperovskite reproduce``: the scorecard."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.scorecard import Outcome, Scorecard

EXAMPLES = (
    "Examples:  antiperovskite reproduce --claims capacity   |   "
    "antiperovskite reproduce --claims 's2-*' --out scorecard.html   |   antiperovskite reproduce --json > claims.json"
)


def reproduce(
    claims: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="Part of an id, subject or property, or a pattern with * and ?."),
    ] = None,
    depth: Annotated[str, typer.Option(help="quick, standard or deep, as for assess.")] = "quick",
    engine: Annotated[str, typer.Option("--engine", "-e", help="See: antiperovskite engines list")] = "7net-0",
    store: Annotated[Path | None, typer.Option(help="SQLite file that keeps finished steps.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write one offline HTML page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one entry a claim, on stdout.")] = False,
) -> None:
    """Compare the literature's claims with what this program computes: reproduced, contradicted, not computable.

    A contradicted claim is a result, not a failure. Claims that nothing here can compute yet are counted, not hidden.
    Formulas are assessed once; the same command again reuses them. Exit code 3 means that some check could not be
    computed for a technical reason: an engine is missing, or a calculation failed.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError
    from antiperovskite.scorecard import reproduce as run
    from antiperovskite.store import ResultStore, default_store_path

    limit_threads()
    if out is not None:
        if out.is_dir():
            raise OptionError(f"--out {str(out)!r} is a directory; give the name of an HTML file")
        check_writable(out.parent)
    results = ResultStore(store or default_store_path())
    try:
        with step_progress() as progress:
            card = run(claims, depth=depth, engine=engine, store=results, progress=progress)
    finally:
        results.close()
    if out is not None:
        from antiperovskite.report.scorecard_page import write_scorecard

        write_scorecard(card, out)
        print_note(f"page: {out}")
    if json:
        print_json(card.outcomes)
    else:
        _print(card)
    for outcome in card.failures:
        print_note(f"not done: {outcome.id}: {outcome.reason}")
    if card.failures:
        raise typer.Exit(code=3)


def _print(card: Scorecard) -> None:
    from antiperovskite.cli.output import print_note, print_table

    judged = [outcome for outcome in card.outcomes if outcome.verdict != "not computable"]
    if judged:
        columns = ["verdict", "claim", "what", "claimed", "computed", "z"]
        print_table(f"Scorecard, engine {card.engine}, depth {card.depth}", columns, [_row(item) for item in judged])
        for outcome in judged:
            if outcome.verdict == "contradicted":
                doubt = f"; the claim is {outcome.standing}: {outcome.likely_reason}" if outcome.likely_reason else ""
                print_note(f"contradicted: {outcome.id}: {outcome.reason}{doubt}")
    rest = [outcome for outcome in card.outcomes if outcome.cause in ("not defined", "needs depth", "withheld")]
    for outcome in rest:
        print_note(f"not computable: {outcome.id}: {outcome.reason}")
    print_table(f"{len(card.outcomes)} claims", ["verdict", "claims", "of which"], _counts(card))


def _counts(card: Scorecard) -> list[list[str]]:
    rows = []
    for verdict, number in card.counts.items():
        causes = Counter(item.cause for item in card.outcomes if item.verdict == verdict and item.cause)
        close = sum(item.robust is False for item in card.outcomes if item.verdict == verdict)
        parts = [f"{count} {cause}" for cause, count in causes.most_common()]
        judged = verdict != "not computable"
        without = sum(item.engine is None for item in card.outcomes if judged and item.verdict == verdict)
        if without:
            parts.append(f"{without} without an engine")
        if close:
            parts.append(f"{close} within one standard uncertainty of the other verdict")
        rows.append([verdict, str(number), ", ".join(parts)])
    return rows


def _row(outcome: Outcome) -> list[str]:
    z = "–" if outcome.z is None else f"{outcome.z:+.1f}"
    what = f"{outcome.subject}: {outcome.property}"
    return [outcome.verdict, outcome.id, what, claimed_text(outcome), str(outcome.computed), z]


def claimed_text(outcome: Outcome) -> str:
    """The claimed value with the sense of the comparison: ``> 0 eV``, ``3.90 to 3.92 Å``, ``'Pm-3m'``."""
    if isinstance(outcome.claimed, str):
        return outcome.claimed
    text = str(outcome.claimed)
    if outcome.claimed_upper is not None:
        text = f"{outcome.claimed.value:.4g} to {outcome.claimed_upper}"
    sign = {"less": "< ", "greater": "> ", "sign": "sign of "}.get(outcome.agreement or "", "")
    return f"{sign}{text}"
