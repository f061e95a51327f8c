"""The literature as validated data: tables, rows, queries."""

from antiperovskite.evidence.model import (
    CompositionRow,
    ConductivityRow,
    Evidence,
    Mention,
    Row,
    Series,
    SynthesisRow,
)
from antiperovskite.evidence.query import evidence_for, table
from antiperovskite.evidence.tables import TABLES, compositions, conductivities, read_table, syntheses

__all__ = [
    "TABLES",
    "CompositionRow",
    "ConductivityRow",
    "Evidence",
    "Mention",
    "Row",
    "Series",
    "SynthesisRow",
    "compositions",
    "conductivities",
    "evidence_for",
    "read_table",
    "syntheses",
    "table",
]
