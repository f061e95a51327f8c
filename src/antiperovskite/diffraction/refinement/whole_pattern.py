"""Refining a measured pattern: from structures to lattices, fractions, parameters and agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.powder import CU_K_ALPHA_1, NEUTRON_WAVELENGTH
from antiperovskite.diffraction.refinement.crystal import Crystal, read_crystal
from antiperovskite.diffraction.refinement.fit import TIGHT, Fitted, extract_intensities, fit_pattern
from antiperovskite.diffraction.refinement.intensities import entries_of
from antiperovskite.diffraction.refinement.parameters import (
    ATOMS,
    LATTICE,
    PROFILE,
    Choices,
    check_choices,
    make_parameters,
)
from antiperovskite.diffraction.refinement.pattern_model import PatternModel, Source
from antiperovskite.diffraction.refinement.result import build_result
from antiperovskite.diffraction.refinement.search import Found, Target, search_lattice, start_widths
from antiperovskite.diffraction.refinement.statistics import weights
from antiperovskite.diffraction.scattering import Nuclide, parse_isotopes
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.data_files import MeasuredPattern
    from antiperovskite.diffraction.model import Radiation
    from antiperovskite.diffraction.refinement.model import Refinement

    Array = NDArray[np.float64]

MOST_PHASES = 12
DEFAULT_B = 1.0
"""Angstrom^2; a plain choice for ions at room temperature, held unless it is refined."""


@dataclass(frozen=True)
class Phase:
    """A phase to fit: a structure, the name it goes by, and whether its intensities are refined freely (Pawley)."""

    structure: Any
    name: str
    pawley: bool = False


def source_of(
    radiation: Radiation,
    wavelengths: Sequence[float | tuple[float, float]] | float | None,
    pattern: MeasuredPattern,
    perpendicular: float = 0.5,
) -> Source:
    """Wavelengths given, else the file's, else Cu K-alpha1 or 1.594 angstrom (neutrons).

    Raises
    ------
    OptionError
        A wavelength or weight that is not possible.
    """
    if wavelengths is None:
        wavelengths = pattern.wavelength or (CU_K_ALPHA_1 if radiation == "xray" else NEUTRON_WAVELENGTH)
    given = [wavelengths] if isinstance(wavelengths, int | float) else list(wavelengths)
    lines = tuple((float(w[0]), float(w[1])) if isinstance(w, tuple) else (float(w), 1.0) for w in given)
    for wave, weight in lines:
        if not 0.1 <= wave <= 10.0 or not 0.0 < weight <= 1.0:
            raise OptionError(f"wavelength {wave:g} angstrom with weight {weight:g}: give 0.1 to 10 angstrom, 0 to 1")
    if not 1 <= len(lines) <= 6:
        raise OptionError(f"{len(lines)} wavelengths were given; give one to six")
    if radiation not in ("xray", "neutron"):
        raise OptionError(f"unknown radiation {radiation!r}; use xray or neutron")
    if not 0.0 <= perpendicular <= 1.0:
        raise OptionError(f"a perpendicular share of {perpendicular:g} was given; it lies between 0 and 1")
    return Source(radiation, lines, perpendicular)


def refine(
    pattern: MeasuredPattern,
    phases: Sequence[Phase],
    radiation: Radiation = "xray",
    *,
    wavelengths: Sequence[float | tuple[float, float]] | float | None = None,
    isotopes: Mapping[str, str] | None = None,
    choices: Choices | None = None,
    b_iso: float = DEFAULT_B,
    lattice_search: float = 0.03,
    start_width: float | None = None,
    perpendicular: float = 0.5,
) -> Refinement:
    """Refine scales, background, zero shift, lattices, line widths and chosen atomic parameters.

    Minimises sum_i w_i (o_i - c_i)^2 with c = Chebyshev background + sum over phases, lines and wavelengths of
    scale * multiplicity * |F|^2 * LP * pseudo-Voigt. Parameters are released in stages: scales and background,
    lattices and zero shift (lines widened first), profile, atoms. Texture, absorption and extinction are not
    modelled.

    Parameters
    ----------
    phases
        One or more structures; a ``pawley`` phase has each reflection's intensity as a parameter instead of its
        structure's, and gives lattice, profile and those intensities with uncertainties.
    wavelengths
        One wavelength in angstrom, or several with weights such as ``[(1.540593, 1.0), (1.544427, 0.5)]``.
    isotopes
        ``{"H": "D"}`` and the like, as in :func:`antiperovskite.diffraction.powder_pattern`.
    b_iso
        Temperature factor of all atoms in square angstrom, the start where it is refined.
    lattice_search
        Relative range in which lattices are searched for first, and twice that as the bound; 0 starts as given.
    start_width
        Width of the lines in degree, where known; otherwise it is found.
    perpendicular
        Share of an X-ray beam polarised perpendicular to the plane of diffraction: 0.5 without a monochromator.

    Raises
    ------
    OptionError
        No phase, too many phases, or a choice that does not fit.
    StructureError
        A structure without a valid cell.

    Examples
    --------
    >>> from ase.build import bulk
    >>> import numpy as np
    >>> from antiperovskite.diffraction import powder_pattern
    >>> from antiperovskite.diffraction.data_files import MeasuredPattern
    >>> truth = powder_pattern(bulk("NaCl", "rocksalt", a=5.64), two_theta=(20, 90))
    >>> counts = np.rint(50.0 * np.array(truth.profile) + 100.0)
    >>> pattern = MeasuredPattern.from_arrays(np.array(truth.two_theta), counts)
    >>> start = Phase(bulk("NaCl", "rocksalt", a=5.70), "NaCl")
    >>> f"{refine(pattern, [start]).phase('NaCl').lattice['a'].value:.3f}"
    '5.640'
    """
    source = source_of(radiation, wavelengths, pattern, perpendicular)
    nuclides = parse_isotopes(isotopes or {})
    if not 1 <= len(phases) <= MOST_PHASES:
        raise OptionError(f"{len(phases)} phases were given; give 1 to {MOST_PHASES}")
    if not 0.0 <= lattice_search <= 0.1:
        raise OptionError(f"a lattice search of {lattice_search:g} was asked for; give 0 to 0.1 (relative)")
    if not 0.0 <= b_iso <= 20.0:
        raise OptionError(f"B = {b_iso:g} angstrom^2 is out of range; give 0 to 20")
    crystals = [read_crystal(phase.structure, phase.name) for phase in phases]
    chosen = choices or Choices()
    check_choices(crystals, chosen)
    starts = find_starts(
        pattern,
        crystals,
        source,
        nuclides,
        span=lattice_search,
        width=start_width,
        b_iso=b_iso,
        terms=chosen.background,
    )
    model, fitted = fit_phases(
        pattern,
        crystals,
        source,
        nuclides,
        choices=chosen,
        starts=starts,
        b_iso=b_iso,
        bound=max(2.0 * lattice_search, 0.01),
        pawley=[phase.pawley for phase in phases],
    )
    return build_result(pattern, model, fitted, b_iso)


def find_starts(
    pattern: MeasuredPattern,
    crystals: Sequence[Crystal],
    source: Source,
    nuclides: Mapping[str, Nuclide],
    *,
    span: float,
    width: float | None,
    b_iso: float,
    terms: int,
) -> list[Found]:
    """Search each lattice, the phase that explains most first; later phases explain what earlier ones left."""
    w = weights(pattern, pattern.intensity)
    u = 2.0 * (pattern.two_theta - pattern.two_theta[0]) / np.ptp(pattern.two_theta) - 1.0
    columns = np.polynomial.chebyshev.chebvander(u, terms - 1)
    singles = [single_model(pattern, crystal, source, nuclides, b_iso) for crystal in crystals]
    left = list(range(len(crystals)))
    found: dict[int, Found] = {}
    while left:
        target = Target(pattern.intensity, w, columns)
        tried = {k: search_lattice(*singles[k], target, span, width) for k in left}
        best = max(left, key=lambda k: tried[k].gain)
        found[best] = tried[best]
        width = tried[best].width
        columns = np.column_stack([columns, found_profile(singles[best], tried[best])])
        left.remove(best)
    return [found[k] for k in range(len(crystals))]


def single_model(
    pattern: MeasuredPattern, crystal: Crystal, source: Source, nuclides: Mapping[str, Nuclide], b_iso: float
) -> tuple[PatternModel, Array]:
    """A one-phase model with scale one, for scans."""
    model = PatternModel(pattern.two_theta, [crystal], source, nuclides, [False])
    if not len(model.phases[0].list.hkl):
        raise OptionError(
            f"{crystal.name} has no reflection between {pattern.two_theta[0]:g} and {pattern.two_theta[-1]:g} degree; "
            "leave it out or measure further"
        )
    model.set_table(
        make_parameters([crystal], [entries_of(crystal)], Choices(), b_iso=b_iso, lattice_range=0.2, pawley=[False])
    )
    values = np.array([parameter.value for parameter in model.table])
    values[model._widths_of(0)] = start_widths(0.2)
    model.refresh(values)
    return model, values


def found_profile(single: tuple[PatternModel, Array], found: Found) -> Array:
    """The unit-scale profile of a phase at a cell and width that a search found."""
    model, values = single
    trial = values.copy()
    trial[model._at("cell", 0)] = found.cell
    trial[model._widths_of(0)] = start_widths(found.width)
    model.reach = np.full(model.n_lines, 20.0 * found.width)
    return model.phase_profile(trial, 0)


def fit_phases(
    pattern: MeasuredPattern,
    crystals: Sequence[Crystal],
    source: Source,
    nuclides: Mapping[str, Nuclide],
    *,
    choices: Choices,
    starts: Sequence[Found],
    b_iso: float,
    bound: float,
    pawley: Sequence[bool],
    stages: Sequence[int] = (LATTICE, PROFILE, ATOMS),
    tolerance: float = TIGHT,
) -> tuple[PatternModel, Fitted]:
    """Fit phases from the cells and the width that a search found."""
    model = PatternModel(pattern.two_theta, crystals, source, nuclides, pawley)
    entries = [entries_of(crystal) for crystal in crystals]
    model.set_table(make_parameters(crystals, entries, choices, b_iso=b_iso, lattice_range=bound, pawley=pawley))
    values = np.array([parameter.value for parameter in model.table])
    strongest = max(starts, key=lambda found: found.gain)
    for number, found in enumerate(starts):
        values[model._at("cell", number)] = found.cell
        values[model._widths_of(number)] = start_widths(strongest.width)
    model.refresh(values)
    if any(pawley):
        _first_extraction(model, pattern, values)
    return model, fit_pattern(model, pattern, values, stages, tolerance=tolerance)


def _first_extraction(model: PatternModel, pattern: MeasuredPattern, values: Array) -> None:
    """Rough background below the pattern, so that the first partition has something to share out."""
    low = float(np.quantile(pattern.intensity, 0.1))
    values[model._at("background", -1)] = 0.0
    values[model._at("background", -1)[0]] = low
    extract_intensities(model, pattern, values, steps=12)
