"""Records of density-functional calculations: what was computed, with every setting an energy depends on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.gpaw import GPAWSettings
from antiperovskite.engines.gpaw_setups import PAWSetup
from antiperovskite.engines.model import EngineCard
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.stability.references import CompactStructure

Geometry = Literal["cell and positions", "positions only", "fixed"]


class DFTPhase(Model):
    """One phase: a single-point energy at a stated geometry."""

    name: str = Field(description="as in the reference sets")
    formula: str = Field(description="reduced formula")
    elements: dict[str, float] = Field(description="atoms per reduced formula unit")
    energy: float = Field(
        description="eV per reduced formula unit, extrapolated to zero smearing, no zero-point motion"
    )
    geometry: Geometry = Field(description="what was relaxed with DFT, from the geometry of start_engine")
    start_engine: str
    structure: CompactStructure = Field(description="the geometry of the energy")
    spacegroup: str = Field(description="kept during the relaxation")
    volume: float = Field(description="angstrom^3 per reduced formula unit")
    start_volume: float = Field(description="the same in the starting geometry")
    settings: GPAWSettings
    k_points: tuple[int, int, int]
    relaxation_k_spacing: float | None = Field(description="1/angstrom; null if the geometry was fixed")
    fmax: float | None = Field(description="eV/angstrom, criterion of the relaxation; null if the geometry was fixed")
    steps: int
    max_force: float = Field(description="eV/angstrom left, at the settings of the energy")
    max_stress: float = Field(description="GPa left, at the settings of the energy")
    setups: tuple[PAWSetup, ...]
    code: str
    seconds: float = Field(description="wall time on one core of a shared machine")
    note: str = ""


class ConvergenceCheck(Model):
    """The energy of a reaction at the shipped geometries with one numerical setting changed."""

    reaction: str
    change: str = Field(description="what was changed, in words")
    energy: float = Field(description="eV per formula unit, with the change")
    shipped_settings: float = Field(description="eV per formula unit, without it")


class DFTResults(Model):
    """All phases computed with one DFT engine, and the tests of their numerical settings."""

    engine: EngineCard
    package_version: str
    phases: tuple[DFTPhase, ...]
    checks: tuple[ConvergenceCheck, ...] = ()

    def phase(self, name: str) -> DFTPhase | None:
        """Return the phase of this name, if it was computed."""
        return next((phase for phase in self.phases if phase.name == name), None)


class PlannedReaction(Model):
    """A reaction that decides a claim: reference phases with amounts."""

    key: str
    decides: str = Field(description="the claim it bears on, in words")
    reactants: dict[str, float]
    products: dict[str, float]


class DFTReaction(Model):
    """A reaction with its DFT energy and those of the other engines, all static at 0 K."""

    key: str
    decides: str
    equation: str
    reactants: dict[str, float] = Field(description="reference phase -> formula units")
    products: dict[str, float]
    energy: AnyQuantity
    by_engine: dict[str, AnyQuantity] = Field(description="the same reaction, each engine at its own geometries")
    geometry: str = Field(description="what was relaxed with DFT")


class EngineAgreement(Model):
    """How one engine's reaction energies differ from DFT's."""

    engine: str
    imitates: str = Field(
        description="what the engine's energies imitate; its own functional's difference to PBE counts"
    )
    reactions: int
    mean_difference: Quantity = Field(description="engine minus DFT")
    rms_difference: Quantity
    largest: str = Field(description="reaction with the largest difference")
    same_sign: int = Field(description="reactions whose sign DFT confirms")


class DFTComparison(Model):
    """Reactions side by side, and each engine's agreement."""

    engine: EngineCard
    settings: str
    reactions: tuple[DFTReaction, ...]
    agreement: tuple[EngineAgreement, ...]
    checks: tuple[ConvergenceCheck, ...]
    not_computed: tuple[str, ...] = Field(description="planned reactions with a phase that was not computed")
