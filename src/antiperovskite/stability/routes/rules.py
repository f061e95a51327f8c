"""Which precursors a chemist would reach for: rules over the ions of a formula, not a list of known syntheses.

Each rule offers a pool of simple substances and the gas that may leave; :mod:`.balancing` finds the sets that balance.
The kinds are those of Table 2 of Dawson et al. (J. Mater. Chem. A 2021, 10.1039/d1ta03680g) and what they suggest for
other ions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Final

from antiperovskite.composition.model import Formula
from antiperovskite.ions import ion
from antiperovskite.stability.reactions import salt_composition

Composition = Mapping[str, float]

ALKALI: Final = frozenset({"Li", "Na", "K", "Rb", "Cs"})
ALKALINE_EARTH: Final = frozenset({"Mg", "Ca", "Sr", "Ba"})
HALIDES: Final = frozenset({"F", "Cl", "Br", "I"})
WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(HALIDES, "halide"),
    "O": "oxide",
    "OH": "hydroxide",
    "H": "hydride",
    "N": "nitride",
    "P": "phosphide",
    "As": "arsenide",
    "Sb": "antimonide",
    "Bi": "bismuthide",
    "S": "sulfide",
    "Se": "selenide",
    "Te": "telluride",
    "CN": "cyanide",
    "NO2": "nitrite",
    "NO3": "nitrate",
    "NH2": "amide",
    "BH4": "borohydride",
    "BF4": "tetrafluoroborate",
    "BCl4": "tetrachloroborate",
    "AlH4": "alanate",
    "SO4": "sulfate",
}
FROM_ELEMENT: Final = frozenset({"S", "Se", "Te", "P", "As", "Sb", "Bi"})
"""Anions whose element is a solid that can be weighed in."""
OXIDISED: Final = FROM_ELEMENT | {"H", "BH4", "AlH4", "NH2", "CN", "N"}
"""Anions that peroxide or carbonate would oxidise: such mixtures burn instead."""

H2O: Final[Composition] = {"H": 2.0, "O": 1.0}
H2: Final[Composition] = {"H": 2.0}
O2: Final[Composition] = {"O": 2.0}
CO2: Final[Composition] = {"C": 1.0, "O": 2.0}
GASES: Final[dict[str, Composition]] = {"H2O": H2O, "H2": H2, "O2": O2, "CO2": CO2, "N2": {"N": 2.0}}


@dataclass(frozen=True)
class Precursor:
    """A substance that may be weighed in: what it is, how people write it, its atoms."""

    word: str
    label: str
    elements: Composition


@dataclass(frozen=True)
class Rule:
    """A kind of route: a pool of precursors, the words that must all be used, and the gas that leaves (if any)."""

    kind: str
    pool: tuple[Precursor, ...]
    required: frozenset[str] = frozenset()
    gas: str = ""


def route_rules(formula: Formula) -> tuple[Rule, ...]:
    """Return the rules that apply to the ions of a formula.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> [rule.kind for rule in route_rules(resolve("Li3HS"))]
    ['hydride + sulfide']
    >>> [(rule.kind, rule.gas) for rule in route_rules(resolve("Na3OBr"))][:3]
    [('oxide + halide', ''), ('hydroxide + halide', 'H2O'), ('hydroxide + halide + metal', 'H2')]
    """
    cations, anions = list(formula.sites.X), list(dict.fromkeys([*formula.sites.B, *formula.sites.A]))
    plain = _salts(cations, anions)
    rules = [Rule(_kind(anions), plain, frozenset(WORDS.get(a, a) for a in anions))]
    alkali = [cation for cation in cations if cation in ALKALI]
    if "O" in anions:
        others = [anion for anion in anions if anion not in {"O", "OH"}]
        rules += _oxygen_rules(cations, alkali, others)
        rules += _hydrated_precursor(formula, alkali)
    rules += _from_elements(cations, anions)
    return tuple(rules)


def is_wet_chemistry(formula: Formula) -> bool:
    """Whether a hydrothermal or solution route is known for such ions: hydroxide and halide of an alkali metal."""
    return bool({"O", "OH"} & set(formula.sites.B)) and set(formula.sites.X) <= ALKALI


def _kind(anions: Iterable[str], *more: str) -> str:
    return " + ".join(dict.fromkeys([*(WORDS.get(anion, anion) for anion in anions), *more]))


def _salts(cations: Iterable[str], anions: Iterable[str]) -> tuple[Precursor, ...]:
    return tuple(
        Precursor(WORDS.get(anion, anion), _label(cation, anion), _salt_atoms(cation, anion))
        for anion in anions
        for cation in cations
    )


def _units(cation: str, anion: str) -> tuple[int, int]:
    """Cations and anions in the reduced neutral salt."""
    plus, minus = ion(cation).charge, abs(ion(anion).charge)
    divisor = gcd(plus, minus)
    return minus // divisor, plus // divisor


def _salt_atoms(cation: str, anion: str) -> Composition:
    divisor = gcd(ion(cation).charge, abs(ion(anion).charge))
    return {element: amount / divisor for element, amount in salt_composition(cation, anion).items()}


def _label(cation: str, anion: str) -> str:
    """The salt as chemists write it: Li2O, Ca(OH)2."""
    minus = ion(anion)
    n_plus, n_minus = _units(cation, anion)
    part = f"({anion})" if minus.is_cluster and n_minus > 1 else anion
    return f"{cation}{n_plus if n_plus > 1 else ''}{part}{n_minus if n_minus > 1 else ''}"


def _metals(cations: Iterable[str]) -> tuple[Precursor, ...]:
    return tuple(Precursor("metal", cation, {cation: 1.0}) for cation in cations)


def _oxygen_rules(cations: list[str], alkali: list[str], others: list[str]) -> list[Rule]:
    """Oxide from hydroxide, peroxide or carbonate."""
    strong = [cation for cation in cations if cation in ALKALI | ALKALINE_EARTH]
    hydroxides, rest = _salts(strong, ["OH"]), _salts(cations, others)
    found = []
    if strong:
        found.append(Rule(_kind(["OH", *others]), (*hydroxides, *rest), frozenset({"hydroxide"}), "H2O"))
    if alkali:
        pool = (*hydroxides, *rest)
        found.append(
            Rule(_kind(["OH", *others], "metal"), (*pool, *_metals(alkali)), frozenset({"hydroxide", "metal"}), "H2")
        )
        hydrides = _salts(alkali, ["H"])
        needed = frozenset({"hydroxide", "hydride"})
        found.append(Rule(_kind(["OH", *others, "H"]), (*pool, *hydrides), needed, "H2"))
    if set(others) & OXIDISED:
        return found
    words = [WORDS.get(anion, anion) for anion in others]
    if alkali:
        peroxides = tuple(Precursor("peroxide", f"{c}2O2", {c: 2.0, "O": 2.0}) for c in alkali)
        kind, needed = _kind([], "peroxide", *words, "metal"), frozenset({"peroxide", "metal"})
        found.append(Rule(kind, (*peroxides, *rest, *_metals(alkali)), needed))
        found.append(Rule(_kind([], "peroxide", *words), (*peroxides, *rest), frozenset({"peroxide"}), "O2"))
    if strong:
        carbonates = tuple(Precursor("carbonate", *_carbonate(cation)) for cation in strong)
        found.append(Rule(_kind([], "carbonate", *words), (*carbonates, *rest), frozenset({"carbonate"}), "CO2"))
    return found


def _carbonate(cation: str) -> tuple[str, Composition]:
    number = 2.0 / ion(cation).charge
    return f"{cation}{2 if number == 2 else ''}CO3", {cation: number, "C": 1.0, "O": 3.0}


def _hydrated_precursor(formula: Formula, alkali: list[str]) -> list[Rule]:
    """X2OHA + X -> X3OA + 1/2 H2, for the dry three-dimensional compound of one alkali metal."""
    sites = formula.sites
    if list(sites.X) != alkali or len(alkali) != 1 or list(sites.B) != ["O"] or formula.framework != "3D":
        return []
    metal, units = alkali[0], sites.B["O"]
    elements = {element: amount / units for element, amount in formula.elements.items()}
    elements[metal] -= 1.0
    elements["H"] = elements.get("H", 0.0) + 1.0
    a_site = "".join(f"{'(' + a + ')' if ion(a).is_cluster else a}{_number(n / units)}" for a, n in sites.A.items())
    hydrated = Precursor("hydrated anti-perovskite", f"{metal}{_number(elements[metal])}OH{a_site}", elements)
    pool = (hydrated, *_metals(alkali))
    return [Rule("hydrated anti-perovskite + metal", pool, frozenset({"hydrated anti-perovskite", "metal"}), "H2")]


def _number(value: float) -> str:
    return "" if abs(value - 1.0) < 1e-9 else f"{value:.6g}"


def _from_elements(cations: list[str], anions: list[str]) -> list[Rule]:
    """Metal and element for the anions that are solids as elements: Li2O + Fe + S, Mg3N2 + Mg + As, Ag + S + AgI."""
    metals = [cation for cation in cations if cation not in ALKALI]
    solids = [anion for anion in anions if anion in FROM_ELEMENT]
    if not metals or not solids:
        return []
    salts = _salts(cations, [anion for anion in anions if anion not in solids])
    elements = tuple(Precursor(f"elemental {anion}", anion, {anion: 1.0}) for anion in solids)
    required = frozenset({"metal", *(element.word for element in elements)})
    kind = _kind([a for a in anions if a not in solids], "metal", *(e.word for e in elements))
    return [Rule(kind, (*salts, *_metals(metals), *elements), required)]
