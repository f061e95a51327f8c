"""The folder of a distilled potential: what LAMMPS runs, what the engine says of itself, what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from antiperovskite._files import read_record, write_atomically
from antiperovskite.distillation.forms import Form
from antiperovskite.distillation.model import DistillationCard
from antiperovskite.distillation.settings import DistillationSettings
from antiperovskite.engines.lammps.potential import CARD as ENGINE_CARD
from antiperovskite.engines.lammps.potential import LammpsPotential
from antiperovskite.engines.model import EngineCard

CARD_FILE: Final = "card.json"


def write_engine_card(
    settings: DistillationSettings,
    formula: str,
    teacher: EngineCard,
    form: Form,
    commands: Sequence[str],
    directory: Path,
) -> None:
    """Write ``potential.json``, which the engine ``lammps:DIRECTORY`` reads; files are named relative to it."""
    here = str(directory)
    low, high = min(settings.temperatures_K), max(settings.temperatures_K)
    record = LammpsPotential(
        name=potential_name(directory),
        description=f"{formula}, distilled from {teacher.name}: {form.label}",
        elements=form.elements,
        commands=tuple(line.replace(f'"{here}/', "").replace('"', "") for line in commands),
        reference_method=f"{teacher.name} ({teacher.reference_method})",
        licence="MIT (coefficients); the teacher's own licence: " + teacher.licence,
        known_bias=(
            *teacher.known_bias,
            f"made for {formula} between {low:g} and {high:g} K; see card.json for errors and range",
        ),
        citations=tuple(dict.fromkeys((*teacher.citations, *form.citations, "ziegler1985"))),
    )
    write_atomically(directory / ENGINE_CARD, record.model_dump_json(indent=1) + "\n")


def potential_name(directory: Path) -> str:
    """The folder's name, as far as a potential may bear it."""
    return re.sub(r"[^\w.+-]", "-", directory.resolve().name)[:80] or "potential"


def write_card(card: DistillationCard, directory: Path) -> None:
    """Write ``card.json``."""
    write_atomically(directory / CARD_FILE, card.model_dump_json(indent=1) + "\n")


def read_card(directory: Path) -> DistillationCard:
    """Read the card of a distilled potential.

    Raises
    ------
    DataError
        There is none, or it is damaged.
    """
    return read_record(directory / CARD_FILE, DistillationCard, "the card of a distilled potential")
