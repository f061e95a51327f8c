"""The conformance kit passes engines that are right and catches engines that are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from antiperovskite.engines import Engine, EngineCard, get_engine
from antiperovskite.engines.testing import check_engine


def rock_salt(a: float, cation: str = "Li", anion: str = "F") -> Any:
    """Primitive rock-salt cell with cubic lattice parameter a in angstrom."""
    from pymatgen.core import Lattice, Structure

    h = a / 2
    return Structure(Lattice([[0, h, h], [h, 0, h], [h, h, 0]]), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])


def antiperovskite_cell() -> Any:
    """Cubic Li3OCl with O at the origin, a = 3.907 angstrom."""
    from pymatgen.core import Lattice, Structure

    return Structure(
        Lattice.cubic(3.907),
        ["Li", "Li", "Li", "O", "Cl"],
        [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5, 0.5, 0.5]],
    )


def test_toy_conforms() -> None:
    check_engine(get_engine("toy-ionic"), [rock_salt(4.0), antiperovskite_cell()])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["7net-0", "7net-mf-0-pbe", "7net-mf-0-r2scan"])
def test_sevennet_conforms(name: str) -> None:
    # single-precision model: energies are good to about 1e-6 eV/atom, numerical derivatives to about 1e-3
    check_engine(get_engine(name), [antiperovskite_cell()], tolerance=3e-4)


def broken_calculator(fault: str) -> Any:
    """Return the toy's calculator with one deliberate fault."""
    import numpy as np

    right = type(get_engine("toy-ionic").calculator())
    generator = np.random.default_rng(1)

    class Broken(right):  # type: ignore[misc, valid-type]
        def calculate(self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = None) -> None:
            super().calculate(atoms, properties, system_changes or [])
            results, cell = self.results, self.atoms.cell.array
            if fault == "force sign":
                results["forces"] = -results["forces"]
            elif fault == "force drift":
                results["forces"] = results["forces"] + 0.1
            elif fault == "not extensive":
                results["energy"] += 0.01 * len(self.atoms) ** 2
            elif fault == "random":
                results["energy"] += 1e-9 * generator.normal()
            elif fault == "orientation":
                results["energy"] += 0.05 * cell[0, 0]
            elif fault == "origin":
                results["energy"] += 0.05 * self.atoms.get_positions()[0, 0]
            elif fault == "order":
                results["energy"] += 0.05 * self.atoms.get_atomic_numbers()[0]
            elif fault == "stress":
                results["stress"] = -results["stress"]
            elif fault == "shear":
                results["stress"][3] += 0.05

    return Broken()


@dataclass
class BrokenEngine:
    card: EngineCard
    fault: str

    def calculator(self) -> Any:
        return broken_calculator(self.fault)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("force sign", "force differs from -dE/dx"),
        ("force drift", "forces do not rotate|forces sum to"),
        ("not extensive", "energy per atom changes"),
        ("orientation", "rotation changes the energy"),
        ("origin", "translation changes the energy"),
        ("order", "permutation changes the energy"),
        ("stress", r"stress \[00\] off"),
        ("shear", r"stress \[12\] off"),
    ],
)
def test_kit_catches(fault: str, complaint: str) -> None:
    engine = BrokenEngine(get_engine("toy-ionic").card, fault)
    assert isinstance(engine, Engine)
    with pytest.raises(AssertionError, match=complaint):
        check_engine(engine, [antiperovskite_cell()])


def test_kit_catches_noise_behind_a_calculator_with_a_memory() -> None:
    """ASE calculators answer a repeated question from memory; the kit must ask something else in between."""
    calculator = broken_calculator("random")

    @dataclass
    class Noisy:
        card: EngineCard

        def calculator(self) -> Any:
            return calculator

    with pytest.raises(AssertionError, match="the same structure gave"):
        check_engine(Noisy(get_engine("toy-ionic").card), [antiperovskite_cell()])


def test_kit_wants_the_protocol_and_a_confession() -> None:
    with pytest.raises(AssertionError, match="Engine protocol"):
        check_engine(object(), [])  # type: ignore[arg-type]
    silent = get_engine("toy-ionic").card.model_copy(update={"known_bias": ()})
    with pytest.raises(AssertionError, match="known against it"):
        check_engine(BrokenEngine(silent, "none"), [])
