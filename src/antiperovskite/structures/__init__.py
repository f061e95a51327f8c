"""Starting structures by family, with every atom's site known."""

from antiperovskite.structures.build import build_structure, candidate_structures
from antiperovskite.structures.check import check_structure
from antiperovskite.structures.model import StructureModel

__all__ = ["StructureModel", "build_structure", "candidate_structures", "check_structure"]
