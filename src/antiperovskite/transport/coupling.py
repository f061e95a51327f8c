"""Onsager coefficients: how the currents of all pairs of species drive each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.collect import Collected, collect
from antiperovskite.transport.regime import find_line
from antiperovskite.transport.slope import Slope, fit
from antiperovskite.transport.windows import Windows, combine, pick

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory

CM2_PER_S: Final = 1e-4


class OnsagerCoefficient(Model):
    """One pair of species.

    ``coefficient`` is lambda_ij = lim d/dt <Q_i . Q_j> / (6 sqrt(N_i N_j)) in cm^2/s, with Q the sum of the
    displacements of a species; ``conductivity`` its part sqrt(N_i N_j) z_i z_j e^2 lambda_ij / (V k T) of the
    conductivity (off-diagonal pairs count twice in the sum).
    """

    species: tuple[str, str]
    coefficient: AnyQuantity
    conductivity: AnyQuantity


class Onsager(Model):
    """Onsager coefficients of all pairs, in the frame of the framework's centre of mass."""

    species: tuple[str, ...]
    counts: tuple[int, ...]
    coefficients: tuple[OnsagerCoefficient, ...]
    start: Quantity
    source: str
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = Field(default=("bullerjahn2020", "mccluskey2025"))


def onsager(
    trajectory: Trajectory,
    species: Sequence[str],
    *,
    framework: Sequence[str] | None = None,
    frame_interval_ps: float | None = None,
    temperature_K: float | None = None,
    charges: Sequence[float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Onsager:
    """Return the Onsager coefficients of all pairs of these species.

    Cross terms come by polarisation from the displacement of both species together, with the lags of the pair's
    slowest member. Parameters as in :func:`antiperovskite.transport.coefficient.diffusion`; ``charges`` in the order of
    ``species``.

    Raises
    ------
    OptionError
        A species that does not occur, no frame interval, or a number outside what is allowed.
    DataError, DiffusionRefusedError
        The trajectory is damaged, wrapped, or too short for any straight line.
    """
    from antiperovskite.errors import OptionError
    from antiperovskite.transport.checks import check_framework
    from antiperovskite.transport.coefficient import read_interval, read_temperature
    from antiperovskite.transport.conduct import conductivity_per_diffusion, ion_charge
    from antiperovskite.transport.refusal import DiffusionRefusedError

    info = trajectory.info
    step = read_interval(frame_interval_ps, info.frame_interval_ps, info.source)
    temperature = read_temperature(temperature_K, info.temperature_K)
    if charges is not None and len(charges) != len(species):
        raise OptionError(f"{len(charges)} charges for {len(species)} species; give one each")
    found = collect(trajectory, species, framework, progress)
    check_framework(found)
    z = list(charges) if charges is not None else [ion_charge(symbol) if temperature else 0 for symbol in species]
    charge = dict(zip(species, z, strict=True))
    starts = []
    for symbol in species:
        search = find_line(pick(found.sums, found.pairs.index((symbol, symbol))))
        if search.chosen is None:
            raise DiffusionRefusedError(
                search.kind, f"sum of the displacements of {symbol}: {search.reason}; run longer"
            )
        starts.append(search.chosen.start)
    start = max(starts)
    diagonal = {symbol: fit(_pair(found, symbol, symbol), start) for symbol in species}
    rows = []
    for a, b in found.pairs:
        line = diagonal[a] if a == b else fit(_pair(found, a, b), start)
        error = sqrt(line.variance if a == b else _cross_variance(line, diagonal[a], diagonal[b], found, start))
        factor = CM2_PER_S / (6.0 * step)
        coefficient = Quantity(
            value=line.slope * factor,
            uncertainty=error * factor,
            unit="cm^2/s",
            method="slope of <Q_i . Q_j> / (6 sqrt(N_i N_j)); "
            + (f"variance from the {line.basis}" if a == b else "variance of two correlated Gaussian walks"),
            source=info.source,
            citations=("bullerjahn2020", "mccluskey2025"),
        )
        part: AnyQuantity = NotComputed(unit="S/cm", method="no temperature: give one", source=info.source)
        if temperature is not None:
            together = sqrt(found.counts[a] * found.counts[b])
            per = conductivity_per_diffusion(1, found.volume, 1.0, temperature) * together * charge[a] * charge[b]
            part = Quantity(
                value=coefficient.value * per,
                uncertainty=error * factor * abs(per),
                unit="S/cm",
                method=f"at {temperature:g} K with charges {charge[a]:+g} and {charge[b]:+g}",
                source=info.source,
            )
        rows.append(OnsagerCoefficient(species=(a, b), coefficient=coefficient, conductivity=part))
    return Onsager(
        species=tuple(species),
        counts=tuple(found.counts[symbol] for symbol in species),
        coefficients=tuple(rows),
        start=Quantity(
            value=start * step, uncertainty=None, unit="ps", method="longest start; no uncertainty", source=info.source
        ),
        source=info.source,
    )


def _pair(found: Collected, a: str, b: str) -> Windows:
    """Windows of Q_a . Q_b / sqrt(N_a N_b) (not squared displacements where a and b differ)."""
    weight = 1.0 / sqrt(found.counts[a] * found.counts[b])
    both = pick(found.sums, found.pairs.index((a, b)))
    if a == b:
        return replace(combine([(weight, both)]), components=found.selves[a].components)
    own = [pick(found.sums, found.pairs.index((symbol, symbol))) for symbol in (a, b)]
    return combine([(weight / 2, both), (-weight / 2, own[0]), (-weight / 2, own[1])])


def _cross_variance(cross: Slope, a: Slope, b: Slope, found: Collected, start: int) -> float:
    """var(lambda_ij) = v (lambda_ii lambda_jj + lambda_ij^2) / 2, v the relative variance of a walk of this length."""
    from antiperovskite.transport.covariance import best_line

    relative = float(best_line(start, found.info.n_frames, 0.0).variance[1, 1]) * max(a.anisotropy, b.anisotropy)
    measured = max(relative, (a.relative_variance + b.relative_variance) / 2)
    return measured * (max(a.slope, 0.0) * max(b.slope, 0.0) + cross.slope**2) / 2.0
