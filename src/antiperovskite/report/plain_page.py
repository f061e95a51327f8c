"""The page of one command: heading, plots, tables and notes in one offline file, without tabs or themes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

STYLE: Final = (
    "body{font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1b2733;max-width:1180px;margin:0 auto;"
    "padding:8px 16px 40px}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:4px 12px 4px 0;"
    "border-bottom:1px solid #e3e7eb;vertical-align:top}li{color:#4a5663;font-size:13px}td.m{color:#4a5663;"
    "font-size:13px}h1{font-size:22px;margin:12px 0 0}"
)


def plain_page(title: str, body: str, more_style: str = "") -> str:
    """A whole page; ``body`` is HTML that follows the heading."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><link rel='icon' href='data:,'><style>{STYLE}{more_style}</style></head><body>"
        f"<h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def plain_plot(figure: dict[str, Any], *, first: bool = True) -> str:
    """A figure as HTML; the first of a page brings plotly along."""
    from plotly.io import to_html

    return str(
        to_html(
            figure, include_plotlyjs=first, full_html=False, validate=False,
            config={"displaylogo": False, "responsive": True},
        )
    )  # fmt: skip


def plain_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of plain text."""
    header = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{header}</tr>{body}</table>"


def plain_notes(notes: Iterable[str]) -> str:
    """A list of notes of plain text."""
    return "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"
