"""Phonons of one structure: relax it within its symmetry, displace, name the modes, say whether it is a minimum."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiperovskite.engines.protocol import Engine
from antiperovskite.engines.relax import relax
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.quantity import Quantity
from antiperovskite.structures.model import StructureModel
from antiperovskite.vibrations import bands, modes
from antiperovskite.vibrations.cells import (
    SYMPREC,
    Sites,
    from_model,
    from_structure,
    standard_cell,
    supercell_repeats,
    to_model,
)
from antiperovskite.vibrations.forces import CITATION, DISPLACEMENT, default_cache, force_constants
from antiperovskite.vibrations.model import NamedLevel, PhononStudy, SoftMode, Stability
from antiperovskite.vibrations.patterns import Framework, framework

IMAGINARY: Final = -0.1  # THz; above it a negative frequency is noise of the forces
TARGET_LENGTH: Final = 8.0  # angstrom: two cubic cells, which hold Γ, X, M and R exactly
FMAX: Final = 0.002  # eV/angstrom; phonons want a structure without forces
LARGEST_SUPERCELL: Final = 1000  # atoms
MAX_SOFT_MODES: Final = 6

Report = Callable[[str, str], None]
"""Called with what is being done and a detail."""


@dataclass(frozen=True)
class Vibrations:
    """What following a mode needs beyond the frozen result: force constants and the cell they belong to."""

    study: PhononStudy
    sites: Sites
    phonon: Any
    frame: Framework
    stars: tuple[modes.Level, ...]

    @property
    def unstable(self) -> tuple[modes.Level, ...]:
        """Levels below the threshold, lowest first."""
        return tuple(sorted((x for x in self.stars if x.frequency < IMAGINARY), key=lambda x: round(x.frequency, 3)))


def read_sites(structure: Any) -> tuple[Sites, str]:
    """Return the atoms and the formula of a ``StructureModel`` or a ``pymatgen`` structure."""
    if isinstance(structure, StructureModel):
        return from_model(structure), structure.formula
    return from_structure(structure), str(structure.composition.reduced_formula)


def relax_in_symmetry(
    sites: Sites, engine: Engine, *, relax_cell: bool = True, fmax: float = FMAX, symprec: float = SYMPREC
) -> tuple[Sites, float]:
    """Relax the primitive cell within its space group; return it and its energy in eV per reduced formula unit."""
    cell, _, _ = standard_cell(sites, symprec, primitive=True)
    with warnings.catch_warnings():
        # ase's cell filter takes the matrix logarithm of the deformation; scipy reports errors of 1e-13
        warnings.filterwarnings("ignore", message="logm result may be inaccurate", category=RuntimeWarning)
        found = relax(cell.structure, engine, fmax=fmax, relax_cell=relax_cell, keep_symmetry=True)
    return cell.with_structure(found.to_pymatgen()), found.energy / cell.formula_units


def phonon_study(
    structure: Any,
    engine: Engine,
    *,
    supercell: int | tuple[int, int, int] | None = None,
    relaxed: bool = False,
    relax_cell: bool = True,
    fmax: float = FMAX,
    symprec: float = SYMPREC,
    displacement: float = DISPLACEMENT,
    cache: Path | None = None,
    use_cache: bool = True,
    report: Report | None = None,
) -> PhononStudy:
    """Return bands, density of states and named modes of a structure, and whether it is dynamically stable at 0 K.

    Parameters
    ----------
    structure
        :class:`~antiperovskite.structures.StructureModel` or ``pymatgen.core.Structure``.
    engine
        Where forces come from.
    supercell
        Repeats of the conventional cell, one number for all axes or three; by default even numbers (or 1) that make
        edges of about 8 angstrom, so that a cubic anti-perovskite is doubled and Γ, X, M and R are exact.
    relaxed
        Whether the structure is already a stationary point of this engine; else it is relaxed within its symmetry.
    relax_cell
        Whether the cell relaxes too.
    fmax
        Force criterion of the relaxation, eV/angstrom.
    symprec
        Tolerance of the symmetry, angstrom.
    displacement
        Finite displacement, angstrom.
    cache, use_cache
        Directory where forces are kept (by default the user's cache), and whether to keep them.
    report
        Called with progress.

    Raises
    ------
    OptionError
        A supercell, displacement or tolerance that cannot be used.
    StructureError
        Partly occupied sites, or no space group found.
    EngineError
        The engine failed or the relaxation did not converge.
    """
    return vibrations(
        structure, engine, supercell=supercell, relaxed=relaxed, relax_cell=relax_cell, fmax=fmax, symprec=symprec,
        displacement=displacement, cache=cache, use_cache=use_cache, report=report,
    ).study  # fmt: skip


def vibrations(
    structure: Any,
    engine: Engine,
    *,
    supercell: int | tuple[int, int, int] | None = None,
    relaxed: bool = False,
    relax_cell: bool = True,
    fmax: float = FMAX,
    symprec: float = SYMPREC,
    displacement: float = DISPLACEMENT,
    cache: Path | None = None,
    use_cache: bool = True,
    report: Report | None = None,
    target: float = TARGET_LENGTH,
) -> Vibrations:
    """As :func:`phonon_study`, with the force constants beside the result; ``target`` is the edge wanted, angstrom."""
    if not 0 < displacement <= 0.2:
        raise OptionError(f"the displacement is {displacement:g} angstrom; it must lie above 0 and not above 0.2")
    if not 0 < symprec <= 0.5:
        raise OptionError(f"the symmetry tolerance is {symprec:g} angstrom; it must lie above 0 and not above 0.5")
    sites, formula = (structure, "") if isinstance(structure, Sites) else read_sites(structure)
    formula = formula or str(sites.structure.composition.reduced_formula)
    if not relaxed:
        if report is not None:
            report("relaxing", f"{formula}, {standard_cell(sites, symprec)[1]}, symmetry kept")
        sites, _ = relax_in_symmetry(sites, engine, relax_cell=relax_cell, fmax=fmax, symprec=symprec)
    cell, symbol, _ = standard_cell(sites, symprec)
    repeats = _repeats(cell, supercell, target)

    def displaced(number: int, count: int) -> None:
        if report is not None:
            report("displacements", f"{number} of {count} ({formula} {symbol}, {'x'.join(map(str, repeats))})")

    phonon = force_constants(
        cell.structure, engine, repeats, centring=symbol[0], displacement=displacement,
        cache=(cache or default_cache()) if use_cache else None, report=displaced,
    )  # fmt: skip
    frame = framework(phonon, cell)
    levels = [
        level
        for label, star in modes.commensurate_stars(phonon)
        for level in modes.levels(label, [modes.modes_at(phonon, frame, q) for q in star])
    ]
    study = _write(formula, cell, symbol, engine, phonon, frame, levels, symprec, displacement)
    return Vibrations(study, cell, phonon, frame, tuple(levels))


def _repeats(cell: Sites, supercell: int | tuple[int, int, int] | None, target: float) -> tuple[int, int, int]:
    if supercell is None:
        repeats = supercell_repeats(cell.structure, target)
    else:
        repeats = (supercell, supercell, supercell) if isinstance(supercell, int) else supercell
    if min(repeats) < 1:
        raise OptionError(f"a supercell of {repeats} was asked for; repeats must be whole numbers of at least 1")
    atoms = len(cell.structure) * repeats[0] * repeats[1] * repeats[2]
    if atoms > LARGEST_SUPERCELL:
        raise OptionError(
            f"a supercell of {'x'.join(map(str, repeats))} would hold {atoms} atoms; at most {LARGEST_SUPERCELL} are "
            "allowed, choose a smaller --supercell"
        )
    return repeats


def _write(
    formula: str, cell: Sites, symbol: str, engine: Engine, phonon: Any, frame: Framework,
    levels: list[modes.Level], symprec: float, displacement: float,
) -> PhononStudy:  # fmt: skip
    lines, dos = bands.band_structure(phonon), bands.density_of_states(phonon, frame)
    named = tuple(name_level(level, frame) for level in levels)
    soft = sorted((level for level in named if level.frequency < IMAGINARY), key=lambda level: level.frequency)
    lowest_exact = min(level.frequency for level in named)
    lowest_between = min([dos.lowest, *(min(min(band) for band in line.frequencies) for line in lines)])
    repeats = [int(n) for n in phonon.supercell_matrix.diagonal()]
    source = f"{engine.card.name} {engine.card.version}, {'x'.join(map(str, repeats))} supercell"
    method = (
        f"phonopy, finite displacements of {displacement:g} angstrom, symmetry tolerance {symprec:g} angstrom; "
        "negative: imaginary; no uncertainty: the engine's own error is not known"
    )
    verdict, statement = _verdict(symbol, engine, soft, lowest_between)
    by_level = {id(level): k for k, level in enumerate(levels)}
    shown = sorted(levels, key=lambda level: level.frequency)
    model = to_model(cell, formula, f"{formula} in {symbol}, relaxed with {engine.card.name}", engine.card.name)
    return PhononStudy(
        formula=formula,
        engine=engine.card,
        structure=model,
        spacegroup=symbol,
        symprec=symprec,
        supercell=(repeats[0], repeats[1], repeats[2]),
        atoms_in_supercell=len(phonon.supercell),
        displacements=len(phonon.supercells_with_displacements),
        verdict=verdict,
        statement=statement,
        lowest=Quantity(
            value=round(min(lowest_exact, lowest_between), 4), uncertainty=None, unit="THz", method=method,
            source=source, citations=(CITATION,),
        ),
        lattice=_lattice(cell.structure, source),
        levels=named,
        unstable=tuple(soft),
        bands=lines,
        dos=dos,
        soft_modes=tuple(
            _soft_mode(phonon, frame, cell, formula, level, named[by_level[id(level)]])
            for level in shown[:MAX_SOFT_MODES]
        ),
        notes=_notes(cell, repeats),
        citations=tuple(dict.fromkeys((CITATION, bands.CITATION, *engine.card.citations))),
    )  # fmt: skip


def _notes(cell: Sites, repeats: list[int]) -> tuple[str, ...]:
    notes = [
        "frequencies are exact for the forces of the engine at the q-points that fit the "
        f"{'x'.join(map(str, repeats))} supercell and interpolated elsewhere",
        "no splitting of polar optical modes near Γ: the engine gives no Born charges",
        "0 K and classical minimum: neither temperature nor zero-point motion stabilises a mode here",
    ]
    if any(kind.role is None for kind in cell.kinds):
        notes.append("the composition is not read as an anti-perovskite of single-atom ions: no tilts are named")
    return tuple(notes)


def _lattice(structure: Any, source: str) -> dict[str, Quantity]:
    def of(value: float, unit: str) -> Quantity:
        return Quantity(
            value=round(float(value), 5), uncertainty=None, unit=unit, source=source,
            method="relaxed at 0 K; no uncertainty: the engine's own error is not known",
        )  # fmt: skip

    lattice = structure.lattice
    return {
        **{name: of(value, "angstrom") for name, value in zip("abc", lattice.abc, strict=True)},
        **{name: of(value, "degree") for name, value in zip(("alpha", "beta", "gamma"), lattice.angles, strict=True)},
    }


def _verdict(symbol: str, engine: Engine, soft: list[NamedLevel], between: float) -> tuple[Stability, str]:
    name = engine.card.name
    if soft:
        which = "; ".join(f"{level.name} at {level.q_label} ({-level.frequency:.2f}i THz)" for level in soft[:4])
        more = f"; {len(soft) - 4} more" if len(soft) > 4 else ""
        return "unstable", f"{symbol} is dynamically unstable at 0 K with {name}: {which}{more}"
    if between < IMAGINARY:
        return "undecided", (
            f"{symbol} has no imaginary mode at the q-points of the supercell, but the interpolated bands go to "
            f"{-between:.2f}i THz between them with {name}; a larger supercell decides"
        )
    return "stable", f"{symbol} is dynamically stable at 0 K with {name}: no imaginary mode"


def name_level(level: modes.Level, frame: Framework) -> NamedLevel:
    """Write a level as a result."""
    axes = dict.fromkeys(modes.axis_name(frame, mode.axis) for mode in level.modes if mode.axis is not None)
    return NamedLevel(
        q_label=level.label,
        arms=level.arms,
        degeneracy=len(level.modes),
        frequency=round(level.frequency, 4),
        name=level.name,
        axes=tuple(axes),
        shares=level.modes[0].shares,
    )


def _soft_mode(
    phonon: Any, frame: Framework, cell: Sites, formula: str, level: modes.Level, named: NamedLevel
) -> SoftMode:
    mode = level.modes[-1]
    moves = modes.freeze(phonon, frame, mode)
    return SoftMode(
        name=mode.name,
        q_label=named.q_label,
        frequency=named.frequency,
        supercell=to_model(
            supercell_sites(phonon, cell), formula, f"supercell of {formula} that holds the mode", cell_source(named)
        ),
        displacements=tuple((round(float(x), 5), round(float(y), 5), round(float(z), 5)) for x, y, z in moves),
    )


def cell_source(level: NamedLevel) -> str:
    """Say where a drawn mode comes from."""
    return f"phonopy supercell, mode at {level.q_label}"


def supercell_sites(phonon: Any, cell: Sites) -> Sites:
    """Return the phonon supercell with the kinds of its atoms."""
    from pymatgen.core import Lattice, Structure

    from antiperovskite.vibrations.cells import regroup

    supercell = phonon.supercell
    kinds = tuple(cell.kinds[supercell.u2u_map[s]] for s in supercell.s2u_map)
    structure = Structure(Lattice(supercell.cell), list(supercell.symbols), supercell.scaled_positions)
    if len(kinds) != len(structure):
        raise StructureError("the supercell does not match its cell")
    return Sites(structure, kinds, regroup(structure, kinds))
