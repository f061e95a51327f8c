"""A descriptor trained on Li, Na and K and asked about the silver, alkaline-earth and 3d-metal families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.descriptors import metrics
from antiperovskite.stability.descriptors.data_set import DataSet, computable, data_set
from antiperovskite.stability.descriptors.labels import Family, Label
from antiperovskite.stability.descriptors.models import DESCRIPTORS, Descriptor
from antiperovskite.stability.descriptors.results import Transfer

if TYPE_CHECKING:
    from numpy.typing import NDArray


def transfers(known: Sequence[Label], core: DataSet, seed: int) -> list[Transfer]:
    """Train on the whole core, predict the other families (remembered labels included: nothing is fitted to them)."""
    results = []
    families = dict.fromkeys(label.family for label in known if label.family != "core")
    for family in families:
        data = _family(known, family)
        results += [_transfer(family, descriptor, core, data, seed) for descriptor in DESCRIPTORS]
    return results


def _family(known: Sequence[Label], family: Family) -> DataSet:
    def made(label: Label) -> bool | None:
        return label.status == "made" if label.family == family and label.status in ("made", "not made") else None

    return data_set(known, made)


def _transfer(family: str, descriptor: Descriptor, core: DataSet, data: DataSet, seed: int) -> Transfer:
    train = core.where(computable(descriptor, core))
    # a classifier's imputation is for a hull distance here and there, not for a family without any radius
    needed = [name for name in descriptor.inputs if not (descriptor.imputes and name == "hull")]
    mask: NDArray[np.bool_] = np.asarray(~np.isnan(data.inputs(needed)).any(axis=1))
    asked = data.where(mask)
    said = np.zeros(0, dtype=bool)
    if len(asked.truth):
        model = descriptor.build(seed).fit(train.inputs(descriptor.inputs), train.truth)
        said = model.probability(asked.inputs(descriptor.inputs)) > 0.5
    made, not_made = said[asked.truth == 1], said[asked.truth == 0]
    return Transfer(
        family=family,
        descriptor=descriptor.name,
        n_made=len(made),
        n_not_made=len(not_made),
        n_not_computable=int((~mask).sum()),
        recall_made=_recall(int(made.sum()), len(made), "made"),
        interval_recall=_clopper_pearson(int(made.sum()), len(made)) if len(made) else None,
        recall_not_made=_recall(int((~not_made).sum()), len(not_made), "not made"),
    )


def _recall(right: int, n: int, what: str) -> AnyQuantity:
    if n == 0:
        return NotComputed(unit="1", method=f"no composition of this family that is {what} has the descriptor")
    return Quantity(
        value=round(right / n, 4),
        uncertainty=None,
        unit="1",
        n=n,
        method=f"share of the compositions {what} that the model trained on Li, Na and K calls so; see the interval",
        source=metrics.SOURCE,
    )


def _clopper_pearson(right: int, n: int) -> tuple[float, float]:
    from scipy.stats import beta

    tail = (1.0 - metrics.LEVEL) / 2.0
    low = 0.0 if right == 0 else float(beta.ppf(tail, right, n - right + 1))
    high = 1.0 if right == n else float(beta.ppf(1.0 - tail, right + 1, n - right))
    return round(low, 4), round(high, 4)
