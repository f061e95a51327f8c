"""Which arrangements are tried for an X3BA-type composition, the default first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from antiperovskite.composition.model import Formula
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, kinds
from antiperovskite.structures.cubic import UNITS, Arrangement, distribute
from antiperovskite.structures.glazer import Tilt, parse_tilt
from antiperovskite.structures.orientations import orientation_names, shape
from antiperovskite.structures.parent import (
    COLUMNS,
    LAYERED,
    PRIMITIVE,
    ROCK_SALT,
    ROWS,
    Bond,
    Cell,
    ParentCell,
)
from antiperovskite.structures.supercells import arrange_supercell

CIS_CATIONS: Final = (
    "real mixed-cation samples are disordered on X; for Li2FeSO short-range order prefers cis over trans "
    "(10.1039/D2TA10037A), so both are offered"
)
POLAR: Final = "the cluster ion is disordered over equivalent orientations at high temperature; one choice is built"
USUAL_TILTS: Final = ("a0a0c-", "a-a-a-", "a+b-b-")
"""Tried as candidates: the tilts most perovskites show (I4/mcm, R-3c, Pnma)."""


def repeat_content(content: CellContent, factor: int) -> CellContent:
    """The same composition in a cell ``factor`` times as large, equal ions kept together."""

    def more(ions: tuple[Ion, ...]) -> tuple[Ion, ...]:
        return tuple(ion for ion in ions for _ in range(factor))

    return CellContent(
        formula_units=content.formula_units * factor,
        octahedra=content.octahedra * factor,
        X=more(content.X),
        B=more(content.B),
        A=more(content.A),
        vacancies=content.vacancies * factor,
    )


def _fill_x(cell: ParentCell, ions: Sequence[Ion], empty: Sequence[Bond] = ()) -> dict[Bond, Ion | None]:
    """Fill X sites, the rarest ion first; sites come z axis first, so a minority ion lines up along z (trans)."""
    counts = Counter(ion.symbol for ion in ions)
    ordered = sorted(ions, key=lambda ion: (counts[ion.symbol], ion.symbol))
    free = [bond for bond in cell.bonds() if bond not in set(empty)]
    filled: dict[Bond, Ion | None] = dict(zip(free, ordered, strict=True))
    filled.update(dict.fromkeys(empty))
    return filled


def arrangements(
    formula: Formula, content: CellContent, *, tilts: bool = False
) -> Iterator[tuple[CellContent, Arrangement]]:
    """Yield cell contents with arrangements of an X3BA-type composition, the default first.

    Cells of more than two octahedra, and vacancies without hydroxide, get one arrangement of
    :func:`antiperovskite.structures.supercells.arrange_supercell`.

    Raises
    ------
    StructureError
        The composition needs a larger supercell than is built.
    """
    if content.octahedra > 2 or (content.vacancies and not _all_face_hydroxide(content)):
        yield content, arrange_supercell(content)
        return
    if content.vacancies:
        yield from _with_vacancies(content)
        return
    base = list(_without_vacancies(content))
    yield from ((content, item) for item in base)
    if len(kinds(content.X)) > 1 and content.octahedra == 1:
        yield _cis(content)
    polar = shape(content.A[0]) in ("linear", "bent", "tetrahedron")
    if polar and len(kinds(content.A)) == 1 and content.octahedra == 1:
        yield _antiparallel(content)
    if tilts and content.octahedra == 1 and simple_octahedra(formula, content):
        yield from (tilted(content, parse_tilt(symbol)) for symbol in USUAL_TILTS)


def _without_vacancies(content: CellContent) -> Iterator[Arrangement]:
    mixed_B, mixed_A = len(kinds(content.B)) > 1, len(kinds(content.A)) > 1
    if content.octahedra == 1:
        cells = [(ParentCell(PRIMITIVE), "")]
    else:
        which = " and ".join(role for role, mixed in (("B", mixed_B), ("A", mixed_A)) if mixed) or "X"
        cells = [
            (ParentCell(ROCK_SALT), f", {which} ions ordered like rock salt"),
            (ParentCell(LAYERED), f", {which} ions in alternating layers along c"),
        ]
    mixed_X = len(kinds(content.X)) > 1
    for cell, order in cells:
        base = Arrangement(
            cell=cell,
            A=distribute(cell.cells(), content.A),
            B=distribute(cell.cells(), content.B),
            X=_fill_x(cell, content.X),
            what=f"cubic X3BA parent{order}"
            + (", the rarer X cation on the sites along c (trans in every octahedron)" if mixed_X else ""),
            notes=(CIS_CATIONS,) if mixed_X else (),
        )
        if order:
            base = base.with_notes("an ordered model stands for the solid solution; the real one may be disordered")
        clusters = [ion for ion in kinds(content.A) if ion.is_cluster]
        # Only one kind of cluster is turned; a second keeps its default orientation of the same name if it has one.
        names = orientation_names(clusters[0]) if clusters else (None,)
        for name in names if not order else names[:1]:
            text = f"{base.what}, {clusters[0].symbol} {name}" if name else base.what
            turned = replace(base, what=text, A_orientation=name if len(clusters) == 1 else None)
            yield turned.with_notes(POLAR) if name else turned


def _cis(content: CellContent) -> tuple[CellContent, Arrangement]:
    """The rarer X cations cis to each other around every B, in a doubled cell (1 + 1 of them along a and b)."""
    double = repeat_content(content, 2)
    cell = ParentCell(COLUMNS)
    first, second = cell.cells()
    counts = Counter(ion.symbol for ion in content.X)
    ordered = sorted(double.X, key=lambda ion: (counts[ion.symbol], ion.symbol))
    chosen: list[Bond] = [cell.above(first, 0), cell.above(second, 1)]
    rest = [bond for bond in cell.bonds() if bond not in chosen]
    return double, Arrangement(
        cell=cell,
        A=distribute((first, second), double.A),
        B=distribute((first, second), double.B),
        X=dict(zip([*chosen, *rest], ordered, strict=True)),
        what="cubic X3BA parent, doubled cell, the rarer X cations cis in every octahedron",
        notes=(CIS_CATIONS,),
    )


def _antiparallel(content: CellContent) -> tuple[CellContent, Arrangement]:
    """Cluster A ions inverted in every second cell, so that neither dipole nor octupole adds up."""
    double = repeat_content(content, 2)
    cell = ParentCell(ROCK_SALT)
    name = orientation_names(content.A[0])[0]
    return double, Arrangement(
        cell=cell,
        A=distribute(cell.cells(), double.A),
        B=distribute(cell.cells(), double.B),
        X=_fill_x(cell, double.X),
        what=f"cubic X3BA parent, doubled cell, {content.A[0].symbol} {name}, inverted in every second cell",
        A_orientation=name,
        A_inverted=frozenset(cell.cells()[1:]),
        notes=(POLAR,),
    )


def _all_face_hydroxide(content: CellContent) -> bool:
    """Whether every empty X site can have an OH-like ion of its own that points at it."""
    return sum(shape(ion) in ("linear", "bent") for ion in content.B) >= content.vacancies


def _with_vacancies(content: CellContent) -> Iterator[tuple[CellContent, Arrangement]]:
    dipoles = [ion for ion in content.B if shape(ion) in ("linear", "bent")]
    yield content, _facing(content, ParentCell(PRIMITIVE if content.octahedra == 1 else LAYERED))
    if content.octahedra == 1 and len(dipoles) == 1 and len(kinds(content.X)) == 1:
        double = repeat_content(content, 2)
        yield double, _alternating(double, ParentCell(ROWS), "rows along b")
        yield double, _alternating(double, ParentCell(COLUMNS), "a chessboard")
        yield double, _corner(double)


def _hydrated(
    content: CellContent,
    cell: ParentCell,
    empty: Sequence[Bond],
    directions: dict[Cell, tuple[float, float, float]],
    what: str,
) -> Arrangement:
    clusters = [ion for ion in kinds(content.A) if ion.is_cluster]
    return Arrangement(
        cell=cell,
        A=distribute(cell.cells(), content.A),
        B=distribute(cell.cells(), sorted(content.B, key=lambda ion: not ion.is_cluster)),
        X=_fill_x(cell, content.X, empty),
        B_direction=directions,
        A_orientation=orientation_names(clusters[0])[0] if len(clusters) == 1 else None,
        what=what,
        notes=(
            "hypothesis: every dipolar B ion (OH) points at an empty X site, as NMR indicates for Li2OHCl "
            "(10.1039/d1ta03680g, section 4); which sites are empty is a choice",
        ),
    )


def _facing(content: CellContent, cell: ParentCell) -> Arrangement:
    """Every vacancy along c above an OH that points at it: all OH parallel (P4mm where nothing else is mixed)."""
    hosts = cell.cells()[: content.vacancies]
    return _hydrated(
        content,
        cell,
        [cell.above(host, 2) for host in hosts],
        dict.fromkeys(hosts, UNITS[2]),
        "cubic X3BA parent, empty X sites along c, OH parallel and pointing at them",
    )


def _alternating(content: CellContent, cell: ParentCell, pattern: str) -> Arrangement:
    """Vacancies along c throughout, OH up and down alternating in rows or as a chessboard."""
    first, second = cell.cells()
    return _hydrated(
        content,
        cell,
        [cell.above(first, 2), (second, 2)],
        {first: (0, 0, 1), second: (0, 0, -1)},
        f"cubic X3BA parent, doubled cell, empty X sites along c, OH alternately up and down in {pattern}",
    )


def _corner(content: CellContent) -> Arrangement:
    """Vacancies alternately along a and b: two of them cis around every O, one of which its OH points at."""
    cell = ParentCell(COLUMNS)
    first, second = cell.cells()
    return _hydrated(
        content,
        cell,
        [cell.above(first, 0), cell.above(second, 1)],
        {first: (1, 0, 0), second: (0, 1, 0)},
        "cubic X3BA parent, doubled cell, empty X sites alternately along a and b, OH pointing at one each",
    )


def tilted(content: CellContent, tilt: Tilt) -> tuple[CellContent, Arrangement]:
    """The cell content repeated over the tilt pattern's cell, with the octahedra turned."""
    cell = tilt.cell()
    cells = cell.cells()
    larger = repeat_content(content, len(cells))
    angles = ", ".join(f"{angle:g}" for angle in tilt.angles_degrees)
    return larger, Arrangement(
        cell=cell,
        A=distribute(cells, larger.A),
        B=distribute(cells, larger.B),
        X=_fill_x(cell, larger.X),
        tilt={c: tilt.rotation(c) for c in cells},
        what=f"cubic X3BA parent, tilted {tilt.symbol} ({tilt.system.spacegroup}), {angles} degrees about a, b, c",
        notes=("the tilt is a start for relaxation; it may relax away",),
    )


def simple_octahedra(formula: Formula, content: CellContent) -> bool:
    """Whether every site holds one kind of single atom and none is empty, so that tilts and polytypes are defined."""
    ions = [kinds(content.X), kinds(content.B), kinds(content.A)]
    return (
        formula.framework == "3D"
        and not content.vacancies
        and all(len(found) == 1 and not found[0].is_cluster for found in ions)
    )
