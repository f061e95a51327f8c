"""From a trajectory and its sites to transitions, and from transitions to jumps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError, OptionError
from antiperovskite.transport.fractional import Moving, heights, moving_ions

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory
    from antiperovskite.transport.jumps.sites import Sites

REACH: Final = 3.0
"""Neighbour lists reach this many nearest distances between sites; ions further off are looked up among all sites."""


@dataclass(frozen=True)
class Transitions:
    """Every change of site of every ion of one species, recrossings included.

    Rows of the arrays are transitions, by ion and then time. ``ion`` numbers the species' ions from 0; ``start`` and
    ``end`` are sites; ``leave`` is the last frame within the old site and ``arrive`` the first in the new one;
    ``translation`` is the lattice translation, in cell vectors, between the images of the two sites. ``held`` is how
    many frames each site was owned by some ion, ``inside`` how many of them the ion was within the sphere.
    """

    sites: Sites
    n_ions: int
    n_frames: int
    first_site: Any
    cell: Any
    ion: Any
    start: Any
    end: Any
    leave: Any
    arrive: Any
    translation: Any
    held: Any
    inside: Any
    radius: float | None
    lost: int
    """Ions that were within no site in any frame."""

    def __len__(self) -> int:
        return len(self.ion)

    @property
    def vectors(self) -> Any:
        """Displacement from site to site in the mean cell, shape ``(n, 3)``, angstrom."""
        places = self.sites.fractional
        return (places[self.end] - places[self.start] + self.translation) @ self.cell

    @property
    def middles(self) -> Any:
        """Fractional coordinates halfway between the two sites, shape ``(n, 3)``."""
        places = self.sites.fractional
        return (places[self.end] + places[self.start] + self.translation) / 2.0

    def jumps(self, shortest_visit_frames: int = 1) -> Jumps:
        """Jumps: transitions without visits of fewer than ``shortest_visit_frames`` frames.

        Raises
        ------
        OptionError
            Fewer than one frame.
        """
        import numpy as np

        from antiperovskite.transport.jumps.kernel import without_short_visits

        if shortest_visit_frames < 1:
            raise OptionError(f"a visit of {shortest_visit_frames} frames is asked for; visits last at least 1 frame")
        table = np.column_stack([self.ion, self.start, self.end, self.leave, self.arrive, self.translation])
        kept = without_short_visits(np.ascontiguousarray(table, dtype=np.int64), shortest_visit_frames)
        return replace(_with(self, kept), shortest_visit=shortest_visit_frames)


@dataclass(frozen=True)
class Jumps(Transitions):
    """Transitions that lasted."""

    shortest_visit: int = 1


def _with(one: Transitions, table: Any) -> Jumps:
    return Jumps(
        sites=one.sites, n_ions=one.n_ions, n_frames=one.n_frames, first_site=one.first_site, cell=one.cell,
        ion=table[:, 0], start=table[:, 1], end=table[:, 2], leave=table[:, 3], arrive=table[:, 4],
        translation=table[:, 5:8], held=one.held, inside=one.inside, radius=one.radius, lost=one.lost,
    )  # fmt: skip


def find_transitions(
    trajectory: Trajectory | Moving,
    sites: Sites,
    *,
    radius_angstrom: float | None = None,
    voronoi: bool = False,
    framework: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Transitions:
    """Follow the ions of a species from site to site, in one pass and in bounded memory.

    An ion belongs to the last site it was within ``radius_angstrom`` of; so an ion that only looks out of its site,
    or vibrates about the border between two, makes no transition. Sites move with the cell (fractional coordinates).

    Parameters
    ----------
    trajectory
        The trajectory, or its mobile ions chosen by ``moving_ions``.
    sites
        From ``sites_from_structure``, ``sites_between`` or ``sites_from_density``.
    radius_angstrom
        Radius of the spheres; if not given, 40 % of the smallest distance between sites, at most 1 angstrom.
    voronoi
        Assign every ion to its nearest site in every frame instead (no memory: counts recrossings of the border).
    framework
        As in ``moving_ions``.

    Raises
    ------
    OptionError
        Spheres overlap, or a radius that is not positive.
    DataError
        No ion was ever within a site: the sites do not belong to this trajectory.

    Examples
    --------
    >>> import numpy as np
    >>> from antiperovskite.dynamics.trajectory import ArrayTrajectory
    >>> from antiperovskite.transport.jumps import Sites
    >>> path = np.zeros((4, 1, 3)); path[2:, 0, 0] = 2.0
    >>> two = Sites(np.array([[0, 0, 0], [0.5, 0, 0]]), ("a", "b"), "Li", "example")
    >>> found = find_transitions(ArrayTrajectory(path, 4.0 * np.eye(3), ["Li"], 0.1), two)
    >>> int(found.start[0]), int(found.end[0]), int(found.leave[0]), int(found.arrive[0])
    (0, 1, 1, 2)
    """
    import numpy as np

    from antiperovskite.transport.jumps.kernel import follow

    moving = trajectory if isinstance(trajectory, Moving) else moving_ions(trajectory, sites.species, framework)
    cell = moving.mean_cell
    margin = moving.cells.stretch
    nearest = sites.nearest(cell)
    radius = check_radius(radius_angstrom, nearest, cell)
    own_half = sites.neighbour_distance(cell) / 2.0
    safe = own_half / margin if voronoi else np.full(len(sites.fractional), radius)
    reach = REACH * float(np.median(2.0 * own_half))
    start, neighbours, shifts, distances = sites.neighbours(cell, reach)
    n = len(moving.ions)
    current, seen = np.full(n, -1), np.zeros(n, dtype=np.int64)
    image = np.zeros((n, 3), dtype=np.int64)
    held, inside = np.zeros(len(safe), dtype=np.int64), np.zeros(len(safe), dtype=np.int64)
    places = np.ascontiguousarray(sites.fractional, dtype=float)
    tables, first_site = [], None
    for block in moving.blocks():
        tables.append(
            follow(
                block.positions, moving.ions, block.cells, block.inverse, block.drift, block.first, places, radius,
                voronoi, safe, reach, margin, start, neighbours, shifts, distances, current, image, seen, held, inside,
            )
        )  # fmt: skip
        if progress is not None:
            progress(block.first + len(block.positions), moving.info.n_frames)
    table = np.concatenate(tables)
    table = table[np.lexsort((table[:, 4], table[:, 0]))]
    if (current < 0).all():
        raise DataError(
            f"no {sites.species} ion comes within {radius:.2f} angstrom of any of the {len(places)} sites from "
            f"{sites.source}: they belong to another structure or setting; give the run's own structure"
        )
    _, where = np.unique(table[:, 0], return_index=True)
    first_site = current.copy()
    first_site[table[where, 0]] = table[where, 1]
    return Transitions(
        sites=sites, n_ions=n, n_frames=moving.info.n_frames, first_site=first_site, cell=cell,
        ion=table[:, 0], start=table[:, 1], end=table[:, 2], leave=table[:, 3], arrive=table[:, 4],
        translation=table[:, 5:8], held=held, inside=inside, radius=None if voronoi else radius,
        lost=int((current < 0).sum()),
    )  # fmt: skip


def check_radius(radius: float | None, nearest: float, cell: Any) -> float:
    """Return the radius of the sites' spheres, angstrom; ``nearest`` is the smallest distance between two sites.

    Raises
    ------
    OptionError
        It is not positive, spheres overlap, or a sphere meets its own image.
    """
    allowed = min(nearest / 2.0, float(heights(cell).min()) / 2.0)
    if radius is None:
        return min(0.8 * allowed, 1.0)
    if not radius > 0.0:
        raise OptionError(f"a site radius of {radius:g} angstrom is not positive; give one up to {allowed:.2f}")
    if radius > allowed:
        raise OptionError(
            f"sites are {nearest:.2f} angstrom apart, so spheres of radius {radius:g} angstrom overlap; give a radius "
            f"of at most {allowed:.2f} angstrom, or use Voronoi cells"
        )
    return radius
