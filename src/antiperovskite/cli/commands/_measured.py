"""What ``identify`` and ``refine`` are given: a radiation, and phases by formula, reference name or CIF."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from antiperovskite.diffraction.data_files import MeasuredPattern
    from antiperovskite.diffraction.model import Radiation

BUILT_SEARCH = 0.03
KNOWN_SEARCH = 0.01
SURFACE_PHASES = {
    # What air, water and leftover precursors leave in samples, by cation; {A} is each halide of the candidates.
    "Li": ("Li{A}", "Li{A}.H2O", "Li4(OH)3{A}", "Li2CO3", "LiOH", "LiOH.H2O", "Li2O"),
    "Na": ("Na{A}", "Na2CO3", "NaOH", "Na2O"),
}


class Named(NamedTuple):
    """A structure, what it is called, how far its lattice may be off (relative), and what must be said about it."""

    structure: Any
    name: str
    lattice_search: float
    notes: tuple[str, ...] = ()


class Light(NamedTuple):
    """Radiation with its wavelengths and weights (``None``: the file's)."""

    radiation: Radiation
    wavelengths: list[tuple[float, float]] | float | None
    note: str


def read_measurement(
    file: Path, two_theta: tuple[float, float] | None, radiation: str | None, wavelength: float | None
) -> tuple[MeasuredPattern, Light]:
    """Read a pattern, cut it to the angles asked for, and say with what radiation it was measured."""
    from antiperovskite.diffraction.data_files import read_pattern

    pattern = read_pattern(file)
    if two_theta is not None:
        pattern = pattern.cut(*two_theta)
    return pattern, read_radiation(radiation, wavelength, pattern.wavelength)


def read_radiation(text: str | None, wavelength: float | None, in_file: float | None) -> Light:
    """Read ``cu-ka``, ``mo-ka1``, ``xray``, ``neutron`` with an optional wavelength.

    Raises
    ------
    OptionError
        An unknown radiation, or a tube and a wavelength at once.
    """
    from antiperovskite.diffraction.sources import source_names, tube
    from antiperovskite.errors import OptionError, one_line

    name = re.sub(r"[-_ ]", "", (text or "").lower())
    tubes = {known.lower(): known for known in source_names()}
    if name in tubes:
        if wavelength is not None:
            raise OptionError(f"--radiation {text} already says the wavelengths; leave out --wavelength or use xray")
        beam = tube(tubes[name])
        return Light("xray", list(beam.spectrum), beam.source)
    if name not in ("", "xray", "neutron"):
        known = ", ".join(["xray", "neutron", *(n[:2].lower() + "-" + n[2:].lower() for n in source_names())])
        raise OptionError(f"unknown radiation {one_line(text, 20)!r}; use {known}")
    if wavelength is not None:
        return Light("neutron" if name == "neutron" else "xray", wavelength, "wavelength given")
    if in_file is not None:
        said = f"wavelength {in_file:g} angstrom from the file, taken as one line (--radiation cu-ka for a doublet)"
        return Light("neutron" if name == "neutron" else "xray", None, said)
    if name == "neutron":
        raise OptionError("the file does not say the neutron wavelength; give --wavelength in angstrom")
    return Light("xray", list(tube("CuKa").spectrum), "no wavelength given or in the file: Cu K-alpha1 and K-alpha2")


def find_phases(target: str, *, every: bool) -> list[Named]:
    """Structures of a CIF, a reference phase (by name or formula), a numbered candidate or a formula.

    Parameters
    ----------
    every
        All models of the formula (orderings, the disordered cubic one, polymorphs) instead of the first.

    Raises
    ------
    InputError
        No such file or formula.
    """
    from antiperovskite.cli.commands._crystals import looks_like_path, read_crystal

    target = target.strip()
    if looks_like_path(target):
        structure, notes = read_crystal(target)
        return [Named(structure, Path(target).stem, KNOWN_SEARCH, notes)]
    known = reference_structures(target)
    if known:
        return known if every else known[:1]
    structure, notes = read_crystal(target)
    if "#" in target or not every:
        return [Named(structure, target, BUILT_SEARCH, notes)]
    return _models(target, notes)


def _models(formula: str, notes: tuple[str, ...]) -> list[Named]:
    """Ordered candidates of an anti-perovskite formula, and its disordered cubic average where there is one."""
    from antiperovskite.cli.commands._crystals import candidates
    from antiperovskite.structures.average import average_cubic

    found = candidates(formula)
    rows = [Named(model, f"{formula}#{k}", BUILT_SEARCH, notes) for k, model in enumerate(found, start=1)]
    if len(rows) == 1:
        rows = [rows[0]._replace(name=formula)]
    hydrated = re.fullmatch(r"(Li|Na)2OH(F|Cl|Br|I)", formula)
    if hydrated:
        a = (found[0].to_pymatgen().volume / found[0].cubic_cells) ** (1.0 / 3.0)
        average = average_cubic(hydrated[1], hydrated[2], a, 1.0)
        rows.append(Named(average, f"{formula} cubic, disordered", BUILT_SEARCH, notes))
    return rows


def reference_structures(target: str) -> list[Named]:
    """Reference phases of this name, or of this formula (several for polymorphs)."""
    from pymatgen.core import Composition

    from antiperovskite.stability.phases import build_phase, reference_phases

    phases = reference_phases()
    if target in phases:
        chosen = [phases[target]]
    else:
        try:
            wanted = Composition(target).reduced_formula
        except (ValueError, KeyError):
            return []
        chosen = [phase for phase in phases.values() if Composition(phase.formula).reduced_formula == wanted]
    return [
        Named(
            build_phase(phase),
            target if len(chosen) == 1 else phase.name,
            KNOWN_SEARCH,
            (f"{phase.name}: {phase.source} ({phase.trust})",),
        )
        for phase in chosen
    ]


def surface_phases(elements: set[str]) -> tuple[list[Named], dict[str, str]]:
    """Contaminants that fit the candidates' elements, and those no structure is shipped of, with the reason."""
    found: list[Named] = []
    missing: dict[str, str] = {}
    halides = [symbol for symbol in ("F", "Cl", "Br", "I") if symbol in elements]
    for cation, patterns in SURFACE_PHASES.items():
        if cation not in elements:
            continue
        names = [p.format(A=a) for p in patterns for a in (halides if "{A}" in p else [""])]
        for name in dict.fromkeys(names):
            structures = reference_structures(name)
            found += structures
            if not structures:
                missing[name] = "no structure is shipped; give its CIF as a candidate to look for it"
    return found, missing
