"""``antiperovskite pattern``: X-ray and neutron powder patterns of a formula's starting structure or a CIF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.diffraction.model import PowderPattern, Radiation, TofBank, TofPattern

SHOWN_LINES = 20
WIDTHS = 6


def pattern(
    target: Annotated[
        str,
        typer.Argument(metavar="FORMULA|FILE.cif", help="A formula (Li2OHCl#2: its second candidate), or a CIF file."),
    ],
    *,
    radiation: Annotated[str, typer.Option("--radiation", "-r", help="xray or neutron.")] = "xray",
    isotope: Annotated[
        list[str] | None,
        typer.Option("--isotope", "-i", metavar="H=D", help="Take an element as one nuclide; may be repeated."),
    ] = None,
    wavelength: Annotated[
        float | None,
        typer.Option("--wavelength", "-w", help="Angstrom (default: Cu K-alpha1 1.540593; neutrons 1.594)."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", help="X-ray tube: CuKa, CoKa, MoKa, AgKa (doublets) or CuKa1 and so on."),
    ] = None,
    two_theta: Annotated[tuple[float, float], typer.Option(help="First and last angle, degree.")] = (10.0, 90.0),
    b_iso: Annotated[
        list[str] | None,
        typer.Option("--b-iso", metavar="1.0|Li=1.5", help="Temperature factor B of all atoms or one element, Å²."),
    ] = None,
    resolution: Annotated[
        str | None,
        typer.Option("--resolution", metavar="U,V,W[,X,Y,Z]", help="Caglioti U,V,W (degree²) and Lorentzian X,Y,Z."),
    ] = None,
    size: Annotated[float | None, typer.Option("--size", help="Grain size for Scherrer broadening, nm.")] = None,
    monochromator: Annotated[
        float | None, typer.Option("--monochromator", help="Two-theta of an X-ray monochromator crystal, degree.")
    ] = None,
    polarisation: Annotated[
        float | None,
        typer.Option("--polarisation", help="Share polarised perpendicular to the diffraction plane (tube 0.5)."),
    ] = None,
    tof: Annotated[
        str | None,
        typer.Option("--tof", metavar="DIFC[,DIFA[,ZERO]]", help="Neutron time of flight instead: microseconds per Å."),
    ] = None,
    bank: Annotated[float, typer.Option("--bank", help="With --tof: the detector bank's two-theta, degree.")] = 90.0,
    d_range: Annotated[tuple[float, float], typer.Option(help="With --tof: first and last spacing, Å.")] = (0.6, 4.5),
    plot: Annotated[Path | None, typer.Option("--plot", help="Write an offline HTML plot to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the pattern as JSON.")] = False,
) -> None:
    """Compute a powder pattern; deuterium is not hydrogen here (--isotope H=D)."""
    from antiperovskite.cli.commands._crystals import read_crystal, read_isotopes, read_temperature_factors
    from antiperovskite.cli.output import print_json, print_note

    isotopes = read_isotopes(isotope or [])
    factors = read_temperature_factors(b_iso or [])
    kind = _read_radiation("neutron" if tof is not None else radiation)
    result: PowderPattern | TofPattern
    if tof is not None:
        from antiperovskite.diffraction import tof_pattern

        _refuse_with_tof(wavelength, source, resolution, size, monochromator, polarisation)
        flight = _read_bank(tof, bank)
        structure, notes = read_crystal(target)
        result = tof_pattern(structure, flight, isotopes=isotopes, d_range=d_range, b_iso=factors)
    else:
        from antiperovskite.diffraction import powder_pattern
        from antiperovskite.diffraction.profile import Resolution

        widths = None if resolution is None else Resolution(*_three_to_six(resolution))
        share = _polarisation(kind, monochromator, polarisation)
        structure, notes = read_crystal(target)
        result = powder_pattern(
            structure,
            kind,
            wavelength=wavelength,
            source=source,
            isotopes=isotopes,
            two_theta=two_theta,
            resolution=widths,
            size=None if size is None else 10.0 * size,
            b_iso=factors,
            perpendicular=share,
        )
    result = result.model_copy(update={"notes": (*notes, *result.notes)})
    if plot is not None:
        _write_plot(result, plot)
        print_note(f"wrote {plot}")
    if json:
        print_json(result)
    else:
        _print(result)


def _refuse_with_tof(*others: object) -> None:
    from antiperovskite.errors import OptionError

    if any(other is not None for other in others):
        raise OptionError("--tof takes --bank, --d-range, --isotope and --b-iso; leave out constant-wavelength options")


def _numbers(text: str, fewest: int, most: int, what: str) -> list[float]:
    import math

    from antiperovskite.errors import OptionError, one_line

    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if not fewest <= len(values) <= most or not all(math.isfinite(value) for value in values):
        raise OptionError(f"cannot read {one_line(text, 30)!r} as {what}; give {fewest} to {most} numbers with commas")
    return values


def _three_to_six(text: str) -> tuple[float, float, float, float, float, float, float]:
    U, V, W, *lorentzian = _numbers(text, 3, WIDTHS, "U,V,W,X,Y,Z")
    X, Y, Z = (*lorentzian, 0.0, 0.0, 0.0)[:3]
    return U, V, W, 0.0, X, Y, Z


def _read_bank(text: str, angle: float) -> TofBank:
    from pydantic import ValidationError

    from antiperovskite.diffraction.model import TofBank
    from antiperovskite.errors import OptionError

    DIFC, DIFA, ZERO = (*_numbers(text, 1, 3, "DIFC,DIFA,ZERO"), 0.0, 0.0)[:3]
    try:
        return TofBank(DIFC=DIFC, DIFA=DIFA, ZERO=ZERO, two_theta=angle)
    except ValidationError as error:
        first = error.errors()[0]
        raise OptionError(f"time-of-flight bank: {first['loc'][0]}: {first['msg']}") from None


def _polarisation(kind: Radiation, monochromator: float | None, polarisation: float | None) -> float:
    from antiperovskite.diffraction.sources import monochromator_polarisation
    from antiperovskite.errors import OptionError

    if monochromator is None and polarisation is None:
        return 0.5
    if kind != "xray" or (monochromator is not None and polarisation is not None):
        raise OptionError("--monochromator and --polarisation are for X-rays, and one of them at a time")
    return monochromator_polarisation(monochromator) if monochromator is not None else float(polarisation or 0.0)


def _read_radiation(text: str) -> Radiation:
    from antiperovskite.errors import OptionError, one_line

    name = text.strip().lower()
    if name == "xray":
        return "xray"
    if name == "neutron":
        return "neutron"
    raise OptionError(f"unknown radiation {one_line(text, 20)!r}; use xray or neutron")


def _print(result: PowderPattern | TofPattern) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.diffraction.model import PowderPattern

    lines: tuple[Any, ...] = result.reflections
    strongest = sorted(lines, key=lambda line: -line.intensity)[:SHOWN_LINES]
    rows = [
        [
            " ".join(str(index) for index in line.hkl),
            str(line.multiplicity),
            f"{line.d:.4f}",
            f"{_place(line):.3f}",
            f"{line.intensity:.2f}",
        ]
        for line in sorted(strongest, key=_place)
    ]
    constant = isinstance(result, PowderPattern)
    where = f"{result.wavelength.value:g} Å" if isinstance(result, PowderPattern) else f"DIFC {result.bank.DIFC:g} µs/Å"
    title = f"{result.label}: {len(rows)} strongest of {len(result.reflections)} lines, {where}"
    print_table(title, ["hkl", "multiplicity", "d / Å", "2θ / °" if constant else "TOF / µs", "I / %"], rows)
    if isinstance(result, PowderPattern):
        print_table(
            "How much the pattern changes without an element (0: invisible)",
            ["element", "taken as", "visibility"],
            [[key, result.isotopes.get(key, key), f"{q.value:.3f}"] for key, q in result.visibility.items()],
        )
        print_note(f"note: wavelength: {result.wavelength.source}")
    for note in (result.source, *result.notes):
        print_note(f"note: {note}")


def _place(line: Any) -> float:
    """Where a line stands on its axis: degree or microseconds."""
    return float(getattr(line, "two_theta", None) or line.tof)


def _write_plot(result: PowderPattern | TofPattern, path: Path) -> None:
    """Write one self-contained HTML file (plotly's JavaScript inlined), whole or not at all."""
    import plotly.graph_objects as go

    from antiperovskite._files import check_writable, write_atomically
    from antiperovskite.diffraction.model import PowderPattern

    check_writable(path.parent)
    constant = isinstance(result, PowderPattern)
    axis = result.two_theta if isinstance(result, PowderPattern) else result.tof
    where = f"{result.wavelength.value:g} Å" if isinstance(result, PowderPattern) else "time of flight"
    figure = go.Figure()
    figure.add_scatter(x=axis, y=result.profile, mode="lines", name="profile")
    figure.add_scatter(
        x=[_place(line) for line in result.reflections],
        y=[-3.0] * len(result.reflections),
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 9},
        name="lines",
        text=[
            f"{' '.join(map(str, line.hkl))}, d = {line.d:.4f} Å, I = {line.intensity:.2f} %"
            for line in result.reflections
        ],
        hoverinfo="text+x",
    )
    figure.update_layout(
        title=f"{result.label}, {where}",
        xaxis_title="2θ / °" if constant else "time of flight / µs",
        yaxis_title="intensity / % of the strongest point",
        template="plotly_white",
    )
    caption = _wrap("; ".join((result.source, *result.notes)))
    figure.add_annotation(
        text="<br>".join(caption),
        xref="paper",
        yref="paper",
        x=0,
        y=0,
        yshift=-60,
        yanchor="top",
        showarrow=False,
        align="left",
    )
    figure.update_layout(margin={"b": 80 + 16 * len(caption)})
    write_atomically(path, figure.to_html(include_plotlyjs=True, full_html=True))


def _wrap(text: str, width: int = 140) -> list[str]:
    from html import escape
    from textwrap import wrap

    return [escape(line) for line in wrap(text, width)]
