"""Which metal sets 0 V."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from antiperovskite.errors import MissingReferenceError, OptionError, one_line
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.phase_set import PhaseSet

# mobile ions and their charge; the order decides between equal amounts
MOBILE: Final[dict[str, int]] = {
    "Li": 1, "Na": 1, "K": 1, "Rb": 1, "Cs": 1, "Ag": 1, "Mg": 2, "Ca": 2, "Sr": 2, "Ba": 2,
}  # fmt: skip


def main_cation(elements: Mapping[str, float], against: str | None = None) -> str:
    """Return the mobile metal of a compound: the most abundant of ``MOBILE``, or the one asked for.

    Raises
    ------
    OptionError
        There is none, or the metal asked for is not in the compound or has no known charge.
    """
    present = [element for element in MOBILE if elements.get(element, 0.0) > 0.0]
    if against is None:
        if not present:
            raise OptionError(
                f"a compound of {', '.join(sorted(elements))} has no mobile cation; allowed are {', '.join(MOBILE)}"
            )
        return max(present, key=lambda element: elements[element])
    if against not in MOBILE:
        raise OptionError(f"voltages against {one_line(against, 20)!r} are not defined; allowed: {', '.join(MOBILE)}")
    if against not in present:
        raise OptionError(
            f"the compound holds no {against}, so nothing of it can be exchanged; give one of {', '.join(present)}"
        )
    return against


def metal_phase(phases: PhaseSet, metal: str) -> PhaseEnergy:
    """Return the lowest phase of the pure metal.

    Raises
    ------
    MissingReferenceError
        The set has none, so that 0 V is not defined.
    """
    found = phases.lowest({metal: 1.0})
    if found is None:
        raise MissingReferenceError(
            f"{metal} metal, which sets 0 V, is not among the {len(phases.phases)} phases of {phases.engine.name}; add "
            "it (antiperovskite references build) or measure against another metal (--against)"
        )
    return found
