"""``antiperovskite carriers``: from barriers over trapping and walks to conductivity, beside molecular dynamics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.carriers.balance import CarrierBalance
    from antiperovskite.carriers.model import CarrierStudy

EXAMPLES = (
    "Example:  antiperovskite carriers Li3OCl --shipped --html carriers.html   "
    "Computed again, resumable:  antiperovskite carriers Li3OCl --engine lammps:Li3OCl --temperatures 800..1100/100 "
    "--mean-force 1100 --out Li3OCl-carriers   Who carries the current:  antiperovskite carriers Li3OCl --shipped "
    "--concentrations concentrations.json --hops migration.json"
)


def carriers(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="Such as Li3OCl.")],
    *,
    shipped: Annotated[bool, typer.Option("--shipped", help="Show what comes with the package.")] = False,
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="That of the molecular dynamics it stands beside.")
    ] = None,
    temperatures: Annotated[
        str | None,
        typer.Option("--temperatures", "-T", help="K: 800..1100/100. Default: those of the shipped dynamics."),
    ] = None,
    vacancies: Annotated[
        float | None, typer.Option(help="Fraction of the cation sites. Default: that of the shipped dynamics.")
    ] = None,
    mean_force: Annotated[
        str | None, typer.Option("--mean-force", help="K: rate of the hop without harmonic modes there (long).")
    ] = None,
    mean_force_ps: Annotated[float, typer.Option("--mean-force-ps", help="Length of each of its eight runs.")] = 6.0,
    placements: Annotated[int, typer.Option(help="Random arrangements of the anion vacancies.")] = 3,
    copies: Annotated[int, typer.Option(help="Repeats of the unit cell in the walks.")] = 8,
    frames: Annotated[int, typer.Option(help="Frames of each walk.")] = 3000,
    concentrations: Annotated[
        Path | None, typer.Option(help="JSON of antiperovskite concentrations, for who carries the current.")
    ] = None,
    hops: Annotated[
        Path | None, typer.Option(help="JSON of antiperovskite migrate: barriers for who carries the current.")
    ] = None,
    barrier: Annotated[
        list[str] | None,
        typer.Option(help="In their place, eV: vacancy=0.3, interstitial=0.15, proton=0.4. Repeatable."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for finished stages; the same command resumes.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compare kinetic Monte Carlo from computed barriers with molecular dynamics, and compute what separates them.

    Exit code 3 if there is no molecular dynamics with this engine to compare with.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError

    resolved = resolve(formula)
    if html is not None:
        check_writable(html.parent)
    balance = _balance(resolved.formula, concentrations, hops, barrier or [])
    if shipped:
        if engine is not None or temperatures is not None or out is not None:
            raise OptionError("--shipped computes nothing; leave out --engine, --temperatures and --out")
        study = _shipped(resolved.formula)
    else:
        study = _computed(
            resolved.formula, engine, temperatures, vacancies, mean_force, mean_force_ps, placements, copies, frames,
            out,
        )  # fmt: skip
    if balance is not None:
        study = study.model_copy(update={"balance": balance})
    if html is not None:
        from antiperovskite.report.carriers_plot import write_carriers

        write_carriers(study, html)
        print_note(f"wrote {html}")
    if json:
        print_json(study)
    else:
        _print(study)
    if not study.ratios:
        raise typer.Exit(code=3)


def _balance(formula: str, concentrations: Path | None, hops: Path | None, barrier: list[str]) -> CarrierBalance | None:
    from antiperovskite.carriers.from_files import balance_from_files
    from antiperovskite.defects.equilibrium.ranges import read_pairs
    from antiperovskite.errors import OptionError

    if concentrations is None:
        if hops is not None or barrier:
            raise OptionError("--hops and --barrier weigh what --concentrations holds; give that as well")
        return None
    return balance_from_files(formula, concentrations, hops, read_pairs(barrier, "barrier", "vacancy=0.30"))


def _shipped(formula: str) -> CarrierStudy:
    from antiperovskite.carriers import shipped_carriers
    from antiperovskite.errors import MissingReferenceError

    found = shipped_carriers()
    if formula not in found:
        raise MissingReferenceError(
            f"no carrier study of {formula} is shipped (there is {', '.join(found) or 'none'}); give --engine"
        )
    return found[formula]


def _computed(
    formula: str, engine: str | None, temperatures: str | None, vacancies: float | None, mean_force: str | None,
    mean_force_ps: float, placements: int, copies: int, frames: int, out: Path | None,
) -> CarrierStudy:  # fmt: skip
    from antiperovskite._files import check_writable
    from antiperovskite.carriers import carrier_study
    from antiperovskite.cli.output import print_note
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.composition import resolve
    from antiperovskite.dynamics.temperatures import parse_temperatures
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError
    from antiperovskite.transport.study.records import shipped_study

    if not 1 <= placements <= 50 or not 3 <= copies <= 20 or not 64 <= frames <= 100_000:
        raise OptionError("give --placements 1 to 50, --copies 3 to 20, --frames 64 to 100000")
    motion = shipped_study(formula)
    if engine is None:
        if motion is None:
            raise OptionError(f"no molecular dynamics of {formula} is shipped, so there is no default engine: --engine")
        engine = motion.engine.name
    if motion is not None and motion.engine.name != engine:
        print_note(f"note: the shipped molecular dynamics is of {motion.engine.name}, not of {engine}: no ratio")
        motion = None
    if out is not None:
        check_writable(out)
    kelvins = None if temperatures is None else parse_temperatures(temperatures)
    force_at = [] if mean_force is None else parse_temperatures(mean_force)
    chosen = get_engine(engine)
    limit_threads()
    with step_progress() as report:
        return carrier_study(
            resolve(formula), chosen, kelvins, mean_force_at=force_at, mean_force_ps=mean_force_ps,
            vacancies=vacancies, placements=placements, copies=copies, frames=frames, motion=motion, folder=out,
            report=report,
        )  # fmt: skip


def _print(study: CarrierStudy) -> None:
    from antiperovskite.cli.output import print_note, print_table

    rows = [
        [f"{w.temperature_K:g} K", f"walk, {w.variant}", *_shown(w.diffusion, w.correlation_factor, w.haven_ratio,
                                                                w.conductivity)]
        for w in study.walks
    ]  # fmt: skip
    rows += [
        [f"{m.temperature_K:g} K", f"molecular dynamics, {m.atoms} atoms", *_shown(m.diffusion, m.correlation_factor),
         "–", "–"]
        for m in study.motion
    ]  # fmt: skip
    rows.sort(key=lambda row: float(row[0].split()[0]))
    print_table(
        f"{study.formula}, {study.engine.name}, {study.vacancy_share} of the {study.ion} sites vacant",
        ["T", "series", "D / cm²/s", "f", "Haven", "σ / S/cm"],
        rows,
    )
    factors = [
        [f"{r.temperature_K:g} K", str(r.ratio), *(_shown(*(f.value for f in r.factors[:3]))), _shown(r.corrected)[0]]
        for r in study.ratios
    ]
    if factors:
        print_table(
            "walk over molecular dynamics, and what separates them",
            ["T", "ratio", "× trapping", "× repulsion", "× anharmonicity", "corrected"],
            factors,
        )
    if study.balance is not None:
        _print_balance(study.balance)
    for one in study.laws:
        print_note(f"activation energy, {one.series}: {one.activation_energy}")
    print_note(study.statement)
    for note in study.notes:
        print_note(f"note: {note}")


def _print_balance(balance: CarrierBalance) -> None:
    from antiperovskite.carriers.balance import CARRIERS, share_text
    from antiperovskite.cli.output import print_note, print_table

    water = any(point.p_water is not None for point in balance.points)
    there = [n for n in CARRIERS if any(p.log10_concentrations[n].value is not None for p in balance.points)]
    rows = [
        [f"{p.temperature.value:g} K", *([str(p.p_water)] if water else []),
         *_shown(*(p.log10_concentrations[name] for name in there)), *(share_text(p, name) for name in there)]
        for p in balance.points
    ]  # fmt: skip
    print_table(
        f"who carries the current in the pure crystal: {balance.source}",
        ["T", *(["p(H2O)"] if water else []), *(f"log10 c, {name}" for name in there),
         *(f"share, {name}" for name in there)],
        rows,
    )  # fmt: skip
    for name in CARRIERS:
        print_note(f"barrier, {name}: {balance.barriers[name]}")
    for note in balance.notes:
        print_note(f"note: {note}")


def _shown(*values: object) -> list[str]:
    return [
        "–" if str(v).startswith("not computed") else str(v).removesuffix(" cm²/s").removesuffix(" S/cm")
        for v in values
    ]
