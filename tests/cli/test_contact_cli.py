"""``antiperovskite contact``: records, table, page, partial results, wrong input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from antiperovskite.cli.commands.contact import contact, read_partners
from antiperovskite.errors import AntiperovskiteError, OptionError


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return loaded


def test_the_hydrated_electrolyte_reduces_to_hydride_and_the_record_is_complete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contact(["Li2OHCl"], partners=["Li"], json=True, threshold=25.0, store=tmp_path / "s.sqlite")
    (record,) = records(capsys)
    assert {"electrolyte", "partner", "worst_ratio", "reaction_energy", "mutual_reaction_energy"} <= record.keys()
    assert {"products", "equation", "probability", "kinks", "engine"} <= record.keys()
    assert record["engine"] == "7net-0"
    energy = record["reaction_energy"]
    assert energy["unit"] == "meV/atom" and energy["value"] < -100 and energy["uncertainty"] > 0
    assert {"Li2O", "LiCl", "LiH"} == {product["formula"] for product in record["products"]}
    assert record["probability"]["value"] > 0.99


def test_a_partner_without_references_leaves_the_others_and_exits_with_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    with pytest.raises(typer.Exit) as ended:
        contact(
            ["Li3OCl", "Na3OBr"],
            partners=["Na, UO2"],
            json=True,
            threshold=25.0,
            matrix=page,
            store=tmp_path / "s.sqlite",
        )
    assert ended.value.exit_code == 3
    found = records(capsys)
    assert [(r["electrolyte"], r["partner"]) for r in found] == [
        ("Li3OCl", "Na"),
        ("Li3OCl", "UO2"),
        ("Na3OBr", "Na"),
        ("Na3OBr", "UO2"),
    ]
    for record in found:
        computed = record["partner"] == "Na"
        assert (record["reaction_energy"]["value"] is not None) is computed
        assert computed or "U" in record["reaction_energy"]["method"]
    assert "Plotly" in page.read_text(encoding="utf-8")


def test_voltages_give_a_record_each_and_the_table_says_what_it_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments: dict[str, Any] = {"partners": ["Na"], "voltage": [0.0, 3.5], "threshold": 25.0, "store": tmp_path / "s"}
    contact(["Li3OCl"], json=True, **arguments)
    low, high = records(capsys)
    assert low["voltage"]["value"] == 0.0 and high["voltage"]["value"] == 3.5 and high["reservoir"] == "Li"
    assert high["reaction_energy"]["value"] < low["reaction_energy"]["value"]
    contact(["Li3OCl"], **arguments)
    assert "per atom other than the alkali metal" in " ".join(capsys.readouterr().out.split())


def test_bad_input_is_one_line_and_computes_nothing(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = [
        {"formulas": ["Zz3OCl"]},
        {"partners": ["steel"]},
        {"partners": [" , "]},
        {"voltage": [9.0]},
        {"threshold": -5.0},
        {"engine": "no-such-engine"},
        {"matrix": tmp_path},
    ]
    for case in cases:
        arguments: dict[str, Any] = {
            "formulas": ["Li3OCl"],
            "partners": ["Li"],
            "threshold": 25.0,
            "store": tmp_path / "s.sqlite",
            **case,
        }
        with pytest.raises(AntiperovskiteError) as caught:
            contact(**arguments)
        assert caught.value.exit_code == 2, case
        assert "\n" not in str(caught.value), case


def test_without_names_all_partners_are_asked_and_repeats_count_once() -> None:
    assert {"Li", "LiCoO2", "Na15Sn4", "Li2FeSO"} <= {partner.key for partner in read_partners(None)}
    assert [partner.key for partner in read_partners(["LCO,Li", "LiCoO2"])] == ["LiCoO2", "Li"]
    with pytest.raises(OptionError, match="unknown partner"):
        read_partners(["Li, adamantium"])
