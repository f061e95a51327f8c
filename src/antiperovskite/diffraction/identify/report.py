"""Turning a finished selection into a result with fractions, limits, leftovers and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from antiperovskite.diffraction.identify.leftover import unexplained_peaks
from antiperovskite.diffraction.identify.model import (
    AbsentPhase,
    Identification,
    NotChecked,
    PresentPhase,
    UnexplainedPeak,
)
from antiperovskite.diffraction.identify.significance import Evidence, evidence
from antiperovskite.diffraction.refinement.crystal import full_cell, volume
from antiperovskite.diffraction.refinement.quantify import cell_mass
from antiperovskite.diffraction.refinement.result import build_result, variance_scale
from antiperovskite.diffraction.refinement.search import search_lattice
from antiperovskite.diffraction.refinement.whole_pattern import found_profile
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from antiperovskite.diffraction.identify.identification import Chosen, Fit, Search
    from antiperovskite.diffraction.refinement.model import Refinement

ONE_SIDED_95: Final = 1.645
METHOD: Final = (
    "candidates join by the largest drop of chi^2 over a lattice scan with non-negative scales, are refined together, "
    "and stay where leaving them out raises BIC by more than 10; chi^2 and the serial correlation of the residuals "
    "scale the evidence"
)


def build_identification(
    search: Search,
    chosen: Sequence[Chosen],
    fit: Fit | None,
    proofs: Sequence[Evidence],
    not_checked: Mapping[str, str],
) -> Identification:
    """Collect the result; without any phase there is no refinement and everything observed is unexplained."""
    result = build_result(search.pattern, fit.model, fit.fitted, search.b_iso) if fit is not None else None
    present = tuple(
        _present(search, item, proof, result) for item, proof in zip(chosen, proofs, strict=True) if result is not None
    )
    present = tuple(sorted(present, key=lambda phase: -(phase.weight_fraction.value or 100.0)))
    rivals = {name for phase in present for name in phase.alternatives}
    absent = _absent(search, chosen, fit, rivals)
    peaks, share = _left_over(search, fit)
    return Identification(
        verdict=_verdict(present, peaks),
        present=present,
        absent=absent,
        not_checked=tuple(NotChecked(name=name, reason=reason) for name, reason in not_checked.items()),
        unexplained=peaks,
        unexplained_share=share,
        refinement=result,
        method=METHOD,
        citations=("kass1995", "hill1987", "rietveld1969", "berar1991"),
        notes=result.notes if result is not None else search.pattern.notes,
    )


def _present(search: Search, item: Chosen, proof: Evidence, result: Refinement) -> PresentPhase:
    crystal = search.crystals[item.index]
    phase = result.phase(crystal.name)
    ratio = (phase.volume.value / volume(np.asarray(crystal.cell))) ** (1.0 / 3.0) - 1.0
    error = None if phase.volume.uncertainty is None else phase.volume.uncertainty / phase.volume.value / 3.0
    return PresentPhase(
        name=crystal.name,
        formula=crystal.formula,
        spacegroup=crystal.spacegroup,
        weight_fraction=phase.weight_fraction,
        delta_bic=_bare(proof.delta_bic, "rise of BIC when the phase is left out", search),
        p_value=_bare(proof.p_value, "F-test of the phase's scale and lattice parameters", search),
        lattice=phase.lattice,
        lattice_change=Quantity(
            value=100.0 * ratio,
            uncertainty=None if error is None else 100.0 * error * (1.0 + ratio),
            unit="%",
            method="cube root of the refined cell volume over the candidate's, minus one"
            + ("; no uncertainty: the volume has none" if error is None else ""),
            source=f"{search.pattern.name}, whole-pattern refinement",
        ),
        alternatives=item.alternatives,
    )


def _bare(value: float, method: str, search: Search) -> Quantity:
    return Quantity(
        value=value,
        uncertainty=None,
        unit="1",
        method=f"{method}; no uncertainty is defined for a test statistic",
        source=search.pattern.name,
        citations=("kass1995",) if "BIC" in method else (),
    )


def _absent(search: Search, chosen: Sequence[Chosen], fit: Fit | None, rivals: set[str]) -> tuple[AbsentPhase, ...]:
    taken = {item.index for item in chosen}
    rows = []
    for index, candidate in enumerate(search.candidates):
        if index in taken:
            continue
        crystal = search.crystals[index]
        why_not = NotComputed(unit="%", method="no other phase was found that a share could be taken of")
        limit: AnyQuantity = why_not
        gain: AnyQuantity = NotComputed(unit="1", method="the candidate has no line in the measured range")
        if index in search.out_of_range:
            reason = search.out_of_range[index]
        elif fit is None:
            reason = "adding it to the background does not lower BIC by more than 10"
            gain = NotComputed(unit="1", method="no phase was found")
        else:
            limit, gain = _limit(search, index, fit)
            reason = "adding it to the phases found does not lower BIC by more than 10"
        if candidate.name in rivals:
            reason = "an alternative of a phase found: the pattern does not tell them apart"
            limit = NotComputed(unit="%", method="it may be what was found under another name")
        rows.append(
            AbsentPhase(name=candidate.name, formula=crystal.formula, reason=reason, upper_limit=limit, delta_bic=gain)
        )
    return tuple(rows)


def _limit(search: Search, index: int, fit: Fit) -> tuple[AnyQuantity, Quantity]:
    """Upper limit by weight at the lattice where the candidate would explain most."""
    model, values = search.singles[index]
    target = search.target(fit)
    found = search_lattice(model, values, target, search.candidates[index].lattice_search, _line_width(fit))
    profile = found_profile((model, values), found) * target.root
    profile = profile - target.basis @ (target.basis.T @ profile)
    size = float(profile @ profile)
    n = len(fit.fitted.weights)
    proof = evidence(
        found.gain,
        fit.fitted.chi2,
        n,
        n - fit.fitted.n_parameters,
        1 + len(search.crystals[index].free_cell),
        fit.correlation,
    )
    gain = _bare(proof.delta_bic, "fall of BIC when the candidate joins the phases found", search)
    if size <= 0.0:
        return NotComputed(unit="%", method="its lines cannot be told from those of the phases found"), gain
    scale = max(float(profile @ target.residual) / size, 0.0)
    error = float(np.sqrt(variance_scale(search.pattern, fit.fitted) * fit.correlation / size))
    mass = cell_mass(model, values, 0) * volume(full_cell(search.crystals[index], found.cell))
    others = sum(
        float(fit.fitted.values[fit.model._at("scale", k)[0]])
        * cell_mass(fit.model, fit.fitted.values, k)
        * volume(fit.model.cell_of(fit.fitted.values, k))
        for k in range(len(fit.model.phases))
    )
    most = (scale + ONE_SIDED_95 * error) * mass
    return (
        Quantity(
            value=100.0 * most / (others + most),
            uncertainty=None,
            unit="%",
            method="largest share by weight at 95 % confidence: best non-negative scale plus 1.645 standard "
            "uncertainties (chi^2 and serial correlation included); no uncertainty: it is a limit",
            source=search.pattern.name,
            citations=("hill1987",),
        ),
        gain,
    )


def _line_width(fit: Fit) -> float:
    """FWHM (degree) in the middle of the pattern."""
    from antiperovskite.diffraction.refinement.peak_shape import widths

    middle = np.array([np.radians(fit.model.grid.mean()) / 2.0])
    return float(widths(middle, fit.fitted.values[fit.model._widths_of(0)])[0][0])


def _left_over(search: Search, fit: Fit | None) -> tuple[tuple[UnexplainedPeak, ...], Quantity]:
    pattern = search.pattern
    wave = search.source.lines[0][0]
    if fit is None:
        low = np.quantile(pattern.intensity, 0.2)
        flat = np.full_like(pattern.intensity, low)
        peaks = unexplained_peaks(
            pattern.two_theta,
            pattern.intensity,
            flat,
            flat,
            1.0 / np.maximum(flat, 1.0),
            width=0.2,
            wavelength=wave,
            variance_scale=1.0,
        )
        share, why = 100.0, "no phase was found"
    else:
        background = fit.model.background(fit.fitted.values)
        peaks = unexplained_peaks(
            pattern.two_theta,
            pattern.intensity,
            fit.fitted.calculated,
            background,
            fit.fitted.weights,
            width=_line_width(fit),
            wavelength=wave,
            variance_scale=variance_scale(pattern, fit.fitted),
        )
        window = np.zeros(len(pattern.two_theta), dtype=bool)
        for peak in peaks:
            window |= np.abs(pattern.two_theta - peak.two_theta) < 1.5 * _line_width(fit)
        left = np.where(window, np.maximum(pattern.intensity - fit.fitted.calculated, 0.0), 0.0)
        area = np.maximum(pattern.intensity - background, 0.0)
        share = 100.0 * float(np.trapezoid(left, pattern.two_theta) / np.trapezoid(area, pattern.two_theta))
        why = "area of the listed peaks above the calculated pattern over the area above background"
    return peaks, Quantity(
        value=share,
        uncertainty=None,
        unit="%",
        method=f"{why}; no uncertainty: which peaks are listed is a choice of threshold",
        source=pattern.name,
    )


def _verdict(present: Sequence[PresentPhase], peaks: Sequence[UnexplainedPeak]) -> str:
    if not present:
        return "none of the candidates is in the pattern"
    parts = []
    for phase in present:
        share = phase.weight_fraction
        said = f"{phase.name} {share.value:.1f} wt%" if isinstance(share, Quantity) else phase.name
        parts.append(said + (f" (or {' or '.join(phase.alternatives)})" if phase.alternatives else ""))
    tail = f"; {len(peaks)} peaks stay unexplained" if peaks else "; no peak stays unexplained"
    return ", ".join(parts) + tail
