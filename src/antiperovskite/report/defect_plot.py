"""Page of a defect study: energies of the combinations, their dependence on the supercell, and binding."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

from antiperovskite.defects.results import CombinationResult, DefectStudy
from antiperovskite.quantity import Quantity
from antiperovskite.report.diffusion_plot import _axis, _layout
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot, plain_table

SERIES: Final = ("#1f6fb2", "#c4501b", "#2f8f4e", "#7b4fa3", "#a8740a", "#b03060", "#4a5663")
COLUMNS: Final = ["reaction", "takes up", "gives off", "bound", "dispersed", "binding", "at Å"]


def defect_rows(result: DefectStudy) -> list[list[str]]:
    """One row a combination, for the page and the terminal."""
    return [
        [
            item.name,
            _phases(item.reactants),
            _phases(item.products),
            "–" if item.bound is None else _eV(item.bound.energy),
            "–" if item.dispersed is None else _eV(item.dispersed.energy),
            _eV(item.binding) if isinstance(item.binding, Quantity) else "–",
            "–" if item.bound is None else f"{item.bound.separation_angstrom:.2f}",
        ]
        for item in result.combinations
    ]


def _eV(value: Quantity) -> str:
    """Three decimals where no uncertainty says how many digits hold."""
    return f"{value.value:.3f} (one size)" if value.uncertainty is None else str(value).removesuffix(" eV")


def _phases(amounts: dict[str, float]) -> str:
    return " + ".join(f"{'' if n == 1 else f'{n:g} '}{name}" for name, n in amounts.items())


def size_figure(result: DefectStudy) -> dict[str, Any]:
    """Energy over 1/L^3: filled symbols far, open ones the lowest near arrangement, lines to the limit."""
    traces: list[dict[str, Any]] = []
    shown = [item for item in result.combinations if item.far_fit is not None]
    for number, item in enumerate(shown):
        colour = SERIES[number % len(SERIES)]
        assert item.far_fit is not None
        traces += _lines(item, item.far_fit, colour, f"{item.name}, apart", dash="solid", symbol="circle")
        near = min(item.separations, key=lambda s: s.fit.limit, default=None)
        if near is not None:
            traces += _lines(item, near.fit, colour, f"{item.name}, bound", dash="dot", symbol="circle-open")
    x, y = _axis("1000 Å³ / L³"), _axis("energy of the reaction / eV")
    return {"data": traces, "layout": _layout({**x, "rangemode": "tozero"}, y)}


def _lines(
    item: CombinationResult, fit: Any, colour: str, name: str, *, dash: str, symbol: str
) -> list[dict[str, Any]]:
    at = [1000.0 / length**3 for length in fit.lengths]
    exchanged = item.dispersed is not None
    label = name if exchanged else f"{name} (without phases)"
    points = {
        "type": "scatter", "mode": "markers", "x": at, "y": list(fit.energies), "name": label,
        "marker": {"size": 9, "color": colour, "symbol": symbol},
        "hovertemplate": f"{escape(label)}<br>%{{y:.3f}} eV<extra></extra>",
    }  # fmt: skip
    if fit.uncertainty is None:
        return [points]
    line = {
        "type": "scatter", "mode": "lines", "x": [0.0, max(at)], "showlegend": False, "hoverinfo": "skip",
        "y": [fit.limit, fit.limit + fit.slope * max(at) / 1000.0],
        "line": {"color": colour, "width": 1.3, "dash": dash},
    }  # fmt: skip
    limit = {
        "type": "scatter", "mode": "markers", "x": [0.0], "y": [fit.limit], "showlegend": False,
        "error_y": {"type": "data", "array": [fit.uncertainty], "color": colour, "thickness": 1.2},
        "marker": {"size": 7, "color": colour, "symbol": symbol},
        "hovertemplate": f"{escape(label)}, limit<br>%{{y:.3f}} eV<extra></extra>",
    }  # fmt: skip
    return [points, line, limit]


def write_defects(result: DefectStudy, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import check_writable, write_atomically

    check_writable(path.parent)
    plot = plain_plot(size_figure(result))
    title = f"{result.formula}: point defects with {result.engine.name}"
    notes = [f"{item.name}: {note}" for item in result.combinations for note in item.notes] + list(result.notes)
    lone = [
        [d.name, "x".join(map(str, d.supercell)), d.shape, "–" if d.energy is None else f"{d.energy:.3f}"]
        for d in result.lone
    ]
    separations = [
        [item.name, s.label.split(" #")[0], f"{s.fit.limit:.3f}", str(s.binding)]
        for item in result.combinations
        for s in item.separations
    ]
    parts = [
        f"<p>{escape(result.spacegroup)}, a = {escape(str(result.lattice_parameter))}; {escape(result.settings)}.</p>",
        plot,
        plain_table(COLUMNS, defect_rows(result)),
        "<h2>Separations</h2>" if separations else "",
        plain_table(["combination", "distances / Å", "energy / eV", "binding"], separations) if separations else "",
        "<h2>Lone defects in neutral cells (not formation energies)</h2>" if lone else "",
        plain_table(["defect", "supercell", "start", "energy − perfect / eV"], lone) if lone else "",
        plain_notes(notes),
    ]
    write_atomically(path, plain_page(title, "".join(parts)))
