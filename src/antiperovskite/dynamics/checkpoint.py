"""Checkpoints: the full state of a run in one file, written whole or not at all and checked when it is read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import Field

from antiperovskite._files import write_atomically
from antiperovskite._model import Model
from antiperovskite.errors import DataError, OptionError, StoreError, one_line

NAME: Final = "checkpoint.bin"
_MAGIC: Final = b"antiperovskite checkpoint 1\n"


class CheckpointHeader(Model):
    """What a checkpoint says of itself."""

    settings: str = Field(description="fingerprint of the run's settings")
    step: int = Field(ge=0)
    frames: int = Field(ge=0, description="frames of the trajectory up to this step")
    seconds: float = Field(ge=0, description="wall-clock time spent so far")
    stopped: str | None = Field(default=None, description="why the run must not go on")
    sha256: str = Field(description="of the state that follows")


class Checkpoint(NamedTuple):
    """Header and state."""

    header: CheckpointHeader
    state: bytes


def save(
    folder: Path, state: bytes, *, settings: str, step: int, frames: int, seconds: float, stopped: str | None = None
) -> None:
    """Replace the checkpoint of a run.

    Raises
    ------
    StoreError
        It cannot be written; the former one stands.
    """
    header = CheckpointHeader(
        settings=settings,
        step=step,
        frames=frames,
        seconds=seconds,
        stopped=stopped,
        sha256=hashlib.sha256(state).hexdigest(),
    )
    try:
        write_atomically(folder / NAME, _MAGIC + header.model_dump_json().encode() + b"\n" + state)
    except OptionError as error:
        raise StoreError(
            f"{error}; the run stands at its last checkpoint, free the disk and run the same again"
        ) from error


def load(folder: Path) -> Checkpoint | None:
    """Return the checkpoint of a run, or None where there is none yet.

    Raises
    ------
    DataError
        The file is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    line, _, state = data.removeprefix(_MAGIC).partition(b"\n")
    try:
        header = CheckpointHeader.model_validate_json(line)
    except ValueError as error:
        raise DataError(f"{path} is not a checkpoint: {one_line(error)}; start the run in another folder") from error
    if not data.startswith(_MAGIC) or hashlib.sha256(state).hexdigest() != header.sha256:
        raise DataError(f"{path} is damaged (its checksum differs); start the run in another folder")
    return Checkpoint(header, state)
