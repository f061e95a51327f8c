"""The maps as plotly figures: valid, labelled, the dry region outlined or its absence explained."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import NotComputed
from antiperovskite.report.hydration_plot import pressure_figure, render_maps, temperature_figure
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.study import Source, Study, hydration, temperature_grid
from antiperovskite.stability.phase_set import PhaseSet

ATOMS = {
    "Li3OCl": {"Li": 3.0, "O": 1.0, "Cl": 1.0},
    "Li2O": {"Li": 2.0, "O": 1.0},
    "LiCl": {"Li": 1.0, "Cl": 1.0},
    "LiOH": {"Li": 1.0, "O": 1.0, "H": 1.0},
    "Li2CO3": {"Li": 2.0, "C": 1.0, "O": 3.0},
    "H2O(g)": {"H": 2.0, "O": 1.0},
    "CO2(g)": {"C": 1.0, "O": 2.0},
}


def study(oxide: float = 0.05) -> Study:
    card = EngineCard(
        name="toy",
        version="1",
        description="hand-made",
        reference_method="none",
        energy_scale="toy",
        licence="MIT",
        known_bias=(),
        citations=(),
    )
    energies = {"Li3OCl": 0.0, "Li2O": oxide, "LiCl": 0.0, "LiOH": -0.6, "Li2CO3": -1.9}

    def phases(T: float) -> PhaseSet:
        made = [
            PhaseEnergy(n, n.removesuffix("(g)"), atoms, energies.get(n, -T * 1.5e-3), {n: 0.02})
            for n, atoms in ATOMS.items()
        ]
        return PhaseSet(card, tuple(made), "toy", "toy", temperature=T)

    target = PhaseEnergy("Li3OCl", "Li3OCl", ATOMS["Li3OCl"], 0.0)
    static = NotComputed(unit="eV/H2O", method="hand-made")
    source = Source("hand-made", "toy", ())
    return Study(resolve("Li3OCl"), target, phases(0.0), phases, temperature_grid(), source, static)


def decoded(array: dict[str, Any]) -> Any:
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype="<f4").reshape(
        tuple(int(n) for n in array["shape"].split(","))
    )


def kinds(figure: dict[str, Any]) -> list[str]:
    return [trace["meta"]["kind"] for trace in figure["data"]]


def test_regions_tile_the_map_without_overlap() -> None:
    figure = temperature_figure(study(), "equilibrium")
    layers = [t for t in figure["data"] if t["type"] == "heatmap"]
    filled = sum(int(np.isfinite(decoded(layer["z"])).sum()) for layer in layers)
    assert filled == 161 * 145
    assert {layer["name"] for layer in layers} == {"Li<sub>3</sub>OCl", "LiCl + 2 LiOH"}


def test_the_dry_region_is_outlined_and_every_atmosphere_named() -> None:
    figure = temperature_figure(study(), "equilibrium")
    assert {"dry", "limit", "band", "atmosphere", "saturation"} <= set(kinds(figure))
    texts = " ".join(note["text"] for note in figure["layout"]["annotations"])
    for words in ("Li<sub>3</sub>OCl", "glove box, 0.1 ppm", "glove box, 1 ppm", "dry room", "air, 25 °C"):
        assert words in texts


def test_without_a_window_nothing_is_green() -> None:
    figure = temperature_figure(study(-0.1), "equilibrium")
    assert not {"dry", "limit", "band"} & set(kinds(figure))
    assert "dry" in kinds(temperature_figure(study(-0.1), "metastable"))
    page = render_maps([study(-0.1)], [hydration(study(-0.1))], None, None)
    assert "There is no dry region" in page


@pytest.mark.parametrize(
    "make", [lambda: temperature_figure(study(), "metastable"), lambda: pressure_figure(study(), 700.0)]
)
def test_plotly_accepts_the_figure(make: Any) -> None:
    import plotly.graph_objects as go

    from antiperovskite.report.figures import script_json

    figure = make()
    assert "NaN" not in script_json(figure)
    go.Figure(
        data=[
            {k: v for k, v in trace.items() if not isinstance(v, str) or "var(" not in v}
            for trace in plain(figure["data"])
        ],
        layout=plain(figure["layout"]),
    )


def plain(value: Any) -> Any:
    """The figure with the page's theme colours replaced by black, as its script does."""
    if isinstance(value, str):
        return "#000000" if value.startswith("var(") else value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
