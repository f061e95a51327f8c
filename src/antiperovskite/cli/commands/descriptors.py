"""``antiperovskite descriptors``: which descriptor predicts what can be made, and what the default one says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from antiperovskite.quantity import Quantity
    from antiperovskite.stability.descriptors.results import Evaluation, Prediction, Study

app = typer.Typer(
    help="Which descriptor predicts what can be made: the study, its default descriptor, and predictions.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

_JSON = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
_SEED = Annotated[int, typer.Option("--seed", min=0, help="Seed of models, bootstrap and permutations.")]
_NAME = Annotated[
    str | None, typer.Option("--descriptor", "-d", help="A descriptor of the study; the recommended one without it.")
]


@app.command("study", epilog="Example:  antiperovskite descriptors study --seed 0 --json > study.json")
def study(
    seed: _SEED = 0,
    draws: Annotated[int, typer.Option(min=0, help="Bootstrap samples of groups; 0: no intervals.")] = 1000,
    permutations: Annotated[int, typer.Option(min=0, help="Permutations of label blocks; 0: no p-values.")] = 1999,
    json: _JSON = False,
) -> None:
    """Compare all descriptors under grouped cross-validation (about a minute; the same seed gives the same numbers)."""
    from antiperovskite.cli.output import print_json
    from antiperovskite.cli.progress import step_progress
    from antiperovskite.stability.descriptors.study import run_study

    with step_progress() as report:
        result = run_study(seed, draws=draws, permutations=permutations, report=report)
    if json:
        print_json(result)
    else:
        _print_study(result)


@app.command("predict", epilog="Example:  antiperovskite descriptors predict K3OBH4 Li2OHCl Li3SeBr")
def predict(
    formulas: Annotated[list[str], typer.Argument(metavar="FORMULA...", help="One or more X3BA formulas.")],
    descriptor: _NAME = None,
    seed: _SEED = 0,
    json: _JSON = False,
) -> None:
    """Ask the default descriptor about compositions; its reliability and its domain are printed with the answer."""
    from antiperovskite.cli.output import print_json
    from antiperovskite.stability.descriptors.recommend import predict as ask

    found = ask(formulas, descriptor, seed)
    if json:
        print_json(list(found))
    else:
        _print_predictions(found, descriptor, reasons=True)


@app.command("space", epilog="Example:  antiperovskite descriptors space --inside --json")
def space(
    descriptor: _NAME = None,
    inside: Annotated[bool, typer.Option("--inside", help="Only compositions inside the descriptor's domain.")] = False,
    seed: _SEED = 0,
    json: _JSON = False,
) -> None:
    """Predict every charge-balanced X3BA of the registered ions, the applicability domain marked."""
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.stability.descriptors.recommend import predict_space

    everything = predict_space(descriptor, seed)
    found = [entry for entry in everything if entry.domain == "inside" or not inside]
    if json:
        print_json(found)
        return
    _print_predictions(found, descriptor)
    counts = {domain: sum(entry.domain == domain for entry in everything) for domain in _DOMAINS}
    print_note(f"{len(everything)} compositions: " + ", ".join(f"{n} {domain}" for domain, n in counts.items()))


_DOMAINS = ("inside", "outside", "not computable")


def _print_study(result: Study) -> None:
    from antiperovskite.cli.output import print_note, print_table

    for grouping in dict.fromkeys(entry.grouping for entry in result.evaluations):
        rows = [_study_row(entry) for entry in result.evaluations if entry.grouping == grouping]
        columns = ["descriptor", "made + not", "balanced accuracy", "AUC", "Brier", "p (Holm)"]
        print_table(f"Leave one {grouping} out", columns, rows)
    for name, title in {entry.descriptor: entry.title for entry in result.evaluations}.items():
        print_note(f"{name}: {title}")
    print_note(result.answer)
    print_note(f"Why this default: {result.recommended_because}.")
    print_note("* good scores of this one prove little (a leak; see --json)")
    for caution in result.cautions:
        print_note(f"- {caution}")


def _study_row(entry: Evaluation) -> list[str]:
    return [
        f"{entry.descriptor}{' *' if entry.leak else ''}",
        f"{entry.n_made} + {entry.n_not_made}",
        _with_interval(entry.balanced_accuracy, entry.interval_balanced_accuracy),
        _with_interval(entry.auc, entry.interval_auc),
        _with_interval(entry.brier, None),
        "–" if entry.p_holm is None else f"{entry.p_holm:.2g}",
    ]


def _with_interval(quantity: object, interval: tuple[float, float] | None) -> str:
    value: Quantity | object = getattr(quantity, "value", None)
    if not isinstance(value, float):
        return "–"
    return f"{value:.2f}" + (f" [{interval[0]:.2f}, {interval[1]:.2f}]" if interval else "")


def _print_predictions(found: Sequence[Prediction], descriptor: str | None, *, reasons: bool = False) -> None:
    from antiperovskite.cli.output import print_note, print_table
    from antiperovskite.stability.descriptors.models import descriptor as look_up
    from antiperovskite.stability.descriptors.recommend import recommended_descriptor

    rows = [
        [
            entry.formula,
            "–" if entry.probability.value is None else f"{entry.probability.value:.2f}",
            entry.verdict,
            entry.label,
            entry.domain,
            entry.record,
        ]
        for entry in found
    ]
    best = recommended_descriptor()
    title = best.title if descriptor is None else look_up(descriptor).title
    print_table(title, ["formula", "score", "descriptor says", "literature", "domain", "same B"], rows)
    for entry in found if reasons else ():
        if entry.domain_reasons:
            print_note(f"{entry.formula}: {entry.domain}: {'; '.join(entry.domain_reasons)}")
    if descriptor in (None, best.descriptor):
        print_note(f"Reliability: {best.statement}")
    else:
        print_note("For the reliability of this descriptor run: antiperovskite descriptors study")
    print_note("A score is no measured probability; where the literature has an answer, that answer counts.")
