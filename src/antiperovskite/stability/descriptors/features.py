"""Descriptors of one composition: radii, charges, tolerance factors, hull distance, and what is missing and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.composition.model import Formula
from antiperovskite.quantity import AnyQuantity, NotComputed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SEED_RULE_ANIONS: Final = ("O", "OH", "H")
"""B anions of the perspective's rule (10.1039/d1ta03680g, section 3: O2-, OH- or H-)."""

PHYSICAL: Final = ("r_X", "r_B", "r_A", "z_X", "z_B")
"""Inputs of the learned classifiers: thermochemical anion and Shannon cation radii, and charges (z_A follows)."""

NAMES: Final = (
    "t_shannon",
    "t_thermochemical",
    "mu_thermochemical",
    "tau_shannon",
    "tau_thermochemical",
    "hull",
    *PHYSICAL,
    "seed_rule",
)


class Features(Model):
    """Descriptors of one composition.

    ``values`` holds every descriptor that is defined, by name (radii in angstrom, charges in elementary charges, hull
    distance in eV/atom, the others dimensionless; site means where ions share a site); ``missing`` says why another
    one is not. ``X``, ``B`` and ``A`` name the ions of each site.
    """

    formula: str
    X: str
    B: str
    A: str
    mixed: bool = Field(description="several ions share a site, so that site means stand for them")
    values: dict[str, float]
    missing: dict[str, str]
    notes: tuple[str, ...] = ()


def features(formula: Formula | str, *, with_hull: bool = True) -> Features:
    """Compute the descriptors of a composition.

    Parameters
    ----------
    formula
        A resolved formula or its text.
    with_hull
        Whether the hull distance is looked up (it loads pymatgen).

    Raises
    ------
    FormulaError
        The text is not an anti-perovskite formula.
    OptionError
        The framework is not the three-dimensional one of X3BA.

    Examples
    --------
    >>> found = features("Na3OCl", with_hull=False)
    >>> round(found.values["t_thermochemical"], 3), found.B
    (0.779, 'O')
    """
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.stability.tolerance import tolerance

    if isinstance(formula, str):
        formula = resolve(formula)
    if formula.framework != "3D":
        raise OptionError(
            f"{formula.formula} has a {formula.framework} framework; the descriptors are for X3BA (3D), as in Na3OCl"
        )
    found = tolerance(formula)
    quantities: dict[str, AnyQuantity] = {
        "t_shannon": found.goldschmidt.shannon,
        "t_thermochemical": found.goldschmidt.thermochemical,
        "mu_thermochemical": found.octahedral_thermochemical,
        "tau_shannon": found.tau,
        "tau_thermochemical": found.tau_thermochemical,
    }
    if with_hull:
        from antiperovskite.stability.descriptors.energies import hull_distance

        quantities["hull"] = hull_distance(formula)
    values = {name: float(q.value) for name, q in quantities.items() if not isinstance(q, NotComputed)}
    missing = {name: q.method for name, q in quantities.items() if isinstance(q, NotComputed)}
    for site in ("X", "B", "A"):
        rows = [row for row in found.radii if row.site == site]
        total = math.fsum(row.amount for row in rows)
        lacking = [row.ion for row in rows if isinstance(row.thermochemical, NotComputed)]
        if lacking:
            missing[f"r_{site}"] = f"no thermochemical radius of {', '.join(lacking)}"
        else:
            radii = (row.amount * (row.thermochemical.value or 0.0) for row in rows)
            values[f"r_{site}"] = math.fsum(radii) / total
        values[f"z_{site}"] = math.fsum(row.amount * row.charge for row in rows) / total
    centres = [symbol for symbol, amount in formula.sites.B.items() if amount > 0]
    values["seed_rule"] = float(set(centres) <= set(SEED_RULE_ANIONS))
    sites = {site: "+".join(getattr(formula.sites, site)) for site in ("X", "B", "A")}
    return Features(
        formula=formula.formula,
        **sites,
        mixed=any(len(getattr(formula.sites, site)) > 1 for site in ("X", "B", "A")),
        values=values,
        missing=missing,
        notes=found.notes,
    )


def matrix(rows: Sequence[Features], names: Sequence[str]) -> Array:
    """Stack descriptors, shape ``(n_compositions, n_names)``; ``nan`` where one is missing."""
    import numpy as np

    return np.array([[row.values.get(name, math.nan) for name in names] for row in rows], dtype=np.float64)
