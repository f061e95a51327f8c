"""What a relaxed compound does in its surroundings: voltages, its metal, electrodes, water; and what DFT says of it.

Everything uses the energy of the structure that was relaxed here, calibrated; nothing is relaxed again. A part that is
not defined for the compound, or has no references, is left empty with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from antiperovskite.assessment.model import Depth
from antiperovskite.assessment.options import Options
from antiperovskite.assessment.relaxation import RelaxedModel
from antiperovskite.assessment.surroundings_quantities import surroundings_quantities
from antiperovskite.assessment.thermodynamics import calibrated_target
from antiperovskite.composition.model import Formula
from antiperovskite.electrochemistry.contact import contact
from antiperovskite.electrochemistry.contact_matrix import ContactMatrix
from antiperovskite.electrochemistry.contact_model import Contact
from antiperovskite.electrochemistry.model import Window
from antiperovskite.electrochemistry.partners import Partner, known_partners
from antiperovskite.electrochemistry.reference_metal import main_cation, metal_phase
from antiperovskite.electrochemistry.sampling import sampled_limits
from antiperovskite.electrochemistry.window import electrochemical_window
from antiperovskite.engines.registry import DEFAULT_ENGINE, get_engine
from antiperovskite.errors import AntiperovskiteError, MissingReferenceError, OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.stability.competing import calibrated_references, competing_phases
from antiperovskite.stability.dft import DFTComparison, compare, dft_results
from antiperovskite.stability.energies import find_phase, same_composition
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.model import Hydration
from antiperovskite.stability.hydration.study import check_family, hydration, prepare, temperature_grid
from antiperovskite.stability.phase_set import PhaseSet

T = TypeVar("T")

SAMPLES: Final[dict[Depth, int]] = {"quick": 100, "standard": 400, "deep": 400}
NOT_RUN: Final = "nothing was relaxed, so the compound has no energy"


@dataclass
class Surroundings:
    """Each part, or None with its reason in ``not_defined`` under the part's name."""

    window: Window | None = None
    metal_contact: Contact | None = None
    electrode_contacts: tuple[Contact, ...] = ()
    water: Hydration | None = None
    dft: DFTComparison | None = None
    not_defined: dict[str, str] = field(default_factory=dict)

    @property
    def quantities(self) -> dict[str, AnyQuantity]:
        """The numbers that stand among the assessment's quantities, computed or with the reason why not."""
        return surroundings_quantities(self.window, self.metal_contact, self.water, self.not_defined)

    @property
    def citations(self) -> tuple[str, ...]:
        """Works the parts rest on."""
        found: list[str] = []
        for part in (self.window, self.water):
            found += part.citations if part else ()
        for cell in (*([self.metal_contact] if self.metal_contact else []), *self.electrode_contacts):
            found += cell.reaction_energy.citations
        return tuple(dict.fromkeys((*found, *(self.dft.engine.citations if self.dft else ()))))


def nothing_relaxed(reason: str = NOT_RUN) -> Surroundings:
    """Return the empty answer of a compound without a relaxed structure."""
    return Surroundings(not_defined=dict.fromkeys(("window", "metal_contact", "electrode_contacts", "water"), reason))


