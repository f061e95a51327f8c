"""What a row of Table 2 or 4 says about water: facts by name, each with the words or numbers it was read from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

from antiperovskite.composition import Formula, resolve
from antiperovskite.errors import FormulaError
from antiperovskite.evidence.matching import amounts_of_text, same_sites
from antiperovskite.evidence.model import ConductivityRow, Row, SynthesisRow
from antiperovskite.evidence.tables import syntheses
from antiperovskite.evidence.trust_model import ConductivityJump, ConductivityLimit, DryPhaseNumbers, TrustRules

Facts = dict[str, str]
"""Fact name -> the evidence for it."""

_ATTEMPT_Hz: Final = 1e13
_REDUCTANTS: Final = frozenset({"Li", "Na", "LiH"})
_OXIDES: Final = frozenset({"Li2O", "Na2O"})


@cache
def _resolved(text: str) -> Formula | None:
    try:
        return resolve(text)
    except FormulaError:
        return None


def formulas_of(row: Row) -> tuple[Formula, ...]:
    """Formulas a row stands for; the ends of its series where it has one."""
    texts = (*row.concerns, *((row.series.start, row.series.end) if row.series else ()))
    return tuple(found for found in map(_resolved, texts) if found is not None)


def concerns_any(row: Row, names: Iterable[str]) -> bool:
    """Whether a row concerns one of the named compounds, by sites."""
    own = [amounts_of_text(text) for text in row.concerns]
    wanted = [amounts_of_text(name) for name in names]
    return any(a is not None and b is not None and same_sites(a, b) for a in own for b in wanted)


def _ions(row: Row, site: str) -> set[str]:
    return {ion for formula in formulas_of(row) for ion in getattr(formula.sites, site)}


def why_not_applicable(row: SynthesisRow | ConductivityRow) -> Facts:
    """Facts that make the question pointless for this row; empty where it can be asked."""
    if isinstance(row, ConductivityRow) and row.kind == "modelling":
        return {"modelled": f"kind: {row.kind}, method: {row.method}"}
    centres = _ions(row, "B")
    if "OH" in centres:
        return {"hydroxide-by-formula": f"B site: {', '.join(sorted(centres))}"}
    if "O" not in centres:
        return {"no-oxide-centre": f"B site: {', '.join(sorted(centres)) or 'not resolved'}"}
    return {}


def routes_of(row: SynthesisRow | ConductivityRow) -> tuple[SynthesisRow, ...]:
    """Rows of Table 2 that describe how the sample was made: the row itself, or the same study's route.

    A route stands for a sample of the same work, of the same form (film, target, bulk), whose ions it contains.
    """
    if isinstance(row, SynthesisRow):
        return (row,)
    return tuple(route for route in syntheses() if _is_route_of(route, row))


def _is_route_of(route: SynthesisRow, row: ConductivityRow) -> bool:
    if not set(route.citations) & set(row.citations) or _shape(route.form) != _shape(row.form):
        return False
    return bool(formulas_of(row)) and all(_ions(row, site) <= _ions(route, site) for site in ("X", "B", "A"))


def _shape(form: str) -> str:
    for shape in ("target", "film", "glassy"):
        if shape in form:
            return shape
    return "bulk"


def route_facts(route: SynthesisRow) -> Facts:
    """Read one route.

    Parameters
    ----------
    route
        A row of Table 2, or the user's own row of the same form.
    """
    facts = _reagent_facts(route)
    if "hydrothermal" in route.procedure.lower():
        facts["hydrothermal"] = "procedure: hydrothermal"
    # Vacuum earns nothing: it draws water off but leaves hydroxide, which is the point of the debate.
    inert = re.search(r"\b(Ar|argon|N2|nitrogen)\b", f"{route.atmosphere} {route.procedure}")
    if inert:
        facts["inert-gas"] = f"atmosphere or procedure: {inert[0]}"
    if re.search(r"(?i)\bair\b", route.atmosphere):
        facts["handled-in-air"] = f"atmosphere: {route.atmosphere}"
    if "protective layer" in route.remarks.lower():
        facts["protective-layer"] = f"remarks: {route.remarks}"
    if re.search(r"(?i)hydroxyl radicals", route.remarks):
        facts["hydroxide-found"] = f"remarks: {route.remarks}"
    facts.update(_target_facts(route))
    return facts


def _reagent_facts(route: SynthesisRow) -> Facts:
    listed = f"reagents: {', '.join(route.reagents)}"
    reducing = sorted(_REDUCTANTS.intersection(route.reagents))
    facts: Facts = {}
    if any(name in ("H2O", "D2O", "water") for name in route.reagents):
        facts["water-among-reagents"] = listed
    dehydrated = re.search(r"(?i)dehydration of \S+", route.procedure)
    hydroxides = [name for name in route.reagents if "OH" in name]
    if reducing:
        facts["reductant-used"] = f"reductant: {', '.join(reducing)}"
        if "Na" in reducing and "Na" in _ions(route, "X"):
            facts["sodium-in-excess"] = facts["reductant-used"]
    elif hydroxides or dehydrated:
        facts["hydroxide-without-reductant"] = f"procedure: {dehydrated[0]}" if dehydrated else listed
    with_protons = any("H" in name for name in route.reagents)
    if not with_protons and not dehydrated and _OXIDES.intersection(route.reagents):
        facts["dry-reagents"] = listed
    return facts


def _target_facts(route: SynthesisRow) -> Facts:
    """A film inherits the reagents of its study's target."""
    if not any("target" in name for name in route.reagents):
        return {}
    facts: Facts = {}
    for target in syntheses():
        if _shape(target.form) != "target" or not set(target.citations) & set(route.citations):
            continue
        found = _reagent_facts(target)
        if "hydroxide-without-reductant" in found:
            facts["hydroxylated-target"] = f"target of row {target.id}, {found['hydroxide-without-reductant']}"
        if "dry-reagents" in found:
            facts["dry-reagents"] = f"target of row {target.id}, {found['dry-reagents']}"
    return facts


