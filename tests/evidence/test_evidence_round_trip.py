"""No value was lost: every printed number of the four tables is in the data, and the data holds no other.

``printed_table_N.txt`` hold the printed cells, written down once from the page; the data files were entered apart.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from antiperovskite.citations import key_of_reference
from antiperovskite.evidence import (
    ConductivityRow,
    StructureRow,
    SynthesisRow,
    compositions,
    conductivities,
    radii,
    structures,
    syntheses,
)
from antiperovskite.ions import known_ions
from antiperovskite.quantity import Quantity

HERE = Path(__file__).parent


def printed_cells(number: int) -> list[list[str]]:
    lines = (HERE / f"printed_table_{number}.txt").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines if line.strip() and not line.startswith("#")]


def printed(quantity: Quantity) -> str:
    """The text on the page that a quantity was entered from."""
    found = re.search(r"printed as (.*?)(?:; |$)", quantity.method)
    assert found is not None, quantity
    return found.group(1)


def parsed(text: str) -> list[float]:
    """Read a printed cell independently of how it was entered: '0.7-2.5 × 10^-5' is [0.7e-5, 2.5e-5]."""
    text = re.sub(r"\(.*\)", "", text).lstrip("~> ").strip()
    if " to " in text:
        return [value for end in text.split(" to ") for value in parsed(end)]
    shared = re.fullmatch(r"([\d.]+)-([\d.]+)(?: × 10\^(-\d+))?", text)
    if shared:
        return [float(f"{end}e{shared[3] or 0}") for end in shared.group(1, 2)]
    one = re.fullmatch(r"([\d.]+) × 10\^(-\d+)", text) or re.fullmatch(r"()10\^(-\d+)", text)
    return [float(f"{one[1] or 1}e{one[2]}") if one else float(text)]


def numbers(text: str) -> list[str]:
    """Numbers of a sentence, those inside formulas and exponents left out."""
    return re.findall(r"(?<![\dA-Za-z.)])\d+(?:\.\d+)?", text)


# Table 4


def sigma_cell(row: ConductivityRow) -> str:
    assert row.conductivity is not None
    place = f" ({printed(row.temperature)})" if row.temperature else ""
    return f"{printed(row.conductivity)}{place}"


def test_table_4_holds_every_printed_conductivity_and_temperature_and_no_other() -> None:
    page = Counter(cells[1] for cells in printed_cells(4) if cells[1] not in {"", "-"})
    data = Counter(sigma_cell(row) for row in conductivities() if row.conductivity)
    assert data == page
    assert data.total() == 55


def test_table_4_holds_every_printed_activation_energy_and_no_other() -> None:
    page = Counter(cells[2] for cells in printed_cells(4) if cells[2] not in {"", "-"})
    data = Counter(printed(row.activation_energy) for row in conductivities() if row.activation_energy)
    assert data == page
    assert data.total() == 43


def test_table_4_holds_every_printed_composition_and_study() -> None:
    page = {cells[0] for cells in printed_cells(4) if cells[0]}
    assert {re.sub(r" \(as read\)$", "", row.printed_composition) for row in conductivities()} == page
    references = {cells[3][cells[3].index("[") + 1 : -1] for cells in printed_cells(4) if cells[3]}
    assert {",".join(map(str, row.printed_references)) for row in conductivities()} == references
    for cells in printed_cells(4):
        if cells[3]:
            name, _, numbers_ = cells[3].partition(" [")
            rows = [r for r in conductivities() if ",".join(map(str, r.printed_references)) == numbers_[:-1]]
            assert any(row.study.startswith(name) for row in rows), cells


@pytest.mark.parametrize("row", conductivities(), ids=lambda row: row.id)
def test_numbers_of_table_4_are_those_of_the_printed_text(row: ConductivityRow) -> None:
    for low, high in (
        (row.conductivity, row.conductivity_upper),
        (row.activation_energy, row.activation_energy_upper),
    ):
        values = [quantity.value for quantity in (low, high) if quantity]
        assert values == pytest.approx(parsed(printed(low)) if low else [])
    if row.temperature and not row.room_temperature:
        assert row.temperature.value == float(printed(row.temperature).removesuffix(" K"))


# Table 3


def lattice_cell(row: StructureRow) -> str:
    texts = [printed(q) for q in (row.a, row.b, row.c) if q]
    return ", ".join(dict.fromkeys(texts)) or "-"


def test_table_3_holds_every_printed_cell_and_no_other() -> None:
    data = [
        [
            ",".join(map(str, row.printed_references)),
            row.study,
            row.space_group or "-",
            row.symmetry.capitalize(),
            lattice_cell(row),
            "Yes" if row.model_available else "No",
            row.comments,
        ]
        for row in structures()
    ]
    assert data == printed_cells(3)
    assert len(data) == 11


@pytest.mark.parametrize("row", structures(), ids=lambda row: row.id)
def test_numbers_of_table_3_are_those_of_the_printed_text(row: StructureRow) -> None:
    for name, quantity in (("a", row.a), ("b", row.b), ("c", row.c)):
        if quantity is not None:
            parts = printed(quantity).removesuffix(" Å").split(" = ")
            assert name in parts[:-1]
            assert quantity.value == float(parts[-1])
            assert quantity.unit == "angstrom"
    if row.temperature is not None:
        assert printed(row.temperature) in row.comments
    if row.symmetry == "tetragonal":
        assert row.a.value == row.b.value


# Table 2

# Numbers with a unit of temperature, time or pressure that stay in the words only: heating and cooling rates, pauses,
# laser settings, and what a remark says about drying.
IN_WORDS_ONLY = {
    "t2-09": ["3000 psi"],
    "t2-13": ["150 °C", "48 h"],
    "t2-15": ["2 °C", "5 °C"],
    "t2-16": ["250 °C", "8 °C", "20 min"],
    "t2-22": ["1.5 °C", "10 °C"],
    "t2-24": ["5 min", "20 min"],
}


def test_table_2_holds_every_printed_number_in_its_words() -> None:
    data = [
        [" ".join(map(str, row.printed_references)), " ".join(numbers(row.procedure)), " ".join(numbers(row.remarks))]
        for row in syntheses()
    ]
    assert data == printed_cells(2)
    assert len(data) == 24


@pytest.mark.parametrize("row", syntheses(), ids=lambda row: row.id)
def test_structured_values_of_table_2_are_those_of_the_words(row: SynthesisRow) -> None:
    words = f"{row.procedure} {row.remarks}"
    everything = [printed(q) for q in (*row.temperature, *row.duration, *row.pressure)]
    for text in everything:
        assert text in words
    with_unit = re.findall(r"(?<![\d.-])((?:\d[\d.]*(?:-| and ))?\d[\d.]*) (°C|K|h|d|min|GPa|bar|psi)\b", words)
    found = Counter(f"{value} {unit}" for value, unit in with_unit)
    structured = Counter(
        match
        for text in dict.fromkeys(everything)
        for match in re.findall(r"[\d.]+(?:(?:-| and )[\d.]+)? (?:°C|K|h|d|min|GPa|bar)", text)
    )
    left = list((found - structured).elements())
    assert sorted(left) == sorted(IN_WORDS_ONLY.get(row.id, []))


# Table 1


def radius_cells(number: int = 1) -> list[list[str]]:
    return [cells[:5] for cells in printed_cells(number)]


def test_table_1_holds_every_printed_radius_and_no_other() -> None:
    data = [
        [
            row.site,
            row.formula,
            row.point_group,
            printed(row.shannon) if row.shannon else "N/A",
            printed(row.thermochemical[0]),
        ]
        for row in radii()
    ]
    assert data == radius_cells()
    assert len(data) == 18


def test_numbers_of_table_1_are_those_of_the_printed_text() -> None:
    for row in radii():
        assert [q.value for q in row.thermochemical] == [float(v) for v in printed(row.thermochemical[0]).split("/")]
        assert len({printed(q) for q in row.thermochemical}) == 1
        if row.shannon:
            assert row.shannon.value == float(printed(row.shannon).strip("()"))
            assert row.closest_coordination == printed(row.shannon).startswith("(")
        assert all(q.unit == "angstrom" for q in (row.shannon, *row.thermochemical) if q)


def expanded(text: str) -> tuple[int, ...]:
    """'83,94-96' as (83, 94, 95, 96); the footnote c is not a reference."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += [] if part == "c" else range(int(first), int(last or first) + 1)
    return tuple(found)


