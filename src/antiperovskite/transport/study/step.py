"""One run's folder as one temperature: each mobile species measured or refused, and the conductivity of all."""

from __future__ import annotations

from math import hypot
from pathlib import Path
from typing import Any, Final

from antiperovskite._files import read_record
from antiperovskite.dynamics.framework import MOBILE
from antiperovskite.dynamics.model import RunResult, RunSettings, Vacancies
from antiperovskite.dynamics.run import RESULT, SETTINGS, TRAJECTORY
from antiperovskite.errors import AntiperovskiteError, DataError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.transport.jumps.model import JumpStatistics
from antiperovskite.transport.model import Diffusion
from antiperovskite.transport.refusal import DiffusionRefusedError
from antiperovskite.transport.study.model import Refused, Step
from antiperovskite.transport.study.rotation import rotation_of
from antiperovskite.transport.study.sites import jumps_of, octahedron_centre
from antiperovskite.transport.study.tail import Tail

HYDROGEN: Final = frozenset({"H", "D"})
"""Hydrogen turns with its cluster ion; it is no carrier and no framework."""

NO_SITES: Final = frozenset({"framework moves", "wrapped", "wrong time step"})
"""Refusals after which nothing is said of jumps either: sites or times are not what they seem."""


def run_of(folder: Path) -> tuple[RunSettings, RunResult]:
    """Read a finished run.

    Raises
    ------
    DataError
        It is not finished, or a file is damaged.
    """
    settings = read_record(folder / SETTINGS, RunSettings, "the settings of a run")
    if not (folder / RESULT).is_file():
        raise DataError(f"the run in {folder} is not finished; repeat the command that began it")
    return settings, read_record(folder / RESULT, RunResult, "the result of a run")


def mobile_species(settings: RunSettings) -> tuple[str, ...]:
    """Cations that may move, in the order of the cell, hydrogen left out."""
    symbols = dict.fromkeys(settings.atoms().get_chemical_symbols())
    return tuple(symbol for symbol in symbols if symbol in MOBILE - HYDROGEN)


def open_tail(folder: Path, settings: RunSettings, result: RunResult) -> Tail:
    """The stored trajectory from the end of the equilibration on."""
    from antiperovskite.dynamics.trajectory import StoredTrajectory

    discard = result.equilibration.value or 0.0
    return Tail(StoredTrajectory(folder / TRAJECTORY), round(discard / settings.frame_ps))


def analyse_step(folder: Path) -> Step:
    """Measure one finished run.

    A species that cannot be measured stands among the refused with its reason; a run that had to stop gives nothing.

    Raises
    ------
    DataError
        The run is not finished or damaged.
    """
    settings, result = run_of(folder)
    species = mobile_species(settings)
    results: list[Diffusion] = []
    refused: list[Refused] = []
    tail = None
    if result.status == "stopped":
        refused = [Refused(species=one, kind="stopped", reason=f"the run stopped: {result.reason}") for one in species]
    elif (late := _still_changing(result)) is not None:
        refused = [Refused(species=one, kind="not equilibrated", reason=late) for one in species]
    else:
        tail = open_tail(folder, settings, result)
        for one in species:
            found = _measure(tail, one, settings)
            (results if isinstance(found, Diffusion) else refused).append(found)  # type: ignore[arg-type]
    results = [_plain_source(one, settings) for one in results]
    jumps, without = _jumps(tail, settings, species, refused)
    turning, not_turning = ((), ()) if tail is None else rotation_of(tail)
    independent, joint, haven = _together(tail, settings, results, species, refused)
    notes = () if result.equilibrated else (f"not equilibrated: {result.equilibration_note}",)
    return Step(
        temperature_K=settings.conditions.temperature_K,
        n_atoms=result.n_atoms,
        vacancy_share=_vacancy_share(settings),
        results=tuple(results),
        refused=tuple(refused),
        jumps=jumps,
        jumps_refused=without,
        rotation=turning,
        rotation_refused=not_turning,
        conductivity=joint,
        nernst_einstein_conductivity=independent,
        nernst_einstein_limit=_limit(results, refused, settings),
        haven_ratio=haven,
        simulated=result.simulated,
        discarded=result.equilibration,
        temperature=result.temperature,
        framework_share_displaced=result.framework_share_displaced,
        wall_seconds=result.wall_seconds,
        conditions=settings.conditions.description,
        fingerprint=settings.fingerprint,
        notes=notes,
    )


