"""Octahedral tilts: Glazer's symbols, the fifteen systems of Howard and Stokes, and the cells they need.

A symbol such as ``a-a-c0`` gives, for each pseudo-cubic axis, a letter (equal letters: equal angles), and whether
octahedra that follow each other along the axis turn the same way (+), opposite ways (-) or not at all (0).
Glazer, Acta Cryst. B 28, 3384 (1972), 10.1107/S0567740872007976; Howard and Stokes, Acta Cryst. B 54, 782 (1998),
10.1107/S0108768198004200.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from math import radians
from typing import Final

from antiperovskite.errors import OptionError, one_line
from antiperovskite.structures.lattices import short_vectors
from antiperovskite.structures.parent import Cell, ParentCell

DEFAULT_ANGLE_DEGREES: Final = 6.0
LARGEST_ANGLE_DEGREES: Final = 20.0
# Angles of the second and third distinct letter where one angle is given: unequal, as their letters say.
UNEQUAL: Final = (1.0, 0.75, 0.5)

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class TiltSystem:
    """One of the fifteen systems: its symbol and its space group for X3BA."""

    symbol: str
    spacegroup: str
    number: int


# The fifteen of Howard and Stokes; of Glazer's 23 the rest have no symmetry of their own. Tests hold each to spglib.
SYSTEMS: Final[tuple[TiltSystem, ...]] = (
    TiltSystem("a0a0a0", "Pm-3m", 221),
    TiltSystem("a0a0c+", "P4/mbm", 127),
    TiltSystem("a0b+b+", "I4/mmm", 139),
    TiltSystem("a+a+a+", "Im-3", 204),
    TiltSystem("a+b+c+", "Immm", 71),
    TiltSystem("a0a0c-", "I4/mcm", 140),
    TiltSystem("a0b-b-", "Imma", 74),
    TiltSystem("a-a-a-", "R-3c", 167),
    TiltSystem("a0b-c-", "C2/m", 12),
    TiltSystem("a-b-b-", "C2/c", 15),
    TiltSystem("a-b-c-", "P-1", 2),
    TiltSystem("a0b+c-", "Cmcm", 63),
    TiltSystem("a+b-b-", "Pnma", 62),
    TiltSystem("a+b-c-", "P2_1/m", 11),
    TiltSystem("a+a+c-", "P4_2/nmc", 137),
)


@dataclass(frozen=True)
class Tilt:
    """A tilt about the pseudo-cubic axes: signs by axis (``"+"``, ``"-"``, ``"0"``) and angles in degrees."""

    symbol: str
    signs: tuple[str, str, str]
    angles_degrees: Vector
    system: TiltSystem

    def cell(self) -> ParentCell:
        """The smallest supercell of the cubic parent with this tilt pattern."""
        corners: list[Cell] = [(a, b, c) for a, b, c in product((0, 1), repeat=3)]
        moves = [move for move in corners if self._keeps(move)]
        return ParentCell(short_vectors([*moves, (2, 0, 0), (0, 2, 0), (0, 0, 2)]))

    def _keeps(self, move: Cell) -> bool:
        """Whether a translation by whole parent cells brings every octahedron to one turned the same way."""
        return all(self._phase(axis, move) == 1 for axis in range(3))

    def _phase(self, axis: int, cell: Cell) -> int:
        sign = self.signs[axis]
        if sign == "0":
            return 1
        # Corner sharing makes octahedra alternate along the two axes normal to the tilt axis, whatever the sign.
        exponent = sum(cell) if sign == "-" else sum(cell) - cell[axis]
        return -1 if exponent % 2 else 1

    def rotation(self, cell: Cell) -> Vector:
        """Rotation vector in radian of the octahedron in a parent cell."""
        x, y, z = (self._phase(axis, cell) * radians(self.angles_degrees[axis]) for axis in range(3))
        return (x, y, z)


def parse_tilt(symbol: str, angles: tuple[float, ...] = (DEFAULT_ANGLE_DEGREES,)) -> Tilt:
    """Read a tilt symbol and its angles.

    Parameters
    ----------
    symbol
        Glazer's symbol in any order of axes, for example ``"a-a-c0"`` or ``"a+b-b-"``.
    angles
        One angle in degree, or one for each distinct tilted letter in the order of the symbol. With one angle,
        further letters take 0.75 and 0.5 of it.

    Raises
    ------
    OptionError
        The symbol is none of Glazer's, or the angles do not fit it.

    Examples
    --------
    >>> parse_tilt("a-a-c0", (8.0,)).system.spacegroup
    'Imma'
    """
    signs, letters = _read(symbol)
    system = find_system(symbol)
    names = list(dict.fromkeys(letter for letter, sign in zip(letters, signs, strict=True) if sign != "0"))
    for angle in angles:
        if not 0 < angle <= LARGEST_ANGLE_DEGREES:
            raise OptionError(
                f"a tilt angle of {angle:g} degrees was given; it must lie above 0 and not above "
                f"{LARGEST_ANGLE_DEGREES:g} (beyond, octahedra of neighbouring cells come into contact)"
            )
    if not angles or len(angles) > max(1, len(names)):
        raise OptionError(
            f"{len(angles)} tilt angles were given for {one_line(symbol, 20)!r}, which has {len(names)} distinct "
            f"tilted letters ({', '.join(names) or 'none'}); give one angle, or one a letter"
        )
    if 1 < len(angles) < len(names):
        raise OptionError(f"{len(angles)} tilt angles were given for the {len(names)} letters {', '.join(names)}")
    if len(angles) == 1:
        angles = tuple(angles[0] * UNEQUAL[k] for k in range(len(names)))
    elif len(set(angles)) < len(angles):
        raise OptionError(
            f"equal angles were given for different letters of {one_line(symbol, 20)!r}; write equal letters instead"
        )
    by_letter = dict(zip(names, angles, strict=False))
    x, y, z = (0.0 if sign == "0" else by_letter[letter] for letter, sign in zip(letters, signs, strict=True))
    return Tilt(_plain(symbol), signs, (x, y, z), system)


def _plain(symbol: str) -> str:
    return re.sub(r"[\s^_{}]", "", symbol.strip().lower()).replace("−", "-").replace("⁺", "+").replace("⁻", "-")


def _read(symbol: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    match = re.fullmatch(r"([abc])([+\-0])([abc])([+\-0])([abc])([+\-0])", _plain(symbol))
    if match is None:
        raise OptionError(
            f"{one_line(symbol, 30)!r} is no tilt symbol; write a letter and a sign (+, - or 0) for each axis, one of "
            f"{', '.join(system.symbol for system in SYSTEMS)}, in any order of axes"
        )
    a, i, b, j, c, k = match.groups()
    return (i, j, k), (a, b, c)


def _pattern(symbol: str) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """What decides the symmetry: untilted axes, and how many of the + and of the - tilts have equal angles.

    Equal letters with different signs carry no symmetry (Howard and Stokes), so a+a-a- is a+b-b-.
    """
    signs, letters = _read(symbol)

    def groups(sign: str) -> tuple[int, ...]:
        here = [letter for letter, s in zip(letters, signs, strict=True) if s == sign]
        return tuple(sorted((here.count(letter) for letter in set(here)), reverse=True))

    return signs.count("0"), groups("+"), groups("-")


def find_system(symbol: str) -> TiltSystem:
    """The one of the fifteen systems a symbol belongs to, whatever the order of its axes.

    Raises
    ------
    OptionError
        The symbol cannot be read, or Howard and Stokes leave it out.
    """
    wanted = _pattern(symbol)
    for system in SYSTEMS:
        if _pattern(system.symbol) == wanted:
            return system
    hints: dict[tuple[int, tuple[int, ...], tuple[int, ...]], str] = {
        (1, (1, 1), ()): "a0b+c+ has the symmetry of a+b+c+ (Immm); write that",
        (0, (2, 1), ()): "a+b+b+ has the symmetry of a+b+c+ (Immm); write that",
        (0, (1, 1), (1,)): "two unequal + tilts beside a - tilt; write a+a+c- (P4_2/nmc)",
    }
    hint = hints.get(wanted, "")
    raise OptionError(
        f"{one_line(symbol, 20)!r} is not one of the fifteen tilt systems of Howard and Stokes"
        f"{': ' + hint if hint else ''}; they are {', '.join(system.symbol for system in SYSTEMS)}"
    )
