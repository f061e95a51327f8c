"""From candidate structures to the relaxed model, and the same model in the cross-check engines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any

from antiperovskite.assessment.model import Failure, RelaxedStructure
from antiperovskite.assessment.options import DepthSettings, Options, Progress
from antiperovskite.composition.model import Formula
from antiperovskite.engines import Relaxation, get_engine, lowest_candidate, relax
from antiperovskite.errors import AntiperovskiteError
from antiperovskite.store import ResultStore
from antiperovskite.structures import candidate_structures
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.symmetry import spacegroup, to_cif

SYMMETRY_TOLERANCE = 0.05  # angstrom; residual forces of 0.01 eV/angstrom displace atoms by about this much or less
RATTLE = 0.02  # angstrom; lets clusters and vacancies leave symmetric saddle points
SEED = 1


@dataclass(frozen=True)
class RelaxedModel:
    """The chosen structure relaxed in each engine that could do it."""

    start: StructureModel
    by_engine: dict[str, Relaxation]
    failures: tuple[Failure, ...]

    def energy_per_formula(self, engine: str) -> float:
        """Energy in eV per formula unit as written."""
        return self.by_engine[engine].energy / self.start.formula_units


def relax_stored(
    model: StructureModel, engine_name: str, fmax: float, max_steps: int, store: ResultStore, progress: Progress
) -> Relaxation:
    """Relax a model or take the stored relaxation of the same model, engine and settings."""
    engine = get_engine(engine_name)
    clusters = len(set(model.groups)) < len(model.groups)
    soft = clusters or model.family == "hydrated"
    inputs: dict[str, Any] = {
        "structure": model.structure,
        "engine": engine.card.model_dump(mode="json"),
        "fmax": fmax,
        "max_steps": max_steps,
        "rattle": RATTLE if soft else 0.0,
        "seed": SEED,
    }

    def compute() -> Relaxation:
        return relax(
            model.to_pymatgen(),
            engine,
            fmax=fmax,
            max_steps=max_steps,
            keep_symmetry=not soft,
            rattle=RATTLE if soft else 0.0,
            seed=SEED,
            progress=lambda step, force: progress(
                "relaxation", f"{engine_name}: step {step}, largest force {force:.3f} eV/Å"
            ),
        )

    return store.remember("relaxation", inputs, Relaxation, compute)[0]


def affordable_candidates(formula: Formula, settings: DepthSettings) -> list[StructureModel]:
    """The candidate structures a depth can pay for: the small ones first, at least one."""
    built = candidate_structures(formula, tilts=settings.tilts)
    small = [model for model in built if len(model.roles) <= settings.max_candidate_atoms]
    return (small or built[:1])[: settings.max_candidates]


def relax_best(
    candidates: list[StructureModel], options: Options, store: ResultStore, progress: Progress
) -> RelaxedModel:
    """Relax the candidates with the main engine, keep the lowest in energy, and repeat that one in the others.

    Raises
    ------
    MissingEngineError, StructureError
        As :func:`antiperovskite.engines.lowest_candidate`.
    """
    settings = options.settings
    several = len(candidates) > 1

    number = count(1)

    def screen(candidate: StructureModel) -> Relaxation:
        progress("relaxation", f"candidate {next(number)} of {len(candidates)}: {candidate.description}")
        fmax = settings.screening_fmax if several else settings.fmax
        return relax_stored(candidate, options.engine, fmax, settings.max_steps, store, progress)

    lowest = lowest_candidate(candidates, screen)
    failures = [Failure(step="relaxation", reason=reason) for reason in lowest.failures]
    best, start, relaxed = lowest.model, lowest.model, lowest.relaxation
    if several:
        start = _continue_from(best, relaxed)
        relaxed = relax_stored(start, options.engine, settings.fmax, settings.max_steps, store, progress)
    by_engine = {options.engine: relaxed}
    from_here = _continue_from(start, relaxed)
    for name in options.cross_check:
        progress("cross-check", name)
        try:
            by_engine[name] = relax_stored(from_here, name, settings.fmax, settings.max_steps, store, progress)
        except AntiperovskiteError as error:
            failures.append(Failure(step="cross-check", reason=f"{name}: {error}"))
    return RelaxedModel(best, by_engine, tuple(failures))


def _continue_from(model: StructureModel, relaxed: Relaxation) -> StructureModel:
    return model.model_copy(update={"structure": relaxed.structure})


def describe_relaxed(formula: Formula, start: StructureModel, relaxed: Relaxation) -> RelaxedStructure:
    """Package a relaxation for the report: symmetry, CIF and how it converged."""
    model = _continue_from(start, relaxed)
    symbol, number = spacegroup(model.to_pymatgen(), SYMMETRY_TOLERANCE)
    return RelaxedStructure(
        model=model,
        spacegroup=symbol,
        spacegroup_number=number,
        symmetry_tolerance=SYMMETRY_TOLERANCE,
        engine=relaxed.engine.name,
        settings=relaxed.settings,
        converged=relaxed.converged,
        steps=relaxed.steps,
        max_force=relaxed.max_force,
        cif=to_cif(model, SYMMETRY_TOLERANCE),
    )
