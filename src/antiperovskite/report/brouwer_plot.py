"""Pages of defect equilibria: Brouwer-type plots with intervals, carrier balance, and who dominates where."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Final

from antiperovskite.defects.equilibrium.model import EquilibriumPoint, EquilibriumStudy
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report.diffusion_plot import INK, _axis, _layout
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot, plain_table

# Okabe and Ito's set, told apart by colour-blind readers, then darker ones
COLOURS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#6b4c9a", "#7f3b08", "#1b7837", "#444c55",
)  # fmt: skip
DASHES: Final = ("solid", "dash", "dot", "dashdot")
AXES: Final = {
    "temperature": "1000 K / T",
    "p_water": "p(H₂O) / bar",
    "halide_deficiency": "halide deficiency x",
    "dopant": "dopant per formula unit",
    "coexisting": "share of the way",
}
LOGARITHMIC: Final = ("p_water", "dopant")
SHOWN_DECADES: Final = 30.0


def brouwer_figure(result: EquilibriumStudy) -> dict[str, Any]:
    """log10 of every amount over what runs, with the 95 % band; a menu chooses the temperature."""
    groups = _groups(result)
    names = list(dict.fromkeys(s.name for point in result.points for s in point.species))
    traces: list[dict[str, Any]] = []
    counts: list[int] = []
    for number, points in enumerate(groups.values()):
        before = len(traces)
        for index, name in enumerate(names):
            traces += _species(result, points, name, index, visible=number == 0)
        counts.append(len(traces) - before)
    top = max(s.log10_concentration.value for point in result.points for s in point.species)
    low = min(s.log10_concentration.value for point in result.points for s in point.species)
    layout = _layout(
        _axis(_axis_name(result), **({"type": "log", "dtick": 1} if result.axis in LOGARITHMIC else {})),
        _axis("log<sub>10</sub> amount per formula unit", range=[max(low, top - SHOWN_DECADES) - 0.5, top + 0.8]),
        hovermode="closest",
        legend={"orientation": "v", "x": 1.01, "y": 1.0, "yanchor": "top"},
    )
    layout["margin"] = {"l": 84, "r": 24, "t": 48, "b": 56}
    if len(groups) > 1:
        buttons = []
        for number, name in enumerate(groups):
            seen = [k == number for k, count in enumerate(counts) for _ in range(count)]
            buttons.append({"label": name, "method": "restyle", "args": [{"visible": seen}]})
        layout["updatemenus"] = [{"buttons": buttons, "x": 0, "xanchor": "left", "y": 1.1, "yanchor": "bottom"}]
        layout["margin"]["t"] = 84
    return {"data": traces, "layout": layout}


def balance_figure(result: EquilibriumStudy) -> dict[str, Any] | None:
    """Vacancies against interstitials: shares of mobile carriers, and of the conductivity where barriers are given."""
    kinds = (
        ("of mobile carriers", "vacancy_share", COLOURS[0], "solid"),
        ("of the conductivity", "vacancy_conductivity_share", COLOURS[1], "dash"),
    )
    traces = []
    groups = _groups(result)
    for number, (label, points) in enumerate(groups.items()):
        for words, field, colour, dash in kinds:
            pairs = [(p, getattr(p.carriers, field)) for p in points]
            found = [(p, q) for p, q in pairs if isinstance(q, Quantity)]
            if not found:
                continue
            extra = f", {label}" if len(groups) > 1 else ""
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": f"vacancy share {words}{extra}",
                    "x": [_x(result, p) for p, _ in found],
                    "y": [100.0 * q.value for _, q in found],
                    "error_y": {
                        "type": "data",
                        "array": [100.0 * min(q.uncertainty or 0.0, 1.0 - q.value) for _, q in found],
                        "arrayminus": [100.0 * min(q.uncertainty or 0.0, q.value) for _, q in found],
                        "thickness": 1,
                    },
                    "text": [escape(f"{point_label(p)}: {q}") for p, q in found],
                    "hovertemplate": "%{text}<extra></extra>",
                    "line": {"color": colour, "dash": dash, "width": 1.6},
                    "opacity": 1.0 - 0.7 * number / max(len(groups), 1),
                    "marker": {"size": 6},
                }
            )
    if not traces:
        return None
    x = _axis(_axis_name(result), **({"type": "log", "dtick": 1} if result.axis in LOGARITHMIC else {}))
    layout = _layout(x, _axis(f"share of {escape(result.ion)} vacancies / %", range=[-3, 103]))
    layout |= {"height": 400, "showlegend": True}  # one line needs its name too: of carriers, or of current
    return {"data": traces, "layout": layout}


def write_equilibria(result: EquilibriumStudy, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import check_writable, write_atomically

    check_writable(path.parent)
    drawn = [figure for figure in (brouwer_figure(result), balance_figure(result)) if figure is not None]
    parts = [plain_plot(figure, first=index == 0) for index, figure in enumerate(drawn)]
    who = "computed" if result.computed_here else "as given by the user, not computed here"
    energies = plain_table(
        ["reaction", "energy", "method"],
        [[name, str(energy), energy.method] for name, energy in result.energies.items()],
    )
    sampled = (
        f"Bands are 95 % intervals from {result.samples} draws of the energies (seed {result.seed})."
        if result.samples
        else "The energies have no uncertainty, so there are no intervals."
    )
    weighed = any(isinstance(p.carriers.vacancy_conductivity_share, Quantity) for p in result.points)
    heading = "Who carries the current" if weighed else "Vacancies or interstitials"
    title = f"{result.formula}: defect equilibria"
    body = (
        f"<p>Energies {who}: {escape(result.source)}. {sampled}</p>{parts[0]}"
        + (f"<h2>{heading}</h2>{parts[1]}" if len(parts) > 1 else "")
        + plain_table(*carrier_rows(result))
        + f"<h2>Who dominates</h2>{plain_table(*dominance_rows(result))}<h2>Energies</h2>{energies}"
        + plain_notes(result.notes)
    )
    write_atomically(path, plain_page(title, body, "h2{font-size:17px}"))


def point_label(point: EquilibriumPoint) -> str:
    """Conditions in a few words."""
    parts = [f"{point.temperature.value:g} K"]
    if point.quenched_from is not None:
        parts.append(f"from {point.quenched_from.value:g} K")
    if point.p_water is not None:
        parts.append(f"p(H2O) {point.p_water.value:.3g} bar")
    if point.halide_deficiency is not None:
        parts.append(f"x = {point.halide_deficiency:.4g}")
    parts += [f"{element} {amount:.3g}" for element, amount in point.dopants.items()]
    if point.share_to_second is not None:
        parts.append(f"{point.coexisting[0]} to {point.coexisting[1]} {100 * point.share_to_second:.0f} %")
    elif point.coexisting:
        parts.append(f"+ {', '.join(point.coexisting)}")
    return ", ".join(parts)


def carrier_rows(result: EquilibriumStudy) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of mobile carriers, for the page and the terminal."""
    columns = [
        "",
        "log10 vacancies per site",
        "log10 interstitials per site",
        "vacancy share",
        "of current",
        "P(more vacancies)",
    ]
    rows = []
    for point in result.points:
        c = point.carriers
        values = (
            c.log10_vacancies,
            c.log10_interstitials,
            c.vacancy_share,
            c.vacancy_conductivity_share,
            c.more_vacancies,
        )
        rows.append([point_label(point), *(_short(value) for value in values)])
    return columns, rows


