"""Force constants and modes against lattices whose vibrations are known exactly."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase.calculators.calculator import Calculator, all_changes
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure
from scipy.constants import atomic_mass, electron_volt

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.errors import EngineError, OptionError, StructureError
from antiperovskite.structures import build_structure
from antiperovskite.vibrations import cells, modes, phonon_study
from antiperovskite.vibrations.bands import band_structure, density_of_states
from antiperovskite.vibrations.forces import force_constants
from antiperovskite.vibrations.patterns import framework
from antiperovskite.vibrations.study import vibrations

A, SPRING = 4.0, 2.0  # angstrom, eV/angstrom^2


class Springs(Calculator):
    """Simple cubic lattice of scalar springs: w = 2 sqrt(k/m) |sin(q a / 2)| along an edge."""

    implemented_properties = ("energy", "forces")

    def __init__(self, fail_after: int = 10**9) -> None:
        super().__init__()
        self.calls, self.fail_after = 0, fail_after

    def calculate(self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        self.calls += 1
        if self.calls > self.fail_after:
            raise RuntimeError("stopped")
        positions = self.atoms.get_positions()
        sites = np.round(positions / A).astype(int)
        counts = np.round(self.atoms.cell.lengths() / A).astype(int)
        moves = positions - sites * A
        index = {tuple(site % counts): i for i, site in enumerate(sites)}
        forces = np.zeros_like(positions)
        for i, site in enumerate(sites):
            for axis in range(3):
                for step in (-1, 1):
                    other = site.copy()
                    other[axis] += step
                    forces[i] -= SPRING * (moves[i] - moves[index[tuple(other % counts)]])
        self.results = {"energy": 0.0, "forces": forces}


def engine_of(calculator: Calculator) -> Any:
    return SimpleNamespace(
        card=SimpleNamespace(name="springs", version="1", citations=()), calculator=lambda: calculator
    )


def simple_cubic() -> Structure:
    return Structure(Lattice.cubic(A), ["Al"], [[0, 0, 0]])


def exact(q: Any) -> float:
    """Frequency in THz at q in reciprocal lattice units."""
    mass = float(simple_cubic().species[0].atomic_mass) * atomic_mass
    square = 4 * SPRING * electron_volt / 1e-20 / mass * (np.sin(np.pi * np.asarray(q)) ** 2).sum()
    return float(np.sqrt(square) / (2 * np.pi) / 1e12)


@pytest.mark.parametrize("repeats", [(2, 2, 2), (3, 3, 3), (4, 4, 4), (4, 2, 2)])
def test_dispersion_of_springs_in_any_supercell(repeats: tuple[int, int, int]) -> None:
    phonon = force_constants(simple_cubic(), engine_of(Springs()), repeats)
    sites = cells.from_structure(simple_cubic())
    frame = framework(phonon, sites)
    count = 0
    for _, star in modes.commensurate_stars(phonon):
        for q in star:
            found = modes.modes_at(phonon, frame, q)
            assert len(found) == (0 if np.allclose(q, 0) else 3)  # the translations are left out
            for mode in found:
                assert mode.frequency == pytest.approx(exact(q), rel=1e-5)
            count += 1 if modes.is_real(q) else 2
    assert count == np.prod(repeats)


@settings(max_examples=20, deadline=None)
@given(q=st.tuples(*[st.floats(-0.5, 0.5)] * 3))
def test_interpolation_is_exact_for_nearest_neighbours(q: tuple[float, float, float]) -> None:
    frame = framework(PHONON, cells.from_structure(simple_cubic()))
    values = np.linalg.eigvalsh(modes.dynamical_matrix(PHONON, frame, np.array(q)))
    squares = np.sqrt(np.abs(values)) * PHONON.unit_conversion_factor
    assert squares == pytest.approx([exact(q)] * 3, rel=1e-4, abs=2e-3)


PHONON = force_constants(simple_cubic(), engine_of(Springs()), (4, 4, 4))


def test_bands_and_density_of_states_of_springs() -> None:
    lines = band_structure(PHONON)
    assert [(line.start, line.end) for line in lines[:2]] == [("Γ", "X"), ("X", "M")]
    for k, value in enumerate(lines[0].frequencies[0]):
        assert value == pytest.approx(exact((0, 0, 0.5 * k / 40)), abs=2e-3)
    dos = density_of_states(PHONON, framework(PHONON, cells.from_structure(simple_cubic())))
    assert sum(np.trapezoid(part, dos.frequencies) for part in dos.parts.values()) == pytest.approx(3.0, abs=2e-3)
    assert dos.imaginary_share == 0.0


def test_stopped_run_resumes_where_it_was_and_gives_the_same(tmp_path: Path) -> None:
    toy = get_engine("toy-ionic")
    cell = build_structure(resolve("Na3OCl")).to_pymatgen()
    whole = force_constants(cell, toy, (2, 2, 2))

    class Counting:
        card = toy.card

        def __init__(self, stop: int) -> None:
            self.calls, self.stop = 0, stop

        def calculator(self) -> Any:
            outer, inner = self, toy.calculator()

            class Wrapped(Calculator):
                implemented_properties = ("energy", "forces")

                def calculate(self, atoms: Any = None, properties: Any = (), changes: Any = all_changes) -> None:
                    outer.calls += 1
                    if outer.calls > outer.stop:
                        raise RuntimeError("power cut")
                    inner.calculate(atoms, ["energy", "forces"], changes)
                    self.results = dict(inner.results)

            return Wrapped()

    count = len(whole.supercells_with_displacements)
    assert count >= 3
    first = Counting(stop=2)
    with pytest.raises(EngineError, match="power cut"):
        force_constants(cell, first, (2, 2, 2), cache=tmp_path)
    second = Counting(stop=100)
    resumed = force_constants(cell, second, (2, 2, 2), cache=tmp_path)
    assert second.calls == count - 2
    assert np.array_equal(resumed.force_constants, whole.force_constants)
    third = Counting(stop=0)
    force_constants(cell, third, (2, 2, 2), cache=tmp_path)
    moved = cell.copy()
    moved.scale_lattice(cell.volume * 1.01)
    with pytest.raises(EngineError):  # another structure is another record
        force_constants(moved, third, (2, 2, 2), cache=tmp_path)
    (file,) = tmp_path.glob("*.json")
    file.write_text("{", encoding="utf-8")  # a damaged record is computed again
    again = force_constants(cell, Counting(stop=100), (2, 2, 2), cache=tmp_path)
    assert np.array_equal(again.force_constants, whole.force_constants)


def test_frozen_mode_has_the_curvature_of_its_frequency() -> None:
    """E(u) - E(0) = 1/2 m w^2 u^2 summed over atoms, for every named tilt of a toy crystal."""
    toy = get_engine("toy-ionic")
    found = vibrations(build_structure(resolve("Na3OF")), toy, use_cache=False)
    calculator = toy.calculator()
    supercell = found.phonon.supercell
    from ase import Atoms

    rest = Atoms(list(supercell.symbols), positions=supercell.positions, cell=supercell.cell, pbc=True)
    masses = np.asarray(supercell.masses)
    assert len(found.unstable) == 2
    for level in found.unstable:
        assert len(level.modes) == 3
        for mode in level.modes:
            moves = 0.01 * modes.freeze(found.phonon, found.frame, mode)
            energies = []
            for sign in (-1, 0, 1):
                atoms = rest.copy()
                atoms.positions += sign * moves
                atoms.calc = calculator
                energies.append(atoms.get_potential_energy())
            curvature = energies[0] - 2 * energies[1] + energies[2]
            omega = mode.frequency / found.phonon.unit_conversion_factor
            expected = np.sign(omega) * omega**2 * (masses[:, None] * moves**2).sum()
            assert curvature == pytest.approx(expected, rel=0.02)


def test_tilts_of_a_cubic_crystal_are_named_with_phase_axis_and_share() -> None:
    study = phonon_study(build_structure(resolve("Na3OF")), get_engine("toy-ionic"), use_cache=False)
    assert study.verdict == "unstable" and study.supercell == (2, 2, 2) and study.spacegroup == "Pm-3m"
    named = {level.q_label: level for level in study.unstable}
    assert named["M"].name == "octahedral tilt, in phase" and named["R"].name == "octahedral tilt, out of phase"
    for level in named.values():
        assert (level.degeneracy, level.axes) == (3, ("a", "b", "c"))
        assert level.shares == {"tilt": 1.0}
    assert {level.q_label for level in study.levels} == {"Γ", "X", "M", "R"}
    modes_counted = sum(level.degeneracy for level in study.levels)
    assert modes_counted == 3 * 40 - 3
    for level in study.levels:
        assert sum(level.shares.values()) == pytest.approx(1.0, abs=2e-3)


def test_a_stable_crystal_is_called_stable_in_every_supercell() -> None:
    toy = get_engine("toy-ionic")
    model = build_structure(resolve("Na3OCl"))
    small = phonon_study(model, toy, use_cache=False)
    large = phonon_study(model, toy, supercell=(4, 2, 2), use_cache=False)
    assert small.verdict == large.verdict == "stable"
    at = [{(x.q_label, x.name): x.frequency for x in study.levels if x.q_label in "ΓR"} for study in (small, large)]
    # the toy reaches 8 angstrom, beyond half of the small cell: equal at Γ and R all the same, as both cells hold them
    for key, value in at[0].items():
        assert at[1][key] == pytest.approx(value, abs=0.02), key


def test_libration_of_a_diatomic_ion_is_named() -> None:
    """O-H as one body: its rotations span two motions, and shares of translation, libration and stretch add up."""
    model = build_structure(resolve("Li2OHCl"))
    sites = cells.from_model(model)
    cell, symbol, _ = cells.standard_cell(sites)
    phonon = force_constants(cell.structure, get_engine("toy-ionic"), (1, 1, 1), centring=symbol[0])
    frame = framework(phonon, cell)
    bodies = [len(members) for members, _ in frame.bodies]
    assert sorted(bodies) == sorted([2] * bodies.count(2) + [1] * bodies.count(1)) and 2 in bodies
    found = modes.modes_at(phonon, frame, np.zeros(3))
    assert len(found) == 3 * len(frame.kinds) - 3
    share = sum(mode.shares.get("turn OH on B", 0.0) for mode in found)
    assert share == pytest.approx(2.0 * bodies.count(2), abs=0.01)  # two rotations a linear ion
    assert sum(mode.shares.get("internal", 0.0) for mode in found) == pytest.approx(bodies.count(2), abs=0.01)


def test_bad_input_is_refused_in_one_line() -> None:
    toy = get_engine("toy-ionic")
    model = build_structure(resolve("Na3OCl"))
    disordered = Structure(Lattice.cubic(4), [{"Li": 0.5}], [[0, 0, 0]])
    with pytest.raises(StructureError, match="partly occupied"):
        phonon_study(disordered, toy)
    with pytest.raises(OptionError, match="at most 1000"):
        phonon_study(model, toy, supercell=8, relaxed=True, use_cache=False)
    with pytest.raises(OptionError, match="displacement"):
        phonon_study(model, toy, displacement=0.0)
    with pytest.raises(OptionError, match="at least 1"):
        phonon_study(model, toy, supercell=0, relaxed=True, use_cache=False)
