"""Disordered supercells of the cubic parent: ions and vacancies scattered over the sites they share, by chance.

A formula with empty X sites (Li2OHCl above its ordering transition), with two cations (Li2NaOCl) or two anions on one
site (Li3OCl0.5Br0.5) has no ordered cell that stands for the sample. Here ions are dealt out at random; on X they are
swapped by the Metropolis rule until every octahedron holds close to the mean number of each kind: Pauling's
electrostatic valence rule (10.1021/ja01379a006), no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import cell_content
from antiperovskite.structures.arrangements import repeat_content
from antiperovskite.structures.build import CUBIC_SOURCE, finish
from antiperovskite.structures.check import ion_table
from antiperovskite.structures.cubic import Arrangement, build_cubic, distribute
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.orientations import Direction, orientation_names, shape
from antiperovskite.structures.parent import Bond, Cell, ParentCell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST_OCTAHEDRA: Final = 512
TEMPERATURE: Final = 0.5
"""Of the Metropolis rule, in units of one squared excess neighbour: most octahedra at the mean, some one beside it."""
SWEEPS: Final = 60


def scatter(
    formula: Formula, times: tuple[int, int, int], *, seed: int = 0, ions: Mapping[str, Ion] | None = None
) -> StructureModel:
    """Build a supercell of the cubic parent whose shared sites are filled by chance.

    Parameters
    ----------
    formula
        X3BA with empty X sites, or with two or more kinds of ions on X, B or A.
    times
        Repetitions of the five-atom parent cell.
    seed
        Of every choice; the same seed gives the same cell.

    Raises
    ------
    OptionError
        The supercell does not hold whole ions, or is too large.
    StructureError
        Every site holds one kind of ion and none is empty, or the compound is no X3BA.
    """
    import numpy as np

    octahedra = times[0] * times[1] * times[2]
    if min(times) < 1 or octahedra > LARGEST_OCTAHEDRA:
        raise OptionError(
            f"a supercell of {'x'.join(map(str, times))} is not allowed; give up to {LARGEST_OCTAHEDRA} octahedra, "
            "such as 3x3x3"
        )
    table = ion_table(formula, ions)
    unit = cell_content(formula, table)
    _check(formula, unit)
    if octahedra % unit.octahedra:
        raise OptionError(
            f"{formula.formula} needs a multiple of {unit.octahedra} octahedra for whole ions; "
            f"{'x'.join(map(str, times))} has {octahedra}"
        )
    content = repeat_content(unit, octahedra // unit.octahedra)
    cell = ParentCell(((times[0], 0, 0), (0, times[1], 0), (0, 0, times[2])))
    random = np.random.default_rng(seed)
    X = _scattered(cell, [*content.X, *[None] * content.vacancies], random)
    cells = cell.cells()
    B = distribute(cells, tuple(content.B[k] for k in random.permutation(len(content.B))))
    A = distribute(cells, tuple(content.A[k] for k in random.permutation(len(content.A))))
    clusters = [ion for ion in A.values() if ion.is_cluster]
    directions = _directions(cell, X, B, random)
    arrangement = Arrangement(
        cell=cell,
        A=A,
        B=B,
        X=X,
        B_direction=directions,
        A_orientation=orientation_names(clusters[0])[0] if clusters else None,
        what=f"cubic X3BA parent, {'x'.join(map(str, times))}, {_which(content)} filled by chance (seed {seed})",
        notes=_notes(cell, X, content, bool(directions)),
    )
    return finish(formula, partial(build_cubic, formula, content, arrangement, CUBIC_SOURCE), table)


def _check(formula: Formula, content: Any) -> None:
    if not _shared(content):
        raise StructureError(
            f"{formula.formula} has one kind of ion on each site and no empty X site, so there is nothing to scatter; "
            "build it without"
        )
    if len(content.X) + content.vacancies != 3 * content.octahedra or len(content.A) != content.octahedra:
        raise StructureError(f"{formula.formula} is no X3BA, so its ions cannot be scattered over the cubic parent")


def _shared(content: Any) -> list[str]:
    """The sites that hold more than one kind of ion, or also nothing."""
    kinds = {role: len({ion.symbol for ion in getattr(content, role)}) for role in "XBA"}
    kinds["X"] += content.vacancies > 0
    return [role for role, count in kinds.items() if count > 1]


def _which(content: Any) -> str:
    return " and ".join(_shared(content)) + " sites"


def _scattered(cell: ParentCell, ions: list[Ion | None], random: Any) -> dict[Bond, Ion | None]:
    """Deal the ions out and swap them by the Metropolis rule on each octahedron's excess of each kind."""
    import numpy as np

    bonds = cell.bonds()
    index = {c: k for k, c in enumerate(cell.cells())}
    ends = np.array([(index[cell.below(bond)], index[bond[0]]) for bond in bonds])
    symbols = ["" if ion is None else ion.symbol for ion in ions]
    kinds = sorted(set(symbols))
    kind = random.permutation(np.array([kinds.index(symbol) for symbol in symbols]))
    counts = np.zeros((len(index), len(kinds)), dtype=np.int64)
    for pair, k in zip(ends, kind, strict=True):
        counts[pair[0], k] += 1
        counts[pair[1], k] += 1
    mean = counts.mean(axis=0)
    for i, j in random.integers(len(bonds), size=(SWEEPS * len(bonds), 2)):
        if kind[i] == kind[j]:
            continue
        touched = np.unique(np.concatenate((ends[i], ends[j])))
        before = ((counts[touched] - mean) ** 2).sum()
        _swap(counts, ends, kind, i, j)
        change = ((counts[touched] - mean) ** 2).sum() - before
        if change > 0 and random.random() >= np.exp(-change / TEMPERATURE):
            _swap(counts, ends, kind, i, j)
    of_kind = dict(zip(symbols, ions, strict=True))
    return {bond: of_kind[kinds[int(k)]] for bond, k in zip(bonds, kind, strict=True)}


