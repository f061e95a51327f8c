"""Vacancy or interstitial: how many of each in equilibrium, and which of them carries the current."""

from __future__ import annotations

from math import log
from statistics import NormalDist
from typing import Final

from antiperovskite.composition import resolve
from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.capabilities.defects import missing
from antiperovskite.scorecard.capabilities.migration import difference
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result
from antiperovskite.units import BOLTZMANN_EV_PER_K

SURE: Final = 0.975
"""Probability needed of a sign."""
_COUNTED: Final = ("schottky", "frenkel", "deficient")
"""Reactions that fix the energy of each defect; an antisite pair alone leaves open what its halves cost."""


def _ratio(formula: str, temperature_K: float, engine: str, deficiency: float | None = None) -> AnyQuantity:
    """Log10 of isolated vacancies over interstitials, in equilibrium with the alkali halide or short of it."""
    from antiperovskite.defects.equilibrium import Conditions, concentrations, energies_of
    from antiperovskite.defects.shipped import shipped_studies

    try:
        studies = shipped_studies(engine).of(formula)
    except MissingReferenceError:
        studies = ()
    apart = {r.name: r for study in studies for r in study.reactions if not r.bound and r.kind in _COUNTED}
    if not any(r.kind == "frenkel" for r in apart.values()) or not any(r.kind == "schottky" for r in apart.values()):
        command = f"antiperovskite defects {formula} --kinds schottky,frenkel --engine {engine}"
        return missing(formula, engine, command, "study of Schottky and Frenkel defects", "1")
    if deficiency is not None and not any(r.kind == "deficient" for r in apart.values()):
        command = f"antiperovskite defects {formula} --kinds schottky,frenkel,deficient --engine {engine}"
        return missing(formula, engine, command, "study of the B anion on the sites of A", "1")
    source = f"shipped defect study of {formula}, {studies[0].engine.name}"
    places = {defect.name: defect.multiplicity for study in studies for defect in study.defects}
    data = energies_of(list(apart.values()), host=formula, source=source, multiplicities=places)
    at = Conditions(temperature_K=temperature_K, halide_deficiency=deficiency)
    data = data.model_copy(update={"engine": engine})  # whose reference phases tie the salts to the host
    try:
        found = concentrations(resolve(formula), data, [at])
    except OptionError as error:  # energies that do not fix both carriers: a gap of the study, not a failure
        return NotComputed(unit="1", method=str(error), source=source)
    here = found.points[0]
    vacancies, interstitials = here.carriers.log10_vacancies, here.carriers.log10_interstitials
    if isinstance(vacancies, NotComputed) or isinstance(interstitials, NotComputed):
        lost = vacancies if isinstance(vacancies, NotComputed) else interstitials
        return NotComputed(unit="1", method=lost.method, source=source)
    known = all(r.energy.uncertainty is not None for r in apart.values())
    # they rest on the same energies: the sum is the most that the error of the difference can be
    spread = (vacancies.uncertainty or 0.0) + (interstitials.uncertainty or 0.0) if known else None
    phases = " + ".join(here.coexisting) or "no other phase"
    where = f"in equilibrium with {phases}" if deficiency is None else f"short of {deficiency:g} halide a formula unit"
    note = "uncertainties added" if known else "no uncertainty: energies of one supercell have none"
    return Quantity(
        value=vacancies.value - interstitials.value,
        uncertainty=spread,
        unit="1",
        method=f"log10 of isolated {here.carriers.ion} vacancies over interstitials, {formula} {where} "
        f"at {temperature_K:g} K, no vibrational entropies; {note}",
        source=source,
        citations=tuple(dict.fromkeys((*studies[0].engine.citations, *found.citations))),
    )


def _carrier_ratio(arguments: Arguments, context: Context) -> Result:
    return _ratio(str(arguments["formula"]), float(arguments["temperature"]), context.engine)


def _above(ratio: Quantity, limit: float) -> float | None:
    """Probability that a log10 is above a limit."""
    if ratio.uncertainty is None:
        return None
    if not ratio.uncertainty:
        return float(ratio.value > limit)
    return 1.0 - NormalDist(ratio.value, ratio.uncertainty).cdf(limit)


