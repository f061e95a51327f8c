"""How far do reports of the "same" material at about the same temperature lie apart?

Values are grouped by material (equal sites), mobile ion and kind: measured and computed values never meet. A value
reported inside the temperature window counts as it is. A row outside it counts only where an activation energy stands
on the same row, through sigma T = A exp(-Ea / kT):

    sigma(T0) = sigma(T) (T / T0) exp(-(Ea / k) (1 / T0 - 1 / T))

and says so; a study that reports a value inside the window is never extrapolated into it as well. An extrapolation
assumes that nothing happens to the phase in between, which for Li2OHCl below its transition is known to be wrong.
"""

from __future__ import annotations

import math
from collections import defaultdict

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.evidence.matching import SiteAmounts, amounts_of_text
from antiperovskite.evidence.model import ConductivityRow, Kind
from antiperovskite.evidence.selection import check_window, is_near, type_of
from antiperovskite.evidence.tables import conductivities
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.units import BOLTZMANN_EV_PER_K

# Both constants are exact by the definition of the SI (2019); SciPy has the same and would take longer to load than
# the whole answer. The tables keep K, S/cm and eV, so that values are used as they stand.


class SpreadValue(Model):
    """One report: the conductivity that counts, and whether it was reported there or extrapolated.

    ``upper`` is the upper end where the report, or the activation energy it was extrapolated with, is a range.
    """

    row: str
    conductivity: Quantity
    upper: Quantity | None = None
    reported_at: Quantity
    extrapolated: bool
    uncertain_reading: bool
    form: str = ""
    phase: str = ""
    study: str
    citations: tuple[str, ...]

    @property
    def top(self) -> Quantity:
        """The upper end, or the value where there is no range."""
        return self.upper or self.conductivity


class Spread(Model):
    """The reports of one material and kind near one temperature.

    ``decades`` = log10(maximum / minimum) over all ``n`` values; ``decades_reported`` the same over those reported
    inside the window. ``studies`` counts different works: with one, the spread is that of its own samples or phases.
    """

    material: str
    carrier: str
    kind: Kind
    temperature: Quantity
    n: int = Field(ge=1)
    studies: int = Field(ge=1)
    minimum: Quantity
    maximum: Quantity
    decades: AnyQuantity
    decades_reported: AnyQuantity
    values: tuple[SpreadValue, ...]


def conductivity_spread(
    near_K: float = 300.0,
    within_K: float = 20.0,
    *,
    uncertain: bool = True,
    extrapolate: bool = True,
    at_least: int = 2,
) -> tuple[Spread, ...]:
    """Return the spread of every material with enough reports, the widest first.

    Parameters
    ----------
    near_K, within_K
        Centre and half width of the temperature window, K.
    uncertain
        Whether rows whose reading is uncertain count.
    extrapolate
        Whether rows outside the window count where an activation energy stands on them.
    at_least
        How many reports a material needs to be listed.

    Raises
    ------
    OptionError
        A temperature outside what is allowed.
    """
    check_window(near_K, within_K)
    rows = [row for row in conductivities() if uncertain or row.reading == "clear"]
    near = {(row.group, row.citations) for row in rows if row.conductivity and is_near(row, near_K, within_K)}
    grouped: defaultdict[tuple[SiteAmounts, str, Kind], list[SpreadValue]] = defaultdict(list)
    names: dict[SiteAmounts, str] = {}
    for row in rows:
        value = _reported(row) if is_near(row, near_K, within_K) else None
        if value is None and extrapolate and (row.group, row.citations) not in near:
            value = extrapolated(row, near_K)
        if value is None:
            continue
        for text in row.concerns:
            material = amounts_of_text(text)
            if material is not None:
                names.setdefault(material, text)
                grouped[material, row.carrier or type_of(text).cation, row.kind].append(value)
    found = [
        _spread(names[material], carrier, kind, values, near_K, within_K)
        for (material, carrier, kind), values in grouped.items()
        if len(values) >= at_least
    ]
    return tuple(sorted(found, key=lambda s: (-(s.decades.value or 0.0), s.material, s.kind)))


