"""A lab's own rows: merged with their origin shown, or refused with file, row and reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from antiperovskite.citations import bibtex, citation
from antiperovskite.composition import resolve
from antiperovskite.errors import DataError
from antiperovskite.evidence import conductivities, conductivity_spread, evidence_for, select_conductivities, table
from antiperovskite.evidence.registered import ENVIRONMENT_VARIABLE, read_own

OWN = """
table: 4
source: lab book 7
citations:
- {key: smith2025, authors: ["A. Smith"], journal: "J. Tests", year: 2025, doi: "10.1000/own.1"}
rows:
- id: smith-1
  formula: Li2OHCl
  citations: [smith2025]
  kind: experiment
  method: impedance
  conductivity: {value: 2.1e-7, uncertainty: 0.3e-7, unit: S/cm}
  temperature: {value: 25, unit: degC}
  activation_energy: {value: 0.61, unit: eV}
"""
ROW = OWN[OWN.index("- id") :]


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / "config" / name)


def write(tmp_path: Path, text: str, name: str = "own.yaml") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_registered_row_joins_every_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(conductivities())
    path = write(tmp_path, OWN)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    assert len(conductivities()) == before + 1
    own = conductivities()[-1]
    assert (own.id, own.origin, own.reported_in, own.citations) == ("smith-1", str(path), "smith2025", ("smith2025",))
    assert own in table(4, "Li2(OH)Cl")
    assert own in evidence_for(resolve("Li2OHCl")).conductivities
    assert own in select_conductivities(like="Li2OHBr", near_K=300)
    assert "smith-1" in {v.row for s in conductivity_spread() for v in s.values}
    assert {row.origin for row in conductivities()[:-1]} == {"shipped"}


def test_own_values_keep_their_uncertainty_and_say_what_was_given(tmp_path: Path) -> None:
    (row,) = read_own(write(tmp_path, OWN))
    assert (row.conductivity.value, row.conductivity.uncertainty) == (2.1e-7, 0.3e-7)
    assert row.conductivity.method == "impedance; given as 2.1e-07 S/cm"
    assert row.temperature.value == pytest.approx(298.15)
    assert (row.study, row.group, row.printed_composition) == ("Smith 2025", "smith-1", "Li2OHCl")


def test_own_works_are_cited(tmp_path: Path) -> None:
    read_own(write(tmp_path, OWN))
    assert citation("smith2025").journal == "J. Tests"
    assert "doi = {10.1000/own.1}" in bibtex(["smith2025"])


def test_a_doi_may_stand_in_place_of_a_key(tmp_path: Path) -> None:
    (own,) = read_own(write(tmp_path, OWN.replace("citations: [smith2025]", "doi: 10.1000/OWN.1")))
    (shipped,) = read_own(write(tmp_path, OWN.replace("citations: [smith2025]", "doi: 10.1021/ja305709z"), "b.yaml"))
    assert (own.citations, shipped.citations) == (("smith2025",), ("zhao2012",))


def test_files_in_the_user_configuration_are_read_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, OWN, "config/antiperovskite/evidence/a.yaml")
    second = write(tmp_path, OWN.replace("smith-1", "smith-2").replace("2.1e-7", "4.2e-7"))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, f"{second}:{second}")
    assert [row.id for row in conductivities()[-2:]] == ["smith-1", "smith-2"]


def test_other_tables_take_own_rows_too(tmp_path: Path) -> None:
    head = OWN[: OWN.index("rows:")]
    composition = "rows:\n- {id: s1, formula: Na3SI, citations: [smith2025], status: attempted}\n"
    (row,) = read_own(write(tmp_path, head.replace("table: 4", "table: 1") + composition))
    assert row.status == "attempted"
    structure = (
        "rows:\n- {id: s3, formula: Li2OHCl, citations: [smith2025], symmetry: cubic, model_available: true, "
        "kind: experiment, technique: neutron diffraction, space_group: Pm-3m, a: {value: 3.91, unit: angstrom}, "
        "b: {value: 3.91, unit: angstrom}, c: {value: 3.91, unit: angstrom}}\n"
    )
    (row,) = read_own(write(tmp_path, head.replace("table: 4", "table: 3") + structure, "c.yaml"))
    assert row.a.value == 3.91
    with pytest.raises(DataError, match=r"row 's3': .*all three lattice parameters"):
        bad = structure.replace(", c: {value: 3.91, unit: angstrom}", "")
        read_own(write(tmp_path, head.replace("table: 4", "table: 3") + bad, "d.yaml"))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (", unit: S/cm", "", r"row 'smith-1': conductivity\.unit: Field required"),
        ("unit: S/cm", "unit: mS/cm", r"row 'smith-1': conductivity: .*unit 'mS/cm' does not fit here; allowed: S/cm"),
        ("10.1000/own.1", "11.1000/own.1", r"citation 'smith2025': '11.1000/own.1' is not a DOI"),
        ("10.1000/own.1", "https://doi.org/10.1000/own.1", r"is not a DOI.*write it as 10\.1000/own\.1"),
        ("[smith2025]", "[smith2026]", r"row 'smith-1': unknown citation key 'smith2026'; did you mean 'smith2025'"),
        ("key: smith2025", "key: Smith", r"citation 'Smith': a key is the first author's name"),
        ("key: smith2025", "key: zhao2012", r"citation 'zhao2012' is the shipped work"),
        (", year: 2025", "", r"citation 'smith2025': year: Field required"),
        ("table: 4", "table: 9", r"table: there is no table 9"),
        ("table: 4\n", "", r"table: Field required"),
        ("formula: Li2OHCl", "formula: Li2OHCI", r"row 'smith-1': "),
        ("id: smith-1", "id: t4-01", r"row 't4-01': the id is that of row 't4-01' of the shipped table 4"),
        ("  method: impedance\n", "", r"row 'smith-1': method: Field required"),
        ("method: impedance", "method: magic", r"row 'smith-1': method: "),
        ("kind: experiment", "kind: experiment\n  colour: red", r"row 'smith-1': colour: Extra inputs"),
        (ROW, "", r"rows: "),
        ("table: 4", "table: [", r"is not valid YAML"),
    ],
)
def test_a_bad_file_is_refused_with_file_row_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, reason: str
) -> None:
    assert old in OWN
    path = write(tmp_path, OWN.replace(old, new, 1))
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    with pytest.raises(DataError, match=reason) as caught:
        table(4)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 1


def test_duplicates_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="row 'smith-1': the id was used by row number 1"):
        read_own(write(tmp_path, OWN + ROW))
    with pytest.raises(DataError, match="row 'b': repeats row 'smith-1'"):
        read_own(write(tmp_path, OWN + ROW.replace("smith-1", "b")))
    first = write(tmp_path, OWN)
    # the same numbers of the same work under another spelling and name, in another file
    second = write(tmp_path, OWN.replace("smith-1", "again").replace("Li2OHCl", "Li2(OH)Cl"), "second.yaml")
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, f"{first}:{second}")
    with pytest.raises(DataError, match=r"second\.yaml: row 'again': repeats row 'smith-1' of .*own\.yaml"):
        table(4)


def test_a_shipped_row_entered_again_is_refused(tmp_path: Path) -> None:
    again = """