def _still_changing(result: RunResult) -> str | None:
    """Why a run gives no diffusion coefficient although it is complete: it changed until after its middle."""
    start, whole = result.equilibration.value, result.simulated.value
    if result.equilibrated or start is None or whole is None or start <= 0.5 * whole:
        return None
    return f"not equilibrated: {result.equilibration_note} ({start:.0f} of {whole:.0f} ps had to be left out)"


def _measure(tail: Tail, species: str, settings: RunSettings) -> Diffusion | Refused:
    from antiperovskite.transport.coefficient import diffusion

    try:
        return diffusion(tail, species, framework=settings.framework, temperature_K=settings.conditions.temperature_K)
    except DiffusionRefusedError as error:
        return Refused(
            species=species, kind=error.kind, reason=str(error), upper_limit=error.upper_limit, n_ions=error.n_ions
        )
    except DataError as error:
        return Refused(species=species, kind="too short", reason=str(error))


def _jumps(
    tail: Tail | None, settings: RunSettings, species: tuple[str, ...], refused: list[Refused]
) -> tuple[tuple[JumpStatistics, ...], tuple[Refused, ...]]:
    """Jump statistics of each species: also of a run with too few hops for D, not of one that is no crystal's."""
    why = {one.species: one for one in refused if tail is None or one.kind in NO_SITES}
    centre = octahedron_centre(settings)
    found = [why[one] if one in why or tail is None else jumps_of(tail, one, centre) for one in species]
    return (
        tuple(one for one in found if isinstance(one, JumpStatistics)),
        tuple(one for one in found if isinstance(one, Refused)),
    )


def _plain_source(result: Diffusion, settings: RunSettings) -> Diffusion:
    """Take the run's notes off each species: the study says them once."""
    return result.model_copy(update={"notes": tuple(note for note in result.notes if note not in settings.notes)})


def vacancies_of(settings: RunSettings) -> Vacancies | None:
    """Cation sites that were emptied; sites that are empty in the perfect crystal do not count.

    Runs of versions that did not record them are read from their notes; ``None`` where those say nothing.
    """
    import re

    if settings.vacancies is not None:
        return settings.vacancies
    note = next((note for note in settings.notes if re.match(r"\d+ .*(vacanc|pair)", note)), None)
    if note is None:
        return None
    gone = int(note.split()[0])
    symbols = settings.atoms().get_chemical_symbols()
    left = sum(symbols.count(one) for one in mobile_species(settings))
    return Vacancies(count=gone, sites=left if "pair" in note else left + gone)


def _vacancy_share(settings: RunSettings) -> AnyQuantity:
    found = vacancies_of(settings)
    if found is None:
        return NotComputed(unit="%", method="the run does not record vacancies, and its notes name none")
    return Quantity(
        value=100.0 * found.share,
        uncertainty=None,
        unit="%",
        method=f"{found.count} of {found.sites} cation sites, counted",
        source="settings of the run",
    )


def _together(
    tail: Tail | None,
    settings: RunSettings,
    results: list[Diffusion],
    species: tuple[str, ...],
    refused: list[Refused],
) -> tuple[AnyQuantity, AnyQuantity, AnyQuantity]:
    """Conductivity of independent ions, of all ions together, and their ratio."""
    source = f"{settings.engine.name}, {settings.conditions.description}"
    if refused or tail is None:
        why = "; ".join(one.reason for one in refused) or "nothing moves in this cell"
        return (
            NotComputed(unit="S/cm", method=why, source=source),
            NotComputed(unit="S/cm", method=why, source=source),
            NotComputed(unit="1", method=why, source=source),
        )
    if len(species) == 1:
        one = results[0]
        return one.nernst_einstein_conductivity, one.conductivity, one.haven_ratio
    independent = _sum([one.nernst_einstein_conductivity for one in results], "sum over species", source)
    joint = _joint(tail, settings, species, source)
    return independent, joint, _ratio(independent, joint, source)


