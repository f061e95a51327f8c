"""Unwrapping: follow every ion through the cell's faces by the shortest way between frames, or refuse."""

from __future__ import annotations

from typing import Any

from antiperovskite.errors import DataError

AMBIGUOUS = 0.45  # of a cell vector; beyond it the shortest way and its opposite cannot be told apart


class Unwrapper:
    """Turn wrapped positions into unwrapped ones, block after block.

    The fractional coordinate of every ion is followed by the minimum image, s_u(t) = s(t) + n(t) with
    n(t) = n(t - 1) - round(s(t) + n(t - 1) - s_u(t - 1)), and multiplied with that frame's cell. In a changing cell the
    fractional coordinates are the ones to analyse: Cartesian positions far from the origin move with every breath of
    the cell (doi:10.1021/acs.jctc.3c00308).

    Parameters
    ----------
    declared_unwrapped
        Positions come unwrapped (or with image flags already applied): nothing is shifted, and a file that says so
        but is wrapped is found out by :meth:`finish`.
    """

    def __init__(self, *, declared_unwrapped: bool = False) -> None:
        self._declared = declared_unwrapped
        self._previous: Any = None
        self._frame = 0
        self._inside = True
        self._jump: tuple[int, int, float] | None = None
        self.largest_step = 0.0

    def resume(self, position: Any, cell: Any, frame: int) -> None:
        """Go on after ``frame`` frames, the last of which has these unwrapped positions, shape ``(n_ions, 3)``."""
        import numpy as np

        self._previous = np.asarray(position) @ np.linalg.inv(cell)
        self._frame = frame
        self._inside = False  # an earlier part is not judged again

    def __call__(self, positions: Any, cells: Any) -> Any:
        """Unwrap positions, shape ``(n_frames, n_ions, 3)``, in cells, shape ``(n_frames, 3, 3)``; both angstrom.

        Raises
        ------
        DataError
            An ion moves so far between two frames that the way it took cannot be told.
        """
        import numpy as np

        if not len(positions):
            return positions
        from antiperovskite.dynamics.trajectory.unwrapping_scan import follow

        constant = bool((cells == cells[0]).all())
        used = np.ascontiguousarray(cells[:1] if constant else cells, dtype=float)
        inverse = np.linalg.inv(used)
        unwrapped = np.array(positions, dtype=float, order="C")
        if self._previous is None:
            self._previous = unwrapped[0] @ inverse[0]
        largest, frame, ion, low, high = follow(unwrapped, used, inverse, self._previous, self._declared, AMBIGUOUS)
        self.largest_step = max(self.largest_step, largest)
        if self._declared:
            self._inside = self._inside and low >= -1e-6 and high <= 1 + 1e-6
            if largest > 0.5 and self._jump is None:
                self._jump = (self._frame + frame, ion, largest)
        elif largest > AMBIGUOUS:
            raise DataError(
                f"frame {self._frame + frame}: ion {ion + 1} moves {largest:.2f} of a cell vector since the frame "
                f"before, so that unwrapping is ambiguous (limit {AMBIGUOUS}); write frames more often, use a larger "
                "cell, or give unwrapped coordinates or image flags"
            )
        self._frame += len(positions)
        return unwrapped

    def finish(self) -> None:
        """Judge a file that said it was unwrapped.

        Raises
        ------
        DataError
            Ions jump by more than half a cell although no coordinate ever leaves the cell: it is wrapped.
        """
        if self._inside and self._jump is not None:
            frame, ion, size = self._jump
            raise DataError(
                f"positions said to be unwrapped are wrapped: ion {ion + 1} jumps by {size:.2f} of a cell vector at "
                f"frame {frame} and no ion ever leaves the cell; write unwrapped ones or say that they are wrapped"
            )
