"""The Typer application and the one place where exceptions become exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from antiperovskite._version import __version__
from antiperovskite.errors import AntiperovskiteError

app = typer.Typer(
    name="antiperovskite",
    help="From a formula to a verdict on an anti-perovskite battery material.",
    epilog="Start with:  antiperovskite assess Li2OHCl   (writes one offline HTML report)",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"antiperovskite {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


def _register() -> None:
    """Attach the commands; each module imports its science inside its functions."""
    from antiperovskite.cli import commands

    commands.attach(app)


def main() -> None:
    """Entry point: run the command line and turn errors into one line and an exit code."""
    _register()
    try:
        app()
    except AntiperovskiteError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        print("error: interrupted; finished steps are kept, run the same command again", file=sys.stderr)  # noqa: T201
        sys.exit(1)
