"""Sites of the mobile ions of a run, and how they jump between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiperovskite.dynamics.model import RunSettings
from antiperovskite.errors import AntiperovskiteError, FormulaError, StructureError
from antiperovskite.transport.jumps.model import JumpStatistics
from antiperovskite.transport.study.model import Refused

if TYPE_CHECKING:
    from antiperovskite.dynamics.trajectory.model import Trajectory
    from antiperovskite.transport.jumps.sites import Sites


def octahedron_centre(settings: RunSettings) -> str | None:
    """Element at the octahedron centres of the run's compound; ``None`` for what is no anti-perovskite."""
    from pymatgen.core import Composition

    from antiperovskite.composition import resolve

    try:
        ions = resolve(settings.name).sites.B
    except FormulaError:
        return None
    present = set(settings.framework)
    # a cluster such as OH is centred by its heavy atom
    named = [element.symbol for ion in ions for element in Composition(ion.strip("()")).elements]
    found = [symbol for symbol in dict.fromkeys(named) if symbol in present and symbol not in {"H", "D"}]
    return found[0] if len(found) == 1 else None


def sites_of(trajectory: Trajectory, species: str, centre: str | None) -> Sites:
    """Sites between the octahedron centres, vacant ones included; else where the species' density peaks.

    Raises
    ------
    DataError
        The density has no peaks either.
    """
    from antiperovskite.transport.jumps import sites_between, sites_from_density

    if centre is not None:
        try:
            return sites_between(trajectory, centre, species)
        except StructureError:
            pass
    return sites_from_density(trajectory, species)


def jumps_of(trajectory: Trajectory, species: str, centre: str | None) -> JumpStatistics | Refused:
    """Jump statistics of one species, without the lists behind its plots, or why there are none."""
    from antiperovskite.transport.jumps import jump_statistics

    try:
        found = jump_statistics(trajectory, sites_of(trajectory, species, centre))
    except AntiperovskiteError as error:
        return Refused(species=species, kind="no jumps", reason=str(error))
    return found.model_copy(update={"lengths": (), "survival_time_ps": (), "survival": ()})
