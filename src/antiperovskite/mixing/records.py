"""Mixing studies that come with the package; ``scripts/mixing_study.py`` makes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from antiperovskite._files import data_folder, shipped_records
from antiperovskite.mixing.model import MixingStudy


def data_directory() -> Path:
    """Where the shipped studies lie."""
    return data_folder("mixing")


@cache
def shipped_mixing() -> dict[str, MixingStudy]:
    """Every shipped study by its series.

    Raises
    ------
    DataError
        A file is damaged.
    """
    return {study.series: study for study in shipped_records(data_directory(), MixingStudy, "a mixing study")}
