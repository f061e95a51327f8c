"""The gate refuses every kind of wrong structure, each with its own reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.errors import StructureError
from antiperovskite.structures import StructureModel, build_structure, check_structure
from antiperovskite.structures.check import ion_table


def changed(model: StructureModel, edit: Callable[[Any], None], **update: Any) -> StructureModel:
    """A copy whose pymatgen structure went through ``edit``."""
    structure = model.to_pymatgen()
    edit(structure)
    return model.model_copy(update={"structure": structure.as_dict(), **update})


def index_of(model: StructureModel, element: str) -> int:
    return int(model.to_pymatgen().indices_from_symbol(element)[0])


def test_a_good_structure_passes_with_and_without_its_formula() -> None:
    model = build_structure(resolve("Li3OCl"))
    check_structure(model)
    check_structure(model, resolve("Li3OCl"))


def test_missing_atom() -> None:
    model = build_structure(resolve("Li3OCl"))
    lithium = index_of(model, "Li")

    def keep(values: tuple) -> tuple:
        return values[:lithium] + values[lithium + 1 :]

    broken = changed(
        model,
        lambda s: s.remove_sites([lithium]),
        roles=keep(model.roles),
        ions=keep(model.ions),
        groups=keep(model.groups),
    )
    with pytest.raises(StructureError, match="2 Li on X where 3 belong"):
        check_structure(broken)


def test_charged_cell() -> None:
    sites = resolve("Li3OCl")
    table = ion_table(sites)
    table["Cl"] = table["Cl"].model_copy(update={"charge": -2})
    with pytest.raises(StructureError, match="charge -1"):
        check_structure(build_structure(sites), sites, table)


def test_ion_table_without_an_ion() -> None:
    sites = resolve("Li3OCl")
    with pytest.raises(StructureError, match="lacks Cl"):
        build_structure(sites, {key: value for key, value in ion_table(sites).items() if key != "Cl"})


def test_overlap() -> None:
    model = build_structure(resolve("Li3OCl"))
    broken = changed(model, lambda s: s.scale_lattice(s.volume / 6))
    with pytest.raises(StructureError, match=r"angstrom apart; at least"):
        check_structure(broken)


def test_torn_cluster() -> None:
    model = build_structure(resolve("Li2OHCl"))
    hydrogen = index_of(model, "H")
    broken = changed(model, lambda s: s.translate_sites([hydrogen], [0, 0, 0.3], frac_coords=False))
    with pytest.raises(StructureError, match="registered geometry"):
        check_structure(broken)


def test_swapped_group_labels() -> None:
    model = build_structure(resolve("Li2OHCl"))
    groups = list(model.groups)
    hydrogen, chlorine = index_of(model, "H"), index_of(model, "Cl")
    groups[hydrogen], groups[chlorine] = groups[chlorine], groups[hydrogen]
    with pytest.raises(StructureError, match=r"one whole ion|where"):
        check_structure(model.model_copy(update={"groups": tuple(groups)}))


def test_label_lengths() -> None:
    model = build_structure(resolve("Li3OCl"))
    with pytest.raises((StructureError, ValueError)):
        check_structure(model.model_copy(update={"roles": model.roles[:-1]}))


def moved_sideways(formula: str, fraction: float) -> StructureModel:
    """One X of a cubic cell moved at right angles to its B-X-B line, by a fraction of the edge."""
    model = build_structure(resolve(formula))
    atom = model.roles.index("X")
    line = int(np.argmin(model.to_pymatgen().frac_coords[atom]))
    shift = np.roll([fraction, 0.0, 0.0], line + 1)
    return changed(model, lambda s: s.translate_sites([atom], shift))


def test_vertex_too_close_to_another() -> None:
    check_structure(moved_sideways("Ag3SI", 0.2))
    with pytest.raises(StructureError, match="do not form an octahedron"):
        check_structure(moved_sideways("Ag3SI", 0.32))


def test_lost_vertex() -> None:
    model = build_structure(resolve("Ag3SI"))
    silver, iodine = model.roles.index("X"), index_of(model, "I")
    xyz = model.to_pymatgen().frac_coords
    swap = changed(
        model, lambda s: (s.translate_sites([silver], -xyz[silver]), s.translate_sites([iodine], xyz[silver]))
    )
    with pytest.raises(StructureError, match="are missing where 0 should be"):
        check_structure(swap)


def test_relaxed_like_noise_is_accepted() -> None:
    model = build_structure(resolve("Na3OCl"))
    noise = np.random.default_rng(0).normal(0, 0.03, (5, 3))

    def shake(structure: Any) -> None:
        for i, shift in enumerate(noise):
            structure.translate_sites([i], shift, frac_coords=False)

    check_structure(changed(model, shake))
