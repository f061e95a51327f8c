"""The energies that equilibria start from: output of ``antiperovskite defects --json``, or a file written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from antiperovskite._files import read_yaml, validate
from antiperovskite._model import Model
from antiperovskite.defects.equilibrium.names import atoms, parse_defect
from antiperovskite.defects.model import DefectReaction
from antiperovskite.errors import DataError, one_line
from antiperovskite.quantity import Quantity

if TYPE_CHECKING:
    from antiperovskite.defects.results import DefectStudy

WaterReference = Literal["gas", "ice"]
GIVEN: Final = "as given by the user, not computed here"
NO_UNCERTAINTY: Final = "no uncertainty was given"
COUNTED: Final = ("schottky", "frenkel", "deficient")
"""Kinds that fix the energy of each defect of a pure crystal; antisite pairs leave open what their halves cost."""


class DefectSites(Model):
    """Places of one defect, where its name does not say enough.

    ``multiplicity`` is the number of places per formula unit of the host times their orientations; by default that of
    the host's site it sits on. ``sites`` is the number of places without orientations, which site exclusion counts.
    """

    multiplicity: PositiveFloat | None = None
    sites: PositiveFloat | None = None
    charge: int | None = None


class Reaction(Model):
    """perfect crystal + reactants -> defects + products, with its energy and entropy.

    A reaction without defects ties phases together (``Li2O + LiCl -> Li3OCl``). ``configurations`` of a bound cluster
    are the ways to place it, per formula unit of the host. ``entropy_kB`` is the vibrational entropy of the reaction in
    units of the Boltzmann constant; zero unless given.
    """

    name: str = Field(min_length=1)
    defects: dict[str, PositiveInt] = Field(default_factory=dict)
    reactants: dict[str, PositiveFloat] = Field(default_factory=dict)
    products: dict[str, PositiveFloat] = Field(default_factory=dict)
    energy: Quantity
    entropy_kB: float = 0.0
    bound: bool = False
    configurations: PositiveFloat = 1.0
    label: str = ""

    @property
    def energy_eV(self) -> float:
        """The energy in eV."""
        return self.energy.value


class DefectInput(Model):
    """Reactions and sites for one host, with where they come from."""

    source: str
    computed: bool = Field(description="by this package (False: as given by the user)")
    engine: str = ""
    host: str = ""
    defects: dict[str, DefectSites] = Field(default_factory=dict)
    reactions: tuple[Reaction, ...]
    water_reference: WaterReference = Field(default="gas", description="what H2O in a reaction is: gas or ice at 0 K")
    volume_angstrom3: PositiveFloat | None = None
    dielectric_constant: PositiveFloat | None = None
    closest_approach_angstrom: PositiveFloat | None = None


class _WrittenReaction(Model):
    name: str = Field(min_length=1)
    defects: dict[str, PositiveInt] = Field(default_factory=dict)
    reactants: dict[str, PositiveFloat] = Field(default_factory=dict)
    products: dict[str, PositiveFloat] = Field(default_factory=dict)
    energy_eV: float
    uncertainty_eV: NonNegativeFloat | None = None
    entropy_kB: float = 0.0
    bound: bool = False
    configurations: PositiveFloat = 1.0


class _Written(Model):
    source: str = Field(min_length=1)
    host: str = ""
    defects: dict[str, DefectSites] = Field(default_factory=dict)
    reactions: tuple[_WrittenReaction, ...] = Field(min_length=1)
    water_reference: WaterReference = Field(default="gas", description="what H2O in a reaction is: gas or ice at 0 K")
    volume_angstrom3: PositiveFloat | None = None
    dielectric_constant: PositiveFloat | None = None
    closest_approach_angstrom: PositiveFloat | None = None


def read_energies(path: Path) -> DefectInput:
    """Read energies of defect reactions: JSON of ``antiperovskite defects``, or YAML (or JSON) written by hand.

    Raises
    ------
    DataError
        The file cannot be read or does not fit; the message names the place.
    """
    data = _load(path)
    if isinstance(data, list):
        if len(data) != 1:
            raise DataError(f"{path} holds {len(data)} records; give the one of a single host")
        data = data[0]
    if not isinstance(data, dict) or "reactions" not in data:
        raise DataError(f"{path} has no 'reactions'; give the output of antiperovskite defects --json, or see the docs")
    rows = data["reactions"]
    if isinstance(rows, list) and rows and isinstance(rows[0], dict) and isinstance(rows[0].get("energy"), dict):
        return _computed(data, path)
    written = validate(data, _Written, path)
    reactions = tuple(_reaction(row, written.source) for row in written.reactions)
    rest = written.model_dump(exclude={"source", "reactions"})
    return DefectInput(source=written.source, computed=False, reactions=_labelled(reactions), **rest)


def energies_of(
    study: DefectStudy, *, source: str, keep: Callable[[DefectReaction], bool] = lambda _reaction: True
) -> DefectInput:
    """Take the reactions of a study of this package that ``keep`` lets through, without a file."""
    data = study.model_dump(mode="json")
    return _of_study(data, [reaction for reaction in study.reactions if keep(reaction)], source)


def _load(path: Path) -> Any:
    if path.suffix.lower() != ".json":
        return read_yaml(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not valid JSON: {one_line(error)}") from error


def _computed(data: dict[str, Any], path: Path) -> DefectInput:
    """The command's own output; keys that do not matter here are passed over."""
    fields = DefectReaction.model_fields
    kept = [{k: v for k, v in row.items() if k in fields} for row in data["reactions"] if isinstance(row, dict)]
    rows = validate(
        [row for row in kept if (row.get("energy") or {}).get("value") is not None], list[DefectReaction], path
    )
    if not rows:
        raise DataError(f"{path} has no reaction with an energy; compute some with antiperovskite defects")
    engine = _engine(data)
    source = f"antiperovskite defects, engine {engine}" if engine else rows[0].energy.source
    return _of_study(data, rows, f"{source} ({path.name})")


