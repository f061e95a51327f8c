"""``antiperovskite structure enumerate``: inequivalent orderings and orientations, ranked, or a quasirandom cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from antiperovskite.engines.ranking import RankedCandidate
    from antiperovskite.quantity import AnyQuantity
    from antiperovskite.structures.model import StructureModel
    from antiperovskite.structures.ordering.model import Ordering, OrderingStudy
    from antiperovskite.structures.ordering.quasirandom import Quasirandom

EXAMPLES: Final = (
    "Example:  antiperovskite structure enumerate Li2OHCl --supercell 2x1x1 --orient OH=100 --top 5   "
    "Large cells:  antiperovskite structure enumerate Li3OCl0.5Br0.5 --supercell 3x3x4 --quasirandom --out sqs.cif"
)


def enumerate_(
    formula: Annotated[str, typer.Argument(metavar="FORMULA", help="An anti-perovskite formula, for example Li2OHCl.")],
    *,
    supercell: Annotated[
        str, typer.Option("--supercell", "-s", help="2x2x2, or nine whole numbers (three rows).")
    ] = "1x1x1",
    orient: Annotated[
        list[str] | None,
        typer.Option(
            "--orient", metavar="ION=WHICH", help="Turn a cluster ion: OH=100, OH=111, BH4=all; may be repeated."
        ),
    ] = None,
    rule: Annotated[
        str, typer.Option("--rule", help="H points to a vacancy: test it on all orderings, or enforce it.")
    ] = "test",
    top: Annotated[int, typer.Option("--top", help="Build this many of the lowest.")] = 10,
    limit: Annotated[int, typer.Option("--limit", help="Refuse beyond this many inequivalent orderings.")] = 100_000,
    first: Annotated[
        int | None, typer.Option("--first", help="Stop after this many orderings instead of refusing.")
    ] = None,
    lattice_a: Annotated[
        float | None, typer.Option("--lattice", help="Edge of the cubic cell, angstrom (default: from ionic radii).")
    ] = None,
    symprec: Annotated[float, typer.Option("--symprec", help="Tolerance for space groups, angstrom.")] = 0.01,
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="Relax the lowest with this engine and rank again.")
    ] = None,
    fmax: Annotated[float, typer.Option("--fmax", help="With --engine: force criterion, eV/angstrom.")] = 0.03,
    rattle: Annotated[
        float, typer.Option("--rattle", help="With --engine: displace atoms first, angstrom, to leave saddle points.")
    ] = 0.03,
    quasirandom: Annotated[
        bool, typer.Option("--quasirandom", help="One special quasirandom structure instead of all orderings.")
    ] = False,
    shells: Annotated[int, typer.Option("--shells", help="With --quasirandom: distances matched.")] = 4,
    steps: Annotated[int, typer.Option("--steps", help="With --quasirandom: swaps of each replica.")] = 4000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of annealing and rattling.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the structures to this file.")] = None,
    kind: Annotated[str, typer.Option("--format", "-f", help="Of --out: cif, extxyz or json.")] = "cif",
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Enumerate the inequivalent orderings of ions, vacancies and orientations in a supercell, and rank them."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.structures.export import check_format
    from antiperovskite.structures.ordering.quasirandom import quasirandom_structure
    from antiperovskite.structures.ordering.space import parse_supercell
    from antiperovskite.structures.ordering.study import study_orderings

    kind = check_format(kind)
    if rule not in ("test", "enforce"):
        raise OptionError(f"unknown rule mode {rule[:40]!r}; choose test or enforce")
    if out is not None and out.is_dir():
        raise OptionError(f"cannot write {str(out)!r}: it is a directory; give a file name")
    turned = _read_orient(orient or [])
    matrix = parse_supercell(supercell)
    resolved = resolve(formula)
    if quasirandom:
        if engine is not None or turned or rule == "enforce":
            raise OptionError("--quasirandom takes no --engine, --orient or --rule enforce; drop one of them")
        found = quasirandom_structure(
            resolved, matrix, shells=shells, steps=steps, seed=seed, lattice_a=lattice_a, symprec=symprec
        )
        _write([found.structure], out, kind)
        if json:
            print_json({"quasirandom": found})
        else:
            _print_quasirandom(found)
        return
    study = study_orderings(
        resolved,
        matrix,
        orient=turned,
        enforce_rule=rule == "enforce",
        top=top,
        limit=limit,
        first=first,
        lattice_a=lattice_a,
        symprec=symprec,
    )
    listed = _listed(study)
    ranking = None if engine is None else _rank([item.structure for item in listed], engine, fmax, rattle, seed)
    models = [item.structure for item in study.orderings]
    if ranking is not None:
        models = [item.structure for item in ranking if item.structure is not None]
    _write(models, out, kind)
    if json:
        rows = None if ranking is None else [_engine_row(listed, item) for item in ranking]
        print_json({"enumeration": study, "engine": rows})
    else:
        _print(study, listed, ranking)
    for note in study.notes:
        print_note(f"note: {note}")
    if ranking is not None and any(item.structure is None for item in ranking):
        raise typer.Exit(3)


def _read_orient(pairs: list[str]) -> dict[str, list[str]]:
    from antiperovskite.errors import OptionError, one_line

    result: dict[str, list[str]] = {}
    for pair in pairs:
        ion, equals, which = (part.strip() for part in pair.partition("="))
        if not (ion and equals and which):
            raise OptionError(f"cannot read the orientation {one_line(pair, 40)!r}; write it as OH=100 or BH4=all")
        result.setdefault(ion, []).append(which)
    return result


def _listed(study: OrderingStudy) -> list[Ordering]:
    """The lowest orderings, and the lowest that break the rule where they are not among them."""
    extra = () if study.rule is None else study.rule.counterexamples
    return list({item.number: item for item in (*study.orderings, *extra)}.values())


def _rank(
    models: list[StructureModel], engine_name: str, fmax: float, rattle: float, seed: int
) -> list[RankedCandidate]:
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.engines import get_engine, relax
    from antiperovskite.engines.model import Relaxation
    from antiperovskite.engines.ranking import rank_candidates
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import OptionError

    if not 0 < fmax <= 1 or not 0 <= rattle <= 0.5:
        raise OptionError("--fmax must lie above 0 and not above 1 eV/angstrom, --rattle between 0 and 0.5 angstrom")
    engine = get_engine(engine_name)
    limit_threads()
    with step_progress() as report:

        def relax_one(model: StructureModel) -> Relaxation:
            report("relaxing", model.description)
            return relax(model.to_pymatgen(), engine, fmax=fmax, rattle=rattle, seed=seed)

        return rank_candidates(models, relax_one)


def _engine_row(listed: list[Ordering], item: RankedCandidate) -> dict[str, Any]:
    found = listed[item.index]
    return {
        "number": found.number,
        "obeying": found.obeying,
        "smallest_cation_angle": _angle(item),
        **item.model_dump(mode="json"),
    }


def _angle(item: RankedCandidate) -> AnyQuantity:
    """How far the relaxed OH-like ions stay away from the cations: about 90 degree where they face an empty site."""
    from antiperovskite.quantity import NotComputed, Quantity
    from antiperovskite.structures.ordering.rules import cation_angles

    angles = [] if item.structure is None else cation_angles(item.structure)
    if not angles:
        return NotComputed(unit="degree", method="no relaxed structure, or no diatomic ion on B in it")
    return Quantity(
        value=min(angles),
        uncertainty=None,
        unit="degree",
        n=len(angles),
        method="smallest angle between a diatomic B ion and an X cation within 2.8 angstrom, after relaxation; exact",
        source=item.energy.source,
    )


def _write(models: list[StructureModel], out: Path | None, kind: str) -> None:
    from antiperovskite._files import write_atomically
    from antiperovskite.cli.output import print_note
    from antiperovskite.structures.export import to_text

    if out is None:
        return
    write_atomically(out, to_text(models, kind))
    print_note(f"wrote {len(models)} structure{'s' if len(models) != 1 else ''} to {out}")


def _share(item: Ordering) -> str:
    return "" if item.obeying.value is None else f"{100 * item.obeying.value:.0f} %"


def _print(study: OrderingStudy, listed: list[Ordering], ranking: list[RankedCandidate] | None) -> None:
    from antiperovskite.cli.output import print_note, print_table

    scope = "" if study.complete else ", not all"
    print_note(
        f"{study.formula}: {study.inequivalent:,} inequivalent of {study.arrangements:,} arrangements "
        f"({study.operations} operations, parent {study.parent_spacegroup}); enumerated {study.enumerated:,}{scope}"
    )
    numbers = {item.number for item in study.orderings}
    rows = [
        [
            str(item.number) + ("" if item.number in numbers else " (breaks the rule)"),
            str(item.degeneracy),
            item.spacegroup,
            "" if item.above_lowest.value is None else f"{item.above_lowest.value:.4f}",
            _share(item),
            f"{item.shortest_contact.value:.2f}",
        ]
        for item in listed
    ]
    columns = ["number", "degeneracy", "space group", "Ewald, eV/f.u. above lowest", "obeying", "closest, Å"]
    print_table(f"Orderings of {study.formula}, tolerance {study.symprec:g} Å", columns, rows)
    if ranking:
        rows = [
            [
                str(listed[item.index].number),
                item.spacegroup or "",
                "failed" if item.above_lowest.value is None else f"{1000 * item.above_lowest.value:.1f}",
                _share(listed[item.index]),
                f"{angle.value:.0f}" if (angle := _angle(item)).value is not None else "",
            ]
            for item in ranking
        ]
        source = next((item.energy.source for item in ranking if item.structure is not None), "the engine")
        columns = ["number", "space group, relaxed", "meV/f.u. above lowest", "obeying at the start", "OH-X angle, °"]
        print_table(f"Relaxed with {source}, tolerance {ranking[0].symprec:g} Å", columns, rows)
        for item in ranking:
            if item.structure is None:
                print_note(f"ordering {listed[item.index].number}: {item.energy.method}")
    if study.rule is not None:
        print_note(f"rule: {study.rule.statement}: {study.rule.verdict}")


def _print_quasirandom(found: Quasirandom) -> None:
    from antiperovskite.cli.output import print_note, print_table

    rows = [
        [
            "-".join(shell.sublattices),
            f"{shell.distance.value:.2f}",
            f"{shell.largest_deviation.value:.5f}",
            ", ".join(f"{pair} {have:.4f} ({want:.4f})" for pair, (have, want) in shell.pairs.items()),
        ]
        for shell in found.shells
    ]
    columns = ["sublattices", "distance, Å", "largest deviation", "pair probability (random solution)"]
    print_table(f"Quasirandom {found.formula}, {len(found.structure.roles)} atoms, {found.spacegroup}", columns, rows)
    print_note(
        f"largest deviation {found.largest_deviation.value:.2g}; arrangements drawn at random: "
        f"{found.random_deviation.value:.2g} (seed {found.seed}, {found.replicas} replicas, {found.steps} steps)"
    )
    for note in found.notes:
        print_note(f"note: {note}")
