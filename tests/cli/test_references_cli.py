"""``antiperovskite references``: import, fetch, build and list through the real entry point."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymatgen.core.entries import ComputedEntry

from antiperovskite.cli import main
from antiperovskite.stability.references import REFERENCES_VARIABLE, reference_set


@pytest.fixture(autouse=True)
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(REFERENCES_VARIABLE, str(tmp_path / "sets"))
    monkeypatch.delenv("MP_API_KEY", raising=False)
    reference_set.cache_clear()
    yield tmp_path / "sets"
    reference_set.cache_clear()


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as caught:
        patch.setattr("sys.argv", ["antiperovskite", "references", *map(str, arguments)])
        main()
    captured = capsys.readouterr()
    return int(caught.value.code or 0), captured.out, captured.err


def entries_file(directory: Path, *formulas: str, run_type: str = "R2SCAN") -> Path:
    entries: list[dict[str, Any]] = [
        ComputedEntry(formula, -1.0 * len(formula), parameters={"run_type": run_type}).as_dict() for formula in formulas
    ]
    path = directory / "entries.json"
    path.write_text(json.dumps(entries))
    return path


def test_import_then_list(capsys: pytest.CaptureFixture[str], tmp_path: Path, sets: Path) -> None:
    path = entries_file(tmp_path, "Li", "Cl2", "LiCl")
    code, out, err = run(capsys, "import", path, "--name", "my-dft", "--json")
    done = json.loads(out)
    assert code == 0
    assert done["path"] == str(sets / "user-my-dft.json")
    assert done["engine"]["energy_scale"] == "user-my-dft"
    assert "use them with:  --engine user-my-dft" in err
    code, out, _ = run(capsys, "list", "--engine", "user-my-dft", "--json")
    listed = json.loads(out)
    assert code == 0
    assert {entry["formula"] for entry in listed["entries"]} == {"Li", "Cl2", "LiCl"}
    assert listed["entries"][0]["structure"] is None
    code, out, _ = run(capsys, "list", "--engine", "user-my-dft")
    assert code == 0
    assert "LiCl" in out


def test_import_twice_asks_for_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = entries_file(tmp_path, "Li")
    assert run(capsys, "import", path, "--name", "x")[0] == 0
    code, out, err = run(capsys, "import", path, "--name", "x")
    assert (code, out) == (2, "")
    assert "replace it with --again" in err
    assert run(capsys, "import", path, "--name", "x", "--again")[0] == 0


OPTIMADE = ("fetch", "--source", "optimade", "--elements", "Li")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["import", "missing.json", "--name", "x"], 1, "No such file"),
        (["import", "entries.json", "--name", "../x"], 2, "cannot call a set"),
        (["import", "entries.json", "--name", "x", "--scheme", "gga"], 2, "no energies of scheme 'gga'"),
        (["import", "entries.json", "--name", "x", "--elements", "Na"], 1, "no entries of these elements"),
        (["import", "entries.json", "--name", "x", "--elements", "Qq"], 2, "unknown element 'Qq'"),
        (["fetch", "--source", "mpx", "--elements", "Li"], 2, "choose mp or optimade"),
        (["fetch", "--source", "mp", "--elements", "Li"], 2, "needs your key"),
        (["fetch", "--source", "mp", "--elements", "Li", "--engine", "7net-0"], 2, "--engine does not belong"),
        (["fetch", "--source", "mp", "--elements", ""], 2, "no elements given"),
        ([*OPTIMADE], 2, "give --url"),
        ([*OPTIMADE, "--scheme", "mp-r2scan"], 2, "--scheme does not belong"),
        ([*OPTIMADE, "--url", "x", "--engine", "toy-ionic"], 2, "'x' is not an address"),
        ([*OPTIMADE, "--url", "http://127.0.0.1:9", "--engine", "nope"], 2, "unknown engine 'nope'"),
        ([*OPTIMADE, "--url", "http://127.0.0.1:9", "--engine", "toy-ionic"], 1, "cannot reach 127.0.0.1"),
        (["list", "--engine", "nothing"], 1, "no reference phases"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sets: Path,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    entries_file(tmp_path, "Li", "Cl2", "LiCl")
    monkeypatch.chdir(tmp_path)
    found, out, err = run(capsys, *arguments)
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert (found, out, len(errors)) == (code, "", 1)
    assert message in errors[0]
    assert not sets.exists()


def test_a_key_from_the_environment_is_used_and_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MP_API_KEY", "secret")
    code, _, err = run(capsys, "fetch", "--source", "mp", "--elements", "Li")
    assert code == 2
    assert "it has 6 characters" in err
    assert "secret" not in err


def test_build_a_few_phases(capsys: pytest.CaptureFixture[str], sets: Path) -> None:
    code, out, err = run(capsys, "build", "--engine", "toy-ionic", "--elements", "Li,F")
    assert out == ""
    assert code in {0, 3}  # the toy cannot relax lithium metal
    assert (sets / "toy-ionic.json").is_file()
    assert "phases," in err
