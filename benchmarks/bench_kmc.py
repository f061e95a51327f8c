"""Kinetic Monte Carlo against lattice_mc and kmcpy: hops per CPU second on the same lattice gas.

    python benchmarks/bench_kmc.py [--write] [--peers PYTHON]

Vacancies on the simple cubic lattice, without interactions and with nearest-neighbour energies; then the Li sites of
the cubic parent up to 10^5. Peers run in the interpreter given by ``--peers``, in the same minutes. kmcpy runs its own
event list, state and update loop with the cheapest rate model there can be (comparing two occupations, and counting
neighbours where there are energies) and without its tracker; lattice_mc runs its own jump loop.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from time import process_time

import numpy as np
from _record import machine, publish, table

from antiperovskite.kinetics.gas import HopRates, LatticeGas
from antiperovskite.kinetics.lattice import HopLattice, hop_lattice, plain_lattice

CAGE = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])
CASES = ((0.02, 0.0), (0.02, 0.02), (0.33, 0.02))
SIZE = 10
LATTICE_MC = """
import json, sys, time
from lattice_mc import init_lattice, simulation
size, empty, pair, jumps = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
s = simulation.Simulation()
s.lattice = init_lattice.cubic_lattice(size, size, size, 3.0)
s.set_number_of_atoms(size**3 - round(empty * size**3))
if pair:
    s.set_nn_energy(pair)
    s.setup_lookup_table("nearest-neighbour")
for _ in range(3):
    s.lattice.jump()
best = 0.0
for _ in range(3):
    start = time.process_time()
    for _ in range(jumps):
        s.lattice.jump()
    best = max(best, jumps / (time.process_time() - start))
print(json.dumps(best))
"""
KMCPY = """
import json, logging, math, random, sys, time
from types import SimpleNamespace
logging.disable(logging.CRITICAL)
import numpy as np
from kmcpy.event.base import Event, EventLib
from kmcpy.simulator.kmc import KMC
from kmcpy.simulator.state import State
size, empty, pair, jumps = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
n = size**3
def at(x, y, z): return (x % size) * size * size + (y % size) * size + z % size
near = {}
for x in range(size):
    for y in range(size):
        for z in range(size):
            near[at(x, y, z)] = [at(x+1,y,z), at(x-1,y,z), at(x,y+1,z), at(x,y-1,z), at(x,y,z+1), at(x,y,z-1)]
lib = EventLib()
for i in range(n):
    for j in near[i]:
        if j > i:
            around = sorted((set(near[i]) | set(near[j])) - {i, j}) if pair else []
            lib.add_event(Event((i, j), tuple(around)))
lib.generate_event_dependencies()
class Model:
    def compute_probability(self, event, runtime_config, simulation_state):
        occ = simulation_state.occupations
        i, j = event.mobile_ion_indices
        if occ[i] == occ[j]:
            return 0.0
        if not pair:
            return 0.03
        a, b = (i, j) if occ[i] == 1 else (j, i)
        change = sum(occ[u] == 1 for u in near[b] if u != a) - sum(occ[u] == 1 for u in near[a])
        return 0.03 * math.exp(-pair * change / (2 * 0.0517))
rng = random.Random(0)
occ = [1] * n
for i in rng.sample(range(n), round(empty * n)):
    occ[i] = -1
k = KMC(None, Model(), lib, SimpleNamespace(runtime_config=SimpleNamespace()), State(occ))
k.rng = np.random.default_rng(0)
def go(m):
    for _ in range(m):
        event, dt = k.propose(k.event_lib.events)
        k.update(event, dt=dt)
go(5)
best = 0.0
for _ in range(3):
    start = time.process_time()
    go(jumps)
    best = max(best, jumps / (time.process_time() - start))
print(json.dumps(best))
"""


def ours(lattice: HopLattice, empty: float, pair: float, hops: float, general: bool = False) -> float:
    """Hops per CPU second, best of three."""
    rates = HopRates(10.0, 0.30, pair_energy=pair)
    gas = LatticeGas(lattice, rates, round(empty * lattice.n_sites), 600.0, seed=1, general=general)
    width = lattice.packed.shape[1]
    per_ps = 0.03 * width * gas.n_carriers * (1 - empty)
    gas.advance(hops / 10 / per_ps)
    best = 0.0
    for _ in range(3):
        before, start = gas.n_hops, process_time()
        gas.advance(hops / per_ps)
        best = max(best, (gas.n_hops - before) / (process_time() - start))
    return best


def peer(python: str, code: str, *arguments: object) -> float | str:
    """Hops per CPU second of a peer, or why it did not run."""
    done = subprocess.run(
        [python, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1][:80]
    return float(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    """Measure and print; ``--write`` publishes."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--write", action="store_true")
    reader.add_argument("--peers", default=sys.executable)
    given = reader.parse_args()
    lattice = plain_lattice("simple cubic", SIZE, 3.0)
    rows = []
    for empty, pair in CASES:
        mine = ours(lattice, empty, pair, 2e6 if pair else 2e7)
        others = [
            peer(given.peers, code, SIZE, empty, pair, 100 if empty > 0.1 else 300) for code in (LATTICE_MC, KMCPY)
        ]
        said = [
            f"{other:,.0f} ({mine / other:,.0f}x)" if isinstance(other, float) else f"did not run: {other}"
            for other in others
        ]
        rows.append([f"{100 * empty:.0f} %", f"{1000 * pair:g}", f"{mine:.2g}", *said])
    body = table(["vacancies", "pair energy / meV", "ours", "lattice_mc 1.0.4", "kmcpy 0.3.0"], rows)
    body += f"\n\nHops per CPU second, simple cubic, {SIZE**3:,} sites, 600 K. In brackets: ours is faster by.\n\n"
    large = []
    for copies in (10, 32):
        sites = hop_lattice(3.9 * np.eye(3), CAGE, (copies, copies, copies))
        for empty, pair in ((0.02, 0.0), (0.33, 0.0), (0.02, 0.02), (0.33, 0.02), (0.33, 0.05)):
            speed = ours(sites, empty, pair, 2e6 if pair else 3e7)
            large.append([f"{sites.n_sites:,}", f"{100 * empty:.0f} %", f"{1000 * pair:g}", f"{speed:.2g}"])
    body += table(["Li sites of the cubic parent", "vacancies", "pair energy / meV", "hops per CPU second"], large)
    publish("bench_kmc", f"{body}\n\n{machine('numpy', 'numba')}", given.write)


if __name__ == "__main__":
    main()
