"""Integer lattices: reduced vectors, and the roundest supercell of a given size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

from antiperovskite.structures.parent import Cell

Matrix = tuple[Cell, Cell, Cell]


def short_vectors(generators: Iterable[Cell]) -> Matrix:
    """Three short vectors of the lattice that ``generators`` span, right-handed, as near the axes as they get.

    Examples
    --------
    >>> short_vectors([(0, 1, 1), (1, 0, 1), (2, 0, 0), (0, 2, 0), (0, 0, 2)])
    ((0, 1, 1), (1, 0, 1), (1, 1, 0))
    """
    import numpy as np

    basis = _row_basis(np.array([g for g in generators if any(g)], dtype=np.int64))
    size = abs(round(float(np.linalg.det(basis))))
    points = np.array(list(product(range(-4, 5), repeat=3))) @ basis
    points = points[(points**2).sum(1) > 0]
    # Of the shortest vectors those with positive components first, so that cells look like the ones people draw.
    order = sorted(map(tuple, points.tolist()), key=lambda v: (sum(x * x for x in v), min(v) < 0, v))
    near = order[:40]
    best: tuple[tuple[float, ...], Matrix] | None = None
    for rows in combinations(near, 3):
        determinant = round(float(np.linalg.det(np.array(rows))))
        if abs(determinant) != size:
            continue
        lengths = sorted(sum(x * x for x in v) for v in rows)
        skew = sum(abs(sum(x * y for x, y in zip(u, v, strict=True))) for u, v in combinations(rows, 2))
        minus = sum(x < 0 for v in rows for x in v)
        key = (float(sum(lengths)), float(skew), float(minus))
        if best is None or key < best[0]:
            best = (key, rows if determinant > 0 else (rows[1], rows[0], rows[2]))
    assert best is not None
    return best[1]


def _row_basis(rows: Integers) -> Integers:
    """Basis ``(3, 3)`` of the row lattice by integer elimination (Hermite normal form)."""
    import numpy as np

    work = rows.copy()
    basis = []
    for column in range(3):
        while np.count_nonzero(work[:, column]) > 1:
            pivot = min((r for r in range(len(work)) if work[r, column]), key=lambda r: abs(work[r, column]))
            for r in range(len(work)):
                if r != pivot:
                    work[r] -= (work[r, column] // work[pivot, column]) * work[pivot]
        last = int(np.flatnonzero(work[:, column])[0])
        basis.append(work[last].copy())
        work = np.delete(work, last, axis=0)
    return np.array(basis)


def _hermite_forms(size: int) -> Iterator[Matrix]:
    for a in (d for d in range(1, size + 1) if size % d == 0):
        for b in (d for d in range(1, size // a + 1) if (size // a) % d == 0):
            c = size // a // b
            for x, y, z in product(range(b), range(c), range(c)):
                yield ((a, x, y), (0, b, z), (0, 0, c))


@cache
def round_supercell(size: int) -> Matrix:
    """The supercell of ``size`` parent cells whose images lie farthest apart; a rectangular one if nearly as good.

    Examples
    --------
    >>> round_supercell(8)
    ((2, 0, 0), (0, 2, 0), (0, 0, 2))
    """
    import numpy as np

    steps = np.array([v for v in product(range(-4, 5), repeat=3) if any(v)])
    best: tuple[tuple[float, bool, int], Matrix] | None = None
    for rows in _hermite_forms(size):
        array = np.array(rows)
        # Hermite rows are skewed; reduce by pairs before looking for the shortest vector.
        reduced = _pair_reduced(array)
        shortest = float(((steps @ reduced) ** 2).sum(1).min())
        rectangular = not (array - np.diag(np.diag(array))).any()
        key = (shortest * (1.25 if rectangular else 1.0), rectangular, -int((reduced**2).sum()))
        if best is None or key > best[0]:
            best = (key, rows)
    assert best is not None
    rows = best[1]
    if best[0][1]:
        a, b, c = sorted((rows[0][0], rows[1][1], rows[2][2]))
        return ((a, 0, 0), (0, b, 0), (0, 0, c))
    return short_vectors(rows)


def _pair_reduced(rows: Integers) -> Integers:
    import numpy as np

    rows = rows.copy()
    changed = True
    while changed:
        changed = False
        for i, j in product(range(3), repeat=2):
            if i == j:
                continue
            factor = int(np.round(rows[i] @ rows[j] / (rows[j] @ rows[j])))
            if factor and ((rows[i] - factor * rows[j]) ** 2).sum() < (rows[i] ** 2).sum():
                rows[i] -= factor * rows[j]
                changed = True
    return rows
