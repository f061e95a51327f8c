"""Mean squared displacements with intervals, and Arrhenius plots over the literature's points, as offline HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log, log10
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import check_writable, write_atomically
from antiperovskite.evidence.model import ConductivityRow
from antiperovskite.quantity import AnyQuantity
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot
from antiperovskite.transport.activation.model import Arrhenius
from antiperovskite.transport.model import Curve, Diffusion, Interval

INK: Final = "#1b2733"
SELF, COLLECTIVE, LITERATURE = "#2c6fb3", "#c8401a", "#7d8894"
MODELLED: Final = "#1fa67a"


def displacement_figure(result: Diffusion) -> dict[str, Any]:
    """Return self and collective mean squared displacement over time with their scatter and the fitted lines."""
    traces = [
        *_curve(result.curve, f"one {result.species} ion", SELF),
        *_curve(result.collective_curve, f"sum over {result.n_ions} ions / √{result.n_ions}", COLLECTIVE),
    ]
    start, longest = result.regime.start.value, result.regime.longest.value
    regime = result.regime
    for coefficient, first, intercept, name, colour in (
        (result.diffusion_coefficient, regime.start, regime.intercept, "D", SELF),
        (
            result.collective_diffusion_coefficient,
            regime.collective_start,
            regime.collective_intercept,
            "D collective",
            COLLECTIVE,
        ),
    ):
        values = (coefficient.value, first.value, intercept.value)
        if values[0] is None or values[1] is None or values[2] is None:
            continue
        times = [values[1] * k for k in (1, 2, 4, 8, 16) if values[1] * k <= result.curve.time_ps[-1]]
        line = [max(values[2] + 6e4 * values[0] * t, 1e-12) for t in times]  # 1 cm^2/s is 1e4 angstrom^2/ps
        traces.append(
            _line(times, line, f"{name} = {coefficient}", line={"color": colour, "dash": "dash", "width": 1.6})
        )
    shade = {"type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": longest, "y0": 0, "y1": 1}
    return {
        "data": traces,
        "layout": _layout(
            _axis("time between frames / ps", type="log", dtick=1),
            _axis("mean squared displacement / Å²", type="log", dtick=1),
            shapes=[shade | {"fillcolor": "#2c6fb3", "opacity": 0.08, "line": {"width": 0}, "layer": "below"}],
        ),
    }


def arrhenius_figure(result: Arrhenius, literature: Sequence[ConductivityRow] = ()) -> dict[str, Any]:
    """Return points, the law with its intervals, and published conductivities, over 1000 K/T.

    Conductivities are drawn as log10(sigma T / (S K/cm)), diffusion coefficients as log10(D / (cm^2/s)).
    """
    ten = log(10.0)
    x = [1000.0 / point.temperature_K for point in result.band]
    band: list[dict[str, Any]] = []
    for level, opacity in ((95, 0.10), (68, 0.20)):
        low = [getattr(point, f"low{level}") / ten for point in result.band]
        high = [getattr(point, f"high{level}") / ten for point in result.band]
        band.append(
            {
                "type": "scatter",
                "x": x + x[::-1],
                "y": high + low[::-1],
                "fill": "toself",
                "mode": "none",
                "fillcolor": f"rgba(44,111,179,{opacity})",
                "name": f"{level} % interval",
                "hoverinfo": "skip",
            }
        )
    middle = [point.median / ten for point in result.band]
    energy = result.activation_energy
    law = _line(x, middle, f"{result.law}: {energy}", line={"color": SELF, "width": 2})
    centres, up, down = [], [], []
    for point in result.points:
        levels = sorted(point.quantiles)
        q16, q50, q84 = (levels[round(p * (len(levels) - 1))] / ten for p in (0.1587, 0.5, 0.8413))
        centres.append(q50)
        up.append(q84 - q50)
        down.append(q50 - q16)
    marks = {
        "type": "scatter",
        "mode": "markers",
        "x": [1000.0 / point.temperature_K for point in result.points],
        "y": centres,
        "error_y": {"type": "data", "array": up, "arrayminus": down, "color": INK, "thickness": 1.2},
        "marker": {"size": 8, "color": INK},
        "name": "this work",
        "text": [f"{point.temperature_K:.0f} K, {escape(point.source)}" for point in result.points],
        "hovertemplate": "%{text}<br>%{y:.2f}<extra></extra>",
    }
    name = "log<sub>10</sub> [σT / (S K cm⁻¹)]" if result.kind == "conductivity" else "log<sub>10</sub> [D / (cm² s⁻¹)]"
    published = _published(literature) if result.kind == "conductivity" else []
    return {
        "data": [*band, law, marks, *published],
        "layout": _layout(_axis("1000 K / T"), _axis(name)),
    }


def write_diffusion(result: Diffusion, path: Path) -> None:
    """Write the page of one trajectory whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    rows = [
        ("Self diffusion", result.diffusion_coefficient, result.intervals),
        ("Collective diffusion", result.collective_diffusion_coefficient, result.collective_intervals),
        ("Haven ratio", result.haven_ratio, result.haven_intervals),
        ("Conductivity", result.conductivity, result.conductivity_intervals),
        ("Nernst–Einstein conductivity", result.nernst_einstein_conductivity, ()),
        *[(f"Self diffusion along {axis}", value, ()) for axis, value in zip("xyz", result.components, strict=True)],
        ("Shortest lag of the fit", result.regime.start, ()),
        ("Exponent over the fitted lags", result.regime.exponent, ()),
        ("Net hops of all ions", result.regime.hops, ()),
        ("Framework over nearest distance (Lindemann)", result.regime.lindemann, ()),
        ("Drift taken out", result.regime.drift, ()),
    ]
    title = f"{result.species} in {result.source}"
    _write(path, title, displacement_figure(result), rows, (*_sentence(result), *result.notes))


