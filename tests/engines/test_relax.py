"""Relaxation against independent minimisation, and the ways in which it must refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from antiperovskite.engines import EngineCard, Relaxation, get_engine, relax
from antiperovskite.errors import EngineError, NotConvergedError

TOY = get_engine("toy-ionic")


def rock_salt(a: float, cation: str = "Li", anion: str = "F") -> Any:
    """Primitive rock-salt cell with cubic lattice parameter a in angstrom."""
    from pymatgen.core import Lattice, Structure

    h = a / 2
    return Structure(Lattice([[0, h, h], [h, 0, h], [h, h, 0]]), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])


def toy_energy(structure: Any) -> float:
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.calc = TOY.calculator()
    return float(atoms.get_potential_energy())


def test_lattice_parameter_is_that_of_a_scalar_minimisation() -> None:
    from scipy.optimize import minimize_scalar

    best = minimize_scalar(lambda a: toy_energy(rock_salt(a)), bounds=(3.8, 5.6), method="bounded")
    relaxed = relax(rock_salt(4.9), TOY, fmax=1e-3)
    assert relaxed.to_pymatgen().lattice.abc == pytest.approx((best.x / 2**0.5,) * 3, abs=2e-4)
    assert relaxed.energy == pytest.approx(best.fun, abs=1e-6)
    assert relaxed.converged
    assert relaxed.max_force < 1e-3
    assert relaxed.max_stress < 0.05  # GPa
    assert relaxed.engine == TOY.card


def test_fixed_cell_stays_fixed() -> None:
    start = rock_salt(4.9)
    start.perturb(0.05, seed=3)
    relaxed = relax(start, TOY, relax_cell=False, fmax=1e-3)
    assert relaxed.to_pymatgen().lattice.abc == pytest.approx(start.lattice.abc)
    assert relaxed.energy == pytest.approx(toy_energy(rock_salt(4.9)), abs=1e-5)
    assert relaxed.max_stress == 0.0
    assert "positions only" in relaxed.settings


def test_start_is_not_changed() -> None:
    start = rock_salt(4.9)
    before = start.as_dict()
    relax(start, TOY, rattle=0.02)
    assert start.as_dict() == before


def square_cell(c: float) -> Any:
    """Tetragonal LiF, the rock-salt cell at c = sqrt(2) a."""
    from pymatgen.core import Lattice, Structure

    lattice = Lattice.tetragonal(3.35, c)
    return Structure(lattice, ["Li", "Li", "F", "F"], [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0, 0, 0.5]])


def test_symmetry_is_kept_where_asked() -> None:
    relaxed = relax(square_cell(4.9), TOY, keep_symmetry=True)
    after = relaxed.to_pymatgen()
    assert relaxed.symmetry_kept
    assert after.lattice.angles == pytest.approx((90.0,) * 3, abs=1e-9)
    assert after.lattice.a == pytest.approx(after.lattice.b, abs=1e-9)
    assert after.frac_coords == pytest.approx(square_cell(4.9).frac_coords, abs=1e-9)
    assert "symmetry kept" in relaxed.settings


def test_seeded_rattle_is_reproducible() -> None:
    first = relax(rock_salt(4.7), TOY, rattle=0.03, seed=5)
    assert first == relax(rock_salt(4.7), TOY, rattle=0.03, seed=5)
    assert "rattled by 0.03 angstrom (seed 5)" in first.settings


def test_rattle_leaves_a_saddle_that_symmetry_holds() -> None:
    """Li halfway between two fluorides 6 angstrom apart has no force on it, and yet no minimum."""
    from pymatgen.core import Lattice, Structure

    chain = Structure(Lattice.from_parameters(20, 20, 6.0, 90, 90, 90), ["Li", "F"], [[0, 0, 0.5], [0, 0, 0]])
    held = relax(chain, TOY, relax_cell=False)
    freed = relax(chain, TOY, relax_cell=False, rattle=0.1, seed=1)
    assert held.steps == 0
    assert freed.energy < held.energy - 0.1


def test_progress_reports_every_step() -> None:
    seen: list[tuple[int, float]] = []
    relaxed = relax(rock_salt(4.9), TOY, progress=lambda step, force: seen.append((step, force)))
    assert [step for step, _ in seen] == list(range(relaxed.steps + 1))
    assert seen[-1][1] == pytest.approx(relaxed.max_force)


def test_too_few_steps_is_an_error_not_a_result() -> None:
    with pytest.raises(NotConvergedError, match=r"LiF did not reach 0\.01 eV/angstrom in 1 steps") as error:
        relax(rock_salt(5.0), TOY, max_steps=1)
    assert "\n" not in str(error.value)


def test_unknown_element_is_one_line() -> None:
    with pytest.raises(EngineError, match="toy-ionic has no parameters for Xe; it knows Li") as error:
        relax(rock_salt(5.0, cation="Xe"), TOY)
    assert "\n" not in str(error.value)


def test_a_cell_that_falls_apart_is_refused() -> None:
    with pytest.raises(EngineError, match="flew apart or collapsed"):
        relax(rock_salt(3.4), TOY)


def test_a_crash_inside_an_engine_is_one_line() -> None:
    from ase.calculators.calculator import Calculator

    class Crashing(Calculator):  # type: ignore[misc]
        implemented_properties = ("energy", "forces", "stress")

        def calculate(self, *_arguments: Any, **_options: Any) -> None:
            raise RuntimeError("out of\nmemory")

    @dataclass
    class CrashingEngine:
        card: EngineCard

        def calculator(self) -> Any:
            return Crashing()

    with pytest.raises(EngineError, match="failed while relaxing LiF: RuntimeError: out of memory"):
        relax(rock_salt(4.0), CrashingEngine(TOY.card))


def test_result_survives_json() -> None:
    relaxed = relax(rock_salt(4.7), TOY)
    assert Relaxation.model_validate_json(relaxed.model_dump_json()) == relaxed


@pytest.mark.slow
def test_default_engine_reproduces_the_lattice_of_li3ocl() -> None:
    """Li3OCl: a = 3.907 angstrom (Zhao and Daemen 2012, 10.1021/ja305709z), within 1 %."""
    from pymatgen.core import Lattice, Structure

    start = Structure(
        Lattice.cubic(4.0),
        ["Li", "Li", "Li", "O", "Cl"],
        [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5, 0.5, 0.5]],
    )
    relaxed = relax(start, get_engine("7net-0"), keep_symmetry=True)
    assert relaxed.to_pymatgen().lattice.abc == pytest.approx((3.907,) * 3, rel=0.01)


def test_a_run_that_flies_apart_stops_at_once_and_says_so() -> None:
    """Two like charges on top of each other: no minimum, and no use in stepping to the limit."""
    from pymatgen.core import Lattice, Structure

    start = Structure(Lattice.cubic(3.0), ["Li", "Li"], [(0, 0, 0), (0.01, 0, 0)])
    steps: list[int] = []
    with pytest.raises(EngineError, match="flew apart or collapsed") as caught:
        relax(start, get_engine("toy-ionic"), progress=lambda step, _force: steps.append(step))
    assert "\n" not in str(caught.value)
    assert len(steps) < 200
