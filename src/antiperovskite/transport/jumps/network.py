"""The network that jumps weave between sites: in how many directions it goes on for ever."""

from __future__ import annotations

from typing import Any


def network_dimension(start: Any, end: Any, translation: Any) -> int:
    """Largest number of independent lattice translations along which connected sites repeat (0 to 3).

    Walking round a closed loop of the quotient graph (sites as nodes, jumps as edges with lattice translations) leads
    to an image of the site one began at; the rank of these translations is the network's dimension.

    Parameters
    ----------
    start, end
        Sites of jumps, shape ``(n,)``.
    translation
        Integer lattice translation of each jump, shape ``(n, 3)``.

    Examples
    --------
    >>> import numpy as np
    >>> network_dimension([0, 1], [1, 0], np.array([[0, 0, 0], [1, 0, 0]]))
    1
    >>> network_dimension([0, 1], [1, 0], np.array([[1, 0, 0], [-1, 0, 0]]))
    0
    """
    import numpy as np

    edges: dict[int, list[tuple[int, Any]]] = {}
    unique = np.unique(np.column_stack([start, end, translation]), axis=0) if len(start) else np.empty((0, 5), int)
    for a, b, *shift in unique.tolist():
        edges.setdefault(a, []).append((b, np.array(shift)))
        edges.setdefault(b, []).append((a, -np.array(shift)))
    place: dict[int, Any] = {}
    largest = 0
    for root in edges:
        if root in place:
            continue
        place[root] = np.zeros(3, dtype=int)
        loops: set[tuple[int, ...]] = set()
        stack = [root]
        while stack:
            here = stack.pop()
            for there, shift in edges[here]:
                reached = place[here] + shift
                if there not in place:
                    place[there] = reached
                    stack.append(there)
                elif (reached != place[there]).any():
                    loops.add(tuple((reached - place[there]).tolist()))
        if loops:
            largest = max(largest, int(np.linalg.matrix_rank(np.array(sorted(loops)))))
    return largest
