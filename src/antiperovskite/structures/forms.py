"""Reported forms of compounds that are not the cubic parent: polytypes, averages, and what is not at hand."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError, StructureError, best_match, one_line


class AverageSite(Model):
    """A partly occupied site of an average structure: fractional place and amounts."""

    species: dict[str, float]
    spacegroup_site: str
    xyz: tuple[float, float, float]


class ReportedForm(Model):
    """One form of a compound as a source reports it, and how it is built here."""

    formula: str = Field(description="canonical formula")
    name: str
    spacegroup: str
    built: Literal["polytype", "average", "ordered", "no"]
    default: bool = False
    polytype: str = ""
    lattice_A: dict[str, float] = Field(default={}, description="angstrom; beta in degree")
    temperature_K: float | None = None
    sites: tuple[AverageSite, ...] = ()
    source: str
    citation: str = ""
    trust: Literal["abstract", "read", "unverified"]
    note: str


class _File(Model):
    forms: tuple[ReportedForm, ...]


@cache
def reported_forms() -> tuple[ReportedForm, ...]:
    """Every reported form that is shipped."""
    from antiperovskite._files import package_data, read_yaml, validate

    path = package_data("structures", "reported_forms.yaml")
    return validate(read_yaml(path), _File, path).forms


@cache
def _canonical(text: str) -> str:
    from antiperovskite.composition import resolve

    return resolve(text).canonical


def forms_of(formula: Formula) -> tuple[ReportedForm, ...]:
    """The reported forms of a compound, whatever way its formula was written."""
    elements = set(formula.elements)
    return tuple(
        form
        for form in reported_forms()
        if all(symbol in form.formula for symbol in elements) and _canonical(form.formula) == formula.canonical
    )


def find_form(formula: Formula, name: str) -> ReportedForm:
    """Return a named form of a compound.

    Raises
    ------
    OptionError
        The compound has no form of this name.
    StructureError
        The form is known but its coordinates are not at hand.
    """
    found = {form.name: form for form in forms_of(formula)}
    form = found.get(name.strip().lower())
    if form is None:
        known = f"known are {', '.join(found)}" if found else "no reported forms of it are known to this program"
        raise OptionError(
            f"{formula.formula} has no form {one_line(name, 20)!r}{best_match(name, list(found))}; {known}"
        )
    if form.built == "no":
        raise StructureError(f"{formula.formula}, form {form.name} ({form.spacegroup}) is not built: {form.note}")
    return form


def average_structure(formula: Formula, form: ReportedForm) -> Any:
    """Disordered average structure of a form, as a ``pymatgen`` structure with partial occupancies.

    The cubic edge is the form's where it was reported, else that of the starting structure from ionic radii.
    """
    from pymatgen.core import Lattice, Structure

    from antiperovskite.structures.build import build_structure

    a = form.lattice_A.get("a")
    if a is None:
        model = build_structure(formula)
        a = float((model.to_pymatgen().volume / model.cubic_cells) ** (1 / 3))
    return Structure.from_spacegroup(
        form.spacegroup, Lattice.cubic(a), [site.species for site in form.sites], [site.xyz for site in form.sites]
    )


def average_cif(formula: Formula, form: ReportedForm) -> str:
    """CIF of the average structure with its source in the comment lines (P1 list of partly occupied sites)."""
    from pymatgen.io.cif import CifWriter

    structure = average_structure(formula, form)
    where = "as reported" if "a" in form.lattice_A else "from ionic radii: give it before use"
    header = [
        f"# {formula.formula}, form {form.name}: average structure, {form.spacegroup}",
        f"# source: {form.source}; cell edge {where}",
        f"# note: {' '.join(form.note.split())}",
    ]
    lines = [line for line in str(CifWriter(structure)).splitlines() if not line.startswith("#")]
    return "\n".join([*header, *lines]) + "\n"
