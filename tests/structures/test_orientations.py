"""Cluster ions stay rigid however they are turned, and shapes are recognised from geometry alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiperovskite.errors import StructureError
from antiperovskite.ions import ion, known_ions
from antiperovskite.ions.model import AtomPosition, Ion
from antiperovskite.structures.orientations import orientation_names, oriented, pointing, shape

SHAPES = {"Li": "sphere", "OH": "linear", "CN": "linear", "NO2": "bent", "NO3": "triangle", "BH4": "tetrahedron"}


def made(symbol: str, *atoms: tuple[str, tuple[float, float, float]]) -> Ion:
    """An ion with the geometry given."""
    return Ion(
        symbol=symbol,
        name=symbol,
        charge=-1,
        elements={element: sum(e == element for e, _ in atoms) for element, _ in atoms},
        point_group="C1",
        atoms=tuple(AtomPosition(element=element, xyz=xyz) for element, xyz in atoms),
        sites=("A",),
    )


def separations(xyz: np.ndarray) -> np.ndarray:
    return np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)


@pytest.mark.parametrize(("symbol", "expected"), SHAPES.items())
def test_shape(symbol: str, expected: str) -> None:
    assert shape(ion(symbol)) == expected


@pytest.mark.parametrize("symbol", [name for name in known_ions() if ion(name).is_cluster])
def test_every_registered_cluster_turns_rigidly(symbol: str) -> None:
    cluster = ion(symbol)
    before = np.array([atom.xyz for atom in cluster.atoms])
    for name in orientation_names(cluster):
        for inverted in (False, True):
            after = oriented(cluster, name, inverted=inverted)
            assert np.allclose(separations(after), separations(before), atol=1e-9)
            assert np.allclose(np.linalg.norm(after, axis=1), np.linalg.norm(before, axis=1), atol=1e-9)


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 1e-2))
def test_pointing_puts_hydrogen_along_the_direction(direction: tuple[float, float, float]) -> None:
    hydroxide = ion("OH")
    turned = pointing(hydroxide, direction)
    symbols = [atom.element for atom in hydroxide.atoms]
    bond = turned[symbols.index("H")] - turned[symbols.index("O")]
    unit = np.array(direction) / np.linalg.norm(direction)
    assert bond / np.linalg.norm(bond) == pytest.approx(unit, abs=1e-9)


@given(st.floats(0, 6.283), st.floats(-1, 1), st.floats(0, 6.283))
def test_orientation_does_not_depend_on_how_the_geometry_was_registered(a: float, b: float, c: float) -> None:
    from scipy.spatial.transform import Rotation

    borohydride = ion("BH4")
    turn = Rotation.from_euler("zyz", [a, np.arccos(b), c])
    xyz = turn.apply([atom.xyz for atom in borohydride.atoms])
    other = made("BH4", *((atom.element, tuple(x)) for atom, x in zip(borohydride.atoms, xyz, strict=True)))

    def vertices(cluster: Ion) -> np.ndarray:
        xyz = oriented(cluster)[[atom.element == "H" for atom in cluster.atoms]]
        return np.array(sorted(map(tuple, np.round(np.abs(xyz), 6))))

    assert np.allclose(vertices(other), vertices(borohydride), atol=1e-5)


def test_tetrahedron_vertices_along_111() -> None:
    hydrogens = [atom.element == "H" for atom in ion("BH4").atoms]
    vertices = oriented(ion("BH4"))[hydrogens]
    assert np.allclose(np.abs(vertices), np.abs(vertices).max(), atol=1e-6)


def test_hexafluoride_like_octahedron_and_odd_shapes() -> None:
    ligands = [tuple(1.6 * s * row) for row in np.eye(3) for s in (1, -1)]
    assert shape(made("PF6", ("P", (0, 0, 0)), *(("F", xyz) for xyz in ligands))) == "octahedron"
    assert shape(made("odd", ("P", (0, 0, 0)), *(("F", xyz) for xyz in ligands[:5]))) == "other"


def test_unknown_orientation_lists_those_offered() -> None:
    with pytest.raises(StructureError, match="vertices along <111>"):
        oriented(ion("BH4"), "upside down")


def test_coinciding_atoms_raise() -> None:
    with pytest.raises(StructureError, match=r"0\.3 angstrom"):
        shape(made("bad", ("N", (0, 0, 0)), ("O", (0, 0, 0.1))))
