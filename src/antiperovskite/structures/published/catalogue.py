"""Every published model of Li2OHCl by its id, from the data file and Table 3."""

from __future__ import annotations

from functools import cache
from typing import Final

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite.errors import DataError, OptionError, best_match, one_line
from antiperovskite.evidence.model import StructureRow
from antiperovskite.evidence.tables import structures
from antiperovskite.quantity import Quantity
from antiperovskite.structures.published.model import PublishedModel, Source

PREFIX: Final = "Table3:"
SHORTEST_PARENT, LONGEST_PARENT = 3.4, 4.3
"""Parent edges in angstrom that a reported lattice may amount to; outside, the division into parent cells is wrong."""


@cache
def published_models() -> tuple[PublishedModel, ...]:
    """Return all models, in the order of Table 3, the cubic phase last.

    Raises
    ------
    DataError
        The data file does not validate, or names a row that Table 3 does not have.
    """
    path = package_data("structures/published", "li2ohcl.yaml")
    rows = {row.id: row for row in structures()}
    sources = validate(read_yaml(path), list[Source], path)
    models = tuple(_model(source, rows) for source in sources)
    if len({model.id for model in models}) < len(models):
        raise DataError(f"{path}: two models have the same id")
    return models


def published_model(name: str) -> PublishedModel:
    """Return the model with this id; a leading ``Table3:`` is taken off.

    Raises
    ------
    OptionError
        There is none; the message names all ids.

    Examples
    --------
    >>> published_model("Table3:wang-pban").space_group
    'Pban'
    """
    text = name.strip()
    key = text[len(PREFIX) :] if text.lower().startswith(PREFIX.lower()) else text
    known = {model.id: model for model in published_models()}
    if key.lower() not in known:
        raise OptionError(
            f"no published model of Table 3 is called {one_line(key, 30)!r}{best_match(key, list(known))}; "
            f"the ids are {', '.join(known)}"
        )
    return known[key.lower()]


def _model(source: Source, rows: dict[str, StructureRow]) -> PublishedModel:
    row = None
    if source.row is not None:
        if source.row not in rows:
            raise DataError(f"published model {source.id}: Table 3 has no row {source.row!r}")
        row = rows[source.row]
    lattice = _lattice(source, row)
    built = bool(lattice) and source.repeats is not None
    if built and source.repeats is not None:
        _check_division(source.id, lattice, source.repeats)
    return PublishedModel(
        id=source.id,
        study=source.study or (row.study if row else ""),
        citations=source.citations or (row.citations if row else ()),
        doi=source.doi,
        doi_trust=source.doi_trust,
        kind=row.kind if row and row.kind == "modelling" else "experiment",
        technique=row.technique if row else "diffraction",
        probes=_probes(row),
        temperature=source.temperature,
        space_group=source.space_group or (row.space_group if row else ""),
        lattice=lattice,
        repeats=source.repeats,
        directions=source.directions,
        described=source.described,
        oh_axis=source.oh_axis,
        coordinates=source.coordinates,
        trust=_trust(source, built),
        can_build=built,
        why_not="" if built else "neither a space group nor a lattice was reported",
    )


def _probes(row: StructureRow | None) -> tuple[str, ...]:
    """The radiations of a study, from the table's own words."""
    if row is None or row.kind == "modelling":
        return ()
    probes = ["xray"] if "X-ray" in row.technique else []
    if "neutron" in row.technique:
        comments = row.comments.lower()
        heavy = "deuterated" in comments and "not deuterated" not in comments
        probes.append("neutron, deuterated" if heavy else "neutron")
    return tuple(probes)


def _lattice(source: Source, row: StructureRow | None) -> tuple[Quantity, ...]:
    if source.lattice_a is not None:
        edge = Quantity(
            value=source.lattice_a,
            uncertainty=None,
            unit="angstrom",
            method="reported; printed without an uncertainty",
            source=source.lattice_source,
            citations=source.citations,
        )
        return (edge, edge, edge)
    if row is None or row.a is None or row.b is None or row.c is None:
        return ()
    return (row.a, row.b, row.c)


def _check_division(name: str, lattice: tuple[Quantity, ...], repeats: tuple[int, int, int]) -> None:
    for length, count in zip(lattice, repeats, strict=True):
        edge = length.magnitude("angstrom") / count
        if not SHORTEST_PARENT <= edge <= LONGEST_PARENT:
            raise DataError(
                f"published model {name}: {length.value:g} angstrom are not {count} parent cells of "
                f"{SHORTEST_PARENT:g} to {LONGEST_PARENT:g} angstrom"
            )


def _trust(source: Source, built: bool) -> str:
    if not built:
        return "not built"
    if source.directions is not None:
        return "hypothesis: average positions of the parent, hydrogen spread over the named directions"
    return (
        "hypothesis: only the space group and the lattice are the study's; which lithium sites are empty and where OH "
        "points were enumerated under that group, the coordinates are relaxed"
    )
