"""Assessments for tests of the page. FIXTURE: every number here is invented for testing and means nothing."""

from __future__ import annotations

from typing import Any

from pymatgen.core import Lattice, Structure

from antiperovskite.assessment.model import Assessment, Failure, RelaxedStructure, Verdict
from antiperovskite.composition import resolve
from antiperovskite.diffraction.powder import powder_pattern
from antiperovskite.electrochemistry.contact import contact
from antiperovskite.electrochemistry.contact_model import Contact, contact_not_computed
from antiperovskite.electrochemistry.model import Window
from antiperovskite.electrochemistry.sampling import sampled_limits
from antiperovskite.electrochemistry.window import electrochemical_window
from antiperovskite.engines.model import EngineCard
from antiperovskite.evidence.model import CompositionRow, ConductivityRow, Evidence, SynthesisRow
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.dft.model import DFTComparison, DFTReaction, EngineAgreement
from antiperovskite.stability.hull import PhaseEnergy
from antiperovskite.stability.hydration.model import (
    AtmosphereAnswer,
    DryRange,
    Hydration,
    WaterLimit,
    WaterPoint,
    WidestWindow,
)
from antiperovskite.stability.model import (
    Decomposition,
    GoldschmidtPair,
    MapPosition,
    Participant,
    Reaction,
    Tolerance,
)
from antiperovskite.stability.phase_set import PhaseSet
from antiperovskite.structures.model import StructureModel

FIXTURE = "test fixture, invented"


def q(value: float, uncertainty: float | None, unit: str, *citations: str, n: int = 1) -> Quantity:
    """An invented quantity."""
    return Quantity(
        value=value,
        uncertainty=uncertainty,
        unit=unit,
        n=n,
        method="invented for a test; stands for a relaxation of the cell and all atoms",
        source=FIXTURE,
        citations=citations,
    )


def li3ocl(a: float = 3.91) -> StructureModel:
    """The cubic cell, origin on the octahedron centre, so that the page has to move it."""
    structure = Structure(
        Lattice.cubic(a),
        ["Li", "Li", "Li", "O", "Cl"],
        [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [0, 0, 0], [0.5, 0.5, 0.5]],
    )
    return _model("Li3OCl", structure, ("X", "X", "X", "B", "A"), ("Li", "Li", "Li", "O", "Cl"), (0, 1, 2, 3, 4))


def li2ohcl(a: float = 3.92) -> StructureModel:
    """One cell with a hydroxide that crosses the cell's face and one empty X site."""
    structure = Structure(
        Lattice.tetragonal(a, a * 1.01),
        ["Li", "Li", "O", "H", "Cl"],
        [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0], [0, 0, 1 - 0.97 / (a * 1.01)], [0.5, 0.5, 0.5]],
    )
    return _model("Li2OHCl", structure, ("X", "X", "B", "B", "A"), ("Li", "Li", "OH", "OH", "Cl"), (0, 1, 2, 2, 3))


def _model(
    formula: str, structure: Structure, roles: Any, ions: tuple[str, ...], groups: tuple[int, ...]
) -> StructureModel:
    return StructureModel(
        formula=formula,
        family="cubic",
        description="Fixture: the ideal cell with one formula unit.",
        structure=structure.as_dict(),
        roles=roles,
        ions=ions,
        groups=groups,
        formula_units=1,
        cubic_cells=1,
        source=FIXTURE,
        notes=("fixture note on the structure",),
    )


def _tolerance(formula: str, t: float) -> Tolerance:
    return Tolerance(
        formula=formula,
        goldschmidt=GoldschmidtPair(
            shannon=q(t, 0.012, "1", "shannon1976"), thermochemical=q(t - 0.04, 0.02, "1", "roobottom1999")
        ),
        octahedral=q(1.842, None, "1"),
        tau=q(4.58, None, "1", "bartel2019"),
        map_position=MapPosition(
            a_site_radius=q(1.70, 0.02, "angstrom", "roobottom1999"),
            goldschmidt=q(t - 0.04, 0.02, "1"),
            region="Inside 0.75 < t < 0.9, with O on the B site.",
        ),
        assumptions=("X radii are Shannon's in both columns.", "tau swaps the charges of cation and anion."),
    )


