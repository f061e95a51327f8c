"""Octahedra for drawing: six corners at one distance, independent of the cell chosen."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.structures import build_structure
from antiperovskite.structures.octahedra import octahedra


def test_cubic_octahedron_is_regular() -> None:
    model = build_structure(resolve("Li3OCl"))
    (item,) = octahedra(model)
    rays = np.array(item.vertices) - np.array(item.centre)
    half = model.to_pymatgen().lattice.a / 2
    assert rays.shape == (6, 3)
    assert np.linalg.norm(rays, axis=1) == pytest.approx([half] * 6)
    assert rays.sum(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)
    assert item.ion == "O"


def test_vertices_are_images_of_the_atoms_named() -> None:
    model = build_structure(resolve("Li6OCl4"))
    structure = model.to_pymatgen()
    for item in octahedra(model):
        for vertex, atom in zip(item.vertices, item.vertex_atoms, strict=True):
            assert model.roles[atom] == "X"
            shift = structure.lattice.get_fractional_coords(vertex) - structure.frac_coords[atom]
            assert shift == pytest.approx(np.round(shift), abs=1e-8)


def test_hydroxide_octahedron_is_centred_on_oxygen_and_lacks_the_empty_sites() -> None:
    model = build_structure(resolve("Li2OHCl"))
    (item,) = octahedra(model)
    assert model.to_pymatgen()[item.atom].specie.symbol == "O"
    assert len(item.vertices) == 4


def test_supercell_repeats_the_octahedra() -> None:
    model = build_structure(resolve("Na4OI2"))
    structure = model.to_pymatgen()
    order = np.repeat(np.arange(len(structure)), 8)
    double = model.model_copy(
        update={
            "structure": (structure * (2, 2, 2)).as_dict(),
            "roles": tuple(model.roles[i] for i in order),
            "ions": tuple(model.ions[i] for i in order),
            "groups": tuple(range(len(order))),
        }
    )
    (one,) = octahedra(model)
    many = octahedra(double)
    assert len(many) == 8
    expected = np.linalg.norm(np.array(one.vertices) - np.array(one.centre), axis=1)
    for item in many:
        found = np.linalg.norm(np.array(item.vertices) - np.array(item.centre), axis=1)
        assert found == pytest.approx(expected)
