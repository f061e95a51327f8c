"""From a formula to the settings of a run: relaxed unit cell, supercell, defects, time step, and the reasons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from antiperovskite._model import Model
from antiperovskite.dynamics.cell import SimulationCell, cell_of, parse_supercell, repeated
from antiperovskite.dynamics.conditions import Conditions, default_timestep_fs, make_conditions
from antiperovskite.dynamics.defects import add_interstitials, add_vacancies
from antiperovskite.dynamics.framework import framework_elements
from antiperovskite.dynamics.model import RunSettings, Vacancies
from antiperovskite.engines import relax
from antiperovskite.engines.lammps.engine import LammpsEngine
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures.model import StructureModel

FRAME_PS: Final = 0.05
"""Default time between frames; a lithium ion at 1000 K moves about 0.5 angstrom in it."""
_LAMMPS_SEGMENT_PS: Final = 1.0
_OTHER_SEGMENT_FRAMES: Final = 2  # a slow engine needs minutes for 0.1 ps: no more than that is lost in a crash
_LARGEST_FRAMES: Final = 1_000


class CellChoice(Model):
    """How the cell of a run is made from a unit cell.

    ``vacancies`` and ``interstitials`` are shares of the X sites; ``lattice_scale`` stretches the relaxed cell (thermal
    expansion of a fixed-cell run). ``scattered``: the unit cell is the whole supercell, its X sites filled by chance.
    """

    supercell: str = "auto"
    scattered: bool = False
    vacancies: float = 0.0
    compensation: str = "schottky"
    interstitials: float = 0.0
    interstitial_compensation: str = "frenkel"
    placement: str = "random"
    seed: int = 0
    lattice_scale: float = 1.0


def relaxed_unit_cell(
    model: StructureModel, engine: Engine, progress: Callable[[int, float], None] | None = None
) -> SimulationCell:
    """Relax the unit cell of a built structure with the engine of the run, symmetry kept where no cluster turns.

    Raises
    ------
    EngineError
        The engine failed or did not converge.
    """
    soft = len(set(model.groups)) < len(model.groups)
    found = relax(
        model.to_pymatgen(),
        engine,
        fmax=0.02,
        keep_symmetry=not soft,
        rattle=0.02 if soft else 0.0,
        progress=progress,
    )
    return cell_of(model, found.to_pymatgen()).note(
        f"unit cell relaxed at 0 K with {engine.card.name} ({found.settings})"
    )


def build_cell(unit: SimulationCell, choice: CellChoice) -> SimulationCell:
    """Supercell and defects; neutral unless a lone defect was asked for.

    Raises
    ------
    OptionError
        A choice this crystal does not offer.
    StructureError
        The result carries a charge that nobody asked for.
    """
    from dataclasses import replace

    if not 0.8 < choice.lattice_scale < 1.25:
        raise OptionError(f"a lattice scale of {choice.lattice_scale:g} is not possible; give 0.8 to 1.25")
    times = (1, 1, 1) if choice.scattered else parse_supercell(choice.supercell, unit.lattice)
    scaled = replace(unit, positions=unit.positions * choice.lattice_scale, lattice=unit.lattice * choice.lattice_scale)
    cell = repeated(scaled, times).note(f"supercell {times[0]} x {times[1]} x {times[2]}")
    if choice.lattice_scale != 1.0:
        cell = cell.note(f"lattice stretched by {choice.lattice_scale:g}")
    start = cell.charge
    kind, _, dopant = choice.compensation.partition(":")
    cell = add_vacancies(
        cell,
        choice.vacancies,
        compensation=kind,
        dopant=dopant or None,
        placement=choice.placement,
        seed=choice.seed,
    )
    cell = add_interstitials(
        cell,
        choice.interstitials,
        compensation=choice.interstitial_compensation,
        placement=choice.placement,
        seed=choice.seed,
    )
    lone = (choice.vacancies and kind == "none") or (
        choice.interstitials and choice.interstitial_compensation == "none"
    )
    if cell.charge != start and not lone:
        raise StructureError(f"the defects leave a charge of {cell.charge:+d} e; choose another compensation")
    return cell


def plan_run(
    name: str,
    cell: SimulationCell,
    engine: Engine,
    *,
    temperature_K: float,
    ensemble: str = "nvt",
    thermostat: str | None = None,
    timestep_fs: float | None = None,
    pressure_GPa: float = 0.0,
    frame_ps: float = FRAME_PS,
    framework: tuple[str, ...] | None = None,
    seed: int = 0,
) -> RunSettings:
    """Settle everything a run needs; every default that was used is among the notes.

    Raises
    ------
    OptionError
        A value outside its range, or a framework element the cell does not hold.
    """
    reason = "as asked"
    if timestep_fs is None:
        timestep_fs, reason = default_timestep_fs(cell.symbols)
    lammps = isinstance(engine, LammpsEngine)
    if thermostat is None:
        thermostat = "nose-hoover" if lammps and ensemble == "npt" else "bussi"
    conditions = make_conditions(
        ensemble=ensemble,
        thermostat=thermostat,
        temperature_K=temperature_K,
        pressure_GPa=pressure_GPa,
        timestep_fs=timestep_fs,
        seed=seed,
    )
    frame_steps = _frame_steps(frame_ps, conditions)
    segment = (
        max(1, round(_LAMMPS_SEGMENT_PS / (frame_steps * timestep_fs / 1000.0))) if lammps else _OTHER_SEGMENT_FRAMES
    )
    elements = framework or framework_elements(cell.symbols)
    absent = sorted(set(elements) - set(cell.symbols))
    if absent:
        raise OptionError(f"framework element {', '.join(absent)} is not in the cell; it holds {_listed(cell.symbols)}")
    return RunSettings(
        name=name,
        structure=_plain(cell.structure()),
        engine=engine.card,
        conditions=conditions,
        frame_steps=frame_steps,
        segment_frames=min(segment, _LARGEST_FRAMES),
        framework=tuple(elements),
        vacancies=_vacancies(cell),
        notes=(*cell.notes, f"time step {reason}", *_caveats(conditions)),
    )


def _vacancies(cell: SimulationCell) -> Vacancies | None:
    """Those that were made here; of a cell that was read from a file nobody knows how many sites it had."""
    count, sites = cell.vacancies
    return Vacancies(count=count, sites=sites) if sites else None


def _frame_steps(frame_ps: float, conditions: Conditions) -> int:
    if not conditions.timestep_fs / 1000.0 <= frame_ps <= 1000.0:
        raise OptionError(
            f"a frame every {frame_ps:g} ps is not possible; give between one time step "
            f"({conditions.timestep_fs / 1000.0:g} ps) and 1000 ps"
        )
    return max(1, round(frame_ps * 1000.0 / conditions.timestep_fs))


def _caveats(conditions: Conditions) -> tuple[str, ...]:
    if conditions.ensemble == "npt":
        return ("the cell changes isotropically",)
    return ("the cell is fixed: thermal expansion is not in it unless the lattice was stretched",)


def _listed(symbols: tuple[str, ...]) -> str:
    return ", ".join(sorted(set(symbols)))


def _plain(structure: Any) -> dict[str, Any]:
    plain: dict[str, Any] = structure.as_dict()
    plain["lattice"]["pbc"] = list(plain["lattice"]["pbc"])  # JSON knows no tuples; the round trip must be equal
    return plain


def run_folder(out: Path, temperature_K: float, several: bool) -> Path:
    """Folder of one temperature: ``out`` itself, or a folder in it where a ladder of temperatures is run."""
    return out / f"{temperature_K:g}K" if several else out
