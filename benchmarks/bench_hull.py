"""Hull distances and a voltage profile of a large phase set, against pymatgen's PhaseDiagram, in one run.

    python benchmarks/bench_hull.py [--write]

5,000 seeded, made-up entries of five elements (an insertion host with 42 states among random compounds). Both sides
get the same entries, build the hull, give the energy above the hull of every entry, and the profile of the mobile ion
for the host. Results are compared to 1e-9 eV before any time is printed; ours is the fastest of five runs, pymatgen's
one run. Then the windows of 10,000 compositions are screened.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
from _record import best_seconds, machine, publish, table

from antiperovskite.electrochemistry.profile import LineProfile, element_profile
from antiperovskite.electrochemistry.screening import screen_windows
from antiperovskite.stability.convex_hull import ConvexHull, convex_hull
from antiperovskite.stability.hull import PhaseEnergy

ELEMENTS = ("Li", "O", "Cl", "S", "Mn")
HOST = np.array([0.0, 4.0, 2.0, 1.0, 2.0])
ENTRIES, STATES, COMPOSITIONS = 5000, 42, 10_000
TOLERANCE = 1e-9  # eV
Contents = dict[str, float]


def entries(seed: int = 1) -> list[tuple[Contents, float]]:
    """Compositions with energies in eV: the elements, an insertion series with convex energies, random compounds."""
    rng = np.random.default_rng(seed)
    zero = rng.uniform(-9.0, -1.0, len(ELEMENTS))
    rows = [(row, float(row @ zero)) for row in np.eye(len(ELEMENTS))]
    for state in range(STATES):
        content = 0.25 * state
        host = HOST.copy()
        host[0] = content
        rows.append((host, float(host @ zero) - 9.0 - 4.5 * content + 0.12 * content**2))
    while len(rows) < ENTRIES:
        row = rng.integers(0, 7, len(ELEMENTS)).astype(float)
        atoms = row.sum()
        if atoms:
            depth = rng.gamma(2.0, 0.15) * (1.0 - ((row / atoms) ** 2).sum())
            rows.append((row, float(row @ zero - atoms * depth)))
    return [({e: float(n) for e, n in zip(ELEMENTS, row, strict=True) if n}, energy) for row, energy in rows]


def ours(phases: list[PhaseEnergy], host: Contents) -> tuple[ConvexHull, np.ndarray, LineProfile, list[object]]:
    """Hull, distances, profile and the phases at each of its steps."""
    hull = convex_hull(phases)
    above = hull.energies_above()
    profile = element_profile(hull, hull.amounts(host), "Li")
    mixtures: list[object] = [hull.decompose({**host, "Li": float(n)}) for n in profile.contents]
    return hull, above, profile, mixtures


def theirs(items: list[tuple[Contents, float]], host: Contents) -> tuple[np.ndarray, list[dict[str, object]]]:
    """The same from pymatgen."""
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition, Element

    made = [PDEntry(Composition(content), energy) for content, energy in items]
    diagram = PhaseDiagram(made)
    above = np.array([diagram.get_e_above_hull(entry) for entry in made])
    return above, diagram.get_element_profile(Element("Li"), Composition({**host, "Li": 3.0}))


def main(write: bool) -> None:
    """Measure, compare, print, and with ``--write`` record."""
    warnings.simplefilter("ignore", DeprecationWarning)
    items = entries()
    phases = [PhaseEnergy(str(k), str(k), content, energy) for k, (content, energy) in enumerate(items)]
    host = {e: float(n) for e, n in zip(ELEMENTS, HOST, strict=True) if n}
    ours(phases, host)  # imports

    our_time = best_seconds(lambda: ours(phases, host))
    results: list[tuple[np.ndarray, list[dict[str, object]]]] = []
    their_time = best_seconds(lambda: results.append(theirs(items, host)), repeats=1)
    hull, above, profile, _ = ours(phases, host)
    their_above, their_profile = results[-1]
    worst = float(np.abs(above - their_above).max())
    steps = np.array([step["chempot"] for step in their_profile], dtype=float)
    assert len(steps) == len(profile.slopes) >= 40, (len(steps), len(profile.slopes))
    worst_step = float(np.abs(steps - profile.slopes[::-1]).max())
    assert max(worst, worst_step) < TOLERANCE, (worst, worst_step)

    parts = [
        ("hull", best_seconds(lambda: convex_hull(phases))),
        ("distances", best_seconds(hull.energies_above)),
        ("profile", best_seconds(lambda: element_profile(hull, hull.amounts(host), "Li"))),
    ]
    amounts = np.random.default_rng(2).dirichlet(np.ones(len(ELEMENTS)), COMPOSITIONS)
    energies = hull.energies_at(amounts) + 0.02
    screen = best_seconds(lambda: screen_windows(hull, amounts, "Li", energies), repeats=1)
    body = table(
        ["what", "pymatgen", "ours", "ratio"],
        [
            [
                f"hull of {ENTRIES:,} entries in {len(ELEMENTS)} elements, all distances, profile of "
                f"{len(steps)} steps with its phases",
                f"{their_time:.1f} s",
                f"{our_time:.3f} s",
                f"{their_time / our_time:,.0f}x",
            ],
            [
                f"windows of {COMPOSITIONS:,} compositions with energies of their own in that hull "
                f"({len(hull.facets.vertices):,} facets)",
                "",
                f"{screen:.1f} s",
                "",
            ],
        ],
    )
    split = ", ".join(f"{name} {seconds * 1e3:.1f} ms" for name, seconds in parts)
    same = f"Largest difference: {worst:.0e} eV/atom in a distance, {worst_step:.0e} eV in a step. Ours apart: {split}."
    publish("bench_hull", f"{body}\n\n{same}\nCPU time. {machine('pymatgen', 'numpy', 'scipy')}", write)


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
