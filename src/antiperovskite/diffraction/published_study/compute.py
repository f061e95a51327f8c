"""Relax the rebuilt models with an engine and keep every result; what is done is not done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import write_atomically
from antiperovskite.diffraction.published_study.records import Records, Relaxed, Stage
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import AntiperovskiteError, MissingEngineError
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.published.catalogue import published_models
from antiperovskite.structures.published.model import PublishedModel
from antiperovskite.structures.published.rebuild import Candidate, candidates, start
from antiperovskite.structures.published.snapshot import snapshot

HELD: Final = {"fmax": 0.05, "max_steps": 150}
FREE: Final = {"fmax": 0.03, "max_steps": 400}
RATTLE: Final = 0.03
SNAPSHOTS: Final = 1
Report = Callable[[str], None]


class Work:
    """Records of one engine that grow and are written after every relaxation."""

    def __init__(self, engine: Engine, path: Path, report: Report) -> None:
        from antiperovskite._files import read_record

        self.engine, self.path, self.report = engine, path, report
        old = read_record(path, Records, "a record of relaxed models") if path.is_file() else None
        self.entries: dict[tuple[str, int, tuple[int, ...], str], Relaxed] = {
            item.key: item for item in (old.entries if old else ())
        }

    @property
    def records(self) -> Records:
        """Everything done so far, in a fixed order."""
        card = self.engine.card
        return Records(
            engine=card.name,
            version=card.version,
            known_bias=card.known_bias,
            citations=card.citations,
            entries=tuple(self.entries[key] for key in sorted(self.entries)),
        )

    def do(self, base: Relaxed, structure: Any, **settings: Any) -> Relaxed:
        """Relax one structure unless that was done."""
        if base.key not in self.entries:
            self.entries[base.key] = _relaxed(base, structure, self.engine, settings)
            write_atomically(self.path, self.records.model_dump_json() + "\n")
            done = self.entries[base.key]
            said = f"{done.energy:.4f} eV, {done.steps} steps" if done.energy is not None else done.failure
            self.report(f"{base.model} {base.number} {base.choice} {base.stage}: {said}")
        return self.entries[base.key]


def compute(engine: Engine, path: Path, report: Report) -> Records:
    """Relax all arrangements held in the reported lattice, then the lowest of each model freely; write the records."""
    work = Work(engine, path, report)
    for model in published_models():
        if model.can_build and model.directions is None:
            _held(work, model)
    for model in published_models():
        if model.can_build and model.directions is None:
            offered = {(item.number, item.choice) for item in candidates(model)}
            lowest = work.records.find(model.id, "held", offered)
            if lowest:
                _free(work, lowest[0], lowest[0].to_pymatgen())
    for seed in range(SNAPSHOTS):
        _cubic(work, seed)
    return work.records


def follow(engine: Engine, leading: Records, path: Path, report: Report) -> Records:
    """Relax what another engine found freely once more with this one, from the other's result."""
    work = Work(engine, path, report)
    for item in leading.entries:
        if item.stage == "free" and item.energy is not None:
            _free(work, item, item.to_pymatgen(), rattle=0.0)
    return work.records


def _base(model: PublishedModel, candidate: Candidate, stage: Stage) -> Relaxed:
    return Relaxed(
        model=model.id,
        number=candidate.number,
        choice=candidate.choice,
        words=candidate.words,
        ideal_group=candidate.ideal_group,
        exact=candidate.exact,
        stage=stage,
        formula_units=candidate.average.grid.cells,
        energy=None,
    )


def _held(work: Work, model: PublishedModel) -> None:
    for candidate in candidates(model):
        ordered = candidate.average.ordered
        base = _base(model, candidate, "held")
        if base.key not in work.entries:
            structure = start(model, candidate).to_pymatgen()
            work.do(base, structure, relax_cell=False, keep_symmetry=ordered, rattle=0.0 if ordered else RATTLE, **HELD)


def _free(work: Work, found: Relaxed, structure: Any, rattle: float = RATTLE) -> None:
    base = found.model_copy(update={"stage": "free", "energy": None, "lattice": (), "species": (), "coordinates": ()})
    work.do(base, structure, relax_cell=True, rattle=rattle, **FREE)


def _cubic(work: Work, seed: int) -> None:
    model: StructureModel = snapshot(seed)
    base = Relaxed(
        model="cubic-100",
        number=0,
        choice=(seed,),
        words=model.description,
        ideal_group="P1",
        exact=False,
        stage="free",
        formula_units=model.formula_units,
        energy=None,
    )
    work.do(base, model.to_pymatgen(), relax_cell=True, rattle=RATTLE, **FREE)


def _relaxed(base: Relaxed, structure: Any, engine: Engine, settings: dict[str, Any]) -> Relaxed:
    try:
        result = relax(structure, engine, **settings)
    except MissingEngineError:
        raise
    except AntiperovskiteError as error:
        return base.model_copy(update={"failure": str(error)})
    final = result.to_pymatgen()
    return Relaxed.model_validate(
        base.model_dump()
        | {
            "energy": round(result.energy / base.formula_units, 6),
            "failure": "",
            "steps": result.steps,
            "max_force": round(result.max_force, 5),
            "settings": result.settings,
            "lattice": _rows(final.lattice.matrix),
            "species": tuple(site.species_string for site in final),
            "coordinates": _rows(final.frac_coords),
        }
    )


def _rows(array: Iterable[Any]) -> tuple[tuple[float, float, float], ...]:
    return tuple((round(float(x), 6) + 0.0, round(float(y), 6) + 0.0, round(float(z), 6) + 0.0) for x, y, z in array)