def write_arrhenius(result: Arrhenius, path: Path, literature: Sequence[ConductivityRow] = ()) -> None:
    """Write the page of a temperature series whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    rows: list[tuple[str, AnyQuantity, tuple[Interval, ...]]] = [
        ("Activation energy", result.activation_energy, result.activation_energy_intervals),
        *[("Activation energy, branch", branch, ()) for branch in result.branches],
        ("log10 of the prefactor", result.log10_prefactor, ()),
        *[(f"At {item.temperature}", item.value, item.intervals) for item in result.extrapolations],
    ]
    fits = ", ".join(f"{fit.law}: BIC {fit.bic:.1f}" for fit in result.fits)
    drawn = [row for row in literature if row.conductivity is not None and row.temperature is not None]
    notes = (f"laws compared: {fits}", *result.notes)
    if drawn and result.kind == "conductivity":
        notes += (f"published: {', '.join(dict.fromkeys(row.study for row in drawn))}",)
    _write(path, f"Arrhenius plot: {result.kind}", arrhenius_figure(result, literature), rows, notes)


def _sentence(result: Diffusion) -> tuple[str, ...]:
    return (
        f"{result.n_ions} {result.species} ions, {result.n_frames} frames, {result.run_length}; shaded: the lags of "
        "the fit; error bars: scatter between parts of the run",
    )


def _published(rows: Sequence[ConductivityRow]) -> list[dict[str, Any]]:
    traces = []
    for kind, colour, symbol in (("experiment", LITERATURE, "diamond"), ("modelling", MODELLED, "square-open")):
        chosen = [
            row for row in rows if row.kind == kind and row.conductivity is not None and row.temperature is not None
        ]
        x, y, text = [], [], []
        for row in chosen:
            if row.conductivity is None or row.temperature is None or row.conductivity.value <= 0:
                continue
            T = row.temperature.value
            x.append(1000.0 / T)
            y.append(log10(row.conductivity.value * T))
            text.append(escape(f"{row.printed_composition}, {row.method}, {T:.0f} K: {row.conductivity} ({row.study})"))
        if x:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": x,
                    "y": y,
                    "text": text,
                    "name": f"published, {kind}",
                    "marker": {"size": 9, "color": colour, "symbol": symbol},
                    "hovertemplate": "%{text}<extra></extra>",
                }
            )
    return traces


def _curve(curve: Curve, name: str, colour: str) -> list[dict[str, Any]]:
    # an error bar that reaches zero has no place on a logarithmic axis: the lower end stops at a tenth of the value
    down = [min(error, 0.9 * value) for value, error in zip(curve.msd, curve.uncertainty, strict=True)]
    bars = {"type": "data", "array": list(curve.uncertainty), "arrayminus": down, "thickness": 1, "color": colour}
    marker = {"size": 6, "color": colour}
    return [_line(list(curve.time_ps), list(curve.msd), name, mode="markers", marker=marker, error_y=bars)]


def _write(
    path: Path,
    title: str,
    figure: dict[str, Any],
    rows: Sequence[tuple[str, AnyQuantity, tuple[Interval, ...]]],
    notes: Sequence[str],
) -> None:
    check_writable(path.parent)
    table = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td><td>{escape(_ends(ends))}</td>"
        f"<td class='m'>{escape(value.method)}</td></tr>"
        for name, value, ends in rows
    )
    head = "<thead><tr><th>Quantity</th><th>Value</th><th>Intervals</th><th>Method</th></tr></thead>"
    body = f"{plain_plot(figure)}<table>{head}<tbody>{table}</tbody></table>{plain_notes(notes)}"
    write_atomically(path, plain_page(title, body))


def _ends(intervals: Sequence[Interval]) -> str:
    return "; ".join(f"{item.level} %: {item.low:.3g} to {item.high:.3g}" for item in intervals)


def _line(x: list[float], y: list[float], name: str, **more: Any) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "name": name} | more


def _layout(x: dict[str, Any], y: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "height": 560,
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 13, "color": INK},
        "hovermode": "closest",
        "margin": {"l": 84, "r": 24, "t": 80, "b": 56},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": x,
        "yaxis": y,
    } | more


def _axis(title: str, **more: Any) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "showline": True,
        "linecolor": "#8a949e",
        "gridcolor": "#edf0f2",
        "ticks": "outside",
        "zeroline": False,
        "exponentformat": "power",
    } | more


__all__ = ["arrhenius_figure", "displacement_figure", "write_arrhenius", "write_diffusion"]
