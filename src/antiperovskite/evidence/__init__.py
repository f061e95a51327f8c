"""The literature as validated data: tables, rows, queries."""

from antiperovskite.evidence.model import (
    CompositionRow,
    ConductivityRow,
    Evidence,
    Mention,
    RadiusRow,
    Row,
    Series,
    StructureRow,
    SynthesisRow,
)
from antiperovskite.evidence.query import evidence_for, table
from antiperovskite.evidence.selection import MaterialType, select_conductivities, type_of
from antiperovskite.evidence.spread import Spread, conductivity_spread
from antiperovskite.evidence.tables import (
    TABLES,
    compositions,
    conductivities,
    radii,
    read_table,
    structures,
    syntheses,
)

__all__ = [
    "TABLES",
    "CompositionRow",
    "ConductivityRow",
    "Evidence",
    "MaterialType",
    "Mention",
    "RadiusRow",
    "Row",
    "Series",
    "Spread",
    "StructureRow",
    "SynthesisRow",
    "compositions",
    "conductivities",
    "conductivity_spread",
    "evidence_for",
    "radii",
    "read_table",
    "select_conductivities",
    "structures",
    "syntheses",
    "table",
    "type_of",
]
