"""Commands that take a report further, ready to be copied into a shell."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from antiperovskite.assessment.model import Assessment


def pattern_commands(assessment: Assessment) -> list[str]:
    """Return commands for patterns: told apart from its rival, computed, identified and refined.

    The rival is the dry compound of a hydrated one and the other way round; without one a formula is held against its
    own candidate structures.
    """
    own = assessment.formula
    rival = _rival(assessment)
    deuterium = " --isotope H=D" if "H" in assessment.sites.elements else ""
    return [
        f"antiperovskite distinguish {' '.join(quote(name) for name in (own, rival) if name)} --counts 1e6",
        f"antiperovskite pattern {quote(own)} --radiation neutron{deuterium}",
        f"antiperovskite identify measured.xy --candidates {quote(','.join(name for name in (own, rival) if name))}",
        f"antiperovskite refine measured.xy --phase {quote(own)}",
    ]


def _rival(assessment: Assessment) -> str:
    from antiperovskite.assessment.contrast import dry_and_hydrated

    pair = dry_and_hydrated(assessment.sites)
    if pair is None:
        return ""
    cation, anion = pair
    dry, hydrated = f"{cation}3O{anion}", f"{cation}2OH{anion}"
    return hydrated if "H" not in assessment.sites.elements else dry
