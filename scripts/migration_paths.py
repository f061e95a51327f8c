"""Ship the paths of the migration study for looking at: the ions around each hop, image by image.

    python scripts/migration_paths.py --folder FOLDER [--engine 7net-0]

FOLDER is that of scripts/migration_study.py: its finished studies name the files their paths are kept in. Each hop is
taken in its largest supercell. Run it after ``migration_study.py --export``, for a path is shown only beside the
barrier it belongs to.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from generated_pages import ROOT

from antiperovskite._files import write_atomically
from antiperovskite.assessment.hop_model import HopPath
from antiperovskite.assessment.hop_paths import PathSet, read_path
from antiperovskite.errors import DataError
from antiperovskite.migration.model import Barrier, MigrationStudy

DATA = ROOT / "src/antiperovskite/assessment/data/paths"


def largest(studies: list[MigrationStudy]) -> dict[str, list[Barrier]]:
    """Of every formula, each hop in the largest supercell in which it has a path."""
    found: dict[str, dict[tuple[str, int], Barrier]] = {}
    for study in studies:
        hops = found.setdefault(study.formula, {})
        for barrier in study.barriers:
            key = (barrier.hop.mechanism, barrier.hop.number)
            if barrier.path_file and barrier.energies and (key not in hops or barrier.atoms > hops[key].atoms):
                hops[key] = barrier
    return {formula: list(hops.values()) for formula, hops in found.items()}


def cut(folder: Path, barriers: list[Barrier]) -> tuple[HopPath, ...]:
    """Read the paths; one that cannot be read is named and left out."""
    paths = []
    for barrier in barriers:
        file = Path(str(barrier.path_file))
        beside = folder / file.parent.name / file.name  # the folder may have moved since
        try:
            paths.append(read_path(barrier, beside if beside.is_file() else file))
        except DataError as error:
            print(f"left out: {error}", file=sys.stderr)
    return tuple(paths)


def main() -> None:
    """Read the command line and write the file."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--folder", type=Path, required=True)
    reader.add_argument("--engine", default="7net-0")
    given = reader.parse_args()
    studies = [
        MigrationStudy.model_validate_json(path.read_text(encoding="utf-8"))
        for path in sorted(given.folder.glob("*.json"))
    ]
    mine = [study for study in studies if study.engine.name == given.engine]
    paths = {formula: found for formula, barriers in largest(mine).items() if (found := cut(given.folder, barriers))}
    made_by = f"python scripts/migration_paths.py --engine {given.engine}"
    DATA.mkdir(parents=True, exist_ok=True)
    kept = PathSet(engine=given.engine, made_by=made_by, paths=paths)
    write_atomically(DATA / f"{given.engine}.json", kept.model_dump_json() + "\n")
    print(f"{sum(map(len, paths.values()))} paths of {len(paths)} compounds written")


if __name__ == "__main__":
    main()
