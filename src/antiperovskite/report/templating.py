"""What every page is made with: the template environment, our own files, and plotly's JavaScript, all for inlining."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from antiperovskite.quantity import NotComputed

if TYPE_CHECKING:
    from jinja2 import Environment

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|const|class|async)", re.MULTILINE)
ANSWERS = ("no", "unlikely", "unclear", "likely", "yes")


def asset(name: str) -> str:
    """Return one of our own files, comments of the licence kind kept, ready for an inline element.

    A script gets what it imports of ours put before it, because an inline module has no neighbours. Imports stand on
    lines of their own, ``import { a, b } from "./other.js";``, and nothing is renamed.
    """
    return "\n".join(_parts(name, {}).values()) if name.endswith(".js") else _text(name)


def _text(name: str) -> str:
    return files("antiperovskite").joinpath("report", "templates", name).read_text(encoding="utf-8")


def _parts(name: str, found: dict[str, str]) -> dict[str, str]:
    """The files of a module by name, each after those it imports."""
    text = _text(name)
    for wanted in _IMPORT.findall(text):
        if wanted not in found:
            _parts(wanted, found)
    found[name] = _EXPORT.sub("", _IMPORT.sub("", text))
    return found


@cache
def plotly_javascript() -> str:
    """Return plotly.js from the installed wheel; reading the file spares the import of plotly itself."""
    from importlib.metadata import files as distribution_files

    for entry in distribution_files("plotly") or []:
        if entry.name == "plotly.min.js" and entry.parent.name == "package_data":
            return Path(str(entry.locate())).read_text(encoding="utf-8").replace("</script", "<\\/script")
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("</script", "<\\/script")


@cache
def environment() -> Environment:
    """Return the Jinja environment: autoescaping, strict about undefined names, with the pages' filters."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from antiperovskite.assessment.verdicts import words as verdict_words
    from antiperovskite.report import format as text
    from antiperovskite.report import plots, references, view

    found = Environment(
        loader=PackageLoader("antiperovskite", "report/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        chem=text.chem,
        reaction_name=text.reaction_name,
        prose=text.prose,
        quantity=text.quantity,
        amount=text.amount,
        duration=text.duration,
        water_content=verdict_words.water_content,
        dry_range=verdict_words.dry_range,
        percent=verdict_words.percent,
        reference=references.full,
        short_reference=references.short,
    )
    found.tests["missing"] = lambda q: q is None or isinstance(q, NotComputed)
    found.globals.update(
        answers=ANSWERS,
        row_reference=view.row_reference,
        all_quantities=view.other_quantities,
        pattern_name=plots.pattern_name,
    )
    return found
