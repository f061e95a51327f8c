"""Works and their BibTeX."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.citations import Citation, Citations, bibtex, citation, key_of_reference, known_keys, to_bibtex
from antiperovskite.citations.bibtex import escape
from antiperovskite.citations.model import split_name
from antiperovskite.errors import DataError
from antiperovskite.quantity import Quantity

LATEX = {r"\&": "&", r"\%": "%", r"\$": "$", r"\#": "#", r"\_": "_"}


def braces_balance(text: str) -> bool:
    depth = 0
    for char in re.sub(r"\\[{}]", "", text):
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize(
    ("key", "year", "volume", "pages", "number"),
    [
        # checked against the printed reference list
        ("zhao2012", 2012, "134", "15042-15047", 45),
        ("gao2021", 2021, "12", "201", 49),
        ("hartwig1981a", 1981, "78", "227-233", 73),
        ("schwering2003", 2003, "4", "343-348", 79),
        ("ahiavi2020", 2020, "471", "228489", 95),
        ("roobottom1999", 1999, "76", "1570-1573", 96),
        ("jenkins1979", 1979, "56", "576-577", 97),
        ("shannon1976", 1976, "32", "751-767", 98),
        ("bartel2019", 2019, "5", "eaav0693", 99),
        ("hippler1990", 1990, "46", "736-738", 109),
        ("dawson2018b", 2018, "11", "2993-3002", 115),
        ("kim2021", 2021, "33", "2187-2197", 179),
    ],
)
def test_entries_are_as_printed(key: str, year: int, volume: str, pages: str, number: int) -> None:
    entry = citation(key)
    assert (entry.year, entry.volume, entry.pages) == (year, volume, pages)
    assert number in entry.numbers
    assert key_of_reference(number) == key


def test_every_reference_from_45_to_the_end_of_the_list_is_entered() -> None:
    assert {key_of_reference(number) for number in range(45, 180)} <= set(known_keys())
    numbers = sorted(number for key in known_keys() for number in citation(key).numbers)
    assert numbers == list(range(45, 180))


def test_works_the_list_prints_twice_are_one() -> None:
    assert key_of_reference(57) == key_of_reference(105)
    assert key_of_reference(110) == key_of_reference(120)


@pytest.mark.parametrize(
    "key",
    (
        *("dawson2021", "ong2013", "larsen2017", "togo2024", "park2024", "kim2024", "deng2023", "deng2023mptrj"),
        *("sears1992", "waasmaier1995", "chase1998", "bitzek2006", "jain2013"),
    ),
)
def test_software_and_methods_are_entered(key: str) -> None:
    assert citation(key).key == key


def test_a_key_starts_with_its_first_author_and_year() -> None:
    for key in known_keys():
        entry = citation(key)
        surname = split_name(entry.authors[0])[1].replace(" ", "").lower()
        surname = "".join(c for c in unicodedata.normalize("NFD", surname) if not unicodedata.combining(c))
        assert key.startswith(f"{surname}{entry.year}"), key


def test_dois_are_distinct() -> None:
    dois = [citation(key).doi.lower() for key in known_keys() if citation(key).doi]
    assert len(dois) == len(set(dois))


def test_unknown_key_names_the_nearest() -> None:
    with pytest.raises(DataError, match=r"'shanon1976'; did you mean 'shannon1976'\?"):
        citation("shanon1976")
    with pytest.raises(DataError, match="reference 12 of dawson2021 is not entered; entered are 45 to 179"):
        key_of_reference(12)


def test_bibtex_of_one_entry() -> None:
    assert bibtex(["lu2014"]) == (
        "@article{lu2014,\n"
        '  author = {L{\\"u}, X. and Wu, G. and Howard, J. W. and Chen, A. and Zhao, Y. '
        "and Daemen, L. L. and Jia, Q.},\n"
        "  journal = {Chem. Commun.},\n"
        "  year = {2014},\n"
        "  volume = {50},\n"
        "  pages = {11520--11522}\n"
        "}\n"
    )


def test_bibtex_of_everything_is_ascii_balanced_and_complete() -> None:
    text = bibtex(known_keys())
    assert text.isascii()
    assert "[U+" not in text
    assert braces_balance(text)
    assert re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE) == list(known_keys())


def test_surnames_of_several_words_stay_whole() -> None:
    assert "{Van der Ven}, A." in bibtex(["emly2013"])
    assert "Li, Y. and others" in bibtex(["li2016a"])


def test_an_unverified_doi_is_never_printed_as_one() -> None:
    unverified = [key for key in known_keys() if citation(key).doi_trust == "unverified"]
    assert unverified
    for key in unverified:
        assert "\n  doi = " not in bibtex([key])
        assert "doi:" not in citation(key).text
    assert "doi = {10.1107/S0567739476001551}" in bibtex(["shannon1976"])


def test_formulas_in_titles_keep_their_capitals() -> None:
    assert "{Na3OBr} and {Na4OI2}" in bibtex(["zhu2016a"])


@given(st.text(max_size=60))
def test_escaped_text_is_ascii_and_cannot_break_an_entry(text: str) -> None:
    written = escape(text)
    assert all(ord(char) < 128 for char in written)
    assert braces_balance(written)
    assert not re.search(r"(?<!\\)[&%$#_]", re.sub(r"\{\\[^{}]*\}", "", written))


@given(st.text(alphabet="abcXYZ019&%$#_ .,-", max_size=40))
def test_escaping_loses_nothing(text: str) -> None:
    back = escape(text)
    for written, char in LATEX.items():
        back = back.replace(written, char)
    assert back == text


@given(st.lists(st.sampled_from(known_keys()), max_size=30))
def test_collector_keeps_each_key_once_in_order_of_first_use(keys: list[str]) -> None:
    used = Citations()
    for key in keys:
        used.add(key)
    assert used.keys == tuple(dict.fromkeys(keys))
    assert used.bibtex() == bibtex(keys)
    assert len(used) == len(set(keys))


def test_collector_adds_nothing_when_one_key_is_unknown() -> None:
    used = Citations(["zhao2012"])
    with pytest.raises(DataError, match="zhao2O12"):
        used.add("shannon1976", "zhao2O12")
    assert used.keys == ("zhao2012",)
    assert "shannon1976" not in used


def test_collector_finds_keys_inside_results() -> None:
    energy = Quantity(value=1.0, uncertainty=None, unit="eV", method="m", source="s", citations=("park2024",))
    used = Citations()
    used.collect({"quantities": [energy], "radius": {"citation": "shannon1976"}, "citations": ("ong2013", "park2024")})
    assert used.keys == ("park2024", "shannon1976", "ong2013")


def test_short_and_full_text() -> None:
    assert citation("zhao2012").short == "Zhao and Daemen 2012"
    assert citation("li2016a").short == "Li et al. 2016"
    assert citation("shannon1976").short == "Shannon 1976"
    assert citation("zhao2012").text.endswith("J. Am. Chem. Soc., 2012, 134, 15042-15047, doi:10.1021/ja305709z")


def test_a_wrong_doi_is_refused() -> None:
    with pytest.raises(ValueError, match="doi"):
        Citation(key="some2020", authors=("A. Some",), journal="J.", year=2020, doi="doi.org/abc")
    with pytest.raises(ValueError, match="has no journal"):
        Citation(key="some2020", authors=("A. Some",), year=2020)


def test_entries_survive_json(tmp_path: Path) -> None:
    for key in known_keys():
        entry = citation(key)
        assert Citation.model_validate_json(entry.model_dump_json()) == entry
    assert to_bibtex([]) == ""
