"""The front door: enumerate the orderings of a formula, rank them, test the rule, build the lowest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.composition.model import Formula
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.ordering.burnside import count_orderings
from antiperovskite.structures.ordering.enumerate import Orderings, iter_orderings, join, too_many
from antiperovskite.structures.ordering.ewald import electrostatic_energies, formal_charges
from antiperovskite.structures.ordering.model import Ordering, OrderingStudy, RuleTest
from antiperovskite.structures.ordering.realise import realise, shortest_contact
from antiperovskite.structures.ordering.rules import Rule, obeying
from antiperovskite.structures.ordering.space import Space, ordering_space
from antiperovskite.structures.symmetry import DEFAULT_SYMPREC, spacegroup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

DEFAULT_LIMIT: Final = 100_000
CITATIONS: Final = ("read1978", "deleeuw1980", "togo2024")
_SAME: Final = 1e-6
"""Energies per formula unit (eV) closer than this are one energy."""


def study_orderings(
    formula: Formula,
    matrix: Sequence[Sequence[int]],
    *,
    orient: Mapping[str, Sequence[str]] | None = None,
    enforce_rule: bool = False,
    top: int = 10,
    contrast: int = 3,
    limit: int = DEFAULT_LIMIT,
    first: int | None = None,
    lattice_a: float | None = None,
    symprec: float = DEFAULT_SYMPREC,
    ions: Mapping[str, Ion] | None = None,
) -> OrderingStudy:
    """Enumerate the inequivalent orderings of a formula in a supercell and return the electrostatically lowest.

    Parameters
    ----------
    matrix, orient, lattice_a
        As :func:`antiperovskite.structures.ordering.space.ordering_space`.
    enforce_rule
        Generate only arrangements in which every OH (or other oriented linear ion on B) points to an empty X site.
        Left out, the rule is tested against all arrangements instead.
    top
        How many of the lowest are built as structures.
    contrast
        How many of the lowest that break the rule are built besides.
    limit
        Refuse if there are more inequivalent arrangements.
    first
        Stop after this many instead of refusing; the ranking then covers only these, and says so.
    symprec
        Distance tolerance in angstrom given to spglib for the arrangements.

    Raises
    ------
    OptionError
        Too many arrangements (the message gives the count and what to do), or an option out of range.
    StructureError
        The amounts are not whole in this supercell.
    """
    if top < 1 or limit < 1 or contrast < 0 or (first is not None and first < 1):
        raise OptionError("the numbers of structures (top, limit, first) must be 1 or more")
    space = ordering_space(formula, matrix, orient=orient, lattice_a=lattice_a, ions=ions)
    rule = _rule(space)
    if enforce_rule and rule is None:
        raise OptionError(
            f"{formula.formula}: the rule needs empty X sites and a linear ion on B whose orientations are enumerated "
            "(for example --orient OH=100)"
        )
    inequivalent = count_orderings(space.problem)
    rules = (rule,) if enforce_rule and rule is not None else ()
    if first is None and not rules and inequivalent > limit:
        raise too_many(inequivalent, limit)
    orderings, complete = _collect(space, rules, limit, first)
    if len(orderings) == 0:
        raise StructureError(
            f"{formula.formula}: no arrangement of this supercell obeys the rule; enumerate without it"
        )
    energies, reason = _energies(space, orderings)
    shares = obeying(space.problem, orderings.chosen, rule) if rule is not None else None
    order = _ranked(energies, len(orderings))
    builder = _Builder(space, orderings, energies, reason, shares, symprec)
    built = tuple(builder.ordering(int(index)) for index in order[:top])
    test = None
    if rule is not None and shares is not None:
        breaking = [int(index) for index in order if shares[index] < 1 - 1e-9][:contrast]
        examples = tuple(builder.ordering(index) for index in breaking)
        test = _test_rule(rule, shares, energies, reason, enforce_rule, complete, examples)
    group = space.group
    return OrderingStudy(
        formula=formula.formula,
        supercell=space.matrix,
        formula_units=space.formula_units,
        parent=space.parent.name,
        parent_spacegroup=group.parent_spacegroup,
        parent_symprec=group.symprec,
        symprec=symprec,
        operations=group.order,
        lattice_a=Quantity(
            value=(abs(_volume(group.lattice)) / space.cubic_cells) ** (1 / 3),
            uncertainty=None,
            unit="angstrom",
            method="cube root of the volume per pseudo-cubic cell of the unrelaxed supercell; no uncertainty defined",
            source=space.notes[0],
        ),
        occupations={role: dict(counts) for role, counts in space.occupations.items()},
        orientations={species: len(states) for species, states in space.problem.orientations.items()},
        arrangements=space.problem.arrangements,
        inequivalent=inequivalent,
        enumerated=len(orderings),
        complete=complete,
        degeneracy_sum=int(orderings.degeneracy.sum()),
        rule=test,
        orderings=built,
        notes=(*space.notes, *_study_notes(energies, complete, len(orderings), inequivalent)),
        citations=CITATIONS,
    )


def _volume(lattice: Array) -> float:
    import numpy as np

    return float(np.linalg.det(lattice))


def _collect(space: Space, rules: Sequence[Rule], limit: int, first: int | None) -> tuple[Orderings, bool]:
    """Take arrangements from the stream up to ``first``, or refuse beyond ``limit``."""
    batches: list[Orderings] = []
    total = 0
    for batch in iter_orderings(space.problem, rules):
        if first is not None and total + len(batch) > first:
            keep = first - total
            batches.append(Orderings(tuple(c[:keep] for c in batch.chosen), batch.degeneracy[:keep]))
            return join(batches, space.problem), False
        batches.append(batch)
        total += len(batch)
        if first is None and total > limit:
            raise too_many(None, limit)
    return join(batches, space.problem), True


def _study_notes(energies: Array | None, complete: bool, enumerated: int, inequivalent: int) -> tuple[str, ...]:
    notes = []
    if energies is not None:
        notes.append(
            "electrostatic energies use formal point charges at unrelaxed ideal positions: a first ranking, no verdict"
        )
        if len(energies) > 1 and float(energies.max() - energies.min()) < _SAME:
            notes.append("all arrangements have the same electrostatic energy (equal charges exchange places)")
    if not complete:
        notes.append(
            f"only the first {enumerated:,} of the stream ({inequivalent:,} without rules) were enumerated: the lowest "
            "of all may not be among them"
        )
    return tuple(notes)


def _rule(space: Space) -> Rule | None:
    """The rule for this problem: a linear ion on B, oriented, beside empty X sites."""
    from antiperovskite.structures.orientations import shape

    if not space.occupations["X"].get("vacancy"):
        return None
    for block in space.problem.blocks:
        if block.role == "B" and block.species in space.problem.orientations:
            ion = space.ions[block.species]
            if shape(ion) == "linear":
                return Rule(species=block.species, element=ion.atoms[-1].element, atom=len(ion.atoms) - 1)
    return None


def _energies(space: Space, orderings: Orderings) -> tuple[Array | None, str]:
    """Energies per formula unit, or None with the reason."""
    try:
        charges = _balanced(space)
        total = electrostatic_energies(space.problem, orderings, charges, occupied=space.occupations)
    except StructureError as error:
        return None, str(error)
    return total / space.formula_units, ""


def _balanced(space: Space) -> dict[str, tuple[float, ...]]:
    """Formal charges of all atoms; a multivalent cation takes the registered state that balances the cell."""
    amounts: dict[str, int] = {}
    for counts in space.occupations.values():
        for species, count in counts.items():
            if species in space.ions:
                amounts[species] = amounts.get(species, 0) + count
    charge = {symbol: space.ions[symbol].charge for symbol in amounts}
    excess = sum(charge[symbol] * count for symbol, count in amounts.items())
    if excess:
        for symbol, count in amounts.items():
            other = charge[symbol] - excess / count
            if other in space.ions[symbol].other_charges:
                charge[symbol] = int(other)
                break
        else:
            raise StructureError(
                f"{space.formula.formula}: the formal charges add up to {excess:+d} in the supercell and no ion has "
                "another registered charge that cancels it"
            )
    return {symbol: formal_charges(space.ions[symbol], charge[symbol]) for symbol in amounts}


def _energy(value: float | None, reason: str, method: str) -> AnyQuantity:
    if value is None:
        return NotComputed(unit="eV/formula", method=reason)
    return Quantity(
        value=value,
        uncertainty=None,
        unit="eV/formula",
        method=f"{method}; a model energy, so no uncertainty is defined",
        source="formal charges at ideal positions",
        citations=("deleeuw1980",),
    )


def _ranked(energies: Array | None, number: int) -> Integers:
    """Places in the stream from the lowest energy up; equal energies, or none at all, in the stream's order."""
    import numpy as np

    return np.arange(number) if energies is None else np.argsort(np.round(energies, 9), kind="stable")