def _reaction(name: str, role: Any, equation: str, energy: Quantity, by_engine: dict[str, float]) -> Reaction:
    left, right = equation.split(" -> ")

    def side(text: str) -> tuple[Participant, ...]:
        return tuple(Participant(formula=f.split()[-1], phase="fixture", coefficient=1) for f in text.split(" + "))

    return Reaction(
        name=name,
        role=role,
        reactants=side(left),
        products=side(right),
        equation=equation,
        energy=energy,
        by_engine=by_engine,
    )


def _evidence(formula: str) -> Evidence:
    row: dict[str, Any] = {"formula": formula, "citations": ("zhao2012",)}
    measured = [(298.0, 8.5e-7, "impedance"), (323.0, 4.2e-6, "impedance"), (373.0, 5.1e-5, "impedance")]
    experiment = [
        ConductivityRow(
            **row,
            id=f"t4-{k}",
            printed_composition=formula,
            form="pellet, invented",
            kind="experiment",
            method="impedance",
            conductivity=q(s, None, "S/cm", "zhao2012"),
            temperature=q(t, None, "K"),
            room_temperature=k == 0,
            activation_energy=q(0.56, None, "eV") if k == 0 else None,
            activation_energy_upper=q(0.61, None, "eV") if k == 0 else None,
            phase="cubic",
            study="Zhao 2012",
            reading="uncertain" if k == 1 else "clear",
            remark="fixture: the printed digit is smudged" if k == 1 else "",
        )
        for k, (t, s, _) in enumerate(measured)
    ]
    model = ConductivityRow(
        formula=formula,
        citations=("zhang2013",),
        id="t4-m",
        printed_composition=formula,
        kind="modelling",
        method="AIMD",
        conductivity=q(6.9e-4, None, "S/cm", "zhang2013"),
        conductivity_upper=q(2.1e-3, None, "S/cm", "zhang2013"),
        temperature=q(298, None, "K"),
        activation_energy=q(0.31, 0.02, "eV"),
        study="Zhang 2013",
    )
    synthesis = SynthesisRow(
        **row,
        id="t2-1",
        form="bulk powder",
        reagents=("Li2O", "LiCl"),
        procedure="Fixture: ball-milled, pressed and annealed, ground, annealed again.",
        temperature=(q(623.15, None, "K"),),
        duration=(q(86400, None, "s"), q(1800, None, "s")),
        atmosphere="Ar",
        remarks="invented",
        study="Zhao 2012",
    )
    claims = (
        CompositionRow(**row, id="t1-1", status="reportedly synthesised"),
        CompositionRow(formula=formula, citations=("hanghofer2018",), id="t1-2", status="synthesised"),
        CompositionRow(formula=formula, citations=("emly2013",), id="t1-3", status="predicted"),
    )
    return Evidence(formula=formula, compositions=claims, syntheses=(synthesis,), conductivities=(*experiment, model))


def _verdicts(formula: str) -> tuple[Verdict, ...]:
    return (
        Verdict(
            question="Can it be made?",
            answer="unlikely",
            headline=f"{formula} lies slightly above the hull: heat may make it, but slow cooling lets it fall apart.",
            reasons_for=("It is reported as synthesised (fixture).", "The tolerance factor lies in the usual range."),
            reasons_against=("Li2O + LiCl -> Li3OCl is uphill with every engine.",),
            caveats=("Entropy at synthesis temperature is not included.",),
        ),
        Verdict(
            question="Does it stand moist air?",
            answer="no",
            headline="Water turns it into the hydroxide; keep it in a glovebox below 1 ppm H2O.",
            reasons_against=("Hydration is strongly exothermic.",),
        ),
        Verdict(
            question="Is the cubic structure the right one?",
            answer="likely",
            headline="The relaxed cell keeps Pm-3m and its lattice parameter agrees with diffraction.",
            reasons_for=("Relaxation kept the symmetry.",),
            caveats=("Only one starting structure was tried.",),
        ),
        Verdict(question="Is it a fast conductor?", answer="unclear", headline="Published values disagree by decades."),
    )


