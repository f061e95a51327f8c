"""Rate of one hop at a temperature without harmonic modes: mean force along the hop, then transition-state theory.

The hopping ion is held on planes across the way from its site to the vacancy, everything else moves at the temperature
(Langevin). With q the ion's coordinate along the hop relative to the centre of mass of all other atoms,

    dW/dq = -<F.e>,    k = sqrt(kT / 2 pi mu) exp(-W(q*)/kT) / integral of exp(-W(q)/kT) dq over the ion's cage.

q is a Cartesian coordinate, so the mean force needs no metric correction. What recrosses the saddle is not taken off.

References
----------
Carter, Ciccotti, Hynes, Kapral, Chem. Phys. Lett. 156 (1989) 472, doi:10.1016/S0009-2614(89)87314-2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from antiperovskite._files import kept_or_made
from antiperovskite._model import Model
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.migration.ends import Ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.quantity import Quantity
from antiperovskite.units import BOLTZMANN_EV_PER_K

SHARES: Final = (-0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Where the ion is held, in parts of the way from site to site; the middle is the saddle by symmetry."""
STEP_FS: Final = 2.0
FRICTION_PER_PS: Final = 5.0
BLOCKS: Final = 10
CAGE: Final = 1.3  # angstrom
_WALL: Final = 10.0  # eV/angstrom^2
_DRAWS: Final = 2000


class Plane(Model):
    """The force on the ion on one plane."""

    share: float
    q: float = Field(description="angstrom from the ion's site towards the vacancy")
    force: float = Field(description="mean force along the hop, eV/angstrom")
    error: float = Field(description="standard error from blocks of the run, eV/angstrom")
    steps: int
    temperature_K: float = Field(description="mean kinetic temperature")
    at_wall: float = Field(description="share of steps in which another ion touched the wall of its cage")


class MeanForce(Model):
    """Free energy along a hop, and the rate of it by transition-state theory."""

    temperature_K: float
    planes: tuple[Plane, ...]
    barrier: Quantity = Field(description="free energy from the cage's minimum to the saddle along the hop")
    rate: Quantity = Field(description="of one hop of one vacancy to one neighbour")
    effective_attempt: Quantity = Field(description="rate times exp(+static barrier/kT)")


def mean_force_rate(
    ends: Ends,
    images: Sequence[Any],
    engine: Engine,
    temperature_K: float,
    *,
    static_barrier: float,
    ps: float = 10.0,
    settle_ps: float = 1.0,
    shares: Sequence[float] = SHARES,
    seed: int = 0,
    folder: Path | None = None,
    calculator: Any = None,
    report: Callable[[str, str], None] | None = None,
) -> MeanForce:
    """Hold the ion on planes along its hop and integrate the mean force.

    Parameters
    ----------
    ends
        Ends of one vacancy hop that an operation of the crystal exchanges.
    images
        Positions (n, 3) along its path, from which the planes start.
    engine
        Where forces come from.
    temperature_K
        In K.
    static_barrier
        Of the same hop at 0 K, eV, for ``effective_attempt``.
    ps, settle_ps
        Length of each plane's run and of what is discarded before it, ps.
    folder
        Finished planes are kept there; the same call again computes the others.

    Raises
    ------
    OptionError
        A time or temperature outside what is allowed.
    StructureError
        The ion's free energy has no maximum at the middle.
    """
    if not (0.0 < temperature_K < 5000.0 and ps > 0.0 and settle_ps >= 0.0):
        raise OptionError(f"{temperature_K:g} K for {ps:g} ps is not possible; give positive numbers")
    if sorted(shares) != list(shares) or shares[-1] != 0.5 or min(shares) > 0.0:
        raise OptionError("planes must be sorted, begin at or before the site (0) and end at the middle (0.5)")
    planes = []
    for number, share in enumerate(shares):
        if report is not None:
            report("mean force", f"{temperature_K:g} K, plane {number + 1} of {len(shares)}")
        planes.append(
            _plane(ends, images, engine, temperature_K, share, ps, settle_ps, seed + number, folder, calculator)
        )
    return integrate(planes, ends, temperature_K, static_barrier, engine.card.name)


def integrate(
    planes: Sequence[Plane], ends: Ends, temperature_K: float, static_barrier: float, source: str
) -> MeanForce:
    """Free energy and rate from mean forces, with their errors drawn from normal distributions."""
    import numpy as np

    from antiperovskite.kinetics.gas import rate_per_hop

    kT = BOLTZMANN_EV_PER_K * temperature_K
    masses = ends.atoms.get_masses()
    m = float(masses[ends.movers[0]])
    mu = m * (masses.sum() - m) / masses.sum()
    q = np.array([p.q for p in planes])
    force, error = np.array([p.force for p in planes]), np.array([p.error for p in planes])
    rng = np.random.default_rng(7)
    draws = [force, *(force + error * rng.standard_normal(len(q)) for _ in range(_DRAWS))]
    found = np.array([profile_rate(q, f, kT, mu) for f in draws])
    if not found[0, 0] > 0.0:
        raise StructureError(f"at {temperature_K:g} K the free energy has no maximum at the middle of the hop")
    low, high = np.quantile(found[1:, 1], [0.1587, 0.8413])
    static = rate_per_hop(1.0, static_barrier, temperature_K)
    method = f"mean force on {len(q)} planes across the hop; standard error from blocks of the runs"
    rate, u_rate = float(found[0, 1]), float(high - low) / 2.0
    return MeanForce(
        temperature_K=temperature_K,
        planes=tuple(planes),
        barrier=Quantity(
            value=float(found[0, 0]), uncertainty=float(found[1:, 0].std()), unit="eV", n=len(q), method=method,
            source=source,
        ),
        rate=Quantity(
            value=rate, uncertainty=u_rate, unit="THz", n=len(q), source=source,
            method=f"transition-state theory from the {method}; recrossing not taken off", citations=("carter1989",),
        ),
        effective_attempt=Quantity(
            value=rate / static, uncertainty=u_rate / static, unit="THz", n=len(q), source=source,
            method=f"that rate times exp(+{static_barrier:.3f} eV/kT)",
        ),
    )  # fmt: skip


