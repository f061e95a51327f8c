"""What the templates show, prepared from assessments: figures by name, tiles, references, downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from shlex import quote
from typing import Any

from markupsafe import Markup

from antiperovskite.assessment.model import Assessment
from antiperovskite.defects.results import CombinationResult
from antiperovskite.evidence.model import ConductivityRow, SynthesisRow
from antiperovskite.quantity import AnyQuantity, Quantity
from antiperovskite.report import references, words
from antiperovskite.report.commands import pattern_commands
from antiperovskite.report.figures import Figure, script_json, script_text
from antiperovskite.report.format import OTHER_NAMES, QUANTITY_NAMES, SURROUNDINGS_NAMES, quantity_name, slug
from antiperovskite.report.migration_section import HopRow, MovingHop, add_carriers
from antiperovskite.report.phonon_section import add_phonons
from antiperovskite.vibrations.model import NamedLevel

# A reported value may stand beside a computed one under the same key with this ending.
REPORTED = "_reported"


@dataclass
class Tile:
    """One key number: its name, value, what it is to be compared with, or a second reading of the same number."""

    name: str
    value: AnyQuantity
    compare: AnyQuantity | None = None
    second: AnyQuantity | None = None
    kinds: tuple[str, str] = ("", "")


@dataclass
class SceneView:
    """One entry of the 3D view's switch."""

    label: str
    figure: str


@dataclass
class FormulaView:
    """Everything one formula's section needs."""

    id: str
    assessment: Assessment
    tiles: list[Tile]
    figures: dict[str, Markup] = field(default_factory=dict)
    scenes: list[SceneView] = field(default_factory=list)
    legend: list[dict[str, str]] = field(default_factory=list)
    scene_note: str = ""
    visibility_sentence: str = ""
    contrast_sentence: str = ""
    shell_name: str = ""
    commands: list[str] = field(default_factory=list)
    levels: list[NamedLevel] = field(default_factory=list)
    modes: list[dict[str, Any]] = field(default_factory=list)
    moves: Markup = field(default_factory=Markup)
    amplitude: float = 0.0
    mechanisms: list[str] = field(default_factory=list)
    hops: list[MovingHop] = field(default_factory=list)
    hop_rows: list[HopRow] = field(default_factory=list)
    combinations: list[CombinationResult] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    bibtex: str = ""
    json: Markup = field(default_factory=Markup)

    def add(self, name: str, figure: Figure | None) -> None:
        """Keep a figure under ``<id>-<name>``; nothing for a figure that is not defined."""
        if figure is not None:
            self.figures[f"{self.id}-{name}"] = script_json(figure)


def build_views(assessments: Sequence[Assessment]) -> list[FormulaView]:
    """Prepare every formula; identifiers stay unique when two formulas reduce to the same text."""
    views: list[FormulaView] = []
    for assessment in assessments:
        base = identifier = slug(assessment.formula)
        count = 1
        while any(view.id == identifier for view in views):
            count += 1
            identifier = f"{base}-{count}"
        views.append(_build(identifier, assessment, [a for a in assessments if a is not assessment]))
    return views


def _build(identifier: str, assessment: Assessment, others: list[Assessment]) -> FormulaView:
    from antiperovskite.report import plots
    from antiperovskite.report.reaction_plot import reaction_figure
    from antiperovskite.report.tolerance_map import map_figure

    view = FormulaView(identifier, assessment, _tiles(assessment))
    view.shell_name = quote(assessment.formula)
    _add_scenes(view)
    view.add("map", map_figure(assessment.tolerance, [a.tolerance for a in others]))
    view.add("reactions", reaction_figure(assessment.reactions))
    _add_surroundings(view)
    add_phonons(view)
    _add_conduction(view)
    add_carriers(view)
    if assessment.patterns:
        view.add("patterns", plots.pattern_figure(assessment.patterns))
        view.add("visibility", plots.visibility_figure(assessment.patterns))
        view.visibility_sentence = words.what_xrays_miss(assessment.patterns)
        view.commands = pattern_commands(assessment)
        view.contrast_sentence = words.dry_or_hydrated(assessment.quantities)
    rows = assessment.evidence.conductivities
    view.add("conductivity", plots.conductivity_figure(rows, {r.id: row_reference(r) for r in rows}))
    view.citations = references.all_keys(collect_citations(assessment))
    view.bibtex = references.bibtex_of(view.citations)
    view.json = script_text(assessment.model_dump_json())
    return view


