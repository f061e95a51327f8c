"""Labelled frames from files, and a distillation with splines that begins from them."""

from __future__ import annotations

import numpy as np
import pytest
import typer
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write
from typer.testing import CliRunner

from antiperovskite.cli.commands import attach
from antiperovskite.distillation import distil, extrapolation_grade, read_card, read_labelled, settings_from
from antiperovskite.distillation.frames import Frame, read_frames, write_frames
from antiperovskite.distillation.labelled import check_labelled, fingerprint
from antiperovskite.distillation.progress import Journal
from antiperovskite.engines import get_engine
from antiperovskite.errors import DataError, InputError, OptionError


def cells(count: int, edge: float = 3.9) -> list[Atoms]:
    random = np.random.default_rng(0)
    made = []
    for _ in range(count):
        atoms = Atoms(
            "Li3OCl",
            scaled_positions=[(0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5), (0, 0, 0), (0.5, 0.5, 0.5)],
            cell=[edge] * 3,
            pbc=True,
        ).repeat((2, 1, 1))
        atoms.set_cell(atoms.cell * (1.0 + 0.03 * random.normal()), scale_atoms=True)
        atoms.positions += 0.12 * random.normal(size=atoms.positions.shape)
        made.append(atoms)
    return made


def answered(atoms: Atoms, *, stress: bool = True) -> Atoms:
    random = np.random.default_rng(1)
    results = {"energy": -3.0, "forces": random.normal(size=(len(atoms), 3))}
    if stress:
        results["stress"] = np.arange(6.0)
    atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


@pytest.mark.parametrize("stress", [True, False])
def test_extxyz_is_read_as_it_was_written(stress, tmp_path):
    made = [answered(atoms, stress=stress) for atoms in cells(3)]
    write(tmp_path / "dft.xyz", made, format="extxyz")
    frames = read_labelled(tmp_path / "dft.xyz")
    assert len(frames) == 3
    for frame, atoms in zip(frames, made, strict=True):
        assert frame.energy == pytest.approx(-3.0)
        assert frame.positions == pytest.approx(atoms.positions, abs=1e-7)
        assert frame.forces == pytest.approx(atoms.get_forces(), abs=1e-7)
        assert frame.stress is None if not stress else frame.stress == pytest.approx(np.arange(6.0), abs=1e-7)
    write_frames(tmp_path / "kept.npz", frames)
    again = read_labelled(tmp_path / "kept.npz")
    assert fingerprint(again) == fingerprint(frames) != fingerprint(frames[:2])
    assert fingerprint([]) == ""


