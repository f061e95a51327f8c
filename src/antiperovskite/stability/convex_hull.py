"""The whole lower convex hull at once: every facet, and with them all hull distances as one matrix product.

On the facet with chemical potentials mu (eV per atom of each element) a mixture of composition x has the energy
mu . x. No phase lies below a facet of the hull, so by linear-programming duality

    E_hull(x) = min_n { sum_p n_p E_p : sum_p n_p c_p = x, n >= 0 } = max_f mu_f . x,

the largest of the facet planes (Qhull finds the facets: Barber et al., ACM Trans. Math. Softw. 1996,
10.1145/235815.235821). :func:`antiperovskite.stability.hull.stable_mixture` answers the same question for one
composition without the facets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.hull import AMOUNT_TOLERANCE, PhaseEnergy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.intp]

FORMATION_TOLERANCE: Final = 1e-11  # eV/atom; phases less bound than this against the elements are not vertices
PLANE_TOLERANCE: Final = 1e-9  # eV/atom by which a phase may lie below a facet before the facet is rejected
TIE_TOLERANCE: Final = 1e-8  # eV/atom within which two facets count as meeting at a composition
COVERAGE_TOLERANCE: Final = 1e-9  # share of all compositions that facets may leave out or cover twice
SINGULAR: Final = 1e-13  # volume of a facet (in atomic fractions, times N!) below which it is degenerate
_CHUNK: Final = 4_000_000  # numbers in one block of compositions times facets


@dataclass(frozen=True)
class Facets:
    """Lower facets of a hull of P phases in N elements.

    ``vertices`` (n_facets, N) are indices of phases, ``potentials`` (n_facets, N) chemical potentials in eV/atom.
    """

    vertices: Indices
    potentials: Array


def lower_facets(content: Array, energies: Array) -> Facets:
    """Return the facets of the lower convex hull.

    Parameters
    ----------
    content
        Atoms of each element in each phase, shape (n_phases, n_elements); every element needs a phase of its own.
    energies
        eV for those atoms, shape (n_phases,).

    Raises
    ------
    MissingReferenceError
        An element (a column) has no pure phase; the message counts them.

    Notes ----- Qhull sees formation energies per atom of the lowest phase of each composition that lies below the
    elements, and one point far above, which closes the hull and belongs to no lower facet. The potentials are then
    solved from the vertices, so that they are as exact as the energies; facets without volume and facets with a phase
    below them (Qhull's slivers in coplanar regions) are dropped, which loses nothing because their neighbours cover
    the same place.
    """
    import numpy as np

    atoms = content.sum(axis=1)
    fractions = content / atoms[:, None]
    per_atom = energies / atoms
    pure = _elemental(fractions, per_atom)
    references = per_atom[pure]
    formation = per_atom - fractions @ references
    candidates = _candidates(fractions, formation, pure)
    n = content.shape[1]
    if n == 1 or len(candidates) == n:  # the elements alone
        return Facets(np.asarray([pure]), references[None, :].copy())
    x, e = fractions[candidates], formation[candidates]
    simplices, potentials, covered = _exact_facets(x, e, "Qx" if n > 4 else "")
    if abs(covered - 1.0) > COVERAGE_TOLERANCE:  # slivers took a facet's place: joggle the input, keep exact energies
        more, more_potentials, _ = _exact_facets(x, e, "QJ")
        simplices, potentials = _unique(np.vstack([simplices, more]), np.vstack([potentials, more_potentials]))
    return Facets(candidates[simplices], potentials + references)


def _exact_facets(x: Array, e: Array, qhull_options: str) -> tuple[Indices, Array, float]:
    """Facets with potentials solved from their vertices, and the share of all compositions that they cover."""
    import numpy as np

    simplices = _qhull(x, e, qhull_options)
    matrix = x[simplices]
    volume = np.abs(np.linalg.det(matrix))
    kept = volume > SINGULAR
    simplices = simplices[kept]
    potentials = np.linalg.solve(matrix[kept], e[simplices][..., None])[..., 0]
    lower = _nothing_below(potentials, x, e)
    return simplices[lower], potentials[lower], float(volume[kept][lower].sum())


def _elemental(fractions: Array, per_atom: Array) -> Indices:
    """Index of the lowest pure phase of each element."""
    import numpy as np

    is_pure = fractions > 1.0 - 1e-12
    if not is_pure.any(axis=0).all():
        missing = int((~is_pure.any(axis=0)).sum())
        raise MissingReferenceError(f"{missing} of {fractions.shape[1]} elements have no pure phase to close the hull")
    return np.asarray(np.where(is_pure, per_atom[:, None], np.inf).argmin(axis=0))


def _candidates(fractions: Array, formation: Array, pure: Indices) -> Indices:
    """The elements, and of each other composition the lowest phase if it is bound against the elements."""
    import numpy as np

    bound = np.flatnonzero(formation < -FORMATION_TOLERANCE)
    if len(bound):
        order = bound[np.argsort(formation[bound], kind="stable")]
        _, first = np.unique(np.round(fractions[order], 10), axis=0, return_index=True)
        bound = np.sort(order[first])
    return np.concatenate([pure, np.setdiff1d(bound, pure)])


def _qhull(x: Array, e: Array, options: str) -> Indices:
    """Simplices of the lower hull; coordinates are all fractions but the first, and the energy scaled to their size."""
    import numpy as np
    from scipy.spatial import ConvexHull as Qhull

    scaled = e / max(float(np.abs(e).max()), 1e-300)
    points = np.column_stack([x[:, 1:], scaled])
    above = np.full(x.shape[1], 1.0 / x.shape[1])
    above[-1] = 1.0
    found = Qhull(np.vstack([points, above]), qhull_options=options or None).simplices
    lower: Indices = np.sort(found[(found < len(points)).all(axis=1)], axis=1)
    return lower


def _nothing_below(potentials: Array, x: Array, e: Array) -> NDArray[np.bool_]:
    """Facets below which no phase lies."""
    import numpy as np

    result = np.empty(len(potentials), dtype=bool)
    size = max(_CHUNK // max(len(x), 1), 1)
    for start in range(0, len(potentials), size):
        part = slice(start, start + size)
        result[part] = (potentials[part] @ x.T - e).max(axis=1) <= PLANE_TOLERANCE
    return result


def _unique(simplices: Indices, potentials: Array) -> tuple[Indices, Array]:
    import numpy as np

    _, first = np.unique(simplices, axis=0, return_index=True)
    return simplices[first], potentials[first]


@dataclass(frozen=True)
class ConvexHull:
    """The lower convex hull of a set of phases.

    ``content`` (n_phases, n_elements) are atoms per formula unit, ``energies`` (n_phases,) eV per formula unit,
    columns in the order of ``elements``.

    Examples
    --------
    >>> li, cl = PhaseEnergy("Li", "Li", {"Li": 1.0}, 0.0), PhaseEnergy("Cl2", "Cl2", {"Cl": 2.0}, 0.0)
    >>> hull = convex_hull([li, cl, PhaseEnergy("LiCl", "LiCl", {"Li": 1.0, "Cl": 1.0}, -4.2)])
    >>> float(hull.energy({"Li": 3.0, "Cl": 1.0}))
    -4.2
    >>> [(phase.name, amount) for phase, amount in hull.decompose({"Li": 3.0, "Cl": 1.0})]
    [('Li', 2.0), ('LiCl', 1.0)]
    """

    elements: tuple[str, ...]
    phases: tuple[PhaseEnergy, ...]
    content: Array
    energies: Array
    facets: Facets

    def amounts(self, composition: Mapping[str, float]) -> Array:
        """Return atoms in the order of ``elements``.

        Raises
        ------
        MissingReferenceError
            The composition holds an element that the hull does not.
        """
        import numpy as np

        outside = sorted(element for element, n in composition.items() if n and element not in self.elements)
        if outside:
            raise MissingReferenceError(
                f"no reference phase holds {', '.join(outside)}; this hull spans {', '.join(self.elements)}"
            )
        return np.array([composition.get(element, 0.0) for element in self.elements])

    def energy(self, composition: Mapping[str, float]) -> float:
        """Return the hull energy (eV) of these atoms."""
        return float((self.facets.potentials @ self.amounts(composition)).max())

    def energies_at(self, amounts: Array) -> Array:
        """Return hull energies (eV) of many compositions, atoms of shape (n, n_elements)."""
        import numpy as np

        result = np.empty(len(amounts))
        size = max(_CHUNK // len(self.facets.potentials), 1)
        for start in range(0, len(amounts), size):
            part = slice(start, start + size)
            result[part] = (amounts[part] @ self.facets.potentials.T).max(axis=1)
        return result

    def energies_above(self) -> Array:
        """Return the energy above the hull of every phase, eV per atom, shape (n_phases,)."""
        import numpy as np

        above = (self.energies - self.energies_at(self.content)) / self.content.sum(axis=1)
        above[np.unique(self.facets.vertices)] = 0.0  # rounding aside, a vertex lies on the hull
        return np.asarray(np.maximum(above, 0.0))

    def decompose(self, composition: Mapping[str, float]) -> tuple[tuple[PhaseEnergy, float], ...]:
        """Return the stable phases at a composition with their amounts (formula units for the atoms given)."""
        indices, amounts = self.decompose_amounts(self.amounts(composition))
        order = sorted(range(len(indices)), key=lambda k: self.phases[indices[k]].name)
        return tuple((self.phases[indices[k]], float(amounts[k])) for k in order)

    def decompose_amounts(self, amounts: Array) -> tuple[Indices, Array]:
        """Return indices and amounts of the stable phases of one composition, atoms of shape (n_elements,)."""
        import numpy as np

        heights = self.facets.potentials @ amounts
        tied = np.flatnonzero(heights >= heights.max() - TIE_TOLERANCE * max(float(amounts.sum()), 1e-300))
        vertices = self.facets.vertices[tied]
        shares = np.linalg.solve(np.swapaxes(self.content[vertices], 1, 2), amounts[None, :, None])[..., 0]
        # of the facets that meet here, the one that holds the composition has no negative amount
        atoms = shares * self.content[vertices].sum(axis=2)
        best = int(np.round(atoms.min(axis=1), 9).argmax())
        kept = atoms[best] > AMOUNT_TOLERANCE * amounts.sum()
        return vertices[best][kept], shares[best][kept]


def convex_hull(phases: Sequence[PhaseEnergy], elements: Sequence[str] | None = None) -> ConvexHull:
    """Return the lower convex hull of the phases within ``elements`` (default: all their elements).

    Raises
    ------
    MissingReferenceError
        An element has no pure phase.
    """
    import numpy as np

    spanned = tuple(sorted({e for phase in phases for e in phase.elements} if elements is None else set(elements)))
    usable = tuple(phase for phase in phases if phase.elements.keys() <= set(spanned))
    place = {element: k for k, element in enumerate(spanned)}
    pure = {next(iter(phase.elements)) for phase in usable if len(phase.elements) == 1}
    missing = [element for element in spanned if element not in pure]
    if missing or not spanned:
        raise MissingReferenceError(
            f"no reference phase of the pure element {', '.join(missing) or '(none given)'} among {len(phases)} "
            "phases; the hull needs one of every element: add it (antiperovskite references build) or leave it out"
        )
    content = np.zeros((len(usable), len(spanned)))
    rows = [(p, place[e], n) for p, phase in enumerate(usable) for e, n in phase.elements.items()]
    index = np.array([(p, k) for p, k, _ in rows], dtype=np.intp)
    content[index[:, 0], index[:, 1]] = [n for _, _, n in rows]
    energies = np.array([phase.energy for phase in usable])
    return ConvexHull(spanned, usable, content, energies, lower_facets(content, energies))
