"""Density-functional theory as the judge: shipped results, reruns of them, the engines compared with them."""

from antiperovskite.stability.dft.compare import compare, load_dft_reactions
from antiperovskite.stability.dft.model import DFTComparison, DFTReaction, DFTResults, EngineAgreement
from antiperovskite.stability.dft.results import dft_results

__all__ = [
    "DFTComparison",
    "DFTReaction",
    "DFTResults",
    "EngineAgreement",
    "compare",
    "dft_results",
    "load_dft_reactions",
]
