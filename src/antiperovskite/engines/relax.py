"""Relaxation of positions and cell, with convergence always stated and never silently missed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from antiperovskite.engines.model import Relaxation
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import EngineError, NotConvergedError

Progress = Callable[[int, float], None]
"""Called after each optimiser step with (step, largest force component in eV/angstrom)."""

DEFAULT_FMAX = 0.01
DEFAULT_MAX_STEPS = 500
SMALLEST_VOLUME_RATIO, LARGEST_VOLUME_RATIO = 0.4, 2.5
LARGEST_FORCE = 1e4  # eV/angstrom; far beyond any bond


def relax(
    structure: Any,
    engine: Engine,
    *,
    fmax: float = DEFAULT_FMAX,
    max_steps: int = DEFAULT_MAX_STEPS,
    relax_cell: bool = True,
    keep_symmetry: bool = False,
    rattle: float = 0.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Relaxation:
    """Minimise the energy of a structure.

    Parameters
    ----------
    structure
        ``pymatgen.core.Structure``.
    engine
        Where energies, forces and stresses come from.
    fmax
        Convergence criterion, eV/angstrom, on the largest atomic force and on the cell's generalised force.
    max_steps
        Optimiser steps before giving up.
    relax_cell
        Whether the cell relaxes too (ase ``FrechetCellFilter``).
    keep_symmetry
        Whether the space group of the start is enforced (ase ``FixSymmetry``, symprec 0.01 angstrom).
    rattle, seed
        Standard deviation in angstrom, and seed, of a random displacement of all atoms before the relaxation, so
        that a structure can leave a symmetric saddle point.
    progress
        Called after each step.

    Raises
    ------
    NotConvergedError
        The criterion was not met in ``max_steps``.
    EngineError
        The engine failed, or atoms flew apart.
    """
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.calc = engine.calculator()
    if rattle > 0.0:
        atoms.rattle(stdev=rattle, seed=seed)
    if keep_symmetry:
        _fix_symmetry(atoms)
    target = FrechetCellFilter(atoms) if relax_cell else atoms
    # BFGS, not LBFGS: it takes the absolute value of negative curvatures, where ase's LBFGS converges to saddle
    # points. Steps are capped at 0.1 angstrom: starting cells from radii can be several per cent off.
    optimiser = BFGS(target, logfile=None, maxstep=0.1, alpha=70.0)
    if progress is not None:
        optimiser.attach(lambda: progress(optimiser.nsteps, _max_force(atoms)))
    volume_start = atoms.get_volume()
    optimiser.attach(lambda: _stop_if_flying_apart(atoms, volume_start, engine))
    with relaxing(structure, engine):
        with warnings.catch_warnings():
            # scipy's logarithm of a nearly symmetric strain says so at an error of 1e-13
            warnings.filterwarnings("ignore", message="logm result may be inaccurate")
            converged = bool(optimiser.run(fmax=fmax, steps=max_steps))
        energy = float(atoms.get_potential_energy())
        max_force = _max_force(atoms)
        residual = float(abs(target.get_forces()).max())
        max_stress = float(abs(atoms.get_stress()).max()) if relax_cell else 0.0
    if not converged:
        raise NotConvergedError(
            f"{structure.composition.reduced_formula} did not reach {fmax} eV/angstrom in {max_steps} steps with "
            f"{engine.card.name!r} (left: {max_force:.3g} on atoms, {residual:.3g} with the cell); raise the step "
            "limit or loosen fmax"
        )
    return Relaxation(
        structure=plain_structure(atoms),
        energy=energy,
        steps=int(optimiser.nsteps),
        max_force=max_force,
        max_stress=_to_GPa(max_stress),
        converged=converged,
        symmetry_kept=keep_symmetry,
        engine=engine.card,
        settings=(
            f"BFGS, {'cell and positions' if relax_cell else 'positions only'}, fmax {fmax:g} eV/angstrom"
            f"{', symmetry kept' if keep_symmetry else ''}"
            f"{f', rattled by {rattle:g} angstrom (seed {seed})' if rattle > 0 else ''}"
        ),
    )


@contextmanager
def relaxing(structure: Any, engine: Engine) -> Iterator[None]:
    """Whatever an engine raises while it relaxes a structure becomes an ``EngineError`` that names both."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(
            f"engine {engine.card.name!r} failed while relaxing {structure.composition.reduced_formula}: "
            f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        ) from error


def _stop_if_flying_apart(atoms: Any, volume_start: float, engine: Engine) -> None:
    """Raise as soon as a run cannot end in a crystal of this kind any more, instead of stepping to the limit."""
    ratio, force = atoms.get_volume() / volume_start, _max_force(atoms)
    if SMALLEST_VOLUME_RATIO < ratio < LARGEST_VOLUME_RATIO and force < LARGEST_FORCE:
        return
    raise EngineError(
        f"{atoms.get_chemical_formula()} flew apart or collapsed while relaxing with {engine.card.name!r} (volume "
        f"changed by a factor {ratio:.2f}, largest force {force:.1e} eV/angstrom); the start is not near a minimum of "
        "this engine"
    )


def _to_GPa(stress: float) -> float:
    from antiperovskite.units import conversion_factor

    return stress * conversion_factor("eV/angstrom^3", "GPa")


def _fix_symmetry(atoms: Any) -> None:
    from ase.constraints import FixSymmetry

    from antiperovskite.structures.symmetry import quiet_spglib

    with quiet_spglib():
        atoms.set_constraint(FixSymmetry(atoms, symprec=0.01))


def _max_force(atoms: Any) -> float:
    return largest_component(atoms.get_forces())


def largest_component(forces: Any) -> float:
    """Largest of all components of forces ``(n, 3)``."""
    return float(abs(forces).max())


def plain_structure(atoms: Any) -> dict[str, Any]:
    """Return ``Structure.as_dict()`` without the calculator, constraints or forces ASE attaches."""
    from pymatgen.core import Lattice, Structure

    structure = Structure(
        Lattice(atoms.cell.array), atoms.get_chemical_symbols(), atoms.get_scaled_positions(wrap=False)
    )
    plain: dict[str, Any] = structure.as_dict()
    plain["lattice"]["pbc"] = list(plain["lattice"]["pbc"])  # JSON knows no tuples; the round trip must be equal
    return plain
