"""Symmetry operations of the perfect supercell that exchange the two ends of a hop.

If an operation T maps the first end onto the second and back, the middle of the path lies in the subspace T leaves
alone, the second half mirrors the first, and only half of the images need be computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_SAME: Final = 0.12  # angstrom; relaxed dumbbells carry the noise of their relaxation


@dataclass(frozen=True)
class Operation:
    """An operation on labelled positions: ``y[order] = x @ rotation.T + shift`` (angstrom)."""

    rotation: Any
    shift: Any
    order: Any

    def positions(self, x: Any) -> Any:
        """Image of positions ``(n, 3)``."""
        return self._place(x @ self.rotation.T + self.shift)

    def vectors(self, v: Any) -> Any:
        """Image of displacements or forces ``(n, 3)``."""
        return self._place(v @ self.rotation.T)

    def symmetric(self, v: Any) -> Any:
        """The part of displacements that an operation of order two leaves alone."""
        return 0.5 * (v + self.vectors(v))

    def _place(self, moved: Any) -> Any:
        import numpy as np

        y = np.empty_like(moved)
        y[self.order] = moved
        return y


def supercell_operations(atoms: Any, symprec: float) -> list[tuple[Any, Any]]:
    """Rotations and translations (fractional) of a perfect supercell, identity first.

    ``atoms`` are ``ase.Atoms``; different ions of one element must be told apart by their atomic numbers before.
    """
    from antiperovskite.structures.symmetry import symmetry_operations

    found = symmetry_operations(atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers, symprec)
    return list(zip(*found, strict=True))


def mappings(
    operations: list[tuple[Any, Any]], cell: Any, numbers: Any, source: Any, target: Any, tolerance: float = _SAME
) -> list[Operation]:
    """Operations that carry the arrangement ``source`` onto ``target`` (positions ``(n, 3)``, any atom order)."""
    import numpy as np
    from scipy.spatial import cKDTree

    inverse = np.linalg.inv(cell)
    species = [np.flatnonzero(numbers == z) for z in np.unique(numbers)]
    species.sort(key=lambda group: -len(group))
    wrapped = (target @ inverse) % 1.0
    trees = [cKDTree(wrapped[group] % 1.0, boxsize=1.0) for group in species]
    start = source @ inverse
    found = []
    for rotation, translation in operations:
        moved = start @ rotation.T + translation
        order = np.full(len(numbers), -1)
        for group, tree in zip(species, trees, strict=True):
            _, at = tree.query(moved[group] % 1.0 % 1.0)
            order[group] = group[at]
            if len(np.unique(at)) < len(group):
                break
        else:
            gap = target[order] @ inverse - moved
            lattice = np.round(gap)
            off = np.linalg.norm((gap - lattice) @ cell, axis=1)
            if off.max() < tolerance:
                turn = cell.T @ rotation @ inverse.T
                found.append(Operation(turn, (translation + lattice) @ cell, order))
    return found


def exchanging(operations: list[Operation], first: Any, last: Any, tolerance: float = _SAME) -> Operation | None:
    """The first operation of order two that maps ``first`` to ``last`` and ``last`` to ``first``, label by label."""
    import numpy as np

    for operation in operations:
        twice = operation.order[operation.order]
        if (twice != np.arange(len(twice))).any() or abs(
            operation.rotation @ operation.rotation - np.eye(3)
        ).max() > 1e-6:
            continue
        away = abs(operation.positions(first) - last).max()
        back = abs(operation.positions(last) - first).max()
        if max(away, back) < tolerance:
            return operation
    return None
