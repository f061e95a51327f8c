"""From a lattice gas to diffusion, correlation factor, Haven ratio and conductivity, by the estimators of MD."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.arrays import ArrayTrajectory
    from antiperovskite.kinetics.gas import LatticeGas
    from antiperovskite.kinetics.model import KineticRun
    from antiperovskite.transport.collect import Collected
    from antiperovskite.transport.model import Diffusion

HOPS_PER_FRAME: Final = 2.0
"""Hops of a mobile ion between frames: most of what consecutive hops share is forgotten by then."""
SETTLE: Final = 200
"""Hops of each carrier before anything is measured, where carriers have places they prefer."""
MOST_BYTES: Final = 2_000_000_000
ENGINE: Final = "kinetic Monte Carlo"
_PILOT: Final = 20
_PARTS: Final = 20


def settle(gas: LatticeGas, hops: int = SETTLE) -> float:
    """Let the carriers hop ``hops`` times each on average; return hops of all carriers per ps.

    Raises
    ------
    OptionError
        Nothing moves.
    """
    duration, passed = 1.0 / (gas.rates.attempt_THz * gas.n_carriers), 0.0
    start = gas.n_hops
    for _ in range(400):
        before, hops_before = gas.time_ps, gas.n_hops
        gas.advance(duration)
        passed = gas.time_ps - before
        last = gas.n_hops - hops_before
        if gas.n_hops - start >= hops * gas.n_carriers and last >= _PILOT * gas.n_carriers:
            return last / passed
        if last < _PILOT * gas.n_carriers:
            duration *= 2.0
    raise OptionError("no carrier hops: every hop is blocked, or its barrier too high for this temperature")


def follow(gas: LatticeGas, n_frames: int, interval_ps: float, symbol: str = "Li") -> tuple[Collected, Any]:
    """Run and collect squared displacements as :func:`antiperovskite.transport.collect.collect` does from a file.

    Frames are forgotten as they come. Nothing is taken for a wrapped coordinate: displacements are counted hop by hop,
    however far an ion is carried between frames. Returns what was collected and the sum of positions (n_frames, 3).

    Raises
    ------
    OptionError
        Fewer than 64 frames, or more ions than fit into memory.
    """
    import numpy as np

    from antiperovskite.dynamics.trajectory.model import TrajectoryInfo
    from antiperovskite.transport.collect import Collected
    from antiperovskite.transport.windows import RING, WindowCollector, lags_of

    if n_frames < 64:
        raise OptionError(f"{n_frames} frames are too few to measure diffusion; record at least 64")
    needed = len(lags_of(n_frames)) * gas.n_moving * (24 * RING + 8 * 64)
    if needed > MOST_BYTES:
        raise OptionError(
            f"{gas.n_moving} ions over {n_frames} frames need {needed / 1e9:.1f} GB; simulate fewer sites or frames"
        )
    own, together = WindowCollector(n_frames, gas.n_moving), WindowCollector(n_frames, 1)
    sums = np.empty((n_frames, 3))
    start = gas.positions()
    # frames are handed over in blocks: one call a frame would cost more than the hops
    block = np.empty((max(1, min(n_frames, 4_000_000 // (24 * gas.n_moving))), gas.n_moving, 3))
    held = 0
    for frame, positions in enumerate(gas.frames(n_frames, interval_ps)):
        block[held] = positions - start
        sums[frame] = block[held].sum(axis=0)
        held += 1
        if held == len(block) or frame == n_frames - 1:
            own.add(block[:held])
            together.add(block[:held].sum(axis=1, keepdims=True))
            held = 0
    found = Collected(
        info=TrajectoryInfo(
            symbols=(symbol,) * gas.n_moving,
            n_frames=n_frames,
            frame_interval_ps=interval_ps,
            constant_cell=True,
            temperature_K=gas.temperature_K,
            engine=ENGINE,
            source=_source(gas),
        ),
        species=(symbol,),
        counts={symbol: gas.n_moving},
        selves={symbol: own.finish()},
        sums=together.finish(),
        pairs=((symbol, symbol),),
        framework=None,
        framework_species=(),
        volume=float(abs(np.linalg.det(gas.lattice.cell))),
        drift=0.0,
        nearest={symbol: gas.lattice.lengths[0]},
        framework_nearest=None,
        repeated_frames=0,
    )
    return found, sums


def _source(gas: LatticeGas) -> str:
    return f"{gas.lattice.name}, {gas.n_carriers} {gas.carrier} carriers on {gas.n_open} sites, seed {gas.seed}"


def record(gas: LatticeGas, n_frames: int, interval_ps: float, symbol: str = "Li") -> ArrayTrajectory:
    """Run and return the moving ions' unwrapped positions on a grid of times, as a trajectory.

    Raises
    ------
    OptionError
        Fewer than 64 frames, or more than fit into memory.
    """
    import numpy as np

    from antiperovskite.dynamics.trajectory.arrays import ArrayTrajectory

    if n_frames < 64:
        raise OptionError(f"{n_frames} frames are too few to measure diffusion; record at least 64")
    if n_frames * gas.n_moving * 12 > MOST_BYTES:
        raise OptionError(
            f"{n_frames} frames of {gas.n_moving} ions need {n_frames * gas.n_moving * 12 / 1e9:.1f} GB; record fewer "
            "frames or simulate fewer sites"
        )
    found = np.empty((n_frames, gas.n_moving, 3), dtype=np.float32)
    for frame, positions in enumerate(gas.frames(n_frames, interval_ps)):
        found[frame] = positions
    return ArrayTrajectory(
        found,
        gas.lattice.cell,
        [symbol] * gas.n_moving,
        interval_ps,
        temperature_K=gas.temperature_K,
        engine=ENGINE,
        source=_source(gas),
    )


def measure(
    gas: LatticeGas,
    *,
    n_frames: int = 4000,
    hops_per_frame: float = HOPS_PER_FRAME,
    symbol: str = "Li",
    charge: float | None = None,
) -> KineticRun:
    """Run a lattice gas and measure how its ions and their charge spread.

    The correlation factor is f = <R^2>/(n d^2): the ions' diffusion coefficient over that of the same number of hops
    in random directions; the Haven ratio is self over collective diffusion.

    Parameters
    ----------
    gas
        A lattice gas; with a field, the conductivity comes from the drift and there is no diffusion coefficient.
    n_frames
        Frames recorded.
    hops_per_frame
        Hops of one moving ion between frames, on average.
    symbol, charge
        Mobile ion; its charge is the registry's if not given.

    Raises
    ------
    OptionError
        Nothing moves, or too many frames for memory.
    """
    from antiperovskite.kinetics.model import KineticRun
    from antiperovskite.transport.conduct import ion_charge

    z = float(ion_charge(symbol) if charge is None else charge)
    rate = settle(gas)
    interval = hops_per_frame * gas.n_moving / rate
    begin, hops, squares = gas.time_ps, gas.n_hops, gas.hop_length_squares
    found, sums = follow(gas, n_frames, interval, symbol)
    span = gas.time_ps - begin
    hops, squares = gas.n_hops - hops, gas.hop_length_squares - squares
    source = found.info.source
    random = squares / (6.0 * gas.n_moving * span) * 1e-4
    driven = any(gas.rates.field)
    diffusion, refusal = (None, "a field drives the ions") if driven else _diffusion(found, symbol, z, gas, interval)
    return KineticRun(
        temperature=_plain(gas.temperature_K, "K", "given", source),
        carrier=gas.carrier,
        n_sites=gas.lattice.n_sites,
        n_carriers=gas.n_carriers,
        n_moving=gas.n_moving,
        n_hops=hops,
        carrier_fraction=_plain(gas.n_carriers / gas.n_open, "1", "carriers over open sites, as placed", source),
        hop_rate=Quantity(
            value=hops / span / gas.n_carriers,
            uncertainty=sqrt(hops) / span / gas.n_carriers,
            unit="THz",
            n=max(hops, 1),
            method="hops counted over time and carriers; uncertainty of counting",
            source=source,
        ),
        random_diffusion_coefficient=Quantity(
            value=random,
            uncertainty=random / sqrt(max(hops, 1)),
            unit="cm^2/s",
            n=max(hops, 1),
            method="sum of squared hop lengths over 6 N t; uncertainty of counting",
            source=source,
        ),
        diffusion=diffusion,
        refusal=refusal,
        correlation_factor=_correlation(diffusion, refusal, random, source),
        field_conductivity=_drift(sums, gas, z, interval, source),
        core="blocked walk" if gas.blocked_walk else "n-fold way",
        seed=gas.seed,
    )


def _diffusion(
    found: Collected, symbol: str, charge: float, gas: LatticeGas, interval: float
) -> tuple[Diffusion | None, str]:
    from antiperovskite.transport import DiffusionRefusedError
    from antiperovskite.transport.coefficient import CM2_PER_S, Scales, assemble_result, estimate

    hop, to_D = gas.lattice.lengths[0], CM2_PER_S / (6.0 * interval)
    try:
        estimates = estimate(found, symbol, hop, to_D)
    except DiffusionRefusedError as error:
        return None, str(error)
    return assemble_result(found, symbol, estimates, None, Scales(interval, to_D, hop, gas.temperature_K, charge)), ""


def _correlation(diffusion: Diffusion | None, refusal: str, random: float, source: str) -> AnyQuantity:
    if diffusion is None or isinstance(diffusion.diffusion_coefficient, NotComputed):
        return NotComputed(unit="1", method=refusal or "no diffusion coefficient", source=source)
    D = diffusion.diffusion_coefficient
    return Quantity(
        value=D.value / random,
        uncertainty=None if D.uncertainty is None else D.uncertainty / random,
        unit="1",
        n=D.n,
        method="tracer diffusion over that of uncorrelated hops; relative uncertainty of the tracer's",
        source=source,
        citations=("compaan1956",),
    )


def _drift(sums: Any, gas: LatticeGas, charge: float, interval: float, source: str) -> AnyQuantity:
    """Conductivity j/E from the drift of the ions, with the scatter between parts of the run."""
    import numpy as np
    from scipy.constants import elementary_charge

    field = np.asarray(gas.rates.field, dtype=float)
    strength = float(np.linalg.norm(field))
    if strength == 0.0:
        return NotComputed(unit="S/cm", method="no field was applied", source=source)
    marks = np.linspace(0, len(sums) - 1, _PARTS + 1).astype(int)
    speed = np.diff(sums[marks] @ field / strength) / (np.diff(marks) * interval)  # angstrom/ps, all ions together
    # j = q sum(v)/V in A/angstrom^2 with ps = 1e-12 s; over V/angstrom gives S/angstrom; times 1e8 for S/cm
    volume = float(abs(np.linalg.det(gas.lattice.cell)))
    factor = charge * elementary_charge * 1e12 / volume / strength * 1e8
    return Quantity(
        value=float(speed.mean()) * factor,
        uncertainty=float(speed.std(ddof=1)) / sqrt(_PARTS) * abs(factor),
        unit="S/cm",
        n=_PARTS,
        method=f"current over field at {strength:g} V/angstrom; scatter between {_PARTS} parts of the run",
        source=source,
    )


def _plain(value: float, unit: str, method: str, source: str) -> Quantity:
    return Quantity(value=float(value), uncertainty=None, unit=unit, method=f"{method}; no uncertainty", source=source)
