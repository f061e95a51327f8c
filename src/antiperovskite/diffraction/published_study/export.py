"""CIF files of the rebuilt average structures."""

from __future__ import annotations

from pathlib import Path

from antiperovskite._files import write_atomically
from antiperovskite.diffraction.published_study.crystals import Crystal, reported_crystal
from antiperovskite.structures.published.catalogue import published_models
from antiperovskite.structures.symmetry import quiet_spglib


def cif_of(crystal: Crystal) -> str:
    """CIF text of an average structure, all atoms of the cell listed, with comments that say what it is."""
    from pymatgen.io.cif import CifWriter

    with quiet_spglib():
        lines = str(CifWriter(crystal.structure, symprec=None, significant_figures=6)).splitlines()
    said = [f"# {' '.join(text.split())}" for text in (f"Table3:{crystal.model.id}", *crystal.notes)]
    return "\n".join([*said, *(line for line in lines if not line.startswith("#"))]) + "\n"


def write_cifs(directory: Path) -> list[Path]:
    """Write one CIF for each model that can be built.

    Raises
    ------
    OptionError
        A file cannot be written.
    """
    written = []
    for model in published_models():
        if model.can_build:
            path = directory / f"{model.id}.cif"
            write_atomically(path, cif_of(reported_crystal(model.id)))
            written.append(path)
    return written
