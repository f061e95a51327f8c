"""Which engine's energies may answer a question about a chemistry: the GGA/GGA+U trap."""

from __future__ import annotations

from collections.abc import Iterable

from antiperovskite.engines.model import EngineCard

# elements that carry a Hubbard U in Materials Project oxides and fluorides, and so in models trained on MPtrj
# (Jain et al., Phys. Rev. B 2011, 10.1103/PhysRevB.84.045115)
HUBBARD_METALS = frozenset({"Co", "Cr", "Fe", "Mn", "Mo", "Ni", "V", "W"})
HUBBARD_ANIONS = frozenset({"O", "F"})


def mixed_scale_reason(elements: Iterable[str], card: EngineCard) -> str | None:
    """Say why energies of ``card``'s engine cannot be compared within ``elements``; ``None`` if they can."""
    present = set(elements)
    metals, anions = sorted(present & HUBBARD_METALS), sorted(present & HUBBARD_ANIONS)
    if not (card.mixes_gga_u and metals and anions):
        return None
    return (
        f"{card.name} learnt PBE+U for {'/'.join(metals)} with {'/'.join(anions)} and PBE for the metal and its other "
        "compounds, so their energies do not share a scale"
    )