def _test_rule(
    rule: Rule,
    shares: Array,
    energies: Array | None,
    reason: str,
    enforced: bool,
    complete: bool,
    counterexamples: tuple[Ordering, ...],
) -> RuleTest:
    obeys = shares > 1 - 1e-9
    lowest: dict[bool, float | None] = {True: None, False: None}
    if energies is not None:
        for kind in (True, False):
            if (obeys == kind).any():
                lowest[kind] = float(energies[obeys == kind].min() - energies.min())
    absent = reason or "no such arrangement was enumerated"
    method = "difference of Ewald energies, lowest of the group minus lowest of all enumerated"
    return RuleTest(
        statement=f"{rule.element} of every {rule.species} points to an empty X site",
        enforced=enforced,
        obeying_all=int(obeys.sum()),
        breaking=int((~obeys).sum()),
        lowest_obeying=_energy(lowest[True], absent, method),
        lowest_breaking=_energy(lowest[False], absent, method),
        verdict=_verdict(lowest, enforced, complete),
        counterexamples=counterexamples,
    )


def _verdict(lowest: Mapping[bool, float | None], enforced: bool, complete: bool) -> str:
    if enforced:
        return "not tested: the rule was enforced"
    with_rule, without = lowest[True], lowest[False]
    scope = "" if complete else " among those enumerated, which are not all"
    if with_rule is None or without is None:
        return f"not tested: arrangements of only one kind were ranked{scope}"
    if abs(with_rule - without) < _SAME:
        return f"undecided: the lowest arrangements of both kinds are equal electrostatically{scope}"
    if with_rule < without:
        return f"holds electrostatically: breaking it costs at least {without:.3g} eV per formula unit{scope}"
    return f"fails electrostatically: obeying it costs at least {with_rule:.3g} eV per formula unit{scope}"


