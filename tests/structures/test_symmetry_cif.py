"""Space groups and CIF: what is written reads back as the same crystal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures import build_structure, candidate_structures
from antiperovskite.structures.export import check_format, to_text
from antiperovskite.structures.symmetry import read_cif, spacegroup, to_cif

FORMULAS = ["Li3OCl", "Li2OHCl", "Na3NO3", "Li6OSI2", "Na4OI2", "Li5OCl3", "Li6OCl4", "Na3LiS0.5O0.5I2"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_cif_round_trip(formula: str) -> None:
    model = build_structure(resolve(formula))
    structure = model.to_pymatgen()
    text = to_cif(model)
    back = read_cif(text)
    assert back.composition.reduced_formula == structure.composition.reduced_formula
    assert back.volume / len(back) == pytest.approx(structure.volume / len(structure), rel=1e-6)
    assert spacegroup(back) == spacegroup(structure)
    assert "antiperovskite" in text
    assert "# source: " in text


def test_cif_is_readable_by_a_second_library() -> None:
    from io import BytesIO

    from ase.io import read

    model = build_structure(resolve("Li3OCl"))
    atoms = read(BytesIO(to_cif(model).encode()), format="cif")
    assert sorted(atoms.get_chemical_symbols()) == ["Cl", "Li", "Li", "Li", "O"]
    assert atoms.get_volume() == pytest.approx(model.to_pymatgen().volume, rel=1e-6)


def test_p1_on_request() -> None:
    text = to_cif(build_structure(resolve("Li3OCl")), symprec=None)
    assert "'P 1'" in text
    assert len(read_cif(text)) == 5


@settings(max_examples=20, deadline=None)
@given(
    shift=st.tuples(*[st.floats(-1, 1)] * 3),
    angles=st.tuples(*[st.floats(0, 6.28)] * 3),
)
def test_space_group_does_not_depend_on_origin_or_orientation(shift: tuple, angles: tuple) -> None:
    from pymatgen.core import Lattice, Structure
    from scipy.spatial.transform import Rotation

    structure = build_structure(resolve("Na4OI2")).to_pymatgen()
    turned = Lattice(structure.lattice.matrix @ Rotation.from_euler("xyz", angles).as_matrix())
    moved = Structure(turned, structure.species, structure.frac_coords + shift, to_unit_cell=True)
    assert spacegroup(moved) == ("I4/mmm", 139)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, 5.0, float("nan")])
def test_bad_tolerance(tolerance: float) -> None:
    with pytest.raises(StructureError, match="tolerance"):
        spacegroup(build_structure(resolve("Li3OCl")).to_pymatgen(), tolerance)


def test_several_structures_in_one_file() -> None:
    models = candidate_structures(resolve("Li2OHCl"))
    blocks = [line for line in to_text(models, "cif").splitlines() if line.startswith("data_")]
    assert len(blocks) == len(set(blocks)) == len(models)
    frames = [line for line in to_text(models, "extxyz").splitlines() if line.startswith("Lattice=")]
    assert len(frames) == len(models)
    with pytest.raises(OptionError, match="one structure"):
        to_text(models, "poscar")


def test_extxyz_and_poscar_read_back() -> None:
    from io import StringIO

    from ase.io import read

    model = build_structure(resolve("Li2OHCl"))
    for kind, name in (("extxyz", "extxyz"), ("poscar", "vasp")):
        atoms = read(StringIO(to_text([model], kind)), format=name)
        assert atoms.get_chemical_formula() == "HClLi2O"
        assert atoms.get_volume() == pytest.approx(model.to_pymatgen().volume, rel=1e-6)
    atoms = read(StringIO(to_text([model], "extxyz")), format="extxyz")
    assert tuple(atoms.arrays["role"]) == model.roles
    assert tuple(atoms.arrays["ion"]) == model.ions


def test_format_typos_are_helped() -> None:
    assert check_format("CIF") == "cif"
    with pytest.raises(OptionError, match="did you mean 'poscar'"):
        check_format("poscr")
