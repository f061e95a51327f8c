"""The tables as data: every row valid, every reference resolved, values as printed."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from antiperovskite.citations import citation, key_of_reference
from antiperovskite.citations.model import split_name
from antiperovskite.errors import DataError, OptionError
from antiperovskite.evidence import (
    TABLES,
    RadiusRow,
    Row,
    compositions,
    conductivities,
    radii,
    read_table,
    structures,
    syntheses,
    table,
)
from antiperovskite.evidence.matching import amounts_of_text
from antiperovskite.quantity import Quantity

EVERY_ROW = [row for number in TABLES for row in table(number)]
BOLTZMANN_EV = 8.617333262e-5

# Texts that are a family or are not charge-balanced as written, so that they are found as text only.
NOT_FORMULAS = {"Li3OA", "Na3OA", "M3HCh", "Li3OCl1-xBrx", "Li3-xOHxCl", "Na2.875OCl"}

KIND_OF_METHOD = {
    **dict.fromkeys(["impedance", "NMR", "experiment (unspecified)"], "experiment"),
    **dict.fromkeys(["AIMD", "classical MD", "DFT", "modelling (unspecified)"], "modelling"),
    "not stated": "not stated",
}


def quantities(row: Row) -> list[Quantity]:
    found: list[Quantity] = []
    for value in dict(row).values():
        found += [value] if isinstance(value, Quantity) else []
        found += [item for item in value if isinstance(item, Quantity)] if isinstance(value, tuple) else []
    return found


def conductivity_row(name: str):
    return next(row for row in conductivities() if row.id == name)


def test_row_counts() -> None:
    assert (len(compositions()), len(syntheses()), len(conductivities())) == (37, 24, 70)
    assert (len(radii()), len(structures())) == (18, 11)
    assert [len(table(number)) for number in TABLES] == [55, 24, 11, 70]


def test_table_4_keeps_every_printed_value() -> None:
    # counted in the printed table: 55 conductivities, 43 activation energies, 50 temperatures, 13 of them RT
    rows = conductivities()
    assert sum(row.conductivity is not None for row in rows) == 55
    assert sum(row.activation_energy is not None for row in rows) == 43
    assert sum(row.temperature is not None for row in rows) == 50
    assert sum(row.room_temperature for row in rows) == 13


def test_synthesis_routes_per_composition() -> None:
    assert Counter(row.formula for row in syntheses()) == {
        "Li3OCl": 10,
        "Li3OBr": 4,
        "Li2OHCl": 6,
        "Na3OCl": 1,
        "Na3OA": 3,
    }


def test_statuses_of_table_1() -> None:
    assert Counter(row.status for row in compositions()) == {
        "synthesised": 23,
        "predicted": 12,
        "reportedly synthesised": 2,
    }


def test_ids_are_unique_and_tell_the_table() -> None:
    assert len({row.id for row in EVERY_ROW}) == len(EVERY_ROW)
    assert all(row.id.startswith(f"t{row.table}-") for row in EVERY_ROW)


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
def test_row(row: Row) -> None:
    assert type(row).model_validate_json(row.model_dump_json()) == row
    assert citation(row.reported_in).key == "dawson2021"
    assert row.printed_references
    for key in row.citations:
        assert citation(key).year >= 1900
    for number in row.printed_references:
        key_of_reference(number)
    for quantity in quantities(row):
        assert quantity.uncertainty is None
        assert "no uncertainty printed" in quantity.method
        assert "printed as" in quantity.method
        # the radii of one line come from three works, one a column
        assert quantity.citations == row.citations or (
            isinstance(row, RadiusRow) and set(quantity.citations) < set(row.citations)
        )
        assert row.id in quantity.source
    assert (row.flag is None) == (row.reading == "clear")


@pytest.mark.parametrize("row", [*syntheses(), *structures(), *conductivities()], ids=lambda row: row.id)
def test_study_is_an_author_of_what_is_cited(row: Row) -> None:
    authors = {split_name(author)[1] for key in row.citations for author in citation(key).authors}
    assert row.study.split()[0].rstrip(",") in authors


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: row.id)
def test_formulas_resolve_or_are_known_exceptions(row: Row) -> None:
    if row.formula not in NOT_FORMULAS and not isinstance(row, RadiusRow):
        assert amounts_of_text(row.formula) is not None
    for text in row.concerns:
        assert amounts_of_text(text) is not None
    if row.series:
        assert amounts_of_text(row.series.start) is not None
        assert amounts_of_text(row.series.end) is not None


def test_exceptions_are_really_exceptions() -> None:
    rows = [row for row in EVERY_ROW if not isinstance(row, RadiusRow)]
    assert {row.formula for row in rows if amounts_of_text(row.formula) is None} == NOT_FORMULAS


@pytest.mark.parametrize("row", conductivities(), ids=lambda row: row.id)
def test_values_are_physically_sane(row) -> None:
    for sigma in (row.conductivity, row.conductivity_upper):
        assert sigma is None or (sigma.unit == "S/cm" and 1e-12 < sigma.value <= 0.1)
    for energy in (row.activation_energy, row.activation_energy_upper):
        assert energy is None or (energy.unit == "eV" and 0.05 < energy.value < 2.0)
    assert row.temperature is None or (row.temperature.unit == "K" and 200 <= row.temperature.value <= 550)
    if row.conductivity_upper:
        assert row.conductivity.value < row.conductivity_upper.value
    if row.activation_energy_upper:
        assert row.activation_energy.value < row.activation_energy_upper.value
    if row.room_temperature:
        assert row.temperature.value == 298
        assert "printed as RT; taken as 298 K" in row.temperature.method
    assert row.kind == KIND_OF_METHOD[row.method]


@pytest.mark.parametrize("row", syntheses(), ids=lambda row: row.id)
def test_routes_are_in_kelvin_and_seconds(row) -> None:
    assert all(t.unit == "K" and 370 <= t.value <= 930 for t in row.temperature)
    assert all(t.unit == "s" and 600 <= t.value <= 4 * 86400 for t in row.duration)
    assert all(p.unit == "GPa" and 0 < p.value < 5 for p in row.pressure)


def test_zhao_and_daemen_li3ocl() -> None:
    first, second = conductivity_row("t4-01"), conductivity_row("t4-02")
    assert first.citations == second.citations == ("zhao2012",)
    assert (first.conductivity.value, first.room_temperature, first.activation_energy.value) == (0.85e-3, True, 0.26)
    assert (second.conductivity.value, second.temperature.value) == (4.82e-3, 523)
    assert first.kind == "experiment"
    assert first.group == second.group


def test_hippler_route() -> None:
    (row,) = [row for row in syntheses() if row.citations == ("hippler1990",)]
    assert [t.value for t in row.temperature] == [573, 873]
    assert row.atmosphere == "Ar"
    assert [round(p.value, 9) for p in row.pressure] == [3e-4]
    assert row.reagents == ("Na2O", "NaCl")


def test_celsius_and_days_are_converted() -> None:
    first, glassy = (next(row for row in syntheses() if row.id == name) for name in ("t2-01", "t2-05"))
    assert [t.value for t in first.temperature] == [603.15, 633.15]
    assert [t.method.split("; ")[1] for t in first.temperature] == ["lower end of the range", "upper end of the range"]
    assert glassy.duration[0].value == 4 * 86400
    assert "a lower bound" in glassy.duration[0].method


def test_hartwig_row_is_restored_from_the_text() -> None:
    # section 2: "5e-5 and 3e-5 S/cm at 473 K" for the bromide and the chloride, 0.97 eV for the chloride
    chloride, bromide = conductivity_row("t4-16"), conductivity_row("t4-36")
    assert chloride.citations == bromide.citations == ("hartwig1981a", "hartwig1981b")
    assert (chloride.formula, chloride.conductivity.value, chloride.temperature.value) == ("Li2OHCl", 3e-5, 473)
    assert chloride.activation_energy.value == 0.97
    assert (bromide.formula, bromide.conductivity.value, bromide.temperature.value) == ("Li2OHBr", 5e-5, 473)
    assert "restored from section 2" in chloride.remark


@pytest.mark.parametrize(
    ("cold", "hot", "power"),
    [
        ("t4-53", "t4-54", 0),
        ("t4-55", "t4-56", 0),
        ("t4-57", "t4-58", 0),
        ("t4-59", "t4-60", 0),
        ("t4-32", "t4-33", 1),
        ("t4-34", "t4-35", 1),
    ],
)
def test_reconciled_pairs_agree_with_their_activation_energy(cold: str, hot: str, power: int) -> None:
    # sigma T^power = s0 exp(-Ea / kT) between the two printed conductivities
    low, high = conductivity_row(cold), conductivity_row(hot)
    assert low.group == high.group
    t1, t2 = low.temperature.value, high.temperature.value
    rise = math.log(high.conductivity.value / low.conductivity.value) + power * math.log(t2 / t1)
    assert rise * BOLTZMANN_EV / (1 / t1 - 1 / t2) == pytest.approx(low.activation_energy.value, abs=0.006)


@pytest.mark.parametrize(
    "name",
    [f"t4-{n}" for n in (*range(19, 24), *range(26, 36), 45, 46, 47, *range(52, 57), 66, 67, 68, 70)],
)
def test_rows_of_damaged_blocks_are_flagged(name: str) -> None:
    assert conductivity_row(name).flag


@pytest.mark.parametrize("name", ["t4-16", "t4-24", "t4-25", "t4-69"])
def test_rows_restored_from_a_second_source_say_so(name: str) -> None:
    row = conductivity_row(name)
    assert row.reading == "clear"
    assert "shifted" in row.remark
    assert "restored from" in row.remark or "confirms" in row.remark


def test_na3oi_is_flagged_because_text_and_table_disagree() -> None:
    (row,) = [row for row in compositions() if row.formula == "Na3OI"]
    assert "contradicts" in row.flag


def test_a_wrong_printed_reference_is_corrected_and_flagged() -> None:
    rows = [row for row in compositions() if row.printed_references == (110,)]
    assert len(rows) == 6
    assert all(row.citations == ("gao2021",) and "corrected" in row.flag for row in rows)


def test_chloride_conduction_is_not_passed_off_as_lithium() -> None:
    assert conductivity_row("t4-08").carrier == "Cl"


def test_a_table_that_does_not_exist_is_refused() -> None:
    with pytest.raises(OptionError, match="table 5 is not entered; entered are 1, 2, 3, 4"):
        table(5)


def test_flagged_rows() -> None:
    flagged = {number: [row.id for row in table(number) if row.flag] for number in TABLES}
    assert [len(ids) for ids in flagged.values()] == [7, 1, 0, 34]


def test_what_the_text_holds_against_a_status() -> None:
    assert {row.formula for row in compositions() if row.against} == {"Na3FS", "Na3OI", "Na3SI"}


def test_lattices_of_table_3_hold_whole_formula_units() -> None:
    # about 15 angstrom^3 an anion pair and more: the cell of one Li2OHCl measures 54 to 62 angstrom^3
    for row in structures():
        if row.a is not None:
            volume = row.a.value * row.b.value * row.c.value
            units = round(volume / 59)
            assert units in {1, 2, 4, 8}
            assert 50 < volume / units < 63


GOOD = """
table: 4
source: "lab book 7"
rows:
- id: a
  formula: Li3OCl
  group: g
  printed_composition: Li3OCl
  study: Zhao and Daemen
  references: [45]
  kind: experiment
  method: impedance
  conductivity: {value: 1.0e-5, unit: S/cm, printed: "1e-5"}
  temperature: {value: 25, unit: degC, printed: "25 C"}
