"""Fitting a fast linear many-body potential to a slow engine by active learning."""

from antiperovskite.distillation.card import read_card
from antiperovskite.distillation.distil import distil
from antiperovskite.distillation.labelled import read_labelled
from antiperovskite.distillation.model import DistillationCard
from antiperovskite.distillation.outside import frames_outside
from antiperovskite.distillation.settings import DistillationSettings, settings_from, temperature_range
from antiperovskite.distillation.watch import Watch, extrapolation_grade, watch

__all__ = [
    "DistillationCard",
    "DistillationSettings",
    "Watch",
    "distil",
    "extrapolation_grade",
    "frames_outside",
    "read_card",
    "read_labelled",
    "settings_from",
    "temperature_range",
    "watch",
]
