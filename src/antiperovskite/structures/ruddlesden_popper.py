"""Anti-Ruddlesden-Popper phases X(3n+1) B(n) A(n+1): n octahedral layers between rock-salt X-A double layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, kinds
from antiperovskite.structures.assemble import Placement, assemble
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.orientations import oriented
from antiperovskite.structures.sizes import cubic_parameter, mean_radius, start_radius

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Slot:
    """One site: height and in-plane position in units of the cubic edge, and the orbit it belongs to.

    ``orbit`` is ``"equatorial"`` (shared by two octahedra of a layer), ``"bridge"`` (apical, between two layers) or
    ``"apical"`` (bonded to one B only); ``column`` numbers the B column it stands on.
    """

    xy: tuple[float, float]
    z: float
    orbit: str
    column: int


@dataclass(frozen=True)
class Choice:
    """Where the ions of one composition go: one ion a slot, with the choice in words."""

    X: tuple[Ion, ...]
    B: tuple[Ion, ...]
    what: str
    notes: tuple[str, ...]


def layers(formula: Formula, content: CellContent) -> int:
    """Number of octahedral layers n of a slab, from A : B = (n + 1) : n.

    Raises
    ------
    StructureError
        The ratios are not those of a Ruddlesden-Popper phase.
    """
    b, a, x = len(content.B), len(content.A), len(content.X)
    n = round(b / (a - b)) if a > b else 0
    if content.vacancies or n < 1 or a * n != b * (n + 1) or x * n != b * (3 * n + 1):
        raise StructureError(
            f"{formula.formula}: X{x}B{b}A{a} with {content.vacancies} empty X sites is no anti-Ruddlesden-Popper "
            "phase X(3n+1)B(n)A(n+1); layered cells with vacancies are not built"
        )
    if n > 3:
        raise StructureError(f"{formula.formula}: slabs of {n} octahedral layers are not built; at most 3")
    return n


def _slots(n: int, columns: int) -> dict[str, list[Slot]]:
    """Sites of one slab centred on height 0, for one or two B columns in the plane."""
    positions = [(0.0, 0.0), (1.0, 0.0)][:columns]
    heights = [k - (n - 1) / 2 for k in range(n)]
    found: dict[str, list[Slot]] = {"X": [], "B": [], "A": []}
    for column, (x, y) in enumerate(positions):
        for z in heights:
            found["B"].append(Slot((x, y), z, "B", column))
            found["X"] += [Slot((x + 0.5, y), z, "equatorial", column), Slot((x, y + 0.5), z, "equatorial", column)]
        found["X"] += [Slot((x, y), z + 0.5, "bridge", column) for z in heights[:-1]]
        found["X"] += [Slot((x, y), sign * n / 2, "apical", column) for sign in (1, -1)]
        found["A"] += [Slot((x + 0.5, y + 0.5), z + 0.5, "inner", column) for z in heights[:-1]]
        found["A"] += [Slot((x + 0.5, y + 0.5), sign * n / 2, "outer", column) for sign in (1, -1)]
    return found


def _orbits(slots: Sequence[Slot], B: Mapping[int, Ion]) -> dict[str, list[int]]:
    """Indices of X slots by orbit; apical and bridge slots are split by the B they are bonded to."""
    found: dict[str, list[int]] = {}
    for index, slot in enumerate(slots):
        kind = slot.orbit if slot.orbit == "equatorial" else f"{slot.orbit} ({B[slot.column].symbol})"
        found.setdefault(kind, []).append(index)
    return found


def choices(formula: Formula, content: CellContent) -> Iterator[Choice]:
    """Yield cation placements, the default first.

    The more highly charged, else the smaller, cation goes first to the sites shared by two octahedra (the Fe2O
    square nets known from Na2Fe2OSe2), then to the apical ones, those of the smaller B ion before others. Relaxed
    with SevenNet 7net-0, that order is the right one: Fe off the shared sites costs 0.7 eV in Na2Fe2OS2, Li off
    them 0.35 eV in Na3LiS0.5O0.5I2 (per formula unit).
    """
    n = layers(formula, content)
    columns = len(content.B) // n
    if columns > 2:
        raise StructureError(
            f"{formula.formula}: {columns} octahedra would be needed in the layer plane; ordered models have up to two"
        )
    slots = _slots(n, columns)
    kinds_B = kinds(content.B)
    if len(kinds_B) > columns:
        raise StructureError(f"{formula.formula}: {len(kinds_B)} kinds of B ion do not fit {columns} columns")
    by_column = {column: kinds_B[column % len(kinds_B)] for column in range(columns)}
    B = tuple(by_column[slot.column] for slot in slots["B"])
    if sorted(ion.symbol for ion in B) != sorted(ion.symbol for ion in content.B):
        raise StructureError(f"{formula.formula}: this ordering of B ions within a slab is not built")
    order = "" if len(kinds_B) == 1 else ", B ions alternating like a chessboard in the layers"
    note_B = () if not order else ("an ordered model stands for the solid solution; the real one may be disordered",)
    base = f"anti-Ruddlesden-Popper, n = {n}{order}"
    counts = Counter(ion.symbol for ion in content.X)
    if len(counts) == 1:
        yield Choice(content.X, B, base, note_B)
        return
    if len(counts) > 2:
        raise StructureError(f"{formula.formula}: more than two kinds of cation in a layered cell are not built")
    smallest = min(kinds_B, key=lambda ion: start_radius(ion, "B")).symbol
    orbits = _orbits(slots["X"], by_column)
    first, second = sorted(kinds(content.X), key=lambda ion: (-ion.charge, start_radius(ion, "X")))
    for placed, rest in ((first, second), (second, first)):
        options = _options(orbits, counts[placed.symbol], smallest)
        for text, where in options:
            X = tuple(placed if index in where else rest for index in range(len(slots["X"])))
            note = f"{placed.symbol} {text} is a choice between ordered models; other sites are possible"
            yield Choice(X, B, f"{base}, {placed.symbol} {text}", (*note_B, note))
        if options:
            return
    raise StructureError(
        f"{formula.formula}: neither {first.symbol} nor {second.symbol} fills one kind of X site in the cell "
        f"({', '.join(f'{len(v)} {k}' for k, v in orbits.items())}); such orderings are not built"
    )


def _options(orbits: Mapping[str, list[int]], number: int, smallest: str) -> list[tuple[str, list[int]]]:
    """Sets of X slots that ``number`` cations of one kind can fill, the likeliest first."""
    equatorial = orbits["equatorial"]
    matching = sorted(
        (name for name in orbits if len(orbits[name]) == number),
        key=lambda name: (name != "equatorial", name != f"apical ({smallest})", name),
    )
    options = [(f"on the {name} sites", orbits[name]) for name in matching]
    part = equatorial[:: max(1, len(equatorial) // number)]
    if len(part) == number < len(equatorial):
        options.insert(0, ("on part of the equatorial sites", part))
    return options


def build_ruddlesden_popper(
    formula: Formula, content: CellContent, choice: Choice, scale: float = 1.0
) -> StructureModel:
    """Build one slab in a primitive body-centred cell (7 atoms for n = 1 without ordering).

    The in-plane edge is the cubic guess from the equatorial cations; apical X sit rX + rB from B; the next slab
    follows with one apical X directly over an A, so that c / 2 = thickness + rX + rA.
    """
    import numpy as np

    n = layers(formula, content)
    columns = len(content.B) // n
    slots = _slots(n, columns)
    pairs = list(zip(slots["X"], choice.X, strict=True))
    r_B, r_A = mean_radius(content.B, "B"), mean_radius(content.A, "A")
    shared = [ion for slot, ion in pairs if slot.orbit != "apical"]
    ends = [ion for slot, ion in pairs if slot.orbit == "apical"]
    edge = cubic_parameter(mean_radius(shared, "X"), r_B, r_A) * scale
    bond = {
        column: (start_radius(ion, "X") + start_radius(B, "B")) * scale
        for column, ion, B in (
            (slot.column, ion, next(b for s, b in zip(slots["B"], choice.B, strict=True) if s.column == slot.column))
            for slot, ion in pairs
            if slot.orbit == "apical"
        )
    }
    top = (n - 1) / 2 * edge + sum(bond.values()) / len(bond)
    half_c = 2 * top + (mean_radius(ends, "X") + r_A) * scale

    def place(slot: Slot, height: float) -> Array:
        return np.array([slot.xy[0] * edge, slot.xy[1] * edge, height])

    placements = []
    for slot, ion in pairs:
        apical = (n - 1) / 2 * edge + bond[slot.column]
        height = np.sign(slot.z) * apical if slot.orbit == "apical" else slot.z * edge
        placements.append(Placement("X", ion, place(slot, height), oriented(ion)))
    for slot, ion in zip(slots["B"], choice.B, strict=True):
        placements.append(Placement("B", ion, place(slot, slot.z * edge), oriented(ion)))
    for slot, ion in zip(slots["A"], content.A, strict=True):
        height = np.sign(slot.z) * top if slot.orbit == "outer" else slot.z * edge
        placements.append(Placement("A", ion, place(slot, height), oriented(ion)))
    body_centred = [[-0.5, 0.5, 1], [0.5, -0.5, 1], [0.5, 0.5, -1]]
    chessboard = [[1, -1, 0], [1, 1, 0], [0.5, 0.5, 1]]
    rows = np.array(body_centred if columns == 1 else chessboard, dtype=float)
    lattice = rows * np.array([edge, edge, half_c])
    return assemble(
        formula,
        lattice,
        placements,
        description=choice.what,
        source=f"prototype: anti-{'K2NiF4' if n == 1 else 'Sr3Ti2O7' if n == 2 else 'Sr4Ti3O10'} type, "
        "constructed; lengths from ionic radii",
        formula_units=content.formula_units,
        cubic_cells=content.octahedra,
        notes=(*choice.notes, "cubic_cells counts octahedra; the rock-salt layers add volume, so no cubic a follows"),
    )
