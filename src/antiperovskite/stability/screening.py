"""Tolerance factors and charge balance of very many hypothetical compositions at once.

A :class:`CompositionSpace` names the ions allowed on each site of X3BA and holds their charges and radii as arrays;
:func:`screen` takes any amounts, :func:`screen_grid` every combination of evenly divided sites.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from antiperovskite.errors import OptionError
from antiperovskite.stability.tolerance_kernel import descriptors, site_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from antiperovskite.ions.model import RadiusScale, Site

    Array = NDArray[np.float64]

X_SITES = 3
"""X sites per formula unit X3BA; what the cations do not fill is vacant."""
MAX_COMPOSITIONS = 50_000_000


@dataclass(frozen=True)
class SiteIons:
    """The ions allowed on one site: ``charges`` (elementary charges) and ``radii`` (angstrom, ``nan`` where the
    scale has none), both of shape ``(n_ions,)``.
    """

    symbols: tuple[str, ...]
    charges: Array
    radii: Array


@dataclass(frozen=True)
class CompositionSpace:
    """Ions per site; anion radii on ``scale``, cation radii Shannon's."""

    X: SiteIons
    B: SiteIons
    A: SiteIons
    scale: RadiusScale


@dataclass(frozen=True)
class Screening:
    """What a screen gives, each array of one shape: ``(n,)`` for :func:`screen`, ``(n_X, n_B, n_A)`` for a grid.

    ``goldschmidt``, ``octahedral`` and ``tau`` are ``nan`` where not defined (tau: r_A <= r_B); ``charge`` is the
    net charge per formula unit; ``balanced`` says where it vanishes.
    """

    goldschmidt: Array
    octahedral: Array
    tau: Array
    charge: Array
    balanced: NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """The amounts of a grid screen, one row per choice on each site, shape ``(n, n_ions)``, and their screening."""

    X: Array
    B: Array
    A: Array
    screening: Screening


def composition_space(
    X: Sequence[str], B: Sequence[str], A: Sequence[str], scale: RadiusScale = "thermochemical"
) -> CompositionSpace:
    """Look up the ions of a space once.

    Raises
    ------
    UnknownIonError
        An ion is not registered.
    OptionError
        A site without ions, a cation on an anion site or the reverse, or an ion named twice on one site.

    Examples
    --------
    >>> space = composition_space(["Li", "Na"], ["O", "OH"], ["Cl", "Br", "BH4"])
    >>> space.A.charges.tolist()
    [-1.0, -1.0, -1.0]
    """
    return CompositionSpace(
        X=_site_ions(X, "X", "shannon"), B=_site_ions(B, "B", scale), A=_site_ions(A, "A", scale), scale=scale
    )


def _site_ions(symbols: Sequence[str], site: Site, scale: RadiusScale) -> SiteIons:
    from antiperovskite.ions import ion
    from antiperovskite.stability.site_radii import ion_radius

    if not symbols or len(set(symbols)) != len(symbols):
        raise OptionError(f"the {site} site needs one or more different ions; got {', '.join(symbols) or 'none'}")
    entries = [ion(symbol) for symbol in symbols]
    sign = 1 if site == "X" else -1
    wrong = [entry.symbol for entry in entries if entry.charge * sign < 0]
    if wrong:
        raise OptionError(f"{', '.join(wrong)} cannot sit on {site}: cations take X, anions take B and A")
    radii = [ion_radius(entry, site, 1.0, entry.charge, scale).value for entry in entries]
    return SiteIons(
        symbols=tuple(symbols),
        charges=np.array([entry.charge for entry in entries], dtype=np.float64),
        radii=np.array([np.nan if radius is None else radius for radius in radii], dtype=np.float64),
    )


def screen(
    space: CompositionSpace, X: ArrayLike, B: ArrayLike, A: ArrayLike, charge_tolerance: float = 1e-6
) -> Screening:
    """Screen compositions given as amounts per formula unit.

    Parameters
    ----------
    space
        The ions of each site.
    X, B, A
        Shape ``(n, n_ions of the site)``; X rows add up to 3 or, with vacancies, less; B and A rows to 1 in X3BA.
    charge_tolerance
        Largest net charge that counts as balanced, elementary charges per formula unit.

    Raises
    ------
    OptionError
        Shapes that do not fit the space, or negative or non-finite amounts.

    Examples
    --------
    >>> space = composition_space(["Li"], ["O", "OH"], ["Cl"])
    >>> result = screen(space, [[3.0], [3.0]], [[1, 0], [0, 1]], [[1], [1]])
    >>> result.balanced.tolist(), result.charge.tolist()
    ([True, False], [0.0, 1.0])
    """
    on_X, on_B, on_A = _rows(X, space.X, "X"), _rows(B, space.B, "B"), _rows(A, space.A, "A")
    if not len(on_X) == len(on_B) == len(on_A):
        raise OptionError(f"X, B and A need equally many rows; got {len(on_X)}, {len(on_B)}, {len(on_A)}")
    return _screen(space, on_X, on_B, on_A, charge_tolerance)


