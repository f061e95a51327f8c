"""Printing results: JSON on stdout for machines, tables for people, progress and notes on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_json(data: Any) -> None:
    """Write one JSON document to stdout; models are dumped by their one serialiser."""
    sys.stdout.write(json.dumps(_plain(data), indent=2, ensure_ascii=False) + "\n")


def _plain(data: Any) -> Any:
    if hasattr(data, "model_dump"):
        return data.model_dump(mode="json")
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return data


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print one Rich table to stdout."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")  # a number cut short would be another number
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def print_note(text: str) -> None:
    """Write one line for people to stderr."""
    sys.stderr.write(f"{text}\n")
