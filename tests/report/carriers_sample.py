"""Defects and hops for tests of the page. FIXTURE: every energy here is invented for testing and means nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from pymatgen.core import Lattice, Structure

from antiperovskite.assessment.hop_model import Defects, HopPath, Migration
from antiperovskite.assessment.hop_paths import cut_path
from antiperovskite.assessment.migration import published_barriers
from antiperovskite.defects.model import DefectEnergy, DefectReaction
from antiperovskite.defects.results import CombinationResult, DefectStudy
from antiperovskite.engines.model import EngineCard
from antiperovskite.evidence.claim_query import find_claims
from antiperovskite.migration.model import Barrier, ForceCalls, HopClass, MigrationStudy
from antiperovskite.quantity import NotComputed, Quantity

CARD = EngineCard(
    name="fixture-engine", version="1", description="invented", reference_method="none", energy_scale="fixture",
    licence="MIT", known_bias=(), citations=(),
)  # fmt: skip
A = 3.9


def eV(value: float, uncertainty: float | None = None) -> Quantity:
    """An invented energy."""
    return Quantity(value=value, uncertainty=uncertainty, unit="eV", method="invented for a test", source="fixture")


def hop(mechanism: Any = "vacancy", number: int = 1) -> HopClass:
    """A hop along an edge of an octahedron."""
    return HopClass(
        number=number, mechanism=mechanism, label="along an edge of the <O> octahedron", start=0, end=1,
        shift=(0, 0, 0), ions=("Li",), length=A / 2**0.5, multiplicity=12, neighbours=8, reversible=True,
    )  # fmt: skip


def barrier(value: float | None, times: int, mechanism: Any = "vacancy", number: int = 1, **more: Any) -> Barrier:
    """A barrier with a symmetric profile; without a value a search that failed."""
    calls = ForceCalls(ends=1, saddle=1, band=1, vibrations=0, replayed=0)
    common: dict[str, Any] = {
        "hop": hop(mechanism, number), "supercell": (times,) * 3, "atoms": 5 * times**3 - 1, "compensation": "none",
        "force_calls": calls, "seconds": 1.0,
        "attempt_frequency": NotComputed(unit="THz", method="not asked for"),
    }  # fmt: skip
    if value is None:
        why = NotComputed(unit="eV", method="the ends are <one> minimum")
        return Barrier(**(common | {"forward": why, "backward": why, "problem": why.method} | more))
    profile = (0.0, 0.3 * value, value, 0.3 * value, 0.0)
    return Barrier(
        **(
            common
            | {"forward": eV(value), "backward": eV(value), "energies": profile}
            | {"fractions": (0.0, 0.25, 0.5, 0.75, 1.0)}
            | more
        )
    )


def straight_path(one: Barrier) -> tuple[list[str], Any, Any]:
    """Elements, cell and images of a lithium ion that goes straight into the next, empty, site of a supercell."""
    cell = Structure(
        Lattice.cubic(A),
        ["Li", "Li", "Li", "O", "Cl"],
        [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5, 0.5, 0.5]],
    )
    cell.make_supercell(one.supercell)
    lithium = [k for k, site in enumerate(cell) if site.specie.symbol == "Li"]
    taken = next(k for k in lithium if np.allclose(cell[k].coords % (A * one.supercell[0]), [A / 2, 0, 0], atol=1e-6))
    near = [k for k in lithium if k != taken]
    gone = min(near, key=lambda k: cell[taken].distance(cell[k]))
    image = cell[taken].distance_and_image(cell[gone])[1]
    end = (cell[gone].frac_coords + image) @ cell.lattice.matrix
    kept = [k for k in range(len(cell)) if k != gone]
    start = np.array([cell[k].coords for k in kept])
    images = np.repeat(start[None], len(one.energies), axis=0)
    place = kept.index(taken)
    images[:, place] += np.array(one.fractions)[:, None] * (end - start[place])
    return [cell[k].specie.symbol for k in kept], cell.lattice.matrix, images


def path_of(one: Barrier) -> HopPath:
    """The surroundings of that hop."""
    return cut_path(one, *straight_path(one))


def study(*barriers: Barrier) -> MigrationStudy:
    """A study with these barriers."""
    hops = {(b.hop.mechanism, b.hop.number): b.hop for b in barriers}
    return MigrationStudy(
        formula="Li3OCl", family="cubic", spacegroup="Pm-3m", structure="fixture cell", lattice=(A, A, A), ion="Li",
        engine=CARD, settings="fixture settings", hops=tuple(hops.values()), barriers=barriers,
        citations=("henkelman2000",), notes=("fixture <note>",),
    )  # fmt: skip


def migration(**changes: Any) -> Migration:
    """A vacancy hop in two cells, a dumbbell hop, a hop that failed; two of them can be looked at."""
    small, large, bell = barrier(0.34, 2), barrier(0.3, 3), barrier(0.15, 3, "dumbbell")
    failed = barrier(None, 3, "vacancy", 2)
    fields: dict[str, Any] = {
        "engine": CARD.name, "origin": "shipped", "made_by": "fixture.py",
        "studies": (study(small), study(large, failed), study(bell)),
        "failed": {"Li3OCl cooperative": "fixture: no <path>"}, "size_effect": (eV(0.28, 0.02),),
        "published": published_barriers(find_claims(formula="Li3OCl")), "paths": (path_of(large), path_of(bell)),
    }  # fmt: skip
    return Migration(**(fields | changes))


def combination(name: str, kind: str, defects: dict[str, int], apart: float, **more: Any) -> CombinationResult:
    """A combination whose bound energy lies 0.2 eV below."""
    products = more.pop("products", {})
    common: dict[str, Any] = {"name": name, "defects": defects, "kind": kind, "products": products}
    return CombinationResult(
        name=name, kind=kind, defects=defects, reactants={}, products=products,
        bound=DefectReaction(**common, energy=eV(apart - 0.2, 0.05), bound=True, separation_angstrom=3.4),
        dispersed=DefectReaction(**common, energy=eV(apart, 0.04), bound=False),
        binding=eV(-0.2, 0.06), separations=(), far_fit=None,
        lone_difference=NotComputed(unit="eV", method="not computed in a fixture"),
    )  # fmt: skip


def defects(**changes: Any) -> Defects:
    """Schottky, Frenkel and one dopant."""
    kinds = (("V_Li", -1, 3, "vacancy"), ("V_Cl", 1, 1, "vacancy"), ("Li_i", 1, 6, "interstitial"))
    made = DefectStudy(
        formula="Li3OCl", spacegroup="Pm-3m", lattice_parameter=NotComputed(unit="angstrom", method="fixture"),
        engine=CARD, settings="fixture settings", supercells=((2, 2, 2), (3, 3, 3)),
        defects=tuple(DefectEnergy(name=n, charge=q, multiplicity=m, kind=k) for n, q, m, k in kinds),  # type: ignore[arg-type]
        reactions=(), arrangements=(), lone=(), notes=("fixture <note> on defects",),
        combinations=(
            combination("LiCl Schottky", "schottky", {"V_Li": 1, "V_Cl": 1}, 1.2, products={"LiCl": 1.0}),
            combination("Li Frenkel", "frenkel", {"V_Li": 1, "Li_i": 1}, 1.5),
            combination("Mg on Li", "dopant", {"Mg_Li": 1, "V_Li": 1}, 0.4, products={"LiCl": 2.0}),
        ),
    )  # fmt: skip
    fields: dict[str, Any] = {"engine": CARD.name, "origin": "computed", "made_by": "fixture", "studies": (made,)}
    return Defects(**(fields | changes))