def assess_surroundings(formula: Formula, relaxed: RelaxedModel, options: Options) -> Surroundings:
    """Answer what can be answered; every other part says why not."""
    result = Surroundings()
    main = options.engine

    def attempt(part: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except AntiperovskiteError as error:
            result.not_defined[part] = str(error)
            return None

    result.window = attempt("window", lambda: _window(formula, relaxed, main, SAMPLES[options.depth]))
    result.metal_contact = attempt("metal_contact", lambda: _metal_contact(formula, relaxed, main))
    result.electrode_contacts = (
        attempt("electrode_contacts", lambda: _electrode_contacts(formula, relaxed, options)) or ()
    )
    result.water = attempt("water", lambda: _water(formula, relaxed, main))
    result.dft = attempt("dft", lambda: dft_of(formula, options))
    return result


def _others(formula: Formula, engine: str, elements: Iterable[str]) -> PhaseSet:
    """Everything the compound competes with: its own reference phases give way to the structure relaxed here."""
    found = competing_phases(engine, {*formula.elements, *elements})
    kept = tuple(phase for phase in found.phases if not same_composition(phase.elements, formula.elements))
    return replace(found, phases=kept)


def _window(formula: Formula, relaxed: RelaxedModel, engine: str, samples: int) -> Window:
    metal = main_cation(formula.elements)
    target = calibrated_target(formula, relaxed, engine)
    phases = _others(formula, engine, [metal])
    window = electrochemical_window(formula.formula, formula.elements, phases, target)
    sampled = sampled_limits(formula.formula, formula.elements, phases, target, samples=samples)
    return window.model_copy(update={"sampled": sampled})


def _metal_contact(formula: Formula, relaxed: RelaxedModel, engine: str) -> Contact:
    metal = main_cation(formula.elements)
    target = calibrated_target(formula, relaxed, engine)
    phases = _others(formula, engine, [metal])
    return contact(target, metal_phase(phases, metal), phases, partner_name=metal)


def electrode_partners(formula: Formula) -> list[Partner]:
    """Return the shipped electrodes and electrolytes that hold the compound's own metal and are reference phases."""
    metal = main_cation(formula.elements)
    return [p for p in known_partners().values() if p.phases and p.kind != "metal anode" and metal in p.elements]


def _electrode_contacts(formula: Formula, relaxed: RelaxedModel, options: Options) -> tuple[Contact, ...]:
    if options.depth == "quick":
        raise MissingReferenceError(f"computed at depth standard, or with: antiperovskite contact {formula.formula}")
    calibrated_target(formula, relaxed, options.engine)  # an engine without a calibration answers nothing here
    partners = electrode_partners(formula)
    if not partners:
        raise MissingReferenceError(
            f"no known electrode or electrolyte holds {main_cation(formula.elements)}; name others with: "
            f"antiperovskite contact {formula.formula} --with FORMULA"
        )

    def target(text: str, engine: str) -> PhaseEnergy:
        if text != formula.formula:
            raise OptionError(f"{text} would have to be relaxed")
        return calibrated_target(formula, relaxed, engine)

    cells = ContactMatrix(
        lambda engine, elements: _others(formula, engine, elements),
        target,
        engine=None if options.engine == DEFAULT_ENGINE else options.engine,
    )
    return tuple(cell for p in partners for cell in cells.cell(formula.formula, formula.elements, p))


def _water(formula: Formula, relaxed: RelaxedModel, engine: str) -> Hydration:
    check_family(formula)
    # under the name of its reference phase, where it has one, the compound finds its phonons
    known = find_phase(_references(engine, formula), formula.elements)
    name = known.name if known else formula.formula
    target = calibrated_target(formula, relaxed, engine, name)
    study = prepare(formula, target, engine, temperature_grid())
    if known is None:
        reason = "not a reference phase; the reactions with water at 0 K are among the assessment's reactions"
        study = replace(study, static=NotComputed(unit="eV/H2O", method=reason))
    return hydration(study)


def _references(engine: str, formula: Formula) -> tuple[PhaseEnergy, ...]:
    try:
        return calibrated_references(engine, frozenset(formula.elements))
    except MissingReferenceError:
        return ()  # the target's own error says it better


def dft_of(formula: Formula, options: Options) -> DFTComparison:
    """Return the DFT comparison with only those reactions that make or use the compound.

    Raises
    ------
    MissingReferenceError
        No such reaction was computed with DFT, or the engine's energies may not be judged by it.
    """
    engine = get_engine(options.engine).card
    if not engine.for_verdicts:
        raise MissingReferenceError(f"energies of {engine.name} imitate no DFT calculation")
    compared = compare((options.engine, *options.cross_check))
    own = {p.name for p in dft_results().phases if same_composition(p.elements, formula.elements)}
    reactions = tuple(r for r in compared.reactions if own & {*r.reactants, *r.products})
    if not reactions:
        raise MissingReferenceError(
            f"no reaction of {formula.formula} is among those computed with DFT; see: antiperovskite dft compare"
        )
    return compared.model_copy(update={"reactions": reactions})
