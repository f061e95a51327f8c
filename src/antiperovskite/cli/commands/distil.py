"""``antiperovskite distil``: a fast potential from a slow engine, by active learning, with a card of its errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.distillation.model import DistillationCard

EXAMPLES = (
    "Example:  antiperovskite distil Li3OCl --teacher 7net-0 --temperatures 600..1200 --vacancies 0.02 "
    "--out Li3OCl-pod   (then: antiperovskite md Li3OCl --engine lammps:Li3OCl-pod)"
)


def distil(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="The compound, for example Li3OCl.")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the potential; the same command goes on there.")],
    teacher: Annotated[str, typer.Option("--teacher", "-t", help="Engine to learn from.")] = "7net-0",
    temperatures: Annotated[
        str, typer.Option("--temperatures", "-T", help="K: 600..1200, 600,800,1000 or 800.")
    ] = "600..1200",
    vacancies: Annotated[
        float, typer.Option(help="Share of the X sites empty in defective cells, charge-compensated; 0 for none.")
    ] = 0.02,
    frames: Annotated[int, typer.Option(help="Constructed frames to begin with.")] = 130,
    rounds: Annotated[int, typer.Option(help="Rounds of active learning at most.")] = 4,
    target: Annotated[float, typer.Option(help="Force error in meV/angstrom at which the rounds end.")] = 30.0,
    run_ps: Annotated[float, typer.Option("--run-ps", help="Length of each sampling run.")] = 2.0,
    cell_atoms: Annotated[int, typer.Option("--cell-atoms", help="Atoms in the cells of the training set.")] = 40,
    form: Annotated[
        str,
        typer.Option(
            help="pod, pod-fast (about half its time at nearly its error), pod-accurate (about its time, a fifth less "
            "error, more frames needed), uf3 (splines, the fastest) or snap."
        ),
    ] = "pod",
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis",
            metavar="5x4,3x3",
            help="Radial functions x angular degree of pod's three- and four-body terms; 5x3,2x2 is pod-fast's.",
        ),
    ] = None,
    cutoff: Annotated[
        float | None,
        typer.Option(help="Range in angstrom (of pairs, for uf3); 5 for pod and snap, 4.5 for pod-fast, 6 for uf3."),
    ] = None,
    three_cutoff: Annotated[
        float | None, typer.Option("--three-cutoff", help="Range of uf3's three-body terms in angstrom; 4.")
    ] = None,
    bodies: Annotated[
        int | None, typer.Option(help="How many atoms a term couples: 2, 3 or 4 for pod (4), 2 or 3 for uf3 (3).")
    ] = None,
    labelled: Annotated[
        list[Path] | None,
        typer.Option(
            "--labelled",
            help="Begin from these frames, with energies and forces of the same teacher, instead of constructed ones: "
            "the folder of another distillation, or a file ASE reads (extxyz, vasprun.xml...). "
            "Repeatable: of the pure compounds, to learn a mixture.",
        ),
    ] = None,
    outside: Annotated[
        list[Path] | None,
        typer.Option(
            "--outside",
            metavar="RUN",
            help="A run that stopped because it left the range of the potential in --out: its strangest frames are "
            "labelled and learnt. Repeatable.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of displacements, choices and velocities.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Fit a linear potential that LAMMPS runs to a slow engine, and measure how far it may be trusted."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.composition import resolve
    from antiperovskite.distillation import distil as run
    from antiperovskite.distillation import frames_outside, read_labelled, settings_from, temperature_range
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.lammps import session

    resolve(formula)  # a wrong formula is said before anything is loaded
    settings = settings_from(
        formula=formula,
        teacher=teacher,
        temperatures_K=temperature_range(temperatures),
        vacancies=vacancies,
        frames=frames,
        rounds=rounds,
        target=target / 1000.0,
        cell_atoms=cell_atoms,
        time_ps=run_ps,
        seed=seed,
        **_form(form, cutoff, three_cutoff, bodies, basis),
    )
    given = [frame for path in labelled or () for frame in read_labelled(path, teacher)]
    engine = get_engine(teacher)
    with session():  # LAMMPS missing is said now, not after the teacher's work
        pass
    with step_progress() as progress:
        strange = [frame for folder in outside or () for frame in frames_outside(folder, out, progress=progress)]
        if outside and not strange:
            print_note("note: no frame of these runs lies beyond what the potential was taught; nothing is added")
        card = run(settings, engine, out, progress, given, strange)
    print_note(f"wrote {out}; run it with --engine lammps:{out}")
    for note in card.notes:
        print_note(f"note: {note}")
    if json:
        print_json(card)
    else:
        _print(card)
    if card.force_rmse.value > settings.target:
        print_note(
            f"note: the force error is {1000 * card.force_rmse.value:.0f} meV/angstrom, above the target of "
            f"{target:g}; the same command with more --rounds goes on"
        )
        raise typer.Exit(3)


def _form(
    form: str, cutoff: float | None, three_cutoff: float | None, bodies: int | None, basis: str | None
) -> dict[str, Any]:
    """Settings of the form, the defaults of each in place; what it does not have is refused."""
    from antiperovskite.distillation.settings import CUTOFFS, PRESETS, pod_basis
    from antiperovskite.errors import OptionError

    if form not in CUTOFFS and form not in PRESETS:
        raise OptionError(f"--form {form} is not offered; choose {', '.join(dict.fromkeys((*PRESETS, *CUTOFFS)))}")
    if three_cutoff is not None and (form != "uf3" or bodies == 2):
        raise OptionError("--three-cutoff is for the three-body terms of --form uf3")
    if basis is not None and form not in PRESETS:
        raise OptionError(f"--basis is for --form pod, not for {form}; for uf3 choose --three-cutoff and --bodies")
    if bodies is not None and (basis is not None or form in {"pod-fast", "pod-accurate"}):
        given = "--basis" if basis is not None else f"--form {form}"
        raise OptionError(f"--bodies and {given} both say which terms there are; give one of them")
    kind, usual = PRESETS[form][0] if form in PRESETS else (form, CUTOFFS[form])
    kinds: dict[str, dict[int | None, dict[str, tuple[int, int]]]] = {
        "pod": {
            2: {"three_body": (0, 0), "four_body": (0, 0)},
            3: {"three_body": (6, 5), "four_body": (0, 0)},
            4: {},
            None: {},
        },
        "uf3": {2: {"splines": (0, 0)}, 3: {}, None: {}},
        "snap": {None: {}},
    }
    if bodies not in kinds[kind]:
        offered = [str(number) for number in kinds[kind] if number]
        allowed = f"choose {', '.join(offered[:-1])} or {offered[-1]}" if offered else "leave it out"
        raise OptionError(f"--bodies {bodies} is not offered for {form}; {allowed}")
    chosen: dict[str, Any] = {"form": kind, "cutoff": usual if cutoff is None else cutoff}
    if three_cutoff is not None:
        chosen["three_cutoff"] = three_cutoff
    if kind == "pod" and bodies is None:
        chosen["three_body"], chosen["four_body"] = pod_basis(basis or PRESETS[form][1])
    return chosen | kinds[kind][bodies]


def _print(card: DistillationCard) -> None:
    from antiperovskite.cli.output import print_note, print_table

    print_table(
        f"{card.name}: {card.form}, {card.coefficients} coefficients, {sum(g.frames for g in card.training)} frames",
        ["element", "temperature", "force error", "force itself"],
        [
            [e.element, f"{e.temperature_K:g} K", str(e.force_rmse), f"{e.mean_force.value:.2f} eV/Å"]
            for e in card.errors
        ],
    )
    print_table(
        f"Against {card.teacher}",
        ["property", "teacher", "potential", "difference"],
        [[c.name, str(c.teacher), str(c.potential), str(c.difference)] for c in card.checks],
    )
    valid = card.valid
    print_note(
        f"force error {card.force_rmse} on frames of its own dynamics; valid {valid.temperatures_K[0]:g} to "
        f"{valid.temperatures_K[1]:g} K, extrapolation grade up to {valid.grade_limit:g}"
    )
