"""What an assessment is asked to do: depth, engine, and the settings they imply."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from antiperovskite.assessment.model import Depth
from antiperovskite.engines.registry import CROSS_CHECK_ENGINES, DEFAULT_ENGINE
from antiperovskite.errors import OptionError, best_match, one_line

Progress = Callable[[str, str], None]
"""Called as work goes on with (step, detail)."""


@dataclass(frozen=True)
class DepthSettings:
    """What a depth means in settings."""

    max_candidates: int
    max_candidate_atoms: int
    screening_fmax: float  # eV/angstrom, all candidates
    fmax: float  # eV/angstrom, the best candidate
    max_steps: int
    cross_check: tuple[str, ...]
    tilts: bool  # octahedral tilts among the candidates
    phonon_work: int  # atoms of the phonon supercell times force calculations, at most
    phonon_cross_check: int  # the same, up to which the other engines compute phonons too
    conduction: bool = False  # molecular dynamics, barriers and defects with a distilled potential


# One atom in one force calculation takes 7net-0 about 0.02 s on one core.
_MINUTE: Final = 3_000

DEPTHS: Final[dict[Depth, DepthSettings]] = {
    "quick": DepthSettings(
        3, 24, 0.05, 0.01, 500, CROSS_CHECK_ENGINES[:2], tilts=False, phonon_work=_MINUTE, phonon_cross_check=0
    ),
    "standard": DepthSettings(
        8, 80, 0.05, 0.005, 1000, CROSS_CHECK_ENGINES, tilts=True, phonon_work=10 * _MINUTE, phonon_cross_check=_MINUTE
    ),
}
PARTS: Final = ("migration", "defects")
"""Parts that only a fast engine computes unasked."""
DEPTHS["deep"] = replace(DEPTHS["standard"], conduction=True)


@dataclass(frozen=True)
class Options:
    """Depth, engine and the engines it is checked against (none for a toy: their scales mean nothing).

    ``compute`` names parts of :data:`PARTS` that the engine computes however long it takes.
    """

    depth: Depth = "quick"
    engine: str = DEFAULT_ENGINE
    cross_check: tuple[str, ...] = DEPTHS["quick"].cross_check
    phonons: bool = True
    compute: tuple[str, ...] = ()

    @property
    def settings(self) -> DepthSettings:
        """The depth's settings."""
        return DEPTHS[self.depth]


def choose_options(depth: str, engine: str, compute: Iterable[str] = ()) -> Options:
    """Validate the user's choice.

    Raises
    ------
    OptionError
        Unknown depth, engine or part to compute.
    """
    from antiperovskite.engines import get_engine

    if depth not in DEPTHS:
        raise OptionError(f"unknown depth {depth!r}; choose one of {', '.join(DEPTHS)}")
    wanted = tuple(dict.fromkeys(compute))
    for part in wanted:
        if part not in PARTS:
            raise OptionError(
                f"unknown part {one_line(part, 30)!r} to compute; choose {' or '.join(PARTS)}"
                f"{best_match(part, list(PARTS))}"
            )
    card = get_engine(engine).card
    cross_check = DEPTHS[depth].cross_check if card.for_verdicts else ()
    others = tuple(name for name in cross_check if name != engine)
    return Options(depth, engine, others, compute=wanted)
