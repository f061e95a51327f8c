"""Running the checks: select claims, validate all of them, compute, judge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from antiperovskite._version import __version__
from antiperovskite.assessment.options import Progress
from antiperovskite.citations import citation
from antiperovskite.engines.registry import DEFAULT_ENGINE, get_engine
from antiperovskite.errors import AntiperovskiteError, OptionError, StoreError, one_line
from antiperovskite.evidence.claims import Check, Claim, claims
from antiperovskite.quantity import NotComputed
from antiperovskite.scorecard.agreement import accepted, judge_number, judge_words
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.model import Cause, Outcome, Scorecard, Verdict
from antiperovskite.scorecard.registry import Capability, NeedsDepth, Result, capability
from antiperovskite.scorecard.validate import validate_check
from antiperovskite.store import ResultStore, default_store_path

NO_CHECK = "the claim names no check: nothing in this program computes it yet"


def select_claims(pattern: str | None, among: Sequence[Claim] | None = None) -> tuple[Claim, ...]:
    """Return the claims whose id, subject or property matches.

    Parameters
    ----------
    pattern
        A part of the text, or a pattern with ``*``, ``?`` or ``[...]`` for the whole of it; case does not matter.
        ``None`` selects all.
    among
        The claims to choose from; the shipped ones by default.

    Raises
    ------
    OptionError
        Nothing matches.
    """
    everything = tuple(claims() if among is None else among)
    if pattern is None:
        return everything
    wanted = pattern.casefold()
    found = tuple(
        claim
        for claim in everything
        if any(_matches(text.casefold(), wanted) for text in (claim.id, claim.subject, claim.property))
    )
    if not found:
        raise OptionError(
            f"no claim's id, subject or property matches {one_line(pattern, 60)!r}; "
            f"there are {len(everything)} claims, listed by: antiperovskite evidence claims"
        )
    return found


def _matches(text: str, pattern: str) -> bool:
    return pattern in text or fnmatchcase(text, pattern)


def reproduce(
    pattern: str | None = None,
    *,
    among: Sequence[Claim] | None = None,
    depth: str = "quick",
    engine: str = DEFAULT_ENGINE,
    store: ResultStore | None = None,
    progress: Progress | None = None,
) -> Scorecard:
    """Compute what can be computed of the literature's claims and say whether it agrees.

    Parameters
    ----------
    pattern, among
        See :func:`select_claims`.
    depth, engine, store, progress
        As for :func:`antiperovskite.assessment.assess`.

    Returns
    -------
    Scorecard
        One outcome a claim, in the order of the data files. A contradicted claim is a result like any other.

    Raises
    ------
    InputError
        Nothing matches, or the depth or engine is not valid; nothing has been computed then.
    DataError
        A selected claim's check is not valid; nothing has been computed then.

    Examples
    --------
    >>> from antiperovskite.scorecard import reproduce
    >>> reproduce("capacity").counts  # doctest: +SKIP
    {'reproduced': 2, 'contradicted': 0, 'not computable': 1}
    """
    selected = select_claims(pattern, among)
    for claim in selected:
        validate_check(claim)
    own = store is None
    results = store or ResultStore(default_store_path())
    try:
        context = Context(engine=engine, depth=depth, store=results, progress=progress)
        outcomes = tuple(_outcomes(selected, context))
    finally:
        if own:
            results.close()
    return Scorecard(
        engine=engine,
        depth=depth,
        engine_notes=get_engine(engine).card.known_bias,
        pattern=pattern,
        outcomes=outcomes,
        version=__version__,
    )


def _outcomes(selected: Sequence[Claim], context: Context) -> Iterable[Outcome]:
    total = sum(claim.check is not None for claim in selected)
    number = 0
    for claim in selected:
        if claim.check is None:
            yield _not_computable(claim, "no check", NO_CHECK)
            continue
        number += 1
        context.progress(f"claim {number} of {total}", claim.id)
        yield _outcome(claim, claim.check, context)


def _outcome(claim: Claim, check: Check, context: Context) -> Outcome:
    item = capability(check.capability)
    engine = context.engine if item.engine else None
    try:
        computed = item.compute(check.arguments, context)
        if isinstance(computed, NotComputed):
            cause: Cause = "needs depth" if isinstance(computed, NeedsDepth) else "not defined"
            return _not_computable(claim, cause, computed.method, engine=engine)
        if item.is_energetic(check.arguments) and not context.for_verdicts:
            reason = f"engine {context.engine} is not fit for verdicts, so its energies are not compared with the claim"
            return _not_computable(claim, "withheld", reason, engine=engine, computed=computed)
        return _judged(claim, check, item, computed, engine)
    except StoreError:
        raise
    except AntiperovskiteError as error:
        return _not_computable(claim, "failed", str(error), engine=engine)


def _judged(claim: Claim, check: Check, item: Capability, computed: Result, engine: str | None) -> Outcome:
    if isinstance(computed, str):
        judgement = judge_words(claim, computed)
        bounds: dict[str, float | None] = {}
    else:
        assert not isinstance(computed, NotComputed)
        judgement = judge_number(claim, check, computed)
        interval = accepted(claim, check)
        ends = {"accepted_from": interval.low, "accepted_to": interval.high}
        bounds = {name: end if math.isfinite(end) else None for name, end in ends.items()}
    verdict: Verdict = "reproduced" if judgement.agrees else "contradicted"
    return Outcome(
        **_about(claim),
        **bounds,
        computed=computed,
        verdict=verdict,
        reason=judgement.reason,
        likely_reason="" if judgement.agrees or claim.standing == "accepted" else claim.standing_reason,
        z=judgement.z,
        robust=judgement.robust,
        engine=engine,
    )


def _not_computable(
    claim: Claim, cause: Cause, reason: str, *, engine: str | None = None, computed: Result | None = None
) -> Outcome:
    return Outcome(
        **_about(claim),
        computed=None if isinstance(computed, NotComputed) else computed,
        verdict="not computable",
        cause=cause,
        reason=reason,
        engine=engine,
    )


def _about(claim: Claim) -> dict[str, Any]:
    """What an outcome repeats of its claim and check."""
    check = claim.check
    words = check is not None and check.agreement == "equals"
    about: dict[str, Any] = {
        name: getattr(claim, name)
        for name in (
            "id", "statement", "subject", "property", "section", "conditions", "method", "standing", "reading",
            "contradicts", "citations",
        )
    }  # fmt: skip
    about["claimed"] = claim.words if words or claim.value is None else claim.value
    about["claimed_upper"] = None if words else claim.value_upper
    about["standing_reason"] = claim.standing_reason
    about["references"] = tuple(citation(key).text for key in claim.citations)
    if check is not None:
        about |= {
            name: getattr(check, name) for name in ("capability", "arguments", "agreement", "tolerance", "relative")
        }
        about["why"] = check.why
        about["caveat"] = capability(check.capability).caveat
    return about
