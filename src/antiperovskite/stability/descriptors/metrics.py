"""Scores of predicted probabilities: balanced accuracy, ROC AUC, Brier score; intervals and p-values by groups.

All take ``truth`` (1 made, 0 not made), ``probability`` and ``group`` of shape ``(n_compositions,)``. Related
compositions share a group; the bootstrap draws whole groups, the permutation moves whole blocks of labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

MIN_GROUPS: Final = 5
"""Fewest groups that a bootstrap over groups may draw from."""
LEVEL: Final = 0.95
SOURCE: Final = "stability/descriptors/data/labels.yaml"


class Scores(NamedTuple):
    """Balanced accuracy at probability 1/2, area under the ROC curve, class-balanced Brier score."""

    balanced_accuracy: float
    auc: float
    brier: float


class Terms(NamedTuple):
    """What the scores need of the predictions, computed once: see :func:`terms`."""

    correct: Array
    squared: Array
    wins: Array


class Interval(NamedTuple):
    """Percentile interval and standard deviation of bootstrap values."""

    low: float
    high: float
    deviation: float


class Bootstrap(NamedTuple):
    """Intervals of both scores and the share of draws that held both classes."""

    balanced_accuracy: Interval
    auc: Interval
    share_usable: float


def terms(probability: Array) -> Terms:
    """Prepare predictions for scoring against any labels.

    ``correct[k]`` and ``squared[k]`` are 0/1 accuracy and squared error if the label is k, shape ``(2, n)``;
    ``wins[i, j]`` is 1 where composition i is ranked above j, 1/2 where they tie, shape ``(n, n)``.
    """
    made = probability > 0.5
    tie = np.isclose(probability, 0.5, rtol=0.0, atol=1e-12)
    hit = np.where(tie, 0.5, made.astype(np.float64))
    wins = (probability[:, None] > probability[None, :]) + 0.5 * (probability[:, None] == probability[None, :])
    return Terms(
        correct=np.stack([1.0 - hit, hit]),
        squared=np.stack([probability**2, (1.0 - probability) ** 2]),
        wins=wins.astype(np.float64),
    )


def score(parts: Terms, truth: Integers, weight: Array | None = None) -> Scores:
    """Score predictions; every score is ``nan`` without both classes.

    Balanced accuracy = (recall of made + recall of not made) / 2; AUC = P(made ranked above not made) + P(tie) / 2;
    Brier = mean over the two classes of the mean squared error, so that always saying 1/2 gives 0.25.
    """
    w = np.ones(len(truth)) if weight is None else weight
    positive, negative = w * truth, w * (1 - truth)
    n_positive, n_negative = positive.sum(), negative.sum()
    if n_positive == 0.0 or n_negative == 0.0:
        return Scores(np.nan, np.nan, np.nan)
    accuracy = 0.5 * (positive @ parts.correct[1] / n_positive + negative @ parts.correct[0] / n_negative)
    auc = positive @ parts.wins @ negative / (n_positive * n_negative)
    brier = 0.5 * (positive @ parts.squared[1] / n_positive + negative @ parts.squared[0] / n_negative)
    return Scores(float(accuracy), float(auc), float(brier))


def bootstrap(
    probability: Array, truth: Integers, group: Integers, rng: np.random.Generator, draws: int
) -> Bootstrap | None:
    """Intervals of balanced accuracy and AUC from resampled groups, and the share of draws with both classes.

    ``None`` with fewer than ``MIN_GROUPS`` groups. The predictions are kept: this is the spread over which
    compositions happened to be tried, not over refitted models.
    """
    n_groups = int(group.max()) + 1
    if n_groups < MIN_GROUPS:
        return None
    parts = terms(probability)
    values = []
    for _ in range(draws):
        counts = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)
        values.append(score(parts, truth, counts[group].astype(np.float64))[:2])
    table = np.array(values)
    usable = ~np.isnan(table).any(axis=1)
    if usable.sum() < 100:
        return None
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(table[usable], [tail, 1.0 - tail], axis=0)
    deviation = table[usable].std(axis=0, ddof=1)
    accuracy, auc = (Interval(float(low[k]), float(high[k]), float(deviation[k])) for k in (0, 1))
    return Bootstrap(accuracy, auc, float(usable.mean()))


def permute_blocks(truth: Integers, group: Integers, rng: np.random.Generator) -> Integers:
    """Labels moved as whole blocks: the groups' label sequences in a new order, rotated by a random offset.

    Compositions stay in group order, so that runs of equal labels stay runs; within a block the order is random.
    """
    blocks = [rng.permutation(truth[group == g]) for g in range(int(group.max()) + 1)]
    laid = np.concatenate([blocks[k] for k in rng.permutation(len(blocks))])
    laid = np.roll(laid, rng.integers(0, len(laid)))
    moved = np.empty_like(truth)
    moved[np.argsort(group, kind="stable")] = laid
    return moved


def permutation_p(
    probability: Array, truth: Integers, group: Integers, rng: np.random.Generator, permutations: int
) -> tuple[float, float]:
    """One-sided p-values of balanced accuracy and of AUC: (1 + number at least as good) / (1 + permutations).

    The held-out predictions are kept and the labels moved in blocks (:func:`permute_blocks`).
    """
    parts = terms(probability)
    found = np.array(score(parts, truth)[:2])
    better = np.zeros(2)
    for _ in range(permutations):
        better += np.array(score(parts, permute_blocks(truth, group, rng))[:2]) >= found - 1e-12
    accuracy, auc = (1.0 + better) / (1.0 + permutations)
    return float(accuracy), float(auc)


def holm(p_values: list[float]) -> list[float]:
    """Holm's step-down adjustment for several comparisons, in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    running = 0.0
    for rank, k in enumerate(order):
        running = max(running, (len(p_values) - rank) * p_values[int(k)])
        adjusted[k] = min(running, 1.0)
    return [round(float(value), 12) for value in adjusted]