table: 4
source: copied
rows:
- id: mine
  formula: Li3OCl
  citations: [zhao2012]
  kind: experiment
  method: impedance
  carrier: Li
  conductivity: {value: 0.00085, unit: S/cm}
  temperature: {value: 298, unit: K}
  activation_energy: {value: 0.26, unit: eV}
"""
    with pytest.raises(DataError, match="row 'mine': repeats row 't4-01' of the shipped table 4"):
        read_own(write(tmp_path, again))


def test_radii_are_not_registered_here(tmp_path: Path) -> None:
    text = OWN[: OWN.index("rows:")].replace("table: 4", "table: 1") + (
        "rows:\n- {id: r, kind: radii, formula: PF6, site: A, charge: -1, shape: octahedral, point_group: Oh, "
        "citations: [smith2025], thermochemical: [{value: 2.42, unit: angstrom}]}\n"
    )
    with pytest.raises(DataError, match="row 'r': radii belong to an ion; register it with ANTIPEROVSKITE_IONS"):
        read_own(write(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "none.yaml"))
    with pytest.raises(DataError, match=r"cannot read .*none\.yaml"):
        conductivities()


def test_shipped_rows_do_not_repeat_each_other() -> None:
    from antiperovskite.evidence.registered import _content

    contents = [_content(row) for number in (1, 2, 3, 4) for row in table(number)]
    assert len(set(contents)) == len(contents)


def test_the_example_of_the_documentation_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (own,) = read_own(write(tmp_path, example))
    assert (own.formula, own.conductivity.value, own.conductivity.unit) == ("Li2OHCl", 1e-6, "S/cm")
