"""The energy of one moving cation in the field of all other ions of a crystal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError, one_line
from antiperovskite.landscape.parameters import SHARE, morse_pair, repulsion

if TYPE_CHECKING:
    from antiperovskite.landscape.crystal import ChargedCrystal

CUTOFF: Final = 10.0
"""Angstrom; a test holds that barriers do not change beyond it."""


@dataclass(frozen=True)
class SiteField:
    """Framework atoms of a crystal and what each kind does to the moving cation.

    ``cell`` (3, 3) and Cartesian ``positions`` (n, 3) of the framework in angstrom, ``atom_kinds`` (n,) into ``kinds``
    (see :mod:`~antiperovskite.landscape.kernel`) and ``radii`` in angstrom (minus infinity where an ion has none);
    ``sites`` (s, 3) are the moving ions' own places; ``labels`` name the framework atoms' elements.
    """

    cell: Any
    positions: Any
    atom_kinds: Any
    kinds: Any
    radii: Any
    sites: Any
    labels: tuple[str, ...]
    charges: tuple[int, ...]
    cutoff: float = CUTOFF

    def images(self, centre: Any, reach: float) -> tuple[Any, Any, Any]:
        """Framework atoms within ``reach`` of a point: positions (m, 3), atoms (m,) and cells (m, 3)."""
        import numpy as np

        heights = 1.0 / np.linalg.norm(np.linalg.inv(self.cell), axis=0)
        centre = np.asarray(centre, dtype=float)
        middle = np.floor(centre @ np.linalg.inv(self.cell)).astype(int)
        spans = [np.arange(-int(reach / h) - 2, int(reach / h) + 3) for h in heights]
        shifts = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3) + middle
        places = self.positions[None] + (shifts @ self.cell)[:, None]
        near = np.square(places - centre).sum(axis=-1) <= reach * reach
        rows, atoms = np.nonzero(near)
        return places[rows, atoms], atoms, shifts[rows]

    def grid(self, shape: tuple[int, int, int]) -> tuple[Any, Any]:
        """Energies and room on a periodic grid, both of ``shape`` (eV, angstrom)."""
        import numpy as np

        from antiperovskite.landscape.kernel import energy_grid

        corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) @ self.cell
        middle = self.cell.sum(axis=0) / 2
        reach = float(np.linalg.norm(corners - middle, axis=1).max()) + self.cutoff
        images, atoms, _ = self.images(middle, reach)
        energies, room = energy_grid(
            np.array(shape), self.cell, images, self.atom_kinds[atoms], self.kinds, self.radii, self.cutoff
        )
        return energies.reshape(shape), room.reshape(shape)

    def energies(self, points: Any) -> Any:
        """Energies (n,) in eV at nearby Cartesian points (n, 3)."""
        import numpy as np

        from antiperovskite.landscape.kernel import energies_at

        points = np.ascontiguousarray(points, dtype=float)
        centre = points.mean(axis=0)
        reach = float(np.linalg.norm(points - centre, axis=1).max()) + self.cutoff
        images, atoms, _ = self.images(centre, reach)
        return energies_at(points, images, self.atom_kinds[atoms], self.kinds, self.cutoff)

    def stationary(self, starts: Any, climbs: Any) -> tuple[Any, Any, Any]:
        """Minima (0) or saddles (1) near points (p, 3): energies (p,), places (p, 3), and whether each was found."""
        import numpy as np

        from antiperovskite.landscape.kernel import stationary_points

        starts = np.ascontiguousarray(starts, dtype=float).reshape(-1, 3)
        first, places, atoms, shifts = self.neighbours(starts)
        energies, moved, found = stationary_points(
            starts, first, places, atoms, shifts, np.ones(3, np.int64), self.cell, self.atom_kinds[None],
            self.kinds, np.broadcast_to(np.asarray(climbs, np.int64), (len(starts),)).copy(),
        )  # fmt: skip
        return energies[0], starts + moved[0], found[0]

    def neighbours(self, starts: Any) -> tuple[Any, Any, Any, Any]:
        """Framework atoms around each point, as :func:`~antiperovskite.landscape.kernel.stationary_points` has them."""
        import numpy as np

        parts = [self.images(point, self.cutoff) for point in starts]
        first = np.concatenate([[0], np.cumsum([len(part[1]) for part in parts])]).astype(np.int64)
        return (
            first,
            np.concatenate([part[0] for part in parts]),
            np.concatenate([part[1] for part in parts]).astype(np.int64),
            np.concatenate([part[2] for part in parts]).astype(np.int64),
        )

    def descent(self, saddle: Any, sign: float, step: float = 0.02, most: int = 600) -> tuple[Any, Any]:
        """Steepest descent from a saddle: points (n, 3) and energies (n,)."""
        from antiperovskite.landscape.kernel import descend

        places, atoms, _ = self.images(saddle, self.cutoff)
        return tuple(descend(saddle, places, self.atom_kinds[atoms], self.kinds, sign, step, most))


def site_field(
    crystal: ChargedCrystal, mover: str | None = None, *, share: float = SHARE, cutoff: float = CUTOFF
) -> tuple[SiteField, str, int]:
    """Return the field of a moving cation, its element and its charge.

    All ions of the moving element are taken out; what is left keeps its place.

    Parameters
    ----------
    crystal
        Ions and charges.
    mover
        Element that moves; the most numerous cation of the lowest charge if not given.
    share
        Part of each bond's Morse energy that counts.
    cutoff
        Angstrom.

    Raises
    ------
    OptionError
        The element is not a cation of this crystal.
    DataError
        A pair has no parameters.
    """
    import numpy as np

    names = crystal.movers()
    cations = {e: q for e, q in zip(crystal.elements, crystal.charges, strict=True) if q > 0}
    if mover is None:
        mover = names[0] if names else ""
    if mover not in cations:
        raise OptionError(
            f"{one_line(mover, 20) or 'nothing'} is not a cation of {crystal.name}; choose "
            f"{', '.join(cations) or 'another structure: it has none'}"
        )
    charge = cations[mover]
    species = sorted({pair for pair in zip(crystal.elements, crystal.charges, strict=True) if pair[0] != mover})
    kinds = np.array([kind_row(mover, charge, element, q, share) for element, q in species]).reshape(-1, 4)
    moves = np.array([element == mover for element in crystal.elements])
    positions = crystal.fractional @ crystal.cell
    stays = [k for k, flag in enumerate(moves) if not flag]
    index = {pair: k for k, pair in enumerate(species)}
    found = SiteField(
        cell=crystal.cell,
        positions=positions[~moves],
        atom_kinds=np.array([index[crystal.elements[k], crystal.charges[k]] for k in stays], dtype=np.int64),
        kinds=kinds,
        radii=np.array([ion_radius(element, q) for element, q in species]),
        sites=positions[moves],
        labels=tuple(crystal.elements[k] for k in stays),
        charges=tuple(crystal.charges[k] for k in stays),
        cutoff=cutoff,
    )
    return found, mover, charge


def kind_row(mover: str, charge: int, element: str, q: int, share: float = SHARE) -> list[float]:
    """Row of the kernel's table for a framework ion."""
    if q < 0:
        pair = morse_pair(mover, charge, element, q)
        return [1.0, share * pair.D0_eV, pair.R_min_angstrom, pair.alpha_per_angstrom]
    if q > 0:
        found = repulsion(mover, charge, element, q)
        return [2.0, found.strength_eV_angstrom, found.length_angstrom, 0.0]
    return [0.0, 0.0, 0.0, 0.0]


def ion_radius(element: str, charge: int) -> float:
    """Shannon radius (six-fold) in angstrom, minus infinity where none is registered."""
    from antiperovskite.errors import AntiperovskiteError
    from antiperovskite.ions import ion, select_radius

    try:
        chosen = select_radius(ion(element), "shannon", 6, charge=charge).radius
    except AntiperovskiteError:
        chosen = None
    return -float("inf") if chosen is None else chosen.value
