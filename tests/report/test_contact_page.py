"""The page of contacts: valid figures, every cell there, nothing fetched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from antiperovskite.electrochemistry.contact import contact, given_quantity
from antiperovskite.electrochemistry.contact_model import Contact, contact_not_computed
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import OptionError
from antiperovskite.report.contact_page import render_contacts, write_contacts
from antiperovskite.report.contact_plot import matrix_figure, mixing_figure, partner_name
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet

CARD = EngineCard(
    name="hand-made",
    version="1",
    description="energies written by hand",
    reference_method="none",
    energy_scale="hand-made",
    licence="MIT",
    known_bias=(),
    citations=(),
)


def phase(name: str, elements: dict[str, float], energy: float) -> PhaseEnergy:
    return PhaseEnergy(name, name, elements, energy, {f"own:{name}": 0.05})


@pytest.fixture(scope="module")
def contacts() -> list[Contact]:
    lithium, sodium, chlorine = phase("Li", {"Li": 1}, 0.0), phase("Na", {"Na": 1}, 0.0), phase("Cl2", {"Cl": 2}, 0.0)
    lithium_salt = phase("LiCl", {"Li": 1, "Cl": 1}, -4.0)
    sodium_salt = phase("NaCl", {"Na": 1, "Cl": 1}, -4.5)
    phases = PhaseSet(CARD, (lithium, sodium, chlorine, lithium_salt, sodium_salt), "by hand", "test")
    threshold = given_quantity(25.0, "meV/atom")
    reason = "<b>NMC</b> is not among the phases"
    return [
        contact(lithium_salt, sodium, phases),
        contact_not_computed(
            "LiCl", "NMC111", reason, engine="other", threshold=threshold, partner_formula="Li3NiCoMnO6"
        ),
        contact(sodium_salt, lithium, phases).model_copy(update={"engine": "other"}),
    ]


def plain(figure: object) -> dict[str, object]:
    """As the browser sees it, with the theme's variables replaced by a colour plotly knows."""
    text = re.sub(r"var\(--[\w-]+\)", "#123456", json.dumps(figure, default=str))
    loaded: dict[str, object] = json.loads(text)
    return loaded


def test_figures_are_valid_and_show_the_numbers(contacts: list[Contact]) -> None:
    import plotly.graph_objects as go

    matrix = plain(matrix_figure(contacts))
    computed, absent = go.Figure(data=matrix["data"], layout=matrix["layout"]).data
    assert computed.text[0][0] == "−167"
    assert absent.text[0][1] == "–" and absent.text[0][0] == ""
    assert computed.text[1][2] == "0†", "another engine than most"
    assert "not among the phases" in absent.customdata[0][1]
    curve = plain(mixing_figure(contacts[0]))
    drawn = go.Figure(data=curve["data"], layout=curve["layout"])
    assert list(drawn.data[0].x) == pytest.approx([0, 1 / 3, 1])
    assert {"Li", "NaCl"} == set(drawn.layout.annotations[0].text.split(" + "))
    assert mixing_figure(contacts[1]) is None


def test_only_a_formula_gets_subscripts(contacts: list[Contact]) -> None:
    assert partner_name(contacts[1]) == "NMC111"


def test_the_page_is_complete_escaped_and_the_same_each_time(contacts: list[Contact], tmp_path: Path) -> None:
    page = render_contacts(contacts)
    body = page[: page.index("<script>")]
    assert page == render_contacts(contacts)
    assert body.count("<details") == 3
    assert "<b>NMC</b>" not in body and "not among the phases" in body
    assert not re.search(r'(src|href)="https?:', body.split("Works")[0])
    assert "Richards" in body
    write_contacts(contacts, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page


def test_an_empty_page_is_refused() -> None:
    with pytest.raises(OptionError, match="at least one contact"):
        render_contacts([])
