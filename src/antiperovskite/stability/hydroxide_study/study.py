"""The front door: the whole Li/Na/K hydration study from cached reference energies."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from antiperovskite.errors import MissingReferenceError, OptionError, one_line
from antiperovskite.quantity import Quantity
from antiperovskite.stability.hydroxide_study.claims import compare_claims
from antiperovskite.stability.hydroxide_study.cycle import complete_halides, contrast, term
from antiperovskite.stability.hydroxide_study.disorder import GRID, disorder
from antiperovskite.stability.hydroxide_study.ionic import Structures, ionic, measured_oxide_hydration, oxide_hydration
from antiperovskite.stability.hydroxide_study.model import (
    Competitor,
    Contrast,
    Correlation,
    Cycle,
    HydroxideStudy,
    Ionic,
    OxideHydration,
    Statement,
    Term,
    TermKey,
)
from antiperovskite.stability.hydroxide_study.system import (
    CATIONS,
    HALIDES,
    KEYS,
    PUZZLE_HALIDES,
    REFERENCE,
    ROLES,
    Role,
    Source,
    System,
    formula,
)
from antiperovskite.stability.hydroxide_study.wording import (
    answer,
    correlation_statement,
    disorder_statement,
    ionic_statement,
    oxide_statement,
    term_statements,
)

if TYPE_CHECKING:
    from antiperovskite.stability.hull import PhaseEnergy
    from antiperovskite.stability.hydroxide_study.sources import CalibratedEngine

S = TypeVar("S", bound=Source)

TEMPERATURES: Final = (298.15, 600.0)
ENGINES: Final = ("7net-0", "7net-mf-0-r2scan", "7net-l3i5", "7net-mf-0-pbe")
FEWEST: Final = 3  # systems of a correlation

Progress = Callable[[str], None]
StructuresOf = Callable[[System], Structures]

CAUTIONS: Final = (
    "The engines are not independent of one another: all learnt from the same kind of calculations.",
    "Hydrated phases are small ordered cells, the lowest of a few candidates: their energies are upper bounds, and "
    "the cell "
    "may be closer to the truth for one cation than for another.",
    "Thermal parts are measured, or estimated from phonons and from the sum over related crystals; where there are "
    "no phonons "
    "the sum cancels against that of the salts, and the Gibbs energy of the wet term does not change with temperature.",
    "The entropy of disorder is ideal and counts the same for every cation; the Gibbs energies of the ordered "
    "crystals may "
    "contain some libration of OH already, so that the bound counts a part twice.",
    "Above the melting point of the hydroxide its Gibbs energy is that of the melt; melts of hydroxide and halide "
    "together "
    "are lower still and are not considered.",
    "Being stable or not is not being made or not: routes, atmospheres and rates are outside this study.",
)


def _ignore(_text: str) -> None:
    """No progress wanted."""


def hydroxide_study(
    engines: Sequence[str] = ENGINES,
    *,
    engine: str | None = None,
    temperatures: Sequence[float] = TEMPERATURES,
    report: Progress = _ignore,
) -> HydroxideStudy:
    """Run the study with the shipped (or the user's) reference energies.

    Parameters
    ----------
    engines
        Engines to compare; those without a reference set are left out.
    engine
        The leading engine; by default the one with most systems complete, then the smallest uncertainty.
    temperatures
        K, for Gibbs energies; the highest is the one of the disorder statement.
    report
        Called with one line a step.

    Raises
    ------
    MissingReferenceError
        No engine has a calibrated reference set.
    OptionError
        The leading engine is not among ``engines``.
    """
    from antiperovskite.stability.hydroxide_study.sources import CalibratedEngine, ShippedDFT, StaticEngine

    calibrated: list[CalibratedEngine] = []
    for name in engines:
        try:
            found = CalibratedEngine(name)
            found.phases(REFERENCE, HALIDES[0])
        except MissingReferenceError:
            continue
        calibrated.append(found)
    if not calibrated:
        raise MissingReferenceError(
            f"none of {', '.join(engines)} has calibrated reference phases; run: antiperovskite references build"
        )
    if engine is not None and engine not in {source.name for source in calibrated}:
        known = ", ".join(source.name for source in calibrated)
        raise OptionError(f"engine {one_line(engine, 40)!r} has no calibrated reference phases; choose one of {known}")
    leading = next((s for s in calibrated if s.name == engine), None) or leading_engine(calibrated)
    return run_study(
        leading,
        calibrated,
        static=[StaticEngine(source.name) for source in calibrated],
        dft=ShippedDFT(),
        temperatures=temperatures,
        structures=lambda system: relaxed_structures(leading.name, system),
        competitors=lambda cation, halide: competing_mixtures(leading, cation, halide),
        chosen=engine is not None,
        report=report,
    )


def leading_engine(engines: Sequence[S]) -> S:
    """Return the engine with most systems complete; then with the smallest uncertainty of the dry terms."""
    from antiperovskite.stability.uncertainty import standard_uncertainty

    def rank(source: S) -> tuple[int, float]:
        systems = [source.system(cation, halide) for cation in CATIONS for halide in HALIDES]
        complete = [system for system in systems if not system.missing("hydration")]
        errors = [standard_uncertainty(system.terms("dry")) for system in complete]
        return (-len(complete), sum(errors) / len(errors) if errors else math.inf)

    return min(engines, key=rank)


def run_study(
    leading: Source,
    engines: Sequence[Source],
    *,
    static: Sequence[Source] = (),
    dft: Source | None = None,
    temperatures: Sequence[float] = TEMPERATURES,
    structures: StructuresOf | None = None,
    competitors: Callable[[str, str], tuple[Competitor, ...]] | None = None,
    chosen: bool = False,
    report: Progress = _ignore,
) -> HydroxideStudy:
    """Run the study with any sources; ``leading`` is one of ``engines``."""
    cycles = []
    for cation in CATIONS:
        for halide in HALIDES:
            report(f"{formula('dry', cation, halide)} and {formula('wet', cation, halide)}")
            cycles.append(_cycle(cation, halide, leading, engines, static, dft, temperatures, structures, competitors))
    report("differences between the cations")
    contrasts = _contrasts(leading, engines, dft)
    report("charges and sizes")
    oxides = _oxides(leading)
    ionics = _ionics(leading, structures)
    correlations = _correlations(cycles, ionics)
    report("disorder")
    disorders = [disorder(leading, c.cation, c.halide, temperatures, GRID) for c in cycles]
    statements = [
        answer(cycles, contrasts, disorders),
        *term_statements(cycles, contrasts, CATIONS),
        oxide_statement(oxides),
        ionic_statement(ionics, contrasts),
        correlation_statement(correlations),
        disorder_statement(disorders, max(temperatures)),
    ]
    return HydroxideStudy(
        engine=leading.name,
        why_engine="asked for" if chosen else "most systems complete, then the smallest uncertainty of the dry terms",
        engines=tuple(source.name for source in engines),
        missing={source.name: missing for source in engines if (missing := _missing(source))},
        cycles=tuple(cycles),
        contrasts=tuple(contrasts),
        oxides=tuple(oxides),
        ionic=tuple(ionics),
        correlations=tuple(correlations),
        disorder=tuple(disorders),
        statements=tuple(_plain(statement) for statement in statements),
        claims=compare_claims(cycles, contrasts, disorders, max(temperatures)),
        cautions=(_error_caution(cycles), *_footing(cycles), *CAUTIONS),
    )


def _error_caution(cycles: Sequence[Cycle]) -> str:
    """Set the standard uncertainty beside what engines and DFT scatter."""
    terms = [cycle.term(key) for cycle in cycles for key in ("dry", "wet")]
    errors = [t.energy.uncertainty for t in terms if isinstance(t.energy, Quantity) and t.energy.uncertainty]
    spreads = [t.engine_spread.value for t in terms if isinstance(t.engine_spread, Quantity)]
    away = [
        abs(t.energy.value - t.dft.value) for t in terms if isinstance(t.energy, Quantity) and t.dft.value is not None
    ]
    text = (
        "The standard uncertainty of a phase is what the calibration leaves unexplained per atom over all chemistries "
        f"(median of the dry and wet terms: {median(errors):.0f} meV)"
        if errors
        else "No uncertainties are known"
    )
    if spreads:
        text += f"; the engines scatter by {median(spreads):.0f} meV"
    if away:
        text += f" and lie {median(away):.0f} meV from DFT where there is one"
    if errors and spreads and max(median(spreads), median(away) if away else 0.0) < 0.7 * median(errors):
        text += (
            ": for differences of such similar crystals it is cautious, though what all engines get wrong stays unseen"
        )
    return text + "."


def _footing(cycles: Sequence[Cycle]) -> list[str]:
    """Say which hydrated phases have a structure that was not tried for the others."""
    wet = {cycle.hydrated_phase: cycle.structures.get("wet", "") for cycle in cycles}
    published = [f"{name}: {phase}" for name, phase in wet.items() if phase and "-constructed" not in phase]
    if not published or len(published) == len(wet):
        return []
    return [
        f"Not all hydrated phases stand on one footing: {'; '.join(published)} has a published structure, all others "
        "are built "
        "as anti-perovskites. That structure was not tried for them and might be lower."
    ]


def _plain(statement: Statement) -> Statement:
    return statement.model_copy(update={"text": " ".join(statement.text.split())})


def _missing(source: Source) -> tuple[str, ...]:
    systems = [source.system(cation, halide) for cation in CATIONS for halide in HALIDES]
    return tuple(dict.fromkeys(name for system in systems for name in system.missing("hydration")))


def _cycle(
    cation: str,
    halide: str,
    leading: Source,
    engines: Sequence[Source],
    static: Sequence[Source],
    dft: Source | None,
    temperatures: Sequence[float],
    structures: StructuresOf | None,
    competitors: Callable[[str, str], tuple[Competitor, ...]] | None,
) -> Cycle:
    def one(key: TermKey) -> Term:
        return term(
            key,
            cation,
            halide,
            leading=leading,
            engines=engines,
            static=static,
            dft=dft,
            temperatures=temperatures,
            measured=measured_oxide_hydration(cation) if key == "oxide" else None,
        )

    system = leading.system(cation, halide)
    groups = _space_groups(structures(system)) if structures else {}
    named = {
        role: f"{system.phases[role].name}{f' ({groups[role]})' if role in groups else ''}"
        for role in ROLES
        if role in system.phases
    }
    return Cycle(
        cation=cation,
        halide=halide,
        dry_phase=formula("dry", cation, halide),
        hydrated_phase=formula("wet", cation, halide),
        terms=tuple(one(key) for key in KEYS),
        structures={str(role): name for role, name in named.items()},
        competitors=competitors(cation, halide) if competitors else (),
    )


def _space_groups(structures: Structures) -> dict[str, str]:
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    from antiperovskite.structures.symmetry import quiet_spglib

    with quiet_spglib():
        return {str(r): str(SpacegroupAnalyzer(s, 0.02).get_space_group_symbol()) for r, s in structures.items()}


def _contrasts(leading: Source, engines: Sequence[Source], dft: Source | None) -> list[Contrast]:
    found = []
    for key in KEYS:
        for cation in CATIONS:
            if cation == REFERENCE:
                continue
            shared = complete_halides(leading, key, (cation, REFERENCE), PUZZLE_HALIDES)
            named = [(halide, (halide,)) for halide in HALIDES] + [("mean", shared)]
            found += [contrast(key, cation, n, h, leading=leading, engines=engines, dft=dft) for n, h in named]
    return found


def _oxides(leading: Source) -> list[OxideHydration]:
    found = []
    for cation in CATIONS:
        try:
            found.append(oxide_hydration(leading, cation, HALIDES[0]))
        except MissingReferenceError:
            continue
    return found


def _ionics(leading: Source, structures: StructuresOf | None) -> list[Ionic]:
    if structures is None:
        return []
    systems = [leading.system(cation, halide) for cation in CATIONS for halide in HALIDES]
    return [ionic(s.cation, s.halide, structures(s), leading.name) for s in systems]


def relaxed_structures(engine: str, system: System) -> dict[Role, Any]:
    """Return the relaxed structures of a system's phases by role."""
    from antiperovskite.stability.hydroxide_study.sources import entry_of

    found: dict[Role, Any] = {}
    for role, phase in system.phases.items():
        entry = entry_of(engine, phase)
        if role != "water" and entry is not None and entry.structure is not None:
            found[role] = entry.structure.to_pymatgen()
    return found


def competing_mixtures(source: CalibratedEngine, cation: str, halide: str) -> tuple[Competitor, ...]:
    """Return the stable mixtures of all other phases at the compositions of the dry and the hydrated phase."""
    from antiperovskite.stability.energies import same_composition
    from antiperovskite.stability.equations import participants, write_equation
    from antiperovskite.stability.hull import stable_mixture
    from antiperovskite.stability.hydroxide_study.cycle import quantity, weighted_sum
    from antiperovskite.stability.hydroxide_study.system import composition

    phases, system = source.phases(cation, halide), source.system(cation, halide)
    questions: tuple[tuple[Literal["dry", "wet"], tuple[Role, Role]], ...] = (
        ("dry", ("oxide", "halide")),
        ("wet", ("hydroxide", "halide")),
    )
    found = []
    for role, salts in questions:
        if role not in system.phases or any(salt not in system.phases for salt in salts):
            continue
        wanted = composition(role, cation, halide)
        best = stable_mixture(wanted, [p for p in phases if not same_composition(p.elements, wanted)])
        name = formula(role, cation, halide)
        parts: list[tuple[Sequence[tuple[PhaseEnergy, float]], float]] = [
            ([(system.phases[role], 1.0)], 1.0),
            (best.amounts, -1.0),
        ]
        terms = weighted_sum(parts)
        simple = math.fsum(system.phases[salt].energy for salt in salts)
        found.append(
            Competitor(
                role=role,
                mixture=write_equation((), participants(best.amounts)).partition(" -> ")[2],
                below_salts=max(0.0, 1000.0 * (simple - best.energy)),
                above_mixture=quantity(terms, source, f"{name} above the stable mixture", calibrated=True),
            )
        )
    return tuple(found)


def _correlations(cycles: Sequence[Cycle], ionics: Sequence[Ionic]) -> list[Correlation]:
    by_system: Mapping[tuple[str, str], Ionic] = {(item.cation, item.halide): item for item in ionics}
    found = []
    keys: tuple[TermKey, ...] = ("dry", "oxide", "wet", "hydration")
    for key in keys:
        descriptors = ["cation radius", *(["Madelung part"] if key in {"dry", "wet"} else [])]
        for descriptor in descriptors:
            pairs = []
            for cycle in cycles:
                item = by_system.get((cycle.cation, cycle.halide))
                energy = cycle.term(key).energy
                if item is None or not isinstance(energy, Quantity):
                    continue
                part = item.dry if key == "dry" else item.wet
                x = item.radius.value if descriptor == "cation radius" else part.value
                if x is not None:
                    pairs.append((x, energy.value))
            if key == "oxide":
                pairs = list(dict.fromkeys((x, round(y, 6)) for x, y in pairs))  # no halide in it
            found.append(_fit(key, descriptor, pairs))
    return found


def _fit(key: TermKey, descriptor: str, pairs: Sequence[tuple[float, float]]) -> Correlation:
    unit = "meV/Å" if descriptor == "cation radius" else "meV/eV"
    distinct = len({round(x, 6) for x, _ in pairs})
    if distinct < FEWEST:
        return Correlation(
            key=key, descriptor=descriptor, systems=len(pairs), distinct=distinct, pearson=None, slope=None, unit=unit
        )
    n = len(pairs)
    mx, my = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    xx = math.fsum((x - mx) ** 2 for x, _ in pairs)
    yy = math.fsum((y - my) ** 2 for _, y in pairs)
    xy = math.fsum((x - mx) * (y - my) for x, y in pairs)
    return Correlation(
        key=key,
        descriptor=descriptor,
        systems=n,
        distinct=distinct,
        pearson=xy / math.sqrt(xx * yy) if xx * yy > 0.0 else None,
        slope=xy / xx,
        unit=unit,
    )
