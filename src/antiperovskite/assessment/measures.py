"""Numbers read off the relaxed structure and its patterns, each with its spread over engines."""

from __future__ import annotations

from antiperovskite.assessment.relaxation import SYMMETRY_TOLERANCE, RelaxedModel
from antiperovskite.composition.model import Formula
from antiperovskite.diffraction.model import PowderPattern
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.stability.energies import same_composition
from antiperovskite.stability.phases import ReferencePhase, reference_phases
from antiperovskite.structures.model import StructureModel
from antiperovskite.structures.symmetry import conventional_a


def structure_quantities(formula: Formula, relaxed: RelaxedModel, main_engine: str) -> dict[str, AnyQuantity]:
    """Lattice parameter, volume and density of the relaxed model; reported lattice parameter and the deviation."""
    cells = relaxed.start.cubic_cells
    units = relaxed.start.formula_units
    by_engine = {name: relaxation.to_pymatgen() for name, relaxation in relaxed.by_engine.items()}
    settings = relaxed.by_engine[main_engine].settings
    if formula.framework == "3D":
        lengths = {name: (structure.volume / cells) ** (1 / 3) for name, structure in by_engine.items()}
        method = _pseudo_cubic_method(settings, cells)
    else:
        lengths = {name: conventional_a(structure, SYMMETRY_TOLERANCE) for name, structure in by_engine.items()}
        method = f"a of the conventional cell of the relaxed structure ({settings}), 0 K, no zero-point expansion"
    a = _spread_over_engines(lengths, main_engine, "angstrom", method)
    result: dict[str, AnyQuantity] = {
        "lattice_a": a,
        "volume_per_formula": _spread_over_engines(
            {name: structure.volume / units for name, structure in by_engine.items()},
            main_engine,
            "angstrom^3",
            "volume of the relaxed cell per formula unit, 0 K, no zero-point expansion",
        ),
        "density": _spread_over_engines(
            {name: float(structure.density) for name, structure in by_engine.items()},
            main_engine,
            "g/cm^3",
            "mass over volume of the relaxed cell, natural isotopes, 0 K",
        ),
    }
    result.update(_reported(formula, a))
    return result


def _pseudo_cubic_method(settings: str, cells: float) -> str:
    shape = "cubic lattice parameter" if abs(cells - 1.0) < 1e-9 else "pseudo-cubic lattice parameter"
    return f"{shape}, (V / {cells:g} X3BA cells)^(1/3) of the relaxed cell ({settings}), 0 K, no zero-point expansion"


def _spread_over_engines(values: dict[str, float], lead: str, unit: str, method: str) -> Quantity:
    deviation = spread(list(values.values()))
    if deviation is None:
        method += "; no uncertainty: one engine only"
    else:
        method += f"; uncertainty: sample standard deviation over {', '.join(values)}"
    return Quantity(
        value=values[lead], uncertainty=deviation, unit=unit, n=len(values), method=method, source=f"engine {lead}"
    )


def reported_phase(formula: Formula) -> ReferencePhase | None:
    """Return the shipped crystal facts of the same compound as a cubic anti-perovskite, if there are any."""
    from antiperovskite.stability.phases import phase_elements

    for phase in reference_phases().values():
        cubic = phase.spacegroup == "Pm-3m" and phase.kind == "antiperovskite"
        if cubic and same_composition(phase_elements(phase), formula.elements):
            return phase
    return None


def _reported(formula: Formula, computed: Quantity) -> dict[str, AnyQuantity]:
    phase = reported_phase(formula)
    if phase is None:
        return {}
    trust = f"trust of the shipped crystal facts: {phase.trust}"
    reported = Quantity(
        value=phase.lattice.a,
        uncertainty=None,
        unit="angstrom",
        method=f"reported cubic lattice parameter ({trust}); no uncertainty in the shipped facts",
        source=phase.source,
    )
    deviation = Quantity(
        value=100.0 * (computed.value / phase.lattice.a - 1.0),
        uncertainty=None if computed.uncertainty is None else 100.0 * computed.uncertainty / phase.lattice.a,
        unit="%",
        n=computed.n,
        method="computed over reported lattice parameter minus one; thermal expansion (about +0.5 to 1 % to room "
        "temperature) is not in the computed value",
        source=f"{computed.source}; {phase.source}",
    )
    return {"lattice_a_reported": reported, "lattice_a_deviation": deviation}


def visibility_quantities(patterns: tuple[PowderPattern, ...]) -> dict[str, AnyQuantity]:
    """Visibility of each light element in each pattern, as ``visibility_xray_Li`` and the like."""
    result: dict[str, AnyQuantity] = {}
    for pattern in patterns:
        label = pattern.radiation if not pattern.isotopes else f"{pattern.radiation}_deuterated"
        for element, quantity in pattern.visibility.items():
            result[f"visibility_{label}_{element}"] = quantity
    return result


def not_computed(names_and_units: dict[str, str], reason: str) -> dict[str, AnyQuantity]:
    """Say of each quantity that it was not computed, and why."""
    return {name: NotComputed(unit=unit, method=reason) for name, unit in names_and_units.items()}


def make_patterns(model: StructureModel, formula: Formula) -> tuple[PowderPattern, ...]:
    """X-ray and neutron patterns; with hydrogen also the neutron pattern of the deuterated sample."""
    from antiperovskite.diffraction import powder_pattern

    patterns = [
        powder_pattern(model, "xray"),
        powder_pattern(model, "neutron"),
    ]
    if "H" in formula.elements:
        patterns.append(powder_pattern(model, "neutron", isotopes={"H": "D"}))
    return tuple(patterns)
