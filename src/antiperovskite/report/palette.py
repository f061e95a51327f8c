"""Element colours of the 3D view and names of the page's series colours.

The elements follow the habits of CPK where colour-blind readers can keep them apart, after the Okabe-Ito set:
oxygen is vermilion and chlorine bluish green (not pure red and green), and neighbours in one structure differ in
lightness and size as well. Elements without an entry are grey.
"""

from __future__ import annotations

from typing import Final

ELEMENT_COLOURS: Final[dict[str, str]] = {
    "H": "#eef1f4",
    "D": "#eef1f4",
    "Li": "#b583d6",
    "Na": "#4f9be8",
    "K": "#3d5fc4",
    "Ag": "#a9b4c0",
    "Mg": "#7fb069",
    "Ca": "#5aa7a7",
    "Sr": "#3f8f9b",
    "Ba": "#2b7280",
    "Al": "#b9a7a0",
    "B": "#f2b199",
    "C": "#565d66",
    "N": "#2f55c8",
    "P": "#e8892b",
    "As": "#9c6f9e",
    "Sb": "#7d5f9a",
    "Bi": "#6d4a86",
    "O": "#d9481c",
    "S": "#e6c02a",
    "Se": "#d9921f",
    "Te": "#b07a24",
    "F": "#a6d854",
    "Cl": "#1fa67a",
    "Br": "#96492a",
    "I": "#5d3a9b",
    "Mn": "#a06cb0",
    "Fe": "#c2672d",
    "Co": "#cc79a7",
    "Ni": "#5f9e4a",
    "Cu": "#b87a4a",
    "Zn": "#8a93a8",
}
GREY: Final = "#98a1ab"

# CSS custom properties; the page's script replaces them by the theme's colours before it draws.
INK: Final = "var(--ink)"
MUTED: Final = "var(--muted)"
LINE: Final = "var(--line)"
SERIES: Final = tuple(f"var(--series-{k})" for k in range(1, 7))


def element_colour(element: str) -> str:
    """Return the colour an element is drawn in, as ``#rrggbb``."""
    return ELEMENT_COLOURS.get(element, GREY)
