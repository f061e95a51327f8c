"""One offline HTML file of the study of M3OA and M2OHA: conclusions, figures and the terms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from antiperovskite._files import write_atomically
from antiperovskite._version import __version__
from antiperovskite.quantity import AnyQuantity
from antiperovskite.report.hydroxide_study_figures import TERM_NAMES, figures

if TYPE_CHECKING:
    from antiperovskite.stability.hydroxide_study.model import HydroxideStudy, TermKey

KEYS: Final[tuple[TermKey, ...]] = ("dry", "oxide", "wet", "hydration")
STYLE: Final = (
    "body{margin:0;background:#f4f6f8;color:#17202b;font:15px/1.55 system-ui,-apple-system,'Segoe UI',sans-serif}"
    "main{max-width:1020px;margin:2rem auto;padding:0 1rem}svg{max-width:100%;height:auto;margin:1rem 0}"
    "table{border-collapse:collapse;width:100%;background:#fff}"
    "th,td{padding:.35rem .6rem;border-bottom:1px solid #dde3e9;"
    "text-align:right}th:first-child,td:first-child{text-align:left}.muted{color:#586573}"
)


def write_study(study: HydroxideStudy, path: Path) -> None:
    """Write one self-contained HTML file without scripts, whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, study_html(study))


def study_html(study: HydroxideStudy) -> str:
    """The page as text."""
    first, *rest = study.statements
    pictures = figures(study)
    statements = "".join(
        f"<li><b>{escape(s.topic)}</b>{f' ({s.verdict})' if s.verdict else ''}. {escape(s.text)}</li>" for s in rest
    )
    rows = "".join(
        f"<tr><td>{cycle.dry_phase}, {cycle.hydrated_phase}</td>"
        + "".join(f"<td>{_number(cycle.term(key).energy)}</td>" for key in KEYS)
        + "</tr>"
        for cycle in study.cycles
    )
    heads = "".join(f"<th>{escape(TERM_NAMES[key])}</th>" for key in KEYS)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>Hydration of M3OA</title><style>{STYLE}</style></head><body><main>'
        f"<h1>Hydration of M₃OA and formation of M₂OHA</h1><p>{escape(first.text)}</p>{pictures['cycle']}"
        f"<ul>{statements}</ul>{pictures['engines']}{pictures['charges']}{pictures['disorder']}"
        "<h2>Terms</h2><p class=muted>Enthalpies at 298.15 K, meV per formula unit, "
        f"{escape(study.engine)}, calibrated.</p>"
        f"<table><thead><tr><th>system</th>{heads}</tr></thead><tbody>{rows}</tbody></table><h2>Limits</h2><ul>"
        f"{''.join(f'<li>{escape(text)}</li>' for text in study.cautions)}</ul>"
        f"<p class=muted>antiperovskite {__version__}</p></main></body></html>\n"
    )


def _number(quantity: AnyQuantity) -> str:
    if quantity.value is None:
        return "–"
    error = "" if quantity.uncertainty is None else f" ± {quantity.uncertainty:.0f}"
    return f"{quantity.value:+z.0f}{error}".replace("-", "−")