def _reported(row: ConductivityRow) -> SpreadValue | None:
    if row.conductivity is None or row.temperature is None:
        return None
    return _value(row, row.conductivity, row.conductivity_upper, row.temperature, is_extrapolated=False)


def extrapolated(row: ConductivityRow, to_K: float) -> SpreadValue | None:
    """Carry a row's conductivity to another temperature with its own activation energy.

    sigma(T0) = sigma(T) (T / T0) exp(-(Ea / k) (1 / T0 - 1 / T)). A range of the conductivity or of the activation
    energy gives a range.

    Returns
    -------
    SpreadValue or None
        ``None`` where the row lacks a conductivity, a temperature or an activation energy.
    """
    if row.conductivity is None or row.temperature is None or row.activation_energy is None:
        return None
    T = row.temperature.value
    energies = [row.activation_energy, row.activation_energy_upper or row.activation_energy]
    sigmas = [row.conductivity, row.conductivity_upper or row.conductivity]
    ends = sorted(sigma.value * arrhenius_factor(T, to_K, energy.value) for sigma in sigmas for energy in energies)
    printed = " - ".join(dict.fromkeys(f"{energy.value:g}" for energy in energies))
    method = (
        f"extrapolated from {T:g} K with the row's activation energy of {printed} eV, sigma T = A exp(-Ea/kT); "
        f"no phase transition between assumed; {row.method}; no uncertainty printed"
    )

    def quantity(value: float) -> Quantity:
        return Quantity(
            value=value,
            uncertainty=None,
            unit="S/cm",
            method=method,
            source=row.conductivity.source if row.conductivity else row.id,
            citations=row.citations,
        )

    upper = quantity(ends[-1]) if ends[-1] > ends[0] * (1 + 1e-12) else None
    return _value(row, quantity(ends[0]), upper, row.temperature, is_extrapolated=True)


def arrhenius_factor(from_K: float, to_K: float, energy_eV: float) -> float:
    """sigma(to) / sigma(from) for sigma T = A exp(-Ea / kT), temperatures in K, energy in eV."""
    return from_K / to_K * math.exp(-energy_eV / BOLTZMANN_EV_PER_K * (1 / to_K - 1 / from_K))


def _value(
    row: ConductivityRow, low: Quantity, high: Quantity | None, at: Quantity, *, is_extrapolated: bool
) -> SpreadValue:
    return SpreadValue(
        row=row.id,
        conductivity=low,
        upper=high,
        reported_at=at,
        extrapolated=is_extrapolated,
        uncertain_reading=row.reading == "uncertain",
        form=row.form,
        phase=row.phase,
        study=row.study,
        citations=row.citations,
    )


def _spread(
    material: str, carrier: str, kind: Kind, values: list[SpreadValue], near_K: float, within_K: float
) -> Spread:
    ordered = sorted(values, key=lambda v: v.conductivity.value)
    return Spread(
        material=material,
        carrier=carrier,
        kind=kind,
        temperature=Quantity(
            value=near_K,
            uncertainty=None,
            unit="K",
            method=f"chosen; reports within {within_K:g} K count as they are; no uncertainty defined",
            source="query",
        ),
        n=len(values),
        studies=len({value.citations for value in values}),
        minimum=ordered[0].conductivity,
        maximum=max(values, key=lambda v: v.top.value).top,
        decades=_decades(values, f"within {within_K:g} K of {near_K:g} K or extrapolated to it"),
        decades_reported=_decades([v for v in values if not v.extrapolated], f"within {within_K:g} K of {near_K:g} K"),
        values=tuple(ordered),
    )


def _decades(values: list[SpreadValue], where: str) -> AnyQuantity:
    if len(values) < 2:
        return NotComputed(unit="1", method=f"needs two values {where}; there are {len(values)}")
    low = min(value.conductivity.value for value in values)
    high = max(value.top.value for value in values)
    return Quantity(
        value=math.log10(high / low),
        uncertainty=None,
        unit="1",
        n=len(values),
        method=f"log10(largest / smallest) of the values {where}; no uncertainty is printed with any of them",
        source="rows " + ", ".join(value.row for value in values),
        citations=tuple(dict.fromkeys(key for value in values for key in value.citations)),
    )
