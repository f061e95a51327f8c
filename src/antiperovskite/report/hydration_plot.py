"""Predominance maps of water and CO2 as plotly figures, and the offline page that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.report.figures import Figure, axis, layout, typed_array
from antiperovskite.report.format import chem
from antiperovskite.report.palette import INK, MUTED, SERIES
from antiperovskite.report.water_axes import (
    DRY,
    LOWEST_LOG10_P,
    atmosphere_heights,
    atmosphere_lines,
    decades,
    outline,
    placed_text,
    saturation,
    water_axis,
)
from antiperovskite.stability.hydration.predominance import Predominance, pressure_map, temperature_map
from antiperovskite.stability.hydration.reactions import products, reaction_equation
from antiperovskite.stability.hydration.water import AIR_CO2
from antiperovskite.stability.hydration.window import Question, water_limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.stability.hydration.model import Hydration
    from antiperovskite.stability.hydration.study import Study

COLUMNS: Final = 161
ROWS: Final = 145
HEIGHT: Final = 560
CARBON_MAP_TEMPERATURE: Final = 800.0  # K; at 298 K carbonate fills the whole map
SMALLEST_LABELLED: Final = 0.006  # share of the map; smaller regions are named on hover only
WET_COLOURS: Final = (SERIES[0], SERIES[1], SERIES[3], SERIES[4], SERIES[5])
QUESTIONS: Final[dict[Question, str]] = {"equilibrium": "equilibrium", "metastable": "metastable"}


def temperature_figure(study: Study, question: Question, p_dioxide: float | None = None) -> Figure:
    """Return the map over temperature and p(H2O); the dry region is outlined and atmospheres are drawn as lines."""
    import numpy as np

    system = study.system
    T = np.linspace(system.temperatures[0], system.temperatures[-1], COLUMNS)
    log_p = np.linspace(LOWEST_LOG10_P, 0.0, ROWS)
    found = temperature_map(system, T, log_p, p_dioxide, question)
    limits = water_limits(system, question, p_dioxide, T)
    lines, names = atmosphere_lines(float(T[0]), float(T[-1]))
    traces = [*_regions(found), *outline(T, limits.log10_p, limits.u_log10_p, limits.gap), *lines, saturation(T)]
    notes = [*_labels(found), *names, *(note for note, _ in _melting(study, T))]
    return {
        "data": traces,
        "layout": layout(
            HEIGHT,
            margin={"l": 74, "r": 20, "t": 30, "b": 52},
            hovermode="closest",
            xaxis=axis("temperature (K)", range=[float(T[0]), float(T[-1])], showgrid=False),
            yaxis=water_axis(),
            annotations=notes,
            shapes=[shape for _, shape in _melting(study, T)],
        ),
    }


def pressure_figure(study: Study, temperature_K: float, question: Question = "equilibrium") -> Figure:
    """Return the map over p(CO2) and p(H2O) at one temperature (K)."""
    import numpy as np

    x, y = np.linspace(LOWEST_LOG10_P, 0.0, COLUMNS), np.linspace(LOWEST_LOG10_P, 0.0, ROWS)
    found = pressure_map(study.system, temperature_K, x, y, question)
    lines, names = atmosphere_lines(float(x[0]), float(x[-1]))
    air = np.log10(AIR_CO2)
    shapes = [
        {
            "type": "line",
            "x0": air,
            "x1": air,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": INK, "width": 1, "dash": "dot"},
        }
    ]
    names.append(placed_text("CO₂ of air, 420 ppm", float(air), -11.4, anchor="right"))
    return {
        "data": [*_regions(found), _dry_edge(found), *lines],
        "layout": layout(
            HEIGHT,
            margin={"l": 74, "r": 20, "t": 30, "b": 52},
            hovermode="closest",
            xaxis=axis("p(CO₂) (bar)", showgrid=False, range=[float(x[0]), 0.0], **decades(ppm=False)),
            yaxis=water_axis(),
            annotations=[*_labels(found), *names],
            shapes=shapes,
        ),
    }


def _melting(study: Study, T: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Marks at the top edge where phases melt: beyond, mixed melts form that the map does not know."""
    found = []
    for formula, melting in study.melting_points.items():
        if not T[0] < melting < T[-1]:
            continue
        note = placed_text(f"{chem(formula)} melts", melting, 1.0) | {"yref": "paper", "yanchor": "bottom", "yshift": 8}
        shape = {
            "type": "line",
            "x0": melting,
            "x1": melting,
            "yref": "paper",
            "y0": 1.0,
            "y1": 1.018,
            "line": {"color": MUTED, "width": 2},
        }
        found.append((note, shape))
    return found


def _mixture(found: Predominance, mixture: int) -> str:
    parts = products(found.system, mixture).items()
    return " + ".join(str(chem(name if n == 1.0 else f"{n:.3g} {name}")) for name, n in parts)


