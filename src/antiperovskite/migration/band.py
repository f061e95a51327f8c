"""A nudged elastic band with a climbing image, driven by quasi-Newton steps of single images.

Improved tangents: Henkelman and Jonsson, J. Chem. Phys. 113, 9978 (2000), 10.1063/1.1323224; climbing image:
Henkelman, Uberuaga and Jonsson, J. Chem. Phys. 113, 9901 (2000), 10.1063/1.1329672.

What is nudged is the same, how it is reached is not: every image takes a quasi-Newton step
perpendicular to the path, with an inverse Hessian learnt from true forces across the path; images are
kept at equal distances by moving them along the path instead of by springs; an image is evaluated only where it moved;
and the climbing image goes uphill by a Newton step with the curvature measured along the path.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from antiperovskite.migration.quasi_newton import Force, InverseHessian, capped, largest

MAX_STEP: Final = 0.15
_UNEVEN: Final = 0.15
"""Share of the mean distance by which an image may be off before it is moved along the path."""
_REACH: Final = 0.35
"""Share of the mean distance between images that one step may cover; longer ones would fold the band."""
_SOFTEST: Final = 0.3  # eV/angstrom^2; least curvature assumed along the path, so that a flat top gives no giant steps


@dataclass
class Image:
    """One image: positions, energy and forces where they were last evaluated."""

    x: Any
    energy: float = float("nan")
    forces: Any = None
    inverse: InverseHessian | None = None  # None: an end that stays


@dataclass(frozen=True)
class BandState:
    """What is left: longest perpendicular force of each moving image, the climbing one's whole force (eV/angstrom)."""

    residuals: tuple[float, ...]
    steps: int
    converged: bool
    climbing: int | None


def tangents(images: list[Image]) -> list[Any]:
    """Unit tangents of all images, those of the ends towards their neighbour."""
    import numpy as np

    found: list[Any] = []
    for k, image in enumerate(images):
        if k in (0, len(images) - 1):
            near = max(k, 1)
            t = images[near].x - images[near - 1].x
        else:
            ahead, behind = images[k + 1].x - image.x, image.x - images[k - 1].x
            t = _improved(ahead, behind, images[k + 1].energy - image.energy, images[k - 1].energy - image.energy)
        found.append(t / np.linalg.norm(t))
    return found


def _improved(ahead: Any, behind: Any, up: float, down: float) -> Any:
    """The neighbour uphill gives the direction; at a maximum or minimum both do, weighted by energy."""
    import numpy as np

    if up > 0 > down:
        return ahead
    if down > 0 > up:
        return behind
    high, low = max(abs(up), abs(down)), min(abs(up), abs(down))
    t = ahead * (high if up > down else low) + behind * (low if up > down else high)
    return t if np.vdot(t, t) > 0.0 else ahead + behind


def evaluate(image: Image, force: Force, x: Any, t: Any = None) -> None:
    """Move an image; it learns from the change of its forces across the path (along it curvature is negative)."""
    energy, forces = force(x)
    if image.forces is not None and image.inverse is not None:
        s, across = x - image.x, _across(x - image.x, t)
        if float((across**2).sum()) > 0.8 * float((s**2).sum()):  # a slide along the path would teach its coupling
            image.inverse.learn(across, _across(image.forces - forces, t))
    image.x, image.energy, image.forces = x, energy, forces


