"""Mean squared displacements against pymatgen-analysis-diffusion, tidynamics, MDAnalysis, freud, GEMDAT and kinisi.

    python benchmarks/bench_msd.py [--write] [--frames 20000] [--ions 1080] [--peers PYTHON]

The case is a random walk of 1,080 ions over 20,000 frames, far from the origin. Peers that do not share our environment
run in the interpreter given by ``--peers``, in the same minutes, on the same positions; a peer that is not installed is
said so. Ours is run again beside every peer, so that both see the same load. Every lag is compared with the mean over
all time origins (sampled lags: exactly; all: with double precision).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from _record import best_seconds, machine, publish, table

from antiperovskite.transport.displacement import mean_squared_displacement
from antiperovskite.transport.windows import WindowCollector

# The kernel's high-water mark of this process alone: getrusage would carry the parent's over.
PEAK = """
def peak():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
"""
PEER = """
import sys, json, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
name, path, out, repeats = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
x = np.load(path)                                    # (frames, ions, 3) float32
cell = 100.0
def tidynamics_():
    import tidynamics
    return np.mean([tidynamics.msd(x[:, i].astype(float)) for i in range(x.shape[1])], axis=0)
def mdanalysis_():
    import MDAnalysis as mda
    from MDAnalysis.analysis.msd import EinsteinMSD
    u = mda.Universe.empty(x.shape[1], trajectory=True)
    u.load_new(x, order="fac")
    return EinsteinMSD(u, select="all", msd_type="xyz", fft=True).run().results.timeseries
def freud_():
    import freud
    freud.parallel.set_num_threads(1)
    m = freud.msd.MSD(mode="window")
    m.compute(x - x[0])  # single precision: without this its answer is wrong
    return np.array(m.msd)
def pymatgen_():  # what DiffusionAnalyzer calls, at every lag
    from pymatgen.analysis.diffusion.analyzer import _msd_from_positions_fft
    return _msd_from_positions_fft(x.transpose(1, 0, 2)).sum(axis=2).mean(axis=0)
def analyzer_():  # the public call: it reports about 200 lags (and charge displacements)
    from pymatgen.core import Structure, Lattice
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    n = x.shape[1]
    s = Structure(Lattice.cubic(cell), ["Li"] * n + ["O"], np.random.default_rng(0).random((n + 1, 3)))
    d = np.zeros((n + 1, len(x), 3))  # it needs an ion that stays
    d[:n] = (x - x[0]).transpose(1, 0, 2)
    a = DiffusionAnalyzer(s, d, "Li", 1000.0, 1, 1, smoothed="max")
    full = np.full(len(x), np.nan)
    full[np.asarray(a.dt).astype(int)] = a.msd
    return full
def gemdat_():
    from gemdat import Trajectory
    from pymatgen.core import Element
    t = Trajectory(species=[Element("Li")] * x.shape[1], coords=x.astype(float) / cell, lattice=np.eye(3) * cell,
                   time_step=1e-13, base_positions=(x[0] / cell).astype(float), metadata={"temperature": 800.0})
    t.to_displacements()
    return t.mean_squared_displacement().mean(axis=0)
work = globals()[name + "_"]
best, msd = 1e30, None
for _ in range(repeats):
    start = time.process_time()
    msd = work()
    best = min(best, time.process_time() - start)
np.save(out, msd)
print(json.dumps({"seconds": best, "memory": peak()}))
"""
PEERS = {
    "pymatgen": "pymatgen-analysis-diffusion, its FFT function",
    "analyzer": "pymatgen-analysis-diffusion, DiffusionAnalyzer",
    "tidynamics": "tidynamics",
    "mdanalysis": "MDAnalysis (FFT)",
    "freud": "freud (window)",
    "gemdat": "GEMDAT",
}
OURS = """
import sys, json, time
import numpy as np
from antiperovskite.transport.displacement import mean_squared_displacement
import scipy.fft
mean_squared_displacement(np.zeros((8, 40, 3), np.float32))
x = np.load(sys.argv[1])
before = peak()
best = 1e30
for _ in range(3):
    start = time.process_time(); mean_squared_displacement(x); best = min(best, time.process_time() - start)
