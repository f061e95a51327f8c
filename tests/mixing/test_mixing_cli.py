"""``antiperovskite mixing``: shipped and given studies, the page, and bad input in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.engines import get_engine
from antiperovskite.errors import InputError, MissingReferenceError, OptionError
from antiperovskite.mixing.model import MixingStudy
from antiperovskite.mixing.study import study_of_hops
from antiperovskite.scorecard.capabilities import mixing as capability


def run(*arguments: Any) -> Any:
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def study(invented: Any) -> MixingStudy:
    return study_of_hops(
        "Li3OCl1-xBrx", invented(0.005), get_engine("toy-ionic").card, temperature_K=300.0, seed=0, draws=20,
        cell=(3, 3, 4), copies=4,
    )  # fmt: skip


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, study: MixingStudy) -> MixingStudy:
    monkeypatch.setattr("antiperovskite.mixing.shipped_mixing", lambda: {study.series: study})
    return study


@pytest.mark.usefixtures("shipped")
def test_a_shipped_study_is_shown_with_its_page(tmp_path: Path, study: MixingStudy) -> None:
    page = tmp_path / "mixing.html"
    done = run("mixing", "Li3OCl1-xBrx", "--shipped", "--html", page)
    assert done.exit_code == (0 if study.best.value is not None else 3)
    assert "Best mixture" in done.output
    text = page.read_text()
    assert "which mixture lets Li through" in text
    assert "Cl-Br" in text
    as_json = run("mixing", "Li3OCl1-xBrx", "--shipped", "--json")
    assert MixingStudy.model_validate(json.loads(as_json.stdout)) == study


@pytest.mark.usefixtures("shipped")
def test_claims_about_mixtures_are_answered_by_the_draws(study: MixingStudy) -> None:
    from antiperovskite.scorecard.context import Context
    from antiperovskite.scorecard.registry import capability as named

    better = named("mixture_conducts_better").compute({"first": "Li3OCl0.5Br0.5", "second": "Li3OBr"}, Context())
    assert better == "Li3OCl0.5Br0.5"  # the mixed bottleneck is 50 meV lower
    again = named("mixture_conducts_better").compute({"first": "Li3OBr", "second": "Li3OCl0.5Br0.5"}, Context())
    assert again == "Li3OCl0.5Br0.5"
    helped = named("mixing_enhances").compute({"formula": "Li3OCl0.5Br0.5", "called": "no enhancement"}, Context())
    other = named("mixing_enhances").compute({"formula": "Li3OBr", "called": "no enhancement"}, Context())
    assert helped == "enhancement"
    assert other == "no enhancement"
    missing = named("mixing_enhances").compute({"formula": "Na3OCl0.5Br0.5", "called": "x"}, Context())
    assert "no shipped study" in missing.method  # type: ignore[union-attr]
    assert capability.SURE == 0.975


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("Na3OCl1-xIx", "--shipped"), MissingReferenceError, "no mixing study of Na3OCl1-xIx"),
        (("Li3OCl1-xBrx", "--shipped", "--engine", "7net-0"), OptionError, "--shipped computes nothing"),
        (("Li3OCl1-xBrx",), OptionError, "give --engine"),
        (("Li3OCl1-xBrx", "-e", "toy-ionic", "--supercell", "auto"), OptionError, "such as 3x3x4"),
        (("Li3OCl1-xBrx", "-e", "toy-ionic", "--temperature", "3"), OptionError, "100 to 5000"),
        (("Li3OCl1-xBrx", "-e", "toy-ionic", "--x", "0,0.5"), OptionError, "give both ends"),
        (("Li3OCl", "-e", "toy-ionic"), OptionError, "such as Li3OCl1-xBrx"),
        (("Li3OCl1-xBrx", "-e", "nothing"), InputError, "nothing"),
    ],
)
def test_bad_input_is_one_line(arguments: tuple[str, ...], kind: type[Exception], words: str) -> None:
    done = run("mixing", *arguments)
    assert isinstance(done.exception, kind)
    assert words in str(done.exception)
    assert "\n" not in str(done.exception)


def test_the_page_of_the_documentation_is_that_of_the_shipped_data(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[2]
    monkeypatch.syspath_prepend(str(root / "scripts"))
    import mixing_study

    assert mixing_study.PAGE.read_text(encoding="utf-8") == mixing_study.page()
    sys.modules.pop("mixing_study", None)


def test_the_shipped_study_finds_the_pure_chloride_best() -> None:
    from antiperovskite.mixing import shipped_mixing
    from antiperovskite.report.mixing_plot import best_words

    study = shipped_mixing()["Li3OCl1-xBrx"]
    assert study.engine.name == "lammps:Li3OCl0.5Br0.5"
    assert sum(hop.forward is not None for hop in study.hops) > 100
    assert "No mixture is better than the pure compound with Cl" in best_words(study)
    pure = {hop.x: hop.forward for hop in study.hops if hop.x in (0.0, 1.0)}
    assert pure[1.0] > pure[0.0] + 0.05  # type: ignore[operator]
