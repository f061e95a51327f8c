"""Modes at the q-points a supercell holds exactly, with the name of the motion and the share of each motion in it.

For a supercell of N cells the dynamical matrix is exact at N commensurate q-points, whatever the range of the forces;
between them it is interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.vibrations.patterns import Family, Framework, families

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]

DEGENERATE: Final = 0.005  # THz; modes closer than this and at one q count as one level
MAIN_SHARE: Final = 0.5


@dataclass(frozen=True)
class Mode:
    """One normal mode: frequency in THz (negative: imaginary), mass-weighted vector ``(3 n,)`` and its name.

    ``shares`` gives the part of each motion; ``axis`` the main rotation or displacement axis (0, 1, 2).
    """

    q: tuple[float, float, float]
    frequency: float
    vector: Any
    name: str
    motion: str
    axis: int | None
    shares: dict[str, float]


@dataclass(frozen=True)
class Level:
    """Degenerate modes of all arms of one star of q."""

    label: str
    frequency: float
    modes: tuple[Mode, ...]
    arms: int

    @property
    def name(self) -> str:
        """The motion and what all its modes have in common, without the axis."""
        return self.modes[0].name.split(" about ")[0].split(" along ")[0]


def commensurate_stars(phonon: Any) -> list[tuple[str, list[Array]]]:
    """Return the q-points that fit the supercell, by star, each with its name in the Brillouin zone."""
    import numpy as np
    from phonopy.harmonic.dynmat_to_fc import get_commensurate_points

    matrix = np.rint(np.asarray(phonon.supercell.cell) @ np.linalg.inv(np.asarray(phonon.primitive.cell))).astype(int)
    points = [_wrap(q) for q in get_commensurate_points(matrix.T)]
    operations = np.asarray(phonon.primitive_symmetry.reciprocal_operations)
    special = special_points(np.asarray(phonon.primitive.cell))
    stars: list[tuple[str, list[Array]]] = []
    left = list(points)
    while left:
        images = [_wrap(operation @ left[0]) for operation in operations]
        star = [q for q in left if any(_same(q, image) for image in images)]
        left = [q for q in left if not any(q is member for member in star)]
        name = next((n for n, p in special.items() if any(_same(_wrap(p), image) for image in images)), "")
        if not name:
            name = "(" + ", ".join(f"{x:.3g}" for x in star[0]) + ")"
        kept: list[Array] = []
        for q in star:  # q and -q are one motion
            if not any(_same(_wrap(-q), other) for other in kept):
                kept.append(q)
        stars.append((name, kept))
    return sorted(stars, key=lambda star: (star[0] != "Γ", star[0]))


def special_points(cell: Array) -> dict[str, Array]:
    """Named points of the Brillouin zone of a primitive cell (ase; Setyawan and Curtarolo), Γ for the centre."""
    import numpy as np
    from ase.cell import Cell

    path = Cell(cell).bandpath(npoints=0, eps=1e-3)
    return {"Γ" if name == "G" else name: np.asarray(point) for name, point in path.special_points.items()}


def _wrap(q: Any) -> Array:
    import numpy as np

    wrapped: Array = np.asarray(q, float) - np.floor(np.asarray(q, float) + 1e-6)
    return wrapped


def _same(a: Array, b: Array) -> bool:
    import numpy as np

    return bool(np.abs(a - b - np.rint(a - b)).max() < 1e-5)


def is_real(q: Array) -> bool:
    """Whether 2q is a reciprocal lattice vector."""
    return _same(2 * q, 0 * q)


def dynamical_matrix(phonon: Any, frame: Framework, q: Array) -> Complex:
    """Dynamical matrix in the cell gauge, eV/(angstrom^2 amu), Hermitian; real where 2q is a lattice vector."""
    import numpy as np

    matrix = phonon.dynamical_matrix
    matrix.run(q)
    phase = np.repeat(np.exp(2j * np.pi * (frame.positions @ q)), 3)
    result: Complex = phase[:, None] * np.asarray(matrix.dynamical_matrix) * phase.conj()[None, :]
    result = (result + result.conj().T) / 2
    if is_real(q):
        result = result.real.astype(complex)
    return result


def modes_at(phonon: Any, frame: Framework, q: Array) -> list[Mode]:
    """Return all modes at q but the three translations of the crystal, lowest first, with names."""
    import numpy as np

    matrix = dynamical_matrix(phonon, frame, q)
    start = 0
    if np.abs(q - np.rint(q)).max() < 1e-9:  # lift the translations out of the way instead of guessing which they are
        uniform = np.kron(np.sqrt(frame.masses / frame.masses.sum())[:, None], np.eye(3))
        inner = np.eye(len(uniform)) - uniform @ uniform.T
        matrix = inner @ matrix @ inner - 1e6 * uniform @ uniform.T
        start = 3
    if is_real(q):
        values, vectors = np.linalg.eigh(matrix.real)
    else:
        values, vectors = np.linalg.eigh(matrix)
    factor = float(phonon.unit_conversion_factor)
    frequencies = np.sign(values) * np.sqrt(np.abs(values)) * factor
    kinds = families(frame, q)
    found: list[Mode] = []
    while start < len(values):
        stop = start
        while stop < len(values) and frequencies[stop] - frequencies[start] < DEGENERATE:
            stop += 1
        space = vectors[:, start:stop].astype(complex)
        found += [
            _named(q, float(frequencies[start:stop].mean()), vector, kinds, frame)
            for vector in canonical_basis(space, kinds)
        ]
        start = stop
    return found


def canonical_basis(space: Complex, kinds: list[Family]) -> list[Complex]:
    """Turn a degenerate space ``(3 n, d)`` so that each vector is as near to one named motion as can be.

    A solver returns any mixture of, say, the tilts about x, y and z; here they come out one by one, in this order.
    """
    import numpy as np

    count = space.shape[1]
    if count == 1:
        return [space[:, 0]]
    references = [(vector, axis) for kind in kinds for vector, axis in zip(kind.vectors, kind.axes, strict=True)]
    projected = [(space @ (space.conj().T @ vector), axis) for vector, axis in references]
    chosen: list[tuple[Complex, int]] = []
    while len(chosen) < count and projected:
        lengths = [round(float(np.linalg.norm(v)), 6) for v, _ in projected]
        best, axis = projected[int(np.argmax(lengths))]  # the first of equals: the order of the axes
        if max(lengths) < 1e-4:
            break
        unit = best / np.linalg.norm(best)
        chosen.append((unit, axis))
        projected = [(v - unit * (unit.conj() @ v), a) for v, a in projected]
    chosen.sort(key=lambda item: item[1])
    basis = [v for v, _ in chosen]
    for column in space.T:  # a motion without a name in our list
        if len(basis) == count:
            break
        rest = column - sum(v * (v.conj() @ column) for v in basis)
        if np.linalg.norm(rest) > 1e-3:
            basis.append(rest / np.linalg.norm(rest))
    return basis


def _named(q: Array, frequency: float, vector: Complex, kinds: list[Family], frame: Framework) -> Mode:
    import numpy as np

    exact = {kind.name: kind.share(vector) for kind in kinds if len(kind.vectors)}
    tilt = exact.pop("tilt", 0.0)
    shares = dict(exact)
    # tilts are translations of X; what is left of these is named apart, so that all shares add up to one
    cations = [name for name in shares if name.endswith(" on X")]
    total = sum(shares[name] for name in cations)
    if tilt > 0 and total > 0:
        for name in cations:
            shares[name] = max(0.0, shares[name] * (1 - tilt / total))
        shares["tilt"] = min(tilt, total)
    shares["internal"] = max(0.0, 1.0 - sum(shares.values()))
    shares = {name: round(share, 4) for name, share in shares.items() if share > 5e-5}
    motion = max(shares, key=lambda name: shares[name])
    if shares.get("tilt", 0.0) >= MAIN_SHARE:
        motion = "tilt"
    family = next((kind for kind in kinds if kind.name == motion), None)
    axis = _main_axis(family, vector)
    text = _words(motion, axis, q, vector, frame)
    where = (float(q[0]), float(q[1]), float(q[2]))
    return Mode(where, frequency, np.asarray(vector), text, motion, axis, shares)


def _main_axis(family: Family | None, vector: Complex) -> int | None:
    import numpy as np

    if family is None or not len(family.vectors):
        return None
    weights = np.zeros(3)
    overlaps = np.abs(family.vectors.conj() @ vector) ** 2
    np.add.at(weights, list(family.axes), overlaps)
    best = int(weights.argmax())
    return best if weights[best] > 0.8 * weights.sum() else None


def axis_name(frame: Framework, axis: int) -> str:
    """Return a, b or c where the cell's edges lie along x, y and z, else the Cartesian name."""
    import numpy as np

    off = frame.lattice - np.diag(np.diag(frame.lattice))
    return "abc"[axis] if np.abs(off).max() < 1e-3 else "xyz"[axis]


