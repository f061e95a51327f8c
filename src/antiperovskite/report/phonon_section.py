"""The part of a report that shows phonons: bands, the levels worth a row, and modes in motion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from antiperovskite.report.figures import script_json

if TYPE_CHECKING:
    from antiperovskite.report.view import FormulaView
    from antiperovskite.vibrations.model import NamedLevel, PhononStudy

ROWS: Final = 12
STABLE_ROWS: Final = 6


def add_phonons(view: FormulaView) -> None:
    """Prepare the section; nothing where the assessment holds no phonons."""
    study = view.assessment.phonons
    if study is None:
        return
    from antiperovskite.report.phonon_plot import SHOWN_AMPLITUDE, bands_figure
    from antiperovskite.report.phonon_scene import moving_scene

    view.add("bands", bands_figure(study))
    view.levels = shown_levels(study)
    view.modes = [_mode(study, k) for k in range(len(study.soft_modes))]
    view.amplitude = SHOWN_AMPLITUDE
    view.moves = moves_of(study)
    if study.soft_modes:
        view.add("motion", moving_scene(study.soft_modes[0]))


def shown_levels(study: PhononStudy) -> list[NamedLevel]:
    """Return the unstable levels, or the lowest of a structure without any."""
    if study.unstable:
        return list(study.unstable[:ROWS])
    return sorted(study.levels, key=lambda level: level.frequency)[:STABLE_ROWS]


def _mode(study: PhononStudy, k: int) -> dict[str, Any]:
    mode = study.soft_modes[k]
    return {"name": mode.name, "q": mode.q_label, "frequency": mode.frequency}


def moves_of(study: PhononStudy) -> Markup:
    """Return the displacements of every shown mode for the page's script."""
    moves = [
        {"moves": [round(float(value), 4) for move in mode.displacements for value in move]}
        for mode in study.soft_modes
    ]
    return script_json({"modes": moves})