after = peak()
print(json.dumps({"seconds": best, "extra": after - before, "array": x.nbytes}))
"""


def walk(frames: int, ions: int) -> np.ndarray:
    """A random walk 300 angstrom from the origin, single precision, written in pieces."""
    rng = np.random.default_rng(0)
    found = np.empty((frames, ions, 3), np.float32)
    for first in range(0, ions, 60):
        steps = 0.1 * rng.standard_normal((frames, min(60, ions - first), 3))
        found[:, first : first + 60] = np.cumsum(steps, axis=0) + 300.0
    return found


def exact(positions: np.ndarray, lags: list[int]) -> np.ndarray:
    """The definition, in double precision, at a few lags."""
    found = []
    for lag in lags:
        total = 0.0
        for first in range(0, positions.shape[1], 60):
            part = positions[:, first : first + 60].astype(float)
            total += float(((part[lag:] - part[:-lag]) ** 2).sum())
        found.append(total / ((len(positions) - lag) * positions.shape[1]))
    return np.array(found)


def run(python: str, code: str, *arguments: str) -> dict[str, float] | str:
    """Run one side in a process of its own; the reason where it fails."""
    done = subprocess.run([python, "-c", PEAK + code, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1][:90]
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def measure(path: Path) -> dict[str, float]:
    """Our kernel in a fresh process."""
    mine = run(sys.executable, OURS, str(path))
    assert isinstance(mine, dict), mine
    return mine


def main() -> None:
    """Measure and print; ``--write`` publishes."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--write", action="store_true")
    reader.add_argument("--frames", type=int, default=20000)
    reader.add_argument("--ions", type=int, default=1080)
    reader.add_argument("--peers", default=sys.executable)
    reader.add_argument("--only", nargs="*", default=list(PEERS), choices=list(PEERS))
    given = reader.parse_args()
    positions = walk(given.frames, given.ions)
    lags = [lag for lag in (1, 2, 5, 20, 100, 1000, 5000, given.frames - 10) if lag < given.frames]
    truth = exact(positions, lags)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.npy"
        np.save(path, positions)
        ours = mean_squared_displacement(positions)
        double = mean_squared_displacement(positions[:, :30].astype(float))
        single = mean_squared_displacement(np.tile(positions[:, :30], (1, 2, 1)))
        every = float(np.max(np.abs(single[1:] / double[1:] - 1)))
        stream = best_seconds(lambda: _stream(positions), 2)
        runs, rows = [measure(path)], []
        for name, title in ((name, PEERS[name]) for name in given.only):
            found = run(given.peers, PEER, name, str(path), str(Path(folder) / "msd.npy"), "1")
            runs.append(measure(path))
            if isinstance(found, str):
                rows.append([title, "did not run", "", "", "", found])
                continue
            beside = (runs[-2]["seconds"] + runs[-1]["seconds"]) / 2
            msd = np.load(Path(folder) / "msd.npy")
            error = np.abs(msd[1:] / ours[1:] - 1)
            rows.append(
                [title, f"{found['seconds']:.1f}", f"{found['seconds'] / beside:.1f}x", f"{np.isfinite(error).sum():,}",
                 f"{np.nanmax(error):.0e}", f"{found['memory'] / runs[0]['array']:.1f}"]
            )  # fmt: skip
    seconds = [one["seconds"] for one in runs]
    extra = max(one["extra"] / one["array"] for one in runs)
    rows[:0] = [
        ["ours", f"{np.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})", "", f"{given.frames - 1:,}",
         f"{np.max(np.abs(ours[lags] / truth - 1)):.0e}", f"{1 + extra:.2f} with the array"],
        ["ours, streamed", f"{stream:.2f}", "", "two an octave", "", "flat in the number of frames"],
    ]  # fmt: skip
    body = table(["with", "CPU seconds", "ours is faster by", "lags", "largest error", "peak memory / array"], rows)
    body += (
        f"\n\n{given.ions:,} ions, {given.frames:,} frames, single precision, 300 angstrom from the origin. "
        f"Largest error: ours at {len(lags)} lags against the definition in double precision; at every lag, single "
        f"against double precision transform: {every:.0e}; of the others against ours, at every lag they have. Ours "
        f"was measured before and after each peer and is compared with the mean of both.\n{machine('numpy', 'scipy')}"
    )
    publish("bench_msd", body, given.write)


def _stream(positions: np.ndarray) -> None:
    collector = WindowCollector(positions.shape[0], positions.shape[1])
    for first in range(0, len(positions), 500):
        collector.add(positions[first : first + 500])
    collector.finish()


if __name__ == "__main__":
    main()
