"""Force constants of a crystal by finite displacements (phonopy) with any engine, resumable step by step.

Phi_ij = -dF_i/du_j, by central or one-sided differences as the symmetry of the displaced atom allows.
Togo and Tanaka, Scr. Mater. 2015, 10.1016/j.scriptamat.2015.07.021.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import check_writable, write_atomically
from antiperovskite._model import Model
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, EngineError

DISPLACEMENT: Final = 0.02  # angstrom; well above the single-precision noise of machine-learned forces
CACHE_VARIABLE: Final = "ANTIPEROVSKITE_FORCES"
CITATION: Final = "togo2015"

Report = Callable[[int, int], None]
"""Called before each displacement that must be computed, with its number and their count."""


class ForceSet(Model):
    """Forces of the displaced supercells computed so far, eV/angstrom; the file a stopped run goes on from."""

    key: str
    engine: str
    displacement: float
    atoms: int
    forces: tuple[tuple[tuple[float, float, float], ...], ...]


def force_constants(
    cell: Any,
    engine: Engine,
    supercell: Sequence[int],
    *,
    centring: str = "P",
    displacement: float = DISPLACEMENT,
    cache: Path | None = None,
    report: Report | None = None,
) -> Any:
    """Return a ``phonopy.Phonopy`` object with symmetrised force constants.

    Parameters
    ----------
    cell
        ``pymatgen.core.Structure``, a conventional cell in the standard setting, relaxed with ``engine``.
    engine
        Where the forces come from.
    supercell
        How often the cell is repeated along each axis ``(3,)``.
    centring
        Centring letter of the cell; phonons are those of the primitive cell it implies.
    displacement
        Length of the displacements, angstrom.
    cache
        Directory where forces are kept after each displacement and looked up first; nothing is kept for ``None``.
    report
        Called before each computed displacement.

    Raises
    ------
    EngineError
        The engine failed.
    """
    import numpy as np
    from phonopy import Phonopy
    from phonopy.structure.atoms import PhonopyAtoms

    unit = PhonopyAtoms(
        symbols=[site.specie.symbol for site in cell], cell=cell.lattice.matrix, scaled_positions=cell.frac_coords
    )
    with warnings.catch_warnings():
        # a supercell of unequal repeats is less symmetric than the crystal: more displacements, the same physics
        warnings.filterwarnings("ignore", message=".*Point group symmetries of supercell", category=UserWarning)
        phonon = Phonopy(unit, np.diag(supercell), primitive_matrix=centring)
    phonon.generate_displacements(distance=displacement)
    phonon.forces = _all_forces(phonon, cell, engine, displacement, cache, report)
    phonon.produce_force_constants()
    phonon.symmetrize_force_constants()
    return phonon


def _all_forces(
    phonon: Any, cell: Any, engine: Engine, displacement: float, cache: Path | None, report: Report | None
) -> list[Any]:
    import numpy as np

    supercells = list(phonon.supercells_with_displacements)
    path, key, done = None, "", list[Any]()
    if cache is not None:
        check_writable(cache)
        key = force_key(cell, engine, phonon.supercell_matrix.tolist(), displacement)
        path = cache / f"{engine.card.name}-{key[:24]}.json"
        done = _read(path, key, len(supercells), len(phonon.supercell))
    calculator = engine.calculator() if len(done) < len(supercells) else None
    for number in range(len(done), len(supercells)):
        if report is not None:
            report(number + 1, len(supercells))
        done.append(_forces_of(supercells[number], calculator, engine))
        if path is not None:
            record = ForceSet(
                key=key,
                engine=engine.card.name,
                displacement=displacement,
                atoms=len(phonon.supercell),
                forces=tuple(tuple((float(x), float(y), float(z)) for x, y, z in force) for force in done),
            )
            write_atomically(path, record.model_dump_json() + "\n")
    return [np.asarray(force) for force in done]


def _forces_of(supercell: Any, calculator: Any, engine: Engine) -> Any:
    import numpy as np
    from ase import Atoms

    atoms = Atoms(symbols=supercell.symbols, cell=supercell.cell, scaled_positions=supercell.scaled_positions, pbc=True)
    atoms.calc = calculator
    try:
        force = np.array(atoms.get_forces())
    except AntiperovskiteError:
        raise
    except Exception as error:
        raise EngineError(
            f"engine {engine.card.name!r} failed on a displaced supercell of {len(atoms)} atoms: "
            f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        ) from error
    if not np.isfinite(force).all():
        raise EngineError(f"engine {engine.card.name!r} gave forces that are not numbers; the cell is not physical")
    return np.round(force - force.mean(axis=0), 9)  # no net force: noise of the engine, not physics


def _read(path: Path, key: str, count: int, atoms: int) -> list[Any]:
    """Forces kept before; a file that does not fit is as good as none, because it can be computed again."""
    from pydantic import ValidationError

    try:
        record = ForceSet.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return []
    fits = record.key == key and record.atoms == atoms and all(len(force) == atoms for force in record.forces)
    return list(record.forces[:count]) if fits else []


def force_key(cell: Any, engine: Engine, matrix: list[list[int]], displacement: float) -> str:
    """Return a digest of everything the forces depend on: structure, engine and its version, supercell, step."""
    from phonopy import __version__ as phonopy_version

    lines = [
        engine.card.name,
        engine.card.version,
        phonopy_version,  # it chooses the displacements
        repr([[int(entry) for entry in row] for row in matrix]),
        f"{displacement:.6f}",
        *(" ".join(f"{value:.7f}" for value in row) for row in cell.lattice.matrix),
        *(f"{site.specie.symbol} " + " ".join(f"{value % 1.0:.7f}" for value in site.frac_coords) for site in cell),
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def default_cache() -> Path:
    """Return where forces are kept: ``ANTIPEROVSKITE_FORCES``, or a directory in the user's cache."""
    own = os.environ.get(CACHE_VARIABLE)
    if own:
        return Path(own)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("antiperovskite")) / "forces"