CARD = EngineCard(
    name="fixture-engine",
    version="1",
    description=FIXTURE,
    reference_method="none",
    energy_scale="fixture",
    licence="none",
    known_bias=(),
    citations=(),
)


def _phase(formula: str, energy: float, **elements: float) -> PhaseEnergy:
    return PhaseEnergy(formula, formula, elements, energy, {f"own:{formula}": 0.02} if len(elements) > 1 else {})


PHASES = PhaseSet(
    engine=CARD,
    phases=(
        _phase("Li", 0.0, Li=1),
        _phase("O2", 0.0, O=2),
        _phase("Cl2", 0.0, Cl=2),
        _phase("H2", 0.0, H=2),
        _phase("Li2O", -6.0, Li=2, O=1),
        _phase("Li2O2", -6.5, Li=2, O=2),
        _phase("LiCl", -4.0, Li=1, Cl=1),
        _phase("LiH", -0.9, Li=1, H=1),
        _phase("LiOH", -5.0, Li=1, O=1, H=1),
    ),
    method=FIXTURE,
    source=FIXTURE,
    citations=("chase1998",),
)


def _own(formula: str, energy: float, **elements: float) -> PhaseEnergy:
    return PhaseEnergy("this work", formula, elements, energy, {"own:this work": 0.05})


LI3OCL_PHASE = _own("Li3OCl", -9.9, Li=3, O=1, Cl=1)
LI2OHCL_PHASE = _own("Li2OHCl", -9.2, Li=2, O=1, H=1, Cl=1)


def window_of(target: PhaseEnergy) -> Window:
    """Window of a compound among invented phases, with sampled limits."""
    arguments = (target.formula, target.elements, PHASES, target)
    return electrochemical_window(*arguments).model_copy(update={"sampled": sampled_limits(*arguments, samples=20)})


def metal_contact(target: PhaseEnergy) -> Contact:
    """Contact of a compound with lithium among invented phases."""
    return contact(target, PHASES.named("Li"), PHASES, partner_name="Li")


def _electrodes() -> tuple[Contact, ...]:
    absent = contact_not_computed(
        "Li3OCl", "LiCoO2", "fixture: no phase of Co", engine="fixture-engine", threshold=q(25, None, "meV/atom")
    )
    return (contact(LI3OCL_PHASE, PHASES.named("Li2O2"), PHASES, partner_name="Li2O2"), absent)


def water_record(*, stable: bool) -> Hydration:
    """An invented answer: a limit that rises with temperature, in equilibrium only where ``stable``."""
    none = NotComputed(unit="eV", method="fixture: no carbonate")
    points = tuple(_water_point(float(T), stable) for T in range(300, 1201, 100))
    best = points[-1]
    nowhere = WidestWindow(temperature=NotComputed(unit="K", method="no window between 300 and 1200 K"))
    gas = AtmosphereAnswer(
        atmosphere="glove box, 1 ppm",
        water_ppm=q(1.0, None, "ppm"),
        dew_point=q(197.0, None, "K"),
        products={"LiOH": 2.0, "LiCl": 1.0},
        probability_stable=0.0,
        probability_metastable=0.0,
        dry=DryRange(
            above=q(540, 20, "K") if stable else NotComputed(unit="K", method="never"),
            below=NotComputed(unit="K", method="goes on"),
        ),
        metastable_dry=DryRange(
            above=q(500, 20, "K"), below=NotComputed(unit="K", method="goes on"), interval=(480.0, 520.0)
        ),
    )
    return Hydration(
        formula="Li3OCl",
        engine="fixture-engine",
        hydration_energy=q(-0.98, 0.05, "eV/H2O"),
        hydration_energy_static=NotComputed(unit="eV/H2O", method="fixture"),
        hydration_energy_vapour=q(-1.4, 0.05, "eV/H2O"),
        hydration_free_energy_vapour=q(-1.0, 0.06, "eV/H2O"),
        hydration_free_energy_liquid=q(-0.9, 0.06, "eV/H2O"),
        hydration_equation="Li3OCl + H2O -> 2 LiOH + LiCl",
        carbonation_energy=none,
        carbonation_free_energy=none,
        carbonation_equation="",
        reactions=(),
        p_dioxide=None,
        max_water_ppm=points,
        widest_window=WidestWindow(temperature=best.temperature, limit=best) if stable else nowhere,
        widest_metastable=WidestWindow(temperature=best.temperature, limit=best.metastable),
        products={"LiOH": 2.0, "LiCl": 1.0},
        products_with_dioxide=None,
        atmospheres=(gas,),
        series=(),
        temperature_range=(300.0, 1200.0),
        notes=("fixture note on melts",),
        citations=("murphy2005",),
    )


