"""``antiperovskite refine``: whole-pattern refinement of a measured powder pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from antiperovskite.cli.commands._measured_options import (
    AsJson,
    Isotopes,
    MeasuredFile,
    PlotFile,
    Radiations,
    Range,
    Wavelength,
)

if TYPE_CHECKING:
    from antiperovskite.diffraction.refinement.model import Refinement

EXAMPLES = "Example:  antiperovskite refine scan.xy --phase Li3OCl --phase LiCl --radiation cu-ka --plot fit.html"


def refine(
    file: MeasuredFile,
    *,
    phase: Annotated[
        list[str], typer.Option("--phase", "-p", help="Formula, reference phase or CIF file; may be repeated.")
    ],
    radiation: Radiations = None,
    wavelength: Wavelength = None,
    isotope: Isotopes = None,
    two_theta: Range = None,
    background: Annotated[int, typer.Option("--background", help="Chebyshev terms of the background.")] = 6,
    occupancy: Annotated[
        list[str] | None,
        typer.Option("--occupancy", metavar="PHASE:SITE", help="Refine an occupancy, such as Li3OCl:Li1."),
    ] = None,
    coordinates: Annotated[
        list[str] | None, typer.Option("--coordinates", metavar="PHASE", help="Refine a phase's free coordinates.")
    ] = None,
    temperature_factors: Annotated[
        list[str] | None, typer.Option("--temperature-factors", metavar="PHASE", help="Refine B of each element.")
    ] = None,
    pawley: Annotated[
        list[str] | None,
        typer.Option("--pawley", metavar="PHASE", help="Refine a phase's line intensities instead of computing them."),
    ] = None,
    per_phase_broadening: Annotated[
        bool, typer.Option("--per-phase-broadening", help="Size and strain broadening of each phase on its own.")
    ] = False,
    plot: PlotFile = None,
    json: AsJson = False,
) -> None:
    """Refine lattices, shares by weight, line widths and chosen atomic parameters, with uncertainties."""
    from antiperovskite.cli.commands._crystals import read_isotopes
    from antiperovskite.cli.commands._measured import find_phases, read_measurement
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.diffraction.refinement import Choices, Phase
    from antiperovskite.diffraction.refinement import refine as run
    from antiperovskite.errors import OptionError

    isotopes = read_isotopes(isotope or [])
    pattern, light = read_measurement(file, two_theta, radiation, wavelength)
    named = [find_phases(text, every=False)[0] for text in phase]
    extracted = set(pawley or [])
    if unknown := extracted - {item.name for item in named}:
        raise OptionError(f"--pawley {sorted(unknown)[0]!r} is none of the phases {', '.join(n.name for n in named)}")
    choices = Choices(
        background=background,
        occupancies=tuple(_site(text) for text in occupancy or []),
        coordinates=tuple(coordinates or []),
        temperature_factors=tuple(temperature_factors or []),
        per_phase_broadening=per_phase_broadening,
    )
    result = run(
        pattern,
        [Phase(item.structure, item.name, item.name in extracted) for item in named],
        light.radiation,
        wavelengths=light.wavelengths,
        isotopes=isotopes,
        choices=choices,
        lattice_search=max(item.lattice_search for item in named),
    )
    said = [note for item in named for note in item.notes]
    result = result.model_copy(
        update={"notes": tuple(dict.fromkeys((f"radiation: {light.note}", *said, *result.notes)))}
    )
    if plot is not None:
        from antiperovskite.report.refinement_plot import write_refinement

        write_refinement(result, plot)
        print_note(f"wrote {plot}")
    if json:
        print_json(result)
    else:
        _print(result)
    if not result.converged:
        raise typer.Exit(3)


def _site(text: str) -> tuple[str, str]:
    from antiperovskite.errors import OptionError, one_line

    name, colon, site = text.partition(":")
    if not (name and colon and site):
        raise OptionError(
            f"cannot read the occupancy {one_line(text, 30)!r}; write it as PHASE:SITE, such as Li3OCl:Li1"
        )
    return name, site


def _print(result: Refinement) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.quantity import format_number

    agreement = result.agreement
    print_table(
        f"{result.pattern}: Rwp {agreement.r_wp.value:.2f} %, Rexp {agreement.r_exp.value:.2f} %, "
        f"GoF {agreement.gof.value:.2f}",
        ["phase", "space group", "lattice", "share by weight", "R Bragg"],
        [
            [
                phase.name,
                phase.spacegroup,
                ", ".join(f"{key} {value}" for key, value in phase.lattice.items()),
                str(phase.weight_fraction) if phase.weight_fraction.value is not None else "",
                str(phase.r_bragg) if phase.r_bragg.value is not None else "extracted",
            ]
            for phase in result.phases
        ],
    )
    print_table(
        "Refined parameters",
        ["parameter", "value", "unit", "note"],
        [
            [p.name, format_number(p.value, p.uncertainty), "" if p.unit == "1" else p.unit, p.note]
            for p in result.parameters
            if p.refined
        ],
    )
    print_note(f"uncertainties: {result.uncertainty_rule}")
    for note in result.notes:
        print_note(f"note: {note}")