def screen_grid(
    space: CompositionSpace, x_divisions: int, b_divisions: int, a_divisions: int, charge_tolerance: float = 1e-6
) -> Grid:
    """Screen every combination of site fillings in equal steps, X vacancies included.

    Each site is divided evenly (``a_divisions=4``: quarters); X takes 0 to 3 cations in steps of 3/``x_divisions``.
    Site means are computed once a site, so that the cost per composition is that of the last formula.

    Raises
    ------
    OptionError
        No divisions, or more than 50 million combinations.
    """
    if min(x_divisions, b_divisions, a_divisions) < 1:
        raise OptionError("each site needs at least one division; give 1 for whole ions")
    # one extra column is the vacancy; the all-vacant row has no X radius and is left out
    sizes = [
        _simplex_size(len(space.X.symbols) + 1, x_divisions) - 1,
        _simplex_size(len(space.B.symbols), b_divisions),
        _simplex_size(len(space.A.symbols), a_divisions),
    ]
    total = sizes[0] * sizes[1] * sizes[2]
    if total > MAX_COMPOSITIONS:
        raise OptionError(f"{total} combinations are more than {MAX_COMPOSITIONS}; use fewer divisions or ions")
    X = simplex(len(space.X.symbols) + 1, x_divisions)[:, :-1] * X_SITES
    X = X[X.sum(axis=1) > 0.0]
    B = simplex(len(space.B.symbols), b_divisions)
    A = simplex(len(space.A.symbols), a_divisions)
    screening = _screen(space, X[:, None, None, :], B[None, :, None, :], A[None, None, :, :], charge_tolerance)
    return Grid(X=X, B=B, A=A, screening=screening)


def simplex(n_parts: int, divisions: int) -> Array:
    """All ways to share ``divisions`` equal portions among ``n_parts``, as fractions; shape ``(n, n_parts)``.

    Examples
    --------
    >>> simplex(2, 2).tolist()
    [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    """
    rows = np.zeros((1, 0), dtype=np.int64)
    for _ in range(n_parts - 1):
        left = divisions - rows.sum(axis=1)
        repeats = left + 1
        start = np.repeat(np.cumsum(repeats) - repeats, repeats)
        added = np.arange(repeats.sum()) - start
        rows = np.column_stack([np.repeat(rows, repeats, axis=0), added])
    rows = np.column_stack([rows, divisions - rows.sum(axis=1)])
    return np.asarray(rows / divisions, dtype=np.float64)


def _simplex_size(n_parts: int, divisions: int) -> int:
    from math import comb

    return comb(divisions + n_parts - 1, n_parts - 1)


def _rows(amounts: ArrayLike, ions: SiteIons, site: str) -> Array:
    rows = np.asarray(amounts, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(ions.symbols):
        raise OptionError(
            f"{site} amounts need the shape (n, {len(ions.symbols)}) for {', '.join(ions.symbols)}; got {rows.shape}"
        )
    if not np.all(np.isfinite(rows)) or np.any(rows < 0.0):
        raise OptionError(f"{site} amounts must be finite and not negative")
    return rows


def _screen(space: CompositionSpace, X: Array, B: Array, A: Array, charge_tolerance: float) -> Screening:
    """Broadcast the sites against each other; the last axis of each runs over its ions."""
    found = descriptors(
        r_A=site_mean(space.A.radii, A),
        r_B=site_mean(space.B.radii, B),
        r_X=site_mean(space.X.radii, X),
        n_A=site_mean(np.abs(space.A.charges), A),
    )
    charge = X @ space.X.charges + B @ space.B.charges + A @ space.A.charges
    shape = charge.shape
    return Screening(
        goldschmidt=found.goldschmidt,
        octahedral=np.broadcast_to(found.octahedral, shape),
        tau=found.tau,
        charge=charge,
        balanced=np.abs(charge) <= charge_tolerance,
    )
