"""What the shipped conductivity studies answer for a claim: activation energies, ratios, Haven ratios."""

from __future__ import annotations

from math import exp, hypot, log
from typing import Final

from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, Result
from antiperovskite.transport.study.model import ConductivityStudy, SeriesKind
from antiperovskite.transport.study.records import shipped_study
from antiperovskite.transport.study.summary import law_at

BEYOND: Final = 1.15
"""How far below the simulated temperatures, as a factor, two compounds are still compared."""
SURE: Final = 0.975
_SERIES: Final[dict[str, SeriesKind]] = {
    "self diffusion": "self diffusion",
    "collective": "conductivity",
    "independent ions": "conductivity of independent ions",
}
_OF: Final = Argument("text", "of which motion", tuple(_SERIES))
_TEMPERATURE: Final = Argument("number", "K, within the simulated temperatures of both")
_CAVEAT: Final = (
    "bulk molecular dynamics with a distilled potential and vacancies that were put in; no grain boundaries, no energy "
    "of making the vacancies"
)


def _study(formula: str) -> ConductivityStudy | NotComputed:
    found = shipped_study(formula)
    if found is None:
        return NotComputed(
            unit="1",
            method=f"no conductivity study of {formula} comes with the package yet; run: antiperovskite conductivity "
            f"{formula}",
        )
    return found


def _activation(arguments: Arguments, _context: Context) -> Result:
    study = _study(str(arguments["formula"]))
    if isinstance(study, NotComputed):
        return study.model_copy(update={"unit": "eV"})
    return _energy(study, _SERIES[str(arguments["of"])])


def _energy(study: ConductivityStudy, kind: SeriesKind) -> AnyQuantity:
    one = next(item for item in study.series if item.kind == kind)
    if one.law is None:
        return NotComputed(unit="eV", method=f"{study.formula}: {one.reason}", source="shipped study")
    energy = one.law.activation_energy
    source = f"shipped study of {study.formula}, {study.engine.name}"
    return energy.model_copy(update={"source": source, "citations": study.citations})


def _haven(arguments: Arguments, _context: Context) -> Result:
    study = _study(str(arguments["formula"]))
    return study if isinstance(study, NotComputed) else study.haven_ratio


def _ratio(first: str, second: str, kind: SeriesKind, temperature_K: float) -> AnyQuantity:
    """Conductivity (or diffusion) of the first over that of the second, from both laws."""
    values = []
    for formula in (first, second):
        study = _study(formula)
        if isinstance(study, NotComputed):
            return study
        found = _logarithm(study, kind, temperature_K)
        if isinstance(found, NotComputed):
            return found
        values.append((study, *found))
    (a, top, top_error, how), (b, bottom, bottom_error, other) = values
    ratio, error = exp(top - bottom), hypot(top_error, bottom_error)
    return Quantity(
        value=ratio,
        uncertainty=ratio * error,
        unit="1",
        method=f"{kind} at {temperature_K:g} K, {a.formula} {how}, {b.formula} {other}, errors taken as "
        f"independent; {_share(a)} and {_share(b)}",
        source=f"shipped studies of {a.formula} and {b.formula}",
        citations=tuple(dict.fromkeys((*a.citations, *b.citations))),
    )


def _logarithm(
    study: ConductivityStudy, kind: SeriesKind, temperature_K: float
) -> tuple[float, float, str] | NotComputed:
    """ln(value) at a temperature, its standard uncertainty, and where it is from: the law, or a run at just that."""
    law = study.law(kind)
    if law is not None:
        T = [point.temperature_K for point in law.points]
        if min(T) / BEYOND <= temperature_K <= max(T):
            return (*law_at(law, temperature_K), "from its Arrhenius law")
    for step in study.steps if kind != "self diffusion" else ():
        if step.temperature_K != temperature_K:
            continue
        value = step.conductivity if kind == "conductivity" else step.nernst_einstein_conductivity
        if isinstance(value, Quantity) and value.uncertainty:
            # as the laws of conductivities, which are of sigma times T
            return log(value.value * temperature_K), value.uncertainty / value.value, "from its run at that temperature"
    if law is None:
        reason = next(one.reason for one in study.series if one.kind == kind)
        return NotComputed(unit="1", method=f"{study.formula}: {reason}")
    return NotComputed(
        unit="1",
        method=f"{study.formula} was simulated at {min(T):g} to {max(T):g} K, not near {temperature_K:g} K",
    )


