"""Numbers read off relaxed cells: edges, space groups, and where OH points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from antiperovskite.errors import StructureError
from antiperovskite.structures.symmetry import spacegroup

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TOLERANCES: Final = (0.01, 0.05, 0.1)
"""Distance tolerances in angstrom given to spglib for relaxed cells."""
BONDED_angstrom: Final = 2.7
"""Li nearer to O than this belong to its octahedron (1.9 to 2.1 angstrom; the next Li are beyond 3.5)."""
TOWARDS_degree: Final = 60.0
"""An O-H that keeps this angle from every Li of its octahedron points at an empty corner (90 degrees when exactly)."""


def groups_found(structure: Any) -> dict[str, str]:
    """Space groups at :data:`TOLERANCES`."""
    found = {}
    for tolerance in TOLERANCES:
        try:
            found[f"{tolerance:g}"] = spacegroup(structure, tolerance)[0]
        except StructureError:
            found[f"{tolerance:g}"] = "none found"
    return found


def hydroxide_angles(structure: Any) -> Array:
    """Smallest angle in degree between each O-H and the bonds from that O to its Li, ``(n_OH,)``.

    Raises
    ------
    StructureError
        An H has no O within 1.3 angstrom, so there is no hydroxide.
    """
    symbols = [site.species_string for site in structure]
    lithium = [i for i, symbol in enumerate(symbols) if symbol == "Li"]
    oxygen = [i for i, symbol in enumerate(symbols) if symbol == "O"]
    angles = []
    for index in (i for i, symbol in enumerate(symbols) if symbol == "H"):
        distances = [structure.get_distance(index, o) for o in oxygen]
        owner = oxygen[int(np.argmin(distances))]
        if min(distances) > 1.3:
            raise StructureError(f"an H lies {min(distances):.2f} angstrom from the nearest O: no hydroxide any more")
        bond = _nearest_image(structure, owner, index)
        cosines = [-1.0]
        for neighbour in structure.get_neighbors(structure[owner], BONDED_angstrom):
            if neighbour.index in lithium:
                other = neighbour.coords - structure[owner].coords
                cosines.append(float(bond @ other / np.linalg.norm(bond) / np.linalg.norm(other)))
        angles.append(float(np.degrees(np.arccos(np.clip(max(cosines), -1.0, 1.0)))))
    return np.array(angles)


def _nearest_image(structure: Any, start: int, end: int) -> Array:
    _, image = structure[start].distance_and_image(structure[end])
    fractional = structure[end].frac_coords + image - structure[start].frac_coords
    return np.asarray(structure.lattice.get_cartesian_coords(fractional))


def parent_edges(structure: Any, repeats: tuple[int, int, int]) -> tuple[float, float, float]:
    """Lengths of a, b and c per parent cell, angstrom."""
    a, b, c = (float(length) / count for length, count in zip(structure.lattice.abc, repeats, strict=True))
    return a, b, c