def _regions(found: Predominance) -> list[dict[str, Any]]:
    """One layer of flat colour an assemblage, named on hover."""
    import numpy as np

    traces = []
    for number, mixture in enumerate(_present(found)):
        own = mixture == found.system.own
        colour = DRY if own else WET_COLOURS[(number - 1) % len(WET_COLOURS)]
        here = found.stable == mixture
        if not here.any():
            continue
        # only the region's own rectangle: most of a map is other regions
        rows, columns = here.any(axis=1).nonzero()[0], here.any(axis=0).nonzero()[0]
        z = np.where(here[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1.0, np.nan)
        traces.append(
            {
                "type": "heatmap",
                "x0": float(found.x[columns[0]]),
                "dx": float(found.x[1] - found.x[0]),
                "y0": float(found.y[rows[0]]),
                "dy": float(found.y[1] - found.y[0]),
                "z": typed_array(z) | {"shape": f"{z.shape[0]}, {z.shape[1]}"},
                "colorscale": [[0, colour], [1, colour]],
                "opacity": 0.42 if own else 0.24,
                "showscale": False,
                "hoverongaps": False,
                "name": _mixture(found, mixture),
                "hovertemplate": f"<b>{_mixture(found, mixture)}</b><br>{chem(_what(found, mixture))}<br>"
                "%{x:.4g}, log<sub>10</sub> p(H₂O)/bar = %{y:.2f}<extra></extra>",
                "meta": {"kind": "dry" if own else "region"},
            }
        )
    return traces


def _what(found: Predominance, mixture: int) -> str:
    return "dry phase" if mixture == found.system.own else reaction_equation(found.system, mixture)


def _present(found: Predominance) -> list[int]:
    """Assemblages on the map, the target first (also where it is absent), then by area."""
    import numpy as np

    numbers, counts = np.unique(found.stable, return_counts=True)
    order = sorted(zip(counts, numbers, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [found.system.own, *(int(number) for _, number in order if number != found.system.own)]


def _labels(found: Predominance) -> list[dict[str, Any]]:
    """Name each region inside it; a region too small for its name keeps only its hover box."""
    notes = []
    for mixture in _present(found):
        inside = found.stable == mixture
        if inside.mean() < SMALLEST_LABELLED:
            continue
        row, column = _middle(inside)
        own = mixture == found.system.own
        text = f"<b>{chem(found.system.formula)}</b><br>dry" if own else _mixture(found, mixture)
        x, y = float(found.x[column]), float(found.y[row])
        share = (x - float(found.x[0])) / float(found.x[-1] - found.x[0])
        anchor = "right" if share > 0.9 else "left" if share < 0.1 else "center"
        shift = -14 if any(abs(y - line) < 0.3 for line in atmosphere_heights()) else 0  # off the dashed lines
        notes.append(placed_text(text, x, y, size=15 if own else 13, ink=True, anchor=anchor, shift=shift))
    return notes


def _middle(inside: NDArray[np.bool_]) -> tuple[int, int]:
    """The point of a region farthest from its edge, wider steps along x because text is wide."""
    import numpy as np

    layer = inside
    while True:
        wide = np.pad(layer, ((1, 1), (3, 3)))
        smaller = wide[1:-1, 3:-3] & wide[:-2, 3:-3] & wide[2:, 3:-3] & wide[1:-1, :-6] & wide[1:-1, 6:]
        if not smaller.any():
            break
        layer = smaller
    rows, columns = layer.nonzero()
    k = int(np.hypot(rows - rows.mean(), columns - columns.mean()).argmin())
    return int(rows[k]), int(columns[k])


def _dry_edge(found: Predominance) -> dict[str, Any]:
    """The outline of the dry region on a map of two pressures, as a contour of its own margin."""
    import numpy as np

    margin = np.where(np.isfinite(found.margin), found.margin, 1.0)
    return {
        "type": "contour",
        "x0": float(found.x[0]),
        "dx": float(found.x[1] - found.x[0]),
        "y0": float(found.y[0]),
        "dy": float(found.y[1] - found.y[0]),
        "z": typed_array(margin) | {"shape": f"{margin.shape[0]}, {margin.shape[1]}"},
        "contours": {"start": 0, "end": 0, "size": 1, "coloring": "none"},
        "line": {"color": DRY, "width": 3},
        "showscale": False,
        "hoverinfo": "skip",
        "meta": {"kind": "limit"},
    }


def write_maps(
    studies: Sequence[Study],
    results: Sequence[Hydration],
    path: Path,
    *,
    temperature_K: float | None = None,
    p_dioxide: float | None = None,
) -> None:
    """Write every compound's maps as one offline HTML file, whole or not at all.

    Parameters
    ----------
    temperature_K
        K, of the map over two pressures; 800 if not given.
    p_dioxide
        bar, of the maps over temperature.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import write_atomically

    write_atomically(path, render_maps(studies, results, temperature_K, p_dioxide))


def render_maps(
    studies: Sequence[Study], results: Sequence[Hydration], temperature_K: float | None, p_dioxide: float | None
) -> str:
    """Return the page as text."""
    from markupsafe import Markup

    from antiperovskite._version import __version__
    from antiperovskite.report import references
    from antiperovskite.report.figures import script_json
    from antiperovskite.report.templating import asset, environment, plotly_javascript

    views = [view for pair in zip(studies, results, strict=True) for view in _views(*pair, temperature_K, p_dioxide)]
    return (
        environment()
        .from_string(PAGE)
        .render(
            title=f"{', '.join(result.formula for result in results)} with water",
            views=[view | {"figure": script_json(view["figure"])} for view in views],
            method=results[0].hydration_energy.method,
            notes=list(dict.fromkeys(note for result in results for note in result.notes)),
            keys=references.all_keys(key for result in results for key in result.citations),
            version=__version__,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            chooser=Markup(asset("evidence.js")),
            plotly=Markup(plotly_javascript()),
        )
    )


def _views(study: Study, result: Hydration, T: float | None, p_dioxide: float | None) -> list[dict[str, Any]]:
    gas = "no CO2" if p_dioxide is None else f"p(CO2) = {p_dioxide:g} bar"
    views: list[dict[str, Any]] = [
        {
            "name": f"{result.formula}: {name}",
            "figure": temperature_figure(study, question, p_dioxide),
            "caption": f"{_CAPTIONS[question]} Gas: {gas}. {_verdict(result, question)}",
        }
        for question, name in QUESTIONS.items()
    ]
    if result.products_with_dioxide is not None:
        here = CARBON_MAP_TEMPERATURE if T is None else T
        views.append(
            {
                "name": f"{result.formula}: CO2 at {here:g} K",
                "figure": pressure_figure(study, here),
                "caption": f"Water against carbon dioxide at {here:g} K, everything in equilibrium (--temperature for "
                "another). Green, where there is any, is the dry phase.",
            }
        )
    return [view | {"id": f"map-{result.formula}-{k}"} for k, view in enumerate(views)]


_CAPTIONS: Final[dict[Question, str]] = {
    "equilibrium": "The stable assemblage, everything allowed, with the cations and halide of the compound kept.",
    "metastable": "Only products of water compete: the compound's own decomposition to oxide and halide is taken "
    "as frozen.",
}


def _verdict(result: Hydration, question: Question) -> str:
    window = result.widest_window if question == "equilibrium" else result.widest_metastable
    if window.limit is None:
        return f"There is no dry region: {window.temperature.method}."
    return (
        "Green is the dry phase, its edge with the band of one standard uncertainty; the blue dotted line is where "
        "liquid water condenses."
    )


PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="antiperovskite {{ version }}">
<title>{{ title }}</title>
<link rel="icon" href="data:,">
<style>{{ style }}
.choices { flex-wrap: wrap; }</style>
</head>
<body class="single">
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><div class="wrap bar"><span class="brand">antiperovskite</span>
<span class="muted small">hydration</span></div></header>
<main id="content" class="wrap">
<noscript><p class="notice">The maps need JavaScript; the numbers are in: antiperovskite hydration --json</p></noscript>
<section class="panel active" data-panel id="hydration">
  <h1>{{ title|prose }}</h1>
  <p class="lede">What is stable over temperature and water content. Dashed lines are atmospheres people work in; a
  point below the thick edge of the green region leaves the compound dry.</p>
  <div class="card plotcard">
    <div class="toolbar"><div class="segmented choices" role="group" aria-label="Map">
    {% for view in views %}
    <button type="button" data-choose="{{ view.id }}"
      aria-pressed="{{ 'true' if loop.first else 'false' }}">{{ view.name|prose }}</button>
    {% endfor %}
    </div></div>
    {% for view in views %}
    <div class="plotview" id="view-{{ view.id }}"{% if not loop.first %} hidden{% endif %}>
      <div class="plot" data-figure="figure-{{ view.id }}" role="img"
        aria-label="{{ view.name }}: {{ view.caption }}"></div>
      <p class="caption">{{ view.caption|prose }}</p>
      <script type="application/json" id="figure-{{ view.id }}">{{ view.figure }}</script>
    </div>
    {% endfor %}
  </div>
  <h2 class="section">How it was computed</h2>
  <div class="card"><p>{{ method|prose }}</p>{% for note in notes %}<p>{{ note|prose }}</p>{% endfor %}</div>
  <h2 class="section">Works</h2>
  <div class="card"><ol class="references">{% for key in keys %}<li>{{ key|reference }}</li>{% endfor %}</ol></div>
</section>
</main>
<footer class="wrap foot"><p>Written by antiperovskite {{ version }}. This file is complete: it loads nothing from the
network.</p></footer>
<script>{{ plotly }}</script>
<script type="module">{{ script }}</script>
<script type="module">{{ chooser }}</script>
</body>
</html>
"""
