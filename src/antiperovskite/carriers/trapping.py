"""How an anion vacancy holds the cation vacancy it was made with: energies of places around it, barriers between them.

Every place of the cation vacancy in a supercell with one vacant A anion is relaxed once for each class that symmetry
leaves, and every hop between neighbouring places likewise. Energies count from the farthest place, so they contain what
the engine knows of attraction: an engine with a short cutoff and no charges knows no Coulomb attraction beyond it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, OptionError
from antiperovskite.migration.ends import Ends, Supercell, supercell
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.path import Settings, find_path
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.model import StructureModel

Partner = Literal["anion", "cation"]
FALL: Final = 2e-4  # eV; binding energies are differences of tens of meV
STARTS: Final = 2
"""Relaxations of each place from differently shaken starts; the lowest counts, their spread is the search's error."""
_SYMPREC: Final = 0.05
_VACANT: Final = 119  # an atomic number no crystal has, to mark the vacant anion for the symmetry search


class Place(Model):
    """A class of places of the cation vacancy around one anion vacancy."""

    distance: float = Field(description="between the two vacant sites, angstrom")
    sites: int = Field(description="places of the class in the supercell")
    energy: Quantity = Field(description="from the farthest place, eV; negative: bound")


class PlaceHop(Model):
    """A class of hops of the cation vacancy between two places.

    ``barrier`` is without the change of energy: saddle minus the mean of both ends.
    """

    distances: tuple[float, float] = Field(description="of the two places from the vacant anion, angstrom")
    middle: float = Field(description="distance of the hop's middle from the vacant anion, angstrom")
    hops: int = Field(description="hops of the class in the supercell")
    barrier: AnyQuantity
    change: float | None = Field(description="energy of the second place over the first, eV, from the path's own ends")
    problem: str = ""


class Trapping(Model):
    """Places and hops of a cation vacancy around one anion vacancy, with one engine in one supercell."""

    formula: str
    ion: str
    partner: str
    engine: str
    supercell: tuple[int, int, int]
    atoms: int
    lattice: float = Field(description="edge of the unit cell, angstrom")
    bare_barrier: AnyQuantity = Field(description="of the hop farthest from the vacant anion")
    places: tuple[Place, ...]
    hops: tuple[PlaceHop, ...]
    force_calls: int
    notes: tuple[str, ...] = ()

    @property
    def binding_eV(self) -> float:
        """Energy of the lowest place, eV; negative: bound."""
        return min(place.energy.value for place in self.places)


@dataclass(frozen=True)
class Neighbourhood:
    """Places and hops of the cation vacancy around the vacant anion, sorted into classes by symmetry.

    ``place_class`` (n,) and ``hop_class`` (n, z) number the classes for the sites of ``lattice``, -1 where there is no
    hop; ``offsets`` (n, 3) are the shortest vectors from the vacant anion to the sites, angstrom.
    """

    cell: Supercell
    partner: int
    lattice: Any
    atoms: Any
    place_class: Any
    hop_class: Any
    offsets: Any
    operations: list[tuple[Any, Any]]


def neighbourhood(
    model: StructureModel,
    structure: Any,
    times: tuple[int, int, int],
    ion: str | None = None,
    partner_kind: Partner = "anion",
) -> Neighbourhood:
    """Classes of places and hops around one vacant A anion (or another vacant cation) of a supercell.

    Raises
    ------
    OptionError
        No A anion of the charge of the cation, or a supercell in which a place meets its own image.
    """
    import numpy as np

    from antiperovskite.ions import ion as registered
    from antiperovskite.kinetics.lattice import hop_lattice
    from antiperovskite.migration.exchange import supercell_operations
    from antiperovskite.migration.interpolation import shortest

    cell = supercell(model, structure, times, ion)
    numbers = [n for n in cell.sites.numbers if n < cell.sites.n_atoms]
    charge = registered(model.ions[numbers[0]]).charge
    partners = numbers
    if partner_kind == "anion":
        partners = [
            k for k in range(cell.per_cell) if model.roles[k] == "A" and registered(model.ions[k]).charge == -charge
        ]
    if not partners:
        raise OptionError(f"{model.formula} has no anion of charge {-charge:+d} on A whose vacancy could bind")
    partner = partners[0]
    lattice = hop_lattice(
        cell.sites.cell, cell.sites.places[numbers], times, name=f"{model.formula} {'x'.join(map(str, times))}"
    )
    sites = np.arange(lattice.n_sites)
    atoms = sites // len(numbers) * cell.per_cell + np.array(numbers)[sites % len(numbers)]
    marked = cell.atoms.copy()
    marked.numbers[:] = cell.kinds
    marked.numbers[partner] = _VACANT
    operations = supercell_operations(marked, _SYMPREC)
    images = _images(cell, atoms, operations)
    place_class = _classes(images, sites.reshape(-1, 1))
    near = lattice.neighbours
    hop_class = np.full(near.shape, -1)
    rows, slots = np.nonzero(near >= 0)
    pairs = np.stack([rows, near[rows, slots]], axis=1)
    hop_class[rows, slots] = _classes(images, pairs)
    box = cell.atoms.cell.array
    offsets = shortest(cell.atoms.positions[atoms] - cell.atoms.positions[partner], box)
    return Neighbourhood(cell, partner, lattice, atoms, place_class, hop_class, offsets, operations)


