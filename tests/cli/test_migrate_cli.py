"""``antiperovskite migrate``: lists, bad input in one line, JSON, rates, page and exit codes with the toy engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands.migrate import EXAMPLES, migrate
from antiperovskite.errors import AntiperovskiteError, OptionError
from antiperovskite.migration import MigrationStudy

app = typer.Typer()
app.command(epilog=EXAMPLES)(migrate)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Li3OCl", "-e", "toy-ionic", "-m", "jump", "-s", "2"], "unknown mechanism 'jump'"),
        (["Li3OCl", "-e", "toy"], "unknown engine"),
        (["crystal.cif"], "unexpected 'c'"),
        (["Li3OCl", "-e", "toy-ionic", "-s", "a"], "cannot read the supercell"),
        (["Li3OCl", "-e", "toy-ionic", "-s", "2", "--images", "0"], "images are not possible"),
        (["Li3OCl", "-e", "toy-ionic", "-s", "2", "--fmax", "0"], "must lie above 0"),
        (["Li3OCl", "-e", "toy-ionic", "-s", "2", "--compensation", "half"], "unknown --compensation"),
        (["Li3OCl", "-e", "toy-ionic", "-s", "2", "--ion", "Na"], "not a cation on X"),
        (["Li3OCl", "-e", "toy-ionic", "-s", "2", "--longest-hop", "1"], "no two sites"),
        (["Li3OCl", "--shipped", "--hop", "1"], "--shipped computes nothing"),
        (["Li3OCl", "--shipped", "-e", "toy-ionic"], "no barriers are shipped for 'toy-ionic'"),
        (["Li3SF", "--shipped"], "no barriers of Li3SF are shipped for 7net-0"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str) -> None:
    found = CliRunner().invoke(app, arguments)
    assert isinstance(found.exception, AntiperovskiteError)
    assert message in str(found.exception)
    assert "\n" not in str(found.exception)


def test_hops_are_listed_without_an_engine() -> None:
    found = CliRunner().invoke(app, ["Li3OCl", "--list", "--json"])
    assert found.exit_code == 0
    hops = json.loads(found.stdout)["hops"]
    assert [h["mechanism"] for h in hops].count("vacancy") == 1
    assert hops[0]["neighbours"] == 8.0


def test_shipped_barriers_are_shown_without_an_engine(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    found = CliRunner().invoke(app, ["Li3OCl", "--shipped", "--json", "--html", str(page)])
    study = MigrationStudy.model_validate_json(found.stdout)
    assert {(b.hop.mechanism, b.supercell) for b in study.barriers} >= {("vacancy", (3, 3, 3)), ("dumbbell", (3, 3, 3))}
    assert len(study.size_effect) == 1  # two cells of the vacancy's hop, whose studies are two files
    assert "made by python scripts/migration_study.py" in study.notes[-1]
    assert "Effect of cell size" in page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MigrationStudy, str, int]:
    folder = tmp_path_factory.mktemp("migrate")
    out, page, rates = folder / "out", folder / "page.html", folder / "rates.yaml"
    arguments = ["Na3OCl", "-e", "toy-ionic", "-s", "2", "--out", str(out), "--html", str(page), "--json"]
    found = CliRunner().invoke(app, [*arguments, "--rates", str(rates)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return folder, MigrationStudy.model_validate_json(found.stdout), found.stderr, found.exit_code


def test_a_hop_is_computed_and_everything_is_written(run: tuple[Path, MigrationStudy, str, int]) -> None:
    folder, study, errors, code = run
    one = study.barriers[0]
    assert code == 0
    assert one.forward.value is not None
    assert one.forward.value > 0.0
    assert max(one.energies) == pytest.approx(one.forward.value)
    assert "rates.yaml" in errors
    assert (folder / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert MigrationStudy.model_validate_json((folder / "out/migration.json").read_text(encoding="utf-8")) == study


def test_kinetics_reads_the_rates_and_none_are_made_of_nothing(run: tuple[Path, MigrationStudy, str, int]) -> None:
    from antiperovskite.kinetics import read_rate_table
    from antiperovskite.migration import rate_table

    folder, study, _, _ = run
    assert read_rate_table(folder / "rates.yaml").barrier_eV == pytest.approx(study.barriers[0].forward.value)
    with pytest.raises(OptionError, match="no vacancy barrier"):
        rate_table(study.model_copy(update={"barriers": ()}))


def test_the_same_command_again_computes_nothing(run: tuple[Path, MigrationStudy, str, int]) -> None:
    folder, study, _, _ = run
    arguments = ["Na3OCl", "-e", "toy-ionic", "-s", "2", "--out", str(folder / "out"), "--json"]
    again = MigrationStudy.model_validate_json(CliRunner().invoke(app, arguments).stdout)
    assert again.barriers[0].force_calls.replayed == again.barriers[0].force_calls.total
    assert again.barriers[0].energies == study.barriers[0].energies