def _engine(data: dict[str, Any]) -> str:
    card = data.get("engine")
    return str(card.get("name", "")) if isinstance(card, dict) else str(card or "")


def _of_study(data: dict[str, Any], rows: Sequence[DefectReaction], source: str) -> DefectInput:
    """``data`` is a study as JSON has it; ``rows`` are those of its reactions that count."""
    defects: dict[str, DefectSites] = {}
    for row in data.get("defects") or []:
        if isinstance(row, dict) and isinstance(row.get("name"), str) and row.get("multiplicity"):
            defects[row["name"]] = DefectSites(multiplicity=float(row["multiplicity"]), charge=row.get("charge"))
    host = data["formula"] if isinstance(data.get("formula"), str) else ""
    ways = _ways(data)
    return DefectInput(
        source=source,
        computed=True,
        engine=_engine(data),
        host=host.partition("#")[0],
        water_reference="ice",  # the reference phase of that room
        defects=defects,
        reactions=_labelled([_own(row, ways.get(row.name)) for row in rows]),
    )


def _ways(data: dict[str, Any]) -> dict[str, float]:
    """Ways per formula unit to place the lowest near arrangement of each combination of a defect study.

    That is its degeneracy in a supercell over the formula units there, which the atoms of the supercell give.
    """
    per_formula = sum(_atoms(str(data.get("formula", "")).partition("#")[0]).values())
    found: dict[str, float] = {}
    for item in data.get("combinations") or []:
        limits = {s["label"]: s["fit"]["limit"] for s in item.get("separations") or [] if s.get("fit")}
        if not limits or not per_formula:
            continue
        best = min(limits, key=lambda label: limits[label])
        gained = sum(
            count * sum(parse_defect(name).elements.values()) for name, count in (item.get("defects") or {}).items()
        )
        same = [
            a for a in data.get("arrangements") or []
            if a["combination"] == item["name"] and a["role"] == "near" and a["label"] == best
        ]  # fmt: skip
        if same:
            largest = max(same, key=lambda a: a["atoms"])
            found[item["name"]] = largest["degeneracy"] * per_formula / (largest["atoms"] - gained)
    return found


def _atoms(formula: str) -> dict[str, float]:
    return atoms(formula) if formula else {}


def _own(row: DefectReaction, ways: float | None) -> Reaction:
    return Reaction(
        name=row.name,
        defects=row.defects,
        reactants={phase: n for phase, n in row.reactants.items() if n > 0},
        products={phase: n for phase, n in row.products.items() if n > 0},
        energy=row.energy.to("eV"),
        bound=row.bound,
        configurations=float(row.configurations) if ways is None else ways,
    )


def _reaction(row: _WrittenReaction, source: str) -> Reaction:
    if not isfinite(row.energy_eV):
        raise DataError(f"the energy of {row.name!r} is not a finite number")
    note = "" if row.uncertainty_eV is not None else f"; {NO_UNCERTAINTY}"
    energy = Quantity(
        value=row.energy_eV, uncertainty=row.uncertainty_eV, unit="eV", method=GIVEN + note, source=source
    )
    rest = row.model_dump(exclude={"energy_eV", "uncertainty_eV"})
    return Reaction(energy=energy, **rest)


def _labelled(reactions: Sequence[Reaction]) -> tuple[Reaction, ...]:
    """Name each bound cluster by its members, ``{V_Li + V_Cl}``, numbered where there are several."""
    seen: dict[str, int] = {}
    result = []
    for reaction in reactions:
        if reaction.bound:
            members = " + ".join(f"{n} {name}" if n > 1 else name for name, n in reaction.defects.items())
            seen[members] = seen.get(members, 0) + 1
            number = f" #{seen[members]}" if seen[members] > 1 else ""
            reaction = reaction.model_copy(update={"label": f"{{{members}}}{number}"})  # noqa: PLW2901
        result.append(reaction)
    return tuple(result)