def test_folder_of_a_distillation_is_read_in_order(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    for number, name in enumerate(("start", "round2", "round10", "path")):
        atoms = cells(1)[0]
        frame = Frame(
            atoms.numbers, atoms.positions, atoms.cell.array, name, energy=number, forces=np.zeros((10, 3)), stress=None
        )
        write_frames(work / f"{name}.npz", [frame])
    assert [frame.group for frame in read_labelled(tmp_path)] == ["start", "round2", "round10", "path"]
    card = get_engine("toy-ionic").card
    Journal(work, settings_from(formula="Li3OCl", teacher=card.name), card)
    assert len(read_labelled(tmp_path, card.name)) == 4
    with pytest.raises(OptionError, match="labelled by toy-ionic, not by 7net-0"):
        read_labelled(tmp_path, "7net-0")


def test_frames_that_teach_nothing_are_refused(tmp_path):
    with pytest.raises(OptionError, match="no labelled frames"):
        read_labelled(tmp_path / "nothing.xyz")
    with pytest.raises(DataError, match="0 of 0 frames"):
        read_labelled(tmp_path)
    write(tmp_path / "bare.xyz", cells(1), format="extxyz")
    with pytest.raises(DataError, match="no energy and forces"):
        read_labelled(tmp_path / "bare.xyz")
    molecule = answered(Atoms("LiCl", [(0, 0, 0), (2, 0, 0)]))
    molecule.calc.results.pop("stress")
    write(tmp_path / "molecule.xyz", molecule, format="extxyz")
    with pytest.raises(DataError, match="not periodic"):
        read_labelled(tmp_path / "molecule.xyz")
    wild = answered(cells(1)[0])
    wild.calc.results["forces"][0, 0] = np.nan
    write(tmp_path / "wild.xyz", wild, format="extxyz")
    with pytest.raises(DataError, match="not finite"):
        read_labelled(tmp_path / "wild.xyz")
    (tmp_path / "text.xyz").write_text("no frames\n")
    with pytest.raises(DataError, match="cannot read"):
        read_labelled(tmp_path / "text.xyz")


def test_frames_of_another_compound_or_too_few_are_refused(tmp_path):
    write(tmp_path / "dft.xyz", [answered(atoms) for atoms in cells(3)], format="extxyz")
    frames = read_labelled(tmp_path / "dft.xyz")
    with pytest.raises(OptionError, match=r"hold Cl, Li, O, the compound Br, Li, O"):
        check_labelled(frames * 10, ["Li", "O", "Br"])
    with pytest.raises(OptionError, match="3 labelled frames are too few"):
        check_labelled(frames, ["Li", "O", "Cl"])
    check_labelled(frames * 7, ["Li", "O", "Cl"])
    check_labelled([], ["Li"])


@pytest.mark.slow
def test_splines_are_distilled_from_given_frames(teacher, tmp_path, monkeypatch):
    """The teacher is asked for the rounds only; the potential runs, grades, and goes on where it stopped."""
    engine = teacher
    images = []
    for atoms in cells(40, 4.1):
        atoms.calc = engine.calculator()
        atoms.get_potential_energy()
        atoms.get_stress()
        images.append(answered_by(atoms))
    write(tmp_path / "dft.xyz", images, format="extxyz")
    given = read_labelled(tmp_path / "dft.xyz")
    options = settings_from(
        formula="Li3OCl", teacher=engine.card.name, temperatures_K=(300.0,), frames=20, rounds=1, time_ps=0.2,
        cell_atoms=10, form="uf3", cutoff=6.0, three_cutoff=3.0, splines=(7, 8), target=0.001,
    )  # fmt: skip
    monkeypatch.setattr("antiperovskite.distillation.examine.compare", lambda *anything: ())
    card = distil(options, engine, tmp_path / "out", labelled=given)
    assert card.form_kind == "uf3"
    assert card.curvature > 0.0
    assert "handed in" in card.notes[0]
    assert "xie2023" in card.citations
    assert card.cost.teacher_labels < 40
    assert read_card(tmp_path / "out") == card
    scale = max(e.mean_force.value for e in card.errors)
    assert card.force_rmse.value < 0.6 * scale  # forty frames of another lattice parameter
    start = read_frames(tmp_path / "out" / "work" / "start.npz")
    assert len(start) == 40
    atoms = start[0].atoms()
    atoms.calc = get_engine(f"lammps:{tmp_path / 'out'}").calculator()
    assert atoms.get_potential_energy() / 10 == pytest.approx(start[0].energy / 10, abs=0.01)
    assert extrapolation_grade(atoms, tmp_path / "out")[0] <= 1.0 + 1e-4
    with pytest.raises(OptionError, match="other settings"):
        distil(options, engine, tmp_path / "out")  # without the frames it is another distillation


def answered_by(atoms: Atoms) -> Atoms:
    kept = atoms.copy()
    kept.calc = SinglePointCalculator(kept, **{k: atoms.calc.results[k] for k in ("energy", "forces", "stress")})
    return kept


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--form", "ace"], "choose pod, pod-fast, pod-accurate, snap, uf3"),
        (["--form", "uf3", "--basis", "4x3"], "--basis is for --form pod"),
        (["--form", "pod-fast", "--bodies", "3"], "give one of them"),
        (["--bodies", "4", "--basis", "4x3"], "give one of them"),
        (["--basis", "many"], "cannot read the basis 'many'"),
        (["--form", "uf3", "--bodies", "4"], "choose 2 or 3"),
        (["--form", "snap", "--bodies", "3"], "leave it out"),
        (["--three-cutoff", "3"], "for the three-body terms of --form uf3"),
        (["--form", "uf3", "--bodies", "2", "--three-cutoff", "3"], "for the three-body terms"),
        (["--labelled", "nowhere.xyz"], "no labelled frames at"),
    ],
)
def test_wrong_options_are_one_line(arguments, said, tmp_path):
    app = typer.Typer()
    attach(app)
    done = CliRunner().invoke(app, ["distil", "Li3OCl", *arguments, "--out", str(tmp_path / "x")])
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)
    assert not (tmp_path / "x").exists()
