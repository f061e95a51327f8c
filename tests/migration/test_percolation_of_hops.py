"""Hops that join up: exact heights on lattices where they are known, and the measure of distortion."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.errors import StructureError
from antiperovskite.migration.cells import conventional
from antiperovskite.migration.distortion import COMPOUNDS, TILTS, distortion, pseudo_cubic
from antiperovskite.migration.hops import hop_edges
from antiperovskite.migration.model import Barrier, ForceCalls, HopClass
from antiperovskite.migration.percolation import percolation
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.structures import build_structure
from antiperovskite.structures.glazer import parse_tilt
from antiperovskite.structures.variants import build_variant


def height(value: float | None) -> Quantity | NotComputed:
    if value is None:
        return NotComputed(unit="eV", method="failed")
    return Quantity(value=value, uncertainty=None, unit="eV", method="made up", source="test")


def barrier(hop: HopClass, forward: float | None, backward: float | None = None) -> Barrier:
    return Barrier(
        hop=hop, supercell=(1, 1, 1), atoms=40, compensation="none", forward=height(forward),
        backward=height(forward if backward is None else backward), seconds=0.0,
        force_calls=ForceCalls(ends=0, saddle=0, band=0, vibrations=0, replayed=0), attempt_frequency=height(None),
    )  # fmt: skip


def test_one_kind_of_hop_joins_a_cubic_crystal_at_its_barrier() -> None:
    hops = hop_edges(build_structure(resolve("Li3OCl")))
    found = percolation(hops, [barrier(hops[0][0], 0.3)])
    assert found.heights == pytest.approx((0.3, 0.3, 0.3))
    assert found.misfit == pytest.approx(0.0)


def test_layers_join_in_the_plane_first_and_between_layers_last() -> None:
    hops = hop_edges(conventional(build_structure(resolve("Na4OI2"))), longest=5.0)
    value = {"in-plane": 0.45, "out-of-plane": 0.3}
    made = [
        barrier(h, 1.1) if "between" in h.label else barrier(h, value[h.label.split(",")[0]]) for h, _ in hops
    ]  # fmt: skip
    assert percolation(hops, made).heights == pytest.approx((0.3, 0.3, 1.1))
    inside = [b for b in made if "between" not in b.hop.label]
    assert percolation(hops, inside).heights[2] is None


def test_unequal_sites_count_from_the_lowest() -> None:
    hops = hop_edges(conventional(build_structure(resolve("Na4OI2"))))
    made = [
        barrier(h, 0.5) if "in-plane" in h.label else barrier(h, 0.2, 0.4) if "out" in h.label else barrier(h, None)
        for h, _ in hops
    ]
    found = percolation(hops, made)
    assert max(found.sites.values()) == pytest.approx(0.2)
    assert found.heights[0] == pytest.approx(0.4)
    assert found.misfit == pytest.approx(0.0, abs=1e-9)


def test_nothing_to_join_is_said() -> None:
    hops = hop_edges(build_structure(resolve("Li3OCl")))
    with pytest.raises(StructureError, match="nothing can join"):
        percolation(hops, [barrier(hops[0][0], None)])


def test_every_edge_is_a_hop_of_its_length() -> None:
    model = conventional(build_structure(resolve("Na4OI2")))
    crystal = model.to_pymatgen()
    for hop, members in hop_edges(model):
        for i, j, s in members:
            vector = crystal.lattice.get_cartesian_coords(crystal[j].frac_coords + np.array(s) - crystal[i].frac_coords)
            assert np.linalg.norm(vector) == pytest.approx(hop.length, abs=1e-6)


@pytest.mark.parametrize("tilt", TILTS)
def test_every_tilt_tried_fits_the_cell_of_forty_atoms(tilt: str) -> None:
    chosen = None if tilt == TILTS[0] else parse_tilt(tilt, (9.0,))
    model = build_variant(resolve("Na3SI"), tilt=chosen)
    large = pseudo_cubic(model, tilt)
    crystal = large.to_pymatgen()
    assert len(crystal) == 40
    assert max(abs(angle - 90.0) for angle in crystal.lattice.angles) < 3.0
    assert np.ptp(crystal.lattice.abc) < 0.05 * crystal.lattice.a
    assert distortion(large) == pytest.approx(distortion(model), abs=1e-6)


def test_distortion_grows_with_the_tilt() -> None:
    bends = [distortion(build_variant(resolve("Na3SI"), tilt=parse_tilt("a0a0c-", (a,))))[0] for a in (4.0, 8.0)]
    assert bends[0] == pytest.approx(16.0 / 3.0, abs=0.01)  # two of three X bend by twice the angle
    assert bends[1] == pytest.approx(2.0 * bends[0], rel=0.02)


def test_the_series_has_its_twenty_four_compounds() -> None:
    assert len(set(COMPOUNDS)) == 24
    assert {"Li3OCl", "Na3SI", "Na3SeF"} <= set(COMPOUNDS)
