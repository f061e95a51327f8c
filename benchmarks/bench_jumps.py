"""Jumps against GEMDAT and site-analysis, van Hove against pymatgen, C1 and C2 against tidynamics and GEMDAT.

    python benchmarks/bench_jumps.py --peers PYTHON [--write]

Peers run in the interpreter given by ``--peers`` (gemdat, site-analysis, pymatgen-analysis-diffusion, tidynamics), in
the same minutes, on the same arrays; one that is not installed is said so. Event lists are compared row by row.
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

from antiperovskite.dynamics.trajectory import ArrayTrajectory
from antiperovskite.transport.jumps import Sites, find_transitions
from antiperovskite.transport.van_hove import van_hove
from antiperovskite.transport.vectors import vector_autocorrelation

EDGE, RADIUS = 11.7, 0.9
LAGS, ORIGINS = 20, 50
PEER = """
import sys, json, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
name, folder = sys.argv[1], sys.argv[2]
data = np.load(folder + "/case.npz")
x, sites, edge, radius = data["positions"], data["sites"], float(data["edge"]), float(data["radius"])
n_li = int(data["mobile"])
species = ["Li"] * n_li + ["O"] * (x.shape[1] - n_li)
def clock(work):
    start = time.process_time()
    found = work()
    return time.process_time() - start, found
def gemdat_trajectory():
    from gemdat import Trajectory
    from pymatgen.core import Element
    return Trajectory(species=[Element(s) for s in species], coords=(x / edge) % 1.0, lattice=np.eye(3) * edge,
                      time_step=1e-13, metadata={"temperature": 800.0})
def gemdat():
    from pymatgen.core import Structure, Lattice
    t = gemdat_trajectory()
    s = Structure(Lattice.cubic(edge), ["Li"] * len(sites), sites, labels=["Li"] * len(sites))
    def work():
        from gemdat import Transitions
        return Transitions.from_trajectory(trajectory=t, sites=s, floating_specie="Li", site_radius=radius).jumps()
    seconds, jumps = clock(work)
    columns = ["atom index", "start site", "destination site", "start time", "stop time"]
    return seconds, jumps.data[columns].to_numpy().tolist()
def site_analysis():
    from pymatgen.core import Structure, Lattice
    from site_analysis.atom import Atom
    from site_analysis.spherical_site import SphericalSite
    from site_analysis.trajectory import Trajectory
    frames = [Structure(Lattice.cubic(edge), species, p, coords_are_cartesian=True) for p in x]
    def work():
        own = [SphericalSite(frac_coords=s, rcut=radius) for s in sites]
        atoms = [Atom(index=i) for i in range(n_li)]
        t = Trajectory(sites=own, atoms=atoms)
        t.trajectory_from_structures(frames)
        first = own[0].index
        rows = []
        for ion, atom in enumerate(atoms):
            last = leave = None
            for frame, site in enumerate(atom.trajectory):
                if site is None:
                    continue
                site -= first
                if last is not None and site != last:
                    rows.append([ion, last, site, leave, frame])
                last, leave = site, frame
        return rows
    return clock(work)
def pymatgen():
    from pymatgen.core import Structure, Lattice
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    from pymatgen.analysis.diffusion.aimd.van_hove import VanHoveAnalysis
    lags, origins = int(data["lags"]), int(data["origins"])
    y = x[: lags + origins + 1]
    s = Structure(Lattice.cubic(edge), species, y[0], coords_are_cartesian=True)
    a = DiffusionAnalyzer(s, (y - y[0]).transpose(1, 0, 2), "Li", 800.0, 1, 1, smoothed=False)
    seconds, v = clock(lambda: VanHoveAnalysis(a, avg_nsteps=origins, ngrid=118, rmax=5.85, step_skip=1, sigma=0.1,
                                               species=["Li"]))
    return seconds, [v.gdrt.tolist(), v.interval.tolist()]
def tidynamics():
    import tidynamics as peer
    u = np.load(folder + "/vectors.npy")
    return clock(lambda: np.mean([peer.acf(u[:, i]) for i in range(u.shape[1])], axis=0)[:5].tolist())
def gemdat_vectors():
    from gemdat.utils import fft_autocorrelation
    u = np.load(folder + "/vectors.npy")
    seconds, found = clock(lambda: fft_autocorrelation(u))
    return seconds, np.asarray(found).mean(axis=0)[:5].tolist()