def _words(motion: str, axis: int | None, q: Array, vector: Complex, frame: Framework) -> str:
    import numpy as np

    if motion == "internal":
        return "internal vibration of an ion"
    if motion == "tilt":
        text = "octahedral tilt"
        single = len(frame.octahedra) == 1
        if axis is not None and single and is_real(q):
            step = np.linalg.solve(frame.lattice.T, np.eye(3)[axis] * np.linalg.norm(frame.lattice[axis]))
            # cell to cell along the axis of rotation: 1 where q and that lattice vector make a whole number
            phase = float(np.cos(2 * np.pi * np.dot(q, np.rint(step))))
            text += ", in phase" if phase > 0 else ", out of phase"
        return text + (f" about {axis_name(frame, axis)}" if axis is not None else "")
    verb, _, body = motion.partition(" ")
    if verb == "turn":
        return f"libration of {body}" + (f" about {axis_name(frame, axis)}" if axis is not None else "")
    return _displacement_words(body, axis, q, vector, frame)


def _displacement_words(body: str, axis: int | None, q: Array, vector: Complex, frame: Framework) -> str:
    """Off-centring of an anion or displacement of a cation; polar where the ions of one kind move together."""
    import numpy as np

    word = "displacement" if body.endswith(" on X") else "off-centring"
    gamma = np.abs(q - np.rint(q)).max() < 1e-9
    character = "antipolar " if is_real(q) and not gamma else ""
    if gamma:
        moves = vector.reshape(-1, 3) / np.sqrt(frame.masses)[:, None]
        net = np.abs(moves.sum(axis=0)).max() / max(np.abs(moves).max(), 1e-12)
        character = "polar " if net > 1e-3 else ""
    return f"{character}{word} of {body}" + (f" along {axis_name(frame, axis)}" if axis is not None else "")


