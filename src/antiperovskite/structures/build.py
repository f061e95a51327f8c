"""From a formula to starting structures: choose the builder by framework, make room, check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, cell_content
from antiperovskite.structures.arrangements import arrangements
from antiperovskite.structures.check import check_structure, closest_clash, ion_table
from antiperovskite.structures.cubic import build_cubic, require_ratio
from antiperovskite.structures.forms import ReportedForm, forms_of
from antiperovskite.structures.hexagonal import build_polytype
from antiperovskite.structures.low_dimensional import CHAIN, ISOLATED, build_low_dimensional
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.ruddlesden_popper import build_ruddlesden_popper, choices
from antiperovskite.structures.sizes import size_notes

Builder = Callable[[float], StructureModel]

CUBIC_SOURCE: Final = "prototype: ideal anti-perovskite (anti-CaTiO3) parent, constructed; lengths from ionic radii"
_GROWTH: Final = 0.025
_LARGEST: Final = 1.5


def build_structure(formula: Formula, ions: Mapping[str, Ion] | None = None) -> StructureModel:
    """Build the default starting structure of a resolved formula.

    Every choice (which sites are ordered, how clusters are turned, what is hypothesis) is in ``description`` and
    ``notes``. Lengths come from ionic radii and are meant to be relaxed.

    Parameters
    ----------
    formula
        From :func:`antiperovskite.composition.resolve`.
    ions
        Ions by symbol; the registry when omitted.

    Raises
    ------
    StructureError
        The composition needs a larger supercell than is built, or a structure this program does not know.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> model = build_structure(resolve("Li3OCl"))
    >>> len(model.roles), model.cubic_cells
    (5, 1.0)
    """
    table = ion_table(formula, ions)
    return finish(formula, next(_builders(formula, table, tilts=False)), table)


def candidate_structures(
    formula: Formula, ions: Mapping[str, Ion] | None = None, *, limit: int | None = None, tilts: bool = False
) -> list[StructureModel]:
    """Build the starting structures worth relaxing against each other, the default first.

    They differ in cation order (trans, cis), anion order (rock salt, layers), hydroxide and vacancy arrangement, or
    cluster orientation. The order and the structures are the same on every call.

    Parameters
    ----------
    limit
        Return at most this many.
    tilts
        Add Glazer-tilted cells (a0a0c-, a-a-a-, a+b-b-) where all ions are spheres on full sites.

    Raises
    ------
    StructureError
        As :func:`build_structure`.
    """
    if limit is not None and limit < 1:
        raise StructureError(f"a limit of {limit} candidates was asked for; at least 1 is needed")
    table = ion_table(formula, ions)
    found: list[StructureModel] = []
    for builder in _builders(formula, table, tilts=tilts):
        found.append(finish(formula, builder, table))
        if limit is not None and len(found) == limit:
            break
    return found


def _builders(formula: Formula, table: Mapping[str, Ion], *, tilts: bool) -> Iterator[Builder]:
    content = cell_content(formula, table)
    for form in forms_of(formula):
        if form.default:
            yield form_builder(formula, content, form)
    if formula.framework == "3D":
        require_ratio(formula, content, 3, 1, "the cubic anti-perovskite X3BA")
        for cell, arrangement in arrangements(formula, content, tilts=tilts):
            yield partial(build_cubic, formula, cell, arrangement, CUBIC_SOURCE)
    elif formula.framework == "2D":
        for choice in choices(formula, content):
            yield partial(build_ruddlesden_popper, formula, content, choice)
    elif formula.framework == "1D":
        require_ratio(formula, content, 5, 3, "the chain structure X5BA3")
        yield partial(build_low_dimensional, formula, content, CHAIN)
    else:
        require_ratio(formula, content, 6, 4, "the isolated-octahedra structure X6BA4")
        yield partial(build_low_dimensional, formula, content, ISOLATED)


def form_builder(formula: Formula, content: CellContent, form: ReportedForm) -> Builder:
    """Builder of a reported form that has an ordered model (a polytype, or the ordered cubic parent)."""
    if form.built == "polytype":
        cell = (form.lattice_A["a"], form.lattice_A["c"]) if form.lattice_A else None
        lengths = "lengths from ionic radii" if cell is None else f"cell measured at {form.temperature_K:g} K"
        source = f"polytype {form.polytype}, form {form.name} ({form.source}), ideal positions, {lengths}; {form.note}"
        return partial(build_polytype, formula, content, form.polytype, cell=cell, source=source)
    chosen, arrangement = next(iter(arrangements(formula, content)))
    return partial(build_cubic, formula, chosen, arrangement.with_notes(form.note), CUBIC_SOURCE)


def finish(formula: Formula, builder: Builder, table: Mapping[str, Ion]) -> StructureModel:
    """Grow the cell until no ions overlap, note that it was grown, and check everything.

    Raises
    ------
    StructureError
        Ions overlap in the largest cell tried, or the structure fails :func:`check_structure`.
    """
    scale = 1.0
    model = builder(scale)
    problem = closest_clash(model, table)
    while problem is not None and scale < _LARGEST:
        scale += _GROWTH
        model = builder(scale)
        problem = closest_clash(model, table)
    if problem is not None:
        raise StructureError(f"{formula.formula}: {problem}, even with lengths {_LARGEST:g} times the radii's guess")
    if scale > 1.0:
        note = f"lengths are {100 * (scale - 1):.1f} % above the guess from radii, to keep cluster ions apart"
        model = model.model_copy(update={"notes": (*model.notes, note)})
    extra = (*size_notes(table.values()), *_distortion_notes(formula))
    model = model.model_copy(update={"notes": (*model.notes, *extra)})
    check_structure(model, formula, table)
    return model


def _distortion_notes(formula: Formula) -> Iterator[str]:
    """Structures known to be distorted or different, said where the ideal one is built."""
    if formula.sites.X.keys() == {"Ag"}:
        yield "silver chalcogenide halides distort (P2_13 was proposed for Ag3SX, arXiv:2406.04966); Pm-3m is a start"