def _swap(counts: NDArray[np.int64], ends: NDArray[np.int64], kind: NDArray[np.int64], i: int, j: int) -> None:
    """Exchange two sites' ions and keep the octahedra's counts."""
    for site, old, new in ((i, kind[i], kind[j]), (j, kind[j], kind[i])):
        for end in ends[site]:  # one octahedron may hold both ends in a cell one repetition wide
            counts[end, old] -= 1
            counts[end, new] += 1
    kind[i], kind[j] = kind[j], kind[i]


def _directions(
    cell: ParentCell, X: Mapping[Bond, Ion | None], B: Mapping[Cell, Ion], random: Any
) -> dict[Cell, Direction]:
    """Point each OH-like ion at an empty X site of its octahedron, at one no other points at where there is one."""
    taken: set[Bond] = set()
    found: dict[Cell, Direction] = {}
    for c, ion in B.items():
        if shape(ion) not in ("linear", "bent"):
            continue
        around = [((c, axis), -1, axis) for axis in range(3)] + [(cell.above(c, axis), 1, axis) for axis in range(3)]
        empty = [one for one in around if X[one[0]] is None]
        choices = [one for one in empty if one[0] not in taken] or empty
        if not choices:  # no vacancy beside it: along a face of the octahedron, farthest from cations
            found[c] = (float(random.choice((-1, 1))), float(random.choice((-1, 1))), float(random.choice((-1, 1))))
            continue
        bond, sign, axis = choices[int(random.integers(len(choices)))]
        taken.add(bond)
        found[c] = (sign * float(axis == 0), sign * float(axis == 1), sign * float(axis == 2))
    return found


def _vertices(cell: ParentCell, X: Mapping[Bond, Ion | None]) -> str:
    filled = [
        sum(X[bond] is not None for axis in range(3) for bond in ((c, axis), cell.above(c, axis))) for c in cell.cells()
    ]
    return ", ".join(f"{count} of {n}" for n, count in sorted({n: filled.count(n) for n in set(filled)}.items()))


def _notes(cell: ParentCell, X: Mapping[Bond, Ion | None], content: Any, dipoles: bool) -> tuple[str, ...]:
    even = ", every octahedron near the mean of each kind of X" if "X" in _shared(content) else ""
    notes = [f"{_which(content)} filled by chance{even}; short-range order of a real sample is not known"]
    if content.vacancies:
        notes.append(f"octahedra by filled vertices: {_vertices(cell, X)}")
    if dipoles:
        notes.append("every OH points at an empty X site of its octahedron, as NMR indicates (10.1039/d1ta03680g)")
    return tuple(notes)
