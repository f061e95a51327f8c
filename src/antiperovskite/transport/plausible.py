"""Is this a run of the length it says? Speeds against Maxwell's, frames that are in it twice.

Three statements of classical mechanics, none of which needs a model of the crystal:

- the mean squared displacement after a time t is at most 3 k T t^2 / m, whatever the forces (Cauchy-Schwarz on the
  velocity autocorrelation): ions that go further are too fast for the temperature, or the time is too short;
- where frames are so dense that it grows as t^2, it is 3 k T t^2 / m itself: too little is as wrong as too much;
- an ion held by springs has the mean squared amplitude 3 k T / (m w^2), so that amplitude and temperature give w; many
  periods later it has forgotten where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError
from antiperovskite.transport.refusal import DiffusionRefusedError
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.transport.collect import Collected
    from antiperovskite.transport.windows import Windows

_U_A2_PS2_PER_EV: Final = 9648.533212
"""One electronvolt in u angstrom^2/ps^2."""
MARGIN: Final = 2.0
"""Factor in kinetic energy, 1.4 in time, that thermostats, small cells and heavier isotopes are allowed."""
HOTTEST_K: Final = 6000.0
"""Where no temperature is known: no crystal is hotter."""
DENSE: Final = 3.3
"""Displacement squared after two frames over that after one: 4 in flight, 2 in diffusion, 1 in rattling."""
FORGOTTEN: Final = 25.0
"""Phase w t, four periods, after which a correlation of ``REMEMBERED`` is not possible."""
REMEMBERED: Final = 0.5
_NOT_SPRINGS: Final = frozenset({"Li", "Na", "K", "Rb", "Cs", "Ag", "Cu", "H", "D"})


def check_repeats(found: Collected) -> None:
    """Refuse a run that holds frames twice.

    Raises
    ------
    DataError
        Ions that rattle are all exactly where they were in an earlier frame.
    """
    if found.memory is None or (repeated := found.memory.repeats()) is None:
        return
    frame, earlier, n = repeated
    raise DataError(
        f"{found.info.source}: frame {frame} repeats frame {earlier} exactly, and {n} of {len(found.memory)} frames "
        "repeat one: they were written twice and would make D wrong; store the trajectory without them"
    )


def check_time_step(found: Collected, interval_ps: float, temperature_K: float | None) -> None:
    """Refuse a time between frames that the ions' own motion contradicts.

    Parameters
    ----------
    found
        What was collected; a lattice gas, whose ions do not rattle, is not judged.
    interval_ps
        Time between frames, ps.
    temperature_K
        Of the run; ``None`` where it is not known, then only impossible speeds are refused.

    Raises
    ------
    DiffusionRefusedError
        The kind is "wrong time step".
    """
    if found.memory is None or not found.memory.rattles:
        return
    motions = _motions(found)
    hottest = max((one.temperature(interval_ps) for one in motions), default=0.0)
    fastest = max(motions, key=lambda one: one.temperature(interval_ps), default=None)
    limit = MARGIN * (temperature_K or HOTTEST_K / MARGIN)
    if fastest is not None and hottest > limit:
        at = f"at {temperature_K:g} K" if temperature_K is not None else "in any crystal"
        longer = (hottest / (temperature_K or HOTTEST_K)) ** 0.5
        raise _wrong(
            f"{fastest.species} moves {fastest.one**0.5:.3g} angstrom in {interval_ps:g} ps, as fast as free ions of "
            f"{hottest:.3g} K: not possible {at}; the frames are at least {longer:.2g} times further apart in time, or "
            "the temperature is another"
        )
    if temperature_K is None or not motions:
        return
    if all(one.two > DENSE * one.one for one in motions):
        flight = motions[0].flight(interval_ps)
        if not temperature_K / MARGIN <= flight <= MARGIN * temperature_K:
            raise _wrong(
                f"the frames are so dense that ions fly straight between them, and {motions[0].species} flies at "
                f"{flight:.3g} K where the run has {temperature_K:g} K; the frames are "
                f"{(flight / temperature_K) ** 0.5 * interval_ps:.2g} ps apart, not {interval_ps:g}"
            )
    _check_memory(found, motions, interval_ps, temperature_K)


@dataclass(frozen=True)
class _Motion:
    """Mean squared displacement of one element after one and two frames, and at the plateau of its rattling."""

    species: str
    mass: float
    one: float
    two: float
    plateau: float
    grows: bool

    def temperature(self, interval_ps: float) -> float:
        """Temperature of free ions as fast as the displacement over one frame: at most that of the run."""
        return self.mass * self.one / (3.0 * BOLTZMANN_EV_PER_K * _U_A2_PS2_PER_EV * interval_ps**2)

    def flight(self, interval_ps: float) -> float:
        """Temperature from the limit of short times, v^2 t^2 = (16 MSD(t) - MSD(2 t))/12."""
        return self.temperature(interval_ps) * (16.0 * self.one - self.two) / (12.0 * self.one)


def _check_memory(found: Collected, motions: list[_Motion], interval_ps: float, temperature_K: float) -> None:
    from math import sqrt

    for one in motions:
        if one.species in _NOT_SPRINGS or one.grows or one.plateau <= 0.0:
            continue
        amplitude = one.plateau / 2.0
        kT = BOLTZMANN_EV_PER_K * _U_A2_PS2_PER_EV * temperature_K
        frequency = sqrt(3.0 * kT / (one.mass * amplitude))
        remembered = 1.0 - one.one / one.plateau
        if frequency * interval_ps > FORGOTTEN and remembered > REMEMBERED:
            raise _wrong(
                f"{one.species} rattles at about {frequency / 6.283:.2g} THz (from its amplitude) and still knows "
                f"{100 * remembered:.0f} % of where it was after {interval_ps:g} ps, many periods later; the frames "
                f"are closer in time, about {1.0 / frequency:.1g} ps or less"
            )


def _motions(found: Collected) -> list[_Motion]:
    """One motion an element: framework and mobile ions alike."""
    import numpy as np
    from ase.data import atomic_masses, atomic_numbers

    groups: list[tuple[str, Windows, Any]] = [(name, one, slice(None)) for name, one in found.selves.items()]
    if found.framework is not None:
        held = [s for s in found.info.symbols if s in found.framework_species]
        still = found.framework
        groups += [(name, still, np.flatnonzero(np.array(held) == name)) for name in found.framework_species]
    motions = []
    for name, window, ions in groups:
        mass = float(atomic_masses[atomic_numbers.get(name, 0)])
        if 2 not in window.lags or mass <= 0.0:
            continue
        # medians over ions: a few that jump do not speak for those that rattle
        each = np.median(window.sums[:, ions].sum(axis=2) / window.counts.sum(axis=1)[:, None], axis=1)
        settled = float(each[2 * len(each) // 3 :].mean())
        grows = bool(each[-1] > 1.3 * settled)
        motions.append(_Motion(name, mass, float(each[0]), float(each[1]), settled, grows))
    return [one for one in motions if one.one > 0.0]


def _wrong(message: str) -> DiffusionRefusedError:
    return DiffusionRefusedError("wrong time step", f"{message}; give the right one (--timestep-ps)")
