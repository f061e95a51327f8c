"""LAMMPS in-process: conformance, parity with ASE, boxes of any shape, strangers' files, plain errors."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps.box import Box
from antiperovskite.engines.lammps.dynamics import molecular_dynamics
from antiperovskite.engines.lammps.evaluate import evaluate
from antiperovskite.engines.lammps.potential import LammpsPotential, read_potential
from antiperovskite.engines.lammps.session import BrokenRunError, commands, session
from antiperovskite.engines.testing import check_engine
from antiperovskite.errors import AntiperovskiteError, DataError, EngineError, MissingEngineError, OptionError

session_module = sys.modules["antiperovskite.engines.lammps.session"]  # the package exports a function of that name

pytest.importorskip("lammps")

ARGON = ["pair_style lj/cut 8.5", "pair_coeff 1 1 0.0104 3.4", "pair_modify shift yes"]
IONIC = """# elements: Li O Cl
pair_style born/coul/dsf 0.25 8.0
pair_coeff * * 0.5 0.3 2.0 0 0   # a comment
pair_coeff 1 2 0.5 0.3 2.2 0 0
pair_modify shift yes
set type 1 charge 1
set type 2 charge -2
set type 3 charge -1
"""


@pytest.fixture
def ionic(tmp_path):
    path = tmp_path / "ionic.in"
    path.write_text(IONIC)
    return path


def antiperovskite_cell():
    return Structure(
        Lattice.cubic(3.907),
        ["Li", "Li", "Li", "O", "Cl"],
        [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5] * 3],
    )


def test_an_engine_of_a_fragment_conforms(ionic):
    skewed = Structure(
        Lattice([[0, 2.2, 2.2], [2.0, 0, 2.0], [2.0, 2.1, 0]]), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    engine = get_engine(f"lammps:{ionic}")
    check_engine(engine, [antiperovskite_cell(), skewed])
    assert not engine.card.for_verdicts and "thompson2022" in engine.card.citations


def test_energies_forces_and_stresses_are_those_of_ase():
    atoms = bulk("Ar", "fcc", 5.4).repeat((2, 2, 2))
    atoms.rattle(0.1, seed=1)
    found = evaluate(atoms, ARGON)
    atoms.calc = LennardJones(sigma=3.4, epsilon=0.0104, rc=8.5, ro=8.5, smooth=False)
    assert found.energy == pytest.approx(atoms.get_potential_energy(), abs=1e-12)
    assert np.abs(found.forces - atoms.get_forces()).max() < 1e-13
    assert np.abs(found.stress - atoms.get_stress(voigt=False)).max() < 1e-14


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-6, 6, allow_nan=False), min_size=9, max_size=9))
def test_any_cell_is_turned_into_a_box_of_the_same_shape(numbers):
    cell = np.array(numbers).reshape(3, 3)
    if abs(np.linalg.det(cell)) < 0.5:
        return
    box = Box.of(cell)
    assert np.allclose(box.cell @ box.cell.T, cell @ cell.T, atol=1e-8)
    assert (np.diag(box.cell) > 0).all() and not np.triu(box.cell, 1).any()
    assert np.allclose(box.outwards(box.inwards(cell)), cell)
    assert np.allclose(box.inwards(cell), box.cell, atol=1e-8)


def test_moved_and_strained_atoms_are_evaluated_afresh(ionic):
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(antiperovskite_cell(), msonable=False)
    atoms.calc = get_engine(f"lammps:{ionic}").calculator()
    first = atoms.get_potential_energy()
    atoms.positions[0] += [7.0, 0.1, 0.0]  # over the cell's edge
    moved = atoms.get_potential_energy()
    assert moved == pytest.approx(evaluate(atoms, read_potential(ionic).commands, elements=["Li", "O", "Cl"]).energy)
    assert abs(moved - first) > 1e-3
    atoms.set_cell(atoms.cell * 1.02, scale_atoms=True)
    assert atoms.get_potential_energy() != moved


def test_frames_are_unwrapped_and_in_the_crystals_axes():
    atoms = bulk("Ar", "fcc", 5.4, cubic=True).repeat((3, 3, 3))
    atoms.rotate(33.0, (1.0, 2.0, 3.0), rotate_cell=True)
    start, seen = atoms.positions.copy(), []
    drift = []

    def look(frame):
        seen.append(frame)
        drift.append(np.abs((frame.velocities * atoms.get_masses()[:, None]).sum(axis=0)).max())
        return len(seen) == 30

    molecular_dynamics(
        atoms, ARGON, elements=["Ar"], steps=2000, every=20, on_frame=look, temperature_K=60, timestep_fs=4, seed=3,
        ensemble="nve",
    )  # fmt: skip
    assert [frame.step for frame in seen] == list(range(0, 600, 20))
    total = np.array([frame.potential_energy + frame.kinetic_energy for frame in seen])
    assert np.ptp(total) < 2e-3 * np.ptp([frame.kinetic_energy for frame in seen])
    assert max(drift) < 1e-12
    assert np.allclose(seen[0].cell, atoms.cell.array)
    fractional = np.linalg.solve(atoms.cell.array.T, (seen[0].positions - start).T)
    assert np.allclose(fractional, np.round(fractional), atol=1e-9)  # the start, wrapped into the box
    steps = np.diff([frame.positions for frame in seen], axis=0)
    assert 0.01 < np.abs(steps).max() < 1.0


def test_thermostats_hold_their_temperature_and_repeat_with_their_seed():
    atoms = bulk("Ar", "fcc", 5.4, cubic=True).repeat((2, 2, 2))
    potential = ["pair_style lj/cut 5.0", "pair_coeff 1 1 0.0104 3.4", "pair_modify shift yes"]
    for thermostat in ("nose-hoover", "bussi", "langevin"):
        runs = []
        for seed in (1, 1, 2):
            temperatures = []
            molecular_dynamics(
                atoms, potential, elements=["Ar"], steps=6000, every=20, temperature_K=40, timestep_fs=4, seed=seed,
                thermostat=thermostat, on_frame=lambda frame, kept=temperatures: kept.append(frame.temperature),
            )  # fmt: skip
            runs.append(temperatures)
        assert runs[0] == runs[1] != runs[2]
        kept = np.array(runs[0] + runs[2])[50:]
        assert kept.mean() == pytest.approx(40.0, abs=1.5), thermostat
        # canonical: relative variance of the kinetic energy 2/(3N - 3)
        assert kept.var() / 40.0**2 == pytest.approx(2 / 93, rel=0.4), thermostat


def test_a_run_that_blows_up_is_said_in_plain_words():
    atoms = bulk("Ar", "fcc", 5.4, cubic=True).repeat((2, 2, 2))
    atoms.positions[1] = atoms.positions[0] + [0.05, 0.0, 0.0]
    with pytest.raises(BrokenRunError, match="blew up") as caught:
        molecular_dynamics(
            atoms,
            ARGON,
            elements=["Ar"],
            steps=2000,
            every=20,
            temperature_K=40,
            timestep_fs=4,
            on_frame=lambda f: None,
        )
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("potential", "words"),
    [
        (["pair_style nope 3"], "the installed LAMMPS has no pair style 'nope'"),
        (["pair_style pod", "pair_coeff * * a.pod b.pod Ar"], "cannot open the potential file a.pod"),
        (["pair_style lj/cut 8.0"], "does not cover every pair of elements"),
        (["pair_style lj/cut"], "LAMMPS: "),
        (["pair_style lj/cut 8.0", "pair_coeff 1 1 much 3.4"], "LAMMPS: "),
    ],
)
def test_errors_of_lammps_are_one_plain_line(potential, words):
    with pytest.raises(EngineError) as caught:
        evaluate(bulk("Ar", "fcc", 5.4), potential)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value) and ".cpp" not in str(caught.value)


def test_wrong_structures_are_refused(ionic):
    engine = get_engine(f"lammps:{ionic}")
    atoms = bulk("Ar", "fcc", 5.4)
    atoms.calc = engine.calculator()
    with pytest.raises(EngineError, match="for Li, O, Cl and does not know Ar"):
        atoms.get_potential_energy()
    flat = bulk("Li", "bcc", 3.5)
    flat.set_cell([[1, 0, 0], [2, 0, 0], [0, 0, 1]])
    with pytest.raises(EngineError, match="lattice vectors that span a volume"):
        evaluate(flat, ARGON)
    slab = bulk("Li", "bcc", 3.5)
    slab.pbc = [True, True, False]
    slab.calc = engine.calculator()
    with pytest.raises(EngineError, match="periodic in three directions"):
        slab.get_potential_energy()


@pytest.mark.parametrize(
    "line",
    [
        "shell rm -rf nothing", "include other.in", "python x here \"y\"", "pair_style python 5.0",
        "pair_style mliap model unified x",
        "pair_coeff * * ${HOME}", "pair_coeff * * $(1+1)", "print hello", "set group all charge 1",
        "pair_style hybrid/overlay python 5 zbl 1 2",
        "plugin load x.so", "jump SELF", "pair_style lj/cut 5 &",
    ],
)  # fmt: skip
def test_a_strangers_file_can_only_define_interactions(line):
    with pytest.raises(ValueError, match=r"not allowed|could run code"):
        LammpsPotential(name="x", elements=("Ar",), commands=("pair_style lj/cut 5.0", line))


def test_cards_name_the_files_beside_them(tmp_path):
    folder = tmp_path / "a potential"
    folder.mkdir()
    (folder / "table.txt").write_text("LJ\nN 3 R 2.0 9.0\n\n1 2.0 1.0 3.0\n2 5.0 0.0 0.0\n3 9.0 0.0 0.0\n")
    card = {
        "name": "table", "elements": ["Ar"], "known_bias": ["three points"], "reference_method": "none",
        "commands": ["pair_style table linear 500", "pair_coeff * * table.txt LJ 8.9"],
    }  # fmt: skip
    (folder / "potential.json").write_text(json.dumps(card))
    first = get_engine(f"lammps:{folder}")
    atoms = bulk("Ar", "fcc", 5.4)
    atoms.calc = first.calculator()
    assert np.isfinite(atoms.get_potential_energy())
    (folder / "table.txt").write_text((folder / "table.txt").read_text().replace("1.0 3.0", "2.0 3.0"))
    assert read_potential(folder).fingerprint != first.potential.fingerprint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pair_style lj/cut 5", "does not say which element"),
        ("# elements: Ar\nunits real\npair_style lj/cut 5", "not in metal units"),
        ("# elements: Q\npair_style lj/cut 5", "'Q' is not an element"),
        ("# elements: Ar\npair_coeff * * 1 1", "no pair_style"),
        ("# elements: Ar\nrun 10\npair_style lj/cut 5", "command 'run 10' is not allowed"),
    ],
)
def test_fragments_that_are_no_potential_are_refused_in_one_line(tmp_path, text, words):
    (tmp_path / "p.in").write_text(text)
    with pytest.raises(DataError, match=words) as caught:
        read_potential(tmp_path / "p.in")
    assert "\n" not in str(caught.value)


def test_missing_potentials_name_the_way(tmp_path):
    for name in ("nope", str(tmp_path / "nope.in")):
        with pytest.raises(OptionError, match="give a file after 'lammps:'"):
            get_engine(f"lammps:{name}")
    with pytest.raises(OptionError, match=r"no potential at .* give potential\.json"):
        get_engine(f"lammps:{tmp_path}")


def test_a_missing_lammps_says_what_to_install(monkeypatch, ionic):
    monkeypatch.setitem(sys.modules, "lammps", None)
    session_module._library.cache_clear()
    try:
        engine = get_engine(f"lammps:{ionic}")
        assert engine.card.name == "lammps:ionic"
        with pytest.raises(MissingEngineError, match=r"pip install 'antiperovskite\[lammps\]'"):
            engine.calculator()
    finally:
        session_module._library.cache_clear()


def test_other_exceptions_pass_through_a_session():
    with pytest.raises(KeyError), session() as lmp:
        commands(lmp, ["", "region r block 0 1 0 1 0 1"])
        raise KeyError("mine")
    assert issubclass(BrokenRunError, AntiperovskiteError)
