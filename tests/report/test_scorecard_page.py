"""The scorecard's page: complete offline, every claim in it, escaped, drawn to scale."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.quantity import Quantity
from antiperovskite.report.scorecard_page import claimed, computed, render_scorecard, track
from antiperovskite.scorecard import Outcome, Scorecard


def quantity(value: float, unit: str = "eV", uncertainty: float | None = None) -> Quantity:
    return Quantity(value=value, uncertainty=uncertainty, unit=unit, method="how <it> was done", source="engine x")


def outcome(name: str = "a-claim", **fields: Any) -> Outcome:
    base: dict[str, Any] = {
        "id": name,
        "claimed": quantity(0.3),
        "claimed_upper": quantity(0.4),
        "computed": quantity(0.35, uncertainty=0.02),
        "verdict": "reproduced",
        "reason": "it agrees",
        "statement": "A <script>alert(1)</script> statement about Li2OHCl.",
        "subject": "Li2OHCl",
        "property": "activation energy",
        "section": "7",
        "method": "NEB",
        "standing": "accepted",
        "capability": "quantity",
        "arguments": {"formula": "Li2OHCl"},
        "agreement": "within",
        "tolerance": 0.05,
        "accepted_from": 0.25,
        "accepted_to": 0.45,
        "z": 0.0,
        "robust": True,
        "engine": "toy-ionic",
        "citations": ("dawson2021",),
        "references": ("Dawson et al.",),
    }
    return Outcome(**{**base, **fields})


def silent(name: str) -> Outcome:
    nothing = {"computed": None, "verdict": "not computable", "cause": "no check", "reason": "no check", "z": None}
    return outcome(name, **nothing, capability=None, agreement=None, tolerance=None, engine=None, robust=None)


def card(*outcomes: Outcome) -> Scorecard:
    return Scorecard(engine="toy-ionic", depth="quick", engine_notes=("toy",), outcomes=outcomes, version="0")


def test_every_claim_and_count_is_on_the_page() -> None:
    wrong = outcome("wrong", verdict="contradicted", likely_reason="the sample held water", robust=False)
    page = render_scorecard(card(outcome("right"), wrong, silent("silent")))
    assert re.findall(r'<tr id="([\w-]+)" class="(\w+)"', page) == [
        ("right", "yes"),
        ("wrong", "no"),
        ("silent", "open"),
    ]
    for verdict in ("reproduced", "contradicted", "not computable"):
        assert f'data-verdict="{verdict}" aria-pressed="false">{verdict} 1</button>' in page
    assert "<b>Likely reason:</b> the sample held water" in page
    assert "not beyond one standard uncertainty" in page
    assert "engine toy-ionic" in page


def test_the_page_is_whole_and_offline_and_escaped() -> None:
    page = render_scorecard(card(outcome(), silent("silent")))
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "<script>alert" not in page
    assert "how <it>" not in page
    assert not re.search(r'(src|href)="(?!#|data:|https://doi\.org/)', page)
    assert "@import" not in page
    assert render_scorecard(card(outcome(), silent("silent"))) == page


def test_values_are_shown_in_the_unit_of_the_claim() -> None:
    shown = str(computed(outcome(computed=quantity(350.0, "meV", 20.0))))
    assert "0.350(20)" in shown
    assert "eV" in shown
    assert "0.3" in str(claimed(outcome()))
    assert "0.4" in str(claimed(outcome()))
    assert "below " in str(claimed(outcome(agreement="less", claimed_upper=None)))
    assert "Li<sub>2</sub>O" in str(
        computed(outcome(claimed="Li2O + LiCl", claimed_upper=None, computed="Li2O + LiCl"))
    )


def test_nothing_is_drawn_where_nothing_was_judged() -> None:
    assert str(track(silent("silent"))) == ""
    assert str(track(outcome(claimed="cubic", claimed_upper=None, computed="cubic"))) == ""


def drawing(item: Outcome) -> dict[str, float]:
    svg = str(track(item))
    band = re.search(r'class="band" x="([-\d.]+)" y="4" width="([\d.]+)"', svg)
    dot = re.search(r'class="dot" cx="([-\d.]+)"', svg)
    assert band is not None
    assert dot is not None
    return {"left": float(band[1]), "right": float(band[1]) + float(band[2]), "dot": float(dot[1])}


@given(value=st.floats(-5, 5), low=st.floats(-2, 2), width=st.floats(0.1, 2), u=st.one_of(st.none(), st.floats(0, 1)))
def test_the_dot_lies_in_the_band_exactly_if_the_value_is_accepted(
    value: float, low: float, width: float, u: float | None
) -> None:
    item = outcome(
        claimed=quantity(low + width / 2),
        claimed_upper=None,
        computed=quantity(value, uncertainty=u),
        accepted_from=low,
        accepted_to=low + width,
    )
    drawn = drawing(item)
    for place in drawn.values():
        assert 0.0 <= place <= 151.0
    pixel = 1.1  # the drawing rounds to a tenth and gives the band at least one unit
    if low < value < low + width:
        assert drawn["left"] - pixel <= drawn["dot"] <= drawn["right"] + pixel
    else:
        assert drawn["dot"] <= drawn["left"] + pixel or drawn["dot"] >= drawn["right"] - pixel


@pytest.mark.parametrize(
    ("agreement", "accepted"),
    [("less", (None, 0.3)), ("greater", (0.3, None)), ("sign", (0.0, None))],
)
def test_one_sided_bands_run_to_the_edge(agreement: str, accepted: tuple[float | None, float | None]) -> None:
    low, high = accepted
    item = outcome(claimed_upper=None, agreement=agreement, tolerance=None, accepted_from=low, accepted_to=high)
    drawn = drawing(item)
    assert drawn["left"] == 0.0 if low is None else drawn["right"] == 150.0
