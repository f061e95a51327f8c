"""The parameters of a whole-pattern fit: names, values, bounds and the stage at which each is released."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from antiperovskite.diffraction.refinement.peak_shape import WIDTH_NAMES
from antiperovskite.errors import OptionError, best_match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from antiperovskite.diffraction.refinement.crystal import Crystal
    from antiperovskite.diffraction.refinement.intensities import Entry

    Array = NDArray[np.float64]

SCALES, LATTICE, PROFILE, ATOMS, NEVER = 1, 2, 3, 4, 99
"""Stages of the refinement, in the order in which parameters are released."""
MOST_SHIFT: Final = 0.1
"""Coordinates may move this far (fraction of a cell edge) from where they start."""
UNITS: Final = {"U": "degree^2", "V": "degree^2", "W": "degree^2", "X": "degree", "Y": "degree"}


@dataclass(frozen=True)
class Parameter:
    """One number of the model. ``stage`` says when it is released; ``NEVER`` keeps it fixed."""

    name: str
    kind: str
    phase: int
    key: tuple[int, ...]
    value: float
    lower: float
    upper: float
    stage: int
    unit: str


@dataclass(frozen=True)
class Choices:
    """What is refined beyond scales, background, lattices and zero shift.

    ``occupancies`` are pairs of phase name and site label, ``coordinates`` and ``temperature_factors`` phase names.
    """

    background: int = 6
    profile: tuple[str, ...] = ("U", "W", "X", "Y")
    zero: bool = True
    lattice: bool = True
    per_phase_broadening: bool = False
    occupancies: tuple[tuple[str, str], ...] = ()
    coordinates: tuple[str, ...] = ()
    temperature_factors: tuple[str, ...] = ()


def make_parameters(
    crystals: Sequence[Crystal],
    entries: Sequence[tuple[Entry, ...]],
    choices: Choices,
    *,
    b_iso: float,
    lattice_range: float,
    pawley: Sequence[bool],
) -> tuple[Parameter, ...]:
    """Build the table: background, zero, widths, then scale, cell, B, occupancies and coordinates of each phase.

    Raises
    ------
    OptionError
        A choice names a phase, site or width that is not there.
    """
    check_choices(crystals, choices)
    table = [
        Parameter(f"background {k}", "background", -1, (k,), 0.0, -np.inf, np.inf, SCALES, "counts")
        for k in range(choices.background)
    ]
    table.append(Parameter("zero", "zero", -1, (), 0.0, -1.0, 1.0, LATTICE if choices.zero else NEVER, "degree"))
    table += [_width(name, -1, choices) for name in ("U", "V", "W")]
    groups = range(len(crystals)) if choices.per_phase_broadening else (-1,)
    for phase in groups:
        prefix = f"{crystals[phase].name}: " if phase >= 0 else ""
        table += [replace(_width(name, phase, choices), name=prefix + name) for name in ("X", "Y")]
    for phase, crystal in enumerate(crystals):
        table += _phase(phase, crystal, entries[phase], choices, b_iso, lattice_range, pawley[phase])
    return tuple(table)


def _width(name: str, phase: int, choices: Choices) -> Parameter:
    lower, upper = {"U": (0.0, 5.0), "V": (-5.0, 5.0), "W": (1e-6, 5.0)}.get(name, (0.0, 5.0))
    stage = PROFILE if name in choices.profile else NEVER
    return Parameter(name, "width", phase, (WIDTH_NAMES.index(name),), 0.0, lower, upper, stage, UNITS[name])


def _phase(
    phase: int,
    crystal: Crystal,
    entries: tuple[Entry, ...],
    choices: Choices,
    b_iso: float,
    lattice_range: float,
    pawley: bool,
) -> list[Parameter]:
    head = f"{crystal.name}: "
    # A phase whose intensities are extracted has no scale of its own, nor any atoms.
    table = [Parameter(f"{head}scale", "scale", phase, (), 1.0, 0.0, np.inf, NEVER if pawley else SCALES, "1")]
    stage = LATTICE if choices.lattice else NEVER
    for index, name in enumerate(crystal.free_cell):
        value = dict(zip(("a", "b", "c", "alpha", "beta", "gamma"), crystal.cell, strict=True))[name]
        spread, unit = (lattice_range * value, "angstrom") if len(name) == 1 else (5.0, "degree")
        table.append(
            Parameter(f"{head}{name}", "cell", phase, (index,), value, value - spread, value + spread, stage, unit)
        )
    stage = ATOMS if crystal.name in choices.temperature_factors and not pawley else NEVER
    for index, symbol in enumerate(dict.fromkeys(entry.symbol for entry in entries)):
        table.append(Parameter(f"{head}B({symbol})", "b_iso", phase, (index,), b_iso, 0.0, 20.0, stage, "angstrom^2"))
    wanted = {label for name, label in choices.occupancies if name == crystal.name}
    for index, entry in enumerate(entries):
        label = occupancy_label(crystal, entry)
        stage = ATOMS if label in wanted and not pawley else NEVER
        table.append(
            Parameter(f"{head}occupancy({label})", "occupancy", phase, (index,), entry.occupancy, 0.0, 1.0, stage, "1")
        )
    stage = ATOMS if crystal.name in choices.coordinates and not pawley else NEVER
    for o, orbit in enumerate(crystal.orbits):
        for k, axis in enumerate(orbit.axes):
            name = f"{head}{axis}({orbit.label})"
            table.append(Parameter(name, "shift", phase, (o, k), 0.0, -MOST_SHIFT, MOST_SHIFT, stage, "1"))
    return table


def occupancy_label(crystal: Crystal, entry: Entry) -> str:
    """``"Li1"`` for a site of one element, ``"Br:Cl1"`` for bromine on a site shared with chlorine."""
    orbit = crystal.orbits[entry.orbit]
    return orbit.label if len(orbit.occupants) == 1 else f"{entry.symbol}:{orbit.label}"


def partner(crystal: Crystal, entries: tuple[Entry, ...], index: int) -> int | None:
    """The other occupant of a fully occupied site of two, which gives way when this one's occupancy is refined."""
    mine = entries[index]
    others = [k for k, entry in enumerate(entries) if entry.orbit == mine.orbit and k != index]
    full = abs(sum(o.occupancy for o in crystal.orbits[mine.orbit].occupants) - 1.0) < 1e-6
    return others[0] if len(others) == 1 and full else None


