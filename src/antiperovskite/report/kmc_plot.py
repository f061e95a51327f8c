"""Pages of kinetic Monte Carlo (Arrhenius plot, correlation factor) and of percolation (effective barrier over x)."""

from __future__ import annotations

from html import escape
from math import log10
from pathlib import Path
from typing import Any, Final

from antiperovskite.kinetics.model import KineticStudy, PercolationStudy
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report.diffusion_plot import COLLECTIVE, INK, SELF, _axis, _layout
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot, plain_table

GIVEN: Final = "#7d8894"


def kinetics_figure(result: KineticStudy) -> dict[str, Any]:
    """Conductivity from the collective displacement and of independent ions, over 1000 K/T."""
    series: dict[str, tuple[str, list[Any]]] = {
        "conductivity": (COLLECTIVE, []),
        "independent ions (Nernst–Einstein)": (SELF, []),
        "from the drift in a field": (INK, []),
    }
    for run in result.runs:
        T = run.temperature.value
        D = run.diffusion
        values: list[AnyQuantity | None] = (
            [None, None] if D is None else [D.conductivity, D.nernst_einstein_conductivity]
        )
        for (_, points), value in zip(series.values(), [*values, run.field_conductivity], strict=True):
            if isinstance(value, Quantity) and value.value > 0:
                points.append((1000.0 / T, log10(value.value * T), _bar(value), f"{T:g} K: {value}"))
    traces = [
        {
            "type": "scatter",
            "mode": "markers+lines",
            "name": name,
            "x": [point[0] for point in points],
            "y": [point[1] for point in points],
            "error_y": {"type": "data", "array": [point[2] for point in points], "color": colour, "thickness": 1.2},
            "text": [escape(point[3]) for point in points],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"size": 8, "color": colour},
            "line": {"color": colour, "width": 1.2},
        }
        for name, (colour, points) in series.items()
        if points
    ]
    return {
        "data": traces,
        "layout": _layout(_axis("1000 K / T"), _axis("log<sub>10</sub> [σT / (S K cm⁻¹)]")),
    }


def percolation_figure(result: PercolationStudy) -> dict[str, Any]:
    """Effective barrier over composition (or, for one composition, over the number of sites)."""
    along_x = len(result.points) > 1
    x = (
        [list(point.amounts.values())[-1] if point.x is None else point.x for point in result.points]
        if along_x
        else [float(size.n_sites) for size in result.points[0].sizes]
    )
    both = (
        ("all directions", COLLECTIVE, [p.effective_barrier for p in result.points]),
        ("first direction", SELF, [p.first_barrier for p in result.points]),
    )
    if not along_x:
        sizes = result.points[0].sizes
        both = (
            ("all directions", COLLECTIVE, [size.all_axes for size in sizes]),
            ("along a", SELF, [size.axes[0].barrier for size in sizes]),
        )
    traces = [
        {
            "type": "scatter",
            "mode": "markers+lines",
            "name": name,
            "x": [at for at, value in zip(x, values, strict=True) if isinstance(value, Quantity)],
            "y": [value.value for value in values if isinstance(value, Quantity)],
            "error_y": {
                "type": "data",
                "array": [value.uncertainty or 0.0 for value in values if isinstance(value, Quantity)],
            },
            "marker": {"size": 8, "color": colour},
            "line": {"color": colour, "width": 1.4},
        }
        for name, colour, values in both
    ]
    series = result.points[0].x is not None
    ion = escape(list(result.points[0].amounts)[-1])
    name = ("x" if series else f"fraction of {ion} on A") if along_x else "sites of the cell"
    return {"data": traces, "layout": _layout(_axis(name), _axis("barrier / eV"))}


def write_kinetics(result: KineticStudy, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    head = ["T", "tracer diffusion", "correlation factor", "Haven ratio", "conductivity", "hops", "core"]
    rows = []
    for run in result.runs:
        D = run.diffusion
        values = [D.diffusion_coefficient, run.correlation_factor, D.haven_ratio, D.conductivity] if D else []
        cells = [str(value) for value in values] or [run.refusal, "", "", ""]
        rows.append([str(run.temperature), *cells, f"{run.n_hops:,}", run.core])
    given = [f"{item} ({item.n:,} hops)" for item in result.barriers]
    first = (
        f"Barriers as given by the user, not computed ({result.barriers[0].source}): {', '.join(given)}; attempt "
        f"frequency {result.attempt_frequency}; pair energy {result.pair_energy}."
    )
    laws = [
        f"Activation energy of {law.kind}: {law.activation_energy}."
        for law in (result.conductivity_arrhenius, result.diffusion_arrhenius)
        if law is not None
    ]
    title = f"{result.name}: kinetic Monte Carlo of {result.ion}"
    _write(path, title, kinetics_figure(result), head, rows, (first, *laws, *result.notes))


PERCOLATION_COLUMNS: Final = ["ions", "all directions", "first direction", "hops open", "cluster"]


def percolation_rows(result: PercolationStudy) -> list[list[str]]:
    """One row a composition, for the page and the terminal."""
    return [
        [
            ("" if point.x is None else f"x = {point.x:g}: ")
            + " ".join(f"{ion} {amount:.3g}" for ion, amount in point.amounts.items()),
            str(point.effective_barrier),
            str(point.first_barrier),
            str(point.critical_fraction),
            f"{point.dimensionality}D",
        ]
        for point in result.points
    ]


def write_percolation(result: PercolationStudy, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    given = result.points[0].mean_barrier is None
    first = f"Barriers{' as given by the user, not computed' if given else ''}: {result.barriers_source}."
    title = f"{result.name}: percolation of {result.ion} hops"
    _write(
        path, title, percolation_figure(result), PERCOLATION_COLUMNS, percolation_rows(result), (first, *result.notes)
    )


def _bar(value: Quantity) -> float:
    return 0.0 if not value.uncertainty else value.uncertainty / value.value / 2.302585


def _write(
    path: Path, title: str, figure: dict[str, Any], head: list[str], rows: list[list[str]], notes: tuple[str, ...]
) -> None:
    from antiperovskite._files import check_writable, write_atomically

    check_writable(path.parent)
    write_atomically(path, plain_page(title, plain_plot(figure) + plain_table(head, rows) + plain_notes(notes)))