def levels(label: str, arms: list[list[Mode]]) -> list[Level]:
    """Join the equal levels of all arms of a star."""
    by_arm = sorted((mode for arm in arms for mode in arm), key=lambda mode: mode.frequency)
    found: list[list[Mode]] = []
    for mode in by_arm:
        if found and mode.frequency - found[-1][0].frequency < DEGENERATE:
            found[-1].append(mode)
        else:
            found.append([mode])
    return [
        Level(label, sum(m.frequency for m in group) / len(group), tuple(sorted(group, key=_axis_order)), len(arms))
        for group in found
    ]


def _axis_order(mode: Mode) -> tuple[int, tuple[float, float, float]]:
    return (3 if mode.axis is None else mode.axis, mode.q)


def freeze(phonon: Any, frame: Framework, mode: Mode, *, quadrature: bool = False) -> Array:
    """Displacements ``(n, 3)`` of the phonon supercell in a mode, scaled to a largest displacement of 1 angstrom.

    ``quadrature`` takes the other standing wave of a complex q.
    """
    import numpy as np

    supercell, primitive = phonon.supercell, phonon.primitive
    index = {int(s): k for k, s in enumerate(primitive.p2s_map)}
    atom = np.array([index[int(s)] for s in primitive.s2p_map])
    places = np.asarray(supercell.positions) @ np.linalg.inv(frame.lattice)
    cells = np.rint(places - frame.positions[atom])
    phase = np.exp(2j * np.pi * (cells @ np.asarray(mode.q)))
    moves = np.asarray(mode.vector).reshape(-1, 3)[atom] * phase[:, None] / np.sqrt(frame.masses[atom])[:, None]
    real: Array = moves.imag if quadrature else moves.real
    largest = float(np.linalg.norm(real, axis=1).max())
    return real / largest if largest > 1e-12 else real
