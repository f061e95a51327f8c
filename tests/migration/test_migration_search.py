"""Saddles of analytic surfaces, a vacancy in a Morse crystal against ASE's NEB, symmetry, restart, hop counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.fd import calculate_numerical_forces

from antiperovskite.composition import resolve
from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.quasi_newton import InverseHessian, Preconditioner, minimise
from antiperovskite.engines.toys import create_toy_ionic
from antiperovskite.errors import NotConvergedError, OptionError, StructureError
from antiperovskite.migration import Settings, cooperative_hops, vacancy_hops
from antiperovskite.migration.cells import conventional
from antiperovskite.migration.ends import Ends, check_ends, supercell, vacancy_ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.exchange import mappings, supercell_operations
from antiperovskite.migration.interpolation import idpp, shortest
from antiperovskite.migration.modes import frequencies, near_path
from antiperovskite.migration.path import FoundPath, find_path
from antiperovskite.migration.study import _vibrations, migrate
from antiperovskite.quantity import Quantity
from antiperovskite.structures import build_structure


def double_well(x: Any) -> tuple[float, Any]:
    """E = 0.4 (x^2 - 1)^2 + 2 (y - 0.3 (1 - x^2))^2 + z^2: minima at x = +-1, saddle at (0, 0.3, 0), barrier 0.4."""
    a, y, z = x[0]
    off = y - 0.3 * (1.0 - a * a)
    energy = 0.4 * (a * a - 1.0) ** 2 + 2.0 * off**2 + z * z
    gradient = np.array([[1.6 * a * (a * a - 1.0) + 2.4 * off * a, 4.0 * off, 2.0 * z]])
    return float(energy), -gradient


def plain(stiffness: float = 4.0) -> InverseHessian:
    return InverseHessian(Preconditioner(None, stiffness))


def test_minimiser_keeps_to_its_subspace_and_sees_what_is_left() -> None:
    def only_x(v: Any) -> Any:
        return v * np.array([[1.0, 0.0, 0.0]])

    found = minimise(double_well, np.array([[0.6, 0.2, 0.5]]), plain(), fmax=1e-6, project=only_x)
    assert found.converged
    assert found.positions[0, 1:] == pytest.approx([0.2, 0.5])
    assert abs(found.forces[0, 0]) < 1e-6
    loose = minimise(double_well, np.array([[0.6, 0.2, 0.5]]), plain(), fmax=0.5, fall=1e-5)
    assert loose.converged
    assert loose.fall <= 1e-5


class PairMorse(Calculator):
    """0.35 eV deep at 2.86 angstrom, smoothly off between 4.5 and 5.5, all pairs at once: ASE's own takes 20 times."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes) -> None:
        """Energy and forces over the 27 nearest images of each pair."""
        super().calculate(atoms, properties, system_changes)
        shifts = np.array(list(np.ndindex(3, 3, 3))) - 1.0
        apart = atoms.positions[None, :] - atoms.positions[:, None]
        apart = apart - np.linalg.solve(atoms.cell.array.T, apart[..., None])[..., 0].round() @ atoms.cell.array
        vectors = apart[:, :, None] + (shifts @ atoms.cell.array)[None, None]
        r = np.linalg.norm(vectors, axis=3)
        near = (r > 1e-9) & (r < 5.5)
        r = np.where(near, r, 5.5)
        fall = np.exp(-4.0 * (r / 2.86 - 1.0))
        t = np.clip(r - 4.5, 0.0, 1.0)
        off, slope = 1.0 - t**2 * (3.0 - 2.0 * t), -6.0 * t * (1.0 - t)
        pair = 0.35 * fall * (fall - 2.0)
        gradient = 0.7 * fall * (1.0 - fall) * 4.0 / 2.86 * off + pair * slope
        self.results = {
            "energy": 0.5 * float((pair * off).sum()),
            "forces": ((gradient / r * near)[..., None] * vectors).sum(axis=(1, 2)),
        }


class Morse:
    """A Morse crystal as an engine."""

    card = EngineCard(
        name="morse", version="1", description="for tests", reference_method="none", energy_scale="morse",
        licence="MIT", known_bias=("for tests",), citations=(), for_verdicts=False,
    )  # fmt: skip

    def calculator(self) -> Any:
        """A fresh calculator."""
        return PairMorse()


def morse_ends() -> Ends:
    """A vacancy hop in a crystal of 31 atoms on an fcc lattice."""
    crystal = bulk("Cu", "fcc", a=4.0, cubic=True).repeat(2)
    near = np.argsort(crystal.get_distances(0, range(len(crystal)), mic=True))[1]
    atoms = crystal[1:]
    first, last = atoms.positions.copy(), atoms.positions.copy()
    place = crystal.positions[0]
    last[near - 1] = first[near - 1] + shortest((place - first[near - 1])[None], atoms.cell.array)[0]
    operations = supercell_operations(crystal, 0.01)
    kinds = np.zeros(len(atoms))
    found = mappings(operations, atoms.cell.array, kinds, first, last)
    return Ends(atoms, first, last, (int(near - 1),), kinds, tuple(found), ())


