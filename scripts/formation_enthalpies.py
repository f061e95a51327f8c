"""Write the measured formation enthalpies of crystals from the NIST-JANAF tables of the ``janaf`` package.

    python scripts/formation_enthalpies.py > src/antiperovskite/stability/data/formation_enthalpies.yaml

Of several crystals of one formula the one with the lowest enthalpy at 298.15 K is kept.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from importlib.metadata import version
from importlib.resources import files
from typing import Any

UNCERTAINTY = 1.5  # kJ/mol; the tables' own run from 0.2 (alkali halides) to 10 (nitrides), mostly 0.5 to 2
# the tables have no ice: liquid water minus its enthalpy of fusion, 333.43 J/g x 18.0153 g/mol
ICE = (
    "- {formula: H2O, value: -291.837, uncertainty: 1.5, source: 'NIST-JANAF H-063 (liquid) minus 6.007 kJ/mol of "
    "fusion at 273 K', citations: [feistel2006]}"
)


def main() -> None:
    """Print the YAML file."""
    data = files("janaf")
    index = dict(json.loads(data.joinpath("janaf.json").read_text()))
    best: dict[str, tuple[float, str, str]] = {}
    for display, code in zip(index["display"], index["index"], strict=True):
        formula, _, rest = display.partition(",")
        crystal = _crystal(formula, rest)
        value = _enthalpy(data.joinpath("data", f"{code}.txt").read_text())
        if crystal is None or value is None:
            continue
        reduced, multiple = crystal
        value = round(value / multiple, 3)
        if reduced not in best or value < best[reduced][0]:
            best[reduced] = (value, code, rest.rsplit("(", 1)[0].strip())
    write = sys.stdout.write
    write(
        "# Enthalpies of formation of crystals at 298.15 K and 1 bar, kJ/mol; written by "
        "scripts/formation_enthalpies.py\n"
    )
    write("enthalpies:\n")
    for formula, (value, code, name) in sorted(best.items()):
        source = f"NIST-JANAF 4th ed. {code} ({name}), janaf {version('janaf')}"
        write(
            f"- {{formula: {json.dumps(formula)}, value: {value}, uncertainty: {UNCERTAINTY}, "
            f"source: {json.dumps(source)}, "
        )
        write("citations: [chase1998]}\n")
    write(ICE + "\n")


def _crystal(formula: str, rest: str) -> tuple[str, float] | None:
    """The reduced formula and its multiple where the table is of one crystal of a compound of two or more elements."""
    from pymatgen.core import Composition

    if not rest.endswith("(cr)") or re.search(r"[+-]$", formula):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            composition = Composition(formula)
        except ValueError:
            return None
        if len(composition) < 2 or any(abs(n - round(n)) > 1e-6 for n in composition.values()):
            return None
        reduced, factor = composition.get_reduced_formula_and_factor()
    return reduced, float(factor)


def _enthalpy(table: str) -> float | None:
    for line in table.splitlines()[2:]:
        cells: list[Any] = line.split("\t")
        if cells[0] == "298.15" and len(cells) > 5 and cells[5].strip():
            return float(cells[5])
    return None


if __name__ == "__main__":
    main()
