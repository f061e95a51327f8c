"""Text for people: chemical formulas, numbers and names as safe HTML."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

from antiperovskite.quantity import NotComputed, Quantity, format_number
from antiperovskite.units import unit_symbol

_ELEMENTS: Final = frozenset(
    [
        "H",
        "D",
        "He",
        "Li",
        "Be",
        "B",
        "C",
        "N",
        "O",
        "F",
        "Ne",
        "Na",
        "Mg",
        "Al",
        "Si",
        "P",
        "S",
        "Cl",
        "Ar",
        "K",
        "Ca",
        "Sc",
        "Ti",
        "V",
        "Cr",
        "Mn",
        "Fe",
        "Co",
        "Ni",
        "Cu",
        "Zn",
        "Ga",
        "Ge",
        "As",
        "Se",
        "Br",
        "Kr",
        "Rb",
        "Sr",
        "Y",
        "Zr",
        "Nb",
        "Mo",
        "Tc",
        "Ru",
        "Rh",
        "Pd",
        "Ag",
        "Cd",
        "In",
        "Sn",
        "Sb",
        "Te",
        "I",
        "Xe",
        "Cs",
        "Ba",
        "La",
        "Ce",
        "Pr",
        "Nd",
        "Sm",
        "Eu",
        "Gd",
        "Tb",
        "Dy",
        "Ho",
        "Er",
        "Tm",
        "Yb",
        "Lu",
        "Hf",
        "Ta",
        "W",
        "Re",
        "Os",
        "Ir",
        "Pt",
        "Au",
        "Hg",
        "Tl",
        "Pb",
        "Bi",
    ]
)
_SYMBOL: Final = re.compile(r"[A-Z][a-z]?")
_AMOUNT: Final = re.compile(r"(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)")
_TOKEN: Final = re.compile(r"(?<![\w./-])(?:[A-Z][a-z]?|[()]|\d+(?:\.\d+)?)+(?![\w/-])")
_DIATOMICS: Final = frozenset({"H2", "D2", "N2", "O2", "F2", "Cl2", "Br2", "I2"})
_EXPONENT: Final = re.compile(r"([\d)])e([+-]?)0*(\d+)")

# How the contract's keys are printed, in the order in which the page shows them.
QUANTITY_NAMES: Final[dict[str, str]] = {
    "lattice_a": "Lattice parameter a",
    "energy_above_hull": "Energy above the hull",
    "reaction_energy_from_binaries": "From the binaries",
    "hydration_energy": "Hydration energy",
}
# These get a key number of their own only where they were computed.
SURROUNDINGS_NAMES: Final[dict[str, str]] = {
    "reduction_limit": "Reduction limit",
    "oxidation_limit": "Oxidation limit",
    "contact_with_metal_mutual": "With its own metal",
    "lowest_phonon_frequency": "Lowest phonon",
    "vacancy_migration_barrier": "Vacancy barrier",
}
OTHER_NAMES: Final[dict[str, str]] = {
    **QUANTITY_NAMES,
    **SURROUNDINGS_NAMES,
    "oxidation_onset_metastable": "Oxidation onset of the compound itself",
    "contact_with_metal": "Contact with its metal, decomposition included",
    "contact_with_metal_probability": "Probability that its metal attacks it",
    "max_water_ppm": "Most water, equilibrium",
    "max_water_temperature": "Most water, equilibrium: temperature",
    "max_water_ppm_298K": "Most water at 298 K, equilibrium",
    "max_water_ppm_metastable": "Most water, metastable",
    "max_water_temperature_metastable": "Most water, metastable: temperature",
    "max_water_ppm_metastable_298K": "Most water at 298 K, metastable",
    "unstable_phonon_modes": "Unstable modes at the q-points of the supercell",
    "imaginary_phonon_share": "Share of imaginary modes, interpolated",
    "vacancy_migration_barrier": "Lowest barrier, vacancy",
    "interstitial_migration_barrier": "Lowest barrier, interstitial",
    "lowest_schottky_energy_per_defect": "Schottky energy, per defect",
    "lowest_frenkel_energy_per_defect": "Frenkel energy, per defect",
}
REACTION_NAMES: Final[dict[str, str]] = {
    "decomposition": "Decomposition",
    "reaction_energy_from_binaries": "From the binaries",
    "hydration_energy_to_hydrated_phase": "Hydration: to X2OHA",
    "hydration_energy_to_hydroxide": "Hydration: to hydroxide",
}
_DASH: Final = Markup('<span class="none" title="not available">–</span>')


def chem(formula: str) -> Markup:
    """Return a formula or an equation with its amounts as subscripts, everything else escaped.

    Leading coefficients stay on the line because only digits after a letter or a bracket are lowered.

    Examples
    --------
    >>> str(chem("2 Li2(OH)0.9F0.1Cl"))
    '2 Li<sub>2</sub>(OH)<sub>0.9</sub>F<sub>0.1</sub>Cl'
    """
    text = str(escape(formula)).replace("-&gt;", "→")
    return Markup(_AMOUNT.sub(r"<sub>\1</sub>", text))


def reaction_name(name: str) -> str:
    """Return a reaction's key in words; a key without any loses its underscores."""
    return REACTION_NAMES.get(name, name.replace("_", " "))


