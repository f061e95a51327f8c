"""Reading a crystal structure from a CIF for a pattern: everything a pattern needs is there, or one clear line."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, NamedTuple

from antiperovskite.errors import OptionError, one_line

LARGEST_FILE_bytes = 10_000_000
MOST_SITES = 20_000
SYMMETRY_KEYS = (
    "_symmetry_equiv_pos_as_xyz",
    "_space_group_symop_operation_xyz",
    "_symmetry_equiv_pos_as_xyz_",
    "_space_group_symop_operation_xyz_",
    "_symmetry_space_group_name_H-M",
    "_space_group_name_H-M_alt",
    "_space_group_name_Hall",
    "_symmetry_space_group_name_Hall",
    "_space_group_IT_number",
    "_symmetry_Int_Tables_number",
)
CELL_KEYS = tuple(f"_cell_{name}" for name in ("length_a", "length_b", "length_c")) + tuple(
    f"_cell_angle_{name}" for name in ("alpha", "beta", "gamma")
)
COORDINATES = tuple(f"_atom_site_fract_{axis}" for axis in "xyz")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:\(\d+\))?")
UNKNOWN = frozenset({"", "?", "."})


class CifStructure(NamedTuple):
    """A pymatgen Structure (site property ``b_iso`` in angstrom^2 where the file gives one) and what must be said."""

    structure: Any
    notes: tuple[str, ...]


def read_cif(path: Path | str) -> CifStructure:
    """Read the first structure of a CIF, keeping partial occupancies, deuterium and isotropic temperature factors.

    Parameters
    ----------
    path
        A CIF of at most 10 MB.

    Returns
    -------
    CifStructure
        The conventional cell and notes: several structures in the file, what the reader corrected.

    Raises
    ------
    OptionError
        The file cannot be read, is too large, or has no block with a cell, a symmetry and atoms; a number in it is
        none; a site is occupied less than 0 or more than 1 times; deuterium is written as hydrogen; the cell or the
        symmetry is impossible. The message names the place.

    Examples
    --------
    >>> read_cif("no.cif")
    Traceback (most recent call last):
    ...
    antiperovskite.errors.OptionError: cannot read 'no.cif': No such file or directory; give a CIF file or a formula
    """
    path = Path(path)
    name = one_line(path, 80)
    text = _read_text(path, name)
    block, usable = _first_block(text, name)
    _check_cell(block, name)
    b_iso = _check_sites(block, name)
    structure, warned = _parse(text, name)
    _attach(structure, b_iso)
    notes = [f"structure read from {path.name}"]
    if usable > 1:
        notes.append(f"the file holds {usable} structures; the first is used")
    return CifStructure(structure, tuple(dict.fromkeys([*notes, *warned])))


def _read_text(path: Path, name: str) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_bytes:
            raise OptionError(
                f"{name!r} has {size / 1e6:.1f} MB; a CIF may have {LARGEST_FILE_bytes / 1e6:.0f} MB here; "
                "give a file with one structure"
            )
        text = path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"cannot read {name!r}: {reason}; give a CIF file or a formula") from None
    if "data_" not in text or "_cell_length_a" not in text:
        raise OptionError(f"{name!r} is not a CIF: it has no data block with a unit cell; give a CIF or a formula")
    return text.replace("\x00", " ")


def _first_block(text: str, name: str) -> tuple[dict[str, Any], int]:
    """The data of the first block with atoms, and how many such blocks there are."""
    import warnings

    from pymatgen.io.cif import CifFile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            blocks = [dict(block.data) for block in CifFile.from_str(text).data.values()]
        except Exception as error:  # noqa: BLE001  the parser raises many kinds on damaged files
            reason = one_line(error, 100) or type(error).__name__
            raise OptionError(f"cannot read {name!r} as a CIF: {reason}; check its syntax") from None
    with_atoms = [block for block in blocks if any(key in block for key in COORDINATES)]
    if not with_atoms:
        raise OptionError(f"{name!r} holds no atom sites (_atom_site_fract_x); give a CIF with coordinates")
    return with_atoms[0], len(with_atoms)


def _number(value: object, what: str, name: str) -> float:
    text = str(value).strip().strip("'\"")
    if _NUMBER.fullmatch(text) is None:
        raise OptionError(f"{name!r}: {what} is {one_line(text or 'empty', 20)!r}, not a number; mend the file")
    number = float(text.partition("(")[0])
    if not math.isfinite(number):
        raise OptionError(f"{name!r}: {what} is {one_line(text, 20)!r}, which is no finite number; mend the file")
    return number


def _check_cell(block: dict[str, Any], name: str) -> None:
    missing = [key for key in CELL_KEYS if str(block.get(key, "?")).strip() in UNKNOWN]
    if missing:
        raise OptionError(f"{name!r} has no {', '.join(missing)}; a pattern needs the whole unit cell")
    a, b, c, *angles = (_number(block[key], key, name) for key in CELL_KEYS)
    if not all(0.5 <= length <= 1000.0 for length in (a, b, c)):
        raise OptionError(f"{name!r}: cell lengths {a:g}, {b:g}, {c:g} angstrom are not possible; use 0.5 to 1000")
    cosines = [math.cos(math.radians(angle)) for angle in angles]
    square = 1.0 - sum(x * x for x in cosines) + 2.0 * math.prod(cosines)
    if not all(5.0 < angle < 175.0 for angle in angles) or square < 1e-4:
        said = ", ".join(f"{angle:g}" for angle in angles)
        raise OptionError(f"{name!r}: cell angles {said} degree do not span a cell; check them")
    if all(_absent(block.get(key)) for key in SYMMETRY_KEYS):
        raise OptionError(
            f"{name!r} says no symmetry; add _space_group_name_H-M_alt ('P 1' if every atom of the cell is listed) or "
            "the symmetry operations"
        )


def _absent(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(item is None or str(item).strip().strip("'\"") in UNKNOWN for item in values)


def _column(block: dict[str, Any], key: str) -> list[str] | None:
    value = block.get(key)
    if value is None:
        return None
    return [str(item).strip() for item in (value if isinstance(value, list) else [value])]


def _check_sites(block: dict[str, Any], name: str) -> dict[str, float]:
    """Check numbers, occupancies and hydrogen isotopes; return B (angstrom^2) by site label."""
    columns = [_column(block, key) for key in COORDINATES]
    labels = _column(block, "_atom_site_label")
    types = _column(block, "_atom_site_type_symbol")
    names = labels or types
    if names is None or any(column is None or len(column) != len(names) for column in columns):
        raise OptionError(f"{name!r}: the atom sites need a label or type and three coordinates each; check the loop")
    if len(names) > MOST_SITES:
        raise OptionError(f"{name!r} lists {len(names)} sites; at most {MOST_SITES} are read")
    for row, label in enumerate(names):
        for column, axis in zip(columns, "xyz", strict=True):
            value = _number((column or [])[row], f"coordinate {axis} of site {label}", name)
            if abs(value) > 1000.0:
                raise OptionError(
                    f"{name!r}: coordinate {axis} of site {label} is {value:g}; give fractions of the cell"
                )
    places = [[_number(column[row], "", name) for column in columns if column] for row in range(len(names))]
    for row, text in enumerate(_column(block, "_atom_site_occupancy") or []):
        if text in UNKNOWN:
            continue
        site = names[row] if row < len(names) else f"number {row + 1}"
        value = _number(text, f"occupancy of site {site}", name)
        if not 0.0 < value <= 1.0 + 1e-6:
            raise OptionError(f"{name!r}: site {site} is occupied {value:g} times; an occupancy lies in 0 to 1")
    if labels is not None and types is not None and len(types) == len(labels):
        _check_deuterium(labels, types, name)
    _check_mixed_hydrogen(types if types is not None and len(types) == len(names) else names, places, name)
    return _temperature_factors(block, names, name)


def _check_deuterium(labels: list[str], types: list[str], name: str) -> None:
    for label, kind in zip(labels, types, strict=True):
        plain = re.match(r"[A-Za-z]*", kind)
        heavy = re.fullmatch(r"D\d*[A-Za-z]?", label) is not None
        if heavy and plain is not None and plain[0] == "H":
            raise OptionError(
                f"{name!r}: site {label} is called D and typed H; make both D or both H (neutrons tell them apart)"
            )


def _check_mixed_hydrogen(kinds: list[str], places: list[list[float]], name: str) -> None:
    """pymatgen holds H and D to be one element, so a site shared by both would be read wrongly."""
    light = [place for kind, place in zip(kinds, places, strict=True) if re.fullmatch(r"H(?![a-z]).*", kind)]
    heavy = [place for kind, place in zip(kinds, places, strict=True) if re.fullmatch(r"D(?![a-z]).*", kind)]
    for one in light:
        for other in heavy:
            if all(abs(x - y - round(x - y)) < 1e-3 for x, y in zip(one, other, strict=True)):
                raise OptionError(
                    f"{name!r}: a site shared by H and D is not read; give two files, one with all H and one with all D"
                )


def _temperature_factors(block: dict[str, Any], names: list[str], name: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, factor in (("_atom_site_U_iso_or_equiv", 8.0 * math.pi**2), ("_atom_site_B_iso_or_equiv", 1.0)):
        column = _column(block, key)
        if column is None or len(column) != len(names):
            continue
        for label, text in zip(names, column, strict=True):
            if text in UNKNOWN:
                continue
            value = factor * _number(text, f"temperature factor of site {label}", name)
            if not 0.0 <= value <= 100.0:
                raise OptionError(
                    f"{name!r}: B of site {label} is {value:.3g} angstrom^2; 0 to 100 is possible (U is B / 8 pi^2)"
                )
            found[label] = value
    return found


def _parse(text: str, name: str) -> tuple[Any, list[str]]:
    import warnings

    from pymatgen.core.periodic_table import DummySpecies
    from pymatgen.io.cif import CifParser

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            structures = CifParser.from_str(text).parse_structures(primitive=False, check_occu=True)
            structure = structures[0] if structures else None
            broken = structure is not None and not all(
                math.isfinite(x) for site in structure for x in (*site.frac_coords, *site.coords)
            )
        except Exception as error:  # noqa: BLE001  the parser raises many kinds on damaged files
            reasons = [one_line(item.message, 160) for item in caught]
            reason = next((item for item in reasons if "ccupan" in item), "") or one_line(error, 120)
            raise OptionError(
                f"cannot read a structure from {name!r}: {reason or type(error).__name__}; mend the file"
            ) from None
    if structure is None or not len(structure) or broken:
        raise OptionError(f"{name!r} holds no readable structure; check its atom sites and symmetry")
    for site in structure:
        if sum(site.species.values()) > 1.0 + 1e-3:
            total = sum(site.species.values())
            raise OptionError(f"{name!r}: the site of {site.species_string} is occupied {total:.3f} times; 1 at most")
        if any(isinstance(kind, DummySpecies) for kind in site.species):
            raise OptionError(f"{name!r}: {site.species_string} is no element; give chemical symbols")
    said = [f"CIF reader: {one_line(item.message, 160)}" for item in caught]
    return structure, said


def _attach(structure: Any, b_iso: dict[str, float]) -> None:
    """Put B on the sites as the property ``b_iso``; occupants of one site share the mean of theirs."""
    if not b_iso:
        return
    values: list[float | None] = []
    for site in structure:
        own = [b_iso[part.strip()] for part in str(site.label).split(",") if part.strip() in b_iso]
        values.append(sum(own) / len(own) if own else None)
    structure.add_site_property("b_iso", values)
