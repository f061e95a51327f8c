"""Random packings: whole ions at a given density, no two closer than allowed; a start for melting and quenching.

Ions are thrown into a cubic box and pushed apart as rigid bodies until no pair of atoms of different ions is closer
than its minimum distance. The result is a disordered packing, not a glass: only molecular dynamics makes that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import smallest_formula_units
from antiperovskite.structures.assemble import Placement, assemble
from antiperovskite.structures.check import check_structure, ion_table, shortest_allowed
from antiperovskite.structures.model import SiteRole, StructureModel
from antiperovskite.structures.orientations import coordinates
from antiperovskite.structures.sizes import start_radius

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

LARGEST_ATOMS: Final = 5000
DEFAULT_DENSITY_SHARE: Final = 0.9
"""Default density as a share of the starting crystal's: glasses and melts of salts are 5 to 20 % less dense."""
DEFAULT_STEPS: Final = 4000
# Minimum distances between ions of opposite and of like charge, in units of the sum of their radii.
_OPPOSITE: Final = 0.85
_LIKE: Final = 0.80
_MARGIN: Final = 1.002


@dataclass(frozen=True)
class _Bodies:
    """Rigid ions: for every atom its ion, and its place in the ion's own frame."""

    owner: NDArray[np.int64]
    local: Array
    first: NDArray[np.int64]


def pack(
    formula: Formula,
    atoms: int,
    *,
    density_g_cm3: float | None = None,
    min_distances_A: Mapping[tuple[str, str], float] | None = None,
    seed: int = 0,
    max_steps: int = DEFAULT_STEPS,
    ions: Mapping[str, Ion] | None = None,
) -> StructureModel:
    """Pack a formula at random into a cubic box.

    Parameters
    ----------
    atoms
        About how many atoms; the nearest number of whole formula units is taken.
    density_g_cm3
        Density in g/cm^3; nine tenths of the starting crystal's when omitted.
    min_distances_A
        Minimum distance in angstrom for pairs of elements; from ionic radii where a pair is not given.
    seed
        The same seed gives the same packing.
    max_steps
        Steps after which the packing is given up.

    Raises
    ------
    OptionError
        A number is out of range or a pair holds an element that is not in the formula.
    StructureError
        The ions do not fit at this density.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> model = pack(resolve("Li3OCl"), 50, seed=1)
    >>> len(model.roles), model.formula_units
    (50, 10)
    """
    import numpy as np

    table = ion_table(formula, ions)
    units = _units(formula, atoms)
    volume, density, where = _volume(formula, units, density_g_cm3, ions)
    edge = float(volume ** (1 / 3))
    placed: list[tuple[SiteRole, Ion]] = []
    roles: tuple[tuple[SiteRole, Mapping[str, float]], ...] = (
        ("X", formula.sites.X),
        ("B", formula.sites.B),
        ("A", formula.sites.A),
    )
    for role, amounts in roles:
        for symbol, amount in amounts.items():
            placed += [(role, table[symbol])] * round(amount * units)
    elements = [atom.element for _, ion in placed for atom in ion.atoms]
    least = _least_distances(placed, min_distances_A or {})
    if least.max() > edge / 2:
        raise OptionError(
            f"a box of {edge:.2f} angstrom for {len(elements)} atoms is too small for minimum distances up to "
            f"{least.max():.2f} angstrom; ask for more atoms"
        )
    bodies = _bodies(placed)
    centres, turns = _spread(bodies, least, edge, np.random.default_rng(seed), max_steps, formula, density)
    placements = [
        Placement(role, ion, centres[k], bodies.local[bodies.owner == k] @ turns[k].T)
        for k, (role, ion) in enumerate(placed)
    ]
    model = assemble(
        formula,
        np.eye(3) * edge,
        placements,
        description=f"random packing of {units} formula units in a cubic box, {density:.3f} g/cm^3, seed {seed}",
        source="random packing of rigid ions; minimum distances from ionic radii unless given",
        formula_units=units,
        cubic_cells=units * formula.multiplicity,
        notes=(
            f"density {where}",
            "a random packing without overlaps, not a glass: melt and quench it before anything is computed from it",
        ),
    )
    check_structure(model, formula, table, coordination=None)
    return model


def _units(formula: Formula, atoms: int) -> int:
    if not 1 <= atoms <= LARGEST_ATOMS:
        raise OptionError(f"{atoms} atoms were asked for; give 1 to {LARGEST_ATOMS}")
    per_unit = sum(formula.elements.values())
    step = smallest_formula_units(formula)
    return max(1, round(atoms / per_unit / step)) * step


def _volume(
    formula: Formula, units: int, density: float | None, ions: Mapping[str, Ion] | None
) -> tuple[float, float, str]:
    """Volume in cubic angstrom, density in g/cm^3, and where it comes from."""
    from pymatgen.core import Element
    from scipy.constants import atomic_mass

    grams = units * sum(float(Element(e).atomic_mass) * n for e, n in formula.elements.items()) * atomic_mass * 1e3
    if density is None:
        from antiperovskite.structures.build import build_structure

        model = build_structure(formula, ions)
        volume = float(model.to_pymatgen().volume) / model.formula_units * units / DEFAULT_DENSITY_SHARE
        share = f"{100 * DEFAULT_DENSITY_SHARE:g} % of the unrelaxed starting crystal's; give a measured one if known"
        return volume, grams / (volume * 1e-24), share
    if not 0.1 <= density <= 20.0:
        raise OptionError(f"a density of {density:g} g/cm^3 was given; it must lie between 0.1 and 20")
    return grams / density * 1e24, density, "as given"