def search(ends: Ends, settings: Settings, journal: Path | None = None) -> tuple[FoundPath, Evaluations]:
    force = Evaluations(ends.atoms, Morse(), journal)
    return find_path(ends, force, settings, keep=None, report=lambda step, detail: None), force


@pytest.fixture(scope="module")
def ends() -> Ends:
    return morse_ends()


@pytest.fixture(scope="module")
def tight(ends: Ends) -> FoundPath:
    return search(ends, Settings(images=3, fmax=0.005, fall=1e-4))[0]


def barrier(found: FoundPath) -> float:
    return found.energies[found.saddle] - found.energies[0]


def test_vacancy_hop_of_a_morse_crystal_agrees_with_ase(ends: Ends, tight: FoundPath) -> None:
    from ase.mep import NEB
    from ase.optimize import FIRE

    images = [ends.atoms.copy() for _ in range(3)]  # the saddle is in the middle
    images[0].positions, images[-1].positions = tight.positions[0], tight.positions[-1]
    for image in images:
        image.calc = Morse().calculator()
    band = NEB(images, climb=True, method="improvedtangent")
    band.interpolate("idpp", mic=True)
    assert FIRE(band, logfile=None).run(fmax=0.02, steps=300)
    energies = [image.get_potential_energy() for image in images]
    assert tight.symmetric
    assert barrier(tight) == pytest.approx(max(energies) - energies[0], abs=1e-3)


def test_symmetric_profile_is_even_and_has_its_top_in_the_middle(tight: FoundPath) -> None:
    assert tight.energies == pytest.approx(tight.energies[::-1])
    assert tight.saddle == 2
    assert tight.fractions()[2] == pytest.approx(0.5, abs=1e-6)


def test_forces_of_the_test_crystal_are_its_slopes(ends: Ends) -> None:
    atoms = ends.atoms.copy()
    atoms.rattle(0.1, seed=1)
    atoms.calc = PairMorse()
    slope = calculate_numerical_forces(atoms, eps=1e-4, iatoms=[0, 7])
    assert atoms.get_forces()[[0, 7]] == pytest.approx(slope, abs=1e-5)


def test_a_verified_saddle_has_one_imaginary_mode_and_a_frequency_that_is_an_estimate(
    ends: Ends, tight: FoundPath
) -> None:
    force = Evaluations(ends.atoms, Morse())
    modes, attempt, problem = _vibrations(ends, tight, force, Morse(), True, lambda step, detail: None)
    assert modes is not None and len(modes) == 1 and problem is None
    assert isinstance(attempt, Quantity) and 0.1 < attempt.magnitude("THz") < 100.0
    assert "need not converge" in attempt.method
    chosen = near_path(ends, tight)
    assert (frequencies(ends.atoms, force, tight.positions[0], chosen) > 0).all()


def test_killed_search_goes_on_and_ends_bit_for_bit_alike(ends: Ends, tmp_path: Path) -> None:
    settings = Settings(images=3, fmax=0.05, fall=0.005)
    whole, fresh = search(ends, settings, tmp_path / "a.forces")
    data = (tmp_path / "a.forces").read_bytes()
    (tmp_path / "b.forces").write_bytes(data[: len(data) // 2 - 11])  # killed in the middle of a record
    resumed, force = search(ends, settings, tmp_path / "b.forces")
    assert 0 < force.replayed < force.calls == fresh.calls
    assert resumed.energies == whole.energies
    assert all((a == b).all() for a, b in zip(resumed.positions, whole.positions, strict=True))
    assert (tmp_path / "b.forces").read_bytes() == data


def test_an_end_that_relaxes_into_the_other_is_said(ends: Ends, tmp_path: Path) -> None:
    nearly = ends.first.copy()
    nearly[ends.movers[0]] += 0.2
    bad = Ends(ends.atoms, ends.first, nearly, ends.movers, ends.kinds, (), ())
    force = Evaluations(ends.atoms, Morse())
    with pytest.raises(StructureError, match=r"relaxes into the other.*kept in"):
        find_path(bad, force, Settings(), keep=tmp_path / "path.extxyz", report=lambda step, detail: None)
    assert (tmp_path / "path.extxyz").is_file()


def test_unconverged_ends_are_said(ends: Ends) -> None:
    with pytest.raises(NotConvergedError, match="the first end is left with"):
        search(ends, Settings(max_steps=1, fmax=0.001))


def test_ends_must_hold_the_same_atoms_and_no_two_on_a_site(ends: Ends) -> None:
    with pytest.raises(StructureError, match="31 and 30 atoms"):
        check_ends(ends.atoms, ends.atoms[1:])
    clash = ends.last.copy()
    clash[0] = clash[5] + 0.3
    with pytest.raises(StructureError, match="occupied site"):
        check_ends(ends.atoms, clash)
    other = ends.atoms.copy()
    other.symbols[0] = "Ag"
    with pytest.raises(StructureError, match="not the same atoms"):
        check_ends(ends.atoms, other)


def test_idpp_keeps_atoms_further_apart_than_the_straight_line() -> None:
    first = np.array([[0.0, 0.0, 0.0], [2.0, 0.3, 0.0]])
    last = np.array([[4.0, 0.0, 0.0], [2.0, 0.3, 0.0]])
    cell = 20.0 * np.eye(3)
    bent = idpp(first, last, cell, [0.5])[0]
    assert np.linalg.norm(bent[0] - bent[1]) > 1.5


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("Li3OCl", [("along an edge of the O octahedron", 12, 8.0, True)]),
        ("Na3HS", [("along an edge of the H octahedron", 12, 8.0, True)]),
        (
            "Na4OI2",
            [
                ("in-plane, along an edge of the O octahedron", 4, 4.0, True),
                ("out-of-plane, along an edge of the O octahedron", 8, 4.0, False),
            ],
        ),
    ],
)
def test_hop_classes_of_known_lattices(formula: str, expected: list[tuple[str, int, float, bool]]) -> None:
    found = vacancy_hops(build_structure(resolve(formula)))
    assert [(h.label, h.multiplicity, h.neighbours, h.reversible) for h in found] == expected


