"""Check by DFT whether distorted hydride chalcogenides lie below the cubic ones, at the geometries of 7net-0.

    python scripts/hydride_dft.py prepare    # with SevenNet: relax the structures, write them to --folder
    python scripts/hydride_dft.py compute    # with GPAW (antiperovskite dft --help says how to install it)
    python scripts/hydride_dft.py collect    # write the shipped record; then run scripts/hydride_study.py

The two engines need not share an environment. What is finished in the folder is not computed again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from generated_pages import ROOT

ENGINE, REFERENCE = "7net-0", "gpaw-pbe"
RECORD = ROOT / "src/antiperovskite/vibrations/data/distortion_checks.json"
CASES = (("Li3HS", "a0a0c+"), ("Li3HS", "a-b+a-"), ("Na3HS", "a0a0c+"), ("Na3HS", "a-b+a-"), ("Li3OCl", "a0a0c+"))
"""Compound and Glazer system: at most 20 atoms, what a laptop does in minutes."""


def prepare(folder: Path) -> None:
    """Relax the cubic structure and each tilted one, symmetry kept."""
    from antiperovskite.composition import resolve
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.relax import relax
    from antiperovskite.structures import build_structure
    from antiperovskite.structures.glazer import parse_tilt
    from antiperovskite.structures.symmetry import spacegroup
    from antiperovskite.structures.variants import build_variant

    engine = get_engine(ENGINE)
    folder.mkdir(parents=True, exist_ok=True)
    for formula, tilt in [*dict.fromkeys((formula, "cubic") for formula, _ in CASES), *CASES]:
        path = _path(folder, formula, tilt)
        if path.is_file():
            continue
        resolved = resolve(formula)
        model = build_structure(resolved) if tilt == "cubic" else build_variant(resolved, tilt=parse_tilt(tilt))
        found = relax(model.to_pymatgen(), engine, fmax=0.005, keep_symmetry=True)
        relaxed = model.model_copy(update={"structure": found.structure}).to_pymatgen()
        record = {
            "structure": found.structure,
            "energy": found.energy / model.formula_units,
            "units": model.formula_units,
            "spacegroup": spacegroup(relaxed, 0.02)[0],
        }
        path.write_text(json.dumps(record), encoding="utf-8")
        print(formula, tilt, record["spacegroup"], record["energy"], flush=True)


def compute(folder: Path) -> None:
    """Compute the DFT energy of every prepared structure, the small ones first."""
    from pymatgen.core import Structure
    from pymatgen.io.ase import AseAtomsAdaptor

    from antiperovskite.engines import get_engine

    engine = get_engine(REFERENCE)
    waiting = {path: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    for path, record in sorted(waiting.items(), key=lambda item: item[1]["units"]):
        if "dft" in record:
            continue
        atoms = AseAtomsAdaptor.get_atoms(Structure.from_dict(record["structure"]), msonable=False)
        atoms.calc = engine.calculator()
        record["dft"] = float(atoms.get_potential_energy()) / record["units"]
        record["settings"] = engine.settings.text()
        path.write_text(json.dumps(record), encoding="utf-8")
        print(path.stem, record["dft"], flush=True)


def collect(folder: Path) -> None:
    """Write what is complete to the shipped record."""
    from antiperovskite.vibrations.records import DistortionCheck, DistortionChecks

    checks = []
    for formula, tilt in CASES:
        cubic, tilted = (_read(folder, formula, name) for name in ("cubic", tilt))
        if not ({"dft"} <= cubic.keys() and {"dft"} <= tilted.keys()):
            print(f"{formula} {tilt}: not computed")
            continue
        checks.append(
            DistortionCheck(
                formula=formula,
                distorted=tilt,
                spacegroup=tilted["spacegroup"],
                atoms=len(tilted["structure"]["sites"]),
                engine=ENGINE,
                engine_difference=round(1000 * (tilted["energy"] - cubic["energy"]), 2),
                reference=REFERENCE,
                reference_settings=tilted["settings"],
                reference_difference=round(1000 * (tilted["dft"] - cubic["dft"]), 2),
            )
        )
    made = DistortionChecks(made_by="python scripts/hydride_dft.py prepare|compute|collect", checks=tuple(checks))
    RECORD.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print(f"wrote {len(checks)} checks")


def _path(folder: Path, formula: str, tilt: str) -> Path:
    return folder / f"{formula}_{tilt}.json"


def _read(folder: Path, formula: str, tilt: str) -> dict[str, Any]:
    path = _path(folder, formula, tilt)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def main() -> None:
    """Run one of the three steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("prepare", "compute", "collect"))
    parser.add_argument("--folder", type=Path, default=Path("hydride-dft"))
    chosen = parser.parse_args()
    {"prepare": prepare, "compute": compute, "collect": collect}[chosen.step](chosen.folder)


if __name__ == "__main__":
    main()
