"""First guesses of lattice lengths from ionic radii: only the start of a relaxation, never a result."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion, Radius

# Mean of Shannon (VI) minus covalent radius over O, S, Se, Te, Cl, Br, I; a test recomputes it from the ion data.
ANION_EXCESS: Final = 0.786

# Preferred coordination numbers, nearest first: X sits between 2 B and 4 A, B in an octahedron, A in a cuboctahedron.
_COORDINATION: Final[dict[str, int]] = {"X": 6, "B": 6, "A": 12}


def _rank(radius: Radius, wanted: int) -> tuple[int, int, int]:
    distance = abs((radius.coordination or wanted) - wanted)
    return (radius.scale != "shannon", distance, radius.spin == "low")


def start_radius(ion: Ion, role: str) -> float:
    """Radius in angstrom used to size a starting cell.

    Shannon radii come first (coordination nearest to the site's, high spin before low), then the mean of the
    thermochemical radii, then :func:`estimated_radius`. Only a starting cell rests on it, so remembered
    (unverified) values are admitted.
    """
    if not ion.radii:
        return estimated_radius(ion)
    best = min(ion.radii, key=lambda radius: _rank(radius, _COORDINATION[role]))
    if best.scale == "shannon":
        return best.value
    values = [radius.value for radius in ion.radii if radius.scale == "thermochemical"]
    return math.fsum(values) / len(values)


def estimated_radius(ion: Ion) -> float:
    """Rough size in angstrom of an anion nobody gave a radius for (P, As, Sb, Bi, user-registered clusters).

    Covalent radius (as in ASE) plus ``ANION_EXCESS``, the mean by which Shannon's six-coordinate radii of O, S,
    Se, Te, Cl, Br and I exceed it; for a cluster the distance of its outermost atom takes the covalent radius's
    place. It sizes a starting cell and nothing else.

    Raises
    ------
    StructureError
        A cation: its size cannot be estimated this way.
    """
    if ion.charge > 0:
        raise StructureError(
            f"no radius is registered for the cation {ion.symbol}, so no starting cell can be sized; add one to the "
            "ion data"
        )
    if ion.is_cluster:
        reach = max(math.dist(atom.xyz, (0.0, 0.0, 0.0)) for atom in ion.atoms)
        return reach + ANION_EXCESS
    from ase.data import atomic_numbers, covalent_radii

    return float(covalent_radii[atomic_numbers[ion.atoms[0].element]]) + ANION_EXCESS


def size_notes(ions: Iterable[Ion]) -> tuple[str, ...]:
    """A note for every ion whose size was estimated."""
    return tuple(
        f"no radius is registered for {ion.symbol}: its size ({start_radius(ion, 'A'):.2f} angstrom) was estimated "
        "from its covalent radius or extent, for the starting cell only"
        for ion in {ion.symbol: ion for ion in ions}.values()
        if not ion.radii
    )


def mean_radius(ions: Iterable[Ion], role: str) -> float:
    """Plain mean of :func:`start_radius` over the ions given (repeat an ion to weight it)."""
    values = [start_radius(ion, role) for ion in ions]
    if not values:
        raise StructureError(f"no ion is left on the {role} site, so no starting cell can be sized")
    return math.fsum(values) / len(values)


def cubic_parameter(r_X: float, r_B: float, r_A: float) -> float:
    """Edge of the pseudo-cubic X3BA cell in angstrom.

    Hard spheres in contact along X-B would give 2 (rX + rB), along X-A sqrt(2) (rX + rA); the two agree only at a
    tolerance factor of 1. Their mean is used. Tried on 14 cubic cells it came within 3 % for oxide halides and
    nitrides, and 4 to 9 % too large where bonds are short (hydrides, Ag3SI).

    Examples
    --------
    >>> round(cubic_parameter(0.76, 1.40, 1.81), 2)  # Li3OCl, measured 3.907
    3.98
    """
    return 0.5 * (2.0 * (r_X + r_B) + math.sqrt(2.0) * (r_X + r_A))
