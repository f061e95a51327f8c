"""Ranges of conditions as people write them, and the points they span."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

from antiperovskite.defects.equilibrium.conditions import Conditions
from antiperovskite.errors import OptionError, one_line

STEPS: Final = 15
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def conditions_of(
    *,
    temperature: str,
    coexisting: str = "",
    p_water: str = "",
    dopants: Sequence[str] = (),
    halide_deficiency: str = "",
    quench_from: float | None = None,
    frozen: str = "",
    site_exclusion: bool = True,
    debye_hueckel: bool = False,
) -> tuple[str, list[Conditions]]:
    """Return what runs, and every point: temperatures outside, the other range inside.

    Raises
    ------
    OptionError
        Something cannot be read, or more than one quantity besides temperature is a range.

    Examples
    --------
    >>> axis, points = conditions_of(temperature="500,600", p_water="1e-6..1e-2/3")
    >>> axis, len(points), points[1].p_water_bar
    ('p_water', 6, 0.0001)
    """
    from antiperovskite.dynamics.temperatures import parse_temperatures

    kelvins = parse_temperatures(temperature)
    fixed: dict[str, Any] = {
        "quench_from_K": quench_from,
        "frozen": tuple(part.strip() for part in frozen.split(",") if part.strip()) or None,
        "site_exclusion": site_exclusion,
        "debye_hueckel": debye_hueckel,
    }
    if fixed["frozen"] and quench_from is None:
        raise OptionError("--freeze needs --quench-from: the temperature at which these defects stopped")
    varying, amounts = _varying(coexisting, p_water, halide_deficiency, dopants)
    ranges = [name for name, values in varying.items() if len(values) > 1]
    if len(ranges) > 1:
        raise OptionError(f"{' and '.join(ranges)} are ranges; besides temperature only one may be")
    for name, values in varying.items():
        if name not in ranges:
            fixed |= values[0]
    inner: list[dict[str, Any]] = varying[ranges[0]] if ranges else [{}]
    points = []
    for T in kelvins:
        for step in inner:
            both = {**amounts, **step.get("dopants", {})}
            points.append(Conditions(temperature_K=T, **(fixed | step | {"dopants": both})))
            points[-1].check()
    return (ranges[0] if ranges else "temperature"), points


def _varying(
    coexisting: str, p_water: str, halide_deficiency: str, dopants: Sequence[str]
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, float]]:
    """What each option asks for, point by point, and the dopants with one amount."""
    varying: dict[str, list[dict[str, Any]]] = {}
    amounts: dict[str, float] = {}
    if p_water:
        varying["p_water"] = [{"p_water_bar": p} for p in read_range(p_water, "p(H2O)", logarithmic=True)]
    if halide_deficiency:
        steps = read_range(halide_deficiency, "halide deficiency", logarithmic=False)
        varying["halide_deficiency"] = [{"halide_deficiency": x} for x in steps]
    if coexisting:
        varying["coexisting"] = _coexisting(coexisting)
    for text in dopants:
        element, _, value = (part.strip() for part in text.partition("="))
        if not re.fullmatch(r"[A-Z][a-z]?", element) or not value:
            raise OptionError(f"cannot read the dopant {one_line(text, 30)!r}; write it as Mg=0.01 (per formula unit)")
        values = read_range(value, f"amount of {element}", logarithmic=True)
        if len(values) == 1:
            amounts[element] = values[0]
        elif "dopant" in varying:
            raise OptionError("two dopants are ranges; let one run at a time")
        else:
            varying["dopant"] = [{"dopants": {element: value}} for value in values]
    return varying, amounts


def read_range(text: str, what: str, *, logarithmic: bool) -> list[float]:
    """Read ``1e-6``, ``1e-9..1e-2`` or ``1e-9..1e-2/15`` (that many points).

    Raises
    ------
    OptionError
        It cannot be read, or is not an ascending range of 2 to 200 points.
    """
    from math import log10

    match = re.fullmatch(rf"\s*({_NUMBER})(?:\.\.({_NUMBER})(?:/(\d+))?)?\s*", text)
    if match is None:
        raise OptionError(f"cannot read the {what} {one_line(text, 30)!r}; write 1e-6, 1e-9..1e-2 or 1e-9..1e-2/15")
    first = float(match[1])
    if match[2] is None:
        return [first]
    last, n = float(match[2]), int(match[3] or STEPS)
    if not (isfinite(last) and first < last and 2 <= n <= 200):
        raise OptionError(f"the range {one_line(text, 30)!r} of {what} must ascend, with 2 to 200 points")
    share = [k / (n - 1) for k in range(n)]
    if not logarithmic:
        return [first + s * (last - first) for s in share]
    if first <= 0.0:
        raise OptionError(f"the range {one_line(text, 30)!r} of {what} runs in equal factors and must begin above 0")
    low, high = log10(first), log10(last)
    return [float(f"{10.0 ** (low + s * (high - low)):.12g}") for s in share]


def _coexisting(text: str) -> list[dict[str, Any]]:
    match = re.fullmatch(r"\s*([A-Za-z0-9()]+)(?:\.\.([A-Za-z0-9()]+)(?:/(\d+))?)?\s*", text)
    if match is None:
        raise OptionError(f"cannot read the coexisting phase {one_line(text, 30)!r}; write LiCl, Li2O or LiCl..Li2O/5")
    if match[2] is None:
        return [{"coexisting": (match[1],)}]
    n = int(match[3] or 7)
    if not 2 <= n <= 200:
        raise OptionError(f"{n} points between two phases; give 2 to 200")
    return [{"between": (match[1], match[2], k / (n - 1))} for k in range(n)]


def read_pairs(texts: Sequence[str], what: str, example: str) -> dict[str, float]:
    """Read ``NAME=NUMBER``.

    Raises
    ------
    OptionError
        One of them cannot be read.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not re.fullmatch(_NUMBER, value.strip()):
            raise OptionError(f"cannot read the {what} {one_line(text, 30)!r}; write it as {example}")
        found[name.strip()] = float(value)
    return found
