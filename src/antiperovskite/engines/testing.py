"""A public conformance kit: what every engine must do, checked without knowing what it is.

Run it in your own repository::

    from antiperovskite.engines.testing import check_engine
    check_engine(my_engine, structures)

Each check raises ``AssertionError`` saying what was compared and by how much it differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.protocol import Engine


def check_engine(engine: Engine, structures: Iterable[Any], *, tolerance: float = 1e-4) -> None:
    """Run every check on every structure (``pymatgen.core.Structure``).

    ``tolerance`` is in eV per atom for energies and eV/angstrom for forces; numerical derivatives are compared to
    within 50 times that.
    """
    assert isinstance(engine, Engine), f"{engine!r} does not follow the Engine protocol"
    assert isinstance(engine.card, EngineCard)
    assert engine.card.known_bias, f"{engine.card.name}: an engine must say what is known against it"
    for structure in structures:
        atoms = _displaced(structure)
        check_invariances(engine, atoms, tolerance)
        check_extensive(engine, atoms, tolerance)
        check_forces(engine, atoms, 50 * tolerance)
        check_stress(engine, atoms, 50 * tolerance)
        check_deterministic(engine, atoms)


def _displaced(structure: Any) -> Any:
    """Atoms away from symmetric positions, so that no force vanishes by symmetry."""
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.rattle(stdev=0.04, seed=7)
    return atoms


def _energy(engine: Engine, atoms: Any) -> float:
    copy = atoms.copy()
    copy.calc = engine.calculator()
    return float(copy.get_potential_energy())


def _forces(engine: Engine, atoms: Any) -> Any:
    copy = atoms.copy()
    copy.calc = engine.calculator()
    return copy.get_forces()


def check_invariances(engine: Engine, atoms: Any, tolerance: float) -> None:
    """Energy does not change under translation, rotation or permutation; forces turn with the crystal."""
    import numpy as np

    energy, forces = _energy(engine, atoms), _forces(engine, atoms)
    moved = atoms.copy()
    moved.translate([0.37, -1.21, 2.03])
    moved.wrap()
    turned = atoms.copy()
    turned.rotate(33.0, (1.0, 2.0, 3.0), rotate_cell=True)
    order = np.random.default_rng(3).permutation(len(atoms))
    for name, other in (("translation", moved), ("rotation", turned), ("permutation", atoms[order])):
        change = abs(_energy(engine, other) - energy) / len(atoms)
        assert change < tolerance, f"{engine.card.name}: {name} changes the energy by {change:.2e} eV/atom"
    rotation = np.linalg.solve(atoms.cell.array, turned.cell.array)
    worst = abs(_forces(engine, turned) - forces @ rotation).max()
    assert worst < 10 * tolerance, (
        f"{engine.card.name}: forces do not rotate with the crystal ({worst:.2e} eV/angstrom)"
    )


def check_extensive(engine: Engine, atoms: Any, tolerance: float) -> None:
    """A 2 x 1 x 1 supercell has twice the energy."""
    change = abs(_energy(engine, atoms.repeat((2, 1, 1))) / 2 - _energy(engine, atoms)) / len(atoms)
    assert change < tolerance, f"{engine.card.name}: energy per atom changes by {change:.2e} eV in a supercell"


def check_forces(engine: Engine, atoms: Any, tolerance: float, step: float = 0.005) -> None:
    """Forces are minus the central difference of the energy and sum to zero."""
    forces = _forces(engine, atoms)
    drift = abs(forces.sum(axis=0)).max()
    assert drift < tolerance, f"{engine.card.name}: forces sum to {drift:.2e} eV/angstrom"
    for atom, axis in ((0, 0), (len(atoms) - 1, 2)):
        energies = []
        for sign in (1, -1):
            copy = atoms.copy()
            copy.positions[atom, axis] += sign * step
            energies.append(_energy(engine, copy))
        numerical = -(energies[0] - energies[1]) / (2 * step)
        difference = abs(numerical - forces[atom, axis])
        assert difference < tolerance, f"{engine.card.name}: force differs from -dE/dx by {difference:.2e} eV/angstrom"


def check_stress(engine: Engine, atoms: Any, tolerance: float, strain: float = 1e-3) -> None:
    """Stress is the strain derivative of the energy per volume (uniaxial and shear)."""
    import numpy as np

    copy = atoms.copy()
    copy.calc = engine.calculator()
    stress = copy.get_stress(voigt=False)
    for a, b in ((0, 0), (1, 2)):
        energies = []
        for sign in (1, -1):
            deformation = np.eye(3)
            deformation[a, b] += sign * strain / 2
            deformation[b, a] += sign * strain / 2
            strained = atoms.copy()
            strained.set_cell(atoms.cell.array @ deformation, scale_atoms=True)
            energies.append(_energy(engine, strained))
        numerical = (energies[0] - energies[1]) / (2 * strain) / atoms.get_volume()
        difference = abs(numerical - stress[a, b])
        assert difference < tolerance, f"{engine.card.name}: stress [{a}{b}] off by {difference:.2e} eV/angstrom^3"


def check_deterministic(engine: Engine, atoms: Any) -> None:
    """The same structure twice gives the same number to the last bit."""
    other = atoms.copy()
    other.positions[0] += 0.1
    first = _energy(engine, atoms)
    _energy(engine, other)  # between the two, so that a calculator's memory of its last result does not answer
    second = _energy(engine, atoms)
    assert first == second, f"{engine.card.name}: the same structure gave {first!r} and {second!r} eV"
