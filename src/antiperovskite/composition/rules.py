"""The written rules that turn a formula into sites.

Each rule has an id. Every rule that decided something about a formula is quoted in ``Formula.notes`` as
``"R7: what it decided here [the rule]"``, so that nobody has to guess why S sits on A. A formula that leaves nothing to
decide (Li3OCl) has no notes; R6 holds for every formula and is not quoted.
"""

from __future__ import annotations

from typing import Final

RULES: Final[dict[str, str]] = {
    "R1": "brackets that spell a registered cluster ion keep it whole",
    "R2": (
        "atoms outside such brackets are pooled; a cluster forms from the pool if it uses up its central atom "
        "(hydrogen for OH), and of the possible readings the first neutral one that fits the sites holds, "
        "larger clusters first"
    ),
    "R3": "deuterium (D) and tritium (T) are read as hydrogen",
    "R4": (
        "main-group ions have one charge; a 3d metal takes its first charge (2+) unless only a higher or lower "
        "average among its registered charges makes the formula neutral"
    ),
    "R5": (
        "hydroxide printed short: where (OH)x leaves B partly empty and O2- on the rest of B makes the formula "
        "neutral, it is the series Li3-x(O1-x(OH)x)A"
    ),
    "R6": (
        "O, OH, H and N take the octahedron centre B; Cl, Br, I and the larger cluster anions take A; "
        "all cations take X"
    ),
    "R7": (
        "F, S, Se, Te, P, As, Sb and Bi may take B or A: F first, then the lighter ones, fill B until A/B fits a "
        "framework whose X sites hold all cations; 3D is tried before 2D, 1D and 0D"
    ),
    "R8": "the X sites are 2 per B plus 1 per A; those without a cation are vacancies, at most half of them",
    "R9": "where no framework fits exactly, up to a quarter of the A sites of X3BA may be empty",
    "R10": (
        "A/B = (n+1)/n with n = 1, 2, 3 is the Ruddlesden-Popper series X(3n+1)B(n)A(n+1); A/B = 3 makes chains and "
        "4 isolated octahedra"
    ),
    "R11": (
        "the family is the first that applies of: cathode, multivalent, hydrated, hydride, ruddlesden-popper, "
        "chain, cluster, double, mixed, cubic"
    ),
    "R12": "charges within 0.2 % of the cations' count as balanced, because printed amounts are rounded",
}


def quote(rule: str, decision: str) -> str:
    """Return the note for a rule that decided something."""
    return f"{rule}: {decision} [{RULES[rule]}]"
