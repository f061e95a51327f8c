"""Energies of X3BA compositions from the default engine: computed once, shipped, turned into hull distances on use.

Each composition is relaxed as the cubic anti-perovskite, or, where clusters or vacancies break its symmetry, from its
first ordered models with the symmetry free. The energy is therefore an upper bound where the real structure is a
distorted one. Hull distances are computed from the shipped reference phases, always of the same engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from antiperovskite._files import check_writable, package_data, read_record, write_atomically
from antiperovskite._model import Model
from antiperovskite.composition.model import Formula
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import AntiperovskiteError, DataError, MissingReferenceError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.engines.model import Relaxation
    from antiperovskite.engines.protocol import Engine
    from antiperovskite.stability.references import ReferenceEntry, ReferenceSet
    from antiperovskite.structures.model import StructureModel

ENGINE: Final = "7net-0"
FMAX: Final = 0.01  # eV/angstrom
MAX_STEPS: Final = 400
CANDIDATES: Final = 3
RATTLE: Final = 0.02  # angstrom
SETTINGS: Final = (
    f"BFGS, cell and positions, fmax {FMAX:g} eV/angstrom; cubic cell with its symmetry kept, or, with clusters or "
    f"vacancies, the lowest of the first {CANDIDATES} ordered models, rattled by {RATTLE:g} angstrom, symmetry free"
)
EXTRA_PHASES: Final[dict[str, tuple[str, float]]] = {"K2Te": ("antifluorite", 8.2)}
"""Salts that the reference set lacks and whose structure is fixed by symmetry: type and starting edge (angstrom)."""

Report = Callable[[str, int, int], None]


class CompositionEnergy(Model):
    """One relaxed composition."""

    formula: str = Field(description="canonical formula")
    energy: float = Field(description="eV per formula unit as written, 0 K, no zero-point motion")
    structure: str = Field(description="what was relaxed")
    spacegroup: str
    steps: int
    volume: float = Field(gt=0, description="angstrom^3 per formula unit")


class ExtraPhase(Model):
    """A competing salt relaxed for this study."""

    formula: str
    structure: str
    elements: dict[str, float]
    energy: float = Field(description="eV per formula unit")


class FailedEnergy(Model):
    """A composition that could not be relaxed, and why."""

    formula: str
    reason: str


class EnergyFile(Model):
    """The shipped data file: energies of one engine."""

    engine: EngineCard
    settings: str
    energies: tuple[CompositionEnergy, ...]
    extra_phases: tuple[ExtraPhase, ...] = ()
    failures: tuple[FailedEnergy, ...] = ()


def read_energies(path: Any) -> EnergyFile:
    """Read and validate one file of energies.

    Raises
    ------
    DataError
        The file cannot be read or does not validate.
    """
    return read_record(path, EnergyFile, "a file of energies")


@cache
def shipped_energies() -> EnergyFile:
    """Return the energies that come with the package (engine ``7net-0``)."""
    return read_energies(package_data("stability/descriptors", f"hull_energies_{ENGINE}.json"))


def build_energies(formulas: Iterable[str], engine: Engine, path: Path, *, report: Report | None = None) -> EnergyFile:
    """Relax compositions and keep ``path`` up to date after each; finished ones are not computed again.

    Parameters
    ----------
    formulas
        Formulas of X3BA compositions.
    engine
        Where energies come from; a file of another engine is refused.
    path
        The JSON file to write.
    report
        Called before each relaxation with (formula, number, total).

    Raises
    ------
    DataError
        ``path`` holds energies of another engine.
    """
    from antiperovskite.composition import resolve

    check_writable(path.parent)
    done = read_energies(path) if path.is_file() else None
    if done is not None and done.engine.name != engine.card.name:
        raise DataError(f"{path} holds energies of {done.engine.name!r}, not {engine.card.name!r}; use another file")
    energies = {entry.formula: entry for entry in done.energies} if done else {}
    extras = {entry.formula: entry for entry in done.extra_phases} if done else {}
    failures: dict[str, FailedEnergy] = {}

    def write() -> EnergyFile:
        result = EnergyFile(
            engine=engine.card,
            settings=SETTINGS,
            energies=tuple(energies[name] for name in sorted(energies)),
            extra_phases=tuple(extras[name] for name in sorted(extras)),
            failures=tuple(failures[name] for name in sorted(failures)),
        )
        write_atomically(path, result.model_dump_json(indent=1) + "\n")
        return result

    for salt in EXTRA_PHASES:
        if salt not in extras:
            extras[salt] = _relax_extra(salt, engine)
    wanted = list(dict.fromkeys(formulas))
    if any(resolve(text).canonical not in energies for text in wanted):
        engine.calculator()  # a missing engine is one error here, not a failure of every composition
    for number, text in enumerate(wanted, start=1):
        formula = resolve(text)
        if formula.canonical in energies:
            continue
        if report is not None:
            report(formula.canonical, number, len(wanted))
        try:
            energies[formula.canonical] = _relax(formula, engine)
        except AntiperovskiteError as error:
            failures[formula.canonical] = FailedEnergy(formula=formula.canonical, reason=str(error))
        write()
    return write()


def _relax(formula: Formula, engine: Engine) -> CompositionEnergy:
    """Relax one composition, through its first candidates where it has several."""
    from antiperovskite.engines.candidates import lowest_candidate
    from antiperovskite.engines.relax import relax
    from antiperovskite.ions import ion
    from antiperovskite.structures import candidate_structures
    from antiperovskite.structures.symmetry import spacegroup

    anions = [*formula.sites.B, *formula.sites.A]
    spherical = formula.vacancies == 0 and not any(ion(symbol).is_cluster for symbol in anions)

    def relax_one(model: StructureModel) -> Relaxation:
        return relax(
            model.to_pymatgen(),
            engine,
            fmax=FMAX,
            max_steps=MAX_STEPS,
            keep_symmetry=spherical,
            rattle=0.0 if spherical else RATTLE,
            seed=1,
        )

    lowest = lowest_candidate(candidate_structures(formula, limit=1 if spherical else CANDIDATES), relax_one)
    structure = lowest.relaxation.to_pymatgen()
    return CompositionEnergy(
        formula=formula.canonical,
        energy=round(lowest.energy, 6),
        structure=lowest.model.description,
        spacegroup=spacegroup(structure, 0.05)[0],
        steps=lowest.relaxation.steps,
        volume=round(structure.volume / lowest.model.formula_units, 4),
    )


def _relax_extra(salt: str, engine: Engine) -> ExtraPhase:
    from pymatgen.core import Composition, Lattice, Structure

    from antiperovskite.engines.relax import relax

    kind, edge = EXTRA_PHASES[salt]
    elements = {str(element): float(amount) for element, amount in Composition(salt).items()}
    cation, anion = elements
    start = Structure.from_spacegroup("Fm-3m", Lattice.cubic(edge), [anion, cation], [[0, 0, 0], [0.25, 0.25, 0.25]])
    relaxed = relax(start.get_primitive_structure(), engine, fmax=FMAX, max_steps=MAX_STEPS, keep_symmetry=True)
    return ExtraPhase(formula=salt, structure=kind, elements=elements, energy=round(relaxed.energy, 6))


@cache
def study_phases() -> ReferenceSet:
    """Return the shipped reference set of the engine with the extra salts; a user's own set is not used here.

    The study must give the same numbers everywhere, so it never takes a set that a user has built.
    """
    from antiperovskite.stability.references import load_reference_set

    shipped = load_reference_set(package_data("stability", f"references/{ENGINE}.json"))
    known = {entry.name for entry in shipped.entries}
    extra = tuple(_as_entry(phase) for phase in shipped_energies().extra_phases if phase.formula not in known)
    return shipped.model_copy(update={"entries": (*shipped.entries, *extra)})


def _as_entry(phase: ExtraPhase) -> ReferenceEntry:
    from antiperovskite.stability.references import CompactStructure, ReferenceEntry

    return ReferenceEntry(
        name=phase.formula,
        formula=phase.formula,
        kind="binary",
        trust="constructed",
        source=f"constructed: {phase.structure}",
        elements=phase.elements,
        energy=phase.energy,
        lattice_error=None,
        cell_length_error=None,
        spacegroup="",
        steps=0,
        max_force=0.0,
        structure=CompactStructure(lattice=(), species=(), coordinates=()),
    )


def hull_distance(formula: Formula) -> AnyQuantity:
    """Energy of a composition above (positive) or below the best mixture of other phases, eV/atom.

    E = (E(X3BA) - min_n sum_i n_i E_i) / atoms; static lattice energies at 0 K (10.1021/cm702327g).
    ``NotComputed`` where the composition was not relaxed, where a competing salt is missing and nothing else beats the
    compound, or where the engine's energies do not share a scale.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> hull_distance(resolve("Na3OCl")).unit
    'eV/atom'
    """
    from antiperovskite.stability import reactions
    from antiperovskite.stability.energies import hull_phases
    from antiperovskite.stability.equations import participants, write_equation
    from antiperovskite.stability.scales import mixed_scale_reason

    file = shipped_energies()
    reason = mixed_scale_reason(formula.elements, file.engine)
    found = next((entry for entry in file.energies if entry.formula == formula.canonical), None)
    if reason is None and found is None:
        failed = next((entry for entry in file.failures if entry.formula == formula.canonical), None)
        reason = failed.reason if failed else f"no shipped energy of {formula.canonical} from {ENGINE}"
    if reason is not None or found is None:
        return NotComputed(unit="eV/atom", method=reason or "")
    phases = hull_phases(study_phases())
    try:
        change = reactions.decomposition(formula, reactions.target_phase(formula, found.energy), phases)
    except MissingReferenceError as error:
        return NotComputed(unit="eV/atom", method=str(error))
    missing = reactions.anions_without_a_salt(formula, phases)
    if missing:
        return NotComputed(
            unit="eV/atom",
            method=f"no salt of {', '.join(formula.sites.X)} with {', '.join(missing)} is among the reference phases",
        )
    equation = write_equation(participants(change.reactants), participants(change.products))
    return Quantity(
        value=-change.energy / sum(formula.elements.values()),
        uncertainty=None,
        unit="eV/atom",
        method=f"energy above the best mixture of other phases, {equation}, static lattice energies at 0 K; an upper "
        f"bound if the real structure is distorted ({found.structure}); no uncertainty: one engine",
        source=f"engine {ENGINE}; hull_energies_{ENGINE}.json and the shipped reference phases",
        citations=file.engine.citations,
    )
