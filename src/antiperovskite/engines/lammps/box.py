"""A crystal in LAMMPS's box and back: LAMMPS wants the first axis along x and the second in the xy plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from antiperovskite.engines.lammps.session import commands
from antiperovskite.errors import EngineError

_ORTHOGONAL = 1e-10  # angstrom; below it a tilt is rounding and the cheaper orthogonal box is used


@dataclass(frozen=True)
class Box:
    """The turned cell.

    ``cell`` is lower triangular with a positive diagonal, rows are lattice vectors, angstrom, shape ``(3, 3)``;
    ``rotation`` turns the crystal's vectors (rows) into LAMMPS's: ``v_lammps = v @ rotation``. A left-handed cell gives
    an improper rotation, which no energy notices.
    """

    cell: Any
    rotation: Any

    @classmethod
    def of(cls, cell: Any) -> Box:
        """Factor ``cell = L @ rotation.T`` (QR of the transpose, signs chosen so that the diagonal is positive)."""
        import numpy as np

        array = np.asarray(cell, dtype=float)
        if array.shape != (3, 3) or not np.isfinite(array).all() or abs(np.linalg.det(array)) < 1e-6:
            raise EngineError("the structure needs three finite lattice vectors that span a volume")
        rotation, upper = np.linalg.qr(array.T)
        signs = np.where(np.diag(upper) < 0.0, -1.0, 1.0)
        lower = (signs[:, None] * upper).T
        lower[np.abs(lower) < _ORTHOGONAL] = 0.0
        if not np.abs(lower - np.diag(np.diag(lower))).any() and np.allclose(array, np.diag(np.diag(array)), atol=0):
            return cls(np.abs(array), np.diag(np.sign(np.diag(array))))  # no rounding at all in the common case
        return cls(lower, rotation * signs)

    @property
    def orthogonal(self) -> bool:
        """Whether the three axes are at right angles."""
        lower = self.cell
        return not (lower[1, 0] or lower[2, 0] or lower[2, 1])

    def inwards(self, vectors: Any) -> Any:
        """Vectors of the crystal, shape ``(n, 3)``, in LAMMPS's frame."""
        return vectors @ self.rotation

    def outwards(self, vectors: Any) -> Any:
        """Vectors of LAMMPS's frame, shape ``(n, 3)``, in the crystal's."""
        return vectors @ self.rotation.T

    def stress_outwards(self, tensor: Any) -> Any:
        """A symmetric tensor, shape ``(3, 3)``, of LAMMPS's frame in the crystal's."""
        return self.rotation @ tensor @ self.rotation.T


def to_atoms(structure: Any) -> Any:
    """Return ``ase.Atoms`` of a pymatgen ``Structure``; ASE atoms pass unchanged."""
    if hasattr(structure, "get_chemical_symbols"):
        return structure
    from pymatgen.io.ase import AseAtomsAdaptor

    return AseAtomsAdaptor.get_atoms(structure, msonable=False)


def load_structure(
    lmp: Any, structure: Any, *, elements: Sequence[str] | None = None, triclinic: bool = False
) -> tuple[str, ...]:
    """Create the box and the atoms of a structure in a fresh session.

    Parameters
    ----------
    lmp
        From :func:`~antiperovskite.engines.lammps.session.session`, without a box yet.
    structure
        ``pymatgen.core.Structure`` or ``ase.Atoms``, periodic in three directions.
    elements
        Element of each LAMMPS type, in order; the potential decides it. Default: those of the structure, sorted.
    triclinic
        Whether to make a tilted box even where the tilts are zero (a run whose cell may shear needs it).

    Returns
    -------
    tuple of str
        ``elements``.

    Raises
    ------
    EngineError
        The structure holds an element that is not in ``elements``, or its cell is not three-dimensional.
    """
    import numpy as np
    from ase.data import atomic_masses, atomic_numbers

    atoms = to_atoms(structure)
    symbols = atoms.get_chemical_symbols()
    kinds = tuple(elements) if elements is not None else tuple(sorted(set(symbols)))
    missing = sorted(set(symbols) - set(kinds))
    if missing:
        raise EngineError(f"the potential is for {', '.join(kinds)} and does not know {', '.join(missing)}")
    box = Box.of(atoms.cell.array)
    make_box(lmp, box, len(kinds), triclinic=triclinic)
    commands(
        lmp, [f"mass {number} {atomic_masses[atomic_numbers[kind]]:.10g}" for number, kind in enumerate(kinds, start=1)]
    )
    wrapped = wrapped_positions(box, atoms)
    types = np.array([kinds.index(symbol) + 1 for symbol in symbols], dtype=np.int32)
    created = lmp.create_atoms(len(types), None, types.tolist(), wrapped.ravel().tolist())
    if created != len(types):
        raise EngineError(f"LAMMPS took {created} of {len(types)} atoms; the cell or a position is not finite")
    return kinds


def make_box(lmp: Any, box: Box, n_types: int, *, triclinic: bool = False) -> None:
    """Define the periodic box with room for ``n_types`` atom types."""
    a, b, c = box.cell
    size = f"0 {a[0]:.17g} 0 {b[1]:.17g} 0 {c[2]:.17g}"
    if box.orthogonal and not triclinic:
        shape = f"region cell block {size} units box"
    else:
        shape = f"region cell prism {size} {b[0]:.17g} {c[0]:.17g} {c[1]:.17g} units box"
    commands(lmp, ["box tilt large", shape, f"create_box {n_types} cell"])


def wrapped_positions(box: Box, atoms: Any) -> Any:
    """Positions in LAMMPS's frame, inside the box, angstrom, shape ``(n, 3)``."""
    import numpy as np

    fractional = np.linalg.solve(box.cell.T, box.inwards(atoms.positions).T).T
    if not np.isfinite(fractional).all():
        raise EngineError("a position is not a finite number")
    fractional -= np.floor(fractional)
    fractional[fractional >= 1.0] = 0.0  # -1e-17 - floor(-1e-17) rounds to exactly 1, which is outside
    return fractional @ box.cell
