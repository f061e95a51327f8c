"""``antiperovskite trajectory``: what a file holds, in a table and as JSON; stored copies; wrong input in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.trajectory import app as trajectory
from antiperovskite.dynamics.trajectory import StoredTrajectory
from antiperovskite.dynamics.trajectory.opening import CACHE_VARIABLE
from antiperovskite.dynamics.trajectory.summary import TrajectorySummary
from antiperovskite.errors import DataError, OptionError

app = typer.Typer()
app.add_typer(trajectory, name="trajectory")
NAMES = "1=Li 2=O 3=Cl"
STEP = np.array([0.4, -0.2, 0.1])


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Forty frames of three ions, the first of which leaves the cell of 10 angstrom at a steady pace."""
    lines = []
    for frame in range(40):
        places = np.array([[1.0, 1, 1], [5, 5, 5], [8, 2, 7]])
        places[0] = (places[0] + frame * STEP) % 10
        lines.append(f"ITEM: TIMESTEP\n{50 * frame}\nITEM: NUMBER OF ATOMS\n3\nITEM: BOX BOUNDS pp pp pp\n")
        lines.append("0 10\n" * 3 + "ITEM: ATOMS id type x y z\n")
        lines += [f"{k + 1} {k + 1} {x:.6f} {y:.6f} {z:.6f}\n" for k, (x, y, z) in reversed([*enumerate(places)])]
    path = tmp_path / "run.lammpstrj"
    path.write_text("".join(lines))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["trajectory", *map(str, arguments)])


def test_info_as_json_is_the_summary_and_nothing_else_on_stdout(dump: Path) -> None:
    done = run("info", dump, "--species", NAMES, "--timestep-ps", 0.1, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert TrajectorySummary.model_validate(told).model_dump(mode="json") == told
    assert set(told) == set(TrajectorySummary.model_fields)
    assert told["ions"] == {"Li": 1, "O": 1, "Cl": 1}
    assert (told["n_frames"], told["constant_cell"]) == (40, True)
    assert told["frame_interval"]["value"] == 0.1 and told["frame_interval"]["unit"] == "ps"
    assert told["duration"]["value"] == pytest.approx(3.9)
    assert told["volume"]["value"] == pytest.approx(1000.0)
    assert told["temperature"]["value"] is None and told["temperature"]["method"]
    assert "note: read from LAMMPS dump" in done.stderr


def test_an_interval_nobody_gave_is_not_made_up(dump: Path) -> None:
    told = json.loads(run("info", dump, "--species", NAMES, "--json").stdout)
    for name in ("frame_interval", "duration"):
        assert told[name]["value"] is None and told[name]["n"] == 0 and told[name]["method"]


def test_the_table_names_ions_frames_and_times(dump: Path) -> None:
    done = run("info", dump, "--species", NAMES, "--timestep-ps", 0.1, "--frames", "10:30:2")
    assert done.exit_code == 0, done.output
    table = " ".join(done.stdout.split())
    assert "1 Li, 1 O, 1 Cl" in table and "constant" in table
    (frames,) = (line for line in done.stdout.splitlines() if "frames" in line and "time" not in line)
    assert " 10 " in frames
    assert "0.2" in next(line for line in done.stdout.splitlines() if "time between" in line)


def test_convert_stores_the_unwrapped_motion_and_a_copy_can_be_converted_again(dump: Path, tmp_path: Path) -> None:
    done = run("convert", dump, tmp_path / "stored", "--species", NAMES, "--timestep-ps", 0.1, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["path"] == str(tmp_path / "stored")
    (block,) = StoredTrajectory(tmp_path / "stored").blocks()
    expected = np.arange(40)[:, None] * STEP
    assert abs(block.positions[:, 0] - block.positions[0, 0] - expected).max() < 1e-4
    assert abs(block.positions[:, 1:] - block.positions[0, 1:]).max() < 1e-4
    again = run("info", tmp_path / "stored", "--json")
    assert json.loads(again.stdout)["n_frames"] == 40
    assert run("convert", tmp_path / "stored", tmp_path / "second").exit_code == 0


def test_a_cut_file_gives_its_whole_frames_and_says_so(dump: Path) -> None:
    dump.write_bytes(dump.read_bytes()[:-30])
    done = run("info", dump, "--species", NAMES, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["n_frames"] == 39
    assert "note: the file ends within a frame" in done.stderr


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ([], OptionError, "species"),
        (["--species", "1=Li"], OptionError, "species"),
        (["--species", NAMES, "--frames", "x"], OptionError, "not START:STOP"),
        (["--species", NAMES, "--frames", "5:2"], OptionError, "0 <= START < STOP"),
        (["--species", NAMES, "--timestep-ps", "-1"], OptionError, "positive number of ps"),
        (["--species", NAMES, "--timestep-ps", "nan"], OptionError, "positive number of ps"),
    ],
)
@pytest.mark.parametrize("command", ["info", "convert"])
def test_wrong_options_are_one_line_and_leave_nothing(
    dump: Path, tmp_path: Path, command: str, options: list[str], kind: type[Exception], words: str
) -> None:
    done = run(command, dump, *([tmp_path / "out"] if command == "convert" else []), *options)
    assert isinstance(done.exception, kind), done.exception
    assert words in str(done.exception) and "\n" not in str(done.exception)
    assert done.stdout == "" and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (None, OptionError, "cannot read"),
        ("", OptionError, "no trajectory this package knows"),
        ("hello\n" * 50, OptionError, "no trajectory this package knows"),
        ("damage", DataError, "frame 20"),
        ("lost", DataError, "ions were lost or added"),
    ],
)
def test_wrong_files_are_one_line(
    dump: Path, tmp_path: Path, content: str | None, kind: type[Exception], words: str
) -> None:
    text = dump.read_text().split("ITEM: TIMESTEP\n")
    file = tmp_path / "bad.lammpstrj"
    if content == "damage":
        text[21] = text[21].replace("3 3 8.0", "3 3 8.x")
    elif content == "lost":
        text[21] = "".join(line for line in text[21].splitlines(keepends=True) if line[:2] != "2 ").replace(
            "S\n3", "S\n2"
        )
    if content is not None:
        file.write_text("ITEM: TIMESTEP\n".join(text) if content in ("damage", "lost") else content)
    done = run("convert", file, tmp_path / "out", "--species", NAMES)
    assert isinstance(done.exception, kind), done.exception
    assert words in str(done.exception) and "\n" not in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_an_existing_directory_is_not_overwritten(dump: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = run("convert", dump, tmp_path / "out", "--species", NAMES)
    assert isinstance(done.exception, OptionError) and "exists" in str(done.exception)
    assert run("info").exit_code == 2
