"""Watching a run: is the potential still among what it was taught?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from antiperovskite.distillation.card import read_card
from antiperovskite.distillation.design import Designer, designer
from antiperovskite.distillation.forms import form_from
from antiperovskite.distillation.frames import frame_of
from antiperovskite.distillation.grade import Grader, read_grader
from antiperovskite.distillation.model import DistillationCard
from antiperovskite.distillation.training import GRADE_FILE
from antiperovskite.errors import EngineError


class Watch:
    """Grades structures against the training set of one potential.

    Made by :func:`watch`; costs about as much as one time step a structure.
    """

    def __init__(self, card: DistillationCard, grader: Grader, design: Designer) -> None:
        self.card = card
        self._grader = grader
        self._design = design

    @property
    def limit(self) -> float:
        """The grade beyond which a run should stop, or the frame be labelled and learnt."""
        return self.card.valid.grade_limit

    def atom_grades(self, structure: Any) -> Any:
        """Grade of every atom of a ``pymatgen.core.Structure`` or ``ase.Atoms``, shape ``(n_atoms,)``.

        Raises
        ------
        EngineError
            The structure holds an element the potential does not know.
        """
        from antiperovskite.engines.lammps.box import to_atoms

        frame = frame_of(to_atoms(structure), "graded")
        unknown = sorted(set(frame.symbols) - set(self._design.form.elements))
        if unknown:
            known = ", ".join(self._design.form.elements)
            raise EngineError(f"potential {self.card.name!r} is for {known} and does not know {', '.join(unknown)}")
        return self._grader.grades(self._design.per_atom(frame), self._design.types(frame))

    def grade(self, structure: Any) -> float:
        """Grade of the structure: that of its worst atom."""
        return float(self.atom_grades(structure).max())

    def require_inside(self, structure: Any) -> float:
        """Return the grade, or refuse.

        Raises
        ------
        EngineError
            The structure lies beyond the potential's range; the message names the atom.
        """
        grades = self.atom_grades(structure)
        worst = int(grades.argmax())
        if grades[worst] > self.limit:
            raise EngineError(
                f"the run left the range of potential {self.card.name!r}: atom {worst} has the extrapolation grade "
                f"{grades[worst]:.1f}, the limit is {self.limit:g}; lower the temperature, or distil again with this "
                "temperature or composition"
            )
        return float(grades[worst])


@contextmanager
def watch(potential: Path) -> Iterator[Watch]:
    """Open a distilled potential's folder for grading; keep it open for a whole run.

    Parameters
    ----------
    potential
        Folder with ``card.json`` and ``grade.npz``.

    Raises
    ------
    DataError
        The folder holds no distilled potential.

    Examples
    --------
    >>> with watch(Path("Li3OCl-pod")) as guard:  # doctest: +SKIP
    ...     guard.require_inside(structure)
    """
    card = read_card(potential)
    form = form_from(card.form_kind, card.form_settings, card.valid.elements)
    grader = read_grader(potential / GRADE_FILE, card.valid.elements)
    with designer(form) as design:
        yield Watch(card, grader, design)


def extrapolation_grade(structures: Any, potential: Path) -> list[float]:
    """Extrapolation grade of one structure or of several: 1 is the most unusual atom of the training set.

    Parameters
    ----------
    structures
        A ``pymatgen.core.Structure``, ``ase.Atoms``, or a list of them.
    potential
        Folder of a distilled potential.

    Raises
    ------
    DataError, EngineError
        No distilled potential there; an element it does not know.
    """
    several = structures if isinstance(structures, Sequence) and not hasattr(structures, "lattice") else [structures]
    with watch(potential) as guard:
        return [guard.grade(structure) for structure in several]
