"""The front door: which precursors lead to a formula, ranked by driving force, against what else they can become."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import AntiperovskiteError, MissingReferenceError, OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.equations import participants, write_equation
from antiperovskite.stability.model import Participant
from antiperovskite.stability.routes.balancing import PrecursorSet, balanced_sets
from antiperovskite.stability.routes.bench import Bench, without_phase_reason
from antiperovskite.stability.routes.conditions import Conditions, check_temperature
from antiperovskite.stability.routes.energies import (
    Balanced,
    Contest,
    Terms,
    amounts_of,
    competing_mixtures,
    contest,
    equilibrium,
    outcome_of,
    probability_of_winning,
)
from antiperovskite.stability.routes.limits import negative_ranges, onset, released_gas_limit, water_limits
from antiperovskite.stability.routes.mixing import cation_disorder, mixed_sites
from antiperovskite.stability.routes.model import PressureLimit, ReportedRoute, Route, RoutePoint
from antiperovskite.stability.routes.reported import Verdict, is_aqueous, published, reported_routes, used_by
from antiperovskite.stability.routes.rules import is_wet_chemistry, route_rules

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.evidence.model import SynthesisRow

DEFAULT_TEMPERATURE: Final = 600.0  # K
GRID: Final = tuple(300.0 + 50.0 * k for k in range(17))  # 300 to 1100 K
AQUEOUS: Final = "hydrothermal or solution"
NO_AQUEOUS: Final = (
    "not a solid-state reaction: the activities of dissolved ions and of water in the solution are not modelled"
)
NOT_A_POWDER: Final = "these reagents are no precursor set of the rules, or no formulas (a target for deposition)"
MELTS: Final = (
    "mixed melts and their eutectics are not among the phases; where precursors are molten the real competitor can be "
    "a melt that is lower in energy than the separate salts"
)
GAS_NOTE: Final = "H2O, CO2, H2, O2 and N2 are the gases considered; HCl, HBr and other vapours of the salts are not"


def precursor_sets(formula: Formula) -> tuple[PrecursorSet, ...]:
    """Return every balanced precursor set that the rules give for a formula."""
    return tuple(chosen for rule in route_rules(formula) for chosen in balanced_sets(rule, formula.elements))


@dataclass(frozen=True)
class _Task:
    """One precursor set under one set of conditions."""

    bench: Bench
    chosen: PrecursorSet
    temperature: float
    conditions: Conditions

    @property
    def pressures(self) -> dict[str, float]:
        """Pressures of the gases that these atoms can form, bar."""
        elements = {*self.chosen.elements, *(("H", "O") if self.exchanged else ())}
        known = {"H2O": {"H", "O"}, "H2": {"H"}, "O2": {"O"}, "CO2": {"C", "O"}, "N2": {"N"}}
        elements |= {"C"} if "CO2" in self.exchanged else set()
        return {gas: p for gas, p in self.conditions.pressures.items() if known[gas] <= elements}

    @property
    def exchanged(self) -> tuple[str, ...]:
        """Gases that can be taken up."""
        return self.conditions.exchanged(self.chosen.elements)

    def at(self, temperature: float, conditions: Conditions | None = None) -> Contest:
        """The contest at a temperature, K."""
        state = self.bench.state(temperature, conditions or self.conditions, self.chosen)
        return contest(self.chosen, self.bench.target(temperature), state)

    def left_behind(self, temperature: float) -> Terms:
        """What equilibrium of everything leaves at a temperature, K."""
        state = self.bench.state(temperature, self.conditions, self.chosen)
        return equilibrium(self.chosen, self.bench.target(temperature), state)

    def probability(self, temperature: float, found: Contest) -> float:
        """Probability that the product wins at a temperature, K."""
        state = self.bench.state(temperature, self.conditions, self.chosen)
        mixtures = competing_mixtures(self.chosen, self.bench.target(temperature), state)
        return probability_of_winning(found.balanced.products, mixtures)

    def quantity(self, value: float, uncertainty: float | None, unit: str, what: str) -> Quantity:
        """A number with this task's method and source."""
        return Quantity(
            value=value,
            uncertainty=uncertainty,
            unit=unit,
            method=f"{what}; {self.bench.method}",
            source=self.bench.source,
            citations=self.bench.citations,
        )

    @property
    def source(self) -> tuple[str, str, tuple[str, ...]]:
        """Method, source and citations."""
        return self.bench.method, self.bench.source, self.bench.citations


