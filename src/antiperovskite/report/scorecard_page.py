"""The scorecard as one offline HTML page: counts, a filter, every claim beside what was computed for it."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from antiperovskite._files import write_atomically
from antiperovskite.quantity import Quantity
from antiperovskite.report.format import number, prose, quantity
from antiperovskite.report.templating import asset, environment
from antiperovskite.units import unit_symbol

if TYPE_CHECKING:
    from antiperovskite.scorecard.model import Outcome, Scorecard

TONES: Final = {"reproduced": "yes", "contradicted": "no", "not computable": "open"}
MARKS: Final = {"reproduced": "✓", "contradicted": "✗", "not computable": "–"}
CAUSES: Final = {
    "no check": "no check yet",
    "not defined": "not defined here",
    "needs depth": "needs a greater depth",
    "withheld": "engine not fit for verdicts",
    "failed": "calculation failed",
}
_SENSE: Final = {"less": "below ", "greater": "above ", "sign": "sign of "}
_WIDTH: Final = 150.0
_HEIGHT: Final = 22.0


def write_scorecard(card: Scorecard, path: Path) -> None:
    """Write one self-contained HTML file, whole or not at all.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    write_atomically(path, render_scorecard(card))


def render_scorecard(card: Scorecard) -> str:
    """Return the page as text. The same scorecard gives the same page."""
    causes = Counter(outcome.cause for outcome in card.outcomes if outcome.cause)
    references = {
        key: text for item in card.outcomes for key, text in zip(item.citations, item.references, strict=True)
    }
    return (
        environment()
        .get_template("scorecard.html.j2")
        .render(
            card=card,
            causes=[(CAUSES[cause], count) for cause, count in causes.most_common()],
            without=Counter(outcome.verdict for outcome in card.outcomes if outcome.engine is None),
            close=sum(outcome.robust is False for outcome in card.outcomes),
            tones=TONES,
            marks=MARKS,
            cause_names=CAUSES,
            claimed=claimed,
            computed=computed,
            track=track,
            search_text=_search_text,
            citations=sorted(references),
            style=Markup(asset("style.css") + asset("scorecard.css")),
            script=Markup(asset("scorecard.js")),
        )
    )


def claimed(outcome: Outcome) -> Markup:
    """The claimed value, range or words, with the sense of the comparison."""
    if isinstance(outcome.claimed, str):
        return prose(outcome.claimed)
    sense = Markup('<span class="muted">{}</span>').format(_SENSE.get(outcome.agreement or "", ""))
    if outcome.claimed_upper is None:
        return sense + quantity(outcome.claimed)
    return sense + Markup('<span class="num">{}</span> to {}').format(
        number(outcome.claimed.value), quantity(outcome.claimed_upper.to(outcome.claimed.unit))
    )


def computed(outcome: Outcome) -> Markup:
    """What was computed, in the unit of the claim; a dash where nothing was."""
    if isinstance(outcome.computed, Quantity):
        if isinstance(outcome.claimed, Quantity):
            return quantity(outcome.computed.to(outcome.claimed.unit))
        return quantity(outcome.computed)
    return quantity(None) if outcome.computed is None else prose(outcome.computed)


def track(outcome: Outcome) -> Markup:
    """A small drawing: the accepted interval as a band, the claim as ticks, the computed value with its error bar."""
    if outcome.verdict == "not computable" or not isinstance(outcome.computed, Quantity):
        return Markup("")
    assert isinstance(outcome.claimed, Quantity)
    here = outcome.computed.to(outcome.claimed.unit)
    u = here.uncertainty or 0.0
    ticks = [outcome.claimed.value]
    if outcome.claimed_upper is not None:
        ticks.append(outcome.claimed_upper.magnitude(outcome.claimed.unit))
    if outcome.agreement == "sign":
        ticks = [0.0]
    ends = [end for end in (outcome.accepted_from, outcome.accepted_to) if end is not None]
    points = [*ticks, *ends, here.value - u, here.value + u]
    low, high = min(points), max(points)
    pad = 0.12 * (high - low) or abs(high) or 1.0
    low, high = low - pad, high + pad

    def x(value: float | None, outside: float) -> float:
        return outside if value is None else _WIDTH * (value - low) / (high - low)

    left, right = x(outcome.accepted_from, 0.0), x(outcome.accepted_to, _WIDTH)
    middle, top, bottom = _HEIGHT / 2, 4.0, _HEIGHT - 4.0
    shapes = [
        f'<rect class="band" x="{left:.1f}" y="4" width="{max(right - left, 1):.1f}" height="{bottom - top:g}"/>',
        _line("axis", 0.0, _WIDTH, middle, middle),
        *(_line("tick", x(tick, 0), x(tick, 0), top, bottom) for tick in ticks),
    ]
    if u > 0:
        shapes.append(_line("bar", x(here.value - u, 0), x(here.value + u, 0), middle, middle))
    shapes.append(f'<circle class="dot" cx="{x(here.value, 0):.1f}" cy="{middle:g}" r="4"/>')
    label = escape(f"accepted {_ends(outcome)}; computed {here}")
    return Markup(
        f'<svg class="track" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" width="{_WIDTH:g}" height="{_HEIGHT:g}" role="img" '
        f'aria-label="{label}"><title>{label}</title>{"".join(shapes)}</svg>'
    )


def _line(kind: str, x1: float, x2: float, y1: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:g}" y2="{y2:g}"/>'


def _ends(outcome: Outcome) -> str:
    low, high = outcome.accepted_from, outcome.accepted_to
    unit = unit_symbol(outcome.claimed.unit) if isinstance(outcome.claimed, Quantity) else ""
    if low is None or high is None:
        limit = high if low is None else low
        side = "below" if low is None else "above"
        return f"{side} {0.0 if limit is None or math.isinf(limit) else limit:.4g} {unit}".strip()
    return f"{low:.4g} to {high:.4g} {unit}".strip()


def _search_text(outcome: Outcome) -> str:
    """What the page's search box looks through."""
    words = (outcome.id, outcome.subject, outcome.property, outcome.statement, outcome.standing, *outcome.references)
    return " ".join(words).casefold()
