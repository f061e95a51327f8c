"""X3BA and its ordered derivatives: cubic, mixed and double anti-perovskites on the cubic parent lattice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent
from antiperovskite.structures.assemble import Placement, assemble
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.orientations import Direction, oriented, pointing
from antiperovskite.structures.parent import Bond, Cell, ParentCell
from antiperovskite.structures.sizes import cubic_parameter, mean_radius, start_radius

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

UNITS: Final[tuple[Direction, ...]] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True)
class Arrangement:
    """Which ion is where in a supercell of the cubic parent.

    ``X`` maps every X site to an ion or ``None`` (empty). ``B_direction`` turns a cluster B ion's axis;
    ``A_orientation`` names the A clusters' orientation and ``A_inverted`` the parent cells where they are inverted.
    ``tilt`` maps a parent cell to the rotation vector of its octahedron in radian (Cartesian axes).
    """

    cell: ParentCell
    A: Mapping[Cell, Ion]
    B: Mapping[Cell, Ion]
    X: Mapping[Bond, Ion | None]
    what: str
    B_direction: Mapping[Cell, Direction] = field(default_factory=dict)
    A_orientation: str | None = None
    A_inverted: frozenset[Cell] = frozenset()
    tilt: Mapping[Cell, Direction] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def with_notes(self, *notes: str) -> Arrangement:
        """Return a copy with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def require_ratio(formula: Formula, content: CellContent, X: float, A: float, prototype: str) -> None:
    """Raise unless the cell has ``X`` X sites (filled or empty) and ``A`` A ions per octahedron."""
    n = content.octahedra
    if abs(len(content.X) + content.vacancies - X * n) > 1e-6 or abs(len(content.A) - A * n) > 1e-6:
        raise StructureError(
            f"{formula.formula}: {prototype} has {X:g} X and {A:g} A sites per octahedron; this formula has "
            f"{(len(content.X) + content.vacancies) / n:g} and {len(content.A) / n:g}"
        )


def edge_lengths(arrangement: Arrangement) -> Array:
    """Starting parent edges ``(3,)`` in angstrom, each from the cations that lie on it.

    An axis whose X sites are all empty takes the mean cation radius of the cell. Tilting shortens the axes so that B-X
    bonds keep their length: a vertex displaced by tan|w| (w x r)/|w| lengthens its bond by sqrt(1 + s^2), s being the
    displacement over r.
    """
    import numpy as np

    r_B = mean_radius(arrangement.B.values(), "B")
    r_A = mean_radius(arrangement.A.values(), "A")
    everywhere = [ion for ion in arrangement.X.values() if ion is not None]
    lengths = []
    for axis in range(3):
        here = [ion for (_, i), ion in arrangement.X.items() if i == axis and ion is not None]
        lengths.append(cubic_parameter(mean_radius(here or everywhere, "X"), r_B, r_A))
    edges = np.array(lengths)
    if arrangement.tilt:
        rotation = next(iter(arrangement.tilt.values()))  # cells differ in signs only
        sideways = [np.linalg.norm(_displacement(rotation, np.array(unit, dtype=float))) for unit in UNITS]
        edges /= np.sqrt(1.0 + np.array(sideways) ** 2)
    return edges


def _x_position(arrangement: Arrangement, bond: Bond, lengths: Array) -> Array:
    """X between its two B, nearer the smaller one, and moved with the tilt of both octahedra."""
    import numpy as np

    cell, axis = bond
    low, high = arrangement.cell.below(bond), cell
    ion = arrangement.X[bond]
    assert ion is not None
    r_X = start_radius(ion, "X")
    to_low = start_radius(arrangement.B[low], "B") + r_X
    to_high = start_radius(arrangement.B[high], "B") + r_X
    unit = np.array(UNITS[axis])
    high_B = (np.array(cell) + 0.5) * lengths
    position = high_B - unit * lengths[axis] * to_high / (to_low + to_high)
    if arrangement.tilt:
        # A rigid rotation w displaces a vertex r by tan|w| (w x r)/|w|: bonds to B then lengthen by 1/cos.
        shifts = [
            sign * _displacement(arrangement.tilt[c], unit * lengths[axis] / 2)
            for sign, c in ((-1.0, high), (1.0, low))
        ]
        position = position + 0.5 * (shifts[0] + shifts[1])
    result: Array = position
    return result


def _displacement(rotation: Direction, vertex: Array) -> Array:
    import numpy as np

    w = np.array(rotation, dtype=float)
    angle = float(np.linalg.norm(w))
    if angle == 0.0:
        return np.zeros(3)
    result: Array = np.tan(angle) * np.cross(w / angle, vertex)
    return result


def build_cubic(
    formula: Formula, content: CellContent, arrangement: Arrangement, source: str, scale: float = 1.0
) -> StructureModel:
    """Turn an arrangement into a structure.

    Parameters
    ----------
    scale
        Multiplies the lattice (bulky cluster ions need more room than their thermochemical radii say).
    """
    import numpy as np

    lengths = edge_lengths(arrangement) * scale
    placements: list[Placement] = []
    for cell, ion in arrangement.A.items():
        name = arrangement.A_orientation if ion.is_cluster else None
        atoms = oriented(ion, name, inverted=cell in arrangement.A_inverted)
        placements.append(Placement("A", ion, np.array(cell) * lengths, atoms))
    for cell, ion in arrangement.B.items():
        direction = arrangement.B_direction.get(cell)
        atoms = oriented(ion) if direction is None else pointing(ion, direction)
        placements.append(Placement("B", ion, (np.array(cell) + 0.5) * lengths, atoms))
    for bond, occupant in arrangement.X.items():
        if occupant is not None:
            placements.append(Placement("X", occupant, _x_position(arrangement, bond, lengths), oriented(occupant)))
    return assemble(
        formula,
        arrangement.cell.lattice(lengths),
        placements,
        description=arrangement.what,
        source=source,
        formula_units=content.formula_units,
        cubic_cells=len(arrangement.cell.cells()),
        notes=arrangement.notes,
    )


def distribute(cells: Sequence[Cell], ions: Sequence[Ion]) -> dict[Cell, Ion]:
    """Put ions on parent cells in order, equal ions together (two kinds alternate in a two-cell supercell)."""
    return dict(zip(cells, ions, strict=True))
