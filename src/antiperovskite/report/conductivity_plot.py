"""Figures of a conductivity study in the pages' style: displacements at every temperature, laws over the literature."""

from __future__ import annotations

from typing import Any, Final

from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report.diffusion_plot import INK, arrhenius_figure
from antiperovskite.report.figures import Figure, axis, layout
from antiperovskite.transport.activation.model import Arrhenius
from antiperovskite.transport.model import Diffusion
from antiperovskite.transport.study.model import ConductivityStudy

COLD: Final = (44, 111, 179)
HOT: Final = (200, 64, 26)
_LEGEND: Final = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": "var(--ink)"}}
_TO_LINE: Final = 6e4
"""Slope of the mean squared displacement in angstrom^2/ps for 1 cm^2/s."""


def msd_figure(study: ConductivityStudy, species: str) -> Figure | None:
    """Mean squared displacement of one species at every temperature, with scatter and fitted lines."""
    found = [(step.temperature_K, one) for step in study.steps for one in step.results if one.species == species]
    if not found:
        return None
    low, high = found[0][0], found[-1][0]
    traces: list[dict[str, Any]] = []
    for kelvin, result in found:
        traces += _one(result, f"{kelvin:g} K", _heat(kelvin, low, high))
    return {
        "data": traces,
        "layout": layout(
            430,
            margin={"l": 64, "r": 16, "t": 48, "b": 48},
            showlegend=True,
            legend=_LEGEND,
            xaxis=axis("time between frames / ps", type="log", dtick=1),
            yaxis=axis("mean squared displacement / Å²", type="log", dtick=1),
        ),
    }


def _one(result: Diffusion, name: str, colour: str) -> list[dict[str, Any]]:
    curve, regime = result.curve, result.regime
    # an error bar that reaches zero has no place on a logarithmic axis
    down = [min(error, 0.9 * value) for value, error in zip(curve.msd, curve.uncertainty, strict=True)]
    D = result.diffusion_coefficient.value or 0.0
    times = [regime.start.value * k for k in (1, 2, 4, 8, 16)]
    times = [t for t in times if t <= curve.time_ps[-1]]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": list(curve.time_ps),
            "y": list(curve.msd),
            "name": name,
            "legendgroup": name,
            "marker": {"size": 5, "color": colour},
            "error_y": {
                "type": "data", "array": list(curve.uncertainty), "arrayminus": down, "thickness": 1, "color": colour,
                "width": 2,
            },
            "hovertemplate": f"{name}<br>%{{x:.3g}} ps: %{{y:.3g}} Å²<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": times,
            "y": [max(regime.intercept.value + _TO_LINE * D * t, 1e-12) for t in times],
            "name": f"D = {result.diffusion_coefficient}",
            "legendgroup": name,
            "showlegend": False,
            "line": {"color": colour, "width": 2},
            "hoverinfo": "skip",
        },
    ]  # fmt: skip


def rotation_figure(study: ConductivityStudy) -> Figure | None:
    """C1 (full) and C2 (dashed) of every kind of bond at every temperature, with the scatter between molecules."""
    found = [(step.temperature_K, one) for step in study.steps for one in step.rotation]
    if not found:
        return None
    low, high = found[0][0], found[-1][0]
    traces: list[dict[str, Any]] = []
    for kelvin, one in found:
        colour, name = _heat(kelvin, low, high), f"{one.centre}-{one.ligand}, {kelvin:g} K"
        for order, curve, errors, dash in (
            (1, one.c1, one.c1_uncertainty, "solid"), (2, one.c2, one.c2_uncertainty, "dash")
        ):  # fmt: skip
            times = [k for k, t in enumerate(one.time_ps) if t > 0.0]
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [one.time_ps[k] for k in times],
                    "y": [curve[k] for k in times],
                    "name": name,
                    "legendgroup": name,
                    "showlegend": order == 1,
                    "line": {"color": colour, "width": 2, "dash": dash},
                    "error_y": {
                        "type": "data", "array": [errors[k] for k in times], "thickness": 0.6, "color": colour,
                        "width": 0,
                    },
                    "hovertemplate": f"{name}<br>C{order}, %{{x:.3g}} ps: %{{y:.2f}}<extra></extra>",
                }
            )  # fmt: skip
    return {
        "data": traces,
        "layout": layout(
            430,
            margin={"l": 64, "r": 16, "t": 48, "b": 48},
            showlegend=True,
            legend=_LEGEND,
            xaxis=axis("time / ps", type="log", dtick=1),
            yaxis=axis("what is left of the direction", range=[-0.1, 1.02]),
        ),
    }


