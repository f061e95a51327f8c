"""``antiperovskite dft``: density-functional theory as the judge of the machine-learned engines."""

from __future__ import annotations

from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Density-functional theory as the judge: shipped reaction energies, the engines beside them, reruns.",
    no_args_is_help=True,
)

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("check", epilog="Example:  antiperovskite dft check --json")
def check(json: _JSON = False) -> None:
    """Say whether GPAW is installed so that it computes, and what is wrong if not (runs a calculation of seconds)."""
    from antiperovskite.cli.output import print_json, print_note, print_table
    from antiperovskite.engines.gpaw_check import check_installation
    from antiperovskite.engines.threads import limit_threads

    limit_threads()
    result = check_installation()
    if json:
        print_json(result)
    else:
        rows = [["yes" if r.fulfilled else "NO", r.name, r.found] for r in result.requirements]
        print_table("GPAW", ["there", "needed", "found"], rows)
        for requirement in result.requirements:
            if requirement.remedy:
                print_note(f"{requirement.name}: {requirement.remedy}")
        print_note("GPAW works here" if result.works else "GPAW does not work here; everything else does without it")
    if not result.works:
        raise typer.Exit(code=1)


@app.command("compare", epilog="Example:  antiperovskite dft compare --json")
def compare(json: _JSON = False) -> None:
    """Show each engine's reaction energies beside DFT's (shipped results; GPAW is not needed)."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.stability.dft import compare as compare_engines

    result = compare_engines()
    if json:
        print_json(result)
        return
    _print_comparison(result)
    print_note(f"DFT: {result.engine.version}; {result.settings}")
    for note in dict.fromkeys(r.geometry for r in result.reactions):
        print_note(f"geometry: {note}")
    for found in result.checks:
        change = 1000 * (found.energy - found.shipped_settings)
        print_note(f"numerical test, {found.reaction}: {found.change}: {change:+.2f} meV")
    if result.not_computed:
        print_note(f"planned but not computed: {', '.join(result.not_computed)}")


def _print_comparison(result: Any) -> None:
    from antiperovskite.cli.output import print_table

    engines = [found.engine for found in result.agreement]
    rows = [
        [r.key, r.equation, _number(r.energy.value), *(_beside(r.by_engine[name], r.energy) for name in engines)]
        for r in result.reactions
    ]
    print_table(
        "Reaction energies, meV as written, static at 0 K; engines: value (difference to DFT)",
        ["name", "reaction", "DFT", *engines],
        rows,
    )
    print_table(
        "Engine minus DFT, meV",
        ["engine", "reactions", "mean", "rms", "same sign", "largest for"],
        [
            [a.engine, str(a.reactions), str(a.mean_difference), str(a.rms_difference), f"{a.same_sign}", a.largest]
            for a in result.agreement
        ],
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:+.0f}"


def _beside(own: Any, judge: Any) -> str:
    if own.value is None or judge.value is None:
        return "not computed"
    return f"{own.value:+.0f} ({own.value - judge.value:+.0f})"


@app.command("run", epilog="Example:  antiperovskite dft run Li3OCl-formation")
def run(
    reaction: Annotated[str, typer.Argument(help="Name of a reaction; see: antiperovskite dft compare")],
    relax: Annotated[
        bool, typer.Option("--relax", help="Relax again from the machine-learned geometry (minutes to hours).")
    ] = False,
    json: _JSON = False,
) -> None:
    """Compute a shipped reaction again with GPAW and compare; ends with exit code 1 if it differs by over 5 meV."""
    from antiperovskite.cli.output import print_json, print_note, print_table
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.stability.dft.rerun import rerun

    limit_threads()
    with step_progress() as report:
        result = rerun(reaction, relax=relax, report=report)
    if json:
        print_json(result)
    else:
        rows = [[p.name, f"{p.shipped:.5f}", f"{p.rerun:.5f}", f"{p.seconds:.0f}"] for p in result.phases]
        print_table(result.equation, ["phase", "shipped, eV/f.u.", "rerun, eV/f.u.", "s"], rows)
        verdict = "reproduces" if result.reproduces else "DOES NOT reproduce"
        print_note(
            f"{result.equation}: shipped {result.shipped.value:.1f} meV, rerun {result.rerun.value:.1f} meV; "
            f"{verdict} within {result.tolerance:g} meV ({result.code}; shipped {result.shipped_code})"
        )
    if not result.reproduces:
        raise typer.Exit(code=1)
