"""Force calls of a vacancy hop in 3x3x3 Li3OCl: our search against ASE's default NEB (ase.mep.NEB, FIRE or BFGS).

    python benchmarks/bench_neb.py [--bfgs] [--write]

Both get the same relaxed end, five images, the same potential (``lammps:Li3OCl``), 0.05 eV/angstrom. ASE's band climbs
from the start, as in its documentation; its ends come relaxed and their force calls are left out, while ours are
counted with and without. ASE's BFGS diagonalises a matrix of 2,010 rows a step and is run with ``--bfgs`` only.
"""

from __future__ import annotations

import argparse
from time import process_time

import numpy as np
from _record import machine, publish, table
from ase.mep import NEB
from ase.optimize import BFGS, FIRE

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.migration.ends import supercell, vacancy_ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.hops import vacancy_hops
from antiperovskite.migration.path import Settings, find_path
from antiperovskite.structures import build_structure

IMAGES, FMAX, LIMIT = 5, 0.05, 400


def main() -> None:
    """Measure and print; ``--write`` publishes."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--write", action="store_true")
    reader.add_argument("--bfgs", action="store_true")
    given = reader.parse_args()
    engine = get_engine("lammps:Li3OCl")
    model = build_structure(resolve("Li3OCl"))
    crystal = relax(model.to_pymatgen(), engine, fmax=0.001, keep_symmetry=True).to_pymatgen()
    ends = vacancy_ends(supercell(model, crystal, (3, 3, 3), None), vacancy_hops(model, crystal)[0])
    rows = []

    def ours(name: str, settings: Settings) -> tuple[list[np.ndarray], float]:
        force = Evaluations(ends.atoms, engine)
        start = process_time()
        try:
            found = find_path(ends, force, settings, keep=None, report=lambda step, detail: None)
        except AntiperovskiteError as error:
            rows.append([name, f"failed: {error}", str(force.calls), "", f"{process_time() - start:.1f}"])
            return [], float("nan")
        barrier = found.energies[found.saddle] - found.energies[0]
        path = force.calls - found.calls["ends"]
        rows.append(
            [name, f"{barrier:.4f}", str(path), f"{path} + {found.calls['ends']}", f"{process_time() - start:.1f}"]
        )
        return found.positions, barrier

    path, _ = ours("antiperovskite, symmetric, saddle to 0.3 meV (default)", Settings(images=IMAGES, fmax=FMAX))
    ours("antiperovskite, symmetry not used", Settings(images=IMAGES, fmax=FMAX, use_symmetry=False))
    runs = [(FIRE, FMAX), (FIRE, 0.01), *([(BFGS, FMAX)] if given.bfgs else [])]
    for optimiser, fmax in runs:
        images = [ends.atoms.copy() for _ in range(IMAGES + 2)]
        images[0].positions, images[-1].positions = path[0], path[-1]
        for image in images:
            image.calc = engine.calculator()
        band = NEB(images, climb=True, method="improvedtangent")
        band.interpolate("idpp", mic=True)
        start = process_time()
        run = optimiser(band, logfile=None)
        done = run.run(fmax=fmax, steps=LIMIT)
        energies = [image.get_potential_energy() for image in images]
        calls = IMAGES * (run.nsteps + 1)
        said = "" if done else f" (not converged in {LIMIT} steps)"
        name = f"ASE NEB, default method, {optimiser.__name__}, to {fmax:g}{said}"
        barrier = f"{max(energies) - energies[0]:.4f}"
        rows.append([name, barrier, str(calls), f"{calls} + ends", f"{process_time() - start:.1f}"])
    body = table(["search", "barrier / eV", "force calls of the path", "with ends", "CPU s"], rows)
    publish("bench_neb", f"{body}\n\n{machine('ase', 'lammps')}", given.write)


if __name__ == "__main__":
    main()
