"""The main job: plan the steps for a depth, run or reuse them, and draw the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from antiperovskite._version import __version__
from antiperovskite.assessment.balance import Balance, assess_balance
from antiperovskite.assessment.contrast import contrast_quantities
from antiperovskite.assessment.defects import DefectPart, assess_defects
from antiperovskite.assessment.measures import (
    make_patterns,
    not_computed,
    structure_quantities,
    visibility_quantities,
)
from antiperovskite.assessment.migration import Hops, assess_migration
from antiperovskite.assessment.model import Assessment, Failure, RelaxedStructure, Verdict
from antiperovskite.assessment.options import Options, Progress, choose_options
from antiperovskite.assessment.phonons import PHONON_QUANTITIES, Phonons, assess_phonons
from antiperovskite.assessment.published import published_models_of
from antiperovskite.assessment.relaxation import RelaxedModel, affordable_candidates, describe_relaxed, relax_best
from antiperovskite.assessment.surroundings import Surroundings, assess_surroundings, nothing_relaxed
from antiperovskite.assessment.thermodynamics import Thermodynamics, assess_thermodynamics
from antiperovskite.assessment.transport import Conduction, assess_conduction
from antiperovskite.assessment.verdicts import draw_verdicts
from antiperovskite.assessment.verdicts.carriers import carrier_verdict
from antiperovskite.composition import Formula, resolve
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.diffraction.published_study.model import Found
from antiperovskite.engines.registry import get_engine
from antiperovskite.errors import AntiperovskiteError, MissingEngineError, OptionError, StoreError
from antiperovskite.evidence import Evidence, evidence_for
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.model import Tolerance
from antiperovskite.stability.references import reference_fingerprint
from antiperovskite.stability.thermal.records import user_phonon_directory
from antiperovskite.stability.tolerance import tolerance
from antiperovskite.store import ResultStore, default_store_path
from antiperovskite.structures import StructureModel

T = TypeVar("T")

CONTRACT_QUANTITIES = {
    "lattice_a": "angstrom",
    "energy_above_hull": "eV/atom",
    "decomposition_energy": "eV/atom",
    "reaction_energy_from_binaries": "eV/formula",
    "hydration_energy": "eV/H2O",
    **PHONON_QUANTITIES,
}
"""Quantities every assessment has, computed or with the reason why not."""

_VERSIONED = ("ase", "janaf", "numpy", "periodictable", "phonopy", "pymatgen", "scipy", "sevenn", "spglib", "torch")
_SOFTWARE_CITATIONS = ("dawson2021", "larsen2017", "ong2013", "togo2024")


def _silent(_step: str, _detail: str) -> None:
    """Report no progress."""


def assess(
    formulas: str | Iterable[str],
    *,
    depth: str = "quick",
    engine: str = "7net-0",
    store: ResultStore | None = None,
    progress: Progress | None = None,
    phonons: bool = True,
    compute: Iterable[str] = (),
) -> list[Assessment]:
    """Assess one or more formulas.

    Parameters
    ----------
    formulas
        Formula text, or several.
    depth
        ``"quick"``: a few candidate structures, two cross-check engines. ``"standard"``: more candidates, tighter
        forces, three cross-check engines. ``"deep"``: standard, and molecular dynamics, barriers and defects
        where a distilled potential is shipped. Phonons wherever their cost stays below the depth's limit.
    engine
        Engine that decides; see :func:`antiperovskite.engines.known_engines`.
    store
        Where finished steps are kept; the user's own store by default.
    progress
        Called with (step, detail) as work goes on.
    phonons
        Whether dynamical stability is asked for; it takes about as long as all the rest.
    compute
        Of ``"migration"`` and ``"defects"``: computed with ``engine`` where nothing is shipped, at any depth. With an
        engine that is not fast this takes hours.

    Returns
    -------
    list of Assessment
        In the order given. A step that failed is listed in ``failures`` and its quantities say why.

    Raises
    ------
    InputError
        A formula, the depth or the engine is not valid; nothing has been computed then.
    MissingEngineError
        The engine's packages are not installed.

    Examples
    --------
    >>> from antiperovskite import assess
    >>> report = assess("Li3OCl", engine="toy-ionic")[0]  # doctest: +SKIP
    """
    texts = [formulas] if isinstance(formulas, str) else list(formulas)
    if not texts:
        raise OptionError("no formula given; try: antiperovskite assess Li3OCl")
    resolved = [resolve(text) for text in texts]
    options = replace(choose_options(depth, engine, compute), phonons=phonons)
    own_store = store is None
    results = store or ResultStore(default_store_path())
    try:
        return [_assess_one(formula, options, results, progress or _silent) for formula in resolved]
    finally:
        if own_store:
            results.close()


def _assess_one(formula: Formula, options: Options, store: ResultStore, progress: Progress) -> Assessment:
    """Reuse the whole assessment if nothing it depends on has changed; never keep a partial one."""
    inputs = {
        "formula": formula.model_dump(mode="json"),
        "depth": options.depth,
        "engine": options.engine,
        "cross_check": list(options.cross_check),
        "versions": _versions(),
        "code": _code_fingerprint(),
        "references": _reference_fingerprints(options),
        "phonons": _own_phonons(options.engine),
        "dynamical_stability": options.phonons,
        "compute": list(options.compute),
    }
    run = _Run(formula, options, store, progress)
    result, reused = store.remember("assessment", inputs, Assessment, run.assess, keep=lambda found: not found.failures)
    if reused:
        progress("reused", f"{formula.formula}: nothing has changed since it was assessed")
    return result


def _reference_fingerprints(options: Options) -> dict[str, str]:
    return {name: reference_fingerprint(name) for name in (options.engine, *options.cross_check)}


def _own_phonons(engine: str) -> str:
    """A hash of the user's own phonons of the engine, ``"none"`` without them; the shipped ones are package files."""
    path = user_phonon_directory() / f"{engine}.json"
    return sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else "none"


