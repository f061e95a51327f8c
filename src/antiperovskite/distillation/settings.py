"""What is to be distilled, from which teacher, for which temperatures."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field, model_validator

from antiperovskite._model import Model
from antiperovskite.errors import OptionError

DEFAULT_TEMPERATURES: Final = (600.0, 900.0, 1200.0)
_LOWEST, _HIGHEST = 50.0, 3000.0
CUTOFFS: Final = {"pod": 5.0, "snap": 5.0, "uf3": 6.0}
"""Default ranges of the forms, angstrom."""
THREE_CUTOFF: Final = 4.0
DEFAULT_CELL_ATOMS: Final = 40
SPLINES: Final = (9, 10)
PRESETS: Final = {
    "pod": (("pod", 5.0), "5x4,3x3"),
    "pod-fast": (("pod", 4.5), "5x3,2x2"),
    "pod-accurate": (("pod", 4.5), "6x5,4x3"),
}
"""Named sizes of POD: the form with its cutoff in angstrom, and the basis as :func:`pod_basis` reads it."""
MOST_DEGREES: Final = (12, 6)
"""Largest angular degree of three- and four-body terms that LAMMPS evaluates."""
MOST_RADIAL: Final = 10
_KNOT_SPACING: Final = 0.25  # angstrom, of pair splines


class DistillationSettings(Model):
    """Everything a distillation depends on; the same settings give the same potential.

    Parameters
    ----------
    formula
        As the user typed it.
    teacher
        Name of a registered engine.
    temperatures_K
        Where the potential will be used; sampling goes 10 % above the highest.
    vacancies
        Fraction of X sites empty in the defective cells, charge-compensated; at least one pair in a cell unless 0.
    frames
        Constructed frames to begin with.
    rounds
        Rounds of active learning at most.
    target
        Root mean square force error in eV/angstrom on frames of its own dynamics at which the rounds end.
    cell_atoms
        Size of the cells in the training set.
    time_ps
        Length of each sampling run.
    form
        ``"pod"``, ``"snap"`` or ``"uf3"``.
    cutoff, two_body, three_body, four_body
        The form (POD), see :class:`~antiperovskite.distillation.forms.Pod`; of SNAP only ``cutoff``.
    three_cutoff, splines
        Of UF3, whose pair terms reach to ``cutoff``, see :class:`~antiperovskite.distillation.uf3.Uf3`: the range of
        its three-body terms and their knot intervals.
    labelled
        Fingerprint of labelled frames the work begins from instead of constructed ones; empty for none.
    """

    formula: str
    teacher: str
    temperatures_K: tuple[float, ...] = DEFAULT_TEMPERATURES
    vacancies: float = Field(default=0.02, ge=0.0, le=0.25)
    frames: int = Field(default=130, ge=20, le=5000)
    rounds: int = Field(default=4, ge=1, le=20)
    target: float = Field(default=0.030, gt=0.0)
    cell_atoms: int = Field(default=DEFAULT_CELL_ATOMS, ge=10, le=200)
    time_ps: float = Field(default=2.0, gt=0.0, le=100.0)
    cutoff: float = Field(default=5.0, ge=3.0, le=10.0)
    two_body: int = Field(default=8, ge=1, le=20)
    three_body: tuple[int, int] = (5, 4)
    four_body: tuple[int, int] = (3, 3)
    form: Literal["pod", "snap", "uf3"] = "pod"
    three_cutoff: float = Field(default=THREE_CUTOFF, ge=2.0, le=10.0)
    splines: tuple[int, int] = SPLINES
    labelled: str = ""
    seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _temperatures(self) -> DistillationSettings:
        if not self.temperatures_K or not all(_LOWEST <= t <= _HIGHEST for t in self.temperatures_K):
            raise ValueError(f"temperatures must lie between {_LOWEST:g} and {_HIGHEST:g} K")
        return self

    @property
    def pair_intervals(self) -> int:
        """Knot intervals of UF3's pair terms."""
        return round(self.cutoff / _KNOT_SPACING)

    @property
    def sampling_temperatures(self) -> tuple[float, ...]:
        """The temperatures asked for and one a tenth above the highest."""
        return (*sorted(set(self.temperatures_K)), round(1.1 * max(self.temperatures_K)))


def settings_from(**given: Any) -> DistillationSettings:
    """Build settings with errors a user can act on.

    Raises
    ------
    OptionError
        A value lies outside what is allowed.
    """
    from pydantic import ValidationError

    try:
        return DistillationSettings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "temperatures"
        raise OptionError(
            f"{name}: {first['msg'].removeprefix('Value error, ')}; given {first['input']!r:.60}"
        ) from error


def pod_basis(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Read the three- and four-body terms of POD, each as radial functions x angular degree.

    Raises
    ------
    OptionError
        The text is no such pair, or one that LAMMPS does not evaluate.

    Examples
    --------
    >>> pod_basis("5x3,2x2")
    ((5, 3), (2, 2))
    >>> pod_basis("4x3")
    ((4, 3), (0, 0))
    """
    parts = text.replace(" ", "").lower().split(",")
    try:
        read = [tuple(int(word) for word in part.split("x")) for part in parts]
    except ValueError:
        read = []
    if len(read) not in {1, 2} or any(len(pair) != 2 or min(pair) < 1 for pair in read):
        raise OptionError(
            f"cannot read the basis {text[:40]!r}; write radial functions x angular degree of the three-body and the "
            "four-body terms, such as 5x3,2x2, or of the three-body terms alone, such as 4x3"
        )
    three = (read[0][0], read[0][1])
    four = (read[1][0], read[1][1]) if len(read) == 2 else (0, 0)
    if max(three[0], four[0]) > MOST_RADIAL or three[1] > MOST_DEGREES[0] or four[1] > MOST_DEGREES[1]:
        raise OptionError(
            f"the basis {text[:40]!r} is larger than can be run; at most {MOST_RADIAL} radial functions, and an "
            f"angular degree of {MOST_DEGREES[0]} in three-body and {MOST_DEGREES[1]} in four-body terms"
        )
    if four[0] > three[0] or four[1] > three[1]:
        raise OptionError(
            f"the basis {text[:40]!r} has more four-body than three-body functions; POD builds the former from the "
            "latter, so neither number may be larger"
        )
    return three, four


def temperature_range(text: str, points: int = 3) -> tuple[float, ...]:
    """Read ``600..1200`` (that many points, evenly spaced), ``600,800,1000`` or ``800``.

    Raises
    ------
    OptionError
        The text is none of these.

    Examples
    --------
    >>> temperature_range("600..1200")
    (600.0, 900.0, 1200.0)
    """
    try:
        if ".." in text:
            low, high = (float(part) for part in text.split("..", 1))
            if not low < high:
                raise ValueError
            return tuple(low + (high - low) * k / (points - 1) for k in range(points))
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise OptionError(
            f"cannot read the temperatures {text[:40]!r}; write 600..1200, 600,800,1000 or 800 (in K)"
        ) from None
