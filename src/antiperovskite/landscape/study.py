"""The landscape of one moving cation: map, thresholds, sites and hops."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.landscape.field import CUTOFF, SiteField, ion_radius, site_field
from antiperovskite.landscape.hops import Pass, find_pass, site_pairs
from antiperovskite.landscape.parameters import SHARE, ion_text, morse_pair, table
from antiperovskite.landscape.thresholds import percolation_levels, refined
from antiperovskite.landscape.windows import nearest_three, opening
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.landscape.crystal import ChargedCrystal
    from antiperovskite.landscape.model import Hop, Landscape, SiteEnergy, Threshold

RESOLUTION: Final = 0.15
FINEST, COARSEST = 0.05, 0.5
MOST_POINTS: Final = 4_000_000
BIAS: Final = (
    "bond-valence screening value: the other ions stand still, nothing is calibrated, the uncertainty is unknown"
)
NEAR_MINIMUM: Final = 1.0
"""Angstrom; a site farther from any minimum is said to have none."""
VALENCE_REACH: Final = 6.0


@dataclass(frozen=True)
class EnergyMap:
    """Energies (eV above the lowest) and room (angstrom) on the periodic grid of a cell, for drawing."""

    cell: Any
    energies: Any
    room: Any
    field: SiteField


def landscape_study(
    crystal: ChargedCrystal,
    mover: str | None = None,
    *,
    resolution: float = RESOLUTION,
    share: float = SHARE,
    cutoff: float = CUTOFF,
    longest: float | None = None,
    lattice: str = "as given",
) -> tuple[Landscape, EnergyMap]:
    """Return the bond-valence landscape of a crystal and the map behind it.

    The energy of the moving cation at r is sum_anions share D0 {[exp(alpha (R_min - R)) - 1]^2 - 1} + sum_cations
    14.4 eV angstrom q q' / (sqrt(n n') R) erfc(R / (0.74 (r + r'))). All ions of the moving element are taken out, the
    others stand still. Passes are found on the grid and moved to the exact saddle.

    Parameters
    ----------
    crystal
        Ions and charges (:func:`~antiperovskite.landscape.crystal.charged_crystal`).
    mover
        Element that moves.
    resolution
        Largest distance between grid points, angstrom.
    share
        Part of each bond's Morse energy that counts: 0.5 as bvlain has it, 1 for the whole bond (as CAVD).
    cutoff
        Angstrom.
    longest
        Longest hop in angstrom; as far as needed to connect all sites if not given.
    lattice
        Where the lattice came from, for the result.

    Raises
    ------
    OptionError
        A number outside what is allowed, or an element that is no cation here.
    DataError
        A pair of ions without parameters.

    References
    ----------
    Chen, Wong, Adams, Acta Crystallogr. B 75 (2019) 18, doi:10.1107/S2052520618015718; parameters as shipped in bvlain.
    """
    import numpy as np

    from antiperovskite.landscape.model import Landscape

    _check(crystal, resolution, share, longest)
    field, mover, charge = site_field(crystal, mover, share=share, cutoff=cutoff)
    lengths = np.linalg.norm(crystal.cell, axis=1)
    shape = tuple(max(6, int(np.ceil(length / resolution))) for length in lengths)
    if shape[0] * shape[1] * shape[2] > MOST_POINTS:
        raise OptionError(
            f"a grid of {shape[0]} x {shape[1]} x {shape[2]} points is too large; use a coarser resolution"
        )
    energies, room = field.grid((shape[0], shape[1], shape[2]))
    source = f"{table().source}; {'half of' if share == SHARE else f'{share:g} of'} each bond's Morse energy"
    lowest_point = int(np.argmin(energies))
    grid_points = np.stack(np.unravel_index(np.arange(energies.size), shape), axis=-1) / np.array(shape)

    def cartesian(flat: int) -> Any:
        return grid_points[flat] @ crystal.cell

    floor, _, _ = refined(field, cartesian(lowest_point), float(energies.ravel()[lowest_point]), 0, 2 * resolution)
    levels, minima, near = _minima(field)
    floor = min(floor, float(levels.min()))
    thresholds = _thresholds(field, energies, room, cartesian, floor, resolution, source)
    sites = _sites(field, (levels, minima, near), mover, charge, floor, source)
    hops, hop_notes = _hops(field, minima, levels, floor, longest, source)
    notes = [
        BIAS,
        "the softBV table is read from bvlain; bvlain counts half of each bond, CAVD all of it: barriers between "
        "the two conventions differ by up to a factor of two",
        *hop_notes,
        *(
            ["a site of the structure is not at a minimum of this energy: its hops are counted from the site"]
            if not near.all()
            else []
        ),
        *crystal.notes,
    ]
    result = Landscape(
        name=crystal.name,
        ion=mover,
        charge=charge,
        lattice=lattice,
        share=share,
        resolution=_number(resolution, "angstrom", "largest distance between grid points", source),
        points=(shape[0], shape[1], shape[2]),
        thresholds=thresholds,
        sites=sites,
        hops=hops,
        octahedron_volume=_octahedron(crystal),
        ion_radius=_radius(mover, charge),
        notes=tuple(dict.fromkeys(notes)),
        citations=table().citations,
    )
    return result, EnergyMap(crystal.cell, energies - floor, room, field)


def _check(crystal: ChargedCrystal, resolution: float, share: float, longest: float | None) -> None:
    if not FINEST <= resolution <= COARSEST:
        raise OptionError(f"a resolution of {resolution:g} angstrom is not allowed; give {FINEST} to {COARSEST}")
    if not 0.0 < share <= 1.0:
        raise OptionError(f"a share of {share:g} is not allowed; give 0.5 (bvlain) or 1 (the whole bond)")
    if longest is not None and not 0.5 <= longest <= 12.0:
        raise OptionError(f"a longest hop of {longest:g} angstrom is not allowed; give 0.5 to 12")
    if not isfinite(float(crystal.cell.sum())):
        raise OptionError(f"the cell of {crystal.name} holds numbers that are none")


def _number(value: float, unit: str, method: str, source: str, n: int = 1) -> Quantity:
    return Quantity(
        value=round(float(value), 6), uncertainty=None, unit=unit, n=n, method=method, source=source,
        citations=table().citations,
    )  # fmt: skip


def _thresholds(
    field: SiteField, energies: Any, room: Any, cartesian: Any, floor: float, resolution: float, source: str
) -> tuple[Threshold, Threshold, Threshold]:
    import numpy as np

    from antiperovskite.landscape.model import Threshold

    levels = percolation_levels(energies)
    free = percolation_levels(-room, highest=float(room.max() - room.min()) + 1.0)
    found = []
    for k, (level, sphere) in enumerate(zip(levels, free, strict=True)):
        what = f"level at which sites of low energy percolate in {k + 1} direction{'s' if k else ''}, above the lowest"
        energy: AnyQuantity = NotComputed(unit="eV", method=f"{what}: not below 6 eV", source=source)
        place = None
        if level is not None:
            value, where, exact = refined(field, cartesian(level[1]), level[0], 1, 2.5 * resolution)
            how = "exact saddle" if exact else f"on a grid of {resolution:g} angstrom"
            energy = _number(value - floor, "eV", f"{what}; {how}; {BIAS}", source)
            x, y, z = np.round(where @ np.linalg.inv(field.cell) % 1.0, 5) % 1.0
            place = (float(x), float(y), float(z))
        radius: AnyQuantity = NotComputed(unit="angstrom", method="no ion here has a registered radius")
        if sphere is not None and np.isfinite(field.radii).any():
            radius = _number(
                -sphere[0], "angstrom",
                f"largest sphere that percolates between the standing ions, on a grid of {resolution:g} angstrom",
                "Shannon radii (six-fold)",
            )  # fmt: skip
        found.append(Threshold(directions=(1, 2, 3)[k], energy=energy, radius=radius, place=place))
    return found[0], found[1], found[2]


def _minima(field: SiteField) -> tuple[Any, Any, Any]:
    """Energies, places and presence of the minimum near each site; the site itself where there is none."""
    import numpy as np

    levels, minima, found = field.stationary(field.sites, 0)
    apart = np.linalg.norm(minima - field.sites, axis=1)
    near = found & (apart < NEAR_MINIMUM)
    minima = np.where(near[:, None], minima, field.sites)
    return np.where(near, levels, field.energies(field.sites)), minima, near


def _sites(
    field: SiteField, found: tuple[Any, Any, Any], mover: str, charge: int, floor: float, source: str
) -> tuple[SiteEnergy, ...]:
    import numpy as np

    from antiperovskite.landscape.model import SiteEnergy

    levels, minima, near = found
    apart = np.linalg.norm(minima - field.sites, axis=1)
    result = []
    for k, site in enumerate(field.sites):
        x, y, z = (float(v) for v in np.round(site @ np.linalg.inv(field.cell) % 1.0, 6) % 1.0)
        what = "minimum that belongs to the site, above the lowest" if near[k] else "at the site: no minimum near it"
        result.append(
            SiteEnergy(
                fractional=(x, y, z),
                energy=_number(levels[k] - floor, "eV", f"{what}; {BIAS}", source),
                displacement=_number(apart[k], "angstrom", "from the site to its minimum", source)
                if near[k]
                else NotComputed(unit="angstrom", method="no minimum within 1 angstrom of the site", source=source),
                valence=_number(_valence(field, site, mover, charge), "1", "bond-valence sum up to 6 angstrom", source),
            )
        )
    return tuple(result)


def _valence(field: SiteField, site: Any, mover: str, charge: int) -> float:
    import numpy as np

    places, atoms, _ = field.images(site, VALENCE_REACH)
    total = 0.0
    for place, atom in zip(places, atoms, strict=True):
        if field.charges[atom] < 0:
            pair = morse_pair(mover, charge, field.labels[atom], field.charges[atom])
            total += exp((pair.R0_angstrom - float(np.linalg.norm(place - site))) * pair.alpha_per_angstrom)
    return total


def _hops(
    field: SiteField, minima: Any, levels: Any, floor: float, longest: float | None, source: str
) -> tuple[tuple[Hop, ...], list[str]]:
    import numpy as np

    pairs = site_pairs(field.cell, field.sites, longest)
    images = _site_images(field)
    known: dict[tuple[float, ...], Pass | None] = {}
    counts: dict[tuple[float, ...], int] = {}
    for pair in pairs:
        key = _fingerprint(field, pair)
        counts[key] = counts.get(key, 0) + 1
        if key not in known:
            known[key] = find_pass(field, pair, minima, levels, images)
    notes = []
    skipped = sum(counts[key] for key, found in known.items() if found is None)
    if skipped:
        notes.append(f"{skipped} longer pairs of sites have no way of their own: the lowest leads over a third site")
    hops = [
        _hop(field, found, counts[key], float(np.linalg.norm(_ends(field, found))), floor, source)
        for key, found in known.items()
        if found is not None
    ]
    hops.sort(key=lambda hop: (round(hop.barrier.value, 4), hop.length.value))
    return tuple(hops), notes


def _ends(field: SiteField, found: Pass) -> Any:
    """Vector between the two sites themselves (minima may lie beside them)."""
    import numpy as np

    inverse = np.linalg.inv(field.cell)
    apart = (field.sites[found.j] - field.sites[found.i]) @ inverse
    shift = np.round((found.end - found.start) @ inverse - apart)
    return (apart + shift) @ field.cell


def _site_images(field: SiteField) -> Any:
    """Sites in the cell and around it."""
    import numpy as np

    steps = np.arange(-2, 3)
    shifts = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) @ field.cell
    return (field.sites[None] + shifts[:, None]).reshape(-1, 3)


def _fingerprint(field: SiteField, pair: tuple[int, int, Any, float]) -> tuple[float, ...]:
    """What equal hops have in common: distances to the other ions from both ends and the middle, by kind."""
    import numpy as np

    i, j, shift, length = pair
    start, end = field.sites[i], field.sites[j] + shift @ field.cell
    parts = []
    for point in (start, end, (start + end) / 2):
        places, atoms, _ = field.images(point, 6.0)
        kinds = field.atom_kinds[atoms]
        distances = np.linalg.norm(places - point, axis=1)
        parts.append(tuple(sorted((float(kinds[m]), round(float(distances[m]), 2)) for m in range(len(atoms)))))
    ends = sorted(parts[:2])
    return (round(length, 2), *(x for part in (*ends, parts[2]) for item in part for x in item))


def _hop(field: SiteField, found: Pass, count: int, length: float, floor: float, source: str) -> Hop:
    import numpy as np

    from antiperovskite.landscape.model import Hop

    low, high = sorted(found.ends)
    how = "exact saddle" if found.refined else "pass on a grid of 0.2 angstrom"
    inverse = np.linalg.inv(field.cell)

    def point(place: Any) -> tuple[float, float, float]:
        x, y, z = (float(v) for v in np.round(place @ inverse, 5))
        return x, y, z

    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(found.path, axis=0), axis=1))])
    keep = np.unique(np.linspace(0, len(arc) - 1, min(len(arc), 61)).round().astype(int))
    keep = np.unique(np.append(keep, int(np.argmax(found.path_energies))))
    return Hop(
        length=_number(length, "angstrom", "between the two sites", source),
        count=count,
        barrier=_number(found.energy - low, "eV", f"from the lower of both minima to the pass; {how}; {BIAS}", source),
        reverse=_number(
            found.energy - high, "eV", f"from the higher of both minima to the pass; {how}; {BIAS}", source
        ),
        first=point(found.start),
        last=point(found.end),
        place=point(found.place),
        window=_window(field, found.place),
        profile_angstrom=tuple(round(float(v), 4) for v in arc[keep]),
        profile_eV=tuple(round(float(v) - floor, 5) for v in found.path_energies[keep]),
        path=tuple((round(float(x), 4), round(float(y), 4), round(float(z), 4)) for x, y, z in found.path[keep]),
        through=found.through,
    )


def _window(field: SiteField, place: Any) -> Any:
    """The three ions nearest to a pass (by their surfaces) and the circle between them."""
    import numpy as np

    from antiperovskite.landscape.model import Window

    places, atoms, _ = field.images(place, 8.0)
    radii = field.radii[field.atom_kinds[atoms]]
    known = np.isfinite(radii)
    if known.sum() < 3:
        none = NotComputed(unit="angstrom", method="fewer than three ions around the pass have a registered radius")
        return Window(ions=(), radius=none, clearance=none)
    places, atoms, radii = places[known], atoms[known], radii[known]
    chosen, room = nearest_three(place, places, radii)
    source = "Shannon radii (six-fold)"
    return Window(
        ions=tuple(sorted(field.labels[atoms[k]] for k in chosen)),
        radius=_number(
            opening(places[chosen], radii[chosen]), "angstrom", "largest circle between the three ions", source
        ),
        clearance=_number(room, "angstrom", "from the pass to the nearest ion's surface", source),
    )


def _octahedron(crystal: ChargedCrystal) -> AnyQuantity:
    import numpy as np

    if crystal.model is None:
        return NotComputed(unit="angstrom^3", method="site roles are not known for a bare structure")
    from scipy.spatial import ConvexHull

    from antiperovskite.structures.octahedra import octahedra

    full = [one.vertices for one in octahedra(crystal.model) if len(one.vertices) == 6]
    if not full:
        return NotComputed(unit="angstrom^3", method="no octahedron has six corners")
    volumes = [float(ConvexHull(np.array(corners)).volume) for corners in full]
    return Quantity(
        value=round(float(np.mean(volumes)), 4),
        uncertainty=None,
        unit="angstrom^3",
        n=len(volumes),
        method="mean volume of the B-centred octahedra; geometry only",
        source="structure as given",
    )


def _radius(mover: str, charge: int) -> AnyQuantity:
    value = ion_radius(mover, charge)
    if not isfinite(value):
        return NotComputed(unit="angstrom", method=f"no Shannon radius of {ion_text(mover, charge)} is registered")
    return Quantity(
        value=value, uncertainty=None, unit="angstrom", method="Shannon radius, six-fold", source="ion data",
        citations=("shannon1976",),
    )  # fmt: skip
