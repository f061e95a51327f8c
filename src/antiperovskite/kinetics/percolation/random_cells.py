"""Large cells of a disordered crystal: every site of the host structure, and random ions on the mixed ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from antiperovskite.errors import AntiperovskiteError, StructureError

if TYPE_CHECKING:
    from antiperovskite.composition.model import Formula
    from antiperovskite.structures.model import StructureModel


@dataclass(frozen=True)
class DisorderedCrystal:
    """The host: an ordered structure with one ion on each kind of site, and what is really there.

    ``cell`` (3, 3) and ``fractional`` (n, 3) of the host, scaled to the composition; ``roles`` (n,); ``amounts`` are
    fractions of the ions on each role (they add up to less than one on X where sites are empty).
    """

    host: StructureModel
    cell: Any
    fractional: Any
    roles: tuple[str, ...]
    amounts: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...]

    def ions(self) -> list[str]:
        """All ions, by symbol."""
        return sorted({ion for content in self.amounts.values() for ion in content})

    def arrange(self, copies: tuple[int, int, int], seed: int) -> Any:
        """Index into :meth:`ions` of every atom in every copy (n_copies, n), at random, -1 for an empty site."""
        import numpy as np

        names = self.ions()
        n_copies = copies[0] * copies[1] * copies[2]
        found = np.full((n_copies, len(self.roles)), -1, dtype=np.int64)
        rng = np.random.default_rng((seed, 11))
        for role in ("X", "B", "A"):
            columns = [k for k, one in enumerate(self.roles) if one == role]
            total = n_copies * len(columns)
            shares = self.amounts[role]
            exact = np.array([shares[ion] * total for ion in shares])
            counts = np.floor(exact + 1e-9).astype(int)
            wanted = round(float(exact.sum()))
            for index in np.argsort(counts - exact, kind="stable")[: wanted - counts.sum()]:
                counts[index] += 1
            filled = np.full(total, -1, dtype=np.int64)
            filled[:wanted] = np.repeat([names.index(ion) for ion in shares], counts)
            found[:, columns] = rng.permutation(filled).reshape(n_copies, len(columns))
        return found


def host_names(formula: Formula) -> list[str]:
    """Formulas of the hosts whose lattices a composition needs: the majority's first, then one for each other ion."""
    amounts = _fractions(formula)
    major = {role: max(content, key=lambda ion: content[ion]) for role, content in amounts.items()}
    minor = [(role, ion) for role, content in amounts.items() for ion in content if ion != major[role]]
    return [_host_name(formula, major), *(_host_name(formula, major | {role: ion}) for role, ion in minor)]


def disordered_crystal(
    formula: Formula, hosts: tuple[Mapping[str, StructureModel], str] | None = None
) -> DisorderedCrystal:
    """Return the host of a formula whose sites hold the majority ion, scaled to the formula's lattice.

    The lattice is the host's, stretched by Vegard's rule towards those of the hosts with one minority ion each. Hosts
    come from the shipped relaxed structures where all that are needed are there, else from ionic radii; ``hosts``
    (:func:`host_structures`) gives those of a whole series, so that its lattices have one origin.

    Raises
    ------
    StructureError
        The host cannot be built.
    """
    import numpy as np

    amounts = _fractions(formula)
    major = {role: max(content, key=lambda ion: content[ion]) for role, content in amounts.items()}
    minor = [(role, ion) for role, content in amounts.items() for ion in content if ion != major[role]]
    others = {(role, ion): _host_name(formula, major | {role: ion}) for role, ion in minor}
    base = _host_name(formula, major)
    notes = []
    found, how = hosts if hosts is not None else host_structures([base, *others.values()])
    if base not in found:
        raise StructureError(f"the host {base} of {formula.formula} cannot be built: {how}")
    stretch = 1.0
    volume = found[base].to_pymatgen().volume
    for (role, ion), name in others.items():
        if name in found:
            stretch += amounts[role][ion] * (found[name].to_pymatgen().volume ** (1 / 3) / volume ** (1 / 3) - 1.0)
        else:
            notes.append(f"{name} cannot be built: {ion} does not change the lattice")
    structure = found[base].to_pymatgen()
    notes.append(f"lattice: {how}" + (f", Vegard's rule (x {stretch:.4f})" if minor else ""))
    return DisorderedCrystal(
        host=found[base],
        cell=np.array(structure.lattice.matrix, dtype=float) * stretch,
        fractional=np.array(structure.frac_coords, dtype=float) % 1.0,
        roles=found[base].roles,
        amounts=amounts,
        notes=tuple(notes),
    )


def _fractions(formula: Formula) -> dict[str, dict[str, float]]:
    X = sum(formula.sites.X.values()) + formula.vacancies
    return {
        "X": {ion: amount / X for ion, amount in formula.sites.X.items()},
        "B": _shares(formula.sites.B),
        "A": _shares(formula.sites.A),
    }


def _shares(content: Mapping[str, float]) -> dict[str, float]:
    total = sum(content.values())
    return {ion: amount / total for ion, amount in content.items()}


def _host_name(formula: Formula, ions: Mapping[str, str]) -> str:
    """Formula of one octahedron with one ion on each kind of site, such as ``Li3OCl``."""
    numbers = {
        "X": (sum(formula.sites.X.values()) + formula.vacancies) / formula.multiplicity,
        "B": sum(formula.sites.B.values()) / formula.multiplicity,
        "A": sum(formula.sites.A.values()) / formula.multiplicity,
    }
    text = ""
    for role in ("X", "B", "A"):
        symbol = ions[role] if ions[role].isalpha() and sum(c.isupper() for c in ions[role]) == 1 else f"({ions[role]})"
        amount = round(numbers[role], 4)
        text += symbol + ("" if amount == 1 else f"{amount:g}")
    return text


def host_structures(names: list[str], engine: str | None = None) -> tuple[dict[str, StructureModel], str]:
    """Structures of these formulas: relaxed with an engine, or all shipped relaxed ones, or from ionic radii."""
    from antiperovskite.composition import resolve
    from antiperovskite.structures import build_structure
    from antiperovskite.structures.gallery import records

    shipped = {record.structure.formula: record for record in reversed(list(records().values()))}
    if engine is None and all(name in shipped for name in names):
        who = next(iter(shipped.values())).engine
        return {name: shipped[name].structure for name in names}, f"relaxed with {who} (shipped)"
    found: dict[str, Any] = {}
    problem = "from ionic radii, not relaxed"
    for name in names:
        try:
            found[name] = build_structure(resolve(name))
        except AntiperovskiteError as error:
            if name == names[0]:
                problem = str(error)
    if engine is None:
        return found, problem
    from antiperovskite.engines import get_engine, relax

    calculator = get_engine(engine)
    done = {name: relax(model.to_pymatgen(), calculator, keep_symmetry=True) for name, model in found.items()}
    relaxed = {name: model.model_copy(update={"structure": done[name].structure}) for name, model in found.items()}
    return relaxed, f"relaxed with {engine}" if found else problem
