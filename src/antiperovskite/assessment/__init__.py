"""The main job: plan the steps, run or reuse them, draw the verdicts."""

from antiperovskite.assessment.model import Assessment, RelaxedStructure, Verdict
from antiperovskite.assessment.run import assess

__all__ = ["Assessment", "RelaxedStructure", "Verdict", "assess"]
