"""The part of the report with bands, unstable levels and a mode in motion. Numbers: a toy engine's, or invented."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

import pytest

from antiperovskite.assessment.model import PhononCheck
from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.report.commands import pattern_commands
from antiperovskite.report.page import render_report
from antiperovskite.report.phonon_section import moves_of, shown_levels
from antiperovskite.structures import candidate_structures
from antiperovskite.vibrations import PhononStudy, phonon_study


@pytest.fixture(scope="module")
def study() -> PhononStudy:
    parent = candidate_structures(resolve("Li3OCl"))[0]
    return phonon_study(parent, get_engine("toy-ionic"), use_cache=False)


@pytest.fixture(scope="module")
def html(sample: ModuleType, study: PhononStudy) -> str:
    first = PhononCheck(
        engine="toy-ionic",
        spacegroup="Pm-3m",
        verdict=study.verdict,
        lowest=study.lowest,
        statement=study.statement,
    )
    checks = (first, first.model_copy(update={"engine": "another", "verdict": "stable"}))
    with_phonons = sample.li3ocl_assessment(phonons=study, phonon_checks=checks)
    without = sample.li2ohcl_assessment(not_defined={"phonons": "phonons take 4,000 atoms"})
    return render_report([with_phonons, without])


def section(html: str, name: str) -> str:
    start = html.index(f'id="{name}-vibrations"')
    return html[start : html.index("</section>", start)]


def scripts(text: str) -> list[Any]:
    found = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)
    return [json.loads(item) for item in found]


def test_bands_scene_and_moves_are_in_the_section(html: str, study: PhononStudy) -> None:
    bands, scene, moves = scripts(section(html, "Li3OCl"))
    assert {trace["type"] for trace in bands["data"]} == {"scatter"}
    owners = [trace["meta"]["owner"] for trace in scene["data"] if "meta" in trace]
    atoms = study.atoms_in_supercell
    assert {owner for trace in owners for owner in trace} == set(range(atoms))
    assert len(moves["modes"]) == len(study.soft_modes)
    assert {len(mode["moves"]) for mode in moves["modes"]} == {3 * atoms}


def test_every_unstable_level_has_a_row_with_its_name(html: str, study: PhononStudy) -> None:
    text = section(html, "Li3OCl")
    assert study.unstable
    for level in study.unstable:
        assert f"{-level.frequency:.2f}i" in text
        assert level.name in text
    assert "Do the engines agree?" in text
    assert "another" in text


def test_a_stable_structure_shows_its_lowest_levels(study: PhononStudy) -> None:
    levels = shown_levels(study.model_copy(update={"unstable": ()}))
    assert [level.frequency for level in levels] == sorted(level.frequency for level in study.levels)[: len(levels)]
    assert shown_levels(study) == list(study.unstable[: len(shown_levels(study))])


def test_moves_are_normalised_to_one_angstrom(study: PhononStudy) -> None:
    for mode in json.loads(str(moves_of(study)))["modes"]:
        flat = mode["moves"]
        lengths = [sum(x * x for x in flat[k : k + 3]) ** 0.5 for k in range(0, len(flat), 3)]
        assert max(lengths) == pytest.approx(1.0, abs=1e-3)


def test_where_nothing_was_computed_the_reason_stands(html: str) -> None:
    assert "phonons take 4,000 atoms" in section(html, "Li2OHCl")


def test_the_script_is_there_once_and_only_where_it_is_needed(html: str, sample: ModuleType) -> None:
    assert html.count("beyond this many pictures the oldest is let go") == 1
    assert "beyond this many pictures the oldest is let go" not in render_report([sample.li2ohcl_assessment()])


def test_commands_hold_the_rival_and_the_isotope(sample: ModuleType) -> None:
    dry, hydrated = pattern_commands(sample.li3ocl_assessment()), pattern_commands(sample.li2ohcl_assessment())
    assert dry[0] == "antiperovskite distinguish Li3OCl Li2OHCl --counts 1e6"
    assert hydrated[0] == "antiperovskite distinguish Li2OHCl Li3OCl --counts 1e6"
    assert "--isotope" not in dry[1]
    assert hydrated[1].endswith("--isotope H=D")


def test_brackets_are_quoted_for_the_shell(sample: ModuleType) -> None:
    commands = pattern_commands(sample.li3ocl_assessment(formula="Li2(OH)0.9F0.1Cl"))
    assert all("'Li2(OH)0.9F0.1Cl" in command for command in commands)
