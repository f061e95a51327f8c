"""Dopants in kinetic Monte Carlo from computed binding: what is shipped, what a file says, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.carriers.dopant_traps import dopant_traps
from antiperovskite.cli.commands.kmc import kmc
from antiperovskite.composition import resolve
from antiperovskite.defects.shipped import shipped_study
from antiperovskite.errors import DataError, OptionError

app = typer.Typer()
app.command()(kmc)
WALK = ["--attempt-THz", "10", "-T", "800", "--sites", "600", "--frames", "4000"]


def walked(*arguments: str) -> dict[str, object]:
    found = CliRunner().invoke(app, ["Li3OCl", *arguments, *WALK, "--json"])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return dict(json.loads(found.stdout))


def test_shipped_binding_slows_the_vacancies_a_dopant_brings() -> None:
    bound = walked("--shipped", "--dopant", "Mg=0.06")
    free = walked("--shipped", "--vacancies", "0.02")
    (slow,), (fast,) = bound["runs"], free["runs"]
    assert slow["n_carriers"] == fast["n_carriers"] > 10
    assert slow["diffusion"]["diffusion_coefficient"]["value"] < fast["diffusion"]["diffusion_coefficient"]["value"]
    (said,) = [note for note in bound["notes"] if note.startswith("Mg: a vacancy 2.76 angstrom away")]
    assert "7net-0" in said


def test_a_file_of_defects_says_the_same_as_what_is_shipped(tmp_path: Path) -> None:
    path = tmp_path / "defects.json"
    path.write_text(shipped_study("Li3OCl", "7net-0").model_dump_json(), encoding="utf-8")
    one, two = (walked("--shipped", "--dopant", "Mg=0.06", *more) for more in ((), ("--defects", str(path))))
    assert one["runs"] == two["runs"]


def test_the_trap_is_the_binding_of_neighbours() -> None:
    study = shipped_study("Li3OCl", "7net-0")
    traps, _ = dopant_traps(resolve("Li3OCl"), study, {"Mg": 0.03})
    item = next(c for c in study.combinations if c.name == "Mg on Li with V_Li")
    near = min(item.separations, key=lambda s: s.closest)
    assert traps["Mg"].binding_eV == pytest.approx(-float(near.binding.value or 0.0))
    assert (traps["Mg"].fraction, traps["Mg"].charge) == (pytest.approx(0.01), 2)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["--shipped", "--dopant", "Zn=0.01"], OptionError, "have no Zn on a cation site"),
        (["--shipped", "--dopant", "Mg"], OptionError, "write it as Mg=0.01"),
        (["--shipped", "--dopant", "Mg=5"], OptionError, "below 3"),
        (["--barrier", "0.3", "--dopant", "Mg=0.01"], OptionError, "--defects FILE, or --shipped"),
        (["--barrier", "0.3", "--defects", "x.json"], OptionError, "name them: --dopant"),
        (["--barrier", "0.3", "--defects", "x.json", "--dopant", "Mg=0.01"], OptionError, "no file x.json"),
        (["--shipped", "--interactions", "x.json"], OptionError, "not both"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], kind: type[Exception], words: str) -> None:
    found = CliRunner().invoke(app, ["Li3OCl", *arguments, *WALK])
    assert isinstance(found.exception, kind)
    assert words in str(found.exception) and "\n" not in str(found.exception)


def test_another_host_and_another_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "defects.json"
    path.write_text('{"formula": "Li3OCl"}', encoding="utf-8")
    rest = ["--barrier", "0.3", "--defects", str(path), "--dopant", "Mg=0.01", *WALK]
    assert isinstance(CliRunner().invoke(app, ["Li3OCl", *rest]).exception, DataError)
    with pytest.raises(OptionError, match="of Li3OCl, not of Na3OCl"):
        dopant_traps(resolve("Na3OCl"), shipped_study("Li3OCl", "7net-0"), {"Mg": 0.01})
