"""The hydration cycle of M3OA: it closes, shared errors cancel, known terms come back, and words follow signs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.errors import MissingReferenceError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydroxide_study.claims import outcome_of
from antiperovskite.stability.hydroxide_study.cycle import contrast, engine_spread, term_energy, verdict
from antiperovskite.stability.hydroxide_study.disorder import crossing, entropies
from antiperovskite.stability.hydroxide_study.ionic import (
    gas_ion_enthalpies,
    kapustinskii_energy,
    madelung_energy,
    mean_bond,
    measured_oxide_hydration,
    oxide_hydration,
)
from antiperovskite.stability.hydroxide_study.model import HydroxideStudy
from antiperovskite.stability.hydroxide_study.study import leading_engine, run_study
from antiperovskite.stability.hydroxide_study.system import (
    CATIONS,
    HALIDES,
    KEYS,
    ROLES,
    Role,
    System,
    coefficients,
    composition,
    equation,
    formula,
    system_of,
)
from antiperovskite.stability.hydroxide_study.wording import number
from antiperovskite.stability.uncertainty import standard_uncertainty

# eV per formula unit: (dry, oxide, wet) terms that the toy's phases are made from
TERMS: Mapping[str, tuple[float, float, float]] = {
    "Li": (-0.15, -1.30, -0.05),
    "Na": (0.10, -1.90, 0.08),
    "K": (0.20, -2.50, 0.02),
}


@dataclass(frozen=True)
class Toy:
    """Phases with chosen terms; loadings: one variable a cation, one a halide, one of each phase's own."""

    name: str = "toy"
    terms: Mapping[str, tuple[float, float, float]] = field(default_factory=lambda: TERMS)
    own: float = 0.01
    shared: float = 0.5
    without: tuple[str, ...] = ()
    method: str = "made by hand"
    citations: tuple[str, ...] = ()

    def system(self, cation: str, halide: str, temperature: float | None = None) -> System:
        dry, oxide, wet = self.terms[cation]
        energies: dict[Role, float] = {"oxide": -5.0, "halide": -4.0, "water": -2.5}
        energies["dry"] = energies["oxide"] + energies["halide"] - dry
        energies["hydroxide"] = (oxide + energies["oxide"] + energies["water"]) / 2.0
        energies["wet"] = energies["hydroxide"] + energies["halide"] + wet
        phases = {}
        for role in ROLES:
            name = formula(role, cation, halide)
            if name in self.without:
                continue
            atoms = composition(role, cation, halide)
            loadings = {f"own:{name}": self.own, f"halide:{halide}": self.shared * atoms.get(halide, 0.0)}
            loadings[f"cation:{cation}"] = self.shared * atoms.get(cation, 0.0)
            phases[role] = PhaseEnergy(name, name, atoms, energies[role], loadings)
        return System(cation, halide, phases)


def study(**changes: Any) -> HydroxideStudy:
    toy = Toy(**changes)
    return run_study(toy, [toy, Toy("second", toy.terms, without=toy.without)])


def quantity(value: float, u: float | None, unit: str = "meV/formula") -> Quantity:
    return Quantity(value=value, uncertainty=u, unit=unit, method="m", source="s")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("cation", CATIONS)
def test_every_term_conserves_atoms(key: Any, cation: str) -> None:
    total: dict[str, float] = {}
    for role, amount in coefficients(key).items():
        for element, count in composition(role, cation, "Br").items():
            total[element] = total.get(element, 0.0) + amount * count
    assert all(abs(count) < 1e-12 for count in total.values())


def test_equations_read_as_chemists_write_them() -> None:
    assert equation("dry", "Li", "Cl") == "Li3OCl -> Li2O + LiCl"
    assert equation("oxide", "Na", "Cl") == "Na2O + H2O -> 2 NaOH"
    assert equation("wet", "K", "I") == "KOH + KI -> K2OHI"
    assert equation("hydration", "Na", "Br") == "Na3OBr + H2O -> Na2OHBr + NaOH"


@given(st.lists(st.floats(-50.0, 50.0), min_size=6, max_size=6), st.lists(st.floats(-1.0, 1.0), min_size=6, max_size=6))
def test_the_cycle_closes_for_any_energies_and_errors(energies: list[float], loadings: list[float]) -> None:
    phases = {
        role: PhaseEnergy(role, role, composition(role, "Na", "Cl"), energy, {"z": loading})
        for role, energy, loading in zip(ROLES, energies, loadings, strict=True)
    }
    system = System("Na", "Cl", phases)

    def total(key: Any) -> tuple[float, float]:
        terms = system.terms(key)
        return (
            math.fsum(p.energy * n for p, n in terms),
            math.fsum(p.loadings["z"] * n for p, n in terms),
        )

    parts = [total(key) for key in ("dry", "oxide", "wet")]
    for k in (0, 1):
        assert total("hydration")[k] == pytest.approx(sum(part[k] for part in parts), abs=1e-10)
        assert total("hydrolysis")[k] == pytest.approx(parts[0][k] + parts[1][k], abs=1e-10)


