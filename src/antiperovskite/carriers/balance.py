"""Who carries the current: vacancies, interstitials and protons, from concentrations and migration barriers.

Each carrier's part is w = c z^2 exp(-E_m/kT) with its charge number z, its share w over the sum, with equal attempt
frequencies, hop lengths and correlation factors. A carrier without a barrier has no share, and neither have the others,
unless even with no barrier at all it would carry less than a thousandth of what they carry.

Errors are those of ln(w over the w of all others), whose 68 % interval is carried over to the share: a share next to
one or zero has a short side. Those of barriers are taken as independent, those of the logarithms of concentrations are
added, because they rest on the same energies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, hypot, log
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.model import Interval
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.defects.equilibrium.model import EquilibriumPoint, EquilibriumStudy, SpeciesAmount

K = TypeVar("K", bound=str)
Carrier = Literal["vacancy", "interstitial", "proton"]
CARRIERS: Final[tuple[Carrier, ...]] = ("vacancy", "interstitial", "proton")
NEGLIGIBLE: Final = 1e-3
LN10: Final = log(10.0)
_LARGEST: Final = 700.0  # exponents beyond it are no floats
NOTES: Final = (
    "equal attempt frequencies, hop lengths and correlation factors are taken for all carriers",
    "only isolated carriers count: one that is bound to another defect stays",
    "uncertainties are those of the defect energies and the barriers as given; the engine's error is not in them",
)


class BalancePoint(Model):
    """Shares of conduction under one set of conditions."""

    temperature: Quantity
    p_water: Quantity | None
    coexisting: tuple[str, ...]
    position: float = Field(description="on the axis: K, bar, per formula unit, or share of the way")
    concentrations: dict[Carrier, AnyQuantity] = Field(description="per formula unit; isolated carriers")
    log10_concentrations: dict[Carrier, AnyQuantity] = Field(description="their logarithms, with uncertainty")
    number_shares: dict[Carrier, AnyQuantity] = Field(description="of the number of isolated carriers")
    shares: dict[Carrier, AnyQuantity] = Field(description="of the conduction")
    intervals68: dict[Carrier, Interval] = Field(description="of the shares that have an uncertainty")
    log10_ratios: dict[Carrier, AnyQuantity] = Field(description="log10 of a carrier's part over that of all others")


class CarrierBalance(Model):
    """Shares of conduction over temperature, water or what else runs."""

    formula: str
    ion: str
    axis: str = Field(description="what the points run over, as in antiperovskite concentrations")
    barriers: dict[Carrier, AnyQuantity]
    points: tuple[BalancePoint, ...]
    source: str
    notes: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Amount:
    """Of one carrier: ln of amount times squared charge number, and the uncertainty of that logarithm."""

    weight: float
    error: float | None


def carrier_balance(study: EquilibriumStudy, barriers: Mapping[str, AnyQuantity]) -> CarrierBalance:
    """Return shares of the conduction from the concentrations of a study and barriers of its carriers.

    Parameters
    ----------
    study
        Of :func:`antiperovskite.defects.equilibrium.concentrations`.
    barriers
        Migration barriers of ``vacancy``, ``interstitial`` and ``proton``; those that are missing or not computed make
        the shares that need them not computed. One without an uncertainty is taken as exact, which the shares say.

    Raises
    ------
    OptionError
        A barrier of something else, or a negative one.

    Examples
    --------
    >>> shares = share_of({"vacancy": 1e-3, "interstitial": 1e-3}, {"vacancy": 0.3, "interstitial": 0.2}, 600.0)
    >>> round(shares["vacancy"], 3)
    0.126
    """
    for name, value in barriers.items():
        if name not in CARRIERS:
            raise OptionError(f"a barrier of {name[:20]!r} has no use here; give {', '.join(CARRIERS)}")
        if isinstance(value, Quantity) and value.magnitude("eV") < 0.0:
            raise OptionError(f"the barrier of the {name} is {value}; give zero or more")
    known: dict[Carrier, AnyQuantity] = {
        name: barriers.get(name, NotComputed(unit="eV", method=f"no barrier of the {name} was computed"))
        for name in CARRIERS
    }
    cited = (key for barrier in known.values() for key in barrier.citations)
    return CarrierBalance(
        formula=study.formula,
        ion=study.ion,
        axis=study.axis,
        barriers=known,
        points=tuple(_point(point, study, known) for point in study.points),
        source=study.source,
        notes=(*NOTES, *study.notes),
        citations=tuple(dict.fromkeys((*study.citations, *cited))),
    )


def share_of(amounts: Mapping[K, float], barriers_eV: Mapping[K, float], temperature_K: float) -> dict[K, float]:
    """Share of each carrier in sum c exp(-E/kT); amounts above zero."""
    return _shares({name: log(amount) for name, amount in amounts.items()}, barriers_eV, temperature_K)


def share_text(point: BalancePoint, name: Carrier) -> str:
    """A share in percent with its 68 % interval, which one standard uncertainty would hide next to none or all."""
    share, interval = point.shares[name], point.intervals68.get(name)
    if isinstance(share, NotComputed):
        return "–"
    value = f"{_percent(share.value)} %"
    return value if interval is None else f"{value} ({_percent(interval.low)} to {_percent(interval.high)} %)"


def _percent(share: float) -> str:
    return f"{100.0 * share:.{2 if share < 0.9 else 4}g}"


def _shares(logs: Mapping[K, float], barriers_eV: Mapping[K, float], temperature_K: float) -> dict[K, float]:
    kT = BOLTZMANN_EV_PER_K * temperature_K
    weights = {name: value - barriers_eV[name] / kT for name, value in logs.items()}
    largest = max(weights.values())
    parts = {name: exp(value - largest) for name, value in weights.items()}
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()}


def _point(point: EquilibriumPoint, study: EquilibriumStudy, barriers: Mapping[Carrier, AnyQuantity]) -> BalancePoint:
    kelvin = point.temperature.value
    found = {name: _species(point, study, name) for name in CARRIERS}
    lacking: dict[Carrier, AnyQuantity] = {
        name: NotComputed(unit="1", method=f"no {name} is among the defects", source=study.source)
        for name in CARRIERS
        if not found[name]
    }
    sums = {name: _sum(species) for name, species in found.items() if species}
    amounts = {name: one[2] for name, one in sums.items()}
    free: dict[Carrier, AnyQuantity] = {
        name: Quantity(value=0.0, uncertainty=0.0, unit="eV", method="none: numbers are compared", source="definition")
        for name in amounts
    }
    shares, intervals, ratios = _conduction(amounts, barriers, kelvin, study.source)
    numbers, _, _ = _conduction(amounts, free, kelvin, study.source, what="c")
    return BalancePoint(
        temperature=point.temperature,
        p_water=point.p_water,
        coexisting=point.coexisting,
        position=_position(point, study),
        concentrations={name: lacking.get(name) or sums[name][0] for name in CARRIERS},
        log10_concentrations={name: lacking.get(name) or sums[name][1] for name in CARRIERS},
        number_shares=lacking | numbers,
        shares=lacking | shares,
        intervals68=intervals,
        log10_ratios=lacking | ratios,
    )


def _conduction(
    amounts: Mapping[Carrier, _Amount], barriers: Mapping[Carrier, AnyQuantity], kelvin: float, source: str,
    what: str = "c z^2 exp(-E_m/kT)",
) -> tuple[dict[Carrier, AnyQuantity], dict[Carrier, Interval], dict[Carrier, AnyQuantity]]:  # fmt: skip
    """Shares, their intervals and the ratios to all others, of the carriers that are there."""
    lost = [name for name in amounts if isinstance(barriers[name], NotComputed)]
    ready = {name: amount for name, amount in amounts.items() if name not in lost}
    # those without a barrier count as free
    energies = {name: float(barriers[name].value or 0.0) for name in amounts}
    logs = {name: amount.weight for name, amount in amounts.items()}
    freest = _shares(logs, energies, kelvin) if ready else {}
    needed = [name for name in lost if freest.get(name, 1.0) > NEGLIGIBLE]
    shares: dict[Carrier, AnyQuantity] = {}
    ratios: dict[Carrier, AnyQuantity] = {}
    intervals: dict[Carrier, Interval] = {}
    for name in amounts:
        if name in lost or needed:
            why = "; ".join(barriers[one].method for one in ([name] if name in lost else needed))
            none = NotComputed(
                unit="1", method=why if name in lost else f"{why}, and it could matter here", source=source
            )
            shares[name] = ratios[name] = none
            continue
        ratio, share = _share(name, ready, barriers, kelvin, source, what)
        shares[name], ratios[name] = share, ratio
        if isinstance(ratio, Quantity) and ratio.uncertainty is not None:
            low, high = (_of_log(LN10 * (ratio.value + side * ratio.uncertainty)) for side in (-1.0, 1.0))
            intervals[name] = Interval(low=low, high=high, level=68, unit="1")
            shares[name] = share.model_copy(update={"uncertainty": 0.5 * (high - low)})
    return shares, intervals, ratios


def _share(
    name: Carrier, ready: Mapping[Carrier, _Amount], barriers: Mapping[Carrier, AnyQuantity], kelvin: float,
    source: str, what: str,
) -> tuple[AnyQuantity, Quantity]:  # fmt: skip
    """log10 of its part over that of all others, with uncertainty, and its share."""
    kT = BOLTZMANN_EV_PER_K * kelvin
    others = [one for one in ready if one != name]
    if not others:
        alone = f"no carrier but the {name} has an amount and a barrier"
        share = Quantity(value=1.0, uncertainty=None, unit="1", method=alone, source=source)
        return NotComputed(unit="1", method=alone, source=source), share
    energies = {one: float(barriers[one].value or 0.0) for one in ready}
    weights = {one: ready[one].weight - energies[one] / kT for one in ready}
    largest = max(weights[one] for one in others)
    rest = largest + log(sum(exp(weights[one] - largest) for one in others))
    # derivatives of ln(w / rest) by ln w of each carrier
    slopes = {name: 1.0} | {one: exp(weights[one] - rest) for one in others}
    counted = [slopes[one] * error for one in ready if (error := ready[one].error) is not None]
    known = len(counted) == len(ready)
    climbed = hypot(*(slopes[one] * (barriers[one].uncertainty or 0.0) / kT for one in ready))
    exact = [one for one in ready if barriers[one].uncertainty is None]
    said = f"; not in the uncertainty: barrier of {' and '.join(exact)}, which has none" if exact else ""
    method = f"{what} over the sum of {', '.join(ready)}" + (said if known else "; no uncertainty: energies have none")
    ratio = Quantity(
        value=(weights[name] - rest) / LN10, uncertainty=hypot(sum(counted), climbed) / LN10 if known else None,
        unit="1", n=len(ready), source=source, method=f"log10 of {what} over that of {', '.join(others)}{said}",
    )  # fmt: skip
    share = Quantity(
        value=_of_log(weights[name] - rest), uncertainty=None, unit="1", n=len(ready), source=source, method=method
    )
    return ratio, share


def _of_log(ratio: float) -> float:
    """Share from ln of part over all others."""
    return 1.0 / (1.0 + exp(min(-ratio, _LARGEST)))


def _sum(species: list[SpeciesAmount]) -> tuple[Quantity, Quantity, _Amount]:
    """Amount and its log10 of all species of one carrier, per formula unit, and its weight."""
    largest = max(species, key=lambda one: one.log10_concentration.value)
    top = LN10 * largest.log10_concentration.value
    relative = [exp(LN10 * one.log10_concentration.value - top) for one in species]
    charges = [float(one.charge) ** 2 for one in species]
    error = largest.log10_concentration.uncertainty
    log10 = (top + log(sum(relative))) / LN10
    weight = top + log(sum(r * z for r, z in zip(relative, charges, strict=True)))
    return (
        largest.concentration.model_copy(update={"value": 10.0**log10}),
        largest.log10_concentration.model_copy(update={"value": log10}),
        _Amount(weight, None if error is None else LN10 * error),
    )


def _species(point: EquilibriumPoint, study: EquilibriumStudy, name: Carrier) -> list[SpeciesAmount]:
    """The isolated, charged species that are this carrier."""
    from antiperovskite.defects.equilibrium.names import INTERSTITIAL, parse_defect

    found = []
    for species in point.species:
        if species.bound or species.charge == 0:
            continue
        defect = parse_defect(species.name)
        is_it = {
            "vacancy": defect.added == "" and defect.site == study.ion,
            "interstitial": defect.added == study.ion and defect.site == INTERSTITIAL,
            "proton": defect.elements.get("H", 0.0) > 0.0 and defect.charge == 1,
        }[name]
        if is_it:
            found.append(species)
    return found


def _position(point: EquilibriumPoint, study: EquilibriumStudy) -> float:
    if study.axis == "p_water" and point.p_water is not None:
        return point.p_water.value
    if study.axis == "halide_deficiency" and point.halide_deficiency is not None:
        return point.halide_deficiency
    if study.axis == "coexisting" and point.share_to_second is not None:
        return point.share_to_second
    if study.axis == "dopant" and point.dopants:
        running = [e for e in point.dopants if len({p.dopants.get(e) for p in study.points}) > 1]
        return point.dopants[running[0] if running else next(iter(point.dopants))]
    return point.temperature.value


__all__ = ["CARRIERS", "BalancePoint", "Carrier", "CarrierBalance", "carrier_balance", "share_of", "share_text"]
