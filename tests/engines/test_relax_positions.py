"""Relaxation at fixed cell: the minimum of BFGS, off a saddle that symmetry keeps, failures in one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.relax import relax
from antiperovskite.engines.relax_positions import DEEPER, relax_positions
from antiperovskite.errors import EngineError, NotConvergedError
from antiperovskite.structures import build_structure

CARD = EngineCard(
    name="well", version="1", description="", reference_method="none", energy_scale="well", licence="MIT",
    known_bias=(), citations=(), for_verdicts=False,
)  # fmt: skip


@dataclass
class Wells:
    """Every ion in a double well along z about where it is first seen: symmetric starts are saddle points."""

    depth: float = 0.1
    fails: bool = False
    card: EngineCard = field(default_factory=lambda: CARD)

    def calculator(self) -> Any:
        from ase.calculators.calculator import Calculator, all_changes

        wells = self

        class DoubleWell(Calculator):  # type: ignore[misc]
            implemented_properties = ("energy", "forces")
            first: Any = None

            def calculate(
                self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes
            ) -> None:
                super().calculate(atoms, properties, system_changes)
                if wells.fails:
                    raise ValueError("no weights")
                self.first = self.atoms.positions.copy() if self.first is None else self.first
                x, y, z = (self.atoms.positions - self.first).T
                u = (z / 0.3) ** 2
                energy = wells.depth * ((u - 1.0) ** 2 - 1.0) + 5.0 * (x**2 + y**2)
                slope = 4.0 * wells.depth * (u - 1.0) * z / 0.09
                forces = -np.stack([10.0 * x, 10.0 * y, slope], axis=1)
                self.results = {"energy": float(energy.sum()), "forces": forces}

        return DoubleWell()


def test_the_minimum_is_that_of_bfgs_in_fewer_force_calls() -> None:
    engine = get_engine("toy-ionic")
    crystal = build_structure(resolve("Na3OCl")).to_pymatgen()
    crystal.make_supercell(2)
    crystal.remove_sites([0])
    ours = relax_positions(crystal, engine, fmax=0.02, rattle=0.02, seed=1)
    theirs = relax(crystal, engine, fmax=0.02, rattle=0.02, seed=1, relax_cell=False)
    assert ours.energy == pytest.approx(theirs.energy, abs=DEEPER)
    assert ours.max_force <= 0.02 and ours.steps < theirs.steps
    assert "shaken" in ours.settings and ours.converged


def test_a_start_on_a_saddle_leaves_it() -> None:
    """Every ion begins on the top between its wells, where no force acts; each well is one depth down."""
    crystal = build_structure(resolve("Li3OCl")).to_pymatgen()
    found = relax_positions(crystal, Wells(), fmax=0.005)
    assert found.energy == pytest.approx(-0.1 * len(crystal), abs=2 * DEEPER)


def test_failures_are_one_line() -> None:
    crystal = build_structure(resolve("Li3OCl")).to_pymatgen()
    with pytest.raises(EngineError, match=r"engine 'well' failed while relaxing Li3ClO: ValueError: no weights"):
        relax_positions(crystal, Wells(fails=True), fmax=0.01)
    with pytest.raises(EngineError, match="flew apart"):
        relax_positions(crystal, Wells(depth=1e6), fmax=0.01, rattle=0.05)
    with pytest.raises(NotConvergedError, match=r"did not reach 0\.0001 eV/angstrom in"):
        relax_positions(crystal, Wells(), fmax=1e-4, rattle=0.05, max_steps=2)
