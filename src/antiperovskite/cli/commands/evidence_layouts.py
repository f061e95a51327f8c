"""How rows of the literature's tables are printed for people, and written as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from antiperovskite.evidence import CompositionRow, ConductivityRow, RadiusRow, Row, Spread, StructureRow
    from antiperovskite.evidence import SynthesisRow as Route
    from antiperovskite.quantity import Quantity


def record(row: Row) -> dict[str, Any]:
    """A row as JSON: its own fields, the resolved references, and why the reading is uncertain (or null)."""
    from antiperovskite.citations import citation

    references = [{**citation(key).model_dump(mode="json"), "text": citation(key).text} for key in row.citations]
    return {**row.model_dump(mode="json"), "reference": references, "flag": row.flag}


def print_rows(title: str, table: int, rows: Sequence[Row]) -> None:
    """Print rows of one table; Table 1 prints its radii under its compositions."""
    from antiperovskite.cli.output import print_note, print_table

    for name, columns, cells, part in _parts(table, rows):
        print_table(f"{title}{name}: {count(len(part))}", columns, [cells(row) for row in part])
    flagged = sum(row.reading == "uncertain" for row in rows)
    if flagged:
        print_note(f"? marks an uncertain reading ({count(flagged)}); the reasons are in --json")
    for origin in dict.fromkeys(row.origin for row in rows if row.origin != "shipped"):
        own = sum(row.origin == origin for row in rows)
        print_note(f"* marks a registered row ({count(own)} from {origin})")


def print_spread(found: Sequence[Spread], title: str) -> None:
    """Print how far reports lie apart, the widest first."""
    from antiperovskite.cli.output import print_table

    columns = ["Material", "Kind", "Reports (studies)", "From - to (S/cm)", "Decades", "as reported", "Rows"]
    print_table(title, columns, [_spread_cells(entry) for entry in found])


def count(rows: int) -> str:
    """``"1 row"``, ``"2 rows"``."""
    return f"{rows} row" if rows == 1 else f"{rows} rows"


def _parts(table: int, rows: Sequence[Row]) -> list[tuple[str, list[str], Any, list[Row]]]:
    if table != 1:
        columns, cells = _LAYOUTS[table]
        return [("", columns, cells, list(rows))]
    radii = [row for row in rows if getattr(row, "kind", "") == "radii"]
    others = [row for row in rows if getattr(row, "kind", "") != "radii"]
    parts = [(", compositions", *_LAYOUTS[1], others), (", radii", _RADII, _radius_cells, radii)]
    return [part for part in parts if part[3]]


def _works(row: Row) -> str:
    from antiperovskite.citations import citation

    return "; ".join(citation(key).short for key in row.citations)


def _mark(row: Row, text: str) -> str:
    own = "" if row.origin == "shipped" else "* "
    return f"{'? ' if row.reading == 'uncertain' else ''}{own}{text}"


def _range(low: Quantity | None, high: Quantity | None) -> str:
    if low is None:
        return ""
    sign = "~" if "approximate" in low.method else ">" if "a lower bound" in low.method else ""
    return f"{sign}{_number(low.value)}" + (f" - {_number(high.value)}" if high else "")


def _number(value: float) -> str:
    """Four digits; small numbers as powers of ten, so that conductivities line up by decade."""
    if abs(value) >= 0.01:
        return f"{value:.4g}"
    digits, exponent = f"{value:.3e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def _composition_cells(row: CompositionRow) -> list[str]:
    return [_mark(row, row.formula), row.status + (" (disputed)" if row.against else ""), _works(row)]


def _radius_cells(row: RadiusRow) -> list[str]:
    shannon = f"{row.shannon.value:.2f}" if row.shannon else "N/A"
    charge = "-" if row.charge == -1 else f"{abs(row.charge)}-"
    return [
        _mark(row, f"{row.formula} ({charge})"),
        row.site,
        row.shape,
        row.point_group,
        f"({shannon})" if row.closest_coordination else shannon,
        " / ".join(f"{q.value:.2f}" for q in row.thermochemical),
    ]


def _synthesis_cells(row: Route) -> list[str]:
    return [_mark(row, ", ".join(row.concerns)), row.form, row.procedure, row.remarks, _works(row)]


def _structure_cells(row: StructureRow) -> list[str]:
    axes = ["" if q is None else f"{q.value:g}" for q in (row.a, row.b, row.c)]
    return [
        _mark(row, row.space_group or "-"),
        row.symmetry,
        *axes,
        "yes" if row.model_available else "no",
        _range(row.temperature, None),
        row.technique,
        _works(row),
    ]


def _conductivity_cells(row: ConductivityRow) -> list[str]:
    return [
        _mark(row, row.formula),
        _range(row.conductivity, row.conductivity_upper),
        "RT" if row.room_temperature else _range(row.temperature, None),
        _range(row.activation_energy, row.activation_energy_upper),
        row.kind if "unspecified" in row.method else row.method,
        ", ".join(part for part in (row.form, row.phase) if part),
        _works(row),
    ]


def _spread_cells(entry: Spread) -> list[str]:
    def decades(value: Any) -> str:
        return "-" if value.value is None else f"{value.value:.1f}"

    values = [
        v.row + ("?" if v.uncertain_reading else "") + (f" ({v.reported_at.value:g} K)" if v.extrapolated else "")
        for v in entry.values
    ]
    return [
        entry.material if entry.material.startswith(entry.carrier) else f"{entry.material} ({entry.carrier} ions)",
        entry.kind,
        f"{entry.n} ({entry.studies})",
        f"{_number(entry.minimum.value)} - {_number(entry.maximum.value)}",
        decades(entry.decades),
        decades(entry.decades_reported),
        ", ".join(values),
    ]


_RADII = ["Ion", "Site", "Shape", "Point group", "Shannon (angstrom)", "Thermochemical (angstrom)"]
_LAYOUTS: dict[int, tuple[list[str], Any]] = {
    1: (["Composition", "Status", "Reference"], _composition_cells),
    2: (["Composition", "Form", "Procedure", "Remarks", "Reference"], _synthesis_cells),
    3: (
        ["Space group", "Symmetry", "a", "b", "c (angstrom)", "Model", "T (K)", "Technique", "Reference"],
        _structure_cells,
    ),
    4: (
        ["Composition", "Conductivity (S/cm)", "T (K)", "Ea (eV)", "Method", "Form, phase", "Reference"],
        _conductivity_cells,
    ),
}
