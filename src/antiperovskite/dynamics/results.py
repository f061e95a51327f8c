"""From the stored frames to averages with honest standard errors."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.equilibration import Equilibrated, cautious_inefficiency, detect_equilibration
from antiperovskite.dynamics.framework import FrameworkMonitor
from antiperovskite.dynamics.model import RunResult, RunSettings
from antiperovskite.dynamics.trajectory import StoredTrajectory
from antiperovskite.dynamics.trajectory.cells import cell_volumes
from antiperovskite.engines.lammps.dynamics import Frame
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

_CITATIONS = {
    "bussi": ("bussi2007",),
    "nose-hoover": ("martyna1992",),
    "langevin": ("leimkuhler2013",),
}


def summarise(
    settings: RunSettings, path: Path, framework: FrameworkMonitor, stopped: str | None, seconds: float
) -> RunResult:
    """Averages over the equilibrated part of a stored run, and what became of the framework."""
    import numpy as np

    stored = StoredTrajectory(path) if (path / "trajectory.json").exists() else None
    n_frames = stored.info.n_frames if stored else 0
    records = {name: stored.record(name) if stored else np.empty(0) for name in _NAMES}
    energy, n_atoms = records["potential_energy_eV"], len(settings.structure["sites"])
    found = _equilibration(energy, _volumes(stored) if settings.conditions.ensemble == "npt" else None)
    source = f"{settings.engine.name} ({settings.engine.version}), {settings.conditions.description}"
    average = _Averages(found, source)
    displacement, share = _framework(stored, framework, found.start, average)
    simulated = max(n_frames - 1, 0) * settings.frame_ps
    ensemble = settings.conditions.ensemble
    return RunResult(
        name=settings.name,
        status="complete" if stopped is None else "stopped",
        reason=stopped or "",
        trajectory=str(path),
        engine=settings.engine,
        conditions=settings.conditions,
        n_atoms=n_atoms,
        vacancies=settings.vacancies,
        frames=n_frames,
        simulated=Quantity(
            value=simulated,
            uncertainty=None,
            unit="ps",
            method=f"{n_frames} frames every {settings.frame_ps:g} ps; exact",
            source=source,
        ),
        equilibrated=found.settled,
        equilibration=Quantity(
            value=found.start * settings.frame_ps,
            uncertainty=None,
            unit="ps",
            n=max(int(found.effective), 0),
            method="start that leaves most independent potential energies; a choice, not a measurement",
            source=source,
            citations=("chodera2016",),
        ),
        equilibration_note=found.reason,
        temperature=average(records["temperature_K"], "K", "mean kinetic temperature, 3N - 3 degrees of freedom"),
        pressure=average(records["pressure_GPa"], "GPa", "mean pressure, virial and kinetic"),
        potential_energy=average(energy / n_atoms, "eV/atom", "mean potential energy"),
        volume=(
            average(_volumes(stored), "angstrom^3", "mean volume of the cell")
            if ensemble == "npt"
            else Quantity(
                value=framework.volume,
                uncertainty=None,
                unit="angstrom^3",
                method="volume of the cell, kept fixed",
                source=source,
            )
        ),
        energy_drift=_drift(records, settings, n_atoms, source),
        framework_displacement=displacement,
        framework_share_displaced=share,
        wall_seconds=seconds,
        notes=settings.notes,
        citations=tuple(dict.fromkeys((*settings.engine.citations, *_methods(settings), "chodera2016"))),
    )


_NAMES = ("potential_energy_eV", "kinetic_energy_eV", "temperature_K", "pressure_GPa")


def _methods(settings: RunSettings) -> tuple[str, ...]:
    conditions = settings.conditions
    if conditions.ensemble == "nve":
        return ()
    lammps = settings.engine.name.startswith("lammps:")
    barostat = ("martyna1994",) if lammps else ("bernetti2020",)
    return (*_CITATIONS[conditions.thermostat], *(barostat if conditions.ensemble == "npt" else ()))


def _volumes(stored: StoredTrajectory | None) -> Any:
    import numpy as np

    if stored is None:
        return np.empty(0)
    volumes = cell_volumes(stored)
    return np.broadcast_to(volumes, stored.info.n_frames) if len(volumes) == 1 else volumes


def _equilibration(energy: Any, volumes: Any | None) -> Equilibrated:
    """The later of the two starts where the volume is free as well."""
    found = detect_equilibration(energy)
    if volumes is None or len(volumes) < 3 or volumes.std() == 0.0:
        return found
    other = detect_equilibration(volumes)
    later = max(found, other, key=lambda one: one.start)
    reason = found.reason or (f"volume: {other.reason}" if other.reason else "")
    return later._replace(settled=found.settled and other.settled, reason=reason)


class _Averages:
    """Means over the equilibrated part; nothing where there is none."""

    def __init__(self, found: Equilibrated, source: str) -> None:
        self.found = found
        self.source = source

    def __call__(self, series: Any, unit: str, what: str) -> AnyQuantity:
        kept = series[self.found.start :]
        if not self.found.settled:
            return NotComputed(unit=unit, method=f"not equilibrated: {self.found.reason}", source=self.source)
        g = cautious_inefficiency(kept)
        samples = len(kept) / g
        return Quantity(
            value=float(kept.mean()),
            uncertainty=float(kept.std(ddof=1)) / math.sqrt(samples),
            unit=unit,
            n=int(samples),
            method=f"{what}; standard error from {samples:.0f} independent samples (statistical inefficiency {g:.1f})",
            source=self.source,
            citations=("chodera2016",),
        )


def _framework(
    stored: StoredTrajectory | None, monitor: FrameworkMonitor, start: int, average: _Averages
) -> tuple[AnyQuantity, AnyQuantity]:
    """Rms distance from the sites over at most 200 frames of the equilibrated part, and the share displaced at last."""
    import numpy as np

    if stored is None or stored.info.n_frames == 0:
        missing = NotComputed(unit="angstrom", method="no frame was finished", source=average.source)
        return missing, missing.model_copy(update={"unit": "1"})
    stride = max(1, (stored.info.n_frames - start) // 200)
    squares, share = [], 0.0
    for block in stored.blocks(start):
        for index in range(len(block.positions)):
            last = block.first + index == stored.info.n_frames - 1
            if (block.first + index - start) % stride and not last:
                continue
            frame = Frame(0, block.positions[index], block.cells[index], None, 0.0, 0.0, 0.0, 0.0)
            distances = monitor.displacements(frame)
            squares.append(float((distances**2).mean()))
            share = float((distances > monitor.half_distance).mean())
    return (
        Quantity(
            value=math.sqrt(float(np.mean(squares))),
            uncertainty=None,
            unit="angstrom",
            n=len(squares),
            method="root mean square over framework ions and frames, drift removed; frames are correlated",
            source=average.source,
        ),
        Quantity(
            value=share,
            uncertainty=None,
            unit="1",
            method=f"framework ions further than {monitor.half_distance:.2f} angstrom from their sites; a count",
            source=average.source,
        ),
    )


def _drift(records: dict[str, Any], settings: RunSettings, n_atoms: int, source: str) -> AnyQuantity:
    """Slope of the total energy of an NVE run by least squares."""
    import numpy as np

    total = records["potential_energy_eV"] + records["kinetic_energy_eV"]
    if settings.conditions.ensemble != "nve" or len(total) < 10:
        why = "too few frames" if settings.conditions.ensemble == "nve" else "the thermostat exchanges energy"
        return NotComputed(unit="meV/atom", method=f"drift of the total energy: {why}", source=source)
    time = np.arange(len(total)) * settings.frame_ps
    (slope, _), covariance = np.polyfit(time, total / n_atoms * 1000.0, 1, cov=True)
    return Quantity(
        value=float(slope),
        uncertainty=float(np.sqrt(covariance[0, 0])),
        unit="meV/atom",
        n=len(total),
        method="slope of the total energy per picosecond of simulation, least squares",
        source=source,
    )
