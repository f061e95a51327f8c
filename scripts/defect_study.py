"""Compute the shipped defect studies, the most important first; run it again to go on after an interruption.

    python scripts/defect_study.py --out DIRECTORY [--engine 7net-0] [--ship]

Every relaxed cell is a record in DIRECTORY/cells; every finished stage writes one study, DIRECTORY/<engine>-...json.
``--ship`` joins what is finished into src/antiperovskite/defects/data/studies/<engine>.json and computes nothing.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from antiperovskite._files import compact_json, write_atomically
from antiperovskite.composition import resolve
from antiperovskite.defects import DefectStudy, defect_study
from antiperovskite.defects.shipped import ShippedStudies
from antiperovskite.engines import get_engine
from antiperovskite.engines.threads import limit_threads
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.structures import build_structure

DATA = Path(__file__).resolve().parent.parent / "src/antiperovskite/defects/data/studies"
HOSTS = ("Li3OCl", "Li3OBr", "Na3OCl")
BASIC = ["schottky", "frenkel", "antisite"]
EARTHS = ["Mg", "Ca", "Sr", "Ba"]
OTHERS = ["Zn", "Al", "F", "Br", "I", "S"]
# (stage, hosts, supercells, kinds, dopants); a later stage of the same name holds all an earlier one does
STAGES: tuple[tuple[str, tuple[str, ...], list[str], list[str], list[str]], ...] = (
    ("basic", HOSTS[:1], ["2", "3"], BASIC, []),
    ("earths", HOSTS[:1], ["2"], ["dopant"], [*EARTHS, "F"]),
    ("earths", HOSTS[2:], ["2"], ["dopant"], EARTHS),
    ("earths", HOSTS[:1], ["2", "3"], ["dopant"], [*EARTHS, "F"]),
    ("basic", HOSTS[1:], ["2"], BASIC, []),
    ("frenkel", ("Mg3NSb",), ["2", "3"], ["frenkel"], []),
    ("deficient", HOSTS[:1], ["2", "3"], ["deficient"], []),
    ("earths", HOSTS[2:], ["2", "3"], ["dopant"], EARTHS),
    ("basic", HOSTS[1:], ["2", "3"], BASIC, []),
    ("others", HOSTS, ["2"], ["proton", "dopant"], OTHERS),
    ("others", HOSTS, ["2", "3"], ["proton", "dopant"], OTHERS),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--engine", default="7net-0")
    parser.add_argument("--ship", action="store_true")
    options = parser.parse_args()
    if options.ship:
        ship(options.out, options.engine)
        return
    limit_threads()
    engine = get_engine(options.engine)
    for stage, hosts, sizes, kinds, dopants in STAGES:
        for formula in hosts:
            own = [d for d in dopants if d not in formula]
            started = time.monotonic()
            print(f"== {formula} {stage} {sizes}", flush=True)
            try:
                study = defect_study(
                    build_structure(resolve(formula)), engine, supercells=sizes, kinds=kinds, dopants=own,
                    lone=stage == "basic" and formula == HOSTS[0], cache=options.out / "cells",
                    report=lambda step, detail: print(f"{step}: {detail}", flush=True),
                )  # fmt: skip
            except AntiperovskiteError as error:
                print(f"   {formula} {stage}: {error}", flush=True)
                continue
            path = options.out / f"{options.engine}-{formula}-{stage}.json"
            write_atomically(path, study.model_dump_json(indent=1) + "\n")
            print(f"== done in {(time.monotonic() - started) / 60:.1f} min: {path.name}", flush=True)
            for item in study.combinations:
                far = "-" if item.dispersed is None else str(item.dispersed.energy)
                bound = "-" if item.bound is None else str(item.bound.energy)
                print(f"   {item.name}: bound {bound}, dispersed {far}, binding {item.binding}", flush=True)


def ship(directory: Path, engine: str) -> None:
    """Join the finished stages; the order is that of the stages."""
    order = list(dict.fromkeys(f"{formula}-{stage}" for stage, hosts, *_ in STAGES for formula in hosts))
    paths = [directory / f"{engine}-{name}.json" for name in order]
    found = tuple(DefectStudy.model_validate_json(p.read_text(encoding="utf-8")) for p in paths if p.is_file())
    DATA.mkdir(parents=True, exist_ok=True)
    kept = ShippedStudies(engine=engine, made_by="scripts/defect_study.py", studies=found)
    write_atomically(DATA / f"{engine}.json", compact_json(kept))
    print(f"{len(found)} of {len(paths)} studies written to {DATA / f'{engine}.json'}")


if __name__ == "__main__":
    main()
