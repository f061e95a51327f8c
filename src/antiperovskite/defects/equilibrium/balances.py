"""The balances of a crystal: sites, charge, dopants, halide content, and what a quench froze."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from antiperovskite.defects.equilibrium.solver import Balances
from antiperovskite.defects.equilibrium.species import Crystal
from antiperovskite.errors import OptionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

HALIDES: Final = frozenset({"F", "Cl", "Br", "I"})
CHALCOGENS: Final = frozenset({"O", "S", "Se", "Te"})
SMALLEST: Final = 1e-300


@dataclass(frozen=True)
class Frozen:
    """Amounts (n,) of defects that a quench froze, and the net charge (n,) that they carry together."""

    amounts: Mapping[str, Array]
    charge: Array


@dataclass(frozen=True)
class Setup:
    """Balances with the species in columns: isolated, clusters, then the undisturbed sites of each sublattice."""

    balances: Balances
    sites: tuple[str, ...]
    directions: Array


def set_up(
    crystal: Crystal,
    *,
    dopants: Mapping[str, float],
    halide_deficiency: float | None,
    frozen: Frozen | None,
    site_exclusion: bool,
    n: int,
) -> Setup:
    """Return the balances of all species.

    The charge balance is written without the defects whose amounts other balances fix, so that a few carriers beside
    many fixed charges keep their digits.

    Raises
    ------
    OptionError
        A balance that no amounts of these defects can meet.
    """
    import numpy as np

    species = crystal.species
    labels = tuple(crystal.sites) if site_exclusion else ()
    width = len(species) + len(labels)
    B: list[Array] = []
    A: list[Array] = []
    b: list[Array] = []

    def add(row: Sequence[float], amount: Array | float, exponents: Sequence[float] | None = None) -> None:
        B.append(np.array([*row, *[0.0] * (width - len(row))]))
        A.append(B[-1] if exponents is None else np.array([*exponents, *[0.0] * (width - len(exponents))]))
        b.append(np.broadcast_to(np.asarray(amount, dtype=float), (n,)))

    charge = np.array([float(s.charge) for s in species])
    net: Array | float = 0.0
    if frozen is not None:
        for name, amount in frozen.amounts.items():
            row = [float(s.members.get(name, 0)) for s in species]
            add(row, np.maximum(amount, SMALLEST))
            charge -= np.array(row) * next(s.charge for s in crystal.isolated if s.name == name)
        net = -frozen.charge
    else:
        for element, total in dopants.items():
            row = [s.elements.get(element, 0.0) for s in species]
            add(row, total)
            holder = next((s for s in crystal.isolated if s.elements.get(element, 0.0) > 0), None)
            if holder is None:
                raise OptionError(
                    f"no defect in the energies holds {element}; give a reaction with it, such as {element}_Li"
                )
            per_atom = holder.charge / holder.elements[element]
            charge -= np.array(row) * per_atom
            net = net - total * per_atom
        if halide_deficiency is not None:
            add(*_halide_row(crystal, halide_deficiency))
    charge[np.abs(charge) < 1e-12] = 0.0
    add(charge.tolist(), net)
    directions = np.array([a[: len(species)] for a in A])
    for index, label in enumerate(labels):
        row = [float(s.uses.get(label, 0)) for s in species] + [0.0] * len(labels)
        row[len(species) + index] = 1.0
        add(row, crystal.sites[label])
    keep = [k for k, row in enumerate(B) if row.any() or b[k].any()]
    balances = Balances(
        np.array([B[k] for k in keep]), np.array([A[k] for k in keep]), np.array([b[k] for k in keep]).T
    )
    _check(balances, crystal)
    return Setup(balances, labels, directions)


def _halide_row(crystal: Crystal, x: float) -> tuple[list[float], float, list[float]]:
    """Row, amount and exponents of a fixed halide deficiency x in M(3-x)BA(1-x).

    (n_A - X)/(n_B + Y) = (n_A - x)/n_B with X halide ions lost and Y divalent anions gained per formula unit; the
    chemical potentials move so that the host stays at unit activity, n_B dmu_B = -n_A dmu_A.
    """
    atoms = crystal.formula.elements
    n_A = sum(n for element, n in atoms.items() if element in HALIDES)
    n_B = sum(n for element, n in atoms.items() if element in CHALCOGENS)
    if not n_A or not n_B:
        raise OptionError(
            f"{crystal.host} has no halide or no divalent anion; a halide deficiency is defined for such as Li3OCl"
        )
    lost = [-sum(n for e, n in s.elements.items() if e in HALIDES) for s in crystal.species]
    gained = [sum(n for e, n in s.elements.items() if e in CHALCOGENS) for s in crystal.species]
    pairs = list(zip(lost, gained, strict=True))
    row = [X + (n_A - x) / n_B * Y for X, Y in pairs]
    exponents = [X + n_A / n_B * Y for X, Y in pairs]
    row = [
        value if abs(exponent) > 1e-9 or abs(value) > 1e-9 else 0.0
        for value, exponent in zip(row, exponents, strict=True)
    ]
    return row, x, exponents


def _check(balances: Balances, crystal: Crystal) -> None:
    """Whether any amounts of these defects meet the balances."""
    import numpy as np
    from scipy.optimize import linprog

    B, b = balances.B, np.asarray(balances.b)[0]
    for row, amount in zip(B, b, strict=True):
        if row.any() and (((row >= 0).all() and amount <= 0) or ((row <= 0).all() and amount >= 0)):
            present = ", ".join(s.name for s, value in zip(crystal.species, row, strict=False) if value) or "none"
            raise OptionError(
                f"{present} cannot balance alone: no defect of the opposite sign is among the energies; give reactions "
                "that hold it"
            )
    # largest smallest amount; zero or less means that something would have to be negative
    size = B.shape[1]
    scale = max(float(np.abs(b).max()), 1e-30)
    found = linprog(np.zeros(size), A_eq=B, b_eq=b / scale, bounds=(0, None))
    if found.status == 2 and scale > 1e-9:
        raise OptionError(
            "these amounts of dopants or halide do not fit: no numbers of the defects given meet charge and sites; "
            "give smaller amounts, or reactions of the defects that compensate them"
        )


def undetermined(open_: Array, setup: Setup, crystal: Crystal) -> tuple[str, ...]:
    """Names of reactions (or, where no reaction shows it, of defects) whose energy nothing fixes."""
    import numpy as np

    if not open_.shape[1]:
        return ()
    basis = setup.directions.T
    left = open_ - basis @ (np.linalg.pinv(basis, rcond=1e-10) @ open_)
    if np.abs(left).max() < 1e-7:
        return ()
    number = {species.name: k for k, species in enumerate(crystal.species)}
    named = []
    for reaction in crystal.reactions:
        total = sum((count * left[number[name]] for name, count in reaction.defects.items()), np.zeros(left.shape[1]))
        if reaction.defects and np.abs(total).max() > 1e-7:
            named.append(reaction.name)
    return tuple(named) or tuple(
        s.name for s, row in zip(crystal.species, left, strict=True) if np.abs(row).max() > 1e-7
    )
