"""A potential for LAMMPS in a file: which elements, which pair commands, and what is known of it.

``potential.json`` (in a folder with the coefficient files it names)::

    {"name": "Li3OCl-pod", "description": "...", "elements": ["Li", "O", "Cl"],
     "commands": ["pair_style pod", "pair_coeff * * Li3OCl.pod Li3OCl_coefficients.pod Li O Cl"],
     "reference_method": "7net-0", "known_bias": ["..."]}

or a fragment of a LAMMPS input in ``metal`` units whose first lines say ``# elements: Li O Cl``. Words of a command
that name a file beside it are read from there. A potential may be a stranger's file, so that only commands which define
an interaction are obeyed: nothing that runs a shell, Python or another file.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from antiperovskite._files import data_folder, read_record
from antiperovskite._model import Model
from antiperovskite.errors import DataError, OptionError, one_line

CARD: Final = "potential.json"
_ALLOWED: Final = frozenset(
    {"pair_style", "pair_coeff", "pair_modify", "kspace_style", "kspace_modify", "dielectric", "set"}
)
_RUNS_CODE: Final = frozenset({"python", "mliap", "mliappy", "unified", "kim"})
_LARGEST_FILE: Final = 1_000_000  # bytes of a card or fragment; coefficient files are read by LAMMPS


class LammpsPotential(Model):
    """Pair commands with the element of each type and the card's words."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[\w.+-]+$")
    description: str = ""
    elements: tuple[str, ...] = Field(min_length=1, description="element of each LAMMPS atom type, in order")
    commands: tuple[str, ...] = Field(min_length=1, description="pair commands; files named relative to the card")
    reference_method: str = Field(default="not stated", description="what the energies imitate")
    licence: str = "not stated"
    known_bias: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()

    @field_validator("elements")
    @classmethod
    def _are_elements(cls, elements: tuple[str, ...]) -> tuple[str, ...]:
        from ase.data import atomic_numbers

        for element in elements:
            if element not in atomic_numbers or element == "X":
                raise ValueError(f"{element!r} is not an element")
        return elements

    @field_validator("commands")
    @classmethod
    def _only_interactions(cls, commands: tuple[str, ...]) -> tuple[str, ...]:
        for command in commands:
            words = command.split()
            if not words or words[0] not in _ALLOWED:
                raise ValueError(f"command {one_line(command, 60)!r} is not allowed; use {', '.join(sorted(_ALLOWED))}")
            if words[0] == "set" and words[1:2] != ["type"]:
                raise ValueError(
                    f"command {one_line(command, 60)!r} is not allowed; set charges by 'set type N charge q'"
                )
            if re.search(r"[$&`\n\r]", command) or _RUNS_CODE & {part for word in words for part in word.split("/")}:
                raise ValueError(f"command {one_line(command, 60)!r} could run code and is not obeyed")
        if not any(command.split()[0] == "pair_style" for command in commands):
            raise ValueError("no pair_style among the commands")
        return commands


class PotentialFile:
    """A potential and the folder its coefficient files lie in."""

    def __init__(self, potential: LammpsPotential, folder: Path) -> None:
        self.potential = potential
        self.folder = folder

    @cached_property
    def commands(self) -> tuple[str, ...]:
        """The commands with the files beside the card given by their full path."""
        return tuple(" ".join(self._resolved(word) for word in line.split()) for line in self.potential.commands)

    def _resolved(self, word: str) -> str:
        path = self.folder / word
        return f'"{path.resolve()}"' if word not in {"*", ".", ".."} and path.is_file() else word

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits of the commands and of every file they name."""
        digest = hashlib.sha256("\n".join((*self.potential.elements, *self.potential.commands)).encode())
        for word in sorted({word for line in self.potential.commands for word in line.split()}):
            if self._resolved(word) != word:
                digest.update((self.folder / word).read_bytes())
        return digest.hexdigest()[:16]


def read_potential(path: Path) -> PotentialFile:
    """Read a potential: its card, the folder that holds it, or a LAMMPS fragment.

    Raises
    ------
    OptionError
        There is no such file.
    DataError
        It is not a potential; the message names the place.
    """
    card = path / CARD if path.is_dir() else path
    if not card.is_file():
        raise OptionError(
            f"no potential at {one_line(path)!r}; give {CARD}, the folder that holds it, or a LAMMPS fragment that "
            "begins with '# elements: Li O Cl'"
        )
    if card.stat().st_size > _LARGEST_FILE:
        raise DataError(
            f"{one_line(card)!r} is too large for a card or a fragment; name {CARD}, not a coefficient file"
        )
    if card.suffix == ".json":
        return PotentialFile(read_record(card, LammpsPotential, "a potential for LAMMPS"), card.parent)
    return PotentialFile(_fragment(card), card.parent)


def _fragment(path: Path) -> LammpsPotential:
    from antiperovskite._files import validate

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {one_line(path)!r} as a LAMMPS fragment: {one_line(error)}") from error
    heading = next((line for line in lines if re.match(r"#\s*elements\s*:", line, re.IGNORECASE)), None)
    if heading is None:
        raise DataError(
            f"{one_line(path)!r} does not say which element each type is; add a line '# elements: Li O Cl' in the "
            "order of the types"
        )
    commands = [text for line in lines if (text := line.split("#")[0].strip()) and text.split()[0] != "units"]
    data = {
        "name": re.sub(r"[^\w.+-]", "-", path.stem)[:80] or "potential",
        "elements": heading.split(":", 1)[1].replace(",", " ").split(),
        "commands": commands,
    }
    if any(line.split()[:1] == ["units"] and line.split()[1:2] != ["metal"] for line in lines):
        raise DataError(f"{one_line(path)!r} is not in metal units (eV, angstrom, ps); convert it")
    return validate(data, LammpsPotential, one_line(path))


def shipped_potentials() -> dict[str, Path]:
    """Potentials that come with the package, by name: folders of the distillation room's data that hold a card."""
    return {card.parent.name: card.parent for card in sorted(data_folder("distillation").glob(f"*/{CARD}"))}
