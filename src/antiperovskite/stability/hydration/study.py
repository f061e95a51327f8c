"""The front door: what water and CO2 do to a dry anti-perovskite, from a target and the phases it competes with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration import reactions
from antiperovskite.stability.hydration.answers import (
    Answers,
    atmosphere_answers,
    stable_products,
    water_points,
    widest_window,
)
from antiperovskite.stability.hydration.assemblages import balanced
from antiperovskite.stability.hydration.grid import CO2, H2O, OpenSystem, PhasesAt, open_system
from antiperovskite.stability.hydration.model import Hydration, SeriesPoint
from antiperovskite.stability.hydration.series import hydration_series
from antiperovskite.stability.hydration.water import AIR_CO2, CITATION, ROOM, atmospheres, saturation_pressure

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.stability.phase_set import PhaseSet

HALIDES: Final = frozenset({"F", "Cl", "Br", "I"})
ALKALI: Final = frozenset({"Li", "Na", "K", "Rb", "Cs"})
LOWEST: Final = ROOM  # K; several NIST-JANAF tables begin here
HIGHEST: Final = 1200.0
STEP: Final = 25.0
MELTS_NOTE: Final = (
    "melts of several salts and aqueous solutions are not among the phases: near their eutectics, and where a product "
    "is deliquescent, water is taken up earlier than stated"
)


@dataclass(frozen=True)
class Source:
    """How the numbers of a study were obtained."""

    method: str
    source: str
    citations: tuple[str, ...]


def check_family(formula: Formula) -> None:
    """Refuse what this room has no answer for.

    Raises
    ------
    OptionError
        The compound is not an oxide anti-perovskite of alkali ions and halides; the message says what is asked for.
    """
    given = formula.formula
    if "OH" in formula.sites.B or ("H" in formula.elements and formula.family == "hydrated"):
        raise OptionError(
            f"{given} already holds its water as OH; ask for the dry oxide, such as Li3OCl: its map shows the hydrated "
            "phase"
        )
    if set(formula.sites.B) != {"O"}:
        raise OptionError(
            f"{given} has {', '.join(formula.sites.B)} on the B site: water would free H2S, H2 or NH3, whose amounts "
            "in the gas nobody fixes; hydration is defined for oxide alone on B, such as Na3OBr"
        )
    if not set(formula.sites.A) <= HALIDES or not set(formula.sites.X) <= ALKALI:
        strange = sorted((set(formula.sites.A) - HALIDES) | (set(formula.sites.X) - ALKALI))
        raise OptionError(
            f"{given} holds {', '.join(strange)}: hydration is defined for alkali ions on X and halides on A, whose "
            "salts keep their charges in water vapour"
        )


def check_dioxide(p_dioxide: float | None) -> None:
    """Refuse a pressure of CO2 (bar) that is none.

    Raises
    ------
    OptionError
        It is not above zero, or above 1000 bar, where CO2 is no ideal gas.
    """
    if p_dioxide is not None and not 0.0 < p_dioxide <= 1e3:
        raise OptionError(f"p(CO2) is {p_dioxide:g} bar; give a pressure above 0 and at most 1000 bar")


@dataclass(frozen=True)
class Study:
    """One compound with the phases it competes with, at 298.15 K (enthalpies) and over temperature.

    ``target`` is the compound as a calibrated phase, per formula unit as written, among the phases of ``warm`` at every
    temperature and of ``cold``; ``static`` is the same reaction's energy in the engine as it is (0 K, ice), if known.
    """

    formula: Formula
    target: PhaseEnergy
    cold: PhaseSet
    warm: PhasesAt
    temperatures: tuple[float, ...]
    source: Source
    static: AnyQuantity

    @cached_property
    def room_phases(self) -> PhaseSet:
        """Phases at 298.15 K."""
        return self.warm(ROOM)

    @cached_property
    def system(self) -> OpenSystem:
        """The open system over temperature; 298.15 K is always among the temperatures."""
        return open_system(self.formula.formula, self.target.elements, self.warm, self.temperatures)

    @cached_property
    def enthalpies(self) -> OpenSystem:
        """The same system with enthalpies at 298.15 K in place of Gibbs energies."""
        return open_system(self.formula.formula, self.target.elements, lambda _: self.cold, (ROOM,))

    @cached_property
    def melting_points(self) -> dict[str, float]:
        """Melting temperature (K) of each compound of the system that NIST-JANAF saw melt."""
        found = {c.formula: melting_temperature(c.elements) for c in self.system.assemblages.compounds}
        return {formula: T for formula, T in found.items() if T is not None}

    @property
    def room(self) -> int:
        """Number of 298.15 K among the temperatures."""
        return self.temperatures.index(ROOM)


def temperature_grid(
    lowest: float = LOWEST, highest: float = HIGHEST, step: float = STEP, also: Iterable[float] = ()
) -> tuple[float, ...]:
    """Return the temperatures of a study: every ``step`` kelvin, 298.15 K, both ends, and those in ``also``.

    Raises
    ------
    OptionError
        The range does not hold 298.15 K, or one of ``also`` is outside it.
    """
    if not 0.0 < lowest <= ROOM <= highest or not step > 0.0:
        raise OptionError(f"temperatures {lowest:g}-{highest:g} K do not hold 298.15 K; give a range around it")
    for T in also:
        if not lowest <= T <= highest:
            raise OptionError(f"the temperature is {T:g} K; allowed are {lowest:g} to {highest:g} K")
    inner = {lowest + step * k for k in range(int((highest - lowest) / step) + 1)}
    return tuple(sorted({*inner, ROOM, highest, *also}))


def prepare(formula: Formula, target: PhaseEnergy, engine_name: str, temperatures: Sequence[float]) -> Study:
    """Gather the calibrated competing phases of an engine for one compound.

    Raises
    ------
    OptionError
        The compound is of a family that this is not defined for.
    MissingReferenceError
        The engine has no references or calibration, or an element has none.
    """
    from antiperovskite.stability.competing import at_temperature, competing_phases

    check_family(formula)
    elements = frozenset({*formula.elements, "H", "O", "C"})
    enthalpies = competing_phases(engine_name, elements)
    # phases of other oxidation states cannot take part; without their thermal parts a study is several times faster
    taking_part = [phase for phase in enthalpies.phases if balanced(phase.elements) and phase.name != target.name]

    def warm(temperature_K: float) -> PhaseSet:
        solids, left_out = at_temperature(engine_name, (target, *taking_part), temperature_K)
        return replace(
            enthalpies,
            phases=(*solids, *gases_at(temperature_K)),
            temperature=temperature_K,
            gases={"H2O": 1.0, "CO2": 1.0},
            left_out=left_out,
        )

    cold = with_target(enthalpies.with_phases(room_gases()), target)
    return Study(
        formula=formula,
        target=target,
        cold=cold,
        warm=warm,
        temperatures=tuple(temperatures),
        source=Source(cold.method, cold.source, (*cold.citations, CITATION)),
        static=static_hydration(formula, target, engine_name),
    )


def with_target(phases: PhaseSet, target: PhaseEnergy) -> PhaseSet:
    """Put the target first, under its own formula; the reference phase of its name gives way to it."""
    kept = tuple(phase for phase in phases.phases if phase.name != target.name)
    return replace(phases, phases=(target, *kept))


def gases_at(temperature_K: float) -> list[PhaseEnergy]:
    """H2O and CO2 gas at 1 bar and a temperature in K."""
    from antiperovskite.stability.thermal.janaf import gas_potential

    found = [gas_potential(gas, temperature_K, 1.0) for gas in ("H2O", "CO2")]
    return [
        PhaseEnergy(
            f"{gas.formula}(g)", gas.formula, dict(gas.elements), gas.energy, {f"gas:{gas.formula}": gas.uncertainty}
        )
        for gas in found
    ]


def room_gases() -> list[PhaseEnergy]:
    """H2O and CO2 gas with their formation enthalpies at 298.15 K."""
    from antiperovskite.stability.thermal.janaf import gas_uncertainty

    return [
        PhaseEnergy(f"{gas}(g)", gas, dict(elements), measured_enthalpy(gas, "g"), {f"gas:{gas}": gas_uncertainty(gas)})
        for gas, elements in (("H2O", H2O), ("CO2", CO2))
    ]


def measured_enthalpy(formula: str, phase: str) -> float:
    """Return the formation enthalpy at 298.15 K (NIST-JANAF), eV per molecule."""
    from antiperovskite.stability.thermal.janaf import find_table
    from antiperovskite.units import conversion_factor

    row = find_table(formula, phase).at_room_temperature
    if row is None or row.formation_enthalpy is None:
        raise MissingReferenceError(f"NIST-JANAF has no formation enthalpy of {formula} ({phase}) at 298.15 K")
    return row.formation_enthalpy * conversion_factor("kJ/mol", "eV")


def static_hydration(formula: Formula, target: PhaseEnergy, engine_name: str) -> AnyQuantity:
    """Return the hydration energy per H2O with the engine's own energies: 0 K, no vibrations, water as ice."""
    from antiperovskite.quantity import Quantity
    from antiperovskite.stability.energies import hull_phases
    from antiperovskite.stability.equations import participants, write_equation
    from antiperovskite.stability.reactions import hydration_to_hydrated_phase, hydrolysis
    from antiperovskite.stability.references import reference_set

    references = reference_set(engine_name)
    entry = next((entry for entry in references.entries if entry.name == target.name), None)
    if entry is None:
        return NotComputed(unit="eV/H2O", method="the compound is not a reference phase; see: antiperovskite assess")
    energy = entry.energy * sum(formula.elements.values()) / sum(entry.elements.values())
    static = PhaseEnergy(target.name, formula.formula, dict(formula.elements), energy)
    phases = hull_phases(references, {*formula.elements, "H"})
    changes = []
    for question in (hydration_to_hydrated_phase, hydrolysis):
        try:
            changes.append(question(formula, static, phases))
        except MissingReferenceError:
            continue
    if not changes:
        return NotComputed(unit="eV/H2O", method="no product of hydration is among the reference phases")
    change = min(changes, key=lambda change: change.energy)
    equation = write_equation(participants(change.reactants), participants(change.products))
    return Quantity(
        value=change.energy,
        uncertainty=None,
        unit="eV/H2O",
        method=f"{equation}; static energies at 0 K, ice XI; not calibrated, so without an uncertainty",
        source=f"engine {engine_name}",
    )


