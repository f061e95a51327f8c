"""From a saddle down to the minimum it belongs to, every point computed: the proof of what a saddle joins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from antiperovskite.engines.quasi_newton import Force, Minimum, capped, minimise
from antiperovskite.errors import NotConvergedError
from antiperovskite.migration.interpolation import shortest
from antiperovskite.migration.saddle import Top

_STEPS: Final = (0.2, 0.4)  # angstrom of the ion that moves most, off the saddle
_LOWER: Final = 2e-4  # eV; what a point beside the saddle must at least lie below it
_NEAR: Final = 0.25  # angstrom, every atom; nearer than this to a known end the descent is over
_NEAR_ENERGY: Final = 0.03  # eV
_BELOW: Final = 0.003  # eV
_MOVER: Final = 0.75  # angstrom; the ions that hop are on their sites within this
_OTHERS: Final = 1.0  # angstrom; framework atoms that moved further did not just make room
_HYDROGEN: Final = 2.2  # angstrom; an OH may turn round


class RisesBesideError(NotConvergedError):
    """The energy rises beside what was taken for a saddle; ``beside`` is the higher point."""

    def __init__(self, text: str, beside: Minimum) -> None:
        super().__init__(text)
        self.beside = beside


@dataclass
class Descent:
    """Positions and energies (eV) from beside the saddle to a minimum."""

    points: list[tuple[Any, float]] = field(default_factory=list)
    minimum: Minimum | None = None
    arrived: bool = False


def astray(x: Any, end: Any, numbers: Any, movers: list[int], box: Any) -> str | None:
    """Say what is not where an end has it: ``"ions"`` (that hop), ``"framework"`` (another atom) or ``None``.

    Soft turns of the framework are allowed: other atoms within 1 angstrom, hydrogens within 2.2 (an OH may turn round).
    """
    import numpy as np

    away = np.linalg.norm(shortest(x - end, box), axis=1)
    if (away[movers] >= _MOVER).any():
        return "ions"
    allowed = np.where(np.asarray(numbers) == 1, _HYDROGEN, _OTHERS)
    allowed[movers] = _MOVER
    return None if (away < allowed).all() else "framework"


def descend(
    force: Force, top: Top, sign: int, end: Minimum, box: Any, *, fmax: float, fall: float, max_steps: int
) -> Descent:
    """Relax from ``top`` towards ``sign`` times its coordinate, until a minimum or the known ``end`` is reached.

    Raises
    ------
    RisesBesideError
        The energy does not fall on that side.
    NotConvergedError
        The minimisation does not end.
    """
    import numpy as np

    found = Descent()
    coordinate = top.coordinate
    for length in _STEPS:
        step = sign * coordinate.moves(length)
        follow = 0.0 if top.response is None else capped(step * top.response, length)
        beside = minimise(
            force, top.x + step * coordinate.t + follow, top.inverse.copy(), fmax=0.15, fall=0.004,
            max_steps=max_steps, project=coordinate.across,
        )  # fmt: skip
        if beside.energy < top.energy - _LOWER:
            break
    else:
        raise RisesBesideError(
            f"the energy does not fall beside the saddle ({beside.energy - top.energy:+.4f} eV at {length:g} angstrom)"
            ", so it is no saddle along the way of the ions",
            beside,
        )
    found.points.append((beside.positions, beside.energy))

    def watch(x: Any, energy: float, below: float) -> bool:
        if found.points[-1][1] != energy:
            found.points.append((x, energy))
        away = np.linalg.norm(shortest(x - end.positions, box), axis=1).max()
        near = away < _NEAR and energy < end.energy + _NEAR_ENERGY and energy - below > end.energy - _BELOW
        found.arrived = bool(near) and end.converged
        return found.arrived

    down = minimise(
        force, beside.positions, beside.inverse, fmax=fmax, fall=fall, max_steps=max_steps,
        start=(beside.energy, beside.forces), watch=watch,
    )  # fmt: skip
    if not found.arrived:
        if not down.converged:
            raise NotConvergedError(
                f"the descent from the saddle is left with {down.left:.2g} eV/angstrom and {down.fall:.1g} eV to fall "
                f"after {down.steps} steps ({fmax:g} and {fall:g} wanted); loosen --fmax"
            )
        found.minimum = down
    return found