def profile_rate(q: Any, force: Any, kT: float, mass_u: float) -> tuple[float, float]:
    """Barrier in eV and rate in 1/ps from mean forces (eV/angstrom) on planes ``q`` (angstrom), the last at the saddle.

    Examples
    --------
    >>> import numpy as np
    >>> q = np.linspace(-1.0, 1.0, 41)  # a parabola cut at its edge: W = 0.5 k q^2, k = 1 eV/angstrom^2
    >>> barrier, rate = profile_rate(q, -q, 0.05, 7.0)
    >>> round(barrier, 3)
    0.5
    """
    import numpy as np
    from scipy.constants import angstrom, atomic_mass, electron_volt
    from scipy.interpolate import CubicSpline

    W = CubicSpline(q, -np.asarray(force)).antiderivative()
    fine = np.linspace(q[0], q[-1], 801)
    w = W(fine)
    w -= w.min()
    thermal = np.sqrt(kT * electron_volt / (2.0 * np.pi * mass_u * atomic_mass)) / angstrom * 1e-12  # angstrom/ps
    cage = float(np.trapezoid(np.exp(-w / kT), fine))
    return float(w[-1]), float(thermal * np.exp(-w[-1] / kT) / cage)


def _plane(
    ends: Ends, images: Sequence[Any], engine: Engine, kelvin: float, share: float, ps: float, settle_ps: float,
    seed: int, folder: Path | None, calculator: Any,
) -> Plane:  # fmt: skip
    kept = None if folder is None else folder / f"plane-{kelvin:g}K-{share:+.3f}-{ps:g}ps.json"
    return kept_or_made(
        kept,
        Plane,
        "a plane of a mean force",
        lambda: _run(ends, images, engine, kelvin, share, ps, settle_ps, seed, calculator),
    )


def _run(
    ends: Ends, images: Sequence[Any], engine: Engine, kelvin: float, share: float, ps: float, settle_ps: float,
    seed: int, calculator: Any,
) -> Plane:  # fmt: skip
    """Langevin dynamics (BAOAB) with the ion on its plane and the centre of mass of the others at rest."""
    import numpy as np

    from antiperovskite.migration.interpolation import shortest

    force = Evaluations(ends.atoms, engine, None, calculator, remember=False)  # dynamics never comes twice
    box, mover = ends.atoms.cell.array, ends.movers[0]
    way = ends.last[mover] - ends.first[mover]
    length = float(np.linalg.norm(way))
    e = way / length
    mass = ends.atoms.get_masses()[:, None]
    others = np.ones(len(mass), dtype=bool)
    others[mover] = False
    walled = others & (ends.atoms.numbers == ends.atoms.numbers[mover])
    # start: the image nearest to the plane, the others' centre of mass where the crystal has it
    along = [float((x - ends.first)[mover] @ e) for x in images]
    x = ends.first + shortest(images[int(np.argmin(np.abs(np.array(along) - share * length)))] - ends.first, box)
    x[others] -= (mass[others] * (x - ends.first)[others]).sum(axis=0) / mass[others].sum()
    x[mover] += (share * length - float((x - ends.first)[mover] @ e)) * e
    kT, dt = BOLTZMANN_EV_PER_K * kelvin, STEP_FS * 1e-3
    unit = 9648.533212331  # eV/(angstrom u) in angstrom/ps^2
    rng = np.random.default_rng((seed, int(kelvin)))
    c1 = float(np.exp(-FRICTION_PER_PS * dt))
    width = np.sqrt((1.0 - c1 * c1) * kT * unit / mass)

    def constrained(v: Any) -> Any:
        v[mover] -= float(v[mover] @ e) * e
        v[others] -= (mass[others] * v[others]).sum(axis=0) / mass[others].sum()
        return v

    def forces(x: Any) -> tuple[Any, bool]:
        f = force(x)[1]
        gap = x - ends.first
        off = np.linalg.norm(gap, axis=1)
        out = walled & (off > CAGE)
        if out.any():
            f[out] -= _WALL * ((off[out] - CAGE) / off[out])[:, None] * gap[out]
        return f, bool(out.any())

    v = constrained(np.sqrt(kT * unit / mass) * rng.standard_normal(x.shape))
    f, _ = forces(x)
    settle, n = round(settle_ps / dt), round(ps / dt)
    kept, heat, walls = np.empty(n), 0.0, 0
    for step in range(settle + n):
        v = constrained(v + 0.5 * dt * unit * f / mass)
        x = x + 0.5 * dt * v
        v = constrained(c1 * v + width * rng.standard_normal(x.shape))
        x = x + 0.5 * dt * v
        f, touched = forces(x)
        v = constrained(v + 0.5 * dt * unit * f / mass)
        if step >= settle:
            kept[step - settle] = float(f[mover] @ e)
            heat += float((mass * v * v).sum()) / unit
            walls += touched
    blocks = np.array([part.mean() for part in np.array_split(kept, BLOCKS)])
    degrees = 3 * len(mass) - 4
    return Plane(
        share=share,
        q=share * length,
        force=float(kept.mean()),
        error=float(blocks.std(ddof=1) / np.sqrt(BLOCKS)),
        steps=n,
        temperature_K=heat / n / degrees / BOLTZMANN_EV_PER_K,
        at_wall=walls / n,
    )
