"""What is compared: fixed rules, single descriptors with a learnt cutoff or window, and learned classifiers.

Every model has ``fit(X, y)`` and ``probability(X)``: the probability-like score that a composition can be made, with
1/2 as the decision. Classes always count equally, whatever their sizes. Nothing is ever stored: models are trained
from the labels on use.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self

import numpy as np

from antiperovskite.stability.descriptors.features import PHYSICAL
from antiperovskite.stability.factors import TAU_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

Side = Literal["window", "cutoff", "below"]

RESOLUTION: Final = 1e-9
"""Smallest gap between two values, in training spreads, that a learnt limit may fall into."""

MAP_WINDOW: Final = (0.75, 0.9)
"""Where most synthesised compositions lie (10.1039/d1ta03680g, section 3, thermochemical radii)."""


class Model(Protocol):
    """A trainable predictor."""

    def fit(self, X: Array, y: Integers) -> Self:
        """Learn from rows ``X`` of shape ``(n, n_inputs)`` with labels ``y`` (1 made, 0 not made)."""
        ...

    def probability(self, X: Array) -> Array:
        """Return a value in [0, 1] a row, above 1/2 for "can be made"."""
        ...


class Window:
    """A value between two limits means "made"; limits that are ``None`` are learnt.

    Learnt limits maximise the balanced accuracy over all midpoints between training values: a ``"window"`` has two
    (one-sided ones included), a ``"cutoff"`` one on either side, ``"below"`` an upper one. Of equally good ones the
    one with the largest gaps to the nearest values is taken. The probability is
    the logistic function of the distance to the nearer limit in units of the training spread.
    """

    def __init__(self, low: float | None = None, high: float | None = None, *, side: Side = "window") -> None:
        self.fixed = low is not None and high is not None
        self.low = -math.inf if low is None else low
        self.high = math.inf if high is None else high
        self.side = side
        self.spread = 1.0

    def fit(self, X: Array, y: Integers) -> Self:
        """Learn the limits that are not fixed, and the spread."""
        values = X[:, 0]
        self.spread = float(values.std()) or 1.0
        if not self.fixed:
            self.low, self.high = _best_limits(values, y, self.side, RESOLUTION * self.spread)
        return self

    def probability(self, X: Array) -> Array:
        """Logistic function of the scaled distance to the nearer limit."""
        margin = np.minimum(X[:, 0] - self.low, self.high - X[:, 0]) / self.spread
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(4.0 * margin, -30.0, 30.0))))


def _best_limits(values: Array, y: Integers, side: Side, smallest_gap: float) -> tuple[float, float]:
    ordered = np.unique(values)
    # a limit between values that the probability cannot tell apart would claim a separation it does not make
    apart = np.diff(ordered) > smallest_gap
    middle = ((ordered[1:] + ordered[:-1]) / 2.0)[apart]
    gap = (np.diff(ordered) / 2.0)[apart]
    lows = np.concatenate([[-np.inf], middle])
    highs = np.concatenate([middle, [np.inf]])
    low_gap = np.concatenate([[np.inf], gap])
    high_gap = np.concatenate([gap, [np.inf]])
    weight = np.where(y == 1, 0.5 / max(int(y.sum()), 1), -0.5 / max(int((1 - y).sum()), 1))
    best: tuple[float, float] = (-math.inf, 0.0)
    limits = (-math.inf, math.inf)
    for i, low in enumerate(lows):
        for j, high in enumerate(highs):
            open_low, open_high = math.isinf(low), math.isinf(high)
            allowed = side == "window" or (side == "cutoff" and open_low != open_high) or (open_low and not open_high)
            if high <= low or not allowed or (open_low and open_high):
                continue
            inside = (values > low) & (values < high)
            rank = (round(float(weight[inside].sum()), 12), float(min(low_gap[i], high_gap[j])))
            if rank > best:
                best, limits = rank, (float(low), float(high))
    return limits


class Flag:
    """A yes/no rule: the input itself is the answer (1 or 0)."""

    def fit(self, X: Array, y: Integers) -> Self:
        """Nothing to learn."""
        return self

    def probability(self, X: Array) -> Array:
        """The rule's answer as 0 or 1."""
        return np.asarray(X[:, 0], dtype=np.float64)


