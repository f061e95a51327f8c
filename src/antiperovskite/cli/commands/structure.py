"""``antiperovskite structure build``: a starting structure for a formula, of any family."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.structures.model import StructureModel


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
    tilt: Annotated[
        str | None, typer.Option("--tilt", help="Tilt the octahedra: a Glazer symbol such as a-a-c0 or a+b-b-.")
    ] = None,
    angle: Annotated[
        str | None, typer.Option("--angle", help="With --tilt: degrees about each tilted axis, or one for each letter.")
    ] = None,
    polytype: Annotated[
        str | None, typer.Option("--polytype", help="Hexagonal stacking: 2H, 3C, 4H, 6H or 9R.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--form", help="A reported form, such as alpha for Ag3SI or beta for Na3FSO4.")
    ] = None,
    polar: Annotated[
        str | None,
        typer.Option("--polar", metavar="DIRECTION=ANGSTROM", help="Move B off-centre: 001=0.1, 110=0.1 or 111=0.1."),
    ] = None,
    strain: Annotated[
        str | None,
        typer.Option(
            "--strain", metavar="NAME=PERCENT", help="tetragonal=2, orthorhombic=2, sheared=2 or rhombohedral=2."
        ),
    ] = None,
    scattered: Annotated[
        str | None,
        typer.Option(
            "--scattered",
            metavar="3x3x3",
            help="A supercell whose shared sites (empty X, two kinds of ion) are filled by chance.",
        ),
    ] = None,
    amorphous: Annotated[bool, typer.Option("--amorphous", help="A random packing in a cubic box.")] = False,
    atoms: Annotated[
        int | None, typer.Option("--atoms", help="With --amorphous: about this many (default 200).")
    ] = None,
    density: Annotated[
        float | None, typer.Option("--density", help="With --amorphous: g/cm^3 (default: 90 % of the crystal's).")
    ] = None,
    min_distance: Annotated[
        list[str] | None,
        typer.Option("--min-distance", metavar="LI-O=1.8", help="With --amorphous: angstrom; may be repeated."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="With --amorphous or --scattered: of the choices.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Build a starting structure from ionic radii: not relaxed, every choice said on standard error.

    Examples:

    antiperovskite structure Li3OCl > Li3OCl.cif

    antiperovskite structure Li3OCl --tilt a-a-c0 --angle 8

    antiperovskite structure Li3OCl --amorphous --atoms 200 --seed 1 --format extxyz --out glass.xyz

    antiperovskite structure Li2OHCl --candidates --format extxyz --out Li2OHCl.xyz

    antiperovskite structure Li2OHCl --scattered 3x3x3 --seed 1 --out disordered.cif

    antiperovskite structure Na4OI2 --json
    """
    import sys

    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_note
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.structures import candidate_structures
    from antiperovskite.structures.export import check_format, to_text

    kind = check_format("json" if as_json else kind)
    changes = {"--tilt": tilt, "--polytype": polytype, "--form": form, "--polar": polar, "--strain": strain}
    chosen = [name for name, value in changes.items() if value is not None]
    alone = {"--candidates": candidates, "--amorphous": amorphous, "--scattered": scattered is not None}
    packing = {"--atoms": atoms, "--density": density, "--min-distance": min_distance or None}
    if scattered is None:
        packing["--seed"] = seed
    stray = [name for name, value in packing.items() if value is not None]
    _check_options(tilts, kind, [name for name, given in alone.items() if given], chosen, [] if amorphous else stray)
    if angle is not None and tilt is None:
        raise OptionError("--angle is the angle of a tilt; give it together with --tilt")
    if out is not None and out.is_dir():
        raise OptionError(f"cannot write {str(out)!r}: it is a directory; give a file name")
    resolved = resolve(formula)
    average = None if form is None else _average(resolved, form, kind)
    if average is not None and len(chosen) > 1:
        raise OptionError("a disordered average takes no tilt, off-centring or strain; give --form alone")
    models: list[StructureModel] = []
    if candidates:
        models = candidate_structures(resolved, tilts=tilts)
    elif amorphous or scattered is not None:
        models = [_by_chance(resolved, scattered, atoms, density, min_distance, seed or 0)]
    elif average is None:
        models = [_variant(resolved, tilt, angle, polytype, form, polar, strain)]
    text = to_text(models, kind) if average is None else average
    if out is None:
        sys.stdout.write(text)
    else:
        write_atomically(out, text)
    for model in models:
        print_note(f"{model.formula}: {model.description} ({len(model.roles)} atoms)")
    for note in dict.fromkeys(note for model in models for note in model.notes):
        print_note(f"note: {note}")
    if out is not None:
        print_note(f"wrote {max(1, len(models))} structure{'s' if len(models) > 1 else ''} to {out}")


