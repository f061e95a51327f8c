"""``antiperovskite structure enumerate`` and the group that keeps ``structure FORMULA`` working."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.structure_group import app
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures import StructureModel
from antiperovskite.structures.ordering.model import OrderingStudy
from antiperovskite.structures.ordering.quasirandom import Quasirandom


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("arguments", [("Li3OCl", "--json"), ("--json", "Li3OCl"), ("build", "Li3OCl", "--json")])
def test_without_a_command_it_builds(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 0
    assert StructureModel.model_validate_json(done.stdout).formula == "Li3OCl"


def test_enumeration_as_json() -> None:
    done = run("enumerate", "Li2OHCl", "-s", "2x1x1", "--orient", "OH=100", "--top", "2", "--json")
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    study = OrderingStudy.model_validate(data["enumeration"])
    assert (study.inequivalent, len(study.orderings), data["engine"]) == (48, 2, None)
    assert "not relaxed" in done.stderr


def test_table_and_file(tmp_path: Path) -> None:
    target = tmp_path / "orders.xyz"
    done = run("enumerate", "Li3OCl0.5Br0.5", "-s", "2x2x1", "--out", str(target), "-f", "extxyz")
    assert done.exit_code == 0
    assert "space group" in " ".join(done.stdout.split())
    assert target.read_text().startswith("20\n")


def test_ranking_with_an_engine() -> None:
    done = run(
        "enumerate",
        "Li3OCl0.5Br0.5",
        "-s",
        "2x1x1",
        "--engine",
        "toy-ionic",
        "--fmax",
        "0.2",
        "--rattle",
        "0",
        "--json",
    )
    assert done.exit_code == 0
    (row,) = json.loads(done.stdout)["engine"]
    assert row["number"] == 1
    assert row["above_lowest"]["value"] == 0.0
    assert "toy-ionic" in row["energy"]["source"]


def test_quasirandom_as_json() -> None:
    done = run(
        "enumerate", "Li3OCl0.5Br0.5", "-s", "2x2x2", "--quasirandom", "--shells", "2", "--steps", "50", "--json"
    )
    assert done.exit_code == 0
    found = Quasirandom.model_validate(json.loads(done.stdout)["quasirandom"])
    assert len(found.shells) == 2


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["Li2OHCl", "-s", "2x2x2", "--orient", "OH=100"], OptionError, "smaller supercell"),
        (["Li2OHCl", "-s", "two"], OptionError, "cannot read the supercell"),
        (["Li2OHCl", "--orient", "OH"], OptionError, "write it as OH=100"),
        (["Li2OHCl", "--rule", "maybe"], OptionError, "test or enforce"),
        (["Li3OCl0.5Br0.5"], StructureError, "0.5 Cl on A"),
        (["Li3OCl", "--engine", "nonsense"], OptionError, "unknown engine"),
        (["Li3OCl", "--engine", "toy-ionic", "--fmax", "0"], OptionError, "--fmax"),
        (
            ["Li3OCl0.5Br0.5", "-s", "2x1x1", "--quasirandom", "--rule", "enforce"],
            OptionError,
            "--quasirandom takes no",
        ),
        (["Li3OCl", "--out", "."], OptionError, "directory"),
    ],
)
def test_errors_are_one_line(arguments: list[str], kind: type[Exception], words: str) -> None:
    done = run("enumerate", *arguments)
    assert isinstance(done.exception, kind)
    assert words in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.stdout == ""
