"""Windows of many compositions in one hull.

At content n the limits are the slopes of the profile on both sides of n, so each composition costs one walk along its
own profile and no hull of its own. A compound with an energy of its own below the hull changes only its own profile
(see :func:`antiperovskite.electrochemistry.profile.with_compound`); compounds do not compete with each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from antiperovskite.electrochemistry.profile import SLOPE_TOLERANCE, LineProfile, element_profile, with_compound
from antiperovskite.electrochemistry.reference_metal import MOBILE, main_cation, metal_phase
from antiperovskite.errors import OptionError
from antiperovskite.stability.convex_hull import ConvexHull, convex_hull
from antiperovskite.stability.phase_set import PhaseSet

if TYPE_CHECKING:
    from antiperovskite.stability.convex_hull import Array


@dataclass(frozen=True)
class ScreenedWindows:
    """Limits of n compositions, each array of shape (n,), volts against the metal.

    ``oxidation`` is NaN where the composition holds none of the ion, and 0 where its phases hold the metal; ``onset``
    is the oxidation onset of the compound itself (its own energy, products of its first step), NaN without energies.
    ``above_hull`` is eV/atom against the hull as given (negative for a new compound below it), NaN without energies.
    """

    oxidation: Array
    reduction: Array
    onset: Array
    above_hull: Array


def screen_windows(
    hull: ConvexHull, amounts: Array, metal: str, energies: Array | None = None, *, metal_energy: float | None = None
) -> ScreenedWindows:
    """Return the windows of many compositions.

    Parameters
    ----------
    hull
        The competing phases.
    amounts
        Atoms of each composition in the order of ``hull.elements``, shape (n, n_elements).
    metal
        The ion that is exchanged; its pure phase sets 0 V.
    energies
        eV of each compound for the atoms given, shape (n,), on the hull's scale.
    metal_energy
        eV per atom of the metal; the hull's own by default.

    Raises
    ------
    OptionError
        The metal is not in the hull, the shapes do not fit, or an amount is negative or not finite.
    """
    import numpy as np

    _check(hull, amounts, metal, energies)
    column = hull.elements.index(metal)
    reference = float(hull.facets.potentials[:, column].max()) if metal_energy is None else metal_energy
    charge = MOBILE[metal]
    result = np.full((4, len(amounts)), np.nan)
    for row, host in enumerate(amounts):
        content, own = float(host[column]), None if energies is None else float(energies[row])
        profile = element_profile(hull, host, metal)
        if own is not None:
            result[3, row] = (own - profile.energy(content)) / host.sum()
            profile = with_compound(profile, content, own)
        oxidation, reduction = _limits(profile, content, reference, charge)
        result[0, row], result[1, row] = oxidation, reduction
        if own is not None:
            result[2, row] = _onset(profile, content, own, reference, charge)
    return ScreenedWindows(*result)


def screen_formulas(
    formulas: Sequence[tuple[str, Mapping[str, float]]], phases: PhaseSet, against: str | None = None
) -> dict[str, tuple[str, ScreenedWindows]]:
    """Return the windows of formulas (name, atoms) that share a phase set, with the metal of each.

    Formulas are grouped by their elements, so that one hull serves each group; the energy of a compound is that of its
    own phase where the set has one.

    Raises
    ------
    MissingReferenceError
        An element or a metal has no pure phase.
    OptionError
        A formula has no mobile cation.
    """
    import numpy as np

    groups: dict[tuple[tuple[str, ...], str], list[tuple[str, Mapping[str, float]]]] = {}
    for name, elements in formulas:
        metal = main_cation(elements, against)
        groups.setdefault((tuple(sorted({*elements, metal})), metal), []).append((name, elements))
    result: dict[str, tuple[str, ScreenedWindows]] = {}
    for (spanned, metal), members in groups.items():
        metal_phase(phases, metal)
        hull = convex_hull(phases.phases, spanned)
        amounts = np.array([hull.amounts(elements) for _, elements in members])
        own = [phases.lowest(elements) for _, elements in members]
        energies = [
            np.nan if phase is None else phase.energy * sum(elements.values()) / phase.atoms
            for phase, (_, elements) in zip(own, members, strict=True)
        ]
        bare = screen_windows(hull, amounts, metal)
        known = np.flatnonzero(np.isfinite(energies))
        if len(known):
            full = screen_windows(hull, amounts[known], metal, np.array(energies)[known])
            bare.onset[known], bare.above_hull[known] = full.onset, full.above_hull
        for k, (name, _) in enumerate(members):
            single = ScreenedWindows(*(values[k : k + 1] for values in vars(bare).values()))
            result[name] = metal, single
    return {name: result[name] for name, _ in formulas}


def _check(hull: ConvexHull, amounts: Array, metal: str, energies: Array | None) -> None:
    import numpy as np

    if metal not in hull.elements or metal not in MOBILE:
        raise OptionError(f"{metal!r} is not a mobile cation of this hull of {', '.join(hull.elements)}")
    if amounts.ndim != 2 or amounts.shape[1] != len(hull.elements):
        raise OptionError(
            f"the amounts have the shape {amounts.shape}; needed is (n, {len(hull.elements)}), one column for each of "
            f"{', '.join(hull.elements)}"
        )
    others = np.delete(amounts, hull.elements.index(metal), axis=1)
    if not np.isfinite(amounts).all() or (amounts < 0).any() or not (others.sum(axis=1) > 0).all():
        raise OptionError(f"every composition needs finite amounts, none negative, and another element than {metal}")
    if energies is not None and (energies.shape != (len(amounts),) or not np.isfinite(energies).all()):
        raise OptionError(f"{len(amounts)} compositions need as many finite energies")


def _limits(profile: LineProfile, content: float, reference: float, charge: int) -> tuple[float, float]:
    left, right = profile.sides(content)
    oxidation = float("nan") if left is None else (reference - float(profile.slopes[left])) / charge
    return oxidation, max((reference - float(profile.slopes[right])) / charge, 0.0)


def _onset(profile: LineProfile, content: float, own: float, reference: float, charge: int) -> float:
    left, _ = profile.sides(content)
    if left is None or reference - float(profile.slopes[left]) <= SLOPE_TOLERANCE:  # the metal itself is released
        return float("nan")
    ions = content - float(profile.contents[left])
    return (float(profile.energies[left]) + ions * reference - own) / (ions * charge)
