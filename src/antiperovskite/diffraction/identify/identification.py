"""Choosing phases: forward selection by refined fits, backward check of each, limits for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from antiperovskite.diffraction.identify.report import build_identification
from antiperovskite.diffraction.identify.significance import Evidence, evidence
from antiperovskite.diffraction.refinement.crystal import Crystal, read_crystal
from antiperovskite.diffraction.refinement.fit import TIGHT, Fitted
from antiperovskite.diffraction.refinement.parameters import LATTICE, PROFILE, Choices
from antiperovskite.diffraction.refinement.pattern_model import PatternModel, Source
from antiperovskite.diffraction.refinement.search import Found, Target, search_lattice
from antiperovskite.diffraction.refinement.statistics import serial_correlation, weights
from antiperovskite.diffraction.refinement.whole_pattern import fit_phases, single_model, source_of
from antiperovskite.diffraction.scattering import Nuclide, parse_isotopes
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.data_files import MeasuredPattern
    from antiperovskite.diffraction.identify.model import Identification
    from antiperovskite.diffraction.model import Radiation

    Array = NDArray[np.float64]

VERY_STRONG: Final = 10.0
"""Difference of BIC that Kass and Raftery (1995, 10.1080/01621459.1995.10476572) call very strong evidence."""
MOST_PHASES: Final = 8
QUICK: Final = 1e-6
"""Relative change of chi^2 at which trial fits end; the last one runs to the end."""
TRIED: Final = 3
"""How many of the candidates with the largest gain are refined before one is taken."""
CLOSE: Final = 0.5
"""Candidates whose gain is at least this share of the largest are refined beside it."""


@dataclass(frozen=True)
class Candidate:
    """A structure to look for. ``lattice_search`` is how far (relative) its lattice may be off."""

    structure: Any
    name: str
    lattice_search: float = 0.01


@dataclass
class Chosen:
    """A phase in the current model and what was found out about it."""

    index: int
    found: Found
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
    """A refined model of some candidates."""

    model: PatternModel
    fitted: Fitted
    correlation: float


class Search:
    """The state shared by all steps of one identification."""

    def __init__(
        self,
        pattern: MeasuredPattern,
        candidates: Sequence[Candidate],
        source: Source,
        nuclides: Mapping[str, Nuclide],
        *,
        b_iso: float,
        terms: int,
    ) -> None:
        self.pattern, self.source, self.nuclides = pattern, source, nuclides
        self.candidates = list(candidates)
        self.b_iso, self.terms = b_iso, terms
        self.crystals: list[Crystal] = [read_crystal(c.structure, c.name) for c in candidates]
        self.singles: dict[int, tuple[PatternModel, Array]] = {}
        self.out_of_range: dict[int, str] = {}
        for index, crystal in enumerate(self.crystals):
            try:
                self.singles[index] = single_model(pattern, crystal, source, nuclides, b_iso)
            except OptionError as error:
                self.out_of_range[index] = str(error)

    def fit(self, chosen: Sequence[Chosen], tolerance: float = QUICK) -> Fit:
        """Refine scales, background, zero, lattices and widths of some candidates."""
        spans = [self.candidates[item.index].lattice_search for item in chosen]
        model, fitted = fit_phases(
            self.pattern,
            [self.crystals[item.index] for item in chosen],
            self.source,
            self.nuclides,
            choices=Choices(background=self.terms, profile=("W", "X", "Y")),
            starts=[item.found for item in chosen],
            b_iso=self.b_iso,
            bound=max(2.0 * max(spans), 0.01),
            pawley=[False] * len(chosen),
            stages=(LATTICE, PROFILE),
            tolerance=tolerance,
        )
        residual = (fitted.calculated - self.pattern.intensity) * np.sqrt(fitted.weights)
        step = float(np.median(np.diff(self.pattern.two_theta)))
        longest = max(int(3.0 * max(item.found.width for item in chosen) / step), 1)
        return Fit(model, fitted, serial_correlation(residual, longest))

    def target(self, fit: Fit | None) -> Target:
        """What is left to explain: beyond the background, or beyond the phases of a fit."""
        u = 2.0 * (self.pattern.two_theta - self.pattern.two_theta[0]) / np.ptp(self.pattern.two_theta) - 1.0
        columns = np.polynomial.chebyshev.chebvander(u, self.terms - 1)
        if fit is None:
            return Target(self.pattern.intensity, weights(self.pattern, self.pattern.intensity), columns)
        parts = [fit.model.phase_profile(fit.fitted.values, k) for k in range(len(fit.model.phases))]
        live = [part for part in parts if part.any()]
        return Target(self.pattern.intensity, fit.fitted.weights, np.column_stack([columns, *live]))


def identify(
    pattern: MeasuredPattern,
    candidates: Sequence[Candidate],
    radiation: Radiation = "xray",
    *,
    wavelengths: Sequence[float | tuple[float, float]] | float | None = None,
    isotopes: Mapping[str, str] | None = None,
    b_iso: float = 1.0,
    background: int = 8,
    perpendicular: float = 0.5,
    not_checked: Mapping[str, str] | None = None,
) -> Identification:
    """Find which candidates a measured pattern holds, in which proportions, and what stays unexplained.

    Candidates join one by one: each one's lattice is scanned for the largest linear gain in chi^2 (non-negative
    scale), the best are refined with the phases already there, and the one with the lowest chi^2 stays if BIC falls by
    more than 10. At the end each phase is left out in turn and must be missed. Candidates that are not needed get an
    upper limit.

    Parameters
    ----------
    candidates
        Structures with names; several models of one compound may be given, then ``alternatives`` says which of them
        the pattern cannot tell apart.
    not_checked
        Name to reason for phases that were asked for but have no structure; passed on to the result.

    Raises
    ------
    OptionError
        No candidate, two of one name, or an impossible wavelength.
    StructureError
        A candidate without a valid cell.
    """
    names = [candidate.name for candidate in candidates]
    if not names:
        raise OptionError("no candidate phase was given; name formulas or CIF files to look for")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise OptionError(f"candidates called alike: {', '.join(twice)}; give each its own name")
    source = source_of(radiation, wavelengths, pattern, perpendicular)
    search = Search(pattern, candidates, source, parse_isotopes(isotopes or {}), b_iso=b_iso, terms=background)
    chosen, fit = _forward(search)
    if chosen:
        fit = search.fit(chosen, TIGHT)
    chosen, fit, proofs = _backward(search, chosen, fit)
    return build_identification(search, chosen, fit, proofs, not_checked or {})


def _forward(search: Search) -> tuple[list[Chosen], Fit | None]:
    chosen: list[Chosen] = []
    fit: Fit | None = None
    refused: set[int] = set()
    while len(chosen) < MOST_PHASES:
        taken = {item.index for item in chosen}
        left = [k for k in search.singles if k not in taken and k not in refused]
        target = search.target(fit)
        width = chosen[0].found.width if chosen else None
        tried = {
            k: search_lattice(*search.singles[k], target, search.candidates[k].lattice_search, width) for k in left
        }
        ranked = sorted((k for k in left if tried[k].gain > 0.0), key=lambda k: -tried[k].gain)[:TRIED]
        ranked = [k for k in ranked if tried[k].gain >= CLOSE * tried[ranked[0]].gain]
        if not ranked:
            break
        fits = {k: search.fit([*chosen, Chosen(k, tried[k])]) for k in ranked}
        best = min(fits, key=lambda k: fits[k].fitted.total)
        proof = _improvement(search, fit, fits[best])
        if proof.delta_bic < VERY_STRONG:
            refused.update(ranked)
            continue
        rivals = tuple(
            search.candidates[k].name
            for k in ranked
            if k != best and _between(fits[best], fits[k]) < VERY_STRONG and _same_compound(search, k, best)
        )
        fit = fits[best]
        chosen = [
            *(Chosen(item.index, _refined(fit, n, item.found), item.alternatives) for n, item in enumerate(chosen)),
            Chosen(best, _refined(fit, len(chosen), tried[best]), rivals),
        ]
    return chosen, fit


def _same_compound(search: Search, one: int, other: int) -> bool:
    """Models of one compound compete for one place; different compounds may both be there."""
    from pymatgen.core import Composition

    first, second = (Composition(search.crystals[k].formula).reduced_composition for k in (one, other))
    return bool(first.almost_equals(second, rtol=0.02, atol=0.02))


def _between(better: Fit, worse: Fit) -> float:
    """Difference of BIC of two models with about as many parameters."""
    scale = max(better.fitted.chi2, 1.0) * better.correlation
    n = len(better.fitted.weights) / better.correlation
    more = worse.fitted.n_parameters - better.fitted.n_parameters
    return float((worse.fitted.total - better.fitted.total) / scale + more * np.log(n))


def _refined(fit: Fit, number: int, found: Found) -> Found:
    cell = fit.fitted.values[fit.model._at("cell", number)]
    return Found(cell.copy(), found.width, found.gain)


def _improvement(search: Search, before: Fit | None, after: Fit) -> Evidence:
    """Evidence for the last phase that joined."""
    number = len(after.model.phases) - 1
    drop = _without(search, after, number) - after.fitted.total
    if before is not None:  # the smaller model refined anew may do better than the larger one with a hole
        residual = (before.fitted.calculated - search.pattern.intensity) * np.sqrt(after.fitted.weights)
        drop = min(drop, float(residual @ residual) - after.fitted.total)
    return _judge(after, number, drop)


def _judge(fit: Fit, number: int, drop: float) -> Evidence:
    n = len(fit.fitted.weights)
    more = 1 + len(fit.model.phases[number].crystal.free_cell)
    return evidence(drop, fit.fitted.chi2, n, n - fit.fitted.n_parameters, more, fit.correlation)


def _without(search: Search, fit: Fit, number: int) -> float:
    """Weighted sum of squares with one phase left out and scales and background fitted anew."""
    from scipy.optimize import lsq_linear

    root = np.sqrt(fit.fitted.weights)
    parts = [
        fit.model.phase_profile(fit.fitted.values, k)[:, None] for k in range(len(fit.model.phases)) if k != number
    ]
    terms = fit.model.chebyshev.shape[1]
    matrix = np.concatenate([fit.model.chebyshev, *parts], axis=1) * root[:, None]
    size = np.linalg.norm(matrix, axis=0)
    size[size == 0.0] = 1.0
    lower = np.concatenate([np.full(terms, -np.inf), np.zeros(len(parts))])
    found = lsq_linear(matrix / size, search.pattern.intensity * root, bounds=(lower, np.inf))
    return float(2.0 * found.cost)


def _backward(search: Search, chosen: list[Chosen], fit: Fit | None) -> tuple[list[Chosen], Fit | None, list[Evidence]]:
    """Leave each phase out in turn; drop the one missed least until all are missed."""
    while chosen and fit is not None:
        proofs = [_judge(fit, k, _without(search, fit, k) - fit.fitted.total) for k in range(len(chosen))]
        weakest = min(range(len(chosen)), key=lambda k: proofs[k].delta_bic)
        if proofs[weakest].delta_bic >= VERY_STRONG:
            return chosen, fit, proofs
        chosen = [item for k, item in enumerate(chosen) if k != weakest]
        fit = search.fit(chosen) if chosen else None
    return [], None, []
