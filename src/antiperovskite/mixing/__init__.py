"""Mixed anions: barriers by surroundings from an engine, what they make of a random crystal, and the best mixture."""

from antiperovskite.mixing.hops import surveyed_hops
from antiperovskite.mixing.local import fitted
from antiperovskite.mixing.model import LocalBarriers, MixedHop, MixingPoint, MixingStudy
from antiperovskite.mixing.records import shipped_mixing
from antiperovskite.mixing.study import mixing_study

__all__ = [
    "LocalBarriers",
    "MixedHop",
    "MixingPoint",
    "MixingStudy",
    "fitted",
    "mixing_study",
    "shipped_mixing",
    "surveyed_hops",
]
