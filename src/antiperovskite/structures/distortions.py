"""Named distortions of a built structure with free amplitude: polar off-centring of B, and strains of the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError, one_line
from antiperovskite.structures.model import StructureModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# direction: space group of the cubic cell after moving B along it
POLAR: Final[dict[str, tuple[tuple[int, int, int], str]]] = {
    "001": ((0, 0, 1), "P4mm"),
    "110": ((1, 1, 0), "Amm2"),
    "111": ((1, 1, 1), "R3m"),
}
# name: space group of the strained cubic cell, and what the amplitude (percent) does
STRAINS: Final[dict[str, tuple[str, str]]] = {
    "tetragonal": ("P4/mmm", "c is longer than a = b by this"),
    "orthorhombic": ("Pmmm", "a is shorter and c longer than b by this"),
    "sheared": ("Cmmm", "the diagonal [110] is longer than [1-10] by this"),
    "rhombohedral": ("R-3m", "the diagonal [111] is longer than the edges' mean by this"),
}
LARGEST_OFF_CENTRING_A: Final = 0.3
LARGEST_STRAIN_PERCENT: Final = 15.0


def off_centre(model: StructureModel, direction: str, amplitude_A: float) -> StructureModel:
    """Move every B ion by ``amplitude_A`` (angstrom) along a pseudo-cubic direction, against X and A.

    Parameters
    ----------
    direction
        ``"001"`` (P4mm from the cubic cell), ``"110"`` (Amm2) or ``"111"`` (R3m).

    Raises
    ------
    OptionError
        The direction is not offered or the amplitude is out of range.
    """
    import numpy as np

    if direction not in POLAR:
        raise OptionError(f"unknown polar direction {one_line(direction, 20)!r}; choose one of {', '.join(POLAR)}")
    if not 0 < abs(amplitude_A) <= LARGEST_OFF_CENTRING_A:
        raise OptionError(
            f"an off-centring of {amplitude_A:g} angstrom was given; it must not be zero or exceed "
            f"{LARGEST_OFF_CENTRING_A:g}"
        )
    structure = model.to_pymatgen()
    vector = np.array(POLAR[direction][0], dtype=float)
    vector *= amplitude_A / np.linalg.norm(vector)
    positions = np.array(structure.cart_coords)
    positions[[role == "B" for role in model.roles]] += vector
    return _rebuilt(
        model,
        structure.lattice.matrix,
        positions,
        f"B moved {amplitude_A:g} angstrom along [{direction}]",
    )


def strain(model: StructureModel, name: str, percent: float) -> StructureModel:
    """Strain the cell at constant volume to first order; cluster ions keep their shape.

    Parameters
    ----------
    name
        One of ``STRAINS``.
    percent
        Amplitude, of either sign; its meaning is given in ``STRAINS``.

    Raises
    ------
    OptionError
        The name is not offered or the amplitude is out of range.
    """
    import numpy as np

    if name not in STRAINS:
        raise OptionError(f"unknown strain {one_line(name, 20)!r}; choose one of {', '.join(STRAINS)}")
    if not 0 < abs(percent) <= LARGEST_STRAIN_PERCENT:
        raise OptionError(
            f"a strain of {percent:g} % was given; it must not be zero or exceed {LARGEST_STRAIN_PERCENT:g} %"
        )
    e = percent / 100.0
    ones = np.ones((3, 3)) - np.eye(3)
    tensor: dict[str, Array] = {
        "tetragonal": np.diag([-e / 3, -e / 3, 2 * e / 3]),
        "orthorhombic": np.diag([-e, 0.0, e]),
        "sheared": np.array([[0.0, e / 2, 0.0], [e / 2, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        "rhombohedral": ones * e / 2,
    }
    deform = np.eye(3) + tensor[name]
    structure = model.to_pymatgen()
    positions = np.array(structure.cart_coords)
    moved = positions @ deform
    for group in set(model.groups):
        members = [i for i, g in enumerate(model.groups) if g == group]
        if len(members) > 1:
            # The first atom is the ion's centre (O of OH, B of BH4); the others follow it without strain.
            whole = _unwrapped(structure, members)
            moved[members] = moved[members[0]] + (whole - whole[0])
    text = f"{name} strain of {percent:g} %: {STRAINS[name][1]}"
    return _rebuilt(model, structure.lattice.matrix @ deform, moved, text)


def _unwrapped(structure: Any, members: list[int]) -> Array:
    """Cartesian places of one ion's atoms, each at the image nearest to the first."""
    import numpy as np

    lattice = structure.lattice
    delta = [
        lattice.get_distance_and_image(structure[members[0]].frac_coords, structure[i].frac_coords) for i in members
    ]
    places = [structure[i].frac_coords + image for i, (_, image) in zip(members, delta, strict=True)]
    return np.asarray(np.array(places) @ lattice.matrix, dtype=float)


def _rebuilt(model: StructureModel, lattice: Array, positions: Array, what: str) -> StructureModel:
    import json

    import numpy as np
    from pymatgen.core import Lattice, Structure

    species = [site.specie.symbol for site in model.to_pymatgen()]
    fractional = positions @ np.linalg.inv(lattice)
    fractional -= np.floor(fractional + 1e-9)
    structure = Structure(Lattice(lattice), species, np.round(fractional, 12) + 0.0)
    return model.model_copy(
        update={
            "structure": json.loads(structure.to_json()),
            "description": f"{model.description}; {what}",
            "notes": (*model.notes, "the distortion is a start for relaxation; it may relax away"),
        }
    )
