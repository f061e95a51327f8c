"""Relax the compositions of the descriptor study with the default engine; interrupt at will, the same command resumes.

    python scripts/descriptor_energies.py

Writes src/antiperovskite/stability/descriptors/data/hull_energies_7net-0.json (about ten minutes on one core).
"""

from __future__ import annotations

from pathlib import Path

from antiperovskite.engines import get_engine
from antiperovskite.engines.threads import limit_threads
from antiperovskite.stability.descriptors.energies import ENGINE, build_energies
from antiperovskite.stability.descriptors.labels import labels

DATA = Path(__file__).parents[1] / "src/antiperovskite/stability/descriptors/data"
# their salts are not among the reference phases, so that an energy would lead to no hull distance
NO_COMPETITORS = {"Li3SBF4", "Na3SBCl4", "Li3SAlH4", "Na3FSO4", "Li3OBF4", "Na3OBF4"}
UNLABELLED = ("Na2OHI", "K2OHCl", "K2OHBr", "K2OHI", "K3OBH4", "Na3SBH4", "K3ONO2", "Li3ONO2")


def spherical() -> list[str]:
    """Compositions of monatomic ions: oxides, sulphides and selenides on B with halides, F and H with chalcogenides."""
    pairs = [(B, A) for B in ("O", "S", "Se") for A in ("F", "Cl", "Br", "I")]
    pairs += [(B, A) for B in ("F", "H") for A in ("S", "Se", "Te")]
    return [f"{X}3{B}{A}" for X in ("Li", "Na", "K", "Ag") for B, A in pairs]


def main() -> None:
    """Build or complete the shipped file."""
    limit_threads()
    labelled = [
        label.formula for label in labels() if label.family != "cathode" and label.formula not in NO_COMPETITORS
    ]
    result = build_energies(
        [*labelled, *spherical(), *UNLABELLED],
        get_engine(ENGINE),
        DATA / f"hull_energies_{ENGINE}.json",
        report=lambda formula, number, total: print(f"{number}/{total} {formula}", flush=True),
    )
    for failure in result.failures:
        print(f"failed: {failure.formula}: {failure.reason}")
    print(f"{len(result.energies)} energies, {len(result.failures)} failures")


if __name__ == "__main__":
    main()
