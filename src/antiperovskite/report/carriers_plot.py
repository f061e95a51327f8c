"""Page of a carrier study: walks, molecular dynamics and literature over 1/T, and the ratio with its factors."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from math import log10
from pathlib import Path
from typing import Any, Final

from antiperovskite.carriers.balance import CarrierBalance
from antiperovskite.carriers.model import CarrierStudy, RatioPoint
from antiperovskite.evidence.model import ConductivityRow
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.report.balance_chart import balance_figure
from antiperovskite.report.diffusion_plot import INK, _axis, _layout, _published
from antiperovskite.report.figures import Figure
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot
from antiperovskite.report.templating import asset

# Okabe and Ito's set, told apart by colour-blind readers
COLOURS: Final = {"free": "#56b4e9", "trapped": "#0072b2", "trapped, repelling": "#6b4c9a"}
CORRECTED: Final = "#d55e00"
PARTS: Final = ("trapping", "repulsion of vacancies", "anharmonicity")


def carriers_figure(study: CarrierStudy, literature: Sequence[ConductivityRow] = ()) -> dict[str, Any]:
    """Conductivity of independent ions (Nernst-Einstein) from every D, over 1000 K/T, and what was published."""
    series: list[tuple[str, str, str, list[tuple[float, Quantity]]]] = [
        (f"walk, {variant}", colour, "circle", [(w.temperature_K, w.diffusion) for w in study.walks
                                                if w.variant == variant])
        for variant, colour in COLOURS.items()
    ]  # fmt: skip
    smallest = min((m.atoms for m in study.motion), default=0)
    for small in (True, False):
        chosen = [m for m in study.motion if (m.atoms == smallest) is small]
        if chosen:
            name = f"molecular dynamics, {', '.join(str(a) for a in sorted({m.atoms for m in chosen}))} atoms"
            symbol = "square" if small else "square-open"
            series.append((name, INK, symbol, [(m.temperature_K, m.diffusion) for m in chosen]))
    series.append(("walk × anharmonicity", CORRECTED, "diamond", _with_anharmonicity(study)))
    traces = []
    for name, colour, symbol, points in series:
        if not points:
            continue
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+lines" if symbol != "square-open" else "markers",
                "name": name,
                "x": [1000.0 / kelvin for kelvin, _ in points],
                "y": [log10(_sigma_T(study, D.value)) for _, D in points],
                "error_y": {
                    "type": "data", "array": [0.4343 * (D.uncertainty or 0.0) / D.value for _, D in points],
                    "color": colour, "thickness": 1.2,
                },
                "text": [escape(f"{name}, {kelvin:g} K: D = {D}") for kelvin, D in points],
                "hovertemplate": "%{text}<extra></extra>",
                "marker": {"size": 9, "color": colour, "symbol": symbol},
                "line": {"color": colour, "width": 1.4, "dash": "dash" if symbol == "diamond" else "solid"},
            }
        )  # fmt: skip
    layout = _layout(_axis("1000 K / T"), _axis("log<sub>10</sub> [σT / (S K cm⁻¹)], independent ions"))
    layout["legend"] = {"orientation": "v", "x": 1.01, "y": 1.0, "yanchor": "top"}
    layout["margin"]["t"] = 32
    return {"data": [*traces, *_published(literature)], "layout": layout}


def _sigma_T(study: CarrierStudy, D: float) -> float:
    from antiperovskite.transport.conduct import conductivity_per_diffusion

    sites = round(len(_unit_sites(study)))
    ions = sites * (1.0 - study.vacancy_share.value)
    per_kelvin = conductivity_per_diffusion(1, study.lattice**3, 1.0, 1.0)
    return ions * per_kelvin * D


def _unit_sites(study: CarrierStudy) -> range:
    """Cation sites of one unit cell: those of the supercell over its copies."""
    trap = study.trapping[0]
    copies = trap.supercell[0] * trap.supercell[1] * trap.supercell[2]
    return range(sum(place.sites for place in trap.places) // copies)


def _with_anharmonicity(study: CarrierStudy) -> list[tuple[float, Quantity]]:
    """D of the fullest walk at the temperatures where the hop's rate is known without harmonic modes."""
    found = []
    walks = {w.temperature_K: w.diffusion for w in study.series("trapped, repelling")}
    for ratio in study.ratios:
        factor = _factor(ratio, "anharmonicity")
        D = walks.get(ratio.temperature_K)
        if factor is None or D is None:
            continue
        relative = ((D.uncertainty or 0.0) / D.value) ** 2 + ((factor.uncertainty or 0.0) / factor.value) ** 2
        value = D.value * factor.value
        found.append((ratio.temperature_K, D.model_copy(update={"value": value, "uncertainty": value * relative**0.5})))
    return found


def _factor(ratio: RatioPoint, name: str) -> Quantity | None:
    return next((f.value for f in ratio.factors if f.name == name and isinstance(f.value, Quantity)), None)