def test_double_antiperovskite_has_two_kinds_of_octahedron() -> None:
    found = vacancy_hops(build_structure(resolve("Na6OSI2")))
    assert [(h.neighbours, h.reversible) for h in found] == [(4.0, True), (4.0, True)]
    assert {"O" in h.label.split("edge")[-1] for h in found} == {True, False}


def test_layered_crystal_has_three_hops_with_the_one_between_its_layers() -> None:
    found = vacancy_hops(conventional(build_structure(resolve("Na4OI2"))), longest=4.68)
    assert [h.label.split(",")[0] for h in found] == ["in-plane", "out-of-plane", "out-of-plane"]
    assert "between octahedra" in found[2].label


def test_hydrated_crystal_has_hops_into_the_sites_it_leaves_empty() -> None:
    found = vacancy_hops(build_structure(resolve("Li2OHCl")))
    assert any(h.intrinsic for h in found)
    assert not all(h.intrinsic for h in found)


def test_hops_do_not_depend_on_the_cell_chosen() -> None:
    model = build_structure(resolve("Na4OI2"))
    small, large = vacancy_hops(model), vacancy_hops(conventional(model))
    assert [(h.label, h.neighbours) for h in small] == [(h.label, h.neighbours) for h in large]
    assert [2 * h.multiplicity for h in small] == [h.multiplicity for h in large]


def test_cooperative_hops_pass_a_middle_site() -> None:
    found = cooperative_hops(build_structure(resolve("Li3OCl")))
    assert [round(h.length / found[0].length, 3) for h in found] == pytest.approx([1.0, 2.0 / 3.0**0.5], abs=1e-3)
    assert all(h.middle is not None for h in found)


def test_too_small_a_supercell_is_said() -> None:
    model = build_structure(resolve("Li3OCl"))
    structure = model.to_pymatgen()
    with pytest.raises(OptionError, match="1x1x1 supercell is too small"):
        vacancy_ends(supercell(model, structure, (1, 1, 1), None), vacancy_hops(model)[0])


def test_ends_of_a_vacancy_hop_are_neutral_with_a_far_halide() -> None:
    model = build_structure(resolve("Li3OCl"))
    cell = supercell(model, model.to_pymatgen(), (2, 2, 2), None)
    lone = vacancy_ends(cell, vacancy_hops(model)[0])
    pair = vacancy_ends(cell, vacancy_hops(model)[0], compensation="far-halide")
    assert (len(lone.atoms), len(pair.atoms)) == (39, 38)
    assert "not compensated" in lone.notes[0]
    assert "Cl left out" in pair.notes[0]
    assert np.linalg.norm(lone.last - lone.first, axis=1).max() == pytest.approx(vacancy_hops(model)[0].length)


def test_unknown_words_are_said() -> None:
    model = build_structure(resolve("Li3OCl"))
    with pytest.raises(OptionError, match="unknown mechanism 'jump'"):
        migrate(model, create_toy_ionic(), mechanisms=("jump",))
    with pytest.raises(OptionError, match="not a cation on X"):
        vacancy_hops(model, ion="Na")
    with pytest.raises(OptionError, match="no two sites"):
        vacancy_hops(model, longest=1.0)
    with pytest.raises(OptionError, match="images are not possible"):
        Settings(images=0)


def test_a_crystal_with_a_net_charge_is_refused() -> None:
    model = build_structure(resolve("Li3OCl"))
    charged = model.model_copy(update={"ions": ("Li", "Li", "Li", "O", "O")})
    with pytest.raises(StructureError, match="net charge of -1 e"):
        vacancy_hops(charged)
