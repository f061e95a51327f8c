"""Larger supercells of mixed X3BA: where ions and vacancies go when one or two octahedra are too few.

The arrangement is the electrostatically lowest one that simulated annealing of ion swaps finds (formal charges at
ideal positions); ions of equal charge, which electrostatics cannot tell apart, are spread so that like ones keep their
distance. It is one ordered representative, not the random solution: quasirandom cells are made by
:func:`antiperovskite.structures.ordering.quasirandom.quasirandom_structure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent
from antiperovskite.structures.cubic import Arrangement
from antiperovskite.structures.lattices import round_supercell
from antiperovskite.structures.orientations import Direction, orientation_names, shape
from antiperovskite.structures.parent import Bond, Cell, ParentCell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SWEEPS: Final = 60
SEED: Final = 0
# Weight of the term that spreads like ions of equal charge, against Coulomb energies of order one: a tie-break.
_SPREAD: Final = 0.05
_AXES: Final[tuple[Direction, ...]] = ((0, 0, 1), (0, 0, -1), (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0))
_DIAGONALS: Final[tuple[Direction, ...]] = tuple((x, y, z) for x in (1, -1) for y in (1, -1) for z in (1, -1))


def arrange_supercell(content: CellContent) -> Arrangement:
    """Place the ions of a cell content on the compact supercell of the cubic parent that holds them."""
    import numpy as np

    n = content.octahedra
    cell = ParentCell(round_supercell(n))
    cells = cell.cells()
    bonds = sorted(cell.bonds())
    sites: list[tuple[str, Any]] = [("X", bond) for bond in bonds]
    sites += [("B", c) for c in cells] + [("A", c) for c in cells]
    start: list[Ion | None] = [*content.X, *[None] * content.vacancies, *content.B, *content.A]
    fractional = _places(cell, sites)
    chosen = _anneal(np.array(cell.matrix, dtype=float), fractional, [role for role, _ in sites], start)
    X: dict[Bond, Ion | None] = {}
    B: dict[Cell, Ion] = {}
    A: dict[Cell, Ion] = {}
    for (role, key), ion in zip(sites, chosen, strict=True):
        if role == "X":
            X[key] = ion
        elif ion is not None:
            (B if role == "B" else A)[key] = ion
    clusters = {ion.symbol: ion for ion in A.values() if ion.is_cluster}
    return Arrangement(
        cell=cell,
        A=A,
        B=B,
        X=X,
        B_direction=_directions(cell, X, B),
        A_orientation=orientation_names(next(iter(clusters.values())))[0] if len(clusters) == 1 else None,
        what=f"cubic X3BA parent, supercell of {n}, in the lowest electrostatic arrangement found",
        notes=_notes(content, B),
    )


def _notes(content: CellContent, B: Mapping[Cell, Ion]) -> tuple[str, ...]:
    notes = [
        "one ordered model stands for a sample that may be disordered; found by annealing swaps with formal charges "
        f"(seed {SEED}), so a lower one may exist"
    ]
    if content.vacancies:
        notes.append(f"{content.vacancies} of {3 * content.octahedra} X sites are empty")
    if any(shape(ion) in ("linear", "bent") for ion in B.values()):
        notes.append("every dipolar B ion (OH) points where its hydrogen is farthest from cations: an empty X site")
    return tuple(notes)


def _places(cell: ParentCell, sites: Sequence[tuple[str, Any]]) -> Array:
    """Fractional places ``(n_sites, 3)`` of parent sites in the supercell."""
    import numpy as np

    found = []
    for role, key in sites:
        if role == "X":
            c, axis = key
            place = np.array(c, dtype=float) + 0.5
            place[axis] -= 0.5
        else:
            place = np.array(key, dtype=float) + (0.5 if role == "B" else 0.0)
        found.append(place)
    return np.asarray(np.array(found) @ np.linalg.inv(np.array(cell.matrix, dtype=float)))


def _anneal(lattice: Array, fractional: Array, roles: Sequence[str], start: list[Ion | None]) -> list[Ion | None]:
    """Swap ions within sublattices at falling temperature; the same result on every run.

    The energy is q^T V q / 2 plus, for every species of a sublattice, a small like-repels-like term with the same V.
    """
    import numpy as np

    from antiperovskite.structures.ordering.ewald import ewald_matrix

    symbols = [None if ion is None else ion.symbol for ion in start]
    species = sorted({(role, symbol or "") for role, symbol in zip(roles, symbols, strict=True)})
    kind = np.array([species.index((role, symbol or "")) for role, symbol in zip(roles, symbols, strict=True)])
    charge = _charges(start)
    by_kind = np.array([next(charge[i] for i in range(len(kind)) if kind[i] == k) for k in range(len(species))])
    # Units of e^2 / (4 pi eps0 a): lattice in parent edges.
    matrix = ewald_matrix(lattice, fractional) / 14.399645
    same = np.eye(len(species)) * _SPREAD
    pair = by_kind[:, None] * by_kind[None] + same
    members = [np.flatnonzero([r == role for r in roles]) for role in ("X", "B", "A")]
    members = [m for m in members if len(set(kind[m].tolist())) > 1]
    if not members:
        return start
    generator = np.random.default_rng(SEED)
    best, best_energy = kind.copy(), np.inf
    energy = 0.5 * float((matrix * pair[np.ix_(kind, kind)]).sum())
    steps = SWEEPS * sum(len(m) for m in members)
    temperature = None
    for step in range(steps):
        sites = members[int(generator.integers(len(members)))]
        i, j = generator.choice(sites, size=2, replace=False)
        if kind[i] == kind[j]:
            continue
        trial = kind.copy()
        trial[i], trial[j] = kind[j], kind[i]
        change = _row(matrix, pair, trial, i, j) - _row(matrix, pair, kind, i, j)
        if temperature is None:
            temperature = max(abs(change), 0.05)
        now = temperature * 1e-3 ** (step / steps)
        if change < 0 or generator.random() < np.exp(-change / now):
            kind, energy = trial, energy + change
            if energy < best_energy - 1e-9:
                best, best_energy = kind.copy(), energy
    pool: dict[int, Ion | None] = {}
    for index, ion in enumerate(start):
        pool.setdefault(species.index((roles[index], symbols[index] or "")), ion)
    return [pool[int(k)] for k in best]


def _row(matrix: Array, pair: Array, kind: Any, i: int, j: int) -> float:
    """Part of the energy that involves sites i and j."""
    one = float((matrix[i] * pair[kind[i], kind]).sum() + (matrix[j] * pair[kind[j], kind]).sum())
    own = matrix[i, i] * pair[kind[i], kind[i]] + matrix[j, j] * pair[kind[j], kind[j]]
    return one - 0.5 * float(own) - float(matrix[i, j] * pair[kind[i], kind[j]])


def _charges(ions: Sequence[Ion | None]) -> list[float]:
    """Formal charges; what is left over goes to the metals that can carry it, evenly."""
    charges = [0.0 if ion is None else float(ion.charge) for ion in ions]
    metals = [i for i, ion in enumerate(ions) if ion is not None and ion.other_charges]
    excess = sum(charges)
    for i in metals:
        charges[i] -= excess / len(metals)
    return charges


def _directions(cell: ParentCell, X: Mapping[Bond, Ion | None], B: Mapping[Cell, Ion]) -> dict[Cell, Direction]:
    """Turn each dipolar B ion so that its far end is farthest from cations and from the ends placed before."""
    import numpy as np

    matrix = np.array(cell.matrix, dtype=float)
    inverse = np.linalg.inv(matrix)
    cations = _places(cell, [("X", bond) for bond, ion in X.items() if ion is not None])
    ends: list[Array] = []
    result: dict[Cell, Direction] = {}

    def nearest(point: Array, others: Array) -> float:
        delta = point - others
        delta -= np.round(delta)
        return float(np.linalg.norm(delta @ matrix, axis=-1).min()) if len(others) else 9.0

    for c, ion in B.items():
        if shape(ion) not in ("linear", "bent"):
            continue
        scored = []
        for order, direction in enumerate((*_AXES, *_DIAGONALS)):
            vector = np.array(direction)
            end = (np.array(c) + 0.5 + 0.25 * vector / np.linalg.norm(vector)) @ inverse
            free = min(nearest(end, cations), 0.7 * nearest(end, np.array(ends).reshape(-1, 3)))
            scored.append((round(free, 6), -order, direction, end))
        _, _, chosen, end = max(scored, key=lambda item: item[:2])
        ends.append(end)
        result[c] = chosen
    return result
