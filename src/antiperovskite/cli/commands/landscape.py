"""``antiperovskite landscape``: where a cation can go and over which passes, from bond-valence site energies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.landscape.model import Landscape

EXAMPLES = "Example:  antiperovskite landscape Li3OCl --html landscape.html"


def landscape(
    target: Annotated[str, typer.Argument(metavar="FORMULA|CIF", help="Such as Li3OCl, or an ordered CIF.")],
    *,
    ion: Annotated[str | None, typer.Option(help="Cation that moves (default: the most numerous).")] = None,
    resolution: Annotated[float, typer.Option(help="Angstrom between grid points, 0.05 to 0.5.")] = 0.15,
    engine: Annotated[
        str | None, typer.Option(help="Relax the structure with this engine first (see antiperovskite engines list).")
    ] = None,
    longest: Annotated[
        float | None, typer.Option("--longest-hop", help="Angstrom (default: as far as needed to connect all sites).")
    ] = None,
    whole_bond: Annotated[
        bool, typer.Option("--whole-bond", help="Count the whole Morse energy of a bond, not half of it.")
    ] = False,
    table: Annotated[
        Path | None, typer.Option("--table", help="Write the barriers as a rates file for kmc and percolate (YAML).")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", "-o", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Map bond-valence site energies: percolation energies, hops and bottlenecks, in a second.

    A screen: the other ions stand still, nothing is calibrated. Exit code 3 if no level percolates in all directions.
    """
    from antiperovskite._files import check_writable
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.landscape import charged_crystal, landscape_study
    from antiperovskite.landscape.parameters import SHARE

    for path in (table, html):
        if path is not None:
            check_writable(path.parent)
    structure, lattice, notes = starting_point(target, engine)
    result, found = landscape_study(
        charged_crystal(structure, notes=notes),
        ion,
        resolution=resolution,
        share=1.0 if whole_bond else SHARE,
        longest=longest,
        lattice=lattice,
    )
    if table is not None:
        write_table(result, table)
        print_note(f"wrote {table}")
    if html is not None:
        from antiperovskite.report.landscape_page import write_landscape

        write_landscape(result, found, html)
        print_note(f"wrote {html}")
    if json:
        print_json(result)
    else:
        _print(result)
    if result.thresholds[2].energy.value is None:
        raise typer.Exit(code=3)


def starting_point(target: str, engine: str | None) -> tuple[Any, str, tuple[str, ...]]:
    """The structure, where its lattice came from, and what must be said: relaxed if asked for or shipped relaxed."""
    from antiperovskite.cli.commands._crystals import looks_like_path, read_crystal
    from antiperovskite.structures.gallery import records

    if looks_like_path(target):
        structure, said = read_crystal(target)
        lattice, notes = "of the CIF", tuple(said)
    else:
        from antiperovskite.composition import resolve
        from antiperovskite.structures import build_structure

        formula = resolve(target)
        shipped = records().get(formula.formula) if engine is None else None
        if shipped is not None:
            return shipped.structure, f"relaxed with {shipped.engine} (shipped)", ()
        structure = build_structure(formula)
        lattice = "estimated from ionic radii, not relaxed: barriers depend on it; relax with --engine 7net-0"
        notes = (structure.description, *structure.notes)
    if engine is None:
        return structure, lattice, notes
    return _relaxed(structure, engine, notes)


def _relaxed(structure: Any, name: str, notes: tuple[str, ...]) -> tuple[Any, str, tuple[str, ...]]:
    from antiperovskite.engines import get_engine, relax

    bare = structure.to_pymatgen() if hasattr(structure, "to_pymatgen") else structure
    done = relax(bare, get_engine(name), keep_symmetry=True)
    if not hasattr(structure, "roles"):
        from pymatgen.core import Structure

        return Structure.from_dict(done.structure), f"relaxed with {name}", notes
    return structure.model_copy(update={"structure": done.structure}), f"relaxed with {name}", notes


def write_table(result: Landscape, path: Path) -> None:
    """Write barriers by hop length as ``kmc --interactions`` and ``percolate --barriers`` read them."""
    import yaml

    from antiperovskite._files import write_atomically
    from antiperovskite.errors import DataError
    from antiperovskite.kinetics.table import LengthBarrier, RateTable

    by_length: dict[float, list[float]] = {}
    for hop in result.hops:
        middle = 0.5 * (hop.barrier.value + hop.reverse.value)  # the barrier without the change of energy
        by_length.setdefault(round(hop.length.value, 2), []).append(middle)
    if any(max(values) - min(values) > 0.01 for values in by_length.values()):
        raise DataError(
            f"hops of one length have different barriers in {result.name}: a table by length cannot hold them; for "
            "mixed anions use antiperovskite percolate --barriers landscape"
        )
    rates = RateTable(
        source=f"bond-valence screening values of {result.name} (uncalibrated), lattice {result.lattice}",
        lengths=tuple(
            LengthBarrier(
                from_angstrom=round(length - 0.02, 3), to_angstrom=round(length + 0.02, 3),
                barrier_eV=round(sum(values) / len(values), 4),
            )
            for length, values in sorted(by_length.items())
        ),
    )  # fmt: skip
    write_atomically(path, yaml.safe_dump(rates.model_dump(mode="json", exclude_defaults=True), sort_keys=False))


def _print(result: Landscape) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.report.landscape_page import (
        HOP_COLUMNS,
        SITE_COLUMNS,
        THRESHOLD_COLUMNS,
        hop_rows,
        site_rows,
        threshold_rows,
    )

    print_table(f"{result.name}: bond-valence energies of {result.ion}", THRESHOLD_COLUMNS, threshold_rows(result))
    print_table("Hops", HOP_COLUMNS, hop_rows(result))
    print_table("Sites", SITE_COLUMNS, site_rows(result))
    print_note(f"octahedron volume {result.octahedron_volume}; radius of {result.ion} {result.ion_radius}")
    print_note(f"lattice {result.lattice}; octahedra, spheres and windows by Shannon radii")
    for note in result.notes:
        print_note(f"note: {note}")
