"""The default descriptor with its stated reliability, and its predictions with the domain they hold in.

Nothing trained is stored: the model is trained from the shipped labels on use, with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from antiperovskite._files import package_data
from antiperovskite.errors import DataError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.descriptors.results import Prediction, Recommendation, Reliability, Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.stability.descriptors.data_set import DataSet
    from antiperovskite.stability.descriptors.features import Features
    from antiperovskite.stability.descriptors.models import Descriptor, Model

SEED: Final = 0
LEVERAGE_FACTOR: Final = 3.0
"""Leverage above this many times its mean marks a composition far from the labelled ones."""


def recommendation_of(study: Study) -> Recommendation:
    """Condense a study to its recommendation (what the shipped file holds)."""
    from antiperovskite.stability.descriptors.models import descriptor

    mine = [e for e in study.evaluations if e.descriptor == study.recommended]
    parts = []
    for e in mine:
        interval = f", 95 % interval {e.interval_auc[0]:.2f} to {e.interval_auc[1]:.2f}" if e.interval_auc else ""
        if e.auc.value is not None and e.balanced_accuracy.value is not None:
            parts.append(
                f"leave one {e.grouping} out: AUC {e.auc.value:.2f}{interval}, balanced accuracy "
                f"{e.balanced_accuracy.value:.2f}"
            )
    statement = (
        f"{'; '.join(parts)} (n = {study.n_made} made, {study.n_not_made} not made). "
        f"{'It leaks: ' + mine[0].leak.removeprefix('leak: ') + '. ' if mine and mine[0].leak else ''}"
        "It says nothing about B anions without labels."
    )
    return Recommendation(
        descriptor=study.recommended,
        title=descriptor(study.recommended).title,
        because=study.recommended_because,
        statement=statement,
        reliability=tuple(
            Reliability(
                grouping=e.grouping,
                n=e.n_made + e.n_not_made,
                balanced_accuracy=e.balanced_accuracy,
                interval_balanced_accuracy=e.interval_balanced_accuracy,
                auc=e.auc,
                interval_auc=e.interval_auc,
                p_holm=e.p_holm,
                wrong=e.wrong,
            )
            for e in mine
        ),
        seed=study.seed,
    )


@cache
def recommended_descriptor() -> Recommendation:
    """Return the default ``stability`` descriptor and what it is worth, as the shipped study found it.

    Raises
    ------
    DataError
        The shipped file does not validate.

    Examples
    --------
    >>> recommended_descriptor().seed
    0
    """
    from pydantic import ValidationError

    path = package_data("stability/descriptors", "recommendation.json")
    try:
        return Recommendation.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise DataError(f"{path} is not a recommendation: {' '.join(str(error).split())[:200]}") from error


class Predictor:
    """A descriptor trained on all clear labels of the core, with the domain it was trained in."""

    def __init__(self, name: str | None = None, seed: int = SEED) -> None:
        import numpy as np

        from antiperovskite.stability.descriptors.data_set import clear_label, computable, data_set
        from antiperovskite.stability.descriptors.features import PHYSICAL
        from antiperovskite.stability.descriptors.labels import labels
        from antiperovskite.stability.descriptors.models import descriptor

        self.descriptor: Descriptor = descriptor(name or recommended_descriptor().descriptor)
        everything = data_set(labels(), clear_label)
        self.train: DataSet = everything.where(computable(self.descriptor, everything))
        self.model: Model = self.descriptor.build(seed).fit(self.train.inputs(self.descriptor.inputs), self.train.truth)
        self.seen = {site: {getattr(row, site) for row in self.train.rows} for site in "XBA"}
        known = self.train.inputs(PHYSICAL)
        varying = known.std(axis=0) > 0.0
        self._names = [name for name, keep in zip(PHYSICAL, varying, strict=True) if keep]
        design = self._design(self.train.inputs(self._names))
        self._inverse = np.linalg.pinv(design.T @ design)
        self.limit = LEVERAGE_FACTOR * design.shape[1] / design.shape[0]
        self._by_B = {
            B: (
                sum(int(t) for row, t in zip(self.train.rows, self.train.truth, strict=True) if row.B == B),
                sum(1 - int(t) for row, t in zip(self.train.rows, self.train.truth, strict=True) if row.B == B),
            )
            for B in self.seen["B"]
        }

    @staticmethod
    def _design(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        return np.column_stack([np.ones(len(inputs)), inputs])

    def leverage(self, row: Features) -> float | None:
        """h = x (D^T D)^-1 x^T with the design matrix D of radii and charges; ``None`` if a radius is missing."""
        import numpy as np

        from antiperovskite.stability.descriptors.features import matrix

        x = self._design(matrix([row], self._names))
        return None if np.isnan(x).any() else float((x @ self._inverse @ x.T)[0, 0])

    def domain(self, row: Features, leverage: float | None) -> tuple[str, ...]:
        """Why a composition is outside the domain; empty inside."""
        reasons = []
        unseen = {site: getattr(row, site) for site in "XB" if getattr(row, site) not in self.seen[site]}
        for site, ions in unseen.items():
            reasons.append(f"no labelled composition has {ions} on {site}")
        if row.mixed:
            reasons.append("several ions share a site; every label is for whole sites")
        r_A, r_B = row.values.get("r_A"), row.values.get("r_B")
        if r_A is not None and r_B is not None and r_B >= r_A:
            reasons.append(f"the B anion ({r_B:.2f} angstrom) is not smaller than the A anion ({r_A:.2f} angstrom)")
        if leverage is not None and leverage > self.limit:
            reasons.append(f"leverage {leverage:.2f} above {self.limit:.2f}: far from the labelled compositions")
        return tuple(reasons)

    def predict(self, rows: Sequence[Features], literature: dict[str, str]) -> tuple[Prediction, ...]:
        """Predict compositions; ``literature`` maps formulas to label statuses."""
        import numpy as np

        from antiperovskite.stability.descriptors.features import matrix

        if not rows:
            return ()
        inputs = matrix(rows, self.descriptor.inputs)
        missing: NDArray[np.bool_] = np.asarray(np.isnan(inputs).any(axis=1))
        if self.descriptor.imputes:
            missing = np.asarray(
                np.isnan(inputs[:, :-1]).any(axis=1)
            )  # the hull distance, last, may be imputed; radii may not
        ready = np.where(missing[:, None], 0.0, inputs)
        values = self.model.probability(ready)
        return tuple(
            self._prediction(row, None if lacking else float(value), literature.get(row.formula, "unlabelled"))
            for row, value, lacking in zip(rows, values, missing, strict=True)
        )

    def _prediction(self, row: Features, value: float | None, label: str) -> Prediction:
        leverage = self.leverage(row)
        reasons = self.domain(row, leverage)
        source = "labels.yaml, trained on use"
        if value is None:
            why = "; ".join(dict.fromkeys(row.missing[n] for n in self.descriptor.inputs if n in row.missing))
            probability: AnyQuantity = NotComputed(unit="1", method=f"{self.descriptor.title} is not defined: {why}")
            domain, verdict, reasons = "not computable", "no prediction", (why, *reasons)
        else:
            probability = Quantity(
                value=round(value, 4),
                uncertainty=None,
                unit="1",
                n=len(self.train.rows),
                method=f"{self.descriptor.title}, classes counted equally; no uncertainty of its own: see the stated "
                "reliability of the descriptor",
                source=source,
            )
            domain = "outside" if reasons else "inside"
            verdict = "no prediction" if reasons else "favoured" if value > 0.5 else "disfavoured"
        made, not_made = self._by_B.get(row.B, (0, 0))
        return Prediction(
            formula=row.formula,
            X=row.X,
            B=row.B,
            A=row.A,
            probability=probability,
            verdict=verdict,
            domain=domain,
            domain_reasons=reasons,
            leverage=NotComputed(unit="1", method="a radius is missing")
            if leverage is None
            else Quantity(
                value=round(leverage, 4),
                uncertainty=None,
                unit="1",
                n=len(self.train.rows),
                method=f"leverage of radii and charges; limit {self.limit:.3f}; no uncertainty: exact",
                source=source,
            ),
            record=f"{row.B}: {made} made, {not_made} not",
            label=label,
            seed_rule=bool(row.values["seed_rule"]),
        )


@cache
def _predictor(name: str | None, seed: int) -> Predictor:
    return Predictor(name, seed)


@cache
def _statuses() -> dict[str, str]:
    from antiperovskite.composition import resolve
    from antiperovskite.stability.descriptors.labels import labels

    return {resolve(label.formula).canonical: label.status for label in labels()}


def predict(formulas: Iterable[str], descriptor: str | None = None, seed: int = SEED) -> tuple[Prediction, ...]:
    """Ask the default descriptor (or another one) about compositions.

    Parameters
    ----------
    formulas
        Texts such as ``"K3OBH4"``.
    descriptor
        Name of a descriptor of the study; the recommended one without it.
    seed
        Seeds models that draw random numbers.

    Raises
    ------
    FormulaError
        A text is not an anti-perovskite formula.
    OptionError
        An unknown descriptor, or a framework other than that of X3BA.

    Examples
    --------
    >>> [(p.verdict, p.domain) for p in predict(["K3OBH4", "Li3SeBr"])]
    [('favoured', 'inside'), ('no prediction', 'outside')]
    """
    from antiperovskite.composition import resolve
    from antiperovskite.stability.descriptors.features import features

    predictor = _predictor(descriptor, seed)
    resolved = [resolve(text) for text in formulas]
    with_hull = "hull" in predictor.descriptor.inputs
    rows = [features(formula, with_hull=with_hull) for formula in resolved]
    literature = {
        formula.formula: _statuses()[formula.canonical] for formula in resolved if formula.canonical in _statuses()
    }
    return predictor.predict(rows, literature)


def space_formulas() -> tuple[str, ...]:
    """Every charge-balanced X3BA, and X2(OH)A of monovalent X and A, of one registered ion a site.

    Cations carry their first charge. A composition that the formula reader assigns to other sites (the smaller anion
    takes B) is listed once, as it is read.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.errors import FormulaError
    from antiperovskite.ions import known_ions

    ions = known_ions()
    on: dict[str, list[str]] = {site: [s for s, ion in ions.items() if site in ion.sites] for site in "XBA"}
    found: dict[str, None] = {}
    for text in _balanced(on, {symbol: ion.charge for symbol, ion in ions.items()}):
        try:
            formula = resolve(text)
        except FormulaError:
            continue
        if formula.framework == "3D" and all(len(getattr(formula.sites, site)) == 1 for site in "XBA"):
            found[formula.canonical] = None
    return tuple(found)


def _balanced(on: dict[str, list[str]], charges: dict[str, int]) -> Iterator[str]:
    from antiperovskite.ions import ion

    def written(symbol: str) -> str:
        entry = ion(symbol)
        if not entry.is_cluster:
            return symbol
        return "(" + "".join(f"{e}{n if n > 1 else ''}" for e, n in entry.elements.items()) + ")"

    for X in on["X"]:
        for B in on["B"]:
            for A in on["A"]:
                total = -(charges[B] + charges[A])
                if A != B and total == 3 * charges[X]:
                    yield f"{X}3{written(B)}{written(A)}"
                elif B == "OH" and charges[X] == 1 and total == 2:
                    yield f"{X}2{written(B)}{written(A)}"


def predict_space(descriptor: str | None = None, seed: int = SEED) -> tuple[Prediction, ...]:
    """Predict every composition of :func:`space_formulas`, the domain marked."""
    return predict(space_formulas(), descriptor, seed)
