"""Is a sample called Li3OCl really dry? A verdict for every route of Table 2 and every row of Table 4, with reasons.

The rules, their points and their arguments are data (``data/trust_rules.yaml``); which of their facts hold of a row
is read off in :mod:`antiperovskite.evidence.trust_facts`. Points are summed: at or above the upper limit a sample is
probably dry, at or below the lower one probably hydrated, in between uncertain.
"""

from __future__ import annotations

from typing import Final

from antiperovskite.composition import Formula
from antiperovskite.errors import OptionError
from antiperovskite.evidence.model import ConductivityRow, Row, SynthesisRow
from antiperovskite.evidence.query import table
from antiperovskite.evidence.tables import conductivities
from antiperovskite.evidence.trust_facts import (
    Facts,
    compound_facts,
    computed_facts,
    conductivity_facts,
    probe_facts,
    route_facts,
    routes_of,
    study_facts,
    why_not_applicable,
)
from antiperovskite.evidence.trust_files import read_overrides, trust_rules
from antiperovskite.evidence.trust_model import (
    DryPhaseNumbers,
    FiredRule,
    Overrides,
    TrustAnswer,
    TrustRules,
    TrustVerdict,
)

__all__ = [
    "JUDGED_TABLES",
    "DryPhaseNumbers",
    "FiredRule",
    "Overrides",
    "TrustAnswer",
    "TrustVerdict",
    "read_overrides",
    "trust_of",
    "trust_report",
    "trust_rules",
]

Works = dict[str, tuple[str, ...]]
"""The works behind each fact that a study established, to be cited with its rule."""

JUDGED_TABLES: Final = (2, 4)


def trust_of(
    row: Row,
    overrides: Overrides | None = None,
    computed: DryPhaseNumbers | None = None,
) -> TrustVerdict:
    """Judge whether the sample of one row is dry.

    Parameters
    ----------
    row
        A row of Table 2 or 4, shipped or the user's own.
    overrides
        The user's own verdicts, points and facts (:func:`read_overrides`).
    computed
        Hull distance and hydration energy of the dry compound, if the caller computed them; this module does not.

    Raises
    ------
    OptionError
        The row is of another table: only samples and their routes can be dry.

    Examples
    --------
    >>> from antiperovskite.evidence import syntheses
    >>> braga = next(row for row in syntheses() if row.id == "t2-05")
    >>> trust_of(braga).verdict
    'probably hydrated'
    """
    if not isinstance(row, SynthesisRow | ConductivityRow):
        raise OptionError(f"row {row.id!r} is of table {row.table}; the trust rules judge rows of tables 2 and 4")
    chosen = overrides or Overrides()
    rules = trust_rules()
    routes: tuple[SynthesisRow, ...] = ()
    works: Works = {}
    facts = why_not_applicable(row)
    applicable = not facts
    if applicable:
        routes = routes_of(row)
        facts, works = _facts(row, routes, rules, computed)
        facts = _told(facts, row, chosen)
    fired = _fired(facts, rules, chosen, works)
    points = sum(rule.points for rule in fired) if applicable else None
    verdict = _verdict(points, rules)
    own = next((entry for entry in chosen.verdicts if entry.row == row.id), None)
    return TrustVerdict(
        row=row.id,
        table=row.table,
        formula=row.formula,
        study=row.study,
        verdict=own.verdict if own else verdict,
        points=points,
        argument=own.reason if own else _argument(verdict, fired),
        rules=fired,
        routes=tuple(route.id for route in routes),
        overridden=verdict if own else None,
        citations=tuple(dict.fromkeys((*row.citations, *(key for rule in fired for key in rule.citations)))),
    )


