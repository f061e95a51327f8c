"""The crystal picture: what is drawn, completed across cell edges, and the meshes themselves."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from antiperovskite.report import mesh
from antiperovskite.report.cells import is_rectangular, rectangular_supercell, translations
from antiperovskite.report.crystal import choose_atoms, choose_bonds, prepare
from antiperovskite.report.scene import scene_figure, scene_legend
from antiperovskite.structures.model import StructureModel


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_sphere_is_closed_round_and_outward(level: int) -> None:
    vertices, faces = mesh.unit_sphere(level)
    assert len(vertices) == 10 * 4**level + 2
    assert len(faces) == 20 * 4**level
    assert np.allclose(np.linalg.norm(vertices, axis=1), 1)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all(), "closed: two faces at every edge"
    ball = 4 * np.pi / 3
    assert 0.5 * ball < volume(vertices, faces) < ball
    if level == 3:
        assert volume(vertices, faces) == pytest.approx(ball, rel=0.02)


directions = st.tuples(*[st.floats(-3, 3)] * 3).filter(lambda v: sum(x * x for x in v) > 0.05)


@given(directions)
def test_cylinders_keep_their_radius_in_every_direction(direction: tuple[float, float, float]) -> None:
    axis = np.array(direction)
    vertices, faces = mesh.cylinders(np.zeros((1, 3)), axis[None], 0.1, sides=8)
    unit = axis / np.linalg.norm(axis)
    off = vertices - (vertices @ unit)[:, None] * unit
    assert np.allclose(np.linalg.norm(off, axis=1), 0.1)
    assert faces.max() == len(vertices) - 1


OCTAHEDRON = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)


def test_octahedron_hull() -> None:
    (vertices, faces), edges = mesh.hulls([OCTAHEDRON, OCTAHEDRON + 5])
    assert len(faces) == 16
    assert [len(e) for e in edges] == [12, 12]
    assert volume(vertices[:6], faces[:8]) == pytest.approx(4 / 3)


def test_coplanar_points_give_a_polygon_and_points_on_a_line_nothing() -> None:
    (_, faces), edges = mesh.hulls([OCTAHEDRON[:4]])
    assert len(faces) == 2
    assert len(edges[0]) == 4
    (_, faces), edges = mesh.hulls([OCTAHEDRON[:2]])
    assert len(faces) == 0 and not edges


def test_cubic_cell_is_completed_on_all_faces_and_corners(sample: ModuleType) -> None:
    crystal = prepare(sample.li3ocl())
    drawn, hearts = choose_atoms(crystal)
    names = [crystal.elements[atom] for atom, _ in drawn]
    assert {e: names.count(e) for e in set(names)} == {"Cl": 8, "O": 1, "Li": 6}
    assert len(hearts) == 1
    assert len(choose_bonds(crystal, drawn, hearts)) == 6
    centre = crystal.cartesian(hearts)[0]
    assert centre == pytest.approx([1.955] * 3), "the octahedron stands in the middle of the cell"


def test_larger_box_holds_the_network(sample: ModuleType) -> None:
    crystal = prepare(sample.li3ocl())
    drawn, hearts = choose_atoms(crystal, 2)
    names = [crystal.elements[atom] for atom, _ in drawn]
    assert {e: names.count(e) for e in set(names)} == {"Cl": 27, "O": 8, "Li": 36}
    assert len(set(drawn)) == len(drawn)
    assert len(hearts) == 8


def test_hydroxide_across_a_face_stays_whole(sample: ModuleType) -> None:
    crystal = prepare(sample.li2ohcl())
    drawn, hearts = choose_atoms(crystal)
    bonds = choose_bonds(crystal, drawn, hearts)
    pairs = {tuple(sorted((crystal.elements[a[0]], crystal.elements[b[0]]))): [] for a, b in bonds}
    for first, second in bonds:
        key = tuple(sorted((crystal.elements[first[0]], crystal.elements[second[0]])))
        a, b = crystal.cartesian([first, second])
        pairs[key].append(float(np.linalg.norm(a - b)))
    assert pairs[("H", "O")] == pytest.approx([0.97])
    assert max(pairs[("Li", "O")]) < 2.2
    assert set(pairs) == {("H", "O"), ("Li", "O")}


@given(st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3))
def test_picture_does_not_depend_on_the_origin(shift: tuple[float, float, float]) -> None:
    structure = Structure(
        Lattice.cubic(3.9),
        ["Li", "Li", "Li", "O", "Cl"],
        np.array([[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5, 0.5, 0.5]]) + shift,
    )
    model = StructureModel(
        formula="Li3OCl",
        family="cubic",
        description="test",
        structure=structure.as_dict(),
        roles=("X", "X", "X", "B", "A"),
        ions=("Li", "Li", "Li", "O", "Cl"),
        groups=(0, 1, 2, 3, 4),
        formula_units=1,
        cubic_cells=1,
        source="test",
    )
    crystal = prepare(model)
    drawn, _ = choose_atoms(crystal)
    assert len(drawn) == 15


BODY_CENTRED = 0.5 * np.array([[-3.9, 3.9, 13.0], [3.9, -3.9, 13.0], [3.9, 3.9, -13.0]])
FACE_CENTRED = 0.5 * np.array([[0, 7.8, 7.8], [7.8, 0, 7.8], [7.8, 7.8, 0]])
HEXAGONAL = np.array([[4, 0, 0], [-2, 2 * 3**0.5, 0], [0, 0, 9]])


@pytest.mark.parametrize(("lattice", "cells"), [(BODY_CENTRED, 2), (FACE_CENTRED, 4)])
def test_oblique_primitive_cells_become_rectangular(lattice: np.ndarray, cells: int) -> None:
    matrix = rectangular_supercell(lattice)
    assert matrix is not None
    assert round(np.linalg.det(matrix)) == cells == len(translations(matrix))
    assert is_rectangular(matrix @ lattice)
    lengths = np.linalg.norm(matrix @ lattice, axis=1)
    assert lengths[2] == max(lengths), "the long axis stands upright"


def test_rectangular_and_triclinic_cells_are_left_alone() -> None:
    assert rectangular_supercell(np.diag([3.9, 3.9, 4.1])) is None
    assert rectangular_supercell(np.array([[4, 0, 0], [0.9, 4.4, 0], [0.7, 1.1, 5.3]])) is None
    matrix = rectangular_supercell(HEXAGONAL)
    assert matrix is not None and round(np.linalg.det(matrix)) == 2, "the orthohexagonal cell"


def test_scene_has_one_scale_for_all_axes(sample: ModuleType) -> None:
    scene = scene_figure(sample.li2ohcl())["layout"]["scene"]
    spans = [scene[f"{name}axis"]["range"][1] - scene[f"{name}axis"]["range"][0] for name in "xyz"]
    assert scene["aspectmode"] == "cube"
    assert spans == pytest.approx([spans[0]] * 3)


def test_layered_structure_keeps_its_atoms_and_octahedra() -> None:
    lattice = Lattice(BODY_CENTRED)
    conventional = Lattice.tetragonal(3.9, 13.0)
    # X4BA2 of the K2NiF4 type, fractional coordinates of the conventional cell.
    sites = {
        "O": [[0, 0, 0]],
        "Li": [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0.155], [0, 0, -0.155]],
        "Cl": [[0, 0, 0.355], [0, 0, -0.355]],
    }
    names = [name for name, places in sites.items() for _ in places]
    places = [place for group in sites.values() for place in group]
    xyz = [conventional.get_cartesian_coords(place) for place in places]
    structure = Structure(lattice, names, xyz, coords_are_cartesian=True)
    role = {"O": "B", "Li": "X", "Cl": "A"}
    model = StructureModel(
        formula="Li4OCl2",
        family="ruddlesden-popper",
        description="test",
        structure=structure.as_dict(),
        roles=tuple(role[name] for name in names),
        ions=tuple(names),
        groups=tuple(range(7)),
        formula_units=1,
        cubic_cells=1,
        source="test",
    )
    crystal = prepare(model)
    assert crystal.cells == 2 and len(crystal.elements) == 14
    assert sorted(np.linalg.norm(crystal.lattice, axis=1)) == pytest.approx([3.9, 3.9, 13.0])
    assert [len(shell) for shell in crystal.neighbours.values()] == [6, 6]
    drawn, _ = choose_atoms(crystal)
    xyz_drawn = crystal.cartesian(drawn)
    gaps = np.linalg.norm(xyz_drawn[:, None] - xyz_drawn[None], axis=2)
    assert gaps[np.triu_indices(len(drawn), 1)].min() > 1.9, "no two atoms on one place"


def test_hover_names_element_site_and_coordinates(sample: ModuleType) -> None:
    figure = scene_figure(sample.li2ohcl())
    oxygen = next(t for t in figure["data"] if t.get("name") == "O" and t["meta"]["group"] == "atoms")
    assert oxygen["meta"]["labels"] == [
        "<b>O</b> in OH<br>B site (octahedron centre)<br>x, y, z = 0.000, 0.000, 0.000<br>atom 3 of the cell"
    ]


def test_legend_gives_each_element_its_site(sample: ModuleType) -> None:
    assert [(e["element"], e["site"]) for e in scene_legend(sample.li2ohcl())] == [
        ("Li", "X"),
        ("H", "B"),
        ("O", "B"),
        ("Cl", "A"),
    ]
