"""When does a computed value agree with a claim?

Every numerical agreement is an interval of accepted values in the unit of the claim [L, U] (U = L for one value):

========== ==========================================================
within     [L - d, U + d], d the tolerance, or that fraction of |L|, |U|
less       below L
greater    above U
sign       above zero where L and U are positive, below where negative
========== ==========================================================

The verdict compares the computed value alone with that interval, so that a large uncertainty cannot turn a wrong
value into a right one. The uncertainty, u^2 = u_computed^2 + u_claimed^2, is reported beside it: z = distance / u, and
``robust`` is true where the whole of [value - u, value + u] gives the same verdict.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from antiperovskite.evidence.claims import Check, Claim
from antiperovskite.quantity import Quantity
from antiperovskite.units import unit_symbol

_EDGE = 1e-9  # relative; 3.9 + 0.1 must accept 4.0
_BAR = {"\u0304": "-", "\u0305": "-", "\u00af": "-"}


@dataclass(frozen=True)
class Judgement:
    """Whether a computed value agrees with its claim, and by how much."""

    agrees: bool
    reason: str
    z: float | None = None
    robust: bool | None = None


@dataclass(frozen=True)
class Interval:
    """Accepted values; ends at infinity are open, the others belong to it if ``closed``."""

    low: float
    high: float
    closed: bool

    def holds(self, value: float) -> bool:
        """Whether a value is accepted."""
        if self.low < value < self.high:
            return True
        ends = [end for end in (self.low, self.high) if math.isfinite(end)]
        return self.closed and any(math.isclose(value, end, rel_tol=_EDGE, abs_tol=1e-300) for end in ends)

    def overlaps(self, low: float, high: float) -> bool:
        """Whether any value between two others is accepted."""
        return self.holds(low) or self.holds(high) or (low < self.high and high > self.low)


def claimed_range(claim: Claim) -> tuple[float, float]:
    """Both ends of the claimed value in the unit of ``claim.value``, the lower one first."""
    if claim.value is None:
        raise ValueError(f"claim {claim.id} has no value")
    low = claim.value.value
    high = low if claim.value_upper is None else claim.value_upper.magnitude(claim.value.unit)
    return min(low, high), max(low, high)


def accepted(claim: Claim, check: Check) -> Interval:
    """Values that agree with the claim, in the unit of ``claim.value``."""
    low, high = claimed_range(claim)
    if check.agreement == "less":
        return Interval(-math.inf, low, closed=False)
    if check.agreement == "greater":
        return Interval(high, math.inf, closed=False)
    if check.agreement == "sign":
        return Interval(0.0, math.inf, closed=False) if low > 0 else Interval(-math.inf, 0.0, closed=False)
    margin = check.tolerance or 0.0
    down, up = (margin * abs(low), margin * abs(high)) if check.relative else (margin, margin)
    return Interval(low - down, high + up, closed=True)


def judge_number(claim: Claim, check: Check, computed: Quantity) -> Judgement:
    """Compare a computed quantity with the claim.

    Raises
    ------
    UnitError
        The two measure different things.
    """
    assert claim.value is not None
    here = computed.to(claim.value.unit)
    interval = accepted(claim, check)
    agrees = interval.holds(here.value)
    distance = _distance(claim, check, here.value)
    u = _combined(here, claim)
    robust = None
    if u is not None:
        low, high = here.value - u, here.value + u
        robust = (interval.holds(low) and interval.holds(high)) if agrees else not interval.overlaps(low, high)
    z = None if not u else distance / u
    return Judgement(agrees, _reason(claim, check, here, agrees, robust), z, robust)


def _combined(computed: Quantity, claim: Claim) -> float | None:
    """Standard uncertainty of the difference; ``None`` where the computed value has none."""
    if computed.uncertainty is None:
        return None
    claimed = claim.value.uncertainty if claim.value else None
    return math.hypot(computed.uncertainty, claimed or 0.0)


def _distance(claim: Claim, check: Check, value: float) -> float:
    """Signed distance from the claim: zero inside a range, from the limit for one-sided agreements."""
    low, high = claimed_range(claim)
    if check.agreement == "sign":
        return value
    if check.agreement == "less":
        return value - low
    if check.agreement == "greater":
        return value - high
    return value - min(max(value, low), high)


def _reason(claim: Claim, check: Check, computed: Quantity, agrees: bool, robust: bool | None) -> str:
    low, high = claimed_range(claim)
    symbol = unit_symbol(computed.unit)

    def said(value: float) -> str:
        return f"{value:.4g} {symbol}".strip()

    text = f"{low:.4g} to {said(high)}" if high > low else said(low)
    is_it = "is" if agrees else "is not"
    if check.agreement == "sign":
        words = f"the computed {computed} {'has' if agrees else 'does not have'} the sign of the claimed {text}"
    elif check.agreement == "less":
        words = f"the computed {computed} {is_it} below {said(low)}"
    elif check.agreement == "greater":
        words = f"the computed {computed} {is_it} above {said(high)}"
    else:
        margin = check.tolerance or 0.0
        allowed = f"{100 * margin:.3g} %" if check.relative else said(margin)
        words = f"the computed {computed} {is_it} within {allowed} of {text}"
        distance = _distance(claim, check, computed.value)
        if distance:
            words += f" (off by {said(distance)})"
    if robust is False:
        words += "; within one standard uncertainty the verdict could be the other one"
    return words


def plain_words(text: str) -> str:
    """One spelling of a word or a list: case, spaces, typeset bars and the order of ``a + b`` do not matter.

    Examples
    --------
    >>> plain_words("LiCl + Li2O") == plain_words("Li2O+LiCl")
    True
    >>> plain_words("Pm\\u0305 3m") == plain_words("Pm-3m")
    True
    """
    for mark, dash in _BAR.items():
        text = text.replace(mark, dash)
    parts = [re.sub(r"[\s_]+", "", part.replace("\u2212", "-").replace("\u2013", "-")) for part in text.split("+")]
    return "+".join(sorted(part.casefold() for part in parts))


def judge_words(claim: Claim, computed: str) -> Judgement:
    """Compare words."""
    agrees = plain_words(claim.words) == plain_words(computed)
    verb = "equals" if agrees else "is not"
    return Judgement(agrees, f"the computed {computed!r} {verb} the claimed {claim.words!r}")
