"""Kinetic Monte Carlo of a lattice gas: one kind of carrier, any barriers, pair energies, traps and a field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from antiperovskite.errors import OptionError, StructureError
from antiperovskite.units import BOLTZMANN_EV_PER_K

if TYPE_CHECKING:
    from antiperovskite.kinetics.lattice import HopLattice

Carrier = Literal["vacancy", "interstitial"]
MOST_BINS: Final = 16
"""Sites whose bounds differ are put into so many bins at most; each then spans a factor of four or less."""
_BATCH: Final = 1 << 24
WIDEST: Final = 50.0
"""Spread of ln(rate) above which no bins of a factor of four suffice; refused."""


@dataclass(frozen=True)
class HopRates:
    """What decides the rate of a hop of the mobile ion from site i to j (through slot k of the carrier's site).

    rate = attempt frequency x exp(-(barrier + (E_final - E_initial)/2 - q E.d/2)/kT): the barrier without a change of
    energy is that of the hop, and half of the change is added, so that both directions keep detailed balance.

    ``barriers`` (n, z) in eV, the same both ways; ``site_energies`` (n,) of the ion in eV; ``pair_energy`` in eV for
    each pair of neighbouring ions; ``field`` (3,) in V/angstrom; ``charge`` of the ion; ``blocked`` (n,) marks sites
    that hold an ion which never moves. ``crowd`` is how many other carriers may be next to one that hops before its
    barrier may become negative by ``pair_energy``; all neighbours if not given. Beyond it a hop is faster than the
    attempt frequency, in detailed balance still: right where carriers are few.
    """

    attempt_THz: float
    barriers: Any
    site_energies: Any = None
    pair_energy: float = 0.0
    field: tuple[float, float, float] = (0.0, 0.0, 0.0)
    charge: float = 1.0
    blocked: Any = None
    crowd: int | None = None


class LatticeGas:
    """Carriers on a lattice, advanced in continuous time (ps).

    Parameters
    ----------
    lattice
        Sites and hops.
    rates
        Barriers and energies.
    n_carriers
        Vacancies, or interstitial ions, that move.
    temperature_K
        In K.
    carrier
        ``vacancy``: ions fill every other site and hop into vacancies; ``interstitial``: the sites are empty but for
        the carriers.
    seed
        Places the carriers (at random) and drives the walk; equal seeds give equal runs.

    Raises
    ------
    OptionError
        A temperature, attempt frequency, number of carriers or seed outside what is allowed; a barrier that is
        negative, or becomes so by the energies given; or rates that are all zero.
    StructureError
        The open sites are not connected.

    References
    ----------
    Bortz, Kalos, Lebowitz, J. Comput. Phys. 17 (1975) 10, doi:10.1016/0021-9991(75)90060-1 (the n-fold way).

    Examples
    --------
    >>> from antiperovskite.kinetics.lattice import plain_lattice
    >>> gas = LatticeGas(plain_lattice("simple cubic", 6), HopRates(10.0, 0.3), 1, 600.0, seed=1)
    >>> gas.advance(1000.0)
    >>> gas.time_ps
    1000.0
    """

    def __init__(
        self,
        lattice: HopLattice,
        rates: HopRates,
        n_carriers: int,
        temperature_K: float,
        *,
        carrier: Carrier = "vacancy",
        seed: int = 0,
        general: bool = False,
    ) -> None:
        import numpy as np

        from antiperovskite.kinetics.kernel import seed_state

        _check_numbers(rates, temperature_K, seed, carrier)
        self.lattice, self.rates, self.carrier = lattice, rates, carrier
        self.temperature_K, self.seed, self.n_carriers = float(temperature_K), int(seed), int(n_carriers)
        self._packed = _open_hops(lattice, rates)
        self._inner, self._offsets = _inner_sites(lattice, self._packed)
        usable = np.ones(lattice.n_sites, dtype=bool) if rates.blocked is None else ~np.asarray(rates.blocked, bool)
        _check_connected(self._packed, usable)
        n_open = int(usable.sum())
        if not 1 <= n_carriers < n_open:
            raise OptionError(
                f"{n_carriers} carriers on {n_open} open sites: there must be at least 1 and one site free of them"
            )
        weights = self._weights(usable)
        rng = np.random.default_rng((self.seed, 0))
        order = rng.permutation(np.flatnonzero(usable))
        # objects: carriers first, then what they exchange with, then ions that never move (also "not a carrier")
        self._objects = np.full(lattice.n_sites, -1, dtype=np.int32)
        everything = np.concatenate([order, np.flatnonzero(~usable)])
        self._objects[everything] = np.arange(lattice.n_sites, dtype=np.int32)
        self._start = everything
        self._places = order[: self.n_carriers].astype(np.int32)
        self._images = np.zeros((lattice.n_sites, 3), dtype=np.int32)
        self._state = seed_state(np.uint64(rng.integers(2**63)))
        self._poisson = np.random.default_rng((self.seed, 1))
        one = len(lattice.lengths) == 1
        self._kinds = np.zeros((0, 0), dtype=np.int16) if one else lattice.kinds
        self.hop_counts = np.zeros(len(lattice.lengths), dtype=np.int64)
        self.time_ps = 0.0
        self.n_open = n_open
        self._prepare(weights, general)

    @property
    def n_moving(self) -> int:
        """Ions whose displacement counts: those that are not held, or the interstitials."""
        return self.n_open - self.n_carriers if self.carrier == "vacancy" else self.n_carriers

    @property
    def tracked(self) -> slice:
        """Which objects the moving ions are."""
        return slice(self.n_carriers, self.n_open) if self.carrier == "vacancy" else slice(0, self.n_carriers)

    @property
    def n_hops(self) -> int:
        """Hops done so far."""
        return int(self.hop_counts.sum())

    @property
    def hop_length_squares(self) -> float:
        """Sum of squared hop lengths done so far, angstrom^2."""
        return float(sum(n * d * d for n, d in zip(self.hop_counts, self.lattice.lengths, strict=True)))

    @property
    def blocked_walk(self) -> bool:
        """Whether carriers only exclude each other, so that the faster core runs."""
        return self._blocked_walk

    def _weights(self, usable: Any) -> Any:
        """Rate (1/ps) of every hop of a carrier but for the pair energies (n, z), zero where there is no hop."""
        import numpy as np

        lattice, rates = self.lattice, self.rates
        kT = BOLTZMANN_EV_PER_K * self.temperature_K
        hop = self._packed >= 0
        near = np.where(hop, self._packed >> 5, 0)
        barriers = np.broadcast_to(np.asarray(rates.barriers, dtype=float), hop.shape)
        _check_barriers(barriers, hop, lattice)
        sign = -1.0 if self.carrier == "vacancy" else 1.0  # the ion moves against the vacancy
        change = np.zeros(hop.shape)
        if rates.site_energies is not None:
            energies = np.asarray(rates.site_energies, dtype=float)
            change += sign * (energies[near] - energies[:, None])
        if rates.pair_energy and self.carrier == "vacancy":
            # ions count pairs, the walk counts neighbouring vacancies: they differ by the number of neighbours, which
            # acts as an energy of the site where sites differ in it
            count = (lattice.packed >= 0).sum(axis=1)
            change += -rates.pair_energy * (count[near] - count[:, None])
        change += -rates.charge * sign * (lattice.vectors @ np.asarray(rates.field, dtype=float))
        others = max(int(hop.sum(axis=1).max()) - 1, 0)
        spread = abs(rates.pair_energy) * (others if rates.crowd is None else min(others, max(rates.crowd, 0)))
        lowest = np.where(hop, barriers + change / 2.0, np.inf).min() - spread / 2.0
        if lowest < 0.0:
            raise OptionError(
                f"the energies make a barrier negative ({lowest:.3f} eV at worst): barrier plus half of the change of "
                "energy must stay positive; give smaller site, pair or trap energies, a weaker field or higher barriers"
            )
        exponent = np.where(hop, -(barriers + change / 2.0) / kT, -np.inf)
        weights = rates.attempt_THz * np.exp(exponent)
        if not float(weights.max()) * 1e30 > 1e-250:
            raise OptionError(
                f"all rates are zero at {self.temperature_K:g} K (largest {float(weights.max()):.1e} per ps); give a "
                "lower barrier or a higher temperature"
            )
        return weights

    def _prepare(self, weights: Any, general: bool) -> None:
        import numpy as np

        self._blocked_walk = not general and self.rates.pair_energy == 0.0
        largest = float(weights.max())
        hop = self._packed >= 0
        equal = bool((weights[hop] >= largest * (1.0 - 1e-12)).all())
        if self._blocked_walk and not equal and float(weights.sum()) < 0.05 * largest * int(hop.sum()):
            self._blocked_walk = False  # most candidates would be refused: the n-fold way is faster
        if self._blocked_walk:
            self._bound = largest * hop.shape[1]
            self._accept = np.zeros((0, 0)) if equal else weights / largest
            return
        self._prepare_classes(weights, equal and bool(hop.all()))

    def _prepare_classes(self, weights: Any, uniform: bool) -> None:
        import numpy as np

        from antiperovskite.kinetics.kernel import count_walkers

        kT = BOLTZMANN_EV_PER_K * self.temperature_K
        J, n, width = self.rates.pair_energy, self.lattice.n_sites, weights.shape[1]
        total = weights.sum(axis=1)
        self._bins, self._bounds = _bins(total)
        exact = bool((np.abs(total[total > 0] - self._bounds[self._bins[total > 0]]) <= 1e-12 * total.max()).all())
        self._share = np.zeros(0) if exact else total / self._bounds[self._bins]
        if uniform:
            self._cumulative = np.zeros((0, 0))
            self._share = np.zeros(0)
        else:
            self._cumulative = np.cumsum(weights, axis=1) / np.where(total > 0, total, 1.0)[:, None]
        depth = width + 1 if J else 1
        counts = np.arange(depth)
        self._before = np.exp(J * counts / (2.0 * kT))
        self._after = np.exp(-J * (counts - 1) / (2.0 * kT)) if J else np.ones(1)
        self._weights_used = weights
        self._pairs = 0 if not J else (1 if J > 0 else -1)
        self._crowd = count_walkers(self.n_carriers, self.lattice.packed, self._objects) if J else np.zeros(n, np.uint8)
        n_classes = len(self._bounds) * depth
        self._lists = np.zeros((n_classes, self.n_carriers), dtype=np.int32)
        self._rank = np.zeros(self.n_carriers, dtype=np.int32)
        self._sizes = np.zeros(n_classes, dtype=np.int64)
        group = self._bins[self._places].astype(np.int64) * depth + (self._crowd[self._places] if J else 0)
        for walker, where in enumerate(group.tolist()):
            self._lists[where, self._sizes[where]] = walker
            self._rank[walker] = self._sizes[where]
            self._sizes[where] += 1
        free = self._objects >= self.n_carriers
        self._populated = np.bincount(self._crowd[free], minlength=depth).astype(np.int64)

    def advance(self, duration_ps: float) -> None:
        """Let ``duration_ps`` pass.

        Raises
        ------
        OptionError
            The duration is not positive.
        """
        from antiperovskite.kinetics.kernel import blocked_walk, n_fold_way

        if not (isfinite(duration_ps) and duration_ps > 0):
            raise OptionError(f"the duration must be a positive number of ps, not {duration_ps:g}")
        until = self.time_ps + duration_ps
        if self._blocked_walk:
            left = int(self._poisson.poisson(self._bound * self.n_carriers * duration_ps))
            while left > 0:
                now = min(left, _BATCH)
                blocked_walk(
                    now, self.n_carriers, self._packed, self._inner, self._offsets, self._accept, self._kinds,
                    self._objects, self._places,
                    self._images, self.hop_counts, self._state,
                )  # fmt: skip
                left -= now
            self.time_ps = until
            return
        passed = 0.0
        while passed < duration_ps:
            passed, _, _ = n_fold_way(
                duration_ps, passed, _BATCH, self.n_carriers, self._packed, self._inner, self._offsets,
                self._bins, self._bounds, self._share,
                self._weights_used, self._cumulative, self._before, self._after, self._pairs, self._kinds,
                self._objects, self._places, self._images, self.hop_counts, self._crowd, self._populated, self._lists,
                self._rank, self._sizes, self._state,
            )  # fmt: skip
        self.time_ps = until

    def positions(self) -> Any:
        """Unwrapped positions (n_moving, 3) of the moving ions, angstrom."""
        import numpy as np

        n = self.lattice.n_sites
        site = np.empty(n, dtype=np.int64)
        site[self._objects] = np.arange(n)
        chosen = self.tracked
        return self.lattice.positions[site[chosen]] + self._images[chosen] @ self.lattice.cell

    def carrier_positions(self) -> Any:
        """Unwrapped positions (n_carriers, 3) of the carriers themselves, angstrom."""
        n = self.n_carriers
        return self.lattice.positions[self._places] + self._images[:n] @ self.lattice.cell

    def occupied(self) -> Any:
        """Which sites hold a carrier (n,)."""
        found = self._objects < self.n_carriers
        return found

    def frames(self, n_frames: int, interval_ps: float) -> Iterator[Any]:
        """Yield positions now and after each of ``n_frames - 1`` intervals."""
        yield self.positions()
        for _ in range(n_frames - 1):
            self.advance(interval_ps)
            yield self.positions()


def _bins(total: Any) -> tuple[Any, Any]:
    """Put sites into bins by their bound: equal values where few differ, else factors."""
    import numpy as np

    positive = total > 0
    values = np.unique(np.round(np.log(total[positive]), 12))
    if len(values) > MOST_BINS:
        step = max((values[-1] - values[0]) / MOST_BINS, 1e-9)
        edges = values[0] + step * (np.arange(MOST_BINS) + 1)
        edges[-1] = values[-1] + 1e-9
        values = np.array([values[values <= edge].max() for edge in edges if (values <= edge).any()])
        values = np.unique(values)
    found = np.zeros(len(total), dtype=np.uint8)
    found[positive] = np.searchsorted(values, np.log(total[positive]) - 1e-11)
    found = np.minimum(found, len(values) - 1).astype(np.uint8)
    bounds = np.zeros(len(values))
    np.maximum.at(bounds, found[positive], total[positive])
    return found, bounds


def _open_hops(lattice: HopLattice, rates: HopRates) -> Any:
    """Packed neighbours without hops from or to blocked sites."""
    import numpy as np

    if rates.blocked is None or not np.any(rates.blocked):
        return lattice.packed
    blocked = np.asarray(rates.blocked, dtype=bool)
    near = np.where(lattice.packed < 0, 0, lattice.packed >> 5)
    closed = blocked[:, None] | blocked[near]
    return np.where(closed, -1, lattice.packed).astype(np.int32)


def _inner_sites(lattice: HopLattice, packed: Any) -> tuple[Any, Any]:
    """Sites whose neighbours are at the same distance in numbering as those of every such site of the unit cell."""
    import numpy as np

    n, n_base = len(packed), lattice.n_base
    inner = np.full(n, 255, dtype=np.uint8)
    offsets = np.zeros((n_base, packed.shape[1]), dtype=np.int64)
    whole = ((packed >= 0) & ((packed & 31) == 13)).all(axis=1)
    apart = (packed >> 5) - np.arange(n)[:, None]
    for base in range(min(n_base, 255)):
        sites = np.arange(base, n, n_base)
        sites = sites[whole[sites]]
        if len(sites):
            offsets[base] = apart[sites[0]]
            inner[sites[(apart[sites] == offsets[base]).all(axis=1)]] = base
    return inner, offsets


def _check_connected(packed: Any, usable: Any) -> None:
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    from antiperovskite.landscape.unions import winding_ranks

    rows, slots = np.nonzero(packed >= 0)
    graph = coo_matrix((np.ones(len(rows)), (rows, packed[rows, slots] >> 5)), shape=(len(packed),) * 2)
    parts = connected_components(graph, directed=False)[1][usable]
    n_parts = len(np.unique(parts))
    if n_parts == 1:
        return
    near = packed >> 5
    rows, slots = np.nonzero((packed >= 0) & (near > np.arange(len(packed))[:, None]))
    code = packed[rows, slots].astype(np.int64) & 31
    across = np.stack([code // 9 - 1, code // 3 % 3 - 1, code % 3 - 1], axis=-1)
    ranks = winding_ranks(len(packed), rows.astype(np.int64), near[rows, slots].astype(np.int64), across)
    if not ranks[usable].all():  # separate layers or chains conduct on their own; an island does not
        raise StructureError(
            f"the open sites fall into {n_parts} parts that no hop joins: the lattice is disconnected; allow longer "
            "hops, or simulate the parts one by one"
        )


def _check_numbers(rates: HopRates, temperature_K: float, seed: int, carrier: str) -> None:
    if carrier not in ("vacancy", "interstitial"):
        raise OptionError(f"no carrier {carrier!r}; choose vacancy or interstitial")
    if not (isfinite(temperature_K) and temperature_K > 0):
        raise OptionError(f"the temperature must be a positive number of K, not {temperature_K:g}")
    if not (isfinite(rates.attempt_THz) and rates.attempt_THz > 0):
        raise OptionError(f"the attempt frequency must be a positive number of THz, not {rates.attempt_THz:g}")
    if not (isfinite(rates.pair_energy) and all(isfinite(part) for part in rates.field)):
        raise OptionError("the pair energy and the field must be finite numbers")
    if not 0 <= seed < 2**31:
        raise OptionError(f"seed {seed} is outside 0 to {2**31 - 1}")


def _check_barriers(barriers: Any, hop: Any, lattice: HopLattice) -> None:
    import numpy as np

    if not np.isfinite(barriers[hop]).all() or float(barriers[hop].min()) < 0.0:
        raise OptionError(f"barriers must be finite and not negative; the lowest given is {barriers[hop].min():g} eV")
    if np.ptp(barriers[hop]) > 0.0:
        near = np.where(hop, lattice.packed >> 5, 0)
        back = np.take_along_axis(barriers[near.ravel()], lattice.reverse().reshape(-1, 1), axis=1).reshape(hop.shape)
        if float(np.abs(back - barriers)[hop].max()) > 1e-9:
            raise OptionError(
                "a hop and the hop back have different barriers; give the barrier without the change of energy, and "
                "the change as site energies"
            )


def rate_per_hop(attempt_THz: float, barrier_eV: float, temperature_K: float) -> float:
    """Rate of one hop in 1/ps: attempt frequency x exp(-barrier/kT).

    Examples
    --------
    >>> f"{rate_per_hop(10.0, 0.3, 600.0):.4f}"
    '0.0302'
    """
    return attempt_THz * exp(-barrier_eV / (BOLTZMANN_EV_PER_K * temperature_K))
