"""Under which conditions a crystal moves: ensemble, temperature, pressure, time step, seed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.errors import OptionError

Ensemble = Literal["nve", "nvt", "npt"]
Thermostat = Literal["bussi", "nose-hoover", "langevin"]
ENSEMBLES: Final = ("nve", "nvt", "npt")
THERMOSTATS: Final = ("bussi", "nose-hoover", "langevin")


class Conditions(Model):
    """Ensemble and integrator of a run.

    ``temperature_K`` is that of the thermostat, and of the first velocities (in ``nve`` only of these: a crystal that
    starts from its lattice sites gives half of it to the potential energy). ``bulk_modulus_GPa`` sets how fast the
    cell answers to a pressure difference in stochastic cell rescaling; it does not change which volumes are sampled.
    """

    ensemble: Ensemble = "nvt"
    thermostat: Thermostat = "bussi"
    temperature_K: float = Field(gt=0, le=10_000)
    pressure_GPa: float = Field(default=0.0, ge=-100, le=1000)
    timestep_fs: float = Field(gt=0, le=20)
    thermostat_fs: float = Field(default=100.0, gt=0, le=1e6)
    barostat_fs: float = Field(default=1000.0, gt=0, le=1e6)
    bulk_modulus_GPa: float = Field(default=50.0, gt=0)
    seed: int = Field(default=0, ge=0, lt=2**31)

    @property
    def description(self) -> str:
        """One phrase, for example ``NVT (Bussi) at 800 K, 1 fs``."""
        names = {"bussi": "Bussi", "nose-hoover": "Nose-Hoover chain", "langevin": "Langevin"}
        how = "" if self.ensemble == "nve" else f" ({names[self.thermostat]})"
        pressure = f" and {self.pressure_GPa:g} GPa" if self.ensemble == "npt" else ""
        return f"{self.ensemble.upper()}{how} at {self.temperature_K:g} K{pressure}, {self.timestep_fs:g} fs"


def default_timestep_fs(elements: Iterable[str]) -> tuple[float, str]:
    """Return a time step in fs for these elements, and why.

    The fastest vibration sets it: an O-H or B-H stretch has a period near 9 to 14 fs, a stretch of a light cation or
    between atoms of the second row 20 to 60 fs; each is to be sampled about twenty times.
    """
    light = set(elements)
    if light & {"H", "D"}:
        return 0.5, "0.5 fs: hydrogen stretches have a period of 9 to 14 fs"
    found = sorted(light & {"Li", "Be", "B", "C", "N"})
    if found:
        return 1.0, f"1 fs: the lightest ions ({', '.join(found)}) vibrate with periods of 20 to 60 fs"
    return 2.0, "2 fs: no ion is lighter than oxygen or sodium"


def check_temperature(temperature_K: float) -> float:
    """Refuse what is not a temperature of a crystal."""
    if not 0.0 < temperature_K <= 10_000.0:
        raise OptionError(f"a temperature of {temperature_K:g} K is not possible here; give one between 0 and 10000")
    return temperature_K


def make_conditions(**fields: Any) -> Conditions:
    """Build :class:`Conditions` from a user's values; what is out of range is said in one line.

    Raises
    ------
    OptionError
        A value outside its range.
    """
    from pydantic import ValidationError

    try:
        return Conditions(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise OptionError(
            f"{name} = {str(fields.get(name))[:30]}: {first['msg'][0].lower()}{first['msg'][1:]}"
        ) from error