def hydration(study: Study, *, p_dioxide: float | None = None) -> Hydration:
    """Return everything ``antiperovskite hydration`` prints for one compound.

    Parameters
    ----------
    p_dioxide
        CO2 (bar) in the gas that ``max_water_ppm`` is asked for; ``None``: none.

    Raises
    ------
    MissingReferenceError
        A phase that the answer needs is missing, above all the hydroxide.
    OptionError
        The pressure is not positive.
    """
    check_dioxide(p_dioxide)
    check_competitors(study, carbon=p_dioxide is not None)
    system, row = study.system, study.room
    channels = reactions.named_channels(system, row)
    best, per_water = _hydration_channel(study, channels)
    carbonation = channels.get(reactions.CARBONATION)
    answers = Answers(system, study.source, p_dioxide, study.melting_points)
    air = atmospheres()[-1]
    return Hydration(
        formula=study.formula.formula,
        engine=study.cold.engine.name,
        **_hydration_energies(study, best, per_water),
        hydration_energy_static=study.static,
        hydration_equation="" if best is None else reactions.reaction_equation(system, best),
        carbonation_energy=reactions.reaction_quantity(
            study.enthalpies,
            None if carbonation is None else reactions.matching(study.enthalpies, system, carbonation),
            study.source,
            "enthalpy at 298.15 K per CO2",
            per=1.0 if carbonation is None else float(system.dioxide[carbonation]),
            unit="eV",
        ),
        carbonation_free_energy=reactions.reaction_quantity(
            system,
            carbonation,
            study.source,
            "Gibbs energy at 298.15 K and 1 bar per CO2",
            per=1.0 if carbonation is None else float(system.dioxide[carbonation]),
            unit="eV",
            temperature=ROOM,
        ),
        carbonation_equation="" if carbonation is None else reactions.reaction_equation(system, carbonation),
        reactions=reactions.water_reactions(system, study.enthalpies, row, study.source),
        p_dioxide=p_dioxide,
        max_water_ppm=water_points(answers),
        widest_window=widest_window(answers, "equilibrium"),
        widest_metastable=widest_window(answers, "metastable"),
        products=stable_products(system, ROOM, air.water, None),
        products_with_dioxide=stable_products(system, ROOM, air.water, AIR_CO2) if _can_carbonate(study) else None,
        atmospheres=atmosphere_answers(answers),
        series=_series(study),
        temperature_range=(study.temperatures[0], study.temperatures[-1]),
        notes=_notes(study),
        citations=study.source.citations,
    )


