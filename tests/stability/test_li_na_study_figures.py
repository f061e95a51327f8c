"""Figures of the study are valid SVG that shows what was computed, and say so where a phase is missing."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from antiperovskite.report.hydroxide_study_figures import figures
from antiperovskite.report.hydroxide_study_page import study_html, write_study
from antiperovskite.report.svg import Drawing, Panel, nice_ticks
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydroxide_study.model import HydroxideStudy
from antiperovskite.stability.hydroxide_study.study import hydroxide_study, run_study
from antiperovskite.stability.hydroxide_study.system import ROLES, System, composition, formula

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Flat:
    """Every phase with -1 eV per atom; enough to draw."""

    name: str = "flat"
    without: tuple[str, ...] = ()
    method: str = "made by hand"
    citations: tuple[str, ...] = ()

    def system(self, cation: str, halide: str, temperature: float | None = None) -> System:
        found = {}
        for role in ROLES:
            name, atoms = formula(role, cation, halide), composition(role, cation, halide)
            if name not in self.without:
                energy = -sum(atoms.values()) - (0.4 if role == "wet" else 0.0)
                found[role] = PhaseEnergy(name, name, atoms, energy, {f"own:{name}": 0.05})
        return System(cation, halide, found)


def drawn(*without: str) -> HydroxideStudy:
    return run_study(Flat(without=without), [Flat(without=without)])


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_figure_is_well_formed_and_repeatable() -> None:
    study = drawn()
    first = figures(study)
    assert set(first) == {"cycle", "engines", "charges", "disorder"}
    assert first == figures(study)
    for svg in first.values():
        assert ET.fromstring(svg).tag == f"{SVG}svg"
        assert "nan" not in svg
        assert "<script" not in svg


def test_the_waterfall_prints_its_numbers() -> None:
    found = texts(figures(drawn())["cycle"])
    assert found.count("−400") == 18  # wet term and sum of nine systems
    assert {"Li", "Na", "K", "A = Cl", "A = Br", "A = I"} <= set(found)


def test_a_missing_phase_leaves_a_note_instead_of_bars() -> None:
    whole, lacking = (texts(figures(s)["cycle"]) for s in (drawn(), drawn("KOH")))
    assert "missing" not in whole
    assert lacking.count("missing") == 3


def test_panel_scales_and_ticks() -> None:
    panel = Panel(10.0, 20.0, 100.0, 50.0, 0.0, 10.0, -1.0, 1.0)
    assert (panel.x(5.0), panel.y(1.0), panel.y(-1.0)) == (60.0, 20.0, 70.0)
    assert nice_ticks(0.0, 10.0) == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert nice_ticks(3.0, 3.0) == [3.0]


def test_text_of_a_drawing_is_escaped() -> None:
    drawing = Drawing(10, 10, "a < b & c")
    drawing.label(1, 1, "<b>")
    assert texts(drawing.text()) == ["<b>"]


def test_page_is_one_file_without_scripts(tmp_path: Path) -> None:
    write_study(drawn("KOH"), tmp_path / "study.html")
    text = (tmp_path / "study.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 4
    assert "<script" not in text
    assert 'src="' not in text
    assert text == study_html(drawn("KOH"))


def test_documentation_page_of_the_script() -> None:
    spec = importlib.util.spec_from_file_location("li_na_study", ROOT / "scripts" / "li_na_study.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = module.page(drawn("KOH"))
    for heading in ("## Answer", "## Terms", "## Engines and DFT", "## Published statements", "## Limits"):
        assert heading in text
    widths: list[int] = []
    for line in text.splitlines():
        if line.startswith("|"):
            widths.append(line.replace("\\|", "").count("|"))
            assert widths[-1] == widths[0], line
        else:
            widths = []
    assert "flat lacks KOH" in text


def test_shipped_energies_give_the_lithium_half_of_the_puzzle() -> None:
    study = hydroxide_study(("7net-0",))
    cycle = study.cycle("Li", "Cl")
    parts = [cycle.term(key).energy.value or 0.0 for key in ("dry", "oxide", "wet")]
    assert sum(parts) == pytest.approx(cycle.term("hydration").energy.value, abs=1e-6)
    assert parts[0] < 0.0  # Li3OCl lies above its salts
    assert cycle.term("oxide").energy.value == pytest.approx(cycle.term("oxide").measured.value, abs=100.0)
    dft = cycle.term("dry").dft
    assert dft.value is not None
    assert dft.value < 0.0
    assert study.contrast("oxide", "Na").verdict == "likely"  # one engine only, however certain
    assert len(study.statements) >= 8


def test_an_unknown_engine_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    from antiperovskite.cli import main

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as caught:
        patch.setattr("sys.argv", ["antiperovskite", "study", "li-na", "--engine", "astrology"])
        main()
    captured = capsys.readouterr()
    assert caught.value.code == 2
    assert captured.out == ""
    assert "choose one of 7net-0" in captured.err


@pytest.mark.slow
def test_page_and_figures_are_up_to_date() -> None:
    script = ROOT / "scripts" / "li_na_study.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
