"""Concentrations of py-sc-fermi for the parity test of the equilibria: defect_equilibria_parity.py OUT.json

Runs in an environment with py-sc-fermi (``pip install py-sc-fermi``); nothing of this package is used. Single formation
energies are written out by hand from the reaction energies, in the gauge where that of the lithium vacancy is zero.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

GAP = 12.0  # eV; electrons and holes are then fewer than any defect
REACTIONS = {"schottky": 1.2, "oxide": 2.1, "frenkel": 1.9, "antisite": 3.4, "oxide_on_halide": 1.9, "host": 0.06}
SITES = {
    "V_Li": (3, -1),
    "V_Cl": (1, 1),
    "V_O": (1, 2),
    "Li_i": (3, 1),
    "O_Cl": (1, -1),
    "Cl_O": (1, 1),
    "Mg_Li": (3, 1),
}


def formation_energies(coexisting: str) -> dict[str, float]:
    """Energies of single defects (eV), that of V_Li zero."""
    e = REACTIONS
    halide = 0.0 if coexisting == "LiCl" else e["host"]  # chemical potential of LiCl against the pure phase
    oxide = e["host"] - halide
    energies = {"V_Li": 0.0, "V_Cl": e["schottky"] + halide, "V_O": e["oxide"] + oxide, "Li_i": e["frenkel"]}
    energies["O_Cl"] = e["oxide_on_halide"] + halide - oxide - energies["Li_i"]
    energies["Cl_O"] = e["antisite"] - energies["O_Cl"]
    return energies


def run(coexisting: str, temperature: float, fixed: dict[str, float]) -> dict[str, float]:
    """Amounts per formula unit."""
    import numpy as np
    from py_sc_fermi.defect_charge_state import DefectChargeState
    from py_sc_fermi.defect_species import DefectSpecies
    from py_sc_fermi.defect_system import DefectSystem
    from py_sc_fermi.dos import DOS

    energies = formation_energies(coexisting)
    species = []
    for name, (sites, charge) in SITES.items():
        if name in fixed:
            state = DefectChargeState(charge, 1, fixed_concentration=fixed[name])
        elif name in energies:
            state = DefectChargeState(charge, 1, energy=energies[name] - charge * GAP / 2.0)
        else:
            continue
        species.append(DefectSpecies(name, sites, {charge: state}))
    grid = np.linspace(-2.0, GAP + 2.0, 3201)
    density = np.where((grid < 0.0) | (grid > GAP), 1.0, 0.0)
    system = DefectSystem(species, DOS(density, grid, GAP, 2), 60.0, temperature, convergence_tolerance=1e-13)
    found = system.concentration_dict(per_volume=False)
    return {name: found[name] for name in SITES if name in found}


def main() -> None:
    """Write every case."""
    cases: list[dict[str, Any]] = []
    for coexisting in ("LiCl", "Li2O"):
        for fixed in ({}, {"Mg_Li": 0.01}, {"V_Cl": 1e-4}):
            for temperature in (400.0, 700.0, 1000.0, 1500.0):
                amounts = run(coexisting, temperature, fixed)
                cases.append({"coexisting": coexisting, "temperature": temperature, "fixed": fixed, "amounts": amounts})
    record = {
        "made_by": "scripts/defect_equilibria_parity.py",
        "py-sc-fermi": version("py-sc-fermi"),
        "reactions": REACTIONS,
        "cases": cases,
    }
    Path(sys.argv[1]).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
