"""Extrapolation grade: how far an atom's surroundings lie from everything the potential was fitted to.

For each element the descriptors of all training atoms have a mean m and a covariance; an atom with descriptors b has
the squared Mahalanobis distance (the leverage of its row in a linear model, up to the constant)

    h = sum_k (v_k . (b - m))^2 / s_k^2  +  |rest|^2 / s_rest^2 .

The grade is the square root of h divided by its largest value in the training set: 1 is the most unusual atom the
potential has been taught, 2 twice as far. The grade of a structure is that of its worst atom. It is a statement
about the training set, not an error bar.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiperovskite.errors import DataError, EngineError

_COMPONENTS: Final = 64
_FLOOR: Final = 1e-8  # variances relative to the largest, below which a direction is noise


@dataclass(frozen=True)
class Neighbourhood:
    """Mean, principal directions over their standard deviations, and normalisation, of one element."""

    mean: Any
    scale: Any
    whitening: Any
    directions: Any
    rest: float
    largest: float

    def distance(self, descriptors: Any) -> Any:
        """Mahalanobis distance of each row, shape ``(n_atoms,)``."""
        import numpy as np

        centred = (descriptors - self.mean) * self.scale
        along = centred @ self.directions
        outside = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        return np.sqrt(((along * self.whitening) ** 2).sum(axis=1) + outside / self.rest)

    def grade(self, descriptors: Any) -> Any:
        """Distance over the largest one in the training set."""
        return self.distance(descriptors) / self.largest


@dataclass(frozen=True)
class Grader:
    """Neighbourhoods of all elements, in the form's order."""

    elements: tuple[str, ...]
    neighbourhoods: tuple[Neighbourhood, ...]

    def grades(self, descriptors: Any, types: Any) -> Any:
        """Grade of each atom from its descriptors ``(n_atoms, n_descriptors)`` and element indices."""
        import numpy as np

        result = np.zeros(len(types))
        for number, neighbourhood in enumerate(self.neighbourhoods):
            mine = types == number
            if mine.any():
                result[mine] = neighbourhood.grade(descriptors[mine])
        return result

    def write(self, path: Path) -> None:
        """Write a small ``.npz`` file; the arrays were rounded to single precision when they were learnt."""
        import numpy as np

        from antiperovskite._files import write_atomically

        arrays: dict[str, Any] = {}
        for element, n in zip(self.elements, self.neighbourhoods, strict=True):
            for name in ("mean", "scale", "whitening", "directions"):
                arrays[f"{element}_{name}"] = getattr(n, name).astype(np.float32)
            arrays[f"{element}_norm"] = np.array([n.rest, n.largest])
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        write_atomically(path, buffer.getvalue())


def read_grader(path: Path, elements: Sequence[str]) -> Grader:
    """Read what :meth:`Grader.write` wrote.

    Raises
    ------
    DataError
        The file is missing, damaged, or of another set of elements.
    """
    from zipfile import BadZipFile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as kept:
            found = []
            for element in elements:
                parts = {n: kept[f"{element}_{n}"].astype(float) for n in ("mean", "scale", "whitening", "directions")}
                rest, largest = (float(x) for x in kept[f"{element}_norm"])
                found.append(Neighbourhood(**parts, rest=rest, largest=largest))
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise DataError(f"cannot read the extrapolation grade from {path}: {error}; distil again") from error
    return Grader(tuple(elements), tuple(found))


class Surroundings:
    """Collects descriptors of training atoms, element by element.

    Parameters
    ----------
    elements
        In the form's order.
    spread_floor
        Standard deviations below this share of the largest are taken for it. Descriptors of limited range (splines)
        need it: one that no training atom met would otherwise count for nothing, and one that a single atom met for
        more than all others.
    """

    def __init__(self, elements: Sequence[str], spread_floor: float = 0.0) -> None:
        self.elements = tuple(elements)
        self._floor = spread_floor
        self._rows: list[list[Any]] = [[] for _ in self.elements]

    def add(self, descriptors: Any, types: Any) -> None:
        """Add the atoms of one frame."""
        for number, rows in enumerate(self._rows):
            rows.append(descriptors[types == number])

    def grader(self) -> Grader:
        """Learn what is usual.

        Raises
        ------
        EngineError
            An element has too few atoms in the training set.
        """
        return Grader(
            self.elements,
            tuple(_learn(e, rows, self._floor) for e, rows in zip(self.elements, self._rows, strict=True)),
        )


def _learn(element: str, rows: list[Any], floor: float) -> Neighbourhood:
    import numpy as np

    if not rows or sum(len(part) for part in rows) < 10:
        raise EngineError(f"the training set holds fewer than 10 {element} atoms; no extrapolation grade can be learnt")
    b = np.concatenate(rows)

    def rounded(values: Any) -> Any:
        """To the precision of the file, before anything is derived from it: kept and fresh grades then agree."""
        return values.astype(np.float32).astype(float)

    mean = rounded(b.mean(axis=0))
    spread = b.std(axis=0)
    spread = np.maximum(spread, floor * float(spread.max()))
    usable = spread > 1e-9 * max(float(spread.max()), 1e-300)
    scale = rounded(np.where(usable, 1.0 / np.where(usable, spread, 1.0), 0.0))
    centred = (b - mean) * scale
    values, vectors = np.linalg.eigh(centred.T @ centred / len(b))
    order = np.argsort(values)[::-1]
    kept = max(1, min(_COMPONENTS, int((values > _FLOOR * values.max()).sum()), len(b) // 5))
    directions = rounded(vectors[:, order[:kept]])
    along = centred @ directions
    variances = (along**2).mean(axis=0)
    outside = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
    rest = max(float(outside.mean()), _FLOOR * float(variances.sum()))
    whitening = rounded(1.0 / np.sqrt(np.maximum(variances, _FLOOR * float(variances.max()))))
    raw = Neighbourhood(mean, scale, whitening, directions, rest, 1.0)
    return Neighbourhood(mean, scale, whitening, directions, rest, float(raw.distance(b).max()))
