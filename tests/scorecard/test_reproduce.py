"""The scorecard end to end with the toy engine: selection, verdicts, reasons, reuse, honesty about failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from antiperovskite.engines import get_engine
from antiperovskite.errors import DataError, MissingEngineError, OptionError
from antiperovskite.evidence.claims import Check, Claim, claims
from antiperovskite.quantity import Quantity
from antiperovskite.scorecard import Outcome, Scorecard, reproduce, select_claims
from antiperovskite.stability import references
from antiperovskite.stability.phases import reference_phases
from antiperovskite.stability.reference_build import build_references
from antiperovskite.store import ResultStore

TOY = "toy-ionic"


@pytest.fixture(scope="module")
def toy_references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("references")
    phases = [p for p in reference_phases().values() if p.name in {"LiCl-rocksalt", "Li2O-antifluorite"}]
    build_references(phases, get_engine(TOY), directory)
    return directory


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, toy_references: Path) -> Iterator[ResultStore]:
    opened = ResultStore(tmp_path_factory.mktemp("store") / "store.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(references.REFERENCES_VARIABLE, str(toy_references))
        references.reference_set.cache_clear()
        yield opened
    opened.close()
    references.reference_set.cache_clear()


def quantity(value: float, unit: str) -> Quantity:
    return Quantity(value=value, uncertainty=None, unit=unit, method="printed", source="a paper")


def claim(name: str = "a-claim", *, value: tuple[float, str] | None = None, words: str = "", **fields: Any) -> Claim:
    check = fields.pop("check", None)
    base: dict[str, Any] = {
        "id": name,
        "section": "2",
        "subject": "Li3OCl",
        "property": "lattice parameter",
        "statement": "A test.",
        "value": None if value is None else quantity(*value),
        "words": words,
        "method": "DFT",
        "citations": ("zhao2012", "dawson2021"),
        "standing": "accepted",
        "check": None if check is None else Check(why="a test", **check),
    }
    return Claim(**{**base, **fields})


def lattice(name: str, value: float, tolerance: float = 0.5, **fields: Any) -> Claim:
    arguments = {"formula": "Li3OCl", "name": "lattice_a"}
    check = {"capability": "quantity", "arguments": arguments, "agreement": "within", "tolerance": tolerance}
    return claim(name, value=(value, "angstrom"), check=check, **fields)


def words(capability: str, expected: str, **arguments: str) -> Claim:
    return claim(words=expected, check={"capability": capability, "arguments": arguments, "agreement": "equals"})


Run = Callable[..., Scorecard]


@pytest.fixture
def run(store: ResultStore) -> Run:
    def score(*among: Claim, **options: Any) -> Scorecard:
        return reproduce(among=among, engine=TOY, store=store, **options)

    return score


@pytest.fixture
def one(run: Run) -> Callable[[Claim], Outcome]:
    return lambda item: run(item).outcomes[0]


def test_the_three_verdicts_and_their_counts(run: Run) -> None:
    computed = run(lattice("probe", 1.0)).outcomes[0].computed
    assert isinstance(computed, Quantity)
    here = computed.value
    card = run(lattice("right", here + 0.4), lattice("wrong", here + 0.6), claim("silent", words="yes"))
    assert [item.verdict for item in card.outcomes] == ["reproduced", "contradicted", "not computable"]
    assert card.counts == {"reproduced": 1, "contradicted": 1, "not computable": 1}
    assert [item.cause for item in card.outcomes] == [None, None, "no check"]
    assert card.failures == ()
    right = card.outcomes[0]
    assert right.computed == computed
    assert right.engine == TOY
    assert (right.accepted_from, right.accepted_to) == pytest.approx((here - 0.1, here + 0.9))
    assert Scorecard.model_validate_json(card.model_dump_json()) == card


def test_a_contradiction_shows_what_the_claim_says_about_doubts(one: Callable[[Claim], Outcome]) -> None:
    doubted = lattice("doubted", 9.0, standing="doubtful", standing_reason="the sample was probably hydrated")
    found = one(doubted)
    assert found.verdict == "contradicted"
    assert found.standing == "doubtful"
    assert found.caveat == ""
    assert found.likely_reason == "the sample was probably hydrated"
    assert "is not within 0.5 Å of 9 Å" in found.reason
    accepted = one(lattice("accepted", 9.0, standing_reason="read twice"))
    assert (accepted.verdict, accepted.standing_reason, accepted.likely_reason) == ("contradicted", "read twice", "")


def test_each_formula_is_assessed_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from antiperovskite.scorecard import context

    real, asked = context.assess, []
    monkeypatch.setattr(context, "assess", lambda formula, **more: asked.append(formula) or real(formula, **more))
    run(lattice("one", 3.9), lattice("two", 4.0), words("decomposition_products", "Li2O + LiCl", formula="Li3OCl"))
    assert asked == ["Li3OCl"]


def test_energies_of_an_engine_not_fit_for_verdicts_are_shown_but_decide_nothing(
    one: Callable[[Claim], Outcome],
) -> None:
    arguments = {"formula": "Li3OCl", "name": "reaction_energy_from_binaries"}
    found = one(
        claim(
            value=(0.06, "eV/formula"), check={"capability": "quantity", "arguments": arguments, "agreement": "greater"}
        )
    )
    assert found.verdict == "not computable"
    assert found.cause == "withheld"
    assert isinstance(found.computed, Quantity)
    assert "not fit for verdicts" in found.reason
    products = one(words("decomposition_products", "Li2O + LiCl", formula="Li3OCl"))
    assert (products.cause, products.computed) == ("withheld", "Li2O + LiCl")


@pytest.mark.parametrize(
    ("capability", "arguments", "expected"),
    [
        ("relaxed_spacegroup", {"formula": "Na4OI2"}, "I4/mmm"),
        ("relaxed_crystal_system", {"formula": "Na4OI2"}, "tetragonal"),
        ("family", {"formula": "Li2OHCl"}, "hydrated"),
        ("framework", {"formula": "Li4OCl2"}, "2D"),
        ("site", {"formula": "Li2OHCl", "ion": "OH"}, "B"),
        ("site", {"formula": "Li3OCl", "ion": "Cl"}, "A"),
    ],
)
def test_words(one: Callable[[Claim], Outcome], capability: str, arguments: dict[str, str], expected: str) -> None:
    found = one(words(capability, expected, **arguments))
    assert (found.verdict, found.computed, found.z) == ("reproduced", expected, None)
    assert found.caveat  # what a word from rules, or from a relaxation that keeps symmetry, is worth
    assert one(words(capability, "something else", **arguments)).verdict == "contradicted"


def test_a_symmetry_that_could_not_have_come_out_otherwise_is_not_judged(run: Run) -> None:
    """From the cubic start alone, symmetry kept, every Li3OCl is cubic; with tilts among the starts it is an answer."""
    cubic = words("relaxed_spacegroup", "Pm-3m", formula="Li3OCl")
    tilted = words("relaxed_crystal_system", "orthorhombic", formula="Li3OCl")
    for item in run(cubic, tilted).outcomes:
        assert (item.verdict, item.cause, item.computed) == ("not computable", "needs depth", None)
        assert "--depth standard" in item.reason
    judged = run(cubic, tilted, depth="standard").outcomes
    assert [(item.verdict, item.computed) for item in judged] == [("reproduced", "Pm-3m"), ("contradicted", "cubic")]


def number(one: Callable[[Claim], Outcome], unit: str, capability: str, **arguments: Any) -> Quantity:
    check = {"capability": capability, "arguments": arguments, "agreement": "greater"}
    found = one(claim(value=(-1e6, unit), check=check))
    assert found.verdict == "reproduced"
    assert isinstance(found.computed, Quantity)
    return found.computed


def test_numbers_from_two_formulas(one: Callable[[Claim], Outcome]) -> None:
    a = {f: number(one, "angstrom", "quantity", formula=f, name="lattice_a").value for f in ("Li3OCl", "Na3OCl")}
    ratio = number(one, "1", "lattice_ratio", first="Li3OCl", second="Na3OCl")
    assert ratio.value == pytest.approx(a["Li3OCl"] / a["Na3OCl"])
    same = number(one, "1", "lattice_ratio", first="Li3OCl", second="Li3OCl")
    assert same.value == 1.0
    difference = number(one, "angstrom", "difference", first="Na3OCl", second="Li3OCl", name="lattice_a")
    assert difference.value == pytest.approx(a["Na3OCl"] - a["Li3OCl"])
    assert "no uncertainty" in difference.method


def test_uncertainties_of_two_formulas_propagate() -> None:
    from antiperovskite.scorecard.capabilities.assessed import _combined

    def length(value: float, u: float) -> Quantity:
        return Quantity(value=value, uncertainty=u, unit="angstrom", method="test", source="test")

    def ratio(first: float, second: float) -> float:
        return first / second

    first, second = length(3.9, 0.03), length(4.5, 0.04)
    found = _combined(first, second, 3.9 / 4.5, (1 / 4.5, 3.9 / 4.5**2), "1", "ratio")
    h = 1e-6
    numerical = [
        (ratio(3.9 + h, 4.5) - ratio(3.9 - h, 4.5)) / (2 * h),
        (ratio(3.9, 4.5 + h) - ratio(3.9, 4.5 - h)) / (2 * h),
    ]
    assert found.uncertainty == pytest.approx(
        ((numerical[0] * 0.03) ** 2 + (numerical[1] * 0.04) ** 2) ** 0.5, rel=1e-6
    )


def test_scattering(one: Callable[[Claim], Outcome]) -> None:
    contrast = number(one, "1", "xray_contrast", formula="Li3OCl")
    assert contrast.value > 1.0  # the point of using neutrons
    lithium = {
        kind: number(one, "%", "visibility", formula="Li3OCl", element="Li", radiation=kind)
        for kind in ("xray", "neutron")
    }
    assert lithium["xray"].value < lithium["neutron"].value
    assert lithium["xray"].unit == "%"


def test_without_an_engine(one: Callable[[Claim], Outcome]) -> None:
    from antiperovskite.composition.capacity import theoretical_capacity
    from antiperovskite.stability.tolerance import tolerance

    capacity = number(one, "mAh/g", "theoretical_capacity", formula="(Li2Fe)SO", ions=1)
    assert capacity == theoretical_capacity("(Li2Fe)SO", 1)
    factor = number(one, "1", "tolerance", formula="Li3OCl", name="goldschmidt.shannon")
    assert factor == tolerance("Li3OCl").goldschmidt.shannon
    assert number(one, "1", "vacancies", formula="Li2OHCl").value == 1.0


@pytest.mark.parametrize(
    ("capability", "arguments", "unit"),
    [
        ("xray_contrast", {"formula": "Li3OBH4"}, "1"),
        ("visibility", {"formula": "Li3OCl", "element": "Na", "radiation": "xray"}, "%"),
        ("tolerance", {"formula": "Li3OBH4", "name": "goldschmidt.shannon"}, "1"),
        ("quantity", {"formula": "Li3OBr", "name": "energy_above_hull"}, "eV/atom"),
    ],
)
def test_what_is_not_defined_says_why_and_is_no_failure(
    run: Run, capability: str, arguments: dict[str, str], unit: str
) -> None:
    check = {"capability": capability, "arguments": arguments, "agreement": "greater"}
    card = run(claim(value=(1.0, unit), check=check))
    [found] = card.outcomes
    assert (found.verdict, found.cause, found.computed) == ("not computable", "not defined", None)
    assert found.reason
    assert card.failures == ()


def test_an_engine_that_cannot_do_the_elements_is_a_technical_failure(run: Run) -> None:
    arguments = {"formula": "Ag3SI", "name": "lattice_a"}
    check = {"capability": "quantity", "arguments": arguments, "agreement": "within", "tolerance": 0.1}
    silver = claim("silver", value=(4.9, "angstrom"), check=check)
    group = words("relaxed_spacegroup", "Pm-3m", formula="Ag3SI").model_copy(update={"id": "silver-group"})
    card = run(silver, group, words("family", "hydrated", formula="Li2OHCl"), depth="standard")
    assert [item.verdict for item in card.outcomes] == ["not computable", "not computable", "reproduced"]
    assert [item.id for item in card.failures] == ["silver", "silver-group"]
    for item in card.failures:
        assert item.cause == "failed"
        assert "no parameters for Ag" in item.reason


def test_a_missing_engine_fails_its_checks_and_no_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from antiperovskite.scorecard import context

    asked = []

    def missing(formula: str, **_more: object) -> None:
        asked.append(formula)
        raise MissingEngineError("pip install 'antiperovskite[sevennet]'")

    monkeypatch.setattr(context, "assess", missing)
    ratio = {
        "capability": "lattice_ratio",
        "arguments": {"first": "Na3OCl", "second": "Li3OCl"},
        "agreement": "greater",
    }
    card = run(
        lattice("one", 3.9),
        claim("two", value=(1.0, "1"), check=ratio),
        words("family", "hydrated", formula="Li2OHCl"),
    )
    assert [item.cause for item in card.outcomes] == ["failed", "failed", None]
    assert "pip install" in card.failures[0].reason
    assert asked == ["Li3OCl"]  # the second check does not try again


def test_more_ions_than_the_formula_holds_is_a_failure_of_that_check(run: Run) -> None:
    check = {
        "capability": "theoretical_capacity",
        "arguments": {"formula": "(Li2Fe)SO", "ions": 3},
        "agreement": "within",
        "tolerance": 5.0,
    }
    [found] = run(claim(value=(300.0, "mAh/g"), check=check)).failures
    assert "which holds 2" in found.reason


def test_a_bad_check_stops_all_before_any_work(run: Run) -> None:
    steps: list[str] = []
    bad = words("family", "cubic", formla="Li3OCl")
    with pytest.raises(DataError, match=r"claim a-claim: .*'formla'"):
        run(lattice("fine", 3.9), bad, progress=lambda step, _d: steps.append(step))
    assert steps == []


def test_wrong_options_stop_before_any_work(store: ResultStore) -> None:
    with pytest.raises(OptionError, match="unknown depth"):
        reproduce(among=[lattice("one", 3.9)], depth="endless", engine=TOY, store=store)
    with pytest.raises(OptionError, match="unknown engine"):
        reproduce(among=[lattice("one", 3.9)], engine="toy-ionik", store=store)


def test_progress_counts_the_checks(run: Run) -> None:
    steps: list[tuple[str, str]] = []
    run(lattice("one", 3.9), claim("silent", words="yes"), progress=lambda *step: steps.append(step))
    assert ("claim 1 of 1", "one") in steps


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [
        (None, ["s2-a", "s3-b"]),
        ("s2-*", ["s2-a"]),
        ("S3", ["s3-b"]),
        ("voltage", ["s3-b"]),
        ("li3oc?", ["s2-a"]),
        ("*o*", ["s2-a", "s3-b"]),
    ],
)
def test_selection(pattern: str | None, ids: list[str]) -> None:
    among = [claim("s2-a", words="yes"), claim("s3-b", words="yes", subject="Na3OBr", property="oxidation voltage")]
    assert [item.id for item in select_claims(pattern, among)] == ids


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(OptionError, match="'zzz'; there are 1 claims"):
        select_claims("zzz", [claim(words="yes")])


@pytest.mark.slow
def test_shipped_claims_with_the_default_engine(tmp_path: Path) -> None:
    """The lattice parameter of Li3OCl by diffraction (3.91 angstrom), and a claim that must be contradicted."""
    opened = ResultStore(tmp_path / "store.sqlite")
    try:
        card = reproduce(among=[lattice("real", 3.91, 0.06), lattice("absurd", 5.0, 0.06)], store=opened)
    finally:
        opened.close()
    assert [item.verdict for item in card.outcomes] == ["reproduced", "contradicted"]
    real = card.outcomes[0]
    assert isinstance(real.computed, Quantity)
    assert real.computed.uncertainty is not None
    assert real.z is not None
    assert claims()