def _least_distances(placed: list[tuple[SiteRole, Ion]], given: Mapping[tuple[str, str], float]) -> Array:
    """Minimum distance ``(n_atoms, n_atoms)`` between atoms of different ions, angstrom.

    Radii count for single atoms; atoms of clusters keep the contact limits of the structure check.
    """
    import numpy as np

    owners = [(role, ion, atom.element) for role, ion in placed for atom in ion.atoms]
    known = {element for _, _, element in owners}
    pairs: dict[tuple[str, str], float] = {}
    for (first, second), value in given.items():
        missing = {first, second} - known
        if missing:
            raise OptionError(
                f"a minimum distance for {first}-{second} was given, but the formula has no {sorted(missing)[0]}"
            )
        if not 0.5 <= value <= 6.0:
            raise OptionError(f"a minimum distance of {value:g} angstrom was given; it must lie between 0.5 and 6")
        pairs[first, second] = pairs[second, first] = value
    labels = sorted({(role, ion.symbol, element) for role, ion, element in owners})
    table = {(role, ion.symbol, element): ion for role, ion, element in owners}
    small = np.zeros((len(labels), len(labels)))
    for i, (role_i, _, e_i) in enumerate(labels):
        for j, (role_j, _, e_j) in enumerate(labels):
            a, b = table[labels[i]], table[labels[j]]
            like = a.charge * b.charge > 0
            value = shortest_allowed(e_i, e_j, like) * _MARGIN
            if not a.is_cluster and not b.is_cluster:
                share = _LIKE if like else _OPPOSITE
                value = max(value, share * (start_radius(a, role_i) + start_radius(b, role_j)))
            small[i, j] = pairs.get((e_i, e_j), value)
    index = [labels.index((role, ion.symbol, element)) for role, ion, element in owners]
    return np.asarray(small[np.ix_(index, index)])


def _bodies(placed: list[tuple[SiteRole, Ion]]) -> _Bodies:
    import numpy as np

    sizes = [len(ion.atoms) for _, ion in placed]
    return _Bodies(
        owner=np.repeat(np.arange(len(placed)), sizes),
        local=np.concatenate([coordinates(ion) for _, ion in placed]),
        first=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
    )


def _spread(
    bodies: _Bodies,
    least: Array,
    edge: float,
    generator: Any,
    max_steps: int,
    formula: Formula,
    density: float,
) -> tuple[Array, Array]:
    """Push overlapping ions apart and turn them until every pair keeps its distance."""
    import numpy as np
    from scipy.spatial import cKDTree
    from scipy.spatial.transform import Rotation

    number = len(bodies.first)
    centres = generator.random((number, 3)) * edge
    turns = Rotation.random(number, rng=generator).as_matrix()
    extended = np.bincount(bodies.owner) > 1
    reach = float(least.max())
    weight = np.ones(number)
    worst = np.inf
    for step in range(max_steps):
        arms = np.einsum("nij,nj->ni", turns[bodies.owner], bodies.local)
        places = centres[bodies.owner] + arms
        inside = places - edge * np.floor(places / edge)
        inside[inside >= edge] = 0.0
        pairs = cKDTree(inside, boxsize=edge).query_pairs(reach, output_type="ndarray")
        i, j = pairs[:, 0], pairs[:, 1]
        other = bodies.owner[i] != bodies.owner[j]
        i, j = i[other], j[other]
        delta = places[i] - places[j]
        delta -= edge * np.round(delta / edge)
        distance = np.linalg.norm(delta, axis=1)
        lack = least[i, j] - distance
        bad = lack > 0
        if not bad.any():
            return centres, turns
        i, j, lack, distance, delta = i[bad], j[bad], lack[bad], distance[bad], delta[bad]
        worst = float((lack / least[i, j]).max())
        # A little beyond contact, so that the sum of small steps ends; noise in the beginning undoes jams.
        push = delta / np.maximum(distance, 1e-6)[:, None] * (0.5 * lack + 0.005)[:, None]
        force = np.zeros_like(places)
        np.add.at(force, i, push)
        np.add.at(force, j, -push)
        move = np.zeros((number, 3))
        np.add.at(move, bodies.owner, force)
        noise = 0.05 * max(0.0, 1.0 - 4.0 * step / max_steps)
        centres = centres + 0.8 * move * weight[:, None] + noise * generator.standard_normal((number, 3))
        torque = np.zeros((number, 3))
        np.add.at(torque, bodies.owner, np.cross(arms, force))
        if extended.any():
            angle = np.clip(0.5 * torque[extended], -0.3, 0.3)
            turns[extended] = Rotation.from_rotvec(angle).as_matrix() @ turns[extended]
    raise StructureError(
        f"{formula.formula}: no packing at {density:.3g} g/cm^3 keeps all minimum distances after {max_steps} steps "
        f"(worst overlap {100 * worst:.0f} %); lower the density, the minimum distances, or try another seed"
    )
