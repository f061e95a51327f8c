"""Hexagonal polytypes of X3BA: close-packed AX3 layers in any stacking, B in the X6 octahedra between them.

The cubic parent is the stacking ABC along [111]. Where a layer has the same layer above and below (h), the octahedra
on its two sides share a face; where they differ (c), a corner. 2H is the anti-type of BaNiO3, 4H and 6H of the
4H-BaMnO3 and hexagonal BaTiO3 types, 9R of BaRuO3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError, StructureError, one_line
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, kinds
from antiperovskite.structures.assemble import Placement, assemble
from antiperovskite.structures.model import SiteRole, StructureModel
from antiperovskite.structures.orientations import oriented
from antiperovskite.structures.sizes import cubic_parameter, mean_radius

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# name: (stacking, space group of the ideal spheres)
POLYTYPES: Final[dict[str, tuple[str, str]]] = {
    "2H": ("AB", "P6_3/mmc"),
    "3C": ("ABC", "Pm-3m"),
    "4H": ("ABAC", "P6_3/mmc"),
    "6H": ("ABCACB", "P6_3/mmc"),
    "9R": ("ABABCBCAC", "R-3m"),
}
_LATERAL: Final = {"A": (0.0, 0.0), "B": (1 / 3, 2 / 3), "C": (2 / 3, 1 / 3)}


def check_polytype(name: str) -> str:
    """Return the name as listed in ``POLYTYPES``.

    Raises
    ------
    OptionError
        It is not listed.
    """
    upper = name.strip().upper()
    if upper not in POLYTYPES:
        raise OptionError(f"unknown polytype {one_line(name, 20)!r}; choose one of {', '.join(POLYTYPES)}")
    return upper


def hexagonality(stacking: str) -> str:
    """Write h or c for each layer of a periodic stacking.

    Examples
    --------
    >>> hexagonality("ABAC")
    'chch'
    """
    n = len(stacking)
    return "".join("h" if stacking[i - 1] == stacking[(i + 1) % n] else "c" for i in range(n))


def build_polytype(
    formula: Formula,
    content: CellContent,
    name: str,
    scale: float = 1.0,
    *,
    cell: tuple[float, float] | None = None,
    source: str | None = None,
) -> StructureModel:
    """Build a polytype of a formula with one kind of ion on each site.

    Parameters
    ----------
    cell
        Hexagonal a and c in angstrom; from ionic radii and ideal layers (c = n a / sqrt 6) when omitted.
    source
        Where ``cell`` comes from.

    Raises
    ------
    StructureError
        A site is mixed or empty, or a cluster ion sits on B.
    """
    import numpy as np

    X, B, A = _ions(formula, content, name)
    stacking, _ = POLYTYPES[name]
    n = len(stacking)
    if cell is None:
        edge = cubic_parameter(*(mean_radius([ion], role) for ion, role in ((X, "X"), (B, "B"), (A, "A"))))
        cell = (np.sqrt(2.0) * edge, n * edge / np.sqrt(3.0))
    a, c = cell[0] * scale, cell[1] * scale
    lattice = np.array([[a, 0.0, 0.0], [-a / 2, a * np.sqrt(3.0) / 2, 0.0], [0.0, 0.0, c]])
    ion_of: dict[SiteRole, Ion] = {"X": X, "B": B, "A": A}
    placements = [
        Placement(role, ion_of[role], np.array(place) @ lattice, _turned(ion_of[role], down))
        for role, place, down in _sites(stacking)
    ]
    octahedra = n
    if name.endswith("R"):  # the primitive cell is a third of the hexagonal one
        lattice, placements, octahedra = _primitive(lattice, placements, n)
    order = hexagonality(stacking)
    notes = [
        f"layers {stacking} ({order}): octahedra share faces across h layers and corners across c layers",
        "ideal layers: face-sharing octahedra stretch on relaxation",
    ]
    if A.is_cluster:
        notes.append(
            f"{A.symbol} is turned along or against c by layer: one choice of order; it is disordered when hot"
        )
    return assemble(
        formula,
        lattice,
        placements,
        description=f"hexagonal polytype {name}, AX3 layers stacked {stacking}",
        source=source
        or f"prototype: polytype {name} of the ideal anti-perovskite, constructed; lengths from ionic radii",
        formula_units=round(octahedra / formula.multiplicity),
        cubic_cells=octahedra,
        notes=notes,
    )


def _ions(formula: Formula, content: CellContent, name: str) -> tuple[Ion, Ion, Ion]:
    sites = [kinds(ions) for ions in (content.X, content.B, content.A)]
    if content.vacancies or any(len(found) != 1 for found in sites) or formula.framework != "3D":
        raise StructureError(
            f"{formula.formula}: the polytype {name} is built for X3BA with one kind of ion on each site and none empty"
        )
    (X,), (B,), (A,) = sites
    if B.is_cluster:
        raise StructureError(f"{formula.formula}: a polytype with the cluster ion {B.symbol} on B is not built")
    return X, B, A


def _sites(stacking: str) -> list[tuple[SiteRole, tuple[float, float, float], bool]]:
    """Role, fractional place, and whether a cluster there is inverted, layer by layer."""
    n = len(stacking)
    order = hexagonality(stacking)
    found: list[tuple[SiteRole, tuple[float, float, float], bool]] = []
    for i, layer in enumerate(stacking):
        x, y = _LATERAL[layer]
        # The two h layers around one c layer are mirror images or inverses of each other: turn their clusters apart.
        down = order[i] == "h" and (order[i - 1] == "h" or (order[(i + 1) % n] == "c" and i % 2 == 1))
        found.append(("A", (x, y, i / n), down))
        found += [("X", (x + u, y + v, i / n), False) for u, v in ((0.5, 0.0), (0.0, 0.5), (0.5, 0.5))]
        (third,) = set("ABC") - {layer, stacking[(i + 1) % n]}
        found.append(("B", (*_LATERAL[third], (i + 0.5) / n), False))
    return found


def _turned(ion: Ion, down: bool) -> Array | None:
    """A cluster as on a cubic site, with the cube's [111] along c."""
    import numpy as np

    if not ion.is_cluster:
        return None
    z = np.ones(3) / np.sqrt(3.0)
    x = np.array([1.0, -1.0, 0.0]) / np.sqrt(2.0)
    frame = np.array([x, np.cross(z, x), z])
    result: Array = oriented(ion, inverted=down) @ frame.T
    return result


def _primitive(lattice: Array, placements: list[Placement], n: int) -> tuple[Array, list[Placement], int]:
    """Rhombohedral cell of a stacking that repeats after n/3 layers with a lateral shift."""
    import numpy as np

    third = n // 3
    shift = np.array([1 / 3, 2 / 3, 1 / 3])  # ABA BCB CAC: each block is the one before moved from A to B
    rows = np.array([shift, shift - [0, 1, 0], shift - [1, 1, 0]]) @ lattice
    if np.linalg.det(rows) < 0:
        rows = rows[[0, 2, 1]]
    height = lattice[2, 2] / n
    kept = [item for item in placements if item.centre[2] < (third - 0.25) * height]
    return rows, kept, third
