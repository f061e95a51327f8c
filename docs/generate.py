"""Pages that are computed, not typed: commands, JSON schemas, engine cards, ions, the API list."""

from __future__ import annotations

import json
import pkgutil
from pathlib import Path
from typing import Any

import antiperovskite

OUT = Path(__file__).parent / "_build" / "generated"
HIDDEN_OPTIONS = {"install_completion", "show_completion", "help"}


def main() -> None:
    """Write every generated page; unchanged files are left alone, so that Sphinx need not read them again."""
    OUT.mkdir(parents=True, exist_ok=True)
    pages = {
        "commands.md": commands(),
        "schemas.md": schemas(),
        "engines.md": engines(),
        "ions.md": ions(),
        "capabilities.md": capabilities(),
        "dft.md": dft(),
        "api.rst": api(),
    }
    for name, text in pages.items():
        path = OUT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def cell(text: object) -> str:
    """Text that cannot break a Markdown table."""
    return " ".join(str(text).replace("|", "\\|").split())


def commands() -> str:
    """Every command with its arguments and options, read from the application itself."""
    import typer.main

    from antiperovskite.cli.app import app
    from antiperovskite.cli.commands import attach

    if not app.registered_commands:
        attach(app)
    return "\n".join(_command_lines(typer.main.get_command(app), "antiperovskite"))


def _command_lines(command: Any, path: str) -> list[str]:
    lines: list[str] = []
    for name, sub in getattr(command, "commands", {}).items():
        full = f"{path} {name}"
        if hasattr(sub, "commands"):
            lines += [f"## `{full}`", "", cell(sub.help or ""), "", *_command_lines(sub, full)]
            continue
        lines += [f"## `{full}`" if path.count(" ") == 0 else f"### `{full}`", "", "```text"]
        lines += [_usage(full, sub), "", *(sub.help or "").strip().splitlines()]
        if sub.epilog:
            lines += ["", sub.epilog]
        lines += ["```", "", "| argument or option | meaning | default |", "|---|---|---|"]
        for parameter in sub.params:
            if parameter.name not in HIDDEN_OPTIONS:
                shown = ", ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.metavar
                default = "" if parameter.default is None or callable(parameter.default) else f"`{parameter.default}`"
                lines.append(f"| `{cell(shown or parameter.name)}` | {cell(parameter.help or '')} | {default} |")
        lines.append("")
    return lines


def _usage(full: str, command: Any) -> str:
    arguments = [p.metavar or p.name.upper() for p in command.params if p.param_type_name == "argument"]
    return " ".join(["$", full, *arguments, "[OPTIONS]"])


def schemas() -> str:
    """JSON Schema of each contract, from the models that write it."""
    from antiperovskite.assessment.model import Assessment
    from antiperovskite.carriers.model import CarrierStudy
    from antiperovskite.composition.model import Formula
    from antiperovskite.defects.equilibrium.model import EquilibriumStudy
    from antiperovskite.defects.results import DefectStudy
    from antiperovskite.dynamics.estimate import Estimate
    from antiperovskite.dynamics.model import RunResult
    from antiperovskite.dynamics.trajectory.summary import TrajectorySummary
    from antiperovskite.electrochemistry.contact_model import Contact
    from antiperovskite.electrochemistry.model import Window
    from antiperovskite.engines.model import EngineCard
    from antiperovskite.kinetics.model import KineticStudy, PercolationStudy
    from antiperovskite.landscape.model import Landscape
    from antiperovskite.migration.model import MigrationStudy
    from antiperovskite.mixing.model import MixingStudy
    from antiperovskite.quantity import quantity_schema
    from antiperovskite.scorecard.model import Outcome
    from antiperovskite.stability.dft.model import DFTComparison
    from antiperovskite.stability.hydration.model import Hydration
    from antiperovskite.stability.model import Tolerance
    from antiperovskite.transport.model import Diffusion
    from antiperovskite.transport.study.model import ConductivityStudy

    contracts = {
        "A quantity": quantity_schema(),
        "`antiperovskite sites FORMULA --json`": Formula.model_json_schema(mode="serialization"),
        "`antiperovskite tolerance FORMULA... --json`": {
            "type": "array",
            "items": Tolerance.model_json_schema(mode="serialization"),
        },
        "`antiperovskite assess FORMULA... --json`: one entry of `assessments`": Assessment.model_json_schema(
            mode="serialization"
        ),
        "`antiperovskite md FORMULA --json`: one entry of `runs`": RunResult.model_json_schema(mode="serialization"),
        "`antiperovskite md FORMULA --dry-run --json`: one entry of `estimates`": Estimate.model_json_schema(
            mode="serialization"
        ),
        "`antiperovskite trajectory info FILE --json`": TrajectorySummary.model_json_schema(mode="serialization"),
        "`antiperovskite diffusion TRAJECTORY --json`": Diffusion.model_json_schema(mode="serialization"),
        "`antiperovskite conductivity FORMULA --json`": ConductivityStudy.model_json_schema(mode="serialization"),
        "`antiperovskite defects FORMULA --json`": DefectStudy.model_json_schema(mode="serialization"),
        "`antiperovskite concentrations FORMULA --json`": EquilibriumStudy.model_json_schema(mode="serialization"),
        "`antiperovskite migrate FORMULA --json`": MigrationStudy.model_json_schema(mode="serialization"),
        "`antiperovskite landscape FORMULA --json`": Landscape.model_json_schema(mode="serialization"),
        "`antiperovskite kmc FORMULA --json`": KineticStudy.model_json_schema(mode="serialization"),
        "`antiperovskite percolate FORMULA --json`": PercolationStudy.model_json_schema(mode="serialization"),
        "`antiperovskite mixing SERIES --json`": MixingStudy.model_json_schema(mode="serialization"),
        "`antiperovskite carriers FORMULA --json`": CarrierStudy.model_json_schema(mode="serialization"),
        "`antiperovskite window FORMULA --json`": Window.model_json_schema(mode="serialization"),
        "`antiperovskite contact FORMULA... --json`": {
            "type": "array",
            "items": Contact.model_json_schema(mode="serialization"),
        },
        "`antiperovskite hydration FORMULA... --json`": {
            "type": "array",
            "items": Hydration.model_json_schema(mode="serialization"),
        },
        "`antiperovskite dft compare --json`": DFTComparison.model_json_schema(mode="serialization"),
        "`antiperovskite reproduce --json`": {
            "type": "array",
            "items": Outcome.model_json_schema(mode="serialization"),
        },
        "`antiperovskite engines list --json`": {
            "type": "array",
            "items": EngineCard.model_json_schema(mode="serialization"),
        },
    }
    lines: list[str] = []
    for title, schema in contracts.items():
        lines += [f"### {title}", "", "```json", json.dumps(schema, indent=2, ensure_ascii=False), "```", ""]
    return "\n".join(lines)


