"""Turning a fit into numbers with units, uncertainties and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from antiperovskite.diffraction.refinement.crystal import inverse_d, volume
from antiperovskite.diffraction.refinement.model import (
    Agreement,
    Curves,
    ExtractedIntensity,
    RefinedParameter,
    RefinedPhase,
    Refinement,
    Tick,
)
from antiperovskite.diffraction.refinement.parameters import NEVER
from antiperovskite.diffraction.refinement.quantify import propagate
from antiperovskite.diffraction.refinement.statistics import absolute, serial_correlation
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.data_files import MeasuredPattern
    from antiperovskite.diffraction.refinement.fit import Fitted
    from antiperovskite.diffraction.refinement.pattern_model import PatternModel

    Array = NDArray[np.float64]

CITATIONS: Final = ("rietveld1969", "hill1987", "thompson1987", "caglioti1958", "toby2006")
CORRELATED: Final = 1.5
"""Serial correlation from which a note warns that uncertainties are too small."""
WEAKEST_TICK: Final = 1e-4
AT_BOUND: Final = "it ended at the edge of its range and was held there"
DEPENDENT: Final = "the data do not determine it apart from other parameters"
ENTANGLED: Final = "it overlaps others: the data determine their sum, and the share given to each is a convention"


def variance_scale(pattern: MeasuredPattern, fitted: Fitted) -> float:
    """Factor on the covariance: chi^2, never below one where the weights are absolute."""
    return max(1.0, fitted.chi2) if absolute(pattern) else fitted.chi2


def uncertainty_rule(pattern: MeasuredPattern, fitted: Fitted) -> str:
    """The sentence that says what a standard uncertainty of this fit means."""
    if pattern.sigma is not None:
        origin = "the file's uncertainties"
    elif pattern.counts:
        origin = "Poisson weights from the calculated counts"
    else:
        origin = "weights 1/I in arbitrary units (the intensities are no counts)"
    rule = "chi^2 (never below 1)" if absolute(pattern) else "chi^2"
    return (
        f"square root of the diagonal of the inverse normal matrix with {origin}, times the square root of {rule}; "
        f"chi^2 = {fitted.chi2:.4g}; systematic errors (texture, absorption, wavelength) are not included"
    )


def build_result(pattern: MeasuredPattern, model: PatternModel, fitted: Fitted, b_iso: float) -> Refinement:
    """Collect everything a reader of the refinement needs."""
    scale = variance_scale(pattern, fitted)
    sigma = _uncertainties(model, fitted, scale)
    fractions = propagate(model, fitted, scale)
    rule = uncertainty_rule(pattern, fitted)
    residual = (fitted.calculated - pattern.intensity) * np.sqrt(fitted.weights)
    factor = serial_correlation(residual, longest=_points_per_line(model, fitted))
    citations = CITATIONS + (("pawley1981", "lebail1988") if any(p.pawley for p in model.phases) else ())
    return Refinement(
        pattern=pattern.name,
        radiation=model.source.radiation,
        wavelengths=tuple(_wavelength(wave, weight) for wave, weight in model.source.lines),
        isotopes={n.element: n.label for n in model.nuclides.values()},
        phases=tuple(_phase(pattern, model, fitted, number, sigma, fractions) for number in range(len(model.phases))),
        parameters=_parameters(model, fitted, sigma),
        agreement=_agreement(pattern, fitted),
        serial_correlation=Quantity(
            value=factor,
            uncertainty=None,
            unit="1",
            method="1 + 2 sum of the residuals' autocorrelation; no uncertainty is defined",
            source="this refinement",
            citations=("berar1991",),
        ),
        converged=fitted.converged,
        curves=Curves(
            two_theta=tuple(pattern.two_theta.tolist()),
            observed=tuple(pattern.intensity.tolist()),
            calculated=tuple(fitted.calculated.tolist()),
            background=tuple(model.background(fitted.values).tolist()),
        ),
        uncertainty_rule=rule,
        method="whole-pattern least squares: Chebyshev background, Thompson-Cox-Hastings pseudo-Voigt lines with "
        "Caglioti widths; " + _factor(model) + f"; B = {b_iso:g} angstrom^2 where it was not refined",
        citations=(*citations, "berar1991"),
        notes=(*pattern.notes, *_notes(pattern, model, fitted, factor)),
    )


def _factor(model: PatternModel) -> str:
    if model.source.radiation == "neutron":
        return "Lorentz factor"
    share = model.source.perpendicular
    beam = "an unpolarised beam" if share == 0.5 else f"a beam polarised {share:.3g} perpendicular"
    return f"Lorentz-polarisation factor of {beam}"


def _points_per_line(model: PatternModel, fitted: Fitted) -> int:
    from antiperovskite.diffraction.refinement.peak_shape import widths

    middle = np.array([np.radians(model.grid.mean()) / 2.0])
    full = float(widths(middle, fitted.values[model._widths_of(0)])[0][0])
    return max(int(3.0 * full / float(np.median(np.diff(model.grid)))), 1)


def _uncertainties(model: PatternModel, fitted: Fitted, scale: float) -> dict[int, tuple[float | None, str]]:
    """Standard uncertainty of each free parameter, or why it has none."""
    result: dict[int, tuple[float | None, str]] = {}
    inside = fitted.free[~fitted.at_bound]
    for place, index in enumerate(inside):
        if fitted.covariance.dependent[place]:
            result[int(index)] = (None, DEPENDENT)
        else:
            result[int(index)] = (float(np.sqrt(max(fitted.covariance.matrix[place, place], 0.0) * scale)), "")
    for index in fitted.free[fitted.at_bound]:
        result[int(index)] = (None, AT_BOUND)
    return result


def _parameters(
    model: PatternModel, fitted: Fitted, sigma: dict[int, tuple[float | None, str]]
) -> tuple[RefinedParameter, ...]:
    rows = []
    for index, parameter in enumerate(model.table):
        value = float(fitted.values[index])
        error, note = sigma.get(index, (None, "held"))
        if parameter.kind == "shift":
            if parameter.stage == NEVER:
                continue
            orbit, axis = parameter.key
            site = model.phases[parameter.phase].crystal.orbits[orbit]
            value += float(site.positions[0]["xyz".index(site.axes[axis])])
        if parameter.kind == "occupancy":
            value = float(model.atoms(fitted.values, parameter.phase)[0][parameter.key[0]])
            other = model.phases[parameter.phase].partners[parameter.key[0]]
            places = model._at("occupancy", parameter.phase)
            if other is not None and model.table[places[other]].stage < NEVER:
                error, note = sigma.get(int(places[other]), (None, "held"))
                note = note or "one minus the other occupant of the site"
        rows.append(
            RefinedParameter(
                name=parameter.name,
                value=value,
                uncertainty=error,
                unit=parameter.unit,
                refined=index in sigma,
                note=note,
            )
        )
    return tuple(rows)


def _phase(
    pattern: MeasuredPattern,
    model: PatternModel,
    fitted: Fitted,
    number: int,
    sigma: dict[int, tuple[float | None, str]],
    fractions: tuple[Array, Array],
) -> RefinedPhase:
    phase = model.phases[number]
    crystal = phase.crystal
    rule = uncertainty_rule(pattern, fitted)
    source = f"{pattern.name}, whole-pattern refinement"
    lattice = {}
    for name, index in zip(crystal.free_cell, model._at("cell", number), strict=True):
        error, note = sigma.get(int(index), (None, "held at its starting value"))
        lattice[name] = Quantity(
            value=float(fitted.values[index]),
            uncertainty=error,
            unit="angstrom" if len(name) == 1 else "degree",
            method=rule if error is not None else f"no uncertainty: {note}",
            source=source,
        )
    return RefinedPhase(
        name=crystal.name,
        formula=crystal.formula,
        spacegroup=crystal.spacegroup,
        crystal_system=crystal.system,
        intensities="Pawley" if phase.pawley else "Rietveld",
        lattice=lattice,
        volume=_volume(pattern, model, fitted, number),
        weight_fraction=_fraction(pattern, model, fitted, number, fractions),
        r_bragg=_r_bragg(pattern, model, fitted, number),
        ticks=_ticks(model, fitted, number),
        extracted=_extracted(model, fitted, number, variance_scale(pattern, fitted)),
    )


def _volume(pattern: MeasuredPattern, model: PatternModel, fitted: Fitted, number: int) -> Quantity:
    places = model._at("cell", number)
    inside = list(fitted.free[~fitted.at_bound])
    columns = [(j, inside.index(p)) for j, p in enumerate(places) if p in inside]
    gradient = np.zeros(len(inside))
    for j, column in columns:
        stepped = fitted.values.copy()
        step = 1e-6 * float(stepped[places[j]])
        stepped[places[j]] += step
        up = volume(model.cell_of(stepped, number))
        stepped[places[j]] -= 2.0 * step
        gradient[column] = (up - volume(model.cell_of(stepped, number))) / (2.0 * step)
    variance = float(gradient @ fitted.covariance.matrix @ gradient) * variance_scale(pattern, fitted)
    sure = bool(columns) and not any(fitted.covariance.dependent[column] for _, column in columns)
    return Quantity(
        value=volume(model.cell_of(fitted.values, number)),
        uncertainty=float(np.sqrt(max(variance, 0.0))) if sure else None,
        unit="angstrom^3",
        method="from the lattice parameters and their covariance" if sure else "no uncertainty: the lattice has none",
        source=f"{pattern.name}, whole-pattern refinement",
    )


def _fraction(
    pattern: MeasuredPattern, model: PatternModel, fitted: Fitted, number: int, fractions: tuple[Array, Array]
) -> AnyQuantity:
    if any(phase.pawley for phase in model.phases):
        return NotComputed(unit="%", method="a phase with extracted intensities has no scale, so no fractions follow")
    if len(model.phases) == 1:
        return NotComputed(unit="%", method="one phase: its share of the crystalline part is 100 % by construction")
    error = 100.0 * float(fractions[1][number])
    scale_index = int(model._at("scale", number)[0])
    held = scale_index in fitted.free[fitted.at_bound]
    return Quantity(
        value=100.0 * float(fractions[0][number]),
        uncertainty=None if held else error,
        unit="%",
        method="share by weight of the crystalline phases fitted, W ~ S Z M V; "
        + ("no uncertainty: the scale ended at zero" if held else uncertainty_rule(pattern, fitted)),
        source=f"{pattern.name}, whole-pattern refinement",
        citations=("hill1987",),
    )


def _r_bragg(pattern: MeasuredPattern, model: PatternModel, fitted: Fitted, number: int) -> AnyQuantity:
    """sum |I_obs - I_calc| / sum I_calc, with the observed intensities shared out in the calculated proportions."""
    if model.phases[number].pawley:
        return NotComputed(unit="%", method="extracted intensities agree by construction")
    shapes, total = model.line_shapes(fitted.values, number)
    square = model._squares(fitted.values, number)[0]
    background = model.background(fitted.values)
    peaks = fitted.calculated - background
    ratio = np.divide(pattern.intensity - background, peaks, out=np.ones_like(peaks), where=peaks > 1e-9)
    calculated = total * square
    observed = (shapes.T @ ratio) * square
    if calculated.sum() <= 0.0:
        return NotComputed(unit="%", method="the phase has no intensity in the fit")
    return Quantity(
        value=100.0 * float(np.abs(observed - calculated).sum() / calculated.sum()),
        uncertainty=None,
        unit="%",
        method="sum |I_obs - I_calc| / sum I_calc over the phase's lines; no uncertainty is defined for R factors",
        source=f"{pattern.name}, whole-pattern refinement",
    )


def _ticks(model: PatternModel, fitted: Fitted, number: int) -> tuple[Tick, ...]:
    phase = model.phases[number]
    wave, weight = model.source.lines[0]
    sine = inverse_d(phase.list.hkl, model.cell_of(fitted.values, number)) * wave / 2.0
    zero = float(fitted.values[model._at("zero", -1)[0]])
    lines = model._lines(fitted.values)[0]
    areas = lines.area[model.rows[number]][: len(sine)] / weight
    seen = (sine < 1.0) & (areas > WEAKEST_TICK * areas.max(initial=0.0))
    angles = np.degrees(2.0 * np.arcsin(np.where(seen, sine, 0.5))) + zero
    seen &= (angles >= model.grid[0]) & (angles <= model.grid[-1])
    return tuple(
        Tick(
            hkl=tuple(int(i) for i in phase.list.hkl[k]),
            two_theta=float(angles[k]),
            intensity=max(float(areas[k]), 0.0),
        )
        for k in np.flatnonzero(seen)
    )


def _extracted(model: PatternModel, fitted: Fitted, number: int, scale: float) -> tuple[ExtractedIntensity, ...]:
    found = fitted.extracted.get(number)
    if found is None:
        return ()
    phase = model.phases[number]
    spacing = inverse_d(phase.list.hkl, model.cell_of(fitted.values, number))
    rows = zip(found.rows, found.value, np.sqrt(scale) * found.sigma, found.entangled, strict=True)
    return tuple(
        ExtractedIntensity(
            hkl=tuple(int(i) for i in phase.list.hkl[row]),
            multiplicity=int(phase.list.multiplicity[row]),
            d=float(1.0 / spacing[row]),
            intensity=float(value),
            uncertainty=None if entangled else float(sigma),
            note=ENTANGLED if entangled else "",
        )
        for row, value, sigma, entangled in sorted(rows, key=lambda item: spacing[item[0]])
    )


def _agreement(pattern: MeasuredPattern, fitted: Fitted) -> Agreement:
    n, p = len(pattern.two_theta), fitted.n_parameters
    base = float((fitted.weights * pattern.intensity**2).sum())
    r_wp, r_exp = np.sqrt(fitted.total / base), np.sqrt(max(n - p, 1) / base)
    why = "no uncertainty is defined for R factors"

    def percent(value: float, method: str) -> Quantity:
        return Quantity(
            value=100.0 * value,
            uncertainty=None,
            unit="%",
            method=f"{method}; {why}",
            source=pattern.name,
            citations=("toby2006",),
        )

    return Agreement(
        r_wp=percent(float(r_wp), "sqrt(sum w (o - c)^2 / sum w o^2), background included"),
        r_exp=percent(float(r_exp), "sqrt((N - P) / sum w o^2)"),
        gof=Quantity(
            value=float(r_wp / r_exp),
            uncertainty=None,
            unit="1",
            method=f"Rwp / Rexp; {why}"
            + ("" if absolute(pattern) else "; its size means nothing: the intensities are no counts"),
            source=pattern.name,
            citations=("toby2006",),
        ),
        n_points=n,
        n_parameters=p,
    )


def _wavelength(wave: float, weight: float) -> Quantity:
    return Quantity(
        value=wave,
        uncertainty=None,
        unit="angstrom",
        method=f"input, weight {weight:g}; taken as exact, so lattice parameters scale with any error in it",
        source="given, read from the file, or the default",
    )


def _notes(pattern: MeasuredPattern, model: PatternModel, fitted: Fitted, factor: float) -> list[str]:
    notes = []
    if not absolute(pattern):
        notes.append("the intensities are no whole counts and have no uncertainties; only relative weights are known")
    if factor > CORRELATED:
        notes.append(
            f"neighbouring residuals agree (factor {factor:.1f}): the model misses something, and uncertainties from "
            f"counting statistics are about {np.sqrt(factor):.1f} times too small"
        )
    bounded = [model.table[k].name for k in fitted.free[fitted.at_bound]]
    if bounded:
        notes.append(f"ended at the edge of their range: {', '.join(bounded)}")
    inside = fitted.free[~fitted.at_bound]
    unsure = [model.table[k].name for k, bad in zip(inside, fitted.covariance.dependent, strict=True) if bad]
    if unsure:
        notes.append(f"not determined apart from each other: {', '.join(unsure)}")
    if not fitted.converged:
        notes.append("the fit did not converge; check phases, wavelength and starting lattices")
    return notes
