"""The whole chain on measured data: hydroxides and carbonates of the NIST-JANAF tables, no engine anywhere.

Input are the tables' formation Gibbs energies; what has to come out is their printed log10 Kf column (four digits,
rounded to 0.001) combined, a column of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from antiperovskite.engines.model import EngineCard
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.grid import open_system
from antiperovskite.stability.hydration.window import dry_range, water_limits
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.stability.thermal.janaf import formation_gibbs_energy

CARD = EngineCard(
    name="toy",
    version="1",
    description="hand-made energies",
    reference_method="none",
    energy_scale="toy",
    licence="MIT",
    known_bias=(),
    citations=(),
)
# name: (formula of the table, phase of the table, atoms)
PHASES: dict[str, tuple[str, str, dict[str, float]]] = {
    "Li2O": ("Li2O", "cr,l", {"Li": 2.0, "O": 1.0}),
    "LiOH": ("LiOH", "cr,l", {"Li": 1.0, "O": 1.0, "H": 1.0}),
    "Li2CO3": ("Li2CO3", "cr,l", {"Li": 2.0, "C": 1.0, "O": 3.0}),
    "Na2O": ("Na2O", "cr,l", {"Na": 2.0, "O": 1.0}),
    "NaOH": ("NaOH", "cr,l", {"Na": 1.0, "O": 1.0, "H": 1.0}),
    "CaO": ("CaO", "cr,l", {"Ca": 1.0, "O": 1.0}),
    "Ca(OH)2": ("CaO2H2", "cr", {"Ca": 1.0, "O": 2.0, "H": 2.0}),
    "H2O(g)": ("H2O", "g", {"H": 2.0, "O": 1.0}),
    "CO2(g)": ("CO2", "g", {"C": 1.0, "O": 2.0}),
}


def measured(*names: str) -> Any:
    def phases(T: float) -> PhaseSet:
        made = tuple(
            PhaseEnergy(name, name, PHASES[name][2], formation_gibbs_energy(*PHASES[name][:2], T)) for name in names
        )
        return PhaseSet(CARD, made, "measured", "NIST-JANAF", temperature=T)

    return phases


@pytest.mark.parametrize(
    ("T", "hydroxide", "oxide", "steam"),  # printed log Kf: tables H-020, Li-016, H-064
    [(500.0, 42.569, 56.024, 22.884), (600.0, 34.078, 45.466, 18.631), (1000.0, 17.577, 24.362, 10.060)],
)
def test_lithium_hydroxide(T: float, hydroxide: float, oxide: float, steam: float) -> None:
    """LiOH = 1/2 Li2O + 1/2 H2O: p(H2O) = 1/K of the hydration of one Li2O."""
    system = open_system("Li2O", PHASES["Li2O"][2], measured("Li2O", "LiOH", "H2O(g)"), (T,))
    printed = -(2.0 * hydroxide - oxide - steam)
    assert water_limits(system, "equilibrium").log10_p[0] == pytest.approx(printed, abs=0.004)


@pytest.mark.parametrize(
    ("T", "hydroxide", "oxide", "steam"),  # H-035, Na-014, H-064
    [(500.0, 36.331, 36.652, 22.884), (800.0, 20.034, 20.115, 13.287)],
)
def test_sodium_hydroxide(T: float, hydroxide: float, oxide: float, steam: float) -> None:
    system = open_system("Na2O", PHASES["Na2O"][2], measured("Na2O", "NaOH", "H2O(g)"), (T,))
    printed = -(2.0 * hydroxide - oxide - steam)
    assert water_limits(system, "equilibrium").log10_p[0] == pytest.approx(printed, abs=0.004)


def test_slaked_lime_gives_off_water_at_one_bar_near_790_kelvin() -> None:
    """log Kf of Ca-020, Ca-029 and H-064 cross between 700 and 800 K; linear in 1/T this is 793 K."""
    T = np.arange(600.0, 1000.0, 10.0)
    system = open_system("CaO", PHASES["CaO"][2], measured("CaO", "Ca(OH)2", "H2O(g)"), tuple(T))
    at_700, at_800 = 58.386 - 41.915 - 15.582, 49.238 - 36.000 - 13.287
    crossing = 1.0 / np.interp(0.0, [at_800, at_700], [1 / 800.0, 1 / 700.0])
    found = dry_range(water_limits(system, "equilibrium"), 1.0)
    assert found == pytest.approx((crossing, 990.0), abs=1.0)
    assert crossing == pytest.approx(793.0, abs=8.0)


def test_carbonation_of_lithium_oxide() -> None:
    """Li2O + CO2 -> Li2CO3 at 1000 K: log Kf of C-078, Li-016, C-095."""
    system = open_system("Li2O", PHASES["Li2O"][2], measured("Li2O", "LiOH", "Li2CO3", "H2O(g)", "CO2(g)"), (1000.0,))
    mixture = next(k for k in range(len(system.dioxide)) if system.dioxide[k] > 0)
    kT = 8.617333262e-5 * 1000.0
    assert -system.energies[0, mixture] / kT / np.log(10.0) == pytest.approx(48.760 - 24.362 - 20.679, abs=0.004)
