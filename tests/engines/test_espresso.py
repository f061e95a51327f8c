"""Quantum ESPRESSO with a stand-in for pw.x: the input it is given, the output read back, every complaint."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from antiperovskite.engines import get_engine
from antiperovskite.engines.espresso import Pseudopotential, find_pseudopotentials, input_data
from antiperovskite.errors import DataError, EngineError, MissingEngineError, OptionError

# what pw.x 6.7 prints of a two-atom cell, cut down to what is read; numbers are made up
OUTPUT = """
     Program PWSCF v.6.7MaX starts on  1Jan2026 at  0: 0: 0
     bravais-lattice index     =            0
     lattice parameter (alat)  =       6.8668  a.u.
     unit-cell volume          =     228.0000 (a.u.)^3
     number of atoms/cell      =            2
     number of atomic types    =            2
     celldm(1)=   6.866800  celldm(2)=   0.000000  celldm(3)=   0.000000
     crystal axes: (cart. coord. in units of alat)
               a(1) = (   0.000000   0.707107   0.707107 )
               a(2) = (   0.707107   0.000000   0.707107 )
               a(3) = (   0.707107   0.707107   0.000000 )
   Cartesian axes
     site n.     atom                  positions (alat units)
         1           Li  tau(   1) = (   0.0000000   0.0000000   0.0000000  )
         2           Cl  tau(   2) = (   0.7071068   0.0000000   0.0000000  )

!    total energy              =     -48.00000000 Ry

     Forces acting on atoms (cartesian axes, Ry/au):

     atom    1 type  1   force =     0.00100000    0.00000000    0.00000000
     atom    2 type  2   force =    -0.00100000    0.00000000    0.00000000

     Total force =     0.001414     Total SCF correction =     0.000001

          total   stress  (Ry/bohr**3)                   (kbar)     P=        1.00
   0.00001000   0.00000000   0.00000000            1.47        0.00        0.00
   0.00000000   0.00001000   0.00000000            0.00        1.47        0.00
   0.00000000   0.00000000   0.00001000            0.00        0.00        1.47

   JOB DONE.
"""
FAILURE = """
     Program PWSCF v.6.7MaX starts on  1Jan2026 at  0: 0: 0
 %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%
     Error in routine readpp (1):
     file Li.upf not readable
 %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%
