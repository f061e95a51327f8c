"""A small drawing surface for figures of the documentation: SVG text, the same for the same numbers.

Interactive figures are plotly's. These are for pages that are kept under version control, where a figure must be small,
need no script, and be comparable with what the numbers give today.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from markupsafe import escape

INK: Final = "#17202b"
MUTED: Final = "#586573"
GRID: Final = "#e3e8ed"
AXIS: Final = "#9aa6b2"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
Shape = Literal["circle", "square", "up", "down", "diamond"]
Anchor = Literal["start", "middle", "end"]


def _n(value: float) -> str:
    return f"{value:z.1f}"


@dataclass
class Drawing:
    """Collects shapes in pixels, y downwards; :meth:`text` gives the file."""

    width: float
    height: float
    title: str
    parts: list[str] = field(default_factory=list)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = AXIS, width: float = 1.0, dash: str = ""
    ) -> None:
        """A straight line."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashes}/>'
        )

    def rectangle(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle; a negative height grows upwards."""
        top, tall = (y, height) if height >= 0.0 else (y + height, -height)
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(top)}" width="{_n(width)}" height="{_n(max(tall, 0.8))}" rx="1.5" '
            f'fill="{colour}"/>'
        )

    def label(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12.0,
        colour: str = INK,
        anchor: Anchor = "middle",
        bold: bool = False,
        turn: float = 0.0,
    ) -> None:
        """Text; ``turn`` in degrees."""
        weight = ' font-weight="600"' if bold else ""
        rotation = f' transform="rotate({turn:g} {_n(x)} {_n(y)})"' if turn else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}"'
            f"{weight}{rotation}>{escape(text)}</text>"
        )

    def mark(self, x: float, y: float, shape: Shape, colour: str, size: float = 4.5, hollow: bool = False) -> None:
        """A data point."""
        look = f'fill="{"#ffffff" if hollow else colour}" stroke="{colour}" stroke-width="1.5"'
        if shape == "circle":
            self.parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{size:g}" {look}/>')
            return
        corners = {
            "square": (45, 135, 225, 315),
            "diamond": (0, 90, 180, 270),
            "up": (270, 30, 150),
            "down": (90, 210, 330),
        }
        points = " ".join(
            f"{_n(x + 1.25 * size * math.cos(math.radians(a)))},{_n(y + 1.25 * size * math.sin(math.radians(a)))}"
            for a in corners[shape]
        )
        self.parts.append(f'<polygon points="{points}" {look}/>')

    def curve(self, points: Sequence[tuple[float, float]], colour: str, width: float = 2.0, dash: str = "") -> None:
        """A polyline."""
        if len(points) < 2:
            return
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
            f'stroke-linejoin="round"{dashes}/>'
        )

    def text(self) -> str:
        """The whole file; a white card, so that it reads on dark pages too."""
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}">'
        card = f'<rect width="{self.width:g}" height="{self.height:g}" rx="8" fill="#ffffff"/>'
        return "\n".join([head, f"<title>{escape(self.title)}</title>", card, *self.parts, "</svg>"]) + "\n"


@dataclass(frozen=True)
class Panel:
    """A rectangle of the drawing with linear scales; ``x0``..``y1`` in data units."""

    left: float
    top: float
    width: float
    height: float
    x0: float
    x1: float
    y0: float
    y1: float

    def x(self, value: float) -> float:
        """Pixel of a data x."""
        return self.left + (value - self.x0) / (self.x1 - self.x0) * self.width

    def y(self, value: float) -> float:
        """Pixel of a data y."""
        return self.top + (self.y1 - value) / (self.y1 - self.y0) * self.height

    def frame(self, drawing: Drawing, title: str, *, y_labels: bool = True, x_ticks: Sequence[float] = ()) -> None:
        """Grid, zero line, numbers and a title."""
        for tick in nice_ticks(self.y0, self.y1):
            zero = abs(tick) < 1e-9
            y = self.y(tick)
            drawing.line(self.left, y, self.left + self.width, y, AXIS if zero else GRID, 1.4 if zero else 1.0)
            if y_labels:
                drawing.label(self.left - 7, y + 4, minus(f"{tick:g}"), size=11, colour=MUTED, anchor="end")
        for tick in x_ticks:
            x = self.x(tick)
            drawing.line(x, self.top + self.height, x, self.top + self.height + 4)
            drawing.label(x, self.top + self.height + 17, minus(f"{tick:g}"), size=11, colour=MUTED)
        drawing.label(self.left + self.width / 2, self.top - 9, title, size=13, bold=True)


def minus(text: str) -> str:
    """Replace the hyphen of a negative number by a minus sign."""
    return text.replace("-", "−")


def nice_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Return round numbers within [low, high].

    Examples
    --------
    >>> nice_ticks(-0.7, 0.35)
    [-0.6, -0.4, -0.2, 0.0, 0.2]
    """
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * 0.999999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]
