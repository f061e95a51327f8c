"""Page of a mixing study: barriers of hops by their bottleneck, and how well each mixture conducts."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

from antiperovskite.mixing.model import MixingStudy
from antiperovskite.quantity import Quantity
from antiperovskite.report.diffusion_plot import INK, _axis, _layout
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot, plain_table

# Okabe and Ito's set, told apart by colour-blind readers
COLOURS: Final = ("#0072b2", "#6b4c9a", "#d55e00")
COLUMNS: Final = ["x", "mean barrier", "effective barrier", "D over that at x = 0"]


def bottleneck(study: MixingStudy, shared: int) -> str:
    """The two anions at the bottleneck, in words.

    Examples
    --------
    ``Cl-Cl``, ``Cl-Br``, ``Br-Br``.
    """
    return "-".join([study.first] * (2 - shared) + [study.second] * shared)


def hops_figure(study: MixingStudy) -> dict[str, Any]:
    """Barrier without its change of energy of every computed hop over x, and the fit."""
    traces: list[dict[str, Any]] = []
    for shared, colour in enumerate(COLOURS):
        mine = [h for h in study.hops if h.shared == shared and h.forward is not None and h.backward is not None]
        name = bottleneck(study, shared)
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": name,
                "marker": {"size": 7, "color": colour, "opacity": 0.7},
                "x": [h.x + 0.02 * (shared - 1) for h in mine],
                "y": [0.5 * (float(h.forward or 0.0) + float(h.backward or 0.0)) for h in mine],
                "text": [escape(f"x = {h.x:g}, {name}: {h.forward:.3f} and {h.backward:.3f} eV") for h in mine],
                "hovertemplate": "%{text}<extra></extra>",
            }
        )  # fmt: skip
        ends = [0.0, 1.0]
        traces.append(
            {
                "type": "scatter", "mode": "lines", "name": f"{name}, fit", "line": {"color": colour, "width": 1.6},
                "x": ends, "y": [study.local.barrier(x, shared) for x in ends], "hoverinfo": "skip",
                "showlegend": False,
            }
        )  # fmt: skip
    return {
        "data": traces,
        "layout": _layout(_axis(f"x in {escape(study.series)}"), _axis("barrier without change of energy / eV")),
    }


def mixture_figure(study: MixingStudy) -> dict[str, Any]:
    """Diffusion of every mixture over that at x = 0: median, and 95 % of the sets of hops drawn again."""
    import numpy as np

    logs = np.log10(np.array(study.draws))
    x = [point.x for point in study.points]
    low, middle, high = np.quantile(logs, [0.025, 0.5, 0.975], axis=0)
    colour = COLOURS[0]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "x": [*x, *x[::-1]], "y": [*high, *low[::-1]], "fill": "toself",
            "fillcolor": "rgba(0,114,178,0.18)", "line": {"width": 0}, "name": "95 %", "hoverinfo": "skip",
        },
        {
            "type": "scatter", "mode": "lines+markers", "x": x, "y": list(middle), "name": "median",
            "line": {"color": colour, "width": 2}, "marker": {"size": 8, "color": colour},
        },
        {
            "type": "scatter", "mode": "lines", "x": [0.0, 1.0], "y": [0.0, 0.0], "name": "x = 0",
            "line": {"color": INK, "width": 1, "dash": "dot"}, "hoverinfo": "skip", "showlegend": False,
        },
    ]  # fmt: skip
    title = f"log<sub>10</sub> [D(x) / D(0)] at {study.temperature_K:g} K"
    return {"data": traces, "layout": _layout(_axis(f"x in {escape(study.series)}"), _axis(title))}


def mixing_rows(study: MixingStudy) -> list[list[str]]:
    """One row a composition, for the page and the terminal."""
    return [
        [f"{p.x:g}", str(p.mean_barrier), str(p.effective_barrier), str(p.relative_diffusion)] for p in study.points
    ]


def best_words(study: MixingStudy) -> str:
    """Which mixture is best, in one sentence."""
    if not isinstance(study.best, Quantity) or study.best_interval is None:
        return f"Best mixture: {study.best.method}."
    low, high = study.best_interval
    if low == high and low in {0.0, 1.0}:
        pure = study.second if low else study.first
        return (
            f"No mixture is better than the pure compound with {pure} (x = {low:g}), however the hops are drawn again."
        )
    at = min(study.points, key=lambda p: abs(p.x - study.best.value))  # type: ignore[operator]
    gain = at.relative_diffusion
    more = f", where D is {gain} of that at x = 0" if isinstance(gain, Quantity) else ""
    return f"Best mixture: x = {study.best.value:.1f} (95 %: {low:.1f} to {high:.1f}){more}."


def write_mixing(study: MixingStudy, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import check_writable, write_atomically

    check_writable(path.parent)
    body = (
        f"<p>{escape(best_words(study))}</p>{plain_plot(mixture_figure(study))}<h2>Barriers by their bottleneck</h2>"
        f"{plain_plot(hops_figure(study), first=False)}{plain_table(COLUMNS, mixing_rows(study))}"
        + plain_notes((f"engine: {study.engine.name}", *study.notes))
    )
    write_atomically(path, plain_page(f"{study.series}: which mixture lets {study.ion} through", body))


__all__ = ["best_words", "bottleneck", "hops_figure", "mixing_rows", "mixture_figure", "write_mixing"]
