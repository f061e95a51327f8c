"""What must hold for any text and for any formula."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from antiperovskite.composition import Formula, resolve
from antiperovskite.errors import FormulaError
from antiperovskite.ions import ion, known_ions

# generous, because the machine may be shared; a resolution takes less than a millisecond
SLOWEST = timedelta(seconds=2)
PIECES = [
    *known_ions(),
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "0.5",
    "1",
    "2",
    "3",
    ".",
    "_",
    "$",
    "·",
    " ",
    "x",
    "-",
    "Ti",
    "D",
]
TWENTIETHS = st.integers(1, 19).map(lambda n: n / 20)


def check(text: str) -> Formula | None:
    try:
        formula = resolve(text)
    except FormulaError as error:
        assert str(error).isprintable()
        assert error.exit_code == 2
        return None
    held = [formula.sites.X, formula.sites.B, formula.sites.A]
    assert all(site and min(site.values()) > 0 for site in held)
    again = resolve(formula.canonical)
    assert again.canonical == formula.canonical
    assert again.model_dump(exclude={"formula", "given", "notes"}) == formula.model_dump(
        exclude={"formula", "given", "notes"}
    )
    return formula


@given(st.text(max_size=250))
@settings(max_examples=150, deadline=SLOWEST)
def test_any_text_resolves_or_is_refused(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=400, deadline=SLOWEST)
def test_any_text_that_looks_like_a_formula_resolves_or_is_refused(text: str) -> None:
    check(text)


@st.composite
def anti_perovskites(draw: st.DrawFn) -> tuple[list[tuple[str, float]], dict[str, dict[str, float]]]:
    """Ions with amounts, and the sites they belong on, without ions that could take either site."""
    b = _mixture(draw, ["O", "OH", "H"], 1.0)
    a = _mixture(draw, ["Cl", "Br", "I", "CN", "NO2", "BH4", "AlH4", "SO4"], float(draw(st.sampled_from([1, 2, 3, 4]))))
    negative = -sum(n * ion(s).charge for s, n in {**b, **a}.items())
    divalent = draw(st.sampled_from([0.0, 0.05, 0.1]))
    x = _mixture(draw, ["Li", "Na", "K", "Ag"], round(negative - 2 * divalent, 6))
    if divalent:
        x[draw(st.sampled_from(["Mg", "Ca", "Sr", "Ba"]))] = divalent
    n_sites = 2 * sum(b.values()) + sum(a.values())
    assume(n_sites / 2 <= sum(x.values()) <= n_sites)
    return [*x.items(), *b.items(), *a.items()], {"X": x, "B": b, "A": a}


def _mixture(draw: st.DrawFn, symbols: list[str], total: float) -> dict[str, float]:
    first, second = draw(st.lists(st.sampled_from(symbols), min_size=2, max_size=2, unique=True))
    share = draw(TWENTIETHS | st.just(1.0))
    amounts = {first: round(share * total, 6), second: round((1 - share) * total, 6)}
    return {symbol: amount for symbol, amount in amounts.items() if amount}


def write(parts: list[tuple[str, float]]) -> str:
    return "".join(
        f"({symbol}){amount:g}" if ion(symbol).is_cluster else f"{symbol}{amount:g}" for symbol, amount in parts
    )


@given(anti_perovskites(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=SLOWEST, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_generated_compositions_come_back_on_their_sites_in_any_order(
    composition: tuple[list[tuple[str, float]], dict[str, dict[str, float]]], random: object
) -> None:
    parts, sites = composition
    formula = check(write(parts))
    assert formula is not None
    assert formula.sites.model_dump() == sites
    charge = sum(n * ion(s).charge for site in sites.values() for s, n in site.items())
    assert charge == pytest.approx(0, abs=1e-6)
    occupied = sum(sites["X"].values())
    assert occupied + formula.vacancies == pytest.approx(2 * sum(sites["B"].values()) + sum(sites["A"].values()))
    random.shuffle(parts)  # type: ignore[attr-defined]
    shuffled = resolve(write(parts))
    assert shuffled.sites == formula.sites
    assert shuffled.canonical == formula.canonical


@given(st.permutations([("Li", 6.0), ("O", 1.0), ("S", 1.0), ("I", 2.0)]), st.sampled_from([1, 2, 5]))
def test_the_order_and_scale_of_a_double_do_not_matter(parts: list[tuple[str, float]], scale: int) -> None:
    formula = resolve(write([(symbol, amount * scale) for symbol, amount in parts]))
    assert dict.fromkeys(("O", "S"), scale) == formula.sites.B
    assert formula.multiplicity == 2 * scale
