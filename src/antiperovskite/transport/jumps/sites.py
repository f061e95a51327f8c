"""Where ions can sit: from a structure, from the octahedra of the framework, or from the ions' own density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError, OptionError, StructureError
from antiperovskite.transport.fractional import average_places, heights, moving_ions

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory
    from antiperovskite.transport.fractional import Moving

LARGEST_STRAIN: Final = 0.12
"""Of a run's mean cell against its reference structure: relaxation and thermal expansion, with room."""
FURTHEST: Final = 1.0
"""angstrom: root mean square distance of framework ions from the structure's sites that is still the same structure."""
LEAST_FRAMEWORK: Final = 0.75
"""Share of the reference structure's framework that the run must hold (vacancies are allowed)."""
NEIGHBOURING: Final = 1.25
"""Octahedron centres up to this factor beyond the nearest distance are neighbours."""


@dataclass(frozen=True)
class Sites:
    """Places of one species in the run's cell: fractional coordinates ``(n, 3)``, labels, and where they come from."""

    fractional: Any
    labels: tuple[str, ...]
    species: str
    source: str

    def __post_init__(self) -> None:
        import numpy as np

        places = np.atleast_2d(np.asarray(self.fractional, dtype=float))
        if places.ndim != 2 or places.shape[1:] != (3,) or len(places) != len(self.labels) or not len(places):
            raise DataError(f"sites have shape {places.shape} and {len(self.labels)} labels; one (n, 3) row each")
        if not np.isfinite(places).all():
            raise DataError("a site has a coordinate that is not a number")
        object.__setattr__(self, "fractional", places - np.floor(places))

    def __len__(self) -> int:
        return len(self.labels)

    def neighbour_distance(self, cell: Any) -> Any:
        """Distance of each site to its nearest other site or image, angstrom, shape ``(n,)``."""
        import numpy as np
        from scipy.spatial import cKDTree

        images = np.array(list(product((-1, 0, 1), repeat=3)))
        points = (self.fractional[None] + images[:, None]).reshape(-1, 3) @ cell
        distances, _ = cKDTree(points).query(self.fractional @ cell, k=2)
        return distances[:, 1]

    def nearest(self, cell: Any) -> float:
        """Smallest distance between two sites, angstrom.

        Raises
        ------
        DataError
            Two sites are at the same place.
        """
        found = float(self.neighbour_distance(cell).min())
        if found < 0.1:
            raise DataError(f"two sites from {self.source} are {found:.3f} angstrom apart; give each site once")
        return found

    def neighbours(self, cell: Any, reach: float) -> tuple[Any, Any, Any, Any]:
        """Sites within ``reach`` of each, by distance: offsets ``(n + 1,)``, sites, images ``(m, 3)``, distances."""
        import numpy as np
        from scipy.spatial import cKDTree

        fringe = reach / heights(cell)
        images = np.array(list(product(*[range(-ceil(f), ceil(f) + 1) for f in fringe])))
        points = self.fractional[None] + images[:, None]
        near = ((points > -fringe - 1e-9) & (points < 1 + fringe + 1e-9)).all(axis=2)
        which = np.broadcast_to(np.arange(len(self)), near.shape)[near]
        shift = np.broadcast_to(images[:, None], (*near.shape, 3))[near]
        own = cKDTree(self.fractional @ cell)
        pairs = own.sparse_distance_matrix(cKDTree(points[near] @ cell), reach, output_type="ndarray")
        pairs = pairs[pairs["v"] > 1e-6]
        pairs = pairs[np.lexsort((pairs["v"], pairs["i"]))]
        start = np.searchsorted(pairs["i"], np.arange(len(self) + 1))
        return start, which[pairs["j"]], np.ascontiguousarray(shift[pairs["j"]]), np.ascontiguousarray(pairs["v"])