def _images(cell: Supercell, atoms: Any, operations: list[tuple[Any, Any]]) -> Any:
    """Which site each operation brings every site to, (n_operations, n)."""
    import numpy as np

    box = cell.atoms.cell.array
    fractional = cell.atoms.get_scaled_positions()[atoms]
    found = np.empty((len(operations), len(atoms)), dtype=np.int64)
    for row, (rotation, translation) in enumerate(operations):
        moved = fractional @ rotation.T + translation
        gap = moved[:, None] - fractional[None]
        gap -= np.round(gap)
        found[row] = np.linalg.norm(gap @ box, axis=2).argmin(axis=1)
    return found


def _classes(images: Any, tuples: Any) -> Any:
    """Number of the orbit of each tuple of sites (m, k), read in either direction, in order of first appearance."""
    import numpy as np

    size = images.shape[1]
    moved = np.sort(images[:, tuples], axis=2)  # (operations, m, k), order within the tuple forgotten
    code = moved[..., 0]
    for column in range(1, moved.shape[2]):
        code = code * size + moved[..., column]
    lowest = code.min(axis=0)
    _, first, number = np.unique(lowest, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number.ravel()]


def trapping(
    model: StructureModel,
    structure: Any,
    engine: Engine,
    times: tuple[int, int, int],
    *,
    settings: Settings | None = None,
    report: Callable[[str, str], None] | None = None,
    calculator: Any = None,
    hops: bool = True,
    partner: Partner = "anion",
) -> Trapping:
    """Relax every class of places of the cation vacancy around an anion vacancy, and find the barriers between them.

    Parameters
    ----------
    model, structure
        The crystal and its relaxed cell (``pymatgen``).
    times
        Repeats of the unit cell.
    settings
        Criteria of the searches for barriers.
    hops
        Whether barriers are searched too.
    partner
        What is vacant in the middle: the ``anion`` on A, or another ``cation``; with the latter the cell is not
        compensated.

    Raises
    ------
    OptionError, EngineError
        The crystal has no such anion; or a place cannot be relaxed. A hop that fails is kept with its ``problem``.
    """
    import numpy as np

    around = neighbourhood(model, structure, times, partner_kind=partner)
    calculator = engine.calculator() if calculator is None else calculator
    source = f"{engine.card.name} {engine.card.version}, {'x'.join(map(str, times))}"
    distances = np.linalg.norm(around.offsets, axis=1)
    calls = 0
    lowest: list[tuple[float, float]] = []
    n_places = int(around.place_class.max()) + 1
    own = np.flatnonzero(around.atoms == around.partner)  # the vacant cation itself is no place
    taken = {int(around.place_class[k]) for k in own}
    for number in range(n_places):
        if number in taken:
            lowest.append((0.0, 0.0))
            continue
        if report is not None:
            report("places", f"{number + 1} of {n_places}")
        site = int(np.flatnonzero(around.place_class == number)[0])
        energies, used = _relaxed(around, site, engine, calculator)
        calls += used
        lowest.append((min(energies), max(energies) - min(energies)))
    far = int(around.place_class[int(np.argmax(distances))])
    places = [
        Place(
            distance=float(distances[around.place_class == number][0]),
            sites=int((around.place_class == number).sum()),
            energy=Quantity(
                value=energy - lowest[far][0],
                uncertainty=float(np.hypot(spread, lowest[far][1])),
                unit="eV", n=STARTS, source=source,
                method=f"relaxed at fixed cell, lowest of {STARTS} starts, from the place "
                f"{distances.max():.2f} angstrom away; uncertainty: difference between starts",
            ),
        )
        for number, (energy, spread) in enumerate(lowest)
        if number not in taken
    ]  # fmt: skip
    found: list[PlaceHop] = []
    if hops:
        found, used = _all_hops(around, engine, calculator, settings or Settings(), source, report)
        calls += used
    solved = [hop for hop in found if hop.barrier.value is not None]
    bare: AnyQuantity = NotComputed(unit="eV", method="no barrier was found" if hops else "not asked for")
    if solved:
        bare = max(solved, key=lambda hop: hop.middle).barrier
    return Trapping(
        formula=model.formula,
        ion=model.ions[around.cell.sites.numbers[0]],
        partner=model.ions[around.partner],
        engine=engine.card.name,
        supercell=times,
        atoms=len(around.cell.atoms) - 2,
        lattice=float(structure.lattice.a),
        bare_barrier=bare,
        places=tuple(sorted(places, key=lambda place: place.distance)),
        hops=tuple(sorted(found, key=lambda hop: (round(hop.middle, 3), hop.distances))),
        force_calls=calls,
        notes=(
            "energies hold what this engine knows of attraction: without charges and beyond its cutoff there is no "
            "Coulomb attraction, so the true binding at a distance is stronger",
        ),
    )