def _hydration_channel(study: Study, channels: dict[str, int]) -> tuple[int | None, float]:
    """The reaction with water that gains most enthalpy per H2O: to the hydrated phase or to hydroxide and halide."""
    found = [channels[name] for name in reactions.WATER_CHANNELS if name in channels]
    if not found:
        return None, 1.0
    system, room = study.system, study.room
    best = min(found, key=lambda mixture: system.energies[room, mixture] / system.water[mixture])
    return best, float(system.water[best])


def _hydration_energies(study: Study, best: int | None, per_water: float) -> dict[str, AnyQuantity]:
    import math

    from antiperovskite.units import BOLTZMANN_EV_PER_K

    same = None if best is None else reactions.matching(study.enthalpies, study.system, best)
    # from vapour to liquid, each H2O gives up its heat (enthalpy) or kT ln p_sat (Gibbs energy)
    heat, work = (
        vaporisation_enthalpy() * per_water,
        -BOLTZMANN_EV_PER_K * ROOM * math.log(saturation_pressure(ROOM)) * per_water,
    )

    def enthalpy(what: str, shift: float = 0.0) -> AnyQuantity:
        return reactions.reaction_quantity(
            study.enthalpies, same, study.source, what, per=per_water, unit="eV/H2O", shift=shift
        )

    def free(what: str, shift: float = 0.0) -> AnyQuantity:
        return reactions.reaction_quantity(
            study.system, best, study.source, what, per=per_water, unit="eV/H2O", shift=shift, temperature=ROOM
        )

    return {
        "hydration_energy": enthalpy("enthalpy at 298.15 K per H2O, liquid water", heat),
        "hydration_energy_vapour": enthalpy("enthalpy at 298.15 K per H2O, water vapour"),
        "hydration_free_energy_vapour": free("Gibbs energy at 298.15 K per H2O, water vapour at 1 bar"),
        "hydration_free_energy_liquid": free("Gibbs energy at 298.15 K per H2O, liquid water", work),
    }


