"""VASP's vasprun.xml: the structures of its ionic steps, scanned as bytes (no XML entities are ever expanded)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.readers.source import RawBlock, Source
from antiperovskite.dynamics.trajectory.readers.species import Species, element_of
from antiperovskite.dynamics.trajectory.readers.text import first_bytes, scan_blocks
from antiperovskite.errors import DataError

_HEAD_LIMIT = 200_000_000
_ATOMS = re.compile(rb"<array name=\"atoms\".*?<set>(.*?)</set>", re.DOTALL)
_FIRST_WORD = re.compile(rb"<rc>\s*<c>\s*([^<]*?)\s*</c>")
_BASIS = re.compile(rb"<varray name=\"basis\"\s*>")
_POSITIONS = re.compile(rb"<varray name=\"positions\"\s*>")
_ENERGY = re.compile(rb"<i name=\"e_0_energy\">\s*([-+0-9.Ee]+)\s*</i>")
_END = b"</calculation>"


def read(path: Path, species: Species | None) -> Source:
    """Read the ionic steps of a vasprun.xml; the time step is POTIM where every step was written.

    Raises
    ------
    DataError
        It does not name its atoms, or is no molecular dynamics run.
    """
    head = _head(path)
    atoms = _ATOMS.search(head)
    words = _FIRST_WORD.findall(atoms.group(1)) if atoms else []
    if not words:
        raise DataError(f"{path} does not list its atoms (atominfo); it is no whole vasprun.xml")
    if species is not None:
        symbols = species.in_order(len(words), path)
    else:
        known = {word: element_of(word.decode("utf-8", "replace"), path) for word in set(words)}
        symbols = [known[word] for word in words]
    notes: list[str] = []
    motion = _parameter(head, b"IBRION")
    if motion is not None and motion != 0:
        raise DataError(f"{path} has IBRION = {motion:g}: a relaxation, not molecular dynamics (IBRION = 0)")
    interval, every = _parameter(head, b"POTIM"), _parameter(head, b"NBLOCK")
    if interval is not None and every not in (None, 1.0):
        notes.append(f"NBLOCK is {every:g}: whether every ionic step was written is not known; give the frame interval")
        interval = None
    temperature = _parameter(head, b"TEBEG")
    end_temperature = _parameter(head, b"TEEND")
    return Source(
        format="vasprun.xml",
        symbols=tuple(symbols),
        blocks=_blocks(path, len(words), notes),
        frame_interval_ps=interval * 1e-3 if interval else None,
        temperature_K=temperature if temperature and temperature in (end_temperature, None) else None,
        records=("energy_eV",),
        notes=notes,
    )


def _head(path: Path) -> bytes:
    """Everything before the first ionic step."""
    size = 1 << 20
    while True:
        head = first_bytes(path, size)
        place = head.find(b"<calculation")
        if place >= 0:
            return head[:place]
        if len(head) < size or size > _HEAD_LIMIT:
            raise DataError(f"{path} holds no ionic step (calculation)")
        size *= 4


def _parameter(head: bytes, name: bytes) -> float | None:
    """The last value given for a parameter: the one VASP used."""
    found = re.findall(rb"<i (?:type=\"\w+\" )?name=\"" + name + rb"\">\s*([-+0-9.Ee]+)\s*</i>", head)
    try:
        return float(found[-1]) if found else None
    except ValueError:
        return None


def _blocks(path: Path, n_ions: int, notes: list[str]) -> Iterator[RawBlock]:
    import numpy as np

    done = 0

    def scan(data: Any, _: bool) -> tuple[RawBlock | None, int]:
        nonlocal done
        text = data.tobytes()
        positions, cells, energies, begin = [], [], [], 0
        while (end := text.find(_END, begin)) >= 0:
            start = text.find(b"<calculation", begin, end)
            if start < 0:
                raise DataError(f"{path}, frame {done}: an ionic step ends that never began")
            cell, fractions, energy = _step(path, data, text, start, end, n_ions, done)
            positions.append(fractions @ cell)
            cells.append(cell)
            energies.append(energy)
            done += 1
            begin = end + len(_END)
        if not positions:
            tail = text.strip()
            if b"<calculation" not in tail and b"</modeling>" in tail:
                return None, len(data)  # what follows the last step
            return None, 0
        return RawBlock(np.array(positions), np.array(cells), None, None, {"energy_eV": np.array(energies)}), begin

    yield from scan_blocks(path, notes, scan, "a vasprun.xml")


def _step(path: Path, data: Any, text: bytes, start: int, end: int, n_ions: int, frame: int) -> tuple[Any, Any, float]:
    """Cell, fractional coordinates and energy of one ionic step."""
    import numpy as np

    from antiperovskite.dynamics.trajectory.readers.scan import read_tagged

    basis = _BASIS.search(text, start, end)
    places = _POSITIONS.search(text, basis.end(), end) if basis else None
    energy = _ENERGY.findall(text, start, end)
    cell, fractions = np.empty((3, 3)), np.empty((n_ions, 3))
    if basis is None or places is None or not energy:
        raise DataError(f"{path}, frame {frame}: the ionic step has no cell, positions or energy")
    stop = text.find(b"</varray>", places.end(), end)
    if (
        read_tagged(data, basis.end(), end, cell) < 0
        or read_tagged(data, places.end(), max(stop, places.end()), fractions) < 0
        or text.count(b"<v>", places.end(), stop) != n_ions
    ):
        raise DataError(f"{path}, frame {frame}: the ionic step has not {n_ions} positions: ions were lost")
    try:
        return cell, fractions, float(energy[-1])
    except ValueError as error:
        raise DataError(f"{path}, frame {frame}: its energy is no number") from error
