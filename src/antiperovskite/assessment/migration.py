"""Over which barriers do its ions hop? The shipped studies of the compound, or a search with a fast engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiperovskite.assessment.fast import carrier_engine, cell_sizes, command_reason
from antiperovskite.assessment.hop_model import HopPath, Migration, PublishedBarrier
from antiperovskite.assessment.hop_paths import cut_path, paths_of, shipped_paths
from antiperovskite.assessment.options import Options, Progress
from antiperovskite.composition.model import Formula
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import EngineError, MissingReferenceError
from antiperovskite.evidence.claims import Claim
from antiperovskite.migration.lowest import lowest_barrier
from antiperovskite.migration.model import Barrier, Mechanism
from antiperovskite.migration.records import size_effect
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.units import UNITS

MIGRATION_QUANTITIES: Final[dict[str, Mechanism]] = {
    "vacancy_migration_barrier": "vacancy",
    "interstitial_migration_barrier": "dumbbell",
}
"""Quantities of an assessment that migration gives, where it was asked for, and the mechanism of each."""
MECHANISMS: Final = ("vacancy", "dumbbell")


@dataclass(frozen=True)
class Hops:
    """The barriers, or the reason why there are none."""

    found: Migration | None = None
    reason: str = ""
    asked: bool = False

    @property
    def quantities(self) -> dict[str, AnyQuantity]:
        """The lowest barrier of each mechanism; none where the depth does not ask for them."""
        if self.found is not None:
            barriers = [b for study in self.found.studies for b in study.barriers]
            return {name: lowest_barrier(barriers, kind) for name, kind in MIGRATION_QUANTITIES.items()}
        if not self.asked:
            return {}
        return {name: NotComputed(unit="eV", method=self.reason) for name in MIGRATION_QUANTITIES}


def assess_migration(
    formula: Formula, options: Options, folder: Path, progress: Progress, claims: Iterable[Claim] = ()
) -> Hops:
    """Return the barriers of a compound: shipped ones at any depth, computed ones where a fast engine can.

    Raises
    ------
    EngineError, StructureError
        The search failed; what was finished is kept in ``folder``.
    """
    name, published = formula.formula, published_barriers(claims)
    known = _shipped(formula, options.engine)
    if known is not None:
        progress("migration", "barriers of this compound come with the package")
        return Hops(known.model_copy(update={"published": published}), asked=True)
    asked = options.settings.conduction or "migration" in options.compute
    engine = carrier_engine(formula, options, "migration")
    if engine is None:
        return Hops(reason=command_reason(f"migrate {name} --mechanism vacancy,dumbbell", options), asked=asked)
    found = _search(formula, engine, folder / f"{name}-{engine.card.name.replace(':', '-')}", progress)
    return Hops(found.model_copy(update={"published": published}), asked=True)


def _shipped(formula: Formula, engine: str) -> Migration | None:
    from antiperovskite.migration.records import migration_set
    from antiperovskite.transport.study.coverage import composition_of

    try:
        kept = migration_set(engine)
    except MissingReferenceError:
        return None
    wanted = composition_of(formula.formula)
    studies = tuple(study for study in kept.studies.values() if composition_of(study.formula) == wanted)
    if not studies:
        return None
    paths = [p for text, cut in shipped_paths(engine).items() if composition_of(text) == wanted for p in cut]
    return Migration(
        engine=engine,
        origin="shipped",
        made_by=kept.made_by,
        studies=studies,
        failed={key: why for key, why in kept.failed.items() if composition_of(key.split()[0]) == wanted},
        size_effect=size_effect(studies),
        paths=paths_of([b for study in studies for b in study.barriers], paths),
    )


def _search(formula: Formula, engine: Engine, folder: Path, progress: Progress) -> Migration:
    from antiperovskite.migration import migrate
    from antiperovskite.structures import build_structure

    model = build_structure(formula)
    paths: list[HopPath] = []

    def keep(barrier: Barrier, ends: Any, found: Any) -> None:
        atoms = ends.atoms
        paths.append(cut_path(barrier, atoms.get_chemical_symbols(), atoms.cell.array, found.positions))

    def report(step: str, detail: str) -> None:
        progress("migration", f"{step}: {detail}")

    studies, failed = [], {}
    for mechanism in MECHANISMS:
        try:
            studies.append(
                migrate(
                    model,
                    engine,
                    mechanisms=(mechanism,),
                    supercells=cell_sizes(model),
                    folder=folder,
                    report=report,
                    keep=keep,
                )
            )
        except EngineError as error:  # one mechanism that cannot be found does not take the other away
            failed[f"{formula.formula} {mechanism}"] = str(error)
    if not studies:
        raise EngineError("; ".join(f"{what}: {why}" for what, why in failed.items()))
    plain = tuple(
        s.model_copy(update={"barriers": tuple(b.model_copy(update={"path_file": None}) for b in s.barriers)})
        for s in studies
    )
    return Migration(
        engine=engine.card.name,
        origin="computed",
        made_by=f"antiperovskite migrate {formula.formula} --engine {engine.card.name}",
        studies=plain,
        failed=failed,
        size_effect=size_effect(plain),
        paths=paths_of([b for s in plain for b in s.barriers], paths),
    )


def published_barriers(claims: Iterable[Claim]) -> tuple[PublishedBarrier, ...]:
    """The published barriers among the claims on a compound: those a migration barrier is to be held against."""
    found = []
    for claim in claims:
        check = claim.check
        if check is None or check.capability not in {"migration_barrier", "farthest_barrier"} or claim.value is None:
            continue
        mechanism = check.arguments.get("mechanism")
        if mechanism not in MECHANISMS or UNITS[claim.value.unit] != UNITS["eV"]:
            continue
        found.append(
            PublishedBarrier(
                claim=claim.id,
                mechanism=mechanism,
                value=claim.value.to("eV"),
                upper=None if claim.value_upper is None else claim.value_upper.to("eV"),
                bound=check.agreement == "less",
                statement=claim.statement,
                method=claim.method,
                standing=claim.standing,
                citations=claim.citations,
            )
        )
    return tuple(found)
