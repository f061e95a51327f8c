"""What disorder on the anion sites adds to a solid solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.routes.bench import UNKNOWN_SHARE

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.stability.thermal.mixing import DisorderedSite


def mixed_sites(formula: Formula) -> tuple[DisorderedSite, ...]:
    """Return the anion sites that several ions share.

    Cations that differ order (LiNa2OCl) and empty X sites follow the hydroxide, so neither is counted.
    """
    from antiperovskite.stability.thermal.mixing import disordered_sites

    return tuple(site for site in disordered_sites(formula) if site.label in {"A", "B"} and len(site.fractions) > 1)


def mixing_shift(formula: Formula, phase: PhaseEnergy, temperature: float) -> PhaseEnergy:
    """Add -T S of ideal mixing to a solid solution (eV per formula unit), with the error of an unknown share."""
    from antiperovskite.stability.thermal.mixing import mixing_free_energy

    sites = mixed_sites(formula)
    if not sites:
        return phase
    gain = mixing_free_energy(sites, temperature).value
    loadings = {**phase.loadings, "mixing:product": abs(gain) * UNKNOWN_SHARE}
    return PhaseEnergy(phase.name, phase.formula, phase.elements, phase.energy + gain, loadings)


def cation_disorder(formula: Formula, temperature: float) -> float | None:
    """Return -T S of ideally disordered empty cation sites, eV per formula unit; None where no site is empty."""
    from antiperovskite.stability.thermal.mixing import disordered_sites, mixing_free_energy

    if formula.vacancies <= 0.0:
        return None
    return mixing_free_energy([site for site in disordered_sites(formula) if site.label == "X"], temperature).value
