"""How far the rules for thermal parts lie from NIST-JANAF: the measured source of their uncertainties."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model


class ErrorsByTemperature(Model):
    """Root mean square errors per atom (meV) at some temperatures (K), from ``n`` crystals each.

    Between the temperatures they are interpolated, from zero at 0 K; above the last they grow in proportion to T.
    """

    temperatures: tuple[float, ...]
    per_atom: tuple[float, ...]
    n: tuple[int, ...]

    def at(self, temperature: float) -> float:
        """Return the standard uncertainty per atom at a temperature, eV."""
        points = [(0.0, 0.0), *zip(self.temperatures, self.per_atom, strict=True)]
        for (low, error_low), (high, error_high) in pairwise(points):
            if temperature <= high:
                return (error_low + (error_high - error_low) * (temperature - low) / (high - low)) / 1000.0
        return points[-1][1] * temperature / points[-1][0] / 1000.0


class Case(Model):
    """One crystal that a rule was tried on: errors in meV per atom at each temperature, null outside a table."""

    crystal: str
    rule: str
    errors: tuple[float | None, ...]


class MeasuredErrors(Model):
    """Errors of the rules, and the crystals they were measured on.

    A sum of compounds and a sum that needs elements have errors of their own, and so have phonons as the engine
    gives them and with all frequencies times a factor: ``frequency_scale`` times exp(sum_e x_e l_e) with the atomic
    fractions x_e and ``element_log_scales`` l_e.
    """

    neumann_kopp: ErrorsByTemperature
    neumann_kopp_with_elements: ErrorsByTemperature
    phonons: ErrorsByTemperature
    phonons_scaled: ErrorsByTemperature
    phonon_engine: str
    frequency_scale: float
    element_log_scales: dict[str, float]
    method: str
    neumann_kopp_cases: tuple[Case, ...]
    phonon_cases: tuple[Case, ...]

    def scale_of(self, elements: Mapping[str, float]) -> float:
        """Return the frequency factor of a composition for the shipped engine."""
        atoms = sum(elements.values())
        shift = sum(amount / atoms * self.element_log_scales.get(e, 0.0) for e, amount in elements.items())
        return self.frequency_scale * math.exp(shift)


@cache
def measured_errors() -> MeasuredErrors:
    """Return the shipped statistics."""
    path = package_data("stability/thermal", "measured_errors.yaml")
    return validate(read_yaml(path), MeasuredErrors, path)
