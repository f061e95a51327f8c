"""``antiperovskite structure``: a group of commands; without a command's name it builds, as it always did."""

from __future__ import annotations

from typing import Final

import typer
from typer.core import TyperGroup

from antiperovskite.cli.commands import structure_enumerate, structure_phonons, structure_tilt
from antiperovskite.cli.commands.structure import structure

DEFAULT: Final = "build"


class BuildByDefault(TyperGroup):
    """``structure Li3OCl`` means ``structure build Li3OCl``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put the default command in front unless a command or the group's own help was asked for."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [DEFAULT, *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    cls=BuildByDefault,
    no_args_is_help=True,
    help="Starting structures of a formula: build one (the default), tilt it, or enumerate orderings and orientations.",
    epilog="Example:  antiperovskite structure Li3OCl > Li3OCl.cif   (the same as structure build Li3OCl)",
)
app.command(DEFAULT, epilog="Example:  antiperovskite structure build Li2OHCl --candidates --json")(structure)
app.command("enumerate", epilog=structure_enumerate.EXAMPLES)(structure_enumerate.enumerate_)
app.command("tilt", epilog=structure_tilt.EXAMPLES)(structure_tilt.tilt)
app.command("phonons", epilog=structure_phonons.EXAMPLES)(structure_phonons.phonons)
