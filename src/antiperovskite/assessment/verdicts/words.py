"""From numbers to words: how sure an answer is, and how values are written.

A stability question is answered by the probability P = Phi(-E / u) that the energy E with standard uncertainty u is
negative; u comes from the calibration to measured formation enthalpies (engines without one: the spread over engines):
yes/no above 97.5 %, likely/unlikely above 84 %, otherwise unclear. Without an uncertainty the answer is at most
likely/unlikely.
"""

from __future__ import annotations

from collections.abc import Mapping

from antiperovskite.assessment.model import Answer
from antiperovskite.quantity import NotComputed, Quantity, format_number
from antiperovskite.stability.competing import CITATIONS
from antiperovskite.stability.hydration.model import DryRange, WaterLimit
from antiperovskite.stability.model import Reaction
from antiperovskite.stability.uncertainty import probability_negative
from antiperovskite.units import unit_symbol

SURE, LIKELY = 0.975, 0.84
OPPOSITE: Mapping[Answer, Answer] = {
    "yes": "no",
    "likely": "unlikely",
    "unclear": "unclear",
    "unlikely": "likely",
    "no": "yes",
}
STATIC_CAVEAT = "0 K lattice energies: entropy of disorder and vibrations at synthesis temperature is not included"
ENTHALPY_CAVEAT = "enthalpies at 298 K: entropy of disorder and vibrations at synthesis temperature is not included"
CALIBRATION_CAVEAT = "the uncertainty is measured on binary salts and their kin, none of them an anti-perovskite"
SPREAD_CAVEAT = "the uncertainty is the spread over engines that share much training data, not a calibrated error"


def negative_probability(quantity: Quantity) -> float | None:
    """P(E < 0) for a normal distribution; ``None`` without an uncertainty."""
    if not quantity.uncertainty:
        return None
    return probability_negative(quantity.value, quantity.uncertainty)


def answer_if_negative(quantity: Quantity) -> Answer:
    """Answer to "is this energy negative?"."""
    probability = negative_probability(quantity)
    if probability is None:
        return "likely" if quantity.value < 0 else "unlikely"
    return answer_of(probability)


def answer_of(probability: float) -> Answer:
    """Answer to a question whose "yes" has this probability."""
    if probability >= SURE:
        return "yes"
    if probability >= LIKELY:
        return "likely"
    if probability <= 1 - SURE:
        return "no"
    return "unlikely" if probability <= 1 - LIKELY else "unclear"


def value(quantity: Quantity, unit: str | None = None) -> str:
    """Write a quantity with its uncertainty, unit and a true minus sign."""
    shown = quantity.to(unit) if unit else quantity
    number = format_number(shown.value, shown.uncertainty).replace("-", "−")
    return f"{number} {unit_symbol(shown.unit)}".strip()


def probability_note(quantity: Quantity, what: str) -> tuple[str, ...]:
    """One reason with the probability that an energy is negative; none without an uncertainty."""
    probability = negative_probability(quantity)
    return () if probability is None else (f"probability that {what}: {percent(probability)}",)


def percent(probability: float) -> str:
    """Write a probability in percent; none is called impossible or certain."""
    if probability < 0.005:
        return "< 1 %"
    return "> 99 %" if probability > 0.995 else f"{100 * probability:.0f} %"


def calibrated(quantity: Quantity) -> bool:
    """Whether a value rests on the calibration to measured enthalpies."""
    return CITATIONS[0] in quantity.citations


def energy_caveats(quantity: Quantity) -> tuple[str, str]:
    """What the energy leaves out, and what its uncertainty rests on."""
    return (ENTHALPY_CAVEAT, CALIBRATION_CAVEAT) if calibrated(quantity) else (STATIC_CAVEAT, SPREAD_CAVEAT)


def state(quantity: Quantity) -> str:
    """Temperature that an energy belongs to."""
    return "at 298 K" if calibrated(quantity) else "at 0 K"


def by_engine(reaction: Reaction) -> str:
    """Write the energies of all engines in meV."""
    return ", ".join(
        f"{engine} {1000 * value:+.0f} meV".replace(" -", " −") for engine, value in reaction.by_engine.items()
    )


def ppm(content: float | None) -> str:
    """Write a water content with two digits, as a power of ten below a thousandth.

    Examples
    --------
    >>> ppm(0.0123), ppm(2.3e-11), ppm(1e6)
    ('0.012 ppm', '2×10⁻¹¹ ppm', 'pure steam')
    """
    if content is None:
        return "an unknown content"
    if content >= 1e6:
        return "pure steam"
    return f"{_two_digits(content)} ppm"


def water_content(limit: WaterLimit) -> str:
    """Write a water limit with the interval of one standard uncertainty; ``"none"`` where there is no window."""
    if isinstance(limit.max_water_ppm, NotComputed):
        return "none"
    low, high = limit.lower_ppm, limit.upper_ppm
    text = ppm(limit.max_water_ppm.value)
    if low is None or high is None:
        return text
    return f"{text} ({_two_digits(low)} to {'pure steam' if high >= 1e6 else _two_digits(high)})"


def dry_range(dry: DryRange) -> str:
    """Write at which temperatures the dry phase lasts in a gas, the lower end with its interval."""
    if dry.above.value is None:
        return "at no temperature"
    low, high = dry.interval
    span = "" if low is None or high is None else f" ({low:.0f} to {high:.0f})"
    text = f"above {dry.above.value:.0f} K{span}"
    return text if dry.below.value is None else f"{text} and below {dry.below.value:.0f} K"


def _two_digits(content: float) -> str:
    if content >= 1e-3:
        return f"{float(f'{content:.2g}'):,g}"
    mantissa, exponent = f"{content:.0e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa}×10{raised}"
