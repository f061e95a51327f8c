"""X-ray tubes and other beams: which wavelengths with which weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import Field, PositiveFloat

from antiperovskite._files import package_data, read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.errors import OptionError, best_match, one_line


class _Doublet(Model):
    alpha1: PositiveFloat
    alpha2: PositiveFloat
    citation: str


class _Table(Model):
    trust: Literal["verified", "unverified"]
    alpha2_weight: float = Field(gt=0.0, lt=1.0)
    lines: dict[str, _Doublet]


@dataclass(frozen=True)
class Beam:
    """Wavelengths (angstrom) with weights that add up to 1, the one that lines are listed at first."""

    name: str
    spectrum: tuple[tuple[float, float], ...]
    source: str
    citations: tuple[str, ...] = ()

    @property
    def wavelength(self) -> float:
        """The first wavelength, angstrom."""
        return self.spectrum[0][0]


@cache
def _table() -> _Table:
    path = package_data("diffraction", "xray_lines.yaml")
    return validate(read_yaml(path), _Table, path)


def source_names() -> list[str]:
    """Names that :func:`tube` knows: ``CuKa`` is the doublet, ``CuKa1`` its first line alone."""
    return [f"{anode}{line}" for anode in _table().lines for line in ("Ka", "Ka1")]


def tube(name: str) -> Beam:
    """Return the K-alpha lines of an X-ray tube.

    Parameters
    ----------
    name
        ``CuKa`` (K-alpha1 and K-alpha2) or ``CuKa1`` (a primary monochromator lets only that pass); Cu, Co, Mo, Ag.

    Raises
    ------
    OptionError
        No such tube.

    Examples
    --------
    >>> [(wavelength, round(weight, 3)) for wavelength, weight in tube("MoKa").spectrum]
    [(0.709317, 0.667), (0.713607, 0.333)]
    """
    known = source_names()
    if name not in known:
        raise OptionError(
            f"unknown X-ray source {one_line(name, 20)!r}{best_match(name, known)}; use {', '.join(known)} "
            "or a wavelength"
        )
    table = _table()
    anode, alone = name[:2], name.endswith("1")
    doublet = table.lines[anode]
    if alone:
        spectrum: tuple[tuple[float, float], ...] = ((doublet.alpha1, 1.0),)
    else:
        whole = 1.0 + table.alpha2_weight
        spectrum = ((doublet.alpha1, 1.0 / whole), (doublet.alpha2, 1.0 - 1.0 / whole))
    paper = {"holzer1997": "Hölzer et al. 1997", "deslattes2003": "Deslattes et al. 2003"}[doublet.citation]
    said = f"{anode} K-alpha1, {paper}, rounded"
    if not alone:
        said = (
            f"{anode} K-alpha1 and K-alpha2 ({doublet.alpha2:g} angstrom, weight {table.alpha2_weight:g} of K-alpha1), "
        )
        said += f"{paper}, rounded; lines are listed at K-alpha1"
    return Beam(name=name, spectrum=spectrum, source=said, citations=(doublet.citation,))


def monochromator_polarisation(two_theta: float) -> float:
    """Share of an unpolarised beam polarised perpendicular to the plane of diffraction after a crystal monochromator.

    P = 1 / (1 + cos^2(2 theta_m)) for an ideally mosaic crystal (kinematic), diffracting in the sample's plane, before
    or behind the sample.

    Parameters
    ----------
    two_theta
        The monochromator's two-theta, degree (26.6 for graphite 002 and Cu K-alpha).

    Raises
    ------
    OptionError
        Not an angle between 0 and 180.
    """
    import math

    if not 0.0 <= two_theta < 180.0:
        raise OptionError(f"monochromator angle {two_theta:g} is not possible; give its two-theta, 0 to 180 degree")
    return 1.0 / (1.0 + math.cos(math.radians(two_theta)) ** 2)
