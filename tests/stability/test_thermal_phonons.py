"""Vibrational free energies against lattices whose spectrum is known exactly."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase.calculators.calculator import Calculator, all_changes
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure
from scipy.constants import Boltzmann, atomic_mass, electron_volt, hbar

from antiperovskite.errors import DataError, OptionError, StructureError
from antiperovskite.stability.thermal import records
from antiperovskite.stability.thermal.phonons import build_phonons, harmonic_free_energy
from antiperovskite.stability.thermal.records import PhononRecord, phonon_record, phonon_set

A, SPRING = 4.0, 2.0  # angstrom, eV/angstrom^2
K = Boltzmann / electron_volt
H = hbar / electron_volt


class ScalarSprings(Calculator):
    """Simple cubic lattice: each atom is pulled to its six neighbours' displacements, w^2 = 4 k/m sum sin^2(q a/2)."""

    implemented_properties = ("energy", "forces")

    def __init__(self, spring: float) -> None:
        super().__init__()
        self.spring = spring
        self.calls = 0

    def calculate(self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        self.calls += 1
        positions = self.atoms.get_positions()
        sites = np.round(positions / A).astype(int)
        counts = np.round(self.atoms.cell.lengths() / A).astype(int)
        displacements = positions - sites * A
        index = {tuple(site % counts): i for i, site in enumerate(sites)}
        forces = np.zeros_like(positions)
        for i, site in enumerate(sites):
            for axis in range(3):
                for step in (-1, 1):
                    other = site.copy()
                    other[axis] += step
                    forces[i] -= self.spring * (displacements[i] - displacements[index[tuple(other % counts)]])
        self.results = {"energy": 0.0, "forces": forces}


def engine_of(spring: float) -> Any:
    calculator = ScalarSprings(spring)
    return SimpleNamespace(card=SimpleNamespace(name="springs"), calculator=lambda: calculator)


def exact(temperature: float, points: int = 15) -> tuple[float, float]:
    """Zero-point energy and F - ZPE of the lattice, eV per atom, on a mesh of q-points."""
    q = 2 * np.pi * np.arange(points) / points
    sines = np.sin(q / 2) ** 2
    squares = (sines[:, None, None] + sines[None, :, None] + sines[None, None, :]).ravel()
    mass = Structure(Lattice.cubic(A), ["Al"], [[0, 0, 0]]).species[0].atomic_mass
    omega = np.sqrt(4 * SPRING * electron_volt / 1e-20 / (float(mass) * atomic_mass) * squares[squares > 1e-12])
    zpe = 3 * 0.5 * H * omega.sum() / points**3
    free = 3 * K * temperature * np.log(-np.expm1(-H * omega / (K * temperature))).sum() / points**3
    return float(zpe), float(free)


@pytest.fixture(scope="module")
def cubic_crystal() -> PhononRecord:
    structure = Structure(Lattice.cubic(A), ["Al"], [[0, 0, 0]])
    return harmonic_free_energy("Al", structure, engine_of(SPRING), description="simple cubic cell")


def test_free_energy_of_a_lattice_of_springs(cubic_crystal: PhononRecord) -> None:
    assert cubic_crystal.mesh == (15, 15, 15)
    assert cubic_crystal.zero_point_energy == pytest.approx(exact(300.0)[0], rel=2e-3)
    for temperature in (50.0, 300.0, 1000.0):
        assert cubic_crystal.thermal_part(temperature) == pytest.approx(exact(temperature)[1], rel=2e-3, abs=1e-7)
    assert cubic_crystal.imaginary_fraction == 0.0
    assert cubic_crystal.elements == {"Al": 1.0}


def test_interpolation_between_computed_temperatures(cubic_crystal: PhononRecord) -> None:
    for temperature in (33.0, 112.0, 477.0, 1226.0):
        gibbs, entropy = cubic_crystal.gibbs_and_entropy(temperature)
        step = 0.01
        slope = (exact(temperature + step)[1] - exact(temperature - step)[1]) / (2 * step)
        assert gibbs == pytest.approx(exact(temperature)[1], rel=3e-3, abs=2e-5)
        assert entropy == pytest.approx(-slope, rel=1e-2, abs=2e-8)


@given(scale=st.floats(0.9, 1.2), temperature=st.floats(100.0, 1000.0))
def test_scaled_frequencies_are_a_scaled_temperature(scale: float, temperature: float) -> None:
    """F(T; s w) = s F(T / s; w), the identity that solid thermal parts rest on, for one oscillator."""

    def free(t: float, omega: float) -> float:
        return K * t * float(np.log1p(-np.exp(-omega / (K * t))))

    assert free(temperature, scale * 0.03) == pytest.approx(scale * free(temperature / scale, 0.03), rel=1e-9)


def test_an_unstable_structure_is_refused_with_its_share_of_imaginary_modes() -> None:
    structure = Structure(Lattice.cubic(A), ["Al"], [[0, 0, 0]])
    with pytest.raises(StructureError, match="imaginary"):
        harmonic_free_energy("Al", structure, engine_of(-SPRING), description="simple cubic cell")


def test_building_resumes_and_keeps_refusals(tmp_path: Path) -> None:
    structure = Structure(Lattice.cubic(A), ["Al"], [[0, 0, 0]])
    path = tmp_path / "springs.json"
    stable, unstable = engine_of(SPRING), engine_of(-SPRING)
    first = build_phonons({"good": (structure, "cell")}, stable, path)
    second = build_phonons({"good": (structure, "cell"), "bad": (structure, "cell")}, unstable, path)
    calls = unstable.calculator().calls
    assert second.records == first.records and [entry.name for entry in second.refused] == ["bad"]
    build_phonons({"good": (structure, "cell"), "bad": (structure, "cell")}, unstable, path)
    assert unstable.calculator().calls == calls


def test_the_user_s_own_records_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cubic_crystal: PhononRecord
) -> None:
    monkeypatch.setenv(records.PHONONS_VARIABLE, str(tmp_path))
    phonon_set.cache_clear()
    own = cubic_crystal.model_copy(update={"name": "LiH-rocksalt"})
    content = records.PhononSet(engine="7net-0", settings="own", records=(own,))
    (tmp_path / "7net-0.json").write_text(content.model_dump_json(), encoding="utf-8")
    try:
        found = phonon_record("LiH-rocksalt", "an engine without phonons")
        assert found is not None and found[0] == own and found[1] == "7net-0"
        assert phonon_record("LiCl-rocksalt", "7net-0") is not None
        (tmp_path / "7net-0.json").write_text("{}", encoding="utf-8")
        phonon_set.cache_clear()
        with pytest.raises(DataError, match="not a set of phonon free energies"):
            phonon_record("LiH-rocksalt", "7net-0")
    finally:
        phonon_set.cache_clear()


