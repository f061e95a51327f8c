"""Trust rules: verdicts that a specialist would argue by hand, the physics behind two rules, and overrides."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite._files import package_data
from antiperovskite.citations import citation
from antiperovskite.errors import DataError, OptionError
from antiperovskite.evidence import ConductivityRow, SynthesisRow, compositions, conductivities, syntheses
from antiperovskite.evidence.trust import (
    DryPhaseNumbers,
    TrustVerdict,
    read_overrides,
    trust_of,
    trust_report,
    trust_rules,
)
from antiperovskite.evidence.trust_facts import DETECTED, KNOWN_ELSEWHERE, apparent_energy, vacancy_fraction
from antiperovskite.evidence.trust_files import read_trust_rules
from antiperovskite.quantity import Quantity

SHIPPED = [row for row in (*syntheses(), *conductivities()) if row.id.startswith(("t2-", "t4-"))]


def row(name: str) -> SynthesisRow | ConductivityRow:
    return next(item for item in SHIPPED if item.id == name)


def fired(verdict: TrustVerdict) -> set[str]:
    return {rule.id for rule in verdict.rules}


@pytest.mark.parametrize(
    ("name", "verdict", "reasons"),
    [
        # LiOH + LiCl in vacuum, X-rays only
        ("t2-01", "probably hydrated", {"hydroxide-without-reductant", "xray-only"}),
        # a hydroxide phase made first, then dehydrated under pressure
        ("t2-02", "probably hydrated", {"hydroxide-without-reductant"}),
        # Li metal or LiH reduce the protons, but hydrated phases could not be ruled out
        ("t2-03", "uncertain", {"reductant-used", "proton-probe-used", "judged-doubtful"}),
        ("t2-04", "uncertain", {"reductant-used"}),
        # Braga: deionised water in a Teflon reactor; Hanghofer repeated it and found Li2OHCl
        ("t2-05", "probably hydrated", {"water-among-reagents", "hydrothermal", "hydroxide-found"}),
        ("t2-06", "probably hydrated", {"water-among-reagents", "hydroxide-found"}),
        # pulsed laser deposition: target with hydroxyl, film from it, film from a dry composite target
        ("t2-07", "probably hydrated", {"hydroxide-found", "hydroxide-without-reductant"}),
        ("t2-08", "probably hydrated", {"hydroxylated-target"}),
        ("t2-10", "uncertain", {"dry-reagents", "protective-layer", "judged-doubtful"}),
        # Li2(OH)Br + Li, disputed by Friese
        ("t2-11", "probably hydrated", {"reductant-used", "hydroxide-found"}),
        # Zhu: Li2O + LiBr, the most likely preparation
        ("t2-14", "probably dry", {"dry-reagents", "judged-likely"}),
        # sodium: Na2O + NaCl under argon, Na metal, milling
        ("t2-21", "probably dry", {"dry-reagents", "sodium-analogue", "inert-gas"}),
        ("t2-22", "probably dry", {"reductant-used", "sodium-in-excess"}),
        ("t2-24", "probably dry", {"dry-reagents", "inert-gas"}),
        # conductivities take the route of their study
        ("t4-01", "probably hydrated", {"hydroxide-without-reductant", "conductivity-above-dry-limit"}),
        ("t4-06", "uncertain", {"dry-reagents"}),
        ("t4-07", "probably hydrated", {"hydroxide-found"}),
        ("t4-11", "probably hydrated", {"not-reproduced"}),
        ("t4-64", "uncertain", {"not-reproduced", "sodium-analogue"}),
        ("t4-66", "probably dry", {"dry-reagents"}),
    ],
)
def test_verdicts_argued_by_hand(name: str, verdict: str, reasons: set[str]) -> None:
    found = trust_of(row(name))
    assert found.verdict == verdict
    assert reasons <= fired(found)


@pytest.mark.parametrize("name", ["t2-15", "t2-20", "t4-16", "t4-24", "t4-28", "t4-30", "t4-36"])
def test_hydroxides_are_not_asked(name: str) -> None:
    found = trust_of(row(name))
    assert (found.verdict, found.points, fired(found)) == ("not applicable", None, {"hydroxide-by-formula"})


def test_models_and_hydrides_are_not_asked() -> None:
    assert fired(trust_of(row("t4-03"))) == {"modelled"}
    assert fired(trust_of(row("t4-69"))) == {"no-oxide-centre"}


@pytest.mark.parametrize("item", SHIPPED, ids=lambda item: item.id)
def test_every_row_has_a_verdict_with_an_argument(item: SynthesisRow | ConductivityRow) -> None:
    found = trust_of(item)
    assert TrustVerdict.model_validate_json(found.model_dump_json()) == found
    assert found.rules
    assert found.argument
    for rule in found.rules:
        assert rule.argument
        assert rule.evidence
        for key in rule.citations:
            assert citation(key)
    if found.verdict == "not applicable":
        assert found.points is None
    else:
        assert found.points == sum(rule.points for rule in found.rules)
        limits = trust_rules().limits
        assert (found.verdict == "probably dry") == (found.points >= limits.dry)
        assert (found.verdict == "probably hydrated") == (found.points <= limits.hydrated)


def test_report_covers_both_tables_and_filters() -> None:
    assert len([v for v in trust_report() if v.row in {item.id for item in SHIPPED}]) == len(SHIPPED) == 94
    assert {v.table for v in trust_report("Li3OCl")} == {2, 4}
    assert {v.table for v in trust_report("Li3OCl", tables=(4,))} == {4}
    assert trust_report("Ag3SI") == ()


def test_lithium_chloride_samples_are_never_probably_dry() -> None:
    # section 3: a dry Li3OCl "has not been achieved or sufficiently proven"
    assert "probably dry" not in {v.verdict for v in trust_report("Li3OCl")}


def test_other_tables_are_refused() -> None:
    with pytest.raises(OptionError, match="tables 2 and 4"):
        trust_of(compositions()[0])
    with pytest.raises(OptionError, match="table 3 is not judged"):
        trust_report(tables=(3,))


# The user's own rows


def route(**changes: object) -> SynthesisRow:
    base = row("t2-14").model_copy(update={"id": "own-1", "citations": ("dawson2021",), "study": "own"})
    return base.model_copy(update=changes)


def test_air_counts_against_an_otherwise_dry_route() -> None:
    dry, aired = trust_of(route()), trust_of(route(atmosphere="dry air"))
    assert "handled-in-air" in fired(aired) - fired(dry)
    assert dry.points is not None
    assert aired.points == dry.points - 2


def test_argon_counts_for_and_vacuum_does_not() -> None:
    assert "inert-gas" in fired(trust_of(route(atmosphere="Ar")))
    assert "inert-gas" not in fired(trust_of(route(atmosphere="vacuum")))


def test_reductant_replaces_the_complaint_about_hydroxide() -> None:
    wet = trust_of(route(reagents=("LiOH", "LiBr")))
    reduced = trust_of(route(reagents=("LiOH", "LiBr", "LiH")))
    assert "hydroxide-without-reductant" in fired(wet)
    assert "hydroxide-without-reductant" not in fired(reduced)
    assert "reductant-used" in fired(reduced)
    assert "dry-reagents" not in fired(wet) | fired(reduced)


# Conductivity rules


def measured(name: str, temperature_K: float, sigma: float) -> ConductivityRow:
    def quantity(value: float, unit: str) -> Quantity:
        return Quantity(value=value, uncertainty=None, unit=unit, method="test", source="test")

    return row("t4-01").model_copy(
        update={
            "id": name,
            "group": "own",
            "citations": ("dawson2021",),
            "conductivity": quantity(sigma, "S/cm"),
            "temperature": quantity(temperature_K, "K"),
        }
    )


def test_apparent_energy_of_an_arrhenius_line() -> None:
    # sigma T = A exp(-0.3 eV / k T), k = 8.617333e-5 eV/K
    line = [(T, 1e3 / T * math.exp(-0.3 / (8.617333262e-5 * T))) for T in (300.0, 350.0)]
    assert apparent_energy(line[0], line[1]) == pytest.approx(0.3, rel=1e-6)


def test_a_jump_at_the_transition_of_the_hydroxide_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # the conductivities Wang et al. measured on Li2OHCl, as if under the name Li3OCl
    low, high = measured("own-1", 310, 1.2e-8), measured("own-2", 312, 1.4e-6)
    monkeypatch.setattr("antiperovskite.evidence.trust.conductivities", lambda: (low, high))
    assert "conductivity-jump" in fired(trust_of(low))
    assert "conductivity-jump" in fired(trust_of(high))
    smooth = measured("own-2", 320, 2e-8)
    monkeypatch.setattr("antiperovskite.evidence.trust.conductivities", lambda: (low, smooth))
    assert "conductivity-jump" not in fired(trust_of(low))


def test_a_jump_elsewhere_is_not_the_hydroxide(monkeypatch: pytest.MonkeyPatch) -> None:
    low, high = measured("own-1", 480, 1e-8), measured("own-2", 482, 1e-6)
    monkeypatch.setattr("antiperovskite.evidence.trust.conductivities", lambda: (low, high))
    assert "conductivity-jump" not in fired(trust_of(low))


def test_vacancy_fraction_by_hand() -> None:
    # D = 8/6 * (3.91e-8 cm)^2/2 * 1e13/s * exp(-0.30/0.025680) = 8.6e-8 cm2/s at 298 K; N = 5.02e22 / cm3
    # sigma(c = 1) = N e D / (kT in eV) = 0.027 S/cm, so 0.85e-3 S/cm needs 3 % empty sites
    assert vacancy_fraction(0.85e-3, 298, trust_rules().conductivity_limit) == pytest.approx(0.0316, rel=0.03)


@given(st.floats(1e-12, 1.0), st.floats(200, 800), st.floats(1.01, 100))
def test_vacancy_fraction_is_linear_and_falls_with_temperature(sigma: float, T: float, factor: float) -> None:
    limits = trust_rules().conductivity_limit
    assert vacancy_fraction(factor * sigma, T, limits) == pytest.approx(factor * vacancy_fraction(sigma, T, limits))
    assert vacancy_fraction(sigma, T + 10, limits) < vacancy_fraction(sigma, T, limits)


# Numbers from the stability room, handed in


def numbers(hull: float, hydration: float, uncertainty: float | None = None) -> DryPhaseNumbers:
    def quantity(value: float, unit: str, error: float | None) -> Quantity:
        return Quantity(value=value, uncertainty=error, unit=unit, method="test", source="toy engine")

    return DryPhaseNumbers(
        formula="Li3OBr",
        energy_above_hull=quantity(hull, "eV/atom", uncertainty),
        hydration_energy=quantity(hydration, "eV/H2O", None),
    )


def test_computed_instability_counts_only_beyond_its_uncertainty_and_with_hygroscopy() -> None:
    zhu = row("t2-14")
    against = trust_of(zhu, computed=numbers(0.02, -0.8))
    assert "computed-thermodynamics" in fired(against)
    assert against.verdict == "uncertain"
    for harmless in (numbers(0.02, -0.8, 0.03), numbers(-0.01, -0.8), numbers(0.02, -0.1)):
        assert "computed-thermodynamics" not in fired(trust_of(zhu, computed=harmless))
    # numbers of another compound say nothing
    assert "computed-thermodynamics" not in fired(trust_of(row("t2-03").model_copy(), computed=None))
    assert "computed-thermodynamics" not in fired(trust_of(row("t2-21"), computed=numbers(0.02, -0.8)))


# Rules file and overrides


def test_rules_and_facts_match_one_to_one() -> None:
    names = [rule.id for rule in trust_rules().rules]
    assert len(set(names)) == len(names)
    assert set(names) == DETECTED | KNOWN_ELSEWHERE


def test_rules_file_with_an_orphan_rule_is_refused(tmp_path: Path) -> None:
    text = package_data("evidence", "trust_rules.yaml").read_text(encoding="utf-8")
    path = tmp_path / "rules.yaml"
    path.write_text(text.replace("- id: hydrothermal", "- id: moonlight"), encoding="utf-8")
    with pytest.raises(DataError, match="'moonlight' has no fact"):
        read_trust_rules(path)


def overrides(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_verdict_can_be_overridden_and_says_so(tmp_path: Path) -> None:
    own = read_overrides(
        overrides(tmp_path, "verdicts:\n- {row: t2-14, verdict: probably hydrated, reason: our neutron data}\n")
    )
    found = trust_of(row("t2-14"), own)
    assert (found.verdict, found.overridden, found.argument) == (
        "probably hydrated",
        "probably dry",
        "our neutron data",
    )
    assert found.rules == trust_of(row("t2-14")).rules
    assert trust_of(row("t2-13"), own).overridden is None


def test_points_and_facts_can_be_overridden(tmp_path: Path) -> None:
    own = read_overrides(
        overrides(
            tmp_path,
            "points:\n- {rule: judged-likely, points: 0, reason: no opinions}\n"
            "facts:\n- {row: t2-14, fact: handled-in-air, reason: a visitor saw it}\n"
            "- {row: t2-21, fact: inert-gas, holds: false, reason: the glovebox leaked}\n",
        )
    )
    found = trust_of(row("t2-14"), own)
    before = trust_of(row("t2-14"))
    assert before.points is not None
    assert found.points == before.points - 1 - 2
    assert found.verdict == "uncertain"
    assert any("a visitor saw it" in rule.evidence for rule in found.rules)
    assert any("no opinions" in rule.argument for rule in found.rules)
    assert "inert-gas" not in fired(trust_of(row("t2-21"), own))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("verdicts:\n- {row: t2-99, verdict: uncertain, reason: x}\n", "verdicts, entry 1: unknown row 't2-99'"),
        ("verdicts:\n- {row: t2-14, verdict: bone dry, reason: x}\n", "verdicts, entry 1: verdict"),
        ("verdicts:\n- {row: t2-14, verdict: uncertain}\n", "verdicts, entry 1: reason"),
        ("verdicts:\n- {row: t2-14, verdict: uncertain, reason: ''}\n", "verdicts, entry 1: reason"),
        (
            "verdicts:\n- {row: t2-14, verdict: uncertain, reason: x}\n"
            "- {row: t2-14, verdict: probably dry, reason: y}\n",
            "verdicts, entry 2: row 't2-14' is overridden twice",
        ),
        ("points:\n- {rule: hydrothermel, points: 1, reason: x}\n", "did you mean 'hydrothermal'"),
        ("points:\n- {rule: hydrothermal, points: 9, reason: x}\n", "points, entry 1: points"),
        ("facts:\n- {row: t2-14, fact: modelled, reason: x}\n", "facts, entry 1: unknown fact 'modelled'"),
        ("veredicts: []\n", "veredicts"),
        ("- 1\n", "own.yaml"),
        ("verdicts: [\n", "not valid YAML"),
    ],
)
def test_bad_overrides_are_refused_with_file_entry_and_reason(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_overrides(overrides(tmp_path, text))
    assert "own.yaml" in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_overrides_file_changes_nothing(tmp_path: Path) -> None:
    assert trust_of(row("t2-05"), read_overrides(overrides(tmp_path, "# nothing yet\n"))) == trust_of(row("t2-05"))
