"""From reaction energies to the energy of every species under given chemical potentials.

Unknowns are the formation energies f_d of isolated defects and the offsets D_p = mu_p - E_p of the phases. Each
reaction says sum n_d f_d - sum_products n D + sum_reactants n D = E - T S; D = 0 for the host and what coexists with
it, and the gas's potential for water. Reactions among phases only are met exactly, those with defects in the
least-squares sense (they may be more than the unknowns). What stays open must be what balances fix: the charge gauge,
amounts of dopants, the halide content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.defects.equilibrium.conditions import Conditions, hydroxide_gibbs_energy, water_potential
from antiperovskite.defects.equilibrium.inputs import Reaction
from antiperovskite.defects.equilibrium.species import Crystal, same_phase
from antiperovskite.errors import MissingReferenceError, OptionError, best_match

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WATER: Final = "H2O"
ASSUMED: Final = 0.1  # eV; the weight of a reaction without an uncertainty
_TINY: Final = 1e-9


@dataclass(frozen=True)
class Energies:
    """``values`` (n, n_species) in eV; ``open`` (n_species, k): directions in which they are not determined.

    ``misfit`` is the largest disagreement (eV) among reactions of which there are more than unknowns, and where.
    """

    values: Array
    open: Array
    misfit: tuple[float, str]


def phases_of(crystal: Crystal) -> tuple[str, ...]:
    """Every phase that occurs in a reaction, the host among them."""
    found: dict[str, None] = {crystal.host: None}
    for reaction in (*crystal.reactions, *_bound(crystal)):
        found |= dict.fromkeys((*reaction.reactants, *reaction.products))
    return tuple(found)


def sample_energies(crystal: Crystal, n: int, seed: int) -> tuple[Array, Array]:
    """Energies (eV) of the unbound reactions and of the clusters: the given values first, then ``n`` draws."""
    import numpy as np

    rng = np.random.default_rng((seed, 5))
    result = []
    for reactions in (crystal.reactions, _bound(crystal)):
        centre = np.array([r.energy_eV for r in reactions], dtype=float)
        width = np.array([r.energy.uncertainty or 0.0 for r in reactions], dtype=float)
        draws = centre + width * rng.standard_normal((n, len(reactions)))
        result.append(np.vstack([centre[None], draws]))
    return result[0], result[1]


def species_energies(
    crystal: Crystal, at: Conditions, temperature_K: float, samples: tuple[Array, Array], water_reference: str
) -> Energies:
    """Return the energies of all species at one temperature.

    Raises
    ------
    OptionError
        A coexisting phase occurs in no reaction, or more phases are said to coexist than can.
    """
    if at.between is None:
        return _solve(crystal, at.coexisting, at, temperature_K, samples, water_reference)
    first, second, share = at.between
    ends = [_solve(crystal, (phase,), at, temperature_K, samples, water_reference) for phase in (first, second)]
    values = (1.0 - share) * ends[0].values + share * ends[1].values
    return Energies(values, ends[0].open, max(ends[0].misfit, ends[1].misfit))


class _Columns:
    """The unknowns in order: isolated defects, then phases."""

    def __init__(self, crystal: Crystal, *, water: bool) -> None:
        self.defects = [species.name for species in crystal.isolated]
        self.phases = list(phases_of(crystal))
        self.oxide, self.hydroxide = f"{crystal.mobile}2O", f"{crystal.mobile}OH"
        if water:
            self.phases += [name for name in (WATER, self.oxide, self.hydroxide) if name not in self.phases]
        self.size = len(self.defects) + len(self.phases)

    def phase(self, name: str) -> Array:
        """The row of D of one phase alone."""
        import numpy as np

        return np.asarray(np.eye(self.size)[len(self.defects) + self.phases.index(name)])

    def reaction(self, reaction: Reaction) -> Array:
        """The row of a reaction; that of a cluster without its members."""
        import numpy as np

        found = np.zeros(self.size)
        if not reaction.bound:
            for name, count in reaction.defects.items():
                found[self.defects.index(name)] += count
        for sign, side in ((-1.0, reaction.products), (1.0, reaction.reactants)):
            for phase, amount in side.items():
                found += sign * amount * self.phase(phase)
        return found


def _solve(
    crystal: Crystal,
    coexisting: tuple[str, ...],
    at: Conditions,
    T: float,
    samples: tuple[Array, Array],
    reference: str,
) -> Energies:
    import numpy as np

    columns = _Columns(crystal, water=at.p_water_bar is not None)
    coexisting = tuple(_known(phase, columns.phases, crystal) for phase in coexisting)
    n_f, kT = len(columns.defects), _kT(T)
    unbound, bound = (
        energies - kT * np.array([r.entropy_kB for r in reactions])
        for energies, reactions in zip(samples, (crystal.reactions, _bound(crystal)), strict=True)
    )
    C, d = _exact(columns, crystal, coexisting, at, T, unbound, reference)
    x0 = d @ np.linalg.pinv(C, rcond=1e-10).T
    worst = float(np.abs(x0 @ C.T - d).max())
    if worst > 1e-6:
        raise OptionError(
            f"{', '.join(coexisting)} cannot all coexist with {crystal.host}: the reactions among phases leave "
            f"{worst:.3f} eV over; name fewer coexisting phases"
        )
    free = _null(C)
    which = [index for index, reaction in enumerate(crystal.reactions) if reaction.defects]
    A = np.array([columns.reaction(crystal.reactions[i]) for i in which]).reshape(len(which), columns.size)
    E = unbound[:, which]
    weight = np.array([1.0 / max(crystal.reactions[i].energy.uncertainty or ASSUMED, 1e-3) for i in which])
    reduced = (A @ free) * weight[:, None]
    x = x0 + ((E - x0 @ A.T) * weight) @ np.linalg.pinv(reduced, rcond=1e-10).T @ free.T
    left = np.abs(x[0] @ A.T - E[0])
    misfit = (float(left.max()), crystal.reactions[which[int(left.argmax())]].name) if len(left) else (0.0, "")
    open_ = free @ _null(reduced)
    clusters = np.array([columns.reaction(r) for r in _bound(crystal)]).reshape(bound.shape[1], columns.size)
    values = np.hstack([x[:, :n_f], bound - x @ clusters.T])
    return Energies(values, np.vstack([open_[:n_f], -(clusters @ open_)]), misfit)


def _exact(
    columns: _Columns,
    crystal: Crystal,
    coexisting: tuple[str, ...],
    at: Conditions,
    T: float,
    unbound: Array,
    reference: str,
) -> tuple[Array, Array]:
    """Rows that are met exactly, and their right sides (n, n_rows): phases, water, reactions among phases."""
    import numpy as np

    n = len(unbound)
    rows = [columns.phase(name) for name in (crystal.host, *coexisting)]
    right = [np.zeros(n) for _ in rows]
    if at.p_water_bar is not None:
        rows.append(columns.phase(WATER))
        right.append(np.full(n, water_potential(T, at.p_water_bar, reference)))
    for index, reaction in enumerate(crystal.reactions):
        if not reaction.defects:
            rows.append(columns.reaction(reaction))
            right.append(unbound[:, index])
    if at.p_water_bar is not None:
        link = columns.phase(columns.oxide) + columns.phase(WATER) - 2.0 * columns.phase(columns.hydroxide)
        energy = None if _within(link, np.array(rows)) else _hydroxide(crystal.mobile, T, reference)
        if energy is not None:
            rows.append(link)
            right.append(np.full(n, energy))
    return np.array(rows), np.array(right).T


def _bound(crystal: Crystal) -> tuple[Reaction, ...]:
    return tuple(cluster.reaction for cluster in crystal.clusters if cluster.reaction)


def _kT(T: float) -> float:
    """kT in eV."""
    from antiperovskite.units import BOLTZMANN_EV_PER_K

    return BOLTZMANN_EV_PER_K * T


def _hydroxide(cation: str, T: float, reference: str) -> float | None:
    """Energy of M2O + H2O -> 2 MOH with water counted from its reference at 0 K."""
    try:
        return hydroxide_gibbs_energy(cation, T) + water_potential(T, 1.0, reference)
    except MissingReferenceError:
        return None


def _known(phase: str, phases: list[str], crystal: Crystal) -> str:
    """The name under which a phase occurs in the reactions."""
    found = same_phase(phase, phases)
    if found is None:
        known = [name for name in phases if name != crystal.host]
        raise OptionError(
            f"{phase} occurs in no reaction; phases that do: {', '.join(known) or 'none'}{best_match(phase, known)}"
        )
    return found[0]


def _null(matrix: Array) -> Array:
    """Orthonormal columns that span the null space of a matrix."""
    import numpy as np

    if not len(matrix):
        return np.eye(matrix.shape[1])
    _, s, vt = np.linalg.svd(matrix)
    rank = int((s > _TINY * max(float(s[0]), 1.0)).sum()) if len(s) else 0
    return np.asarray(vt[rank:].T)


def _within(row: Array, rows: Array) -> bool:
    """Whether a row is a combination of others."""
    import numpy as np

    return bool(np.linalg.norm(row @ _null(rows)) < 1e-8)
