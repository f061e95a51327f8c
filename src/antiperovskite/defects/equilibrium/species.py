"""Species of the equilibrium: isolated defects and bound clusters, the sites they use up and their multiplicities."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.defects.equilibrium.inputs import DefectInput, DefectSites, Reaction
from antiperovskite.defects.equilibrium.names import INTERSTITIAL, atoms, parse_defect
from antiperovskite.errors import DataError, OptionError

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula


@dataclass(frozen=True)
class DefectSpecies:
    """One isolated defect, or one bound cluster of ``members`` (isolated defects with their numbers).

    ``ways`` is the number of ways to place it per formula unit; ``uses`` how many sites of each sublattice it takes.
    """

    name: str
    members: Mapping[str, int]
    elements: Mapping[str, float]
    charge: int
    ways: float
    uses: Mapping[str, int]
    reaction: Reaction | None = None

    @property
    def bound(self) -> bool:
        """Whether it is a cluster."""
        return self.reaction is not None


@dataclass(frozen=True)
class Crystal:
    """All species of a host with its sublattices (sites per formula unit) and the reactions that fix energies."""

    formula: Formula
    mobile: str
    isolated: tuple[DefectSpecies, ...]
    clusters: tuple[DefectSpecies, ...]
    sites: Mapping[str, float]
    reactions: tuple[Reaction, ...]
    left_out: tuple[str, ...]

    @property
    def species(self) -> tuple[DefectSpecies, ...]:
        """Isolated defects, then clusters."""
        return self.isolated + self.clusters

    @property
    def host(self) -> str:
        """The host as a phase."""
        return self.formula.formula


def crystal(formula: Formula, data: DefectInput, allowed: Collection[str] = ()) -> Crystal:
    """Collect the species of a host.

    Parameters
    ----------
    formula
        The host.
    data
        Reactions and sites.
    allowed
        Foreign elements that are present (dopants, hydrogen); defects that hold others are left out.

    Raises
    ------
    DataError
        A reaction is not balanced, its charges do not add up, or a defect sits on a site the host has not.
    OptionError
        The file is for another host, or the host has empty cation sites by its formula.
    """
    _check_host(formula, data)
    lattice = {ion: n for site in (formula.sites.X, formula.sites.B, formula.sites.A) for ion, n in site.items()}
    inside = {*formula.elements, *allowed}
    kept, left_out = [], []
    phases: list[str] = [formula.formula]
    for written in data.reactions:
        reaction = _with_known_phases(written, phases)
        parsed = [parse_defect(name) for name in reaction.defects]
        for defect in parsed:
            if defect.site not in {INTERSTITIAL, *lattice}:
                raise DataError(f"{defect.name}: the host has no {defect.site}; its ions are {', '.join(lattice)}")
        foreign = {element for defect in parsed for element in defect.elements} - inside
        if foreign:
            left_out.append(f"{reaction.name} (no {', '.join(sorted(foreign))} was given)")
        else:
            kept.append(reaction)
    sites: dict[str, float] = {}
    isolated: dict[str, DefectSpecies] = {}
    for reaction in kept:
        for name in reaction.defects:
            if name not in isolated:
                isolated[name] = _single(name, lattice, data.defects.get(name, DefectSites()), sites)
        _check_reaction(reaction, isolated)
    if not isolated:
        why = f"; left out: {', '.join(left_out)}" if left_out else ""
        raise DataError(f"no defect of {formula.formula} is among the reactions{why}")
    clusters = tuple(_cluster(reaction, isolated) for reaction in kept if reaction.bound and reaction.defects)
    mobile = next(iter(formula.sites.X))
    unbound = tuple(reaction for reaction in kept if not reaction.bound)
    return Crystal(formula, mobile, tuple(isolated.values()), clusters, sites, unbound, tuple(dict.fromkeys(left_out)))


def same_phase(phase: str, known: Collection[str]) -> tuple[str, float] | None:
    """The phase of ``known`` with this composition, and how many of its formula units one of ``phase`` is."""
    here = atoms(phase)
    for name in known:
        there = atoms(name)
        if here.keys() == there.keys():
            ratio = sum(here.values()) / sum(there.values())
            if all(abs(here[e] - ratio * there[e]) < 1e-9 for e in here):
                return name, ratio
    return None


def _with_known_phases(reaction: Reaction, known: list[str]) -> Reaction:
    """One name for each phase, whatever the order of its elements or the size of its formula unit."""
    sides: dict[str, dict[str, float]] = {"reactants": {}, "products": {}}
    for side, named in sides.items():
        for phase, amount in getattr(reaction, side).items():
            found = same_phase(phase, known)
            if found is None:
                known.append(phase)
                found = (phase, 1.0)
            named[found[0]] = named.get(found[0], 0.0) + amount * found[1]
    return reaction.model_copy(update=sides)


def _check_host(formula: Formula, data: DefectInput) -> None:
    from antiperovskite.composition import resolve

    if formula.vacancies > 1e-9:
        raise OptionError(
            f"{formula.formula} leaves {formula.vacancies:g} cation sites empty by its formula; defect equilibria "
            "start from a filled crystal: give the parent, such as Li3OCl with --halide-deficiency or --dopant"
        )
    if data.host and resolve(data.host).canonical != formula.canonical:
        raise OptionError(f"these energies are for {data.host}, not for {formula.formula}")


def _single(name: str, lattice: Mapping[str, float], given: DefectSites, sites: dict[str, float]) -> DefectSpecies:
    parsed = parse_defect(name)
    charge = parsed.charge if given.charge is None else given.charge
    if charge is None:
        raise DataError(f"the formal charge of {name} is not known; give it under defects: {{{name}: {{charge: ...}}}}")
    if parsed.site == INTERSTITIAL:
        label = name  # interstitials of different kinds sit in different places unless the file says otherwise
        number = given.sites or given.multiplicity
        if number is None:
            raise DataError(
                f"how many places {name} has per formula unit is not known; give defects: "
                f"{{{name}: {{multiplicity: 3}}}}"
            )
        ways = given.multiplicity or number
    else:
        label = parsed.site
        number = lattice[label]
        ways = given.multiplicity or number
    sites.setdefault(label, number)
    return DefectSpecies(name, {name: 1}, parsed.elements, charge, ways, {label: 1})


def _cluster(reaction: Reaction, isolated: Mapping[str, DefectSpecies]) -> DefectSpecies:
    elements: dict[str, float] = {}
    uses: dict[str, int] = {}
    charge = 0
    for name, count in reaction.defects.items():
        member = isolated[name]
        charge += count * member.charge
        for element, n in member.elements.items():
            elements[element] = elements.get(element, 0.0) + count * n
        for label, n in member.uses.items():
            uses[label] = uses.get(label, 0) + count * n
    elements = {element: n for element, n in elements.items() if n}
    return DefectSpecies(
        reaction.label, dict(reaction.defects), elements, charge, float(reaction.configurations), uses, reaction
    )


def _check_reaction(reaction: Reaction, isolated: Mapping[str, DefectSpecies]) -> None:
    """Atoms and charges must be balanced, or the energies mean nothing."""
    charge = sum(count * isolated[name].charge for name, count in reaction.defects.items())
    if charge:
        raise DataError(
            f"reaction {reaction.name!r}: the charges of its defects add up to {charge:+d}; they must cancel"
        )
    balance: dict[str, float] = {}
    for name, count in reaction.defects.items():
        for element, n in isolated[name].elements.items():
            balance[element] = balance.get(element, 0.0) + count * n
    for sign, side in ((1.0, reaction.products), (-1.0, reaction.reactants)):
        for phase, amount in side.items():
            for element, n in atoms(phase).items():
                balance[element] = balance.get(element, 0.0) + sign * amount * n
    wrong = {element: round(n, 6) for element, n in balance.items() if abs(n) > 1e-6}
    if wrong:
        listed = ", ".join(f"{n:+g} {element}" for element, n in wrong.items())
        raise DataError(
            f"reaction {reaction.name!r} is not balanced ({listed} on the side of defects and products); name the "
            "phases under reactants and products, for example products: {LiCl: 1}"
        )
