"""The scorecard in a real browser: offline, no errors, the filter, the search, and links to claims that are hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from antiperovskite.evidence.claims import Check, Claim
from antiperovskite.report.scorecard_page import write_scorecard
from antiperovskite.scorecard import reproduce
from antiperovskite.store import ResultStore

pytestmark = pytest.mark.browser


def claim(name: str, formula: str, expected: str, *, check: bool = True) -> Claim:
    test = Check(capability="family", arguments={"formula": formula}, agreement="equals", why="a test")
    return Claim(
        id=name,
        section="2",
        subject=formula,
        property="family",
        statement=f"{formula} is {expected}.",
        words=expected,
        method="diffraction",
        citations=("dawson2021",),
        standing="accepted",
        check=test if check else None,
    )


@pytest.fixture(scope="module")
def page(context: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    directory = tmp_path_factory.mktemp("scorecard")
    among = [
        claim("right", "Li2OHCl", "hydrated"),
        claim("wrong", "Na4OI2", "cubic"),
        claim("silent", "Na3OBr", "cubic", check=False),
    ]
    store = ResultStore(directory / "store.sqlite")
    write_scorecard(reproduce(among=among, engine="toy-ionic", store=store), directory / "card.html")
    store.close()
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    opened.on("request", lambda request: None if request.url.startswith("file:") else problems.append(request.url))
    opened.goto((directory / "card.html").as_uri())
    yield opened
    assert [text for text in problems if not text.startswith("data:")] == []


def shown(page: Any) -> list[str]:
    return [row.get_attribute("id") for row in page.query_selector_all("tr[data-verdict]") if row.is_visible()]


def test_the_filter_and_the_search_work_together(page: Any) -> None:
    assert shown(page) == ["right", "wrong", "silent"]
    page.click("button[data-verdict=contradicted]")
    assert shown(page) == ["wrong"]
    assert page.get_attribute("button[data-verdict=contradicted]", "aria-pressed") == "true"
    assert page.inner_text("#shown") == "1 of 3 claims shown"
    page.fill("#search", "LI2OHCL")
    assert shown(page) == []
    assert page.is_visible("#nothing")
    page.click("button[data-verdict='']")
    assert shown(page) == ["right"]
    page.fill("#search", "")


def test_a_link_to_a_hidden_claim_shows_it(page: Any) -> None:
    page.click("button[data-verdict=reproduced]")
    assert shown(page) == ["right"]
    page.evaluate("location.hash = 'silent'")
    page.wait_for_function("!document.getElementById('silent').hidden")
    assert shown(page) == ["right", "wrong", "silent"]


@pytest.mark.parametrize("width", [1280, 420])
def test_nothing_sticks_out(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
