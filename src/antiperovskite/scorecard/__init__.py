"""The scorecard: what the literature claims beside what this program computes, and whether the two agree."""

from antiperovskite.scorecard.model import Outcome, Scorecard
from antiperovskite.scorecard.registry import all_capabilities, capability
from antiperovskite.scorecard.run import reproduce, select_claims
from antiperovskite.scorecard.validate import validate_check

__all__ = ["Outcome", "Scorecard", "all_capabilities", "capability", "reproduce", "select_claims", "validate_check"]
