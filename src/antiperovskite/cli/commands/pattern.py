"""``antiperovskite pattern``: X-ray and neutron powder patterns of a formula's starting structure or a CIF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.diffraction.model import PowderPattern, Radiation

SHOWN_LINES = 20


def pattern(
    target: Annotated[str, typer.Argument(metavar="FORMULA|FILE.cif", help="A formula, or a CIF file.")],
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
    two_theta: Annotated[tuple[float, float], typer.Option(help="First and last angle, degree.")] = (10.0, 90.0),
    plot: Annotated[Path | None, typer.Option("--plot", help="Write an offline HTML plot to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the pattern as JSON.")] = False,
) -> None:
    """Compute a powder pattern; deuterium is not hydrogen here (--isotope H=D)."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.diffraction import powder_pattern

    isotopes = _read_isotopes(isotope or [])
    kind = _read_radiation(radiation)
    structure, notes = _read_structure(target)
    result = powder_pattern(structure, kind, wavelength=wavelength, isotopes=isotopes, two_theta=two_theta)
    result = result.model_copy(update={"notes": (*notes, *result.notes)})
    if plot is not None:
        _write_plot(result, plot)
        print_note(f"wrote {plot}")
    if json:
        print_json(result)
    else:
        _print(result)


def _read_radiation(text: str) -> Radiation:
    from antiperovskite.errors import OptionError, one_line

    name = text.strip().lower()
    if name == "xray":
        return "xray"
    if name == "neutron":
        return "neutron"
    raise OptionError(f"unknown radiation {one_line(text, 20)!r}; use xray or neutron")


def _read_isotopes(pairs: list[str]) -> dict[str, str]:
    from antiperovskite.diffraction.scattering import parse_isotopes
    from antiperovskite.errors import OptionError, one_line

    isotopes: dict[str, str] = {}
    for pair in pairs:
        element, equals, nuclide = (part.strip() for part in pair.partition("="))
        if not (element and equals and nuclide):
            raise OptionError(f"cannot read the isotope {one_line(pair, 20)!r}; write it as H=D or Li=7Li")
        if element in isotopes:
            raise OptionError(f"two isotopes were given for {element}; give one")
        isotopes[element] = nuclide
    parse_isotopes(isotopes)
    return isotopes


def _looks_like_path(target: str) -> bool:
    return target.lower().endswith((".cif", ".mcif")) or "/" in target or "\\" in target


def _read_structure(target: str) -> tuple[Any, tuple[str, ...]]:
    """Return the structure and what must be said about it."""
    if _looks_like_path(target):
        return _read_cif(Path(target))
    from antiperovskite.composition import resolve
    from antiperovskite.structures import build_structure

    model = build_structure(resolve(target))
    said = "not relaxed: the lattice of this starting structure is an estimate, so line positions are too"
    return model, (said, model.description, *model.notes)


def _read_cif(path: Path) -> tuple[Any, tuple[str, ...]]:
    """Read the first structure of a CIF, keeping partial occupancies.

    Raises
    ------
    OptionError
        The file cannot be read, or is not a CIF with atoms in it.
    """
    import warnings

    from antiperovskite.errors import OptionError, one_line

    name = one_line(path, 80)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"cannot read {name!r}: {reason}; give a CIF file or a formula") from None
    if "data_" not in text or "_cell_length_a" not in text:
        raise OptionError(f"{name!r} is not a CIF: it has no data block with a unit cell; give a CIF or a formula")

    from pymatgen.io.cif import CifParser

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            structures = CifParser.from_str(text).parse_structures(primitive=False)
        except Exception as error:  # noqa: BLE001  the parser raises many kinds on damaged files
            reason = one_line(error, 120) or type(error).__name__
            raise OptionError(f"cannot read a structure from {name!r}: {reason}") from None
    if not structures:
        raise OptionError(f"{name!r} holds no readable structure; check its atom sites")
    notes = [f"structure read from {path.name}"]
    if len(structures) > 1:
        notes.append(f"the file holds {len(structures)} structures; the first is used")
    notes += [f"CIF reader: {one_line(item.message, 160)}" for item in caught]
    return structures[0], tuple(dict.fromkeys(notes))


def _print(result: PowderPattern) -> None:
    from antiperovskite.cli.output import print_note, print_table

    strongest = sorted(result.reflections, key=lambda line: -line.intensity)[:SHOWN_LINES]
    rows = [
        [
            " ".join(str(index) for index in line.hkl),
            str(line.multiplicity),
            f"{line.d:.4f}",
            f"{line.two_theta:.3f}",
            f"{line.intensity:.2f}",
        ]
        for line in sorted(strongest, key=lambda line: line.two_theta)
    ]
    wavelength = result.wavelength
    title = f"{result.label}: {len(rows)} strongest of {len(result.reflections)} lines, {wavelength.value:g} Å"
    print_table(title, ["hkl", "multiplicity", "d / Å", "2θ / °", "I / %"], rows)
    print_table(
        "How much the pattern changes without an element (0: invisible)",
        ["element", "taken as", "visibility"],
        [[key, result.isotopes.get(key, key), f"{q.value:.3f}"] for key, q in result.visibility.items()],
    )
    for note in (f"wavelength: {wavelength.source}", result.source, *result.notes):
        print_note(f"note: {note}")


def _write_plot(result: PowderPattern, path: Path) -> None:
    """Write one self-contained HTML file (plotly's JavaScript inlined), whole or not at all."""
    import plotly.graph_objects as go

    from antiperovskite._files import check_writable, write_atomically

    check_writable(path.parent)
    figure = go.Figure()
    figure.add_scatter(x=result.two_theta, y=result.profile, mode="lines", name="profile")
    figure.add_scatter(
        x=[line.two_theta for line in result.reflections],
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
        title=f"{result.label}, {result.wavelength.value:g} Å",
        xaxis_title="2θ / °",
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
