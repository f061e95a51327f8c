"""``antiperovskite structure``: formats, files and wrong input, through the real entry point's exceptions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.structure import structure
from antiperovskite.errors import FormulaError, OptionError, StructureError
from antiperovskite.structures import StructureModel

app = typer.Typer()
app.command()(structure)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_cif_on_stdout_and_notes_on_stderr() -> None:
    done = run("Li2OHCl")
    assert done.exit_code == 0
    assert "_symmetry_space_group_name_H-M   P4mm" in done.stdout
    assert "hypothesis" in done.stderr


def test_json_is_a_structure_model() -> None:
    done = run("Na4OI2", "--json")
    assert done.exit_code == 0
    model = StructureModel.model_validate_json(done.stdout)
    assert (model.formula, len(model.roles)) == ("Na4OI2", 7)


def test_json_of_candidates_is_a_list() -> None:
    done = run("Na3OCl", "--candidates", "--tilts", "--format", "json")
    assert [len(entry["roles"]) for entry in json.loads(done.stdout)] == [5, 10, 10, 20]


def test_out_writes_whole_files_and_keeps_stdout_empty(tmp_path: Path) -> None:
    target = tmp_path / "start.cif"
    done = run("Li3OCl", "--out", str(target))
    assert done.exit_code == 0
    assert done.stdout == ""
    assert target.read_text().startswith("# Li3OCl")
    assert [path.name for path in tmp_path.iterdir()] == ["start.cif"]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (["Li3OCl", "--format", "xyz"], OptionError, "unknown structure format"),
        (["Li3OCl", "--candidates", "--format", "poscar"], OptionError, "POSCAR holds one"),
        (["Li3OCl", "--tilts"], OptionError, "together with --candidates"),
        (["Li2.98Mg0.01OCl"], StructureError, "supercell of 100"),
        (["Li3OCl", "--tilt", "a-x"], OptionError, "no tilt symbol"),
        (["Li3OCl", "--tilt", "a+b+c-"], OptionError, "fifteen tilt systems"),
        (["Li3OCl", "--tilt", "a-a-c0", "--angle", "80"], OptionError, "not above 20"),
        (["Li3OCl", "--tilt", "a-a-c0", "--angle", "eight"], OptionError, "cannot read the tilt angle"),
        (["Li3OCl", "--angle", "8"], OptionError, "together with --tilt"),
        (["Na3OCN", "--tilt", "a-a-a-"], StructureError, "cluster ion CN"),
        (["Li2OHCl", "--tilt", "a-a-a-"], StructureError, "cluster ion OH"),
        (["Na4OI2", "--tilt", "a-a-a-"], StructureError, "2D framework"),
        (["Li3OCl0.5Br0.5", "--tilt", "a-a-a-"], StructureError, "shared by several"),
        (["Li3OCl", "--polytype", "7H"], OptionError, "unknown polytype"),
        (["Li3OCl", "--polytype", "2H", "--tilt", "a-a-a-"], OptionError, "only one of them"),
        (["Li2OHCl", "--polytype", "2H"], StructureError, "one kind of ion on each site"),
        (["Li3OCl", "--polar", "111=3"], OptionError, "off-centring"),
        (["Li3OCl", "--polar", "111"], OptionError, "as in 111=0.1"),
        (["Li3OCl", "--strain", "cubic=2"], OptionError, "unknown strain"),
        (["Li3OCl", "--form", "zeta"], OptionError, "no form"),
        (["Na3FSO4", "--form", "alpha"], StructureError, "not at hand"),
        (["Ag3SI", "--form", "alpha", "--json"], OptionError, "only CIF"),
        (["Li3OCl", "--atoms", "50"], OptionError, "together with --amorphous"),
        (["Li3OCl", "--amorphous", "--candidates"], OptionError, "only one of them"),
        (["Li3OCl", "--amorphous", "--atoms", "0"], OptionError, "0 atoms"),
        (["Li3OCl", "--amorphous", "--density", "50"], OptionError, "between 0.1 and 20"),
        (["Li3OCl", "--amorphous", "--min-distance", "Li-Xx=2"], OptionError, "has no Xx"),
        (["nonsense"], FormulaError, ""),
        (["Li3OCl", "--out", "/nowhere-at-all/x.cif"], OptionError, "cannot write"),
        (["Li3OCl", "--out", "."], OptionError, "directory"),
    ],
)
def test_errors_are_one_line(arguments: list[str], kind: type[Exception], message: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, kind)
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.stdout == ""


def test_help_shows_examples() -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert "antiperovskite structure Li2OHCl --candidates" in " ".join(done.stdout.split())


def test_tilt_polytype_and_packing_are_one_command_each() -> None:
    for arguments, group in (
        (["Li3OCl", "--tilt", "a-a-c0", "--angle", "8"], "Imma"),
        (["Li3OCl", "--polytype", "2H"], "P6_3/mmc"),
        (["Li3OCl", "--polar", "110=0.1"], "Amm2"),
        (["Li3OCl", "--strain", "rhombohedral=1.5"], "R-3m"),
        (["Na3FSO4", "--form", "beta"], "R3m"),
    ):
        done = run(*arguments)
        assert done.exit_code == 0
        assert f"_symmetry_space_group_name_H-M   {group}\n" in done.stdout
    packed = run("Li3OCl", "--amorphous", "--atoms", "40", "--seed", "1", "--json")
    model = StructureModel.model_validate_json(packed.stdout)
    assert len(model.roles) == 40 and "seed 1" in model.description


def test_average_of_a_disordered_form_has_partial_occupancies() -> None:
    done = run("Ag3SI", "--form", "alpha")
    assert done.exit_code == 0
    assert "data_Ag2.96S1I1" in done.stdout
    assert "not at hand" in done.stdout


def test_a_disordered_cell_is_written_and_contradictions_are_refused() -> None:
    done = run("Li2OHCl", "--scattered", "2", "--seed", "1", "--format", "extxyz")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].strip() == "40"
    for arguments, said in (
        (("--amorphous",), "give only one"),
        (("--tilt", "a-a-c0"), "give only one"),
        (("--atoms", "40"), "belong to random packings"),
    ):
        refused = run("Li2OHCl", "--scattered", "2", *arguments)
        assert isinstance(refused.exception, OptionError)
        assert said in str(refused.exception)
    assert "needs the supercell" in str(run("Li2OHCl", "--scattered", "auto").exception)
