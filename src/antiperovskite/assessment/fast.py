"""Which engine can afford hundreds of relaxations of supercells, and in which supercells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from antiperovskite.assessment.options import Options
from antiperovskite.composition.model import Formula
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.registry import get_engine
from antiperovskite.errors import MissingEngineError

if TYPE_CHECKING:
    from antiperovskite.structures.model import StructureModel

FAST: Final = ("lammps:", "toy-")
"""Engines that take about a hundredth of a second for the forces of a supercell of 135 atoms."""
EDGES: Final = (7.0, 11.0)
"""Angstrom; shortest distance between the faces of the smaller and the larger supercell."""
LARGEST: Final = 400
"""Atoms; a larger supercell is left out."""


def carrier_engine(formula: Formula, options: Options, part: str) -> Engine | None:
    """Return the engine that a deep assessment computes defects or migration with; ``None``: none can afford it.

    That is the assessment's own engine where it is fast or was asked to, else a potential that comes with the package
    and was distilled for this composition.
    """
    if part in options.compute:
        return get_engine(options.engine)
    if not options.settings.conduction:
        return None
    if options.engine.startswith(FAST):
        return get_engine(options.engine)
    from antiperovskite.transport.study.coverage import AUTO, UncoveredError, conduction_engine

    try:
        return conduction_engine(AUTO, formula.formula)
    except (UncoveredError, MissingEngineError):  # without LAMMPS everything else still stands
        return None


def command_reason(command: str, options: Options) -> str:
    """Say what would compute a part that is neither shipped nor affordable."""
    line = f"antiperovskite {command} --engine {options.engine}"
    if options.settings.conduction:
        return (
            f"none come with the package for {options.engine}, and no distilled potential covers the compound; "
            f"compute them with: {line}"
        )
    return f"none come with the package for {options.engine}; compute them with: {line}"


def cell_sizes(model: StructureModel) -> list[tuple[int, int, int]]:
    """Return one or two supercells whose faces are :data:`EDGES` apart, the smaller first."""
    import numpy as np

    from antiperovskite.migration.cells import conventional

    structure: Any = conventional(model).to_pymatgen()
    heights = 1.0 / np.linalg.norm(np.linalg.inv(structure.lattice.matrix), axis=0)
    found: list[tuple[int, int, int]] = []
    for edge in EDGES:
        a, b, c = (max(1, int(np.ceil(edge / height - 1e-6))) for height in heights)
        if (a, b, c) not in found and (not found or a * b * c * len(structure) <= LARGEST):
            found.append((a, b, c))
    return found
