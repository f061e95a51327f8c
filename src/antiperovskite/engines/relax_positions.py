"""Relaxation of positions at fixed cell in few force calls, with a shake that leaves saddle points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.engines.model import Relaxation
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import LARGEST_FORCE, Progress, largest_component, plain_structure, relaxing
from antiperovskite.errors import EngineError, NotConvergedError

if TYPE_CHECKING:
    from antiperovskite.engines.quasi_newton import Minimum

FALL: Final = 0.001
"""eV; soft turns of a framework hide several meV behind small forces."""
SHAKE: Final = 0.06
"""Standard deviation, in angstrom, of the displacements that follow each minimum."""
DEEPER: Final = 0.003
"""eV; a minimum after a shake that is lower by less is the same one."""
SHAKES: Final = 4


def relax_positions(
    structure: Any,
    engine: Engine,
    *,
    fmax: float,
    max_steps: int = 400,
    rattle: float = 0.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Relaxation:
    """Minimise the energy of a structure at fixed cell.

    Quasi-Newton steps over a preconditioner of the crystal; after each minimum all atoms are displaced at random and
    minimised again, until that leads no deeper. Defects in Li3OCl take half the force calls of BFGS for the same minima
    (benchmarks/bench_relax.py), and starts that symmetry holds on a saddle leave it.

    Parameters
    ----------
    structure
        ``pymatgen.core.Structure``.
    engine
        Where energies and forces come from.
    fmax
        Longest force allowed on an atom, eV/angstrom; the quadratic model may see at most 1 meV below.
    max_steps
        Force calls of all minimisations together.
    rattle, seed
        Standard deviation in angstrom, and seed, of a random displacement of all atoms before the first.
    progress
        Called after each force call with (calls, largest force component).

    Raises
    ------
    NotConvergedError
        The criterion was not met in ``max_steps``, or what a shake leads to was not.
    EngineError
        The engine failed, or atoms flew apart.
    """
    import numpy as np
    from pymatgen.io.ase import AseAtomsAdaptor

    from antiperovskite.engines.quasi_newton import InverseHessian, crystal_preconditioner, minimise

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.calc = engine.calculator()
    inverse = InverseHessian(crystal_preconditioner(atoms))
    if rattle > 0.0:
        atoms.rattle(stdev=rattle, seed=seed)
    calls = 0

    def force(positions: Any) -> tuple[float, Any]:
        nonlocal calls
        atoms.positions = positions
        energy, forces = float(atoms.get_potential_energy()), atoms.get_forces()
        calls += 1
        if progress is not None:
            progress(calls, largest_component(forces))
        if not np.isfinite(forces).all() or largest_component(forces) > LARGEST_FORCE:
            raise EngineError(
                f"{atoms.get_chemical_formula()} flew apart while relaxing with {engine.card.name!r}; the start is not "
                "near a minimum of this engine"
            )
        return energy, forces

    generator = np.random.default_rng(seed)
    start = atoms.positions.copy()
    best: Minimum | None = None
    with relaxing(structure, engine):
        for _ in range(SHAKES + 1):
            found = minimise(force, start, inverse, fmax=fmax, fall=FALL, max_steps=max_steps - calls)
            if not found.converged:
                best = None  # there may be something deeper that was not reached
                break
            if best is not None and found.energy >= best.energy - DEEPER:
                best = found if found.energy < best.energy else best
                break
            best = found
            start = best.positions + generator.normal(scale=SHAKE, size=start.shape)
    if best is None:
        raise NotConvergedError(
            f"{structure.composition.reduced_formula} did not reach {fmax} eV/angstrom in {calls} force calls with "
            f"{engine.card.name!r} (left: {found.left:.3g}); raise the step limit or loosen fmax"
        )
    atoms.positions = best.positions
    return Relaxation(
        structure=plain_structure(atoms),
        energy=best.energy,
        steps=calls,
        max_force=largest_component(best.forces),
        max_stress=0.0,
        converged=True,
        symmetry_kept=False,
        engine=engine.card,
        settings=(
            f"preconditioned quasi-Newton steps, positions only, fmax {fmax:g} eV/angstrom, shaken by {SHAKE:g} "
            f"angstrom until no deeper{f', rattled by {rattle:g} angstrom (seed {seed})' if rattle > 0 else ''}"
        ),
    )
