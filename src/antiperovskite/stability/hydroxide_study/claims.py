"""Published statements beside the study's numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.stability.hydroxide_study.cycle import verdict
from antiperovskite.stability.hydroxide_study.model import (
    ClaimComparison,
    Contrast,
    Cycle,
    Disorder,
    DisorderPoint,
    Outcome,
    TermKey,
    Verdict,
)
from antiperovskite.stability.hydroxide_study.wording import number

Finding = tuple[str, AnyQuantity, Verdict, float]
"""What, its value, its verdict, and the sign that the statement implies (+1 or -1)."""

MADE: Final = (
    "that something was made does not make it stable: quenching, water in the sample and disorder help, and a phase "
    "above its "
    "salts can be made by another route"
)
ORDERED: Final = (
    "the hydrated crystals are computed as small ordered cells, an upper bound of the energy; the real ones are "
    "disordered at "
    "the temperature of synthesis"
)
CLOSE: Final = "a value lies within its standard uncertainty of zero, or the engines differ in sign"
SPAN: Final = (
    "stable or not depends on how much of the disorder is real: zero lies between the ordered crystal and the bound"
)


@dataclass(frozen=True)
class _Test:
    claim: str
    findings: Callable[[_Numbers], list[Finding]]
    reason: str
    undecided: str = CLOSE


@dataclass(frozen=True)
class _Numbers:
    cycles: Sequence[Cycle]
    contrasts: Sequence[Contrast]
    disorders: Sequence[Disorder]
    temperature: float

    def term(self, key: TermKey, cation: str, halides: Sequence[str], sign: float) -> list[Finding]:
        """Terms of these systems with the sign that the statement implies."""
        found = []
        for cycle in self.cycles:
            if cycle.cation == cation and cycle.halide in halides:
                term = cycle.term(key)
                found.append((term.equation, term.energy, verdict(term.energy, term.by_engine), sign))
        return found

    def against_all(self, role: str, cation: str, halides: Sequence[str], sign: float) -> list[Finding]:
        """Energy above the stable mixture of all other phases; ``sign`` is the one that the statement implies."""
        found: list[Finding] = []
        for cycle in self.cycles:
            if cycle.cation == cation and cycle.halide in halides:
                for item in cycle.competitors:
                    if item.role == role:
                        name = cycle.dry_phase if role == "dry" else cycle.hydrated_phase
                        how = verdict(item.above_mixture, {})
                        found.append((f"{name} above {item.mixture}", item.above_mixture, how, sign))
        return found

    def contrast(self, key: TermKey, sign: float) -> list[Finding]:
        """Sodium against lithium, averaged over the halides."""
        return [
            (f"{key} term, Na minus Li", c.difference, c.verdict, sign)
            for c in self.contrasts
            if (c.key, c.cation, c.halide) == (key, "Na", "mean")
        ]

    def between(self, cation: str, halides: Sequence[str], sign: float) -> list[Finding]:
        """The hydrated phase at high temperature: stable if it is so ordered, unstable if even disordered."""
        return [
            _between(item.hydrated_phase, point, sign)
            for item in self.disorders
            if item.cation == cation and item.halide in halides
            for point in item.points
            if point.temperature == self.temperature
        ]


def _between(name: str, point: DisorderPoint, sign: float) -> Finding:
    """Only what holds at both ends of the entropy is a finding; in between nothing is decided."""
    what = f"{name} at {point.temperature:g} K, ordered (with all disorder {number(point.bound)} meV)"
    ordered, bound = verdict(point.ordered, {}), verdict(point.bound, {})
    if not (isinstance(point.ordered, Quantity) and isinstance(point.bound, Quantity)):
        return (what, point.ordered, "not computed", sign)
    stable = ordered in {"decided", "likely"} and point.ordered.value < 0.0
    unstable = bound in {"decided", "likely"} and point.bound.value > 0.0
    return (what, point.ordered, "likely" if stable or unstable else "open", sign)


TESTS: Final = (
    _Test("s3-li-na-trends-reversed", lambda n: n.contrast("dry", 1.0) + n.contrast("wet", 1.0), ORDERED),
    _Test("s9-na3oa-made", lambda n: n.against_all("dry", "Na", ("Cl", "Br"), -1.0), MADE),
    _Test(
        "s3-na3oi-not-made",
        lambda n: n.against_all("dry", "Na", ("I",), 1.0),
        MADE,
    ),
    _Test("s3-li3ocl-formation-positive", lambda n: n.term("dry", "Li", ("Cl",), -1.0), CLOSE),
    _Test("s3-li3obr-less-stable-than-binaries", lambda n: n.term("dry", "Li", ("Br",), -1.0), CLOSE),
    _Test("s3-li3ocl-hydration-exothermic", lambda n: n.term("hydration", "Li", ("Cl",), -1.0), CLOSE),
    _Test("s9-li2oha-made", lambda n: n.between("Li", ("Cl", "Br"), -1.0), MADE, SPAN),
    _Test("since-turrell-li2ohcl-stable", lambda n: n.term("wet", "Li", ("Cl",), -1.0), ORDERED),
    _Test("s9-na2oha-not-made", lambda n: n.between("Na", ("Cl", "Br"), 1.0), MADE, SPAN),
    _Test("s3-na-hydroxide-route", lambda n: n.contrast("hydrolysis", -1.0), CLOSE),
)


def compare_claims(
    cycles: Sequence[Cycle], contrasts: Sequence[Contrast], disorders: Sequence[Disorder], temperature: float
) -> tuple[ClaimComparison, ...]:
    """Set the published statements that the cycle bears on beside its numbers; ``temperature`` in K."""
    from antiperovskite.evidence.claims import claims

    known = {claim.id: claim for claim in claims()}
    numbers = _Numbers(cycles, contrasts, disorders, temperature)
    found = []
    for test in TESTS:
        claim = known.get(test.claim)
        if claim is None:
            continue
        findings = test.findings(numbers)
        outcome = outcome_of(findings)
        found.append(
            ClaimComparison(
                claim=claim.id,
                statement=claim.statement,
                citations=claim.citations,
                standing=claim.standing,
                computed="; ".join(f"{what}: {number(value)} meV" for what, value, _, _ in findings) or "not computed",
                outcome=outcome,
                reason={"agrees": "", "undecided": test.undecided, "not computed": "a phase is missing"}.get(
                    outcome, test.reason
                ),
            )
        )
    return tuple(found)


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """Agreement of all findings: one that disagrees is enough, one that is open leaves the rest undecided."""
    outcomes = []
    for _, value, how, sign in findings:
        if not isinstance(value, Quantity):
            outcomes.append("not computed")
        elif how == "open":
            outcomes.append("undecided")
        else:
            outcomes.append("agrees" if value.value * sign > 0.0 else "disagrees")
    for outcome in ("disagrees", "not computed", "undecided"):
        if outcome in outcomes:
            return outcome
    return "agrees" if outcomes else "not computed"
