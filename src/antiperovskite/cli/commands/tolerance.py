"""``antiperovskite tolerance``: tolerance factors of one or many formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from antiperovskite.quantity import Quantity
    from antiperovskite.stability.model import Tolerance


def tolerance(
    formulas: Annotated[list[str], typer.Argument(metavar="FORMULA...", help="One or more formulas.")],
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, one entry a formula.")] = False,
) -> None:
    """Goldschmidt's factor on two radius scales, octahedral factor, Bartel's tau, and the place on the map."""
    from antiperovskite.cli.output import print_json
    from antiperovskite.stability.tolerance import tolerance as compute

    results = [compute(formula) for formula in formulas]
    if json:
        print_json(results)
    else:
        _print(results)


def _print(results: list[Tolerance]) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.stability.factors import TAU_LIMIT

    rows = []
    for result in results:
        shannon = (result.goldschmidt.shannon, result.octahedral, result.tau)
        thermochemical = (
            result.goldschmidt.thermochemical,
            result.octahedral_thermochemical,
            result.tau_thermochemical,
        )
        rows.append([result.formula, "Shannon", *map(_short, shannon)])
        rows.append(["", "thermochemical", *map(_short, thermochemical)])
    print_table("Tolerance factors", ["formula", "anion radii", "t", "mu", "tau"], rows)
    for result in results:
        print_note(f"{result.formula}: {result.map_position.region}")
        for note in (*_reasons(result), *result.notes):
            print_note(f"  {note}")
    print_note(
        f"t = (rA + rX)/(√2 (rB + rX)); mu = rB/rX; tau < {TAU_LIMIT} marks perovskites, but was not fitted to "
        "anti-perovskites. All assumptions, radii and sources: --json"
    )


def _short(value: object) -> str:
    from antiperovskite.quantity import Quantity

    return str(value) if isinstance(value, Quantity) else "–"


def _reasons(result: Tolerance) -> tuple[str, ...]:
    """Why the dashes of the table are dashes, each reason once."""
    from antiperovskite.quantity import NotComputed

    named: dict[str, list[str]] = {}
    pairs: list[tuple[str, Quantity | NotComputed]] = [
        ("t", result.goldschmidt.shannon),
        ("mu", result.octahedral),
        ("tau", result.tau),
        ("t", result.goldschmidt.thermochemical),
        ("mu", result.octahedral_thermochemical),
        ("tau", result.tau_thermochemical),
    ]
    for name, value in pairs:
        if isinstance(value, NotComputed):
            named.setdefault(value.method, []).append(name)
    return tuple(f"{', '.join(dict.fromkeys(names))} not computed: {reason}" for reason, names in named.items())
