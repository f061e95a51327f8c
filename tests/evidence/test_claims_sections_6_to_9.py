"""Claims of sections 6 to 9: valid, resolvable, sane, and faithful to the printed text."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from antiperovskite._files import package_data
from antiperovskite.citations import citation
from antiperovskite.composition import resolve
from antiperovskite.evidence.claims import Claim, claims, read_claims

CLAIMS = read_claims(package_data("evidence", "claims_sections_6_to_9.yaml"))

PLAUSIBLE = {
    "energy above hull": ("eV/atom", 0.0, 0.0),
    "activation energy": ("eV", 0.05, 2.0),
    "migration barrier": ("eV", 0.01, 1.0),
    "transition temperature": ("K", 250, 600),
    "melting point": ("K", 400, 1200),
    "sintering temperature": ("K", 400, 1800),
    "cycling temperature": ("K", 250, 600),
    "oxidation limit": ("V", 1.0, 6.0),
    "operating voltage": ("V", 1.0, 6.0),
    "potential drop": ("V", 1.0, 6.0),
    "lattice parameter": ("angstrom", 3.5, 6.0),
    "discharge capacity": ("mAh/g", 10, 600),
    "theoretical capacity": ("mAh/g", 10, 600),
    "conductivity": ("S/cm", 1e-12, 1.0),
    "coating thickness": ("nm", 1, 1e5),
    "conductivity jump": ("1", 1.0, 1e6),
    "lattice change": ("%", 0.0, 5.0),
    "coulombic efficiency": ("%", 50, 100),
    "lattice match": ("1", 0.5, 2.0),
}

COUNTS = {"anion orientations", "number of cycles", "exchanged ions"}


def claim(name: str) -> Claim:
    return next(item for item in CLAIMS if item.id == name)


def test_enough_claims_in_every_section() -> None:
    sections = Counter(item.section for item in CLAIMS)
    assert len(CLAIMS) >= 55
    assert set(sections) == {"6", "7", "8", "9"}
    assert min(sections.values()) >= 10


def test_ids_are_unique_name_their_section_and_are_shipped() -> None:
    assert len({item.id for item in CLAIMS}) == len(CLAIMS)
    assert all(item.id.startswith(f"s{item.section}-") for item in CLAIMS)
    assert {item.id for item in CLAIMS} <= {item.id for item in claims()}


def test_no_statement_is_told_twice() -> None:
    assert len({item.statement for item in CLAIMS}) == len(CLAIMS)


@pytest.mark.parametrize("item", CLAIMS, ids=lambda item: item.id)
def test_claim(item: Claim) -> None:
    assert Claim.model_validate_json(item.model_dump_json()) == item
    assert item.statement.endswith(".")
    for formula in item.formulas:
        assert resolve(formula).charge == 0
    for key in item.citations:
        assert citation(key).year <= 2021
    if item.standing in ("disputed", "doubtful", "not reproduced", "open question"):
        assert item.standing_reason or item.words in ("unclear", "not computed")
    if item.reading == "uncertain":
        assert item.standing_reason


@pytest.mark.parametrize("item", [item for item in CLAIMS if item.value], ids=lambda item: item.id)
def test_values_are_sane_and_printed(item: Claim) -> None:
    assert item.value is not None
    if item.property not in COUNTS:
        unit, low, high = PLAUSIBLE[item.property]
        assert low <= item.value.magnitude(unit) <= high
    if item.value_upper is not None:
        assert item.value_upper.value > item.value.value
    assert "no uncertainty printed" in item.value.method


def printed(item: Claim) -> str:
    assert item.value is not None
    found = re.search(r"printed as '(.*)'; no uncertainty", item.value.method)
    assert found
    return found[1]


@pytest.mark.parametrize("item", [item for item in CLAIMS if item.value], ids=lambda item: item.id)
def test_number_is_the_printed_one(item: Claim) -> None:
    # degrees Celsius become kelvin, a ratio stands for "two orders", a match for "approximately equal"
    if item.id in {"s6-na3no3-conductivity-jump", "s6-na3no3-six-orientations", "s8-lattice-match"}:
        return
    if item.id in {"s9-na3ocl-on-hull", "s9-na3obr-on-hull"}:  # words; the number is the limit of a sign
        assert "can readily be synthesised" in printed(item)
        return
    assert item.value is not None
    number = item.value.value
    if item.id == "s8-li2feos-more-than-one-lithium":
        assert "one" in printed(item)
        return
    if item.value.unit == "K":
        number -= 273.15
    if item.id == "s7-glass-conductivity":
        assert "10⁻²" in printed(item)
        assert number == 1e-2
        return
    numbers = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", printed(item))]
    assert any(abs(number - candidate) < 1e-9 for candidate in numbers)


def test_bounds_are_said() -> None:
    for item in CLAIMS:
        if item.value and ("<" in printed(item) or ">" in printed(item) or "less than" in printed(item)):
            assert "bound" in item.conditions or "limit" in item.conditions, item.id


@pytest.mark.parametrize(
    ("name", "value", "upper", "unit", "standing"),
    [
        ("s6-na3no3-ea-below", 0.8, None, "eV", "accepted"),
        ("s6-na3no3-ea-above", 0.4, None, "eV", "accepted"),
        ("s6-na3no3-six-orientations", 6, None, "1", "accepted"),
        ("s7-li3ocl-oxidation-emly", 2.55, None, "V", "predicted only"),
        ("s7-li3ocl-oxidation-richards", 3.00, None, "V", "predicted only"),
        ("s7-na3obr-oxidation", 1.79, None, "V", "predicted only"),
        ("s7-na4oi2-oxidation", 1.66, None, "V", "predicted only"),
        ("s7-na2o-oxidation", 1.67, None, "V", "predicted only"),
        ("s7-li2oha-grain-boundary-ea", 0.62, 0.73, "eV", "accepted"),
        ("s7-li2oha-bulk-ea", 0.31, 0.38, "eV", "accepted"),
        ("s7-glass-conductivity", 1e-2, None, "S/cm", "not reproduced"),
        ("s8-li2feos-theoretical-capacity", 280, None, "mAh/g", "accepted"),
        ("s8-li2feos-lattice", 3.91, None, "angstrom", "accepted"),
        ("s9-multivalent-vacancy-barrier", 500, None, "meV", "predicted only"),
        ("s9-multivalent-interstitial-barrier", 200, None, "meV", "predicted only"),
    ],
)
def test_spot_checks(name: str, value: float, upper: float | None, unit: str, standing: str) -> None:
    item = claim(name)
    assert item.value is not None
    assert (item.value.value, item.value.unit, item.standing) == (value, unit, standing)
    assert (item.value_upper.value if item.value_upper else None) == upper


def test_contradictions_are_mutual() -> None:
    # within these sections; across files the loader checks that the other claim exists
    own = {item.id for item in CLAIMS}
    pairs = [(item.id, other) for item in CLAIMS for other in item.contradicts if other in own]
    assert len(pairs) == 4
    for name, other in pairs:
        assert name in claim(other).contradicts


def test_checks_fit_the_scorecard() -> None:
    from antiperovskite.scorecard import validate_check

    checked = [item for item in CLAIMS if item.check]
    assert {item.check.capability for item in checked if item.check} == {
        "conduction_activation_energy",
        "contact_outcome",
        "contact_product",
        "defect_costs_less",
        "family",
        "lattice_ratio",
        "migration_barrier",
        "oxidation_limit",
        "oxidation_products",
        "quantity",
        "structure_type",
        "theoretical_capacity",
    }
    for item in checked:
        validate_check(item)


def test_the_capacity_check_can_fail() -> None:
    # n F / (3.6 M) of Li2FeOS: 1.25 Li agrees with the printed 280 mAh/g, one or two whole Li would not
    item = claim("s8-li2feos-theoretical-capacity")
    assert item.check and item.check.tolerance and item.value
    per_ion = 96485.332 / 3.6 / (2 * 6.94 + 55.845 + 15.999 + 32.06)
    assert abs(1.25 * per_ion - item.value.value) <= item.check.tolerance
    assert abs(1.0 * per_ion - item.value.value) > item.check.tolerance
    assert abs(2.0 * per_ion - item.value.value) > item.check.tolerance
