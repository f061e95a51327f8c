"""One equilibrium: amounts of every species for the given energies and for all their draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi
from typing import TYPE_CHECKING, Final

from antiperovskite.defects.equilibrium.balances import Frozen, Setup, set_up, undetermined
from antiperovskite.defects.equilibrium.conditions import Conditions
from antiperovskite.defects.equilibrium.energies import Energies, species_energies
from antiperovskite.defects.equilibrium.inputs import DefectInput
from antiperovskite.defects.equilibrium.names import INTERSTITIAL, parse_defect
from antiperovskite.defects.equilibrium.solver import solve
from antiperovskite.defects.equilibrium.species import Crystal
from antiperovskite.errors import NotConvergedError, OptionError
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

COULOMB_EV_ANGSTROM: Final = 14.399645
"""e^2 / (4 pi eps_0) in eV angstrom."""


@dataclass(frozen=True)
class Amounts:
    """``logs`` (n, n_species): ln of the amounts per formula unit; row 0 belongs to the energies as given.

    n_sites) are undisturbed sites. ``misfit`` is that of :class:`Energies`.
    """

    logs: Array
    charge_residual: float
    site_residual: float
    misfit: tuple[float, str]


def equilibrium(crystal: Crystal, data: DefectInput, at: Conditions, samples: tuple[Array, Array]) -> Amounts:
    """Solve one point.

    Raises
    ------
    OptionError
        A condition that is none, energies the reactions do not fix, or balances that cannot be met.
    NotConvergedError
        The balances were not met to 1e-12.
    """
    at.check()
    if at.quench_from_K is None:
        return _solve(crystal, data, at, samples, None)
    hot = _solve(crystal, data, replace(at, temperature_K=at.quench_from_K, quench_from_K=None), samples, None)
    names = frozen_defects(crystal, at.frozen)
    cold = replace(at, quench_from_K=None, halide_deficiency=None)
    return _solve(crystal, data, cold, samples, _freeze(crystal, hot, names))


def frozen_defects(crystal: Crystal, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """Names of the defects a quench freezes.

    Raises
    ------
    OptionError
        One of ``wanted`` is not among the defects.
    """
    known = [species.name for species in crystal.isolated]
    if wanted is None:
        ions = set(crystal.formula.sites.X)
        parsed = [parse_defect(name) for name in known]
        moving = {
            p.name for p in parsed if (not p.added and p.site in ions) or (p.site == INTERSTITIAL and p.added in ions)
        }
        return tuple(name for name in known if name not in moving)
    for name in wanted:
        if name not in known:
            raise OptionError(f"{name} cannot be frozen: it is not among the defects {', '.join(known)}")
    return wanted


def _freeze(crystal: Crystal, hot: Amounts, names: tuple[str, ...]) -> Frozen:
    import numpy as np

    amounts = np.exp(hot.logs)
    members = {
        s.name: amounts @ np.array([float(k.members.get(s.name, 0)) for k in crystal.species]) for s in crystal.isolated
    }
    charge = {s.name: s.charge * members[s.name] for s in crystal.isolated}
    zero = np.zeros(len(amounts))
    inside = sum((charge[name] for name in names), zero)
    outside = sum((value for name, value in charge.items() if name not in names), zero)
    gross_in = sum((abs(charge[name]) for name in names), zero)
    gross_out = sum((abs(value) for name, value in charge.items() if name not in names), zero)
    # both sums are the same number; the one with fewer charges in it has more digits left
    return Frozen({name: members[name] for name in names}, np.where(gross_in <= gross_out, inside, -outside))


def _solve(
    crystal: Crystal, data: DefectInput, at: Conditions, samples: tuple[Array, Array], frozen: Frozen | None
) -> Amounts:
    import numpy as np

    energies = species_energies(crystal, at, at.temperature_K, samples, data.water_reference)
    setup = set_up(
        crystal,
        dopants=at.dopants,
        halide_deficiency=at.halide_deficiency,
        frozen=frozen,
        site_exclusion=at.site_exclusion,
        n=len(energies.values),
    )
    _check_determined(crystal, at, energies, setup)
    logs, residual = _amounts(crystal, at, energies.values, setup)
    if at.debye_hueckel:
        logs, residual = _screened(crystal, data, at, energies.values, setup, logs)
    n_sites = len(setup.sites)
    rows = residual.shape[1]
    charge, sites = residual[:, : rows - n_sites], residual[:, rows - n_sites :]
    worst = [float(part.max()) if part.size else 0.0 for part in (charge, sites)]
    return Amounts(np.asarray(logs), worst[0], worst[1], energies.misfit)


def _amounts(crystal: Crystal, at: Conditions, values: Array, setup: Setup) -> tuple[Array, Array]:
    """ln of the amounts (n, n_species) and the residual of every balance (n, n_balances)."""
    import numpy as np

    kT = BOLTZMANN_EV_PER_K * at.temperature_K
    ways = []
    for species in crystal.species:
        # N_s y_s is the undisturbed part of a sublattice, so that ways / prod N^n is what multiplies it
        per_site = species.ways
        if at.site_exclusion:
            for label, count in species.uses.items():
                per_site /= crystal.sites[label] ** count
        ways.append(per_site)
    weights = np.log(np.array(ways)) - values / kT
    if setup.sites:
        weights = np.hstack([weights, np.zeros((len(weights), len(setup.sites)))])
    logs, _, residual = solve(weights, setup.balances)
    return logs[:, : len(crystal.species)], residual


def _screened(
    crystal: Crystal, data: DefectInput, at: Conditions, values: Array, setup: Setup, logs: Array
) -> tuple[Array, Array]:
    """Lower the energy of isolated charges by Debye and Hueckel's screening, until the amounts agree with it.

    g = -q^2 l kT kappa / (2 (1 + kappa R)) with the Bjerrum length l, kappa^2 = 4 pi l sum q^2 c / V and the distance R
    of closest approach.
    """
    import numpy as np

    epsilon, volume, closest = data.dielectric_constant, data.volume_angstrom3, data.closest_approach_angstrom
    if epsilon is None or volume is None or closest is None:
        raise OptionError(
            "Debye-Hueckel screening needs dielectric_constant, volume_angstrom3 (per formula unit) and "
            "closest_approach_angstrom in the file of energies"
        )
    kT = BOLTZMANN_EV_PER_K * at.temperature_K
    bjerrum = COULOMB_EV_ANGSTROM / (epsilon * kT)
    squares = np.array([0.0 if s.bound else float(s.charge) ** 2 for s in crystal.species])
    kappa = np.zeros(len(logs))
    residual = np.zeros((len(logs), 1))
    for _ in range(200):
        strength = np.exp(logs) @ squares
        new = np.sqrt(4.0 * pi * bjerrum * strength / volume)
        if bool((np.abs(new - kappa) <= 1e-10 * new).all()):
            return logs, residual
        kappa = new if not kappa.any() else 0.5 * (kappa + new)
        shift = -0.5 * bjerrum * kT * (kappa / (1.0 + kappa * closest))[:, None] * squares
        logs, residual = _amounts(crystal, at, values + shift, setup)
    raise NotConvergedError("Debye-Hueckel screening did not settle; the charges are too many for it: leave it out")


def _check_determined(crystal: Crystal, at: Conditions, energies: Energies, setup: Setup) -> None:
    names = undetermined(energies.open, setup, crystal)
    if not names:
        return
    if at.halide_deficiency is not None:
        fixed = "at a fixed halide deficiency"
    elif at.coexisting or at.between:
        fixed = f"beside {', '.join(at.coexisting or (at.between or ())[:2])}"
    else:
        fixed = "without a coexisting phase"
    raise OptionError(
        f"the energy of {', '.join(names)} is not fixed {fixed}: name a coexisting phase, or add the reaction that "
        f"ties the phases together (such as Li2O + LiCl -> {crystal.host}, without defects)"
    )