def _facts(
    row: SynthesisRow | ConductivityRow,
    routes: tuple[SynthesisRow, ...],
    rules: TrustRules,
    computed: DryPhaseNumbers | None,
) -> tuple[Facts, Works]:
    """Everything known of a sample; where two of its routes differ only what both share counts."""
    by_route = [route_facts(route) for route in routes]
    shared = [name for name in by_route[0] if all(name in other for other in by_route[1:])] if by_route else []
    facts = {name: by_route[0][name] for name in shared}
    if isinstance(row, ConductivityRow):
        facts = {name: f"route {routes[0].id}, {evidence}" for name, evidence in facts.items()}
        group = [other for other in conductivities() if row.group and other.group == row.group]
        facts.update(conductivity_facts(row, group, rules))
    said, works = study_facts(row, rules)
    facts.update(said)
    facts.update(compound_facts(row, rules))
    facts.update(computed_facts(row, computed, rules))
    facts.update(probe_facts(row, facts))
    return facts, works


def _told(facts: Facts, row: Row, overrides: Overrides) -> Facts:
    """Apply what the user knows of this row's sample."""
    result = dict(facts)
    for entry in overrides.facts:
        if entry.row != row.id:
            continue
        if entry.holds:
            result[entry.fact] = f"set by the user: {entry.reason}"
            if entry.fact in ("proton-probe-used", "hydroxide-found"):
                result.pop("no-proton-probe", None)
        else:
            result.pop(entry.fact, None)
    return result


def _fired(facts: Facts, rules: TrustRules, overrides: Overrides, works: Works) -> tuple[FiredRule, ...]:
    """Rules whose fact holds, weightiest first."""
    weights = {entry.rule: entry for entry in overrides.points}
    fired = []
    for rule in rules.rules:
        if rule.id not in facts:
            continue
        own = weights.get(rule.id)
        used = rule if own is None else rule.model_copy(update={"points": own.points})
        changed = "" if own is None else f" (points set by the user, {rule.points} before: {own.reason})"
        fired.append(
            FiredRule(
                id=rule.id,
                direction=rule.direction,
                points=used.signed,
                text=rule.text,
                argument=f"{rule.argument}{changed}",
                evidence=facts[rule.id],
                citations=tuple(dict.fromkeys((*rule.citations, *works.get(rule.id, ())))),
            )
        )
    return tuple(sorted(fired, key=lambda rule: -abs(rule.points)))


def _verdict(points: int | None, rules: TrustRules) -> TrustAnswer:
    if points is None:
        return "not applicable"
    if points >= rules.limits.dry:
        return "probably dry"
    return "probably hydrated" if points <= rules.limits.hydrated else "uncertain"


def _argument(verdict: TrustAnswer, fired: tuple[FiredRule, ...]) -> str:
    """The reasons that carry a verdict, weightiest first; both sides where it is uncertain."""
    dry = "; ".join(rule.text for rule in fired if rule.points > 0)
    hydrated = "; ".join(rule.text for rule in fired if rule.points < 0)
    if verdict == "probably dry":
        return dry
    if verdict == "probably hydrated":
        return hydrated
    if verdict == "uncertain":
        return f"for dry: {dry or 'nothing'}. Against: {hydrated or 'nothing'}"
    return "; ".join(rule.text for rule in fired)


def trust_report(
    formula: Formula | str | None = None,
    tables: tuple[int, ...] = JUDGED_TABLES,
    overrides: Overrides | None = None,
    computed: DryPhaseNumbers | None = None,
) -> tuple[TrustVerdict, ...]:
    """Judge every row of Tables 2 and 4, or those that concern a formula.

    Raises
    ------
    OptionError
        A table that the rules do not judge.
    FormulaError
        The formula neither resolves nor names a row of any table.

    Examples
    --------
    >>> [verdict.verdict for verdict in trust_report("Na3OCl", tables=(2,))][:1]
    ['probably dry']
    """
    for number in tables:
        if number not in JUDGED_TABLES:
            raise OptionError(
                f"table {number} is not judged by the trust rules; choose 2 (routes) or 4 (conductivities)"
            )
    return tuple(trust_of(row, overrides, computed) for number in tables for row in table(number, formula))
