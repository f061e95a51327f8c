"""From relaxed arrangements to reactions with a limit, an uncertainty and a binding energy."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from antiperovskite.defects.catalogue import Combination
from antiperovskite.defects.extrapolation import SizeFit, fit_sizes
from antiperovskite.defects.host import Host, Times
from antiperovskite.defects.model import DefectReaction
from antiperovskite.defects.reservoirs import Exchange
from antiperovskite.defects.results import (
    Arrangement,
    CombinationResult,
    DefectStudy,
    LoneDefect,
    Separation,
)
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

NO_CHARGES = (
    "engines without charges or electrons do not define the energy of a lone charged defect: only charge-neutral "
    "combinations are energies of defects; lone ones are building blocks for comparison"
)
LOCAL = (
    "dispersed energies come from neutral cells with the defects as far apart as the supercell allows; a potential of "
    "finite reach does not see the Coulomb attraction of farther ones"
)


def summarise(
    host: Host,
    engine: EngineCard,
    wanted: Sequence[Combination],
    exchanges: dict[str, tuple[Exchange | None, str]],
    arrangements: Sequence[Arrangement],
    lone: Sequence[LoneDefect],
    sizes: Sequence[Times],
    fmax: float,
    notes: Iterable[str],
    defects: tuple[Any, ...],
) -> DefectStudy:
    """Join everything into the study."""
    source = (
        f"{engine.name} {engine.version}, positions relaxed at the cell of the perfect crystal, {fmax:g} eV/angstrom"
    )
    results = [
        _combination(c, exchanges[c.name], [a for a in arrangements if a.combination == c.name], lone, source, engine)
        for c in wanted
    ]
    import numpy as np

    volume = float(abs(np.linalg.det(host.cell.lattice))) / max(1, len(host.cell.ions_on("B")))
    return DefectStudy(
        formula=host.formula,
        spacegroup=host.spacegroup,
        lattice_parameter=Quantity(
            value=round(volume ** (1 / 3), 6), uncertainty=None, unit="angstrom",
            method="cube root of the relaxed volume per octahedron, static lattice; the engine's error is on its card",
            source=f"{engine.name} {engine.version}", citations=engine.citations,
        ),
        engine=engine,
        settings=f"positions relaxed at fixed cell, largest force {fmax:g} eV/angstrom; host relaxed with its symmetry",
        supercells=tuple(sizes),
        defects=defects,
        reactions=tuple(r for result in results for r in (result.bound, result.dispersed) if r is not None),
        combinations=tuple(results),
        arrangements=tuple(arrangements),
        lone=tuple(lone),
        notes=tuple(dict.fromkeys((NO_CHARGES, LOCAL, *notes))),
    )  # fmt: skip


def _combination(
    combination: Combination,
    exchange: tuple[Exchange | None, str],
    found: Sequence[Arrangement],
    lone: Sequence[LoneDefect],
    source: str,
    engine: EngineCard,
) -> CombinationResult:
    phases, note = exchange
    fits = _fits(found, ("near", "single"))
    # nothing to be far from: one defect alone is dispersed as it is
    single = any(a.role == "single" for a in found)
    far = _limit(found) if not single else min(fits.values(), key=lambda fit: fit.limit, default=None)
    best = None if single else min(fits, key=lambda label: fits[label].limit, default=None)
    usable = phases is not None
    closest = {a.label: min(a.shell, default=0.0) for a in found}
    notes = [note] if note else []
    notes += [f"{a.role} {a.label} in {'x'.join(map(str, a.supercell))}: {a.status}" for a in found if _spoilt(a)]
    if best is not None and far is not None and fits[best].lengths[-1] != far.lengths[-1]:
        notes.append("near and far energies do not reach the same supercell size")

    def reaction(fit: SizeFit, what: str, *, bound: bool, distance: float | None) -> DefectReaction:
        assert phases is not None
        return DefectReaction(
            name=combination.name, defects=combination.counts(), bound=bound, kind=combination.kind,
            energy=fit.quantity(what, source, engine.citations), configurations=max(1, _number(found, bound)),
            separation_angstrom=distance, reactants=phases.reactants, products=phases.products, notes="; ".join(notes),
        )  # fmt: skip

    return CombinationResult(
        name=combination.name,
        kind=combination.kind,
        defects=combination.counts(),
        reactants={} if phases is None else phases.reactants,
        products={} if phases is None else phases.products,
        bound=reaction(fits[best], "lowest near arrangement", bound=True, distance=closest[best])
        if usable and best is not None
        else None,
        dispersed=reaction(far, "defects as far apart as the cell allows", bound=False, distance=None)
        if usable and far is not None
        else None,
        binding=binding(None if best is None else fits[best], far, source),
        separations=tuple(
            Separation(label=label, closest=closest[label], fit=fit, binding=binding(fit, far, source))
            for label, fit in sorted(fits.items(), key=lambda item: (closest[item[0]], item[0]))
            if not single
        ),
        far_fit=far,
        lone_difference=_lone_difference(combination, found, phases, lone, source, single=single),
        notes=tuple(notes),
    )


def _number(found: Sequence[Arrangement], bound: bool) -> int:
    return len({a.label for a in found if a.energy is not None and (a.role == "near") == bound})


def _spoilt(arrangement: Arrangement) -> bool:
    return arrangement.status != "relaxed"


def _fits(found: Sequence[Arrangement], roles: tuple[str, ...]) -> dict[str, SizeFit]:
    """The limit of every near separation."""
    by_label: dict[str, dict[float, float]] = {}
    for a in found:
        if a.role in roles and a.energy is not None and not _spoilt(a):
            sizes = by_label.setdefault(a.label, {})
            sizes[a.length] = min(a.energy, sizes.get(a.length, math.inf))
    return {label: fit_sizes(list(sizes), list(sizes.values())) for label, sizes in by_label.items()}


def _limit(found: Sequence[Arrangement]) -> SizeFit | None:
    """The limit of the far arrangement of every size."""
    sizes = {a.length: a.energy for a in found if a.role == "far" and a.energy is not None and not _spoilt(a)}
    return fit_sizes(list(sizes), list(sizes.values())) if sizes else None


def binding(near: SizeFit | None, far: SizeFit | None, source: str) -> AnyQuantity:
    """Energy near minus far; where two supercells hold both, their differences are extrapolated.

    What size does to both alike cancels in the difference, so its own correction says how uncertain it is.
    """
    if near is None or far is None:
        which = "near" if near is None else "far"
        return NotComputed(
            unit="eV", method=f"no {which} arrangement fits the supercells or stayed as it was put", source=source
        )
    apart = dict(zip(far.lengths, far.energies, strict=True))
    gaps = {length: e - apart[length] for length, e in zip(near.lengths, near.energies, strict=True) if length in apart}
    value, uncertainty, n = near.limit - far.limit, None, min(len(near.lengths), len(far.lengths))
    how = "energy near minus far; one supercell for one of them: the error of its size is not known"
    if len(gaps) > 1:
        fit = fit_sizes(list(gaps), list(gaps.values()))
        value, uncertainty, n = fit.limit, fit.uncertainty, len(gaps)
        how = f"energy near minus far in the same supercell, extrapolated with 1/L^3 over {n} of them"
    elif near.uncertainty is not None and far.uncertainty is not None:
        uncertainty = math.hypot(near.uncertainty, far.uncertainty)
        how = "energy near minus far, each extrapolated with 1/L^3"
    return Quantity(value=value, uncertainty=uncertainty, unit="eV", n=n, method=how, source=source)


def _lone_difference(
    combination: Combination, found: Sequence[Arrangement], phases: Exchange | None, lone: Sequence[LoneDefect],
    source: str, *, single: bool,
) -> AnyQuantity:  # fmt: skip
    """Far arrangement minus the sum of lone defects, at the largest size both have."""
    exchange = 0.0 if phases is None else phases.energy
    for a in sorted((a for a in found if a.role == "far" and not _spoilt(a)), key=lambda a: -a.length):
        total = 0.0
        for species, count in combination.defects:
            energies = [
                d.energy for d in lone if d.name == species.name and d.supercell == a.supercell and d.chosen
                and d.energy is not None
            ]  # fmt: skip
            if not energies:
                break
            total += count * min(energies)
        else:
            assert a.energy is not None
            return Quantity(
                value=a.energy - exchange - total, uncertainty=None, unit="eV", n=1, source=source,
                method=f"far arrangement minus lone defects, both in {'x'.join(map(str, a.supercell))}; one size",
            )  # fmt: skip
    why = "one defect, nothing to compare" if single else "lone defects were not computed at a size of the far pair"
    return NotComputed(unit="eV", method=why, source=source)
