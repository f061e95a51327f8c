"""One offline HTML file with a conductivity study: displacements, laws, every temperature, cost, jumps to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.quantity import AnyQuantity
from antiperovskite.report import references
from antiperovskite.report.conductivity_plot import law_figure, msd_figure, rotation_figure, share_figure
from antiperovskite.report.conductivity_scenes import density_view, hops_view
from antiperovskite.report.figures import script_json, script_text
from antiperovskite.report.format import number
from antiperovskite.report.templating import asset, environment, plotly_javascript
from antiperovskite.transport.model import Interval
from antiperovskite.transport.study.model import ConductivityStudy

if TYPE_CHECKING:
    from antiperovskite.transport.study.hops import HopWindow


@dataclass(frozen=True)
class _Law:
    title: str
    figure: Markup
    label: str


@dataclass(frozen=True)
class _Number:
    name: str
    value: AnyQuantity
    ends: Markup


def write_conductivity(
    study: ConductivityStudy, path: Path, hops: HopWindow | None = None, *, shipped: bool = False
) -> None:
    """Write the page whole or not at all.

    Parameters
    ----------
    study
        The study.
    path
        The file.
    hops
        A window of the run to show in motion; the study's own clip if not given.
    shipped
        Whether the study came with the package: the page then says what did not come with it.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, render_conductivity(study, hops, shipped=shipped))


def render_conductivity(study: ConductivityStudy, hops: HopWindow | None = None, *, shipped: bool = False) -> str:
    """Return the page as text; the same study gives the same page."""
    displacements = [
        (one, script_json(figure)) for one in study.species if (figure := msd_figure(study, one)) is not None
    ]
    moving = hops_view(study.scenes, hops)
    return (
        environment()
        .get_template("conductivity.html.j2")
        .render(
            study=study,
            numbers=key_numbers(study),
            displacements=displacements,
            laws=_laws(study),
            shares=study.at_shares(),
            share_figure=script_json(figure) if (figure := share_figure(study)) is not None else None,
            turning=[step for step in study.steps if step.rotation or step.rotation_refused],
            rotation_figure=script_json(turns) if (turns := rotation_figure(study)) is not None else None,
            energies=[row for row in study.published if row.activation_energy is not None],
            hops=moving,
            density=density_view(study.scenes),
            jumps=[step for step in study.steps if step.jumps or step.jumps_refused],
            shipped=shipped,
            keys=references.all_keys(_keys(study)),
            law_notes=_law_notes(study),
            json=script_text(study.model_dump_json()),
            version=__version__,
            ends=ends,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            motion=Markup(asset("hops.js")) if moving is not None else None,
            plotly=Markup(plotly_javascript()),
        )
    )


def ends(intervals: tuple[Interval, ...], level: int = 95) -> Markup:
    """Write one interval, an empty text where there is none."""
    found = next((item for item in intervals if item.level == level), None)
    if found is None:
        return Markup("")
    low, high = (number(float(f"{value:.3g}")) for value in (found.low, found.high))
    return Markup("{} to {}").format(low, high)


def key_numbers(study: ConductivityStudy) -> list[_Number]:
    """What a reader looks for first."""
    numbers = [
        _Number("Activation energy", study.activation_energy, ends(study.activation_energy_intervals)),
        _Number(
            "Conductivity of independent ions, 298 K",
            study.nernst_einstein_conductivity_298K,
            ends(study.nernst_einstein_conductivity_298K_intervals),
        ),
        _Number("Conductivity, 298 K", study.conductivity_298K, ends(study.conductivity_298K_intervals)),
        _Number("Haven ratio", study.haven_ratio, Markup("")),
    ]
    if study.barrier is not None:
        numbers.append(_Number("Static barrier, teacher", study.barrier.teacher, Markup("")))
    numbers.append(_Number("Cost in core-hours", study.core_hours, Markup("")))
    return numbers


def _keys(study: ConductivityStudy) -> list[str]:
    """Works behind the numbers of the study and of the literature beside it."""
    jumps = [key for step in study.steps for one in step.jumps for key in one.citations]
    return [*study.citations, *dict.fromkeys(jumps), *(key for row in study.published for key in row.citations)]


def _law_notes(study: ConductivityStudy) -> list[str]:
    """What the laws say of themselves, each thing once."""
    notes: dict[str, list[str]] = {}
    for one in study.series:
        for note in one.law.notes if one.law is not None else ():
            notes.setdefault(note, []).append(one.kind)
    return [note if len(kinds) > 1 else f"{kinds[0]}: {note}" for note, kinds in notes.items()]


def _laws(study: ConductivityStudy) -> list[_Law]:
    found = []
    for one in study.series:
        if one.law is None:
            continue
        title = f"{one.kind} of {one.species}" if one.species else one.kind
        energy = one.law.activation_energy
        found.append(_Law(title, script_json(law_figure(one.law, study)), f"{title}: activation energy {energy}"))
    return found
