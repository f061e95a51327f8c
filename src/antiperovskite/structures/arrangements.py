"""Which arrangements are tried for an X3BA-type composition, the default first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import radians
from typing import Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, kinds
from antiperovskite.structures.cubic import UNITS, Arrangement, distribute
from antiperovskite.structures.orientations import orientation_names, shape
from antiperovskite.structures.parent import (
    COLUMNS,
    GLAZER_ORTHORHOMBIC,
    LAYERED,
    PRIMITIVE,
    ROCK_SALT,
    ROWS,
    Bond,
    Cell,
    ParentCell,
)

CIS_CATIONS: Final = (
    "real mixed-cation samples are disordered on X; for Li2FeSO short-range order prefers cis over trans "
    "(10.1039/D2TA10037A), so both are offered"
)
POLAR: Final = "the cluster ion is disordered over equivalent orientations at high temperature; one choice is built"
TILT_ANGLE_DEGREES: Final = 6.0


def _repeat(content: CellContent, factor: int) -> CellContent:
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

    Raises
    ------
    StructureError
        The composition needs an arrangement that is not built.
    """
    if content.octahedra > 2:
        raise StructureError(
            f"{formula.formula}: a cell of {content.octahedra} octahedra would be needed; ordered models are built "
            "up to two"
        )
    if content.vacancies:
        yield from _with_vacancies(formula, content)
        return
    base = list(_without_vacancies(content))
    yield from ((content, item) for item in base)
    if len(kinds(content.X)) > 1 and content.octahedra == 1:
        yield _cis(content)
    polar = shape(content.A[0]) in ("linear", "bent", "tetrahedron")
    if polar and len(kinds(content.A)) == 1 and content.octahedra == 1:
        yield _antiparallel(content)
    simple = content.octahedra == 1 and len(kinds(content.X)) == 1
    if tilts and simple and not any(ion.is_cluster for ion in (*content.X, *content.B, *content.A)):
        yield from _tilted(content)


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
    double = _repeat(content, 2)
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
    double = _repeat(content, 2)
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


def _with_vacancies(formula: Formula, content: CellContent) -> Iterator[tuple[CellContent, Arrangement]]:
    dipoles = [ion for ion in content.B if shape(ion) in ("linear", "bent")]
    if len(dipoles) < content.vacancies:
        raise StructureError(
            f"{formula.formula}: {content.vacancies} empty X sites for {len(dipoles)} OH-like ions on B in the cell; "
            "only vacancies that each face such an ion are placed (charge-compensated defects are a later step)"
        )
    yield content, _facing(content, ParentCell(PRIMITIVE if content.octahedra == 1 else LAYERED))
    if content.octahedra == 1 and len(dipoles) == 1 and len(kinds(content.X)) == 1:
        double = _repeat(content, 2)
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


def _tilted(content: CellContent) -> Iterator[tuple[CellContent, Arrangement]]:
    """Glazer tilts a0a0c-, a-a-a- and a+b-b- by a few degrees, for cells whose cubic form is unstable.

    Space groups I4/mcm, R-3c and Pnma (Glazer, Acta Cryst. A 31, 756 (1975), 10.1107/S0567739475001635).
    """
    angle = radians(TILT_ANGLE_DEGREES)
    for name, matrix in (("a0a0c-", ROCK_SALT), ("a-a-a-", ROCK_SALT), ("a+b-b-", GLAZER_ORTHORHOMBIC)):
        cell = ParentCell(matrix)
        cells = cell.cells()
        larger = _repeat(content, len(cells))
        tilt: dict[Cell, tuple[float, float, float]] = {}
        for c in cells:
            out = (-1.0) ** sum(c)
            if name == "a0a0c-":
                tilt[c] = (0.0, 0.0, out * angle)
            elif name == "a-a-a-":
                tilt[c] = (out * angle, out * angle, out * angle)
            else:
                # In-phase along b, antiphase along a and c: the cell is sqrt2 x 2 x sqrt2 with b unique.
                tilt[c] = (out * angle, (-1.0) ** (c[0] + c[2]) * angle, out * angle)
        yield (
            larger,
            Arrangement(
                cell=cell,
                A=distribute(cells, larger.A),
                B=distribute(cells, larger.B),
                X=_fill_x(cell, larger.X),
                tilt=tilt,
                what=f"cubic X3BA parent, tilted {name}, {TILT_ANGLE_DEGREES:g} degrees about each tilted axis",
                notes=("the tilt is a start for relaxation; it may relax away",),
            ),
        )
