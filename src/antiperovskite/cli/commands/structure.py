"""``antiperovskite structure``: a starting structure for a formula."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def structure(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="An anti-perovskite formula, for example Li2OHCl.")],
    *,
    kind: Annotated[str, typer.Option("--format", "-f", help="cif, poscar, extxyz or json.")] = "cif",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file instead of standard output.")
    ] = None,
    candidates: Annotated[
        bool,
        typer.Option("--candidates", help="All arrangements worth comparing (orders, orientations), not the first."),
    ] = False,
    tilts: Annotated[
        bool, typer.Option("--tilts", help="With --candidates: also octahedral tilts where they are defined.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Build a starting structure from ionic radii: not relaxed, every choice said on standard error.

    Examples:

    antiperovskite structure Li3OCl > Li3OCl.cif

    antiperovskite structure Li2OHCl --candidates --format extxyz --out Li2OHCl.xyz

    antiperovskite structure Na4OI2 --json
    """
    import sys

    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_note
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.structures import build_structure, candidate_structures
    from antiperovskite.structures.export import check_format, to_text

    kind = check_format("json" if as_json else kind)
    if tilts and not candidates:
        raise OptionError("--tilts adds candidates; give it together with --candidates")
    if candidates and kind == "poscar":
        raise OptionError("a POSCAR holds one structure; use --candidates with --format cif, extxyz or json")
    if out is not None and out.is_dir():
        raise OptionError(f"cannot write {str(out)!r}: it is a directory; give a file name")
    resolved = resolve(formula)
    models = candidate_structures(resolved, tilts=tilts) if candidates else [build_structure(resolved)]
    text = to_text(models, kind)
    if out is None:
        sys.stdout.write(text)
    else:
        write_atomically(out, text)
    for model in models:
        print_note(f"{model.formula}: {model.description} ({len(model.roles)} atoms)")
    for note in dict.fromkeys(note for model in models for note in model.notes):
        print_note(f"note: {note}")
    if out is not None:
        print_note(f"wrote {len(models)} structure{'s' if len(models) > 1 else ''} to {out}")
