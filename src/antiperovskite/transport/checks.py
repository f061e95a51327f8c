"""What has to hold before a slope is called diffusion: an intact framework, enough hops, a slope that is not zero."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from antiperovskite.transport.collect import Collected
from antiperovskite.transport.refusal import DiffusionRefusedError
from antiperovskite.transport.regime import Search
from antiperovskite.transport.slope import Slope
from antiperovskite.transport.windows import Windows

LEAST_HOPS: Final = 20
"""Net hops of all ions together below which a slope says nothing about the next run."""
MOLTEN: Final = 0.2
"""Root mean square displacement of framework ions over their nearest distance; crystals melt near 0.1 to 0.15."""
GROWTH: Final = 1.5
"""Growth of the framework's squared displacement from an early lag to the last that tells flow from vibration."""
MOST_RELATIVE: Final = 0.5
"""Standard uncertainty over slope above which the slope is not told from zero."""


@dataclass(frozen=True)
class Framework:
    """Displacement of the framework's ions about their mean places (angstrom), and over their nearest distance."""

    displacement: float
    lindemann: float
    growth: float


def check_framework(found: Collected) -> Framework | None:
    """Measure the framework's motion.

    Raises
    ------
    DiffusionRefusedError
        It flows: it is further away than a crystal's ions ever are, and still moving away.
    """
    if found.framework is None or found.framework_nearest is None:
        return None
    mean = found.framework.mean()
    # about a mean place, two frames far apart differ by twice the mean square
    displacement = sqrt(float(mean[-1]) / 2.0)
    early = float(mean[len(mean) // 2])
    growth = float(mean[-1]) / early if early > 0 else 1.0
    lindemann = displacement / found.framework_nearest
    if lindemann > MOLTEN and growth > GROWTH:
        raise DiffusionRefusedError(
            "framework moves",
            f"the framework ({', '.join(found.framework_species)}) has moved {displacement:.2f} angstrom from its "
            f"places and is still moving ({growth:.1f} times the early squared displacement): it "
            "melts, flows or transforms; lower the temperature, or name another framework",
        )
    return Framework(displacement, lindemann, growth)


def check_self(
    search: Search, found: Windows, n_frames: int, hop_length: float, species: str, scale: float
) -> tuple[Slope, float]:
    """Return the slope and the number of net hops; ``scale`` turns angstrom^2 per frame into cm^2/s of D.

    Raises
    ------
    DiffusionRefusedError
        The motion is not diffusive, or there is too little of it.
    """
    longest = float(found.mean()[-1])
    chosen = search.chosen
    fast = search.kind in {"superdiffusive", "ballistic"}
    if chosen is None and not fast and found.n_ions * longest < LEAST_HOPS * hop_length**2:
        raise DiffusionRefusedError(
            "too few hops",
            _few(found.n_ions, longest, hop_length, species),
            upper_limit=_most(found, longest, hop_length) * scale,
            n_ions=found.n_ions,
        )
    if chosen is None:
        advice = "run longer, and look for drift or a pushed ion" if fast else "run longer or hotter"
        raise DiffusionRefusedError(search.kind, f"{species}: {search.reason}; {advice}")
    hops = found.n_ions * max(chosen.slope, 0.0) * n_frames / hop_length**2
    error = sqrt(chosen.variance)
    if hops < LEAST_HOPS or chosen.slope <= 0.0 or error > MOST_RELATIVE * chosen.slope:
        limit = max(chosen.slope, 0.0) + 1.645 * error
        raise DiffusionRefusedError(
            "too few hops",
            f"{species}: {hops:.1f} net hops of {hop_length:.2f} angstrom by {found.n_ions} ions, slope "
            f"{chosen.slope:.2g} ± {error:.2g} angstrom^2 a frame; at least {LEAST_HOPS} hops and a slope of "
            f"{1 / MOST_RELATIVE:.0f} standard uncertainties are needed "
            f"(D below {limit * scale:.1e} cm^2/s at 95 %); run longer or hotter",
            upper_limit=limit * scale,
            n_ions=found.n_ions,
        )
    return chosen, hops


def _most(found: Windows, longest: float, hop_length: float) -> float:
    """Slope in angstrom^2 a frame that trapped ions stay below at 95 %.

    All they moved over the longest lag counts as hops, vibration included; their number is Poisson's.
    """
    from scipy.stats import chi2

    hops = found.n_ions * longest / hop_length**2
    most = 0.5 * float(chi2.ppf(0.95, 2.0 * (hops + 1.0)))
    return most * hop_length**2 / found.n_ions / found.lags[-1]


def _few(n_ions: int, longest: float, hop_length: float, species: str) -> str:
    return (
        f"{species}: trapped: {n_ions} ions have moved {np.sqrt(longest):.2f} angstrom (root mean square) over a "
        f"quarter of the run and hops are {hop_length:.2f} angstrom long; at least {LEAST_HOPS} hops are needed; run "
        "longer or hotter"
    )
