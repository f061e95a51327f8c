"""Grand potentials of all assemblages on a temperature grid, as arrays.

With Delta G_a(T) the Gibbs energy of assemblage a minus that of the target (same framework atoms) and the gases it took
up at 1 bar, and n_a, m_a the H2O and CO2 taken up, at pressures p the assemblage lies by

    Delta Omega_a(T, p) = Delta G_a(T) - n_a k T ln p(H2O) - m_a k T ln p(CO2)     (p in bar)

above the target. Everything else in this package reads off these arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.assemblages import (
    Assemblages,
    enumerate_assemblages,
    gas_content,
    group_polymorphs,
)
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antiperovskite.stability.phase_set import PhaseSet

    Array = NDArray[np.float64]

PhasesAt = Callable[[float], "PhaseSet"]
"""Gives the phases, H2O and CO2 at 1 bar among them, at a temperature in K."""

H2O: Final[Mapping[str, float]] = {"H": 2.0, "O": 1.0}
CO2: Final[Mapping[str, float]] = {"C": 1.0, "O": 2.0}


@dataclass(frozen=True)
class OpenSystem:
    """One framework composition, open to H2O and CO2, at several temperatures.

    Attributes
    ----------
    target
        Atoms of the compound that was asked about, per formula unit.
    temperatures
        K, shape ``(n_T,)``, rising.
    assemblages
        Every vertex mixture.
    energies
        Delta G_a in eV per formula unit of the target, shape ``(n_T, n_mixtures)``.
    loadings
        The errors of ``energies`` on independent standard-normal variables, eV, ``(n_T, n_mixtures, n_variables)``.
    water, dioxide
        H2O and CO2 taken up, per formula unit of the target, ``(n_mixtures,)``.
    own
        Number of the mixture that is the target itself.
    """

    formula: str
    target: Mapping[str, float]
    temperatures: Array
    assemblages: Assemblages
    energies: Array
    loadings: Array
    water: Array
    dioxide: Array
    own: int

    def potentials(self, temperature_K: Array, p_water: Array, p_dioxide: float | Array | None) -> Array:
        """Return Delta Omega (eV) of every mixture; arguments broadcast, the last axis runs over the mixtures.

        Without CO2 (``None``) every mixture that holds carbon is at infinity.
        """
        import numpy as np

        kT = BOLTZMANN_EV_PER_K * np.asarray(temperature_K, dtype=float)[..., None]
        result = self.at(temperature_K) - self.water * kT * np.log(np.asarray(p_water, dtype=float))[..., None]
        if p_dioxide is None:
            return np.where(self.dioxide > 0.0, np.inf, result)
        shifted: Array = result - self.dioxide * kT * np.log(np.asarray(p_dioxide, dtype=float))[..., None]
        return shifted

    def at(self, temperature_K: Array) -> Array:
        """Return Delta G_a (eV) at any temperatures of the range, linear between the grid's; ``(..., n_mixtures)``."""
        import numpy as np

        wanted = np.asarray(temperature_K, dtype=float)
        low, weight = self._place(wanted)
        if not weight.any():
            found: Array = self.energies[low]
            return found
        mixed: Array = (1.0 - weight[..., None]) * self.energies[low] + weight[..., None] * self.energies[low + 1]
        return mixed

    def loadings_at(self, temperature_K: float) -> Array:
        """Return the loadings (eV) at one temperature, ``(n_mixtures, n_variables)``."""
        import numpy as np

        low, weight = self._place(np.asarray(float(temperature_K)))
        if not weight:
            found: Array = self.loadings[int(low)]
            return found
        mixed: Array = (1.0 - weight) * self.loadings[int(low)] + weight * self.loadings[int(low) + 1]
        return mixed

    def _place(self, wanted: Array) -> tuple[NDArray[np.intp], Array]:
        import numpy as np

        grid = self.temperatures
        if wanted.size and (wanted.min() < grid[0] - 1e-9 or wanted.max() > grid[-1] + 1e-9):
            raise OptionError(
                f"temperature {wanted.min():g}-{wanted.max():g} K is outside the range computed here, {grid[0]:g}-"
                f"{grid[-1]:g} K"
            )
        low = np.clip(np.searchsorted(grid, wanted, side="right") - 1, 0, max(len(grid) - 2, 0))
        if len(grid) == 1:
            return low, np.zeros_like(wanted)
        weight = np.clip((wanted - grid[low]) / (grid[low + 1] - grid[low]), 0.0, 1.0)
        return low, weight

    def allowed(self, *, carbon: bool) -> NDArray[np.bool_]:
        """Return which mixtures compete with the target: all but itself, without carbon where there is no CO2."""
        import numpy as np

        result: NDArray[np.bool_] = np.ones(len(self.water), dtype=bool)
        result[self.own] = False
        if not carbon:
            result &= self.dioxide + self._own_carbon() <= 0.0
        return result

    def _own_carbon(self) -> float:
        return gas_content(self.target)[1]