@cache
def _code_fingerprint() -> str:
    """A hash of the package's own files, so that a whole assessment is never reused across a change of the program."""
    package = files("antiperovskite")
    digest = sha256()
    for path in sorted(Path(str(package)).rglob("*")):
        if path.suffix in {".py", ".yaml", ".json", ".pod"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _versions() -> dict[str, str]:
    found = {"antiperovskite": __version__}
    for package in _VERSIONED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _without_energies(quantities: dict[str, AnyQuantity]) -> dict[str, AnyQuantity]:
    """Leave out what an engine that may not draw verdicts computed."""
    return {name: quantity for name, quantity in quantities.items() if "energy" not in name}


class _Run:
    """One formula on its way through the steps; failures are collected, not hidden."""

    def __init__(self, formula: Formula, options: Options, store: ResultStore, progress: Progress) -> None:
        self.formula, self.options, self.store = formula, options, store
        self._progress = progress
        self.failures: list[Failure] = []

    def progress(self, step: str, detail: str) -> None:
        self._progress(step, f"{self.formula.formula}: {detail}")

    def attempt(self, step: str, work: Callable[[], T]) -> T | None:
        """Run one step; an expected failure is recorded and the assessment goes on without it."""
        try:
            return work()
        except (MissingEngineError, StoreError):
            raise  # nothing that follows could work either
        except AntiperovskiteError as error:
            self.failures.append(Failure(step=step, reason=str(error)))
            return None

    def assess(self) -> Assessment:
        formula = self.formula
        self.progress("tolerance", "radii and tolerance factors")
        factors = tolerance(formula)
        candidates = self.attempt("structure", self._candidates) or []
        relaxed = self._relax(candidates)
        described = self._describe(relaxed)
        quantities: dict[str, AnyQuantity] = not_computed(CONTRACT_QUANTITIES, self._why_nothing(candidates))
        thermodynamics, surroundings = Thermodynamics(), nothing_relaxed(self._why_nothing(candidates))
        if relaxed is not None:
            self.progress("stability", "convex hull and reactions")
            quantities.update(structure_quantities(formula, relaxed, self.options.engine))
            found = self.attempt("stability", lambda: assess_thermodynamics(formula, relaxed, self.options.engine))
            thermodynamics = found or thermodynamics
            quantities.update(thermodynamics.quantities)
            self.progress("surroundings", "voltages, its metal, water, DFT")
            surroundings = assess_surroundings(formula, relaxed, self.options)
        quantities.update(surroundings.quantities)
        model = described.model if described else None
        phonons = self._phonons(model, candidates)
        quantities.update(phonons.quantities)
        conduction = self._conduction()
        quantities.update(conduction.quantities)
        self.progress("diffraction", "X-ray and neutron patterns")
        patterns = (model and self.attempt("diffraction", lambda: make_patterns(model, formula))) or ()
        quantities.update(visibility_quantities(patterns))
        quantities.update(self._contrast(quantities["lattice_a"]))
        evidence = evidence_for(formula)
        hops, defects = self._migration(evidence), self._defects()
        balance = self._balance(defects, hops)
        quantities.update(hops.quantities | defects.quantities)
        return Assessment(
            formula=formula.formula,
            depth=self.options.depth,
            engine=self.options.engine,
            sites=formula,
            tolerance=factors,
            starting_structure=relaxed.start if relaxed else (candidates[0] if candidates else None),
            relaxed=described,
            quantities=quantities,
            reactions=tuple(thermodynamics.reactions),
            decomposition=thermodynamics.decomposition,
            window=surroundings.window,
            metal_contact=surroundings.metal_contact,
            electrode_contacts=surroundings.electrode_contacts,
            water=surroundings.water,
            dft=surroundings.dft,
            phonons=phonons.study,
            phonon_checks=phonons.checks,
            conduction=conduction.study,
            defects=defects.found,
            migration=hops.found,
            defect_equilibrium=balance.equilibrium,
            carrier_balance=balance.found,
            published_models=self._published(),
            not_defined=surroundings.not_defined
            | ({"phonons": phonons.reason} if phonons.study is None else {})
            | ({"conduction": conduction.reason} if conduction.study is None else {})
            | ({"defects": defects.reason} if defects.found is None else {})
            | ({"migration": hops.reason} if hops.found is None else {})
            | ({"carrier_balance": balance.reason} if balance.found is None else {}),
            patterns=patterns,
            evidence=evidence,
            verdicts=self._verdicts(
                quantities, thermodynamics, surroundings, phonons, factors, patterns, evidence, conduction
            )
            + self._carrier_verdict(balance, hops, evidence),
            failures=tuple(self.failures),
            citations=self._citations(quantities, surroundings, patterns, evidence),
            engine_notes=get_engine(self.options.engine).card.known_bias,
            versions=_versions(),
        )

    def _verdicts(
        self,
        quantities: dict[str, AnyQuantity],
        thermodynamics: Thermodynamics,
        surroundings: Surroundings,
        phonons: Phonons,
        factors: Tolerance,
        patterns: tuple[PowderPattern, ...],
        evidence: Evidence,
        conduction: Conduction,
    ) -> tuple[Verdict, ...]:
        allowed = get_engine(self.options.engine).card.for_verdicts
        return draw_verdicts(
            self.formula,
            quantities if allowed else _without_energies(quantities),
            thermodynamics.reactions,
            thermodynamics.decomposition,
            surroundings if allowed else Surroundings(),
            phonons if allowed else Phonons(),
            factors,
            patterns,
            evidence,
            conduction.study,
        )

    def _candidates(self) -> list[StructureModel]:
        self.progress("structure", "building candidate structures")
        return affordable_candidates(self.formula, self.options.settings)

    def _relax(self, candidates: list[StructureModel]) -> RelaxedModel | None:
        if not candidates:
            return None
        relaxed = self.attempt("relaxation", lambda: relax_best(candidates, self.options, self.store, self.progress))
        if relaxed is not None:
            self.failures.extend(relaxed.failures)
        return relaxed

    def _describe(self, relaxed: RelaxedModel | None) -> RelaxedStructure | None:
        if relaxed is None:
            return None
        main = relaxed.by_engine[self.options.engine]
        return self.attempt("symmetry", lambda: describe_relaxed(self.formula, relaxed.start, main))

    def _phonons(self, model: StructureModel | None, candidates: list[StructureModel]) -> Phonons:
        if model is None:
            return Phonons(reason=self._why_nothing(candidates))
        if not self.options.phonons:
            return Phonons(reason=f"not asked for; use antiperovskite structure phonons {self.formula.formula}")
        self.progress("phonons", "is it a minimum?")
        name = self.formula.formula
        found = self.attempt(
            "phonons", lambda: assess_phonons(model, self.options, self.store, self.progress, formula=name)
        )
        return found or Phonons(reason=self._why_nothing(candidates))

    def _conduction(self) -> Conduction:
        if self.options.settings.conduction:
            self.progress("conduction", "molecular dynamics with a distilled potential")
        folder = self.store.path.parent / "conductivity"
        found = self.attempt("conduction", lambda: assess_conduction(self.formula, self.options, folder, self.progress))
        return found or Conduction(reason=self.failures[-1].reason, asked=True)

    def _migration(self, evidence: Evidence) -> Hops:
        folder = self.store.path.parent / "migration"
        found = self.attempt(
            "migration", lambda: assess_migration(self.formula, self.options, folder, self.progress, evidence.claims)
        )
        return found or Hops(reason=self.failures[-1].reason, asked=True)

    def _defects(self) -> DefectPart:
        cache = self.store.path.parent / "defects"
        found = self.attempt("defects", lambda: assess_defects(self.formula, self.options, cache, self.progress))
        return found or DefectPart(reason=self.failures[-1].reason, asked=True)

    def _balance(self, defects: DefectPart, hops: Hops) -> Balance:
        found = self.attempt("carrier balance", lambda: assess_balance(self.formula, defects.found, hops.found))
        return found or Balance(reason=self.failures[-1].reason)

    def _carrier_verdict(self, balance: Balance, hops: Hops, evidence: Evidence) -> tuple[Verdict, ...]:
        verdict = carrier_verdict(balance.found, hops.found, evidence.claims)
        return () if verdict is None else (verdict,)

    def _published(self) -> tuple[Found, ...]:
        return self.attempt("published models", lambda: published_models_of(self.formula)) or ()

    def _contrast(self, lattice: AnyQuantity) -> dict[str, Quantity]:
        if isinstance(lattice, NotComputed):
            return {}
        return self.attempt("diffraction", lambda: contrast_quantities(self.formula, lattice)) or {}

    def _why_nothing(self, candidates: list[StructureModel]) -> str:
        if self.failures:
            return self.failures[-1].reason
        return "the step that gives it was not run"

    def _citations(
        self, quantities: dict[str, AnyQuantity], surroundings: Surroundings, patterns: Any, evidence: Evidence
    ) -> tuple[str, ...]:
        """Keys in order of use, each once."""
        rows = [*evidence.compositions, *evidence.syntheses, *evidence.conductivities]
        keys = [
            *_SOFTWARE_CITATIONS,
            *get_engine(self.options.engine).card.citations,
            *(key for name in self.options.cross_check for key in get_engine(name).card.citations),
            *(key for quantity in quantities.values() for key in quantity.citations),
            *surroundings.citations,
            *(key for pattern in patterns for key in pattern.citations),
            *(key for row in rows for key in row.citations),
        ]
        return tuple(dict.fromkeys(keys))