class Lookup:
    """What was known before of the same ions: the class-weighted share that was made among equal inputs.

    The share is drawn to 1/2 with the weight of one composition; an ion never seen gives exactly 1/2. A classifier
    that does no better has learnt the identity of these ions and nothing else.
    """

    def __init__(self) -> None:
        self.inputs: Array = np.zeros((0, 0))
        self.weight: Array = np.zeros((0, 2))

    def fit(self, X: Array, y: Integers) -> Self:
        """Remember the training compositions; the classes count equally."""
        self.inputs = X
        self.weight = np.stack([(1 - y) / max(int((1 - y).sum()), 1), y / max(int(y.sum()), 1)], axis=1)
        return self

    def probability(self, X: Array) -> Array:
        """Shrunk share of made among the training compositions with equal inputs."""
        same = (np.abs(X[:, None, :] - self.inputs[None, :, :]) < 1e-9).all(axis=2)
        not_made, made = (same @ self.weight).T
        prior = 1.0 / len(self.inputs)
        return np.asarray((made + 0.5 * prior) / (made + not_made + prior), dtype=np.float64)


class Learned:
    """A scikit-learn classifier behind imputation by the training median and scaling (Pedregosa et al. 2011)."""

    def __init__(self, build: Callable[[], Any], *, weighted: bool = False) -> None:
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._classifier = build()
        self._weighted = weighted
        self._prepare = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())

    def fit(self, X: Array, y: Integers) -> Self:
        """Train; imputation and scaling see the training rows only."""
        ready = self._prepare.fit_transform(X)
        if self._weighted:
            weight = np.where(y == 1, 0.5 / y.sum(), 0.5 / (1 - y).sum()) * len(y)
            self._classifier.fit(ready, y, sample_weight=weight)
        else:
            self._classifier.fit(ready, y)
        return self

    def probability(self, X: Array) -> Array:
        """Class probability, or the logistic function of the decision value (support vectors)."""
        ready = self._prepare.transform(X)
        if hasattr(self._classifier, "predict_proba"):
            return np.asarray(self._classifier.predict_proba(ready)[:, 1], dtype=np.float64)
        return np.asarray(1.0 / (1.0 + np.exp(-self._classifier.decision_function(ready))), dtype=np.float64)


@dataclass(frozen=True)
class Descriptor:
    """One entry of the comparison."""

    name: str
    title: str
    kind: Literal["baseline", "fixed rule", "single descriptor", "classifier"]
    inputs: tuple[str, ...]
    build: Callable[[int], Model]
    imputes: bool = False
    leak: str = ""


def _logistic(_seed: int) -> Model:
    from sklearn.linear_model import LogisticRegression

    return Learned(lambda: LogisticRegression(class_weight="balanced", C=1.0, max_iter=1000))


def _svm(_seed: int) -> Model:
    from sklearn.svm import SVC

    return Learned(lambda: SVC(kernel="rbf", C=1.0, gamma="scale", class_weight="balanced"))


def _forest(seed: int) -> Model:
    from sklearn.ensemble import RandomForestClassifier

    return Learned(
        lambda: RandomForestClassifier(
            n_estimators=60, min_samples_leaf=2, class_weight="balanced", random_state=seed, n_jobs=1
        )
    )


def _boosting(seed: int) -> Model:
    from sklearn.ensemble import GradientBoostingClassifier

    return Learned(
        lambda: GradientBoostingClassifier(n_estimators=50, max_depth=2, learning_rate=0.1, random_state=seed),
        weighted=True,
    )


BASELINE: Final = "same_B"
"""What a descriptor must beat to be worth its inputs."""

