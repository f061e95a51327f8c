"""The page of ``antiperovskite jumps``: where ions sit, how they jump, how far they get, and how bonds turn."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite._files import check_writable, write_atomically
from antiperovskite.quantity import AnyQuantity
from antiperovskite.report.diffusion_plot import INK
from antiperovskite.report.palette import element_colour
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory
    from antiperovskite.transport.density.grid import IonDensity
    from antiperovskite.transport.jumps.model import JumpStatistics
    from antiperovskite.transport.model import Interval
    from antiperovskite.transport.van_hove.correlation import VanHove
    from antiperovskite.transport.vectors.relaxation import Reorientation

COLOURS: Final = ("#16324f", "#2c6fb3", "#1fa67a", "#d9921f", "#c8401a", "#8e3b7e")
FAR: Final = 0.995
"""Share of the displacements that the axis of the self part holds."""
LAYOUT: Final = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:8px 24px"


def survival_figure(results: Sequence[JumpStatistics]) -> dict[str, Any] | None:
    """Share of visits longer than a time, with the exponential of the same mean residence."""
    traces = []
    for item in results:
        if not item.survival_time_ps:
            continue
        colour = element_colour(item.species)
        traces.append(
            _line(item.survival_time_ps, item.survival, item.species, {"color": colour, "width": 2, "shape": "hv"})
        )
        mean = _common_residence(item)
        if mean is not None:
            from math import exp

            drawn = [exp(-t / mean) for t in item.survival_time_ps]
            line = {"color": colour, "width": 1.4, "dash": "dash"}
            traces.append(_line(item.survival_time_ps, drawn, f"exponential, {mean:.3g} ps", line))
    return _figure(traces, "time on a site / ps", "share of visits still there", range_y=[0, 1.02]) if traces else None


def length_figure(results: Sequence[JumpStatistics]) -> dict[str, Any] | None:
    """Histogram of hop lengths."""
    longest = max((max(item.lengths) for item in results if item.lengths), default=0.0)
    traces = [
        {
            "type": "histogram", "x": list(item.lengths), "name": item.species, "xbins": {"size": 0.1},
            "marker": {"color": element_colour(item.species)}, "opacity": 0.8, "histnorm": "probability",
        }
        for item in results
        if item.lengths
    ]  # fmt: skip
    return (
        _figure(traces, "hop length / Å", "share of jumps", range_x=[0.0, longest + 0.5], barmode="overlay")
        if traces
        else None
    )


def self_figure(found: VanHove) -> dict[str, Any]:
    """4 pi r^2 G_s(r, t): distribution of the distance travelled."""
    radial = found.radial
    traces = [
        _line(found.self_r.tolist(), radial[m].tolist(), _lag(found, m), {"color": COLOURS[m % 6], "width": 2})
        for m in range(len(found.lags))
    ]
    width = float(found.self_r[1] - found.self_r[0])
    far = found.self_r[(radial.cumsum(axis=1) * width < FAR).any(axis=0)]
    reach = [0.0, float(far.max() if len(far) else found.self_r[-1]) + 1.0]
    name = f"distance travelled by {found.species} / Å"
    return _figure(traces, name, "4πr² G<sub>s</sub>(r, t) / Å⁻¹", range_x=reach)


def distinct_figure(found: VanHove) -> dict[str, Any] | None:
    """g_d(r, t): density of partners about the place an ion was at."""
    import numpy as np

    if np.isnan(found.distinct_part).any():
        return None
    traces = [
        _line(found.distinct_r.tolist(), found.distinct_part[m].tolist(), _lag(found, m), {"color": COLOURS[m % 6]})
        for m in range(len(found.lags))
    ]
    return _figure(
        traces, f"distance from the place of a {found.species} ion / Å", f"g<sub>d</sub>(r, t), {found.partner}"
    )


def turning_figure(results: Sequence[Reorientation]) -> dict[str, Any] | None:
    """C1 and C2 with their uncertainties."""
    traces = []
    for k, item in enumerate(results):
        if not item.time_ps:
            continue
        for order, (values, errors) in enumerate(((item.c1, item.c1_uncertainty), (item.c2, item.c2_uncertainty)), 1):
            colour = COLOURS[(2 * k + order) % 6]
            trace = _line(item.time_ps, values, f"{item.centre}–{item.ligand} C{order}", {"color": colour, "width": 2})
            band = {"type": "data", "array": list(errors), "thickness": 0.8, "width": 0, "color": colour}
            traces.append(trace | {"error_y": band})
    return _figure(traces, "time / ps", "direction remembered", log_x=True) if traces else None


def write_jumps(
    results: Sequence[JumpStatistics],
    path: Path,
    *,
    density: IonDensity,
    temperature_K: float | None,
    van_hove: VanHove,
    turning: Sequence[Reorientation],
    trajectory: Trajectory,
) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite.report.density_scene import density_figure
    from antiperovskite.transport.fractional import average_places, moving_ions

    check_writable(path.parent)
    moving = moving_ions(trajectory, density.species)
    framework = {symbol: average_places(moving, moving.info.of(symbol)) for symbol in moving.framework}
    scene, notes = density_figure(density, framework, temperature_K)
    first = results[0].species
    alpha = [
        f"{_lag(van_hove, m)}: {a:.3g}" + (f" ± {e:.1g}" if e == e else "")  # noqa: PLR0124
        for m, (a, e) in enumerate(zip(van_hove.non_gaussian, van_hove.non_gaussian_uncertainty, strict=True))
    ]
    figures: list[tuple[str, dict[str, Any] | None]] = [
        (f"Where {first} is: surfaces of equal free energy, framework's mean places", scene),
        ("How long ions stay", survival_figure(results)),
        ("How far they jump", length_figure(results)),
        ("How far they get (van Hove, self)", self_figure(van_hove)),
        ("Where the others are (van Hove, distinct)", distinct_figure(van_hove)),
        ("How bonds turn", turning_figure(turning)),
    ]
    notes = [*notes, f"non-Gaussian parameter of {first} at " + "; ".join(alpha)]
    notes += [f"{item.species}: {note}" for item in results for note in item.notes]
    title = f"Jumps in {results[0].source}"
    write_atomically(path, _page(title, figures, _tables(results, turning), notes))


def _tables(results: Sequence[JumpStatistics], turning: Sequence[Reorientation]) -> str:
    parts = []
    for item in results:
        rows: list[tuple[str, AnyQuantity, tuple[Interval, ...]]] = [
            ("Jumps per ion and time", item.rate, item.rate_intervals),
            ("Counts: variance over mean", item.dispersion, ()),
            ("Hop length", item.hop_length, ()),
            ("Back-jump probability", item.back_jump_probability, ()),
            ("Correlation factor, successive jumps", item.correlation_factor, ()),
            ("Correlation factor, net displacement", item.net_correlation_factor, ()),
            ("Jump diffusion, uncorrelated", item.jump_diffusion_coefficient, ()),
            ("Dimensionality of the network", item.dimensionality, ()),
            ("Anisotropy", item.anisotropy, ()),
        ]
        for kind in item.kinds:
            rows += [(f"Occupancy of {kind.label} ({kind.n_sites} sites)", kind.occupancy, ())]
            rows += [(f"Residence on {kind.label}", kind.residence, kind.residence_intervals)]
        rows += [(f"{j.start} → {j.end}, {j.length}, {j.count} jumps", j.rate, j.intervals) for j in item.jumps[:12]]
        together = item.collective
        if together is not None:
            rows += [
                (
                    f"Pairs within {together.window}, {together.distance}: {together.pairs}; by chance",
                    together.expected,
                    (),
                ),
                ("Observed over chance", together.ratio, ()),
                ("p", together.p_value, ()),
                ("Share of jumps in groups", together.share, ()),
            ]
        head = f"{item.n_jumps} jumps of {item.n_ions} {item.species} over {item.n_sites} sites ({item.sites})"
        parts.append(f"<h2>{escape(head)}</h2>{_table(rows)}")
    for turn in turning:
        rows = [("τ₁", turn.tau_1, ()), ("τ₂", turn.tau_2, ()), ("τ₁ / τ₂", turn.ratio, ())]
        parts.append(f"<h2>{turn.n_vectors} {escape(turn.centre)}–{escape(turn.ligand)} bonds</h2>{_table(rows)}")
    return "".join(parts)


def _table(rows: Sequence[tuple[str, AnyQuantity, tuple[Interval, ...]]]) -> str:
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td><td>"
        + escape("; ".join(f"{i.level} %: {i.low:.3g} to {i.high:.3g}" for i in ends))
        + f"</td><td class='m'>{escape(value.method)}</td></tr>"
        for name, value, ends in rows
    )
    head = "<thead><tr><th>Quantity</th><th>Value</th><th>Intervals</th><th>Method</th></tr></thead>"
    return f"<table>{head}<tbody>{body}</tbody></table>"


def _page(title: str, figures: Sequence[tuple[str, dict[str, Any] | None]], tables: str, notes: Sequence[str]) -> str:
    drawn = [(name, figure) for name, figure in figures if figure is not None]
    blocks = []
    for k, (name, figure) in enumerate(drawn):
        wide = " style='grid-column:1/-1'" if k == 0 else ""
        blocks.append(f"<section{wide}><h2>{escape(name)}</h2>{plain_plot(figure, first=k == 0)}</section>")
    body = f"<div style='{LAYOUT}'>{''.join(blocks)}</div>{tables}{plain_notes(notes)}"
    return plain_page(title, body, "h2{font-size:16px;margin:20px 0 2px}section{min-width:0}")


def _common_residence(item: JumpStatistics) -> float | None:
    return item.kinds[0].residence.value if len(item.kinds) == 1 else None


def _lag(found: VanHove, m: int) -> str:
    lag = int(found.lags[m])
    return f"{lag} frames" if found.frame_interval_ps is None else f"{lag * found.frame_interval_ps:.3g} ps"


def _line(x: Sequence[float], y: Sequence[float], name: str, line: dict[str, Any]) -> dict[str, Any]:
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name, "line": line}


def _figure(
    traces: list[dict[str, Any]],
    x: str,
    y: str,
    *,
    range_y: list[float] | None = None,
    range_x: list[float] | None = None,
    log_x: bool = False,
    **more: Any,
) -> dict[str, Any]:
    axis = {"showline": True, "linecolor": "#8a949e", "gridcolor": "#edf0f2", "ticks": "outside", "zeroline": False}
    limits = {"range": range_x} if range_x else {"type": "log", "dtick": 1} if log_x else {}
    vertical = axis | {"title": {"text": y}, "rangemode": "tozero"} | ({"range": range_y} if range_y else {})
    return {
        "data": traces,
        "layout": {
            "height": 380, "paper_bgcolor": "#ffffff", "plot_bgcolor": "#ffffff", "hovermode": "closest",
            "font": {"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 13, "color": INK},
            "margin": {"l": 64, "r": 16, "t": 48, "b": 52}, "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            "xaxis": axis | {"title": {"text": x}} | limits, "yaxis": vertical,
        }
        | more,
    }  # fmt: skip