def open_system(
    formula: str, target: Mapping[str, float], phases_at: PhasesAt, temperatures: Sequence[float]
) -> OpenSystem:
    """Return the arrays for ``target``, which must be among the phases at every temperature.

    Raises
    ------
    MissingReferenceError
        The target, H2O or another needed phase is missing.
    """
    import numpy as np

    sets = [phases_at(float(T)) for T in temperatures]
    names = _common_names(sets)
    by_name = [{phase.name: phase for phase in phases.phases} for phases in sets]
    phases = [by_name[0][name] for name in names]
    water, dioxide = _gas(phases, H2O, sets[0]), _gas(phases, CO2, None)
    compounds = group_polymorphs(phases)
    assemblages = enumerate_assemblages(compounds, target)
    own = assemblages.pure(target)
    if own is None:
        raise MissingReferenceError(f"{formula} is not among the phases; give its energy, or relax it")
    G = np.array([[here[name].energy for name in names] for here in by_name])
    loadings = _loading_array(by_name, names)
    lowest, chosen = _lowest_polymorphs(assemblages, G)
    gases = assemblages.gases - assemblages.gases[own]
    index = np.array([water] if dioxide is None else [water, dioxide])
    taken = gases[:, : len(index)]
    energies = lowest @ assemblages.amounts.T
    energies = energies - energies[:, [own]] - G[:, index] @ taken.T
    errors = np.einsum("tck,ac->tak", _compound_loadings(assemblages, loadings, chosen), assemblages.amounts)
    errors = errors - errors[:, [own]] - np.einsum("tgk,ag->tak", loadings[:, index], taken)
    if dioxide is None:
        energies[:, gases[:, 1] != 0.0] = np.inf
    return OpenSystem(
        formula=formula,
        target=dict(target),
        temperatures=np.array(temperatures, dtype=float),
        assemblages=assemblages,
        energies=energies,
        loadings=errors,
        water=gases[:, 0],
        dioxide=gases[:, 1],
        own=own,
    )


def _common_names(sets: Sequence[PhaseSet]) -> list[str]:
    """Names of the phases known at every temperature; a phase that ends on the way would fake stability."""
    first = [phase.name for phase in sets[0].phases]
    for phases in sets[1:]:
        missing = set(first) ^ {phase.name for phase in phases.phases}
        if missing:
            raise MissingReferenceError(
                f"{', '.join(sorted(missing))} has no energy over the whole range {sets[0].temperature:g}-"
                f"{sets[-1].temperature:g} K; choose a narrower one"
            )
    return first


def _gas(phases: Sequence[PhaseEnergy], elements: Mapping[str, float], needed_in: PhaseSet | None) -> int | None:
    """Place of a gas: the only phase with its name among those of its composition (ice has another)."""
    names = ("H2O", "H2O(g)", "CO2", "CO2(g)")
    found = [k for k, p in enumerate(phases) if p.name in names and same_composition(p.elements, elements)]
    if found:
        return found[0]
    if needed_in is not None:
        raise MissingReferenceError(f"water vapour is not among the phases of {needed_in.engine.name}")
    return None


def _loading_array(by_name: Sequence[Mapping[str, PhaseEnergy]], names: Sequence[str]) -> Array:
    import numpy as np

    variables = sorted({v for here in by_name for name in names for v in here[name].loadings})
    place = {variable: k for k, variable in enumerate(variables)}
    result = np.zeros((len(by_name), len(names), len(variables)))
    for t, here in enumerate(by_name):
        for p, name in enumerate(names):
            for variable, loading in here[name].loadings.items():
                result[t, p, place[variable]] = loading
    return result


def _lowest_polymorphs(assemblages: Assemblages, G: Array) -> tuple[Array, NDArray[np.intp]]:
    """Energy of each compound's most stable polymorph, and which one it is, both ``(n_T, n_compounds)``."""
    import numpy as np

    energies, places = [], []
    for compound in assemblages.compounds:
        scaled = G[:, compound.polymorphs] * np.array(compound.scales)
        best = scaled.argmin(axis=1)
        energies.append(np.take_along_axis(scaled, best[:, None], axis=1)[:, 0])
        places.append(best)
    return np.array(energies).T, np.array(places).T


def _compound_loadings(assemblages: Assemblages, loadings: Array, chosen: NDArray[np.intp]) -> Array:
    import numpy as np

    result = np.zeros((loadings.shape[0], len(assemblages.compounds), loadings.shape[2]))
    for c, compound in enumerate(assemblages.compounds):
        for t, best in enumerate(chosen[:, c]):
            result[t, c] = loadings[t, compound.polymorphs[best]] * compound.scales[best]
    return result
