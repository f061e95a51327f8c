"""LAMMPS text dumps: any columns in any order, sorted or not, orthogonal or triclinic, compressed or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antiperovskite.dynamics.trajectory.readers.source import RawBlock, Source, frames_at_once
from antiperovskite.dynamics.trajectory.readers.species import Species, element_of
from antiperovskite.dynamics.trajectory.readers.text import FrameSize, first_bytes, scan_blocks
from antiperovskite.errors import DataError, OptionError

ID, TYPE, X, IMAGE, POSITION = 1, 2, 3, 6, 9  # codes of columns, as the scanner has them
_PS = {"metal": 1.0, "real": 1e-3}
_AXES = "xyz"
_LARGEST_ID = 500_000_000


@dataclass(frozen=True)
class Layout:
    """What the first frame says of all."""

    n_ions: int
    columns: tuple[str, ...]
    atoms_line: bytes
    codes: tuple[int, ...]
    scaled: bool
    unwrapped: bool
    images: bool
    units: str | None


def read(path: Path, species: Species | None) -> Source:
    """Read a LAMMPS dump.

    Columns ``x y z`` (with ``ix iy iz`` if present), ``xs ys zs``, ``xu yu zu`` and ``xsu ysu zsu`` are understood;
    unwrapped ones are preferred. Species come from an ``element`` column or from ``species`` by ``type``.

    Raises
    ------
    DataError
        The first frame is not whole or not a dump.
    OptionError
        Only types are given and ``species`` does not name them all.
    """
    layout, rows = _first_frame(path)
    notes: list[str] = []
    symbols, ids, types = _ions(path, layout, rows, species, notes)
    return Source(
        format="LAMMPS dump",
        symbols=symbols,
        blocks=_blocks(path, layout, ids, types, notes),
        unwrapped=layout.unwrapped or layout.images,
        notes=notes,
    )


def _first_frame(path: Path) -> tuple[Layout, list[list[bytes]]]:
    size = 1 << 16
    while True:
        head = first_bytes(path, size)
        found = _parse_first(path, head)
        if found is not None:
            return found
        if len(head) < size:
            raise DataError(f"{path} does not hold one whole frame of a LAMMPS dump")
        size *= 4


def _parse_first(path: Path, head: bytes) -> tuple[Layout, list[list[bytes]]] | None:
    """The first frame, or None where ``head`` ends before it does."""
    lines = head.split(b"\n")[:-1]
    items = {line.split()[1]: k for k, line in reversed(list(enumerate(lines[:40]))) if line.startswith(b"ITEM: ")}
    if b"ATOMS" not in items:
        if len(lines) >= 40:
            raise DataError(f"{path} has no 'ITEM: ATOMS' in its first 40 lines; it is not a LAMMPS dump of atoms")
        return None
    try:
        n_ions = int(lines[items[b"NUMBER"] + 1])
        units = lines[items[b"UNITS"] + 1].decode().strip() if b"UNITS" in items else None
    except (KeyError, ValueError, IndexError) as error:
        raise DataError(f"{path} has no number of atoms in its first frame") from error
    first = items[b"ATOMS"]
    if n_ions < 1:
        raise DataError(f"{path} says that its first frame has {n_ions} atoms")
    if len(lines) <= first + n_ions:
        return None
    rows = [line.split() for line in lines[first + 1 : first + 1 + n_ions]]
    return _layout(path, lines[first].rstrip(b"\r"), n_ions, units), rows


def _layout(path: Path, atoms_line: bytes, n_ions: int, units: str | None) -> Layout:
    columns = tuple(word.decode("utf-8", "replace") for word in atoms_line.split()[2:])
    kinds = {"xu": (False, True), "xsu": (True, True), "x": (False, False), "xs": (True, False)}
    ends = {"xu": "u", "xsu": "su", "x": "", "xs": "s"}
    kind = next((name for name in kinds if all(axis + ends[name] in columns for axis in _AXES)), None)
    if kind is None:
        raise DataError(
            f"{path} has no positions (x y z, xs ys zs, xu yu zu or xsu ysu zsu) among its columns: {' '.join(columns)}"
        )
    if units is not None and units not in _PS:
        raise DataError(f"{path} is in LAMMPS units {units!r}; lengths must be in angstrom (metal or real)")
    scaled, unwrapped = kinds[kind]
    images = not unwrapped and all(f"i{axis}" in columns for axis in _AXES)
    code = {"id": ID, "type": TYPE}
    code |= {axis + ends[kind]: X + k for k, axis in enumerate(_AXES)}
    if images:
        code |= {f"i{axis}": IMAGE + k for k, axis in enumerate(_AXES)}
    codes = tuple(code.get(name, 0) for name in columns)
    return Layout(n_ions, columns, atoms_line, codes, scaled, unwrapped, images, units)


def _ions(
    path: Path, layout: Layout, rows: list[list[bytes]], species: Species | None, notes: list[str]
) -> tuple[tuple[str, ...], Any, Any]:
    """Symbols in the order of the ids, the sorted ids (None without an id column) and the type of each."""
    import numpy as np

    if any(len(row) < len(layout.columns) for row in rows):
        raise DataError(f"{path}: a line of the first frame has fewer columns than its heading")

    def column(name: str) -> list[bytes]:
        return [row[layout.columns.index(name)] for row in rows]

    try:
        ids = np.array([int(word) for word in column("id")]) if "id" in layout.columns else None
        types = np.array([int(word) for word in column("type")]) if "type" in layout.columns else None
    except (ValueError, OverflowError) as error:
        raise DataError(f"{path}: an id or type of the first frame is not a whole number") from error
    if ids is None:
        notes.append("the dump has no id column: ions are taken to keep their order (dump_modify sort)")
    else:
        if len(np.unique(ids)) != len(ids) or ids.min() < 0 or ids.max() > _LARGEST_ID:
            raise DataError(f"{path}: ids of the first frame repeat or are out of range")
        order = np.argsort(ids)
        ids, rows = ids[order], [rows[int(k)] for k in order]
        types = None if types is None else types[order]
    if "element" in layout.columns and species is None:
        names = [element_of(word.decode("utf-8", "replace"), path) for word in column("element")]
    elif types is not None:
        names = (species or Species.none()).of_types(types.tolist(), path)
    elif species is not None:
        names = species.in_order(len(rows), path)
    else:
        raise OptionError(f"{path} has neither an element nor a type column; name the species of the ions in order")
    return tuple(names), ids, types


def _blocks(path: Path, layout: Layout, ids: Any, types: Any, notes: list[str]) -> Iterator[RawBlock]:
    import numpy as np

    from antiperovskite.dynamics.trajectory.readers import lammps_scan
    from antiperovskite.dynamics.trajectory.readers.problems import refuse

    size = FrameSize(frames_at_once(layout.n_ions), layout.n_ions)
    row_of = np.full(0 if ids is None else int(ids[-1]) + 1, -1, dtype=np.int32)
    if ids is not None:
        row_of[ids] = np.arange(len(ids))
    kinds = np.zeros(layout.n_ions, dtype=np.int32) if types is None else types.astype(np.int32)
    heading = np.frombuffer(layout.atoms_line, dtype=np.uint8)
    codes = np.array(_runs(layout.codes), dtype=np.int64)
    done = 0

    def scan(data: Any, ended: bool) -> tuple[RawBlock | None, int]:
        nonlocal done
        count = size.frames_in(data, ended)
        if count == 0:
            return None, 0
        positions = np.empty((count, layout.n_ions, 3))
        images = np.empty((count, layout.n_ions, 3) if layout.images else (0, 0, 3))
        boxes, steps = np.zeros((count, 3, 4)), np.zeros(count, dtype=np.int64)
        stamp, scratch = np.full(layout.n_ions, -1, dtype=np.int32), np.zeros((2, 3))
        shapes, times = np.zeros(count, dtype=np.int64), np.full(count, np.nan)
        frames, taken, state, detail = lammps_scan.scan_dump(
            data, heading, codes, row_of, kinds, stamp, scratch, positions, images, boxes, shapes, steps, times
        )
        if frames == 0:
            refuse(state, path, done, detail, layout.n_ions)
            return None, 0
        done += frames
        size.learn(frames, taken)
        origins, cells = _cells(boxes[:frames], shapes[:frames])
        positions = _cartesian(positions[:frames], images[:frames], origins, cells, layout)
        in_ps = times[:frames] * _PS[layout.units] if layout.units and np.isfinite(times[:frames]).all() else None
        return RawBlock(positions, cells, steps[:frames], in_ps), taken

    yield from scan_blocks(path, notes, scan, "a LAMMPS dump")


def _runs(codes: tuple[int, ...]) -> list[int]:
    """Codes with x y z in a row as one."""
    place = codes.index(X)
    if codes[place : place + 3] == (X, X + 1, X + 2):
        return [*codes[:place], POSITION, *codes[place + 3 :]]
    return list(codes)


def _cells(boxes: Any, shapes: Any) -> tuple[Any, Any]:
    """Origins and lattice vectors as rows from the three box lines of every frame.

    LAMMPS writes the bounding box of a tilted one: xlo_bound = xlo + min(0, xy, xz, xy + xz) and so on.
    """
    import numpy as np

    cells, origins = np.zeros((len(boxes), 3, 3)), boxes[:, :, 0].copy()
    low, high, tilt = boxes[:, :, 0].copy(), boxes[:, :, 1].copy(), boxes[:, :, 2]
    tilted = shapes == 1
    xy, xz, yz = (np.where(tilted, tilt[:, k], 0.0) for k in range(3))
    zero = np.zeros_like(xy)
    low[:, 0] -= np.minimum.reduce([zero, xy, xz, xy + xz])
    high[:, 0] -= np.maximum.reduce([zero, xy, xz, xy + xz])
    low[:, 1] -= np.minimum(zero, yz)
    high[:, 1] -= np.maximum(zero, yz)
    for axis in range(3):
        cells[:, axis, axis] = high[:, axis] - low[:, axis]
    cells[:, 1, 0], cells[:, 2, 0], cells[:, 2, 1] = xy, xz, yz
    origins[:] = low
    general = shapes == 2
    cells[general], origins[general] = boxes[general][:, :, :3], boxes[general][:, :, 3]
    return origins, cells


def _cartesian(positions: Any, images: Any, origins: Any, cells: Any, layout: Layout) -> Any:
    """Positions from the box's corner, so that a box that grows about its middle moves nobody."""
    import numpy as np

    same = bool((cells == cells[0]).all())
    cell = cells[0] if same else cells
    if layout.scaled:
        return (positions + images if layout.images else positions) @ cell
    if np.any(origins):
        positions -= origins[:, None]
    return positions + images @ cell if layout.images else positions
