"""``antiperovskite descriptors`` from the outside."""

from __future__ import annotations

import json

import pytest

from antiperovskite.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as caught:
        patch.setattr("sys.argv", ["antiperovskite", *arguments])
        main()
    captured = capsys.readouterr()
    code = caught.value.code
    return int(code or 0), captured.out, captured.err


def test_predict_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "descriptors", "predict", "K3OBH4", "Li3SeBr", "--json")
    found = json.loads(out)
    assert code == 0
    assert [entry["domain"] for entry in found] == ["inside", "outside"]
    assert {"value", "uncertainty", "unit", "method"} <= found[0]["probability"].keys()


def test_predict_prints_its_reliability(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "descriptors", "predict", "Na3OCl")
    assert code == 0
    assert "Na3OCl" in out
    assert "Reliability:" in err


def test_space_can_be_limited_to_the_domain(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "descriptors", "space", "--inside", "--json")
    found = json.loads(out)
    assert code == 0
    assert found
    assert {entry["domain"] for entry in found} == {"inside"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "CaTiO3"),
        ("predict", "Na3OCl", "--descriptor", "astrology"),
        ("predict", "Na4OI2"),
        ("study", "--seed", "-1"),
    ],
)
def test_bad_input_is_wrong_usage_without_a_traceback(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, "descriptors", *arguments)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.slow
def test_the_study_repeats_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("descriptors", "study", "--draws", "100", "--permutations", "49", "--json")
    first, second = run(capsys, *arguments), run(capsys, *arguments)
    assert first[0] == 0
    assert first[1] == second[1]
    assert json.loads(first[1])["n_made"] > 0
