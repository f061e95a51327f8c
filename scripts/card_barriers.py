"""Compare distilled potentials with their teacher once more: lattice, stiffness, reaction energy, hops of each cation.

    python scripts/card_barriers.py [FOLDER...]

FOLDER is what ``antiperovskite distil`` wrote; without any, the potentials that come with the package. Each card's
``checks`` are computed again as the examination of a distillation does, and written; the potential stays as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

from antiperovskite._version import __version__
from antiperovskite.composition import resolve
from antiperovskite.distillation.card import read_card, write_card
from antiperovskite.distillation.distil import relaxed_crystals, subject_of
from antiperovskite.distillation.examine import CITATIONS, compare
from antiperovskite.distillation.hop import HOP, wrong_barriers
from antiperovskite.distillation.settings import DEFAULT_CELL_ATOMS
from antiperovskite.engines import get_engine
from antiperovskite.engines.lammps.potential import shipped_potentials
from antiperovskite.engines.threads import limit_threads
from antiperovskite.structures import build_structure

NOTE = "compared with the teacher again by scripts/card_barriers.py"


def say(step: str, detail: str) -> None:
    """Progress on stderr."""
    print(f"{step}: {detail}", file=sys.stderr, flush=True)


def redo(folder: Path) -> None:
    """Compute the comparisons of one potential anew and write them into its card."""
    began = process_time()
    card = read_card(folder)
    teacher = get_engine(card.teacher)
    formula = resolve(card.formula)
    model = build_structure(formula)
    subject = subject_of(formula.canonical, model, *relaxed_crystals(model, teacher, say), DEFAULT_CELL_ATOMS)
    frames = sum(group.frames for group in card.training)
    source = f"{card.teacher} {teacher.card.version}, {frames} training frames"
    checks = compare(subject, teacher, folder, source, say)
    notes = [note for note in card.notes if not note.startswith((NOTE, HOP))]
    notes += wrong_barriers(checks)
    notes.append(f"{NOTE} (antiperovskite {__version__}, {card.teacher} {teacher.card.version})")
    citations = tuple(dict.fromkeys((*card.citations, *CITATIONS)))
    write_card(card.model_copy(update={"checks": checks, "notes": tuple(notes), "citations": citations}), folder)
    for check in checks:
        print(f"{card.name}: {check.name}: {check.teacher} | {check.potential} | {check.difference}", flush=True)
    print(f"{card.name}: {process_time() - began:.0f} CPU seconds", flush=True)


def main() -> None:
    """Redo the folders named, or all shipped ones."""
    limit_threads()
    for folder in [Path(word) for word in sys.argv[1:]] or list(shipped_potentials().values()):
        redo(folder)


if __name__ == "__main__":
    main()