def sites_from_structure(
    trajectory: Trajectory, structure: Any, species: str, *, framework: Sequence[str] | None = None
) -> Sites:
    """Sites of a species in a reference structure, repeated to fill the run's cell, vacant ones included.

    The structure is placed by the time-averaged framework, so the run may have started anywhere.

    Parameters
    ----------
    trajectory
        The run.
    structure
        :class:`~antiperovskite.structures.model.StructureModel` or ``pymatgen.core.Structure``: the perfect crystal, in
        a cell of which the run's is a supercell.
    species
        Chemical symbol.
    framework
        As in ``moving_ions``.

    Raises
    ------
    StructureError
        The run is of another compound, or its cell is no supercell of the structure's.
    """
    import numpy as np

    crystal: Any = structure.to_pymatgen() if hasattr(structure, "to_pymatgen") else structure
    formula = crystal.composition.reduced_formula
    moving = moving_ions(trajectory, species, framework)
    symbols = np.array([site.specie.symbol for site in crystal])
    matrix = _supercell(moving.mean_cell, np.asarray(crystal.lattice.matrix), formula)
    _check_composition(moving, symbols, matrix, formula)
    places, which = _repeat(np.asarray(crystal.frac_coords), matrix)
    names = symbols[which]
    offset = _offset(moving, places, names, formula)
    chosen = names == species
    labels = _labels(crystal, species)
    return Sites(places[chosen] + offset, tuple(labels[k] for k in which[chosen]), species, f"the structure {formula}")


def sites_between(
    trajectory: Trajectory, centre: str, species: str, *, framework: Sequence[str] | None = None
) -> Sites:
    """X sites of corner-sharing octahedra, vacant ones included: halfway between neighbouring octahedron centres.

    Parameters
    ----------
    trajectory
        The run.
    centre
        Symbol of the ion in the octahedra, for example ``"O"``.
    species
        Chemical symbol of the ion that sits on these sites.

    Raises
    ------
    StructureError
        The centres have no neighbours at one common distance, or do not keep their places.
    """
    import numpy as np

    moving = moving_ions(trajectory, species, framework)
    if centre not in moving.info.symbols or centre == species:
        raise OptionError(f"no {centre!r} octahedron centres in {moving.info.source}; name one of its other ions")
    centres = Sites(
        average_places(moving, moving.info.of(centre)), (centre,) * len(moving.info.of(centre)), centre, "run"
    )
    usual = float(np.median(centres.neighbour_distance(moving.mean_cell)))
    start, other, shift, _ = centres.neighbours(moving.mean_cell, NEIGHBOURING * usual)
    first = np.repeat(np.arange(len(centres)), np.diff(start))
    middle = (centres.fractional[first] + centres.fractional[other] + shift) / 2.0
    middle -= np.floor(middle + 1e-9)
    kept = _once(middle, moving.mean_cell, 0.2 * usual)
    if not len(kept):
        raise StructureError(f"the {centre} ions have no neighbours to share X sites with; give a structure instead")
    return Sites(kept, (species,) * len(kept), species, f"the middles between neighbouring {centre}")


def sites_from_density(
    trajectory: Trajectory | Moving,
    species: str,
    *,
    framework: Sequence[str] | None = None,
    separation_angstrom: float = 1.2,
    spacing_angstrom: float = 0.25,
) -> Sites:
    """Sites where the species' own time-averaged density peaks.

    Sites that no ion visited are not found; peaks nearer than ``separation_angstrom`` count as one site.

    Raises
    ------
    DataError
        The density has no peaks: the ions are everywhere, as in a melt.
    """
    from antiperovskite.transport.density.grid import ion_density
    from antiperovskite.transport.density.peaks import density_peaks

    density = ion_density(trajectory, species, framework=framework, spacing_angstrom=spacing_angstrom)
    places = density_peaks(density, separation_angstrom=separation_angstrom)
    return Sites(places, (species,) * len(places), species, "peaks of the ion density")


def _supercell(cell: Any, lattice: Any, formula: str) -> Any:
    """Integer matrix with ``cell ~ matrix @ lattice``, allowing for strain and for a turned setting."""
    import numpy as np

    for turned in (False, True):
        big, small = (_upright(cell), _upright(lattice)) if turned else (cell, lattice)
        ratio = abs(float(np.linalg.det(big)) / float(np.linalg.det(small)))
        scale = (ratio / max(round(ratio), 1)) ** (1 / 3)  # uniform strain first: it multiplies with the repeats
        matrix = np.rint(big @ np.linalg.inv(small) / scale).astype(int)
        if round(abs(float(np.linalg.det(matrix)))) < 1:
            continue
        stretch = np.linalg.svd(np.linalg.inv(matrix @ small) @ big, compute_uv=False)
        if max(float(stretch.max()), 1.0 / float(stretch.min())) < 1.0 + LARGEST_STRAIN:
            return matrix
    lengths = " x ".join(f"{length:.2f}" for length in np.linalg.norm(cell, axis=1))
    raise StructureError(
        f"the run's cell ({lengths} angstrom) is no supercell of {formula}'s; give the structure in the run's setting, "
        "or take the sites from the density"
    )


