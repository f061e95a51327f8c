"""Space groups through spglib, and CIF text that reads back as the same crystal."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from antiperovskite.errors import StructureError
from antiperovskite.structures.model import StructureModel

DEFAULT_SYMPREC: Final = 0.01
_SYSTEMS: Final = (
    (2, "triclinic"),
    (15, "monoclinic"),
    (74, "orthorhombic"),
    (142, "tetragonal"),
    (167, "trigonal"),
    (194, "hexagonal"),
    (230, "cubic"),
)
"""Last space-group number of each crystal system."""
ANGLE_TOLERANCE: Final = -1.0
"""Angles are judged by the distance tolerance too (spglib's own way); pymatgen's 5 degrees would hide small shears."""


@contextmanager
def quiet_spglib() -> Iterator[None]:
    """Silence one deprecation notice of spglib >= 2.7 that pymatgen triggers on every call, and nothing else."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*OLD_ERROR_HANDLING.*", category=DeprecationWarning)
        yield


def symmetry_operations(cell: Any, places: Any, kinds: Any, symprec: float) -> tuple[Any, Any]:
    """Rotations ``(n, 3, 3)`` and translations ``(n, 3)`` of a crystal, fractional, identity first.

    Parameters
    ----------
    cell
        Lattice vectors as rows, angstrom.
    places
        Fractional coordinates ``(m, 3)``.
    kinds
        One integer a place; places of different integers are never exchanged.
    symprec
        Distance tolerance in angstrom given to spglib.

    Raises
    ------
    StructureError
        spglib finds none.
    """
    from spglib import get_symmetry

    _check_tolerance(symprec)
    with quiet_spglib():
        found = get_symmetry((cell, places, kinds), symprec=symprec)
    if found is None:
        raise StructureError(f"no symmetry was found at a tolerance of {symprec:g} angstrom; give a cleaner structure")
    return found["rotations"], found["translations"]


def spacegroup(structure: Any, symprec: float = DEFAULT_SYMPREC) -> tuple[str, int]:
    """Hermann-Mauguin symbol and number of a ``pymatgen`` structure.

    Parameters
    ----------
    symprec
        Distance tolerance in angstrom given to spglib; relaxed structures want about ten times their residual.

    Raises
    ------
    StructureError
        spglib finds no group.
    """
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer, SymmetryUndeterminedError

    _check_tolerance(symprec)
    try:
        with quiet_spglib():
            analyzer = SpacegroupAnalyzer(structure, symprec=symprec, angle_tolerance=ANGLE_TOLERANCE)
        return str(analyzer.get_space_group_symbol()), int(analyzer.get_space_group_number())
    except SymmetryUndeterminedError as error:
        raise StructureError(
            f"no space group was found at a tolerance of {symprec:g} angstrom ({error}); try another tolerance"
        ) from error


def crystal_system(number: int) -> str:
    """Crystal system of a space-group number.

    Examples
    --------
    >>> crystal_system(62), crystal_system(221)
    ('orthorhombic', 'cubic')
    """
    return next(system for last, system in _SYSTEMS if number <= last)


def conventional_a(structure: Any, symprec: float = DEFAULT_SYMPREC) -> float:
    """Lattice parameter a in angstrom of the conventional cell of a ``pymatgen`` structure."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    _check_tolerance(symprec)
    with quiet_spglib():
        analyzer = SpacegroupAnalyzer(structure, symprec=symprec, angle_tolerance=ANGLE_TOLERANCE)
        cell = analyzer.get_conventional_standard_structure()
    return float(cell.lattice.a)


def _check_tolerance(symprec: float) -> None:
    if not 0 < symprec <= 1:
        raise StructureError(f"the symmetry tolerance is {symprec:g} angstrom; it must lie above 0 and not above 1")


def to_cif(model: StructureModel, symprec: float | None = DEFAULT_SYMPREC, *, block: str | None = None) -> str:
    """CIF text of a structure with a comment that says what it is.

    The symmetrised form (conventional cell, asymmetric unit) is written if it reads back with the same composition
    and volume per atom; otherwise, or with ``symprec=None``, the P1 cell.

    Parameters
    ----------
    symprec
        Distance tolerance in angstrom given to spglib.
    block
        Added to the data block's name, to keep several blocks in one file apart.
    """
    from antiperovskite._version import __version__

    structure = model.to_pymatgen()
    text = None
    if symprec is not None:
        _check_tolerance(symprec)
        text = _symmetrised(structure, symprec)
    if text is None:
        text = _write(structure, None)
    if block is not None:
        text = re.sub(r"^data_(\S+)", rf"data_\1_{block}", text, count=1, flags=re.MULTILINE)
    header = [
        f"# {model.formula}: {model.description}",
        f"# source: {model.source}",
        *(f"# note: {note}" for note in model.notes),
        f"# written by antiperovskite {__version__}",
    ]
    return "\n".join(" ".join(line.split()) for line in header) + "\n" + text


def _write(structure: Any, symprec: float | None) -> str:
    from pymatgen.io.cif import CifWriter

    with quiet_spglib():
        lines = str(
            CifWriter(structure, symprec=symprec, significant_figures=8, angle_tolerance=ANGLE_TOLERANCE)
        ).splitlines()
    # pymatgen's own comment lines go: the header above them names the program that made the structure.
    return "\n".join(line for line in lines if not line.startswith("#")) + "\n"


def _symmetrised(structure: Any, symprec: float) -> str | None:
    from pymatgen.symmetry.analyzer import SymmetryUndeterminedError

    try:
        text = _write(structure, symprec)
    except SymmetryUndeterminedError:
        return None
    back = read_cif(text)
    same = back.composition.reduced_formula == structure.composition.reduced_formula
    volume, expected = back.volume / len(back), structure.volume / len(structure)
    return text if same and abs(volume / expected - 1) < 1e-4 else None


def read_cif(text: str) -> Any:
    """Read the first structure of CIF text as a ``pymatgen`` structure (primitive cells are not sought)."""
    from pymatgen.io.cif import CifParser

    # frac_tolerance=0: coordinates near thirds are kept as written instead of being rounded with a warning.
    return CifParser.from_str(text, frac_tolerance=0).parse_structures(primitive=False)[0]
