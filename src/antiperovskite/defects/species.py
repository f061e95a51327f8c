"""Names of point defects: what ``V_Li``, ``Li_i``, ``Mg_Li`` and ``(OH)_O`` are, their charges and their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from antiperovskite.defects.host import Host
from antiperovskite.defects.model import DefectEnergy, DefectKind
from antiperovskite.defects.places import Place, dumbbell_places, hydroxide_places, site_places, void_places
from antiperovskite.errors import InputError, OptionError, best_match, one_line

_NAME: Final = re.compile(r"\(?([A-Z][A-Za-z0-9]*)\)?_(i|\(?[A-Z][A-Za-z0-9]*\)?)")


@dataclass(frozen=True)
class Species:
    """A point defect: ``put`` is the ion placed (``None``: a vacancy), ``site`` the host ion it replaces."""

    name: str
    put: str | None
    site: str | None
    charge: int
    kind: DefectKind

    def change(self) -> dict[str, float]:
        """Atoms of each element the crystal gains."""
        from antiperovskite.ions import ion

        gained: dict[str, float] = {}
        for symbol, sign in ((self.put, 1.0), (self.site, -1.0)):
            for element, count in ion(symbol).elements.items() if symbol else ():
                gained[element] = gained.get(element, 0.0) + sign * count
        return {element: count for element, count in gained.items() if count}


def read_species(name: str, host: Host) -> Species:
    """Read a defect's name for this host.

    Raises
    ------
    OptionError
        It is not a defect of this host, or its charge is not known.
    """
    from antiperovskite.ions import ion

    found = _NAME.fullmatch(name.strip())
    known = host.ions()
    if found is None:
        raise OptionError(f"cannot read the defect {one_line(name, 30)!r}; write V_Li, Li_i, O_Cl, Mg_Li or (OH)_O")
    put, place = found[1], found[2].strip("()")
    if place != "i" and place not in known:
        raise OptionError(
            f"{host.formula} has no {place} to put {name} on; its ions are {', '.join(known)}"
            f"{best_match(place, list(known))}"
        )
    site = None if place == "i" else place
    own = 0 if site is None else host.charge(site)
    if put == "V":
        if site is None:
            raise OptionError(f"{name!r} is nothing: a vacancy needs the ion that is missing, such as V_Li")
        return Species(f"V_{_bracket(site)}", None, site, -own, "vacancy")
    charge = ion(put).charge
    if len(ion(put).atoms) > 1 and (put, site) != ("OH", "O"):
        raise OptionError(f"{name!r}: only single-atom ions, and OH on O, can be put into a crystal here")
    if site is not None and put != "OH" and len(ion(site).atoms) > 1:
        raise OptionError(f"{name!r}: the {site} of this host is a cluster; only its vacancy is built")
    if site == put:
        raise OptionError(f"{name!r}: {put} on its own site is no defect")
    kind: DefectKind = (
        "interstitial" if site is None else "proton" if put == "OH" else "antisite" if put in known else "dopant"
    )
    return Species(f"{_bracket(put)}_{_bracket(site) if site else 'i'}", put, site, charge - own, kind)


def _bracket(symbol: str) -> str:
    """``OH`` -> ``(OH)``; elements stay bare."""
    from antiperovskite.ions import ion

    return f"({symbol})" if len(ion(symbol).atoms) > 1 else symbol


def places_of(species: Species, host: Host) -> list[Place]:
    """Every place of the unit cell a defect can start from."""
    if species.kind == "interstitial":
        assert species.put is not None
        groups = [g for name, gs in host.ions().items() if host.charge(name) == _charge(species.put) for g in gs]
        same = [g for g in groups if host.cell.ion_of(g) == species.put]
        return [*dumbbell_places(host, same), *void_places(host)]
    groups = host.ions()[species.site or ""]
    return hydroxide_places(host, groups) if species.kind == "proton" else site_places(host, groups)


def _charge(symbol: str) -> int:
    from antiperovskite.ions import ion

    return ion(symbol).charge


def describe(species: Species, host: Host, places: int) -> DefectEnergy:
    """The record of a defect; ``places`` are those of the unit cell that count as one state each."""
    return DefectEnergy(
        name=species.name, charge=species.charge, multiplicity=max(1, places // host.formula_units), kind=species.kind
    )


def check_neutral(defects: Mapping[Species, int]) -> None:
    """Refuse a net-charged combination.

    Raises
    ------
    InputError
        The charges do not add up to zero.
    """
    total = sum(species.charge * count for species, count in defects.items())
    if total != 0:
        parts = " + ".join(
            f"{f'{count} ' if count > 1 else ''}{s.name} ({s.charge * count:+d})" for s, count in defects.items()
        )
        raise InputError(
            f"{parts} has the charge {total:+d}: an engine without charges cannot give the energy of a charged defect; "
            "add what compensates it"
        )
