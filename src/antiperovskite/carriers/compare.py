"""D of kinetic Monte Carlo beside D of molecular dynamics: the ratio, and the computed factors between them."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any

from antiperovskite.carriers.model import Factor, Law, MotionPoint, RatioPoint, WalkPoint
from antiperovskite.errors import DataError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.model import Interval

if TYPE_CHECKING:
    from antiperovskite.carriers.mean_force import MeanForce
    from antiperovskite.transport.study.model import ConductivityStudy, Step

DRAWS = 20000
SOURCE = "kinetic Monte Carlo beside molecular dynamics"


def motion_points(study: ConductivityStudy, ion: str) -> tuple[MotionPoint, ...]:
    """What a shipped study of molecular dynamics says at each temperature that was measured, smallest cell first."""
    steps = [*study.steps, *(check.large for check in study.size_checks)]
    found = [point for step in steps if (point := _motion(step, ion)) is not None]
    return tuple(sorted(found, key=lambda p: (p.temperature_K, p.atoms)))


def _motion(step: Step, ion: str) -> MotionPoint | None:
    own = next((one for one in step.results if one.species == ion), None)
    if own is None or not isinstance(own.diffusion_coefficient, Quantity):
        return None
    jumps = next((one for one in step.jumps if one.species == ion), None)
    none = NotComputed(unit="1", method="no jump statistics in the study")
    rate: AnyQuantity = NotComputed(unit="THz", method="no jump statistics in the study")
    if jumps is not None and isinstance(jumps.rate, Quantity) and isinstance(step.vacancy_share, Quantity):
        per = jumps.n_ions / (step.vacancy_share.magnitude("1") * jumps.n_sites)
        scatter = jumps.dispersion.value if isinstance(jumps.dispersion, Quantity) else 1.0
        rate = Quantity(
            value=jumps.rate.value * per,
            uncertainty=(jumps.rate.uncertainty or 0.0) * per * sqrt(max(scatter or 1.0, 1.0)),
            unit="THz", n=jumps.n_jumps, source=jumps.source,
            method="jumps of all ions over time and vacancies; Poisson, widened by the dispersion of the counts",
        )  # fmt: skip
    together: AnyQuantity = none
    over: AnyQuantity = none
    if jumps is not None and jumps.collective is not None:
        together, over = jumps.collective.share, jumps.collective.ratio
    return MotionPoint(
        temperature_K=step.temperature_K,
        atoms=step.n_atoms,
        diffusion=own.diffusion_coefficient,
        interval95=next(one for one in own.intervals if one.level == 95),
        hop_rate=rate,
        correlation_factor=none if jumps is None else jumps.net_correlation_factor,
        together=together,
        together_over_chance=over,
        halides_displaced=step.framework_share_displaced,
    )


def ratio_point(
    kelvin: float,
    walks: Sequence[WalkPoint],
    motion: MotionPoint,
    mean_force: MeanForce | None,
    harmonic_rate: float,
    stretch_note: str,
) -> RatioPoint:
    """Ratio and factors at one temperature.

    Parameters
    ----------
    walks
        The variants at this temperature.
    mean_force
        Rate of the bare hop without harmonic modes, where it was computed.
    harmonic_rate
        Rate of one bare hop in the walks, 1/ps.
    stretch_note
        What is said of the lattice.
    """
    import numpy as np

    named = {walk.variant: walk for walk in walks}
    free = named["free"].diffusion
    rng = np.random.default_rng((int(kelvin), 3))
    md = _draws(rng, motion.diffusion.value, *_ends(motion.interval95))
    simple = _normal(rng, free) / md
    factors = [
        _step("trapping", named.get("trapped"), named["free"], "places and barriers near anion vacancies against none"),
        _step(
            "repulsion of vacancies", named.get("trapped, repelling"), named.get("trapped"),
            "energy of two neighbouring vacancies added",
        ),
        _anharmonic(mean_force, harmonic_rate),
        Factor(
            name="lattice expansion",
            value=Quantity(
                value=1.0, uncertainty=0.0, unit="1", source=SOURCE,
                method="both used the cell relaxed at 0 K, so it cannot separate them; exact",
            ),
            meaning=stretch_note,
        ),
    ]  # fmt: skip
    product, complete = simple.copy(), True
    for factor in factors:
        if isinstance(factor.value, NotComputed):
            complete = False
        elif factor.value.uncertainty:
            product = product * _normal(rng, factor.value)
        else:
            product = product * factor.value.value
    low, high = np.quantile(product, [0.025, 0.975])
    corrected: AnyQuantity = NotComputed(
        unit="1", method="not all factors were computed at this temperature", source=SOURCE
    )
    if complete:
        corrected = _ratio_quantity(product, "ratio times the computed factors; what is left of it is not explained")
    a, b = np.quantile(simple, [0.025, 0.975])
    return RatioPoint(
        temperature_K=kelvin,
        ratio=_ratio_quantity(simple, "D of free vacancies with harmonic rates over D of molecular dynamics"),
        interval95=Interval(low=float(a), high=float(b), level=95, unit="1"),
        factors=(*factors, *_seen_in_motion(named, motion)),
        corrected=corrected,
        corrected95=Interval(low=float(low), high=float(high), level=95, unit="1") if complete else None,
    )


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def _draws(rng: Any, value: float, low: float, high: float) -> Any:
    """Log-normal draws with this median and 95 % interval."""
    import numpy as np

    return np.exp(log(value) + rng.standard_normal(DRAWS) * (log(high) - log(low)) / (2.0 * 1.96))


def _normal(rng: Any, quantity: Quantity) -> Any:
    """Log-normal draws around a positive value with a relative uncertainty."""
    import numpy as np

    relative = (quantity.uncertainty or 0.0) / quantity.value
    return quantity.value * np.exp(relative * rng.standard_normal(DRAWS))


def _ratio_quantity(draws: Any, method: str) -> Quantity:
    import numpy as np

    low, median, high = np.quantile(draws, [0.1587, 0.5, 0.8413])
    return Quantity(
        value=float(median), uncertainty=float(high - low) / 2.0, unit="1", n=DRAWS, source=SOURCE,
        method=f"{method}; median and half of the central 68 %",
    )  # fmt: skip


def _step(name: str, after: WalkPoint | None, before: WalkPoint | None, meaning: str) -> Factor:
    if after is None or before is None:
        return Factor(name=name, value=NotComputed(unit="1", method="that walk was not run"), meaning=meaning)
    value = after.diffusion.value / before.diffusion.value
    relative = sqrt(
        ((after.diffusion.uncertainty or 0.0) / after.diffusion.value) ** 2
        + ((before.diffusion.uncertainty or 0.0) / before.diffusion.value) ** 2
    )
    return Factor(
        name=name,
        value=Quantity(
            value=value, uncertainty=value * relative, unit="1", n=after.placements, source=SOURCE,
            method=f"D of the walk ({after.variant}) over that of the walk ({before.variant})",
        ),
        meaning=meaning,
    )  # fmt: skip


def _anharmonic(found: MeanForce | None, harmonic_rate: float) -> Factor:
    meaning = "rate of the bare hop by the mean force over its harmonic rate: every rate of the walk changes by it"
    if found is None:
        value: AnyQuantity = NotComputed(unit="1", method="no mean force was computed at this temperature")
    else:
        value = Quantity(
            value=found.rate.value / harmonic_rate,
            uncertainty=(found.rate.uncertainty or 0.0) / harmonic_rate,
            unit="1", n=found.rate.n, source=found.rate.source, method=meaning,
        )  # fmt: skip
    return Factor(name="anharmonicity", value=value, meaning=meaning)


def _seen_in_motion(named: dict[Any, WalkPoint], motion: MotionPoint) -> tuple[Factor, ...]:
    """What can be compared but is no further factor: hop rates and correlation factors split the same ratio."""
    last = named.get("trapped, repelling") or named.get("trapped") or named["free"]
    return (
        Factor(
            name="hop rate, walk over dynamics",
            multiplies=False,
            value=_over(last.hop_rate, motion.hop_rate),
            meaning="hops of one vacancy: last walk, harmonic rates, over molecular dynamics",
        ),
        Factor(
            name="correlation factor, walk over dynamics",
            multiplies=False,
            value=_over(last.correlation_factor, motion.correlation_factor),
            meaning="how much of the hopping is undone: last walk over molecular dynamics",
        ),
        Factor(
            name="jumps of two or more ions at once, dynamics",
            multiplies=False,
            value=motion.together,
            meaning="share of the jumps in molecular dynamics; the walks have single hops only",
        ),
        Factor(
            name="such pairs over chance, dynamics",
            multiplies=False,
            value=motion.together_over_chance,
            meaning="pairs of jumps near in space and time over those of independent jumps at the same rate",
        ),
        Factor(
            name="framework ions off their sites, dynamics",
            multiplies=False,
            value=motion.halides_displaced,
            meaning="share of O and anions on A; zero: the anion vacancies stayed where they were, as in the walks",
        ),
    )


def _over(top: AnyQuantity, bottom: AnyQuantity) -> AnyQuantity:
    if not (isinstance(top, Quantity) and isinstance(bottom, Quantity)) or bottom.value <= 0.0:
        return NotComputed(unit="1", method="one of the two was not computed", source=SOURCE)
    value = top.value / bottom.value
    relative = sqrt(((top.uncertainty or 0) / top.value) ** 2 + ((bottom.uncertainty or 0) / bottom.value) ** 2)
    return Quantity(
        value=value, uncertainty=value * relative, unit="1", n=min(top.n, bottom.n), source=SOURCE,
        method="first over second, relative uncertainties added in quadrature",
    )  # fmt: skip


def law(series: str, points: Sequence[tuple[float, Quantity]]) -> Law:
    """Arrhenius law of D; three temperatures and more."""
    from antiperovskite.transport.activation import Point, arrhenius

    try:
        found = arrhenius([Point.measured(kelvin, D) for kelvin, D in points])
    except DataError as error:
        none = NotComputed(unit="eV", method=str(error))
        return Law(series=series, activation_energy=none, log10_prefactor=none.model_copy(update={"unit": "1"}))
    return Law(series=series, activation_energy=found.activation_energy, log10_prefactor=found.log10_prefactor)


def two_point_energy(low: tuple[float, Quantity], high: tuple[float, Quantity], what: str) -> Quantity:
    """Activation energy between two temperatures, eV, with the uncertainty of both values.

    Examples
    --------
    >>> def D(value): return Quantity(value=value, uncertainty=None, unit="1", method="example", source="example")
    >>> round(two_point_energy((500.0, D(1.0)), (1000.0, D(10.0)), "D").value, 4)
    0.1984
    """
    from antiperovskite.units import BOLTZMANN_EV_PER_K

    span = (1.0 / low[0] - 1.0 / high[0]) / BOLTZMANN_EV_PER_K
    value = log(high[1].value / low[1].value) / span
    relative = sqrt(sum(((q.uncertainty or 0.0) / q.value) ** 2 for _, q in (low, high)))
    return Quantity(
        value=value, uncertainty=relative / span, unit="eV", n=2, source=low[1].source,
        method=f"slope of ln({what}) against 1/kT between {low[0]:g} and {high[0]:g} K",
    )  # fmt: skip


def boltzmann(energy_eV: float, kelvin: float) -> float:
    """exp(-E/kT)."""
    from antiperovskite.units import BOLTZMANN_EV_PER_K

    return exp(-energy_eV / (BOLTZMANN_EV_PER_K * kelvin))
