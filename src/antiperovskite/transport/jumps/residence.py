"""The shortest visit that counts as one: where the number of jumps stops depending on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from antiperovskite.transport.jumps.transitions import Transitions

LARGEST_SHARE: Final = 16
"""Visits longer than this part of the run are not tried: they would be about the run, not about the ions."""


def settled_visit(transitions: Transitions) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return the shortest visit, in frames, from which on the number of jumps does not depend on it.

    An ion that looks into the next site and turns round within a vibration makes two transitions and no jump. Such
    recrossings last less than the lattice needs to relax, true visits much longer; between the two the number of jumps
    does not depend on what is asked of a visit. Lengths are doubled from one frame to a sixteenth of the run; where
    doubling loses no more jumps than one standard deviation of their count (Poisson, n^1/2) they lie on a plateau. The
    beginning of the widest plateau is taken. Where there is none (visits of every length), nothing is taken out: 1.

    Parameters
    ----------
    transitions
        From :func:`antiperovskite.transport.jumps.find_transitions`.

    Returns
    -------
    tuple
        Frames, and for each length tried (frames, jumps).
    """
    tried: list[tuple[int, int]] = []
    frames = 1
    while frames <= max(2, transitions.n_frames // LARGEST_SHARE):
        tried.append((frames, len(transitions.jumps(frames))))
        frames *= 2
    best, widest, begun = 1, 0, 0
    for k in range(1, len(tried)):
        many, fewer = tried[k - 1][1], tried[k][1]
        if many - fewer > many**0.5:
            begun = k
        elif k - begun > widest:
            best, widest = tried[begun][0], k - begun
    return best, tuple(tried)
