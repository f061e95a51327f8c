"""What other commands wrote: vacancies and the balance of carriers, from ``concentrations`` and ``migrate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from antiperovskite.errors import DataError, OptionError

if TYPE_CHECKING:
    from antiperovskite.carriers.balance import CarrierBalance
    from antiperovskite.defects.equilibrium.model import EquilibriumStudy
    from antiperovskite.quantity import AnyQuantity

SAME_K: Final = 0.5


def balance_from_files(
    formula: str, concentrations: Path, hops: Path | None = None, barriers_eV: Mapping[str, float] | None = None
) -> CarrierBalance:
    """Who carries the current, from what ``concentrations`` and ``migrate`` wrote.

    Parameters
    ----------
    formula
        The host; that of the files must be the same.
    concentrations
        JSON of ``antiperovskite concentrations --json``.
    hops
        JSON of ``antiperovskite migrate --json``: the lowest barriers of its vacancies and dumbbells.
    barriers_eV
        Barriers of ``vacancy``, ``interstitial`` or ``proton`` as given by the user; they go before those of ``hops``.

    Raises
    ------
    OptionError
        No such file, another host, or a barrier of something else.
    DataError
        A file is something else.
    """
    from antiperovskite.carriers.balance import carrier_balance
    from antiperovskite.quantity import Quantity

    study = read_concentrations(concentrations, formula)
    known: dict[str, AnyQuantity] = {} if hops is None else _lowest(hops, formula)
    for name, value in (barriers_eV or {}).items():
        known[name] = Quantity(
            value=value,
            uncertainty=None,
            unit="eV",
            method="as given by the user, no uncertainty",
            source="the request",
        )
    return carrier_balance(study, known)


def read_concentrations(path: Path, formula: str) -> EquilibriumStudy:
    """Read what ``antiperovskite concentrations --json`` wrote.

    Raises
    ------
    OptionError
        No such file, or another host.
    DataError
        It is not such a file.
    """
    from antiperovskite.defects.equilibrium.model import EquilibriumStudy

    study: EquilibriumStudy = _read(path, formula, EquilibriumStudy, ("points", "energies"), "concentrations")
    return study


def _lowest(path: Path, formula: str) -> dict[str, AnyQuantity]:
    from antiperovskite.migration.lowest import lowest_barrier
    from antiperovskite.migration.model import Mechanism, MigrationStudy

    study: MigrationStudy = _read(path, formula, MigrationStudy, ("hops", "barriers"), "migrate")
    mechanisms: dict[str, Mechanism] = {"vacancy": "vacancy", "interstitial": "dumbbell"}
    return {carrier: lowest_barrier(study.barriers, mechanism) for carrier, mechanism in mechanisms.items()}


def _read(path: Path, formula: str, kind: Any, fields: tuple[str, ...], command: str) -> Any:
    from antiperovskite._files import read_yaml, validate

    if not path.is_file():
        raise OptionError(f"no file {path}; give the output of antiperovskite {command} --json")
    data = read_yaml(path)
    if not isinstance(data, dict) or any(field not in data for field in fields):
        raise DataError(f"{path} is not the output of antiperovskite {command} --json; write that to the file")
    study = validate(data, kind, path)
    if study.formula != formula:
        raise OptionError(f"{path} holds {command} of {study.formula}, not of {formula}")
    return study


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
    study = read_concentrations(path, formula)
    from antiperovskite.quantity import Quantity

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
