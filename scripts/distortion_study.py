"""Distortion against barrier for the 24 compounds M3AX of Kim and Siegel, with one engine, resumable.

    python scripts/distortion_study.py --folder FOLDER [--engine 7net-0] [--only Na3SI] [--export]

Compounds are computed in order, one JSON each; what is finished is not computed again, what was interrupted goes on at
the last force call, what failed leaves a note and is tried again only without it. ``--export`` only writes
src/antiperovskite/migration/data/distortion-ENGINE.json from what FOLDER holds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from _resumable import finished, run_study
from generated_pages import ROOT

from antiperovskite._files import compact_json, write_atomically
from antiperovskite.engines import get_engine
from antiperovskite.engines.threads import limit_threads
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.migration.distortion import COMPOUNDS, DistortionRecord, DistortionSet, survey

DATA = ROOT / "src/antiperovskite/migration/data"
FIRST = ("Li3OCl", "Na3SI", "Na3OCl", "Na3SF", "Li3OI", "Na3OI", "Li3SI", "Na3SeI", "Li3OBr", "Na3OBr")
"""The ends of the series, so that a study stopped early still spans it."""


def compute(folder: Path, engine_name: str, only: str | None) -> None:
    """Compute what is missing, compound after compound, and keep each as soon as it is done."""
    limit_threads()
    engine = get_engine(engine_name)
    for formula in dict.fromkeys((*FIRST, *COMPOUNDS)):
        out, note = folder / f"{formula}.json", folder / f"{formula}.failed"
        if (only is not None and formula != only) or out.is_file() or note.is_file():
            continue
        start = time.process_time()

        def report(step: str, detail: str, formula: str = formula) -> None:
            print(f"{formula}: {step}: {detail}", file=sys.stderr, flush=True)

        try:
            record = survey(formula, engine, folder / formula, report)
        except AntiperovskiteError as error:
            write_atomically(note, f"{error}\n")
            print(f"{formula}: {error}", flush=True)
            continue
        write_atomically(out, record.model_dump_json(indent=1) + "\n")
        print(
            f"{formula}: {record.ground}, {record.depth:.1f} meV an atom below cubic, bend {record.bend_degrees:.1f} "
            f"degrees, spread {record.spread_percent:.1f} %, percolates at {record.percolating[2]} "
            f"({time.process_time() - start:.0f} CPU s)",
            flush=True,
        )


def export(folder: Path, engine_name: str) -> None:
    """Write the shipped file."""
    records, failed = finished(((formula, folder / f"{formula}.json") for formula in COMPOUNDS), DistortionRecord)
    DATA.mkdir(parents=True, exist_ok=True)
    made_by = f"python scripts/distortion_study.py --engine {engine_name}"
    kept = DistortionSet(engine=engine_name, made_by=made_by, records=records, failed=failed)
    write_atomically(DATA / f"distortion-{engine_name}.json", compact_json(kept))
    print(f"{len(records)} compounds written, {len(failed)} failed, {len(COMPOUNDS)} wanted")


if __name__ == "__main__":
    run_study(__doc__, compute, export, COMPOUNDS)