def _outnumber(arguments: Arguments, context: Context) -> Result:
    """The claim's word if vacancies are more by the claimed number of orders of magnitude."""
    ratio = _ratio(str(arguments["formula"]), float(arguments["temperature"]), context.engine)
    if isinstance(ratio, NotComputed):
        return ratio
    above = _above(ratio, float(arguments["orders"]))
    if above is None or 1.0 - SURE < above < SURE:
        return _undecided(ratio)
    return str(arguments["called"]) if above >= SURE else f"log10 of vacancies over interstitials {ratio}"


def _undecided(ratio: Quantity) -> NotComputed:
    return NotComputed(unit="1", method=f"undecided: {ratio}, {ratio.method}", source=ratio.source)


def barrier_gain(formula: str, context: Context) -> AnyQuantity:
    """Barrier of the dumbbell minus that of the vacancy, eV."""
    return difference(formula, "dumbbell", formula, "vacancy", "largest", context.engine)


def _carrier(arguments: Arguments, context: Context) -> Result:
    """``Li vacancy`` or ``Li interstitial``, whichever surely carries more current with equal prefactors."""
    formula, T = str(arguments["formula"]), float(arguments["temperature"])
    deficiency = float(arguments["deficiency"]) if "deficiency" in arguments else None
    ratio = _ratio(formula, T, context.engine, deficiency)
    if isinstance(ratio, NotComputed):
        return ratio
    gain = barrier_gain(formula, context)
    if isinstance(gain, NotComputed):
        return gain.model_copy(update={"unit": "1"})
    per_eV = 1.0 / (BOLTZMANN_EV_PER_K * T * log(10.0))
    error = None if ratio.uncertainty is None else ratio.uncertainty + (gain.uncertainty or 0.0) * per_eV
    current = ratio.model_copy(
        update={
            "value": ratio.value + gain.value * per_eV,
            "uncertainty": error,
            "method": f"log10 of the current by vacancies over that by interstitials, c exp(-E_m/kT), equal prefactors "
            f"({ratio.method}; barriers {gain.value:+.3f} eV, dumbbell minus vacancy)",
        }
    )
    above = _above(current, 0.0)
    if above is None or 1.0 - SURE < above < SURE:
        return _undecided(current)
    ion = next(iter(resolve(formula).sites.X))
    return f"{ion} {'vacancy' if above >= SURE else 'interstitial'}"


_TEMPERATURE: Final = Argument("number", "K, 100 to 3000")
_CAVEAT: Final = (
    "thermal equilibrium of the pure crystal with its alkali halide, isolated defects only, no vibrational entropies; "
    "the energies are those of an engine without charges, whose own error is not in the uncertainty; impurities, "
    "frozen defects and grain boundaries are left out"
)

CAPABILITIES: Final = (
    Capability(
        "carrier_ratio",
        "log10 of isolated cation vacancies over interstitials in equilibrium with the alkali halide",
        {"formula": FORMULA, "temperature": _TEMPERATURE},
        _carrier_ratio,
        "1",
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "vacancies_outnumber",
        "the claim's word, if vacancies surely (97.5 %) outnumber interstitials by so many orders of magnitude",
        {
            "formula": FORMULA,
            "temperature": _TEMPERATURE,
            "orders": Argument("number", "orders of magnitude"),
            "called": Argument("text", "the word of the claim"),
        },
        _outnumber,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dominant_carrier",
        "'Li vacancy' or 'Li interstitial', whichever surely (97.5 %) carries more current in equilibrium",
        {"formula": FORMULA, "temperature": _TEMPERATURE},
        _carrier,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT,
    ),
    Capability(
        "dominant_carrier_deficient",
        "as dominant_carrier, in a crystal M(3-x)BA(1-x) that lacks x of its alkali halide",
        {"formula": FORMULA, "temperature": _TEMPERATURE, "deficiency": Argument("number", "x, up to 0.9")},
        _carrier,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT.replace("of the pure crystal with its alkali halide", "within the crystal"),
    ),
)
