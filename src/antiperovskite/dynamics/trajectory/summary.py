"""What a stored trajectory holds, in a few numbers."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.dynamics.trajectory.cells import CellStatistics, cell_statistics
from antiperovskite.dynamics.trajectory.stored import StoredTrajectory
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity


class TrajectorySummary(Model):
    """A trajectory without its positions."""

    source: str = Field(description="file or run it came from")
    path: str = Field(description="directory of the stored trajectory")
    ions: dict[str, int] = Field(description="number of ions of every species")
    n_frames: int
    constant_cell: bool
    frame_interval: AnyQuantity
    duration: AnyQuantity
    volume: AnyQuantity = Field(description="mean volume of the cell; its uncertainty is the spread over frames")
    temperature: AnyQuantity
    engine: str | None
    records: tuple[str, ...] = Field(description="numbers kept with every frame")
    settings: dict[str, str | int | float | bool | None]
    notes: tuple[str, ...]


def summarise(trajectory: StoredTrajectory) -> TrajectorySummary:
    """Summarise a stored trajectory without reading its positions.

    Raises
    ------
    DataError
        It is damaged.
    """
    import numpy as np

    info = trajectory.info
    names, counts = np.unique(np.array(info.symbols), return_counts=True)
    first = {symbol: info.symbols.index(symbol) for symbol in names.tolist()}
    ions = dict(sorted(zip(names.tolist(), counts.tolist(), strict=True), key=lambda pair: first[pair[0]]))
    cells = cell_statistics(trajectory) if info.n_frames else None
    return TrajectorySummary(
        source=info.source,
        path=str(trajectory.path),
        ions=ions,
        n_frames=info.n_frames,
        constant_cell=info.constant_cell,
        frame_interval=_time(info.frame_interval_ps, "time between frames", info.source),
        duration=_time(
            None if info.frame_interval_ps is None else info.frame_interval_ps * max(info.n_frames - 1, 0),
            "frames less one times their interval",
            info.source,
        ),
        volume=_volume(cells, info.constant_cell, info.source),
        temperature=NotComputed(unit="K", method="the trajectory does not name the temperature of a thermostat")
        if info.temperature_K is None
        else Quantity(
            value=info.temperature_K,
            uncertainty=None,
            unit="K",
            method="set temperature of the thermostat, no measurement",
            source=info.source,
        ),
        engine=info.engine,
        records=trajectory.records,
        settings=info.settings,
        notes=info.notes,
    )


def _time(value: float | None, method: str, source: str) -> AnyQuantity:
    if value is None:
        return NotComputed(unit="ps", method="the file does not say the time between frames; give --timestep-ps")
    return Quantity(value=value, uncertainty=None, unit="ps", method=f"{method}, exact", source=source)


def _volume(cells: CellStatistics | None, constant: bool, source: str) -> AnyQuantity:
    if cells is None:
        return NotComputed(unit="angstrom^3", method="the trajectory has no frames yet")
    if constant:
        return Quantity(
            value=cells.volume, uncertainty=None, unit="angstrom^3", method="volume of the constant cell", source=source
        )
    return Quantity(
        value=cells.volume,
        uncertainty=cells.volume_spread,
        unit="angstrom^3",
        n=cells.n_frames,
        method="mean over frames; the uncertainty is their standard deviation",
        source=source,
    )
