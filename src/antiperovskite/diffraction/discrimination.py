"""Can a measurement tell two structure models apart: expected chi^2, sigma-equivalents, counts and time needed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from antiperovskite.diffraction.cell import read_cell
from antiperovskite.diffraction.distinguish_model import (
    Conditions,
    Curve,
    Distinction,
    Distinguishability,
    Probe,
)
from antiperovskite.diffraction.distinguish_words import LIMITS, findings
from antiperovskite.diffraction.expectation import Expected, Setting, expected
from antiperovskite.diffraction.factors import TemperatureFactor
from antiperovskite.diffraction.nuisance import Family, Fit, closest, linear_fit, projector_distance
from antiperovskite.diffraction.powder import check_grid, make_beam
from antiperovskite.diffraction.profile import DEFAULT_RESOLUTION, Resolution
from antiperovskite.diffraction.simulate import right_choices
from antiperovskite.errors import OptionError
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from antiperovskite.diffraction.cell import Cell

    Array = NDArray[np.float64]

ALIKE = 1e-12
"""chi^2 per count below which two models are one and the same to a probe."""
MOST_COUNTS = 1e15
LARGEST_MISMATCH = 0.1
_SOURCE = (
    "expected counts of kinematic powder patterns; the rival model is fitted with scale, background polynomial, "
    "overall temperature factor (least squares, weights 1/variance) and isotropic lattice strain (scan)"
)


def distinguish(
    models: Mapping[str, Any],
    conditions: Conditions | None = None,
    *,
    isotopes: Mapping[str, str] | None = None,
    resolution: Mapping[str, Resolution] | None = None,
    b_iso: TemperatureFactor = None,
    draws: int = 0,
    seed: int = 0,
) -> Distinguishability:
    """Predict which probe can tell two or more structure models apart, and with how many counts.

    For truth A with expected counts y (Bragg, computed incoherent and flat background; they add up to the counts
    declared) the rival B is fitted over scale, background polynomial, overall B and lattice. What is left,
    chi^2 = sum (y - y_B)^2 / (y + (systematic Bragg)^2), is the expected excess of the wrong model's chi^2, and
    sqrt(chi^2) the median significance in standard deviations (Asimov data set: DOI 10.1140/epjc/s10052-011-1554-0).
    The worse of the two directions counts. The chance of choosing right is Phi(chi^2 / sqrt(4 chi^2 + 2 t)) with
    t = tr((P_A - P_B)^2) from the noise that the two fits absorb differently.

    Parameters
    ----------
    models
        Name to structure (anything :func:`powder_pattern` takes), two to ten.
    conditions
        Counts, background, ranges, wavelengths, rates; defaults as in :class:`Conditions`.
    isotopes
        For the neutron probes, for example ``{"Li": "7Li"}``; deuterium is a probe of its own.
    resolution
        Line shapes by radiation; :data:`DEFAULT_RESOLUTION` otherwise.
    b_iso
        Temperature factors of all models, as for :func:`powder_pattern`.
    draws, seed
        Check each prediction with this many simulated measurements (0: none).

    Raises
    ------
    OptionError
        Fewer than two models, or conditions that are not possible.
    StructureError
        A model that is no crystal.

    Examples
    --------
    >>> from ase.build import bulk
    >>> salts = {a: bulk(a, "rocksalt", a=4.084) for a in ("LiH", "LiF")}
    >>> result = distinguish(salts, Conditions(counts=1e4, step=0.2, strain=0.0))
    >>> result.distinctions[0].sigma.value > 5
    True
    """
    asked = conditions or Conditions()
    if not 2 <= len(models) <= 10:
        raise OptionError(f"{len(models)} models were given; give two to ten to distinguish")
    if not 0 <= draws <= 100_000:
        raise OptionError(f"{draws} simulated measurements were asked for; use 0 to 100000")
    unknown = sorted(set(asked.rates) - {"xray", "neutron"})
    if unknown:
        raise OptionError(f"count rates are given for xray and neutron, not for {', '.join(unknown)}")
    cells = {name: read_cell(structure) for name, structure in models.items()}
    probes = _probes(cells, isotopes or {})
    settings = {probe.name: _setting(probe, asked, resolution or {}, b_iso) for probe in probes}
    reach = asked.strain + LARGEST_MISMATCH
    seen = {
        probe.name: {
            name: Family(expected(name, cell, settings[probe.name], reach), asked.background_terms, asked.displacement)
            for name, cell in cells.items()
        }
        for probe in probes
    }
    distinctions = [
        _distinction(seen[probe.name][first], seen[probe.name][second], probe, asked, seen, draws=draws, seed=seed)
        for first, second in combinations(models, 2)
        for probe in probes
    ]
    return Distinguishability(
        models=tuple(models),
        conditions=asked,
        probes=probes,
        distinctions=tuple(distinctions),
        findings=findings(tuple(models), distinctions, asked),
        limits=LIMITS,
        source="; ".join(
            (_SOURCE, *(f"{p.name}: {settings[p.name].beam.source}, {settings[p.name].resolution}" for p in probes))
        ),
        citations=("cowan2011", "waasmaier1995", "sears1992"),
    )


def _probes(cells: Mapping[str, Cell], isotopes: Mapping[str, str]) -> tuple[Probe, ...]:
    given = dict(isotopes)
    probes = [Probe(name="xray", radiation="xray", isotopes={})]
    probes.append(Probe(name="neutron", radiation="neutron", isotopes=given))
    if any("H" in cell.symbols for cell in cells.values()) and "H" not in given:
        probes.append(Probe(name="neutron, deuterated", radiation="neutron", isotopes={**given, "H": "D"}))
    return tuple(probes)


def _setting(
    probe: Probe, asked: Conditions, resolution: Mapping[str, Resolution], b_iso: TemperatureFactor
) -> Setting:
    if probe.radiation == "xray":
        given = asked.xray_wavelength
        beam = make_beam("xray", given, None if given is not None else asked.xray_source)
    else:
        beam = make_beam("neutron", asked.neutron_wavelength)
    shape = resolution.get(probe.radiation, DEFAULT_RESOLUTION[probe.radiation])
    grid = check_grid(asked.two_theta, asked.step)
    return Setting(probe.radiation, probe.isotopes, beam, shape, grid, b_iso=b_iso)


def expected_counts(model: Expected, asked: Conditions) -> tuple[Array, Array]:
    """Expected counts at each point, all and Bragg alone; all add up to the counts declared."""
    bragg = model.bragg()
    whole = bragg + model.flat + asked.background * float(bragg.mean())
    scale = asked.counts / float(whole.sum())
    return whole * scale, bragg * scale


def _variance(counts: Array, bragg: Array, asked: Conditions) -> Array:
    return np.asarray(counts + (asked.systematic * bragg) ** 2)


def _window(truth: Expected, rival: Expected, asked: Conditions) -> tuple[float, float]:
    """Strains to try: around equal lattices, and up to equal volumes of cells with the same heavy atoms."""
    centre = 0.0
    if {*truth.cell.symbols} - {"H", "D", "T"} == {*rival.cell.symbols} - {"H", "D", "T"}:
        one, two = (cell.volume / _heavy(cell) for cell in (truth.cell, rival.cell))
        ratio = (one / two) ** (1.0 / 3.0) - 1.0
        centre = ratio if asked.strain and abs(ratio) < LARGEST_MISMATCH else 0.0
    return min(0.0, centre) - asked.strain, max(0.0, centre) + asked.strain


def _heavy(cell: Cell) -> float:
    light = np.array([symbol in {"H", "D", "T"} for symbol in cell.symbols])
    return max(float(cell.occupancies[~light].sum()), 1e-9)


def _distinction(
    first: Family,
    second: Family,
    probe: Probe,
    asked: Conditions,
    seen: Mapping[str, Mapping[str, Family]],
    *,
    draws: int,
    seed: int,
) -> Distinction:
    directions = [_direction(truth, rival, asked) for truth, rival in ((first, second), (second, first))]
    worse = int(directions[1][0].chi2 < directions[0][0].chi2)
    fit, counts, bragg = directions[worse]
    truth, rival = ((first, second), (second, first))[worse]
    alike = fit.chi2 < ALIKE * asked.counts
    needed = _counts_needed(fit, counts, bragg, rival, asked)
    return Distinction(
        first=first.model.name,
        second=second.model.name,
        probe=probe.name,
        chi2=_plain(
            fit.chi2,
            "sum (y - y_rival)^2 / variance of the closest fit of the rival, noise-free; the worse direction "
            f"(truth {truth.model.name})",
        ),
        sigma=_plain(
            math.sqrt(fit.chi2), "sqrt(chi^2), median significance; no uncertainty is defined for an expectation"
        ),
        chance=_chance(truth, rival, fit, _variance(counts, bragg, asked), alike),
        counts_needed=needed,
        time_needed=_time(needed, probe, asked, first.model.name, seen),
        profile_difference=_plain(
            float(np.abs(counts - fit.fitted).sum() / counts.sum()), "after the fit of the rival"
        ),
        strain=_plain(fit.strain, "linear strain of the rival's lattice at the closest fit"),
        simulated_chance=_simulate(truth, rival, fit, counts, asked, draws=draws, seed=seed),
        curve=Curve(
            two_theta=tuple(np.round(truth.model.setting.grid, 6).tolist()),
            truth=tuple(np.round(counts, 3).tolist()),
            fitted=tuple(np.round(fit.fitted, 3).tolist()),
            pull=tuple(np.round((counts - fit.fitted) / np.sqrt(_variance(counts, bragg, asked)), 5).tolist()),
        ),
    )


def _direction(truth: Family, rival: Family, asked: Conditions) -> tuple[Fit, Array, Array]:
    counts, bragg = expected_counts(truth.model, asked)
    window = _window(truth.model, rival.model, asked)
    return closest(rival, counts, _variance(counts, bragg, asked), window), counts, bragg


def _plain(value: float, method: str) -> Quantity:
    said = method if "uncertainty" in method else f"{method}; no uncertainty: it follows from the models and conditions"
    return Quantity(value=value, uncertainty=None, unit="1", method=said, source="this prediction")


def _chance(truth: Family, rival: Family, fit: Fit, variance: Array, alike: bool) -> Quantity:
    from scipy.special import ndtr

    if alike:
        return _plain(0.5, "the models are the same to this probe: a coin toss")
    noise = projector_distance(truth.design(0.0, True), rival.design(fit.strain, True), variance)
    value = float(ndtr(fit.chi2 / math.sqrt(4.0 * fit.chi2 + 2.0 * noise)))
    return _plain(value, f"Phi(chi^2 / sqrt(4 chi^2 + 2 t)), t = {noise:.3g}")


def _counts_needed(fit: Fit, counts: Array, bragg: Array, rival: Family, asked: Conditions) -> AnyQuantity:
    """Counts at which the worse direction reaches the sigma asked for."""
    target = asked.sigma**2
    if fit.chi2 < ALIKE * asked.counts:
        return NotComputed(unit="1", method="the two models give the same pattern to this probe: no counts suffice")
    if asked.systematic == 0.0:
        value = asked.counts * target / fit.chi2
    else:
        design = rival.design(fit.strain)

        def reached(times: float) -> float:
            variance = counts * times + (asked.systematic * bragg * times) ** 2
            return linear_fit(design, counts * times, variance)[0] - target

        if reached(MOST_COUNTS / asked.counts) < 0.0:
            said = f"with {100 * asked.systematic:g} % systematic error no counts reach {asked.sigma:g} sigma"
            return NotComputed(unit="1", method=said)
        from scipy.optimize import brentq

        most = math.log10(MOST_COUNTS / asked.counts)
        value = asked.counts * 10.0 ** float(brentq(lambda power: reached(10.0**power), most - 24.0, most))
    sparse = "; fewer than one a point, where chi^2 is a rough guide" if value < len(counts) else ""
    if value > MOST_COUNTS:
        return NotComputed(unit="1", method=f"more than {MOST_COUNTS:.0e} counts: not measurable")
    return _plain(value, f"counts of the whole pattern for {asked.sigma:g} sigma, background included{sparse}")


def _time(
    needed: AnyQuantity, probe: Probe, asked: Conditions, name: str, seen: Mapping[str, Mapping[str, Family]]
) -> AnyQuantity:
    rate = asked.rates.get(probe.radiation)
    if rate is None:
        return NotComputed(unit="s", method=f"no count rate was declared for {probe.radiation}")
    if isinstance(needed, NotComputed):
        return NotComputed(unit="s", method=needed.method)
    said = f"counts needed over the declared {rate:g} counts/s"
    if probe.name not in asked.rates:  # the deuterated sample: same volume in the same beam
        this, natural = (
            (model.bragg() + model.flat).mean() for model in (seen[key][name].model for key in (probe.name, "neutron"))
        )
        rate *= float(this / natural)
        said = f"counts needed over {rate:.3g} counts/s: the declared rate scaled by the computed scattering of the "
        said += "same volume when deuterated"
    return Quantity(
        value=needed.value / rate,
        uncertainty=None,
        unit="s",
        method=f"{said}; no uncertainty: it follows from the rate",
        source="this prediction",
    )


def _simulate(
    truth: Family, rival: Family, fit: Fit, counts: Array, asked: Conditions, *, draws: int, seed: int
) -> AnyQuantity:
    if not draws:
        return NotComputed(unit="1", method="no simulated measurements were asked for")
    if fit.chi2 < ALIKE * asked.counts:
        return NotComputed(unit="1", method="the models are the same to this probe")
    right = right_choices(truth, rival, counts, fit.strain, draws=draws, seed=seed)
    share = right / draws
    return Quantity(
        value=share,
        uncertainty=math.sqrt(max(share * (1.0 - share), 1.0 / draws) / draws),
        unit="1",
        n=draws,
        method="share of Poisson-noise measurements in which the true model has the lower deviance; binomial error"
        + ("; the systematic error is not drawn" if asked.systematic else ""),
        source=f"seed {seed}",
    )