def test_a_temperature_beyond_the_record_is_refused(cubic_crystal: PhononRecord) -> None:
    with pytest.raises(OptionError, match="covers 0 to 1500 K"):
        cubic_crystal.thermal_part(1501.0)
    assert cubic_crystal.thermal_part(0.0) == 0.0


def test_shipped_records_are_whole_and_physical() -> None:
    shipped = phonon_set("7net-0")
    assert len(shipped.records) >= 20
    for record in shipped.records:
        assert record.imaginary_fraction <= 0.01
        assert all(late < early for early, late in zip(record.free_energy[3:], record.free_energy[4:], strict=False))
        assert all(late >= early for early, late in zip(record.entropy, record.entropy[1:], strict=False))
        classical = 3 * record.atoms * K  # the heat capacity from the entropy never exceeds Dulong and Petit's
        last = record.temperatures[-2:]
        capacity = (record.entropy[-1] - record.entropy[-2]) / np.log(last[1] / last[0])
        assert 0.8 * classical < capacity < 1.001 * classical


@pytest.mark.slow
def test_shipped_lithium_chloride_is_reproduced() -> None:
    from antiperovskite.engines import get_engine
    from antiperovskite.stability.references import reference_set

    entry = next(entry for entry in reference_set("7net-0").entries if entry.name == "LiCl-rocksalt")
    again = harmonic_free_energy(
        entry.name, entry.structure.to_pymatgen(), get_engine("7net-0"), description="Fm-3m cell"
    )
    shipped = phonon_set("7net-0").named("LiCl-rocksalt")
    assert shipped is not None
    assert again.zero_point_energy == pytest.approx(shipped.zero_point_energy, abs=5e-4)
    assert again.thermal_part(600.0) == pytest.approx(shipped.thermal_part(600.0), abs=1e-3)