def _cell_without(around: Neighbourhood, site: int) -> tuple[Any, Any]:
    """Atoms without the anion and the cation of ``site``, and the numbers that were kept."""
    import numpy as np

    gone = {around.partner, int(around.atoms[site])}
    keep = np.array([k for k in range(len(around.cell.atoms)) if k not in gone])
    return around.cell.atoms[keep], keep


def _relaxed(around: Neighbourhood, site: int, engine: Engine, calculator: Any) -> tuple[list[float], int]:
    from antiperovskite.engines.quasi_newton import InverseHessian, crystal_preconditioner, minimise
    from antiperovskite.errors import NotConvergedError

    atoms, _ = _cell_without(around, site)
    force = Evaluations(atoms, engine, None, calculator)
    conditioner = crystal_preconditioner(atoms)
    found = []
    for seed in range(STARTS):
        start = atoms.positions + Settings().shake(len(atoms), 10 + seed)
        one = minimise(force, start, InverseHessian(conditioner), fmax=0.02, fall=FALL, max_steps=400)
        if one.converged:
            found.append(one.energy)
    if not found:
        raise NotConvergedError(f"a cation vacancy {site} beside the anion vacancy did not relax; loosen the criteria")
    return found, force.calls


def _all_hops(
    around: Neighbourhood, engine: Engine, calculator: Any, settings: Settings, source: str,
    report: Callable[[str, str], None] | None,
) -> tuple[list[PlaceHop], int]:  # fmt: skip
    import numpy as np

    distances = np.linalg.norm(around.offsets, axis=1)
    near, calls = around.lattice.neighbours, 0
    found: list[PlaceHop] = []
    n_hops = int(around.hop_class.max()) + 1
    for number in range(n_hops):
        if report is not None:
            report("hops", f"{number + 1} of {n_hops}")
        rows, slots = np.nonzero(around.hop_class == number)
        i, slot = int(rows[0]), int(slots[0])
        j = int(near[i, slot])
        middle = float(np.linalg.norm(_middle(around, i, slot)))
        ends = hop_ends(around, i, slot)
        force = Evaluations(ends.atoms, engine, None, calculator)
        barrier: AnyQuantity
        change, problem = None, ""
        try:
            path = find_path(ends, force, settings, keep=None, report=lambda *_: None)
            first, last, top = path.energies[0], path.energies[-1], path.energies[path.saddle]
            change = last - first
            barrier = Quantity(
                value=top - 0.5 * (first + last), uncertainty=None, unit="eV", source=source,
                method="saddle minus the mean of both ends; the effect of cell size is not in it",
            )  # fmt: skip
        except AntiperovskiteError as error:
            problem = str(error)
            barrier = NotComputed(unit="eV", method=problem, source=source)
        calls += force.calls
        found.append(
            PlaceHop(
                distances=(float(distances[i]), float(distances[j])), middle=middle, hops=len(rows) // 2,
                barrier=barrier, change=change, problem=problem,
            )
        )  # fmt: skip
    return found, calls


def _middle(around: Neighbourhood, site: int, slot: int) -> Any:
    """Shortest vector from the vacant anion to the middle of a hop, angstrom."""
    from antiperovskite.migration.interpolation import shortest

    point = around.offsets[site] + 0.5 * around.lattice.vectors[site, slot]
    return shortest(point[None], around.cell.atoms.cell.array)[0]


def hop_ends(around: Neighbourhood, site: int, slot: int) -> Ends:
    """Ends of the hop of the vacancy from ``site`` through ``slot``: the neighbour's ion goes into it."""
    import numpy as np

    from antiperovskite.migration.ends import carried, check_ends

    other = int(around.lattice.neighbours[site, slot])
    atoms, keep = _cell_without(around, site)
    mover = int(np.flatnonzero(keep == around.atoms[other])[0])
    vector = around.lattice.vectors[site, slot]
    first = atoms.positions.copy()
    last = first.copy()
    last[mover] = first[mover] - vector
    kinds = around.cell.kinds[keep]
    near = (first[mover] - vector, first[mover])
    operations = carried(around.operations, atoms.cell.array, kinds, first, last, near)
    check_ends(atoms, last)
    return Ends(atoms, first, last, (mover,), kinds, tuple(operations), ())
