"""Units, constants (CODATA through SciPy) and every conversion of the package.

Internal units are eV, angstrom, fs, K and elementary charges. ``UNITS`` maps each unit name to its dimension
and its size in that dimension's base unit.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from antiperovskite.errors import UnitError

UNITS: Final[dict[str, tuple[str, str]]] = {
    # name: (dimension, symbol printed for people)
    "1": ("dimensionless", ""),
    "%": ("dimensionless", "%"),
    "ppm": ("dimensionless", "ppm"),
    "angstrom": ("length", "Å"),
    "nm": ("length", "nm"),
    "fm": ("length", "fm"),
    "angstrom^2": ("area", "Å²"),
    "angstrom^3": ("volume", "Å³"),
    "degree": ("angle", "°"),
    "eV": ("energy", "eV"),
    "meV": ("energy", "meV"),
    "kJ/mol": ("energy", "kJ/mol"),
    "eV/atom": ("energy per atom", "eV/atom"),
    "meV/atom": ("energy per atom", "meV/atom"),
    "eV/formula": ("energy per formula unit", "eV/f.u."),
    "meV/formula": ("energy per formula unit", "meV/f.u."),
    "eV/H2O": ("energy per water molecule", "eV/H₂O"),
    "eV/angstrom": ("force", "eV/Å"),
    "eV/angstrom^3": ("pressure", "eV/Å³"),
    "GPa": ("pressure", "GPa"),
    "bar": ("pressure", "bar"),
    "K": ("temperature", "K"),
    "fs": ("time", "fs"),
    "ps": ("time", "ps"),
    "s": ("time", "s"),
    "h": ("time", "h"),
    "g/cm^3": ("density", "g/cm³"),
    "S/cm": ("conductivity", "S/cm"),
    "cm^2/s": ("diffusion coefficient", "cm²/s"),
    "THz": ("frequency", "THz"),
    "V": ("voltage", "V"),
    "mAh/g": ("specific capacity", "mAh/g"),
}


BOLTZMANN_EV_PER_K: Final = 1.380649e-23 / 1.602176634e-19
"""Boltzmann constant in eV/K, exact in the SI of 2019."""


@cache
def _sizes() -> dict[str, float]:
    from scipy.constants import Avogadro, electron_volt

    kj_per_mol_in_eV = 1000.0 / (Avogadro * electron_volt)
    eV_per_A3_in_GPa = electron_volt / 1e-30 / 1e9
    return {
        "%": 0.01,
        "ppm": 1e-6,
        "nm": 10.0,
        "fm": 1e-5,
        "meV": 1e-3,
        "kJ/mol": kj_per_mol_in_eV,
        "meV/atom": 1e-3,
        "meV/formula": 1e-3,
        "eV/angstrom^3": eV_per_A3_in_GPa,
        "bar": 1e-4,
        "ps": 1000.0,
        "s": 1e15,
        "h": 3.6e18,
    }


def check_unit(unit: str) -> str:
    """Return ``unit`` if it is known.

    Raises
    ------
    UnitError
        The unit is not one of ``UNITS``.
    """
    if unit not in UNITS:
        raise UnitError(f"unknown unit {unit!r}; known units: {', '.join(UNITS)}")
    return unit


def conversion_factor(unit: str, target: str) -> float:
    """Return the number that turns a value in ``unit`` into one in ``target``.

    Raises
    ------
    UnitError
        A unit is unknown, or the two measure different things.

    Examples
    --------
    >>> round(conversion_factor("eV", "kJ/mol"), 3)
    96.485
    """
    check_unit(unit)
    check_unit(target)
    if UNITS[unit][0] != UNITS[target][0]:
        raise UnitError(
            f"cannot convert {unit!r} ({UNITS[unit][0]}) to {target!r} ({UNITS[target][0]}); they differ in dimension"
        )
    sizes = _sizes()
    return sizes.get(unit, 1.0) / sizes.get(target, 1.0)


def unit_symbol(unit: str) -> str:
    """Return the unit as people write it, for example ``"Å"`` for ``"angstrom"``."""
    return UNITS[check_unit(unit)][1]
