"""The front door: barrier, trapping, walks and molecular dynamics of one crystal with one engine, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from antiperovskite._files import kept_or_made
from antiperovskite._model import Model
from antiperovskite.carriers.balance import CarrierBalance
from antiperovskite.carriers.compare import law, motion_points, ratio_point, two_point_energy
from antiperovskite.carriers.mean_force import MeanForce, mean_force_rate
from antiperovskite.carriers.model import (
    VARIANTS,
    Attempt,
    CarrierStudy,
    Law,
    MotionPoint,
    RatioPoint,
    StaticBarrier,
    Thermal,
    Variant,
    WalkPoint,
)
from antiperovskite.carriers.static import FAR, Hop, attempts, hop_path, static_barriers
from antiperovskite.carriers.trapping import Trapping, trapping
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import MissingReferenceError, OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.transport.study.model import ConductivityStudy

M = TypeVar("M", bound=Model)
Report = Callable[[str, str], None]
CELL: Final = (3, 3, 3)
COPIES: Final = 8
PLACEMENTS: Final = 3
FRAMES: Final = 3000
CITATIONS: Final = ("bortz1975", "compaan1956", "vineyard1957", "carter1989")


class _Static(Model):
    barriers: tuple[StaticBarrier, ...]
    attempts: tuple[Attempt, ...]


class _Walks(Model):
    walks: tuple[WalkPoint, ...]


def _silent(step: str, detail: str) -> None:
    return None


def carrier_study(
    formula: Formula,
    engine: Engine,
    temperatures: Sequence[float] | None = None,
    *,
    mean_force_at: Sequence[float] = (),
    mean_force_ps: float = 6.0,
    vacancies: float | None = None,
    thermal: Sequence[Thermal] = (),
    balance: CarrierBalance | None = None,
    cell: tuple[int, int, int] = CELL,
    larger: tuple[int, int, int] | None = None,
    copies: int = COPIES,
    placements: int = PLACEMENTS,
    frames: int = FRAMES,
    motion: ConductivityStudy | None = None,
    folder: Path | None = None,
    report: Report = _silent,
    made_by: str = "",
) -> CarrierStudy:
    """Join barriers, trapping and walks of the vacancies of a crystal, beside molecular dynamics with the same engine.

    Parameters
    ----------
    formula
        Resolved formula of a crystal with one vacancy hop that symmetry maps onto itself.
    engine
        Of everything computed here; ``motion`` must be of the same one for ratios to mean anything.
    temperatures
        In K; those of ``motion`` if not given.
    mean_force_at
        Temperatures at which the hop's rate is computed without harmonic modes.
    mean_force_ps
        Length of each of its runs, ps.
    vacancies
        Share of the cation sites; that of ``motion`` if not given.
    thermal
        Vacancies that heat makes, where someone computed them.
    balance
        Who carries the current in the pure crystal, where someone computed it.
    cell
        Supercell for barriers and energies of places; that of the molecular dynamics leaves nothing to its size.
    larger
        A larger one, in which the energies of places are computed as well, to be shown beside.
    copies, placements, frames
        Repeats of the unit cell, arrangements of anion vacancies, and frames of the walks.
    folder
        Finished stages are kept there; the same call again goes on.

    Raises
    ------
    OptionError
        No temperatures or no share of vacancies.
    StructureError, EngineError
        The crystal or its hop cannot be computed.
    """
    from antiperovskite.migration.cells import conventional
    from antiperovskite.migration.study import relaxed_crystal
    from antiperovskite.structures import build_structure

    if temperatures is None:
        temperatures = [] if motion is None else [step.temperature_K for step in motion.steps if step.results]
    share = vacancies if vacancies is not None else _share(motion)
    if not temperatures or share is None:
        raise OptionError("no temperatures or share of vacancies: give --temperatures and --vacancies")
    if not 0.0 < share <= 0.2:
        raise OptionError(f"a vacancy share of {share:g} is not possible here; give above 0 and up to 0.2")
    model = conventional(build_structure(formula))
    report("crystal", f"relaxing with {engine.card.name}")
    structure = relaxed_crystal(model, engine, folder).to_pymatgen()
    calculator = engine.calculator()
    report("hop", "finding its path")
    hop = hop_path(model, structure, engine, cell, calculator=calculator)
    static = _stage(
        folder, "static", _Static,
        lambda: _Static(
            barriers=static_barriers(model, structure, engine, calculator=calculator, report=report),
            attempts=attempts(hop, engine, calculator=calculator),
        ),
    )  # fmt: skip
    traps = [
        _stage(
            folder, "trapping", Trapping,
            lambda: trapping(model, structure, engine, cell, calculator=calculator, report=report),
        )
    ]  # fmt: skip
    if larger is not None:
        traps.append(
            _stage(
                folder, "places", Trapping,
                lambda: trapping(
                    model, structure, engine, larger, calculator=calculator, hops=False, report=report
                ),
            )
        )  # fmt: skip
    pairs = _stage(
        folder, "pairs", Trapping,
        lambda: trapping(
            model, structure, engine, cell, calculator=calculator, hops=False, partner="cation", report=report
        ),
    )  # fmt: skip
    forces = tuple(
        mean_force_rate(
            hop.ends, hop.path.positions, engine, kelvin, static_barrier=hop.barrier, ps=mean_force_ps,
            folder=None if folder is None else folder / "planes", calculator=calculator, report=report,
        )
        for kelvin in mean_force_at
    )  # fmt: skip
    attempt = _attempt_used(static.attempts)
    walks = _stage(
        folder, "walks", _Walks,
        lambda: _Walks(
            walks=all_walks(
                model, structure, hop.barrier, attempt.value, traps[0], pairs, temperatures, share,
                copies=copies, placements=placements, frames=frames, report=report,
            )
        ),
    ).walks  # fmt: skip
    return assemble(
        formula.formula, model, structure, engine, hop, static.barriers, static.attempts, tuple(traps), pairs, forces,
        walks, motion, share, thermal, made_by,
    ).model_copy(update={"balance": balance})  # fmt: skip


def _share(motion: ConductivityStudy | None) -> float | None:
    shares = [] if motion is None else [step.vacancy_share for step in motion.steps if step.results]
    return next((s.magnitude("1") for s in shares if isinstance(s, Quantity)), None)


def _stage(folder: Path | None, name: str, kind: type[M], make: Callable[[], M]) -> M:
    """What ``make`` gives, from ``folder`` where it was kept there before."""
    path = None if folder is None else folder / f"{name}.json"
    return kept_or_made(path, kind, f"a stage of a carrier study ({name})", make)


def _attempt_used(found: Sequence[Attempt]) -> Quantity:
    """The frequency with the smallest cut: what ``migrate --verify-saddle`` gives.

    Raises
    ------
    MissingReferenceError
        There is none.
    """
    for one in found:
        if isinstance(one.frequency, Quantity):
            return one.frequency
    raise MissingReferenceError("the hop has no harmonic attempt frequency with any cut: no rate to walk by")


def all_walks(
    model: Any, structure: Any, barrier: float, attempt: float, trap: Trapping, pairs: Trapping,
    temperatures: Sequence[float], share: float, *, copies: int, placements: int, frames: int,
    report: Report = _silent,
) -> tuple[WalkPoint, ...]:  # fmt: skip
    """Walks of every variant at every temperature, each over several placements of the anion vacancies.

    ``trap`` holds what an anion vacancy does to places and hops, ``pairs`` the energies of two cation vacancies.
    """
    import numpy as np

    from antiperovskite.carriers.walk import place_partners, surroundings, walk
    from antiperovskite.kinetics.lattice import hop_lattice

    fractional = np.asarray(structure.frac_coords)
    roles = np.array(model.roles)
    unit = np.asarray(structure.lattice.matrix)
    anion = fractional[next(k for k in range(len(roles)) if model.ions[k] == trap.partner and roles[k] == "A")]
    mobile = fractional[[k for k in range(len(roles)) if model.ions[k] == trap.ion and roles[k] == "X"]]
    lattice = hop_lattice(unit, mobile, (copies,) * 3, name=f"{model.formula} {copies}x{copies}x{copies}")
    n = max(1, round(share * lattice.n_sites))
    J = pairs.places[0].energy.value  # the nearest places are the neighbours on the lattice
    points = []
    for kelvin in temperatures:
        for variant in VARIANTS:
            runs = []
            for placement in range(placements):
                report("walk", f"{kelvin:g} K, {variant}, placement {placement + 1} of {placements}")
                seed = int(np.random.SeedSequence((placement, int(kelvin))).generate_state(1)[0]) >> 1
                energies, barriers = None, np.full(lattice.packed.shape, barrier)
                if variant != "free":
                    cells = place_partners(copies**3, n, placement)
                    around = surroundings(lattice, unit, anion, cells, trap, trap, barrier)
                    energies, barriers = around.site_energies, around.barriers
                runs.append(
                    walk(
                        lattice, attempt, barriers, kelvin, n, site_energies=energies,
                        pair_energy=J if variant == "trapped, repelling" else 0.0, frames=frames, seed=seed,
                        ion=trap.ion,
                    )
                )  # fmt: skip
            points.append(walk_point(kelvin, variant, runs))
    return tuple(points)


def walk_point(kelvin: float, variant: Variant, runs: Sequence[Any]) -> WalkPoint:
    """Mean over placements; the uncertainty is that between them, or that of one run if it is larger.

    Raises
    ------
    OptionError
        No placement gave a diffusion coefficient.
    """
    kept = [run for run in runs if run.diffusion is not None]
    if not kept:
        raise OptionError(f"{kelvin:g} K, {variant}: no diffusion coefficient: {runs[0].refusal}")
    return WalkPoint(
        temperature_K=kelvin,
        variant=variant,
        placements=len(kept),
        vacancies=kept[0].n_carriers,
        sites=kept[0].n_sites,
        hop_rate=_mean([run.hop_rate for run in kept]),
        diffusion=_mean([run.diffusion.diffusion_coefficient for run in kept]),
        correlation_factor=_mean_of([run.correlation_factor for run in kept]),
        haven_ratio=_mean_of([run.diffusion.haven_ratio for run in kept]),
        conductivity=_mean_of([run.diffusion.conductivity for run in kept]),
    )


def _mean_of(found: Sequence[AnyQuantity]) -> AnyQuantity:
    known = [one for one in found if isinstance(one, Quantity)]
    return _mean(known) if known else found[0]


def _mean(found: Sequence[Quantity]) -> Quantity:
    from math import sqrt

    from antiperovskite.quantity import spread

    n = len(found)
    value = sum(one.value for one in found) / n
    own = sqrt(sum((one.uncertainty or 0.0) ** 2 for one in found)) / n
    between = (spread([one.value for one in found]) or 0.0) / sqrt(n)
    return Quantity(
        value=value, uncertainty=max(own, between), unit=found[0].unit, n=n, source=found[0].source,
        method=f"mean of {n} placements ({found[0].method}); uncertainty: the larger of theirs and of their scatter",
    )  # fmt: skip


def assemble(
    name: str, model: Any, structure: Any, engine: Engine, hop: Hop, barriers: tuple[StaticBarrier, ...],
    tried: tuple[Attempt, ...], traps: tuple[Trapping, ...], pairs: Trapping, forces: tuple[MeanForce, ...],
    walks: tuple[WalkPoint, ...], motion: ConductivityStudy | None, share: float, thermal: Sequence[Thermal],
    made_by: str,
) -> CarrierStudy:  # fmt: skip
    """Everything side by side, with ratios, laws and words."""
    from antiperovskite.carriers.words import notes, statement
    from antiperovskite.kinetics.gas import rate_per_hop

    ion = traps[0].ion
    attempt = _attempt_used(tried)
    points = () if motion is None else motion_points(motion, ion)
    source = f"{engine.card.name} {engine.card.version}"
    used = Quantity(
        value=hop.barrier, uncertainty=None, unit="eV", source=source,
        method=f"bare hop at 0 K, {'x'.join(map(str, CELL))}, {FAR}; sizes and stretches are listed beside it",
    )  # fmt: skip
    ratios = _ratios(walks, points, forces, attempt.value, hop.barrier, barriers, rate_per_hop)
    study = CarrierStudy(
        formula=name,
        ion=ion,
        engine=engine.card,
        lattice=float(structure.lattice.a),
        vacancy_share=Quantity(
            value=share, uncertainty=None, unit="1", source="the molecular dynamics" if motion else "the request",
            method="vacant cation sites over all; fixed, with as many anion vacancies",
        ),
        barriers=barriers,
        attempts=tried,
        attempt_used=attempt,
        barrier_used=used,
        trapping=traps,
        pairs=pairs,
        mean_force=forces,
        walks=walks,
        motion=points,
        ratios=ratios,
        laws=_laws(walks, points, forces),
        thermal=tuple(thermal),
        statement="",
        notes=notes(model.formula, engine.card.name, traps, barriers, tried),
        made_by=made_by,
        citations=tuple(dict.fromkeys((*engine.card.citations, *CITATIONS))),
    )  # fmt: skip
    return study.model_copy(update={"statement": statement(study)})


def _ratios(
    walks: Sequence[WalkPoint], points: Sequence[MotionPoint], forces: Sequence[MeanForce], attempt: float,
    barrier: float, barriers: Sequence[StaticBarrier], rate_per_hop: Callable[[float, float, float], float],
) -> tuple[RatioPoint, ...]:  # fmt: skip
    stretched = [b for b in barriers if b.stretch > 1.0 and b.barrier.value is not None]
    said = "; ".join(f"edges {100 * (b.stretch - 1):+.3g} %: {b.barrier.value:.3f} eV" for b in stretched)
    note = f"what it would do to the static barrier of {barrier:.3f} eV: {said or 'not computed'}"
    found = []
    smallest: dict[float, MotionPoint] = {}
    for point in points:
        smallest.setdefault(point.temperature_K, point)
    for kelvin, point in smallest.items():
        mine = [walk for walk in walks if walk.temperature_K == kelvin]
        if mine:
            force = next((one for one in forces if one.temperature_K == kelvin), None)
            found.append(ratio_point(kelvin, mine, point, force, rate_per_hop(attempt, barrier, kelvin), note))
    return tuple(found)


def _laws(walks: Sequence[WalkPoint], points: Sequence[MotionPoint], forces: Sequence[MeanForce]) -> tuple[Law, ...]:
    laws = [
        law(f"walk, {variant}", [(w.temperature_K, w.diffusion) for w in walks if w.variant == variant])
        for variant in VARIANTS
    ]
    if points:
        smallest = min(point.atoms for point in points)
        laws.append(law("molecular dynamics", [(p.temperature_K, p.diffusion) for p in points if p.atoms == smallest]))
    if len(forces) > 1:
        low, high = (sorted(forces, key=lambda f: f.temperature_K)[k] for k in (0, -1))
        energy = two_point_energy((low.temperature_K, low.rate), (high.temperature_K, high.rate), "rate")
        none = NotComputed(unit="1", method="two temperatures; not fitted")
        laws.append(Law(series="rate of the bare hop by mean force", activation_energy=energy, log10_prefactor=none))
    return tuple(laws)
