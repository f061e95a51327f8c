"""Choosing one radius out of the published ones, and saying which and why."""

from __future__ import annotations

from typing import Literal

from antiperovskite._model import Model
from antiperovskite.errors import OptionError
from antiperovskite.ions.model import Ion, Radius, RadiusScale

Policy = Literal["mean", "smallest", "largest", "roobottom1999", "jenkins1979"]
POLICIES: tuple[Policy, ...] = ("mean", "smallest", "largest", "roobottom1999", "jenkins1979")

# Table 1 of the perspective: B is six-coordinate, A twelve-coordinate (its footnote a has the two swapped); X sits
# between two B and four A.
COORDINATION: dict[str, int] = {"X": 6, "B": 6, "A": 12}


class RadiusChoice(Model):
    """The radius chosen for an ion, or ``None`` with the reason in ``note``.

    ``considered`` are the published values the choice was made from; ``note`` is empty where nothing had to be
    decided.
    """

    radius: Radius | None
    considered: tuple[Radius, ...] = ()
    note: str = ""


def select_radius(
    ion: Ion,
    scale: RadiusScale,
    coordination: int | None = None,
    policy: Policy = "mean",
    *,
    charge: int | None = None,
    spin: Literal["high", "low"] = "high",
) -> RadiusChoice:
    """Choose the radius of an ion on one scale.

    Parameters
    ----------
    ion
        The ion.
    scale
        ``"shannon"`` (10.1107/S0567739476001551) or ``"thermochemical"`` (10.1021/ed076p1570 and
        10.1021/ed056p576).
    coordination
        Coordination number for the Shannon scale (see ``COORDINATION``); the closest available one is taken, the
        smaller of two equally close, and the note says so. Thermochemical radii have none.
    policy
        Which of two thermochemical values: their ``"mean"`` (uncertainty: half their difference), ``"smallest"``,
        ``"largest"``, or the one of a reference (with a fall-back to the other, noted).
    charge
        Charge state of a 3d metal; the ion's first one by default.
    spin
        Spin state where the table distinguishes two.

    Raises
    ------
    OptionError
        An unknown policy.

    Examples
    --------
    >>> from antiperovskite.ions import ion
    >>> choice = select_radius(ion("Cl"), "shannon", 12)
    >>> choice.radius.value, choice.note
    (1.81, 'Cl: coordination 6 is the closest available to 12')
    """
    if policy not in POLICIES:
        raise OptionError(f"unknown radius policy {policy!r}; known are {', '.join(POLICIES)}")
    published = tuple(radius for radius in ion.radii if radius.scale == scale)
    if not published:
        return RadiusChoice(radius=None, note=f"no {scale} radius of {ion.symbol} is registered")
    if scale == "shannon":
        return _shannon(ion, published, coordination, ion.charge if charge is None else charge, spin)
    return _thermochemical(ion, published, policy)


def _shannon(ion: Ion, published: tuple[Radius, ...], coordination: int | None, charge: int, spin: str) -> RadiusChoice:
    of_charge = [r for r in published if (ion.charge if r.charge is None else r.charge) == charge]
    if not of_charge:
        return RadiusChoice(
            radius=None, considered=published, note=f"no Shannon radius of {ion.symbol} with charge {charge:+d}"
        )
    notes: list[str] = []
    wanted = 6 if coordination is None else coordination
    closest = min((r.coordination or 0 for r in of_charge), key=lambda n: (abs(n - wanted), n))
    if closest != wanted:
        notes.append(f"{ion.symbol}: coordination {closest} is the closest available to {wanted}")
    at_closest = [r for r in of_charge if (r.coordination or 0) == closest]
    chosen = next((r for r in at_closest if r.spin == spin), at_closest[0])
    if len(at_closest) > 1:
        notes.append(f"{ion.symbol}: {chosen.spin} spin")
    elif chosen.spin not in (None, spin):
        notes.append(f"{ion.symbol}: only the {chosen.spin}-spin value is listed")
    return RadiusChoice(radius=chosen, considered=tuple(of_charge), note="; ".join(notes))


def _thermochemical(ion: Ion, published: tuple[Radius, ...], policy: Policy) -> RadiusChoice:
    if len(published) == 1:
        return RadiusChoice(radius=published[0], considered=published, note=_trust_note(ion, published[0]))
    ordered = sorted(published, key=lambda radius: radius.value)
    values = ", ".join(f"{radius.value:.2f}" for radius in published)
    if policy == "smallest":
        chosen, how = ordered[0], "the smallest"
    elif policy == "largest":
        chosen, how = ordered[-1], "the largest"
    elif policy == "mean":
        chosen, how = _mean(published), "the mean"
    else:
        named = [radius for radius in published if radius.citation == policy]
        chosen, how = (named[0], f"that of {policy}") if named else (published[0], f"none of {policy}, the first")
    note = f"{ion.symbol}: {how} of {values} angstrom"
    trust = _trust_note(ion, chosen)
    return RadiusChoice(radius=chosen, considered=published, note=f"{note}; {trust}" if trust else note)


def _mean(published: tuple[Radius, ...]) -> Radius:
    values = [radius.value for radius in published]
    half_range = (max(values) - min(values)) / 2
    first = published[0]
    others = [radius.citation for radius in published if radius.citation != first.citation]
    return Radius(
        value=round(sum(values) / len(values), 6),
        uncertainty=round(half_range, 6) or None,
        scale="thermochemical",
        source="; ".join(dict.fromkeys(radius.source for radius in published)),
        citation=first.citation,
        alternative_citation=others[0] if others else None,
        trust="verified" if all(radius.trust == "verified" for radius in published) else "unverified",
        note="mean of the published values; the uncertainty is half their difference",
    )


def _trust_note(ion: Ion, radius: Radius) -> str:
    return f"{ion.symbol}: unverified value" if radius.trust == "unverified" else ""