def compound_facts(row: Row, rules: TrustRules) -> Facts:
    """Facts of the compound, whoever made it."""
    named = ", ".join(row.concerns) or row.formula
    facts: Facts = {}
    if _ions(row, "X") == {"Na"}:
        facts["sodium-analogue"] = f"compound: {named}"
    for name in ("published-thermodynamics", "lattice-cannot-tell"):
        if concerns_any(row, rules.rule(name).formulas):
            facts[name] = f"compound: {named}"
    return facts


def study_facts(row: Row, rules: TrustRules) -> tuple[Facts, dict[str, tuple[str, ...]]]:
    """Facts on record about the study, and the works behind each."""
    facts: Facts = {}
    works: dict[str, tuple[str, ...]] = {}
    for entry in rules.studies:
        if entry.study in row.citations and (not entry.formulas or concerns_any(row, entry.formulas)):
            facts[entry.fact] = f"{entry.study}: {entry.evidence}"
            works[entry.fact] = (entry.study, *entry.citations)
    return facts, works


def probe_facts(row: Row, known: Facts) -> Facts:
    """The absence of any proton-sensitive probe on record, for lithium samples (their hydrated twins exist)."""
    answered = {"proton-probe-used", "hydroxide-found", "xray-only"}.intersection(known)
    if answered or "Li" not in _ions(row, "X"):
        return {}
    return {"no-proton-probe": "neither the tables nor the perspective's text name one"}


def conductivity_facts(row: ConductivityRow, group: Sequence[ConductivityRow], rules: TrustRules) -> Facts:
    """What the measured conductivities of one sample say; ``group`` holds all rows of the sample."""
    facts: Facts = {}
    points = sorted(
        {
            (point.temperature.magnitude("K"), point.conductivity.magnitude("S/cm"))
            for point in (row, *group)
            if point.conductivity is not None and point.temperature is not None
        }
    )
    jump = _jump(points, rules.conductivity_jump) if "Li" in _ions(row, "X") else None
    if jump:
        facts["conductivity-jump"] = jump
    if concerns_any(row, rules.rule("conductivity-above-dry-limit").formulas):
        excess = _excess(points, rules.conductivity_limit)
        if excess:
            facts["conductivity-above-dry-limit"] = excess
    return facts


