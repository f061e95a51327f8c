"""``antiperovskite distinguish``: which probe can tell structure models apart, and with how many counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.diffraction.distinguish_model import Conditions, Distinguishability

EXAMPLES = (
    "Example:  antiperovskite distinguish Li3OCl Li2OHCl --counts 1e6 --rate xray=5000 --rate neutron=500 --plot d.html"
)


def distinguish(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="A B [C...]",
            help="Formulas (Li2OHCl#2: its second candidate) or CIF files; one formula alone: its candidates.",
        ),
    ],
    *,
    counts: Annotated[float, typer.Option("--counts", help="Counts in one whole pattern, background included.")] = 1e6,
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="xray=5000", help="Counts per second for xray or neutron; gives times."),
    ] = None,
    background: Annotated[
        float, typer.Option("--background", help="Flat background as a multiple of the mean Bragg intensity.")
    ] = 0.5,
    systematic: Annotated[
        float, typer.Option("--systematic", help="Relative error of the computed profile that counting cannot reduce.")
    ] = 0.0,
    strain: Annotated[float, typer.Option("--strain", help="How far lattices may be refined (linear).")] = 0.02,
    sigma: Annotated[float, typer.Option("--sigma", help="The distinction asked for, standard deviations.")] = 5.0,
    two_theta: Annotated[tuple[float, float], typer.Option(help="First and last angle, degree.")] = (10.0, 120.0),
    source: Annotated[str, typer.Option("--source", help="X-ray tube, for example CuKa, MoKa1.")] = "CuKa",
    xray_wavelength: Annotated[
        float | None, typer.Option("--xray-wavelength", help="X-ray wavelength instead of a tube, Å.")
    ] = None,
    neutron_wavelength: Annotated[float, typer.Option("--neutron-wavelength", help="Neutron wavelength, Å.")] = 1.594,
    isotope: Annotated[
        list[str] | None,
        typer.Option("--isotope", "-i", metavar="Li=7Li", help="For the neutron probes; may be repeated."),
    ] = None,
    b_iso: Annotated[
        list[str] | None,
        typer.Option("--b-iso", metavar="1.0|Li=1.5", help="Temperature factor B of all atoms or one element, Å²."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", help="Check each prediction with this many simulated measurements.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the simulated measurements.")] = 0,
    plot: Annotated[Path | None, typer.Option("--plot", help="Write an offline HTML page to this file.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Predict whether X-rays, neutrons, or neutrons on the deuterated sample can tell structure models apart."""
    from antiperovskite._files import check_writable
    from antiperovskite.cli.commands._crystals import read_isotopes, read_numbers, read_temperature_factors
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.diffraction import distinguish as predict

    conditions = _conditions(
        counts=counts,
        background=background,
        systematic=systematic,
        strain=strain,
        sigma=sigma,
        two_theta=two_theta,
        xray_source=source,
        xray_wavelength=xray_wavelength,
        neutron_wavelength=neutron_wavelength,
        rates=read_numbers(rate or [], "count rate", "xray=5000"),
    )
    isotopes = read_isotopes(isotope or [])
    factors = read_temperature_factors(b_iso or [])
    if plot is not None:
        check_writable(plot.parent)
    models, notes = _models(targets)
    result = predict(models, conditions, isotopes=isotopes, b_iso=factors, draws=draws, seed=seed)
    result = result.model_copy(update={"notes": (*notes, *result.notes)})
    if plot is not None:
        from antiperovskite.report.distinguish_plot import write_distinguish

        write_distinguish(result, plot)
        print_note(f"wrote {plot}")
    if json:
        print_json(result)
    else:
        _print(result)


def _conditions(**given: Any) -> Conditions:
    from pydantic import ValidationError

    from antiperovskite.diffraction.distinguish_model import Conditions
    from antiperovskite.errors import OptionError

    try:
        return Conditions(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise OptionError(f"{place} = {first['input']}: {first['msg'].lower()}") from None


def _models(targets: list[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Name to structure, and what must be said about them."""
    from antiperovskite.cli.commands._crystals import UNRELAXED, candidates, looks_like_path, read_crystal
    from antiperovskite.errors import OptionError, one_line

    if len(targets) == 1 and not looks_like_path(targets[0]) and "#" not in targets[0]:
        found = candidates(targets[0])
        if len(found) < 2:
            raise OptionError(f"{one_line(targets[0], 30)} has one candidate structure; give two models to distinguish")
        chosen = {f"{targets[0]}#{number}": model for number, model in enumerate(found, start=1)}
        said = [f"{name}: {model.description}" for name, model in chosen.items()]
        return chosen, (UNRELAXED, *said)
    if len(set(targets)) < len(targets):
        raise OptionError("a model was given twice; give different ones")
    models, notes = {}, []
    for target in targets:
        name = Path(target).name if looks_like_path(target) else target
        name = target if name in models else name
        models[name], own = read_crystal(target)
        notes += [note if note == UNRELAXED else f"{name}: {note}" for note in own]
    return models, tuple(dict.fromkeys(notes))


def _print(result: Distinguishability) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.diffraction.distinguish_words import duration, rounded
    from antiperovskite.quantity import Quantity

    simulated = any(isinstance(item.simulated_chance, Quantity) for item in result.distinctions)
    columns = ["models", "probe", "χ²", "sigma", "P(right)", "counts needed", "time needed"]
    rows = [
        [
            f"{item.first} | {item.second}",
            item.probe,
            f"{item.chi2.value:.3g}",
            f"{item.sigma.value:.2g}",
            f"{item.chance.value:.3f}",
            rounded(item.counts_needed.value) if isinstance(item.counts_needed, Quantity) else "never",
            duration(item.time_needed) if isinstance(item.time_needed, Quantity) else "–",
            *(
                [str(item.simulated_chance) if isinstance(item.simulated_chance, Quantity) else "–"]
                if simulated
                else []
            ),
        ]
        for item in result.distinctions
    ]
    counts = rounded(result.conditions.counts)
    title = f"Telling models apart with {counts} counts; {result.conditions.sigma:g} sigma asked for"
    print_table(title, [*columns, *(["simulated"] if simulated else [])], rows)
    for finding in result.findings:
        print_note(finding)
    for note in (result.limits, result.source, *result.notes):
        print_note(f"note: {note}")
