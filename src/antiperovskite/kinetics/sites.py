"""Hop sites of an anti-perovskite: its X sublattice, and the A anions around every site and hop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError, StructureError
from antiperovskite.kinetics.lattice import HopLattice, around, hop_lattice

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.structures.model import StructureModel

SAME_SHELL: Final = 1.1
"""A anions up to this factor of the nearest distance belong to the surroundings of a site or a hop."""


@dataclass(frozen=True)
class SiteSystem:
    """The X sites of a crystal as a hop lattice, and who sits on A around them.

    ``of_hops`` (n, z, p) and ``of_sites`` (n, q) number the A sites next to the middle of each hop and to each site
    (-1: none); ``amounts`` are the fractions of the ions on A; ``empty`` that of X sites the formula leaves empty.
    """

    lattice: HopLattice
    of_hops: Any
    of_sites: Any
    n_A: int
    amounts: Mapping[str, float]
    empty: float
    ion: str
    notes: tuple[str, ...]

    def mix(self, seed: int) -> Any:
        """Ions on the A sites (n_A,) as indices of ``amounts``, exact in number, at random."""
        import numpy as np

        shares = np.array(list(self.amounts.values()))
        exact = shares * self.n_A
        counts = np.floor(exact + 1e-9).astype(int)
        for index in np.argsort(counts - exact, kind="stable")[: self.n_A - counts.sum()]:
            counts[index] += 1
        ions = np.repeat(np.arange(len(shares)), counts)
        return np.random.default_rng((seed, 2)).permutation(ions)

    def with_amounts(self, amounts: Mapping[str, float]) -> SiteSystem:
        """The same sites with other fractions of the ions on A."""
        return replace(self, amounts=dict(amounts))


def copies_for(n_base: int, cell: Any, wanted: int) -> tuple[int, int, int]:
    """Repeats of a unit cell with about ``wanted`` sites or more and edges as equal as they can be."""
    import numpy as np

    lengths = np.linalg.norm(cell, axis=1)
    copies = np.ones(3, dtype=int)
    while n_base * int(copies.prod()) < wanted:
        copies[int(np.argmin(copies * lengths))] += 1
    return int(copies[0]), int(copies[1]), int(copies[2])


def system_of_formula(
    formula: Formula, *, sites: int = 2000, copies: Sequence[int] | None = None, longest: float | None = None
) -> SiteSystem:
    """Return the hop sites of a formula's default structure (not relaxed: lengths are estimates from ionic radii).

    Where the formula leaves X sites empty the sites are those of the cubic parent, empty ones included.

    Raises
    ------
    StructureError
        The structure cannot be built, or empty X sites in a framework other than corner-sharing in three dimensions.
    """
    from antiperovskite.structures import build_structure

    model = build_structure(formula)
    if formula.vacancies > 0:
        return _parent(formula, model, sites, copies, longest)
    found = system_of_structure(model, sites=sites, copies=copies, longest=longest)
    total = sum(formula.sites.A.values())
    return found.with_amounts({symbol: amount / total for symbol, amount in formula.sites.A.items()})


def system_of_structure(
    model: StructureModel, *, sites: int = 2000, copies: Sequence[int] | None = None, longest: float | None = None
) -> SiteSystem:
    """Return the hop sites of any structure with site roles: cubic, tilted, layered, double, chain.

    Parameters
    ----------
    model
        A structure whose X ions are the mobile sublattice.
    sites
        Repeat the cell until there are so many sites.
    copies
        Repeats along the three axes, instead.
    longest
        Longest hop in angstrom; 1.2 times the shortest X-X distance if not given.

    Raises
    ------
    StructureError
        No X or A ions, more than one species on X, or a disconnected lattice.
    """
    import numpy as np

    structure = model.to_pymatgen()
    cell = np.asarray(structure.lattice.matrix, dtype=float)
    fractional = np.asarray(structure.frac_coords, dtype=float)
    roles = np.array(model.roles)
    ions = sorted({ion for ion, role in zip(model.ions, model.roles, strict=True) if role == "X"})
    if len(ions) != 1:
        raise StructureError(
            f"{model.formula} has {', '.join(ions) or 'no ions'} on X; one mobile species is simulated: give a formula "
            "with one, and name a dopant in the rates file"
        )
    centres: dict[int, int] = {}
    for atom in np.flatnonzero(roles == "A").tolist():  # a cluster anion counts once, at its heaviest atom
        group = model.groups[atom]
        best = centres.get(group)
        if best is None or structure[atom].specie.Z > structure[best].specie.Z:
            centres[group] = atom
    chosen = list(centres.values())
    amounts: dict[str, float] = {}
    for atom in chosen:
        amounts[model.ions[atom]] = amounts.get(model.ions[atom], 0.0) + 1.0 / len(chosen)
    return _assemble(
        cell, fractional[roles == "X"], fractional[chosen], ions[0], amounts, 0.0, model.formula,
        copies, sites, longest, (),
    )  # fmt: skip


def _parent(
    formula: Formula, model: StructureModel, sites: int, copies: Sequence[int] | None, longest: float | None
) -> SiteSystem:
    import numpy as np

    if formula.framework != "3D":
        raise StructureError(f"{formula.formula}: empty X sites are placed in corner-sharing (3D) frameworks only")
    if len(formula.sites.X) != 1:
        raise StructureError(
            f"{formula.formula} has {', '.join(formula.sites.X)} on X; one mobile species is simulated"
        )
    a = (model.to_pymatgen().volume / model.cubic_cells) ** (1 / 3)
    X = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])
    total = sum(formula.sites.A.values())
    amounts = {symbol: amount / total for symbol, amount in formula.sites.A.items()}
    ion = next(iter(formula.sites.X))
    empty = formula.vacancies / (formula.vacancies + sum(formula.sites.X.values()))
    note = f"sites of the cubic parent, {100 * empty:.3g} % of X empty by formula; rotation of anions is not simulated"
    return _assemble(
        a * np.eye(3), X, np.zeros((1, 3)), ion, amounts, empty, formula.formula, copies, sites, longest, (note,)
    )


def _assemble(
    cell: Any, X: Any, A: Any, ion: str, amounts: Mapping[str, float], empty: float, name: str,
    copies: Sequence[int] | None, sites: int, longest: float | None, notes: tuple[str, ...],
) -> SiteSystem:  # fmt: skip
    if sites < 1:
        raise OptionError(f"{sites} sites were asked for; give a positive number")
    repeats = tuple(copies) if copies is not None else copies_for(len(X), cell, sites)
    lattice = hop_lattice(cell, X, repeats, longest=longest, name=name)
    of_hops, of_sites = _surroundings(cell, X, A, lattice)
    n_A = len(A) * lattice.n_sites // len(X)
    return SiteSystem(lattice, of_hops, of_sites, n_A, dict(amounts), empty, ion, notes)


def _surroundings(cell: Any, X: Any, A: Any, lattice: HopLattice) -> tuple[Any, Any]:
    """A sites next to the middle of every hop and to every site, repeated through the supercell."""
    import numpy as np

    width = lattice.packed.shape[1]
    inverse = np.linalg.inv(cell)
    hops = []
    for i in range(len(X)):
        for slot in range(width):
            there = lattice.packed[i, slot] >= 0
            middle = X[i] % 1.0 + 0.5 * lattice.vectors[i, slot] @ inverse
            hops.append(_nearest(cell, A, middle) if there else [])
    points = [_nearest(cell, A, X[i] % 1.0) for i in range(len(X))]
    of_hops = _repeat(hops, lattice, len(A)).reshape(lattice.n_sites, width, -1)
    return of_hops, _repeat(points, lattice, len(A)).reshape(lattice.n_sites, -1)


def _nearest(cell: Any, A: Any, point: Any) -> list[tuple[int, Any, float]]:
    import numpy as np

    if not len(A):
        return []
    reach = float(np.linalg.norm(cell, axis=1).max())
    found = around(cell, A, point, reach)
    return [item for item in found if item[2] <= SAME_SHELL * found[0][2]]


def _repeat(items: list[list[tuple[int, Any, float]]], lattice: HopLattice, n_A: int) -> Any:
    """Numbers of A sites in the supercell for each cell and item, shape (n_cells, n_items, p)."""
    import numpy as np

    size = np.array(lattice.copies)
    grid = np.stack(np.meshgrid(*[np.arange(count) for count in size], indexing="ij"), axis=-1).reshape(-1, 3)
    found = np.full((len(grid), len(items), max((len(item) for item in items), default=0)), -1, dtype=np.int32)
    for row, item in enumerate(items):
        for column, (site, shift, _) in enumerate(item):
            at = (grid + shift) % size
            found[:, row, column] = ((at[:, 0] * size[1] + at[:, 1]) * size[2] + at[:, 2]) * n_A + site
    return found
