"""What tests of distillation share: an analytic teacher run by LAMMPS, shaken cells, and frames labelled by LAMMPS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from antiperovskite.distillation.design import pair_commands
from antiperovskite.distillation.frames import Frame, frame_of
from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps import evaluate

# rigid ions of about the right size; it means nothing chemically
TEACHER = """# elements: Li O Cl
pair_style born/coul/dsf 0.25 6.0
pair_coeff 1 1 0.6 0.3 1.6 0.0 0.0
pair_coeff 1 2 0.6 0.3 2.0 0.0 0.0
pair_coeff 1 3 0.6 0.3 2.5 0.0 0.0
pair_coeff 2 2 0.6 0.3 2.4 0.0 0.0
pair_coeff 2 3 0.6 0.3 2.9 0.0 0.0
pair_coeff 3 3 0.6 0.3 3.4 0.0 0.0
set type 1 charge 1.0
set type 2 charge -2.0
set type 3 charge -1.0
"""


@pytest.fixture(scope="session")
def teacher_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The teacher as a file that ``lammps:FILE`` names."""
    path = tmp_path_factory.mktemp("teacher") / "teacher.lmp"
    path.write_text(TEACHER)
    return path


@pytest.fixture(scope="session")
def teacher(teacher_file: Path) -> Any:
    """Born ions with damped charges, run by LAMMPS: fast, exact, and no model."""
    return get_engine(f"lammps:{teacher_file}")


@pytest.fixture(scope="session")
def shake() -> Callable[..., Frame]:
    """``shake(atoms, amplitude, seed, turned=False)``: displaced atoms, in a strained and turned cell if wanted."""

    def shaken(atoms: Atoms, amplitude: float, seed: int, *, turned: bool = False) -> Frame:
        random = np.random.default_rng(seed)
        if turned:
            strain = np.eye(3) + 0.03 * random.normal(size=(3, 3))
            rotation, _ = np.linalg.qr(random.normal(size=(3, 3)))
            atoms.set_cell(atoms.cell.array @ strain @ rotation, scale_atoms=True)
        atoms.positions += amplitude * random.normal(size=atoms.positions.shape)
        return frame_of(atoms, "test")

    return shaken


@pytest.fixture(scope="session")
def by_lammps() -> Callable[..., Frame]:
    """``by_lammps(form, core, coefficients, frame, directory)``: a frame labelled by that potential."""

    def labelled(form: Any, core: Any, coefficients: Any, frame: Frame, directory: Path) -> Frame:
        if hasattr(form, "write_parameters"):
            form.write_parameters(directory)
        form.write_coefficients(directory, coefficients)
        value = evaluate(frame.atoms(), pair_commands(form, core, directory), elements=form.elements)
        stress = value.stress.ravel()[[0, 4, 8, 5, 2, 1]]
        return Frame(
            frame.numbers, frame.positions, frame.cell, "test", energy=value.energy, forces=value.forces, stress=stress
        )

    return labelled


class Counting:
    """An engine that counts how often it is asked."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.card, self.asked = inner, inner.card, 0

    def calculator(self) -> Any:
        """A calculator of the engine inside."""
        self.asked += 1
        return self.inner.calculator()


@pytest.fixture
def counting_toy() -> Counting:
    """The ionic toy, counted."""
    return Counting(get_engine("toy-ionic"))
