"""What can be looked at of a conductivity study: the ions' density as surfaces, and hops as a moving picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from antiperovskite.report.density_scene import density_figure
from antiperovskite.report.figures import script_json
from antiperovskite.report.hop_scene import hop_scene
from antiperovskite.transport.study.model import DensityMap, StudyScenes

if TYPE_CHECKING:
    from antiperovskite.transport.study.hops import HopWindow

SMALL: Final = 200.0
"""angstrom^3; smaller cells are drawn twice along each vector, so that the ways between their sites are seen."""


@dataclass(frozen=True)
class Density:
    """The figure, what it is of, how often the cell is drawn along each vector, and what could not be drawn."""

    figure: Markup
    map: DensityMap
    drawn: int
    notes: list[str]


@dataclass(frozen=True)
class Hops:
    """The scene and the moves of a window; ``on_sites``: ions are drawn on their sites, not where they were."""

    scene: Markup
    moves: Markup
    window: HopWindow
    jumped: int
    hops: int | None
    on_sites: bool


def density_view(scenes: StudyScenes | None) -> Density | None:
    """Isosurfaces of the stored density; nothing where none is stored."""
    if scenes is None or scenes.density is None:
        return None
    import numpy as np

    from antiperovskite.transport.study.scenes import tiled, unpacked

    density = unpacked(scenes.density)
    twice = 2 if abs(float(np.linalg.det(density.cell))) < SMALL else 1
    shifts = np.array(list(product(range(twice), repeat=3)))
    framework: dict[str, Any] = {
        # the figure multiplies places by the folding of the run, which these have behind them
        symbol: ((np.array(places)[None] + shifts[:, None]) / twice).reshape(-1, 3) / density.fold
        for symbol, places in scenes.density.framework.items()
    }
    figure, notes = density_figure(tiled(density, twice), framework, scenes.temperature_K)
    return Density(script_json(figure), scenes.density, twice, notes)


def hops_view(scenes: StudyScenes | None, window: HopWindow | None) -> Hops | None:
    """The moving picture of a window of the run, or else of the stored clip; nothing where there is neither."""
    hops = None
    on_sites = window is None
    if window is None:
        if scenes is None or scenes.clip is None:
            return None
        from antiperovskite.transport.study.clip import clip_window

        window, hops = clip_window(scenes.clip), len(scenes.clip.hops)
    scene, moves = hop_scene(window)
    return Hops(script_json(scene), script_json(moves), window, len(window.jumped), hops, on_sites)