def engines() -> str:
    """What each engine's card says."""
    from antiperovskite.engines import get_engine
    from antiperovskite.engines.registry import _BUILT_IN

    lines = ["| engine | energies imitate | known against it | verdicts | licence |", "|---|---|---|---|---|"]
    for name in _BUILT_IN:  # engines of other packages on this machine do not belong into the documentation
        card = get_engine(name).card
        bias = "; ".join(card.known_bias)
        verdicts = "yes" if card.for_verdicts else "no"
        lines.append(
            f"| `{name}`: {cell(card.description)} | {cell(card.reference_method)} | {cell(bias)} | {verdicts} | "
            f"{cell(card.licence)} |"
        )
    return "\n".join(lines) + "\n"


def ions() -> str:
    """The registered ions with their radii."""
    from antiperovskite.ions import known_ions

    lines = ["| ion | charge | sites | point group | radii, angstrom (charge, coordination) |", "|---|---|---|---|---|"]
    for symbol, ion in known_ions().items():
        radii = ", ".join(_radius(radius) for radius in ion.radii)
        charge = ", ".join(f"{charge:+d}" for charge in (ion.charge, *ion.other_charges))
        lines.append(
            f"| `{symbol}` {ion.name} | {charge} | {' '.join(ion.sites)} | {ion.point_group} | {radii or '–'} |"
        )
    return "\n".join(lines) + "\n"


def _radius(radius: Any) -> str:
    kind = [f"{radius.charge:+d}"] if radius.charge is not None else []
    kind += [str(radius.coordination)] if radius.coordination else []
    kind += [f"{radius.spin} spin"] if radius.spin else []
    mark = "" if radius.trust == "verified" else " (unverified)"
    return f"{radius.value:g} {radius.scale}" + (f" ({', '.join(kind)})" if kind else "") + mark


def capabilities() -> str:
    """What a claim's check can call."""
    from antiperovskite.scorecard import all_capabilities as known

    lines = ["| capability | gives | arguments | unit |", "|---|---|---|---|"]
    for name, item in known().items():
        arguments = "; ".join(
            f"`{key}`: " + (", ".join(f"`{choice}`" for choice in argument.choices) or cell(argument.meaning))
            for key, argument in item.arguments.items()
        )
        unit = "words" if item.returns_words else "by `name`" if callable(item.unit) else f"`{item.unit}`"
        caveat = f" ({cell(item.caveat)})" if item.caveat else ""
        lines.append(f"| `{name}` | {cell(item.answers)}{caveat} | {arguments} | {unit} |")
    return "\n".join(lines) + "\n"


def dft() -> str:
    """Reaction energies of DFT beside those of the engines, the numerical tests and the geometries."""
    from antiperovskite.stability.dft.page import generated_page

    return generated_page()


def api() -> str:
    """One autodoc section a public module; packages first say what they are for."""
    lines: list[str] = []
    names = sorted(
        module.name
        for module in pkgutil.walk_packages(antiperovskite.__path__, "antiperovskite.")
        if "._" not in module.name and ".cli" not in module.name
    )
    for name in names:
        lines += [name, "-" * len(name), "", f".. automodule:: {name}", "   :members:", "   :no-index:", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
