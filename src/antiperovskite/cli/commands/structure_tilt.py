"""``antiperovskite structure tilt``: the fifteen tilt systems of a formula, or one of them built."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from antiperovskite.structures.glazer import Tilt
    from antiperovskite.structures.model import StructureModel

EXAMPLES: Final = (
    "Example:  antiperovskite structure tilt Na3OCl   "
    "One of them:  antiperovskite structure tilt Na3OCl --system a+b-b- --angle 7,9 --out Na3OCl.cif"
)


def tilt(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="An X3BA formula with one ion on each site.")],
    *,
    system: Annotated[
        str | None, typer.Option("--system", "-s", help="Build only this Glazer symbol, for example a-a-c0.")
    ] = None,
    angle: Annotated[
        str, typer.Option("--angle", help="Degrees about each tilted axis; one number, or one for each letter: 7,9.")
    ] = "6",
    symprec: Annotated[float, typer.Option("--symprec", help="Tolerance for space groups, angstrom.")] = 1e-3,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the structures to this file.")] = None,
    kind: Annotated[str, typer.Option("--format", "-f", help="Of --out: cif, poscar, extxyz or json.")] = "cif",
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """List the tilt systems of an anti-perovskite with their space groups as found by spglib, and build them."""
    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_json, print_note, print_table
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.structures.export import check_format, to_text
    from antiperovskite.structures.glazer import SYSTEMS
    from antiperovskite.structures.symmetry import spacegroup
    from antiperovskite.structures.variants import build_variant

    kind = check_format(kind)
    if out is not None and out.is_dir():
        raise OptionError(f"cannot write {str(out)!r}: it is a directory; give a file name")
    angles = parse_angles(angle)
    if system is None and len(angles) > 1:
        raise OptionError("several angles need one --system; give one angle for the list of all systems")
    resolved = resolve(formula)
    tilts = _tilts(system, angles)
    models: list[StructureModel] = []
    rows = []
    for item in tilts:
        model = build_variant(resolved, tilt=item)
        symbol, number = spacegroup(model.to_pymatgen(), symprec)
        models.append(model)
        rows.append(
            {
                "tilt": item.symbol,
                "system": item.system.symbol,
                "angles_degrees": list(item.angles_degrees),
                "spacegroup": symbol,
                "spacegroup_number": number,
                "expected_spacegroup": item.system.spacegroup,
                "atoms": len(model.roles),
                "structure": model,
            }
        )
    if out is not None:
        write_atomically(out, to_text(models, kind))
    if json:
        print_json(
            {
                "formula": resolved.formula,
                "symprec": symprec,
                "tilts": [
                    {**row, "structure": model.model_dump(mode="json")} for row, model in zip(rows, models, strict=True)
                ],
                "citations": ["glazer1972", "howard1998"],
            }
        )
    else:
        table = [
            [
                str(row["tilt"]),
                f"{row['spacegroup']} ({row['spacegroup_number']})",
                ", ".join(f"{a:g}" for a in item.angles_degrees),
                str(row["atoms"]),
            ]
            for row, item in zip(rows, tilts, strict=True)
        ]
        columns = ["tilt", "space group (spglib)", "degrees about a, b, c", "atoms"]
        print_table(f"Tilts of {resolved.formula}, {len(SYSTEMS)} systems exist", columns, table)
    if out is not None:
        print_note(f"wrote {len(models)} structure{'s' if len(models) > 1 else ''} to {out}")
    print_note("note: unrelaxed; a tilt is a start for relaxation and may relax away")


def _tilts(system: str | None, angles: tuple[float, ...]) -> list[Tilt]:
    from antiperovskite.structures.glazer import SYSTEMS, parse_tilt

    if system is not None:
        return [parse_tilt(system, angles)]
    return [parse_tilt(item.symbol, angles) for item in SYSTEMS]


def parse_angles(text: str) -> tuple[float, ...]:
    """Read ``8`` or ``7,9`` as degrees."""
    from antiperovskite.errors import OptionError, one_line

    try:
        angles = tuple(float(part) for part in text.split(","))
    except ValueError:
        angles = ()
    if not angles or any(math.isnan(angle) for angle in angles):
        raise OptionError(f"cannot read the tilt angle {one_line(text, 30)!r}; write degrees, as in 8 or 7,9")
    return angles
