"""Analytic toy potentials: every code path that needs an engine is tested with these, without a model.

``toy-ionic`` is a rigid-ion pair potential,

    E = sum_{i<j} k q_i q_j [erfc(alpha r)/r - shift - slope (r - rc)] + B exp(-(r - s_i - s_j)/rho),

a damped shifted-force Coulomb sum (Fennell and Gezelter, J. Chem. Phys. 2006, 10.1063/1.2206581) plus Born-Mayer
repulsion. Charges are integers and sizes round numbers chosen to keep crystals apart: it means nothing chemically
and its card says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import EngineError

# element: (charge in e, size in angstrom); round numbers, not data
_TOY_IONS: Final[dict[str, tuple[float, float]]] = {
    "Li": (1.0, 0.8),
    "Na": (1.0, 1.1),
    "K": (1.0, 1.4),
    "Mg": (2.0, 0.8),
    "Ca": (2.0, 1.0),
    "H": (1.0, 0.1),
    "O": (-2.0, 1.2),
    "S": (-2.0, 1.7),
    "F": (-1.0, 1.2),
    "Cl": (-1.0, 1.7),
    "Br": (-1.0, 1.8),
    "I": (-1.0, 2.0),
}
_CUTOFF: Final = 8.0
_ALPHA: Final = 0.25
_STRENGTH: Final = 0.6  # eV
_RHO: Final = 0.3  # angstrom


def _pair_terms(distance: Any, charges: Any, sizes: Any) -> tuple[Any, Any]:
    """Energy (eV) and dE/dr (eV/angstrom) of each pair; arrays of shape (n_pairs,)."""
    import numpy as np
    from scipy.constants import elementary_charge, epsilon_0
    from scipy.special import erfc

    coulomb = elementary_charge / (4.0 * np.pi * epsilon_0) * 1e10  # eV angstrom

    def damped(r: Any) -> tuple[Any, Any]:
        value = erfc(_ALPHA * r) / r
        slope = -value / r - 2.0 * _ALPHA / np.sqrt(np.pi) * np.exp(-((_ALPHA * r) ** 2)) / r
        return value, slope

    value, slope = damped(distance)
    value_c, slope_c = damped(np.float64(_CUTOFF))
    energy = coulomb * charges * (value - value_c - slope_c * (distance - _CUTOFF))
    gradient = coulomb * charges * (slope - slope_c)
    repulsion = _STRENGTH * np.exp(-(distance - sizes) / _RHO)
    edge = _STRENGTH * np.exp(-(_CUTOFF - sizes) / _RHO)
    energy += repulsion - edge + edge / _RHO * (distance - _CUTOFF)
    gradient += -repulsion / _RHO + edge / _RHO
    return energy, gradient


def _make_calculator() -> Any:
    import numpy as np
    from ase.calculators.calculator import Calculator, all_changes
    from ase.neighborlist import neighbor_list

    class ToyIonicCalculator(Calculator):  # type: ignore[misc]
        """Pairwise rigid ions; forces and stress are analytic."""

        implemented_properties = ("energy", "free_energy", "forces", "stress")

        def calculate(
            self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes
        ) -> None:
            super().calculate(atoms, properties, system_changes)
            symbols = self.atoms.get_chemical_symbols()
            unknown = sorted(set(symbols) - set(_TOY_IONS))
            if unknown:
                raise EngineError(
                    f"toy-ionic has no parameters for {', '.join(unknown)}; it knows {', '.join(_TOY_IONS)}"
                )
            charge = np.array([_TOY_IONS[s][0] for s in symbols])
            size = np.array([_TOY_IONS[s][1] for s in symbols])
            i, j, distance, vector = neighbor_list("ijdD", self.atoms, _CUTOFF)
            energy, gradient = _pair_terms(distance, charge[i] * charge[j], size[i] + size[j])
            pair_force = (gradient / distance)[:, None] * vector  # on atom i, each pair seen from both sides
            forces = np.zeros((len(symbols), 3))
            np.add.at(forces, i, pair_force)
            self.results = {"energy": 0.5 * float(energy.sum()), "forces": forces}
            self.results["free_energy"] = self.results["energy"]
            if self.atoms.cell.rank == 3:
                virial = 0.5 * np.einsum("pa,pb->ab", (gradient / distance)[:, None] * vector, vector)
                stress = virial / self.atoms.get_volume()
                self.results["stress"] = stress.ravel()[[0, 4, 8, 5, 2, 1]]

    return ToyIonicCalculator()


@dataclass(frozen=True)
class ToyEngine:
    """An analytic engine for tests and teaching."""

    card: EngineCard

    def calculator(self) -> Any:
        """Return a fresh ASE calculator."""
        return _make_calculator()


def create_toy_ionic() -> ToyEngine:
    """Rigid-ion toy."""
    card = EngineCard(
        name="toy-ionic",
        version="1",
        description="analytic rigid-ion pair potential for tests; no chemical meaning",
        reference_method="none",
        energy_scale="toy-ionic",
        licence="MIT",
        known_bias=("means nothing chemically: for testing the machinery only",),
        citations=(),
        for_verdicts=False,
    )
    return ToyEngine(card)
