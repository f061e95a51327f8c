"""Compute the shipped vibrational free energies, one phase after another; run it again to go on after an interruption.

    python scripts/phonon_references.py [--engine 7net-0] [--only LiH-rocksalt,ice-XI]

A cubic anti-perovskite whose cubic cell is not a minimum of the engine is computed in its lowest tilted child.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.engines.candidates import lowest_candidate
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.stability.references import ReferenceEntry, reference_set
from antiperovskite.stability.thermal.phonons import SETTINGS, build_phonons
from antiperovskite.stability.thermal.records import PhononSet

DATA = Path(__file__).resolve().parent.parent / "src/antiperovskite/stability/thermal/data/phonons"
PHASES = [
    "LiH-rocksalt",
    "Li2O-antifluorite",
    "LiCl-rocksalt",
    "LiOH",
    "NaCl-rocksalt",
    "Na2O-antifluorite",
    "LiBr-rocksalt",
    "NaBr-rocksalt",
    "NaOH",
    "MgO-rocksalt",
    "ice-XI",
    "Na3OCl",
    "Na3OBr",
    "Li3OCl",
    "Li3OBr",
    "Li2OHCl-constructed",
    "Li2OHBr-constructed",
    "Na2OHCl-constructed",
    "Na2OHBr-constructed",
    "LiOH.H2O",
    "LiF-rocksalt",
    "NaF-rocksalt",
    "KCl-rocksalt",
    "KBr-rocksalt",
    "KI-rocksalt",
    "LiI-rocksalt",
    "NaI-rocksalt",
    "NaH-rocksalt",
    "CaO-rocksalt",
    "K2O-antifluorite",
    "Li2S-antifluorite",
    "Na2S-antifluorite",
    "K2S-antifluorite",
    "CaF2-fluorite",
    "Li2Se-antifluorite",
    "Na2Se-antifluorite",
    "Li2Te-antifluorite",
    "Na2Te-antifluorite",
    "SrO-rocksalt",
    "BaO-rocksalt",
    "KF-rocksalt",
    "Na4OI2",
    "Na4OBr2",
    "K3OBr",
    "K3OI",
    "Li3N-alpha",
    "NaNO2",
    "NaNO3",
    "LiNO3",
    "MgF2",
    "MgCl2",
    "Li2O2",
    "Li2CO3",
    "Na2O2",
    "NaBF4",
    "LiNH2",
    "Li7O2Br3-model",
    "NaBH4-tetragonal",
    "NaClO3-fromfile-mp-23330",
    "Li3HS",
    "Li3HSe",
    "Na3HSe",
    "Mg3AsN",
    "Mg3SbN",
    "Ca3SbN",
    "Ca3BiN",
    "Ag3SI",
    "Ag3SBr",
    "LiBH4",
]


def tilted_child(entry: ReferenceEntry, engine: Engine) -> tuple[object, str]:
    """Relax all candidate cells, tilted ones included, from slightly displaced atoms, and return the lowest."""
    lowest = lowest_candidate(
        candidate_structures_of(entry.formula),
        lambda model: relax(model.to_pymatgen(), engine, fmax=0.005, max_steps=600, rattle=0.02, seed=1),
    )
    difference = 1000 * (lowest.energy - entry.energy)
    return lowest.relaxation.to_pymatgen(), (
        f"{lowest.model.description}, relaxed without symmetry, {difference:+.1f} meV/f.u. against the cubic cell"
    )


def candidate_structures_of(formula: str) -> list:
    """The candidate structures of an anti-perovskite with full sites, tilted ones included."""
    from antiperovskite.structures import candidate_structures

    return candidate_structures(resolve(formula), tilts=True)


def main() -> None:
    """Compute, then retry refused cubic anti-perovskites in their tilted children."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="7net-0")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    engine = get_engine(options.engine)
    entries = {entry.name: entry for entry in reference_set(options.engine).entries}
    wanted = [name for name in (options.only.split(",") if options.only else PHASES) if name in entries]
    path = DATA / f"{options.engine}.json"
    DATA.mkdir(exist_ok=True)
    if path.is_file():
        before = PhononSet.model_validate_json(path.read_text(encoding="utf-8"))
    else:
        before = PhononSet(engine=options.engine, settings=SETTINGS)
    tried = {refusal.name for refusal in before.refused}
    for number, name in enumerate(wanted, start=1):
        entry = entries[name]
        start = time.time()
        cell = entry.structure.to_pymatgen()
        found = build_phonons({name: (cell, f"{entry.spacegroup} cell")}, engine, path)
        record = found.named(name)
        if record is None and name not in tried and entry.spacegroup == "Pm-3m" and len(cell) == 5:
            try:
                child, description = tilted_child(entry, engine)
            except AntiperovskiteError as error:
                print(name, error)
            else:
                reason = next(refusal for refusal in found.refused if refusal.name == name).reason
                trimmed = found.model_copy(update={"refused": tuple(r for r in found.refused if r.name != name)})
                path.write_text(trimmed.model_dump_json() + "\n", encoding="utf-8")
                found = build_phonons({name: (child, description)}, engine, path)
                record = found.named(name)
                if record is None:
                    print(name, "cubic:", reason)
        text = (
            f"ZPE {record.zero_point_energy:.4f} eV, imaginary {record.imaginary_fraction:.4f}"
            if record
            else next(refusal.reason for refusal in found.refused if refusal.name == name)
        )
        print(f"[{number}/{len(wanted)}] {name}: {text} ({time.time() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
