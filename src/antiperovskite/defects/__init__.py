"""Point defects: what they cost, which of them there are, and who carries the current."""

from antiperovskite.defects.model import DefectEnergy, DefectReaction
from antiperovskite.defects.results import DefectStudy
from antiperovskite.defects.study import defect_study

__all__ = ["DefectEnergy", "DefectReaction", "DefectStudy", "defect_study"]
