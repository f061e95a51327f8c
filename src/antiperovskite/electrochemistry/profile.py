"""The hull along the content of one ion: the voltage profile of a host composition.

Take the atoms of a compound without the ion A, and add n atoms of A. The hull energy along this line is the upper
envelope of the facet planes,

    E(n) = max_f (mu_f . c_host + n mu_fA),

convex and piecewise linear in n. Where the slope jumps (a kink) the phase equilibrium has a fixed content of A over a
range of voltages; on a straight piece two such equilibria coexist at one voltage (Ong et al., Chem. Mater. 2008,
10.1021/cm702327g),

    V = -(dE/dn - E_A) / z      against the metal A, z electrons per ion.

The metal itself is a phase of the hull, so no slope exceeds E_A: the profile ends at 0 V by construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from antiperovskite.stability.convex_hull import Array, ConvexHull

SLOPE_TOLERANCE: Final = 1e-9  # eV per ion; planes whose slopes differ by less are one voltage


@dataclass(frozen=True)
class LineProfile:
    """A convex, piecewise linear E(n), n >= 0.

    ``contents`` (k,) are the kinks from n = 0 on, ``energies`` (k,) eV there, ``slopes`` (k,) eV per ion of the piece
    to the right of each kink; the last piece goes on for ever.
    """

    contents: Array
    energies: Array
    slopes: Array

    def energy(self, content: float) -> float:
        """Return E at one content of A."""
        import numpy as np

        piece = max(int(np.searchsorted(self.contents, content, side="right")) - 1, 0)
        return float(self.energies[piece] + self.slopes[piece] * (content - self.contents[piece]))

    def sides(self, content: float, tolerance: float = 1e-8) -> tuple[int | None, int]:
        """Return the pieces to the left and to the right of a content; the same twice inside a piece.

        ``None`` to the left of n = 0, where no A is left to release.
        """
        import numpy as np

        kink = np.flatnonzero(np.abs(self.contents - content) <= tolerance * max(content, 1.0))
        if len(kink):
            return (int(kink[0]) - 1 if kink[0] > 0 else None), int(kink[-1])
        piece = int(np.searchsorted(self.contents, content, side="right")) - 1
        return piece, piece


def upper_envelope(intercepts: Array, slopes: Array) -> LineProfile:
    """Return max_f (intercepts_f + n slopes_f) for n >= 0; both arrays of shape (n_lines,).

    Walks from kink to kink: on the highest line, the next one is the steeper line that it meets first.
    """
    import numpy as np

    position, height = 0.0, float(intercepts.max())
    on_top = intercepts >= height - SLOPE_TOLERANCE
    slope = float(slopes[on_top].max())
    contents, energies, rates = [position], [height], [slope]
    while True:
        steeper = np.flatnonzero(slopes > slope + SLOPE_TOLERANCE)
        if not len(steeper):
            return LineProfile(np.array(contents), np.array(energies), np.array(rates))
        below = height - (intercepts[steeper] + slopes[steeper] * position)
        steps = np.maximum(below, 0.0) / (slopes[steeper] - slope)
        step = float(steps.min())
        # of the lines that meet there the steepest goes on
        slope_after = float(slopes[steeper][steps <= step + 1e-9 * max(step, 1.0)].max())
        height += slope * step
        position += step
        slope = slope_after
        if step <= 1e-10 * max(position, 1.0):  # a piece without length: the kink before had a steeper way on
            rates[-1] = slope
        else:
            contents.append(position)
            energies.append(height)
            rates.append(slope)


def element_profile(hull: ConvexHull, host: Array, element: str) -> LineProfile:
    """Return E(n) of ``host`` plus n atoms of ``element``.

    Parameters
    ----------
    hull
        The hull of all competing phases.
    host
        Atoms in the order of ``hull.elements``, shape (n_elements,); the content of ``element`` is ignored.
    element
        The ion that the surroundings exchange.
    """
    column = hull.elements.index(element)
    without = host.copy()
    without[column] = 0.0
    potentials = hull.facets.potentials
    return upper_envelope(potentials @ without, potentials[:, column])


def with_compound(profile: LineProfile, content: float, energy: float) -> LineProfile:
    """Return the profile after adding a compound of this content and energy (eV per host) to the hull.

    Every mixture of the compound with other phases that has the host's composition lies on the same line, so the new
    hull along it is the convex hull of the old one and the point. Nothing changes for a compound above the old hull.
    """
    import numpy as np

    if energy >= profile.energy(content) - SLOPE_TOLERANCE:
        return profile
    n, e, s = profile.contents, profile.energies, profile.slopes
    left, right = n < content, n > content
    contents, energies = [content], [energy]
    if left.any():
        rise = (energy - e[left]) / (content - n[left])
        keep = int(np.flatnonzero(rise >= rise.max() - SLOPE_TOLERANCE)[0])
        contents = [*n[: keep + 1], *contents]
        energies = [*e[: keep + 1], *energies]
    if right.any():
        rise = (e[right] - energy) / (n[right] - content)
        if rise.min() < s[-1] - SLOPE_TOLERANCE:
            keep = int(np.flatnonzero(rise <= rise.min() + SLOPE_TOLERANCE)[-1])
            contents += list(n[right][keep:])
            energies += list(e[right][keep:])
    positions, heights = np.array(contents), np.array(energies)
    return LineProfile(positions, heights, np.append(np.diff(heights) / np.diff(positions), s[-1]))
