"""Mixing studies that come with the package; ``scripts/mixing_study.py`` makes them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from antiperovskite._files import read_record, rounded
from antiperovskite.mixing.model import MixingStudy

DIGITS: Final = 6


def data_directory() -> Path:
    """Where the shipped studies lie."""
    return Path(str(files("antiperovskite").joinpath("mixing", "data")))


@cache
def shipped_mixing() -> dict[str, MixingStudy]:
    """Every shipped study by its series.

    Raises
    ------
    DataError
        A file is damaged.
    """
    paths = sorted(data_directory().glob("*.json")) if data_directory().is_dir() else []
    studies = [read_record(path, MixingStudy, "a mixing study") for path in paths]
    return {study.series: study for study in studies}


def compact(study: MixingStudy) -> str:
    """JSON of a study for shipping: numbers to six digits."""
    text = json.dumps(rounded(study.model_dump(mode="json"), DIGITS), ensure_ascii=False, separators=(",", ":"))
    MixingStudy.model_validate_json(text)
    return text + "\n"
