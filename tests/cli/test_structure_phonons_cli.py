"""``antiperovskite structure phonons``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from antiperovskite.cli.commands.structure_group import app
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.vibrations import PhononStudy


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["phonons", *arguments])


def test_json_page_and_cif_of_a_stable_crystal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTIPEROVSKITE_FORCES", str(tmp_path / "forces"))
    page, cif = tmp_path / "p.html", tmp_path / "p.cif"
    arguments = ["Na3OCl", "-e", "toy-ionic", "--follow", "--json", "--out", str(page), "--cif", str(cif)]
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    study = PhononStudy.model_validate(data["phonons"])
    assert study.verdict == "stable" and data["ground_state"]["ground"] == 0
    assert "displacements: 1 of" in done.stderr and "note:" in done.stderr
    text = page.read_text(encoding="utf-8")
    assert 'id="motion-moves"' in text and "http" not in text.split("<script>")[0].replace("https://doi.org", "")
    again = run(str(cif), "-e", "toy-ionic", "--json")  # its own CIF, forces of the same cell
    assert json.loads(again.stdout)["phonons"]["verdict"] == "stable"
    resumed = run(*arguments)
    assert "displacements" not in resumed.stderr  # nothing finished is computed twice
    assert json.loads(resumed.stdout)["phonons"] == data["phonons"]


def test_table_names_the_unstable_modes() -> None:
    done = run("Na3OF", "-e", "toy-ionic", "--no-cache")
    assert done.exit_code == 0
    text = " ".join(done.stdout.split())
    assert "dynamically unstable at 0 K with toy-ionic" in text and "octahedral tilt, in phase" in text


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["Na3OCl", "-e", "nonsense"], OptionError, "unknown engine"),
        (["Na3OCl", "-e", "toy-ionic", "--supercell", "9"], OptionError, "1 to 8"),
        (["Na3OCl", "-e", "toy-ionic", "--fmax", "2"], OptionError, "--fmax"),
        (["Na3OCl", "-e", "toy-ionic", "--symprec", "3"], OptionError, "tolerance"),
        (["Na3OCl", "-e", "toy-ionic", "--limit", "0"], OptionError, "--limit"),
        (["Na3OCl", "--out", "."], OptionError, "directory"),
        (["no.cif"], OptionError, "cannot read"),
    ],
)
def test_bad_input(arguments: list[str], kind: type[Exception], words: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, kind)
    assert words in str(done.exception) and "\n" not in str(done.exception)


def test_partly_occupied_sites_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "half.cif"
    target.write_text(
        "data_half\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n"
        "_cell_angle_beta 90\n_cell_angle_gamma 90\n_symmetry_space_group_name_H-M 'P 1'\nloop_\n"
        "_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
        "_atom_site_occupancy\nNa1 Na 0 0 0 0.5\nCl1 Cl 0.5 0.5 0.5 0.5\n",
        encoding="utf-8",
    )
    done = run(str(target), "-e", "toy-ionic")
    assert isinstance(done.exception, StructureError)
    assert "partly occupied" in str(done.exception)
