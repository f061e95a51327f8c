"""``antiperovskite routes``: records, table, page, partial results, wrong input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from antiperovskite.cli.commands.routes import routes
from antiperovskite.errors import AntiperovskiteError

DEFAULTS: dict[str, Any] = {"temperature": 600.0, "p_h2o": 1e-6, "p_h2": 1.0}


def test_records_are_ranked_and_complete_and_the_page_is_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "routes.html"
    routes(["Li3OCl"], json=True, plot=page, store=tmp_path / "s.sqlite", **DEFAULTS)
    records: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    forces = [record["driving_force"]["value"] for record in records]
    known = [force for force in forces if force is not None]
    assert known == sorted(known) and forces[: len(known)] == known and len(known) >= 5
    assert {
        "formula",
        "kind",
        "equation",
        "temperature",
        "driving_force",
        "selectivity",
        "probability",
        "by_products",
        "left_behind",
        "onset_temperature",
        "reported",
    } <= records[0].keys()
    wet = next(record for record in records if record["equation"] == "2 LiOH + LiCl -> Li3OCl + H2O")
    assert wet["driving_force"]["uncertainty"] > 0 and wet["gas_limit"]["gas"] == "H2O"
    assert {report["id"] for report in wet["reported"]} == {"t2-01", "t2-07"}
    aqueous = next(record for record in records if record["kind"] == "hydrothermal or solution")
    assert aqueous["driving_force"]["value"] is None and aqueous["driving_force"]["method"]
    html = page.read_text(encoding="utf-8")
    assert "Plotly" in html and "figure-select-0" in html and 'src="http' not in html


def test_the_table_names_the_published_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    routes(["Na3OBr"], store=tmp_path / "s.sqlite", **DEFAULTS)
    printed = capsys.readouterr()
    text = " ".join(printed.out.split())
    assert "Routes to Na3OBr at 600 K" in text and "t2-22" in text
    assert "the product" in printed.err


def test_nothing_computed_is_exit_code_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from antiperovskite.stability.routes import study

    monkeypatch.setattr(study, "precursor_sets", lambda _formula: ())
    with pytest.raises(typer.Exit) as ended:
        routes(["Li3OCl"], json=True, store=tmp_path / "s.sqlite", **DEFAULTS)
    assert ended.value.exit_code == 3
    records = json.loads(capsys.readouterr().out)
    assert records and all(record["driving_force"]["value"] is None for record in records)


@pytest.mark.parametrize(
    "wrong",
    [
        {"formulas": ["Zz3OCl"]},
        {"formulas": ["CaTiO3"]},
        {"temperature": 100.0},
        {"temperature": 9000.0},
        {"p_h2o": -1.0},
        {"p_h2": 0.0},
        {"p_co2": -1e-3},
        {"engine": "no-such-engine"},
        {"plot": Path("/")},
    ],
)
def test_bad_input_is_one_line_and_computes_nothing(wrong: dict[str, Any], tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"formulas": ["Li3OCl"], "store": tmp_path / "s.sqlite", **DEFAULTS, **wrong}
    with pytest.raises(AntiperovskiteError) as caught:
        routes(**arguments)
    assert caught.value.exit_code == 2 and "\n" not in str(caught.value)


def test_an_element_without_reference_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(AntiperovskiteError) as caught:
        routes(["Li3OCl"], engine="toy-ionic", store=tmp_path / "s.sqlite", **DEFAULTS)
    assert "\n" not in str(caught.value) and "references build" in str(caught.value)
