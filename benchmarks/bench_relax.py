"""Force calls to relax the defect cells of Li3OCl at fixed cell: ours against ASE's BFGS, the same starts and fmax.

    python benchmarks/bench_relax.py [--write]

All arrangements of the intrinsic defects in 2x2x2 and 3x3x3 (``lammps:Li3OCl``, 0.02 eV/angstrom). Ours includes the
shakes that look for deeper minima. *deeper* counts cells that ended more than 5 meV below the other's minimum.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from _record import machine, publish, table

from antiperovskite.composition import resolve
from antiperovskite.defects import defect_study
from antiperovskite.defects.host import RATTLE
from antiperovskite.defects.records import relaxed_cell
from antiperovskite.engines import get_engine
from antiperovskite.engines.model import Relaxation
from antiperovskite.engines.relax import relax
from antiperovskite.engines.relax_positions import relax_positions
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.structures import build_structure

FMAX = 0.02


def starts(engine: Any) -> list[Any]:
    """The cells a defect study relaxes, as it puts them."""
    from antiperovskite.defects import study

    found: list[Any] = []

    def keep(structure: Any, *arguments: Any, **options: Any) -> Any:
        found.append(structure)
        return relaxed_cell(structure, *arguments, **options)

    study.relaxed_cell = keep  # type: ignore[assignment]
    with TemporaryDirectory() as folder:
        defect_study(
            build_structure(resolve("Li3OCl")), engine, supercells=["2", "3"], lone=False, cache=Path(folder)
        )  # fmt: skip
    return found


def main() -> None:
    """Measure and print; ``--write`` publishes."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--write", action="store_true")
    given = reader.parse_args()
    engine = get_engine("lammps:Li3OCl")
    cells = starts(engine)
    ways = {
        "antiperovskite, preconditioned, shaken": lambda s: relax_positions(
            s, engine, fmax=FMAX, rattle=RATTLE, seed=1
        ),
        "ASE BFGS": lambda s: relax(s, engine, fmax=FMAX, rattle=RATTLE, seed=1, relax_cell=False),
    }
    ended: dict[str, list[Relaxation | None]] = {}
    spent = {}
    for name, way in ways.items():
        start = process_time()
        ended[name] = [_tried(way, cell) for cell in cells]
        spent[name] = process_time() - start
    first, second = ended.values()
    gaps = [a.energy - b.energy for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    deeper = [sum(gap < -0.005 for gap in gaps), sum(gap > 0.005 for gap in gaps)]
    rows = [
        [name, str(sum(one.steps for one in done if one is not None)), str(sum(one is None for one in done)), str(low),
         f"{spent[name]:.1f}"]
        for (name, done), low in zip(ended.items(), deeper, strict=True)
    ]  # fmt: skip
    body = table([f"{len(cells)} cells", "force calls", "not converged", "deeper", "CPU s"], rows)
    publish("bench_relax", f"{body}\n\n{machine('ase', 'lammps')}", given.write)


def _tried(way: Any, cell: Any) -> Relaxation | None:
    try:
        return way(cell)  # type: ignore[no-any-return]
    except AntiperovskiteError:
        return None


if __name__ == "__main__":
    main()
