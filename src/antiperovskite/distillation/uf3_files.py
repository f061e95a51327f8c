"""The two files of a UF3 potential: splines as ``pair_style uf3`` reads them, constants as ``eam/alloy`` does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from antiperovskite.distillation.uf3 import Uf3

_HEAD: Final = "#UF3 POT UNITS: metal DATE: - AUTHOR: antiperovskite CITATION: 10.1038/s41524-023-01092-7"
_CUT: Final = 1e-6  # angstrom, see uf3.py


def splines_file(form: Uf3, coefficients: Sequence[float]) -> str:
    """All pairs and triangles, with even knots (``uk``) that LAMMPS finds without a search."""
    import numpy as np

    s = form.splines
    held = np.append(np.asarray(coefficients, dtype=float), 0.0)  # column -1 is this zero
    lines: list[str] = []
    n = len(form.elements)
    for a in range(n):
        for b in range(a, n):
            values = held[s.columns2[a, b]]
            lines += [
                _HEAD,
                f"2B {form.elements[a]} {form.elements[b]} 0 3 uk",
                f"{form.cutoff - _CUT:.17g} {len(s.knots2)}",
                _numbers(s.knots2),
                str(len(values)),
                _numbers(values),
                "#",
            ]
    for centre in range(n if form.three_body[0] else 0):
        for a in range(n):
            for b in range(a, n):
                lines += _triangle(form, (centre, a, b), held[s.columns3[centre, a, b]])
    return "\n".join(lines) + "\n"


def _triangle(form: Uf3, types: tuple[int, int, int], values: Any) -> list[str]:
    s = form.splines
    reach = form.three_cutoff - _CUT
    knots, far = s.knots3, s.far_knots
    return [
        _HEAD,
        f"3B {' '.join(form.elements[t] for t in types)} 0 3 uk",
        f"{2.0 * reach:.17g} {reach:.17g} {reach:.17g} {len(far)} {len(knots)} {len(knots)}",
        _numbers(far),
        _numbers(knots),
        _numbers(knots),
        " ".join(map(str, values.shape)),
        *(_numbers(line) for plane in values for line in plane),
        "#",
    ]


def constants_file(elements: Sequence[str], constants: Sequence[float]) -> str:
    """An embedding energy that is the same at every density, no density and no pair term: a constant for each atom."""
    from ase.data import atomic_masses, atomic_numbers

    points, zeros = 5, _numbers([0.0] * 5)
    lines = ["energies of single atoms; the interaction is in the uf3 file", "-", "-"]
    lines += [f"{len(elements)} {' '.join(elements)}", f"{points} 1.0 {points} 0.1 0.5"]
    for element, constant in zip(elements, constants, strict=True):
        number = atomic_numbers[element]
        lines += [f"{number} {atomic_masses[number]:.10g} 1.0 none", _numbers([constant] * points), zeros]
    pairs = len(elements) * (len(elements) + 1) // 2
    return "\n".join([*lines, *([zeros] * pairs)]) + "\n"


def _numbers(values: Iterable[float]) -> str:
    return " ".join(f"{value:.17g}" for value in values)
