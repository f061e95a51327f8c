"""One structure with a named change: a tilt, a polytype, a reported form, off-centring or a strain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.amounts import CellContent, cell_content
from antiperovskite.structures.arrangements import simple_octahedra, tilted
from antiperovskite.structures.build import CUBIC_SOURCE, build_structure, finish, form_builder
from antiperovskite.structures.check import check_structure, ion_table
from antiperovskite.structures.cubic import build_cubic
from antiperovskite.structures.distortions import off_centre, strain
from antiperovskite.structures.forms import find_form
from antiperovskite.structures.glazer import Tilt
from antiperovskite.structures.hexagonal import build_polytype, check_polytype
from antiperovskite.structures.model import StructureModel


def build_variant(
    formula: Formula,
    ions: Mapping[str, Ion] | None = None,
    *,
    tilt: Tilt | None = None,
    polytype: str | None = None,
    form: str | None = None,
    polar: tuple[str, float] | None = None,
    strained: tuple[str, float] | None = None,
) -> StructureModel:
    """Build a structure with named changes; without any, the default structure.

    Parameters
    ----------
    tilt
        From :func:`antiperovskite.structures.glazer.parse_tilt`.
    polytype
        A key of :data:`antiperovskite.structures.hexagonal.POLYTYPES`.
    form
        Name of a reported form (:mod:`antiperovskite.structures.forms`).
    polar
        Direction (``"001"``, ``"110"``, ``"111"``) and off-centring of B in angstrom.
    strained
        Name of a strain and its amplitude in percent.

    Raises
    ------
    OptionError
        Two of tilt, polytype and form, or a name or amplitude outside what is offered.
    StructureError
        The change is not defined for this formula, or the structure fails the checks.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> from antiperovskite.structures.glazer import parse_tilt
    >>> len(build_variant(resolve("Li3OCl"), tilt=parse_tilt("a-a-c0", (8.0,))).roles)
    10
    """
    if sum(item is not None for item in (tilt, polytype, form)) > 1:
        raise OptionError("tilt, polytype and form each choose the framework; give only one of them")
    table = ion_table(formula, ions)
    if tilt is not None:
        content = _tiltable(formula, table)
        larger, arrangement = tilted(content, tilt)
        model = finish(formula, partial(build_cubic, formula, larger, arrangement, CUBIC_SOURCE), table)
    elif polytype is not None:
        name = check_polytype(polytype)
        model = finish(formula, partial(build_polytype, formula, cell_content(formula, table), name), table)
    elif form is not None:
        found = find_form(formula, form)
        if found.built == "average":
            raise StructureError(
                f"{formula.formula}, form {found.name}, is disordered and has no ordered model; write the average CIF"
            )
        model = finish(formula, form_builder(formula, cell_content(formula, table), found), table)
    else:
        model = build_structure(formula, ions)
    if polar is not None:
        model = off_centre(model, *polar)
    if strained is not None:
        model = strain(model, *strained)
    if polar is not None or strained is not None:
        check_structure(model, formula, table)
    return model


def _tiltable(formula: Formula, table: Mapping[str, Ion]) -> CellContent:
    content = cell_content(formula, table)
    if content.octahedra == 1 and simple_octahedra(formula, content):
        return content
    clusters = [symbol for symbol, ion in table.items() if ion.is_cluster]
    if formula.framework != "3D":
        why = f"its octahedra form a {formula.framework} framework"
    elif clusters:
        why = f"the cluster ion {', '.join(clusters)} has an orientation of its own that lowers the symmetry"
    elif content.vacancies:
        why = "it has empty X sites"
    else:
        why = "a site is shared by several ions"
    raise StructureError(
        f"{formula.formula}: the fifteen tilt systems are defined for X3BA with one kind of single atom on each site; "
        f"here {why}"
    )
