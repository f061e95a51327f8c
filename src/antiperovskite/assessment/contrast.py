"""Could a diffractometer tell the dry from the hydrated compound? The comparison behind the Li3OCl confusion."""

from __future__ import annotations

from antiperovskite.composition.model import Formula
from antiperovskite.diffraction import powder_pattern
from antiperovskite.diffraction.compare import pattern_distance
from antiperovskite.diffraction.model import Radiation
from antiperovskite.ions import ion
from antiperovskite.quantity import Quantity
from antiperovskite.structures.average import average_cubic

MEASUREMENTS: tuple[tuple[Radiation, dict[str, str]], ...] = (("xray", {}), ("neutron", {}), ("neutron", {"H": "D"}))


def dry_and_hydrated(formula: Formula) -> tuple[str, str] | None:
    """Return (cation, A ion) where the formula is X3OA or X2OHA with one alkali metal and one atomic A ion."""
    sites = formula.sites
    if formula.framework != "3D" or len(sites.X) != 1 or len(sites.A) != 1 or list(sites.B) not in (["O"], ["OH"]):
        return None
    cation, anion = next(iter(sites.X)), next(iter(sites.A))
    if ion(cation).charge != 1 or ion(anion).is_cluster or not formula.stoichiometric:
        return None
    return cation, anion


def contrast_quantities(formula: Formula, lattice: Quantity) -> dict[str, Quantity]:
    """Distance between the patterns of average X3OA and X2OHA on one lattice, for each kind of measurement.

    One lattice parameter is used for both, so that only the content differs: real samples of the two have lattice
    parameters that overlap between studies.
    """
    pair = dry_and_hydrated(formula)
    if pair is None:
        return {}
    a = lattice.magnitude("angstrom")
    dry, hydrated = (average_cubic(*pair, a, hydroxide) for hydroxide in (0.0, 1.0))
    result: dict[str, Quantity] = {}
    for radiation, isotopes in MEASUREMENTS:
        patterns = [powder_pattern(structure, radiation, isotopes=isotopes) for structure in (dry, hydrated)]
        name = f"dry_hydrated_contrast_{radiation}{'_deuterated' if isotopes else ''}"
        result[name] = Quantity(
            value=pattern_distance(*patterns),
            uncertainty=None,
            unit="1",
            method=(
                f"sum |I_dry - k I_hydrated| / sum I_dry with the scale k refined, average cubic {pair[0]}3O{pair[1]} "
                f"and {pair[0]}2O{'D' if isotopes else 'H'}{pair[1]} (vacancies and OH directions spread evenly) on "
                "one lattice, static atoms; no uncertainty: noise-free ideal patterns"
            ),
            source=patterns[0].source,
            citations=patterns[0].citations,
        )
    return result
