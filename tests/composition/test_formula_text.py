"""Ways of typing the same formula, and text that is no formula: one clear line each."""

from __future__ import annotations

import pytest

from antiperovskite.composition import resolve
from antiperovskite.composition.normalise import normalise
from antiperovskite.errors import ChargeBalanceError, FormulaError, UnknownIonError


@pytest.mark.parametrize(
    "text",
    [
        "Li3OCl",
        " Li3 O Cl ",
        "Li3ClO",
        "ClOLi3",
        "OLi2ClLi",
        "Li₃OCl",
        "Ｌｉ３ＯＣｌ",
        "Li\u200b3OCl\ufeff",
        r"$\mathrm{Li_3OCl}$",
        r"$\mathrm{Li}_3\mathrm{OCl}$",
        r"$\text{Li}_{3}\text{OCl}$",
        r"\ce{Li3OCl}",
        "Li$_{3}$OCl",
        "Li$_3$OCl",
        "Li_3OCl",
        "Li<sub>3</sub>OCl",
        "Li3[OCl]",
        "(Li3O)Cl",
        "((Li)3)(O)(Cl)",
        "Li3.0OCl1",
        "Li2O·LiCl",
        r"Li2O\cdot LiCl",
        "LiCl • Li2O",
        "0.5Li4O2·LiCl",
    ],
)
def test_one_formula_in_many_spellings(text: str) -> None:
    formula = resolve(text)
    assert formula.canonical == "Li3OCl"
    assert formula.given == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (r"$\mathrm{Li_{2.5}(OH)_{0.5}Cl}$", "Li2.5O0.5(OH)0.5Cl"),
        (r"Na$_3$O{BH$_4$}$_{0.5}$Cl$_{0.5}$", "Na3OCl0.5(BH4)0.5"),
        ("Li2[(OH)0.9F0.1]Cl", "Li2(OH)0.9F0.1Cl"),
        ("Li2((OH)0.9F0.1)Cl", "Li2(OH)0.9F0.1Cl"),
        ("Na3S(I(BCl4))0.5", "Na3SI0.5(BCl4)0.5"),
        ("Li2(OD)Cl", "Li2(OH)Cl"),
        ("Li2OHBH4", "Li2(OH)(BH4)"),
    ],
)
def test_nested_brackets_and_typesetting(text: str, canonical: str) -> None:
    assert resolve(text).canonical == canonical


BAD = [
    ("", FormulaError, "empty formula"),
    (" \t\n", FormulaError, "empty formula"),
    ("$$", FormulaError, "contains no formula"),
    ("A" * 10_000, FormulaError, "too long; at most 200"),
    ("(" * 150, FormulaError, "never closed"),
    ("Li3", FormulaError, "no anions beside 3 Li"),
    ("OCl", FormulaError, "no cations"),
    ("Li3(OCl", FormulaError, r"unbalanced brackets .* '\(' is never closed"),
    ("Li3OCl)", FormulaError, r"unbalanced brackets .* '\)' closes nothing"),
    ("Li3[OCl)", FormulaError, "unbalanced brackets"),
    ("Li3()OCl", FormulaError, "empty brackets"),
    ("Xx3OCl", UnknownIonError, "unknown element 'Xx'"),
    ("LI3OCl", UnknownIonError, "unknown element 'L' .* did you mean 'Li'"),
    ("Li3OCL", UnknownIonError, "unknown element 'L' .* did you mean 'Cl'"),
    ("Na3OCn", UnknownIonError, "no ion of Cn .* did you mean 'CN'"),
    ("Li3UCl", UnknownIonError, "no ion of U .* known are Li, Na"),
    ("Li3BCl", UnknownIonError, "B in 'Li3BCl' is known only in BH4, BF4, BCl4"),
    ("Li3OCl2", ChargeBalanceError, "sum to -1, not 0"),
    ("Li4OCl", ChargeBalanceError, r"sum to \+1, not 0"),
    ("Na2.875OCl", ChargeBalanceError, "compensation of 0.125 missing Na is not in the formula"),
    ("Na3(NO3)", ChargeBalanceError, r"sum to \+2"),
    ("Li3PS4", ChargeBalanceError, "sum to -8"),
    ("Li0OCl", FormulaError, "amount 0 .* outside 0.0001 to 1000"),
    ("Li3OCl0.00000001", FormulaError, "outside 0.0001 to 1000"),
    ("Li99999OCl", FormulaError, "outside 0.0001 to 1000"),
    ("(Li(Li900)900)900OCl", FormulaError, "0.0001 to 1000 are read"),
    ("Li-3OCl", FormulaError, "unexpected '-' .* amounts are positive"),
    ("Li3-xOClx", FormulaError, "unexpected '-' .* the variable 'x' needs a number"),
    ("Na3OA", UnknownIonError, "'A' in 'Na3OA' stands for any ion"),
    ("M3HCh", UnknownIonError, "'M' in 'M3HCh' stands for any ion"),
    ("Li3OClx", FormulaError, "unexpected 'x' .* a variable such as x needs a number"),
    ("li3ocl", FormulaError, "start with a capital letter"),
    ("3Li3OCl", FormulaError, "number out of place"),
    ("Li3..OCl", FormulaError, "number out of place"),
    ("Li2 5OCl", FormulaError, "space inside a number"),
    ("Li2,75OCl", FormulaError, "decimals with a point"),
    ("Li3OCl, Li3OBr", FormulaError, "unexpected ','"),
    ("Li3OCl·", FormulaError, "one side of the dot"),
    ("Li⁺3OCl", FormulaError, "superscripts"),
    ("Li²OHCl", FormulaError, "superscripts"),
    ("Лі3ОСl", FormulaError, "CYRILLIC"),
    ("Li3OCl\x00", FormulaError, "contains"),
    ("\ud800", FormulaError, "contains"),
    ("🔋", FormulaError, "BATTERY"),
    ("Li٣OCl", FormulaError, "ARABIC-INDIC DIGIT THREE"),
    ("Li3OCl?", FormulaError, r"unexpected '\?'"),
    ("LiCl", FormulaError, "simple salt"),
    ("Li2O", FormulaError, "simple salt"),
    ("LiOH", FormulaError, "simple salt"),
    ("CaTiO3", FormulaError, "ordinary perovskite"),
    ("Ba2Ti2O6", FormulaError, "ordinary perovskite"),
    ("CsPbI3", FormulaError, "ordinary perovskite"),
    ("Li4(OH)3Cl", FormulaError, "1 Cl on A per 3 OH on B is A/B = 0.333"),
    ("Li3OH", FormulaError, "nothing is left for site A"),
    ("MgOHCl", FormulaError, "only 1 of 3 X sites would be occupied"),
    ("LiClBr", ChargeBalanceError, "sum to -1"),
    ("Li2ClBr", FormulaError, "nothing is left for site B"),
]


@pytest.mark.parametrize(("text", "kind", "message"), BAD, ids=[repr(text)[:30] for text, _, _ in BAD])
def test_bad_text_is_one_clear_line(text: str, kind: type[FormulaError], message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        resolve(text)
    assert type(caught.value) is kind
    assert caught.value.exit_code == 2
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 400


def test_normalise_keeps_amounts_in_their_brackets() -> None:
    assert normalise(r"Li$_2${OH}$_{0.9}$F$_{0.1}$Cl") == "Li2{OH}0.9F0.1Cl"