"""


@pytest.fixture
def pseudos(tmp_path: Path) -> Path:
    directory = tmp_path / "upf"
    directory.mkdir()
    for name in ("Li.pbe-s-kjpaw.UPF", "cl_pbe.upf", "O.pbe-1.UPF", "O.pbe-2.UPF", "README"):
        (directory / name).write_text("not a pseudopotential", encoding="utf-8")
    return directory


def stand_in(directory: Path, output: str, code: int = 0) -> str:
    """A program that keeps its input and prints what it is told."""
    script = directory / "pw.py"
    script.write_text(
        "import pathlib, sys\n"
        f"keep = pathlib.Path({str(directory / 'seen.in')!r})\n"
        "keep.write_text(pathlib.Path(sys.argv[sys.argv.index('-in') + 1]).read_text())\n"
        f"print({output!r})\n"
        f"sys.exit({code})\n",
        encoding="utf-8",
    )
    return f"{sys.executable} {script}"


def lithium_chloride() -> Any:
    from ase.build import bulk

    return bulk("LiCl", "rocksalt", a=5.14)


def use(monkeypatch: pytest.MonkeyPatch, command: str, pseudos: Path) -> None:
    monkeypatch.setenv("ANTIPEROVSKITE_PW", command)
    monkeypatch.setenv("ESPRESSO_PSEUDO", str(pseudos))


def test_energy_forces_and_stress_come_back_in_our_units(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pseudos: Path
) -> None:
    use(monkeypatch, stand_in(tmp_path, OUTPUT), pseudos)
    atoms = lithium_chloride()
    atoms.calc = get_engine("espresso").calculator()
    rydberg, bohr = 13.605693, 0.529177
    assert atoms.get_potential_energy() == pytest.approx(-48 * rydberg, rel=1e-6)
    assert atoms.get_forces()[0, 0] == pytest.approx(0.001 * rydberg / bohr, rel=1e-4)
    # pw.x prints pressure-like stress: positive where the crystal wants to expand; ase has the other sign
    assert atoms.get_stress()[0] == pytest.approx(-1e-5 * rydberg / bohr**3, rel=1e-4)


def test_the_input_holds_what_an_energy_depends_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pseudos: Path
) -> None:
    use(monkeypatch, stand_in(tmp_path, OUTPUT), pseudos)
    atoms = lithium_chloride()
    atoms.calc = get_engine("espresso").calculator()
    atoms.get_potential_energy()
    words = " ".join((tmp_path / "seen.in").read_text(encoding="utf-8").split())
    for needed in (
        "tstress = .true.",
        "tprnfor = .true.",
        "ecutwfc = 80.0",
        "ecutrho = 640.0",
        "occupations = 'fixed'",
        f"pseudo_dir = '{pseudos}'",
        "Li.pbe-s-kjpaw.UPF",
        "cl_pbe.upf",
        "K_POINTS automatic 8 8 8 0 0 0",
    ):
        assert needed in words, needed


def test_metals_are_smeared() -> None:
    system = input_data(["Li", "Na"], {"Li": Pseudopotential(filename="Li.upf")})["system"]
    assert (system["occupations"], system["smearing"]) == ("smearing", "cold")


@pytest.mark.parametrize(
    ("output", "code", "complaint"),
    [(FAILURE, 1, "readpp"), ("", 0, "without a total energy"), ("noise", 3, "exit status 3|without")],
)
def test_a_failing_program_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pseudos: Path, output: str, code: int, complaint: str
) -> None:
    use(monkeypatch, stand_in(tmp_path, output, code), pseudos)
    atoms = lithium_chloride()
    atoms.calc = get_engine("espresso").calculator()
    with pytest.raises(EngineError, match=rf"pw\.x failed for LiCl: .*({complaint})") as error:
        atoms.get_potential_energy()
    assert "\n" not in str(error.value)


def test_missing_program_and_missing_pseudopotentials_say_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANTIPEROVSKITE_PW", "no-such-pw.x -npool 2")
    monkeypatch.delenv("ESPRESSO_PSEUDO", raising=False)
    with pytest.raises(MissingEngineError, match="apt-get install quantum-espresso"):
        get_engine("espresso").calculator()
    monkeypatch.setenv("ANTIPEROVSKITE_PW", sys.executable)
    with pytest.raises(MissingEngineError, match="ESPRESSO_PSEUDO"):
        get_engine("espresso").calculator()
    monkeypatch.setenv("ESPRESSO_PSEUDO", str(tmp_path / "nowhere"))
    with pytest.raises(OptionError, match="not a directory"):
        get_engine("espresso").calculator()


def test_an_ambiguous_or_absent_pseudopotential_is_named(pseudos: Path) -> None:
    with pytest.raises(EngineError, match=r"pseudopotential of O .*found 2 \(O.pbe-1.UPF, O.pbe-2.UPF\)"):
        find_pseudopotentials(pseudos, ["O"])
    with pytest.raises(EngineError, match=r"pseudopotential of Br .*found none"):
        find_pseudopotentials(pseudos, ["Li", "Br"])


def test_a_table_decides_and_gives_cutoffs(pseudos: Path) -> None:
    table = {"O": {"filename": "O.pbe-2.UPF", "cutoff_wfc": 50.0, "cutoff_rho": 400.0, "md5": "ignored"}}
    (pseudos / "SSSP.json").write_text(json.dumps(table), encoding="utf-8")
    found = find_pseudopotentials(pseudos, ["O", "Li"])
    assert found["O"].filename == "O.pbe-2.UPF"
    assert found["O"].cutoff_rho == 400.0
    assert input_data(["Li", "O"], found)["system"]["ecutwfc"] == 80.0  # the largest of the elements


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"O": {"cutoff_wfc": 50}}', '{"O": 3}'])
def test_a_broken_table_is_one_line(pseudos: Path, text: str) -> None:
    (pseudos / "SSSP.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="not a table of pseudopotentials") as error:
        find_pseudopotentials(pseudos, ["O"])
    assert "\n" not in str(error.value)


def test_open_shells_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pseudos: Path) -> None:
    from ase.build import bulk

    use(monkeypatch, stand_in(tmp_path, OUTPUT), pseudos)
    atoms = bulk("Fe", "bcc", a=2.87)
    atoms.calc = get_engine("espresso").calculator()
    with pytest.raises(EngineError, match="open d shell of Fe"):
        atoms.get_potential_energy()
