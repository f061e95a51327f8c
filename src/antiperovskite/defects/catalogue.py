"""Which charge-neutral combinations of defects are asked about, for any host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Final

from antiperovskite.defects.host import Host
from antiperovskite.defects.species import Species, check_neutral, read_species
from antiperovskite.errors import InputError, OptionError, best_match, one_line

KINDS: Final = ("schottky", "frenkel", "antisite", "deficient", "proton", "dopant")
CATION_DOPANTS: Final = ("Mg", "Ca", "Sr", "Ba", "Zn", "Al")
ANION_DOPANTS: Final = ("F", "Br", "I", "S")
MOST_DEFECTS: Final = 4
LARGEST_RATIO: Final = 1.2
"""An anion of another charge is put on a site only if its ion is at most this much larger than the host's."""


@dataclass(frozen=True)
class Combination:
    """A charge-neutral set of defects with a name; ``kind`` is one of :data:`KINDS` or ``given``."""

    name: str
    kind: str
    defects: tuple[tuple[Species, int], ...]

    def change(self) -> dict[str, float]:
        """Atoms the crystal gains (negative: gives off)."""
        total: dict[str, float] = {}
        for species, count in self.defects:
            for element, amount in species.change().items():
                total[element] = total.get(element, 0.0) + count * amount
        return {element: amount for element, amount in total.items() if abs(amount) > 1e-9}

    def counts(self) -> dict[str, int]:
        """Defect name -> number."""
        return {species.name: count for species, count in self.defects}

    @property
    def dopant(self) -> str | None:
        """The foreign ion, if there is one."""
        return next((s.put for s, _ in self.defects if s.kind == "dopant"), None)


