"""``study table3`` and published models as targets of ``pattern`` and ``distinguish``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from antiperovskite.cli.commands.distinguish import distinguish
from antiperovskite.cli.commands.pattern import pattern
from antiperovskite.cli.commands.study import table3
from antiperovskite.diffraction.published_study.model import Table3Study
from antiperovskite.errors import OptionError, StructureError


def test_json_is_the_contract_and_the_page_needs_no_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "table3.html"
    table3(json=True, out=page)
    study = Table3Study.model_validate(json.loads(capsys.readouterr().out))
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "<script" not in text
    assert "src=" not in text
    assert all(item.id in text for item in study.models)


def test_table_and_cifs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table3(cif=tmp_path)
    shown = capsys.readouterr()
    assert "explained" in shown.out
    assert "hypothesis" in shown.err
    written = sorted(path.stem for path in tmp_path.glob("*.cif"))
    assert "cubic-110" in written
    assert "eilbracht" not in written
    from antiperovskite.diffraction import read_cif

    structure, *_ = read_cif(tmp_path / "cubic-110.cif")
    assert structure.composition.reduced_formula == "Li2HClO"


def test_pattern_of_a_published_model(capsys: pytest.CaptureFixture[str]) -> None:
    pattern("Table3:schwering-amm2", json=True)
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert any("Schwering" in note for note in notes)
    assert any("hypothesis" in note for note in notes)


def test_distinguish_two_published_models(capsys: pytest.CaptureFixture[str]) -> None:
    distinguish(["Table3:cubic-100", "Table3:cubic-111"], counts=1e5, json=True)
    assert json.loads(capsys.readouterr().out)["models"] == ["Table3:cubic-100", "Table3:cubic-111"]


def test_unknown_and_unbuildable_models_are_refused_in_one_line() -> None:
    with pytest.raises(OptionError, match="the ids are barlage-pmma") as caught:
        pattern("Table3:99")
    assert "\n" not in str(caught.value)
    with pytest.raises(StructureError, match="neither a space group nor a lattice"):
        pattern("Table3:eilbracht")
    with pytest.raises(OptionError, match="give two or more models"):
        distinguish(["Table3:wang-pban"])
