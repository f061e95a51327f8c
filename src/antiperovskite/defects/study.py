"""The front door: energies of defect combinations of a crystal, over separations and supercell sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from antiperovskite.defects.build import build_cluster
from antiperovskite.defects.catalogue import MOST_DEFECTS, Combination, combinations_of, read_combination
from antiperovskite.defects.clusters import Cluster, ClusterSpace, Role
from antiperovskite.defects.host import RATTLE, Host, Times, edge, perfect_energy, relax_host, supercell_times
from antiperovskite.defects.places import Place, orbit_numbers
from antiperovskite.defects.records import CellRecord, relaxed_cell
from antiperovskite.defects.reservoirs import Exchange, Reservoir
from antiperovskite.defects.results import Arrangement, DefectStudy, LoneDefect, Status
from antiperovskite.defects.species import Species, describe, places_of
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import OptionError
from antiperovskite.structures.model import StructureModel

FMAX: Final = 0.02  # eV/angstrom
DEFAULT_KINDS: Final = ("schottky", "frenkel", "antisite")
MOVED: Final = 0.5
"""An ion displaced by more than this share of the closest cation distance has changed its site."""
ANNIHILATED: Final = 0.05  # eV; a pair of the host's own ions this close to the perfect crystal is gone
Report = Callable[[str, str], None]
"""Called with (step, detail) before each cell."""


@dataclass
class _Run:
    """What a study has gathered so far."""

    host: Host
    engine: Engine
    cache: Path | None
    fmax: float
    report: Report | None
    perfect: dict[Times, float] = field(default_factory=dict)
    gain: dict[Times, float] = field(default_factory=dict)
    lone: list[LoneDefect] = field(default_factory=list)
    lowest: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    arrangements: list[Arrangement] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    seconds: float = 0.0
    work: float = 0.0

    def relax(self, structure: Any) -> CellRecord:
        """Relax one cell with a defect; the time it took feeds the forecast."""
        started = time.monotonic()
        found = relaxed_cell(structure, self.engine, self.cache, fmax=self.fmax, rattle=RATTLE)
        spent = time.monotonic() - started
        if spent > 0.3 * found.seconds:  # computed now, not read
            self.seconds += spent
            self.work += len(structure)
        return found

    def say(self, number: int, total: int, what: str, work_left: float) -> None:
        """Report one step with what is left."""
        if self.report is not None:
            left = f", about {_duration(self.seconds / self.work * work_left)} left" if self.work else ""
            self.report("defects", f"{number} of {total}: {what}{left}")


def defect_study(
    model: StructureModel,
    engine: Engine,
    *,
    supercells: Sequence[str] = ("2", "3"),
    kinds: Sequence[str] = DEFAULT_KINDS,
    dopants: Sequence[str] = (),
    combinations: Sequence[str] = (),
    near: int = 2,
    lone: bool = True,
    fmax: float = FMAX,
    cache: Path | None = None,
    report: Report | None = None,
) -> DefectStudy:
    """Compute the energies of charge-neutral combinations of defects, bound and dispersed.

    Positions relax at the cell of the perfect crystal of the engine. Every finished cell is kept in ``cache``; the same
    call again goes on where it was.

    Parameters
    ----------
    model
        The host, for example from :func:`antiperovskite.structures.build_structure`.
    engine
        Where energies and forces come from.
    supercells
        ``"2"``, ``"3"``, ``"2x2x1"``; two or more are extrapolated with 1/L^3.
    kinds
        Of :data:`antiperovskite.defects.catalogue.KINDS`.
    dopants
        Ions for ``kinds`` with ``dopant``.
    combinations
        Further ones by name, ``"V_Li + V_Cl"``.
    near
        Distinct near arrangements of each combination, the most attracted first.
    lone
        Whether single defects in neutral cells are computed for comparison too.
    fmax
        Force criterion, eV/angstrom.

    Raises
    ------
    InputError
        An unknown kind, defect or dopant, a net charge, or a supercell that is too small.
    EngineError
        The engine failed on the perfect crystal.
    """
    if near < 1:
        raise OptionError(f"{near} near arrangements were asked for; give 1 or more")
    if not 0 < fmax <= 0.2:
        raise OptionError(f"a force criterion of {fmax:g} eV/angstrom is not allowed; give above 0 and up to 0.2")
    if not supercells or not (kinds or combinations):
        raise OptionError("no supercell or no kind of defect was asked for")
    if "dopant" in kinds and not dopants:
        raise OptionError("kind 'dopant' needs the dopants, for example Mg,Ca,F")
    if report is not None:
        report("host", f"relaxing {model.formula} with {engine.card.name}")
    host = relax_host(model, engine, cache)
    sizes = sorted({supercell_times(text, host) for text in supercells}, key=lambda t: t[0] * t[1] * t[2])
    wanted = [*combinations_of(host, kinds, dopants), *(read_combination(text, host) for text in combinations)]
    if not wanted:
        raise OptionError(
            f"{host.formula} has no neutral combination of up to {MOST_DEFECTS} defects of kind {', '.join(kinds)}"
        )
    run = _Run(host, engine, cache, fmax, report)
    for times in sizes:
        _perfect(run, times)
    _choose_shapes(run, wanted, sizes[0])
    if lone:
        _lone_sites(run, wanted, sizes)
    reservoir = Reservoir(engine, cache)
    exchanges = {c.name: reservoir.exchange(host, c) for c in wanted}
    _all_arrangements(run, wanted, sizes, exchanges, near)
    from antiperovskite.defects.summary import summarise

    run.notes |= reservoir.notes
    return summarise(
        host,
        engine.card,
        wanted,
        exchanges,
        run.arrangements,
        run.lone,
        sizes,
        fmax,
        run.notes,
        _described(run, wanted),
    )


def _perfect(run: _Run, times: Times) -> None:
    if run.report is not None:
        run.report("host", f"perfect supercell {_name(times)}")
    energy, gain = perfect_energy(run.host, times, run.engine, run.cache, run.fmax)
    run.perfect[times], run.gain[times] = energy, gain
    if gain > 0.02:
        run.notes[
            f"the symmetric crystal is not a minimum of {run.engine.card.name}: the {_name(times)} supercell gains "
            f"{1000 * gain:.0f} meV by distorting; that distorted cell is the reference"
        ] = None


def _species(wanted: Sequence[Combination]) -> dict[str, Species]:
    return {species.name: species for c in wanted for species, _ in c.defects}


def _choose_shapes(run: _Run, wanted: Sequence[Combination], times: Times) -> None:
    """Relax every starting shape of interstitials and hydroxides alone and keep the lowest for the combinations."""
    flexible = [s for s in _species(wanted).values() if s.kind in ("interstitial", "proton")]
    for species in flexible:
        places = places_of(species, run.host)
        orbits = orbit_numbers(run.host, places)
        members = {n: tuple(p for p, o in zip(places, orbits, strict=True) if o == n) for n in sorted(set(orbits))}
        energies: dict[int, float] = {}
        atoms = len(run.host.cell.symbols) * times[0] * times[1] * times[2]
        for number, orbit in members.items():
            run.say(number + 1, len(members), f"shapes of {species.name}", float(atoms * (len(members) - number)))
            found = _relax_lone(run, species, orbit[0], times)
            shape = shape_name(run.host, orbit[0])
            if found.energy is not None:
                energies[number] = found.energy
            run.lone.append(_lone_record(run, species, times, shape, found))
        if not energies:
            raise OptionError(f"no starting shape of {species.name} relaxed with {run.engine.card.name}")
        best = min(energies, key=lambda n: energies[n])
        run.lowest[species.name] = members[best]
        index = len(run.lone) - len(members) + list(members).index(best)
        run.lone[index] = run.lone[index].model_copy(update={"chosen": True})


def shape_name(host: Host, place: Place) -> str:
    """``dumbbell [1 0 0] on Li``, ``void``, ``OH [1 1 1]``: along the axes of the cell."""
    import numpy as np

    if place.group is None or place.shape == "site":
        return place.shape
    ends = np.array(place.points)
    centre = np.linalg.solve(host.cell.lattice.T, host.cell.centre(place.group))
    vector = (ends[1] - ends[0] if len(ends) == 2 else ends[0] - centre) * np.linalg.norm(host.cell.lattice, axis=1)
    scaled = vector / np.abs(vector).max()
    if scaled[np.flatnonzero(np.abs(scaled) > 1e-6)[0]] < 0 and len(ends) == 2:
        scaled = -scaled
    along = " ".join(f"{x:.2g}" for x in np.round(scaled, 2) + 0.0)
    return f"{place.shape} [{along}] on {host.cell.ion_of(place.group)} {place.group}"


def _lone_sites(run: _Run, wanted: Sequence[Combination], sizes: Sequence[Times]) -> None:
    """Every defect of the combinations alone, on one site of each orbit, at every size."""
    jobs: list[tuple[Species, Place, Times]] = []
    for times in sizes:
        for species in _species(wanted).values():
            places = list(run.lowest.get(species.name, ())) or places_of(species, run.host)
            orbits = orbit_numbers(run.host, places)
            first = {n: places[orbits.index(n)] for n in sorted(set(orbits))}
            done = species.name in run.lowest and times == sizes[0]
            jobs += [] if done else [(species, place, times) for place in first.values()]
    work = [len(run.host.cell.symbols) * t[0] * t[1] * t[2] for _, _, t in jobs]
    for number, (species, place, times) in enumerate(jobs):
        run.say(number + 1, len(jobs), f"{species.name} alone in {_name(times)}", sum(work[number:]))
        found = _relax_lone(run, species, place, times)
        run.lone.append(_lone_record(run, species, times, shape_name(run.host, place), found, chosen=True))


def _relax_lone(run: _Run, species: Species, place: Place, times: Times) -> CellRecord:
    alone = Cluster(((species.name, place, 0),), (), 0.0, 1, ())
    return run.relax(build_cluster(run.host, times, alone, {species.name: species}))


def _lone_record(
    run: _Run, species: Species, times: Times, shape: str, found: CellRecord, *, chosen: bool = False
) -> LoneDefect:
    energy = None if found.energy is None else found.energy - run.perfect[times]
    return LoneDefect(
        name=species.name, supercell=times, length=round(edge(run.host, times), 4), shape=shape, energy=energy,
        chosen=chosen, reason=found.failed,
    )  # fmt: skip


def _all_arrangements(
    run: _Run,
    wanted: Sequence[Combination],
    sizes: Sequence[Times],
    exchanges: dict[str, tuple[Exchange | None, str]],
    near: int,
) -> None:
    jobs: list[tuple[Combination, Times, str, Cluster]] = []
    for times in sizes:  # every combination at the smallest size first
        for combination in wanted:
            jobs += [(combination, times, role, cluster) for role, cluster in _clusters(run, combination, times, near)]
    work = [len(run.host.cell.symbols) * t[0] * t[1] * t[2] for _, t, _, _ in jobs]
    for number, (combination, times, role, cluster) in enumerate(jobs):
        run.say(number + 1, len(jobs), f"{combination.name}, {role}, {_name(times)}", sum(work[number:]))
        structure = build_cluster(run.host, times, cluster, dict(_named(combination)))
        found = run.relax(structure)
        exchange = exchanges[combination.name][0]
        run.arrangements.append(_arrangement(run, combination, times, role, cluster, structure, found, exchange))


def _named(combination: Combination) -> list[tuple[str, Species]]:
    return [(species.name, species) for species, _ in combination.defects]


def _clusters(run: _Run, combination: Combination, times: Times, near: int) -> list[tuple[str, Cluster]]:
    """The near arrangements and the far one; hydroxides near a vacancy may point anywhere."""

    def space(*, free: bool) -> ClusterSpace:
        roles = []
        for species, count in combination.defects:
            kept = run.lowest.get(species.name) if not (free and species.kind == "proton") else None
            places = kept or tuple(places_of(species, run.host))
            roles.append(Role(species.name, count, species.charge, places))
        return ClusterSpace(run.host, times, roles)

    bare = space(free=False)
    if sum(count for _, count in combination.defects) == 1:
        return [("single", cluster) for cluster in bare.single()]
    flexible = any(species.kind == "proton" for species, _ in combination.defects)
    close = (space(free=True) if flexible else bare).near(near)
    far = bare.far()
    if bare.near(1)[0].shell == far.shell:  # a supercell too small to have defects apart
        return [("near", cluster) for cluster in close]
    return [*(("near", c) for c in close if (c.shell, c.surroundings) != (far.shell, far.surroundings)), ("far", far)]


def _arrangement(
    run: _Run, combination: Combination, times: Times, role: Any, cluster: Cluster, structure: Any, found: CellRecord,
    exchange: Exchange | None,
) -> Arrangement:  # fmt: skip
    status: Status = "failed" if found.energy is None else "relaxed"
    energy = unrelaxed = None
    if found.energy is not None:
        zero = run.perfect[times] - (0.0 if exchange is None else exchange.energy)
        energy = found.energy - zero
        unrelaxed = None if found.start_energy is None else found.start_energy - zero - run.gain[times]
        own = {species.kind for species, _ in combination.defects} == {"vacancy", "interstitial"}
        if own and not combination.change() and energy < ANNIHILATED:
            status = "recombined"
            if energy < -ANNIHILATED:
                run.notes[
                    f"a recombined Frenkel pair in {_name(times)} lies {-1000 * energy:.0f} meV below the perfect "
                    f"crystal: the host is not the lowest minimum of {run.engine.card.name}"
                ] = None
        elif not own and _hopped(run.host, structure, found):
            status = "rearranged"
    return Arrangement(
        combination=combination.name, role=role, supercell=times, atoms=len(structure),
        length=round(edge(run.host, times), 4), shell=cluster.shell, label=label_of(cluster),
        degeneracy=cluster.degeneracy, energy=energy, unrelaxed=unrelaxed, steps=found.steps, status=status,
        reason=found.failed,
    )  # fmt: skip


def label_of(cluster: Cluster) -> str:
    """A name of a separation that does not depend on the supercell: distances and a digest of what lies between."""
    from hashlib import sha256

    lengths = " ".join(f"{x:.2f}" for x in cluster.shell) or "alone"
    return f"{lengths} #{sha256(repr(cluster.surroundings).encode()).hexdigest()[:4]}"


def _hopped(host: Host, start: Any, found: CellRecord) -> bool:
    """Whether a cation of the X sites ended nearer to another site than its own."""
    import numpy as np
    from ase.geometry import find_mic

    cations = {name for name in host.ions("X") if host.charge(name) > 0}
    at = [i for i, site in enumerate(start) if site.specie.symbol in cations]
    _, lengths = find_mic((np.array(found.positions) - start.cart_coords)[at], start.lattice.matrix, pbc=True)
    groups = [g for gs in (host.ions("X")[name] for name in cations) for g in gs]
    centres = np.array([host.cell.centre(g) for g in groups])
    images = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) @ host.cell.lattice
    every = (centres[None] + images[:, None]).reshape(-1, 3)
    gaps = np.linalg.norm(every - centres[0], axis=1)
    return bool(lengths.max() > MOVED * gaps[gaps > 0.1].min())


def _described(run: _Run, wanted: Sequence[Combination]) -> tuple[Any, ...]:
    found = []
    for species in _species(wanted).values():
        places = len(run.lowest.get(species.name) or places_of(species, run.host))
        found.append(describe(species, run.host, places))
    return tuple(found)


def _name(times: Times) -> str:
    return "x".join(map(str, times))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
