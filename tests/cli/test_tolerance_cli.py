"""``antiperovskite tolerance``: the JSON contract, the table, wrong input."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def run(*arguments):
    code = "from antiperovskite.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_json_is_the_contract():
    done = run("tolerance", "Li3OCl", "Na3OBH4", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert isinstance(data, list) and len(data) == 2
    for entry in data:
        assert {"formula", "goldschmidt", "octahedral", "tau"} <= set(entry)
        assert set(entry["goldschmidt"]) == {"shannon", "thermochemical"}
        for quantity in (*entry["goldschmidt"].values(), entry["octahedral"], entry["tau"]):
            assert {"value", "uncertainty", "unit", "n", "method", "source"} <= set(quantity)
    assert data[0]["goldschmidt"]["shannon"]["value"] == pytest.approx(0.8413, abs=1e-4)
    assert data[1]["goldschmidt"]["shannon"]["value"] is None


def test_one_formula_is_still_a_list():
    assert len(json.loads(run("tolerance", "Li3OCl", "--json").stdout)) == 1


def test_table_shows_both_scales_and_explains_its_dashes():
    done = run("tolerance", "Na3OBH4")
    assert done.returncode == 0
    assert "Shannon" in done.stdout and "thermochemical" in done.stdout
    assert "no Shannon radius of BH4" in done.stderr


@pytest.mark.parametrize("formula", ["Li3", "", "Qq2", "A" * 10_000, "Li3OCl2"])
def test_bad_formula_is_one_line_and_exit_code_two(formula):
    done = run("tolerance", "Li3OCl", formula)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_numerical_libraries_stay_unloaded():
    script = (
        "import sys; from antiperovskite.stability.tolerance import tolerance; tolerance('Li3OCl');"
        "print([m for m in ('numpy', 'scipy', 'pymatgen', 'torch', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
