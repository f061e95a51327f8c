"""Symmetry-distinct arrangements of a few defects in a supercell: all of them counted, near and far ones chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import comb, prod
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.defects.host import Host, Times, supercell
from antiperovskite.defects.places import Place, permutations
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

LARGEST_SEARCH: Final = 400_000
_AROUND: Final = 4.0  # angstrom
SAME_LENGTH: Final = 0.02  # angstrom; distances of perfect-crystal places closer than this are one shell


@dataclass(frozen=True)
class Role:
    """One kind of defect of a cluster: how many, on which places of the unit cell, with which charge."""

    name: str
    count: int
    charge: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Cluster:
    """One arrangement: ``members`` are (defect name, place, copy of the unit cell); lengths in angstrom.

    ``shell`` are the rounded distances between all pairs, sorted; ``closest`` is the smallest; ``degeneracy`` counts
    the arrangements of the supercell that symmetry makes of this one; ``surroundings`` tells clusters with equal
    distances apart in supercells of any size.
    """

    members: tuple[tuple[str, Place, int], ...]
    shell: tuple[float, ...]
    closest: float
    degeneracy: int
    surroundings: tuple[tuple[str, float], ...]


class ClusterSpace:
    """All arrangements of some defects in one supercell, up to its symmetry.

    Parameters
    ----------
    host, times
        The crystal and the supercell.
    roles
        The defects; two of them never share a site of the host.

    Raises
    ------
    OptionError
        There are too many arrangements to look at.
    """

    def __init__(self, host: Host, times: Times, roles: Sequence[Role]) -> None:
        import numpy as np

        self.host, self.times = host, times
        self.roles = tuple(sorted(roles, key=lambda role: (role.count, len(role.places))))
        self.places = tuple(dict.fromkeys(place for role in self.roles for place in role.places))
        self.copies = np.array(list(product(*(range(n) for n in times))))
        number = {place: index for index, place in enumerate(self.places)}
        every = np.arange(len(self.copies)) * len(self.places)
        self.options = [
            np.sort((every[:, None] + np.array([number[place] for place in role.places])[None]).ravel())
            for role in self.roles
        ]
        size = prod(comb(len(o), r.count) for o, r in zip(self.options, self.roles, strict=True)) // len(self.copies)
        if size > LARGEST_SEARCH:
            raise OptionError(
                f"{size} arrangements of {self.name} in {'x'.join(map(str, times))} are too many to compare; "
                "choose a smaller supercell"
            )
        self.table = permutations(host, self.places, times)
        centres = np.array([place.centre for place in self.places])
        self.centres = ((self.copies[:, None] + centres[None]).reshape(-1, 3)) @ host.cell.lattice

    @property
    def name(self) -> str:
        """``V_Li + V_Cl``."""
        return " + ".join(f"{r.count} {r.name}" if r.count > 1 else r.name for r in self.roles)

    @cached_property
    def arrangements(self) -> Integers:
        """Places ``(n, k)`` of every arrangement with the first defect on one place of each orbit.

        Raises
        ------
        OptionError
            The defects do not fit into the supercell.
        """
        import numpy as np

        first = self.options[0]
        lowest = self.table[:, first].min(axis=0)
        starts = first[lowest == first] if self.roles[0].count == 1 else first
        pools = [list(combinations(options.tolist(), role.count)) for options, role in
                 zip([starts, *self.options[1:]], self.roles, strict=True)]  # fmt: skip
        rows = [[i for part in parts for i in part] for parts in product(*pools)]
        found = np.array(rows, dtype=np.int64).reshape(len(rows), -1)
        sites = self._sites(found)
        clash = np.zeros(len(found), dtype=bool)
        for a, b in combinations(range(found.shape[1]), 2):
            clash |= sites[:, a] == sites[:, b]
        if clash.all():
            raise OptionError(f"{self.name} does not fit into {'x'.join(map(str, self.times))}; choose a larger one")
        return np.asarray(found[~clash])

    def orbits(self, rows: Integers) -> dict[int, tuple[Any, int]]:
        """Canonical code -> (one arrangement, size of its orbit), in order of code."""
        found: dict[int, tuple[Any, int]] = {}
        seen: set[int] = set()
        own = self._codes(rows)
        for row, code in zip(rows, own.tolist(), strict=True):
            if code in seen:
                continue
            images = set(self._codes(self.table[:, row]).tolist())
            seen |= images
            found[min(images)] = (row, len(images))
        return dict(sorted(found.items()))

    def count(self) -> int:
        """Number of symmetry-distinct arrangements."""
        return len(self.orbits(self.arrangements))

    def near(self, number: int) -> list[Cluster]:
        """The ``number`` distinct arrangements that formal charges (or, without charges, distance) favour most."""
        import numpy as np

        rows = self.arrangements
        score = self._attraction(rows)
        chosen: list[Cluster] = []
        for value in np.unique(np.round(score, 4)):
            group = rows[np.abs(score - value) < 1e-4]
            chosen += self._clusters(group)
            if len(chosen) >= number:
                break
        return chosen[:number]

    def far(self) -> Cluster:
        """The arrangement whose closest defects are farthest apart (then: whose charges attract least)."""
        rows = self.arrangements
        closest = self._distances(rows).min(axis=1)
        rows = rows[closest > closest.max() - SAME_LENGTH]
        score = self._attraction(rows)
        return self._clusters(rows[score > score.max() - 1e-4])[0]

    def single(self) -> list[Cluster]:
        """The distinct places of one defect alone."""
        return self._clusters(self.options[0][:, None])

    def _clusters(self, rows: Integers) -> list[Cluster]:
        names = [role.name for role in self.roles for _ in range(role.count)]
        result = []
        for row, size in self.orbits(rows).values():
            lengths = self._distances(row[None])[0] if len(row) > 1 else []
            shell = tuple(sorted(round(float(x), 2) for x in lengths))
            members = tuple(
                (name, self.places[int(i) % len(self.places)], int(i) // len(self.places))
                for name, i in zip(names, row, strict=True)
            )
            around = self._surroundings(row)
            result.append(Cluster(members, shell, min(shell, default=0.0), size, around))
        return sorted(result, key=lambda cluster: (cluster.shell, cluster.surroundings))

    def _sites(self, rows: Integers) -> Integers:
        """A number for the host's site each place uses up; voids get numbers of their own."""
        import numpy as np

        width = len(self.places)
        groups = np.array([-1 - i if p.group is None else p.group for i, p in enumerate(self.places)])
        return np.asarray((rows // width) * 100_000 + groups[rows % width])

    def _codes(self, rows: Integers) -> Integers:
        """One integer an arrangement, whatever the order of like defects."""
        import numpy as np

        ordered, at = rows.copy(), 0
        for role in self.roles:
            ordered[:, at : at + role.count] = np.sort(ordered[:, at : at + role.count], axis=1)
            at += role.count
        code = np.zeros(len(rows), dtype=np.int64)
        for column in range(rows.shape[1]):
            code = code * self.table.shape[1] + ordered[:, column]
        return code

    def _distances(self, rows: Integers) -> Any:
        """Shortest distances between all pairs ``(n, k (k - 1) / 2)``, angstrom."""
        import numpy as np

        cell = supercell(self.host, self.times)
        vectors = np.stack(
            [self.centres[rows[:, b]] - self.centres[rows[:, a]] for a, b in combinations(range(rows.shape[1]), 2)],
            axis=1,
        )
        zero = np.zeros_like(vectors)
        return np.linalg.norm(cell.shortest(zero, vectors), axis=-1)

    def _attraction(self, rows: Integers) -> Any:
        """sum q_i q_j / r_ij over pairs, 1/angstrom; -1/r where a pair carries no charge product."""
        import numpy as np

        charge = [role.charge for role in self.roles for _ in range(role.count)]
        products = [charge[a] * charge[b] or -1 for a, b in combinations(range(len(charge)), 2)]
        return (np.array(products)[None] / self._distances(rows)).sum(axis=1)

    def _surroundings(self, row: Any) -> tuple[tuple[str, float], ...]:
        """Elements and distances of the host's ions near the cluster's middle."""
        import numpy as np

        cell = supercell(self.host, self.times)
        first = self.centres[row[0]]
        middle = first + np.mean([cell.shortest(first, self.centres[i]) for i in row], axis=0)
        nearest = cell.shortest(middle, cell.positions)
        # every image counts: an ion half a cell away is a neighbour on both sides, as it is in larger cells
        images = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) @ cell.lattice
        lengths = np.linalg.norm(nearest[:, None] + images[None], axis=2)
        inside = [(cell.symbols[i], round(float(lengths[i, k]), 1)) for i, k in np.argwhere(lengths < _AROUND)]
        return tuple(sorted(inside, key=lambda item: (item[1], item[0])))
