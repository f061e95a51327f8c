"""Harmonic vibrational free energies of a crystal with any engine, by finite displacements (phonopy).

F(T) = sum_qs [ hbar w_qs / 2 + k T ln(1 - exp(-hbar w_qs / k T)) ] / N_q, per formula unit, at the relaxed 0 K cell: no
thermal expansion, no splitting of polar optical modes (engines without charges have no Born charges).
Togo and Tanaka, Scr. Mater. 2015, 10.1016/j.scriptamat.2015.07.021.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from antiperovskite._files import check_writable, read_record, write_atomically
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, StructureError
from antiperovskite.stability.thermal.records import PhononRecord, PhononSet, RefusedPhonons, phonon_set
from antiperovskite.units import conversion_factor
from antiperovskite.vibrations.forces import DISPLACEMENT, force_constants

TARGET_LENGTH = 10.0  # angstrom, edge of the supercell
SYMPREC = 0.01  # angstrom
MESH_LENGTH = 60.0  # angstrom; q-points along b_i: this times |b_i| / 2 pi
CUTOFF = 0.05  # THz; leaves out the three translations at the zone centre and nothing else on such a mesh
IMAGINARY_THRESHOLD = -0.1  # THz; above it a negative mode is numerical noise of the acoustic branches
MAX_IMAGINARY_FRACTION = 0.01  # a mode is worth about 2.5 kT, so this is 2 meV per atom at 300 K
TEMPERATURES = tuple(float(t) for t in (*range(0, 100, 10), *range(100, 300, 25), *range(300, 1501, 50)))
SETTINGS = (
    f"phonopy, displacements of {DISPLACEMENT:g} angstrom in a supercell of about {TARGET_LENGTH:g} angstrom, "
    "imaginary modes below the accepted share counted with their absolute frequency"
)

Source = Mapping[str, tuple[Any, str]]
"""Structures (pymatgen) by phase name, each with a description of the cell."""


def harmonic_free_energy(
    name: str, structure: Any, engine: Engine, *, description: str, formula: str | None = None
) -> PhononRecord:
    """Return the vibrational free energy of a relaxed structure.

    Parameters
    ----------
    name
        Name of the phase.
    structure
        ``pymatgen.core.Structure`` relaxed with ``engine``.
    engine
        Where the forces come from.
    description
        Which cell this is.
    formula
        Formula unit of the result; the reduced formula if it is not given.

    Raises
    ------
    StructureError
        More than ``MAX_IMAGINARY_FRACTION`` of the modes are imaginary: the structure is not a minimum of this engine.
    EngineError
        The engine failed.
    """
    import numpy as np
    from pymatgen.core import Composition

    composition = Composition(formula) if formula else structure.composition.element_composition.reduced_composition
    phonon, cell_atoms = _force_constants(structure, engine)
    mesh = _mesh(phonon.primitive.cell)
    phonon.run_mesh(mesh, is_gamma_center=True)
    frequencies, weights = np.asarray(phonon.mesh.frequencies), np.asarray(phonon.mesh.weights)
    imaginary = float(np.average((frequencies < IMAGINARY_THRESHOLD).mean(axis=1), weights=weights))
    lowest = float(frequencies.min())
    if imaginary > MAX_IMAGINARY_FRACTION:
        raise StructureError(
            f"{name}: {100 * imaginary:.1f} % of the vibrations of the {description} are imaginary (to {lowest:.2f} "
            f"THz) with {engine.card.name}; it is not a minimum and has no harmonic free energy"
        )
    phonon.run_thermal_properties(temperatures=list(TEMPERATURES), cutoff_frequency=CUTOFF, pretend_real=True)
    thermal = phonon.thermal_properties
    share = composition.num_atoms / len(phonon.primitive)
    to_eV = conversion_factor("kJ/mol", "eV") * share
    free = np.asarray(thermal.free_energy) * to_eV
    entropy = np.asarray(thermal.entropy) * to_eV / 1000.0
    return PhononRecord(
        name=name,
        formula=formula or composition.reduced_formula,
        elements={str(element): float(amount) for element, amount in composition.items()},
        structure=description,
        atoms_in_supercell=cell_atoms,
        displacements=len(phonon.supercells_with_displacements),
        displacement=DISPLACEMENT,
        mesh=(mesh[0], mesh[1], mesh[2]),
        zero_point_energy=round(float(free[0]), 6),
        imaginary_fraction=round(imaginary, 5),
        imaginary_lowest=round(lowest, 3),
        temperatures=TEMPERATURES,
        free_energy=tuple(round(float(value - free[0]), 7) for value in free),
        entropy=tuple(round(float(value), 10) for value in entropy),
    )


def _force_constants(structure: Any, engine: Engine) -> tuple[Any, int]:
    """Displace, compute forces, and return the phonopy object and the atoms of its supercell."""
    cell, centring = _conventional(structure)
    repeats = [max(1, round(TARGET_LENGTH / length)) for length in cell.lattice.abc]
    phonon = force_constants(cell, engine, repeats, centring=centring, displacement=DISPLACEMENT)
    return phonon, len(phonon.supercell)


def _conventional(structure: Any) -> tuple[Any, str]:
    """The standardised conventional cell, whose supercell is near a cube, and its centring letter."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    from antiperovskite.structures.symmetry import quiet_spglib

    with quiet_spglib():
        analyzer = SpacegroupAnalyzer(structure, symprec=SYMPREC)
        return analyzer.get_refined_structure(), analyzer.get_space_group_symbol()[0]


def _mesh(cell: Any) -> list[int]:
    import numpy as np

    reciprocal = np.linalg.inv(np.asarray(cell)).T
    return [max(1, round(MESH_LENGTH * float(length))) for length in np.linalg.norm(reciprocal, axis=1)]


def build_phonons(
    structures: Source,
    engine: Engine,
    path: Path,
    *,
    report: Callable[[str, int, int], None] | None = None,
) -> PhononSet:
    """Compute what ``path`` does not hold yet and keep it up to date after each phase; refused phases are kept too.

    Raises
    ------
    MissingEngineError
        The engine's packages are not installed; nothing is written.
    """
    check_writable(path.parent)
    name = engine.card.name
    done = PhononSet(engine=name, settings=SETTINGS)
    if path.is_file():
        done = read_record(path, PhononSet, "a set of phonon free energies")
    finished = {record.name for record in done.records} | {refusal.name for refusal in done.refused}
    if any(phase not in finished for phase in structures):
        engine.calculator()
    for number, (phase, (structure, description)) in enumerate(structures.items(), start=1):
        if phase in finished:
            continue
        if report is not None:
            report(phase, number, len(structures))
        try:
            record = harmonic_free_energy(phase, structure, engine, description=description)
            done = done.model_copy(update={"records": (*done.records, record)})
        except AntiperovskiteError as error:
            refusal = RefusedPhonons(name=phase, reason=str(error))
            done = done.model_copy(update={"refused": (*done.refused, refusal)})
        write_atomically(path, done.model_dump_json() + "\n")
    phonon_set.cache_clear()
    return done
