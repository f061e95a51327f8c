"""Studies that come with the package, one file a compound, and how they are made small enough for that."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from antiperovskite._files import read_record, rounded
from antiperovskite.transport.study.coverage import composition_of
from antiperovskite.transport.study.model import ConductivityStudy
from antiperovskite.transport.study.summary import published_rows

DIGITS: Final = 6
DATA: Final = ("transport", "study", "data")


def data_directory() -> Path:
    """Where the shipped studies lie."""
    return Path(str(files("antiperovskite").joinpath(*DATA)))


@cache
def shipped_studies() -> dict[str, ConductivityStudy]:
    """Every shipped study by its formula, sorted; the published rows are those of the evidence as it is now.

    Raises
    ------
    DataError
        A file is damaged.
    """
    found = {}
    for path in sorted(data_directory().glob("*.json")):
        study = read_record(path, ConductivityStudy, "a conductivity study")
        found[study.formula] = study.model_copy(update={"published": published_rows(study.formula)})
    return found


def shipped_study(formula: str) -> ConductivityStudy | None:
    """The shipped study of a compound, ``None`` where there is none yet."""
    wanted = composition_of(formula)
    return next((study for name, study in shipped_studies().items() if composition_of(name) == wanted), None)


def compact(study: ConductivityStudy) -> str:
    """JSON of a study for shipping: numbers to six digits, literature rows left to the evidence.

    Nothing of a result is dropped: curves hold two lags per octave, posteriors 199 quantiles.
    """
    plain = study.model_copy(update={"published": ()}).model_dump(mode="json")
    text = json.dumps(rounded(plain, DIGITS), ensure_ascii=False, separators=(",", ":"))
    ConductivityStudy.model_validate_json(text)
    return text + "\n"
