"""``antiperovskite pattern``: formulas and CIF files, JSON, plot, wrong input."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.io.cif import CifWriter

from antiperovskite.cli.commands.pattern import pattern
from antiperovskite.errors import InputError


def run(*arguments, timeout=120):
    code = "from antiperovskite.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def cif(tmp_path):
    structure = Structure(
        Lattice.cubic(3.907),
        ["Li"] * 3 + ["O", {"Cl": 0.5, "Br": 0.5}],
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
    )
    path = tmp_path / "mixed.cif"
    CifWriter(structure).write_file(path)
    return path


def test_formula_as_json_says_it_is_not_relaxed():
    done = run("pattern", "Li3OCl", "--json")
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert data["radiation"] == "xray" and data["formula"] == "Li3OCl"
    assert data["reflections"][0]["hkl"] == [1, 0, 0]
    assert any("not relaxed" in note for note in data["notes"])
    assert data["wavelength"]["value"] == 1.540593


def test_cif_with_mixed_occupancy_isotope_and_plot(cif, tmp_path):
    plot = tmp_path / "plot.html"
    done = run("pattern", cif, "-r", "neutron", "-i", "Li=7Li", "--plot", plot)
    assert done.returncode == 0
    assert "7Li" in done.stdout and "Br" in done.stdout
    page = plot.read_text(encoding="utf-8")
    assert "Plotly.newPlot" in page and 'src="http' not in page
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_bad_option_is_one_line_and_exit_code_two(tmp_path):
    done = run("pattern", tmp_path / "missing.cif")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: cannot read") and done.stderr.count("\n") == 1


def test_every_bad_option_is_an_input_error_of_one_line(cif, tmp_path):
    broken = tmp_path / "broken.cif"
    broken.write_text("data_x\n_cell_length_a banana\nloop_\n_atom_site_label\n", encoding="utf-8")
    text = tmp_path / "text.cif"
    text.write_text("hello", encoding="utf-8")
    cases = [
        (tmp_path, {}),
        (text, {}),
        (broken, {}),
        ("Zz3OCl", {}),
        ("nul\0.cif", {}),
        (cif, {"isotope": ["H=Q"]}),
        (cif, {"isotope": ["HD"]}),
        (cif, {"isotope": ["H=D", "H=T"]}),
        (cif, {"wavelength": 0.0}),
        (cif, {"radiation": "gamma"}),
        (cif, {"two_theta": (90.0, 10.0)}),
        (cif, {"plot": cif / "below" / "a.html"}),
        (cif, {"plot": tmp_path}),
    ]
    for target, options in cases:
        with pytest.raises(InputError) as caught:
            pattern(str(target), **options)
        assert "\n" not in str(caught.value), target
        assert len(str(caught.value)) < 400
