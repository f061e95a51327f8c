"""The gallery: one entry for every structure family, how each is built, and its shipped relaxed record."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import Quantity
from antiperovskite.structures.model import StructureModel


class Entry(Model):
    """One structure of the gallery and the options of ``antiperovskite structure`` that build it."""

    section: str
    formula: str
    spacegroup: str = Field(description="expected of the starting structure, held by a test through spglib")
    tilt: str = ""
    polytype: str = ""
    form: str = ""
    polar: str = ""
    strain: str = ""
    amorphous: bool = False

    @property
    def name(self) -> str:
        """Unique name, also that of the picture: letters, digits and hyphens."""
        parts = [self.formula, self.tilt, self.polytype, self.form, self.polar, self.strain]
        text = "-".join(part for part in (*parts, "amorphous" if self.amorphous else "") if part)
        for old, new in (("+", "p"), ("(", "_"), (")", "_"), ("=", "-"), (".", "_")):
            text = text.replace(old, new)
        # a-a-c0 and a+a+c0 must differ: minus signs inside a tilt symbol become m
        return text if not self.tilt else text.replace(self._plain_tilt(), self._safe_tilt())

    def _plain_tilt(self) -> str:
        return self.tilt.replace("+", "p")

    def _safe_tilt(self) -> str:
        return self._plain_tilt().replace("-", "m")

    @property
    def command(self) -> str:
        """The command that builds the structure."""
        text = f"antiperovskite structure {shell_quoted(self.formula)}"
        for option in ("tilt", "polytype", "form", "polar", "strain"):
            value = getattr(self, option)
            text += f" --{option} {value}" if value else ""
        return text + (" --amorphous --atoms 200 --seed 1" if self.amorphous else "")

    def build(self) -> StructureModel:
        """Build the starting structure.

        Raises
        ------
        StructureError
            As :func:`antiperovskite.structures.variants.build_variant`.
        """
        from antiperovskite.composition import resolve
        from antiperovskite.structures.amorphous import pack
        from antiperovskite.structures.glazer import parse_tilt
        from antiperovskite.structures.variants import build_variant

        formula = resolve(self.formula)
        if self.amorphous:
            return pack(formula, 200, seed=1)
        return build_variant(
            formula,
            tilt=parse_tilt(self.tilt) if self.tilt else None,
            polytype=self.polytype or None,
            form=self.form or None,
            polar=_amplitude(self.polar),
            strained=_amplitude(self.strain),
        )


class Record(Model):
    """An entry after relaxation. Lattice parameters are those of spglib's conventional cell."""

    name: str
    structure: StructureModel = Field(description="relaxed")
    start_spacegroup: str
    spacegroup: str
    spacegroup_number: int
    symprec: float
    a: Quantity
    b: Quantity
    c: Quantity
    alpha: Quantity
    beta: Quantity
    gamma: Quantity
    energy: Quantity = Field(description="per formula unit; compare within one formula only")
    max_force: float = Field(description="eV/angstrom, largest component left")
    engine: str
    engine_version: str
    settings: str


class Records(Model):
    """The shipped relaxed records with what made them."""

    made_by: str
    records: tuple[Record, ...]


def shell_quoted(text: str) -> str:
    """Quote a formula with brackets for a shell."""
    return f"'{text}'" if "(" in text else text


def _amplitude(text: str) -> tuple[str, float] | None:
    if not text:
        return None
    name, _, value = text.partition("=")
    return name, float(value)


def _many(section: str, *items: tuple[str, str], **options: str) -> tuple[Entry, ...]:
    return tuple(Entry(section=section, formula=formula, spacegroup=group, **options) for formula, group in items)


