"""The lowest of several candidates, and what happens to those that cannot be relaxed."""

from __future__ import annotations

import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines import Relaxation, get_engine, lowest_candidate
from antiperovskite.errors import MissingEngineError, NotConvergedError, StructureError
from antiperovskite.structures import StructureModel, candidate_structures

CANDIDATES = candidate_structures(resolve("Li2OHCl"))


def relaxation(model: StructureModel, energy_per_formula: float) -> Relaxation:
    return Relaxation(
        structure=model.structure,
        energy=energy_per_formula * model.formula_units,
        steps=1,
        max_force=0.0,
        max_stress=0.0,
        converged=True,
        symmetry_kept=False,
        engine=get_engine("toy-ionic").card,
        settings="test",
    )


def test_energies_are_compared_per_formula_unit_and_failures_named() -> None:
    energies = iter([-20.0, None, -20.5, -20.5])

    def relax_one(model: StructureModel) -> Relaxation:
        energy = next(energies)
        if energy is None:
            raise NotConvergedError("too few steps")
        return relaxation(model, energy)

    found = lowest_candidate(CANDIDATES, relax_one)
    assert found.model == CANDIDATES[2]  # of two equals the first
    assert found.energy == pytest.approx(-20.5)
    assert found.failures == (f"{CANDIDATES[1].description}: too few steps",)


def test_a_missing_engine_ends_it_at_once() -> None:
    tried: list[StructureModel] = []

    def relax_one(model: StructureModel) -> Relaxation:
        tried.append(model)
        raise MissingEngineError("install it")

    with pytest.raises(MissingEngineError):
        lowest_candidate(CANDIDATES, relax_one)
    assert len(tried) == 1


def test_no_candidate_left_says_the_last_reason() -> None:
    def relax_one(_model: StructureModel) -> Relaxation:
        raise NotConvergedError("too few steps")

    with pytest.raises(StructureError, match=r"no candidate structure could be relaxed: .*too few steps"):
        lowest_candidate(CANDIDATES, relax_one)
