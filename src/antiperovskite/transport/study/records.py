"""Studies that come with the package, one file a compound, and how they are made small enough for that."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from antiperovskite._files import compact_json, data_folder, shipped_records
from antiperovskite.transport.study.coverage import composition_of
from antiperovskite.transport.study.model import ConductivityStudy
from antiperovskite.transport.study.summary import published_rows


def data_directory() -> Path:
    """Where the shipped studies lie."""
    return data_folder("transport/study")


@cache
def shipped_studies() -> dict[str, ConductivityStudy]:
    """Every shipped study by its formula, sorted; the published rows are those of the evidence as it is now.

    Raises
    ------
    DataError
        A file is damaged.
    """
    return {
        study.formula: study.model_copy(update={"published": published_rows(study.formula)})
        for study in shipped_records(data_directory(), ConductivityStudy, "a conductivity study")
    }


def shipped_study(formula: str) -> ConductivityStudy | None:
    """The shipped study of a compound, ``None`` where there is none yet."""
    wanted = composition_of(formula)
    return next((study for name, study in shipped_studies().items() if composition_of(name) == wanted), None)


def compact(study: ConductivityStudy) -> str:
    """JSON of a study for shipping: numbers to six digits, literature rows left to the evidence.

    Nothing of a result is dropped: curves hold two lags per octave, posteriors 199 quantiles.
    """
    return compact_json(study.model_copy(update={"published": ()}))