def synthesis_routes(
    bench: Bench,
    sets: Sequence[PrecursorSet],
    *,
    temperature: float = DEFAULT_TEMPERATURE,
    conditions: Conditions | None = None,
    grid: Iterable[float] = GRID,
    rows: Sequence[SynthesisRow] | None = None,
) -> tuple[Route, ...]:
    """Return the routes of a formula, the largest driving force first and those not computed last.

    Parameters
    ----------
    bench
        The product and the phases over temperature (:func:`~antiperovskite.stability.routes.bench.prepare_bench`).
    sets
        Precursor sets (:func:`precursor_sets`).
    temperature
        K, at which routes are ranked.
    conditions
        Pressures of the gases; 1 ppm of water at 1 bar and hydrogen at 1 bar if not given.
    grid
        Temperatures (K) of the curves; those outside a table are left out.
    rows
        Published syntheses; those of the evidence room that concern the formula if not given.

    Raises
    ------
    OptionError
        The temperature or a pressure is outside what is allowed.
    """
    check_temperature(temperature)
    atmosphere = conditions or Conditions()
    reports = published(bench.formula) if rows is None else tuple(rows)
    temperatures = sorted({*grid, temperature})
    routes = [_route(_Task(bench, chosen, temperature, atmosphere), temperatures, reports) for chosen in sets]
    taken = {report.id for route in routes for report in route.reported}
    left = [row for row in reports if row.id not in taken]
    routes += _only_listed(bench, temperature, left)
    return tuple(sorted(routes, key=_rank))


def _rank(route: Route) -> tuple[bool, float]:
    force = route.driving_force.value
    return force is None, 0.0 if force is None else force


def _route(task: _Task, temperatures: Sequence[float], reports: Sequence[SynthesisRow]) -> Route:
    mine = [row for row in reports if used_by(row, task.chosen)]
    try:
        found = task.at(task.temperature)
    except MissingReferenceError as error:
        reason = _missing_reason(task) or str(error)
        return _not_computed(task, reason, reported_routes(mine, task.bench.formula.formula, None))
    curve = _curve(task, temperatures)
    force, u = found.balanced.driving_force, found.balanced.uncertainty
    left = task.left_behind(task.temperature)
    lower, upper = _water_limits(task)
    atoms = sum(task.bench.formula.elements.values())
    reactants, products = participants(found.balanced.reactants), participants(found.balanced.products)
    at = f"{task.temperature:g} K"
    method, source, citations = task.source
    return Route(
        formula=task.bench.formula.formula,
        kind=task.chosen.kind,
        equation=write_equation(reactants, products),
        precursors=reactants,
        by_products=products[1:],
        temperature=_given(task.temperature),
        pressures=task.pressures,
        exchanged=task.exchanged,
        driving_force=task.quantity(force, u, "eV/formula", f"product and gas minus precursors at {at}"),
        driving_force_per_atom=task.quantity(
            1e3 * force / atoms, 1e3 * u / atoms, "meV/atom", f"driving force at {at} per atom of the product"
        ),
        selectivity=task.quantity(
            found.selectivity,
            found.uncertainty,
            "eV/formula",
            f"product and gas minus the best mixture without the product at {at}, error at fixed mixture",
        ),
        probability=task.quantity(
            task.probability(task.temperature, found),
            None,
            "1",
            f"share of draws of the joint error distribution in which the product lies below all mixtures at {at}",
        ),
        competitor=amounts_of(found.competitor),
        left_behind=amounts_of(left),
        outcome=outcome_of(left, task.bench.target(task.temperature), found.balanced),
        onset_temperature=onset(curve, method, source, citations),
        downhill=negative_ranges([(p.temperature, p.driving_force) for p in curve]),
        selective=negative_ranges([(p.temperature, p.selectivity) for p in curve]),
        gas_limit=_gas_limit(task, found.balanced),
        water_upper=upper,
        water_lower=lower,
        molten=molten(found.balanced, task.temperature),
        curve=curve,
        reported=reported_routes(mine, task.bench.formula.formula, lambda T: _verdict(task, T)),
        engine=task.bench.engine,
        notes=(*_notes(task), *task.bench.notes),
        citations=citations,
    )


def _missing_reason(task: _Task) -> str:
    """Name every precursor that is missing."""
    reasons = [
        without_phase_reason(task.bench, task.temperature, dict(precursor.elements), precursor.label)
        for precursor, _ in task.chosen.precursors
    ]
    return "; ".join(reason for reason in reasons if reason)


def _curve(task: _Task, temperatures: Sequence[float]) -> tuple[RoutePoint, ...]:
    points = []
    for temperature in temperatures:
        try:
            found = task.at(temperature)
        except (MissingReferenceError, OptionError):  # outside a table, or a precursor has no thermal part there
            continue
        points.append(
            RoutePoint(
                temperature=temperature,
                driving_force=found.balanced.driving_force,
                driving_force_uncertainty=found.balanced.uncertainty,
                competitor=found.balanced.driving_force - found.selectivity,
                selectivity=found.selectivity,
                selectivity_uncertainty=found.uncertainty,
                competitor_phases=amounts_of(found.competitor),
            )
        )
    return tuple(points)


def _gas_limit(task: _Task, balanced: Balanced) -> PressureLimit | None:
    gas = task.chosen.gas
    if not gas:
        return None
    return released_gas_limit(
        gas,
        task.chosen.gas_amount,
        balanced.driving_force,
        balanced.uncertainty,
        task.conditions.pressures[gas],
        task.temperature,
        task.source,
    )


