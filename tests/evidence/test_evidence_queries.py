"""Which rows a formula finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.citations import Citations
from antiperovskite.composition import resolve
from antiperovskite.errors import FormulaError
from antiperovskite.evidence import RadiusRow, Series, conductivities, evidence_for, table
from antiperovskite.evidence.claim_query import find_claims
from antiperovskite.evidence.matching import position_in, site_amounts


def ids(number: int, formula: str) -> list[str]:
    return [row.id for row in table(number, formula)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Li2OHCl", "Li2(OH)Cl"),
        ("Li2OHCl", "Li₂OHCl"),
        ("Na3NO3", "Na3ONO2"),
        ("Li2FeSO", "Li2FeOS"),
        ("Li6OSI2", "Li3O0.5S0.5I"),
        ("Na3OBH4", "Na3O(BH4)"),
    ],
)
def test_spelling_does_not_matter(one: str, other: str) -> None:
    first, second = evidence_for(resolve(one)), evidence_for(resolve(other))
    assert first.compositions == second.compositions
    assert first.syntheses == second.syntheses
    assert first.conductivities == second.conductivities
    assert first.compositions


def test_evidence_of_li3ocl() -> None:
    found = evidence_for(resolve("Li3OCl"))
    assert [row.status for row in found.compositions] == ["reportedly synthesised"]
    assert len(found.syntheses) == 10
    assert [row.id for row in found.conductivities] == [f"t4-0{n}" for n in range(1, 9)] + ["t4-10"]


def test_evidence_agrees_with_the_tables() -> None:
    for formula in ("Li2OHCl", "Na3OBr", "Na3OBH4"):
        found = evidence_for(resolve(formula))
        for number, rows in ((2, found.syntheses), (3, found.structures), (4, found.conductivities)):
            assert rows == table(number, formula)
        first = table(1, formula)
        assert found.compositions == tuple(row for row in first if not isinstance(row, RadiusRow))


def test_table_1_of_a_formula_ends_with_the_radii_of_its_anions() -> None:
    assert [row.formula for row in table(1, "Na3OBH4")] == ["Na3OBH4", "O", "BH4"]
    assert [(row.formula, row.site) for row in table(1, "Ag3SI")] == [("S", "B"), ("I", "A")]


def test_structures_concern_the_hydrated_chloride_only() -> None:
    assert len(evidence_for(resolve("Li2(OH)Cl")).structures) == 11
    assert evidence_for(resolve("Li2OHBr")).structures == ()


def test_a_row_for_several_halides_is_found_by_each() -> None:
    assert "t4-44" in ids(4, "Na3OCl")
    assert "t4-44" in ids(4, "Na3OBr")
    assert "t2-24" in ids(2, "Na3OBr")
    # footnote a: the routes of Li3OCl that also served for Li3OBr
    assert ids(2, "Li3OBr")[:3] == ["t2-01", "t2-03", "t2-04"]


def test_hydride_family_row_is_found_by_each_member() -> None:
    for formula in ("Li3HS", "Li3HSe", "Li3HTe", "Na3HS", "Na3HSe", "Na3HTe"):
        assert "t4-67" in ids(4, formula)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li3OCl0.75Br0.25", ["t4-15"]),
        ("Li3OCl", False),
        ("Li3OBr", False),
        ("Na3OCl0.75Br0.25", []),
    ],
)
def test_open_series_holds_its_inside_only(formula: str, expected: list[str] | bool) -> None:
    if expected is False:
        assert "t4-15" not in ids(4, formula)
    else:
        assert ids(4, formula) == expected


@pytest.mark.parametrize(
    ("formula", "inside"),
    [("Li2.5(OH)0.5Cl", True), ("Li2OHCl", True), ("Li2.8O0.8(OH)0.2Cl", True), ("Li2.9O0.9(OH)0.1Cl", False)],
)
def test_closed_series_ends_where_printed(formula: str, inside: bool) -> None:
    assert ("t4-29" in ids(4, formula)) is inside


@given(st.integers(min_value=1, max_value=99))
def test_position_in_a_series_is_recovered(percent: int) -> None:
    series = Series(start="Li3OCl", end="Li3OBr", minimum=0, maximum=1)
    x = percent / 100
    amounts = site_amounts(resolve(f"Li3OCl{1 - x:.2f}Br{x:.2f}"))
    found = position_in(series, amounts)
    assert found == pytest.approx(x)
    assert position_in(series, site_amounts(resolve("Li2OHCl"))) is None


def test_texts_that_are_no_formula_are_found_as_text() -> None:
    assert ids(4, "Na2.875OCl") == ["t4-50"]
    assert ids(4, "Na₂.₈₇₅OCl") == ["t4-50"]
    assert ids(4, "M3HCh") == ["t4-67"]
    assert ids(1, "M3HCh") == []


def test_the_lone_vacancy_row_is_listed_under_its_parent() -> None:
    assert "t4-50" in ids(4, "Na3OCl")


@pytest.mark.parametrize("text", ["", "Xx3OCl", "Li3", "rubbish", "Li" * 5000])
def test_unknown_text_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        table(4, text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_formula_without_rows_gives_empty_evidence() -> None:
    found = evidence_for(resolve("Ag3SI"))
    rows = (*found.compositions, *found.syntheses, *found.conductivities, *found.structures)
    assert rows == ()


def test_every_row_is_found_by_something() -> None:
    for row in conductivities():
        text = row.concerns[0] if row.concerns else "Li3OCl0.5Br0.5" if "Br" in row.formula else "Li2.5(OH)0.5Cl"
        assert row.id in ids(4, text)


def test_a_report_can_cite_its_evidence() -> None:
    used = Citations()
    used.collect(evidence_for(resolve("Na3OBH4")))
    assert {"dawson2021", "sun2019", "ahiavi2020"} <= set(used.keys)
    assert "@article{sun2019," in used.bibtex()


def test_series_must_be_ordered() -> None:
    with pytest.raises(ValueError, match="not below"):
        Series(start="Li3OCl", end="Li3OBr", minimum=0.5, maximum=0.5)


def test_claims_come_with_the_evidence() -> None:
    found = evidence_for(resolve("Li2(OH)Cl"))
    assert {claim.id for claim in found.claims} == {claim.id for claim in find_claims(formula="Li2OHCl")}
    assert len(found.claims) > 20
