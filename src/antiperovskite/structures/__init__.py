"""Starting structures by family, with every atom's site known."""

from antiperovskite.structures.build import build_structure
from antiperovskite.structures.model import StructureModel

__all__ = ["StructureModel", "build_structure"]
