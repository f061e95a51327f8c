"""From a symmetric parent to its dynamically stable child: freeze unstable modes in, relax, look again.

The tree is searched lowest energy first. A structure is examined (phonons) only while it is the lowest one known; if
it has no unstable mode the search ends there. Children keep the symmetry that the frozen modes leave, so that every
tilt system is relaxed as itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, MissingEngineError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.units import conversion_factor
from antiperovskite.vibrations.cells import SYMPREC, Sites, standard_cell, to_model
from antiperovskite.vibrations.directions import Direction, directions
from antiperovskite.vibrations.forces import CITATION
from antiperovskite.vibrations.model import GroundState, Node, NodeStatus, PhononStudy, Scan
from antiperovskite.vibrations.scan import scan_minimum
from antiperovskite.vibrations.study import FMAX, TARGET_LENGTH, Vibrations, read_sites, relax_in_symmetry, vibrations

if TYPE_CHECKING:
    from pymatgen.core import Structure

CHILD_SYMPREC: Final = 0.02  # angstrom; well below the amplitudes that are frozen in
LOWER: Final = 0.05  # meV per formula unit; less is noise of a single-precision engine
LARGER_LENGTH: Final = 12.0  # angstrom
LARGEST_REPEAT: Final = 100  # atoms; a supercell up to this size is enlarged where it does not decide
LOOSE_FMAX: Final = 0.02  # eV/angstrom; children are ranked at this, and only the lowest is relaxed further
SAME_ENERGY: Final = 0.2  # meV per formula unit
SAME_VOLUME: Final = 2e-3
METHOD: Final = "static energy of the relaxed structure, no zero-point motion; no uncertainty: engine error not known"

Report = Callable[[str, str], None]


@dataclass
class _Entry:
    """A node being worked on."""

    id: int
    parent: int | None
    origin: str
    depth: int
    sites: Sites
    energy: float  # eV per formula unit
    symbol: str
    number: int
    scan: Scan | None = None
    status: NodeStatus = "not examined"
    same_as: int | None = None
    reason: str = ""
    found: Vibrations | None = None
    refined: bool = True


@dataclass(frozen=True)
class _Setting:
    engine: Engine
    supercell: int | tuple[int, int, int] | None
    relax_cell: bool
    fmax: float
    cache: Path | None
    use_cache: bool
    report: Report | None

    def say(self, step: str, detail: str) -> None:
        if self.report is not None:
            self.report(step, detail)


def ground_state(
    structure: Any,
    engine: Engine,
    *,
    supercell: int | tuple[int, int, int] | None = None,
    relax_cell: bool = True,
    fmax: float = FMAX,
    max_examined: int = 6,
    max_children: int = 12,
    max_depth: int = 4,
    cache: Path | None = None,
    use_cache: bool = True,
    report: Report | None = None,
) -> GroundState:
    """Follow unstable modes from a structure until none is left.

    Parameters
    ----------
    structure
        :class:`~antiperovskite.structures.StructureModel` or ``pymatgen.core.Structure``; for the ground state of an
        anti-perovskite its cubic parent.
    engine
        Where energies and forces come from.
    supercell
        Of the first structure; those of the children follow from their edges, see
        :func:`~antiperovskite.vibrations.study.phonon_study`.
    relax_cell, fmax
        As there.
    max_examined, max_children, max_depth
        Limits: structures whose phonons are computed, children of one structure, generations.
    cache, use_cache
        Where forces are kept.
    report
        Called with progress.

    Returns
    -------
    GroundState
        With ``verdict`` "stable" where the lowest structure found has no unstable mode, "undecided" where a limit
        was met or nothing lower was found although a mode is unstable.

    Raises
    ------
    AntiperovskiteError
        The parent itself cannot be relaxed or its phonons not be computed; a child that fails is kept as failed.
    """
    return follow(
        structure, engine, supercell=supercell, relax_cell=relax_cell, fmax=fmax, max_examined=max_examined,
        max_children=max_children, max_depth=max_depth, cache=cache, use_cache=use_cache, report=report,
    )[0]  # fmt: skip


def follow(
    structure: Any,
    engine: Engine,
    *,
    supercell: int | tuple[int, int, int] | None = None,
    relax_cell: bool = True,
    fmax: float = FMAX,
    max_examined: int = 6,
    max_children: int = 12,
    max_depth: int = 4,
    cache: Path | None = None,
    use_cache: bool = True,
    report: Report | None = None,
) -> tuple[GroundState, PhononStudy, PhononStudy]:
    """As :func:`ground_state`, with the phonons of the first structure and of the last one examined."""
    if min(max_examined, max_children, max_depth) < 1:
        raise OptionError("limits of the search must be at least 1")
    setting = _Setting(engine, supercell, relax_cell, fmax, cache, use_cache, report)
    sites, formula = read_sites(structure)
    setting.say("relaxing", f"{formula}, {standard_cell(sites)[1]}, symmetry kept")
    sites, energy = relax_in_symmetry(sites, engine, relax_cell=relax_cell, fmax=fmax)
    _, symbol, number = standard_cell(sites)
    entries = [_Entry(0, None, "start", 0, sites, energy, symbol, number)]
    examined = 0
    while True:
        current = _lowest(entries)
        if not current.refined:
            _refine(current, entries, setting)
            continue  # it may have met a structure known, or another may now be the lowest
        if current.found is not None or examined >= max_examined:
            break
        examined += 1
        current.found = _examine(current, entries[0], setting)
        if current.status != "unstable" or current.depth >= max_depth:
            break
        _expand(current, entries, max_children, setting)
    first, last = entries[0], _lowest(entries)
    assert first.found is not None
    final = last if last.found is not None else first
    assert final.found is not None
    result = _write(formula, entries, last, engine, fmax, relax_cell, examined >= max_examined)
    return result, first.found.study, final.found.study


def _lowest(entries: list[_Entry]) -> _Entry:
    real = [entry for entry in entries if entry.status not in ("duplicate", "returned", "failed")]
    return min(real, key=lambda entry: (entry.energy, entry.id))


def _refine(entry: _Entry, entries: list[_Entry], setting: _Setting) -> None:
    """Relax a child, so far relaxed loosely for its rank, to the criterion that phonons want."""
    setting.say("relaxing", f"{entry.symbol} to {setting.fmax:g} eV/angstrom")
    entry.sites, entry.energy = relax_in_symmetry(
        entry.sites, setting.engine, relax_cell=setting.relax_cell, fmax=setting.fmax, symprec=CHILD_SYMPREC
    )
    _, entry.symbol, entry.number = standard_cell(entry.sites, CHILD_SYMPREC)
    entry.refined = True
    _classify(entry, [other for other in entries if other is not entry], entries)


def _examine(entry: _Entry, root: _Entry, setting: _Setting) -> Vibrations:
    found = None
    for target in (TARGET_LENGTH, LARGER_LENGTH):
        found = vibrations(
            entry.sites, setting.engine, supercell=setting.supercell if entry is root else None, relaxed=True,
            symprec=SYMPREC if entry is root else CHILD_SYMPREC, cache=setting.cache, use_cache=setting.use_cache,
            report=setting.report, target=target,
        )  # fmt: skip
        entry.status = found.study.verdict
        given = entry is root and setting.supercell is not None
        if entry.status != "undecided" or given or found.study.atoms_in_supercell > LARGEST_REPEAT:
            break  # an interpolated branch that dips below zero is looked at once more in a larger cell
    assert found is not None
    return found


def _expand(entry: _Entry, entries: list[_Entry], max_children: int, setting: _Setting) -> None:
    assert entry.found is not None
    wanted = directions(entry.found.phonon, entry.found.frame, entry.found.unstable)
    for number, direction in enumerate(wanted[:max_children], start=1):
        count = f"{number} of {min(len(wanted), max_children)}"
        setting.say("following", f"{count}: {direction.name} from {entry.symbol}")
        try:
            child = _child(entry, direction, len(entries), setting)
        except MissingEngineError:
            raise
        except AntiperovskiteError as error:
            child = _Entry(
                len(entries), entry.id, direction.name, entry.depth + 1, entry.sites, entry.energy, entry.symbol,
                entry.number, status="failed", reason=str(error),
            )  # fmt: skip
        _classify(child, entries, entries)
        entries.append(child)


def _child(entry: _Entry, direction: Direction, number: int, setting: _Setting) -> _Entry:
    """Scan the frozen mode, then relax from its minimum within the symmetry it leaves."""
    found = entry.found
    assert found is not None
    from antiperovskite.vibrations.study import supercell_sites

    start = supercell_sites(found.phonon, found.sites)
    calculator = setting.engine.calculator()

    def frozen(amplitude: float) -> Sites:
        structure = start.structure.copy()
        moved = Sites(_moved(structure, direction.moves * amplitude), start.kinds, start.groups)
        return standard_cell(moved, 1e-3, primitive=True)[0] if amplitude else entry.sites

    def energy(amplitude: float) -> float:
        cell = frozen(amplitude)
        return _static_energy(cell.structure, calculator) / cell.formula_units

    amplitudes, energies, best, depth = scan_minimum(energy)
    scan = _scan(amplitudes, energies, best, depth, direction, setting.engine)
    if depth * conversion_factor("eV", "meV") > -LOWER:
        symbol = entry.symbol
        return _Entry(
            number, entry.id, direction.name, entry.depth + 1, entry.sites, entry.energy, symbol, entry.number, scan,
            status="failed", reason="no amplitude of the frozen mode lowers the energy: shallower than the noise",
        )  # fmt: skip
    cell, energy_relaxed = relax_in_symmetry(
        frozen(best), setting.engine, relax_cell=setting.relax_cell, fmax=max(setting.fmax, LOOSE_FMAX),
        symprec=CHILD_SYMPREC,
    )  # fmt: skip
    _, symbol, group = standard_cell(cell, CHILD_SYMPREC)
    return _Entry(
        number, entry.id, direction.name, entry.depth + 1, cell, energy_relaxed, symbol, group, scan,
        refined=setting.fmax >= LOOSE_FMAX,
    )  # fmt: skip


def _moved(structure: Structure, moves: Any) -> Structure:
    for atom, move in enumerate(moves):
        structure.translate_sites([atom], move, frac_coords=False)
    return structure


def _static_energy(structure: Structure, calculator: Any) -> float:
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    atoms.calc = calculator
    return float(atoms.get_potential_energy())


def _scan(
    amplitudes: list[float], energies: list[float], best: float, depth: float, direction: Direction, engine: Engine
) -> Scan:
    to_meV = conversion_factor("eV", "meV")
    about = f"{direction.name} frozen in at the parent's cell; no uncertainty: the engine's own error is not known"
    return Scan(
        amplitudes=tuple(round(x, 5) for x in amplitudes),
        energies=tuple(round(e * to_meV, 4) for e in energies),
        minimum=Quantity(
            value=round(best, 4), uncertainty=None, unit="angstrom", source=engine.card.name,
            method=f"largest displacement of an atom at the lowest energy; {about}",
        ),
        depth=Quantity(
            value=round(-depth * to_meV, 4), uncertainty=None, unit="meV/formula", method=about,
            source=engine.card.name,
        ),
    )  # fmt: skip


def _classify(child: _Entry, others: list[_Entry], entries: list[_Entry]) -> None:
    """Call a child what it is: the same as a structure known, or back in one of its ancestors."""
    if child.status == "failed":
        return
    ancestors, at = set(), child.parent
    while at is not None:
        ancestors.add(at)
        at = entries[at].parent
    for other in others:
        if other.status in ("failed", "duplicate", "returned"):
            continue
        per_unit = [e.sites.structure.volume / e.sites.formula_units for e in (child, other)]
        same = (
            child.number == other.number
            and len(child.sites.structure) == len(other.sites.structure)
            and abs(child.energy - other.energy) < SAME_ENERGY / 1000
            and abs(per_unit[0] / per_unit[1] - 1) < SAME_VOLUME
        )
        if same:
            child.same_as = other.id
            child.status = "returned" if other.id in ancestors else "duplicate"
            return


def _write(
    formula: str, entries: list[_Entry], last: _Entry, engine: Engine, fmax: float, relax_cell: bool, limited: bool
) -> GroundState:
    source = f"{engine.card.name} {engine.card.version}"
    root = entries[0]
    nodes = tuple(_node(entry, root, formula, source) for entry in entries)
    ground = nodes[last.id]
    depth = 1000 * (root.energy - last.energy)
    verdict = ground.status if ground.status in ("stable", "undecided") else "undecided"
    return GroundState(
        formula=formula,
        engine=engine.card,
        settings=(
            "modes below -0.1 THz frozen in, scanned, relaxed within the symmetry left to "
            f"{max(fmax, LOOSE_FMAX):g} eV/angstrom, the lowest to {fmax:g}{'' if relax_cell else ', at a fixed cell'}"
            ", lowest energy examined first; space groups at "
            f"{CHILD_SYMPREC:g} angstrom (start: {SYMPREC:g})"
        ),
        nodes=nodes,
        ground=last.id,
        verdict=verdict,
        statement=_statement(formula, root, last, depth, engine, limited),
        depth=Quantity(
            value=round(depth, 4) + 0.0, uncertainty=None, unit="meV/formula", source=source,
            method=f"energy of {root.symbol} above {last.symbol}; {METHOD}",
        ),
        temperature=_temperature(depth, source),
        notes=(
            "only combinations of up to three equal modes of one set, and of two sets of tilts, are frozen in: a lower "
            "structure elsewhere cannot be excluded",
            "0 K: a distortion of this depth may be averaged out by temperature or zero-point motion",
        ),
        citations=tuple(dict.fromkeys((CITATION, *engine.card.citations))),
    )  # fmt: skip


def _temperature(depth: float, source: str) -> Quantity | NotComputed:
    from antiperovskite.units import BOLTZMANN_EV_PER_K

    if depth < LOWER:
        return NotComputed(unit="K", method="no distorted structure is lower in energy")
    return Quantity(
        value=round(depth / 1000 / BOLTZMANN_EV_PER_K, 1), uncertainty=None, unit="K", source=source,
        method=(
            "energy gained by the distortion per formula unit (one octahedron) over k: below it the distorted wells "
            "are deep against kT, far above it the parent on average; a scale, no transition temperature"
        ),
    )  # fmt: skip


def _node(entry: _Entry, root: _Entry, formula: str, source: str) -> Node:
    failed = entry.status == "failed"
    cell = None if failed else standard_cell(entry.sites, SYMPREC if entry is root else CHILD_SYMPREC)[0]
    lattice = {}
    if cell is not None:
        edges = cell.structure.lattice
        names = ("a", "b", "c", "alpha", "beta", "gamma")
        lattice = {k: round(float(v), 5) for k, v in zip(names, (*edges.abc, *edges.angles), strict=True)}
    study = None if entry.found is None else entry.found.study
    relative = Quantity(
        value=round(1000 * (entry.energy - root.energy), 4) + 0.0, uncertainty=None, unit="meV/formula",
        method=f"against {root.symbol}; {METHOD}", source=source,
    )  # fmt: skip
    return Node(
        id=entry.id,
        parent=entry.parent,
        origin=entry.origin,
        status=entry.status,
        spacegroup=entry.symbol,
        number=entry.number,
        atoms=len(entry.sites.structure),
        energy=NotComputed(unit="meV/formula", method=entry.reason) if failed else relative,
        lattice=lattice,
        scan=entry.scan,
        lowest=study.lowest
        if study is not None
        else NotComputed(unit="THz", method="not examined: a lower structure was found first"),
        unstable=study.unstable if study is not None else (),
        same_as=entry.same_as,
        reason=entry.reason,
        structure=None
        if cell is None
        else to_model(cell, formula, f"{formula} in {entry.symbol}: {entry.origin}", source),
    )


def _statement(formula: str, root: _Entry, last: _Entry, depth: float, engine: Engine, limited: bool) -> str:
    name = engine.card.name
    if last is root:
        if last.status == "stable":
            return f"{formula} stays {root.symbol}: no unstable mode at 0 K with {name}"
        return f"{formula}: no distortion lowers the energy of {root.symbol} by more than {LOWER:g} meV with {name}"
    gain = f"{depth:.2f} meV per formula unit below {root.symbol}"
    if last.status == "stable":
        return f"{formula}: {last.symbol} is the dynamically stable child with {name}, {gain}"
    why = "the limit of structures to examine was met" if limited else "it is not shown to be stable"
    return f"{formula}: {last.symbol} is the lowest found with {name}, {gain}; {why}"
