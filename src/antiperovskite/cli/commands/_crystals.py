"""Reading what commands on patterns are given: a formula (its starting structures) or a CIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def looks_like_path(target: str) -> bool:
    """Whether a target is meant as a file."""
    return target.lower().endswith((".cif", ".mcif")) or "/" in target or "\\" in target


def is_published(target: str) -> bool:
    """Whether a target names a published model of Table 3."""
    return target.lower().startswith("table3:")


def read_crystal(target: str) -> tuple[Any, tuple[str, ...]]:
    """Return the structure and what must be said about it: a CIF's, or the default one of a formula.

    ``Li2OHCl#2`` is the second of a formula's candidates (see ``structure --candidates``); ``Table3:wang-pban`` a
    published model of Li2OHCl (see ``study table3``).

    Raises
    ------
    InputError
        No such file, formula or candidate.
    """
    if looks_like_path(target):
        from antiperovskite.diffraction import read_cif

        return tuple(read_cif(Path(target)))
    from antiperovskite.composition import resolve
    from antiperovskite.structures import build_structure

    if is_published(target):
        from antiperovskite.diffraction.published_study.crystals import reported_crystal

        crystal = reported_crystal(target)
        return crystal.structure, crystal.notes
    formula, mark, number = target.partition("#")
    model = pick(formula, number) if mark else build_structure(resolve(formula))
    return model, (UNRELAXED, model.description, *model.notes)


UNRELAXED = "not relaxed: the lattice of this starting structure is an estimate, so line positions are too"


def pick(formula: str, number: str) -> Any:
    """The candidate of a formula with this number, counted from 1."""
    from antiperovskite.errors import OptionError, one_line

    found = candidates(formula)
    if not number.isdecimal() or not 1 <= int(number) <= len(found):
        raise OptionError(
            f"{one_line(formula, 30)} has candidates 1 to {len(found)}, not {one_line(number, 10)!r}; "
            "see antiperovskite structure --candidates"
        )
    return found[int(number) - 1]


def candidates(formula: str) -> list[Any]:
    """All starting structures of a formula."""
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError, one_line
    from antiperovskite.structures import candidate_structures

    if is_published(formula):
        raise OptionError(f"{one_line(formula, 40)} is one published model; give two or more models to distinguish")

    return list(candidate_structures(resolve(formula)))


def read_isotopes(pairs: list[str]) -> dict[str, str]:
    """Read ``H=D``, ``Li=7Li``.

    Raises
    ------
    OptionError
        One that cannot be read, or two for one element.
    """
    from antiperovskite.diffraction.scattering import parse_isotopes
    from antiperovskite.errors import OptionError, one_line

    isotopes: dict[str, str] = {}
    for pair in pairs:
        element, equals, nuclide = (part.strip() for part in pair.partition("="))
        if not (element and equals and nuclide):
            raise OptionError(f"cannot read the isotope {one_line(pair, 20)!r}; write it as H=D or Li=7Li")
        if element in isotopes:
            raise OptionError(f"two isotopes were given for {element}; give one")
        isotopes[element] = nuclide
    parse_isotopes(isotopes)
    return isotopes


def read_numbers(pairs: list[str], what: str, example: str) -> dict[str, float]:
    """Read ``key=number`` options.

    Raises
    ------
    OptionError
        One that cannot be read, or a key given twice.
    """
    import math

    from antiperovskite.errors import OptionError, one_line

    found: dict[str, float] = {}
    for pair in pairs:
        key, equals, text = (part.strip() for part in pair.partition("="))
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not key or not equals or not math.isfinite(value) or key in found:
            raise OptionError(f"cannot read the {what} {one_line(pair, 30)!r}; write it as {example}, each once")
        found[key] = value
    return found


def read_temperature_factors(texts: list[str]) -> float | dict[str, float] | None:
    """Read ``1.0`` (all atoms) or ``Li=1.5 Cl=1.0``; ``None`` where nothing is given."""
    if not texts:
        return None
    if len(texts) == 1 and "=" not in texts[0]:
        return read_numbers([f"B={texts[0]}"], "temperature factor", "1.0 or Li=1.5")["B"]
    return read_numbers(texts, "temperature factor", "1.0 or Li=1.5")
