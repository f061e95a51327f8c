"""Rows of the linear problem: descriptors and their derivatives, from LAMMPS's own computes where it has them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from antiperovskite.distillation.forms import Form, LammpsForm, Snap
from antiperovskite.distillation.frames import Frame
from antiperovskite.distillation.uf3 import Uf3
from antiperovskite.engines.lammps import evaluate_in, load_structure, session, set_potential, start
from antiperovskite.engines.lammps.box import Box

_STRAIN: Final = 1e-4
_VOIGT: Final = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_SKIN: Final = 0.3


@dataclass(frozen=True)
class Rows:
    """Rows of one frame: ``energy @ c`` in eV, ``forces @ c`` in eV/angstrom (3 n rows), ``stress @ c`` in
    eV/angstrom^3 (six rows, Voigt, sign of ASE); ``stress`` is ``None`` where it was not asked for."""

    energy: Any
    forces: Any
    stress: Any


@dataclass(frozen=True)
class Core:
    """Ziegler-Biersack-Littmark repulsion added under the fitted form, so that no two atoms ever fuse.

    ``inner`` and ``outer`` in angstrom: between them LAMMPS switches it off; beyond ``outer`` it is zero.
    Ziegler, Biersack, Littmark, The Stopping and Range of Ions in Matter (1985).
    """

    inner: float
    outer: float

    def pair_style(self) -> str:
        """The style with its two distances."""
        return f"zbl {self.inner:g} {self.outer:g}"

    def pair_coeffs(self, elements: tuple[str, ...], *, in_hybrid: bool) -> list[str]:
        """Nuclear charges for each pair of types."""
        from ase.data import atomic_numbers

        style = "zbl " if in_hybrid else ""
        numbers = [atomic_numbers[element] for element in elements]
        return [
            f"pair_coeff {i + 1} {j + 1} {style}{numbers[i]} {numbers[j]}"
            for i in range(len(numbers))
            for j in range(i, len(numbers))
        ]


def pair_commands(form: Form, core: Core | None, directory: Path) -> list[str]:
    """The commands that run form and core together."""
    if core is None and not form.composite:
        return [f"pair_style {form.pair_style()}", *form.pair_coeffs(directory, in_hybrid=False)]
    return [
        f"pair_style hybrid/overlay {form.pair_style()}{f' {core.pair_style()}' if core else ''}",
        *form.pair_coeffs(directory, in_hybrid=True),
        *(core.pair_coeffs(form.elements, in_hybrid=True) if core else []),
    ]


class Designer:
    """An open LAMMPS session that takes structures apart with one form."""

    def __init__(self, lmp: Any, form: Form, core: Core | None, directory: Path) -> None:
        self._lmp = lmp
        self.form = form
        self.core = core
        self._directory = directory
        form.write_parameters(directory)

    def rows(self, frame: Frame, *, stress: bool = True) -> Rows:
        """Energy, force and (at twelve times the cost of an energy) stress rows of a frame."""
        import numpy as np

        if isinstance(self.form, Uf3):  # stress rows are analytic and cost nothing
            atomic, forces, virial = self.form.rows(frame, self.types(frame))
            return Rows(atomic.sum(axis=0), forces, virial if stress else None)
        atoms = frame.atoms()
        n = len(atoms)
        form = self._taken_apart_by_lammps()
        self._load(atoms, form.design_command(self._directory))
        self._lmp.command("thermo_style custom step c_design[1][1]")
        self._lmp.command("run 0 post no")
        array = np.array(self._lmp.numpy.extract_compute("design", 0, 2), dtype=float)
        energy, forces = form.split(array, n)
        if isinstance(form, Snap):
            energy, forces = _with_constants(energy, forces, self.types(frame), len(self.form.elements))
        rotation = Box.of(atoms.cell.array).rotation
        forces = np.einsum("nac,ba->nbc", forces.reshape(n, 3, -1), rotation).reshape(3 * n, -1)
        return Rows(energy, forces, self._stress_rows(frame) if stress else None)

    def per_atom(self, frame: Frame) -> Any:
        """Descriptors of each atom, shape ``(n_atoms, n_descriptors)``."""
        import numpy as np

        if isinstance(self.form, Uf3):
            types = self.types(frame)
            return self.form.surroundings(self.form.rows(frame, types, forces=False)[0], types)
        self._load(frame.atoms(), self._taken_apart_by_lammps().atom_command(self._directory))
        self._lmp.command("compute total all reduce sum c_atomic[1]")
        self._lmp.command("thermo_style custom step c_total")
        self._lmp.command("run 0 post no")
        return np.array(self._lmp.numpy.extract_compute("atomic", 1, 2), dtype=float)[: len(frame.numbers)]

    def _taken_apart_by_lammps(self) -> LammpsForm:
        return cast("LammpsForm", self.form)

    def types(self, frame: Frame) -> Any:
        """Index of each atom's element in the form's list."""
        import numpy as np

        return np.array([self.form.elements.index(symbol) for symbol in frame.symbols])

    def core_part(self, frame: Frame) -> tuple[float, Any, Any]:
        """Energy, forces and Voigt stress of the core repulsion alone."""
        import numpy as np

        if self.core is None:
            return 0.0, np.zeros_like(frame.positions), np.zeros(6)
        style = [f"pair_style {self.core.pair_style()}", *self.core.pair_coeffs(self.form.elements, in_hybrid=False)]
        value = evaluate_in(self._lmp, frame.atoms(), style, elements=self.form.elements, skin=_SKIN)
        return value.energy, value.forces, np.array([value.stress[pair] for pair in _VOIGT])

    def _load(self, atoms: Any, compute: str) -> None:
        start(self._lmp)
        load_structure(self._lmp, atoms, elements=self.form.elements)
        set_potential(self._lmp, [f"pair_style zero {self.form.cutoff:g}", "pair_coeff * *"], skin=_SKIN)
        self._lmp.command(compute)

    def _stress_rows(self, frame: Frame) -> Any:
        """Central differences of the energy row under six small strains; LAMMPS gives no virial of descriptors."""
        import numpy as np

        types = self.types(frame)
        form = self._taken_apart_by_lammps()
        volume = abs(float(np.linalg.det(frame.cell)))
        rows = []
        for a, b in _VOIGT:
            sides = []
            for sign in (1.0, -1.0):
                deformation = np.eye(3)
                deformation[a, b] += sign * _STRAIN / 2.0
                deformation[b, a] += sign * _STRAIN / 2.0
                strained = Frame(frame.numbers, frame.positions @ deformation, frame.cell @ deformation, frame.group)
                sides.append(form.global_row(self.per_atom(strained), types))
            rows.append((sides[0] - sides[1]) / (2.0 * _STRAIN * volume))
        return np.array(rows)


def _with_constants(energy: Any, forces: Any, types: Any, n_elements: int) -> tuple[Any, Any]:
    """Put the constant of each element in front of its block of columns."""
    import numpy as np

    blocks = np.split(energy, n_elements)
    counts = [float((types == number).sum()) for number in range(n_elements)]
    full = np.concatenate([np.concatenate([[count], block]) for count, block in zip(counts, blocks, strict=True)])
    padded = np.insert(forces, np.arange(n_elements) * len(blocks[0]), 0.0, axis=1)
    return full, padded


@contextmanager
def designer(form: Form, core: Core | None = None) -> Iterator[Designer]:
    """Open a session for taking structures apart."""
    with TemporaryDirectory(prefix="antiperovskite-") as directory, session() as lmp:
        yield Designer(lmp, form, core, Path(directory))
