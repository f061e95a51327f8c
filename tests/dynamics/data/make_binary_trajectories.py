"""Make run.dcd, run.xtc and run.trr beside this file; needs MDAnalysis (those here: MDAnalysis 2.11.0).

The motion is a formula (see ``truth``), so that no numbers need to be kept beside the files.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
FRAMES, IONS, STEP_PS = 24, 8, 0.2
BOX = (11.0, 12.0, 13.0, 80.0, 95.0, 100.0)


def truth() -> tuple[np.ndarray, np.ndarray]:
    """Unwrapped positions ``(n, 8, 3)`` and cells ``(n, 3, 3)``, angstrom: ions that leave a cell that breathes."""
    from ase.geometry import cellpar_to_cell

    time = np.arange(FRAMES)[:, None, None]
    ion = np.arange(IONS)[None, :, None]
    axis = np.arange(3)[None, None, :]
    start = (0.37 * ion + 0.23 * axis + 0.11 * ion * axis) % 1.0
    way = 0.03 * time * np.sin(1.0 + ion + 2.0 * axis) + 0.01 * np.sin(0.7 * time + ion)
    scale = 1.0 + 0.01 * np.sin(0.5 * np.arange(FRAMES))
    cells = np.asarray(cellpar_to_cell(BOX))[None] * scale[:, None, None]
    return (start + way) @ cells, cells


def main() -> None:
    """Write wrapped positions with each writer."""
    import MDAnalysis
    from ase.geometry import cell_to_cellpar

    warnings.simplefilter("ignore")
    positions, cells = truth()
    universe = MDAnalysis.Universe.empty(IONS, trajectory=True)
    for suffix in ("dcd", "xtc", "trr"):
        with MDAnalysis.Writer(str(HERE / f"run.{suffix}"), IONS, dt=STEP_PS, istart=0) as out:
            for number, (place, cell) in enumerate(zip(positions, cells, strict=True)):
                fractions = place @ np.linalg.inv(cell)
                step = universe.trajectory.ts
                step.positions = ((fractions - np.floor(fractions)) @ cell).astype(np.float32)
                step.dimensions = cell_to_cellpar(cell)
                step.frame, step.time = number, number * STEP_PS
                step.data["step"] = number
                out.write(universe.atoms)


if __name__ == "__main__":
    main()