def share_figure(study: ConductivityStudy) -> Figure | None:
    """Self diffusion and conductivity of independent ions against the share of vacancies, a line a temperature."""
    found = study.at_shares()
    if not found:
        return None
    low, high = min(found), max(found)
    traces = []
    for kelvin, steps in found.items():
        colour = _heat(kelvin, low, high)
        for species in study.species:
            rows = [(s.vacancy_share, one.diffusion_coefficient) for s in steps for one in s.results
                    if one.species == species]  # fmt: skip
            traces.append(_against(rows, f"D {species}, {kelvin:g} K", colour, "y", "cm²/s"))
        rows = [(s.vacancy_share, s.nernst_einstein_conductivity) for s in steps]
        traces.append(_against(rows, f"conductivity, {kelvin:g} K", colour, "y2", "S/cm"))
    return {
        "data": [trace for trace in traces if trace["x"]],
        "layout": layout(
            430,
            margin={"l": 64, "r": 64, "t": 48, "b": 48},
            showlegend=True,
            legend=_LEGEND,
            xaxis=axis("vacancies / % of the cation sites"),
            yaxis=axis("D / cm² s⁻¹ (full)", type="log"),
            yaxis2=axis("σ of independent ions / S cm⁻¹ (dashed)", type="log", overlaying="y", side="right"),
        ),
    }


def _against(
    rows: list[tuple[AnyQuantity, AnyQuantity]], name: str, colour: str, axis_name: str, unit: str
) -> dict[str, Any]:
    points = [(x.value, y) for x, y in rows if isinstance(x, Quantity) and isinstance(y, Quantity)]
    errors = [y.uncertainty or 0.0 for _, y in points]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [x for x, _ in points],
        "y": [y.value for _, y in points],
        "yaxis": axis_name,
        "name": name,
        "line": {"color": colour, "width": 1.5, "dash": "solid" if axis_name == "y" else "dash"},
        "marker": {"color": colour, "size": 7, "symbol": "circle" if axis_name == "y" else "diamond-open"},
        "error_y": {
            "type": "data", "array": errors, "thickness": 1, "width": 2, "color": colour,
            # an error bar that reaches zero has no place on a logarithmic axis
            "arrayminus": [min(error, 0.9 * y.value) for error, (_, y) in zip(errors, points, strict=True)],
        },
        "hovertemplate": f"{name}<br>%{{x:.3g}} %: %{{y:.3g}} {unit}<extra></extra>",
    }  # fmt: skip


def _heat(kelvin: float, low: float, high: float) -> str:
    share = (kelvin - low) / (high - low) if high > low else 0.5
    return "rgb({},{},{})".format(*(round(a + share * (b - a)) for a, b in zip(COLD, HOT, strict=True)))


def law_figure(law: Arrhenius, study: ConductivityStudy) -> Figure:
    """Points, the law with its intervals and, for conductivities, the published values."""
    rows = [row for row in study.published if row.conductivity is not None]
    figure = arrhenius_figure(law, rows)
    axes = figure["layout"]
    return {
        "data": [_themed(trace) for trace in figure["data"]],
        "layout": layout(
            430,
            margin={"l": 64, "r": 16, "t": 64, "b": 48},
            showlegend=True,
            legend=_LEGEND,
            xaxis=axis(axes["xaxis"]["title"]["text"]),
            yaxis=axis(axes["yaxis"]["title"]["text"]),
        ),
    }


def _themed(value: Any) -> Any:
    """Ink of a white page becomes the theme's."""
    if value == INK:
        return "var(--ink)"
    if isinstance(value, dict):
        return {key: _themed(item) for key, item in value.items()}
    return value
