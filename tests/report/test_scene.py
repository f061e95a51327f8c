"""The crystal picture: what is drawn, completed across cell edges, and the meshes themselves."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from antiperovskite.report import mesh
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
