"""Reading LAMMPS dumps and extended XYZ against chemfiles, which may live in an environment of its own.

python benchmarks/bench_trajectory_reading.py [--peer PYTHON] [--write]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

import numpy as np
from _record import best_seconds, machine, publish, table

from antiperovskite.dynamics.trajectory import convert_trajectory
from antiperovskite.dynamics.trajectory.checks import CheckedFrames
from antiperovskite.dynamics.trajectory.opening import read_source

SPECIES = "1=Li 2=O 3=Cl"
PEER = """
import sys, time
import chemfiles
path, form, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
times = []
for _ in range(repeats):
    start, total = time.process_time(), 0.0
    file = chemfiles.Trajectory(path, "r", form)
    for _ in range(file.nsteps):
        frame = file.read()
        total += float(frame.positions.copy()[-1].sum())
    times.append(time.process_time() - start)
print(min(times), total, chemfiles.__version__)
"""


def make(directory: Path, n_ions: int, n_frames: int) -> tuple[Path, Path]:
    """The same wrapped random walk as a LAMMPS dump (ids in a new order every frame) and as extended XYZ."""
    rng = np.random.default_rng(0)
    length = 11.7 * (n_ions / 135) ** (1 / 3)
    places = rng.uniform(0, length, (n_ions, 3))
    kinds = np.minimum(np.arange(n_ions) * 5 // n_ions, 4)
    types = [(1, 1, 1, 2, 3)[kind] for kind in kinds]
    names = [("Li", "Li", "Li", "O", "Cl")[kind] for kind in kinds]
    dump, xyz = directory / f"{n_ions}.lammpstrj", directory / f"{n_ions}.xyz"
    box = f"0.0 {length:.16e}\n" * 3
    lattice = f"{length} 0.0 0.0 0.0 {length} 0.0 0.0 0.0 {length}"
    with dump.open("w") as one, xyz.open("w") as other:
        for frame in range(n_frames):
            places = (places + rng.normal(0, 0.05, (n_ions, 3))) % length
            one.write(
                f"ITEM: TIMESTEP\n{100 * frame}\nITEM: NUMBER OF ATOMS\n{n_ions}\nITEM: BOX BOUNDS pp pp pp\n{box}"
            )
            one.write("ITEM: ATOMS id type x y z\n")
            one.writelines(
                f"{k + 1} {types[k]} {places[k, 0]:.6g} {places[k, 1]:.6g} {places[k, 2]:.6g} \n"
                for k in rng.permutation(n_ions)
            )
            other.write(f'{n_ions}\nLattice="{lattice}" Properties=species:S:1:pos:R:3 pbc="T T T"\n')
            other.writelines(
                f"{names[k]:2s} {places[k, 0]:16.8f} {places[k, 1]:16.8f} {places[k, 2]:16.8f}\n" for k in range(n_ions)
            )
    return dump, xyz


def read(path: Path) -> float:
    source = read_source(path, SPECIES if path.suffix == ".lammpstrj" else None)
    return sum(float(block.positions[:, -1].sum()) for block in source.blocks)


def unwrap(path: Path) -> int:
    source = read_source(path, SPECIES if path.suffix == ".lammpstrj" else None)
    return sum(len(block.positions) for block in CheckedFrames(source, path))


def main(write: bool, peer: str) -> None:
    rows, version = [], ""
    with tempfile.TemporaryDirectory() as scratch:
        for n_ions, n_frames in ((135, 4000), (1080, 500)):
            for path, form in zip(make(Path(scratch), n_ions, n_frames), ("LAMMPS", "XYZ"), strict=True):
                read(path)  # compiled now
                ours = best_seconds(lambda path=path: read(path))
                checked = best_seconds(lambda path=path: unwrap(path))
                done = subprocess.run(
                    [peer, "-c", PEER, str(path), form, "5"], capture_output=True, text=True, check=True
                )
                theirs, _, version = done.stdout.split()
                out = Path(scratch) / f"{path.name}.stored"
                begin = process_time()
                stored = convert_trajectory(path, out, species=SPECIES if form == "LAMMPS" else None)
                whole = process_time() - begin
                last = list(stored.blocks())[-1].positions[-1, -1]
                assert np.isfinite(last).all()
                again = best_seconds(lambda stored=stored: sum(len(block.positions) for block in stored.blocks()))
                size = sum(file.stat().st_size for file in out.iterdir()) / path.stat().st_size
                rows.append([
                    f"{'LAMMPS dump' if form == 'LAMMPS' else 'extended XYZ'}, {n_ions:,} ions",
                    f"{n_frames / float(theirs):,.0f}",
                    f"{n_frames / ours:,.0f}",
                    f"{float(theirs) / ours:.1f}x",
                    f"{n_frames / checked:,.0f} ({float(theirs) / checked:.1f}x)",
                    f"{n_frames / whole:,.0f}",
                    f"{n_frames / again:,.0f}",
                    f"{100 * size:.0f} %",
                ])  # fmt: skip
    body = table(
        ["frames per CPU second", "chemfiles", "ours, read", "ratio", "read, checked, unwrapped", "and stored",
         "stored copy, read", "its size"], rows,
    )  # fmt: skip
    publish(
        "bench_trajectory_reading",
        f"{body}\n\nCPU time. chemfiles {version}. {machine('numpy', 'numba', 'h5py')}",
        write,
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    python = arguments[arguments.index("--peer") + 1] if "--peer" in arguments else sys.executable
    main("--write" in arguments, python)
