"""What a distillation keeps while it works, so that it can go on after an interruption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from antiperovskite._files import check_writable, read_record, write_atomically
from antiperovskite._model import Model
from antiperovskite.distillation.frames import Frame, frame_of, read_frames, write_frames
from antiperovskite.distillation.model import Round
from antiperovskite.distillation.settings import DistillationSettings
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import OptionError


class Begun(Model):
    """Which distillation a directory holds."""

    settings: DistillationSettings
    teacher: EngineCard


class Spent(Model):
    """What all runs in a directory have cost so far."""

    core_seconds: float = 0.0
    labels: int = 0
    label_seconds: float = 0.0


class Journal:
    """Finished steps in a directory; a step is there whole or not at all.

    Raises
    ------
    OptionError
        The directory holds a distillation with other settings or another teacher.
    """

    def __init__(self, directory: Path, settings: DistillationSettings, teacher: EngineCard) -> None:
        check_writable(directory)
        self.directory = directory
        record = Begun(settings=settings, teacher=teacher)
        path = directory / "settings.json"
        if not path.exists():
            write_atomically(path, record.model_dump_json(indent=1))
        elif _essence(found := read_record(path, Begun, "the settings of a distillation")) != _essence(record):
            raise OptionError(
                f"{directory.parent} holds a distillation of {found.settings.formula} with other settings; choose "
                "another directory, or remove that one"
            )

        self._before = self._spent()

    def _spent(self) -> Spent:
        path = self.directory / "spent.json"
        return read_record(path, Spent, "the cost of a distillation") if path.exists() else Spent()

    def spent(self, core_seconds: float, labels: int, label_seconds: float) -> Spent:
        """Add this run's cost so far to that of the runs before it, keep the sum and return it."""
        total = Spent(
            core_seconds=self._before.core_seconds + core_seconds,
            labels=self._before.labels + labels,
            label_seconds=self._before.label_seconds + label_seconds,
        )
        write_atomically(self.directory / "spent.json", total.model_dump_json())
        return total

    def frames(self, name: str) -> list[Frame] | None:
        """Labelled frames kept under a name."""
        path = self.directory / f"{name}.npz"
        return read_frames(path) if path.exists() else None

    def keep_frames(self, name: str, frames: list[Frame]) -> None:
        """Keep labelled frames under a name."""
        write_frames(self.directory / f"{name}.npz", frames)

    def round(self, number: int) -> tuple[Round, list[Frame]] | None:
        """A finished round and its frames."""
        path = self.directory / f"round{number}.json"
        frames = self.frames(f"round{number}")
        if not path.exists() or frames is None:
            return None
        return read_record(path, Round, "a round of a distillation"), frames

    def keep_round(self, record: Round, frames: list[Frame]) -> None:
        """Keep a finished round; its record is written last, as the sign that all of it is there."""
        self.keep_frames(f"round{record.number}", frames)
        write_atomically(self.directory / f"round{record.number}.json", record.model_dump_json(indent=1))

    def crystals(self) -> tuple[Any, list[tuple[str, Any]]] | None:
        """The relaxed cell and binaries."""
        kept = self.frames("crystals")
        if kept is None:
            return None
        return kept[0].atoms(), [(frame.group, frame.atoms()) for frame in kept[1:]]

    def keep_crystals(self, cell: Any, binaries: list[tuple[str, Any]]) -> None:
        """Keep the relaxed cell and binaries."""
        frames = [frame_of(cell, "cell"), *(frame_of(atoms, name) for name, atoms in binaries)]
        self.keep_frames("crystals", frames)


def _essence(begun: Begun) -> tuple[DistillationSettings, str, str]:
    """What must agree; more rounds or a sharper target may be asked for later."""
    settings = begun.settings.model_copy(update={"rounds": 1, "target": 1.0})
    return settings, begun.teacher.name, begun.teacher.version
