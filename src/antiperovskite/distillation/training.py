"""The training set of one distillation and the potential that follows from it at any moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiperovskite.distillation.contacts import GROUP as CONTACT
from antiperovskite.distillation.design import Core, Designer
from antiperovskite.distillation.fit import LeastSquares, Solution, Weights, target_of
from antiperovskite.distillation.forms import Form
from antiperovskite.distillation.frames import Frame
from antiperovskite.distillation.grade import Grader, Surroundings
from antiperovskite.distillation.model import TrainingGroup

HOLD_OUT_EVERY: Final = 10
WARNING_WEIGHT: Final = 0.2
"""Of frames that only say where not to go: enough to fill a hole, too little to spoil the fit where runs are."""
WARNING_FORCE: Final = 10.0
"""eV/angstrom; frames at contact with larger forces count less in proportion: a wall need not be right to 1 %."""
PATH_WEIGHT: Final = 4.0
"""Of frames on the way of a hop, a tenth of all: with 1 the hop of LiNa2OCl came out 40 meV too high, with 4 it is the
teacher's within 2 meV, at the same force error."""
STRESS_EVERY: Final = 3
"""Frames of dynamics whose stress rows are built; constructed frames all have theirs."""


@dataclass(frozen=True)
class Residual:
    """Errors of one frame: potential minus teacher."""

    frame: Frame
    energy: float  # eV/atom
    forces: Any  # eV/angstrom, (n, 3)
    stress: Any  # eV/angstrom^3, Voigt; None where not asked for


class TrainingSet:
    """Frames with their rows summed up; adding is all that can be done to it.

    Parameters
    ----------
    design
        Takes structures apart with the form being fitted.
    weights
        Of energies, forces and stresses.
    """

    def __init__(self, design: Designer, weights: Weights | None = None) -> None:
        self._design = design
        self._equations = LeastSquares(weights, getattr(design.form, "curvature", None))
        self._surroundings = Surroundings(design.form.elements, design.form.spread_floor)
        self.frames: list[Frame] = []
        self.contacts = 0

    @property
    def form(self) -> Form:
        """The form being fitted."""
        return self._design.form

    @property
    def core(self) -> Core | None:
        """The repulsion under it."""
        return self._design.core

    @property
    def held_out(self) -> int:
        """Frames kept back to choose the ridge."""
        return len(self._equations.held_out)

    def add(self, frames: Iterable[Frame], weight: float = 1.0) -> None:
        """Add labelled frames; every tenth is kept back to choose the ridge."""
        for frame in frames:
            count = len(self.frames)
            constructed = frame.temperature_K is None
            wanted = frame.stress is not None and (constructed or count % STRESS_EVERY == 0)
            rows = self._design.rows(frame, stress=wanted)
            target = target_of(frame, self._design)
            back = count % HOLD_OUT_EVERY == HOLD_OUT_EVERY // 2
            if back:
                self._equations.hold_out(frame, rows, target)
            else:
                self._equations.add(frame, rows, target, weight)
            self._surroundings.add(self._design.per_atom(frame), self._design.types(frame))
            self.frames.append(frame)

    def warn_of(self, frames: Iterable[Frame]) -> None:
        """Add frames that a run must never see: fitted to, but neither kept back nor counted as known surroundings."""
        for frame in frames:
            rows = self._design.rows(frame, stress=frame.stress is not None)
            steep = 1.0 if frame.group != CONTACT else max(1.0, float(abs(frame.forces).max()) / WARNING_FORCE)
            self._equations.add(frame, rows, target_of(frame, self._design), WARNING_WEIGHT / steep)
            self.contacts += 1

    def solve(self) -> Solution:
        """Fit to everything added so far."""
        return self._equations.solve()

    def grader(self) -> Grader:
        """Learn what is usual from everything added so far."""
        return self._surroundings.grader()

    def residuals(self, frames: Iterable[Frame], coefficients: Any) -> list[Residual]:
        """Errors of labelled frames under given coefficients."""
        found = []
        for frame in frames:
            rows, target = self._design.rows(frame), target_of(frame, self._design)
            n = len(frame.numbers)
            found.append(
                Residual(
                    frame,
                    float(rows.energy @ coefficients - target.energy) / n,
                    (rows.forces @ coefficients).reshape(n, 3) - target.forces,
                    rows.stress @ coefficients - target.stress,
                )
            )
        return found

    def groups(self) -> tuple[TrainingGroup, ...]:
        """What the set is made of."""
        counts = Counter(frame.group for frame in self.frames)
        return tuple(
            TrainingGroup(
                group=group,
                frames=count,
                atoms=sum(len(f.numbers) for f in self.frames if f.group == group),
                largest_force=max(float(abs(f.forces).max()) for f in self.frames if f.group == group),
            )
            for group, count in counts.items()
        )

    def formulas(self) -> tuple[str, ...]:
        """Formulas of the cells, most frequent first."""
        counts = Counter(frame.atoms().get_chemical_formula(empirical=False) for frame in self.frames)
        return tuple(formula for formula, _ in counts.most_common())


def core_distances(shortest: float) -> tuple[Core, float]:
    """The core repulsion and the form's inner cutoff for crystals whose closest atoms are ``shortest`` angstrom apart.

    The core is over at three quarters of that distance, well inside what dynamics reaches, so that it disturbs
    nothing and yet stops atoms that meet; no pair may come below the inner cutoff, where the form has no meaning.
    """
    return Core(round(0.35 * shortest, 3), round(0.75 * shortest, 3)), round(0.4 * shortest, 3)


def shortest_distance(atoms: Any) -> float:
    """Smallest distance between two atoms, angstrom."""
    from ase.neighborlist import neighbor_list

    cutoff = 2.0
    while not len(found := neighbor_list("d", atoms, cutoff)):
        cutoff *= 1.5
    return float(found.min())


def write_potential(form: Form, core: Core | None, coefficients: Any, grader: Grader, directory: Path) -> None:
    """Write what LAMMPS and the extrapolation grade read (not the cards)."""
    from antiperovskite._files import check_writable

    check_writable(directory)
    form.write_parameters(directory)
    form.write_coefficients(directory, coefficients)
    grader.write(directory / GRADE_FILE)


GRADE_FILE: Final = "grade.npz"


def root_mean_square(values: Sequence[Any]) -> float:
    """Over every number of several arrays."""
    import numpy as np

    return float(np.sqrt(np.mean(np.concatenate([np.ravel(v) for v in values]) ** 2)))
