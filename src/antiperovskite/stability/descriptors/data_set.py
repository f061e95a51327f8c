"""The labelled compositions as arrays: descriptors, labels and the groups that keep related ones together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from antiperovskite.stability.descriptors.features import Features, features, matrix
from antiperovskite.stability.descriptors.labels import Label, labels
from antiperovskite.stability.descriptors.models import Descriptor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

Grouping = Literal["B anion", "A anion", "X cation"]
GROUPINGS: Final[tuple[Grouping, ...]] = ("B anion", "A anion", "X cation")
_SITE: Final[dict[Grouping, str]] = {"B anion": "B", "A anion": "A", "X cation": "X"}


@dataclass(frozen=True)
class DataSet:
    """Compositions with descriptors and labels; ``truth`` is 1 for made and 0 for not made."""

    rows: tuple[Features, ...]
    truth: Integers

    @property
    def formulas(self) -> tuple[str, ...]:
        """The compositions."""
        return tuple(row.formula for row in self.rows)

    def inputs(self, names: Sequence[str]) -> Array:
        """Descriptors, shape ``(n, n_names)``, ``nan`` where missing."""
        return matrix(self.rows, names)

    def groups(self, grouping: Grouping) -> Integers:
        """Group number of each composition, shape ``(n,)``: equal for equal ions on the site."""
        ions = [getattr(row, _SITE[grouping]) for row in self.rows]
        numbers = {ion: number for number, ion in enumerate(dict.fromkeys(ions))}
        return np.array([numbers[ion] for ion in ions], dtype=np.int64)

    def where(self, mask: NDArray[np.bool_]) -> DataSet:
        """The compositions for which ``mask`` is true."""
        kept = tuple(row for row, keep in zip(self.rows, mask, strict=True) if keep)
        return DataSet(kept, self.truth[mask])


@cache
def label_features() -> dict[str, Features]:
    """Descriptors of every shipped label, by formula."""
    return {label.formula: features(label.formula) for label in labels()}


def data_set(entries: Sequence[Label], made: Callable[[Label], bool | None]) -> DataSet:
    """Arrange labels as a data set; ``made`` gives True, False, or None to leave a label out."""
    known = label_features()
    kept = [(entry, answer) for entry in entries if (answer := made(entry)) is not None]
    rows = tuple(known[entry.formula] if entry.formula in known else features(entry.formula) for entry, _ in kept)
    return DataSet(rows, np.array([int(answer) for _, answer in kept], dtype=np.int64))


def clear_label(label: Label) -> bool | None:
    """The main analysis: core compositions that are made or not made, remembered sources left out."""
    if label.family != "core" or label.trust == "unverified" or label.status not in ("made", "not made"):
        return None
    return label.status == "made"


def computable(descriptor: Descriptor, data: DataSet) -> NDArray[np.bool_]:
    """Which compositions have every input of a descriptor (or a model that imputes); shape ``(n,)``."""
    missing = np.isnan(data.inputs(descriptor.inputs))
    lacking = missing.all(axis=1) if descriptor.imputes else missing.any(axis=1)
    return np.asarray(~lacking, dtype=np.bool_)
