"""Barrier and stability of the compounds of the distortion study against how much their framework bends, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from antiperovskite.report.svg import INK, MUTED, Drawing, Panel, Shape

MARKS: Final[dict[str, tuple[Shape, str]]] = {"Li": ("circle", "#96498a"), "Na": ("square", "#bd4f0b")}
_TICKS: Final = (0.0, 10.0, 20.0, 30.0, 40.0)


def distortion_figure(
    barriers: Mapping[str, tuple[float, float]], above: Mapping[str, tuple[float, float]], engine: str
) -> str:
    """Two panels, a mark a compound.

    Parameters
    ----------
    barriers
        Formula -> bend of B-X-B in degrees, and height in eV at which vacancy hops percolate.
    above
        Formula -> the same bend, and energy in eV an atom above the competing phases.
    engine
        Where the numbers come from.
    """
    drawing = Drawing(980, 430, "Barrier and stability against distortion")
    panels = (("barrier of percolating hops, eV", barriers), ("energy above competing phases, eV/atom", above))
    for column, (title, points) in enumerate(panels):
        heights = [y for _, y in points.values()] or [0.0, 1.0]
        low, high = min(0.0, 1.3 * min(heights)), 1.12 * max(heights)
        panel = Panel(60 + column * 480, 64, 420, 290, -2.0, 45.0, low, high)
        panel.frame(drawing, title, x_ticks=_TICKS)
        drawing.label(panel.left + panel.width / 2, 64 + 290 + 36, "bend of B–X–B, degrees", size=12, colour=MUTED)
        taken: list[tuple[float, float]] = []
        for formula, (bend, y) in points.items():
            shape, colour = MARKS[formula[:2]]
            left, base = panel.x(bend), panel.y(y)
            drawing.mark(left, base, shape, colour)
            places = ((left + 7, base - 6), (left + 7, base + 14), (left - 42, base - 6), (left - 42, base + 14))
            free = [place for place in places if all(abs(place[0] - u) > 44 or abs(place[1] - v) > 9 for u, v in taken)]
            taken.append((free or places)[0])
            drawing.label(*taken[-1], formula, size=10, colour=INK, anchor="start")
    x = 60.0
    for cation, (shape, colour) in MARKS.items():
        drawing.mark(x + 6, 24, shape, colour)
        drawing.label(x + 18, 28, f"{cation} compounds", size=12, anchor="start")
        x += 130
    drawing.label(960, 28, f"{engine}, lowest of five tilts each", size=11, colour=MUTED, anchor="end")
    return drawing.text()
