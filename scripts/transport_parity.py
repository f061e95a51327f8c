"""What kinisi and pymatgen-analysis-diffusion measure on the shared trajectories, kept for a test of this package.

    python scripts/transport_parity.py --peers PYTHON     # PYTHON: an interpreter with both peers and MDAnalysis

Writes tests/transport/data/peers.json. The trajectories are made from seeds by tests/transport/shared_trajectories.py
and go to the peers as arrays, unwrapped, framework included; kinisi starts at the lag that this package chose, because
it leaves that choice to the user.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from antiperovskite._files import write_atomically
from antiperovskite.transport import diffusion

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests" / "transport"
PEER = """
import json, sys, warnings
warnings.filterwarnings("ignore")
from importlib.metadata import version
import MDAnalysis as mda
import numpy as np
import scipp as sc
from MDAnalysis.coordinates.memory import MemoryReader
from kinisi.analyze import DiffusionAnalyzer as Kinisi
from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer as Pymatgen
from pymatgen.core import Lattice, Structure

def pymatgen_(positions, cell, symbols, task):
    start = Structure(Lattice(cell), symbols, positions[0], coords_are_cartesian=True)
    moved = (positions - positions[0]).transpose(1, 0, 2)
    found = Pymatgen(start, moved, "Li", task["K"], task["ps"] * 1000, 1, smoothed="max")
    return {"D": float(found.diffusivity)}

def kinisi_(positions, cell, symbols, task):
    u = mda.Universe.empty(len(symbols), trajectory=True, atom_resindex=np.zeros(len(symbols), int))
    u.add_TopologyAttr("type", symbols)
    u.add_TopologyAttr("name", symbols)
    box = np.tile(np.array([*np.linalg.norm(cell, axis=1), 90.0, 90.0, 90.0], dtype=np.float32), (len(positions), 1))
    u.trajectory = MemoryReader(positions, order="fac", dimensions=box, dt=task["ps"])
    lags = np.unique(np.round(np.geomspace(1, len(positions) // 4, 24)).astype(int))
    found = Kinisi.from_universe(
        u, specie="Li", time_step=sc.scalar(task["ps"], unit="ps"), step_skip=sc.scalar(1, unit="dimensionless"),
        dt=sc.array(dims=["time interval"], values=lags * task["ps"], unit="ps"), progress=False)
    found.diffusion(sc.scalar(task["start"], unit="ps"), progress=False, random_state=np.random.RandomState(1))
    values = sc.to_unit(found.D, "cm^2/s").values
    return {"D": float(np.mean(values)), "standard deviation": float(np.std(values))}

answers = []
for task in json.loads(sys.argv[1]):
    data = np.load(task["path"])
    symbols = [str(s) for s in data["symbols"]]
    fixed = data["positions"][:, np.array(symbols) != "Li"].mean(axis=1, keepdims=True)
    given = (data["positions"] - (fixed - fixed[:1]), data["cell"], symbols, task)
    answers.append({"kinisi": kinisi_(*given), "pymatgen": pymatgen_(*given)})
names = {"kinisi": "kinisi", "pymatgen": "pymatgen-analysis-diffusion"}
print(json.dumps({"answers": answers, "versions": {peer: version(name) for peer, name in names.items()}}))
"""


def main() -> None:
    """Ask both peers, in one process, and write the file."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--peers", required=True)
    given = reader.parse_args()
    spec = importlib.util.spec_from_file_location("shared_trajectories", TESTS / "shared_trajectories.py")
    assert spec is not None and spec.loader is not None
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    made = shared.shared_trajectories()
    tasks = []
    with tempfile.TemporaryDirectory() as folder:
        for number, trajectory in enumerate(made.values()):
            info = trajectory.info
            path = Path(folder) / f"{number}.npz"
            positions = trajectory.series(np.arange(info.n_ions))
            np.savez(path, positions=positions, cell=trajectory.cells()[0], symbols=np.array(info.symbols))
            start = diffusion(trajectory, "Li").regime.start.value
            tasks.append({"path": str(path), "ps": info.frame_interval_ps, "K": info.temperature_K, "start": start})
        words = [given.peers, "-c", PEER, json.dumps(tasks)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    found = json.loads(done.stdout.strip().splitlines()[-1])
    rows = zip(made.items(), found["answers"], strict=True)
    text = {
        "made_by": "python scripts/transport_parity.py --peers PYTHON",
        "unit": "cm^2/s",
        "versions": found["versions"],
        "trajectories": {name: {"fingerprint": shared.fingerprint(one), **row} for (name, one), row in rows},
    }
    (TESTS / "data").mkdir(exist_ok=True)
    write_atomically(TESTS / "data" / "peers.json", json.dumps(text, indent=1) + "\n")


if __name__ == "__main__":
    main()
