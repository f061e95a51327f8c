"""Carrier studies that come with the package, one file a compound; ``scripts/carrier_study.py`` makes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from antiperovskite._files import data_folder, shipped_records
from antiperovskite.carriers.model import CarrierStudy


def data_directory() -> Path:
    """Where the shipped studies lie."""
    return data_folder("carriers")


@cache
def shipped_carriers() -> dict[str, CarrierStudy]:
    """Every shipped study by its formula.

    Raises
    ------
    DataError
        A file is damaged.
    """
    return {study.formula: study for study in shipped_records(data_directory(), CarrierStudy, "a carrier study")}