def combinations_of(host: Host, kinds: Sequence[str], dopants: Sequence[str]) -> list[Combination]:
    """All combinations of these kinds, the most asked-for first.

    Raises
    ------
    OptionError
        An unknown kind, or a dopant that fits no site.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise OptionError(
                f"unknown kind {one_line(kind, 20)!r}; choose {', '.join(KINDS)}{best_match(kind, list(KINDS))}"
            )
    makers = {
        "schottky": _schottky, "frenkel": _frenkel, "antisite": _antisites, "deficient": _deficient, "proton": _proton,
    }  # fmt: skip
    found: list[Combination] = []
    for kind in kinds:
        if kind == "dopant":
            for dopant in dopants:
                found += _doped(host, dopant)
        else:
            found += makers[kind](host)
    unique: dict[frozenset[tuple[str, int]], Combination] = {}
    for combination in found:
        check_neutral(dict(combination.defects))
        unique.setdefault(frozenset(combination.counts().items()), combination)
    return list(unique.values())


def read_combination(text: str, host: Host) -> Combination:
    """Read ``V_Li + V_Cl`` or ``2 V_Li + V_O``.

    Raises
    ------
    InputError
        It cannot be read, carries a net charge, or holds more than four defects.
    """
    counts: dict[Species, int] = {}
    for part in text.split("+"):
        number, _, name = part.strip().rpartition(" ")
        if number and not number.strip().isdecimal():
            raise OptionError(f"cannot read {one_line(part, 30)!r}; write combinations as 'V_Li + V_Cl'")
        species = read_species(name, host)
        counts[species] = counts.get(species, 0) + (int(number) if number else 1)
    check_neutral(counts)
    if not 1 < sum(counts.values()) <= MOST_DEFECTS:
        raise InputError(f"{one_line(text, 60)!r} has {sum(counts.values())} defects; give 2 to {MOST_DEFECTS}")
    name = " + ".join(f"{n} {s.name}" if n > 1 else s.name for s, n in counts.items())
    return Combination(name, "given", tuple(counts.items()))


def mobile_ion(host: Host) -> str:
    """The monovalent cation of the X sites, the most frequent one; of a multivalent crystal its most frequent cation.

    Raises
    ------
    OptionError
        There is no cation.
    """
    cations = {name: groups for name, groups in host.ions("X").items() if host.charge(name) > 0}
    if not cations:
        raise OptionError(f"{host.formula} has no cation on its X sites; its defects are not listed here")
    monovalent = {name: groups for name, groups in cations.items() if host.charge(name) == 1} or cations
    return max(monovalent, key=lambda name: len(monovalent[name]))


def _anions(host: Host) -> list[str]:
    return [name for name in host.ions("A", "B") if host.charge(name) < 0]


def _schottky(host: Host) -> Iterator[Combination]:
    for cation in (name for name in host.ions("X") if host.charge(name) > 0):
        for anion in sorted(_anions(host), key=lambda name: -host.charge(name)):
            yield from _salt(host, cation, anion)


def _salt(host: Host, cation: str, anion: str) -> Iterator[Combination]:
    plus, minus = host.charge(cation), -host.charge(anion)
    n_plus, n_minus = minus // gcd(plus, minus), plus // gcd(plus, minus)
    if n_plus + n_minus <= MOST_DEFECTS:
        pair = ((read_species(f"V_{cation}", host), n_plus), (read_species(f"V_{anion}", host), n_minus))
        yield Combination(f"{salt_name(cation, n_plus, anion, n_minus)} Schottky", "schottky", pair)


def salt_name(cation: str, n_plus: int, anion: str, n_minus: int) -> str:
    """``LiCl``, ``Li2O``, ``LiOH``, ``Mg(OH)2``."""
    many = f"({anion})" if n_minus > 1 and (len(anion) > 2 or anion == "OH") else anion
    return f"{cation}{n_plus if n_plus > 1 else ''}{many}{n_minus if n_minus > 1 else ''}"


def _frenkel(host: Host) -> Iterator[Combination]:
    M = mobile_ion(host)
    yield Combination(f"{M} Frenkel", "frenkel", ((_vacancy(M, host), 1), (_interstitial(M, host), 1)))


def _vacancy(ion: str, host: Host) -> Species:
    return read_species(f"V_{ion}", host)


def _interstitial(ion: str, host: Host) -> Species:
    return read_species(f"{ion}_i", host)


def _monatomic(host: Host, *roles: str) -> list[str]:
    from antiperovskite.ions import ion

    return [name for name in host.ions(*roles) if len(ion(name).atoms) == 1 and host.charge(name) < 0]


def _antisites(host: Host) -> Iterator[Combination]:
    for centre in _monatomic(host, "B"):
        for corner in _monatomic(host, "A"):
            if centre != corner:
                pair = (read_species(f"{centre}_{corner}", host), read_species(f"{corner}_{centre}", host))
                yield Combination(f"{centre}/{corner} antisite pair", "antisite", tuple((s, 1) for s in pair))


def _deficient(host: Host) -> Iterator[Combination]:
    """Less halide: the divalent anion of B on the sites of A, made good by a halide vacancy or an interstitial."""
    for centre in _monatomic(host, "B"):
        for corner in _monatomic(host, "A"):
            if host.charge(centre) >= host.charge(corner):
                continue
            wrong = read_species(f"{centre}_{corner}", host)
            if wrong.charge == -1:
                yield from _made_good(host, f"{centre} on {corner}", "deficient", wrong)
                if host.charge(corner) == -1:
                    yield Combination(
                        f"{centre} on {corner} with V_{corner}", "deficient", ((wrong, 1), (_vacancy(corner, host), 1))
                    )


def _proton(host: Host) -> Iterator[Combination]:
    if "O" not in host.ions("B"):
        return
    yield from _made_good(host, "OH on O", "proton", read_species("(OH)_O", host))


def _doped(host: Host, dopant: str) -> list[Combination]:
    """A foreign ion on every site it may take, with what makes its charge good."""
    from antiperovskite.ions import ion

    found = ion(dopant)
    if len(found.atoms) > 1:
        raise OptionError(f"{dopant} is a cluster; only single-atom dopants are built")
    if dopant in host.ions():
        raise OptionError(f"{dopant} is an ion of {host.formula} itself; a dopant is a foreign ion")
    result = list(_on_cations(host, dopant) if found.charge > 0 else _on_anions(host, dopant))
    if not result:
        raise OptionError(f"{dopant} ({found.charge:+d}) fits no site of {host.formula} with a compensation built here")
    return result


def _on_cations(host: Host, dopant: str) -> Iterator[Combination]:
    M = mobile_ion(host)
    yield from _made_good(host, f"{dopant} on {M}", "dopant", read_species(f"{dopant}_{M}", host))


def _on_anions(host: Host, dopant: str) -> Iterator[Combination]:
    for site in (*_monatomic(host, "A"), *_monatomic(host, "B")):
        here = read_species(f"{dopant}_{site}", host)
        if here.charge == 0 or (abs(here.charge) == 1 and _ratio(dopant, site) <= LARGEST_RATIO):
            yield from _made_good(host, f"{dopant} on {site}", "dopant", here)


def _made_good(host: Host, name: str, kind: str, here: Species) -> Iterator[Combination]:
    """A substituted ion with the cation vacancies or interstitials that make its charge good, if they are few."""
    if here.charge == 0:
        yield Combination(name, kind, ((here, 1),))
        return
    M = mobile_ion(host)
    other = _vacancy(M, host) if here.charge > 0 else _interstitial(M, host)
    common = gcd(here.charge, other.charge)
    parts = ((here, abs(other.charge) // common), (other, abs(here.charge) // common))
    if sum(count for _, count in parts) <= MOST_DEFECTS:
        yield Combination(f"{name} with {other.name}", kind, parts)


def _ratio(first: str, second: str) -> float:
    """Ratio of six-coordinate Shannon radii; infinite where one is not registered."""
    from math import inf

    from antiperovskite.ions import ion, select_radius

    one, two = (select_radius(ion(symbol), "shannon", 6).radius for symbol in (first, second))
    return inf if one is None or two is None else one.value / two.value