def apparent_energy(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Activation energy (eV) between two (temperature in K, conductivity in S/cm) points.

    E = k ln(sigma2 T2 / sigma1 T1) / (1/T1 - 1/T2), from sigma T = A exp(-E / k T).
    """
    from scipy.constants import Boltzmann, elementary_charge

    (T1, sigma1), (T2, sigma2) = first, second
    return float(Boltzmann / elementary_charge) * math.log(sigma2 * T2 / (sigma1 * T1)) / (1.0 / T1 - 1.0 / T2)


def _jump(points: Sequence[tuple[float, float]], limits: ConductivityJump) -> str:
    for first, second in pairwise(points):
        # Over a wide interval a jump is diluted: the rule then stays silent rather than guess.
        inside = first[0] < limits.maximum.magnitude("K") and second[0] > limits.minimum.magnitude("K")
        if first[0] == second[0] or not inside:
            continue
        energy = apparent_energy(first, second)
        if energy > limits.apparent_energy.magnitude("eV"):
            return (
                f"{first[1]:.2g} S/cm at {first[0]:.0f} K, {second[1]:.2g} S/cm at {second[0]:.0f} K: "
                f"apparent {energy:.2g} eV"
            )
    return ""


def vacancy_fraction(conductivity_S_cm: float, temperature_K: float, limits: ConductivityLimit) -> float:
    """Fraction of empty cation sites that a conductivity needs in a dry cubic X3BA crystal.

    sigma = c N e^2 D / (k T), D = (8/6) d^2 nu exp(-E / k T), N = 3 / a^3, d = a / sqrt(2): uncorrelated hops of
    single vacancies to eight neighbours with nu = 1e13 / s. No trapping and no correlation, so that c is a lower bound.

    Parameters
    ----------
    conductivity_S_cm, temperature_K
        The measurement.
    limits
        Barrier E and lattice parameter a with their sources.
    """
    from scipy.constants import Boltzmann, elementary_charge

    a_cm = limits.lattice_a.magnitude("angstrom") * 1e-8
    thermal = float(Boltzmann / elementary_charge) * temperature_K
    diffusivity = (
        (8.0 / 6.0) * (a_cm**2 / 2.0) * _ATTEMPT_Hz * math.exp(-limits.vacancy_barrier.magnitude("eV") / thermal)
    )
    full = (3.0 / a_cm**3) * float(elementary_charge) * diffusivity / thermal  # e^2 / kT with kT in eV leaves one e
    return conductivity_S_cm / full


def _excess(points: Sequence[tuple[float, float]], limits: ConductivityLimit) -> str:
    worst = max(points, key=lambda point: vacancy_fraction(point[1], point[0], limits), default=None)
    if worst is None:
        return ""
    needed = vacancy_fraction(worst[1], worst[0], limits)
    if needed <= limits.vacancy_fraction:
        return ""
    return (
        f"{worst[1]:.2g} S/cm at {worst[0]:.0f} K needs {100 * needed:.1f} % empty sites "
        f"with a barrier of {limits.vacancy_barrier.value:g} eV"
    )


def computed_facts(row: Row, numbers: DryPhaseNumbers | None, rules: TrustRules) -> Facts:
    """The computed instability and hygroscopy, where numbers for this compound were handed in."""
    if numbers is None or not concerns_any(row, (numbers.formula,)):
        return {}
    limit = rules.computed_limits.hydration_energy
    above, hydration = numbers.energy_above_hull, numbers.hydration_energy
    height = above.magnitude("eV/atom")
    margin = 0.0 if above.uncertainty is None else above.to("eV/atom").uncertainty or 0.0
    if height <= margin or hydration.magnitude(limit.unit) >= limit.value:
        return {}
    return {
        "computed-thermodynamics": f"{above} above the hull, hydration {hydration}, limit {limit.value:g} "
        f"{limit.unit} ({above.source})"
    }


DETECTED: Final[frozenset[str]] = frozenset(
    {
        *("hydroxide-by-formula", "modelled", "no-oxide-centre"),
        *("water-among-reagents", "hydrothermal", "hydroxide-without-reductant", "hydroxylated-target"),
        *("reductant-used", "sodium-in-excess", "dry-reagents", "inert-gas", "protective-layer", "handled-in-air"),
        *("hydroxide-found", "no-proton-probe", "sodium-analogue", "published-thermodynamics"),
        *("computed-thermodynamics", "lattice-cannot-tell", "conductivity-jump", "conductivity-above-dry-limit"),
    }
)
"""Facts that this module can find by itself; the others come from the studies of the rules file."""

KNOWN_ELSEWHERE: Final[frozenset[str]] = frozenset(
    {"xray-only", "proton-probe-used", "not-reproduced", "judged-doubtful", "judged-likely"}
)
"""Facts that only a reader can know: given under ``studies`` or by the user."""
