"""Which structures a closed-shell calculation gets wrong, judged from the composition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

OPEN_D_SHELL: Final = frozenset({"Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu"})
METALS: Final = frozenset(
    {
        "Li",
        "Na",
        "K",
        "Rb",
        "Cs",
        "Be",
        "Mg",
        "Ca",
        "Sr",
        "Ba",
        "Al",
        "Ga",
        "In",
        "Tl",
        "Sn",
        "Pb",
        "Bi",
        "Zn",
        "Cd",
        "Hg",
        "Sc",
        "Ti",
        "V",
        "Cr",
        "Mn",
        "Fe",
        "Co",
        "Ni",
        "Cu",
        "Y",
        "Zr",
        "Nb",
        "Mo",
        "Tc",
        "Ru",
        "Rh",
        "Pd",
        "Ag",
        "Hf",
        "Ta",
        "W",
        "Re",
        "Os",
        "Ir",
        "Pt",
        "Au",
        "La",
        "Ce",
    }
)
_ALKALI: Final = frozenset({"Li", "Na", "K", "Rb", "Cs"})


def spin_reason(symbols: Sequence[str]) -> str | None:
    """Say why a structure of these atoms needs spin polarisation; ``None`` where a closed shell will do.

    The rule sees the composition only: open 3d shells, molecular oxygen, alkali superoxides and ozonides (two or more
    oxygen atoms a metal atom), and an odd number of electrons in the cell unless all elements are metals.
    """
    from ase.data import atomic_numbers

    present = set(symbols)
    open_shells = sorted(present & OPEN_D_SHELL)
    if open_shells:
        return f"open d shell of {', '.join(open_shells)}"
    if present == {"O"}:
        return "molecular oxygen is a triplet"
    oxygen = list(symbols).count("O")
    if present <= {"O", *_ALKALI} and oxygen >= 2 * (len(symbols) - oxygen):
        return "superoxide and ozonide ions have an unpaired electron"
    electrons = sum(atomic_numbers[symbol] for symbol in symbols)
    if electrons % 2 and not present <= METALS:
        return f"{electrons} electrons in the cell, an odd number"
    return None
