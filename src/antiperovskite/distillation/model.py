"""The card of a distilled potential: what it was made from, how wrong it is and where it may be used."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, Quantity


class TrainingGroup(Model):
    """Frames of one kind in the training set."""

    group: str
    frames: int = Field(ge=1)
    atoms: int = Field(ge=1)
    largest_force: float = Field(description="eV/angstrom, largest component the teacher gave")


class ElementError(Model):
    """Force error of one element at one temperature, on frames of the potential's own dynamics it was not fitted to."""

    element: str
    temperature_K: float
    force_rmse: Quantity
    mean_force: Quantity = Field(description="root mean square of the teacher's force components, for scale")


class Comparison(Model):
    """One property, by the teacher and by the potential."""

    name: str
    teacher: AnyQuantity
    potential: AnyQuantity
    difference: AnyQuantity


class Round(Model):
    """One round of active learning: the errors before its frames were added."""

    number: int
    training_frames: int
    force_rmse: Quantity | None = Field(description="on evenly spaced frames of this round's dynamics")
    strange_frames: int = Field(description="frames beyond the training set that were found and added")
    unfinished_runs: tuple[str, ...] = Field(description="runs that ended early and why")


class ValidRange(Model):
    """Where the potential was shown to work."""

    elements: tuple[str, ...]
    temperatures_K: tuple[float, float]
    compositions: tuple[str, ...] = Field(description="formulas of the cells in the training set")
    grade_limit: float = Field(description="extrapolation grade beyond which a run should stop or be labelled again")
    largest_grade_seen: float = Field(description="in the final test runs")
    core: tuple[float, float] | None = Field(description="angstrom, inner and outer distance of the zbl repulsion")


class Cost(Model):
    """What making and using it costs."""

    teacher_labels: int
    core_seconds: float = Field(description="CPU seconds of all runs that made it, teacher and LAMMPS included")
    label_seconds: float = Field(description="CPU seconds of the teacher's labels among them")
    seconds_per_atom_step: AnyQuantity


class DistillationCard(Model):
    """All of it; ``card.json`` beside the potential's files."""

    name: str
    formula: str
    teacher: str
    teacher_version: str
    teacher_method: str
    form: str
    form_kind: str
    form_settings: dict[str, Any]
    coefficients: int
    ridge: float
    curvature: float = Field(default=0.0, description="weight of second differences, for splines")
    seed: int
    training: tuple[TrainingGroup, ...]
    held_out_frames: int = Field(description="training frames kept back to choose the ridge")
    rounds: tuple[Round, ...]
    force_rmse: Quantity
    energy_rmse: Quantity
    stress_rmse: Quantity
    errors: tuple[ElementError, ...]
    checks: tuple[Comparison, ...]
    valid: ValidRange
    cost: Cost
    made_with: str
    citations: tuple[str, ...]
    notes: tuple[str, ...] = ()
