"""What a distilled potential must get right besides forces: lattice, stiffness, reaction energy, ionic hop.

Each function takes an ASE calculator and is called twice, with the teacher's and with the potential's, so that the
two numbers differ by nothing but the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.distillation.starts import Crystal
from antiperovskite.errors import NotConvergedError, StructureError

_FMAX: Final = 0.001  # on the cell too: 0.01 would leave a lattice parameter where the other engine put it
_STEPS: Final = 300
_IMAGES: Final = 3  # the hop is near symmetric and the middle image climbs
_NEB_STEPS: Final = 100
_NEB_FMAX: Final = 0.05


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


@dataclass(frozen=True)
class Hop:
    """A vacancy hop: energies of the images relative to the first in eV, and the band as ``ase.Atoms``."""

    barrier: float
    energies: tuple[float, ...]
    images: tuple[Any, ...]
    converged: bool


def hop_ends(crystal: Crystal) -> tuple[Any, Any]:
    """First and last configuration of the shortest X hop into a vacancy whose charge a far A vacancy balances.

    The A ion left out is the one farthest from both sites, so that its pull on the hop is least.
    """
    import numpy as np
    from ase.geometry import find_mic

    atoms = crystal.atoms
    X = [ion[0] for ion in crystal.ions("X")]
    A = [ion for ion in crystal.ions("A") if crystal.charges[ion[0]] == -crystal.charges[X[0]]]
    if len(X) < 2 or not A:
        raise StructureError("a vacancy hop needs two X sites and an A ion that balances one of them")
    empty = X[0]
    _, distances = find_mic(atoms.positions[X[1:]] - atoms.positions[empty], atoms.cell, pbc=True)
    # equal distances differ by rounding; the first of them in atom order is taken
    mover = X[1 + int(np.flatnonzero(distances < distances.min() + 0.01)[0])]

    def nearest_end(ion: list[int]) -> float:
        places = atoms.positions[[empty, mover]] - atoms.positions[ion[0]]
        return float(find_mic(places, atoms.cell, pbc=True)[1].min())

    anion = max(A, key=nearest_end)
    gone = {empty, *anion}
    first = crystal.without(gone).atoms
    last = first.copy()
    index = mover - sum(1 for g in gone if g < mover)
    vector, _ = find_mic(atoms.positions[empty] - atoms.positions[mover], atoms.cell, pbc=True)
    last.positions[index] += vector
    return first, last


def vacancy_hop(crystal: Crystal, calculator: Any, band: tuple[Any, ...] | None = None) -> Hop:
    """Barrier of that hop by the climbing-image nudged elastic band, improved tangent, fixed cell.

    Henkelman, Uberuaga and Jonsson, J. Chem. Phys. 113, 9901 (2000), 10.1063/1.1329672; Henkelman and Jonsson,
    J. Chem. Phys. 113, 9978 (2000), 10.1063/1.1323224; start by image-dependent pair potential, Smidstrup et al.,
    J. Chem. Phys. 140, 214106 (2014), 10.1063/1.4878664, with minimum images.

    Parameters
    ----------
    crystal
        Supercell relaxed with this calculator.
    calculator
        Shared by all images.
    band
        A converged band of another engine to start from (same atoms), which saves most of the work.
    """
    from ase.mep import NEB
    from ase.optimize import BFGS, FIRE

    ends = list(hop_ends(crystal))
    for number, end in enumerate(ends):
        if band is not None:
            end.set_scaled_positions(band[-number].get_scaled_positions(wrap=False))
        end.calc = calculator
        BFGS(end, logfile=None, maxstep=0.1).run(fmax=0.02, steps=_STEPS)
    images = [ends[0], *[ends[0].copy() for _ in range(_IMAGES)], ends[1]]
    climb = NEB(images, climb=True, method="improvedtangent", k=0.3, allow_shared_calculator=True)
    if band is None:
        climb.interpolate(method="idpp", mic=True)
    else:
        for image, other in zip(images[1:-1], band[1:-1], strict=True):
            image.set_scaled_positions(other.get_scaled_positions(wrap=False))
    for image in images:
        image.calc = calculator
    converged = bool(FIRE(climb, logfile=None, maxstep=0.1).run(fmax=_NEB_FMAX, steps=_NEB_STEPS))
    energies = [float(image.get_potential_energy()) for image in images]
    relative = tuple(energy - energies[0] for energy in energies)
    return Hop(max(relative), relative, tuple(image.copy() for image in images), converged)


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
