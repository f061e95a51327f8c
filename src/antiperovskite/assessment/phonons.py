"""Is the relaxed structure a minimum? Its phonons, where the depth can pay for them, and the same in other engines."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Final

from antiperovskite.assessment.model import PhononCheck
from antiperovskite.assessment.options import Options, Progress
from antiperovskite.assessment.relaxation import SYMMETRY_TOLERANCE
from antiperovskite.engines import get_engine
from antiperovskite.errors import AntiperovskiteError, MissingEngineError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.store import ResultStore
from antiperovskite.structures.model import StructureModel
from antiperovskite.vibrations import PhononStudy, phonon_study

PHONON_QUANTITIES: Final = {
    "lowest_phonon_frequency": "THz",
    "unstable_phonon_modes": "1",
    "imaginary_phonon_share": "1",
}
"""Quantities of every assessment that phonons give, computed or with the reason why not."""
DISPLACEMENTS_AN_ATOM: Final = 6  # each inequivalent atom along x, y and z, both ways, where no symmetry helps


@dataclass(frozen=True)
class PhononCost:
    """What phonons of a structure cost before any is computed: atoms in the supercell, most force calculations."""

    atoms: int
    calculations: int

    @property
    def work(self) -> int:
        """Atoms times calculations, to which the time is proportional."""
        return self.atoms * self.calculations


@dataclass(frozen=True)
class Phonons:
    """Phonons of the leading engine and the outcome in the others; without them the reason."""

    study: PhononStudy | None = None
    checks: tuple[PhononCheck, ...] = ()
    reason: str = ""

    @property
    def quantities(self) -> dict[str, AnyQuantity]:
        """The numbers that stand among the assessment's quantities."""
        if self.study is None:
            return {name: NotComputed(unit=unit, method=self.reason) for name, unit in PHONON_QUANTITIES.items()}
        return _quantities(self.study, self.checks)


def phonon_cost(model: StructureModel) -> PhononCost:
    """Return the size of the supercell that phonons of a structure take and an upper bound of the displacements."""
    import spglib

    from antiperovskite.structures.symmetry import quiet_spglib
    from antiperovskite.vibrations.cells import from_model, standard_cell, supercell_repeats
    from antiperovskite.vibrations.study import TARGET_LENGTH

    sites, _, _ = standard_cell(from_model(model), SYMMETRY_TOLERANCE)
    structure = sites.structure
    cell = (structure.lattice.matrix, structure.frac_coords, [site.specie.Z for site in structure])
    with quiet_spglib():
        dataset = spglib.get_symmetry_dataset(cell, symprec=SYMMETRY_TOLERANCE)
    inequivalent = len(structure) if dataset is None else len(set(dataset.equivalent_atoms))
    atoms = len(structure) * prod(supercell_repeats(structure, TARGET_LENGTH))
    return PhononCost(atoms, DISPLACEMENTS_AN_ATOM * inequivalent)


def assess_phonons(
    model: StructureModel, options: Options, store: ResultStore, progress: Progress, *, formula: str = ""
) -> Phonons:
    """Return the phonons of a relaxed structure, or the reason why this depth does not compute them.

    Raises
    ------
    EngineError
        The leading engine failed; a failure of another engine leaves its check out.
    """
    cost, settings = phonon_cost(model), options.settings
    if cost.work > settings.phonon_work:
        more = "--depth standard or " if options.depth == "quick" else ""
        return Phonons(
            reason=f"phonons take a supercell of {cost.atoms} atoms and up to {cost.calculations} force calculations, "
            f"in all {cost.work} atoms, more than the {settings.phonon_work} of depth {options.depth}; "
            f"use {more}antiperovskite structure phonons {formula or model.formula}"
        )
    study = _stored(model, options.engine, store, progress)
    checks = [_check(study)]
    if settings.phonon_cross_check and cost.work <= settings.phonon_cross_check:
        for name in options.cross_check:
            try:
                checks.append(_check(_stored(model, name, store, progress)))
            except MissingEngineError:
                raise
            except AntiperovskiteError as error:
                progress("phonons", f"{name}: {error}")
    return Phonons(study, tuple(checks))


def _check(study: PhononStudy) -> PhononCheck:
    return PhononCheck(
        engine=study.engine.name,
        spacegroup=study.spacegroup,
        verdict=study.verdict,
        lowest=study.lowest,
        statement=study.statement,
    )


def _stored(model: StructureModel, engine_name: str, store: ResultStore, progress: Progress) -> PhononStudy:
    """Compute phonons or take the stored ones of the same structure, engine and settings.

    The forces are kept beside the store as they come, so that a stopped run goes on where it was.
    """
    from phonopy import __version__ as phonopy_version

    from antiperovskite.vibrations.forces import DISPLACEMENT
    from antiperovskite.vibrations.study import FMAX, IMAGINARY, TARGET_LENGTH

    engine = get_engine(engine_name)
    inputs: dict[str, Any] = {
        "structure": model.structure,
        "roles": list(model.roles),
        "ions": list(model.ions),
        "engine": engine.card.model_dump(mode="json"),
        "fmax": FMAX,
        "symprec": SYMMETRY_TOLERANCE,
        "displacement": DISPLACEMENT,
        "edge": TARGET_LENGTH,
        "imaginary": IMAGINARY,
        "phonopy": phonopy_version,
    }

    def compute() -> PhononStudy:
        return phonon_study(
            model,
            engine,
            symprec=SYMMETRY_TOLERANCE,
            cache=store.path.parent / "forces",
            report=lambda step, detail: progress("phonons", f"{engine_name}: {step} {detail}"),
        )

    return store.remember("phonons", inputs, PhononStudy, compute)[0]


def _quantities(study: PhononStudy, checks: tuple[PhononCheck, ...]) -> dict[str, AnyQuantity]:
    values = {check.engine: check.lowest.value for check in checks}
    deviation = spread(list(values.values()))
    method = study.lowest.method
    if deviation is not None:
        each = ", ".join(f"{name} {value:.2f} THz" for name, value in values.items())
        method = (
            f"{method.split('; no uncertainty')[0]}; each engine at its own geometry; uncertainty: sample standard "
            f"deviation over {each}"
        )
    source = f"engine {study.engine.name}, {'x'.join(map(str, study.supercell))} supercell"
    repeats = "x".join(map(str, study.supercell))
    return {
        "lowest_phonon_frequency": study.lowest.model_copy(
            update={
                "value": study.lowest.value + 0.0,
                "uncertainty": deviation,
                "n": len(values),
                "method": method,
                "source": source,
            }
        ),
        "unstable_phonon_modes": Quantity(
            value=float(sum(level.degeneracy for level in study.unstable)),
            uncertainty=None,
            unit="1",
            method=f"modes below -0.1 THz at the q-points that fit the {repeats} supercell; no uncertainty: a count",
            source=source,
            citations=study.lowest.citations,
        ),
        "imaginary_phonon_share": Quantity(
            value=study.dos.imaginary_share,
            uncertainty=None,
            unit="1",
            method=f"share of all modes below -0.1 THz on a {'x'.join(map(str, study.dos.mesh))} mesh, interpolated "
            "between the q-points of the supercell; no uncertainty: the engine's own error is not known",
            source=source,
            citations=study.lowest.citations,
        ),
    }
