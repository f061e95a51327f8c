"""Structures as text in the formats other programs read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal, get_args

from antiperovskite.errors import OptionError, best_match
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.symmetry import to_cif

StructureFormat = Literal["cif", "poscar", "extxyz", "json"]
FORMATS: tuple[str, ...] = get_args(StructureFormat)


def check_format(name: str) -> str:
    """Return the format's name in lower case.

    Raises
    ------
    OptionError
        It is none of ``FORMATS``.
    """
    lower = name.lower()
    if lower not in FORMATS:
        hint = best_match(lower, list(FORMATS))
        raise OptionError(f"unknown structure format {name!r}{hint}; choose one of {', '.join(FORMATS)}")
    return lower


def to_text(models: Sequence[StructureModel], format: str) -> str:  # noqa: A002 - the option's name
    """Write one or several structures.

    ``cif`` and ``extxyz`` hold several, one block or frame each; ``json`` is one :class:`StructureModel`, or a
    list of them for several; ``poscar`` holds one only.

    Raises
    ------
    OptionError
        The format is unknown, or cannot hold this many structures.
    """
    kind = check_format(format)
    if kind == "poscar" and len(models) != 1:
        raise OptionError(f"a POSCAR holds one structure, not {len(models)}; choose cif, extxyz or json for several")
    if kind == "cif":
        names = [None] if len(models) == 1 else [f"candidate_{i}" for i in range(1, len(models) + 1)]
        return "\n".join(to_cif(model, block=name) for model, name in zip(models, names, strict=True))
    if kind == "poscar":
        return _poscar(models[0])
    if kind == "extxyz":
        return "".join(_extxyz(model) for model in models)
    return _json(models)


def _poscar(model: StructureModel) -> str:
    from pymatgen.io.vasp import Poscar

    structure = model.to_pymatgen()
    comment = " ".join(f"{model.formula}: {model.description}".split())
    return str(Poscar(structure, comment=comment, sort_structure=True).get_str(significant_figures=10))


def _extxyz(model: StructureModel) -> str:
    import numpy as np
    from ase import Atoms
    from ase.io import write

    structure = model.to_pymatgen()
    atoms = Atoms(
        [site.specie.symbol for site in structure],
        positions=structure.cart_coords,
        cell=structure.lattice.matrix,
        pbc=True,
    )
    atoms.new_array("role", np.array(model.roles))
    atoms.new_array("ion", np.array(model.ions))
    atoms.new_array("group", np.array(model.groups))
    atoms.info = {"formula": model.formula, "description": model.description, "source": model.source}
    stream = io.StringIO()
    write(stream, atoms, format="extxyz")
    return stream.getvalue()


def _json(models: Sequence[StructureModel]) -> str:
    from pydantic import TypeAdapter

    if len(models) == 1:
        return models[0].model_dump_json(indent=2) + "\n"
    return TypeAdapter(list[StructureModel]).dump_json(list(models), indent=2).decode() + "\n"
