"""A crystal as charges: which element carries which charge, for a formula's structure or a CIF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from antiperovskite.errors import AntiperovskiteError, DataError, StructureError

if TYPE_CHECKING:
    from antiperovskite.structures.model import StructureModel


@dataclass(frozen=True)
class ChargedCrystal:
    """Ordered single-atom ions in a cell.

    ``cell`` (3, 3) rows in angstrom, ``fractional`` (n, 3), and one ``elements`` and ``charges`` entry an atom;
    ``model`` is the structure with site roles, where those are known.
    """

    name: str
    cell: Any
    fractional: Any
    elements: tuple[str, ...]
    charges: tuple[int, ...]
    model: StructureModel | None = None
    notes: tuple[str, ...] = ()

    def movers(self) -> list[str]:
        """Elements that carry a positive charge of one or two, the most numerous first."""
        from collections import Counter

        lowest = min((q for q in self.charges if q > 0), default=0)
        counts = Counter(e for e, q in zip(self.elements, self.charges, strict=True) if q == lowest and q > 0)
        return [element for element, _ in counts.most_common()]


def charged_crystal(structure: Any, name: str = "", notes: tuple[str, ...] = ()) -> ChargedCrystal:
    """Read a structure with site roles, or a bare ``pymatgen`` structure.

    Raises
    ------
    StructureError
        Sites are partly occupied, or charges cannot be balanced.
    DataError
        A cluster ion: bond-valence parameters describe pairs of single atoms.
    """
    if hasattr(structure, "roles"):
        return _of_model(structure, notes)
    bare = structure.to_pymatgen() if hasattr(structure, "to_pymatgen") else structure
    name = name or bare.composition.reduced_formula
    if not bare.is_ordered:
        raise StructureError(
            f"{name} has partly occupied sites; site energies need an ordered structure "
            "(see antiperovskite structure enumerate)"
        )
    charges = _charges_of_elements(bare)
    return _crystal(name, bare, [charges[site.specie.symbol] for site in bare], None, notes)


def _of_model(model: StructureModel, notes: tuple[str, ...]) -> ChargedCrystal:
    from antiperovskite.ions import ion

    clusters = sorted({symbol for symbol in model.ions if ion(symbol).is_cluster})
    if clusters:
        raise DataError(
            f"no bond-valence parameters of {', '.join(clusters)} as a whole: the softBV table has pairs of single "
            f"atoms only; {model.formula} needs an engine (antiperovskite migrate)"
        )
    charges = _balanced(model.ions, {symbol: ion(symbol) for symbol in set(model.ions)}, model.formula)
    return _crystal(model.formula, model.to_pymatgen(), [charges[s] for s in model.ions], model, notes)


def _balanced(symbols: tuple[str, ...], ions: dict[str, Any], name: str) -> dict[str, int]:
    """Charges that cancel: each ion's first, or another state of one that has several."""
    first = {symbol: ions[symbol].charge for symbol in ions}
    total = sum(first[symbol] for symbol in symbols)
    if total == 0:
        return first
    for symbol, found in ions.items():
        for other in found.other_charges:
            if total + symbols.count(symbol) * (other - found.charge) == 0:
                return first | {symbol: other}
    raise StructureError(f"the charges of {name} add up to {total:+d}; site energies need whole charges that cancel")


def _charges_of_elements(structure: Any) -> dict[str, int]:
    """Charge of each element of a bare structure: those of the resolved formula, else pymatgen's best guess."""
    from antiperovskite.composition import resolve
    from antiperovskite.ions import ion

    formula = structure.composition.reduced_formula
    symbols = tuple(site.specie.symbol for site in structure)
    try:
        sites = resolve(formula).sites
        names = {*sites.X, *sites.B, *sites.A}
        if names == set(symbols):
            return _balanced(symbols, {symbol: ion(symbol) for symbol in names}, formula)
    except AntiperovskiteError:
        pass
    guesses = structure.composition.oxi_state_guesses()
    if not guesses or any(q != round(q) for q in guesses[0].values()):
        raise StructureError(f"no whole charges of {formula} cancel; site energies need them")
    return {element: round(q) for element, q in guesses[0].items()}


def _crystal(
    name: str, structure: Any, charges: list[int], model: StructureModel | None, notes: tuple[str, ...]
) -> ChargedCrystal:
    import numpy as np

    return ChargedCrystal(
        name=name,
        cell=np.array(structure.lattice.matrix, dtype=float),
        fractional=np.array(structure.frac_coords, dtype=float) % 1.0,
        elements=tuple(site.specie.symbol for site in structure),
        charges=tuple(charges),
        model=model,
        notes=notes,
    )
