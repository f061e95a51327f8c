"""How many different arrangements there are, counted without making one.

Burnside's lemma: the number of orbits is the mean over the group of the number of arrangements an operation leaves
unchanged. An operation fixes an arrangement if every cycle of sites it moves around holds one species whose
orientation comes back to itself; so each cycle of length L contributes sum_s f_s x_s^L (f_s orientations returning
after one turn), and the coefficient of prod x_s^n_s in the product over cycles is the number fixed.
"""

from __future__ import annotations

from collections import Counter
from math import prod

from antiperovskite.structures.ordering.points import Problem

Monomial = tuple[int, ...]
CycleType = tuple[tuple[tuple[int, ...], int], ...]


def count_orderings(problem: Problem) -> int:
    """Number of symmetry-inequivalent arrangements, exact for any size.

    Examples
    --------
    >>> from antiperovskite.structures.ordering import cubic_parent, make_problem, supercell_group
    >>> group = supercell_group(cubic_parent(3.9), ((2, 0, 0), (0, 2, 0), (0, 0, 2)))
    >>> count_orderings(make_problem(group, {"X": {"Li": 16, "vacancy": 8}}))
    2664
    """
    roles = list(dict.fromkeys(block.role for block in problem.blocks))
    kinds = Counter(zip(*(_cycle_types(problem, role) for role in roles), strict=True)) if roles else {(): 1}
    total = sum(
        number * prod(_fixed(problem, role, cycles) for role, cycles in zip(roles, kind, strict=True))
        for kind, number in kinds.items()
    )
    order = sum(kinds.values())
    assert total % order == 0
    return total // order


def _cycle_types(problem: Problem, role: str) -> list[CycleType]:
    """Per operation the cycles of a sublattice: ((length, orientations of each block's species that return), number).

    All operations are followed at once: step by step until every site has come back.
    """
    import numpy as np

    sites = problem.group.sites(role)
    operations, width = problem.group.order, len(sites)
    rank = np.full(len(problem.group.roles), -1)
    rank[sites] = np.arange(width)
    blocks = [block.permutations for block in problem.blocks if block.role == role]
    maps = [rank[problem.group.permutations[:, sites]], *blocks]
    images = [np.broadcast_to(np.arange(m.shape[1]), m.shape) for m in maps]
    length = np.zeros((operations, width), dtype=np.int64)
    returning = np.zeros((operations, width, len(blocks)), dtype=np.int64)
    for step in range(1, width + 1):
        images = [np.take_along_axis(m, image, axis=1) for m, image in zip(maps, images, strict=True)]
        back = (images[0] == np.arange(width)) & (length == 0)
        length[back] = step
        for index, image in enumerate(images[1:]):
            home = (image == np.arange(image.shape[1])).reshape(operations, width, -1).sum(axis=2)
            returning[:, :, index][back] = home[back]
        if length.all():
            break
    code = length.copy()
    for index in range(len(blocks)):
        code = code * (1 + int(returning.max(initial=0))) + returning[:, :, index]
    code.sort(axis=1)  # operations with the same multiset of cycles share a row
    _, first, inverse = np.unique(code, axis=0, return_index=True, return_inverse=True)
    described = []
    for operation in first.tolist():
        per_site = Counter(
            (size, *states)
            for size, states in zip(length[operation].tolist(), returning[operation].tolist(), strict=True)
        )
        described.append(tuple(sorted((key, number // key[0]) for key, number in per_site.items())))
    return [described[kind] for kind in np.ravel(inverse).tolist()]


def _fixed(problem: Problem, role: str, cycles: CycleType) -> int:
    """Coefficient of prod x_s^n_s over the blocks' species; the filler takes the rest."""
    blocks = [block for block in problem.blocks if block.role == role]
    wanted = tuple(block.count for block in blocks)
    filled = role in problem.filler
    polynomial: dict[Monomial, int] = {(0,) * len(blocks): 1}
    for (length, *returning), number in cycles:
        for _ in range(number):
            polynomial = _times_cycle(polynomial, length, returning, wanted, filled)
    return polynomial.get(wanted, 0)


def _times_cycle(
    polynomial: dict[Monomial, int], length: int, returning: list[int], wanted: Monomial, filled: bool
) -> dict[Monomial, int]:
    result: dict[Monomial, int] = dict(polynomial) if filled else {}
    for powers, coefficient in polynomial.items():
        for index, states in enumerate(returning):
            power = powers[index] + length
            if states == 0 or power > wanted[index]:
                continue
            key = (*powers[:index], power, *powers[index + 1 :])
            result[key] = result.get(key, 0) + states * coefficient
    return result
