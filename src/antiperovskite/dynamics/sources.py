"""Where a run's unit cell comes from: a formula (built and relaxed with the run's engine) or a CIF (as it is).

The relaxed cell is kept in the run's folder, so that the same command finds the same cell, whatever the load of the
machine or the version of an optimiser made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import read_record, write_atomically
from antiperovskite._model import Model
from antiperovskite.dynamics.cell import SimulationCell, cell_of, parse_supercell
from antiperovskite.dynamics.plan import CellChoice, relaxed_unit_cell
from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import OptionError
from antiperovskite.structures.model import StructureModel

UNIT_CELL: Final = "unit-cell.json"


class UnitCell(Model):
    """The relaxed unit cell of a run: what it was asked for, and the model with its relaxed structure."""

    formula: str
    engine: EngineCard
    model: StructureModel
    notes: tuple[str, ...] = ()


def scattered_model(formula: str, supercell: str, seed: int) -> StructureModel:
    """A supercell of the cubic parent with its shared sites filled by chance, ``supercell`` as ``3`` or ``3x3x2``.

    Raises
    ------
    OptionError
        No explicit supercell, or one that does not hold whole ions.
    StructureError
        Every site holds one kind of ion and none is empty.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.structures.scattered import scatter

    if supercell.strip().lower() == "auto":
        raise OptionError("a disordered cell needs the supercell, such as 3x3x3, not auto")
    return scatter(resolve(formula), parse_supercell(supercell, None), seed=seed)


def starting_model(formula: str, choice: CellChoice) -> StructureModel:
    """The cell of a formula to relax: its default starting structure, or the disordered supercell asked for.

    Raises
    ------
    AntiperovskiteError
        Of :func:`~antiperovskite.structures.build_structure` and :func:`scattered_model`.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.structures import build_structure

    if choice.scattered:
        return scattered_model(formula, choice.supercell, choice.seed)
    return build_structure(resolve(formula))


def unit_cell_of_formula(
    model: StructureModel,
    engine: Engine,
    folder: Path | None,
    progress: Callable[[int, float], None] | None = None,
) -> SimulationCell:
    """Relax the unit cell, or take the one that an earlier call left in ``folder``.

    Raises
    ------
    EngineError
        The engine failed or did not converge.
    DataError
        The file in the folder is damaged.
    """
    path = folder / UNIT_CELL if folder is not None else None
    if path is not None and path.exists():
        kept = read_record(path, UnitCell, "the unit cell of a run")
        if kept.formula == model.formula and kept.engine == engine.card:
            return _with_notes(cell_of(kept.model), kept.notes)
    relaxed = relaxed_unit_cell(model, engine, progress)
    plain: dict[str, Any] = relaxed.structure().as_dict()
    plain["lattice"]["pbc"] = list(plain["lattice"]["pbc"])
    kept = UnitCell(
        formula=model.formula,
        engine=engine.card,
        model=model.model_copy(update={"structure": plain}),
        notes=relaxed.notes,
    )
    if path is not None:
        write_atomically(path, kept.model_dump_json(indent=1))
    return _with_notes(cell_of(kept.model), kept.notes)  # from the record, so that first and later calls agree


def _with_notes(cell: SimulationCell, notes: tuple[str, ...]) -> SimulationCell:
    from dataclasses import replace

    return replace(cell, notes=notes)


def unit_cell_of_structure(structure: Any, notes: tuple[str, ...]) -> SimulationCell:
    """The cell of an ordered structure whose sites are not known: cations on X, anions on A, by formal charges.

    Raises
    ------
    OptionError
        The structure is disordered, or has an element whose ion is not registered.
    """
    import numpy as np

    from antiperovskite.ions import ion

    if not structure.is_ordered:
        raise OptionError("the structure has partially occupied sites; molecular dynamics needs an ordered one")
    symbols = tuple(site.specie.symbol for site in structure)
    charges = {symbol: ion(symbol).charge for symbol in sorted(set(symbols))}
    if "H" in charges and "O" in charges:
        charges["H"] = 1  # hydroxide or water: O2- and H+ on one ion
    total = sum(charges[symbol] for symbol in symbols)
    known = (
        "neutral by formal charges" if total == 0 else f"formal charges sum to {total:+d} e: defects are not balanced"
    )
    return SimulationCell(
        symbols=symbols,
        positions=np.array(structure.cart_coords, dtype=float),
        lattice=np.array(structure.lattice.matrix, dtype=float),
        roles=tuple("X" if charges[symbol] > 0 and symbol != "H" else "A" for symbol in symbols),
        ions=symbols,
        groups=tuple(range(len(symbols))),
        charges=charges,
        notes=(*notes, "not relaxed: cell and positions are those of the file", known),
    )