def _water_point(T: float, stable: bool) -> WaterPoint:
    log_ppm = 7.0 - 5000.0 / T

    def limit(value: float) -> WaterLimit:
        return WaterLimit(
            max_water_ppm=q(10.0**value, None, "ppm"),
            log10_max_water_ppm=q(value, 0.5, "1"),
            lower_ppm=10.0 ** (value - 0.5),
            upper_ppm=10.0 ** (value + 0.5),
            limiting_products={"LiOH": 2.0, "LiCl": 1.0},
            equation="Li3OCl + H2O -> 2 LiOH + LiCl",
        )

    reason = "fixture: unstable when dry"
    none = WaterLimit(
        max_water_ppm=NotComputed(unit="ppm", method=reason), log10_max_water_ppm=NotComputed(unit="1", method=reason)
    )
    return WaterPoint(
        temperature=q(T, None, "K"),
        energy_above_dry_phases=q(0.08, 0.04, "eV/formula"),
        dry_products={"Li2O": 1.0, "LiCl": 1.0},
        probability_stable_when_dry=0.02,
        molten=("LiOH",) if T > 750 else (),
        metastable=limit(log_ppm + 0.4),
        **dict(limit(log_ppm) if stable else none),
    )


def dft_comparison() -> DFTComparison:
    """One invented reaction beside two engines, one of which has no value."""
    return DFTComparison(
        engine=CARD.model_copy(update={"name": "fixture-dft"}),
        settings="fixture settings",
        reactions=(
            DFTReaction(
                key="fixture",
                decides="Li3OCl lies above its salts",
                equation="Li2O + LiCl -> Li3OCl",
                reactants={"Li2O": 1.0, "LiCl": 1.0},
                products={"Li3OCl": 1.0},
                energy=q(71.0, None, "meV"),
                by_engine={
                    "fixture-engine": q(89.0, None, "meV"),
                    "second-engine": NotComputed(unit="meV", method="fixture: no LiCl"),
                },
                geometry="fixture",
            ),
        ),
        agreement=(
            EngineAgreement(
                engine="fixture-engine",
                imitates="none",
                reactions=4,
                mean_difference=q(-15, 19, "meV", n=4),
                rms_difference=q(36, 13, "meV", n=4),
                largest="Li2O + LiCl -> Li3OCl",
                same_sign=4,
            ),
        ),
        checks=(),
        not_computed=(),
    )


