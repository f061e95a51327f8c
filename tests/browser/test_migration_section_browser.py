"""Defects and migration of a report in a real browser: plots drawn, hops in motion beside a mode, phone and print."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from antiperovskite.assessment.balance import assess_balance
from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.report.page import write_report
from antiperovskite.structures import candidate_structures
from antiperovskite.vibrations import phonon_study

pytestmark = pytest.mark.browser
SECTION = 'section[aria-labelledby="Li3OCl-migration"]'
HOPS = "#Li3OCl .card:has(.hops)"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory, sample: ModuleType, load_module: Any) -> tuple[Path, str]:
    carriers: ModuleType = load_module("report/carriers_sample.py")
    hops, defects = carriers.migration(), carriers.defects()
    balance = assess_balance(resolve("Li3OCl"), defects, hops).found
    modes = phonon_study(candidate_structures(resolve("Li3OCl"))[0], get_engine("toy-ionic"), use_cache=False)
    path = tmp_path_factory.mktemp("migration") / "report.html"
    full = sample.li3ocl_assessment(phonons=modes, migration=hops, defects=defects, carrier_balance=balance)
    write_report([full], path)
    return path, "#Li3OCl .hops"


def test_hops_move_and_stop_and_name_their_place(moving: Any) -> None:
    card = moving.page.locator(HOPS).first
    button, slider = card.locator("button.toggle"), card.locator("input[type=range]")
    assert moving.moves() is not moving.reduced
    assert button.inner_text() == ("play" if moving.reduced else "pause")
    slider.fill("20")
    moving.settle()
    assert card.locator("output").inner_text() == "50 % of the path"
    assert moving.moves() is False
    moving.show("#Li3OCl .motion")  # a mode and the hops live on one page
    assert moving.moves() is not moving.reduced
    assert moving.problems == []


def test_every_figure_of_the_section_is_drawn_on_a_phone_and_printed(moving: Any) -> None:
    page = moving.page
    page.set_viewport_size({"width": 390, "height": 800})
    names = page.eval_on_selector_all(f"{SECTION} [data-figure]", "plots => plots.map(plot => plot.dataset.figure)")
    assert len(names) == 6
    for name in names:
        moving.show(f'[data-figure="{name}"]')
    for k in range(page.locator(f"{SECTION} .hops").count()):
        page.locator(f"{SECTION} .hops").nth(k).scroll_into_view_if_needed()
        page.wait_for_function(
            "k => document.querySelectorAll('.hops')[k].dataset.drawn === 'yes'", arg=k, timeout=120_000
        )
    assert page.evaluate(OVERFLOW) <= 0, "nothing sticks out sideways"
    page.set_viewport_size({"width": 760, "height": 1000})  # a sheet of A4 within its margins
    page.emulate_media(media="print")
    assert page.eval_on_selector(SECTION, "section => section.scrollWidth - section.clientWidth") <= 0
    assert len(page.pdf()) > 50_000
    assert moving.problems == []
