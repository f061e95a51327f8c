"""Reading data files and writing results: one clear line on failure, never half a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from antiperovskite._files import check_writable, package_data, read_yaml, validate, write_atomically
from antiperovskite._model import Model
from antiperovskite.errors import AntiperovskiteError, DataError, OptionError


class Point(Model):
    x: float
    y: float


def assert_one_line(error: pytest.ExceptionInfo[AntiperovskiteError]) -> None:
    assert len(str(error.value).splitlines()) == 1


def test_write_creates_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    write_atomically(target, "first")
    write_atomically(target, "größer".encode())
    assert target.read_text(encoding="utf-8") == "größer"
    assert os.listdir(tmp_path) == ["result.json"]  # noqa: PTH208 - hidden files count too


def test_written_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    write_atomically(tmp_path / "ours", "x")
    (tmp_path / "theirs").write_text("x", encoding="utf-8")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "theirs").stat().st_mode)


@pytest.mark.parametrize("broken", ["replace", "chmod"])
def test_failure_leaves_the_old_file_whole_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    target = tmp_path / "result.json"
    target.write_text("old", encoding="utf-8")

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, broken, fail)
    with pytest.raises(OptionError, match="No space left on device") as error:
        write_atomically(target, "new")
    monkeypatch.undo()
    assert_one_line(error)
    assert target.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["result.json"]  # noqa: PTH208


def test_interruption_leaves_nothing_beside_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "result.json"
    target.write_text("old", encoding="utf-8")

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, "new")
    monkeypatch.undo()
    assert target.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["result.json"]  # noqa: PTH208


def test_missing_directory_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot write") as error:
        write_atomically(tmp_path / "nowhere" / "result.json", "x")
    assert_one_line(error)


def test_check_writable_creates_the_directory_and_leaves_it_empty(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert os.listdir(tmp_path / "a" / "b") == []  # noqa: PTH208


def test_unwritable_path_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere"), Path("bad\0name")):
        with pytest.raises(OptionError, match="choose a writable directory") as error:
            check_writable(place)
        assert_one_line(error)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: [1, 2", "not valid YAML"),
        (b"a: 1\n b: 2\n", "not valid YAML"),
        (b"a: \xff\xfe", "not valid YAML"),
        (b"!!python/object/apply:os.getcwd []", "not valid YAML"),  # no code runs from a data file
    ],
)
def test_bad_yaml_is_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "lab.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason) as error:
        read_yaml(path)
    assert_one_line(error)
    assert "lab.yaml" in str(error.value)


def test_missing_yaml_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file") as error:
        read_yaml(tmp_path / "absent.yaml")
    assert_one_line(error)


def test_validation_names_file_place_and_number_of_problems() -> None:
    assert validate([{"x": 1, "y": 2}], list[Point], "lab.yaml") == [Point(x=1, y=2)]
    with pytest.raises(DataError, match=r"^lab\.yaml: 1\.x: .* \(and 2 more\)$") as error:
        validate([{"x": 1, "y": 2}, {"x": "one", "y": None, "z": 3}], list[Point], "lab.yaml")
    assert_one_line(error)
    with pytest.raises(DataError, match=r"^lab\.yaml: top level: "):
        validate(None, list[Point], "lab.yaml")


def test_a_line_break_in_a_key_does_not_break_the_message() -> None:
    with pytest.raises(DataError) as error:
        validate({"a\x1eb\nc": None}, dict[str, float], "file")
    assert_one_line(error)
    assert "a b c" in str(error.value)


def test_shipped_data_files_are_valid_yaml() -> None:
    for room, name in (("ions", "anions.yaml"), ("citations", "methods.yaml")):
        assert read_yaml(package_data(room, name))
