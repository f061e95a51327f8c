"""``antiperovskite identify``: which phases a measured powder pattern holds."""

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
    from antiperovskite.diffraction.identify.model import Identification

EXAMPLES = "Example:  antiperovskite identify scan.xy --candidates Li3OCl,Li2OHCl,LiCl --radiation cu-ka"


def identify(
    file: MeasuredFile,
    *,
    candidates: Annotated[
        str,
        typer.Option("--candidates", "-c", metavar="A,B,FILE.cif", help="Formulas, reference phases or CIF files."),
    ],
    radiation: Radiations = None,
    wavelength: Wavelength = None,
    isotope: Isotopes = None,
    two_theta: Range = None,
    contaminants: Annotated[
        bool, typer.Option(help="Look for salts, hydroxides and carbonates of the same cation too.")
    ] = True,
    plot: PlotFile = None,
    json: AsJson = False,
) -> None:
    """Find the phases of a measured pattern, their shares by weight, and the peaks nothing explains."""
    from antiperovskite.cli.commands._crystals import read_isotopes
    from antiperovskite.cli.commands._measured import Named, find_phases, read_measurement, surface_phases
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.diffraction.identify import Candidate
    from antiperovskite.diffraction.identify import identify as find
    from antiperovskite.errors import OptionError

    isotopes = read_isotopes(isotope or [])
    pattern, light = read_measurement(file, two_theta, radiation, wavelength)
    wanted = [text for text in (part.strip() for part in candidates.split(",")) if text]
    if not wanted:
        raise OptionError("no candidate was given; name formulas or CIF files, such as --candidates Li3OCl,LiCl")
    phases: dict[str, Named] = {}
    for text in wanted:
        for phase in find_phases(text, every=True):
            phases.setdefault(phase.name, phase)
    missing: dict[str, str] = {}
    if contaminants:
        more, missing = surface_phases(_elements([phase.structure for phase in phases.values()]))
        for phase in more:
            phases.setdefault(phase.name, phase)
    result = find(
        pattern,
        [Candidate(phase.structure, phase.name, phase.lattice_search) for phase in phases.values()],
        light.radiation,
        wavelengths=light.wavelengths,
        isotopes=isotopes,
        not_checked=missing,
    )
    said = [note for item in result.present for note in phases[item.name].notes]
    notes = tuple(dict.fromkeys((f"radiation: {light.note}", *said, *result.notes)))
    result = result.model_copy(update={"notes": notes})
    if plot is not None:
        if result.refinement is None:
            print_note("no phase was found, so there is nothing to plot")
        else:
            from antiperovskite.report.refinement_plot import write_refinement

            write_refinement(result.refinement, plot, result.unexplained)
            print_note(f"wrote {plot}")
    if json:
        print_json(result)
    else:
        _print(result)


def _elements(structures: list[object]) -> set[str]:
    from antiperovskite.diffraction.cell import read_cell

    return {symbol for structure in structures for symbol in read_cell(structure).symbols}


def _print(result: Identification) -> None:
    from antiperovskite.cli.output import print_note, print_table

    print_table(
        result.verdict,
        ["phase", "share by weight", "lattice", "change of lattice", "ΔBIC without", "or"],
        [
            [
                phase.name,
                str(phase.weight_fraction) if phase.weight_fraction.value is not None else "the only phase",
                ", ".join(f"{key} {value}" for key, value in phase.lattice.items()),
                str(phase.lattice_change),
                f"{phase.delta_bic.value:.0f}",
                ", ".join(phase.alternatives),
            ]
            for phase in result.present
        ],
    )
    if result.absent:
        print_table(
            "Not needed",
            ["candidate", "below (95 %)", "why"],
            [
                [
                    item.name,
                    f"{item.upper_limit.value:.2g} %" if item.upper_limit.value is not None else "",
                    item.reason,
                ]
                for item in result.absent
            ],
        )
    if result.unexplained:
        print_table(
            f"Unexplained peaks ({result.unexplained_share.value:.2g} % of the area)",
            ["2θ / °", "d / Å", "height / %", "significance"],
            [
                [f"{p.two_theta:.3f}", f"{p.d:.4f}", f"{p.height:.1f}", f"{p.significance:.0f}"]
                for p in result.unexplained
            ],
        )
    for item in result.not_checked:
        print_note(f"not checked: {item.name}: {item.reason}")
    if result.refinement is not None:
        agreement = result.refinement.agreement
        print_note(
            f"Rwp {agreement.r_wp.value:.2f} %, Rexp {agreement.r_exp.value:.2f} %, GoF {agreement.gof.value:.2f}"
        )
    for note in result.notes:
        print_note(f"note: {note}")
