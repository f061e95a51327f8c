"""What other commands wrote: shares of vacancies from the JSON of ``antiperovskite concentrations``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from antiperovskite.errors import DataError, OptionError

SAME_K: Final = 0.5


def vacancy_shares(path: Path, formula: str, temperatures: Sequence[float]) -> tuple[float, ...]:
    """Isolated vacancies per cation site at each temperature.

    Parameters
    ----------
    path
        JSON of ``antiperovskite concentrations --json``.
    formula
        The host; that of the file must be the same.
    temperatures
        In K; each must be among those of the file.

    Raises
    ------
    OptionError
        No such file, another host, or a temperature (or a second condition) that the file does not settle.
    DataError
        It is not such a file.
    """
    from antiperovskite._files import read_yaml, validate
    from antiperovskite.defects.equilibrium.model import EquilibriumStudy
    from antiperovskite.quantity import Quantity

    if not path.is_file():
        raise OptionError(f"no file {path}; give the output of antiperovskite concentrations --json")
    data = read_yaml(path)
    if not isinstance(data, dict) or "points" not in data or "energies" not in data:
        raise DataError(f"{path} is not the output of antiperovskite concentrations --json; write that to the file")
    study = validate(data, EquilibriumStudy, path)
    if study.formula != formula:
        raise OptionError(f"{path} holds concentrations of {study.formula}, not of {formula}")
    found = []
    for kelvin in temperatures:
        same = [point for point in study.points if abs(point.temperature.value - kelvin) < SAME_K]
        if not same:
            known = ", ".join(f"{k:g}" for k in sorted({point.temperature.value for point in study.points}))
            raise OptionError(f"{path} has no concentrations at {kelvin:g} K; it has {known} K")
        if len(same) > 1:
            raise OptionError(
                f"{path} has {len(same)} points at {kelvin:g} K (over {study.axis}); give one with temperature only"
            )
        amount = same[0].carriers.vacancies
        if not isinstance(amount, Quantity):
            raise OptionError(f"{path} has no vacancies at {kelvin:g} K: {amount.method}")
        found.append(amount.value)
    return tuple(found)
