"""The options that ``identify`` and ``refine`` share; Typer reads them from the annotations of the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

MeasuredFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Measured pattern: xy, xye, csv, powder CIF, xrdml, fxye.")
]
Radiations = Annotated[
    str | None, typer.Option("--radiation", "-r", help="cu-ka, cu-ka1, mo-ka, co-ka, ag-ka, xray or neutron.")
]
Wavelength = Annotated[float | None, typer.Option("--wavelength", "-w", help="Angstrom.")]
Isotopes = Annotated[
    list[str] | None, typer.Option("--isotope", "-i", metavar="H=D", help="Take an element as one nuclide.")
]
Range = Annotated[tuple[float, float] | None, typer.Option("--two-theta", help="Use only this range, degree.")]
PlotFile = Annotated[Path | None, typer.Option("--plot", help="Write an offline HTML plot to this file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
