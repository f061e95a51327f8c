"""Routes in words, for tables and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from antiperovskite.quantity import Quantity
from antiperovskite.stability.routes.model import Route


def water_words(computed: Sequence[Route]) -> str:
    """What water in the gas does to the product of the route that tolerates most of it."""
    limits = [route.water_upper for route in computed if route.water_upper is not None]
    known = [limit for limit in limits if isinstance(limit.pressure, Quantity)]
    if not known:
        return limits[0].pressure.method if limits else ""
    best = max(known, key=lambda limit: limit.log10_pressure.value or 0.0)
    span = f" ({best.lower:.0e} to {best.upper:.0e})" if best.lower is not None and best.upper is not None else ""
    return f"in a gas that gives water, the product holds below p(H2O) = {best.pressure.value:.1e} bar{span}"


def mixture_words(amounts: Mapping[str, float]) -> str:
    """Return formulas with amounts, joined by plus signs; gas taken up stands with a minus."""
    return " + ".join(name if abs(n - 1.0) < 1e-6 else f"{n:.3g} {name}" for name, n in amounts.items())
