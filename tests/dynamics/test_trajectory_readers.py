"""Reading foreign trajectories: every format gives the same motion; bad files are said to be bad."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiperovskite.dynamics.trajectory import StoredTrajectory, convert_trajectory, open_trajectory
from antiperovskite.dynamics.trajectory.opening import CACHE_VARIABLE, read_source
from antiperovskite.errors import AntiperovskiteError, DataError, MissingEngineError, OptionError

CUBE = np.diag([11.7, 12.0, 12.5])
TILTED = np.array([[11.0, 0.0, 0.0], [2.0, 12.0, 0.0], [-1.5, 3.0, 12.5]])
SYMBOLS = ["Li", "Li", "Li", "O", "Cl"]
TYPES = {"Li": 1, "O": 2, "Cl": 3}
NAMES = "1=Li 2=O 3=Cl"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def motion(n_frames: int = 60, cell: Any = CUBE, *, breathing: bool = False) -> tuple[Any, Any]:
    """Unwrapped positions that leave the cell, and cells."""
    rng = np.random.default_rng(5)
    fractions = rng.uniform(0, 1, (5, 3)) + np.cumsum(rng.normal(0.01, 0.04, (n_frames, 5, 3)), axis=0)
    scale = 1 + 0.02 * np.sin(np.arange(n_frames)) if breathing else np.ones(n_frames)
    cells = cell * scale[:, None, None]
    return fractions @ cells, cells


def wrap(positions: Any, cells: Any) -> tuple[Any, Any]:
    fractions = positions @ np.linalg.inv(cells)
    images = np.floor(fractions)
    return (fractions - images) @ cells, images.astype(int)


def dump(positions: Any, cells: Any, columns: str = "id type x y z", *, every: int = 100, low: float = -3.0) -> str:
    wrapped, images = wrap(positions, cells)
    text, rng = [], np.random.default_rng(1)
    for k, cell in enumerate(cells):
        xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
        bounds = [
            (low + min(0, xy, xz, xy + xz), low + cell[0, 0] + max(0, xy, xz, xy + xz), xy),
            (low + min(0, yz), low + cell[1, 1] + max(0, yz), xz),
            (low, low + cell[2, 2], yz),
        ]
        tilted = bool(xy or xz or yz)
        text.append(f"ITEM: TIMESTEP\n{k * every}\nITEM: NUMBER OF ATOMS\n{len(SYMBOLS)}\n")
        text.append(f"ITEM: BOX BOUNDS {'xy xz yz ' if tilted else ''}pp pp pp\n")
        text += [f"{a:.15e} {b:.15e}" + (f" {t:.15e}" if tilted else "") + "\n" for a, b, t in bounds]
        text.append(f"ITEM: ATOMS {columns}\n")
        scaled, unwrapped = wrapped[k] @ np.linalg.inv(cell), positions[k] @ np.linalg.inv(cell)
        for ion in rng.permutation(len(SYMBOLS)):
            values = {"id": ion + 1, "type": TYPES[SYMBOLS[ion]], "element": SYMBOLS[ion], "q": 0.5}
            for axis, name in enumerate("xyz"):
                values[name] = f"{wrapped[k, ion, axis] + low:.10g}"
                values[f"{name}u"] = f"{positions[k, ion, axis] + low:.10g}"
                values[f"{name}s"] = f"{scaled[ion, axis]:.12g}"
                values[f"{name}su"] = f"{unwrapped[ion, axis]:.12g}"
                values[f"i{name}"] = images[k, ion, axis]
            text.append(" ".join(str(values[name]) for name in columns.split()) + " \n")
    return "".join(text)


def extxyz(positions: Any, cells: Any, extra: str = "") -> str:
    wrapped, _ = wrap(positions, cells)
    text = []
    for k, cell in enumerate(cells):
        lattice = " ".join(f"{value:.12g}" for value in cell.ravel())
        text.append(f'5\nLattice="{lattice}" Properties=species:S:1:pos:R:3:forces:R:3{extra} pbc="T T T"\n')
        text += [
            f"{name:2s} " + " ".join(f"{value:16.9f}" for value in place) + " 0.0 0.0 1e-3\n"
            for name, place in zip(SYMBOLS, wrapped[k], strict=True)
        ]
    return "".join(text)


def xdatcar(positions: Any, cells: Any, *, variable: bool) -> str:
    wrapped, _ = wrap(positions, cells)
    text = []
    for k, cell in enumerate(cells):
        if k == 0 or variable:
            text.append("Li3OCl\n  1.0\n" + "".join(" ".join(f"{v:.12f}" for v in row) + "\n" for row in cell))
            text.append("   Li   O    Cl\n     3     1     1\n")
        text.append(f"Direct configuration= {k + 1:5d}\n")
        text += [" ".join(f"{v:.10f}" for v in row) + "\n" for row in wrapped[k] @ np.linalg.inv(cell)]
    return "".join(text)


def vasprun(positions: Any, cells: Any) -> str:
    wrapped, _ = wrap(positions, cells)

    def rows(array: Any) -> str:
        return "".join("<v> " + " ".join(f"{v:.12f}" for v in row) + " </v>\n" for row in array)

    atoms = "".join(f"<rc><c>{name} </c><c> {TYPES[name]}</c></rc>\n" for name in SYMBOLS)
    text = [
        '<?xml version="1.0"?>\n<modeling>\n<incar><i type="int" name="IBRION"> 0</i>'
        '<i name="POTIM"> 2.0</i><i name="TEBEG"> 800.0</i><i name="TEEND"> 800.0</i></incar>\n'
        f'<atominfo><array name="atoms"><set>{atoms}</set></array></atominfo>\n'
        f'<structure name="initialpos"><crystal><varray name="basis" >{rows(cells[0])}</varray></crystal></structure>\n'
    ]
    for k, cell in enumerate(cells):
        text.append(
            f'<calculation>\n<structure><crystal><varray name="basis" >\n{rows(cell)}</varray></crystal>\n'
            f'<varray name="positions" >\n{rows(wrapped[k] @ np.linalg.inv(cell))}</varray></structure>\n'
            f'<varray name="forces" >\n{rows(positions[k] * 0)}</varray>\n'
            f'<energy><i name="e_fr_energy"> 1.0</i><i name="e_0_energy"> {-10 - k:.6f} </i></energy>\n</calculation>\n'
        )
    return "".join([*text, "</modeling>\n"])


def check(trajectory: StoredTrajectory, positions: Any, cells: Any, tolerance: float = 3e-5) -> None:
    """The same motion, whichever cell an ion is in at the first frame."""
    (block,) = trajectory.blocks()
    assert trajectory.info.symbols == tuple(SYMBOLS)
    assert np.allclose(block.cells, cells, atol=1e-8)
    inverse = np.linalg.inv(cells)
    moved, expected = block.positions @ inverse, positions @ inverse
    assert abs((moved - moved[0]) - (expected - expected[0])).max() < tolerance / 10
    assert abs(wrap(block.positions, block.cells)[0] - wrap(positions, cells)[0]).max() < 1e-4


_COLUMNS = [
    "id type x y z",
    "id type xs ys zs",
    "type id q xs ys zs ix iy iz",
    "id element x y z ix iy iz",
    "zu q yu element id xu",
    "id type xsu ysu zsu",
]


@pytest.mark.parametrize("columns", _COLUMNS)
@pytest.mark.parametrize("cell", [CUBE, TILTED], ids=["orthogonal", "tilted"])
def test_lammps_dumps(tmp_path: Path, columns: str, cell: Any) -> None:
    positions, cells = motion(cell=cell, breathing=True)
    file = tmp_path / "run.lammpstrj"
    file.write_text(dump(positions, cells, columns))
    species = None if "element" in columns else NAMES
    trajectory = open_trajectory(file, species=species, frame_interval_ps=0.1)
    check(trajectory, positions, cells)
    assert trajectory.info.frame_interval_ps == 0.1


def test_lammps_general_triclinic_and_times(tmp_path: Path) -> None:
    positions, cells = motion(4)
    turn = np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1.0]])
    text = []
    for k in range(4):
        box = "".join(
            " ".join(f"{v:.12f}" for v in row) + f" {low}\n" for row, low in zip(CUBE @ turn, (1, 2, 3), strict=True)
        )
        places = positions[k] @ turn + [1, 2, 3]
        rows = "".join(f"{n + 1} {SYMBOLS[n]} {x:.9f} {y:.9f} {z:.9f}\n" for n, (x, y, z) in enumerate(places))
        text.append(("ITEM: UNITS\nreal\n" if k == 0 else "") + f"ITEM: TIMESTEP\n{k}\nITEM: TIME\n{k * 50.0}\n")
        text.append(f"ITEM: NUMBER OF ATOMS\n5\nITEM: BOX BOUNDS abc origin pp pp pp\n{box}")
        text.append(f"ITEM: ATOMS id element xu yu zu\n{rows}")
    file = tmp_path / "general.dump"
    file.write_text("".join(text))
    trajectory = open_trajectory(file)
    check(trajectory, positions @ turn, cells @ turn)
    assert trajectory.info.frame_interval_ps == pytest.approx(0.05)
    with pytest.raises(OptionError, match=r"0\.05 ps apart, not 0\.1 ps"):
        open_trajectory(file, frame_interval_ps=0.1)


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("", bytes)])
def test_extended_xyz(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    positions, cells = motion(cell=TILTED, breathing=True)
    file = tmp_path / f"run.xyz{suffix}"
    file.write_bytes(pack(extxyz(positions, cells).encode()))
    check(open_trajectory(file), positions, cells)


def test_extended_xyz_as_ase_writes_it(tmp_path: Path) -> None:
    from ase import Atoms
    from ase.io import write

    positions, cells = motion(cell=TILTED)
    images = [Atoms(SYMBOLS, positions=place, cell=TILTED, pbc=True) for place in positions]
    write(tmp_path / "run.extxyz", images)
    write(tmp_path / "run.traj", images)
    check(open_trajectory(tmp_path / "run.extxyz"), positions, cells)
    check(open_trajectory(tmp_path / "run.traj"), positions, cells)
    cut = (tmp_path / "run.traj").read_bytes()
    (tmp_path / "cut.traj").write_bytes(cut[: len(cut) // 2])
    trajectory = open_trajectory(tmp_path / "cut.traj")
    assert 0 < trajectory.info.n_frames < 60
    assert any("cannot be read" in note for note in trajectory.info.notes)
    (tmp_path / "cut.traj").write_bytes(cut[:40])
    with pytest.raises(DataError, match="ASE trajectory"):
        open_trajectory(tmp_path / "cut.traj")


@pytest.mark.parametrize("variable", [False, True])
def test_xdatcar(tmp_path: Path, variable: bool) -> None:
    positions, cells = motion(cell=TILTED, breathing=variable)
    file = tmp_path / "XDATCAR"
    file.write_text(xdatcar(positions, cells, variable=variable))
    check(open_trajectory(file), positions, cells)


def test_a_glued_xdatcar_is_one_run_and_said_to_be(tmp_path: Path) -> None:
    positions, cells = motion()
    file = tmp_path / "XDATCAR"
    file.write_text(
        xdatcar(positions[:30], cells[:30], variable=False) + xdatcar(positions[30:], cells[30:], variable=False)
    )
    trajectory = open_trajectory(file)
    check(trajectory, positions, cells)
    assert any("begins again 1 times" in note for note in trajectory.info.notes)


def test_vasprun(tmp_path: Path) -> None:
    positions, cells = motion(cell=TILTED, breathing=True)
    file = tmp_path / "vasprun.xml"
    file.write_text(vasprun(positions, cells))
    trajectory = open_trajectory(file)
    check(trajectory, positions, cells)
    assert trajectory.info.frame_interval_ps == pytest.approx(0.002)
    assert trajectory.info.temperature_K == 800
    assert trajectory.record("energy_eV").tolist() == [-10.0 - k for k in range(60)]
    file.write_text(vasprun(positions, cells)[:-9000])
    assert any("ends within a frame" in note for note in open_trajectory(file).info.notes)


def test_numpy_arrays_and_no_pickles(tmp_path: Path) -> None:
    positions, cells = motion()
    np.savez(tmp_path / "run.npz", positions=positions, cells=cells, symbols=SYMBOLS, frame_interval_ps=0.2)
    trajectory = open_trajectory(tmp_path / "run.npz")
    check(trajectory, positions, cells)
    assert trajectory.info.frame_interval_ps == 0.2
    np.save(tmp_path / "run.npy", positions.astype(np.float32))
    check(open_trajectory(tmp_path / "run.npy", species="Li3 O Cl", cell=CUBE), positions, cells, 3e-4)
    with pytest.raises(OptionError, match="holds no cell"):
        open_trajectory(tmp_path / "run.npy", species="Li3OCl")
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="as NumPy arrays"):
        open_trajectory(tmp_path / "evil.npy", species="Li", cell=CUBE)


def test_dcd_needs_an_optional_package(tmp_path: Path) -> None:
    (tmp_path / "run.dcd").write_bytes(b"\x54\x00\x00\x00CORD" + bytes(100))
    with pytest.raises((MissingEngineError, DataError, OptionError), match=r"needs chemfiles|chemfiles|species"):
        open_trajectory(tmp_path / "run.dcd")


def test_blocks_smaller_than_the_file_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from antiperovskite.dynamics.trajectory.readers import text

    positions, cells = motion(breathing=True)
    for name, content in {
        "a.dump": dump(positions, cells),
        "a.xyz": extxyz(positions, cells),
        "XDATCAR": xdatcar(positions, cells, variable=True),
        "vasprun.xml": vasprun(positions, cells),
    }.items():
        (tmp_path / name).write_text(content)
        for size in (64, 257, 1009):
            monkeypatch.setattr(text, "BLOCK_BYTES", size)
            source = read_source(tmp_path / name, NAMES if name == "a.dump" else None)
            got = np.concatenate([block.positions for block in source.blocks])
            assert abs(wrap(got, cells)[0] - wrap(positions, cells)[0]).max() < 1e-4, (name, size)


def test_a_copy_is_made_once_and_made_again_when_the_file_changes(tmp_path: Path, cache: Path) -> None:
    positions, cells = motion()
    file = tmp_path / "run.xyz"
    file.write_text(extxyz(positions[:30], cells[:30]))
    first = open_trajectory(file)
    assert open_trajectory(file).path == first.path
    assert first.path.parent == cache
    assert first.info.source == str(file)
    file.write_text(extxyz(positions, cells))
    assert open_trajectory(file).info.n_frames == 60
    assert first.info.n_frames == 30


def test_frames_can_be_chosen(tmp_path: Path) -> None:
    positions, cells = motion()
    file = tmp_path / "run.dump"
    file.write_text(dump(positions, cells))
    taken = open_trajectory(file, species=NAMES, frames="7:50:3", frame_interval_ps=0.1)
    check(taken, positions[7:50:3], cells[7:50:3])
    assert taken.info.frame_interval_ps == pytest.approx(0.3)
    again = convert_trajectory(taken.path, tmp_path / "out", frames="0:5")
    check(again, positions[7:22:3], cells[7:22:3])
    for wrong in ("5", "9:3", "a:b", "-3:", "1:2:0"):
        with pytest.raises(OptionError):
            open_trajectory(file, species=NAMES, frames=wrong)


# ---- bad input


def test_a_file_cut_within_a_frame_gives_its_finished_frames(tmp_path: Path) -> None:
    positions, cells = motion(20)
    for name, text in {
        "cut.dump": dump(positions, cells),
        "cut.xyz": extxyz(positions, cells),
        "XDATCAR": xdatcar(positions, cells, variable=False),
    }.items():
        (tmp_path / name).write_text(text[:-7])
        trajectory = open_trajectory(tmp_path / name, species=NAMES if name == "cut.dump" else None)
        check(trajectory, positions[:19], cells[:19])
        assert any("ends within a frame" in note for note in trajectory.info.notes)
    packed = gzip.compress(extxyz(*motion(400)).encode())
    (tmp_path / "cut.gz").write_bytes(packed[: len(packed) * 2 // 3])
    trajectory = open_trajectory(tmp_path / "cut.gz")
    assert 0 < trajectory.info.n_frames < 400
    assert any("compressed file is cut" in note for note in trajectory.info.notes)


def test_species_must_be_named_for_types(tmp_path: Path) -> None:
    file = tmp_path / "run.dump"
    file.write_text(dump(*motion(3)))
    with pytest.raises(OptionError, match=r"no species is given for type 1, 2, 3; .*--species '1=Li 2=O 3=Cl'"):
        open_trajectory(file)
    with pytest.raises(OptionError, match="for type 3"):
        open_trajectory(file, species="1=Li 2=O")
    with pytest.raises(OptionError, match="no chemical symbol"):
        open_trajectory(file, species="1=Li 2=O 3=Xx")
    assert open_trajectory(file, species="Li3 O Cl").info.symbols == tuple(SYMBOLS)


def edit(text: str, frame: int, change: Callable[[list[str]], list[str]], marker: str) -> str:
    parts = text.split(marker)
    parts[frame + 1] = "".join(change(parts[frame + 1].splitlines(keepends=True)))
    return marker.join(parts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: [*rows[:3], "4\n", *rows[4:-1]], "frame 5: it has 4 ions and the first frame has 5"),
        (lambda rows: [*rows[:-1], rows[-2]], "frame 5: ion . comes twice"),
        (lambda rows: [*rows[:-1], "77" + rows[-1][1:]], "ion 77 that the first frame does not have"),
        (
            lambda rows: [*rows[:-1], rows[-1].split()[0] + " 3 nan 0 0\n"],
            "frame 5: (it holds NaN|ion . is of another)",
        ),
        (lambda rows: [*rows[:-1], " ".join(rows[-1].split()[:3]) + "\n"], "frame 5: a line near ion 5"),
        (lambda rows: [*rows[:-1], rows[-1].replace(".", "x", 1)], "frame 5: a line near ion 5"),
        (lambda rows: [rows[0], "450\n", *rows[2:]], r"step 450 comes 50 after .* others 100"),
        (lambda rows: [rows[0], "200\n", *rows[2:]], "two runs"),
        (lambda rows: [rows[0], "400\n", *rows[2:]], "step 400 comes twice with different positions"),
        (lambda rows: [*rows[:4], rows[4].replace("pp pp pp", "pp pp fs"), *rows[5:]], "not periodic"),
        (lambda rows: [*rows[:8], rows[8].replace("x y z", "y x z"), *rows[9:]], "columns are others"),
    ],
)
def test_bad_lammps_frames_are_named_and_the_others_usable(
    tmp_path: Path, change: Callable[[list[str]], list[str]], message: str
) -> None:
    positions, cells = motion(10)
    file = tmp_path / "run.dump"
    file.write_text(edit(dump(positions, cells), 5, change, "ITEM: TIMESTEP"))
    with pytest.raises(DataError, match=message) as caught:
        open_trajectory(file, species=NAMES)
    assert "--frames 0:5" in str(caught.value)
    assert "\n" not in str(caught.value)
    check(open_trajectory(file, species=NAMES, frames="0:5"), positions[:5], cells[:5])


def test_repeated_frames_are_left_out_and_said(tmp_path: Path) -> None:
    positions, cells = motion(10)
    parts = dump(positions, cells).split("ITEM: TIMESTEP")
    (tmp_path / "run.dump").write_text("ITEM: TIMESTEP".join([*parts[:6], *parts[5:]]))
    rows = extxyz(positions, cells).splitlines(keepends=True)
    (tmp_path / "run.xyz").write_text("".join([*rows[:35], *rows[28:]]))
    for name in ("run.dump", "run.xyz"):
        trajectory = open_trajectory(tmp_path / name, species=NAMES if name == "run.dump" else None)
        check(trajectory, positions, cells)
        assert "1 repeated frames were left out" in trajectory.info.notes


def test_moves_of_half_a_cell_are_refused(tmp_path: Path) -> None:
    positions, cells = motion(20)
    positions[7:, 2, 1] += 0.47 * 12.0
    (tmp_path / "run.xyz").write_text(extxyz(positions, cells))
    with pytest.raises(DataError, match=r"frame 7: ion 3 moves .* unwrapping is ambiguous"):
        open_trajectory(tmp_path / "run.xyz")


def test_wrapped_positions_in_unwrapped_columns_are_found_out(tmp_path: Path) -> None:
    positions, cells = motion(60)
    text = dump(positions, cells, low=0.0).replace("type x y z", "type xu yu zu")
    (tmp_path / "run.dump").write_text(text)
    with pytest.raises(DataError, match="said to be unwrapped are wrapped"):
        open_trajectory(tmp_path / "run.dump", species=NAMES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no trajectory this package knows"),
        ("hello\nworld\n", "no trajectory this package knows"),
        ("ITEM: TIMESTEP\n0\n", "not hold one whole frame"),
        ("3\nno cell here\nLi 0 0 0\nLi 1 1 1\nCl 2 2 2\n", "no cell"),
        ('1\nLattice="1 0 0 0 1 0 0 0 1" pbc="T T F"\nLi 0 0 0\n', "not periodic"),
        ('1\nLattice="0 0 0 0 0 0 0 0 0"\nLi 0 0 0\n', "no volume"),
        ('1\nLattice="1 0 0 0 1 0 0 0 1"\nQq 0 0 0\n', "no chemical symbol"),
        ("<?xml?>\n<modeling>\n", "no ionic step"),
    ],
)
def test_files_that_are_no_trajectories(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "file").write_text(content)
    with pytest.raises(AntiperovskiteError, match=message):
        open_trajectory(tmp_path / "file")
    with pytest.raises(OptionError, match="cannot read"):
        open_trajectory(tmp_path / "absent")
    with pytest.raises(OptionError, match="directory without"):
        open_trajectory(tmp_path)


_FUZZ = {
    "dump": dump(*motion(4, TILTED), "id type x y z ix iy iz").encode(),
    "xyz": extxyz(*motion(4), extra=":q:R:1" * 0).encode(),
    "xdatcar": xdatcar(*motion(4), variable=True).encode(),
    "vasprun": vasprun(*motion(4)).encode(),
}


def _npz() -> bytes:
    stream = io.BytesIO()
    positions, cells = motion(4)
    np.savez(stream, positions=positions, cells=cells, symbols=SYMBOLS)
    return stream.getvalue()


_FUZZ["npz"] = _npz()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(_FUZZ)),
    edits=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["set", "cut", "drop", "double"]), st.integers(0, 255)),
                   min_size=1, max_size=4),
)  # fmt: skip
def test_damaged_files_never_end_in_a_traceback(tmp_path: Path, kind: str, edits: list[tuple[float, str, int]]) -> None:
    data = _FUZZ[kind]
    for where, what, value in edits:
        place = int(where * len(data))
        if what == "set":
            data = data[:place] + bytes([value]) + data[place + 1 :]
        elif what == "cut":
            data = data[:place]
        elif what == "drop":
            data = data[:place] + data[place + value :]
        else:
            data = data[:place] + data[max(0, place - value) :]
    (tmp_path / "file").write_bytes(data)
    try:
        source = read_source(tmp_path / "file", NAMES if kind == "dump" else None)
        from antiperovskite.dynamics.trajectory.checks import CheckedFrames

        for block in CheckedFrames(source, tmp_path / "file"):
            assert np.isfinite(block.positions).all()
    except AntiperovskiteError as error:
        assert "\n" not in str(error)
