"""``antiperovskite window``: at which voltages a compound is reduced and oxidised, to what, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.electrochemistry.model import Window
    from antiperovskite.errors import AntiperovskiteError

EXAMPLES = (
    "Examples:  antiperovskite window Na3OBr   |   antiperovskite window Li3OCl Li2OHCl Na2O --plot windows.html   |   "
    "antiperovskite window --file formulas.csv --out windows.csv"
)


def window(
    formulas: Annotated[list[str] | None, typer.Argument(metavar="FORMULA...", help="One or more compounds.")] = None,
    *,
    engine: Annotated[str, typer.Option("--engine", "-e", help="Engine whose reference phases compete.")] = "7net-0",
    against: Annotated[
        str | None, typer.Option(metavar="METAL", help="The metal at 0 V (default: the main mobile cation).")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="K; without it, enthalpies at 298.15 K.")] = None,
    samples: Annotated[
        int, typer.Option(help="Draws of all phase energies, the hull solved anew each time; 0 for none.")
    ] = 200,
    seed: Annotated[int, typer.Option(help="Seed of those draws.")] = 0,
    plot: Annotated[Path | None, typer.Option(help="Write an offline HTML page with windows and profiles.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Screen many: a text or CSV file with a formula first in each line; nothing is relaxed."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --file: write the limits to this CSV file.")] = None,
    store: Annotated[Path | None, typer.Option(help="SQLite file that keeps relaxations.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON: an object for one formula, a list for several.")
    ] = False,
) -> None:
    """Find the voltages between which a compound neither takes up nor releases its mobile ion.

    Every step of reduction and oxidation comes with its products, its uncertainty and whether the products could
    passivate. Exit code 3 means that some of several formulas could not be computed.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError

    limit_threads()
    for path in (plot, out):
        if path is not None:
            if path.is_dir():
                raise OptionError(f"{str(path)!r} is a folder; name the file to write")
            check_writable(path.parent)
    if file is not None:
        if formulas or plot is not None or temperature is not None:
            raise OptionError("--file goes with --engine, --against, --out and --json only; give formulas in the file")
        _screen(file, engine, against, out, json)
        return
    if not formulas or out is not None:
        raise OptionError(
            "--out goes with --file" if formulas else "no formula given; try: antiperovskite window Li3OCl"
        )
    found, failed = _compute(formulas, engine, against, temperature, samples, seed, store)
    for text, reason in failed.items():
        print_note(f"{text}: not computed: {reason}")
    if plot is not None:
        from antiperovskite.report.window_page import write_windows

        write_windows(found, plot)
        print_note(f"plot: {plot}")
    if json:
        print_json(found[0] if len(formulas) == 1 else found)
    else:
        _print(found)
    if failed:
        raise typer.Exit(3)


def _compute(
    formulas: list[str],
    engine: str,
    against: str | None,
    temperature: float | None,
    samples: int,
    seed: int,
    store: Path | None,
) -> tuple[list[Window], dict[str, AntiperovskiteError]]:
    """Return the windows, and why some formulas have none; the first reason is raised where none has one."""
    from antiperovskite.assessment.windows import windows_of
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.store import ResultStore, default_store_path

    results = ResultStore(store or default_store_path())
    try:
        with step_progress() as progress:
            found, failed = windows_of(
                formulas,
                engine,
                against=against,
                temperature=temperature,
                samples=samples,
                seed=seed,
                store=results,
                progress=progress,
            )
    finally:
        results.close()
    if failed and not found:
        raise next(iter(failed.values()))
    return found, failed


def _screen(file: Path, engine: str, against: str | None, out: Path | None, json: bool) -> None:
    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.electrochemistry.screening import screen_formulas
    from antiperovskite.stability.competing import competing_phases

    compounds = _read_formulas(file)
    elements = sorted({element for _, atoms in compounds for element in atoms})
    phases = competing_phases(engine, elements)
    rows = [
        {
            "formula": name,
            "reference": metal,
            "reduction_limit_V": _plain(limits.reduction[0]),
            "oxidation_limit_V": _plain(limits.oxidation[0]),
            "oxidation_onset_metastable_V": _plain(limits.onset[0]),
            "above_hull_eV_per_atom": _plain(limits.above_hull[0]),
        }
        for name, (metal, limits) in screen_formulas(compounds, phases, against).items()
    ]
    text = "\n".join(
        [",".join(rows[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)]
    )
    if out is not None:
        write_atomically(out, text + "\n")
        print_note(f"wrote {out} ({len(rows)} compounds)")
    if json:
        print_json({"engine": engine, "method": phases.method, "windows": rows})
    elif out is None:
        typer.echo(text)
    print_note(f"{phases.method}; empty: not known or not defined. Uncertainties and products: window FORMULA")


def _plain(value: float) -> float | None:
    import math

    return round(float(value), 9) + 0.0 if math.isfinite(value) else None


def _read_formulas(path: Path) -> list[tuple[str, dict[str, float]]]:
    """Read the first column of a text or CSV file; a first line ``formula`` is a heading, ``#`` starts a comment."""
    from antiperovskite.assessment.windows import formula_atoms
    from antiperovskite.errors import OptionError, one_line

    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(
            f"cannot read {one_line(path)!r}: {reason}; give a text file with one formula a line"
        ) from None
    found: dict[str, dict[str, float]] = {}
    for number, line in enumerate(lines, start=1):
        text = line.split("#")[0].replace(";", ",").split(",")[0].strip().strip('"').strip()
        if not text or (number == 1 and text.lower() == "formula"):
            continue
        atoms = formula_atoms(text)
        if atoms is None:
            raise OptionError(f"{one_line(path)!r}, line {number}: {one_line(text, 40)!r} is not a formula")
        found[text] = atoms
    if not found:
        raise OptionError(f"{one_line(path)!r} holds no formula; write one a line")
    return list(found.items())


def _print(found: list[Window]) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.quantity import Quantity

    def text(value: object) -> str:
        return str(value) if isinstance(value, Quantity) else "–"

    rows = []
    for item in found:
        stable = item.probability_stable
        rows.append(
            [
                item.formula,
                item.reference,
                text(item.reduction_limit),
                text(item.oxidation_limit),
                text(item.oxidation_onset_metastable),
                " + ".join(item.equilibrium),
                f"{stable.value:.2f}" if isinstance(stable, Quantity) else "–",
            ]
        )
    columns = [
        "compound",
        "against",
        "reduction limit",
        "oxidation limit",
        "onset of itself",
        "equilibrium",
        "P(stable)",
    ]
    print_table("Electrochemical windows", columns, rows)
    for item in found:
        steps = [
            [step.side, str(step.voltage), step.equation, f"{step.passivation}: {step.passivation_reason}"]
            for step in item.steps
        ]
        if steps:
            print_table(f"{item.formula}: steps", ["", "voltage", "reaction", "passivation"], steps)
        for note in item.notes:
            print_note(f"{item.formula}: {note}")
        if item.sampled is not None:
            shares = ", ".join(f"{name} {share:.0%}" for name, share in item.sampled.first_oxidation_products.items())
            print_note(
                f"{item.formula}: with the energies moved within their errors and the hull solved anew "
                f"({item.sampled.samples} draws): oxidation {text(item.sampled.oxidation_limit)}, reduction "
                f"{text(item.sampled.reduction_limit)}; first products {shares or 'none'}"
            )