_RECORD_LEAK: Final = (
    "leak: knows nothing but which B anions have worked, and the labels of S on B rest on the statement that none has"
)
_SEED_RULE_LEAK: Final = (
    "leak: the rule was read off the same compositions in 2021, and the labels of S on B rest on the statement "
    "that none has been made"
)

DESCRIPTORS: Final[tuple[Descriptor, ...]] = (
    Descriptor(
        "same_B",
        "B anion record: was anything made with the same B?",
        "baseline",
        ("r_B",),
        lambda _: Lookup(),
        leak=_RECORD_LEAK,
    ),
    Descriptor(
        "same_X_B",
        "X and B record: was anything made with the same X and B?",
        "baseline",
        ("r_X", "r_B"),
        lambda _: Lookup(),
        leak=_RECORD_LEAK,
    ),
    Descriptor(
        "seed_rule",
        "B anion is O, OH or H (fixed)",
        "fixed rule",
        ("seed_rule",),
        lambda _: Flag(),
        leak=_SEED_RULE_LEAK,
    ),
    Descriptor(
        "t_map",
        "0.75 < t < 0.9, thermochemical (fixed)",
        "fixed rule",
        ("t_thermochemical",),
        lambda _: Window(*MAP_WINDOW),
        leak="leak: the range was read off the same compositions in 2021",
    ),
    Descriptor(
        "tau_limit",
        f"Bartel tau < {TAU_LIMIT}, Shannon (fixed)",
        "fixed rule",
        ("tau_shannon",),
        lambda _: Window(-math.inf, TAU_LIMIT),
    ),
    Descriptor("hull_zero", "hull distance <= 0 (fixed)", "fixed rule", ("hull",), lambda _: Window(-math.inf, 0.0)),
    Descriptor("t_shannon", "Goldschmidt t, Shannon (window)", "single descriptor", ("t_shannon",), lambda _: Window()),
    Descriptor(
        "t_thermochemical",
        "Goldschmidt t, thermochemical (window)",
        "single descriptor",
        ("t_thermochemical",),
        lambda _: Window(),
    ),
    Descriptor(
        "mu",
        "octahedral factor r_B/r_X, thermochemical (cutoff)",
        "single descriptor",
        ("mu_thermochemical",),
        lambda _: Window(side="cutoff"),
    ),
    Descriptor(
        "tau_shannon",
        "Bartel tau, Shannon (cutoff)",
        "single descriptor",
        ("tau_shannon",),
        lambda _: Window(side="below"),
    ),
    Descriptor(
        "tau_thermochemical",
        "Bartel tau, thermochemical (cutoff)",
        "single descriptor",
        ("tau_thermochemical",),
        lambda _: Window(side="below"),
    ),
    Descriptor(
        "hull", "hull distance, 7net-0 (cutoff)", "single descriptor", ("hull",), lambda _: Window(side="below")
    ),
    Descriptor("logistic", "logistic regression, radii and charges", "classifier", PHYSICAL, _logistic),
    Descriptor("svm", "support vectors (RBF), radii and charges", "classifier", PHYSICAL, _svm),
    Descriptor("forest", "random forest, radii and charges", "classifier", PHYSICAL, _forest),
    Descriptor("boosting", "gradient boosting, radii and charges", "classifier", PHYSICAL, _boosting),
    Descriptor(
        "logistic_hull",
        "logistic regression, radii, charges and hull",
        "classifier",
        (*PHYSICAL, "hull"),
        _logistic,
        imputes=True,
    ),
)


def descriptor(name: str) -> Descriptor:
    """Return one entry of the comparison.

    Raises
    ------
    OptionError
        No entry has this name; the message lists those that exist.
    """
    from antiperovskite.errors import OptionError, best_match

    names = [entry.name for entry in DESCRIPTORS]
    if name not in names:
        raise OptionError(f"unknown descriptor {name!r}; choose one of {', '.join(names)}{best_match(name, names)}")
    return DESCRIPTORS[names.index(name)]
