"""Who carries the current: vacancies, interstitials and protons, from concentrations and migration barriers.

Each carrier's part is w = c exp(-E_m/kT), its share w over the sum, with equal attempt frequencies, hop lengths and
correlation factors; all of them have one elementary charge. A carrier without a barrier has no share, and neither have
the others, unless even with no barrier at all it would carry less than a thousandth of what they carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, sqrt
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.defects.equilibrium.model import EquilibriumPoint, EquilibriumStudy

K = TypeVar("K", bound=str)
Carrier = Literal["vacancy", "interstitial", "proton"]
CARRIERS: Final[tuple[Carrier, ...]] = ("vacancy", "interstitial", "proton")
NEGLIGIBLE: Final = 1e-3
_STEP: Final = 1e-3  # eV, of the numerical derivative of the shares


class BalancePoint(Model):
    """Shares of conduction at one temperature and water pressure."""

    temperature: Quantity
    p_water: Quantity | None
    concentrations: dict[Carrier, AnyQuantity] = Field(description="per formula unit; protons isolated and mobile")
    shares: dict[Carrier, AnyQuantity]


class CarrierBalance(Model):
    """Shares of conduction over temperature and water."""

    formula: str
    ion: str
    barriers: dict[Carrier, AnyQuantity]
    points: tuple[BalancePoint, ...]
    source: str
    notes: tuple[str, ...] = ()


def carrier_balance(study: EquilibriumStudy, barriers: Mapping[str, AnyQuantity]) -> CarrierBalance:
    """Return shares of the conduction from the concentrations of a study and barriers of its carriers.

    Parameters
    ----------
    study
        Of :func:`antiperovskite.defects.equilibrium.concentrations`.
    barriers
        Migration barriers of ``vacancy``, ``interstitial`` and ``proton``; those that are missing or not computed make
        the shares that need them not computed.

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
    return CarrierBalance(
        formula=study.formula,
        ion=study.ion,
        barriers=known,
        points=tuple(_point(point, study, known) for point in study.points),
        source=study.source,
        notes=(
            "equal attempt frequencies, hop lengths and correlation factors are taken for all carriers",
            "a proton is counted where it is not bound to another defect; it moves with a barrier of its own",
            "uncertainties are those of the barriers and of the logarithms of the concentrations",
        ),
    )


def share_of(amounts: Mapping[K, float], barriers_eV: Mapping[K, float], temperature_K: float) -> dict[K, float]:
    """Share of each carrier in sum c exp(-E/kT)."""
    kT = BOLTZMANN_EV_PER_K * temperature_K
    lowest = min(barriers_eV[name] for name in amounts)
    weights = {name: amount * exp(-(barriers_eV[name] - lowest) / kT) for name, amount in amounts.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _point(point: EquilibriumPoint, study: EquilibriumStudy, barriers: Mapping[Carrier, AnyQuantity]) -> BalancePoint:
    kelvin = point.temperature.value
    amounts = {name: _amount(point, study, name) for name in CARRIERS}
    present = {name: a for name, a in amounts.items() if isinstance(a[0], Quantity) and a[0].value > 0.0}
    ready = {name: a for name, a in present.items() if isinstance(barriers[name], Quantity)}
    values = {name: a[0].value or 0.0 for name, a in present.items()}
    energies = {name: float(barriers[name].value or 0.0) for name in present}
    lost = [name for name in present if name not in ready]
    shares: dict[Carrier, AnyQuantity] = {}
    freest = share_of(values, energies, kelvin) if ready else {}  # those without a barrier count as free
    needed = [name for name in lost if freest.get(name, 1.0) > NEGLIGIBLE]
    for name in CARRIERS:
        if name not in present:
            shares[name] = NotComputed(unit="1", method=amounts[name][0].method, source=study.source)
        elif name in lost:
            shares[name] = NotComputed(unit="1", method=barriers[name].method, source=study.source)
        elif needed:
            why = "; ".join(barriers[one].method for one in needed)
            shares[name] = NotComputed(unit="1", method=f"{why}, and it could matter here", source=study.source)
        else:
            shares[name] = _share(name, ready, barriers, kelvin, study.source)
    return BalancePoint(
        temperature=point.temperature,
        p_water=point.p_water,
        concentrations={name: amounts[name][0] for name in CARRIERS},
        shares=shares,
    )


def _share(
    name: Carrier, ready: Mapping[Carrier, tuple[AnyQuantity, float | None]], barriers: Mapping[Carrier, AnyQuantity],
    kelvin: float, source: str,
) -> Quantity:  # fmt: skip
    values = {one: float(a[0].value or 0.0) for one, a in ready.items()}
    energies = {one: float(barriers[one].value or 0.0) for one in ready}
    share = share_of(values, energies, kelvin)[name]
    kT = BOLTZMANN_EV_PER_K * kelvin
    variance, complete = 0.0, True
    for one, (_, log10_error) in ready.items():
        moved = share_of(values, energies | {one: energies[one] + _STEP}, kelvin)[name]
        slope = (moved - share) / _STEP  # per eV; a factor f of the amount acts as -kT ln f
        uncertain = barriers[one].uncertainty
        complete &= uncertain is not None and log10_error is not None
        variance += (slope * (uncertain or 0.0)) ** 2 + (slope * kT * 2.302585 * (log10_error or 0.0)) ** 2
    said = "" if complete else "; no uncertainty: barriers or energies have none"
    return Quantity(
        value=share, uncertainty=sqrt(variance) if complete else None, unit="1", n=len(ready), source=source,
        method=f"c exp(-E_m/kT) over the sum of {', '.join(ready)}{said}",
    )  # fmt: skip


def _amount(point: EquilibriumPoint, study: EquilibriumStudy, name: Carrier) -> tuple[AnyQuantity, float | None]:
    """Concentration per formula unit of an isolated carrier and the uncertainty of its log10."""
    from antiperovskite.defects.equilibrium.names import INTERSTITIAL, parse_defect

    found = []
    for species in point.species:
        if species.bound:
            continue
        defect = parse_defect(species.name)
        is_it = {
            "vacancy": defect.added == "" and defect.site == study.ion,
            "interstitial": defect.added == study.ion and defect.site == INTERSTITIAL,
            "proton": "H" in defect.elements and defect.elements["H"] > 0 and defect.charge == 1,
        }[name]
        if is_it:
            found.append(species)
    if not found:
        return NotComputed(unit="1", method=f"no {name} is among the defects", source=study.source), None
    largest = max(found, key=lambda species: species.concentration.value)
    total = sum(species.concentration.value for species in found)
    amount = largest.concentration.model_copy(update={"value": total})
    return amount, largest.log10_concentration.uncertainty


__all__ = ["CARRIERS", "BalancePoint", "CarrierBalance", "carrier_balance", "share_of"]