def ratio_figure(study: CarrierStudy) -> dict[str, Any]:
    """D of the simplest walk over that of molecular dynamics, with the factors taken in one after another."""
    traces = []
    for steps, colour in zip(range(len(PARTS) + 1), ("#56b4e9", "#0072b2", "#6b4c9a", CORRECTED), strict=True):
        x, y, up, down, text = [], [], [], [], []
        for ratio in study.ratios:
            parts = [_factor(ratio, name) for name in PARTS[:steps]]
            if any(part is None for part in parts):
                continue
            value = ratio.ratio.value
            for part in parts:
                value *= part.value if part is not None else 1.0
            ends = ratio.corrected95 if steps == len(PARTS) and ratio.corrected95 else ratio.interval95
            if steps == len(PARTS) and isinstance(ratio.corrected, Quantity):
                value = ratio.corrected.value
            scale = 1.0 if ends is ratio.corrected95 else value / ratio.ratio.value
            x.append(ratio.temperature_K + 6.0 * (steps - 1.5))
            y.append(value)
            up.append(ends.high * scale - value)
            down.append(value - ends.low * scale)
            text.append(
                f"{ratio.temperature_K:g} K: {value:.2f}, 95 %: {ends.low * scale:.2f} to {ends.high * scale:.2f}"
            )
        if x:
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "x": x, "y": y, "text": text,
                    "name": "free, harmonic" if steps == 0 else f"× {PARTS[steps - 1]}",
                    "error_y": {"type": "data", "array": up, "arrayminus": down, "color": colour, "thickness": 1.4},
                    "hovertemplate": "%{text}<extra></extra>",
                    "marker": {"size": 10, "color": colour},
                }
            )  # fmt: skip
    one = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 1, "y1": 1, "line": {"color": INK, "width": 1}}
    layout = _layout(
        _axis("T / K"),
        _axis("D of the walk / D of molecular dynamics", type="log", dtick="D1"),
        shapes=[one],
    )
    layout["height"] = 400
    layout["margin"]["t"] = 56
    return {"data": traces, "layout": layout}


def write_carriers(study: CarrierStudy, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import check_writable, write_atomically
    from antiperovskite.transport.study.summary import published_rows

    check_writable(path.parent)
    plots = plain_plot(carriers_figure(study, published_rows(study.formula)))
    plots += plain_plot(ratio_figure(study), first=False) if study.ratios else ""
    body = f"<p>{escape(study.statement)}.</p>{plots}{_table(study)}{plain_notes(study.notes)}{_balance(study.balance)}"
    write_atomically(path, plain_page(f"Carriers of {study.formula}", body))


def in_light(figure: Figure) -> Figure:
    """A figure of the report for a page without themes: its CSS properties replaced by those of the light theme."""
    colours = dict(re.findall(r"(--[\w-]+): ([^;]+);", asset("style.css").partition("@media")[0]))
    text = re.sub(r"var\((--[\w-]+)\)", lambda found: colours[found[1]], json.dumps(figure))
    return dict(json.loads(text))


def _balance(balance: CarrierBalance | None) -> str:
    """Who carries the current in the pure crystal: plot, barriers and notes."""
    if balance is None:
        return ""
    figure = balance_figure(balance)
    plot = (
        f"<p>{escape(figure.method)}</p>"
        if isinstance(figure, NotComputed)
        else plain_plot(in_light(figure), first=False)
    )
    rows = "".join(
        f"<tr><td>{name}</td><td>{escape(str(q)) if isinstance(q, Quantity) else '–'}</td>"
        f"<td class='m'>{escape(q.method)}</td></tr>"
        for name, q in balance.barriers.items()
    )
    beside = " + ".join(balance.points[0].coexisting)
    where = f" beside {beside}" if beside else ""
    notes = "".join(f"<li>{escape(note)}</li>" for note in balance.notes)
    return (
        f"<h2>Who carries the current in the pure crystal{escape(where)}</h2>{plot}<table><thead><tr><th>carrier</th>"
        f"<th>barrier</th><th>method</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<ul><li>{escape(balance.source)}; bars are 68 % intervals</li>{notes}</ul>"
    )


def _table(study: CarrierStudy) -> str:
    if not study.ratios:
        return ""
    rows = []
    for ratio in study.ratios:
        for factor in ratio.factors:
            value = str(factor.value) if isinstance(factor.value, Quantity) else "–"
            rows.append(
                f"<tr><td>{ratio.temperature_K:g} K</td><td>{escape(factor.name)}</td><td>{escape(value)}</td>"
                f"<td class='m'>{escape(factor.meaning)}; {escape(factor.value.method)}</td></tr>"
            )
    head = "<tr><th>T</th><th>factor</th><th>value</th><th>meaning and method</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


__all__ = ["carriers_figure", "ratio_figure", "write_carriers"]