def check_choices(crystals: Sequence[Crystal], choices: Choices) -> None:
    """Raise OptionError where a choice names what is not there, or two phases are called alike."""
    names = [crystal.name for crystal in crystals]
    by_name = dict(zip(names, crystals, strict=True))
    if len(by_name) != len(names):
        raise OptionError(f"two phases are called alike ({', '.join(names)}); give each its own name")
    if not 1 <= choices.background <= 40:
        raise OptionError(f"{choices.background} background terms were asked for; give 1 to 40")
    for name in choices.profile:
        if name not in WIDTH_NAMES:
            raise OptionError(f"unknown profile parameter {name!r}; known: {', '.join(WIDTH_NAMES)}")
    for name in (*choices.coordinates, *choices.temperature_factors, *(pair[0] for pair in choices.occupancies)):
        if name not in by_name:
            raise OptionError(f"no phase is called {name!r}{best_match(name, names)}; phases: {', '.join(names)}")
    for name, label in choices.occupancies:
        crystal = by_name[name]
        from antiperovskite.diffraction.refinement.intensities import entries_of

        known = [occupancy_label(crystal, entry) for entry in entries_of(crystal)]
        if label not in known:
            raise OptionError(f"{name} has no site {label!r}{best_match(label, known)}; sites: {', '.join(known)}")
