"""What is computed with DFT: the phases in order of priority, and the reactions that use them."""

from __future__ import annotations

from functools import cache

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import DataError
from antiperovskite.stability.dft.model import Geometry, PlannedReaction


class PlannedPhase(Model):
    """A phase to compute, and what of it is relaxed."""

    name: str
    relax: Geometry = "cell and positions"


class Plan(Model):
    """Phases in order of priority, and reactions."""

    phases: tuple[PlannedPhase, ...]
    reactions: tuple[PlannedReaction, ...]


@cache
def plan() -> Plan:
    """Return the shipped plan.

    Raises
    ------
    DataError
        A reaction names a phase that is not planned.
    """
    path = package_data("stability/dft", "plan.yaml")
    result = validate(read_yaml(path), Plan, path)
    planned = {phase.name for phase in result.phases}
    for reaction in result.reactions:
        unknown = sorted({*reaction.reactants, *reaction.products} - planned)
        if unknown:
            raise DataError(f"{path}: reaction {reaction.key!r} uses {', '.join(unknown)}, which is not planned")
    return result