def _is_formula(token: str) -> bool:
    if token in _DIATOMICS:
        return True
    symbols = _SYMBOL.findall(token)
    return len(symbols) > 1 and all(symbol in _ELEMENTS for symbol in symbols)


def prose(text: str) -> Markup:
    """Return a sentence in which only words that are chemical formulas get subscripts.

    A word counts if it holds two element symbols or is a diatomic gas, so that names such as ``7net-0``,
    ``PBE0`` or ``P4/mmm`` stay as they are.

    Examples
    --------
    >>> str(prose("Li2OHCl in P4/mmm"))
    'Li<sub>2</sub>OHCl in P4/mmm'
    """
    pieces = []
    last = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        pieces.append(str(escape(text[last : match.start()])))
        pieces.append(str(chem(token)) if _is_formula(token) else str(escape(token)))
        last = match.end()
    pieces.append(str(escape(text[last:])))
    return Markup("".join(pieces).replace("-&gt;", "→"))


def number(value: float, uncertainty: float | None = None) -> Markup:
    """Return a number in n(u) notation with a true minus sign and powers of ten as superscripts."""
    text = str(escape(format_number(value, uncertainty)))
    if not uncertainty and 0 < abs(value) < 0.01:
        mantissa, exponent = f"{value:.3e}".split("e")
        text = f"{float(mantissa):g}e{int(exponent)}"
    text = _EXPONENT.sub(lambda m: f"{m.group(1)}×10<sup>{'−' if m.group(2) == '-' else ''}{m.group(3)}</sup>", text)
    return Markup(re.sub(r"^-", "−", text))


def amount(value: float) -> str:
    """Return a stoichiometric amount without trailing zeros.

    Examples
    --------
    >>> amount(3.0), amount(0.1)
    ('3', '0.1')
    """
    return f"{value:.4f}".rstrip("0").rstrip(".")


def quantity(q: Quantity | NotComputed | None) -> Markup:
    """Return value, uncertainty and unit; a dash for nothing, words for what was not computed."""
    if q is None:
        return _DASH
    if isinstance(q, NotComputed):
        return Markup('<span class="none" title="{}">not computed</span>').format(q.method)
    symbol = unit_symbol(q.unit)
    space = Markup("") if symbol in {"", "°", "%"} else Markup("&nbsp;")
    return Markup('<span class="num">{}{}<span class="unit">{}</span></span>').format(
        number(q.value, q.uncertainty), space, symbol
    )


def duration(q: Quantity) -> Markup:
    """Return a time in hours or days where seconds would be unreadable."""
    seconds = q.magnitude("s")
    for size, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size and (name != "d" or seconds >= 3 * size):
            return Markup('<span class="num" title="{}">{}&nbsp;{}</span>').format(str(q), amount(seconds / size), name)
    return quantity(q)


def quantity_name(key: str) -> str:
    """Return the printed name of a quantity key; unknown keys are spelled out."""
    return OTHER_NAMES.get(key, key.replace("_", " ").capitalize())


def slug(text: str) -> str:
    """Return an identifier that is safe in HTML attributes, URLs and file names.

    Examples
    --------
    >>> slug("Li2(OH)0.9F0.1Cl")
    'Li2-OH-0.9F0.1Cl'
    """
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.") or "formula"


def join_words(words: list[str], last: str = "and") -> str:
    """Join words as a sentence does: ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
