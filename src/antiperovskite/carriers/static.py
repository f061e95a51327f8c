"""The bare hop at 0 K: against cell size, compensation and stretch, and its attempt frequency against the cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.carriers.model import Attempt, StaticBarrier
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, StructureError
from antiperovskite.migration.ends import Ends, supercell, vacancy_ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.hops import vacancy_hops
from antiperovskite.migration.path import FoundPath, Settings, find_path
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.model import StructureModel

SIZES: Final = ((2, 2, 2), (3, 3, 3))
STRETCHES: Final = (1.01, 1.02)
RADII: Final = (3.0, 4.0, 5.0)
FAR: Final = "far-halide"


@dataclass(frozen=True)
class Hop:
    """One vacancy hop in one cell and the path found for it."""

    ends: Ends
    path: FoundPath
    barrier: float
    length: float
    neighbours: float


def hop_path(
    model: StructureModel, structure: Any, engine: Engine, times: tuple[int, int, int], compensation: str = FAR,
    *, settings: Settings | None = None, calculator: Any = None,
) -> Hop:  # fmt: skip
    """Path of the shortest vacancy hop of a relaxed crystal.

    Raises
    ------
    StructureError, NotConvergedError
        The path was not found, or its ends are not images of each other.
    """
    first = vacancy_hops(model, structure)[0]
    cell = supercell(model, structure, times, None)
    ends = vacancy_ends(cell, first, compensation=compensation)
    force = Evaluations(ends.atoms, engine, None, calculator)
    path = find_path(ends, force, settings or Settings(), keep=None, report=lambda *_: None)
    if not path.symmetric:
        raise StructureError(f"the ends of {first.label} are not images of each other; this needs a symmetric hop")
    return Hop(ends, path, path.energies[path.saddle] - path.energies[0], first.length, first.neighbours)


def static_barriers(
    model: StructureModel,
    structure: Any,
    engine: Engine,
    *,
    sizes: Sequence[tuple[int, int, int]] = SIZES,
    stretches: Sequence[float] = STRETCHES,
    calculator: Any = None,
    report: Callable[[str, str], None] | None = None,
) -> tuple[StaticBarrier, ...]:
    """The barrier in each cell with and without a far anion vacancy, and in the largest one with a stretched lattice.

    Parameters
    ----------
    stretches
        Edges over those of the relaxed cell; the ions relax in each.
    """
    jobs = [(times, way, 1.0) for times in sizes for way in ("none", FAR)]
    jobs += [(sizes[-1], FAR, stretch) for stretch in stretches]
    found = []
    for times, way, stretch in jobs:
        size = "x".join(map(str, times))
        if report is not None:
            report("barrier", f"{size}, {way}, stretched {stretch:g}")
        crystal = structure.copy()
        crystal.scale_lattice(structure.volume * stretch**3)
        barrier: AnyQuantity
        source = f"{engine.card.name} {engine.card.version}, {size}"
        try:
            value = hop_path(model, crystal, engine, times, way, calculator=calculator).barrier
            barrier = Quantity(
                value=value, uncertainty=None, unit="eV", source=source,
                method=f"saddle in the symmetric subspace at 0 K, {way}, edges {stretch:g} of the relaxed; the effect "
                "of cell size is shown by the other cells",
            )  # fmt: skip
        except AntiperovskiteError as error:
            barrier = NotComputed(unit="eV", method=str(error), source=source)
        found.append(StaticBarrier(supercell=times, compensation=way, stretch=stretch, barrier=barrier))
    return tuple(found)


def attempts(
    hop: Hop, engine: Engine, *, radii: Sequence[float] = RADII, calculator: Any = None
) -> tuple[Attempt, ...]:
    """Vineyard's attempt frequency with more and more atoms free: it should stop changing, and is shown if it does not.

    A start or saddle with an imaginary mode (beside the hop itself) has no harmonic attempt frequency.
    """
    from antiperovskite.migration.modes import attempt_frequency, frequencies, near_path

    force = Evaluations(hop.ends.atoms, engine, None, calculator)
    found = []
    for radius in radii:
        chosen = near_path(hop.ends, hop.path, radius)
        start = frequencies(hop.ends.atoms, force, hop.path.positions[0], chosen)
        saddle = frequencies(hop.ends.atoms, force, hop.path.positions[hop.path.saddle], chosen)
        value: AnyQuantity
        if start[0] <= 0.0 or saddle[1] <= 0.0:
            value = NotComputed(unit="THz", method="a mode beside the hop is imaginary", source=engine.card.name)
        else:
            value = Quantity(
                value=attempt_frequency(start, saddle), uncertainty=None, unit="THz", source=engine.card.name,
                method=f"Vineyard, harmonic, the {len(chosen)} atoms within {radius:g} angstrom of the ion free",
                citations=("vineyard1957",),
            )  # fmt: skip
        found.append(
            Attempt(
                radius=radius, atoms=len(chosen), frequency=value, lowest_start=float(start[0]),
                lowest_saddle=float(saddle[1]),
            )
        )  # fmt: skip
    return tuple(found)
