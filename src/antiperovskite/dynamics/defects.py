"""Vacancies and interstitials of the mobile cation, with the charge they leave made good by another defect.

A potential without charges sees a lone lithium vacancy as a hole-doped crystal: the missing electron goes nowhere. So a
vacancy comes with a partner unless it is asked for alone:

- ``schottky``: an anion of the A site is taken out for every vacancy (two lithium for a divalent anion);
- ``hydroxide``: an O2- beside the vacancy becomes OH- (the Li3-xOHxCl series);
- ``dopant``: another cation of the X site becomes a divalent one;
- ``frenkel``: the cation taken out is put into the widest hole of the cell;
- ``none``: a lone vacancy; the run says so.

Interstitials are Frenkel pairs, ``oxide`` (a monovalent anion of A becomes that of B, and a cation goes between) or
``none``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

from antiperovskite.dynamics.cell import SimulationCell
from antiperovskite.errors import OptionError, best_match

Compensation = Literal["schottky", "hydroxide", "frenkel", "oxide", "none"]
Placement = Literal["random", "apart", "together"]
COMPENSATIONS: Final = ("schottky", "hydroxide", "dopant", "frenkel", "none")
INTERSTITIAL_COMPENSATIONS: Final = ("frenkel", "oxide", "none")
PLACEMENTS: Final = ("random", "apart", "together")
_LARGEST_SHARE: Final = 0.5
_OH_LENGTH: Final = 0.97  # angstrom; the run relaxes it
_GRID: Final = 0.4  # angstrom


def add_vacancies(
    cell: SimulationCell,
    share: float,
    *,
    compensation: str = "schottky",
    dopant: str | None = None,
    placement: str = "random",
    seed: int = 0,
) -> SimulationCell:
    """Take out a share of the mobile cations and make their charge good.

    Parameters
    ----------
    cell
        A charge-neutral supercell.
    share
        Vacancies over X sites, 0 to 0.5; at least one vacancy where it is not zero.
    compensation, dopant
        How; ``dopant`` is the divalent cation of ``compensation="dopant"``.
    placement
        ``random`` by ``seed``; ``apart`` puts vacancies as far from each other as a greedy search finds; ``together``
        puts every vacancy next to its partner.
    seed
        Decides every choice; the same seed gives the same cell.

    Raises
    ------
    OptionError
        A word or number outside what is allowed, or a compensation this crystal does not offer.
    """
    _check(share, compensation, COMPENSATIONS, placement)
    if share == 0.0:
        return cell
    import numpy as np

    rng = np.random.default_rng([seed, 11])
    cations = _mobile(cell)
    count = max(1, round(share * len(cations)))
    ways: dict[str, Callable[[], SimulationCell]] = {
        "schottky": lambda: _schottky(cell, cations, count, placement, rng),
        "hydroxide": lambda: _hydroxide(cell, cations, count, placement, rng),
        "dopant": lambda: _doped(cell, cations, count, dopant, placement, rng),
        "frenkel": lambda: _frenkel(cell, cations, count, placement, rng),
        "none": lambda: _lone(cell, cations, count, placement, rng),
    }
    found = ways[compensation]()
    return replace(found, vacancies=(_taken_out(cell, found, compensation), len(cations)))


def _taken_out(before: SimulationCell, after: SimulationCell, compensation: str) -> int:
    """Cation sites that became empty: a Frenkel pair keeps its cation, a dopant sits on a site of its own."""
    gone = len(_mobile(before)) - len(_mobile(after))
    if compensation == "frenkel":
        return len(after.ions_on("X")) - len(set(before.ions_on("X")) & set(after.ions_on("X")))
    return len(before.ions_on("X")) - len(after.ions_on("X")) if compensation == "dopant" else gone


def add_interstitials(
    cell: SimulationCell, share: float, *, compensation: str = "frenkel", placement: str = "random", seed: int = 0
) -> SimulationCell:
    """Put a share of additional mobile cations into the widest holes; arguments as in :func:`add_vacancies`.

    Raises
    ------
    OptionError
        As :func:`add_vacancies`.
    """
    _check(share, compensation, INTERSTITIAL_COMPENSATIONS, placement)
    if share == 0.0:
        return cell
    import numpy as np

    rng = np.random.default_rng([seed, 13])
    cations = _mobile(cell)
    count = max(1, round(share * len(cations)))
    if compensation == "frenkel":
        return _frenkel(cell, cations, count, placement, rng)
    name = cell.ion_of(cations[0])
    if compensation == "oxide":
        cell = _more_oxide(cell, count, placement, rng)
    for _ in range(count):
        cell = cell.add(name, widest_hole(cell), "X", name)
    if compensation == "none":
        return cell.note(
            f"{count} lone {name} interstitial(s), not compensated: the engine sees {count} extra electron(s)"
        )
    return cell.note(f"{count} {name} interstitial(s), compensated by {count} anion(s) of higher charge on A")


def _check(share: float, compensation: str, known: tuple[str, ...], placement: str) -> None:
    if not 0.0 <= share <= _LARGEST_SHARE:
        raise OptionError(f"a share of {share:g} of the cation sites is not possible; give 0 to {_LARGEST_SHARE:g}")
    for given, allowed, what in ((compensation, known, "compensation"), (placement, PLACEMENTS, "placement")):
        if given not in allowed:
            raise OptionError(
                f"unknown {what} {given[:30]!r}; choose {', '.join(allowed)}{best_match(given, list(allowed))}"
            )


def _mobile(cell: SimulationCell) -> list[int]:
    """Monovalent, monatomic ions of the X sites."""
    found = [g for g in cell.ions_on("X") if cell.charges[cell.ion_of(g)] == 1 and len(cell.members(g)) == 1]
    if not found:
        raise OptionError("the crystal has no monovalent cation on its X sites to take out or add")
    return found


def _schottky(cell: SimulationCell, cations: list[int], count: int, placement: str, rng: Any) -> SimulationCell:
    anions = [g for g in cell.ions_on("A") if cell.charges[cell.ion_of(g)] < 0]
    if not anions:
        raise OptionError("no anion on the A site to take out with the vacancies; choose another compensation")
    charge = min(-cell.charges[cell.ion_of(g)] for g in anions)
    anions = [g for g in anions if -cell.charges[cell.ion_of(g)] == charge]
    pairs = max(1, round(count / charge))
    if pairs >= len(anions) or pairs * charge >= len(cations):
        raise OptionError(
            f"{pairs} anion(s) of {len(anions)} would be taken out; choose fewer vacancies or a larger supercell"
        )
    gone_anions = _choose(cell, anions, pairs, "apart" if placement == "together" else placement, rng)
    gone = _choose(cell, cations, pairs * charge, placement, rng, near=gone_anions, each=charge)
    anion, cation = cell.ion_of(gone_anions[0]), cell.ion_of(gone[0])
    note = (
        f"{len(gone)} {cation} and {pairs} {anion} vacancies ({len(gone) / len(cations):.3g} of the cations), neutral"
    )
    return cell.without({*gone, *gone_anions}).note(note)


def _hydroxide(cell: SimulationCell, cations: list[int], count: int, placement: str, rng: Any) -> SimulationCell:
    oxides = [g for g in cell.ions_on("B") if cell.ion_of(g) == "O"]
    if count > len(oxides):
        raise OptionError(f"{count} hydroxides need as many O2- on the B site; this cell has {len(oxides)}")
    gone = _choose(cell, cations, count, placement, rng)
    result, free = cell, list(oxides)
    for vacancy in gone:
        towards = cell.centre(vacancy)
        distance = {g: _length(cell.shortest(cell.centre(g), towards)) for g in free}
        centre = min(free, key=lambda g: distance[g])
        free.remove(centre)
        bond = cell.shortest(cell.centre(centre), towards)
        # an O-H that points into the empty site is where it goes on relaxation
        result = _protonate(result, centre, cell.centre(centre) + _OH_LENGTH * bond / _length(bond))
    result = replace(result, charges={**cell.charges, "OH": -1})
    return result.without(set(gone)).note(f"{count} Li vacancies with OH instead of O beside them, neutral")


def _protonate(cell: SimulationCell, group: int, position: Any) -> SimulationCell:
    ions = tuple("OH" if g == group else name for g, name in zip(cell.groups, cell.ions, strict=True))
    return replace(cell, ions=ions).add("H", position, "B", "OH", group)


def _doped(
    cell: SimulationCell, cations: list[int], count: int, dopant: str | None, placement: str, rng: Any
) -> SimulationCell:
    from antiperovskite.ions import ion

    if dopant is None:
        raise OptionError("compensation dopant needs the divalent cation, for example dopant:Ca or dopant:Mg")
    found = ion(dopant)
    if found.charge != 2 or len(found.atoms) != 1:
        raise OptionError(f"{dopant} is not a divalent cation ({found.charge:+d}); choose for example Mg, Ca, Sr or Ba")
    if 2 * count > len(cations):
        raise OptionError(f"{count} vacancies and {count} {dopant} do not fit on {len(cations)} cation sites")
    substituted = _choose(cell, cations, count, "apart" if placement == "together" else placement, rng)
    rest = [g for g in cations if g not in substituted]
    gone = _choose(cell, rest, count, placement, rng, near=substituted)
    result = replace(cell, charges={**cell.charges, dopant: 2})
    for group in substituted:
        result = result.relabel(group, dopant, dopant)
    return result.without(set(gone)).note(f"{count} {cell.ion_of(gone[0])} vacancies and {count} {dopant}(2+), neutral")


def _frenkel(cell: SimulationCell, cations: list[int], count: int, placement: str, rng: Any) -> SimulationCell:
    gone = _choose(cell, cations, count, placement, rng)
    result = cell
    for vacancy in gone:  # the hole is sought while the site is still full, so that it is another one
        name = cell.ion_of(vacancy)
        result = result.add(name, widest_hole(result), "X", name)
    return result.without(set(gone)).note(f"{count} Frenkel pair(s) of {cell.ion_of(gone[0])}, neutral")


def _lone(cell: SimulationCell, cations: list[int], count: int, placement: str, rng: Any) -> SimulationCell:
    gone = _choose(cell, cations, count, placement, rng)
    return cell.without(set(gone)).note(
        f"{count} lone {cell.ion_of(gone[0])} vacancy(ies), not compensated: an engine without charges sees "
        f"{count} hole(s) in the valence band"
    )


def _more_oxide(cell: SimulationCell, count: int, placement: str, rng: Any) -> SimulationCell:
    anions = [g for g in cell.ions_on("A") if cell.charges[cell.ion_of(g)] == -1 and len(cell.members(g)) == 1]
    centre = cell.ion_of(cell.ions_on("B")[0])
    if cell.charges[centre] != -2 or count > len(anions):
        raise OptionError("compensation oxide needs a divalent anion on B and enough monovalent ones on A")
    for group in _choose(cell, anions, count, "apart" if placement == "together" else placement, rng):
        cell = cell.relabel(group, centre, centre)
    return cell


def _length(vector: Any) -> float:
    return float((vector**2).sum() ** 0.5)


def _choose(
    cell: SimulationCell,
    groups: list[int],
    count: int,
    placement: str,
    rng: Any,
    *,
    near: list[int] | None = None,
    each: int = 1,
) -> list[int]:
    """Pick ions: at random, far apart, or (``near`` given) the ``each`` nearest free ones of every partner."""
    import numpy as np

    if count > len(groups):
        raise OptionError(f"{count} ions wanted where the cell has {len(groups)}; choose a larger supercell")
    if placement == "random" or (placement == "together" and near is None):
        return [groups[i] for i in rng.choice(len(groups), size=count, replace=False)]
    centres = np.array([cell.centre(g) for g in groups])
    if placement == "together" and near is not None:
        picked: list[int] = []
        for partner in near:
            distances = np.linalg.norm(cell.shortest(cell.centre(partner), centres), axis=1)
            picked += [i for i in np.argsort(distances, kind="stable").tolist() if i not in picked][:each]
        return [groups[i] for i in picked[:count]]
    order = [int(rng.integers(len(groups)))]
    closest = np.linalg.norm(cell.shortest(centres[order[0]], centres), axis=1)
    while len(order) < count:
        order.append(int(np.argmax(np.round(closest, 6))))
        closest = np.minimum(closest, np.linalg.norm(cell.shortest(centres[order[-1]], centres), axis=1))
    return [groups[i] for i in order]


def widest_hole(cell: SimulationCell) -> Any:
    """Point of a grid that is furthest from every ion, larger ions counting with their radius; angstrom, shape (3,)."""
    import numpy as np
    from ase.data import atomic_numbers, covalent_radii
    from scipy.spatial import cKDTree

    lengths = np.linalg.norm(cell.lattice, axis=1)
    counts = np.maximum(1, np.ceil(lengths / _GRID).astype(int))
    axes = [np.arange(n) / n for n in counts]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3) @ cell.lattice
    room = np.full(len(grid), np.inf)
    shifts = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) @ cell.lattice
    wrapped = np.linalg.solve(cell.lattice.T, cell.positions.T).T % 1.0 @ cell.lattice
    for symbol in sorted(set(cell.symbols)):
        own = wrapped[[i for i, other in enumerate(cell.symbols) if other == symbol]]
        tree = cKDTree((own[None] + shifts[:, None]).reshape(-1, 3))
        room = np.minimum(room, tree.query(grid)[0] - 0.5 * covalent_radii[atomic_numbers[symbol]])
    return grid[int(np.argmax(np.round(room, 6)))]