def _tilts(formula: str) -> tuple[Entry, ...]:
    from antiperovskite.structures.glazer import SYSTEMS

    return tuple(
        Entry(section="Tilted octahedra", formula=formula, spacegroup=system.spacegroup, tilt=system.symbol)
        for system in SYSTEMS[1:]
    )


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry of the gallery, by section."""
    polar = (("001=0.1", "P4mm"), ("110=0.1", "Amm2"), ("111=0.1", "R3m"))
    strains = (
        ("tetragonal=2", "P4/mmm"),
        ("orthorhombic=2", "Pmmm"),
        ("sheared=2", "Cmmm"),
        ("rhombohedral=2", "R-3m"),
    )
    types = (("2H", "P6_3/mmc"), ("4H", "P6_3/mmc"), ("6H", "P6_3/mmc"), ("9R", "R-3m"))
    return (
        *_many("Cubic", ("Li3OCl", "Pm-3m"), ("Na3OCl", "Pm-3m"), ("Na3OBr", "Pm-3m")),
        *_tilts("Na3OCl"),
        *(e for value, group in polar for e in _many("Off-centred", ("Na3OCl", group), polar=value)),
        *(e for value, group in strains for e in _many("Strained", ("Na3OCl", group), strain=value)),
        *(e for value, group in types for e in _many("Hexagonal polytypes", ("Na3OCl", group), polytype=value)),
        *_many("Reported in another structure", ("Na3FSO4", "R3m"), form="beta"),
        *_many("Mixed A", ("Li3OCl0.5Br0.5", "Fm-3m"), ("Na3OBr0.6I0.4", "C2/m"), ("Li3OCl0.5(BH4)0.5", "F-43m")),
        *_many("Mixed X", ("Li2NaOCl", "P4/mmm"), ("Li2.75Ca0.125OCl", "Pm"), ("Li2.8Mg0.1OCl", "P1")),
        *_many("Mixed and double B", ("Li6OSI2", "Fm-3m"), ("Na6OSI2", "Fm-3m"), ("Na4S0.5O0.5I2", "Cmmm")),
        *_many("Ruddlesden-Popper", ("Na4OI2", "I4/mmm"), ("Li4OCl2", "I4/mmm"), ("Li7O2Br3", "I4/mmm")),
        *_many("Ruddlesden-Popper", ("Li10O3Br4", "I4/mmm"), ("Na2Fe2OS2", "I4/mmm"), ("Na2Fe2OSe2", "I4/mmm")),
        *_many("Chains and isolated octahedra", ("Li5OCl3", "Immm"), ("Li6OCl4", "R-3c")),
        *_many("Hydrated", ("Li2OHCl", "P4mm"), ("Li2.5(OH)0.5Cl", "P4mm"), ("Li2.25(OH)0.75Cl", "Cm")),
        *_many("Hydrated", ("Li2(OH)0.9F0.1Cl", "P1")),
        *_many("Hydrides", ("Li3HS", "Pm-3m"), ("Li3HSe", "Pm-3m"), ("Li3HTe", "Pm-3m"), ("Na3HS", "Pm-3m")),
        *_many("Hydrides", ("Na3HSe", "Pm-3m"), ("Na3HTe", "Pm-3m")),
        *_many("Cathodes", ("Li2FeOS", "P4/mmm"), ("Li2MnOS", "P4/mmm"), ("Li2CoOS", "P4/mmm")),
        *_many("Cathodes", ("Li2FeOSe", "P4/mmm"), ("Li2MnOSe", "P4/mmm"), ("Li2CoOSe", "P4/mmm")),
        *_many("Multivalent", ("Mg3NAs", "Pm-3m"), ("Mg3NSb", "Pm-3m"), ("Ca3NP", "Pm-3m"), ("Ca3NAs", "Pm-3m")),
        *_many("Multivalent", ("Ca3NSb", "Pm-3m"), ("Ca3NBi", "Pm-3m"), ("Ca3PSb", "Pm-3m")),
        *_many("Silver", ("Ag3SI", "Pm-3m"), form="beta"),
        *_many("Cluster ions", ("Na3OBH4", "P-43m"), ("Li3OBH4", "P-43m"), ("Na3ONO2", "Pmm2"), ("Na3OCN", "R3m")),
        *_many("Cluster ions", ("Li3SBF4", "P-43m"), ("Na2NH2BH4", "P2")),
        Entry(section="Amorphous", formula="Li3OCl", spacegroup="P1", amorphous=True),
    )


START_SYMPREC: Final = 0.01
SYMPREC: Final = 0.03
"""Angstrom, for relaxed structures: some ten times the displacements a relaxation leaves."""


def force_criterion(atoms: int) -> float:
    """Largest force left, eV/angstrom: tight where steps are cheap, so that soft strains relax too."""
    return 0.005 if atoms <= 20 else 0.02


def relax_entry(entry: Entry, relax_one: Any) -> Record:
    """Relax an entry in its space group; ``relax_one(structure)`` returns a ``Relaxation`` of the engines' room."""
    model = entry.build()
    done = relax_one(model.to_pymatgen())
    return record(entry, model, done)


def record(entry: Entry, model: StructureModel, done: Any) -> Record:
    """The record of a relaxation ``done`` of ``model``."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    from antiperovskite.structures.symmetry import ANGLE_TOLERANCE, quiet_spglib, spacegroup

    structure = done.to_pymatgen()
    symbol, number = spacegroup(structure, SYMPREC)
    with quiet_spglib():
        lattice = (
            SpacegroupAnalyzer(structure, symprec=SYMPREC, angle_tolerance=ANGLE_TOLERANCE)
            .get_conventional_standard_structure()
            .lattice
        )
    source = f"{done.engine.name} {done.engine.version}, {done.settings}"

    def quantity(value: float, unit: str, what: str) -> Quantity:
        return Quantity(
            value=round(float(value), 6),
            uncertainty=None,
            unit=unit,
            method=f"{what}, static relaxation at 0 K with one engine; no uncertainty defined",
            source=source,
            citations=done.engine.citations,
        )

    lengths = {k: quantity(v, "angstrom", "conventional cell") for k, v in zip("abc", lattice.abc, strict=True)}
    angles = {
        k: quantity(v, "degree", "conventional cell")
        for k, v in zip(("alpha", "beta", "gamma"), lattice.angles, strict=True)
    }
    return Record(
        name=entry.name,
        structure=model.model_copy(update={"structure": _rounded(done.structure)}),
        start_spacegroup=spacegroup(model.to_pymatgen(), START_SYMPREC)[0],
        spacegroup=symbol,
        spacegroup_number=number,
        symprec=SYMPREC,
        energy=quantity(done.energy / model.formula_units, "eV/formula", "energy of the cell over its formula units"),
        max_force=round(done.max_force, 4),
        engine=done.engine.name,
        engine_version=done.engine.version,
        settings=done.settings,
        **lengths,
        **angles,
    )


def _rounded(structure: Any) -> Any:
    """A structure's dictionary with six decimals, which is more than a relaxation knows, to keep the file small."""
    if isinstance(structure, float):
        return round(structure, 6)
    if isinstance(structure, dict):
        return {key: _rounded(value) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        return [_rounded(value) for value in structure]
    return structure


@cache
def records() -> dict[str, Record]:
    """The shipped relaxed records by entry name."""
    from antiperovskite._files import package_data, read_record

    path = package_data("structures", "gallery.json")
    return {item.name: item for item in read_record(path, Records, "the gallery's records").records}
