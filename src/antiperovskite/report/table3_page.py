"""The study of Table 3 as a page: Markdown for the documentation, one offline HTML file for a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.quantity import AnyQuantity
from antiperovskite.report.hydroxide_study_page import STYLE
from antiperovskite.report.table3_figures import PROBES, figures

if TYPE_CHECKING:
    from antiperovskite.diffraction.published_study.model import Found, Table3Study

Table = tuple[list[str], list[list[str]]]

HEADINGS: Final = {
    "models": "Models",
    "energies": "Energies and symmetry",
    "lattices": "Lattices and hydroxide",
    "lines": "Superlattice lines",
    "hidden": "Hidden from X-rays, seen by neutrons",
    "disagreements": "Disagreements",
}
CAPTIONS: Final = {
    "models": "What was reported, and what the rebuilt model rests on. Cells are in parent cells along a, b, c.",
    "energies": "meV per formula unit above the lowest of all, each relaxed freely from a displaced start; the "
    "uncertainty is the standard deviation between engines. *Strained*: positions relaxed in the reported lattice, "
    "above the free relaxation. Space groups of the relaxed ordered cells at three tolerances (angstrom).",
    "lattices": "Edges per parent cell in angstrom along the reported a, b, c; 90° between O–H and every O–Li bond "
    "means that OH points at an empty site.",
    "lines": "Strongest line that the five-atom cell does not have, in per cent of the strongest of all: what a "
    "doubled cell would be recognised by.",
    "hidden": "Pairs that X-rays do not tell apart in the common lattice (at most 2 sigma) and neutrons do (5 sigma). "
    "Numbers are standard deviations at the stated counts.",
    "disagreements": "Each judged by the rule in its row from the numbers on this page; no outcome is written by hand.",
}


def value(quantity: AnyQuantity, places: int = 1) -> str:
    """A value with its uncertainty, or a dash."""
    if quantity.value is None:
        return "–"
    error = "" if quantity.uncertainty is None else f" ± {quantity.uncertainty:.{places}f}"
    return f"{quantity.value:z.{places}f}{error}".replace("-", "−")


def tables(study: Table3Study) -> dict[str, Table]:
    """Every table of the page: column heads and rows of plain text."""
    return {
        "models": _models(study),
        "energies": _energies(study),
        "lattices": _lattices(study),
        "lines": _lines(study),
        "hidden": _hidden(study),
        "disagreements": _disagreements(study),
    }


def _models(study: Table3Study) -> Table:
    rows = [
        [
            item.id,
            item.study,
            _doi(item),
            item.space_group or "–",
            " ".join(f"{q.value:g}" for q in item.lattice) or "–",
            item.technique,
            item.coordinates,
            item.arrangement or item.why_not,
            item.average_group or "–",
        ]
        for item in study.models
    ]
    columns = ["id", "study", "DOI", "reported group", "a b c, Å", "technique", "coordinates"]
    return [*columns, "rebuilt as", "group of the rebuilt average"], rows


def _doi(item: Found) -> str:
    """The DOI where it was checked; else the citation key."""
    return item.doi if item.doi and item.doi_trust == "verified" else ", ".join(item.citations)


def _energies(study: Table3Study) -> Table:
    known = [item for item in study.models if item.above_lowest.value is not None]
    known.sort(key=lambda item: (item.above_lowest.value or 0.0, item.id))
    tolerances = list(known[0].groups_found) if known else []
    rows = [
        [
            item.id,
            item.space_group,
            value(item.above_lowest),
            *(value(item.by_engine[name]) if name in item.by_engine else "–" for name in study.engines),
            value(item.strained),
            *(item.groups_found.get(t, "–") for t in tolerances),
            str(item.arrangements or "–"),
        ]
        for item in known
    ]
    groups = [f"group, {t} Å" for t in tolerances]
    return ["id", "reported", "above lowest", *study.engines, "strained", *groups, "arrangements compared"], rows


def _lattices(study: Table3Study) -> Table:
    rows = [
        [
            item.id,
            " ".join(f"{q.value:.3f}" for q in item.edges_reported),
            " ".join(f"{q.value:.3f}" for q in item.edges_found),
            value(item.volume_change),
            value(item.oh_angle),
            value(item.oh_towards_vacancy, 2),
        ]
        for item in study.models
        if item.edges_found
    ]
    columns = ["id", "reported edges", "relaxed edges", "volume, %", "O–H to nearest O–Li, °", "share at empty sites"]
    return columns, rows


def _lines(study: Table3Study) -> Table:
    rows = [
        [item.id, *(value(item.superlattice[probe], 2) for probe in PROBES)]
        for item in study.models
        if any(quantity.value is not None for quantity in item.superlattice.values())
    ]
    return ["id", *PROBES.values()], rows


def _hidden(study: Table3Study) -> Table:
    sigma = {(i.first, i.second, i.probe): i.sigma.value for i in study.contrasts if i.lattice == "common"}
    rows = [
        [one, two, *(f"{sigma[one, two, probe]:.1f}" for probe in PROBES if (one, two, probe) in sigma)]
        for one, two in study.hidden_from_xrays
    ]
    return ["first", "second", *PROBES.values()], rows


def _disagreements(study: Table3Study) -> Table:
    rows = [[d.topic, d.claim, d.outcome, d.reason, d.rule] for d in study.disagreements]
    return ["topic", "disagreement", "outcome", "numbers", "rule"], rows


HEAD: Final = """\
# The structures of Table 3

