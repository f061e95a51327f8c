"""Migration barriers with one engine, resumable: forces, paths and finished studies stay in a folder.

    python scripts/migration_study.py --folder FOLDER [--engine 7net-0] [--only Li3OCl] [--export]

The list is computed in order; what is finished is not computed again, what was interrupted goes on at the last force
call. ``--export`` only writes src/antiperovskite/migration/data/ENGINE.json from what FOLDER holds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from _resumable import finished, run_study
from generated_pages import ROOT

from antiperovskite._files import compact_json, write_atomically
from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.engines.threads import limit_threads
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.migration.model import MigrationStudy
from antiperovskite.migration.records import MigrationSet
from antiperovskite.migration.study import migrate
from antiperovskite.structures import build_structure

DATA = ROOT / "src/antiperovskite/migration/data"
HYDRIDES = ("Li3HSe", "Na3HSe", "Li3HTe", "Na3HTe")
"""Cubic ones; with 7net-0 the sulphides gain 25 and 36 meV an atom by tilting, and collapse beside a vacancy."""
# formula, mechanism, supercell (None: edges of at least 10 angstrom), longest hop in angstrom
TASKS: tuple[tuple[str, str, tuple[int, int, int] | None, float | None], ...] = (
    ("Li3OCl", "vacancy", (2, 2, 2), None),
    ("Li3OCl", "vacancy", (3, 3, 3), None),
    ("Li3OBr", "vacancy", (3, 3, 3), None),
    ("Na4OI2", "vacancy", (3, 3, 1), 5.2),
    ("Li3OCl", "dumbbell", (3, 3, 3), None),
    ("Na3OCl", "vacancy", (3, 3, 3), None),
    ("Na3OCl", "dumbbell", (3, 3, 3), None),
    ("Na3OBr", "vacancy", (3, 3, 3), None),
    *((f, m, (3, 3, 3), None) for f in HYDRIDES for m in ("vacancy", "dumbbell")),
    ("Mg3NSb", "vacancy", (3, 3, 3), None),
    ("Mg3NSb", "dumbbell", (3, 3, 3), None),
    ("Li2FeOS", "vacancy", None, None),
    ("Na3OBr", "vacancy", (2, 2, 2), None),
    ("Na3OBH4", "vacancy", (2, 2, 2), None),
    ("Li6OSI2", "vacancy", None, None),
    ("Li6OSI2", "dumbbell", None, None),
    *((f, "vacancy", (3, 3, 3), None) for f in ("Li3HS", "Na3HS")),
)


def task_name(formula: str, mechanism: str, times: tuple[int, int, int] | None) -> str:
    """Key of a task in the files."""
    return f"{formula} {mechanism} {'x'.join(map(str, times)) if times else 'auto'}"


def compute(folder: Path, engine_name: str, only: str | None) -> None:
    """Compute what is missing, task after task, and keep each as soon as it is done."""
    limit_threads()
    engine = get_engine(engine_name)
    for formula, mechanism, times, longest in TASKS:
        if only is not None and formula != only:
            continue
        name = task_name(formula, mechanism, times)
        out = folder / f"{name.replace(' ', '-')}.json"
        if out.is_file():
            continue
        start = time.time()
        try:
            found = migrate(
                build_structure(resolve(formula)),
                engine,
                mechanisms=(mechanism,),
                supercells=() if times is None else (times,),
                longest=longest,
                folder=folder / formula,
                report=lambda step, detail, name=name: print(f"{name}: {step}: {detail}", file=sys.stderr, flush=True),
            )
        except AntiperovskiteError as error:
            write_atomically(folder / f"{name.replace(' ', '-')}.failed", f"{error}\n")
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            continue
        write_atomically(out, found.model_dump_json(indent=1) + "\n")
        for barrier in found.barriers:
            said = barrier.problem or f"{barrier.forward} ({barrier.force_calls.total} force calls)"
            print(f"{name}, hop {barrier.hop.number}, {barrier.hop.label}: {said}", flush=True)
        print(f"{name}: {time.time() - start:.0f} s", flush=True)


def export(folder: Path, engine_name: str) -> None:
    """Write the shipped file."""
    names = [task_name(formula, mechanism, times) for formula, mechanism, times, _ in TASKS]
    found, failed = finished(((name, folder / f"{name.replace(' ', '-')}.json") for name in names), MigrationStudy)
    studies = {}
    for name, study in found.items():
        plain = tuple(b.model_copy(update={"path_file": None}) for b in study.barriers)
        studies[name] = study.model_copy(update={"barriers": plain})
    DATA.mkdir(parents=True, exist_ok=True)
    made_by = f"python scripts/migration_study.py --engine {engine_name}"
    kept = MigrationSet(engine=engine_name, made_by=made_by, studies=studies, failed=failed)
    write_atomically(DATA / f"{engine_name}.json", compact_json(kept))
    print(f"{len(studies)} studies written, {len(failed)} failed, {len(TASKS)} wanted")


if __name__ == "__main__":
    run_study(__doc__, compute, export)
