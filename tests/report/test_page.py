"""The page as text: complete, offline, escaped, and the same for the same input."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from antiperovskite.assessment.model import Assessment, Failure
from antiperovskite.errors import OptionError
from antiperovskite.evidence.model import Evidence
from antiperovskite.quantity import NotComputed
from antiperovskite.report import render_report, write_report
from antiperovskite.report.figures import script_json
from antiperovskite.report.reaction_plot import dft_figure
from antiperovskite.report.templating import plotly_javascript
from antiperovskite.report.tolerance_map import literature_points
from antiperovskite.report.water_plot import water_figure
from antiperovskite.report.words import dry_or_hydrated, what_xrays_miss
from antiperovskite.stability.hydration.model import WaterLimit


class Collector(HTMLParser):
    """Attributes that load things, data blocks, and identifiers."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.data: dict[str, str] = {}
        self._block: str | None = None
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        for name in ("src", "srcset", "data", "poster", "action"):
            if values.get(name):
                self.loads.append(str(values[name]))
        if tag in {"link", "image", "use"}:
            self.loads.append(str(values.get("href") or ""))
        if tag in {"h1", "h2"}:
            self.headings.append(tag)
        self._block = str(values["id"]) if tag == "script" and values.get("type") == "application/json" else None

    def handle_data(self, data: str) -> None:
        if self._block:
            self.data[self._block] = self.data.get(self._block, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._block = None


def parse(html: str) -> Collector:
    collector = Collector()
    collector.feed(html.replace(plotly_javascript(), ""))
    return collector


@pytest.fixture(scope="module")
def html(sample: ModuleType) -> str:
    return render_report([sample.li3ocl_assessment(), sample.li2ohcl_assessment()])


def test_nothing_is_loaded_from_anywhere(html: str) -> None:
    page = parse(html)
    assert [target for target in page.loads if not target.startswith("data:")] == []
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    assert "url(" not in style.group(1) and "@import" not in style.group(1)
    module = re.search(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    assert module is not None
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import ", module.group(1))


def test_plotly_is_inlined_once_and_the_page_stays_small(sample: ModuleType) -> None:
    html = render_report([sample.li3ocl_assessment()])
    assert html.count(plotly_javascript()) == 1
    assert len(html.encode()) < 6_000_000


def test_identifiers_are_unique_and_figures_exist(html: str) -> None:
    page = parse(html)
    assert len(page.ids) == len(set(page.ids))
    wanted = set(re.findall(r'data-(?:figure|scene)="([^"]+)"', html))
    assert wanted and wanted <= set(page.data)
    assert page.headings.count("h1") == 3, "overview and one a formula"


def to_arrays(value: Any) -> Any:
    """Undo what only the page's script understands: binary arrays stay, CSS variables become a colour."""
    if isinstance(value, dict) and "bdata" in value:
        return np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
    if isinstance(value, dict):
        return {key: to_arrays(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_arrays(item) for item in value]
    return re.sub(r"var\(--[\w-]+\)", "#123456", value) if isinstance(value, str) else value


def test_every_figure_is_a_valid_plotly_figure(html: str) -> None:
    import plotly.graph_objects as go

    names = []
    for name, text in parse(html).data.items():
        if name.startswith("fig-"):
            figure = to_arrays(json.loads(text))
            go.Figure(data=figure["data"], layout=figure["layout"])  # raises on any unknown or wrong property
            names.append(name)
    assert {n.rsplit("-", 1)[1] for n in names} == {
        "relaxed",
        "starting",
        "network",
        "map",
        "reactions",
        "patterns",
        "visibility",
        "conductivity",
        "window",
        "profile",
        "metal",
        "contacts",
        "water",
        "dft",
    }


def test_every_css_variable_of_a_figure_is_defined(html: str) -> None:
    used = {name for text in parse(html).data.values() for name in re.findall(r"var\((--[\w-]+)\)", text)}
    defined = set(re.findall(r"(--[\w-]+):", html.partition("</style>")[0]))
    assert used and used <= defined


def test_embedded_json_is_the_whole_assessment(html: str, sample: ModuleType) -> None:
    text = parse(html).data["data-Li3OCl"]
    Assessment.model_validate_json(text)
    assert json.loads(text) == json.loads(sample.li3ocl_assessment().model_dump_json())


def test_same_input_same_page(html: str, sample: ModuleType) -> None:
    assert render_report([sample.li3ocl_assessment(), sample.li2ohcl_assessment()]) == html


def test_hostile_text_stays_text(sample: ModuleType) -> None:
    evil = '</script><img src=x onerror="alert(1)"><!--'
    assessment = sample.li3ocl_assessment(
        formula=evil, engine=evil, failures=(Failure(step=evil, reason=evil),), engine_notes=(evil,)
    )
    html = render_report([assessment, assessment])
    assert "<img" not in html.replace(plotly_javascript(), "")
    page = parse(html)
    assert page.loads == ["data:,"]
    assert len(page.ids) == len(set(page.ids)), "two formulas that reduce to one name still differ"
    assert json.loads(page.data[next(k for k in page.data if k.startswith("data-"))])["formula"] == evil


def test_script_json_cannot_end_its_element() -> None:
    text = str(script_json({"a": "</script><!-- &\u2028"}))
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text) == {"a": "</script><!-- &\u2028"}


def test_partial_assessment_says_what_failed(html: str) -> None:
    assert "1 step could not be done" in html
    assert "fixture: its packages are not installed" in html
    assert "it already holds its water" in html


def test_surroundings_stand_on_the_page_with_engine_uncertainty_and_products(html: str) -> None:
    page = re.sub(r"\s+", " ", html.replace(plotly_javascript(), ""))
    assert "Li<sub>3</sub>OCl → 1/2 Li<sub>2</sub>O<sub>2</sub> + LiCl + Li" in page, "first step of the oxidation"
    assert "passivation" in page and "hull solved anew (20 draws)" in page
    assert "Li<sub>2</sub>OHCl + 2 Li → " in page, "what lithium does to the hydroxide"
    assert "not computed: fixture: no phase of Co" in page
    assert "its decomposition without water taken as frozen" in page
    assert "fixture-dft" in page and "+18" in page, "the engine's difference to DFT"
    assert "mean <span" in page and "same sign in 4" in page
    for reason in ("it already holds its water as OH", "no reaction of Li<sub>2</sub>OHCl", "only at depth standard"):
        assert f"fixture: {reason}" in page


def test_stable_and_metastable_water_are_told_apart(sample: ModuleType) -> None:
    frozen, stable = (water_figure(sample.water_record(stable=flag)) for flag in (False, True))
    assert frozen is not None and stable is not None
    names = [[note["text"] for note in figure["layout"]["annotations"]] for figure in (frozen, stable)]
    assert any("lasts, metastable" in text for text in names[0])
    assert any(text.endswith("<br>dry") for text in names[1])
    assert [sum(trace["line"].get("dash") == "dash" and trace["meta"]["kind"] == "limit" for trace in figure["data"])
            for figure in (frozen, stable)] == [0, 1]  # fmt: skip
    never = sample.water_record(stable=False)
    points = tuple(p.model_copy(update={"metastable": WaterLimit(**_no_limit(p))}) for p in never.max_water_ppm)
    assert water_figure(never.model_copy(update={"max_water_ppm": points})) is None


def _no_limit(point: Any) -> dict[str, Any]:
    return {"max_water_ppm": point.max_water_ppm, "log10_max_water_ppm": point.log10_max_water_ppm}


def test_dft_bars_leave_out_engines_without_a_value(sample: ModuleType) -> None:
    figure = dft_figure(sample.dft_comparison())
    assert figure is not None
    [bars] = figure["data"]
    assert bars["y"] == ["fixture-dft", "fixture-engine"] and bars["x"] == [71.0, 89.0]


def test_assessment_with_nothing_computed_still_makes_a_page(sample: ModuleType) -> None:
    assessment = sample.li3ocl_assessment(
        starting_structure=None,
        relaxed=None,
        quantities={"lattice_a": NotComputed(unit="angstrom", method="no structure")},
        reactions=(),
        decomposition=None,
        window=None,
        metal_contact=None,
        electrode_contacts=(),
        water=None,
        dft=None,
        not_defined={"window": "nothing relaxed", "metal_contact": "nothing relaxed", "water": "nothing relaxed"},
        patterns=(),
        evidence=Evidence(formula="Li3OCl", compositions=(), syntheses=(), conductivities=()),
        verdicts=(),
        failures=(Failure(step="structure", reason="not built"),),
        citations=(),
        versions={},
    )
    html = render_report([assessment])
    page = parse(html)
    assert "No structure was built" in html
    assert "Window, metal contact: nothing relaxed." in html, "one line for one reason"
    assert [name for name in page.data if name.startswith("fig-")] == ["fig-Li3OCl-map"]
    assert 'data-download="cif"' not in html


def test_unknown_citation_is_flagged_not_fatal(sample: ModuleType) -> None:
    html = render_report([sample.li3ocl_assessment(citations=("nobody1900",))])
    assert 'nobody1900 <span class="flag">not in the catalogue</span>' in html


def test_verified_doi_is_a_link(html: str) -> None:
    assert 'href="https://doi.org/10.1021/ja305709z"' in html, "Zhao and Daemen 2012"


def test_sentence_compares_what_the_patterns_hold(sample: ModuleType) -> None:
    dry, wet = sample.li3ocl_assessment(), sample.li2ohcl_assessment()
    assert what_xrays_miss(dry.patterns).startswith("X-rays see every element here; the faintest is Li")
    sentence = what_xrays_miss(wet.patterns)
    assert sentence.startswith("X-rays hardly see H: without it the X-ray pattern changes by ")
    assert "(as H) or" in sentence and sentence.endswith("(as D).")
    assert what_xrays_miss(()) == ""
    assert dry_or_hydrated(dry.quantities) == (
        "The dry and the hydrated compound, placed on one lattice, differ by 3 % to X-rays and 42 % to neutrons."
    )


def test_map_shows_the_compositions_of_table_1() -> None:
    points = {formula: (status, r, t) for formula, status, r, t in literature_points()}
    assert len(points) > 25
    status, r, t = points["Na3OBr"]
    assert status == "synthesised"
    assert r == pytest.approx(1.89) and t == pytest.approx(0.8331, abs=5e-4)


def test_file_is_written_whole_or_not_at_all(sample: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report([sample.li3ocl_assessment()], path)
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OptionError, match="cannot write"):
        write_report([sample.li3ocl_assessment()], tmp_path / "missing" / "report.html")
    with pytest.raises(OptionError, match="at least one"):
        render_report([])
