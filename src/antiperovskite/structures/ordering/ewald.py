"""Electrostatic energies of many arrangements on the same points: one Ewald matrix, then one product.

All arrangements of a supercell put charges on the same set of points, so E = 1/2 q^T V q with
V_ij the Ewald potential of a unit charge at j (with its images and a neutralising background) at i. V is computed
once; a batch of arrangements is a matrix product. Formulae: de Leeuw, Perram and Smith (1980), as in pymatgen's
``EwaldSummation``, against which a test holds the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import StructureError
from antiperovskite.ions.model import Ion
from antiperovskite.structures.ordering.enumerate import Orderings
from antiperovskite.structures.ordering.points import VACANCY, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

ACCURACY: Final = 1e-10
_BATCH: Final = 4096

# Oxidation state of the more electronegative element of a cluster ion; the other element takes the rest.
_ANION_STATE: Final = {"F": -1, "O": -2, "N": -3, "Cl": -1, "Br": -1, "I": -1, "S": -2, "H": -1}


def formal_charges(ion: Ion, charge: int | None = None) -> tuple[float, ...]:
    """Charge of every atom of an ion in elementary charges.

    In a cluster the more electronegative element (Pauling) takes its usual state (O -2, N -3, halogens -1, H -1 when
    bound to B or Al) and the other the rest: O -2 and H +1 in OH, B +3 and H -1 in BH4. Crude, and only a ranking.

    Raises
    ------
    StructureError
        A cluster of three or more elements, or one whose states are not known.
    """
    total = ion.charge if charge is None else charge
    if not ion.is_cluster:
        return (float(total),)
    from pymatgen.core import Element

    elements = sorted(ion.elements, key=lambda symbol: Element(symbol).X, reverse=True)
    anion = elements[0]
    if len(elements) == 1 or (len(elements) == 2 and anion not in _ANION_STATE):
        share = total / len(ion.atoms)
        if len(elements) == 1:
            return (share,) * len(ion.atoms)
    if len(elements) != 2 or anion not in _ANION_STATE:
        raise StructureError(
            f"no rule gives formal charges inside {ion.symbol} ({', '.join(elements)}); rank with an engine instead"
        )
    rest = (total - _ANION_STATE[anion] * ion.elements[anion]) / ion.elements[elements[1]]
    return tuple(float(_ANION_STATE[anion]) if atom.element == anion else rest for atom in ion.atoms)


def ewald_matrix(lattice: Array, positions: Array, accuracy: float = ACCURACY) -> Array:
    """Ewald potential between points, eV per squared elementary charge, ``(n, n)``.

    V_ij = sum over images of erfc(sqrt(eta) r)/r + (4 pi / V) sum over G of exp(-G^2 / 4 eta)/G^2 cos(G.r)
    - 2 sqrt(eta/pi) delta_ij - pi / (V eta), times e^2 / (4 pi eps0).

    Parameters
    ----------
    lattice
        Rows in angstrom, ``(3, 3)``.
    positions
        Fractional, ``(n, 3)``; no two may coincide.
    accuracy
        Terms smaller than about this fraction are left out.
    """
    import numpy as np
    from scipy.constants import e, epsilon_0, pi
    from scipy.special import erfc

    volume = abs(float(np.linalg.det(lattice)))
    number = len(positions)
    eta = pi * (1.0 / volume ** (2 / 3))  # equal reach, in cell lengths, of both sums
    reach = np.sqrt(-log(accuracy))
    delta = positions[:, None] - positions[None]
    delta -= np.round(delta)
    result = np.full((number, number), -pi / (volume * eta))
    result[np.diag_indices(number)] -= 2.0 * np.sqrt(eta / pi)
    cutoff = reach / np.sqrt(eta)
    for shift in _lattice_points(lattice, cutoff, margin=1):
        distance = np.linalg.norm((delta + shift) @ lattice, axis=-1)
        near = (distance < cutoff) & (distance > 1e-8)
        result[near] += erfc(np.sqrt(eta) * distance[near]) / distance[near]
    reciprocal = 2 * pi * np.linalg.inv(lattice).T
    for index in _lattice_points(reciprocal, 2 * reach * np.sqrt(eta), margin=0):
        square = float(((index @ reciprocal) ** 2).sum())
        if 0 < square < (2 * reach) ** 2 * eta:
            phase = 2 * pi * (positions @ index)
            wave = np.cos(phase[:, None] - phase[None])
            result += 4 * pi / volume * np.exp(-square / (4 * eta)) / square * wave
    return np.asarray(result * (e / (4 * pi * epsilon_0) * 1e10), dtype=float)


def _lattice_points(rows: Array, radius: float, margin: int) -> Integers:
    """Whole-number combinations of ``rows`` that may lie within ``radius`` (plus ``margin`` cells)."""
    import numpy as np

    heights = 1.0 / np.linalg.norm(np.linalg.inv(rows), axis=0)  # distance between lattice planes
    spans = [np.arange(-n, n + 1) for n in (np.ceil(radius / heights).astype(int) + margin)]
    return np.array(np.meshgrid(*spans, indexing="ij")).reshape(3, -1).T


def electrostatic_energies(
    problem: Problem,
    orderings: Orderings,
    charges: Mapping[str, tuple[float, ...]],
    occupied: Mapping[str, Mapping[str, int]],
) -> Array:
    """Ewald energy of every arrangement, eV per supercell, ``(n,)``.

    Parameters
    ----------
    charges
        Charge of every atom by species; species without orientation carry their sum at the site.
    occupied
        Per sublattice the species and their numbers, as given to :func:`make_problem`.

    Raises
    ------
    StructureError
        The cell is not neutral.
    """
    import numpy as np

    fixed, moves, points = _charge_table(problem, charges, occupied)
    total = fixed.sum() + sum(table[0].sum() * block.count for block, table in zip(problem.blocks, moves, strict=True))
    if abs(total) > 1e-6:
        raise StructureError(
            f"the supercell would carry a charge of {total:+g}; change the occupations until the formal charges cancel"
        )
    matrix = ewald_matrix(problem.group.lattice, points)
    result = np.empty(len(orderings))
    for low in range(0, len(orderings), _BATCH):
        part = slice(low, min(low + _BATCH, len(orderings)))
        charge = np.tile(fixed, (part.stop - low, 1))
        for table, chosen in zip(moves, orderings.chosen, strict=True):
            for column in chosen[part].T:
                charge += table[column]
        result[part] = 0.5 * np.einsum("ni,ni->n", charge @ matrix, charge)
    return result


def _charge_table(
    problem: Problem, charges: Mapping[str, tuple[float, ...]], occupied: Mapping[str, Mapping[str, int]]
) -> tuple[Array, list[Array], Array]:
    """Charge of the cell with fillers only, what choosing each point adds to it, and the distinct points."""
    import numpy as np

    group = problem.group
    inverse = np.linalg.inv(group.lattice)
    places: list[Array] = list(group.positions)

    def place(position: Array) -> int:
        for index, known in enumerate(places):
            delta = position - known
            delta -= np.round(delta)
            if np.linalg.norm(delta @ group.lattice) < 1e-3:
                return index
        places.append(position)
        return len(places) - 1

    def whole(species: str) -> float:
        return 0.0 if species == VACANCY else float(sum(charges[species]))

    rest = {role: problem.filler.get(role, VACANCY) for role in occupied}
    filler = np.array([whole(rest[role]) if role in rest else 0.0 for role in group.roles])
    entries: list[list[list[tuple[int, float]]]] = []
    for block in problem.blocks:
        shapes = problem.orientations.get(block.species)
        rows = []
        for site, state in zip(block.site.tolist(), block.state.tolist(), strict=True):
            row = [(site, -filler[site])]
            if shapes is None:
                row.append((site, whole(block.species)))
            else:
                for atom, charge in zip(shapes[state], charges[block.species], strict=True):
                    row.append((place(group.positions[site] + atom @ inverse), charge))
            rows.append(row)
        entries.append(rows)
    size = len(places)
    tables = []
    for rows in entries:
        table = np.zeros((len(rows), size))
        for index, row in enumerate(rows):
            for column, charge in row:
                table[index, column] += charge
        tables.append(table)
    fixed = np.zeros(size)
    fixed[: len(filler)] = filler
    return fixed, tables, np.array(places)
