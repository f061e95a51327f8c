"""Vacancy or interstitial: how many of each in equilibrium, and which of them carries the current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.capabilities.defects import defects_command, judged_study, missing
from antiperovskite.scorecard.capabilities.migration import difference
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.defects.equilibrium import Conditions
    from antiperovskite.defects.equilibrium.model import EquilibriumPoint
    from antiperovskite.defects.model import DefectReaction

SURE: Final = 0.975
"""Probability needed of a sign."""


@dataclass(frozen=True)
class _Equilibrium:
    """One point of the shipped energies; ``certain`` where every energy that counts has an uncertainty."""

    point: EquilibriumPoint
    certain: bool
    source: str
    citations: tuple[str, ...]

    def log10_ratio(self, above: AnyQuantity, below: AnyQuantity, what: str) -> AnyQuantity:
        """Of two amounts given as log10; they rest on the same energies, so the sum is the most the error can be."""
        if isinstance(above, NotComputed) or isinstance(below, NotComputed):
            lost = above if isinstance(above, NotComputed) else below
            return NotComputed(unit="1", method=lost.method, source=self.source)
        note = "uncertainties added" if self.certain else "no uncertainty: energies of one supercell have none"
        return Quantity(
            value=above.value - below.value,
            uncertainty=(above.uncertainty or 0.0) + (below.uncertainty or 0.0) if self.certain else None,
            unit="1",
            method=f"log10 of {what} at {self.point.temperature.value:g} K, no vibrational entropies; {note}",
            source=self.source,
            citations=self.citations,
        )


def _equilibrium(
    formula: str, at: Conditions, engine: str, kinds: Sequence[str], what: str, dopant: str = ""
) -> _Equilibrium | NotComputed:
    """The equilibrium of the shipped energies; ``what`` names the study of ``kinds`` that is needed."""
    from antiperovskite.defects.equilibrium import COUNTED, concentrations, energies_of

    whole = judged_study(formula, engine)
    shipped = [r for r in (whole.reactions if whole else ()) if r.kind in COUNTED or _holds(r, dopant)]
    if whole is None or any(not any(r.kind == kind for r in shipped) for kind in kinds):
        command = defects_command(formula, engine, kinds, [dopant] if dopant else [])
        return missing(formula, engine, command, what, "1")
    used = [r for r in shipped if not r.bound or r.kind == "dopant"]
    source = f"shipped defect study of {formula}, {engine}"
    data = energies_of(whole, source=source, keep=lambda one: one in used)
    try:
        found = concentrations(resolve(formula), data, [at])
    except OptionError as error:  # energies that do not fix the carriers: a gap of the study, not a failure
        return NotComputed(unit="1", method=str(error), source=source)
    return _Equilibrium(
        point=found.points[0],
        certain=all(r.energy.uncertainty is not None for r in used),
        source=source,
        citations=tuple(dict.fromkeys((*whole.engine.citations, *found.citations))),
    )


def _holds(reaction: DefectReaction, dopant: str) -> bool:
    return bool(dopant) and reaction.kind == "dopant" and any(d.startswith(f"{dopant}_") for d in reaction.defects)


def _ratio(formula: str, temperature_K: float, engine: str, deficiency: float | None = None) -> AnyQuantity:
    """Log10 of isolated vacancies over interstitials, in equilibrium with the alkali halide or short of it."""
    from antiperovskite.defects.equilibrium import Conditions

    at = Conditions(temperature_K=temperature_K, halide_deficiency=deficiency)
    kinds, study = ["schottky", "frenkel"], "study of Schottky and Frenkel defects"
    if deficiency is not None:
        kinds, study = [*kinds, "deficient"], f"{study} and of the B anion on the sites of A"
    found = _equilibrium(formula, at, engine, kinds, study)
    if isinstance(found, NotComputed):
        return found
    carriers = found.point.carriers
    phases = " + ".join(found.point.coexisting) or "no other phase"
    where = f"in equilibrium with {phases}" if deficiency is None else f"short of {deficiency:g} halide a formula unit"
    what = f"isolated {carriers.ion} vacancies over interstitials, {formula} {where}"
    return found.log10_ratio(carriers.log10_vacancies, carriers.log10_interstitials, what)


def _clustered(formula: str, dopant: str, content: float, temperature_K: float, engine: str) -> AnyQuantity:
    """Log10 of clusters of a dopant with vacancies over isolated vacancies."""
    from antiperovskite.defects.equilibrium import Conditions

    at = Conditions(temperature_K=temperature_K, dopants={dopant: content})
    kinds, study = ("schottky", "frenkel", "dopant"), f"study of Schottky and Frenkel defects and of {dopant}"
    found = _equilibrium(formula, at, engine, kinds, study, dopant)
    if isinstance(found, NotComputed):
        return found
    clusters = [s for s in found.point.species if s.bound]
    if not clusters:
        return NotComputed(
            unit="1", method=f"no cluster of {dopant} with a vacancy stayed together in {formula}", source=found.source
        )
    most = max(clusters, key=lambda s: s.log10_concentration.value)
    free = found.point.amount(f"V_{found.point.carriers.ion}")
    what = f"{most.name} over isolated vacancies, {formula} with {content:g} {dopant} a formula unit"
    return found.log10_ratio(most.log10_concentration, free.log10_concentration, what)


def _dopants_cluster(arguments: Arguments, context: Context) -> Result:
    """The claim's word if with every dopant most vacancies are surely in clusters."""
    against = []
    content, T = float(arguments["content"]), float(arguments["temperature"])
    for dopant in str(arguments["dopants"]).split():
        ratio = _clustered(str(arguments["formula"]), dopant, content, T, context.engine)
        if isinstance(ratio, NotComputed):
            return ratio
        above = _above(ratio, 0.0)
        if above is None or 1.0 - SURE < above < SURE:
            return _undecided(ratio)
        if above <= 1.0 - SURE:
            against.append(f"{dopant}: log10 of clusters over isolated vacancies {ratio}")
    return "; ".join(against) or str(arguments["called"])


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
        "dopants_hold_vacancies",
        "the claim's word, if with each of the dopants most vacancies are surely (97.5 %) in clusters with it",
        {
            "formula": FORMULA,
            "dopants": Argument("text", "elements, with spaces"),
            "content": Argument("number", "of the dopant, per formula unit"),
            "temperature": _TEMPERATURE,
            "called": Argument("text", "the word of the claim"),
        },
        _dopants_cluster,
        None,
        engine=True,
        energetic=True,
        caveat=_CAVEAT.replace("isolated defects only", "pairs and isolated defects, no larger clusters"),
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