def _add_conduction(view: FormulaView) -> None:
    from antiperovskite.report.conductivity_plot import law_figure, msd_figure

    study = view.assessment.conduction
    if study is None:
        return
    view.add("msd", msd_figure(study, study.species[0]))
    law = study.law("conductivity of independent ions")
    view.add("law", law_figure(law, study) if law is not None else None)


def _add_surroundings(view: FormulaView) -> None:
    """Voltages, contacts, water and DFT, each where the assessment has it."""
    from antiperovskite.report.contact_plot import matrix_figure, mixing_figure
    from antiperovskite.report.reaction_plot import dft_figure
    from antiperovskite.report.water_plot import water_figure
    from antiperovskite.report.window_plot import profile_figure, windows_figure

    assessment = view.assessment
    if assessment.window is not None:
        view.add("window", windows_figure([assessment.window]))
        view.add("profile", profile_figure(assessment.window))
    metal = assessment.metal_contact
    if metal is not None:
        view.add("metal", mixing_figure(metal))
    if any(cell.computed for cell in assessment.electrode_contacts):
        view.add("contacts", matrix_figure([*([metal] if metal else []), *assessment.electrode_contacts]))
    if assessment.water is not None:
        view.add("water", water_figure(assessment.water))
    if assessment.dft is not None:
        view.add("dft", dft_figure(assessment.dft))


def _add_scenes(view: FormulaView) -> None:
    from antiperovskite.report.scene import default_repeat, scene_figure, scene_legend, scene_note

    assessment = view.assessment
    relaxed = assessment.relaxed.model if assessment.relaxed else None
    starting = assessment.starting_structure
    main = relaxed or starting
    if main is None:
        return
    view.legend = scene_legend(main)
    view.scene_note = scene_note(main)
    entries: list[tuple[str, str, Any, int]] = []
    if relaxed is not None:
        entries.append(("relaxed", "Relaxed", relaxed, 1))
    if starting is not None:
        entries.append(("starting", "Before relaxation" if relaxed else "Starting structure", starting, 1))
    if default_repeat(main) > 1:
        entries.append(("network", "2 × 2 × 2 cells", main, default_repeat(main)))
    for name, label, model, repeat in entries:
        view.add(name, scene_figure(model, repeat))
        view.scenes.append(SceneView(label, f"{view.id}-{name}"))


def _tiles(assessment: Assessment) -> list[Tile]:
    found = assessment.quantities
    tiles = [
        Tile(QUANTITY_NAMES[key], found[key], compare=found.get(key + REPORTED))
        for key in QUANTITY_NAMES
        if key in found
    ]
    tiles += [Tile(name, q) for key, name in SURROUNDINGS_NAMES.items() if isinstance(q := found.get(key), Quantity)]
    t = assessment.tolerance.goldschmidt
    kinds = ("Shannon", "thermochemical")
    tiles.append(Tile("Tolerance factor t", t.shannon, second=t.thermochemical, kinds=kinds))
    return tiles


def other_quantities(assessment: Assessment) -> list[tuple[str, AnyQuantity]]:
    """Return every quantity with its printed name, the known ones first."""
    order = {key: k for k, key in enumerate(OTHER_NAMES)}
    keys = sorted(assessment.quantities, key=lambda key: order.get(key, len(order)))
    return [(quantity_name(key), assessment.quantities[key]) for key in keys]


def row_reference(row: ConductivityRow | SynthesisRow) -> str:
    """Return the short reference of an evidence row: the original work, else what the table printed."""
    return references.short_list(row.citations) or row.study


def collect_citations(assessment: Assessment) -> list[str]:
    """Return every key the assessment rests on, wherever it is kept."""
    keys = list(assessment.citations)
    _walk(assessment.model_dump(include={"quantities", "tolerance", "reactions", "patterns", "evidence"}), keys)
    _walk(assessment.model_dump(include={"window", "metal_contact", "electrode_contacts", "water", "dft"}), keys)
    _walk(assessment.model_dump(include={"conduction": {"citations"}}), keys)
    _walk(
        assessment.model_dump(
            include={"defects": True, "migration": {"studies", "published"}, "carrier_balance": {"citations"}}
        ),
        keys,
    )
    _walk(assessment.model_dump(include={"phonons": {"lowest", "citations"}, "published_models": True}), keys)
    return list(dict.fromkeys(keys))


def _walk(data: Any, keys: list[str]) -> None:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "citations":
                keys.extend(value)
            elif name == "reported_in":
                keys.append(value)
            elif isinstance(value, dict | list | tuple):
                _walk(value, keys)
    elif isinstance(data, list | tuple):
        for value in data:
            if isinstance(value, dict | list | tuple):
                _walk(value, keys)
            else:
                return