"""


def test_a_labs_own_table_reads(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(GOOD)
    (row,) = read_table(path)
    assert row.temperature.value == pytest.approx(298.15)
    assert row.conductivity.source == "lab book 7, row a"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (", unit: S/cm", "", r"row 'a': conductivity\.unit: Field required"),
        ("unit: S/cm", "unit: S/m", r"row 'a': conductivity: .*unit 'S/m' does not fit here; allowed: S/cm"),
        ("references: [45]", "references: [7]", r"row 'a': reference 7 of dawson2021 is not entered"),
        ("references: [45]", "references: []", r"row 'a': no citation is given"),
        ("references: [45]", "doi: doi.org/10.1021/ja305709z", r"row 'a': .* not a DOI.*write it as 10\.1021/ja3"),
        ("references: [45]", "doi: 10.1021/none", r"row 'a': no known work has the DOI 10\.1021/none"),
        ("references: [45]", "references: [45]\n  citations: [zhaoo2012]", r"row 'a': .*did you mean 'zhao2012'"),
        ("kind: experiment", "kind: guess", r"row 'a': kind: "),
        ("study:", "reading: uncertain\n  study:", r"row 'a': .*does not say why"),
        ("1.0e-5, ", "1.0e-5, upper: 1.0e-6, ", r"row 'a': conductivity: .*not above"),
        ('  conductivity: {value: 1.0e-5, unit: S/cm, printed: "1e-5"}\n', "", r"row 'a': .*neither a conductivity"),
        ("table: 4", "table: 7", r"own\.yaml: table: there is no table 7; they are 1"),
        ("table: 4", "table: four", r"own\.yaml: table: "),
        ("1.0e-5, ", "-1.0e-5, ", r"row 'a': conductivity: .*must be positive"),
        ("value: 25, ", "value: -300, ", r"row 'a': temperature.*must be positive"),
    ],
)
def test_a_bad_table_is_refused_with_file_row_and_reason(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "own.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(DataError, match=reason) as caught:
        read_table(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_duplicate_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    row = GOOD[GOOD.index("- id") :]
    path.write_text(GOOD + row)
    with pytest.raises(DataError, match="row 'a': the id was used by row number 1"):
        read_table(path)
    path.write_text(GOOD + row.replace("id: a", "id: b"))
    with pytest.raises(DataError, match="row 'b': repeats row 'a'"):
        read_table(path)
