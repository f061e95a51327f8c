"""Fit and measure what the thermal parts of solids rest on; writes the data files of ``stability/thermal``.

    python scripts/thermal_statistics.py

``increment.yaml``: H(298.15 K) - H(0 K) of a crystal from its Cp and S at 298.15 K.
``measured_errors.yaml``, and its page in the docs: how far the sum over other crystals, and harmonic phonons, lie
from a crystal's own table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from antiperovskite.errors import OptionError
from antiperovskite.stability.thermal.janaf import (
    find_table,
    gibbs_increment,
    has_table,
    increment_at_room,
    increment_terms,
)
from antiperovskite.stability.thermal.neighbours import (
    Neighbour,
    composition_key,
    needs_elements,
    tabulated_crystals,
    tabulated_neighbours,
)
from antiperovskite.stability.thermal.records import SHIPPED_ENGINE, PhononRecord, PhononSet, phonon_set
from antiperovskite.stability.thermal.tables import Table, read_table, table_index

Parts = tuple[tuple[Neighbour, float], ...]
RIDGE = 0.3  # of 0.001 to 1, the strength with the smallest leave-one-out error
TEMPERATURES = [300.0, 600.0, 900.0]
ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src/antiperovskite/stability/thermal/data"


def crystals() -> list[Table]:
    """Every crystal of a compound or element that NIST-JANAF tabulates from 0 K, with Cp at 298.15 K."""
    found = []
    for entry in table_index():
        if entry.phase == "cr" and not read_table(entry.code).damage:
            table = read_table(entry.code)
            row = table.at_room_temperature
            if table.starts_at_zero and row is not None and row.heat_capacity > 0:
                found.append(table)
    return found


def fit_increment() -> dict[str, object]:
    """Least squares over all crystals; errors by leave-one-out (the hat matrix)."""
    tables = crystals()
    rows = [(table, table.at_room_temperature, table.entry.atoms) for table in tables]
    terms = np.array([increment_terms(row, atoms) for _, row, atoms in rows if row is not None])
    wanted = np.array([increment_at_room(table) / atoms for table, _, atoms in rows])
    coefficients, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    hat = terms @ np.linalg.pinv(terms)
    left_out = np.abs((terms @ coefficients - wanted) / (1 - np.diag(hat)))
    uncertainty = float(np.quantile(left_out, 0.95) / 1.96)
    worst = [f"{tables[i].entry.formula} {left_out[i]:.2f}" for i in np.argsort(-left_out)[:6]]
    return {
        "coefficients": [float(f"{c:.6e}") for c in coefficients],
        "n_crystals": len(tables),
        "rms_per_atom": round(float(np.sqrt(np.mean(left_out**2))), 4),
        "uncertainty_per_atom": round(uncertainty, 4),
        "coverage_68": round(float(np.mean(left_out < uncertainty)), 3),
        "method": (
            "least squares over all NIST-JANAF crystals tabulated from 0 K; leave-one-out residuals in kJ/mol per "
            "atom; the standard uncertainty is their 95 % quantile / 1.96, since a few crystals with order-disorder "
            f"transitions below room temperature dominate the rms (worst: {', '.join(worst)})"
        ),
    }


Errors = list[float | None]


def errors_of(rule: Callable[[float], float], table: Table) -> Errors:
    """Errors of a rule for G(T) - H(0 K) per formula of the table, meV per atom; None outside a table."""
    found: Errors = []
    for temperature in TEMPERATURES:
        try:
            error = 1000 * (rule(temperature) - gibbs_increment(table, temperature)) / table.entry.atoms
        except OptionError:
            found.append(None)
        else:
            found.append(round(error, 2))
    return found


def neumann_kopp_cases() -> list[tuple[str, str, bool, Errors]]:
    """For every crystal that is a sum of others: formula, the sum, whether it needs elements, errors."""
    found = []
    for table in crystals():
        entry = table.entry
        itself = [crystal for crystal, _ in tabulated_crystals(frozenset(entry.elements)) if crystal.code == entry.code]
        parts = tabulated_neighbours(composition_key(entry.elements), "none")
        if not itself or parts is None:
            continue
        if len(entry.elements) < 3 and not needs_elements(parts):
            continue  # Na2O2 = NaO2 + Na2O changes the ions; Li3OCl = Li2O + LiCl does not
        sums = " + ".join(f"{amount:.3g} {neighbour.formula}" for neighbour, amount in parts)

        def rule(temperature: float, parts: Parts = parts) -> float:
            return sum(amount * neighbour.gibbs_and_entropy(temperature)[0] for neighbour, amount in parts)

        found.append((itself[0].formula, sums, needs_elements(parts), errors_of(rule, table)))
    return found


Pairs = list[tuple[PhononRecord, Table]]


def phonon_pairs() -> Pairs:
    """Every phase with shipped phonons that is also a tabulated crystal."""
    found = []
    for record in phonon_set(SHIPPED_ENGINE).records:
        formula = "".join(f"{element}{amount:g}" for element, amount in record.elements.items())
        if has_table(formula, "cr"):
            found.append((record, find_table(formula, "cr")))
    return found


def phonon_errors(pair: tuple[PhononRecord, Table], scale: float) -> Errors:
    """Errors of one crystal's phonons with all frequencies times ``scale``."""
    record, table = pair
    factor = scale * table.entry.atoms / record.atoms
    return errors_of(lambda temperature: factor * record.thermal_part(temperature / scale), table)


