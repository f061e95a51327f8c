"""Figures of the study of Table 3 as SVG text: energies, and who can be told from whom by which radiation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from antiperovskite.quantity import Quantity
from antiperovskite.report.svg import GRID, INK, MUTED, Drawing, Panel, Shape, nice_ticks

if TYPE_CHECKING:
    from antiperovskite.diffraction.published_study.model import LatticeChoice, Table3Study

PROBES: Final = {
    "xray": "X-rays, Cu Kα",
    "neutron": "neutrons, natural H",
    "neutron, deuterated": "neutrons, deuterated",
}
COLOURS: Final = {"told apart": "#0f62ab", "open": "#9cc3e6", "not told apart": "#f0b27a"}
MARKS: Final[tuple[tuple[Shape, str], ...]] = (
    ("circle", "#0f62ab"),
    ("square", "#bd4f0b"),
    ("up", "#0d7a5c"),
    ("down", "#96498a"),
)
_CELL: Final = 25.0


def figures(study: Table3Study) -> dict[str, str]:
    """Return every figure by the end of its file name."""
    return {
        "energies": energy_figure(study),
        "common": matrix_figure(study, "common"),
        "own": matrix_figure(study, "own"),
    }


def energy_figure(study: Table3Study) -> str:
    """Energy above the lowest model for every engine."""
    rows = [item for item in study.models if isinstance(item.above_lowest, Quantity)]
    rows.sort(key=lambda item: (item.above_lowest.value or 0.0, item.id))
    values = [q.value for item in rows for q in item.by_engine.values() if isinstance(q, Quantity)]
    top = max([1.0, *values]) * 1.06
    drawing = Drawing(820, 120 + 28 * len(rows), "Energies of the published models of Li2OHCl, relaxed")
    panel = Panel(170, 62, 610, 28.0 * len(rows), 0.0, top, 0.0, 1.0)
    drawing.label(20, 26, "Relaxed models above the lowest", size=15, anchor="start", bold=True)
    for place, name in enumerate(study.engines):
        shape, colour = MARKS[place % len(MARKS)]
        drawing.mark(186 + 160 * place, 44, shape, colour)
        drawing.label(196 + 160 * place, 48, name, size=11, colour=MUTED, anchor="start")
    for tick in nice_ticks(0.0, top):
        drawing.line(panel.x(tick), panel.top, panel.x(tick), panel.top + panel.height, GRID)
        drawing.label(panel.x(tick), panel.top + panel.height + 17, f"{tick:g}", size=11, colour=MUTED)
    for place, item in enumerate(rows):
        y = panel.top + 28 * place + 14
        drawing.label(158, y + 4, item.id, size=12, anchor="end")
        drawing.line(panel.left, y, panel.left + panel.width, y, GRID)
        for index, name in enumerate(study.engines):
            quantity = item.by_engine.get(name)
            if isinstance(quantity, Quantity):
                shape, colour = MARKS[index % len(MARKS)]
                drawing.mark(panel.x(quantity.value), y, shape, colour, size=4.5, hollow=index > 0)
    drawing.label(475, panel.top + panel.height + 40, "meV per formula unit", size=12, colour=MUTED)
    return drawing.text()


def matrix_figure(study: Table3Study, lattice: LatticeChoice) -> str:
    """Three triangles, one a radiation: which pairs are told apart."""
    names = [item.id for item in study.models if item.built]
    answers = {(i.first, i.second, i.probe): i for i in study.contrasts if i.lattice == lattice}
    side = _CELL * len(names)
    title = {
        "common": "All models in one common lattice: what the atoms alone tell",
        "own": "Each model in its reported lattice",
    }[lattice]
    width = 140 + 3 * (side + 20)
    drawing = Drawing(width, side + 190, title)
    drawing.label(20, 26, title, size=15, anchor="start", bold=True)
    for panel, (probe, words) in enumerate(PROBES.items()):
        left, top = 130 + panel * (side + 20), 150.0
        drawing.label(left + side / 2, 48, words, size=13, bold=True)
        for column, name in enumerate(names):
            x = left + column * _CELL + _CELL / 2
            drawing.label(x + 4, top - 6, name, size=10, colour=MUTED, anchor="start", turn=-60)
        for row, one in enumerate(names):
            y = top + row * _CELL
            if panel == 0:
                drawing.label(left - 6, y + _CELL / 2 + 4, one, size=11, anchor="end")
            for column, two in enumerate(names):
                item = answers.get((one, two, probe)) or answers.get((two, one, probe))
                if row == column or item is None:
                    drawing.rectangle(left + column * _CELL, y, _CELL - 2, _CELL - 2, "#eef1f4")
                    continue
                drawing.rectangle(left + column * _CELL, y, _CELL - 2, _CELL - 2, COLOURS[item.answer])
                colour = "#ffffff" if item.answer == "told apart" else INK
                x = left + column * _CELL + (_CELL - 2) / 2
                drawing.label(x, y + _CELL / 2 + 3, sigma_text(item.sigma.value), size=9, colour=colour)
    for place, (word, colour) in enumerate(COLOURS.items()):
        x = 130 + 170 * place
        drawing.rectangle(x, side + 166, 14, 14, colour)
        drawing.label(x + 20, side + 178, word, size=11, colour=MUTED, anchor="start")
    drawing.label(650, side + 178, "numbers: standard deviations", size=11, colour=MUTED, anchor="start")
    return drawing.text()


def sigma_text(sigma: float) -> str:
    """A significance in at most three characters."""
    if sigma >= 100.0:
        return "99+"
    return f"{sigma:.0f}" if sigma >= 9.95 else f"{sigma:.1f}"
