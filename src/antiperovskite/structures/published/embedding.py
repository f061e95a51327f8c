"""How a reported space group can lie in the anti-perovskite parent: every origin that keeps the parent's sites."""

from __future__ import annotations

from itertools import product

import numpy as np

from antiperovskite.errors import StructureError, one_line
from antiperovskite.structures.published.grid import Grid, Operation
from antiperovskite.structures.symmetry import quiet_spglib


def embeddings(symbol: str, grid: Grid) -> tuple[tuple[Operation, ...], ...]:
    """Every way in which the operations of a space group, in its standard setting, map the grid onto itself.

    Origins are tried on a mesh of a quarter of the parent's edge, on which all symmetry elements of the ideal parent
    lie. Two origins that give the same permutations are one embedding.

    Raises
    ------
    StructureError
        The symbol is none of a standard setting, or the group does not fit into the supercell.
    """
    from pymatgen.symmetry.groups import SpaceGroup

    try:
        with quiet_spglib():
            found = SpaceGroup(symbol).symmetry_ops
    except ValueError as error:
        raise StructureError(f"{one_line(symbol, 20)!r} is no space group in its standard setting") from error
    matrices = [(np.asarray(op.rotation_matrix, dtype=float), np.asarray(op.translation_vector)) for op in found]
    unique: dict[tuple[Operation, ...], None] = {}
    for steps in product(*(range(4 * n) for n in grid.repeats)):
        origin = np.array(steps) / (4.0 * np.array(grid.repeats))
        operations = []
        for rotation, translation in matrices:
            operation = grid.operation(rotation, translation + origin - rotation @ origin)
            if operation is None:
                break
            operations.append(operation)
        else:
            key = tuple(sorted(operations, key=lambda item: (item.rotation, item.X, item.B)))
            unique[key] = None
    if not unique:
        cells = "x".join(map(str, grid.repeats))
        raise StructureError(f"{symbol} does not fit into {cells} cells of the cubic anti-perovskite")
    return tuple(sorted(unique, key=lambda item: [(op.rotation, op.X, op.B) for op in item]))