def best_scale(pairs: Pairs) -> float:
    """The frequency factor with the smallest sum of squared errors at 600 K."""

    def loss(scale: float) -> float:
        return sum((phonon_errors(pair, scale)[1] or 0.0) ** 2 for pair in pairs)

    return float(minimize_scalar(loss, bounds=(0.9, 1.3), method="bounded").x)


def fit_scales(pairs: Pairs, own: Sequence[float]) -> tuple[float, dict[str, float]]:
    """ln s = mean + sum_e x_e l_e by ridge regression on the crystals' own best factors."""
    elements = sorted({element for record, _ in pairs for element in record.elements})
    fractions = np.array([[r.elements.get(e, 0.0) / r.atoms for e in elements] for r, _ in pairs])
    logs = np.log(own)
    normal = fractions.T @ fractions + RIDGE * np.eye(len(elements))
    slopes = np.linalg.solve(normal, fractions.T @ (logs - logs.mean()))
    return float(np.exp(logs.mean())), {e: round(float(x), 4) for e, x in zip(elements, slopes, strict=True)}


def left_out_errors(pairs: Pairs, own: Sequence[float]) -> list[Errors]:
    """Errors of each crystal's phonons with the factor that all the other crystals give."""
    found = []
    for i, pair in enumerate(pairs):
        others = [j for j in range(len(pairs)) if j != i]
        mean, slopes = fit_scales([pairs[j] for j in others], [own[j] for j in others])
        record = pair[0]
        shift = sum(n / record.atoms * slopes.get(e, 0.0) for e, n in record.elements.items())
        found.append(phonon_errors(pair, mean * float(np.exp(shift))))
    return found


def summary(errors: list[Errors]) -> dict[str, object]:
    """Root mean square per temperature."""
    values = np.array([[np.nan if x is None else x for x in row] for row in errors])
    rms = np.sqrt(np.nanmean(values**2, axis=0))
    counts = np.sum(np.isfinite(values), axis=0)
    return {"temperatures": TEMPERATURES, "per_atom": [round(float(x), 2) for x in rms], "n": [int(n) for n in counts]}


