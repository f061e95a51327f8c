"""Cells in which a supercell is as compact as it can be: the conventional one of a centred lattice."""

from __future__ import annotations

from typing import Any, Final

from antiperovskite.structures.model import StructureModel

_CENTRED: Final = (
    ("body", ((0, 1, 1), (1, 0, 1), (1, 1, 0))),
    ("face", ((-1, 1, 1), (1, -1, 1), (1, 1, -1))),
)


def conventional(model: StructureModel) -> StructureModel:
    """The right-angled cell of a crystal that is given in a primitive cell of a centred lattice.

    A model whose cell is right-angled already, whose lattice is not centred that way, or which holds cluster ions (they
    would be cut) is returned as it is.
    """
    crystal = model.to_pymatgen()
    if max(abs(angle - 90.0) for angle in crystal.lattice.angles) < 0.5 or len(set(model.groups)) < len(crystal):
        return model
    for name, matrix in _CENTRED:
        found = expanded(model, matrix, f"conventional cell of the {name}-centred lattice")
        if max(abs(angle - 90.0) for angle in found.to_pymatgen().lattice.angles) < 0.5:
            return found
    return model


def expanded(model: StructureModel, matrix: Any, words: str) -> StructureModel:
    """The crystal in a larger cell whose vectors are ``matrix`` times those of the model's; no cluster ions."""
    import numpy as np
    from pymatgen.core import Structure

    crystal = model.to_pymatgen()
    found: Structure = crystal.copy(site_properties={"unit": list(range(len(crystal)))})
    found.make_supercell(np.array(matrix))
    factor = len(found) // len(crystal)
    unit = [int(site.properties["unit"]) for site in found]
    found.remove_site_property("unit")
    plain = found.as_dict()
    plain["lattice"]["pbc"] = list(plain["lattice"]["pbc"])
    return model.model_copy(
        update={
            "structure": plain,
            "roles": tuple(model.roles[k] for k in unit),
            "ions": tuple(model.ions[k] for k in unit),
            "groups": tuple(range(len(found))),
            "formula_units": model.formula_units * factor,
            "cubic_cells": model.cubic_cells * factor,
            "description": f"{model.description}; {words}",
        }
    )