def _share(study: ConductivityStudy) -> str:
    share = study.steps[0].vacancy_share
    return f"{study.formula} with {share}" + (" of its sites empty" if isinstance(share, Quantity) else "")


def _conductivity_ratio(arguments: Arguments, _context: Context) -> Result:
    first, second = str(arguments["first"]), str(arguments["second"])
    return _ratio(first, second, _SERIES[str(arguments["of"])], float(arguments["temperature"]))


def _compared(arguments: Arguments, _context: Context) -> Result:
    """The word ``above``, ``below`` or ``equal``: below and above need 97.5 %."""
    found = _conductivity_ratio(arguments, _context)
    if not isinstance(found, Quantity):
        return found
    return str(arguments["called"]) if _surely(found, str(arguments["is"])) else _other(found)


def _surely(ratio: Quantity, which: str) -> bool:
    from statistics import NormalDist

    error = (ratio.uncertainty or 0.0) / ratio.value
    above = NormalDist().cdf(log(ratio.value) / error) if error else float(ratio.value > 1)
    return above >= SURE if which == "above" else above <= 1.0 - SURE


def _other(ratio: Quantity) -> str:
    return f"ratio {ratio}"


def _mixed(arguments: Arguments, _context: Context) -> Result:
    """Whether every mixed compound conducts surely worse than both pure ones."""
    T = float(arguments["temperature"])
    kind = _SERIES[str(arguments["of"])]
    said = []
    for mixed in str(arguments["mixed"]).split():
        for pure in str(arguments["pure"]).split():
            found = _ratio(mixed, pure, kind, T)
            if not isinstance(found, Quantity):
                if _limited_below(mixed, pure, kind, T):
                    continue
                return found
            if not _surely(found, "below"):
                said.append(f"{mixed} over {pure}: {found}")
    return "; ".join(said) or str(arguments["called"])


def _limited_below(mixed: str, pure: str, kind: SeriesKind, temperature_K: float) -> bool:
    """Whether the upper limit of a compound with ions too slow to measure lies below the 2.5 % end of a pure one."""
    one, other = _study(mixed), _study(pure)
    if kind != "conductivity of independent ions" or isinstance(one, NotComputed) or isinstance(other, NotComputed):
        return False
    limits = [step.nernst_einstein_limit for step in one.steps if step.temperature_K == temperature_K]
    against = _logarithm(other, kind, temperature_K)
    if isinstance(against, NotComputed) or not limits or not isinstance(limits[0], Quantity):
        return False
    centre, error, _ = against
    return limits[0].value * temperature_K < exp(centre - 1.96 * error)


_PAIR: Final = {"first": FORMULA, "second": FORMULA, "temperature": _TEMPERATURE, "of": _OF}
_CALLED: Final = Argument("text", "the word of the claim")

CAPABILITIES: Final = (
    Capability(
        "conduction_activation_energy",
        "activation energy of the shipped conductivity study",
        {"formula": FORMULA, "of": _OF},
        _activation,
        "eV",
        caveat=_CAVEAT,
    ),
    Capability(
        "haven_ratio",
        "Haven ratio of the shipped conductivity study, mean over the temperatures",
        {"formula": FORMULA},
        _haven,
        "1",
        caveat=_CAVEAT,
    ),
    Capability(
        "conductivity_ratio",
        "conductivity of the first formula over that of the second at one temperature, from the shipped studies",
        _PAIR,
        _conductivity_ratio,
        "1",
        caveat=_CAVEAT,
    ),
    Capability(
        "conducts_better",
        "the claim's word, if the first formula conducts surely (97.5 %) better or worse than the second, or the ratio",
        {**_PAIR, "is": Argument("text", "which side is claimed", ("above", "below")), "called": _CALLED},
        _compared,
        None,
        caveat=_CAVEAT,
    ),
    Capability(
        "mixed_conducts_worse",
        "the claim's word, if each mixed compound conducts surely (97.5 %) worse than each pure one, else the ratios",
        {
            "mixed": Argument("text", "formulas, with spaces"),
            "pure": Argument("text", "formulas, with spaces"),
            "temperature": _TEMPERATURE,
            "of": _OF,
            "called": _CALLED,
        },
        _mixed,
        None,
        caveat=_CAVEAT,
    ),
)
