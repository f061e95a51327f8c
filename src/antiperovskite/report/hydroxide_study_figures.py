"""Figures of the study of M3OA and M2OHA as SVG text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report.svg import INK, MUTED, Drawing, Panel, Shape, minus, nice_ticks

if TYPE_CHECKING:
    from antiperovskite.stability.hydroxide_study.model import Cycle, HydroxideStudy, TermKey

TERM_COLOURS: Final[dict[str, str]] = {
    "dry": "#0f62ab",
    "oxide": "#b45f06",
    "wet": "#0d7a5c",
    "hydration": "#5a6674",
}
TERM_NAMES: Final[dict[str, str]] = {
    "dry": "M₃OA → M₂O + MA",
    "oxide": "M₂O + H₂O → 2 MOH",
    "wet": "MOH + MA → M₂OHA",
    "hydration": "sum: M₃OA + H₂O → M₂OHA + MOH",
}
CATION_MARKS: Final[dict[str, tuple[Shape, str]]] = {
    "Li": ("circle", "#96498a"),
    "Na": ("square", "#bd4f0b"),
    "K": ("up", "#0f62ab"),
}
ENGINE_MARKS: Final[tuple[tuple[Shape, str], ...]] = (
    ("circle", "#0f62ab"),
    ("square", "#bd4f0b"),
    ("up", "#0d7a5c"),
    ("down", "#96498a"),
    ("circle", "#846800"),
)
DFT_COLOUR: Final = INK


def figures(study: HydroxideStudy) -> dict[str, str]:
    """Return every figure by the end of its file name."""
    return {
        "cycle": cycle_figure(study),
        "engines": engine_figure(study),
        "charges": charge_figure(study),
        "disorder": disorder_figure(study),
    }


def _value(quantity: AnyQuantity) -> float | None:
    return quantity.value


def _halides(study: HydroxideStudy) -> list[str]:
    return list(dict.fromkeys(cycle.halide for cycle in study.cycles))


def _cations(study: HydroxideStudy) -> list[str]:
    return list(dict.fromkeys(cycle.cation for cycle in study.cycles))


def _range(values: Iterable[float], margin: float = 0.08) -> tuple[float, float]:
    found = [0.0, *values]
    low, high = min(found), max(found)
    pad = margin * (high - low or 1.0)
    return low - pad, high + pad


def _legend(drawing: Drawing, x: float, y: float, entries: list[tuple[str, str, Shape | None]]) -> None:
    """One line: a swatch or a mark before each text."""
    for text, colour, shape in entries:
        if shape is None:
            drawing.rectangle(x, y - 10, 12, 12, colour)
        else:
            drawing.mark(x + 6, y - 4, shape, colour)
        drawing.label(x + 18, y, text, size=12, anchor="start")
        x += 40 + 6.7 * len(text)


def cycle_figure(study: HydroxideStudy) -> str:
    """The cycle as a waterfall for each cation, one panel a halide; eV per formula unit."""
    halides, cations = _halides(study), _cations(study)
    drawing = Drawing(980, 520, "Hydration of M3OA as the sum of three terms")
    sums = [level for cycle in study.cycles for level in _levels(cycle)]
    low, high = _range(sums)
    width = (980 - 70 - 20 - 22 * (len(halides) - 1)) / len(halides)
    for column, halide in enumerate(halides):
        panel = Panel(70 + column * (width + 22), 78, width, 330, 0.0, float(len(cations)), low, high)
        panel.frame(drawing, f"A = {halide}", y_labels=column == 0)
        for place, cation in enumerate(cations):
            drawing.label(panel.x(place + 0.5), 430, cation, size=13, bold=True)
            _waterfall(drawing, panel, place, study.cycle(cation, halide))
    drawing.label(20, 243, "enthalpy (eV per formula unit)", size=12, colour=MUTED, turn=-90)
    entries: list[tuple[str, str, Shape | None]] = [(TERM_NAMES[key], TERM_COLOURS[key], None) for key in TERM_NAMES]
    _legend(drawing, 70, 32, entries)
    drawing.label(
        70,
        509,
        f"{study.engine}, calibrated, 298.15 K, water vapour; numbers in meV; bar on the sum: one standard uncertainty",
        size=11,
        colour=MUTED,
        anchor="start",
    )
    return drawing.text()


def _levels(cycle: Cycle) -> list[float]:
    """Where the waterfall passes, eV."""
    level, levels = 0.0, []
    for key in ("dry", "oxide", "wet"):
        value = _value(cycle.term(key).energy)
        if value is None:
            return []
        level += value / 1000.0
        levels.append(level)
    return levels


def _waterfall(drawing: Drawing, panel: Panel, place: int, cycle: Cycle) -> None:
    if not _levels(cycle):
        drawing.label(panel.x(place + 0.5), panel.y(0.0) + 24, "a phase is", size=11, colour=MUTED)
        drawing.label(panel.x(place + 0.5), panel.y(0.0) + 38, "missing", size=11, colour=MUTED)
        return
    bar = 0.19
    start = 0.0
    keys: tuple[TermKey, ...] = ("dry", "oxide", "wet", "hydration")
    for number, key in enumerate(keys):
        energy = cycle.term(key).energy
        assert isinstance(energy, Quantity)
        base = 0.0 if key == "hydration" else start
        end = base + energy.value / 1000.0
        x = place + 0.12 + number * bar
        pixels = panel.x(x + bar - 0.03) - panel.x(x)
        drawing.rectangle(panel.x(x), panel.y(base), pixels, panel.y(end) - panel.y(base), TERM_COLOURS[key])
        text = minus(f"{energy.value:+z.0f}")
        drawing.label(panel.x(place + 0.5), 449 + 13 * number, text, size=10.5, colour=TERM_COLOURS[key])
        if key == "hydration" and energy.uncertainty:
            _bar(drawing, panel.x(x) + pixels / 2, panel, end, energy.uncertainty / 1000.0, INK)
        if key != "hydration":
            if key != "wet":
                drawing.line(panel.x(x), panel.y(end), panel.x(x + 2 * bar - 0.03), panel.y(end), MUTED, 0.8, "2 2")
            start = end


def _bar(drawing: Drawing, x: float, panel: Panel, value: float, u: float, colour: str) -> None:
    drawing.line(x, panel.y(value - u), x, panel.y(value + u), colour, 1.3)
    for end in (value - u, value + u):
        drawing.line(x - 3, panel.y(end), x + 3, panel.y(end), colour, 1.3)


def engine_figure(study: HydroxideStudy) -> str:
    """The two terms that decide the puzzle, every engine and DFT; meV per formula unit."""
    drawing = Drawing(980, 470, "Stability of dry and hydrated phases in every engine")
    panels: tuple[tuple[TermKey, str], ...] = (
        ("dry", "M₃OA → M₂O + MA   (above zero: M₃OA stable)"),
        ("wet", "MOH + MA → M₂OHA   (below zero: M₂OHA stable)"),
    )
    names = list(study.engines)
    marks = {name: ENGINE_MARKS[k % len(ENGINE_MARKS)] for k, name in enumerate(names)}
    for column, (key, title) in enumerate(panels):
        terms = [(cycle, cycle.term(key)) for cycle in study.cycles]
        values = [v for _, term in terms for q in (*term.by_engine.values(), term.dft) if (v := _value(q)) is not None]
        errors = [
            q.value + s * (q.uncertainty or 0.0)
            for _, t in terms
            for q in (t.energy,)
            for s in (-1, 1)
            if isinstance(q, Quantity)
        ]
        low, high = _range([*values, *errors], 0.05)
        panel = Panel(70 + column * 485, 78, 405, 320, 0.0, float(len(terms)), low, high)
        panel.frame(drawing, title)
        for place, (cycle, term) in enumerate(terms):
            drawing.label(panel.x(place + 0.5), 416, cycle.halide, size=12)
            if place % 3 == 1:
                drawing.label(panel.x(place + 0.5), 434, cycle.cation, size=13, bold=True)
            if place % 3 == 0 and place:
                drawing.line(panel.x(place), panel.top, panel.x(place), panel.top + panel.height, "#cfd6dd", 1.0, "3 3")
            if isinstance(term.energy, Quantity) and term.energy.uncertainty:
                _bar(drawing, panel.x(place + 0.5), panel, term.energy.value, term.energy.uncertainty, "#9aa6b2")
            for k, name in enumerate(names):
                value = _value(term.by_engine[name])
                if value is not None:
                    offset = 0.5 if name == study.engine else 0.5 + 0.11 * (k - (len(names) - 1) / 2)
                    drawing.mark(panel.x(place + offset), panel.y(value), *marks[name], size=3.8)
            if _value(term.dft) is not None:
                drawing.mark(panel.x(place + 0.5), panel.y(_value(term.dft) or 0.0), "diamond", DFT_COLOUR, 4.6, True)
    entries: list[tuple[str, str, Shape | None]] = [(name, marks[name][1], marks[name][0]) for name in names]
    _legend(drawing, 70, 32, [*entries, ("DFT, static", DFT_COLOUR, "diamond")])
    drawing.label(20, 238, "energy (meV per formula unit)", size=12, colour=MUTED, turn=-90)
    drawing.label(
        70,
        458,
        f"bar: one standard uncertainty of {study.engine}; engines calibrated, DFT not",
        size=11,
        colour=MUTED,
        anchor="start",
    )
    return drawing.text()


def charge_figure(study: HydroxideStudy) -> str:
    """Calibrated term against its Madelung part."""
    drawing = Drawing(980, 430, "Terms against the Madelung energy of full charges")
    for column, key in enumerate(("dry", "wet")):
        pairs = []
        for item in study.ionic:
            part = item.dry if key == "dry" else item.wet
            energy = study.cycle(item.cation, item.halide).term(key).energy  # type: ignore[arg-type]
            if part.value is not None and isinstance(energy, Quantity):
                pairs.append((item, part.value, energy))
        x0, x1 = _range([x for _, x, _ in pairs], 0.12)
        y0, y1 = _range([q.value + s * (q.uncertainty or 0.0) for _, _, q in pairs for s in (-1, 1)], 0.05)
        panel = Panel(70 + column * 485, 78, 405, 280, x0, x1, y0, y1)
        panel.frame(drawing, TERM_NAMES[key], x_ticks=nice_ticks(x0, x1))
        drawing.line(panel.x(0.0), panel.top, panel.x(0.0), panel.top + panel.height)
        for item, x, energy in pairs:
            shape, colour = CATION_MARKS[item.cation]
            if energy.uncertainty:
                _bar(drawing, panel.x(x), panel, energy.value, energy.uncertainty, "#cfd6dd")
        for item, x, energy in pairs:
            shape, colour = CATION_MARKS[item.cation]
            drawing.mark(panel.x(x), panel.y(energy.value), shape, colour)
            drawing.label(panel.x(x) + 9, panel.y(energy.value) + 4, item.halide, size=11, anchor="start")
        drawing.label(panel.left + panel.width / 2, 396, "Madelung part (eV per formula unit)", size=12, colour=MUTED)
    drawing.label(20, 218, "calibrated (meV per formula unit)", size=12, colour=MUTED, turn=-90)
    entries: list[tuple[str, str, Shape | None]] = [(name, c, s) for name, (s, c) in CATION_MARKS.items()]
    _legend(drawing, 70, 32, entries)
    drawing.label(
        70,
        420,
        "letters: the halide; formal charges on relaxed sites, OH⁻ as one charge on its oxygen",
        size=11,
        colour=MUTED,
        anchor="start",
    )
    return drawing.text()


def disorder_figure(study: HydroxideStudy) -> str:
    """Gibbs energy of the hydrated phase against its salts over temperature, ordered and fully disordered."""
    halides = _halides(study)
    drawing = Drawing(980, 430, "Hydrated phases over temperature")
    values = [
        v
        for item in study.disorder
        for point in item.points
        for q in (point.ordered, point.bound)
        if (v := _value(q)) is not None
    ]
    temperatures = [point.temperature for item in study.disorder for point in item.points]
    low, high = _range(values)
    width = (980 - 70 - 20 - 22 * (len(halides) - 1)) / len(halides)
    for column, halide in enumerate(halides):
        left = 70 + column * (width + 22)
        panel = Panel(left, 78, width, 280, min(temperatures), max(temperatures), low, high)
        panel.frame(drawing, f"A = {halide}", y_labels=column == 0, x_ticks=(400, 600, 800))
        for item in study.disorder:
            if item.halide != halide:
                continue
            colour = CATION_MARKS[item.cation][1]
            ordered = [
                (panel.x(p.temperature), panel.y(p.ordered.value)) for p in item.points if p.ordered.value is not None
            ]
            bound = [(panel.x(p.temperature), panel.y(p.bound.value)) for p in item.points if p.bound.value is not None]
            drawing.curve(ordered, colour)
            drawing.curve(bound, colour, 1.6, "5 4")
            melting = _value(item.hydroxide_melts)
            if melting is not None and panel.x0 < melting < panel.x1:
                x = panel.x(melting)
                drawing.line(x, panel.top + panel.height - 9, x, panel.top + panel.height, colour, 2.5)
        drawing.label(left + width / 2, 396, "temperature (K)", size=12, colour=MUTED)
    drawing.label(20, 218, "Gibbs energy (meV per formula unit)", size=12, colour=MUTED, turn=-90)
    _legend(drawing, 70, 32, [(name, colour, None) for name, (_, colour) in CATION_MARKS.items()])
    for x, text in (
        (310, "full line: ordered crystal"),
        (500, "dashed: all disorder, a bound"),
        (720, "tick: MOH melts"),
    ):
        drawing.label(x, 32, text, anchor="start")
    drawing.label(
        70,
        420,
        f"{study.engine}; below zero M₂OHA is stable against MOH + MA; standard uncertainties in the table",
        size=11,
        colour=MUTED,
        anchor="start",
    )
    return drawing.text()
