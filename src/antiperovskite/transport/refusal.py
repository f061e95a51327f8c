"""Why a trajectory has no diffusion coefficient."""

from __future__ import annotations

from typing import Literal, get_args

from antiperovskite.errors import AntiperovskiteError

Kind = Literal[
    "too short",
    "trapped",
    "subdiffusive",
    "undecided",
    "superdiffusive",
    "ballistic",
    "too few hops",
    "framework moves",
    "wrapped",
    "wrong time step",
]
KINDS: tuple[str, ...] = get_args(Kind)


class DiffusionRefusedError(AntiperovskiteError):
    """The trajectory gives no diffusion coefficient that could be trusted; ``kind`` says which way it fails.

    Where ions hop too rarely, ``upper_limit`` is what D lies below at 95 %, in cm^2/s, for ``n_ions`` ions.
    """

    def __init__(self, kind: str, message: str, *, upper_limit: float | None = None, n_ions: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.upper_limit = upper_limit
        self.n_ions = n_ions
