"""The step that asks whether the relaxed structure is a minimum: cost, reuse, honesty, verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from antiperovskite.assessment import options, phonons
from antiperovskite.assessment.model import PhononCheck
from antiperovskite.assessment.options import DEPTHS, Options
from antiperovskite.assessment.phonons import PHONON_QUANTITIES, Phonons, assess_phonons, phonon_cost
from antiperovskite.assessment.verdicts.vibrations import phonon_verdict
from antiperovskite.composition import resolve
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.store import ResultStore
from antiperovskite.structures import candidate_structures
from antiperovskite.structures.model import StructureModel
from antiperovskite.vibrations.model import PhononStudy

TOY = Options("quick", "toy-ionic", ())


@pytest.fixture(scope="module")
def cubic() -> StructureModel:
    return candidate_structures(resolve("Li3OCl"))[0]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ResultStore:
    opened = ResultStore(tmp_path_factory.mktemp("phonons") / "store.sqlite")
    yield opened
    opened.close()


def silent(_step: str, _detail: str) -> None:
    """Report nothing."""


@pytest.fixture(scope="module")
def found(cubic: StructureModel, store: ResultStore) -> Phonons:
    return assess_phonons(cubic, TOY, store, silent)


def study_of(found: Phonons) -> PhononStudy:
    assert found.study is not None
    return found.study


def test_the_cost_bounds_what_is_computed(cubic: StructureModel, found: Phonons) -> None:
    cost = phonon_cost(cubic)
    assert cost.atoms == study_of(found).atoms_in_supercell == 40
    assert study_of(found).displacements <= cost.calculations == 18  # three inequivalent atoms


def test_quantities_are_those_of_the_study(found: Phonons) -> None:
    study, quantities = study_of(found), found.quantities
    assert list(quantities) == list(PHONON_QUANTITIES)
    lowest, count, share = quantities.values()
    assert isinstance(lowest, Quantity)
    assert lowest.value == study.lowest.value
    assert lowest.uncertainty is None
    assert "no uncertainty" in lowest.method
    assert isinstance(count, Quantity)
    assert count.value == sum(level.frequency < -0.1 for level in study.levels for _ in range(level.degeneracy))
    assert isinstance(share, Quantity)
    assert 0.0 <= share.value <= 1.0
    assert (count.value > 0) == (study.verdict == "unstable")


def test_the_second_time_nothing_is_computed(
    cubic: StructureModel, store: ResultStore, found: Phonons, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_a: object, **_k: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(phonons, "phonon_study", broken)
    assert assess_phonons(cubic, TOY, store, silent) == found


def test_forces_are_kept_beside_the_store(store: ResultStore, found: Phonons) -> None:
    assert found.study is not None
    assert [path.suffix for path in (store.path.parent / "forces").iterdir()] == [".json"]


def test_a_large_supercell_is_refused_with_its_size_and_what_to_do(
    cubic: StructureModel, store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(DEPTHS["quick"], phonon_work=719)
    monkeypatch.setitem(options.DEPTHS, "quick", small)
    refused = assess_phonons(cubic, TOY, store, silent)
    assert refused.study is None
    for text in ("40 atoms", "18 force calculations", "720", "719", "--depth standard", "structure phonons Li3OCl"):
        assert text in refused.reason
    for name, quantity in refused.quantities.items():
        assert isinstance(quantity, NotComputed)
        assert quantity.unit == PHONON_QUANTITIES[name]
        assert quantity.method == refused.reason


def test_other_engines_give_the_uncertainty(found: Phonons) -> None:
    first = found.checks[0]
    other = first.model_copy(
        update={"engine": "other", "lowest": first.lowest.model_copy(update={"value": first.lowest.value + 0.4})}
    )
    lowest = Phonons(found.study, (first, other)).quantities["lowest_phonon_frequency"]
    assert isinstance(lowest, Quantity)
    assert lowest.uncertainty == pytest.approx(0.4 / 2**0.5)
    assert lowest.n == 2
    assert "other" in lowest.method


def check(found: Phonons, verdict: str, engine: str = "e") -> PhononCheck:
    return found.checks[0].model_copy(update={"verdict": verdict, "engine": engine})


@pytest.mark.parametrize(
    ("verdicts", "answer"),
    [
        (["stable"], "likely"),
        (["unstable"], "unlikely"),
        (["undecided"], "unclear"),
        (["stable", "stable"], "yes"),
        (["unstable", "unstable"], "no"),
        (["stable", "unstable"], "unclear"),
        (["unstable", "undecided"], "unclear"),
    ],
)
def test_engines_that_agree_make_it_sure(found: Phonons, verdicts: list[str], answer: str) -> None:
    study = study_of(found).model_copy(update={"verdict": verdicts[0]})
    checks = tuple(check(found, verdict, f"e{k}") for k, verdict in enumerate(verdicts))
    drawn = phonon_verdict(resolve("Li3OCl"), Phonons(study, checks))
    assert drawn is not None
    assert drawn.answer == answer


def test_an_unstable_structure_names_its_modes_and_what_follows(found: Phonons) -> None:
    assert study_of(found).verdict == "unstable"  # bare charges and spheres do not hold a cubic cell up
    drawn = phonon_verdict(resolve("Li3OCl"), found)
    assert drawn is not None
    softest = study_of(found).unstable[0]
    assert drawn.reasons_against[0].startswith(f"{softest.name} at {softest.q_label}: {-softest.frequency:.2f}i THz")
    assert any("--follow" in caveat for caveat in drawn.caveats)


def test_nothing_computed_draws_no_verdict() -> None:
    assert phonon_verdict(resolve("Li3OCl"), Phonons(reason="not run")) is None


def test_a_shipped_ground_state_stands_among_the_reasons(found: Phonons) -> None:
    from antiperovskite.vibrations.records import ground_states

    card = ground_states("7net-0").records[0].engine
    study = study_of(found).model_copy(update={"engine": card, "formula": "Na3HS"})
    drawn = phonon_verdict(resolve("Na3HS"), Phonons(study, found.checks))
    assert drawn is not None
    assert "Pnma" in drawn.reasons_against[-1]
    assert "over k" in drawn.reasons_against[-1]
    assert not any("--follow" in caveat for caveat in drawn.caveats)


@pytest.mark.slow
def test_sodium_oxychloride_tilts_and_lithium_hydroxide_chloride_does_not(tmp_path: Path) -> None:
    """Na3OCl: soft M and R modes (10.1103/PhysRevApplied.19.034004, abstract)."""
    from antiperovskite.assessment import assess

    results = ResultStore(tmp_path / "store.sqlite")
    tilting, standing = assess(["Na3OCl", "Li2OHCl"], store=results)
    results.close()
    assert tilting.phonons is not None
    assert {level.q_label for level in tilting.phonons.unstable} == {"M", "R"}
    assert all("tilt" in level.name for level in tilting.phonons.unstable)
    assert standing.phonons is not None
    assert standing.phonons.verdict == "stable"
    assert {model.id for model in standing.published_models} >= {"howard-p4mm", "hanghofer-pban"}
    assert tilting.published_models == ()
