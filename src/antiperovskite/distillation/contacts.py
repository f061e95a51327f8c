"""Two ions brought together, further than the teacher may be asked, so that the fitted form has no hole on the way.

A linear form means nothing where no frame taught it anything, and a core repulsion that must not reach the O-H bond is
too short for Li-Na, and H-H of two OH had a well at 1.3 angstrom. Below the teacher's range nuclear repulsion takes
over: from the teacher's answer at its shortest allowed distance on, energy and forces of the pair follow Ziegler,
Biersack and Littmark's universal potential (The Stopping and Range of Ions in Matter, 1985).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from antiperovskite.distillation.frames import Frame, frame_of
from antiperovskite.distillation.starts import SHORTEST_DISTANCE, Crystal

GROUP: Final = "contact"
APPROACH: Final = "approach"
_ASKED: Final = 1.03
"""The teacher is asked at this many times the shortest distance it may be asked at."""
_DIRECTIONS: Final = 400
_STEPS: Final = 4
"""From the contact to the pair's shortest distance in the crystal, in equal ratios; the last is the crystal itself."""
_NEARER: Final = (0.9, 0.8, 0.7, 0.6)
_REACH: Final = 6.5  # angstrom; every pair of elements of these salts meets within it
_COULOMB: Final = 14.399645  # e^2/(4 pi epsilon_0), eV angstrom
_AMPLITUDES: Final = (0.18175, 0.50986, 0.28022, 0.02817)
_DECAYS: Final = (3.19980, 0.94229, 0.40290, 0.20162)


def contact_frames(crystal: Crystal, seed: int = 0) -> list[Frame]:
    """Every pair of elements at the teacher's shortest distance and on the way there, in the most open direction.

    On the line between two distant ions others sit; so the one goes beside the other where there is room. An ion of
    several atoms goes as a whole, turned by chance.
    """
    import numpy as np
    from ase.data import covalent_radii
    from ase.neighborlist import neighbor_list

    random = np.random.default_rng(seed)
    i, j, distances = neighbor_list("ijd", crystal.atoms, _REACH)
    numbers = crystal.atoms.numbers
    apart = crystal.groups[i] != crystal.groups[j]
    frames = []
    for one, other in sorted({(int(a), int(b)) for a, b in zip(numbers[i], numbers[j], strict=True) if a <= b}):
        of_kind = np.flatnonzero(apart & (numbers[i] == one) & (numbers[j] == other))
        if not len(of_kind):
            continue
        pick = of_kind[np.argmin(distances[of_kind])]
        contact = _ASKED * SHORTEST_DISTANCE * float(covalent_radii[one] + covalent_radii[other])
        stretch = float(distances[pick]) / contact
        for step in range(_STEPS):
            length = contact * stretch ** (step / _STEPS)
            atoms = _beside(crystal, int(i[pick]), int(j[pick]), length, random)
            if atoms is not None:
                frames.append(frame_of(atoms, APPROACH if step else GROUP))
    return frames


def _beside(crystal: Crystal, moved: int, fixed: int, length: float, random: Any) -> Any:
    """The crystal with one atom that far from another, its ion far from all others; ``None`` where there is no room."""
    import numpy as np
    from ase.data import covalent_radii
    from ase.geometry import find_mic
    from scipy.spatial.transform import Rotation

    atoms = crystal.atoms.copy()
    radii = covalent_radii[atoms.numbers]
    ion = np.flatnonzero(crystal.groups == crystal.groups[moved])
    arms = find_mic(atoms.positions[ion] - atoms.positions[moved], atoms.cell, pbc=True)[0]
    turned = np.einsum("kij,aj->kai", Rotation.random(_DIRECTIONS, random_state=random).as_matrix(), arms)
    directions = random.normal(size=(_DIRECTIONS, 3))
    places = atoms.positions[fixed] + length * directions / np.linalg.norm(directions, axis=1)[:, None]
    ways = places[:, None] + turned
    others = np.flatnonzero(crystal.groups != crystal.groups[moved])
    gaps = (ways[:, :, None] - atoms.positions[others]).reshape(-1, 3)
    lengths = find_mic(gaps, atoms.cell, pbc=True)[1].reshape(_DIRECTIONS, len(ion), -1)
    lengths[:, ion == moved, others == fixed] = np.inf
    room = (lengths / (radii[others] + radii[ion][:, None])).min(axis=(1, 2))
    best = int(np.argmax(room))
    if room[best] < _ASKED * SHORTEST_DISTANCE:
        return None
    atoms.positions[ion] = ways[best]
    return atoms


def pressed(frames: Sequence[Frame]) -> list[Frame]:
    """The labelled frames and, from each at contact, four with the pair still nearer, where nuclear repulsion rules."""
    return [
        nearer
        for frame in frames
        for nearer in (frame, *(_pressed(frame, share) for share in (_NEARER if frame.group == GROUP else ())))
    ]


def _pressed(frame: Frame, share: float) -> Frame:
    """The closest pair (in units of its radii) at ``share`` of its distance, with ZBL's change of energy and force."""
    import numpy as np

    i, j, vector = _closest(frame)
    length = float(np.linalg.norm(vector))
    one, other = int(frame.numbers[i]), int(frame.numbers[j])
    before, slope_before = universal_repulsion(one, other, length)
    after, slope_after = universal_repulsion(one, other, share * length)
    positions, forces = frame.positions.copy(), frame.forces.copy()
    shift = 0.5 * (1.0 - share) * vector
    positions[i] += shift
    positions[j] -= shift
    # the slope is negative: i is pushed against the vector that leads from it to j
    push = (slope_after - slope_before) * vector / length
    forces[i] += push
    forces[j] -= push
    energy = (frame.energy or 0.0) + after - before
    return replace(frame, positions=positions, energy=energy, forces=forces, stress=None)


def _closest(frame: Frame) -> tuple[int, int, Any]:
    import numpy as np
    from ase.data import covalent_radii
    from ase.neighborlist import neighbor_list

    i, j, distances, vectors = neighbor_list("ijdD", frame.atoms(), 3.0)
    radii = covalent_radii[frame.numbers]
    pick = int(np.argmin(distances / (radii[i] + radii[j])))
    return int(i[pick]), int(j[pick]), vectors[pick]


def universal_repulsion(one: int, other: int, distance: float) -> tuple[float, float]:
    """Energy in eV and its slope in eV/angstrom of two nuclei of charges ``one`` and ``other`` at a distance."""
    from math import exp

    screening = 0.46850 / (one**0.23 + other**0.23)
    x = distance / screening
    terms = [c * exp(-d * x) for c, d in zip(_AMPLITUDES, _DECAYS, strict=True)]
    charge = _COULOMB * one * other
    energy = charge / distance * sum(terms)
    slope = -energy / distance - charge / distance / screening * sum(
        d * term for d, term in zip(_DECAYS, terms, strict=True)
    )
    return energy, slope