@pytest.mark.parametrize("cation", CATIONS)
def test_synthetic_phases_give_their_terms_back(cation: str) -> None:
    values = [term_energy(Toy(), key, cation, "Cl").value for key in ("dry", "oxide", "wet", "hydration")]
    expected = [1000.0 * term for term in TERMS[cation]]
    assert values == pytest.approx([*expected, sum(expected)], abs=1e-9)


def test_what_conserved_ions_share_cancels_and_own_errors_remain() -> None:
    """Every term conserves M and A, so a shared error per ion drops out, however large; six own ones do not."""
    found = term_energy(Toy(own=0.01, shared=5.0), "hydration", "Na", "Cl")
    assert found.uncertainty == pytest.approx(1000.0 * 0.01 * 2.0)  # dry, water, wet, hydroxide once each
    assert term_energy(Toy(own=0.0, shared=5.0), "wet", "Li", "Br").uncertainty == pytest.approx(0.0, abs=1e-9)


def test_a_phase_that_two_cations_share_cancels_in_their_difference() -> None:
    toy = Toy(own=0.01)
    found = contrast("oxide", "Na", "mean", ("Cl", "Br"), leading=toy, engines=[toy], dft=None)
    # neither oxide nor hydroxide holds a halide, so averaging over two does not make it more certain; water cancels
    assert found.difference.value == pytest.approx(-600.0)
    assert found.difference.uncertainty == pytest.approx(1000.0 * 0.01 * math.sqrt(2 * (4.0 + 1.0)))


def test_averaging_over_halides_shrinks_independent_errors_only() -> None:
    toy = Toy(own=0.01)
    one = contrast("dry", "Na", "Cl", ("Cl",), leading=toy, engines=[toy], dft=None).difference
    two = contrast("dry", "Na", "mean", ("Cl", "Br"), leading=toy, engines=[toy], dft=None).difference
    assert one.uncertainty == pytest.approx(10.0 * math.sqrt(6.0))
    assert two.uncertainty == pytest.approx(10.0 * math.sqrt(2.0 * (1.0 + 0.5 + 0.5)))  # the oxides are in both


def test_a_missing_phase_is_named_and_nothing_is_computed_from_it() -> None:
    toy = Toy(without=("KOH",))
    found = term_energy(toy, "wet", "K", "Cl")
    assert isinstance(found, NotComputed)
    assert "KOH" in found.method
    assert isinstance(term_energy(toy, "dry", "K", "Cl"), Quantity)
    with pytest.raises(MissingReferenceError, match="KOH"):
        toy.system("K", "Cl").terms("oxide")
    result = study(without=("KOH", "Li3OI"))
    assert set(result.missing["toy"]) == {"KOH", "Li3OI"}
    assert result.contrast("wet", "K").verdict == "not computed"
    assert result.cycle("K", "Cl").term("dry").energy.value is not None


def test_system_takes_the_lowest_polymorph_and_scales_doubled_formulas() -> None:
    low = PhaseEnergy("low", "Na4O2", {"Na": 4.0, "O": 2.0}, -10.0, {"z": 0.2})
    high = PhaseEnergy("high", "Na2O", {"Na": 2.0, "O": 1.0}, -4.0)
    found = system_of("Na", "Cl", (high, low)).phases["oxide"]
    assert (found.name, found.energy, found.loadings["z"]) == ("low", -5.0, 0.1)
    assert found.elements == {"Na": 2.0, "O": 1.0}


@pytest.mark.parametrize(
    ("value", "u", "others", "expected"),
    [
        (250.0, 100.0, (200.0, 100.0), "decided"),
        (150.0, 100.0, (200.0, 100.0), "likely"),
        (-250.0, 100.0, (-200.0,), "decided"),
        (250.0, 100.0, (), "likely"),  # one engine only
        (250.0, 100.0, (-5.0,), "open"),
        (50.0, 100.0, (60.0,), "open"),
    ],
)
def test_a_sign_is_decided_only_where_engines_agree_and_the_error_is_small(
    value: float, u: float, others: tuple[float, ...], expected: str
) -> None:
    own = quantity(value, u)
    by_engine = {"own": own} | {str(k): quantity(other, u) for k, other in enumerate(others)}
    assert verdict(own, by_engine) == expected


def _changed(dry: float, wet: float) -> str:
    terms = {**TERMS, "Na": (dry, -1.9, wet)}
    return study(terms=terms).statements[0].text