def measure() -> dict[str, Any]:
    """Measure all rules."""
    kopp = neumann_kopp_cases()
    pairs = phonon_pairs()
    own = [best_scale([pair]) for pair in pairs]
    scale, slopes = fit_scales(pairs, own)
    plain = [phonon_errors(pair, 1.0) for pair in pairs]
    left_out = left_out_errors(pairs, own)
    return {
        "neumann_kopp": summary([errors for *_, with_elements, errors in kopp if not with_elements]),
        "neumann_kopp_with_elements": summary([errors for *_, with_elements, errors in kopp if with_elements]),
        "phonons": summary(plain),
        "phonons_scaled": summary(left_out),
        "phonon_engine": SHIPPED_ENGINE,
        "frequency_scale": round(scale, 4),
        "element_log_scales": slopes,
        "method": (
            "root mean square difference from NIST-JANAF, meV per atom, at each temperature (K): Neumann-Kopp sums of "
            "every crystal of three or more elements left out in turn and divided into the most stable other crystals; "
            "sums that need elements apart; harmonic phonons of every crystal that has both, as computed and with the "
            "frequency factor that all the other crystals give (their best factors at 600 K, by ridge regression on "
            "the atomic fractions)"
        ),
        "neumann_kopp_cases": [{"crystal": f, "rule": sums, "errors": errors} for f, sums, _, errors in kopp],
        "phonon_cases": [
            {"crystal": record.name, "rule": rule, "errors": errors}
            for rule, column in (("phonons", plain), ("phonons, frequencies scaled", left_out))
            for (record, _), errors in zip(pairs, column, strict=True)
        ],
    }


def write(name: str, record: dict[str, object]) -> None:
    """Write one data file; JSON is YAML."""
    head = "# Written by scripts/thermal_statistics.py; do not edit.\n"
    body = "\n".join(f"{key}: {json.dumps(value)}" for key, value in record.items())
    (DATA / name).write_text(head + body + "\n", encoding="utf-8")
    print(name, json.dumps(record)[:400])


def page(record: dict[str, Any], phonons: PhononSet) -> str:
    """The generated page of the docs."""
    rules = {
        "Neumann-Kopp, sums of compounds": "neumann_kopp",
        "Neumann-Kopp, sums that need elements": "neumann_kopp_with_elements",
        "phonons as computed": "phonons",
        "phonons, frequencies scaled": "phonons_scaled",
    }
    temperatures = " | ".join(f"{t:g} K" for t in TEMPERATURES)
    lines = [
        "# Errors of thermal parts",
        "",
        "<!-- generated by scripts/thermal_statistics.py: do not edit -->",
        "",
        "Estimated minus tabulated G(T) - H(0 K), in meV per atom; see [](temperature.md).",
        "",
        f"| rule | crystals | RMS at {temperatures} |",
        "|---|---|" + "---|" * len(TEMPERATURES),
    ]
    for title, key in rules.items():
        values = " | ".join(f"{x:.1f}" for x in record[key]["per_atom"])
        lines.append(f"| {title} | {record[key]['n'][0]} | {values} |")
    slopes = ", ".join(f"{element} {x:+.3f}" for element, x in record["element_log_scales"].items())
    scales = (
        f"The frequencies of {SHIPPED_ENGINE} are multiplied by {record['frequency_scale']:.3f} exp(sum of x l), with "
        f"the atomic fractions x and l of {slopes}."
    )
    lines += ["", scales, ""]
    for title, key in (("Crystals with phonons", "phonon_cases"), ("Neumann-Kopp sums", "neumann_kopp_cases")):
        lines += [
            f"## {title}",
            "",
            f"| crystal | estimate | {temperatures} |",
            "|---|---|" + "---|" * len(TEMPERATURES),
        ]
        for case in record[key]:
            values = " | ".join("" if x is None else f"{x:+.1f}" for x in case["errors"])
            lines.append(f"| {case['crystal']} | {case['rule']} | {values} |")
        lines.append("")
    lines += [
        "## Shipped vibrations",
        "",
        "| phase | cell | atoms | zero-point energy (eV/f.u.) | imaginary modes |",
        "|---|---|---|---|---|",
    ]
    for entry in phonons.records:
        lines.append(
            f"| {entry.name} | {entry.structure} | {entry.atoms_in_supercell} | {entry.zero_point_energy:.4f} | "
            f"{100 * entry.imaginary_fraction:.2f} % |"
        )
    lines += ["", *(f"- refused: {refusal.reason}" for refusal in phonons.refused), ""]
    return "\n".join(lines).replace("\n\n\n", "\n\n")


if __name__ == "__main__":
    write("increment.yaml", fit_increment())
    measured = measure()
    write("measured_errors.yaml", measured)
    text = page(measured, phonon_set(SHIPPED_ENGINE))
    (ROOT / "docs/thermal-table.md").write_text(text, encoding="utf-8")
