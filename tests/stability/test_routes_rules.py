"""Precursor sets: which kinds the rules give, and that every set balances."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.composition.examples import EXAMPLES
from antiperovskite.stability.routes.balancing import PrecursorSet, balanced_sets
from antiperovskite.stability.routes.rules import GASES, Rule, route_rules
from antiperovskite.stability.routes.study import precursor_sets


def written(chosen: PrecursorSet) -> str:
    side = " + ".join(f"{amount:g} {precursor.label}" for precursor, amount in chosen.precursors)
    return f"{side} -> {chosen.gas_amount:g} {chosen.gas}" if chosen.gas else side


@given(st.sampled_from(EXAMPLES))
@settings(max_examples=len(EXAMPLES), deadline=None)
def test_every_set_holds_the_atoms_of_the_product_and_of_the_gas(text: str) -> None:
    formula = resolve(text)
    found = precursor_sets(formula)
    assert found, text
    for chosen in found:
        total = dict(chosen.elements)
        for element, count in (GASES[chosen.gas] if chosen.gas else {}).items():
            total[element] = total.get(element, 0.0) - chosen.gas_amount * count
        assert all(amount > 0.0 for _, amount in chosen.precursors)
        assert {e: n for e, n in total.items() if abs(n) > 1e-6} == pytest.approx(formula.elements, abs=1e-6)


def test_the_kinds_of_table_2_come_from_the_ions() -> None:
    routes = [written(chosen) for chosen in precursor_sets(resolve("Li3OCl"))]
    assert routes == [
        "1 Li2O + 1 LiCl",
        "2 LiOH + 1 LiCl -> 1 H2O",
        "1 LiOH + 1 LiCl + 1 Li -> 0.5 H2",
        "1 LiOH + 1 LiCl + 1 LiH -> 1 H2",
        "0.5 Li2O2 + 1 LiCl + 1 Li",
        "1 Li2O2 + 1 LiCl -> 0.5 O2",
        "1 Li2CO3 + 1 LiCl -> 1 CO2",
        "1 Li2OHCl + 1 Li -> 0.5 H2",
    ]
    assert [written(chosen) for chosen in precursor_sets(resolve("Li2OHCl"))] == ["1 LiOH + 1 LiCl"]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li3HS", {"1 LiH + 1 Li2S"}),
        ("Mg3NAs", {"0.5 Mg3N2 + 0.5 Mg3As2", "0.5 Mg3N2 + 1.5 Mg + 1 As"}),
        ("Ag3SI", {"1 Ag2S + 1 AgI", "1 AgI + 2 Ag + 1 S"}),
        ("Ca3PSb", {"0.5 Ca3P2 + 0.5 Ca3Sb2", "3 Ca + 1 P + 1 Sb"}),
    ],
)
def test_chalcogenides_hydrides_and_nitrides(formula: str, expected: set[str]) -> None:
    assert {written(chosen) for chosen in precursor_sets(resolve(formula))} == expected


def test_cathodes_start_from_oxide_metal_and_chalcogen_and_never_from_peroxide() -> None:
    routes = {written(chosen) for chosen in precursor_sets(resolve("Li2FeSO"))}
    assert {"1 Li2O + 1 FeS", "1 FeO + 1 Li2S", "1 Li2O + 1 Fe + 1 S"} <= routes
    assert not any("2O2" in route or "CO3" in route for route in routes)


def test_mixed_halides_use_both_salts_and_mixed_cations_either() -> None:
    assert "1 Li2O + 0.5 LiCl + 0.5 LiBr" in {written(c) for c in precursor_sets(resolve("Li3OCl0.5Br0.5"))}
    assert {"1 Na2O + 1 LiCl", "0.5 Li2O + 0.5 Na2O + 1 NaCl"} <= {
        written(c) for c in precursor_sets(resolve("LiNa2OCl"))
    }


def test_a_pool_that_cannot_balance_gives_no_set() -> None:
    oxide, *_ = route_rules(resolve("Na3OBr"))
    wrong = Rule(oxide.kind, oxide.pool, oxide.required, gas="N2")
    assert balanced_sets(wrong, resolve("Na3OBr").elements) == ()
    assert balanced_sets(oxide, resolve("Li3OCl").elements) == ()
