"""Every command helps with an example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from antiperovskite.cli.commands import attach


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_has_a_sentence_and_an_example() -> None:
    app = typer.Typer()
    attach(app)
    found = list(commands(typer.main.get_command(app)))
    assert len(found) > 15
    for path, command in found:
        assert command.help, path
        words = f"{command.help} {command.epilog or ''}"
        assert f"antiperovskite {' '.join(path)}" in words, path
