"""Sentences the page writes itself from computed numbers; no judgement beyond comparing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report.format import join_words

HARDLY_VISIBLE_percent: Final = 10.0


_CONTRASTS: Final = {
    "dry_hydrated_contrast_xray": "{} to X-rays",
    "dry_hydrated_contrast_neutron": "{} to neutrons",
    "dry_hydrated_contrast_neutron_deuterated": "{} to neutrons with deuterium for hydrogen",
}


def dry_or_hydrated(quantities: Mapping[str, AnyQuantity]) -> str:
    """Return one sentence on how well each measurement tells the dry from the hydrated compound."""
    found = [(text, quantities.get(key)) for key, text in _CONTRASTS.items()]
    parts = [text.format(_percent(q.magnitude("%"))) for text, q in found if isinstance(q, Quantity)]
    if not parts:
        return ""
    return f"The dry and the hydrated compound, placed on one lattice, differ by {join_words(parts)}."


def _percent(value: float) -> str:
    return f"{value:.0f} %" if value >= 1 else f"{value:.1g} %"


def what_xrays_miss(patterns: Sequence[PowderPattern]) -> str:
    """Return a plain sentence for each element X-rays hardly see, and what neutrons make of it.

    An element counts as hardly visible where taking it out changes the X-ray pattern by less than 10 %.
    """
    xray = next((p for p in patterns if p.radiation == "xray"), None)
    neutrons = [p for p in patterns if p.radiation == "neutron"]
    if xray is None or not xray.visibility:
        return ""
    seen = {e: q.magnitude("%") for e, q in xray.visibility.items()}
    hidden = sorted((e for e in seen if seen[e] < HARDLY_VISIBLE_percent), key=seen.__getitem__)
    faint = min(seen, key=seen.__getitem__)
    if not hidden:
        return (
            f"X-rays see every element here; the faintest is {faint}: without it the X-ray pattern changes by "
            f"{_percent(seen[faint])}{_and_neutrons(faint, neutrons)}."
        )
    return " ".join(
        f"X-rays hardly see {e}: without it the X-ray pattern changes by {_percent(seen[e])}"
        f"{_and_neutrons(e, neutrons)}."
        for e in hidden
    )


def _by_neutrons(element: str, neutrons: Sequence[PowderPattern]) -> str:
    """Say how much each neutron pattern changes, naming the nuclide where patterns differ in it."""
    parts = []
    for pattern in neutrons:
        if element in pattern.visibility:
            nuclide = pattern.isotopes.get(element, element)
            name = f" (as {nuclide})" if len(neutrons) > 1 else ""
            parts.append(f"{_percent(pattern.visibility[element].magnitude('%'))}{name}")
    return join_words(parts, "or")


def _and_neutrons(element: str, neutrons: Sequence[PowderPattern]) -> str:
    change = _by_neutrons(element, neutrons)
    return f", the neutron pattern by {change}" if change else ""