seconds, found = globals()[name]()
print(json.dumps({"seconds": seconds, "found": found}))
"""


def lattice_gas(frames: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, int]:
    """X sites of a 3 x 3 x 3 anti-perovskite cell with three vacancies that hop, rattling ions, 27 O that stay."""
    rng = np.random.default_rng(seed)
    cells = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    corners = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])
    sites = ((cells[:, None] + corners).reshape(-1, 3)) / 3
    apart = sites[:, None] - sites[None]
    apart -= np.round(apart)
    near = [np.flatnonzero((d > 0.1) & (d < 3.0)) for d in np.linalg.norm(apart * EDGE, axis=2)]
    empty, occupant = [0, 30, 60], {s: k for k, s in enumerate(s for s in range(81) if s not in (0, 30, 60))}
    place = sites[[s for s in range(81) if s not in empty]] * EDGE
    found = np.empty((frames, 78 + 27, 3))
    for frame in range(frames):
        for k in range(3):
            if rng.random() < 0.02:
                hole = empty[k]
                source = int(rng.choice([s for s in near[hole] if s not in empty]))
                ion = occupant.pop(source)
                step = sites[hole] - sites[source]
                place[ion] += (step - np.round(step)) * EDGE
                occupant[hole], empty[k] = ion, source
        found[frame, :78] = place + 0.25 * rng.standard_normal((78, 3))
    found[:, 78:] = (cells + 0.5) / 3 * EDGE
    return found, sites, 78


def peer(python: str, name: str, folder: str) -> dict | str:
    """Run one peer in a process of its own; the reason where it fails."""
    done = subprocess.run([python, "-c", PEER, name, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1][:90]
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(rows: list[list[int]], ours: np.ndarray) -> str:
    """How many of our events the peer has, and how many of its own we do not."""
    theirs, mine = {tuple(row) for row in rows}, {tuple(row) for row in ours.tolist()}
    return "equal" if theirs == mine else f"{len(mine & theirs)} of {len(mine)}; {len(theirs - mine)} others"


def main() -> None:
    """Measure and print; ``--write`` publishes."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--write", action="store_true")
    reader.add_argument("--frames", type=int, default=2000)
    reader.add_argument("--peers", default=sys.executable)
    given = reader.parse_args()
    positions, places, mobile = lattice_gas(given.frames)
    run = ArrayTrajectory(positions, EDGE * np.eye(3), ["Li"] * mobile + ["O"] * 27, 0.1)
    sites = Sites(places, ("Li",) * len(places), "Li", "benchmark")
    rows: list[list[str]] = []

    def line(what: str, name: str, found: dict | str, mine: float, note: str) -> None:
        if isinstance(found, str):
            rows.append([what, name, "did not run", "", "", found])
        else:
            rows.append([what, name, f"{found['seconds']:.3g}", f"{mine:.2g}", f"{found['seconds'] / mine:.0f}x", note])

    with tempfile.TemporaryDirectory() as folder:
        case = {"edge": EDGE, "radius": RADIUS, "mobile": mobile, "lags": LAGS, "origins": ORIGINS}
        np.savez(Path(folder) / "case.npz", positions=positions, sites=places, **case)
        found = find_transitions(run, sites, radius_angstrom=RADIUS).jumps()
        mine = best_seconds(lambda: find_transitions(run, sites, radius_angstrom=RADIUS).jumps())
        events = np.column_stack([found.ion, found.start, found.end, found.leave, found.arrive])
        for name, title in (("gemdat", "GEMDAT"), ("site_analysis", "site-analysis, spheres")):
            other = peer(given.peers, name, folder)
            note = "" if isinstance(other, str) else f"events: {compare(other['found'], events)}"
            line(f"jumps, {mobile} ions, {given.frames:,} frames", title, other, mine, note)
        short = ArrayTrajectory(positions[: LAGS + ORIGINS + 1], EDGE * np.eye(3), run.info.symbols, 0.1)
        lags = list(range(LAGS + 1))
        hove = van_hove(short, "Li", lags, r_max_angstrom=EDGE / 2, bin_angstrom=0.05, framework=["O"])
        mine = best_seconds(
            lambda: van_hove(short, "Li", lags, r_max_angstrom=EDGE / 2, bin_angstrom=0.05, framework=["O"])
        )
        # the peer takes the same number of origins at every lag, ours all there are: time per lag and origin
        other = peer(given.peers, "pymatgen", folder)
        per = mine / float(hove.origins.sum()) * ORIGINS * len(lags)
        line(
            f"van Hove, {mobile} ions, {len(lags)} lags, {ORIGINS} origins",
            "pymatgen",
            other,
            per,
            _distinct(other, hove),
        )
        vectors = np.cumsum(0.05 * np.random.default_rng(1).standard_normal((20000, 216, 3)), axis=0) + np.array(
            [1.0, 0.0, 0.0]
        )
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        np.save(Path(folder) / "vectors.npy", vectors)
        c1, _ = vector_autocorrelation(vectors)
        mine = best_seconds(lambda: vector_autocorrelation(vectors), 3)
        for name, title in (("tidynamics", "tidynamics, C1 only"), ("gemdat_vectors", "GEMDAT, C1 only")):
            other = peer(given.peers, name, folder)
            error = (
                "" if isinstance(other, str) else f"C1 differs by {np.abs(np.array(other['found']) - c1[:5]).max():.0e}"
            )
            line("C1 and C2, 216 vectors, 20,000 frames", title, other, mine, error)
    body = table(["what", "peer", "its CPU seconds", "ours", "ours is faster by", "agreement"], rows)
    body += f"\n\nVan Hove: ours scaled to the peer's number of origins.\n{machine('numpy', 'scipy', 'numba')}"
    publish("bench_jumps", body, given.write)


def _distinct(other: dict | str, hove: object) -> str:
    """Largest difference of g_d where the peer's smearing does not reach the nearest neighbours' edge."""
    if isinstance(other, str):
        return ""
    theirs, r = np.array(other["found"][0]), np.array(other["found"][1])
    width = hove.distinct_r[1] - hove.distinct_r[0]  # type: ignore[attr-defined]
    shell = 4 * np.pi * hove.distinct_r**2 * width  # type: ignore[attr-defined]
    smear = np.exp(-((r[:, None] - hove.distinct_r[None]) ** 2) / 0.02) / np.sqrt(0.02 * np.pi)  # type: ignore[attr-defined]
    ours = (hove.distinct_part[0] * shell) @ smear.T / (4 * np.pi * np.maximum(r, 1e-9) ** 2)  # type: ignore[attr-defined]
    middle = (r > 1.5) & (r < 5.3)
    ratio = theirs[0][middle] @ ours[middle] / (ours[middle] @ ours[middle])
    rest = np.abs(theirs[0][middle] - ratio * ours[middle]).max() / theirs[0][middle].max()
    return f"g(r, 0) has the same shape within {rest:.1%} of its peak, scale {ratio:.3f}"


if __name__ == "__main__":
    main()
