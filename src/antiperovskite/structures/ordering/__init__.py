"""Inequivalent orderings: which ion, vacancy and orientation sits where in a supercell."""

from antiperovskite.structures.ordering.burnside import count_orderings
from antiperovskite.structures.ordering.enumerate import Orderings, enumerate_orderings, iter_orderings
from antiperovskite.structures.ordering.parent import Parent, SymmetryGroup, cubic_parent, supercell_group
from antiperovskite.structures.ordering.points import VACANCY, Problem, make_problem
from antiperovskite.structures.ordering.rules import Rule

__all__ = [
    "VACANCY",
    "Orderings",
    "Parent",
    "Problem",
    "Rule",
    "SymmetryGroup",
    "count_orderings",
    "cubic_parent",
    "enumerate_orderings",
    "iter_orderings",
    "make_problem",
    "supercell_group",
]