def test_the_answer_follows_the_signs() -> None:
    expected, reversed_dry = _changed(0.10, 0.08), _changed(-0.40, 0.08)
    assert "destabilised for lithium" in expected
    assert "runs against the observation" in reversed_dry
    assert "destabilised for lithium" not in reversed_dry
    assert "follows from the competitor" in expected
    assert "follows from the competitor" not in _changed(0.10, -0.30)
    assert "the hydrated phase is more stable for sodium" in _changed(0.10, -0.30)


def test_the_answer_says_when_a_difference_is_not_decided() -> None:
    text = _changed(0.10, -0.049)  # 1 meV from lithium's, own errors of 10 meV
    assert "its sign is not decided" in text
    assert "follows from the competitor" not in text


def test_water_sentence_switches() -> None:
    assert "no resistance to water" in study().statements[0].text
    text = study(terms={**TERMS, "Na": (0.10, -0.5, 0.08)}).statements[0].text
    assert "resists water better" in text


def test_term_sentences_name_stable_and_unstable_phases() -> None:
    by_topic = {statement.topic: statement for statement in study().statements}
    assert "Li3OA unstable" in by_topic["Dry phase"].text
    assert "Na3OA stable" in by_topic["Dry phase"].text
    assert "Li2OHA stable" in by_topic["Hydrated phase"].text
    assert "Na2OHA unstable" in by_topic["Hydrated phase"].text
    assert by_topic["Dry phase"].verdict == "decided"


def test_claims_agree_disagree_or_stay_open() -> None:
    found = {item.claim: item for item in study().claims}
    assert found["s3-li3ocl-formation-positive"].outcome == "agrees"
    assert found["s3-li3ocl-formation-positive"].reason == ""
    assert found["s3-li-na-trends-reversed"].outcome == "agrees"
    turned = study(terms={**TERMS, "Li": (0.3, -1.3, -0.05)})
    other = {item.claim: item for item in turned.claims}["s3-li3ocl-formation-positive"]
    assert (other.outcome, bool(other.reason)) == ("disagrees", True)


def test_one_open_finding_leaves_a_claim_undecided_and_one_wrong_is_enough() -> None:
    good, unsure, bad = (
        ("a", quantity(-1.0, 0.1), "decided", -1.0),
        ("b", quantity(-1.0, 9.0), "open", -1.0),
        ("c", quantity(1.0, 0.1), "decided", -1.0),
    )
    assert outcome_of([good]) == "agrees"
    assert outcome_of([good, unsure]) == "undecided"
    assert outcome_of([good, unsure, bad]) == "disagrees"
    assert outcome_of([]) == "not computed"


def test_oxide_cycle_over_gas_ions_closes_exactly() -> None:
    toy = Toy()
    for cation in ("Na", "K"):
        here, lithium = oxide_hydration(toy, cation, "Cl"), oxide_hydration(toy, "Li", "Cl")
        change = here.term.value - lithium.term.value
        lattice = here.oxide_against_lithium.value - here.hydroxides_against_lithium.value
        assert lattice == pytest.approx(change, abs=1e-9)
    assert oxide_hydration(toy, "Li", "Cl").oxide_against_lithium.value == pytest.approx(0.0)


def test_gas_ions_are_those_of_the_tables() -> None:
    from importlib.util import find_spec
    from pathlib import Path

    from antiperovskite._files import package_data, read_yaml

    spec = find_spec("janaf")
    assert spec is not None
    assert spec.origin is not None
    entries = read_yaml(package_data("stability/hydroxide_study", "gas_ions.yaml"))["ions"]
    for name, entry in entries.items():
        lines = (Path(spec.origin).parent / "data" / f"{entry['table']}.txt").read_text(encoding="utf-8").splitlines()
        row = next(line.split("\t") for line in lines if line.startswith("298.15"))
        assert float(row[5]) == entry["value"] == gas_ion_enthalpies()[name]


def test_measured_oxide_hydration_is_the_sum_of_measured_enthalpies() -> None:
    found = measured_oxide_hydration("Na")
    per_mole = 2 * -425.931 + 417.982 + 241.826  # kJ/mol, NIST-JANAF
    assert found.value == pytest.approx(per_mole * 10.364269, abs=0.1)


def test_kapustinskii_of_sodium_chloride_like_salts() -> None:
    """U = 1202.5 x 2 / 2.42 x (1 - 0.345 / 2.42) for ions of 1.02 and 1.40 angstrom; larger cations bind less."""
    assert [kapustinskii_energy(c, "OH", 1) for c in CATIONS] == sorted(
        (kapustinskii_energy(c, "OH", 1) for c in CATIONS), reverse=True
    )
    radius = 1.02 + 1.425  # Shannon Na(6) and the mean thermochemical radius of OH
    expected = 1202.5 * 2 / radius * (1 - 0.345 / radius)
    assert kapustinskii_energy("Na", "OH", 1) == pytest.approx(expected, rel=1e-6)


