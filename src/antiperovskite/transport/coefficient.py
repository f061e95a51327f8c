"""How fast does a species move? Self and collective diffusion, Haven ratio and conductivity of one trajectory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import OptionError, one_line
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.checks import Framework, check_framework, check_self
from antiperovskite.transport.collect import Collected, check_species, collect
from antiperovskite.transport.conduct import conductivity_per_diffusion, ion_charge
from antiperovskite.transport.model import Curve, Diffusion, Interval, Regime
from antiperovskite.transport.plausible import check_repeats, check_time_step
from antiperovskite.transport.posterior import correlation_of, draw, draw_ratio, half_width, interval
from antiperovskite.transport.regime import Search, find_line
from antiperovskite.transport.slope import Slope, fit, shared_motion
from antiperovskite.transport.windows import Windows, pick

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

CM2_PER_S: Final = 1e-4
"""One angstrom^2/ps in cm^2/s."""
CITATIONS: Final = ("bullerjahn2020", "mccluskey2025")
QUANTILES: Final = 199
SELF = (
    "slope of the mean squared displacement over 6, generalised least squares with the covariance of free diffusion "
    "plus rattling, from the shortest lag whose slope agrees with all longer ones; variance from the {basis}"
)


def diffusion(
    trajectory: Trajectory,
    species: str,
    *,
    framework: Sequence[str] | None = None,
    frame_interval_ps: float | None = None,
    temperature_K: float | None = None,
    charge: float | None = None,
    hop_length_angstrom: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Diffusion:
    """Return self diffusion, collective diffusion, Haven ratio and conductivity with credible intervals.

    The trajectory is read once, in order, in memory that does not depend on its length. D = slope / 6 of the mean
    squared displacement; the collective coefficient is that of the sum of all ions' displacements over sqrt(N); the
    Haven ratio H = D / D_collective; the conductivity N z^2 e^2 D_collective / (V k T).

    Parameters
    ----------
    trajectory
        Unwrapped positions (:class:`~antiperovskite.dynamics.trajectory.model.Trajectory`).
    species
        Chemical symbol of the mobile ions.
    framework
        Symbols of the ions that stay, whose centre of mass is the frame of reference; all others if not given.
    frame_interval_ps
        Time between frames, ps; needed where the trajectory does not say, and used instead of what it says.
    temperature_K
        For the conductivity; the trajectory's own if not given.
    charge
        Of one mobile ion in elementary charges; the registered ion's if not given.
    hop_length_angstrom
        Length of one hop; the median nearest distance between mobile ions if not given.
    progress
        Called with frames done and in all.

    Raises
    ------
    OptionError
        A species that does not occur, no frame interval, or a number outside what is allowed.
    DataError
        Coordinates that are not numbers, frames that are in it twice, or a trajectory cut short.
    DiffusionRefusedError
        The run is too short, the motion not diffusive, hops too few, the framework flows, coordinates are wrapped, or
        ions move faster or slower than the time between frames and the temperature allow.

    References
    ----------
    Bullerjahn et al. 2020, doi:10.1063/5.0008312; McCluskey et al. 2025, doi:10.1021/acs.jctc.4c01249.
    """
    info = trajectory.info
    step = read_interval(frame_interval_ps, info.frame_interval_ps, info.source)
    temperature = read_temperature(temperature_K, info.temperature_K)
    _positive("hop length", hop_length_angstrom, "angstrom")
    check_species(info, [species], framework)
    z = charge if charge is not None else (ion_charge(species) if temperature is not None else None)
    found = collect(trajectory, [species], framework, progress)
    check_repeats(found)
    check_time_step(found, step, temperature)
    still = check_framework(found)
    hop = hop_length_angstrom or found.nearest[species]
    to_D = CM2_PER_S / (6.0 * step)
    pair = estimate(found, species, hop, to_D)
    return assemble_result(found, species, pair, still, Scales(step, to_D, hop, temperature, z))


@dataclass(frozen=True)
class Estimates:
    """Slopes of the self and, where it is straight, of the collective mean squared displacement."""

    search: Search
    tracer: Slope
    hops: float
    collective: Search
    windows: Windows
    collective_windows: Windows


@dataclass(frozen=True)
class Scales:
    step: float
    to_D: float
    hop: float
    temperature: float | None
    charge: float | None


def estimate(found: Collected, species: str, hop: float, to_D: float) -> Estimates:
    """Find both straight lines; ``to_D`` turns angstrom^2 per frame into cm^2/s.

    Raises
    ------
    DiffusionRefusedError
        The self part is not diffusive or hops are too few; the collective part only loses its own results.
    """
    own = found.selves[species]
    total = pick(found.sums, found.pairs.index((species, species)))
    n = own.n_ions
    jointly = replace(total, sums=total.sums / n, components=own.components)
    together = _shared(own, jointly)
    search = find_line(own, together=together)
    tracer, hops = check_self(search, own, own.n_frames, hop, species, to_D)
    collective = find_line(jointly, shortest=tracer.start)
    if collective.chosen is not None and collective.chosen.slope > 0:
        together = shared_motion(tracer.slope / collective.chosen.slope, n)
        tracer = fit(own, tracer.start, together=together)
    return Estimates(search, tracer, hops, collective, own, jointly)


def _shared(own: Windows, jointly: Windows) -> float:
    """First guess of how much ions move together, from the ratio of the displacements at a middle lag."""
    lag = next((lag for lag in reversed(own.lags) if lag <= own.n_frames // 32), own.lags[0])
    row = own.row(lag)
    both = float(jointly.mean()[row])
    return shared_motion(float(own.mean()[row]) / both, own.n_ions) if both > 0 else 0.0


def assemble_result(
    found: Collected, species: str, est: Estimates, still: Framework | None, scales: Scales
) -> Diffusion:
    import numpy as np

    info, n = found.info, est.windows.n_ions
    source = f"{info.source}{f', {info.engine}' if info.engine else ''}"
    method = SELF.format(basis=est.tracer.basis)
    joint, why = _joint(est, n)
    collective = est.collective.chosen
    if joint is None or collective is None:
        own, both, ratio = draw(est.tracer, 1) * scales.to_D, None, None
        many: AnyQuantity = NotComputed(unit="cm^2/s", method=why, source=source)
        haven: AnyQuantity = NotComputed(unit="1", method=why, source=source)
    else:
        own, both, ratio = joint[0] * scales.to_D, joint[1] * scales.to_D, joint[2]
        together = f"as self diffusion, from the sum of the displacements of all {n} ions over sqrt({n})"
        many = _quantity(collective.slope * scales.to_D, both, "cm^2/s", together, source, n=1)
        haven = _quantity(
            est.tracer.slope / collective.slope,
            ratio,
            "1",
            "self over collective diffusion, drawn together",
            source,
            n=1,
        )
    sigma, sigma_draws, independent = _conductivities(est, own, both, why, found.volume, scales, source)
    return Diffusion(
        species=species,
        n_ions=n,
        n_frames=info.n_frames,
        run_length=_plain((info.n_frames - 1) * scales.step, "ps", "frames times their interval", source),
        frame_interval=_plain(scales.step, "ps", "as written or given", source),
        temperature=_plain(scales.temperature, "K", "thermostat", source)
        if scales.temperature is not None
        else NotComputed(unit="K", method="not given, and the trajectory does not say", source=source),
        volume=_plain(found.volume, "angstrom^3", "mean over the run", source),
        diffusion_coefficient=_quantity(est.tracer.slope * scales.to_D, own, "cm^2/s", method, source, n=n),
        intervals=_intervals(own, "cm^2/s"),
        components=_components(est, scales, source),
        collective_diffusion_coefficient=many,
        collective_intervals=_intervals(both, "cm^2/s"),
        haven_ratio=haven,
        haven_intervals=_intervals(ratio, "1"),
        conductivity=sigma,
        conductivity_intervals=_intervals(sigma_draws, "S/cm"),
        nernst_einstein_conductivity=independent,
        regime=_regime(found, est, still, scales, source),
        curve=_curve(est.windows, scales.step),
        collective_curve=_curve(est.collective_windows, scales.step),
        quantiles=_quantiles(own),
        collective_quantiles=_quantiles(both),
        source=source,
        notes=(*info.notes, *_notes(found, est, species, np.isfinite(est.tracer.freedom))),
        citations=CITATIONS,
    )


def _joint(est: Estimates, n_ions: int) -> tuple[tuple[Any, Any, Any] | None, str]:
    collective = est.collective.chosen
    if n_ions < 2:
        return None, "one ion has no collective displacement of its own: the Haven ratio is 1 by definition"
    if collective is None:
        return None, f"collective displacement: {est.collective.reason}; run longer"
    if collective.slope <= 0 or collective.relative_variance > 0.5:
        error = sqrt(collective.variance) / abs(collective.slope) if collective.slope else float("inf")
        return None, f"collective displacement: its slope is known to {100 * error:.0f} % only; run longer"
    return draw_ratio(est.tracer, collective, correlation_of(est.tracer, collective, n_ions)), ""


def _conductivities(
    est: Estimates, own: Any, both: Any, why: str, volume: float, scales: Scales, source: str
) -> tuple[AnyQuantity, Any, AnyQuantity]:
    if scales.temperature is None or scales.charge is None:
        missing = NotComputed(unit="S/cm", method="no temperature: give one (--temperature)", source=source)
        return missing, None, missing
    factor = conductivity_per_diffusion(est.windows.n_ions, volume, scales.charge, scales.temperature)
    per = factor * scales.to_D
    said = f"at {scales.temperature:g} K with charge {scales.charge:+g}"
    independent = _quantity(
        est.tracer.slope * per, own * factor, "S/cm", f"Nernst-Einstein from self diffusion, {said}", source, n=1
    )
    if both is None or est.collective.chosen is None:
        return NotComputed(unit="S/cm", method=why, source=source), None, independent
    value = est.collective.chosen.slope * per
    sigma = _quantity(value, both * factor, "S/cm", f"from the collective displacement, {said}", source, n=1)
    return sigma, both * factor, independent


def _components(est: Estimates, scales: Scales, source: str) -> tuple[AnyQuantity, AnyQuantity, AnyQuantity]:
    import numpy as np

    from antiperovskite.transport.covariance import MULTIPLES, best_line

    line = best_line(est.tracer.start, est.windows.n_frames, est.tracer.rattle)
    rows = [est.windows.row(est.tracer.start * k) for k in MULTIPLES]
    each = 3.0 * (np.asarray(line.slope) @ est.windows.components[rows]) * scales.to_D
    relative = sqrt(est.tracer.relative_variance / est.tracer.anisotropy)
    found = [
        Quantity(
            value=float(value),
            uncertainty=abs(float(value)) * relative,
            unit="cm^2/s",
            n=est.windows.n_ions,
            method=f"as the mean, from displacements along {axis} (Cartesian); its share of the mean's variance",
            source=source,
        )
        for axis, value in zip("xyz", each, strict=True)
    ]
    return found[0], found[1], found[2]


def _regime(found: Collected, est: Estimates, still: Framework | None, scales: Scales, source: str) -> Regime:
    exponent, many = est.search.exponent, est.collective.chosen
    start = est.tracer.start * scales.step
    lags = "shortest lag whose slope agrees with all longer ones, up to a sixteenth of the run"
    return Regime(
        start=_plain(start, "ps", lags, source),
        longest=_plain(4.0 * start, "ps", "four times the shortest lag", source),
        exponent=Quantity(
            value=exponent[0],
            uncertainty=exponent[1],
            unit="1",
            method="logarithmic slope over the fitted lags",
            source=source,
        )
        if exponent
        else NotComputed(unit="1", method="the mean squared displacement is zero", source=source),
        intercept=_plain(est.tracer.intercept, "angstrom^2", "of the fitted line", source),
        collective_start=_plain(many.start * scales.step, "ps", lags, source)
        if many
        else NotComputed(unit="ps", method=est.collective.reason, source=source),
        collective_intercept=_plain(many.intercept, "angstrom^2", "of the fitted line", source)
        if many
        else NotComputed(unit="angstrom^2", method=est.collective.reason, source=source),
        hops=_plain(est.hops, "1", "N x slope x run length / hop length^2", source),
        hop_length=_plain(scales.hop, "angstrom", "given, or median nearest distance between mobile ions", source),
        framework=found.framework_species,
        framework_displacement=_plain(still.displacement, "angstrom", "from two frames a quarter run apart", source)
        if still
        else NotComputed(unit="angstrom", method="no framework ions", source=source),
        lindemann=_plain(still.lindemann, "1", "over the framework's median nearest distance", source)
        if still
        else NotComputed(unit="1", method="no framework ions", source=source),
        drift=_plain(found.drift, "angstrom", "of the framework's centre of mass from first to last frame", source),
    )


def _notes(found: Collected, est: Estimates, species: str, measured: bool) -> list[str]:
    notes = []
    if not found.framework_species:
        notes.append("no framework ions: drift of the whole cell is not taken out")
    if not found.info.constant_cell:
        notes.append("changing cell: displacements are those of fractional coordinates in the mean cell")
    if found.repeated_frames:
        notes.append(
            f"{found.repeated_frames} frames repeat the one before exactly; duplicated frames make D too small"
        )
    if est.hops < 5 * 20:
        notes.append(f"only {est.hops:.0f} net hops: another run may differ by more than the interval")
    ratio = found.info.n_frames / est.tracer.start
    notes.append(
        f"finite time: the run is {ratio:.0f} times the shortest lag; slower processes than the run are not seen"
    )
    notes.append(f"finite size: {est.windows.n_ions} {species} ions in one cell; compare with a larger one")
    if not measured:
        notes.append("the variance is that of free diffusion; it could not be measured in so short a run")
    return notes


def _curve(found: Windows, step: float) -> Curve:
    """The mean squared displacement at every lag with the scatter between parts of the run."""
    mean = found.mean()
    times, values, errors = [], [], []
    for row, lag in enumerate(found.lags):
        n_parts = min(found.counts.shape[1], max(2, found.n_frames // (2 * lag)))
        errors.append(_scatter(found, row, n_parts))
        times.append(lag * step)
        values.append(float(mean[row]))
    return Curve(time_ps=tuple(times), msd=tuple(values), uncertainty=tuple(errors))


def _scatter(found: Windows, row: int, n_parts: int) -> float:
    import numpy as np

    edges = np.arange(n_parts) * found.counts.shape[1] // n_parts
    counts = np.add.reduceat(found.counts[row], edges)
    sums = np.add.reduceat(found.sums[row].sum(axis=0) / found.n_ions, edges)
    excess = sums - counts * sums.sum() / counts.sum()
    used = int((counts > 0).sum())
    return float(np.sqrt((excess**2).sum() * used / max(used - 1, 1)) / counts.sum())


def _quantiles(draws: Any) -> tuple[float, ...]:
    import numpy as np

    if draws is None:
        return ()
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    return tuple(float(value) for value in np.quantile(np.log(np.maximum(draws, 1e-300)), levels))


def _intervals(draws: Any, unit: str) -> tuple[Interval, ...]:
    if draws is None:
        return ()
    found = [(level, *interval(draws, level)) for level in (68, 95)]
    return tuple(Interval(low=low, high=high, level=level, unit=unit) for level, low, high in found)


def _quantity(value: float, draws: Any, unit: str, method: str, source: str, *, n: int) -> Quantity:
    said = f"{method}; uncertainty: half the central 68 % of the posterior"
    return Quantity(
        value=float(value),
        uncertainty=half_width(draws),
        unit=unit,
        n=n,
        method=said,
        source=source,
        citations=CITATIONS,
    )


def _plain(value: float, unit: str, method: str, source: str) -> Quantity:
    return Quantity(value=float(value), uncertainty=None, unit=unit, method=f"{method}; no uncertainty", source=source)


def read_interval(given: float | None, known: float | None, source: str) -> float:
    """Time between frames in ps: the given one, else what the trajectory says."""
    _positive("frame interval", given, "ps")
    if given is None and known is None:
        raise OptionError(f"{one_line(source)} does not say the time between frames; give it (--timestep-ps 0.1)")
    return float(given if given is not None else known or 0.0)


def read_temperature(given: float | None, known: float | None) -> float | None:
    """Temperature in K: the given one, else the trajectory's."""
    _positive("temperature", given, "K")
    return given if given is not None else known


def _positive(name: str, value: float | None, unit: str) -> None:
    if value is not None and not (isfinite(value) and value > 0):
        raise OptionError(f"the {name} must be a positive number of {unit}, not {value:g}")
