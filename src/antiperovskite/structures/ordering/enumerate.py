"""The stream of inequivalent arrangements of a problem, block after block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.errors import OptionError
from antiperovskite.structures.ordering.burnside import count_orderings
from antiperovskite.structures.ordering.orderly import canonical_sets
from antiperovskite.structures.ordering.points import Block, Problem
from antiperovskite.structures.ordering.rules import Rule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

DEFAULT_LIMIT = 100_000


@dataclass(frozen=True)
class Orderings:
    """Inequivalent arrangements.

    ``chosen[b]`` is ``(n, count of block b)``: the points of block ``b`` each arrangement uses.
    ``degeneracy[i]`` is how many arrangements of the supercell are equivalent to the ``i``-th, itself included.
    """

    chosen: tuple[Integers, ...]
    degeneracy: Integers

    def __len__(self) -> int:
        return len(self.degeneracy)


def iter_orderings(problem: Problem, rules: Sequence[Rule] = ()) -> Iterator[Orderings]:
    """Stream all inequivalent arrangements in batches, without a limit and without remembering earlier ones.

    The first block is enumerated under the whole group; each later block under the operations that leave the
    earlier ones unchanged (often the identity alone, when nothing is left to compare).

    Parameters
    ----------
    rules
        Restrictions on oriented species; arrangements that break one are not generated.
    """
    import numpy as np

    everything = np.arange(problem.group.order)
    yield from _blocks(problem, rules, 0, (), everything)


def _blocks(
    problem: Problem,
    rules: Sequence[Rule],
    index: int,
    earlier: tuple[Integers, ...],
    operations: Integers,
) -> Iterator[Orderings]:
    """Extend partial arrangements that share one stabiliser ``operations`` by the blocks from ``index`` on."""
    import numpy as np

    starts = len(earlier[0]) if earlier else 1
    if index == len(problem.blocks):
        degeneracy = np.full(starts, problem.group.order // len(operations))
        yield Orderings(earlier, degeneracy)
        return
    block = problem.blocks[index]
    blocked = _blocked(problem, rules, block, earlier, starts)
    permutations, representative = np.unique(block.permutations[operations], axis=0, return_inverse=True)
    representative = np.ravel(representative)
    first = int(representative[np.flatnonzero(operations == 0)[0]])  # the identity must stand first
    order = np.r_[first, np.delete(np.arange(len(permutations)), first)]
    rank = np.argsort(order)[representative]
    last = index + 1 == len(problem.blocks)
    for origin, chosen, fixed in canonical_sets(permutations[order], block.site, block.count, blocked):
        so_far = (*(points[origin] for points in earlier), chosen)
        full = fixed[:, rank]  # the stabiliser among ``operations``, equal permutations told apart again
        if last:
            yield Orderings(so_far, problem.group.order // full.sum(axis=1))
            continue
        for members, kept in _by_stabiliser(full):
            part = tuple(points[members] for points in so_far)
            yield from _blocks(problem, rules, index + 1, part, operations[kept])


def _by_stabiliser(full: Flags) -> Iterator[tuple[Integers, Flags]]:
    """Group rows with the same stabiliser, in order of first appearance."""
    import numpy as np

    packed = np.packbits(full, axis=1)
    _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    inverse = np.ravel(inverse)
    for kind in np.argsort(first):
        yield np.flatnonzero(inverse == kind), full[first[kind]]


def _blocked(
    problem: Problem, rules: Sequence[Rule], block: Block, earlier: tuple[Integers, ...], starts: int
) -> Flags:
    """Points of a block that earlier choices exclude: the site is taken, or a rule forbids them."""
    import numpy as np

    blocked = np.zeros((starts, len(block.site)), dtype=bool)
    for previous, points in zip(problem.blocks, earlier, strict=False):
        if previous.role == block.role:
            for taken in previous.site[points].T:
                blocked |= taken[:, None] == block.site
    for rule in rules:
        if rule.species == block.species:
            blocked |= ~rule.allowed(problem, block, earlier)
    return blocked


def enumerate_orderings(problem: Problem, *, limit: int = DEFAULT_LIMIT, rules: Sequence[Rule] = ()) -> Orderings:
    """All inequivalent arrangements with their degeneracies.

    Counted before they are made; the sum of the degeneracies is the number of arrangements (without rules).

    Parameters
    ----------
    limit
        Refuse if there are more.
    rules
        Restrictions; the count made beforehand does not know them.

    Raises
    ------
    OptionError
        There are more than ``limit``; the message gives the number and what to do.

    Examples
    --------
    >>> from antiperovskite.structures.ordering import cubic_parent, make_problem, supercell_group
    >>> group = supercell_group(cubic_parent(3.9), ((2, 0, 0), (0, 1, 0), (0, 0, 1)))
    >>> found = enumerate_orderings(make_problem(group, {"X": {"Li": 4, "vacancy": 2}}))
    >>> len(found), int(found.degeneracy.sum())
    (5, 15)
    """
    if not rules:
        expected = count_orderings(problem)
        if expected > limit:
            raise too_many(expected, limit)
    batches, total = [], 0
    for batch in iter_orderings(problem, rules):
        batches.append(batch)
        total += len(batch)
        if total > limit:
            raise too_many(None, limit)
    return join(batches, problem)


def join(batches: Sequence[Orderings], problem: Problem) -> Orderings:
    """Put batches together."""
    import numpy as np

    if not batches:
        empty = tuple(np.zeros((0, block.count), dtype=np.int64) for block in problem.blocks)
        return Orderings(empty, np.zeros(0, dtype=np.int64))
    chosen = tuple(np.concatenate(parts) for parts in zip(*(batch.chosen for batch in batches), strict=True))
    return Orderings(chosen, np.concatenate([batch.degeneracy for batch in batches]))


def too_many(count: int | None, limit: int) -> OptionError:
    """The error of an enumeration that is too large."""
    number = f"{count:,} inequivalent arrangements" if count is not None else "the rules leave more arrangements"
    return OptionError(
        f"{number} where at most {limit:,} are enumerated; take a smaller supercell, fewer orientations or a rule, "
        "stream the first ones, build a quasirandom structure, or raise the limit"
    )