def _rock_salt(cation: str, anion: str, a: float) -> Any:
    from pymatgen.core import Lattice, Structure

    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])


def test_madelung_of_rock_salt_and_of_hydroxide_as_one_charge() -> None:
    from pymatgen.core import Structure

    salt = _rock_salt("Na", "Cl", 5.0)
    expected = -1.747565 * 14.399645 / 2.5
    assert madelung_energy(salt, "Na") == pytest.approx(expected, rel=1e-5)
    oxygens = Structure(salt.lattice, ["O" if s.specie.symbol == "Cl" else "Na" for s in salt], salt.frac_coords)
    with_hydrogen = oxygens.copy()
    for site in oxygens:
        if site.specie.symbol == "O":
            with_hydrogen.append("H", np.add(site.frac_coords, (0.0, 0.0, 0.19)))
    assert madelung_energy(with_hydrogen, "Na") == pytest.approx(expected, rel=1e-5)


def test_mean_bond_of_rock_salt() -> None:
    assert mean_bond(_rock_salt("K", "Br", 6.6), "Br", "K") == pytest.approx(3.3)
    with pytest.raises(MissingReferenceError, match="no O-K pair"):
        mean_bond(_rock_salt("K", "Br", 6.6), "O", "K")


def test_entropies_are_counted() -> None:
    vacancies, restricted, bound = entropies("Na2OHBr")
    assert vacancies == pytest.approx(3 * math.log(3) - 2 * math.log(2))
    assert restricted - vacancies == pytest.approx(math.log(2))
    assert bound - vacancies == pytest.approx(math.log(6))
    assert entropies("Li2OHCl") == pytest.approx((vacancies, restricted, bound))


def test_crossing_of_a_line() -> None:
    points = [(T, quantity(120.0 - 0.3 * T, 15.0)) for T in (300.0, 350.0, 450.0, 600.0)]
    found = crossing(points)
    assert found.value == pytest.approx(400.0)
    assert found.uncertainty == pytest.approx(50.0)
    assert "every temperature" in crossing([(300.0, quantity(-1.0, 1.0))]).method
    assert "not stable" in crossing([(300.0, quantity(1.0, 1.0)), (400.0, quantity(2.0, 1.0))]).method


def test_disorder_lowers_the_wet_term_by_the_entropy() -> None:
    item = next(d for d in study().disorder if d.hydrated_phase == "Na2OHCl")
    point = next(p for p in item.points if p.temperature == 600.0)
    k = 0.08617333  # meV/K
    assert point.ordered.value == pytest.approx(80.0)
    assert point.bound.value == pytest.approx(80.0 - 600.0 * k * entropies("Na2OHCl")[2], abs=1e-3)
    assert point.ordered.value > point.restricted.value > point.bound.value


def test_leading_engine_has_most_phases_then_the_smallest_error() -> None:
    rough, fine, lacking = Toy("rough", own=0.05), Toy("fine", own=0.01), Toy("lacking", own=0.001, without=("KOH",))
    assert leading_engine([rough, fine, lacking]).name == "fine"


def test_engine_spread() -> None:
    found = engine_spread({"a": quantity(1.0, 1.0), "b": quantity(3.0, 1.0)})
    assert found.value == pytest.approx(math.sqrt(2.0))
    assert isinstance(engine_spread({"a": quantity(1.0, 1.0)}), NotComputed)


def test_numbers_read_well() -> None:
    assert number(quantity(-0.2, 12.3)) == "+0 ± 12"
    assert number(quantity(-148.6, None)) == "−149"
    assert number(quantity(-148.6, 2.0), signed=False) == "149 ± 2"


def test_the_record_survives_json() -> None:
    result = study(without=("KOH",))
    assert HydroxideStudy.model_validate_json(result.model_dump_json()) == result
    assert {(c.cation, c.halide) for c in result.cycles} == {(c, h) for c in CATIONS for h in HALIDES}


def test_contrast_uncertainty_uses_the_covariance_not_the_sum_of_squares() -> None:
    toy = Toy(own=0.0, shared=0.3)
    found = contrast("dry", "Na", "Cl", ("Cl",), leading=toy, engines=[toy], dft=None)
    assert found.difference.uncertainty == pytest.approx(0.0, abs=1e-9)
    parts = [standard_uncertainty([(phase, 1.0)]) for phase in toy.system("Na", "Cl").phases.values()]
    assert max(parts) > 0.3
