"""``antiperovskite hydration``: the JSON contract, the table, the map, wrong input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from antiperovskite.cli.commands.hydration import hydration
from antiperovskite.errors import InputError

QUANTITY = {"value", "uncertainty", "unit", "n", "method", "source", "citations"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from antiperovskite.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "hydration", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("maps") / "map.html"


@pytest.fixture(scope="module")
def records(page: Path) -> list[dict[str, Any]]:
    done = run("Li3OCl", "Na3OCl", "--temperature", "450", "--map", str(page), "--json")
    assert done.returncode == 0, done.stderr
    assert f"map: {page}" in done.stderr
    data: list[dict[str, Any]] = json.loads(done.stdout)
    return data


def test_json_is_the_contract(records: list[dict[str, Any]]) -> None:
    assert [record["formula"] for record in records] == ["Li3OCl", "Na3OCl"]
    for record in records:
        assert set(record["hydration_energy"]) >= QUANTITY
        assert record["hydration_energy"]["unit"] == "eV/H2O"
        assert record["products"] and all(amount > 0 for amount in record["products"].values())
        for point in record["max_water_ppm"]:
            for name in ("temperature", "max_water_ppm", "log10_max_water_ppm", "energy_above_dry_phases"):
                assert set(point[name]) >= QUANTITY
            assert set(point["metastable"]["max_water_ppm"]) >= QUANTITY
            if point["max_water_ppm"]["value"] is not None:
                assert point["lower_ppm"] <= point["max_water_ppm"]["value"] <= point["upper_ppm"]
        assert 450.0 in [point["temperature"]["value"] for point in record["max_water_ppm"]]


def test_hydration_is_strongly_exothermic_and_a_room_temperature_window_does_not_exist(
    records: list[dict[str, Any]],
) -> None:
    """Published: Li3OCl takes up water avidly; the sign and order of magnitude are what this holds."""
    for record in records:
        energy = record["hydration_energy"]
        assert energy["value"] + 3 * energy["uncertainty"] < 0.0
        assert not {"Li3OCl", "Na3OCl"} & record["products"].keys()
        room = record["max_water_ppm"][0]
        assert room["temperature"]["value"] == 298.15
        assert room["metastable"]["upper_ppm"] < 0.01
        limits = [point["metastable"]["log10_max_water_ppm"]["value"] for point in record["max_water_ppm"]]
        assert limits == sorted(limits)  # water leaves as it gets hotter


def test_the_map_is_one_offline_page(records: list[dict[str, Any]], page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "glove box, 0.1 ppm" in text and "dry room" in text
    own = text.replace("https://doi.org/", "")
    head = own[: own.index("Plotly") if "Plotly" in own else len(own)]
    assert 'src="http' not in head and '<link rel="stylesheet"' not in head


def test_the_table_states_both_questions_and_the_reason() -> None:
    done = run("Li3OCl")
    assert done.returncode == 0
    for word in ("equilibrium", "metastable", "glove box", "hydration energy"):
        assert word in done.stdout
    assert "water-free decomposition products" in done.stderr


@pytest.mark.parametrize("arguments", [["Li3OCl", "Li2OHCl"], ["Li3OCl", "--p-co2", "-1"]])
def test_bad_input_is_one_line_and_exit_code_two(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"formulas": ["Li3"]}, "Li3"),
        ({"formulas": ["Na3OBH4"]}, "holds BH4"),
        ({"temperature": 5000.0}, "allowed are 298.15 to 1200 K"),
        ({"temperature": float("nan")}, "allowed are 298.15 to 1200 K"),
        ({"p_co2": 0.0}, r"p\(CO2\) is 0 bar"),
        ({"p_co2": float("inf")}, r"p\(CO2\) is inf bar"),
        ({"page": Path("/")}, "is a folder"),
    ],
)
def test_each_wrong_option_is_refused_before_anything_is_computed(options: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {
        "formulas": ["Li3OCl"],
        "temperature": None,
        "p_co2": None,
        "engine": "7net-0",
        "page": None,
        "json": True,
    }
    with pytest.raises(InputError, match=words):
        hydration(**(given | options))