def _upright(cell: Any) -> Any:
    """The cell turned so that a lies along x and b in the xy plane."""
    import numpy as np

    lower = np.linalg.cholesky(cell @ cell.T)
    return lower


def _check_composition(moving: Moving, symbols: Any, matrix: Any, formula: str) -> None:
    import numpy as np

    times = round(abs(float(np.linalg.det(matrix))))
    have = {symbol: moving.info.symbols.count(symbol) for symbol in dict.fromkeys(moving.info.symbols)}
    expected = {str(symbol): times * int((symbols == symbol).sum()) for symbol in dict.fromkeys(symbols.tolist())}
    text = " ".join(f"{symbol}{count}" for symbol, count in have.items())
    wanted = " ".join(f"{symbol}{count}" for symbol, count in expected.items())
    least = {s: LEAST_FRAMEWORK * expected.get(s, 0) for s in moving.framework}
    if set(have) != set(expected) or any(not least[s] <= have[s] <= expected[s] for s in moving.framework):
        raise StructureError(
            f"{moving.info.source} holds {text}, {times} cells of {formula} hold {wanted}: it is a run of another "
            "compound; give the structure it was started from"
        )


def _repeat(places: Any, matrix: Any) -> tuple[Any, Any]:
    """Fractional coordinates in the supercell and the atom of the cell each comes from."""
    import numpy as np

    from antiperovskite.structures.parent import ParentCell

    a, b, c = ((int(row[0]), int(row[1]), int(row[2])) for row in matrix)
    cells = np.array(ParentCell((a, b, c)).cells())
    found = (places[None] + cells[:, None]).reshape(-1, 3) @ np.linalg.inv(matrix)
    return found, np.tile(np.arange(len(places)), len(cells))


def _offset(moving: Moving, places: Any, names: Any, formula: str) -> Any:
    """Translation that puts the structure's framework onto the run's."""
    import numpy as np

    if not len(moving.fixed):
        return np.zeros(3)
    average = average_places(moving, moving.fixed)
    symbols = np.array(moving.info.symbols)[moving.fixed]
    rarest = min(moving.framework, key=lambda symbol: int((names == symbol).sum()))
    lead = average[np.flatnonzero(symbols == rarest)[0]]
    trials = [np.zeros(3), *(lead - places[names == rarest])]
    best, found = np.inf, trials[0]
    for trial in trials:
        offset, squares = trial, np.inf
        for _ in range(3):  # the middle of the residuals moves the structure onto the average
            apart = np.concatenate(
                [
                    _to_nearest(average[symbols == s], places[names == s] + offset, moving.mean_cell)
                    for s in moving.framework
                ]
            )
            squares = float((np.square(apart @ moving.mean_cell)).sum(axis=1).mean())
            offset = offset + np.median(apart, axis=0)
        if squares < best - 1e-6:
            best, found = squares, offset
        if best < 0.05:
            break
    if best**0.5 > FURTHEST:
        raise StructureError(
            f"the framework of {moving.info.source} lies {best**0.5:.2f} angstrom (root mean square) off the sites of "
            f"{formula}: it is another structure or setting; give the one the run was started from"
        )
    return found


def _to_nearest(ions: Any, places: Any, cell: Any) -> Any:
    """Fractional vector from the nearest place to each ion."""
    import numpy as np

    apart = ions[:, None] - places[None]
    apart -= np.round(apart)
    nearest = np.square(apart @ cell).sum(axis=2).argmin(axis=1)
    return apart[np.arange(len(ions)), nearest]


def _labels(crystal: Any, species: str) -> list[str]:
    """The species' symbol, numbered where symmetry tells its sites apart."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    from antiperovskite.structures.symmetry import quiet_spglib

    with quiet_spglib():
        orbits = SpacegroupAnalyzer(crystal, symprec=0.05).get_symmetry_dataset().equivalent_atoms
    own = list(dict.fromkeys(int(o) for o, site in zip(orbits, crystal, strict=True) if site.specie.symbol == species))
    return [
        (species if len(own) == 1 else f"{species}{own.index(int(orbit)) + 1}") if site.specie.symbol == species else ""
        for orbit, site in zip(orbits, crystal, strict=True)
    ]


def _once(places: Any, cell: Any, closest: float) -> Any:
    """Places without repetitions within ``closest`` angstrom across cell edges."""
    import numpy as np

    kept: list[Any] = []
    for place in places:
        if kept:
            apart = np.array(kept) - place
            apart -= np.round(apart)
            if float(np.square(apart @ cell).sum(axis=1).min()) < closest**2:
                continue
        kept.append(place)
    return np.array(kept)
