"""Computing phases with DFT: relaxation at a coarse k-point grid, then one energy at the full settings."""

from __future__ import annotations

import time
from typing import Any

from antiperovskite.engines import relax
from antiperovskite.engines.gpaw import GPAWEngine, import_gpaw
from antiperovskite.errors import DataError, NotConvergedError
from antiperovskite.stability.dft.model import DFTPhase, Geometry
from antiperovskite.stability.references import CompactStructure, ReferenceEntry

FMAX = 0.02  # eV/angstrom; for the cell: stress x volume / atoms. The energy left is well below 1 meV per formula unit
MAX_STEPS = 25
RELAXATION_K_SPACING = 0.4  # 1/angstrom; forces and stress of insulators converge before the energy does
SYMPREC = 0.05  # angstrom, for finding the space group of the starting geometry


def compute_phase(
    entry: ReferenceEntry, engine: GPAWEngine, geometry: Geometry = "cell and positions", start_engine: str = "7net-0"
) -> DFTPhase:
    """Relax a reference phase with DFT from another engine's geometry and compute its energy.

    The space group of the start (within 0.05 angstrom) is imposed first and kept. A relaxation that misses its
    criterion falls back to the fixed starting geometry, and the record says so.

    Raises
    ------
    MissingEngineError
        GPAW is not installed.
    EngineError
        GPAW failed.
    DataError
        The reference phase was imported without a structure.
    """
    started = time.monotonic()
    if entry.structure is None:
        raise DataError(
            f"the reference phase {entry.name!r} has no structure to start from; relax it with an engine first"
        )
    start, symbol = symmetrised(entry.structure.to_pymatgen())
    structure, steps, note = start, 0, ""
    coarse = engine.with_settings(k_spacing=RELAXATION_K_SPACING)
    if geometry != "fixed":
        try:
            relaxed = relax(
                start,
                coarse,
                fmax=FMAX,
                max_steps=MAX_STEPS,
                relax_cell=geometry == "cell and positions",
                keep_symmetry=True,
            )
            structure, steps = relaxed.to_pymatgen(), relaxed.steps
        except NotConvergedError as error:
            geometry, note = "fixed", f"relaxation given up: {error}"
    compact = compact_structure(structure)
    energy, max_force, max_stress = single_point(compact, engine)
    composition = structure.composition.element_composition
    formula, factor = composition.get_reduced_formula_and_factor()
    return DFTPhase(
        name=entry.name,
        formula=formula,
        elements={str(element): float(amount) / factor for element, amount in composition.items()},
        energy=energy / factor,
        geometry=geometry,
        start_engine=start_engine,
        structure=compact,
        spacegroup=symbol,
        volume=round(structure.volume / factor, 4),
        start_volume=round(start.volume / factor, 4),
        settings=engine.settings,
        k_points=engine.settings.k_points(structure.lattice.matrix, compact.species),
        relaxation_k_spacing=None if geometry == "fixed" else RELAXATION_K_SPACING,
        fmax=None if geometry == "fixed" else FMAX,
        steps=steps,
        max_force=round(max_force, 5),
        max_stress=round(max_stress, 4),
        setups=engine.setups(compact.species),
        code=f"GPAW {import_gpaw(engine.card.name).__version__}",
        seconds=round(time.monotonic() - started, 1),
        note=note,
    )


def single_point(structure: CompactStructure, engine: GPAWEngine) -> tuple[float, float, float]:
    """Return energy (eV per cell), largest force (eV/angstrom) and largest stress (GPa) at a geometry."""
    from pymatgen.io.ase import AseAtomsAdaptor

    from antiperovskite.units import conversion_factor

    atoms = AseAtomsAdaptor.get_atoms(structure.to_pymatgen(), msonable=False)
    atoms.calc = engine.calculator()
    energy = float(atoms.get_potential_energy())
    force, stress = float(abs(atoms.get_forces()).max()), float(abs(atoms.get_stress()).max())
    return energy, force, stress * conversion_factor("eV/angstrom^3", "GPa")


def symmetrised(structure: Any) -> tuple[Any, str]:
    """Return the primitive standard cell with its space group imposed exactly, and the group's symbol."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    from antiperovskite.structures.symmetry import quiet_spglib

    with quiet_spglib():
        analyzer = SpacegroupAnalyzer(structure, symprec=SYMPREC)
        cell = analyzer.get_primitive_standard_structure(keep_site_properties=False)
        return cell, str(analyzer.get_space_group_symbol())


def compact_structure(structure: Any) -> CompactStructure:
    """Write a structure down as the shipped files do, to 1e-6."""
    return CompactStructure(
        lattice=tuple(tuple(round(float(x), 6) for x in row) for row in structure.lattice.matrix),
        species=tuple(site.species_string for site in structure),
        coordinates=tuple(tuple(round(float(x), 6) for x in site.frac_coords) for site in structure),
    )