def test_table_1_holds_every_printed_composition_cell_and_no_other() -> None:
    page = set()
    for cells in printed_cells(1):
        for entry in filter(None, re.split(r"(?<=\]); ", cells[5])):
            text, _, references = entry.partition(" [")
            page.add((cells[0], re.sub(r" ,", ",", text), expanded(references[:-1])))
    data = {(m.site, m.text, m.references) for row in compositions() for m in row.mentions}
    assert data == page
    assert len(compositions()) == 37


def test_every_reference_number_of_every_table_resolves() -> None:
    rows = [*compositions(), *radii(), *syntheses(), *structures(), *conductivities()]
    assert {key_of_reference(number) for row in rows for number in row.printed_references}


# Table 1 against the ion registry, which was entered apart and is what every tolerance factor uses


@pytest.mark.parametrize("row", radii(), ids=lambda row: f"{row.formula}-{row.site}")
def test_radii_agree_with_the_ion_registry(row) -> None:
    ion = known_ions()[row.formula]
    assert (ion.charge, ion.point_group) == (row.charge, row.point_group)
    assert row.site in ion.sites
    thermochemical = sorted(r.value for r in ion.radii if r.scale == "thermochemical")
    assert thermochemical == sorted(q.value for q in row.thermochemical)
    shannon = {r.coordination: r.value for r in ion.radii if r.scale == "shannon"}
    if row.shannon is None:
        assert not shannon
    else:
        assert shannon[6] == row.shannon.value
        # brackets: the coordination of the heading is not available
        assert row.closest_coordination == (row.site == "A")
        assert not row.closest_coordination or 12 not in shannon
