"""The phases that may meet in one thermodynamic question: one engine, one scale, calibrated, with correlated errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.energies import find_phase
from antiperovskite.stability.hull import PhaseEnergy


@dataclass(frozen=True)
class PhaseSet:
    """Competing phases at one temperature, energies in eV per formula unit.

    At ``temperature`` None the energies are calibrated formation enthalpies at 298.15 K, else G(T) - sum x H(0 K) of
    the elements. ``gases`` holds the pressures (bar) of the gases among the phases, ``left_out`` says which phases
    could not be heated and why.
    """

    engine: EngineCard
    phases: tuple[PhaseEnergy, ...]
    method: str
    source: str
    temperature: float | None = None
    gases: Mapping[str, float] = field(default_factory=dict)
    citations: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def named(self, name: str) -> PhaseEnergy:
        """Return the phase called ``name``.

        Raises
        ------
        MissingReferenceError
            There is none.
        """
        for phase in self.phases:
            if phase.name == name:
                return phase
        raise MissingReferenceError(f"no phase {name!r} among the {len(self.phases)} phases of {self.engine.name}")

    def lowest(self, elements: Mapping[str, float]) -> PhaseEnergy | None:
        """Return the phase of this composition that is lowest in energy per atom, if there is one."""
        return find_phase(self.phases, elements)

    def with_phases(self, extra: Iterable[PhaseEnergy]) -> PhaseSet:
        """Return the same set with more phases; a name that is already taken is replaced."""
        added = {phase.name: phase for phase in extra}
        kept = [phase for phase in self.phases if phase.name not in added]
        return replace(self, phases=(*kept, *added.values()))
