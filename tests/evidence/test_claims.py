"""Claims of sections 2 to 5 and of later work: data, queries and the command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from antiperovskite._files import package_data
from antiperovskite.citations import citation
from antiperovskite.cli.commands.evidence import app
from antiperovskite.composition import resolve
from antiperovskite.errors import AntiperovskiteError, DataError, FormulaError, OptionError
from antiperovskite.evidence.claim_query import STANDINGS, find_claims, known_properties
from antiperovskite.evidence.claims import Claim, claims, read_claims
from antiperovskite.scorecard import reproduce, validate_check
from antiperovskite.store import ResultStore

EARLY = read_claims(package_data("evidence", "claims_sections_2_to_5.yaml"))
LATER = read_claims(package_data("evidence", "claims_since_2021.yaml"))
OURS = (*EARLY, *LATER)
VALUED = tuple(claim for claim in OURS if claim.value is not None)

# property -> unit and the range outside which a value would be a slip of the pen
SANE = {
    "activation energy": ("eV", 0.05, 2.0),
    "migration barrier": ("eV", 0.02, 1.5),
    "conductivity": ("S/cm", 1e-10, 0.5),
    "transition temperature": ("K", 100, 600),
    "temperature of conductivity jump": ("K", 300, 800),
    "melting point": ("K", 400, 900),
    "tolerance factor": ("1", 0.7, 1.1),
    "cell volume": ("angstrom^3", 45, 75),
    "interatomic distance": ("angstrom", 3, 5),
    "capacity": ("mAh/g", 50, 500),
    "formation energy from binaries": ("eV/formula", 0, 0),
    "hydration energy": ("eV/H2O", 0, 0),
}


def by_id(name: str) -> Claim:
    return next(claim for claim in claims() if claim.id == name)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["claims", *arguments])


def printed_numbers(text: str) -> list[float]:
    """Every number in a printed value, powers of ten read as such, subscripts of formulas left out."""
    powers = [float(f"{m or 1}e{e}") for m, e in re.findall(r"(?:(\d[\d.]*) x )?10\^(-?\d+)", text)]
    rest = re.sub(r"(?:\d[\d.]* x )?10\^-?\d+", " ", text)
    return powers + [float(number) for number in re.findall(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?", rest)]


def test_counts() -> None:
    assert len(EARLY) >= 85
    assert {section: n >= 20 for section, n in Counter(claim.section for claim in EARLY).items()} == {
        "2": True,
        "3": True,
        "4": True,
        "5": True,
    }
    assert len(LATER) >= 15
    assert {claim.id for claim in OURS} <= {claim.id for claim in claims()}


def test_ids_are_unique_and_name_their_section() -> None:
    assert len({claim.id for claim in claims()}) == len(claims())
    assert all(claim.id.startswith(f"s{claim.section}-") for claim in EARLY)
    assert all(claim.id.startswith("since-") for claim in LATER)


@pytest.mark.parametrize("claim", OURS, ids=lambda claim: claim.id)
def test_every_formula_and_citation_resolves(claim: Claim) -> None:
    for formula in claim.formulas:
        resolve(formula)
    assert all(citation(key).text for key in claim.citations)
    assert claim.value is not None or claim.words


@pytest.mark.parametrize("claim", [claim for claim in OURS if claim.check], ids=lambda claim: claim.id)
def test_every_check_can_be_run_and_can_fail(claim: Claim) -> None:
    validate_check(claim)
    check = claim.check
    assert check is not None
    if check.agreement == "within":
        assert claim.value is not None
        assert check.tolerance is not None
        width = check.tolerance if check.relative else check.tolerance / abs(claim.value.value)
        # a wide margin would accept anything; what supercells and convergence leave open in a barrier is no share of it
        barrier = claim.value.unit == "eV" and claim.property in {"migration barrier", "activation energy"}
        assert width <= 0.05 or (barrier and not check.relative and check.tolerance <= 0.03)
    about_a_whole_study = check.capability in {
        "published_lowest_spacegroup",
        "distortion_lowers_barriers",
        "distortion_lowers_stability",
    }
    assert about_a_whole_study or check.arguments.keys() & {"formula", "formulas", "first", "model", "mixed"}


def test_checks_without_an_engine_give_both_verdicts(tmp_path: Path) -> None:
    quick = {"family", "framework", "site", "tolerance", "vacancies"}
    chosen = [claim for claim in OURS if claim.check and claim.check.capability in quick]
    with closing(ResultStore(tmp_path / "store.sqlite")) as store:
        verdicts = {outcome.id: outcome.verdict for outcome in reproduce(among=chosen, store=store).outcomes}
    assert len(verdicts) >= 10
    # the article's "respectively" puts hydroxide on A; its own Table 1 and the rules put it on B
    assert [name for name, verdict in verdicts.items() if verdict == "contradicted"] == ["s2-li2oha-hydroxide-on-a"]
    assert "not computable" not in verdicts.values()


def test_values_are_sane_and_carry_the_right_unit() -> None:
    for claim in VALUED:
        if claim.property not in SANE:
            continue
        unit, low, high = SANE[claim.property]
        for quantity in (claim.value, claim.value_upper):
            if quantity is not None:
                assert quantity.unit == unit, claim.id
                assert low <= quantity.value <= high, claim.id
    assert set(SANE) <= {claim.property for claim in VALUED}


def test_ranges_ascend() -> None:
    ranged = [claim for claim in VALUED if claim.value_upper is not None]
    assert len(ranged) >= 8
    assert all(claim.value.value < claim.value_upper.value for claim in ranged if claim.value and claim.value_upper)


def test_values_are_what_is_printed() -> None:
    """Every value stands in its printed text (or, in degrees Celsius, 273.15 below); limits of words have no digits."""
    cells = ("p4mm-cell-volume", "pmc21-cell-volume", "cmcm-cell-volume", "volume-wang")
    derived = {f"s4-li2ohcl-{name}" for name in cells}  # volumes of printed cells
    for claim in VALUED:
        found = printed_numbers(claim.printed)
        if not found or claim.id in derived:
            continue
        offset = 273.15 if re.search(r"\bC$", claim.printed) else 0.0
        for quantity in (claim.value, claim.value_upper):
            if quantity is not None:
                assert any(quantity.value == pytest.approx(number + offset) for number in found), claim.id


def test_wordings_without_a_number_are_limits() -> None:
    limits = [claim for claim in VALUED if not printed_numbers(claim.printed)]
    said = {"two thirds": 1, "three orders": 1000, "six orders": 1e6}  # numbers written out
    for claim in limits:
        assert claim.value is not None
        spelled = [number for words, number in said.items() if words in claim.printed]
        if spelled:
            assert claim.value.value == spelled[0]
        else:
            assert claim.value.value in (0.0, 1.0), claim.id
            assert "limit" in claim.conditions, claim.id


def test_derived_volumes_follow_from_the_printed_cells() -> None:
    pban, p4mm = by_id("s4-li2ohcl-volume-wang"), by_id("s4-li2ohcl-p4mm-cell-volume")
    assert pban.value is not None
    assert p4mm.value is not None
    assert pban.value.value == pytest.approx(7.7578 * 7.9963 * 3.8254 / 4, abs=0.005)
    assert p4mm.value.value == pytest.approx(3.794 * 3.794 * 3.578, abs=0.005)
    pmc21, cmcm = by_id("s4-li2ohcl-pmc21-cell-volume"), by_id("s4-li2ohcl-cmcm-cell-volume")
    assert pmc21.value is not None
    assert cmcm.value is not None
    assert pmc21.value.value == pytest.approx(3.831 * 3.617 * 7.985 / 2, abs=0.005)
    assert cmcm.value.value == pytest.approx(7.91 * 7.74 * 7.42 / 8, abs=0.005)
    assert 1 - p4mm.value.value / pban.value.value == pytest.approx(0.13, abs=0.005)  # as its standing_reason says


@pytest.mark.parametrize(
    ("name", "low", "upper", "unit", "reference"),
    [
        # checked against the article: number, unit and the number of the work it credits
        ("s2-li2ohcl-transition-330k", 330, None, "K", 78),
        ("s2-libr-d2o-transition-305k", 305, None, "K", 78),
        ("s2-schwering-noncubic-conductivity", 1e-8, None, "S/cm", 79),
        ("s2-zhao-activation-energy", 0.2, 0.3, "eV", 45),
        ("s3-zhao-mixed-halide", 1.94e-3, None, "S/cm", 45),
        ("s3-braga-glass-conductivity", 1.2e-4, None, "S/cm", 124),
        ("s4-li2ohcl-cubic-above-40c", 313.15, None, "K", 117),
        ("s4-li2ohcl-tetragonal-to-cubic", 333.15, None, "K", 58),
        ("s5-emly-dumbbell-017", 0.17, None, "eV", 60),
        ("s5-mouta-vacancy-030", 0.30, None, "eV", 143),
        ("s5-mouta-interstitial-013", 0.13, None, "eV", 143),
        ("s5-mouta-vacancy-excess", 1e6, None, "1", 143),
        ("s5-zhu-na3obr-034", 0.34, None, "eV", 107),
        ("s5-zhu-na4oi2-110", 1.10, None, "eV", 107),
        ("s5-sun-barrier-difference", 0.1, None, "eV", 94),
        ("s5-fang-activation-range", 0.18, 0.30, "eV", 53),
        ("s5-li6osi2-interstitial", 0.18, None, "eV", 112),
        ("s5-li6osi2-vacancy", 0.26, None, "eV", 112),
        ("s5-heenen-chloride-glass", 2.5e-4, None, "S/cm", 135),
        ("s5-lu-low-dimensional-conductivity", 1e-2, None, "S/cm", 149),
        ("s5-gao-dumbbell-barriers", 0.05, 0.14, "eV", 49),
        ("s5-gao-vacancy-barriers", 0.15, 0.32, "eV", 49),
    ],
)
def test_values_as_in_the_article(name: str, low: float, upper: float | None, unit: str, reference: int) -> None:
    claim = by_id(name)
    assert claim.value is not None
    assert claim.value.unit == unit
    assert claim.value.value == pytest.approx(low)
    assert (claim.value_upper is None) == (upper is None)
    assert claim.value_upper is None or claim.value_upper.value == pytest.approx(upper)
    assert any(reference in citation(key).numbers for key in claim.citations)


@pytest.mark.parametrize(
    ("name", "words", "standing"),
    [
        ("s3-li3ocl-not-proven", "no", "accepted"),
        ("s3-na2oha-not-made", "no", "accepted"),
        ("s3-li2oha-made", "yes", "accepted"),
        ("s3-no-sulfide-on-b", "no", "accepted"),
        ("s4-li2ohcl-pban-wang", "Pban", "disputed"),
        ("s4-li2ohcl-pmma", "Pmma", "disputed"),
        ("s4-li2ohcl-amm2", "Amm2", "disputed"),
        ("s4-li2ohcl-rt-structure-open", "not settled", "open question"),
        ("s5-mouta-licl-schottky", "LiCl Schottky", "accepted"),
        ("s5-wan-nacl-schottky", "NaCl Schottky", "predicted only"),
        ("s5-carrier-debate", "vacancy or interstitial", "open question"),
        ("s5-na3hs-orthorhombic", "orthorhombic", "accepted"),
    ],
)
def test_words_as_in_the_article(name: str, words: str, standing: str) -> None:
    claim = by_id(name)
    assert (claim.words, claim.standing) == (words, standing)


def test_what_was_not_reproduced_is_contradicted_by_a_claim() -> None:
    failed = [claim.id for claim in EARLY if claim.standing == "not reproduced"]
    assert failed == ["s3-zhao-mixed-halide", "s5-sun-na3obh4-conductivity"]
    for name in failed:
        assert by_id(name).standing_reason
        assert any(name in claim.contradicts for claim in EARLY)


def test_contradictions_are_between_different_claims() -> None:
    known = {claim.id for claim in claims()}
    links = [(claim.id, other) for claim in OURS for other in claim.contradicts]
    assert len(links) >= 20
    assert all(first != second and second in known for first, second in links)
    assert len(set(links)) == len(links)
    # later work changes earlier statements
    assert any(first.startswith("since-") and second.startswith("s") for first, second in links)


def test_doubts_have_reasons() -> None:
    for claim in OURS:
        if claim.standing in ("disputed", "doubtful", "not reproduced") or claim.reading == "uncertain":
            assert claim.standing_reason, claim.id


def test_made_or_not_in_plain_words() -> None:
    words = {claim.words for claim in OURS if claim.property == "synthesised"}
    assert words == {"yes", "no", "likely", "Na3OA and Li2OHA only"}


def test_later_claims_cite_a_later_work_named_by_their_section() -> None:
    for claim in LATER:
        assert claim.section in claim.citations
        assert citation(claim.section).year >= 2020
        if claim.reading == "uncertain":
            assert "only found as" in claim.standing_reason
        if claim.value is not None:
            assert claim.value.source.endswith(f", {claim.section}")


def test_remembered_dois_are_not_printed() -> None:
    assert citation("jun2024").doi_trust == "unverified"
    assert "doi" not in citation("jun2024").text
    assert citation("milan2025").text.endswith("doi:10.1021/acs.chemmater.5c00206")


def write(folder: Path, text: str) -> Path:
    path = folder / "claims.yaml"
    path.write_text(f"source: dawson2021\nclaims:\n- {text}\n", encoding="utf-8")
    return path


GOOD = (
    "{id: x, section: '5', subject: Li3OCl, property: migration barrier, statement: A barrier., method: NEB, "
    "citations: [emly2013], standing: accepted, value: {value: 0.3, unit: eV, printed: '0.30'}}"
)


def test_a_valid_file_is_read(tmp_path: Path) -> None:
    (claim,) = read_claims(write(tmp_path, GOOD))
    assert str(claim.value) == "0.3 eV"
    assert claim.printed == "0.30"
    assert claim.value is not None
    assert claim.value.source == "dawson2021, section 5"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("unit: eV", "unit: furlong", "unknown unit 'furlong'"),
        ("unit: eV, ", "", "unit"),
        ("emly2013", "emily2013", "did you mean 'emly2013'"),
        ("value: {value: 0.3, unit: eV, printed: '0.30'}", "words: ''", "needs a value"),
        ("standing: accepted", "standing: true", "standing"),
        ("method: NEB", "method: guess", "method"),
        (
            "standing: accepted",
            "standing: accepted, check: {capability: quantity, agreement: within, why: x}",
            "needs a tolerance",
        ),
        ("section: '5'", "section: ''", "section"),
    ],
)
def test_bad_files_are_refused_with_file_claim_and_reason(tmp_path: Path, before: str, after: str, reason: str) -> None:
    path = write(tmp_path, GOOD.replace(before, after))
    with pytest.raises(DataError, match=re.escape(reason)) as caught:
        read_claims(path)
    assert f"{path}, claim x" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_filters_combine() -> None:
    barriers = find_claims("migration barrier")
    assert {claim.property for claim in barriers} == {"migration barrier"}
    here = find_claims("BARRIER", formula="Li3OCl", standing="accepted")
    assert [claim.id for claim in here] == [
        "s5-emly-dumbbell-017",
        "s5-mouta-vacancy-030",
        "s5-mouta-interstitial-013",
    ]
    assert {claim.id for claim in here} < {claim.id for claim in barriers}
    assert find_claims() == claims()


def test_formulas_match_by_sites() -> None:
    assert find_claims(formula="Li2OHCl") == find_claims(formula="Li2(OH)Cl")
    assert find_claims(formula="Li6OSI2") == find_claims(formula="Li3O0.5S0.5I")
    assert all("Li2OHCl" in claim.formulas for claim in find_claims(formula="Li2OHCl", standing="disputed"))
    assert find_claims(formula="K3FSe") == ()


def test_texts_that_are_no_formula_are_looked_up_in_the_subjects() -> None:
    assert [claim.id for claim in find_claims(formula="Na3SPF6")] == ["s3-na3spf6-attempted"]
    assert len(find_claims(formula="Li3(OH)2Br")) == 3
    with pytest.raises(FormulaError):
        find_claims(formula="Xx3OCl")
    assert {claim.id for claim in find_claims(subject="FILM", formula="Li3OCl")} >= {"s3-pld-films-composition"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"property_text": "barier"}, "did you mean 'barrier'"),
        ({"property_text": "  "}, "no claim is about"),
        ({"subject": " "}, "subject is empty"),
        ({"standing": "dubious"}, "choose one of accepted"),
    ],
)
def test_unknown_filters_are_errors(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        find_claims(**arguments)


def test_properties_and_standings_are_listed() -> None:
    assert {"activation energy", "dominant carrier", "space group"} <= set(known_properties())
    assert list(known_properties()) == sorted(known_properties())
    assert {claim.standing for claim in claims()} == set(STANDINGS)


def test_json_contract() -> None:
    result = run("--property", "activation energy", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert len(found) >= 6
    contract = {"id", "subject", "property", "value", "conditions", "method", "reference", "standing"}
    for entry in found:
        assert contract <= entry.keys()
        assert entry["property"] == "activation energy"
        assert entry["reference"]
        assert all({"key", "text", "doi", "journal", "year"} <= work.keys() for work in entry["reference"])
        if entry["value"] is not None:
            assert entry["value"].keys() >= {"value", "uncertainty", "unit", "n", "method", "source"}
    words = next(entry for entry in found if entry["id"] == "s2-schwering-nmr-below-impedance")
    assert words["value"] is None
    assert words["words"] == "NMR below impedance"


def test_json_round_trips() -> None:
    for entry in json.loads(run("--json").stdout):
        del entry["reference"]
        assert Claim.model_validate_json(json.dumps(entry)) == by_id(entry["id"])


def test_text_shows_limits_ranges_and_doubt() -> None:
    result = run("--formula", "Li6OSI2")
    assert "? s5-li6osi2-interstitial" in result.stdout
    assert "phase stability: stable" in result.stdout  # not "0 eV/atom"
    assert "? marks an uncertain reading (1)" in result.stderr
    text = run("--subject", "film", "-p", "synth").stdout
    assert "open question (only found as" in text
    text = run("-p", "migration barrier", "-f", "Li3HS").stdout
    assert "0.05 to 0.14 eV" in text
    assert ">0.001 S/cm" in run("-p", "conductivity", "-f", "Li3OBr").stdout


def test_no_claim_is_an_answer() -> None:
    result = run("-f", "K3FSe")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "no claim fits" in result.stderr
    assert json.loads(run("-f", "K3FSe", "--json").stdout) == []


@pytest.mark.parametrize("arguments", [("-p", "barier"), ("-f", "Xx3OCl"), ("--standing", "maybe")])
def test_bad_input_is_a_usage_error_in_one_line(arguments: tuple[str, ...]) -> None:
    error = run(*arguments).exception
    assert isinstance(error, AntiperovskiteError)
    assert error.exit_code == 2
    assert "\n" not in str(error)


def test_help_has_an_example() -> None:
    assert 'evidence claims --property "activation energy" --json' in " ".join(run("--help").stdout.split())


def test_importing_the_command_stays_light() -> None:
    code = (
        "import sys, antiperovskite.cli.commands.evidence_claims; "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pymatgen', 'torch', 'yaml', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
