"""Engines: energies, forces and stresses behind one protocol. The only room that knows torch."""

from antiperovskite.engines.candidates import LowestCandidate, lowest_candidate
from antiperovskite.engines.model import EngineCard, Relaxation
from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.registry import CROSS_CHECK_ENGINES, DEFAULT_ENGINE, get_engine, known_engines
from antiperovskite.engines.relax import relax

__all__ = [
    "CROSS_CHECK_ENGINES",
    "DEFAULT_ENGINE",
    "Engine",
    "EngineCard",
    "LowestCandidate",
    "Relaxation",
    "get_engine",
    "known_engines",
    "lowest_candidate",
    "relax",
]
