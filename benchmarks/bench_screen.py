"""Charge balance and tolerance factors over hypothetical compositions, against SMACT, in one run.

    python benchmarks/bench_screen.py [--write]

Needs ``pip install smact``. What is compared: (1) the charge balance of given amounts of given ions, the same
compositions on both sides, verdicts checked to be equal; (2) SMACT's own screens, which try oxidation states and an
electronegativity rule as well and compute no tolerance factor, so that the ratio is one of cost per composition, not
of equal work.
"""

from __future__ import annotations

import itertools
import math
import sys

import numpy as np
from _record import best_seconds, machine, publish, table

from antiperovskite.stability.screening import composition_space, screen, screen_grid
from antiperovskite.stability.tolerance import tolerance

LIMIT = 60  # amounts 1 ... LIMIT of Li, O and Cl


def balance_rates() -> tuple[float, float]:
    """Seconds per composition of SMACT and of ours for the same 216,000 amounts, verdicts compared."""
    from smact import neutral_ratios

    counts = range(1, LIMIT + 1)
    charges = [1, -2, -1]
    total = LIMIT**3
    theirs = best_seconds(lambda: neutral_ratios(charges, stoichs=[counts] * 3), repeats=3)

    space = composition_space(["Li"], ["O"], ["Cl"], "shannon")
    amounts = np.array(list(itertools.product(counts, repeat=3)), dtype=float)
    columns = [amounts[:, [i]] for i in range(3)]
    ours = best_seconds(lambda: screen(space, *columns))
    found = amounts[screen(space, *columns).balanced].astype(int).tolist()
    simplest = {tuple(row) for row in found if math.gcd(*row) == 1}
    assert simplest == set(neutral_ratios(charges, stoichs=[counts] * 3)), "the two disagree on charge balance"
    return theirs / total, ours / total


def smact_screens() -> tuple[float, float]:
    """Seconds per composition of ``smact_filter`` (fixed 3:1:1) and ``smact_validity`` on halide oxides."""
    import smact
    from smact.screening import smact_filter, smact_validity

    triples = list(itertools.product(["Li", "Na", "K", "Ag"], ["O", "S", "N", "F"], ["Cl", "Br", "I", "Se"]))
    elements = [tuple(smact.Element(symbol) for symbol in triple) for triple in triples]
    filter_time = best_seconds(lambda: [smact_filter(els, stoichs=[[3], [1], [1]]) for els in elements], repeats=3)
    formulas = [f"{x}3{b}{a}" for x, b, a in triples]
    validity_time = best_seconds(lambda: [smact_validity(formula) for formula in formulas], repeats=3)
    return filter_time / len(triples), validity_time / len(triples)


def our_screens() -> tuple[float, int, float, float]:
    """Grid screen: seconds per composition and their number; explicit rows; one formula as text."""
    space = composition_space(["Li", "Na"], ["O", "OH", "H", "F", "S"], ["Cl", "Br", "I", "S", "Se", "BH4", "NO2"])
    size = screen_grid(space, 12, 2, 6).screening.charge.size
    grid = best_seconds(lambda: screen_grid(space, 12, 2, 6)) / size

    rng = np.random.default_rng(1)
    n = 1_000_000
    X = rng.integers(1, 3, (n, 2)).astype(float)
    B = rng.dirichlet(np.ones(5), n)
    A = rng.dirichlet(np.ones(7), n)
    rows = best_seconds(lambda: screen(space, X, B, A), repeats=3) / n

    formulas = ["Li3OCl", "Na3OBH4", "Li2OHCl", "Li3OCl0.5Br0.5", "Li2FeOS"]
    single = best_seconds(lambda: [tolerance(formula) for formula in formulas]) / len(formulas)
    return grid, size, rows, single


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.2g}x"


def main(write: bool) -> None:
    """Measure, print, and with ``--write`` record."""
    theirs, ours = balance_rates()
    filtered, valid = smact_screens()
    grid, size, rows, single = our_screens()

    def line(name: str, who: str, seconds: float, reference: float | None) -> list[str]:
        ratio = "" if reference is None else _times(reference / seconds)
        return [name, who, f"{1 / seconds:,.0f}", f"{1e6 * seconds:,.2f} s", ratio]

    columns = ["what", "with", "compositions per CPU second", "for 1e6", "faster than smact_filter"]
    body = table(
        columns,
        [
            line("charge balance of given amounts", "smact.neutral_ratios", theirs, filtered),
            line("the same amounts, with t, mu and tau", "screen", ours, filtered),
            line("3:1:1 screen with oxidation states and electronegativity", "smact_filter", filtered, None),
            line("validity of a formula", "smact_validity", valid, filtered),
            line(f"all fillings of a space ({size:,}): charge, t, mu, tau", "screen_grid", grid, filtered),
            line("mixed-ion rows (14 ions): charge, t, mu, tau", "screen", rows, filtered),
            line("one formula as text to a full record", "tolerance", single, filtered),
        ],
    )
    same = f"On identical work (charge balance of the same {LIMIT**3:,} amounts, equal verdicts) `screen` takes "
    same += f"{theirs / ours:,.0f} times less CPU time than `smact.neutral_ratios` and returns the factors besides."
    publish("bench_screen", f"{body}\n\n{same}\n{machine('smact', 'numpy')}", write)


if __name__ == "__main__":
    main("--write" in sys.argv[1:])
