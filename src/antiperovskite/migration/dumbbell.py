"""Interstitial dumbbells: two cations share one site, and hand over to the ion of a neighbouring site.

Emly, Kioupakis and Van der Ven, Chem. Mater. 25, 4663 (2013), 10.1021/cm4016222, proposed them for Li3OCl.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.engines.quasi_newton import InverseHessian, Minimum, crystal_preconditioner, minimise
from antiperovskite.errors import EngineError, StructureError
from antiperovskite.migration.ends import Ends, Supercell, carried, check_ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.exchange import supercell_operations
from antiperovskite.migration.interpolation import shortest
from antiperovskite.migration.model import HopClass
from antiperovskite.migration.path import Report, Settings

_SPLIT: Final = 0.9  # angstrom from the site; half the distance of the two ions at the start
_SAME: Final = 0.08
_RATTLE: Final = 0.03  # angstrom; breaks symmetry so that a dumbbell can turn while it relaxes
_STEP: Final = 0.1
_MOVES: Final = 0.4
MOST_HOPS: Final = 4


@dataclass(frozen=True)
class Dumbbell:
    """The relaxed dumbbell of lowest energy on one site, with the energies of all starts in eV above it."""

    atoms: Any
    kinds: Any
    found: Minimum
    site: int  # atom of the unit cell
    pair: tuple[int, int]
    starts: tuple[tuple[str, float], ...]


def relaxed_dumbbell(
    cell: Supercell, site: int, force_of: Any, settings: Settings, report: Report
) -> tuple[Dumbbell, Evaluations]:
    """Relax dumbbells along the directions to neighbouring sites and between them; the lowest one is kept.

    Raises
    ------
    StructureError
        None keeps two ions on the site.
    """
    import numpy as np

    centre = cell.place(site, (0, 0, 0))
    atom = cell.atom(site, (0, 0, 0))
    atoms = cell.atoms.copy()
    atoms.append(atoms[atom])
    atoms.cell, atoms.pbc = cell.atoms.cell, True
    kinds = np.append(cell.kinds, cell.kinds[atom])
    pair = (atom, len(atoms) - 1)
    force = force_of(atoms)
    found: list[tuple[str, Minimum]] = []
    noise = np.random.default_rng(7).normal(0.0, _RATTLE, (len(atoms), 3))
    for name, way in _directions(cell, site):
        report("ends", f"dumbbell along {name}")
        x = atoms.positions + noise
        x[pair[0]], x[pair[1]] = centre + _SPLIT * way, centre - _SPLIT * way
        start = atoms.copy()
        start.positions[:] = x
        preconditioner = crystal_preconditioner(start)
        try:
            one = minimise(
                force, x, InverseHessian(preconditioner), fmax=settings.fmax, fall=settings.fall,
                max_steps=settings.max_steps, max_step=_STEP,
            )  # fmt: skip
        except EngineError:  # two ions flew into each other; another direction may do
            continue
        if one.converged:
            found.append((name, one))
    if not found:
        raise StructureError("no dumbbell relaxed to the criteria; loosen --fmax or take a larger supercell")
    found.sort(key=lambda item: item[1].energy)
    best = found[0][1]
    starts = tuple((name, one.energy - best.energy) for name, one in found)
    return _shared(cell, atoms, kinds, best, starts), force


def _directions(cell: Supercell, site: int) -> list[tuple[str, Any]]:
    """Directions across the B-X-B axis towards neighbouring sites, and half way between them."""
    import numpy as np

    centre = cell.place(site, (0, 0, 0))
    box = cell.atoms.cell.array
    places = np.array([cell.atoms.positions[k] for k in range(len(cell.atoms))])
    roles = np.array(list(cell.model.roles) * (len(places) // cell.per_cell))
    to_B = shortest(places[roles == "B"] - centre, box)
    axis = to_B[np.argmin(np.linalg.norm(to_B, axis=1))]
    axis = axis / np.linalg.norm(axis)
    to_X = shortest(places[roles == "X"] - centre, box)
    lengths = np.linalg.norm(to_X, axis=1)
    near = to_X[(lengths > 0.5) & (lengths < 1.25 * lengths[lengths > 0.5].min())]
    ways: list[Any] = []

    def add(way: Any) -> None:
        size = float(np.linalg.norm(way))
        if size > 0.3 and all(abs(float(np.dot(way / size, other))) < 0.97 for other in ways):
            ways.append(way / size)

    flat = [v - float(np.dot(v, axis)) * axis for v in near]
    for v in flat:
        add(v)
    for a in flat:
        for b in flat:
            add(a / max(np.linalg.norm(a), 1e-9) + b / max(np.linalg.norm(b), 1e-9))
    add(near[0])
    return [(f"[{w[0]:.2f} {w[1]:.2f} {w[2]:.2f}]", w) for w in ways[:5]]


def _shared(cell: Supercell, atoms: Any, kinds: Any, found: Minimum, starts: tuple[tuple[str, float], ...]) -> Dumbbell:
    """Find which site two ions share after relaxation: the one whose two nearest mobile ions are nearest."""
    import numpy as np

    box = atoms.cell.array
    best: tuple[float, int, tuple[int, int]] | None = None
    mobile = np.flatnonzero(np.isin(kinds, kinds[[cell.atom(n, (0, 0, 0)) for n in cell.sites.numbers]]))
    for k in (cell.atom(n, s) for n in cell.sites.numbers if n < cell.sites.n_atoms for s in _grid(cell.times)):
        d = np.linalg.norm(shortest(found.positions[mobile] - cell.atoms.positions[k], box), axis=1)
        order = np.argsort(d)[:2]
        item = (float(d[order[1]]), k, (int(mobile[order[0]]), int(mobile[order[1]])))
        if best is None or item < best:
            best = item
    assert best is not None
    if best[0] > 1.7:
        raise StructureError(
            f"the additional ion relaxed to a place {best[0]:.2f} angstrom from the nearest site: an interstitial, no "
            "dumbbell; this mechanism does not occur with this engine"
        )
    return Dumbbell(atoms, kinds, found, best[1], best[2], starts)


def _grid(times: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    return [(a, b, c) for a in range(times[0]) for b in range(times[1]) for c in range(times[2])]


def dumbbell_hops(
    cell: Supercell, dumbbell: Dumbbell, *, longest: float, symprec: float
) -> list[tuple[HopClass, Ends]]:
    """Distinct moves of the dumbbell to sites within ``longest`` angstrom, those that move ions least first.

    Every image of the relaxed dumbbell under the crystal's operations is a possible last end; who goes where is the
    assignment that moves ions least, which is what makes the neighbour's ion take over.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    box = cell.atoms.cell.array
    inverse = np.linalg.inv(box)
    marked = cell.atoms.copy()
    marked.numbers[:] = cell.kinds
    operations = supercell_operations(marked, symprec)
    first, kinds = dumbbell.found.positions, dumbbell.kinds
    here = cell.atoms.positions[dumbbell.site]
    groups = [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]
    found: dict[tuple[Any, ...], tuple[HopClass, Ends]] = {}
    images: list[Any] = []
    for rotation, translation in operations:
        there = (rotation @ (here @ inverse) + translation) @ box
        hop = shortest((there - here)[None], box)[0]
        length = float(np.linalg.norm(hop))
        if not 0.5 < length <= longest:
            continue
        moved = (first @ inverse @ rotation.T + translation) @ box
        last = first.copy()
        for group in groups:
            gaps = shortest((moved[group][None] - first[group][:, None]).reshape(-1, 3), box).reshape(
                len(group), len(group), 3
            )
            rows, columns = linear_sum_assignment((gaps**2).sum(axis=2))
            last[group[rows]] = first[group[rows]] + gaps[rows, columns]
        steps = np.linalg.norm(last - first, axis=1)
        if any(abs(last - other).max() < _SAME for other in images):
            continue
        images.append(last)
        movers = tuple(int(k) for k in np.flatnonzero(steps > _MOVES))
        key = (round(length, 1), *(round(float(q), 1) for q in sorted(steps[list(movers)], reverse=True)))
        if key in found:
            old = found[key]
            found[key] = (old[0].model_copy(update={"multiplicity": old[0].multiplicity + 1}), old[1])
            continue
        ops = carried(operations, box, kinds, first, last, (here, there))
        atoms = dumbbell.atoms.copy()
        atoms.positions[:] = first
        check_ends(atoms, last)
        name = cell.sites.names[dumbbell.site % cell.per_cell]
        notes = (f"a lone {name} interstitial, not compensated: an engine without charges sees one electron too many",)
        description = HopClass(
            number=1,
            mechanism="dumbbell",
            label=f"{len(movers)} ions move, {float(np.sqrt((steps**2).sum())):.2f} angstrom in all",
            start=dumbbell.site % cell.per_cell,
            end=dumbbell.site % cell.per_cell,
            shift=(0, 0, 0),
            ions=(name,) * len(movers),
            length=length,
            multiplicity=1,
            neighbours=1,
            reversible=True,
        )
        found[key] = (description, Ends(atoms, first, last, movers, kinds, tuple(ops), notes))
    ordered = sorted(found.values(), key=lambda item: float(((item[1].last - item[1].first) ** 2).sum()))
    return [
        (d.model_copy(update={"number": k, "neighbours": float(d.multiplicity)}), e)
        for k, (d, e) in enumerate(ordered[:MOST_HOPS], 1)
    ]