def melting_temperature(elements: Mapping[str, float]) -> float | None:
    """Return where NIST-JANAF's table of this composition says that the crystal melts, K."""
    from antiperovskite.stability.thermal.janaf import find_table, has_table

    formula = "".join(f"{element}{amount:g}" for element, amount in sorted(elements.items()))
    return find_table(formula, "condensed").melting_temperature if has_table(formula, "condensed") else None


def vaporisation_enthalpy() -> float:
    """Enthalpy of vaporisation of water at 298.15 K, eV per molecule, from its formation enthalpies (NIST-JANAF)."""
    return measured_enthalpy("H2O", "g") - measured_enthalpy("H2O", "l")


def _series(study: Study) -> tuple[SeriesPoint, ...]:
    sites = study.formula.sites
    if len(sites.X) != 1 or len(sites.A) != 1 or study.formula.framework != "3D":
        return ()
    (cation,), (halide,) = sites.X, sites.A
    return hydration_series(cation, halide, study.cold.phases, study.room_phases.phases, ROOM, study.source)


def check_competitors(study: Study, *, carbon: bool) -> None:
    """Refuse a set of phases in which nothing could form: the compound would look stable for want of competitors.

    Raises
    ------
    MissingReferenceError
        A cation has no hydroxide, or, where CO2 is asked about, no carbonate among the phases.
    """
    for cation in study.formula.sites.X:
        missing = _missing(study, [hydroxide(cation), *([carbonate(cation)] if carbon else [])])
        if missing:
            raise MissingReferenceError(
                f"{missing[0]} is not among the reference phases of {study.cold.engine.name}: without it "
                f"{study.formula.formula} would seem stable in any gas; add it with: antiperovskite references import"
            )


Salt = tuple[str, dict[str, float]]


def hydroxide(cation: str, *, waters: int = 0) -> Salt:
    """Name and atoms of a cation's hydroxide, or of its hydrate."""
    tail = "·H2O" if waters else ""
    return f"{cation}OH{tail}", {cation: 1.0, "O": 1.0 + waters, "H": 1.0 + 2.0 * waters}


def carbonate(cation: str) -> Salt:
    """Name and atoms of a cation's carbonate."""
    return f"{cation}2CO3", {cation: 2.0, "C": 1.0, "O": 3.0}


def _missing(study: Study, salts: Iterable[Salt]) -> list[str]:
    return [name for name, elements in salts if study.cold.lowest(elements) is None]


def _can_carbonate(study: Study) -> bool:
    return not _missing(study, map(carbonate, study.formula.sites.X))


def _notes(study: Study) -> tuple[str, ...]:
    notes = [MELTS_NOTE, *(f"left out, it has no thermal part: {reason}" for reason in study.room_phases.left_out)]
    sites = study.formula.sites
    if len(sites.X) != 1 or len(sites.A) != 1 or study.formula.framework != "3D":
        notes.append("the series X3-xOHxA is defined for X3OA with one cation and one halide")
    if not _can_carbonate(study):
        notes.append(f"no carbonate of {', '.join(sites.X)} is among the phases: CO2 is not considered")
    hydrates = [hydroxide(cation, waters=1) for cation in sites.X]
    hydrates += [
        (f"{cation}{halide}·H2O", {cation: 1.0, halide: 1.0, "O": 1.0, "H": 2.0})
        for cation in sites.X
        for halide in sites.A
    ]
    absent = _missing(study, hydrates)
    if absent:
        notes.append(
            f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} not among the phases: where such a hydrate "
            "exists, wet gas gives it in place of the dry salt"
        )
    return tuple(notes)