@dataclass(frozen=True)
class _Builder:
    """Turns places in the stream into results."""

    space: Space
    orderings: Orderings
    energies: Array | None
    reason: str
    shares: Array | None
    symprec: float

    def ordering(self, index: int) -> Ordering:
        formula, cells = self.space.formula.formula, self.space.cubic_cells
        what = f"ordering {index + 1} of {formula} in a supercell of {cells:g} pseudo-cubic cells"
        model = realise(self.space, self.orderings, index, what=what)
        symbol, number = spacegroup(model.to_pymatgen(), self.symprec)
        value = None if self.energies is None else float(self.energies[index])
        above = None if self.energies is None or value is None else value - float(self.energies.min())
        return Ordering(
            number=index + 1,
            degeneracy=int(self.orderings.degeneracy[index]),
            spacegroup=symbol,
            spacegroup_number=number,
            electrostatic=_energy(value, self.reason, "Ewald sum of formal charges"),
            above_lowest=_energy(above, self.reason, "Ewald energy minus that of the lowest arrangement enumerated"),
            obeying=self._share(index),
            shortest_contact=Quantity(
                value=shortest_contact(model),
                uncertainty=None,
                unit="angstrom",
                method="shortest distance between atoms of different ions at the ideal positions, exact",
                source="this arrangement",
            ),
            structure=model,
        )

    def _share(self, index: int) -> AnyQuantity:
        if self.shares is None:
            return NotComputed(unit="1", method="no rule applies: no oriented linear ion beside empty X sites")
        return Quantity(
            value=float(self.shares[index]),
            uncertainty=None,
            unit="1",
            method="fraction of ions that obey the rule; counted, exact",
            source="this arrangement",
        )
