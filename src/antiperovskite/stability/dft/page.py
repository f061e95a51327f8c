"""The documentation's tables of DFT results, in Markdown."""

from __future__ import annotations

from antiperovskite.engines.gpaw import INSTALL
from antiperovskite.quantity import AnyQuantity
from antiperovskite.stability.dft.compare import compare
from antiperovskite.stability.dft.model import DFTComparison, DFTPhase
from antiperovskite.stability.dft.results import dft_results


def generated_page() -> str:
    """Return the install commands, the comparison, the agreement, the numerical tests and the phases."""
    result = compare()
    parts = [
        ["### Install", "", "```console", *(f"$ {line}" for line in INSTALL.split("; ")), "```"],
        ["### Reactions", "", *_reactions(result)],
        ["### Agreement", "", *_agreement(result)],
        ["### Numerical tests", "", *_checks(result)],
        ["### Phases", "", *(_phases(list(dft_results().phases)))],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _reactions(result: DFTComparison) -> list[str]:
    engines = list(result.reactions[0].by_engine) if result.reactions else []
    lines = [
        f"| reaction | decides whether | DFT | {' | '.join(engines)} |",
        "|---|---|---|" + "---|" * len(engines),
    ]
    lines += [
        f"| {r.equation} | {r.decides} | {_value(r.energy)} | {' | '.join(_value(r.by_engine[e]) for e in engines)} |"
        for r in result.reactions
    ]
    if result.not_computed:
        lines += ["", f"Planned and not computed: {', '.join(result.not_computed)}."]
    return lines


def _agreement(result: DFTComparison) -> list[str]:
    lines = [
        "| engine | imitates | reactions | mean | rms | same sign | largest for |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{a.engine}` | {a.imitates} | {a.reactions} | {a.mean_difference} | {a.rms_difference} | {a.same_sign} | "
        f"{a.largest} |"
        for a in result.agreement
    ]
    return lines


def _checks(result: DFTComparison) -> list[str]:
    if not result.checks:
        return ["None were run."]
    lines = ["| reaction | change of settings | change of the energy, meV |", "|---|---|---|"]
    lines += [
        f"| {check.reaction} | {check.change} | {1000 * (check.energy - check.shipped_settings):+.2f} |"
        for check in result.checks
    ]
    return lines


def _phases(phases: list[DFTPhase]) -> list[str]:
    lines = [
        "| phase | space group | relaxed with DFT | eV per formula unit | volume against start, % | k-points | "
        "left, eV/Å and GPa |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {p.name} | {p.spacegroup} | {p.geometry} | {p.energy:.5f} | {100 * (p.volume / p.start_volume - 1):+.2f} | "
        f"{'×'.join(map(str, p.k_points))} | {p.max_force:.3f}, {p.max_stress:.2f} |"
        for p in phases
    ]
    return lines


def _value(quantity: AnyQuantity) -> str:
    return "not computed" if quantity.value is None else f"{quantity.value:+.0f}"