def _water_limits(task: _Task) -> tuple[PressureLimit | None, PressureLimit | None]:
    """The range of p(H2O) in which the product wins in an open atmosphere, where water can take part at all."""
    if not task.chosen.elements.get("O", 0.0) > 0.0:
        return None, None
    given = task.conditions

    def contest_at(log10: float) -> Contest:
        wet = Conditions(water=10.0**log10, dioxide=given.dioxide, hydrogen=given.hydrogen, open_to_air=True)
        return task.at(task.temperature, wet)

    return water_limits(contest_at, task.temperature, task.source)


def _verdict(task: _Task, temperature: float) -> Verdict | None:
    try:
        check_temperature(temperature)
        found = task.at(temperature)
    except AntiperovskiteError:
        return None
    left = task.left_behind(temperature)
    water = f" and p(H2O) {task.conditions.water:g} bar" if "H2O" in task.pressures else ""
    return Verdict(
        f"at {temperature:g} K{water}",
        outcome_of(left, task.bench.target(temperature), found.balanced),
        amounts_of(left),
        task.quantity(task.probability(temperature, found), None, "1", f"as for the route, at {temperature:g} K"),
    )


def molten(balanced: Balanced, temperature: float) -> tuple[str, ...]:
    """Return the precursors whose NIST-JANAF table says that they have melted at a temperature (K)."""
    return tuple(
        phase.formula for phase, _ in balanced.reactants if (_melting(phase.elements) or temperature) < temperature
    )


def _melting(elements: object) -> float | None:
    from collections.abc import Mapping

    from antiperovskite.stability.thermal.janaf import find_table, has_table

    assert isinstance(elements, Mapping)
    formula = "".join(f"{element}{amount:g}" for element, amount in sorted(elements.items()))
    return find_table(formula, "condensed").melting_temperature if has_table(formula, "condensed") else None


def _notes(task: _Task) -> tuple[str, ...]:
    notes = [MELTS, GAS_NOTE]
    sites = mixed_sites(task.bench.formula)
    if sites:
        labels = " and ".join(f"{' / '.join(site.fractions)} on {site.label}" for site in sites)
        notes.append(
            f"the product gains the ideal entropy of mixing {labels}, the most that disorder can; an error of "
            "1/sqrt(12) of the gain stands for how much of it is real"
        )
    disorder = cation_disorder(task.bench.formula, task.temperature)
    if disorder is not None:
        notes.append(
            f"the disorder of empty and filled cation sites of {task.bench.formula.formula} is not counted; it could "
            f"lower the product by up to {-disorder:.3f} eV per formula unit at {task.temperature:g} K"
        )
    return tuple(notes)


def _given(temperature: float) -> Quantity:
    return Quantity(value=temperature, uncertainty=None, unit="K", method="given", source="input")


def _listed(chosen: PrecursorSet, formula: str) -> tuple[tuple[Participant, ...], tuple[Participant, ...]]:
    before = tuple(
        Participant(formula=precursor.label, phase="not a reference phase", coefficient=amount)
        for precursor, amount in chosen.precursors
    )
    after = [Participant(formula=formula, phase=formula, coefficient=1.0)]
    if chosen.gas:
        after.append(Participant(formula=chosen.gas, phase="gas", coefficient=chosen.gas_amount))
    return before, tuple(after)


def _not_computed(task: _Task, reason: str, reported: tuple[ReportedRoute, ...]) -> Route:
    before, after = _listed(task.chosen, task.bench.formula.formula)
    return _blank(task.bench, task.temperature, task.chosen.kind, reason, reported).model_copy(
        update={
            "equation": write_equation(before, after),
            "precursors": before,
            "by_products": after[1:],
            "pressures": task.pressures,
            "exchanged": task.exchanged,
        }
    )


def _blank(bench: Bench, temperature: float, kind: str, reason: str, reported: tuple[ReportedRoute, ...]) -> Route:
    def none(unit: str) -> AnyQuantity:
        return NotComputed(unit=unit, method=reason)

    return Route(
        formula=bench.formula.formula,
        kind=kind,
        equation="",
        precursors=(),
        temperature=_given(temperature),
        pressures={},
        driving_force=none("eV/formula"),
        driving_force_per_atom=none("meV/atom"),
        selectivity=none("eV/formula"),
        probability=none("1"),
        onset_temperature=none("K"),
        reported=reported,
        engine=bench.engine,
        notes=bench.notes,
        citations=bench.citations,
    )


def _only_listed(bench: Bench, temperature: float, rows: Sequence[SynthesisRow]) -> list[Route]:
    """Routes that are no solid-state reaction: the wet ones, and what was published with other reagents."""
    product = bench.formula.formula
    wet = [row for row in rows if is_aqueous(row)]
    other = [row for row in rows if row not in wet]
    routes = []
    if wet or is_wet_chemistry(bench.formula):
        records = reported_routes(wet, product, None)
        routes.append(_blank(bench, temperature, AQUEOUS, NO_AQUEOUS, records))
    if other:
        records = reported_routes(other, product, None)
        routes.append(_blank(bench, temperature, "other published", NOT_A_POWDER, records))
    return routes
