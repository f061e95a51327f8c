"""The study's statistics: planted truths are found, noise is not, groups never leak, seeds repeat."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.stability.descriptors import metrics
from antiperovskite.stability.descriptors.conclusions import choose
from antiperovskite.stability.descriptors.data_set import DataSet, clear_label, data_set
from antiperovskite.stability.descriptors.features import PHYSICAL, Features
from antiperovskite.stability.descriptors.labels import labels
from antiperovskite.stability.descriptors.models import DESCRIPTORS, Descriptor, Lookup, Window, descriptor
from antiperovskite.stability.descriptors.study import evaluate, held_out, run_study

ANIONS = ("O", "S", "H", "F", "OH", "Se", "N", "P")


def synthetic(n: int, rng: np.random.Generator, planted: bool) -> DataSet:
    """Compositions with random descriptors; if planted, t alone decides what is made."""
    t = rng.uniform(0.7, 1.0, n)
    truth = ((t > 0.8) & (t < 0.9)).astype(int) if planted else rng.permutation(np.arange(n) % 2)
    rows = []
    for k in range(n):
        values = dict.fromkeys(PHYSICAL, 0.0) | {name: float(rng.normal()) for name in PHYSICAL}
        values |= {"t_thermochemical": float(t[k]), "mu_thermochemical": float(rng.normal()), "seed_rule": 0.0}
        ions = {"X": ("Li", "Na", "K")[k % 3], "B": ANIONS[k % 8], "A": ("Cl", "Br", "I", "S", "Te")[k % 5]}
        rows.append(Features(formula=f"c{k}", **ions, mixed=False, values=values, missing={}))
    return DataSet(tuple(rows), truth)


def auc_of(found: Any) -> float:
    assert found.auc.value is not None
    return float(found.auc.value)


def test_a_planted_descriptor_is_found_and_the_others_are_not() -> None:
    data = synthetic(64, np.random.default_rng(1), planted=True)
    planted = evaluate(descriptor("t_thermochemical"), data, "B anion", draws=200, permutations=199)
    other = evaluate(descriptor("mu"), data, "B anion", draws=200, permutations=199)
    assert auc_of(planted) > 0.95
    assert planted.interval_auc is not None
    assert planted.interval_auc[0] > 0.8
    assert planted.p_auc == pytest.approx(1 / 200)
    assert auc_of(other) < 0.7
    assert other.p_auc is not None
    assert other.p_auc > 0.05


def test_labels_without_information_give_chance() -> None:
    values, covered, small = [], 0, 0
    for seed in range(12):
        data = synthetic(64, np.random.default_rng(100 + seed), planted=False)
        found = evaluate(descriptor("t_thermochemical"), data, "B anion", seed, draws=200, permutations=99)
        values.append(auc_of(found))
        assert found.interval_auc is not None
        assert found.p_auc is not None
        covered += found.interval_auc[0] <= 0.5 <= found.interval_auc[1]
        small += found.p_auc <= 0.05
    assert np.mean(values) == pytest.approx(0.5, abs=0.1)
    assert covered >= 8  # at worst; 95 % intervals of 12 samples
    assert small <= 2


@pytest.mark.parametrize("name", ["logistic", "svm", "forest", "boosting"])
def test_classifiers_learn_a_plain_rule(name: str) -> None:
    rng = np.random.default_rng(3)
    data = synthetic(48, rng, planted=False)
    rows = tuple(
        row.model_copy(update={"values": row.values | {"r_B": 1.0 + 0.5 * float(made)}})
        for row, made in zip(data.rows, data.truth, strict=True)
    )
    found = evaluate(descriptor(name), DataSet(rows, data.truth), "A anion", draws=0, permutations=0)
    assert auc_of(found) > 0.9
    assert found.p_auc is None


class _Spy:
    """A model that checks that no held-out composition was seen in training."""

    def __init__(self, _seed: int) -> None:
        self.seen: set[float] = set()

    def fit(self, X: Any, y: Any) -> _Spy:
        self.seen = set(X[:, 0].tolist())
        return self

    def probability(self, X: Any) -> Any:
        assert self.seen.isdisjoint(X[:, 0].tolist()), "a held-out group was in the training set"
        return np.full(len(X), 0.5)


@pytest.mark.parametrize("grouping", ["B anion", "A anion", "X cation"])
def test_groups_never_leak(grouping: Any) -> None:
    real = data_set(labels(), clear_label)
    site = grouping[0]
    numbers = {ion: float(k) for k, ion in enumerate(sorted({getattr(row, site) for row in real.rows}))}
    rows = tuple(
        row.model_copy(update={"values": {"mu_thermochemical": numbers[getattr(row, site)]}}) for row in real.rows
    )
    data = DataSet(rows, real.truth)
    spy = Descriptor("spy", "spy", "classifier", ("mu_thermochemical",), _Spy)
    assert len(set(data.groups(grouping).tolist())) == len(numbers)
    result = held_out(spy, data, data.groups(grouping), 0)
    assert not np.isnan(result).any()


def test_a_record_of_the_same_ion_knows_nothing_of_an_unseen_one() -> None:
    X = np.array([[1.0], [1.0], [2.0], [2.0]])
    model = Lookup().fit(X, np.array([1, 1, 0, 0]))
    said = model.probability(np.array([[1.0], [2.0], [3.0]]))
    assert said[0] > 0.5 > said[1]
    assert said[2] == 0.5


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=20, unique=True), st.integers(0, 2**16))
@settings(max_examples=30, deadline=None)
def test_a_learnt_window_is_never_worse_than_always_saying_one_class(values: list[float], bits: int) -> None:
    truth = np.array([(bits >> k) & 1 for k in range(len(values))])
    if len(set(truth.tolist())) < 2:
        truth[0] = 1 - truth[0]
    X = np.array(values)[:, None]
    said = Window().fit(X, truth).probability(X)
    assert metrics.score(metrics.terms(said), truth).balanced_accuracy >= 0.5 - 1e-9


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_scores_agree_with_scikit_learn(seed: int) -> None:
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score

    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(12) % 2)
    said = np.round(rng.uniform(0.01, 0.99, 12), 1) + 0.001
    found = metrics.score(metrics.terms(said), truth)
    assert found.auc == pytest.approx(roc_auc_score(truth, said))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, said > 0.5))


def test_known_scores() -> None:
    half = metrics.score(metrics.terms(np.full(4, 0.5)), np.array([1, 0, 1, 1]))
    assert half == metrics.Scores(0.5, 0.5, 0.25)
    perfect = metrics.score(metrics.terms(np.array([1.0, 0.0, 1.0])), np.array([1, 0, 1]))
    assert perfect == metrics.Scores(1.0, 1.0, 0.0)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_block_permutations_keep_the_classes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(15) % 3 == 0).astype(int)
    group = np.sort(rng.integers(0, 4, 15))
    group = np.unique(group, return_inverse=True)[1]
    moved = metrics.permute_blocks(truth, group, rng)
    assert moved.sum() == truth.sum()


def test_too_few_groups_give_no_interval() -> None:
    rng = np.random.default_rng(0)
    said, truth, group = rng.uniform(size=12), np.arange(12) % 2, np.arange(12) % 3
    assert metrics.bootstrap(said, truth, group, rng, 100) is None


@pytest.mark.parametrize("name", ["mu", "forest", "boosting"])
def test_the_same_seed_gives_the_same_numbers(name: str) -> None:
    data = data_set(labels(), clear_label)
    one, two = (evaluate(descriptor(name), data, "B anion", 7, draws=120, permutations=19) for _ in range(2))
    assert one == two


@pytest.mark.slow
def test_the_shipped_recommendation_is_what_the_study_finds() -> None:
    from antiperovskite.stability.descriptors.recommend import recommendation_of, recommended_descriptor
    from antiperovskite.stability.descriptors.results import Study

    study = run_study(0)
    assert Study.model_validate_json(study.model_dump_json()) == study
    assert {e.descriptor for e in study.evaluations} == {entry.name for entry in DESCRIPTORS}
    assert recommendation_of(study) == recommended_descriptor()
    assert choose(study.evaluations, study.n_made + study.n_not_made)[0] == study.recommended


def test_the_shipped_recommendation_matches_a_quick_run() -> None:
    """Point values need neither bootstrap nor permutation: they must agree with the shipped ones."""
    shipped = json.loads(
        files("antiperovskite").joinpath("stability/descriptors/data/recommendation.json").read_text(encoding="utf-8")
    )
    data = data_set(labels(), clear_label)
    for entry in shipped["reliability"]:
        found = evaluate(descriptor(shipped["descriptor"]), data, entry["grouping"], 0, draws=0, permutations=0)
        assert found.auc.value == entry["auc"]["value"]
        assert found.balanced_accuracy.value == entry["balanced_accuracy"]["value"]
        assert list(found.wrong) == entry["wrong"]