def _check_options(tilts: bool, kind: str, alone: list[str], chosen: list[str], stray: list[str]) -> None:
    """Refuse options that contradict each other; ``stray`` are options of packings given without one."""
    from antiperovskite.errors import OptionError

    candidates = "--candidates" in alone
    if tilts and not candidates:
        raise OptionError("--tilts adds candidates; give it together with --candidates")
    if candidates and kind == "poscar":
        raise OptionError("a POSCAR holds one structure; use --candidates with --format cif, extxyz or json")
    if len(alone) + bool(chosen) > 1:
        raise OptionError(f"{' and '.join([*alone, *chosen])} each choose the structure; give only one of them")
    if stray:
        raise OptionError(f"{', '.join(stray)} belong to random packings; give them together with --amorphous")


def _variant(
    formula: Formula,
    tilt: str | None,
    angle: str | None,
    polytype: str | None,
    form: str | None,
    polar: str | None,
    strain: str | None,
) -> StructureModel:
    from antiperovskite.cli.commands.structure_tilt import parse_angles
    from antiperovskite.structures.glazer import DEFAULT_ANGLE_DEGREES, parse_tilt
    from antiperovskite.structures.variants import build_variant

    angles = (DEFAULT_ANGLE_DEGREES,) if angle is None else parse_angles(angle)
    return build_variant(
        formula,
        tilt=None if tilt is None else parse_tilt(tilt, angles),
        polytype=polytype,
        form=form,
        polar=None if polar is None else _amplitude("--polar", polar, "111=0.1"),
        strained=None if strain is None else _amplitude("--strain", strain, "tetragonal=2"),
    )


def _by_chance(
    formula: Formula,
    scattered: str | None,
    atoms: int | None,
    density: float | None,
    min_distance: list[str] | None,
    seed: int,
) -> StructureModel:
    """Ions dealt out over the sites of a supercell, or thrown into a box."""
    from antiperovskite.dynamics.sources import scattered_model
    from antiperovskite.structures.amorphous import pack

    if scattered is not None:
        return scattered_model(formula.formula, scattered, seed)
    size = 200 if atoms is None else atoms
    return pack(formula, size, density_g_cm3=density, min_distances_A=_distances(min_distance or []), seed=seed)


def _amplitude(option: str, text: str, example: str) -> tuple[str, float]:
    from antiperovskite.errors import OptionError, one_line

    name, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not name.strip() or math.isnan(value):
        raise OptionError(
            f"cannot read {option} {one_line(text, 30)!r}; write a name and an amplitude, as in {example}"
        )
    return name.strip().lower(), value


def _distances(pairs: list[str]) -> dict[tuple[str, str], float]:
    from antiperovskite.errors import OptionError

    result: dict[tuple[str, str], float] = {}
    for pair in pairs:
        name, value = _amplitude("--min-distance", pair, "Li-O=1.8")
        first, dash, second = (part.strip().capitalize() for part in name.partition("-"))
        if not (first and dash and second):
            raise OptionError(f"cannot read --min-distance {pair[:30]!r}; name two elements, as in Li-O=1.8")
        result[first, second] = value
    return result


def _average(formula: Formula, name: str, kind: str) -> str | None:
    """CIF of a disordered form, or ``None`` where the form has an ordered model."""
    from antiperovskite.errors import OptionError
    from antiperovskite.structures.forms import average_cif, find_form

    form = find_form(formula, name)
    if form.built != "average":
        return None
    if kind != "cif":
        raise OptionError(f"the form {form.name} is disordered; only CIF can hold partial occupancies: --format cif")
    return average_cif(formula, form)
