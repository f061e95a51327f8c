"""The page of ``antiperovskite landscape``: surfaces of equal energy, energy along each hop, and the numbers."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.report.diffusion_plot import _axis, _layout
from antiperovskite.report.palette import GREY
from antiperovskite.report.plain_page import plain_notes, plain_page, plain_plot, plain_table

if TYPE_CHECKING:
    from antiperovskite.landscape.model import Landscape
    from antiperovskite.landscape.study import EnergyMap

COLOURS: Final = ("#16324f", "#2c6fb3", "#1fa67a", "#d9921f", "#c8401a", "#8e3b7e")
THRESHOLD_COLUMNS: Final = ["percolates in", "energy", "largest sphere"]
HOP_COLUMNS: Final = ["hop", "length", "in cell", "barrier", "back", "window of", "opening", "clearance"]
SITE_COLUMNS: Final = ["site", "energy", "minimum moved by", "bond-valence sum"]


def threshold_rows(result: Landscape) -> list[list[str]]:
    """One row a number of directions."""
    return [
        [f"{one.directions} direction{'s' if one.directions > 1 else ''}", _text(one.energy), _text(one.radius)]
        for one in result.thresholds
    ]


def hop_rows(result: Landscape) -> list[list[str]]:
    """One row a kind of hop."""
    return [
        [
            f"{number}{' (over a minimum of its own)' if hop.through else ''}", str(hop.length), str(hop.count),
            str(hop.barrier), str(hop.reverse), " ".join(hop.window.ions) or "–", _text(hop.window.radius),
            _text(hop.window.clearance),
        ]
        for number, hop in enumerate(result.hops, 1)
    ]  # fmt: skip


def site_rows(result: Landscape) -> list[list[str]]:
    """One row for sites alike in energy, displacement and valence."""
    seen: dict[tuple[str, str, str], int] = {}
    for site in result.sites:
        key = (_text(site.energy), _text(site.displacement), str(site.valence))
        seen[key] = seen.get(key, 0) + 1
    return [[f"{count} x", *key] for key, count in seen.items()]


def profile_figure(result: Landscape) -> dict[str, Any]:
    """Energy along each hop, from its first site."""
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": f"hop {number} ({hop.length})",
            "x": list(hop.profile_angstrom), "y": list(hop.profile_eV),
            "line": {"color": COLOURS[(number - 1) % 6], "width": 2.2},
        }
        for number, hop in enumerate(result.hops[:12], 1)
    ]  # fmt: skip
    traces += [
        {
            "type": "scatter", "mode": "lines", "name": f"percolates in {one.directions}", "hoverinfo": "name",
            "x": [0.0, max((hop.profile_angstrom[-1] for hop in result.hops), default=1.0)],
            "y": [one.energy.value] * 2, "line": {"color": GREY, "width": 1, "dash": "dot"},
        }
        for one in result.thresholds[2:]
        if one.energy.value is not None
    ]  # fmt: skip
    return {"data": traces, "layout": _layout(_axis("along the path / Å"), _axis("site energy / eV"))}


def write_landscape(result: Landscape, found: EnergyMap, path: Path) -> None:
    """Write the page whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from antiperovskite._files import check_writable, write_atomically
    from antiperovskite.report.landscape_scene import landscape_figure

    check_writable(path.parent)
    title = f"{result.name}: bond-valence landscape of {result.ion}"
    figures = [
        ("Where the ion can go: surfaces just above each percolation energy, and one path of every kind of hop",
         landscape_figure(result, found)),
        ("Energy along the hops, above the lowest site", profile_figure(result)),
    ]  # fmt: skip
    plots = [f"<h2>{escape(name)}</h2>" + plain_plot(figure, first=k == 0) for k, (name, figure) in enumerate(figures)]
    tables = (
        plain_table(THRESHOLD_COLUMNS, threshold_rows(result))
        + plain_table(HOP_COLUMNS, hop_rows(result))
        + plain_table(SITE_COLUMNS, site_rows(result))
    )
    said = [
        f"lattice: {result.lattice}",
        f"octahedron volume {_text(result.octahedron_volume)}; radius of {result.ion} {_text(result.ion_radius)}",
        f"grid {' x '.join(map(str, result.points))}",
        *result.notes,
    ]
    write_atomically(path, plain_page(title, "".join(plots) + tables + plain_notes(said)))


def _text(value: Any) -> str:
    return "–" if value.value is None else str(value)
