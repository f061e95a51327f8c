"""``antiperovskite distinguish`` and the options ``pattern`` gained: JSON, page, wrong input."""

from __future__ import annotations

import json

import pytest

from antiperovskite.cli.commands.distinguish import distinguish
from antiperovskite.cli.commands.pattern import pattern
from antiperovskite.errors import InputError

QUICK = {"two_theta": (20.0, 60.0), "strain": 0.0}


def test_candidates_of_a_formula_as_json(capsys):
    distinguish(["Li2OHCl#1", "Li2OHCl#3"], counts=2e5, rate=["neutron=400"], json=True, draws=5, **QUICK)
    data = json.loads(capsys.readouterr().out)
    assert data["models"] == ["Li2OHCl#1", "Li2OHCl#3"]
    assert [probe["name"] for probe in data["probes"]] == ["xray", "neutron", "neutron, deuterated"]
    assert data["distinctions"][2]["chi2"]["value"] > data["distinctions"][1]["chi2"]["value"]
    assert data["distinctions"][0]["simulated_chance"]["n"] == 5
    assert any("not relaxed" in note for note in data["notes"])


def test_page_is_offline_and_says_the_finding(tmp_path, capsys):
    page = tmp_path / "d.html"
    distinguish(["Li3OCl", "Li3OBr"], counts=1e5, plot=page, **QUICK)
    text = page.read_text(encoding="utf-8")
    assert "tell them apart" in text and "difference / σ" in text and 'src="http' not in text
    shown = capsys.readouterr()
    assert "P(right)" in shown.out and "can tell them apart" in shown.err


def test_time_of_flight_and_instrument_options(capsys):
    pattern("Li2OHCl", tof="5000,0.5,-3", isotope=["H=D"], b_iso=["Li=1.2", "Cl=1"], json=True)
    data = json.loads(capsys.readouterr().out)
    assert data["bank"]["ZERO"] == -3.0 and data["isotopes"] == {"H": "D"} and "Li 1.2" in data["source"]
    pattern("Li3OCl", source="MoKa", resolution="0,0,0.01,0.02", size=40.0, monochromator=12.2, b_iso=["0.8"])
    shown = capsys.readouterr()
    assert "Mo K-alpha2" not in shown.out and "P = 0.51" in shown.err and "Scherrer" in shown.err


@pytest.mark.parametrize(
    ("targets", "options"),
    [
        (["Li3OCl"], {}),
        (["Li3OCl", "Li3OCl"], {}),
        (["Li2OHCl#9", "Li3OCl"], {}),
        (["Li2OHCl#", "Li3OCl"], {}),
        (["Table3:5", "Li3OCl"], {}),
        (["nowhere/x.cif", "Li3OCl"], {}),
        (["Li3OCl", "Li3OBr"], {"counts": -1.0}),
        (["Li3OCl", "Li3OBr"], {"counts": float("nan")}),
        (["Li3OCl", "Li3OBr"], {"rate": ["xray=abc"]}),
        (["Li3OCl", "Li3OBr"], {"rate": ["gamma=3"]}),
        (["Li3OCl", "Li3OBr"], {"strain": 3.0}),
        (["Li3OCl", "Li3OBr"], {"source": "Zn"}),
        (["Li3OCl", "Li3OBr"], {"b_iso": ["Li"]}),
        (["Li3OCl", "Li3OBr"], {"draws": -2}),
    ],
)
def test_wrong_input_is_one_line(targets, options):
    with pytest.raises(InputError) as caught:
        distinguish(targets, **options)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "options",
    [
        {"tof": "abc"},
        {"tof": "-5"},
        {"tof": "5000", "wavelength": 1.0},
        {"tof": "5000", "bank": 0.0},
        {"resolution": "1,2"},
        {"resolution": "0,0,nan"},
        {"monochromator": 26.0, "polarisation": 0.9},
        {"monochromator": 26.0, "radiation": "neutron"},
        {"monochromator": 200.0},
        {"source": "CuKa", "wavelength": 1.0},
        {"size": 0.0},
        {"b_iso": ["1", "2"]},
    ],
)
def test_wrong_instruments_are_one_line(options):
    with pytest.raises(InputError) as caught:
        pattern("Li3OCl", **options)
    assert "\n" not in str(caught.value)
