"""``antiperovskite assess``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "Examples:  antiperovskite assess Li2OHCl   |   antiperovskite assess Li3OCl Na3OCl --out reports --json   |   "
    "antiperovskite assess Na3OBH4 --depth standard"
)


def assess(
    formulas: Annotated[list[str], typer.Argument(metavar="FORMULA...", help="One or more formulas, e.g. Li2OHCl.")],
    depth: Annotated[
        str,
        typer.Option(
            help="quick (about a minute each), standard, or deep (also molecular dynamics, barriers, defects: hours)."
        ),
    ] = "quick",
    out: Annotated[Path, typer.Option(help="Directory for the report.")] = Path("reports"),
    engine: Annotated[str, typer.Option("--engine", "-e", help="See: antiperovskite engines list")] = "7net-0",
    compute: Annotated[
        str,
        typer.Option(
            metavar="PARTS",
            help="Compute migration, defects or migration,defects with --engine where nothing is shipped; hours with a "
            "slow one. Depth deep does so with a distilled potential, where there is one.",
        ),
    ] = "",
    store: Annotated[Path | None, typer.Option(help="SQLite file that keeps finished steps.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the assessments as JSON on stdout.")] = False,
) -> None:
    """Assess formulas: sites, structure, stability, patterns, literature, verdicts, in one offline HTML report.

    Finished steps are kept; the same command again reuses them. Exit code 3 means that some step could not be done:
    the report says which and why.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.assessment import assess as run
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.report import write_report
    from antiperovskite.store import ResultStore, default_store_path

    limit_threads()
    parts = [part.strip() for part in compute.split(",") if part.strip()]
    check_writable(out)
    results = ResultStore(store or default_store_path())
    try:
        with step_progress() as progress:
            assessments = run(formulas, depth=depth, engine=engine, store=results, progress=progress, compute=parts)
            progress("report", "writing the page")
            path = out / report_name([item.formula for item in assessments])
            assessments = [item.model_copy(update={"report": str(path)}) for item in assessments]
            write_report(assessments, path)
    finally:
        results.close()
    if json:
        print_json({"assessments": assessments})
    else:
        _print_summary(assessments)
    print_note(f"report: {path}")
    failures = [(item.formula, failure) for item in assessments for failure in item.failures]
    for formula, failure in failures:
        print_note(f"not done: {formula}: {failure.step}: {failure.reason}")
    if failures:
        raise typer.Exit(code=3)


def report_name(formulas: list[str]) -> str:
    """File name of a report: the formulas, kept short and safe for any file system."""
    import re
    from hashlib import sha256

    joined = "_".join(re.sub(r"[^A-Za-z0-9.]+", "-", formula).strip("-") for formula in formulas)
    if len(joined) > 80:
        joined = f"{joined[:60]}-{sha256(joined.encode()).hexdigest()[:8]}"
    return f"{joined}.html"


def _print_summary(assessments: list) -> None:  # type: ignore[type-arg]
    from antiperovskite.cli.output import print_table

    for item in assessments:
        rows = [[v.answer, v.question, v.headline] for v in item.verdicts]
        print_table(f"{item.formula} ({item.sites.family}), engine {item.engine}", ["answer", "question", "why"], rows)
        numbers = [[name, str(q)] for name, q in item.quantities.items() if not name.startswith("visibility")]
        print_table("", ["quantity", "value"], numbers)
