"""Relaxed cells kept in files, one a cell, so that a stopped study goes on where it was."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from antiperovskite._files import check_writable, write_atomically
from antiperovskite._model import Model
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.engines.relax_positions import relax_positions
from antiperovskite.errors import AntiperovskiteError, EngineError, MissingEngineError, NotConvergedError

CACHE_VARIABLE: Final = "ANTIPEROVSKITE_DEFECTS"
MAX_STEPS: Final = 400
_DIGITS: Final = 5  # of coordinates; the key must not depend on the last bits


class CellRecord(Model):
    """One relaxed cell. ``energy`` and ``start_energy`` (before any step) in eV per cell; ``failed`` is the reason."""

    key: str
    engine: str
    formula: str
    energy: float | None
    start_energy: float | None
    steps: int = 0
    max_force: float | None = None
    seconds: float = 0.0
    failed: str = ""
    lattice: tuple[tuple[float, float, float], ...] = ()
    species: tuple[str, ...] = ()
    positions: tuple[tuple[float, float, float], ...] = ()

    def done(self) -> FinishedCell:
        """Return the record as a finished one.

        Raises
        ------
        EngineError
            The relaxation failed; the message is the reason kept.
        """
        if self.energy is None:
            raise EngineError(self.failed)
        return FinishedCell(**self.model_dump())


class FinishedCell(CellRecord):
    """A record whose relaxation converged."""

    energy: float

    def to_pymatgen(self) -> Any:
        """Return the relaxed ``pymatgen.core.Structure``."""
        from pymatgen.core import Lattice, Structure

        return Structure(
            Lattice(self.lattice), list(self.species), [list(x) for x in self.positions], coords_are_cartesian=True
        )


def default_cache() -> Path:
    """Return where relaxed cells are kept: ``ANTIPEROVSKITE_DEFECTS``, or a directory in the user's cache."""
    own = os.environ.get(CACHE_VARIABLE)
    if own:
        return Path(own)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("antiperovskite")) / "defects"


def relaxed_cell(
    structure: Any,
    engine: Engine,
    cache: Path | None,
    *,
    fmax: float,
    rattle: float = 0.0,
    relax_cell: bool = False,
    keep_symmetry: bool = False,
    keep_structure: bool = True,
    max_steps: int = MAX_STEPS,
) -> CellRecord:
    """Relax a structure, or return what was kept of it; a failure is kept too, with its reason.

    Parameters
    ----------
    structure
        ``pymatgen.core.Structure``; atoms in their starting places.
    cache
        Directory of the records; nothing is kept for ``None``.
    fmax, rattle, relax_cell, keep_symmetry, max_steps
        As :func:`antiperovskite.engines.relax.relax`.

    Raises
    ------
    MissingEngineError
        The engine's packages are not installed.
    """
    fixed = not relax_cell and not keep_symmetry
    settings = f"{fmax:g} {rattle:g} {relax_cell} {keep_symmetry} {max_steps}{' shaken' if fixed else ''}"
    key = _key(structure, engine, settings)
    path = None
    if cache is not None:
        check_writable(cache)
        path = cache / f"{key[:24]}.json"
        kept = _read(path, key)
        if kept is not None:
            return kept
    started = time.monotonic()
    record: dict[str, Any] = {"key": key, "engine": engine.card.name, "formula": structure.composition.formula}
    try:
        record["start_energy"] = single_energy(structure, engine)
        if fixed:
            found = relax_positions(structure, engine, fmax=fmax, rattle=rattle, seed=1, max_steps=max_steps)
        else:
            found = relax(
                structure, engine, fmax=fmax, rattle=rattle, seed=1, relax_cell=relax_cell, keep_symmetry=keep_symmetry,
                max_steps=max_steps,
            )  # fmt: skip
        record |= {"energy": found.energy, "steps": found.steps, "max_force": round(found.max_force, 5)}
        if keep_structure:
            record |= _atoms(found.to_pymatgen())
    except MissingEngineError:
        raise
    except (NotConvergedError, EngineError) as error:
        record |= {"energy": None, "failed": str(error)}
        record.setdefault("start_energy", None)
    result = CellRecord(**record, seconds=round(time.monotonic() - started, 2))
    if path is not None:
        write_atomically(path, result.model_dump_json(exclude_defaults=True) + "\n")
    return result


def single_energy(structure: Any, engine: Engine) -> float:
    """Energy of a structure as it stands, eV.

    Raises
    ------
    EngineError
        The engine failed, or does not know an element.
    """
    from math import isfinite

    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.calc = engine.calculator()
    try:
        energy = float(atoms.get_potential_energy())
    except AntiperovskiteError:
        raise
    except Exception as error:
        raise EngineError(
            f"engine {engine.card.name!r} failed on {structure.composition.reduced_formula}: {type(error).__name__}: "
            f"{' '.join(str(error).split())[:200]}"
        ) from error
    if not isfinite(energy):
        raise EngineError(f"engine {engine.card.name!r} gave an energy that is not a number; ions overlap")
    return energy


def _atoms(structure: Any) -> dict[str, Any]:
    return {
        "lattice": tuple(tuple(float(x) for x in row) for row in structure.lattice.matrix),
        "species": tuple(site.specie.symbol for site in structure),
        "positions": tuple(tuple(round(float(x), 7) for x in row) for row in structure.cart_coords),
    }


def _key(structure: Any, engine: Engine, settings: str) -> str:
    """A digest of all the result depends on: engine and version, settings, cell and atoms."""
    lines = [engine.card.name, engine.card.version, settings]
    lines += [" ".join(f"{x:.{_DIGITS}f}" for x in row) for row in structure.lattice.matrix]
    lines += [
        f"{site.specie.symbol} " + " ".join(f"{round(float(x), _DIGITS) % 1.0:.{_DIGITS}f}" for x in site.frac_coords)
        for site in structure
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read(path: Path, key: str) -> CellRecord | None:
    """The record kept; one that does not fit is as good as none, because it can be computed again."""
    try:
        found = CellRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None
    return found if found.key == key else None
