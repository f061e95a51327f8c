"""Barriers and energies that a user gives, from a YAML or JSON file, and what they make of every hop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, FiniteFloat, NonNegativeFloat, PositiveFloat, PositiveInt

from antiperovskite._model import Model
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from antiperovskite.kinetics.sites import SiteSystem
    from antiperovskite.migration import MigrationStudy


class LengthBarrier(Model):
    """Barrier of hops whose length is within a range."""

    from_angstrom: NonNegativeFloat
    to_angstrom: PositiveFloat
    barrier_eV: NonNegativeFloat


class Trap(Model):
    """A dopant that replaces mobile ions, does not move, and binds vacancies on neighbouring sites."""

    fraction: float = Field(ge=0, lt=1, description="of the X sites")
    charge: PositiveInt = Field(description="of the dopant ion, in elementary charges")
    binding_eV: FiniteFloat = Field(description="of a vacancy next to it; positive binds")


class RateTable(Model):
    """What decides hop rates, as a user gives it.

    A hop's barrier is that of its surroundings (``environments_eV``, by the A ions next to its middle, sorted and
    joined by ``-``, such as ``Br-Cl``), else of its length (``lengths``), else ``barrier_eV``; to it
    ``shift_per_neighbour_eV`` is added for each A ion next to its middle. These are barriers without a change of
    energy; energies of sites, pairs and traps add half of their change.
    """

    source: str = Field(min_length=1, description="who computed or measured these numbers, and how")
    attempt_THz: PositiveFloat | None = None
    barrier_eV: FiniteFloat | None = None
    lengths: tuple[LengthBarrier, ...] = ()
    environments_eV: dict[str, FiniteFloat] = Field(default={})
    shift_per_neighbour_eV: dict[str, FiniteFloat] = Field(default={})
    site_energy_per_neighbour_eV: dict[str, FiniteFloat] = Field(default={})
    pair_energy_eV: FiniteFloat = Field(default=0.0, description="of two mobile ions on neighbouring sites")
    traps: dict[str, Trap] = Field(default={})


def read_rate_table(path: Path) -> RateTable:
    """Read a rate table, or take one from the JSON that ``antiperovskite migrate --json`` printed.

    Raises
    ------
    OptionError
        The file does not exist, or holds another command's result.
    DataError
        It is not YAML or JSON, or has an entry that is not allowed; the message names it.
    """
    from antiperovskite._files import read_yaml, validate

    if not path.is_file():
        raise OptionError(f"no file {path}; give a YAML or JSON file with barriers")
    data = read_yaml(path)
    if isinstance(data, dict) and "barriers" in data and "hops" in data:
        return _of_migration(data, path)
    if isinstance(data, dict) and "points" in data and "energies" in data:
        raise OptionError(
            f"{path} holds concentrations, not barriers: give it to kmc --concentrations, and barriers from "
            "antiperovskite migrate --json"
        )
    return validate(data, RateTable, path)


def _of_migration(data: Any, path: Path) -> RateTable:
    from antiperovskite._files import validate
    from antiperovskite.migration import MigrationStudy

    return table_of_study(validate(data, MigrationStudy, path), path)


def table_of_study(study: MigrationStudy, origin: object) -> RateTable:
    """The vacancy barriers of a search; lengths cover the structure that this room builds as well."""
    from antiperovskite._files import validate
    from antiperovskite.composition import resolve
    from antiperovskite.migration.study import rate_table
    from antiperovskite.structures import build_structure

    vacancy = [hop for hop in study.hops if hop.mechanism == "vacancy"]
    model = build_structure(resolve(study.formula)) if len(vacancy) > 1 else None
    return validate(rate_table(study, model), RateTable, origin)


def surroundings_name(symbols: list[str]) -> str:
    """Name of the surroundings of a hop: the symbols sorted and joined.

    Examples
    --------
    >>> surroundings_name(["Cl", "Br"])
    'Br-Cl'
    """
    return "-".join(sorted(symbols))


def hop_barriers(table: RateTable, system: SiteSystem, ions: Any) -> Any:
    """Barrier of every hop (n, z) in eV; ``ions`` (n_A,) says who sits on A (:meth:`SiteSystem.mix`).

    Raises
    ------
    OptionError
        A hop has no barrier in the table, or one that is negative, or the table names ions that do not occur.
    """
    import numpy as np

    lattice, names = system.lattice, list(system.amounts)
    _check_names(table, system)
    hop = lattice.packed >= 0
    by_length = np.array([_of_length(table, length) for length in lattice.lengths])
    barriers = by_length[lattice.kinds]
    counts = neighbour_counts(system.of_hops, ions, len(names))
    if table.environments_eV:
        flat = counts[hop]
        kinds, where = np.unique(flat, axis=0, return_inverse=True)
        values = np.array([_of_surroundings(table, names, row) for row in kinds])[where.ravel()]
        barriers[hop] = np.where(np.isnan(values), barriers[hop], values)
    missing = hop & np.isnan(barriers)
    if missing.any():
        example = counts[missing][0]
        what = surroundings_name([name for name, n in zip(names, example, strict=True) for _ in range(n)])
        length = lattice.lengths[int(lattice.kinds[missing][0])]
        raise OptionError(
            f"no barrier for hops of {length:.2f} angstrom next to {what or 'nothing'}; add it under environments_eV, "
            "or give barrier_eV"
        )
    shift = np.array([table.shift_per_neighbour_eV.get(name, 0.0) for name in names])
    barriers = barriers + counts @ shift
    if float(barriers[hop].min()) < 0.0:
        raise OptionError(f"a barrier is negative: {barriers[hop].min():g} eV; barriers are zero or more")
    return np.where(hop, barriers, 0.0)


def site_energies(table: RateTable, system: SiteSystem, ions: Any, dopants: dict[str, Any]) -> Any:
    """Energy of a mobile ion on every site (n,) in eV; ``dopants`` has the sites of each trap.

    A vacancy that is bound is an ion that is missing where its energy is high.
    """
    import numpy as np

    names = list(system.amounts)
    per = np.array([table.site_energy_per_neighbour_eV.get(name, 0.0) for name in names])
    energies = neighbour_counts(system.of_sites, ions, len(names)) @ per
    near = system.lattice.neighbours
    for name, sites in dopants.items():
        for site in sites:
            around = near[site]
            energies[around[around >= 0]] += table.traps[name].binding_eV
    return energies


def neighbour_counts(members: Any, ions: Any, n_kinds: int) -> Any:
    """How many A ions of each kind are among ``members`` (..., p) of A sites; shape (..., n_kinds)."""
    import numpy as np

    kinds = np.where(members >= 0, ions[members], -1)
    return np.stack([(kinds == kind).sum(axis=-1) for kind in range(n_kinds)], axis=-1)


def _of_length(table: RateTable, length: float) -> float:
    for item in table.lengths:
        if item.from_angstrom <= length <= item.to_angstrom:
            return item.barrier_eV
    return float("nan") if table.barrier_eV is None else table.barrier_eV


def _of_surroundings(table: RateTable, names: list[str], counts: Any) -> float:
    name = surroundings_name([symbol for symbol, n in zip(names, counts, strict=True) for _ in range(int(n))])
    return table.environments_eV.get(name, float("nan"))


def _check_names(table: RateTable, system: SiteSystem) -> None:
    for given in table.environments_eV:
        if given != surroundings_name(given.split("-")):
            raise OptionError(f"surroundings {given!r} are not sorted; write {surroundings_name(given.split('-'))!r}")
    for group in (table.shift_per_neighbour_eV, table.site_energy_per_neighbour_eV):
        unknown = [name for name in group if name not in system.amounts]
        if unknown and len(system.amounts) == 1 and len(group) == len(unknown):
            raise OptionError(f"{unknown[0]!r} is not on A, where {', '.join(system.amounts)} sits")
