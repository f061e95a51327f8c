"""Average (disordered) cubic structures of dry and hydrated anti-perovskites, as a diffractometer sees them."""

from __future__ import annotations

from typing import Any

from antiperovskite.errors import StructureError
from antiperovskite.ions import ion


def average_cubic(cation: str, halide: str, a: float, hydroxide: float) -> Any:
    """Average Pm-3m structure of X(3-x)(OH)x O(1-x) A.

    Cation vacancies are spread over all X sites and the hydrogen of each hydroxide over the six directions to its X
    neighbours, at the O-H distance of the ion registry.

    Parameters
    ----------
    cation, halide
        Atomic ion symbols on X and A.
    a
        Lattice parameter, angstrom.
    hydroxide
        x, the fraction of oxide replaced by hydroxide, 0 to 1.

    Returns
    -------
    pymatgen.core.Structure
        With partial occupancies.

    Raises
    ------
    StructureError
        x is outside 0 to 1.
    """
    import numpy as np
    from pymatgen.core import Lattice, Structure

    if not 0.0 <= hydroxide <= 1.0:
        raise StructureError(f"a hydroxide fraction of {hydroxide:g} was asked for; it lies between 0 and 1")
    occupancy = (3.0 - hydroxide) / 3.0
    species: list[dict[str, float]] = [{halide: 1.0}, {"O": 1.0}, *[{cation: occupancy}] * 3]
    places: list[Any] = [(0, 0, 0), (0.5, 0.5, 0.5), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
    if hydroxide > 0.0:
        bond = float(np.linalg.norm(next(atom.xyz for atom in ion("OH").atoms if atom.element == "H"))) / a
        for axis in range(3):
            for sign in (1, -1):
                position = np.full(3, 0.5)
                position[axis] += sign * bond
                places.append(tuple(position))
                species.append({"H": hydroxide / 6.0})
    return Structure(Lattice.cubic(a), species, places)