def _limit(results: list[Diffusion], refused: list[Refused], settings: RunSettings) -> Quantity | None:
    """What the conductivity of independent ions lies below, where some of them hop too rarely to be measured.

    The upper ends (97.5 %) of what was measured, and the limits of the others in proportion to their number.
    """
    from antiperovskite.transport.conduct import conductivity_per_diffusion, ion_charge

    if not refused or any(one.upper_limit is None or one.n_ions is None for one in refused):
        return None
    total = 0.0
    for one in results:
        sigma = one.nernst_einstein_conductivity
        if not isinstance(sigma, Quantity):
            return None
        total += sigma.value + 1.96 * (sigma.uncertainty or 0.0)
    volume, kelvin = settings.atoms().get_volume(), settings.conditions.temperature_K
    for slow in refused:
        per_D = conductivity_per_diffusion(slow.n_ions or 0, volume, float(ion_charge(slow.species)), kelvin)
        total += per_D * (slow.upper_limit or 0.0)
    names = ", ".join(one.species for one in refused)
    return Quantity(
        value=total,
        uncertainty=None,
        unit="S/cm",
        method=f"upper limit: {names} at the 95 % limit of D, measured ions at 97.5 %; no uncertainty, it is a bound",
        source=f"{settings.engine.name}, {settings.conditions.description}",
    )


def _sum(parts: list[AnyQuantity], what: str, source: str) -> AnyQuantity:
    known = [part for part in parts if isinstance(part, Quantity)]
    if len(known) < len(parts):
        return next(part for part in parts if isinstance(part, NotComputed))
    return Quantity(
        value=sum(part.value for part in known),
        uncertainty=hypot(*(part.uncertainty or 0.0 for part in known)),
        unit="S/cm",
        method=f"{what}, uncertainties taken as independent; each: {known[0].method}",
        source=source,
        citations=known[0].citations,
    )


def _joint(tail: Tail, settings: RunSettings, species: tuple[str, ...], source: str) -> AnyQuantity:
    """sigma = sum over pairs of species of their Onsager parts, off-diagonal ones twice."""
    from antiperovskite.transport.coupling import onsager

    try:
        found = onsager(tail, species, framework=settings.framework, temperature_K=settings.conditions.temperature_K)
    except AntiperovskiteError as error:
        return NotComputed(unit="S/cm", method=str(error), source=source)
    total, variance = 0.0, 0.0
    for part in found.coefficients:
        if isinstance(part.conductivity, NotComputed):
            return part.conductivity
        times = 1.0 if part.species[0] == part.species[1] else 2.0
        total += times * part.conductivity.value
        variance += (times * (part.conductivity.uncertainty or 0.0)) ** 2
    if total <= 0.0:
        return NotComputed(unit="S/cm", method="the collective displacement is lost in its noise", source=source)
    return Quantity(
        value=total, uncertainty=variance**0.5, unit="S/cm", method="sum of the Onsager coefficients of all pairs of "
        "species, their uncertainties taken as independent", source=source, citations=found.citations,
    )  # fmt: skip


def _ratio(independent: AnyQuantity, joint: AnyQuantity, source: str) -> AnyQuantity:
    if isinstance(independent, NotComputed) or isinstance(joint, NotComputed):
        missing: Any = independent if isinstance(independent, NotComputed) else joint
        return NotComputed(unit="1", method=missing.method, source=source)
    value = independent.value / joint.value
    relative = hypot((independent.uncertainty or 0) / independent.value, (joint.uncertainty or 0) / joint.value)
    return Quantity(
        value=value,
        uncertainty=value * relative,
        unit="1",
        method="conductivity of independent ions over that of the collective displacement; uncertainties taken as "
        "independent (an upper bound)",
        source=source,
    )
