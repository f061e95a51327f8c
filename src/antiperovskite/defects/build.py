"""Cells with defects in them, from a cluster of places."""

from __future__ import annotations

from typing import Any

from antiperovskite.defects.clusters import Cluster
from antiperovskite.defects.host import Host, Times, stride, supercell
from antiperovskite.defects.places import Place
from antiperovskite.defects.species import Species
from antiperovskite.dynamics.cell import SimulationCell


def build_cluster(host: Host, times: Times, cluster: Cluster, species: dict[str, Species]) -> Any:
    """Return the starting ``pymatgen.core.Structure`` of a cluster in a supercell; nothing is relaxed."""
    cell = supercell(host, times)
    gone: set[int] = set()
    for name, place, copy in cluster.members:
        cell, empty = _put(cell, host, times, species[name], place, copy)
        gone |= empty
    return cell.without(gone).structure()


def _put(
    cell: SimulationCell, host: Host, times: Times, species: Species, place: Place, copy: int
) -> tuple[SimulationCell, set[int]]:
    """One defect; returns the cell and the ions that must still be taken out (last, so that numbers stay)."""
    group = None if place.group is None else copy * stride(host) + place.group
    points = _cartesian(host, times, place, copy)
    if species.put is None:
        assert group is not None
        return cell, {group}
    if species.kind == "proton":
        return cell.add("H", points[0], "B", "OH", group), set()
    if species.kind != "interstitial":
        assert group is not None
        return cell.relabel(group, species.put, species.put), set()
    for point in points:
        cell = cell.add(species.put, point, "X", species.put)
    return cell, set() if group is None else {group}


def _cartesian(host: Host, times: Times, place: Place, copy: int) -> Any:
    """Points of a place in a copy of the unit cell, angstrom ``(k, 3)``."""
    import numpy as np

    offset = np.array(np.unravel_index(copy, times))
    return (np.array(place.points) + offset) @ host.cell.lattice
