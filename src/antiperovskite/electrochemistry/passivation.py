"""Whether a decomposition product lets electrons through: facts from a data file with sources, never a guess.

A layer of products can stop the reaction that makes it only if it blocks electrons, covers the surface and stays
there. A wide band gap is necessary for the first and no proof of it (vacancies, grain boundaries and thin films
conduct), so the answer is at best "possible" (Richards et al., Chem. Mater. 2016; Xiao et al., Nat. Rev. Mater.
2020).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from pydantic import Field

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.electrochemistry.model import Electronic, Product
from antiperovskite.errors import DataError
from antiperovskite.stability.hull import PhaseEnergy

Passivation = Literal["possible", "no", "unknown"]


class ElectronicFact(Model):
    """What a source says of one compound."""

    formula: str
    electronic: Electronic
    band_gap: float | None = Field(default=None, gt=0, description="eV")
    gap_is: Literal["equal", "at least"] = "equal"
    kind: Literal["measured", "computed", "nature"]
    source: str
    trust: Literal["read", "unverified"] = Field(description="unverified: remembered, not read in the source")
    citations: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One phrase for people."""
        gap = ""
        if self.band_gap is not None:
            gap = f"band gap {'above ' if self.gap_is == 'at least' else ''}{self.band_gap:g} eV, {self.kind}; "
        doubt = " (remembered, not checked in the source)" if self.trust == "unverified" else ""
        return f"{gap}{self.source}{doubt}"


class _Facts(Model):
    conductors_by_nature: tuple[str, ...]
    gases: tuple[str, ...]
    compounds: tuple[ElectronicFact, ...]


def _key(elements: Mapping[str, float]) -> frozenset[tuple[str, float]]:
    """A composition up to a factor."""
    total = sum(elements.values())
    return frozenset((element, round(n / total, 6)) for element, n in elements.items())


@cache
def _facts() -> tuple[dict[frozenset[tuple[str, float]], ElectronicFact], frozenset[str], frozenset[object]]:
    from pymatgen.core import Composition

    path = package_data("electrochemistry", "electronic_insulators.yaml")
    data = validate(read_yaml(path), _Facts, path)
    by_composition: dict[frozenset[tuple[str, float]], ElectronicFact] = {}
    for fact in data.compounds:
        key = _key(Composition(fact.formula).get_el_amt_dict())
        if key in by_composition:
            raise DataError(f"{path}: {fact.formula} is described twice")
        by_composition[key] = fact
    gases = frozenset(_key(Composition(formula).get_el_amt_dict()) for formula in data.gases)
    return by_composition, frozenset(data.conductors_by_nature), gases


def classify(phase: PhaseEnergy, amount: float) -> Product:
    """Return a product with what is known of its electronic conduction."""
    facts, metals, gases = _facts()
    key = _key(phase.elements)
    fact = facts.get(key)
    electronic: Electronic = "unknown"
    if len(phase.elements) == 1 and next(iter(phase.elements)) in metals:
        electronic, evidence = "conductor", "a metal (or graphite)"
    elif fact is not None:
        electronic, evidence = fact.electronic, fact.text
    else:
        evidence = "no entry with a source in the data file"
    return Product(
        formula=phase.formula,
        phase=phase.name,
        amount=round(amount, 9),
        electronic=electronic,
        gas=key in gases,
        evidence=evidence,
    )


def passivates(products: Sequence[Product]) -> tuple[Passivation, str]:
    """Say whether products could stop the reaction that makes them, and why."""
    conductors = [p.formula for p in products if p.electronic == "conductor" and not p.gas]
    if conductors:
        return "no", f"{_list(conductors)} {_verb(conductors, 'conduct')} electrons, so the reaction can go on"
    solid = [p for p in products if not p.gas]
    gases = [p.formula for p in products if p.gas]
    leaving = f"; {_list(gases)} {_verb(gases, 'leave')} as a gas and can break the contact" if gases else ""
    if not solid:
        return "no", f"nothing solid remains{leaving}"
    unknown = [p.formula for p in solid if p.electronic == "unknown"]
    if unknown:
        return "unknown", f"no sourced band gap of {_list(unknown)}{leaving}"
    if gases:
        return "unknown", f"{_list([p.formula for p in solid])} would insulate{leaving}"
    return "possible", f"all solid products are electronic insulators ({_list([p.formula for p in solid])})"


def _verb(names: Sequence[str], stem: str) -> str:
    return stem if len(names) > 1 else f"{stem}s"


def _list(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
