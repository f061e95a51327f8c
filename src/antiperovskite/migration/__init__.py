"""Migration of ions: which hops there are, and the barrier of each."""

from __future__ import annotations

from antiperovskite.migration.hops import cooperative_hops, vacancy_hops
from antiperovskite.migration.model import Barrier, HopClass, MigrationStudy
from antiperovskite.migration.path import Settings
from antiperovskite.migration.study import migrate, rate_table

__all__ = [
    "Barrier",
    "HopClass",
    "MigrationStudy",
    "Settings",
    "cooperative_hops",
    "migrate",
    "rate_table",
    "vacancy_hops",
]