def dominance_rows(result: EquilibriumStudy) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the defects that carry most charge of each sign."""
    rows = []
    for point in result.points:
        found = {d.charge: d for d in point.dominant}
        row = [point_label(point)]
        for sign in ("positive", "negative"):
            d = found.get(sign)
            sure = "" if d is None or d.probability.value is None else f" ({100 * d.probability.value:.0f} %)"
            row.append("–" if d is None else f"{d.name}{sure}" + (f", then {d.runner_up}" if d.runner_up else ""))
        rows.append(row)
    return ["", "most positive charge (probability)", "most negative charge (probability)"], rows


def _short(value: AnyQuantity) -> str:
    return "–" if value.value is None else str(value)


def _groups(result: EquilibriumStudy) -> dict[str, list[EquilibriumPoint]]:
    """Points by temperature, unless temperature is what runs."""
    if result.axis == "temperature":
        return {"": list(result.points)}
    found: dict[str, list[EquilibriumPoint]] = {}
    for point in result.points:
        found.setdefault(f"{point.temperature.value:g} K", []).append(point)
    return found


def _x(result: EquilibriumStudy, point: EquilibriumPoint) -> float:
    if result.axis == "p_water" and point.p_water is not None:
        return point.p_water.value
    if result.axis == "halide_deficiency" and point.halide_deficiency is not None:
        return point.halide_deficiency
    if result.axis == "dopant" and point.dopants:
        return point.dopants[_running(result)]
    if result.axis == "coexisting" and point.share_to_second is not None:
        return point.share_to_second
    return 1000.0 / point.temperature.value


def _running(result: EquilibriumStudy) -> str:
    """The dopant whose amount differs between points."""
    first = result.points[0].dopants
    return next(
        (e for e in first if len({point.dopants.get(e) for point in result.points}) > 1), next(iter(first))
    )  # fmt: skip


def _axis_name(result: EquilibriumStudy) -> str:
    if result.axis == "coexisting" and len(result.points[0].coexisting) == 2:
        first, second = result.points[0].coexisting
        return escape(f"from {first} coexisting (0) to {second} coexisting (1)")
    if result.axis == "dopant":
        return escape(f"{_running(result)} per formula unit")
    return AXES.get(result.axis, result.axis)


def _species(
    result: EquilibriumStudy, points: list[EquilibriumPoint], name: str, index: int, *, visible: bool
) -> list[dict[str, Any]]:
    found = [(p, s) for p in points for s in p.species if s.name == name]
    if not found:
        return []
    colour, dash = COLOURS[index % len(COLOURS)], DASHES[(index // len(COLOURS)) % len(DASHES)]
    x = [_x(result, p) for p, _ in found]
    bound = found[0][1].bound
    traces: list[dict[str, Any]] = []
    ends = [(s.low95, s.high95) for _, s in found]
    if len(x) > 1 and all(low is not None for low, _ in ends):
        traces.append(
            {
                "type": "scatter",
                "x": x + x[::-1],
                "y": [high for _, high in ends] + [low for low, _ in ends][::-1],
                "fill": "toself",
                "mode": "none",
                "fillcolor": colour,
                "opacity": 0.12,
                "hoverinfo": "skip",
                "showlegend": False,
                "legendgroup": name,
                "visible": visible,
            }
        )
    charge = f"{found[0][1].charge:+d}" if found[0][1].charge else "neutral"
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers" if len(x) < 12 else "lines",
            "x": x,
            "y": [s.log10_concentration.value for _, s in found],
            "name": escape(f"{name} ({charge})"),
            "text": [escape(f"{name}, {point_label(p)}: log10 = {s.log10_concentration}") for p, s in found],
            "hovertemplate": "%{text}<extra></extra>",
            "line": {"color": colour, "width": 2, "dash": "dot" if bound else dash},
            "marker": {"size": 6, "color": colour, "line": {"color": INK, "width": 0.3}},
            "legendgroup": name,
            "visible": visible,
        }
    )
    return traces
