"""How a cluster ion is turned on its site: shapes recognised from geometry, symmetric orientations by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Shape = Literal["sphere", "linear", "bent", "triangle", "tetrahedron", "octahedron", "other"]
Direction = tuple[float, float, float]

# Per shape: name -> (direction of the primary axis, direction of the secondary axis) in the cubic cell.
_ORIENTATIONS: Final[dict[Shape, dict[str, tuple[Direction, Direction]]]] = {
    "sphere": {"": ((0, 0, 1), (1, 0, 0))},
    "linear": {
        "axis along [111]": ((1, 1, 1), (1, -1, 0)),  # lowest for Na3OCN with SevenNet 7net-0, by 0.07 eV
        "axis along [110]": ((1, 1, 0), (0, 0, 1)),
        "axis along [001]": ((0, 0, 1), (1, 0, 0)),
    },
    "bent": {
        "two-fold axis along [001], plane (100)": ((0, 0, 1), (0, 1, 0)),
        "two-fold axis along [001], plane (110)": ((0, 0, 1), (1, -1, 0)),
        "two-fold axis along [110], plane (001)": ((1, 1, 0), (1, -1, 0)),
    },
    "triangle": {
        "three-fold axis along [111]": ((1, 1, 1), (1, -1, 0)),
        "three-fold axis along [001]": ((0, 0, 1), (1, 0, 0)),
    },
    "tetrahedron": {
        "vertices along <111>": ((0, 0, 1), (1, 1, 0)),
        "vertices in the (100) and (010) planes": ((0, 0, 1), (1, 0, 0)),
    },
    "octahedron": {
        "vertices along <100>": ((0, 0, 1), (1, 0, 0)),
        "vertices turned by 45 degrees about [001]": ((0, 0, 1), (1, 1, 0)),
    },
    "other": {"as registered": ((0, 0, 1), (1, 0, 0))},
}


def coordinates(ion: Ion) -> Array:
    """Cartesian coordinates ``(n_atoms, 3)`` in angstrom from the rotation centre, as registered."""
    import numpy as np

    return np.array([atom.xyz for atom in ion.atoms], dtype=float).reshape(-1, 3)


def _ligands(ion: Ion) -> Array:
    """Vectors from the central (or, in a diatomic ion, first) atom to the others."""
    import numpy as np

    xyz = coordinates(ion)
    distances = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    centre = 0 if len(xyz) == 2 else int(distances.sum(axis=1).argmin())
    return np.delete(xyz - xyz[centre], centre, axis=0)


def shape(ion: Ion) -> Shape:
    """Recognise the ion's shape from its geometry, so that user-registered ions need no extra field.

    Raises
    ------
    StructureError
        Two atoms of the ion coincide.
    """
    import numpy as np

    if not ion.is_cluster:
        return "sphere"
    bonds = _ligands(ion)
    lengths = np.linalg.norm(bonds, axis=1)
    if lengths.min() < 0.3:
        raise StructureError(f"the registered geometry of {ion.symbol} has two atoms closer than 0.3 angstrom")
    units = bonds / lengths[:, None]
    rank = int(np.linalg.matrix_rank(units, tol=0.05))
    cosines = np.sort((units @ units.T)[np.triu_indices(len(units), 1)])
    tests: dict[Shape, bool] = {
        "linear": rank == 1,
        "bent": len(units) == 2 and rank == 2,
        "triangle": len(units) == 3 and rank == 2 and np.allclose(cosines, -1 / 2, atol=0.08),
        "tetrahedron": len(units) == 4 and np.allclose(cosines, -1 / 3, atol=0.08),
        "octahedron": len(units) == 6 and np.allclose(cosines[3:], 0, atol=0.1),
    }
    return next((name for name, holds in tests.items() if holds), "other")


def _frame(primary: Array, secondary: Array) -> Array:
    """Right-handed orthonormal frame (rows) from a primary axis and a hint for the second."""
    import numpy as np

    first = primary / np.linalg.norm(primary)
    hint = secondary - (secondary @ first) * first
    if np.linalg.norm(hint) < 1e-6:  # any perpendicular will do: the ion is symmetric about its axis
        hint = np.cross(first, np.eye(3)[int(np.abs(first).argmin())])
    second = hint / np.linalg.norm(hint)
    return np.array([first, second, np.cross(first, second)])


def _body_frame(ion: Ion) -> Array:
    """The ion's own primary and secondary axes.

    Linear: along the bond, first to last atom (O to H). Bent: the two-fold axis, then in the plane. Triangle: the
    normal, then a bond. Tetrahedron: an S4 axis, then the edge direction crossing it. Octahedron: two bonds.
    """
    import numpy as np

    kind = shape(ion)
    if kind in ("sphere", "other"):
        return np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])
    bonds = _ligands(ion)
    units = bonds / np.linalg.norm(bonds, axis=1)[:, None]
    if kind == "linear":
        return _frame(units[-1], np.zeros(3))
    if kind == "bent":
        return _frame(units[0] + units[1], units[0] - units[1])
    if kind == "triangle":
        return _frame(np.cross(units[0], units[1]), units[0])
    if kind == "tetrahedron":
        return _frame(units[0] + units[1], units[0] - units[1])
    other = next(unit for unit in units[1:] if abs(unit @ units[0]) < 0.2)
    return _frame(units[0], other)


def orientation_names(ion: Ion) -> tuple[str, ...]:
    """Names of the symmetric orientations offered for this ion, the default first."""
    return tuple(_ORIENTATIONS[shape(ion)])


def oriented(ion: Ion, name: str | None = None, *, inverted: bool = False) -> Array:
    """Coordinates ``(n_atoms, 3)`` of the ion turned into a named orientation (default: the first).

    Raises
    ------
    StructureError
        The name is not offered for this shape.
    """
    import numpy as np

    offered = _ORIENTATIONS[shape(ion)]
    chosen = next(iter(offered)) if name is None else name
    if chosen not in offered:
        raise StructureError(
            f"{ion.symbol} ({shape(ion)}) has no orientation {chosen!r}; choose one of {', '.join(offered)}"
        )
    primary, secondary = offered[chosen]
    target = _frame(np.array(primary, dtype=float), np.array(secondary, dtype=float))
    turned = coordinates(ion) @ _body_frame(ion).T @ target
    # Inversion, not a rotation: allowed for the ions here because each shape offered equals its mirror image.
    return -turned if inverted else turned


def pointing(ion: Ion, direction: Direction) -> Array:
    """Coordinates ``(n_atoms, 3)`` with the ion's primary axis (O to H in OH) along ``direction``."""
    import numpy as np

    target = _frame(np.array(direction, dtype=float), np.zeros(3))
    return coordinates(ion) @ _body_frame(ion).T @ target