def relax_band(
    images: list[Image],
    force: Force,
    *,
    fmax: float,
    climb: bool,
    climb_fmax: float | None = None,
    max_steps: int = 100,
    max_step: float = MAX_STEP,
) -> BandState:
    """Relax the images that have an inverse Hessian; the others stay.

    Parameters
    ----------
    images
        The band, ends first and last; changed in place. Moving images without forces are evaluated first.
    force
        Energy and forces.
    fmax
        Longest force perpendicular to the path allowed on a moving image, eV/angstrom.
    climb
        Whether the highest moving image climbs as soon as the band is roughly relaxed.
    climb_fmax
        Longest force allowed on the climbing image, along the path included; ``fmax`` if not given.
    """
    import numpy as np

    top = fmax if climb_fmax is None else climb_fmax
    rough = max(5.0 * top, 0.25)
    moving = [k for k, image in enumerate(images) if image.inverse is not None]
    for k in moving:
        if images[k].forces is None:
            evaluate(images[k], force, images[k].x)
    climbing: int | None = None
    residuals: dict[int, float] = {}
    for step in range(max_steps + 1):
        directions = tangents(images)
        perpendicular, uneven = {}, {}
        lengths = [float(np.linalg.norm(b.x - a.x)) for a, b in pairwise(images)]
        for k in moving:
            f, t = images[k].forces, directions[k]
            perpendicular[k] = f - float(np.vdot(f, t)) * t
            uneven[k] = 0.5 * (lengths[k] - lengths[k - 1])
            residuals[k] = largest(perpendicular[k])
        highest = max(moving, key=lambda k: images[k].energy)
        if climb and (climbing is not None or max(residuals.values()) < rough):
            climbing = highest
            residuals[climbing] = largest(images[climbing].forces)
        needed = [k for k in moving if residuals[k] > (top if k == climbing else fmax)]
        mean = sum(lengths) / len(lengths)
        if climbing is None or len(moving) > 1:
            allowed = _UNEVEN if climbing is None else 2 * _UNEVEN
            needed += [k for k in moving if k != climbing and k not in needed and abs(uneven[k]) > allowed * mean]
        if not needed and (climbing is not None or not climb):
            return BandState(tuple(residuals[k] for k in moving), step, True, climbing)
        if step == max_steps:
            break
        if climbing in needed and any(k != climbing for k in needed) and residuals[climbing] < 2 * top:
            needed = [k for k in needed if k != climbing]  # its tangent still moves: wait for the neighbours
        for k in needed or moving:
            image, t = images[k], directions[k]
            assert image.inverse is not None
            move = capped(_perpendicular_step(image.inverse, perpendicular[k], t), max_step)
            move = move * min(1.0, _REACH * mean / max(float(np.linalg.norm(move)), 1e-12))
            if k == climbing:
                move = move + _uphill(images, directions, k, max_step) * t
            elif abs(uneven[k]) > _UNEVEN * mean:
                slide = float(np.clip(0.7 * uneven[k], -_REACH * mean, _REACH * mean))
                move = slide * t + (move if largest(perpendicular[k]) > fmax else 0.0 * move)
            evaluate(image, force, image.x + capped(move, 1.5 * max_step), t)
    return BandState(tuple(residuals[k] for k in moving), max_steps, False, climbing)


def _perpendicular_step(inverse: InverseHessian, f: Any, t: Any) -> Any:
    """Quasi-Newton step within the displacements perpendicular to ``t``."""
    import numpy as np

    step = _across(inverse.apply(f), t)
    return step if float(np.vdot(step, f)) > 0.0 else inverse.preconditioner.solve(f)


def _across(v: Any, t: Any) -> Any:
    """The part of a vector perpendicular to the unit vector ``t``."""
    import numpy as np

    return v if t is None else v - float(np.vdot(v, t)) * t


def _uphill(images: list[Image], directions: list[Any], k: int, max_step: float) -> float:
    """Newton step along the path towards the top, from forces along it on both sides."""
    import numpy as np

    t = directions[k]
    slope = -float(np.vdot(images[k].forces, t))
    curvatures = []
    for other in (k - 1, k + 1):
        if images[other].forces is not None:
            along = float(np.vdot(images[other].x - images[k].x, t))
            curvatures.append((-float(np.vdot(images[other].forces, directions[other])) - slope) / along)
    curvature = min(float(np.mean(curvatures)) if curvatures else -1.0, -_SOFTEST)
    norm = float((t**2).sum(axis=-1).max() ** 0.5)
    return float(np.clip(-slope / curvature, -max_step / norm, max_step / norm))
