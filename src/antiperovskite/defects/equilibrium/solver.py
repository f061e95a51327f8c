"""Mass action with balances, solved in logarithms for many sets of energies at once.

Species i have amounts c_i = exp(w_i + sum_k A_ki h_k), where w_i = ln N_i - g_i/kT and h are multipliers (site
fractions, electrostatic potential, activities). Balance k asks for sum_i B_ki c_i = b_k. With both sides gathered so
that only positive terms remain, its residual R_k = ln(left) - ln(right) stays of order one where c = 1e-40, and the
Newton matrix dR/dh holds weighted means of A only. For A = B the solution is the minimum of the convex free energy
sum c_i (ln(c_i/N_i) - 1 + g_i/kT) under the balances, so it is unique; sweeps over single balances, each monotone in
its own multiplier, climb its concave dual and never lose the way where Newton steps would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import NotConvergedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TOLERANCE: Final = 1e-12
_ROUNDS: Final = 60
_NEWTON_STEPS: Final = 40
_LONGEST_STEP: Final = 40.0  # in ln c


@dataclass(frozen=True)
class Balances:
    """``B`` and ``A`` (n_balances, n_species), ``b`` (n_balances,) or (n, n_balances): B c = b, and A in exponents."""

    B: Array
    A: Array
    b: Array


def solve(weights: Array, balances: Balances, *, start: Array | None = None) -> tuple[Array, Array, Array]:
    """Return ln c (n, n_species), the multipliers and the residuals |R| (both n, n_balances).

    Parameters
    ----------
    weights
        w (n, n_species), one row a set of energies.
    balances
        The constraints; every species of a balance with B > 0 needs A > 0 there, and B < 0 A < 0.
    start
        Multipliers to begin with.

    Raises
    ------
    NotConvergedError
        A residual stays above 1e-12; happens where a balance cannot be met.

    Examples
    --------
    >>> import numpy as np
    >>> pair = Balances(np.array([[-1.0, 1.0]]), np.array([[-1.0, 1.0]]), np.zeros(1))  # vacancy and interstitial
    >>> round(float(solve(np.array([[-2.0, -10.0]]), pair)[0][0, 0]), 9)  # ln c = half of the sum
    -6.0
    """
    import numpy as np

    eta = np.zeros((len(weights), len(balances.B))) if start is None else start.copy()
    b = np.broadcast_to(np.asarray(balances.b, dtype=float), eta.shape)
    system = _Logs(weights, balances.B, balances.A, b)
    todo = np.arange(len(weights))
    for round_ in range(_ROUNDS):
        part = system.rows(todo)
        eta[todo] = part.sweep(eta[todo], 3 if round_ == 0 else 2 + round_)
        eta[todo], worst = part.newton(eta[todo])
        stuck = worst > TOLERANCE
        if stuck.any():
            free, worst = part.undamped(eta[todo])
            eta[todo] = np.where((stuck & (worst <= TOLERANCE))[:, None], free, eta[todo])
            stuck &= ~(worst <= TOLERANCE)
        todo = todo[stuck]
        if not len(todo):
            break
    residual = np.abs(system.residual(eta))
    if not bool((residual <= TOLERANCE).all()):
        raise NotConvergedError(
            f"the defect equilibrium was not found (balance off by {float(np.nanmax(residual)):.1e}); check that "
            "charges and fixed amounts can be balanced by the defects given"
        )
    return system.logs(eta), eta, residual


class _Logs:
    """Residuals and their derivatives in logarithms."""

    def __init__(self, weights: Array, B: Array, A: Array, b: Array) -> None:
        import numpy as np

        self.weights, self.B, self.A, self.b = weights, B, A, b
        with np.errstate(divide="ignore"):
            self.left, self.right = np.log(np.maximum(B, 0.0)), np.log(np.maximum(-B, 0.0))
            self.left_b, self.right_b = np.log(np.maximum(-b, 0.0)), np.log(np.maximum(b, 0.0))

    def rows(self, which: NDArray[np.intp]) -> _Logs:
        return _Logs(self.weights[which], self.B, self.A, self.b[which])

    def logs(self, eta: Array) -> Array:
        return self.weights + eta @ self.A

    def _sides(self, logs: Array, k: slice) -> tuple[Array, Array, Array, Array]:
        """ln of both sides (n, K) and the share of every species in them (n, K, species)."""
        import numpy as np

        sides, shares = [], []
        for coefficients, constant in ((self.left, self.left_b), (self.right, self.right_b)):
            terms = logs[:, None, :] + coefficients[None, k, :]
            extra = constant[:, k]
            top = np.maximum(terms.max(axis=2), extra)
            top = np.where(np.isfinite(top), top, 0.0)
            parts = np.exp(terms - top[..., None])
            total = parts.sum(axis=2) + np.exp(extra - top)
            with np.errstate(divide="ignore"):
                sides.append(np.log(total) + top)
            shares.append(parts / np.where(total > 0.0, total, 1.0)[..., None])
        return sides[0], sides[1], shares[0], shares[1]

    def residual(self, eta: Array, k: slice = slice(None)) -> Array:
        left, right, _, _ = self._sides(self.logs(eta), k)
        return left - right

    def sweep(self, eta: Array, times: int) -> Array:
        """Meet each balance by its own multiplier in turn: R_k rises with h_k, so a bracket and bisection suffice."""
        import numpy as np

        eta = eta.copy()
        for _ in range(times):
            for k in range(eta.shape[1]):
                one = slice(k, k + 1)

                def at(shift: Array, k: int = k, one: slice = one) -> Array:
                    moved = eta.copy()
                    moved[:, k] += shift
                    return self.residual(moved, one)[:, 0]

                width = np.full(len(eta), 1.0)
                low, high = -width, width.copy()
                for _ in range(14):  # to 16384 / 1: every bracket that means anything
                    over, under = at(low) > 0.0, at(high) < 0.0
                    if not (over.any() or under.any()):
                        break
                    width = width * 2.0
                    low = np.where(over, low - width, low)
                    high = np.where(under, high + width, high)
                for _ in range(24):
                    middle = 0.5 * (low + high)
                    above = at(middle) > 0.0
                    low, high = np.where(above, low, middle), np.where(above, middle, high)
                eta[:, k] += 0.5 * (low + high)
        return eta

    def newton(self, eta: Array) -> tuple[Array, Array]:
        """Newton steps with halving; returns where they end and the largest residual of each row."""
        import numpy as np

        left, right, p, m = self._sides(self.logs(eta), slice(None))
        R = left - right
        worst = np.abs(R).max(axis=1)
        for _ in range(_NEWTON_STEPS):
            if bool((worst < 1e-14).all()):
                break
            jacobian = np.einsum("nki,li->nkl", p - m, self.A)
            jacobian += 1e-15 * np.eye(jacobian.shape[1])[None]
            try:
                step = -np.linalg.solve(jacobian, R[..., None])[..., 0]
            except np.linalg.LinAlgError:
                break
            if not bool(np.isfinite(step).all()):
                break
            reach = np.abs(step @ self.A).max(axis=1)
            scale = np.minimum(1.0, _LONGEST_STEP / np.maximum(reach, 1e-300))
            better = np.zeros(len(eta), dtype=bool)
            for _ in range(6):
                trial = np.where(better[:, None], eta, eta + scale[:, None] * step)
                tl, tr, tp, tm = self._sides(self.logs(trial), slice(None))
                tR = tl - tr
                found = ~better & (np.abs(tR).max(axis=1) < worst)
                eta = np.where(found[:, None], trial, eta)
                R = np.where(found[:, None], tR, R)
                p, m = (np.where(found[:, None, None], new, old) for new, old in ((tp, p), (tm, m)))
                worst = np.where(found, np.abs(R).max(axis=1), worst)
                better |= found
                if bool((better | (worst < TOLERANCE)).all()):
                    break
                scale = np.where(better, scale, scale * 0.4)
            if not bool(better.any()):
                break
        return eta, worst

    def undamped(self, eta: Array) -> tuple[Array, Array]:
        """Newton steps as they are.

        Along a curved valley, where halved steps crawl, the residual has to rise before it falls.
        """
        import numpy as np

        for _ in range(_NEWTON_STEPS):
            left, right, p, m = self._sides(self.logs(eta), slice(None))
            jacobian = np.einsum("nki,li->nkl", p - m, self.A) + 1e-15 * np.eye(eta.shape[1])[None]
            try:
                step = -np.linalg.solve(jacobian, (left - right)[..., None])[..., 0]
            except np.linalg.LinAlgError:
                break
            step = np.where(np.isfinite(step), step, 0.0)
            reach = np.abs(step @ self.A).max(axis=1)
            eta = eta + np.minimum(1.0, _LONGEST_STEP / np.maximum(reach, 1e-300))[:, None] * step
        return eta, np.nan_to_num(np.abs(self.residual(eta)).max(axis=1), nan=np.inf)
