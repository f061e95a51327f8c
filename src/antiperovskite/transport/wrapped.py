"""The mark of wrapped coordinates: an ion that moves more than half the cell from one frame to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.transport.refusal import DiffusionRefusedError

HALF: Final = 0.5 + 1e-9
"""Of the shortest lattice vector; hops of just half a small cell are read either way."""


@dataclass
class StepWatch:
    """Looks at every frame of a run once, in order, and counts frames that repeat the one before.

    ``cell``: lattice vectors as rows, angstrom; in a run whose cell changes, positions are given in the mean cell.
    """

    cell: Any
    repeated: int = 0
    last: Any = None
    limit: float | None = None

    def look(self, positions: Any, first: int) -> None:
        """Take in the next frames: unwrapped Cartesian positions ``(n, n_ions, 3)``, angstrom, from frame ``first``.

        Raises
        ------
        DiffusionRefusedError
            The kind is "wrapped": a coordinate of an ion changes by more than half the shortest lattice vector.
        """
        import numpy as np

        from antiperovskite.transport.wrapped_kernel import largest_steps

        if not len(positions):
            return
        last = positions[0] if self.last is None else self.last
        steps = largest_steps(np.ascontiguousarray(positions, dtype=np.float64), np.ascontiguousarray(last))
        far = float(steps.max())
        if self.limit is None:
            self.limit = HALF * shortest_vector(self.cell)
        if far > self.limit:
            raise DiffusionRefusedError(
                "wrapped",
                f"an ion moves {far:.1f} angstrom, more than half the cell, up to frame {first + int(steps.argmax())}: "
                "the coordinates are wrapped or the frames too far apart; unwrap them or write frames more often",
            )
        self.repeated += int((steps[1 if self.last is None else 0 :] == 0.0).sum())
        self.last = np.array(positions[-1], dtype=np.float64)


def shortest_vector(cell: Any) -> float:
    """Length of the shortest lattice vector, angstrom: the same however the cell is chosen."""
    import numpy as np
    from ase.geometry import minkowski_reduce

    return float(np.linalg.norm(minkowski_reduce(np.asarray(cell, dtype=float))[0], axis=1).min())
