"""Defect studies that come with the package: one file an engine, made by ``scripts/defect_study.py``."""

from __future__ import annotations

from functools import cache

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.defects.results import DefectStudy
from antiperovskite.errors import MissingReferenceError


class ShippedStudies(Model):
    """Studies of several hosts with one engine; one host may have several, of different combinations."""

    engine: str
    made_by: str
    studies: tuple[DefectStudy, ...]

    def of(self, formula: str) -> tuple[DefectStudy, ...]:
        """Studies of one host."""
        return tuple(study for study in self.studies if study.formula == formula)


def shipped_study(formula: str, engine: str) -> DefectStudy:
    """All that is shipped of one host, as one study.

    Raises
    ------
    MissingReferenceError
        Nothing is.
    """
    from antiperovskite.defects.joined import joined

    kept = shipped_studies(engine)
    found = kept.of(formula)
    if not found:
        hosts = ", ".join(dict.fromkeys(study.formula for study in kept.studies))
        raise MissingReferenceError(
            f"no defects of {formula} are shipped for {engine} (there are: {hosts}); run: antiperovskite defects "
            f"{formula} --engine {engine}"
        )
    whole = joined(found)
    return whole.model_copy(update={"notes": (*whole.notes, f"comes with the package, made by {kept.made_by}")})


@cache
def shipped_studies(engine: str) -> ShippedStudies:
    """Return the shipped studies of an engine.

    Raises
    ------
    MissingReferenceError
        None are shipped for it.
    """
    directory = package_data("defects", "studies")
    known = sorted(e.name.removesuffix(".json") for e in directory.iterdir()) if directory.is_dir() else []
    if engine not in known:
        raise MissingReferenceError(
            f"no defect studies are shipped for {engine[:60]!r} (shipped: {', '.join(known) or 'none'}); run: "
            f"antiperovskite defects FORMULA --engine {engine[:60]}"
        )
    return read_record(package_data("defects", f"studies/{engine}.json"), ShippedStudies, "a set of defect studies")