def li3ocl_assessment(**changes: Any) -> Assessment:
    """A complete assessment of the cubic compound."""
    model = li3ocl()
    structure = model.to_pymatgen()
    relaxed = RelaxedStructure(
        model=model,
        spacegroup="Pm-3m",
        spacegroup_number=221,
        symmetry_tolerance=0.01,
        engine="fixture-engine",
        settings="cell and atoms, FIRE, 0.005 eV/angstrom",
        converged=True,
        steps=23,
        max_force=0.0031,
        cif=structure.to(fmt="cif"),
    )
    fields: dict[str, Any] = {
        "formula": "Li3OCl",
        "depth": "quick",
        "engine": "fixture-engine",
        "sites": resolve("Li3OCl"),
        "tolerance": _tolerance("Li3OCl", 0.841),
        "starting_structure": li3ocl(3.95),
        "relaxed": relaxed,
        "quantities": {
            "lattice_a": q(3.91, 0.004, "angstrom"),
            "lattice_a_reported": q(3.907, 0.001, "angstrom", "zhao2012"),
            "energy_above_hull": q(0.0181, 0.0036, "eV/atom", n=2),
            "reaction_energy_from_binaries": q(0.089, 0.021, "eV/formula", n=3),
            "hydration_energy": q(-1.23, 0.08, "eV/formula", n=3),
            "dry_hydrated_contrast_xray": q(0.031, None, "1"),
            "dry_hydrated_contrast_neutron": q(0.42, None, "1"),
            "volume": q(59.8, None, "angstrom^3"),
        },
        "reactions": (
            _reaction(
                "Formation from binaries",
                "from binaries",
                "Li2O + LiCl -> Li3OCl",
                q(0.089, 0.021, "eV/formula", n=3),
                {"fixture-engine": 0.089, "second-engine": 0.117, "third-engine": 0.058},
            ),
            _reaction(
                "Hydration",
                "hydration",
                "Li3OCl + H2O -> Li2OHCl + LiOH",
                q(-1.23, 0.08, "eV/formula", n=3),
                {"fixture-engine": -1.23, "second-engine": -1.31, "third-engine": -1.15},
            ),
        ),
        "decomposition": Decomposition(
            products=(
                Participant(formula="Li2O", phase="antifluorite", coefficient=1),
                Participant(formula="LiCl", phase="rock salt", coefficient=1),
            ),
            equation="Li3OCl -> Li2O + LiCl",
            stable=False,
            competing=9,
            engine="fixture-engine",
            note="Fixture phases only.",
        ),
        "window": window_of(LI3OCL_PHASE),
        "metal_contact": metal_contact(LI3OCL_PHASE),
        "electrode_contacts": _electrodes(),
        "water": water_record(stable=False),
        "dft": dft_comparison(),
        "patterns": (powder_pattern(structure, "xray"), powder_pattern(structure, "neutron")),
        "evidence": _evidence("Li3OCl"),
        "verdicts": _verdicts("Li3OCl"),
        "engine_notes": ("Fixture: lattice parameters come out 0 to 1 % too long.",),
        "citations": ("dawson2021", "park2024"),
        "versions": {"antiperovskite": "0.0-test", "python": "3.11"},
    }
    return Assessment(**(fields | changes))


def li2ohcl_assessment(**changes: Any) -> Assessment:
    """A partial assessment: no second engine, one failed step, patterns with both hydrogen isotopes."""
    model = li2ohcl()
    structure = model.to_pymatgen()
    base = li3ocl_assessment()
    assert base.relaxed is not None
    fields: dict[str, Any] = {
        "formula": "Li2OHCl",
        "sites": resolve("Li2(OH)Cl"),
        "tolerance": _tolerance("Li2OHCl", 0.855),
        "starting_structure": None,
        "relaxed": base.relaxed.model_copy(
            update={"model": model, "spacegroup": "P4mm", "cif": structure.to(fmt="cif")}
        ),
        "quantities": {
            "lattice_a": q(3.92, None, "angstrom"),
            "energy_above_hull": q(0, None, "eV/atom"),
            "reaction_energy_from_binaries": q(-0.12, None, "eV/formula"),
            "hydration_energy": NotComputed(unit="eV/formula", method="it already holds its water"),
        },
        "decomposition": Decomposition(
            products=(), equation="Li2OHCl", stable=True, competing=9, engine="fixture-engine"
        ),
        "window": window_of(LI2OHCL_PHASE),
        "metal_contact": metal_contact(LI2OHCL_PHASE),
        "electrode_contacts": (),
        "water": None,
        "dft": None,
        "not_defined": {
            "electrode_contacts": "fixture: only at depth standard",
            "water": "fixture: it already holds its water as OH",
            "dft": "fixture: no reaction of Li2OHCl",
        },
        "patterns": (
            powder_pattern(structure, "xray"),
            powder_pattern(structure, "neutron"),
            powder_pattern(structure, "neutron", isotopes={"H": "D"}),
        ),
        "reactions": base.reactions[:1],
        "evidence": Evidence(formula="Li2OHCl", compositions=(), syntheses=(), conductivities=()),
        "verdicts": _verdicts("Li2OHCl")[:2],
        "failures": (Failure(step="second engine", reason="fixture: its packages are not installed"),),
    }
    return base.model_copy(update=fields | changes)
