"""Stopping a molecular dynamics run that leaves what its distilled potential was taught."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from antiperovskite.distillation.card import CARD_FILE
from antiperovskite.distillation.watch import Watch, watch
from antiperovskite.engines.lammps.engine import LammpsEngine
from antiperovskite.engines.protocol import Engine

FRAMES: Final = 200
"""Frames looked back on: one excursion in so many is a rare fluctuation, more are another structure."""
ALLOWED_SHARE: Final = 0.05 / 135
"""Of all surroundings met: one frame in twenty of 135 atoms. It is counted in atoms and not in frames, or the same
potential would last shorter the larger the cell is."""
FAR: Final = 3.0
"""Times the limit that stop a run at once, whatever came before."""


class RangeMonitor:
    """Called with every stored frame; returns why the run must stop, or ``None``.

    A single fluctuation beyond the limit of the potential's card is tolerated and counted in ``excursions``; the run
    stops where more than ``ALLOWED_SHARE`` of the atoms' surroundings in the last ``FRAMES`` frames are beyond it, or
    one atom is beyond ``FAR`` times the limit.

    Parameters
    ----------
    symbols
        Chemical symbols in the order of the frames' positions.
    grades
        Extrapolation grade of every atom of ``ase.Atoms``, shape ``(n_atoms,)``.
    limit
        Grade up to which the potential was found to hold.
    """

    def __init__(self, symbols: list[str], grades: Callable[[Any], Any], limit: float) -> None:
        self._symbols = symbols
        self._grades = grades
        self.limit = limit
        self.frames = 0
        self.excursions = 0
        self.worst = 0.0
        self._recent: deque[int] = deque(maxlen=FRAMES)

    def __call__(self, frame: Any) -> str | None:
        """Grade one frame (``positions``, ``cell``)."""
        from ase import Atoms

        grades = self._grades(Atoms(self._symbols, positions=frame.positions, cell=frame.cell, pbc=True))
        found, beyond = float(grades.max()), int((grades > self.limit).sum())
        self.frames += 1
        self.excursions += beyond > 0
        self.worst = max(self.worst, found)
        self._recent.append(beyond)
        if found > FAR * self.limit:
            return f"the potential's range was left: extrapolation grade {found:.1f}, limit {self.limit:g}"
        if sum(self._recent) > ALLOWED_SHARE * FRAMES * len(self._symbols):
            frames = sum(count > 0 for count in self._recent)
            return (
                f"the potential's range was left: {frames} of the last {len(self._recent)} frames hold atoms beyond "
                f"the grade {self.limit:g} ({sum(self._recent)} in all, this frame's worst {found:.1f}); lower the "
                "temperature, or let the potential learn this run: antiperovskite distil ... --outside RUN"
            )
        return None

    def summary(self) -> str:
        """What was seen, in words."""
        return (
            f"{self.excursions} of {self.frames} frames beyond the potential's grade {self.limit:g}, worst "
            f"{self.worst:.1f}"
        )


@contextmanager
def range_monitors(engine: Engine, symbols: list[str]) -> Iterator[list[RangeMonitor]]:
    """Yield the monitor of a distilled potential; an empty list for any other engine."""
    folder = engine.potential.folder if isinstance(engine, LammpsEngine) else None
    if folder is None or not (folder / CARD_FILE).is_file():
        yield []
        return
    with watch(folder) as guard:
        yield [_monitor(guard, symbols)]


def _monitor(guard: Watch, symbols: list[str]) -> RangeMonitor:
    return RangeMonitor(symbols, guard.atom_grades, guard.limit)
