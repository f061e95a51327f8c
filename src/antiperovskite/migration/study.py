"""The question this room answers: which hops has a crystal, and what does each cost?"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, OptionError
from antiperovskite.migration.cells import conventional
from antiperovskite.migration.ends import Ends, Supercell, check_room, supercell, vacancy_ends
from antiperovskite.migration.evaluations import Evaluations
from antiperovskite.migration.hops import cooperative_hops, vacancy_hops
from antiperovskite.migration.model import Barrier, ForceCalls, HopClass, MigrationStudy
from antiperovskite.migration.path import FoundPath, Report, SequenceOfHopsError, Settings, find_path
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.model import StructureModel

if TYPE_CHECKING:
    from antiperovskite.engines.model import EngineCard, Relaxation

MECHANISMS: Final = ("vacancy", "dumbbell", "cooperative")
CITATIONS: Final = ("henkelman2002", "smidstrup2014", "packwood2016")
_CELL_FMAX: Final = 0.002
ATTEMPT_NOTE: Final = (
    "the attempt frequency depends on how many atoms are free to vibrate, and need not converge: in Li3OCl it falls "
    "from 1.31 to 0.86 and 0.055 THz with those within 3, 4 and 5 angstrom (lammps:Li3OCl), because octahedra turn "
    "softly; a rate made with it is an estimate"
)


def _silent(step: str, detail: str) -> None:
    return None


def migrate(
    model: StructureModel,
    engine: Engine,
    *,
    mechanisms: Sequence[str] = ("vacancy",),
    supercells: Sequence[tuple[int, int, int]] = (),
    hop: int | Collection[int] | None = None,
    settings: Settings | None = None,
    compensation: str = "none",
    verify_saddle: bool = False,
    ion: str | None = None,
    longest: float | None = None,
    folder: Path | None = None,
    report: Report = _silent,
    keep: Callable[[Barrier, Ends, FoundPath], None] | None = None,
) -> MigrationStudy:
    """Find the distinct hops of a crystal's cations and compute their barriers at fixed, relaxed cell.

    Parameters
    ----------
    model
        The crystal; its cell is relaxed with ``engine``, symmetry kept.
    mechanisms
        Of ``vacancy``, ``dumbbell``, ``cooperative``.
    supercells
        Repeats of the unit cell; several show the effect of size. Edges of at least 10 angstrom if none is given.
    hop
        Number of the one hop to compute (of each mechanism), or several. If not given, all vacancy and cooperative
        hops, and of the dumbbell's the one that moves ions least.
    settings
        Images and criteria.
    compensation
        ``none`` or ``far-halide``; of vacancies.
    verify_saddle
        Compute partial Hessians: one imaginary mode, and the attempt frequency.
    folder
        Where forces and paths are kept; the same call again goes on there.
    keep
        Called with every barrier found and its path.

    Raises
    ------
    OptionError
        An unknown mechanism, hop or compensation, or a supercell too small for a hop.
    StructureError, EngineError
        The crystal cannot be relaxed. What goes wrong with one hop is written in that hop's ``problem``.
    """
    from antiperovskite.dynamics.cell import parse_supercell
    from antiperovskite.structures.symmetry import spacegroup

    settings = settings or Settings()
    asked = None if hop is None else {hop} if isinstance(hop, int) else set(hop)
    for mechanism in mechanisms:
        if mechanism not in MECHANISMS:
            raise OptionError(f"unknown mechanism {mechanism[:30]!r}; choose {', '.join(MECHANISMS)} or all")
    model = conventional(model)
    vacancy_hops(model, ion=ion, longest=longest)  # before anything is computed: a bad ion or length ends here
    report("crystal", f"relaxing with {engine.card.name}")
    structure = relaxed_crystal(model, engine, folder).to_pymatgen()
    calculator = engine.calculator()
    hops: list[HopClass] = []
    barriers: list[Barrier] = []
    sizes = list(supercells) or [parse_supercell("auto", structure.lattice.matrix)]
    for times in sizes:
        cell = supercell(model, structure, times, ion)
        for mechanism in mechanisms:
            listed, made = _of_mechanism(
                mechanism, cell, engine, calculator, settings, compensation, longest, ion, folder, report
            )
            hops += [h for h in listed if all((h.mechanism, h.number) != (o.mechanism, o.number) for o in hops)]
            unknown = sorted((asked or set()) - {h.number for h in listed})
            if unknown:
                raise OptionError(f"{model.formula} has {mechanism} hops 1 to {len(listed)}, not {unknown[0]}")
            wanted = [
                (which, ends_of)
                for which, ends_of in made
                if (which.number in asked if asked is not None else mechanism != "dumbbell" or which.number == 1)
            ]
            for which, _ in wanted:
                if mechanism != "dumbbell":
                    check_room(cell, which)  # of all hops, before the first is computed
            for k, (which, ends_of) in enumerate(wanted, 1):
                report("hop", f"{k} of {len(wanted)}: {mechanism} {which.number}, {'x'.join(map(str, times))}")
                barriers.append(
                    _barrier(which, ends_of, cell, engine, calculator, settings, compensation, verify_saddle, folder,
                             report, keep)
                )  # fmt: skip
    notes = {note: None for b in barriers for note in b.notes}
    if any(isinstance(b.attempt_frequency, Quantity) for b in barriers):
        notes[ATTEMPT_NOTE] = None
    return MigrationStudy(
        formula=model.formula,
        family=model.family,
        spacegroup=spacegroup(structure, 0.01)[0],
        structure=f"{model.description}; cell and positions relaxed with {engine.card.name}, symmetry kept",
        lattice=structure.lattice.abc,
        ion=hops[0].ions[0] if hops else "",
        engine=engine.card,
        settings=settings_text(settings, compensation),
        hops=tuple(hops),
        barriers=tuple(barriers),
        size_effect=tuple(extrapolated(barriers, engine.card)),
        citations=tuple(dict.fromkeys((*engine.card.citations, *CITATIONS))),
        notes=(*model.notes, *notes),
    )


def settings_text(settings: Settings, compensation: str) -> str:
    """The criteria in words."""
    return (
        f"ends and saddle to {settings.fmax:g} eV/angstrom and {1000 * settings.fall:g} meV left to fall, fixed cell, "
        f"compensation {compensation}"
    )


def relaxed_crystal(
    model: StructureModel, engine: Engine, folder: Path | None, *, fmax: float = _CELL_FMAX
) -> Relaxation:
    """The crystal with cell and positions relaxed, symmetry kept; from ``folder`` where it was relaxed before."""
    from hashlib import sha1

    from antiperovskite._files import kept_or_made
    from antiperovskite.engines.model import Relaxation
    from antiperovskite.engines.relax import relax

    key = f"{model.model_dump_json()}{engine.card.energy_scale}{'' if fmax == _CELL_FMAX else fmax}"
    digest = sha1(key.encode(), usedforsecurity=False).hexdigest()
    return kept_or_made(
        None if folder is None else folder / f"crystal-{digest[:12]}.json",
        Relaxation,
        "a relaxed crystal",
        lambda: relax(model.to_pymatgen(), engine, fmax=fmax, keep_symmetry=True),
    )


def _of_mechanism(
    mechanism: str, cell: Supercell, engine: Engine, calculator: Any, settings: Settings, compensation: str,
    longest: float | None, ion: str | None, folder: Path | None, report: Report,
) -> tuple[tuple[HopClass, ...], list[tuple[HopClass, Callable[[], Ends]]]]:  # fmt: skip
    """The hops of a mechanism, and for each of them what makes its ends."""
    if mechanism != "dumbbell":
        listed = (
            vacancy_hops(cell.model, cell.structure, ion=ion, longest=longest)
            if mechanism == "vacancy"
            else cooperative_hops(cell.model, cell.structure, ion=ion)
        )
        made = [(h, lambda h=h: vacancy_ends(cell, h, compensation=compensation)) for h in listed]
        return listed, made  # type: ignore[return-value]
    from antiperovskite.migration.dumbbell import dumbbell_hops, relaxed_dumbbell

    reach = max(h.length for h in vacancy_hops(cell.model, cell.structure, ion=ion, longest=longest)) + 0.1
    site = next(n for n in cell.sites.numbers if n < cell.sites.n_atoms)

    def force_of(atoms: Any) -> Evaluations:
        return Evaluations(atoms, engine, _journal(folder, cell, "dumbbell-start"), calculator)

    bell, _ = relaxed_dumbbell(cell, site, force_of, settings, report)
    pairs = dumbbell_hops(cell, bell, longest=reach, symprec=0.05)
    return tuple(h for h, _ in pairs), [(h, lambda e=e: e) for h, e in pairs]  # type: ignore[misc]


def _journal(folder: Path | None, cell: Supercell, name: str) -> Path | None:
    return None if folder is None else folder / f"{name}-{'x'.join(map(str, cell.times))}.forces"


def _barrier(
    hop: HopClass, ends_of: Callable[[], Ends], cell: Supercell, engine: Engine, calculator: Any, settings: Settings,
    compensation: str, verify: bool, folder: Path | None, report: Report,
    keep: Callable[[Barrier, Ends, FoundPath], None] | None,
) -> Barrier:  # fmt: skip
    import numpy as np

    began = time.perf_counter()
    ends = ends_of()
    name = f"{hop.mechanism}-{hop.number}-{compensation}"
    force = Evaluations(ends.atoms, engine, _journal(folder, cell, name), calculator)
    kept = None if folder is None else folder / f"{name}-{'x'.join(map(str, cell.times))}.extxyz"
    common: dict[str, Any] = {
        "hop": hop, "supercell": cell.times, "atoms": len(ends.atoms), "compensation": compensation,
    }  # fmt: skip
    try:
        found = find_path(ends, force, settings, keep=kept, report=report)
        start, saddle = found.positions[0], found.positions[found.saddle]
        modes, attempt, problem = _vibrations(ends, found, force, engine, verify, report)
    except AntiperovskiteError as error:
        why = NotComputed(unit="eV", method=str(error), source=engine.card.name)
        return Barrier(
            **common, forward=why, backward=why, problem=str(error),
            force_calls=ForceCalls(ends=force.calls, saddle=0, band=0, vibrations=0, replayed=force.replayed),
            seconds=time.perf_counter() - began, attempt_frequency=why.model_copy(update={"unit": "THz"}),
            composed=isinstance(error, SequenceOfHopsError), notes=ends.notes,
            path_file=str(kept) if kept is not None and kept.is_file() else None,
        )  # fmt: skip
    energies = np.array(found.energies) - found.energies[0]
    calls = ForceCalls(
        ends=found.calls["ends"], saddle=found.calls["saddle"], band=found.calls["band"],
        vibrations=force.calls - sum(found.calls.values()), replayed=force.replayed,
    )  # fmt: skip
    left = float(np.hypot(found.end_fall, found.saddle_fall))
    barrier = Barrier(
        **common,
        forward=_quantity(float(energies[found.saddle]), left, found, cell, engine, settings, compensation),
        backward=_quantity(
            float(energies[found.saddle] - energies[-1]), left, found, cell, engine, settings, compensation
        ),
        fractions=found.fractions(),
        energies=tuple(float(e) for e in energies),
        largest_displacement=float(np.linalg.norm(saddle - start, axis=1).max()),
        symmetric=found.symmetric,
        saddle_force=found.saddle_force,
        saddle_fall=found.saddle_fall,
        force_calls=calls,
        seconds=time.perf_counter() - began,
        imaginary_modes=modes,
        attempt_frequency=attempt,
        problem=problem,
        path_file=None if kept is None else str(kept),
        notes=(*ends.notes, *found.notes),
    )
    if keep is not None:
        keep(barrier, ends, found)
    return barrier


def _quantity(
    value: float, error: float, found: FoundPath, cell: Supercell, engine: Engine, settings: Settings,
    compensation: str,
) -> Quantity:  # fmt: skip
    way = "in the symmetric subspace" if found.symmetric else "highest on the way of the ions"
    return Quantity(
        value=value,
        uncertainty=None,
        unit="eV",
        method=f"saddle {way}, joined to both ends by descents; the search leaves {1000 * error:.1g} meV, the effect "
        "of cell size and the engine's own error are not in it",
        source=f"{engine.card.name} {engine.card.version}, {'x'.join(map(str, cell.times))}, "
        f"{settings_text(settings, compensation)}",
        citations=(*engine.card.citations, *CITATIONS),
    )


def _vibrations(
    ends: Ends, found: FoundPath, force: Evaluations, engine: Engine, verify: bool, report: Report
) -> tuple[tuple[float, ...] | None, AnyQuantity, str | None]:
    """Imaginary modes of the saddle, the attempt frequency, and what is wrong with the saddle."""
    if not verify:
        return None, NotComputed(unit="THz", method="asked for with --verify-saddle"), None
    from antiperovskite.migration.modes import NOISE_THZ, RADIUS, attempt_frequency, frequencies, near_path

    chosen = near_path(ends, found)
    report("saddle", f"partial Hessians of {len(chosen)} atoms")
    saddle = frequencies(ends.atoms, force, found.positions[found.saddle], chosen)
    imaginary = tuple(float(-f) for f in saddle if f < -NOISE_THZ)
    if len(imaginary) != 1:
        text = f"the saddle has {len(imaginary)} imaginary modes, one is right"
        return imaginary, NotComputed(unit="THz", method=text), text
    start = frequencies(ends.atoms, force, found.positions[0], chosen)
    if start[0] <= 0.0 or saddle[1] <= 0.0:
        return imaginary, NotComputed(unit="THz", method="a mode beside the hop has no positive frequency"), None
    value = Quantity(
        value=attempt_frequency(start, saddle), uncertainty=None, unit="THz",
        method=f"Vineyard, harmonic, partial Hessians of the {len(chosen)} atoms within {RADIUS:g} angstrom of the "
        "hopping ions, others held; it changes with that cut and need not converge",
        source=engine.card.name, citations=("vineyard1957",),
    )  # fmt: skip
    return imaginary, value, None


def extrapolated(barriers: Sequence[Barrier], card: EngineCard) -> list[Quantity]:
    """Barriers against 1/V, to an infinite cell, for hops computed in two or more cells; error: to the largest."""
    import numpy as np

    found = []
    keys = dict.fromkeys((b.hop.mechanism, b.hop.number) for b in barriers)
    for mechanism, number in keys:
        mine = [b for b in barriers if (b.hop.mechanism, b.hop.number) == (mechanism, number)]
        mine = sorted((b for b in mine if b.forward.value is not None), key=lambda b: b.atoms)
        if len(mine) < 2:
            continue
        x = np.array([1.0 / b.atoms for b in mine])
        y = np.array([float(b.forward.value or 0.0) for b in mine])
        _, limit = np.polyfit(x, y, 1)
        found.append(
            Quantity(
                value=float(limit),
                uncertainty=abs(float(limit - y[-1])),
                unit="eV",
                n=len(mine),
                method=f"{mechanism} hop {number}: line through {len(mine)} cells against 1/atoms, "
                f"to an infinite cell; uncertainty: distance to the largest cell's {y[-1]:.3f} eV",
                source=card.name,
            )
        )
    return found


def rate_table(study: MigrationStudy, model: StructureModel | None = None) -> dict[str, Any]:
    """The vacancy barriers as the table that ``kmc`` and ``percolate`` read (``--interactions``).

    Lengths cover the relaxed cell and, with ``model``, the built one those commands start from. Unequal forward and
    backward barriers enter with their mean, which is the barrier without the change of energy.

    Raises
    ------
    OptionError
        No barrier was found, or two hops of one length have different barriers.
    """
    hops = [h for h in study.hops if h.mechanism == "vacancy" and study_best(study, h) is not None]
    if not hops:
        raise OptionError("no vacancy barrier was found, so there is no table to write")
    built = (
        {h.number: h.length for h in vacancy_hops(conventional(model))} if model is not None and len(hops) > 1 else {}
    )
    entries = []
    for h in hops:
        b = study_best(study, h)
        assert b is not None
        lengths = [h.length, built.get(h.number, h.length)]
        entries.append((min(lengths) - 0.02, max(lengths) + 0.02, 0.5 * (_value(b.forward) + _value(b.backward))))
    entries.sort()
    for (_, end, one), (start, _, two) in pairwise(entries):
        if start < end and abs(one - two) > 0.002:
            raise OptionError("two hops of nearly one length have different barriers; give the table by hand")
    largest = [b for h in hops if (b := study_best(study, h)) is not None]
    attempts = [_value(b.attempt_frequency) for b in largest if b.attempt_frequency.value is not None]
    table: dict[str, Any] = {"source": f"{study.engine.name}, {study.formula}: {study.settings}"}
    if attempts:
        table["attempt_THz"] = sum(attempts) / len(attempts)
    if len(entries) == 1:
        table["barrier_eV"] = entries[0][2]
    else:
        table["lengths"] = [{"from_angstrom": a, "to_angstrom": b, "barrier_eV": e} for a, b, e in entries]
    return table


def study_best(study: MigrationStudy, hop: HopClass) -> Barrier | None:
    """The barrier of a hop in its largest cell, where one was found."""
    found = [
        b
        for b in study.barriers
        if (b.hop.mechanism, b.hop.number) == (hop.mechanism, hop.number) and b.forward.value is not None
    ]
    return max(found, key=lambda b: b.atoms, default=None)


def _value(quantity: AnyQuantity) -> float:
    assert quantity.value is not None
    return quantity.value
