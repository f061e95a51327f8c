"""What a distilled potential must get right besides forces and hops: lattice, stiffness, reaction energy.

Each function takes an ASE calculator and is called twice, with the teacher's and with the potential's, so that the
two numbers differ by nothing but the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.distillation.starts import Crystal
from antiperovskite.errors import NotConvergedError

_FMAX: Final = 0.001  # on the cell too: 0.01 would leave a lattice parameter where the other engine put it
_STEPS: Final = 300


@dataclass(frozen=True)
class Bulk:
    """A relaxed crystal: cell edge as cube root of the volume per formula cell, energy, bulk modulus.

    ``length`` in angstrom, ``energy`` in eV per cell, ``bulk_modulus`` in eV/angstrom^3.
    """

    length: float
    energy: float
    bulk_modulus: float
    atoms: Any


def relax_cell(atoms: Any, calculator: Any) -> Any:
    """Relax positions and cell to 0.001 eV/angstrom; the symmetry of the start is kept by the forces themselves.

    Raises
    ------
    NotConvergedError
        The criterion was not met.
    """
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS

    relaxed = atoms.copy()
    relaxed.calc = calculator
    optimiser = BFGS(FrechetCellFilter(relaxed), logfile=None, maxstep=0.1)
    if not optimiser.run(fmax=_FMAX, steps=_STEPS):
        raise NotConvergedError(
            f"{atoms.get_chemical_formula()} did not relax to {_FMAX} eV/angstrom in {_STEPS} steps"
        )
    return relaxed


def bulk(atoms: Any, calculator: Any) -> Bulk:
    """Relax, then differentiate the pressure: B = -V dP/dV from stresses at +-1 % volume."""
    import numpy as np

    start = atoms.copy()  # off both minima, or an engine would keep the other's lattice within the force criterion
    start.set_cell(start.cell.array * 1.005, scale_atoms=True)
    relaxed = relax_cell(start, calculator)
    pressures = []
    for factor in (0.99, 1.01):
        scaled = relaxed.copy()
        scaled.set_cell(relaxed.cell.array * factor ** (1.0 / 3.0), scale_atoms=True)
        scaled.calc = calculator
        pressures.append(-float(np.mean(scaled.get_stress()[:3])))
    modulus = (pressures[0] - pressures[1]) / 0.02
    return Bulk(relaxed.get_volume() ** (1.0 / 3.0), float(relaxed.get_potential_energy()), modulus, relaxed)


def reaction_energy(
    crystal: Crystal, binaries: list[tuple[str, Any]], relaxed_energy: float, energy_of: Callable[[Any], float]
) -> tuple[str, float] | None:
    """Energy in eV per formula unit of X2B + XA -> X3BA, or ``None`` where the compound is not of that kind.

    Parameters
    ----------
    crystal
        One formula unit of X3BA.
    binaries
        From :func:`~antiperovskite.distillation.starts.binary_cells`.
    relaxed_energy
        eV of that cell.
    energy_of
        Relaxes a binary cell and gives eV per cell.
    """
    symbols = crystal.atoms.get_chemical_symbols()
    names = {role: sorted({symbols[ion[0]] for ion in crystal.ions(role)}) for role in "XBA"}
    if any(len(found) != 1 for found in names.values()) or len(symbols) != 5:
        return None
    X, B, A = names["X"][0], names["B"][0], names["A"][0]
    energies = {}
    for name, atoms in binaries:
        units = {f"{X}{A}": symbols_count(atoms, A), f"{X}2{B}": symbols_count(atoms, B)}.get(name)
        if units:
            energies[name] = energy_of(atoms) / units
    if len(energies) != 2:
        return None
    return f"{X}2{B} + {X}{A} -> {X}3{B}{A}", relaxed_energy - sum(energies.values())


def symbols_count(atoms: Any, symbol: str) -> int:
    """How many atoms of an element."""
    return sum(found == symbol for found in atoms.get_chemical_symbols())
