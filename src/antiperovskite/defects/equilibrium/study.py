"""The front door: defect concentrations of a host over temperature, water, halide content or dopants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import TYPE_CHECKING, Final

from antiperovskite.defects.equilibrium.carriers import carriers, check_barriers, half_width, quantiles
from antiperovskite.defects.equilibrium.conditions import Conditions
from antiperovskite.defects.equilibrium.energies import phases_of, sample_energies
from antiperovskite.defects.equilibrium.inputs import DefectInput
from antiperovskite.defects.equilibrium.model import Dominance, EquilibriumPoint, EquilibriumStudy, SpeciesAmount
from antiperovskite.defects.equilibrium.phases import with_host_reaction
from antiperovskite.defects.equilibrium.point import Amounts, equilibrium, frozen_defects
from antiperovskite.defects.equilibrium.species import Crystal, crystal, same_phase
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula

SAMPLES: Final = 400
CROWDED: Final = 0.1
MISFIT: Final = 0.02  # eV; below it nobody needs to know
CITATIONS: Final = ("kroger1956", "buckeridge2019", "squires2023")


def concentrations(
    formula: Formula,
    data: DefectInput,
    points: Sequence[Conditions],
    *,
    axis: str = "temperature",
    samples: int = SAMPLES,
    seed: int = 0,
    barriers: Mapping[str, float] | None = None,
    progress: Callable[[str], None] | None = None,
) -> EquilibriumStudy:
    """Return the concentrations of all defects at each point, with intervals from the energies' uncertainties.

    Parameters
    ----------
    formula
        The host, resolved.
    data
        Energies of defect reactions; see :func:`antiperovskite.defects.equilibrium.inputs.read_energies`.
    points
        Conditions. A point without coexisting phases and without a halide deficiency gets the host's own salt of cation
        and halide, if it occurs in a reaction.
    axis
        What the points run over, for plots.
    samples
        Draws of the energies, each from a normal distribution around the value given.
    seed
        Of the draws.
    barriers
        Migration barriers of ``V_Li`` and ``Li_i`` in eV, for shares of the conductivity.

    Raises
    ------
    OptionError
        Conditions that cannot be met, or energies that do not fix the defects.
    DataError
        Reactions that are not balanced.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> from antiperovskite.defects.equilibrium.inputs import DefectInput, Reaction
    >>> energy = Quantity(value=1.0, uncertainty=None, unit="eV", method="example", source="example")
    >>> pair = Reaction(name="Schottky", defects={"V_Li": 1, "V_Cl": 1}, products={"LiCl": 1}, energy=energy)
    >>> data = DefectInput(source="example", computed=False, reactions=(pair,))
    >>> study = concentrations(resolve("Li3OCl"), data, [Conditions(temperature_K=500.0)])
    >>> f"{study.points[0].amount('V_Li').concentration.value:.3e}"  # sqrt(3) exp(-1 eV / 2 kT)
    '1.580e-05'
    """
    if not points:
        raise OptionError("no conditions were given; name a temperature")
    if not 0 <= samples <= 100_000:
        raise OptionError(f"{samples} samples is outside 0 to 100000")
    for point in points:
        point.check()
    data = with_host_reaction(data, formula)
    uncertain = any(r.energy.uncertainty for r in data.reactions)
    n = samples if uncertain else 0
    results, notes = [], dict[str, None]()
    latest: Crystal | None = None
    for point in points:
        allowed = {*point.dopants, *({"H", "O"} if point.p_water_bar is not None else ())}
        latest = crystal(formula, data, allowed)
        if barriers:
            check_barriers(barriers, latest)
        at = _with_default_phase(point, latest)
        if progress is not None:
            progress(f"{at.temperature_K:g} K")
        amounts = equilibrium(latest, data, at, sample_energies(latest, n, seed))
        results.append(_record(latest, data, at, amounts, barriers, n))
        notes |= dict.fromkeys(_notes(latest, at, amounts))
    assert latest is not None
    if not uncertain:
        notes["no energy has an uncertainty, so no interval is given"] = None
    return EquilibriumStudy(
        formula=formula.formula,
        ion=latest.mobile,
        axis=axis,
        source=data.source,
        computed_here=data.computed,
        energies={reaction.label or reaction.name: reaction.energy for reaction in data.reactions},
        points=tuple(results),
        samples=n,
        seed=seed,
        notes=(*_general_notes(latest, data), *notes),
        citations=CITATIONS,
    )


def _with_default_phase(at: Conditions, crystal: Crystal) -> Conditions:
    """Halide-rich unless something else is said: samples are made with an excess of it."""
    from dataclasses import replace

    if at.coexisting or at.between or at.halide_deficiency is not None:
        return at
    A = max(crystal.formula.sites.A, key=lambda ion: crystal.formula.sites.A[ion], default="")
    found = same_phase(f"{crystal.mobile}{A}", [p for p in phases_of(crystal) if p != crystal.host]) if A else None
    return at if found is None else replace(at, coexisting=(found[0],))


def _record(
    crystal: Crystal, data: DefectInput, at: Conditions, amounts: Amounts, barriers: Mapping[str, float] | None, n: int
) -> EquilibriumPoint:
    import numpy as np

    words = "as given by the user" if not data.computed else "computed"
    method = f"mass action with charge and site balance, energies {words}"
    if at.quench_from_K is not None:
        method += f", frozen at {at.quench_from_K:g} K"
    frozen = frozen_defects(crystal, at.frozen) if at.quench_from_K is not None else ()
    ten = amounts.logs / log(10.0)
    species = []
    for k, item in enumerate(crystal.species):
        low: float | None = None
        high: float | None = None
        u: float | None = None
        if n:
            low, inner, outer, high = quantiles(ten[:, k], (0.025, 0.1587, 0.8413, 0.975))
            u = half_width(inner, outer)
        species.append(
            SpeciesAmount(
                name=item.name,
                charge=item.charge,
                bound=item.bound,
                concentration=Quantity(
                    value=float(np.exp(amounts.logs[0, k])),
                    uncertainty=None,
                    unit="1",
                    source=data.source,
                    method=f"{method}; per formula unit; its interval is that of the logarithm",
                ),
                log10_concentration=Quantity(
                    value=float(ten[0, k]),
                    uncertainty=u,
                    unit="1",
                    n=max(n, 1),
                    source=data.source,
                    method=f"log10 of amount per formula unit, {method}"
                    + ("" if n else "; no uncertainty: the energies have none"),
                ),
                low95=low,
                high95=high,
                frozen=not item.bound and item.name in frozen,
            )
        )
    temperature = _exact(at.temperature_K, "K")
    return EquilibriumPoint(
        temperature=temperature,
        p_water=None if at.p_water_bar is None else _exact(at.p_water_bar, "bar"),
        coexisting=at.coexisting or (at.between[:2] if at.between else ()),
        share_to_second=None if at.between is None else at.between[2],
        halide_deficiency=at.halide_deficiency,
        dopants=dict(at.dopants),
        quenched_from=None if at.quench_from_K is None else _exact(at.quench_from_K, "K"),
        species=tuple(species),
        dominant=tuple(d for d in (_dominant(crystal, amounts, sign, n) for sign in (1, -1)) if d is not None),
        carriers=carriers(crystal, amounts.logs, temperature, source=data.source, barriers=barriers, sampled=n > 0),
        charge_residual=amounts.charge_residual,
        site_residual=amounts.site_residual,
    )


def _exact(value: float, unit: str) -> Quantity:
    return Quantity(
        value=value, uncertainty=None, unit=unit, method="a condition, taken as exact", source="the request"
    )


def _dominant(crystal: Crystal, amounts: Amounts, sign: int, n: int) -> Dominance | None:
    """The species with most charge of one sign, and how sure that is."""
    import numpy as np

    columns = [k for k, s in enumerate(crystal.species) if s.charge * sign > 0]
    if not columns:
        return None
    charges = amounts.logs[:, columns] + np.log([abs(crystal.species[k].charge) for k in columns])
    order = np.argsort(-charges[0])
    probability: AnyQuantity = NotComputed(unit="1", method="the energies have no uncertainty")
    if n:
        probability = Quantity(
            value=float((charges[1:].argmax(axis=1) == order[0]).mean()), uncertainty=None, unit="1", n=n,
            method="share of the draws of the energies", source="sampling",
        )  # fmt: skip
    names = [crystal.species[columns[k]].name for k in order]
    return Dominance(
        charge="positive" if sign > 0 else "negative", name=names[0], probability=probability,
        runner_up=names[1] if len(names) > 1 else "",
    )  # fmt: skip


def _notes(crystal: Crystal, at: Conditions, amounts: Amounts) -> list[str]:
    import numpy as np

    notes = []
    misfit, name = amounts.misfit
    if misfit > MISFIT:
        notes.append(
            f"there are more reactions than unknown energies and they disagree by up to {misfit:.2f} eV ({name}): "
            "weighted least squares were taken"
        )
    filled = np.exp(amounts.logs[0])
    for label, number in crystal.sites.items():
        used = sum(s.uses.get(label, 0) * c for s, c in zip(crystal.species, filled, strict=True)) / number
        if used > CROWDED:
            notes.append(
                f"at {at.temperature_K:g} K defects hold more than {100 * CROWDED:g} % of the {label} sites: beyond "
                "the given clusters they do not feel each other here, so amounts there are an indication"
            )
    if at.quench_from_K is not None:
        names = ", ".join(frozen_defects(crystal, at.frozen)) or "nothing"
        notes.append(f"quench: {names} keep their number (isolated and in clusters together); the others move on")
    return notes


def _general_notes(crystal: Crystal, data: DefectInput) -> list[str]:
    notes = []
    if not data.computed:
        notes.append(f"energies as given by the user, not computed here: {data.source}")
    notes += [f"left out: {name}" for name in crystal.left_out]
    if all(reaction.entropy_kB == 0.0 for reaction in data.reactions):
        notes.append("vibrational entropies of defects and solids are left out; a gas has its own")
    if not crystal.clusters:
        notes.append("no bound clusters are among the reactions: association is left out")
    elif any(reaction.energy.uncertainty for reaction in data.reactions):
        notes.append(
            "energies are drawn independently: what errors of bound and separate defects share is not taken off"
        )
    return notes
