"""One offline HTML file for contacts: the matrix, each reaction-energy curve with its equations, and the works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.errors import OptionError
from antiperovskite.quantity import NotComputed
from antiperovskite.report import references
from antiperovskite.report.contact_plot import MARK, matrix_figure, mixing_figure, partner_name, usual_engine
from antiperovskite.report.figures import script_json
from antiperovskite.report.templating import asset, environment, plotly_javascript


@dataclass
class MatrixView:
    """The matrix under one condition and with one of the two energies."""

    id: str
    name: str
    condition: str
    figure: Markup


@dataclass
class CellView:
    """One contact with its curve, if it has one."""

    id: str
    contact: Contact
    partner: Markup
    condition: str
    figure: Markup | None


@dataclass
class ContactPage:
    """What the template shows."""

    title: str
    matrices: list[MatrixView]
    caption: str
    cells: list[CellView]
    keys: list[str] = field(default_factory=list)


def write_contacts(contacts: Sequence[Contact], path: Path) -> None:
    """Write one self-contained HTML file, whole or not at all.

    Raises
    ------
    OptionError
        There is nothing to show, or the file cannot be written.
    """
    write_atomically(path, render_contacts(contacts))


def render_contacts(contacts: Sequence[Contact]) -> str:
    """Return the page as text; the same contacts give the same page."""
    if not contacts:
        raise OptionError("a page of contacts needs at least one contact; none was given")
    page = _page(contacts)
    return (
        environment()
        .get_template("contact.html.j2")
        .render(
            page=page,
            version=__version__,
            style=Markup(asset("style.css")) + Markup("\n") + Markup(asset("evidence.css")),
            script=Markup(asset("report.js")),
            choose_script=Markup(asset("evidence.js")),
            contact_script=Markup(asset("contact.js")),
            plotly=Markup(plotly_javascript()),
        )
    )


def _page(contacts: Sequence[Contact]) -> ContactPage:
    cells = [
        CellView(f"cell-{place}", cell, partner_name(cell), condition(cell), _figure(cell))
        for place, cell in enumerate(contacts, start=1)
    ]
    electrolytes = list(dict.fromkeys(cell.electrolyte for cell in contacts))
    title = f"What {electrolytes[0]} may touch" if len(electrolytes) == 1 else "What these electrolytes may touch"
    keys = references.all_keys(
        key
        for cell in contacts
        if not isinstance(cell.reaction_energy, NotComputed)
        for key in cell.reaction_energy.citations
    )
    return ContactPage(title, _matrices(contacts), _caption(contacts), cells, list(keys))


def condition(cell: Contact) -> str:
    """Say what the cell is open to, in a few words; empty for a closed system."""
    return "" if cell.voltage is None else f"{cell.voltage.value:g} V"


def _figure(cell: Contact) -> Markup | None:
    figure = mixing_figure(cell)
    return None if figure is None else script_json(figure)


def _matrices(contacts: Sequence[Contact]) -> list[MatrixView]:
    by_condition: dict[str, list[Contact]] = {}
    for cell in contacts:
        by_condition.setdefault(condition(cell), []).append(cell)
    views = []
    for place, (name, cells) in enumerate(by_condition.items()):
        for mutual in (False, True):
            kind = "mutual" if mutual else "total"
            label = f"{kind}, {name}" if name else kind
            views.append(MatrixView(f"{kind}-{place}", label, name, script_json(matrix_figure(cells, mutual=mutual))))
    return views


def _caption(contacts: Sequence[Contact]) -> str:
    open_to = any(cell.voltage is not None for cell in contacts)
    counted = "atom other than the alkali metal" if open_to else "atom"
    circuit = ", which at a voltage includes charging or discharging an electrode" if open_to else ""
    usual = usual_engine(contacts)
    others = sorted({cell.engine for cell in contacts if cell.computed} - {usual})
    mark = f" {MARK}: computed with {', '.join(others)}, all others with {usual}." if others else f" Engine {usual}."
    return (
        f"Lowest reaction energy over all mixing ratios, in meV per {counted}; 0 means that no reaction goes downhill, "
        "a dash that the cell was not computed. Total is against both compounds as given; mutual leaves out what "
        f"either gives off by decomposing on its own{circuit}. Uncertainties and reactions are on hover; a click opens "
        f"the contact below.{mark}"
    )