<!-- generated by scripts/table3_study.py: do not edit -->

Table 3 of the perspective ([10.1039/d1ta03680g](https://doi.org/10.1039/d1ta03680g)) lists the structures proposed for
Li2OHCl at room temperature; "none have, as yet, been reproduced or verified". This page rebuilds them, relaxes them,
and asks which of them a diffractometer could have told apart at all. Everything on it is computed from shipped
relaxations:

```console
$ antiperovskite study table3
$ antiperovskite distinguish Table3:hanghofer-pban Table3:hanghofer-pmmm --counts 1e6
$ antiperovskite pattern Table3:schwering-amm2 --radiation neutron --isotope H=D
$ antiperovskite study table3 --cif models/     # CIF files of the rebuilt models
$ python scripts/table3_study.py                # writes this page
```
"""

METHOD: Final = """\
## How it was done

- **Coordinates.** None of the publications' coordinates could be read where this was made, and no open copy was found.
  A study's space group and lattice are its own; the rest is rebuilt. Every way in which the space group lies in the
  anti-perovskite parent with the reported cell is found (all origins), and under each every arrangement of ordered
  empty lithium sites with OH along <100> towards an empty one. Where some average has exactly the reported group on
  ideal sites, only those are kept; otherwise the group is sought by displacements, at first
  random ones that obey it. Arrangements that really need the reported (doubled) cell go before others.
- **Choice.** Positions of every arrangement are relaxed in the reported lattice; the lowest stands for the study. H
  that the group spreads over several directions is relaxed in one ordered choice and averaged afterwards.
- **Free relaxation.** The chosen cell is displaced by 0.03 Å and relaxed with its lattice. The cubic phase is relaxed
  as one random snapshot of eight formula units, shown under cubic-100; cross-check engines start from the result.
- **Patterns** are those of the average structures. *Common lattice*: shortest, middle and longest parent edge of every
  model are set to the mean of the room-temperature measurements, so that only the atoms differ. *Own lattice*: as
  reported; line splitting then tells most models apart whatever their atoms are.
"""


def markdown(study: Table3Study, images: str = "images/table3") -> str:
    """The documentation page."""
    content = tables(study)
    parts = [HEAD, "## What comes out\n", *(f"- {text}" for text in study.statements), ""]
    for key, heading in HEADINGS.items():
        parts += [f"## {heading}\n", CAPTIONS[key], "", _markdown_table(content[key]) if content[key][1] else "None.\n"]
        if key == "energies":
            parts.append(f"![Energies of the relaxed models in every engine]({images}-energies.svg)\n")
        if key == "lines":
            parts += [
                "## Who can be told from whom\n",
                f"Conditions: {study.conditions}.\n",
                f"![Pairs told apart in a common lattice]({images}-common.svg)\n",
                f"![Pairs told apart in their reported lattices]({images}-own.svg)\n",
            ]
    parts += [METHOD, "## Limits\n", *(f"- {text}" for text in study.cautions)]
    parts += [f"- {study.engine}: {text}" for text in study.known_bias]
    return "\n".join(parts).rstrip() + "\n"


def _markdown_table(table: Table) -> str:
    columns, rows = table
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    clean = [[" ".join(cell.replace("|", "\\|").replace("<", "\\<").split()) for cell in row] for row in rows]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in clean)]) + "\n"


def write_table3(study: Table3Study, path: Path) -> None:
    """Write one self-contained HTML file without scripts, whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, table3_html(study))


def table3_html(study: Table3Study) -> str:
    """The page as HTML text."""
    content, pictures = tables(study), figures(study)
    parts = ["<ul>", *(f"<li>{escape(text)}</li>" for text in study.statements), "</ul>", pictures["energies"]]
    parts += [f"<h2>Who can be told from whom</h2><p class=muted>{escape(study.conditions)}</p>"]
    parts += [pictures["common"], pictures["own"]]
    for key, heading in HEADINGS.items():
        caption = CAPTIONS[key].replace("*", "")
        parts.append(f"<h2>{escape(heading)}</h2><p class=muted>{escape(caption)}</p>{_html_table(content[key])}")
    parts += ["<h2>Limits</h2><ul>", *(f"<li>{escape(text)}</li>" for text in study.cautions), "</ul>"]
    wide = STYLE.replace("max-width:1020px", "max-width:1280px").replace("text-align:right", "text-align:left")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>Structures of Li2OHCl</title><style>{wide}</style></head><body><main>'
        f"<h1>Published structures of Li₂OHCl, rebuilt and compared</h1>{''.join(parts)}"
        f"<p class=muted>antiperovskite {__version__}, {escape(study.engine)}</p></main></body></html>\n"
    )


def _html_table(table: Table) -> str:
    columns, rows = table
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div style='overflow-x:auto'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
