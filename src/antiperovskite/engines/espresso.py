"""Quantum ESPRESSO through ASE, for users who have ``pw.x`` and pseudopotentials.

P. Giannozzi et al., J. Phys.: Condens. Matter 2017, 29, 465901 (10.1088/1361-648X/aa8f79). Input, errors and reading of
the output are tested with a stand-in for ``pw.x``; no result shipped with this package comes from this engine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from antiperovskite._model import Model
from antiperovskite.engines.electrons import METALS, spin_reason
from antiperovskite.engines.gpaw import GPAWSettings
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError, EngineError, MissingEngineError, OptionError, one_line

PSEUDO_VARIABLE = "ESPRESSO_PSEUDO"
COMMAND_VARIABLE = "ANTIPEROVSKITE_PW"
_DEFAULT_CUTOFF_RY, _DENSITY_FACTOR = 80.0, 8.0
_RELATIVE = re.compile(r"^([A-Z][a-z]?)[._-].*\.upf$", re.IGNORECASE)


class Pseudopotential(Model):
    """One file and the cutoffs (Ry) it is recommended with."""

    filename: str
    cutoff_wfc: float = _DEFAULT_CUTOFF_RY
    cutoff_rho: float = _DEFAULT_CUTOFF_RY * _DENSITY_FACTOR


@dataclass(frozen=True)
class EspressoEngine:
    """Plane waves with the user's pseudopotentials; the functional is theirs."""

    card: EngineCard
    settings: GPAWSettings = field(default_factory=GPAWSettings)

    def calculator(self) -> Any:
        """Return a fresh ASE calculator.

        Raises
        ------
        MissingEngineError
            ``pw.x`` or the directory of pseudopotentials is missing; the message says how to name them.
        """
        return _make_calculator(self, pw_command(), pseudo_directory())


def pw_command() -> str:
    """Return the command that starts ``pw.x``: ``ANTIPEROVSKITE_PW`` or ``pw.x`` on the path."""
    given = os.environ.get(COMMAND_VARIABLE, "").strip()
    program = (given.split() or ["pw.x"])[0]
    if shutil.which(program) is None:
        raise MissingEngineError(
            f"engine 'espresso' needs Quantum ESPRESSO, and {one_line(program)!r} is not a program on the path; "
            "install: apt-get install quantum-espresso, or set "
            f"{COMMAND_VARIABLE} to the command (e.g. 'mpirun -np 4 pw.x')"
        )
    return given or "pw.x"


def pseudo_directory() -> Path:
    """Return the directory of pseudopotentials named by ``ESPRESSO_PSEUDO``."""
    given = os.environ.get(PSEUDO_VARIABLE, "")
    if not given:
        raise MissingEngineError(
            f"engine 'espresso' needs pseudopotentials, which Debian's package does not bring: set {PSEUDO_VARIABLE} "
            "to a directory of PBE .upf files, for example of the SSSP library with its .json file of cutoffs"
        )
    path = Path(given)
    if not path.is_dir():
        raise OptionError(f"{PSEUDO_VARIABLE}={one_line(given)!r} is not a directory; set it to one with .upf files")
    return path


def find_pseudopotentials(directory: Path, elements: Sequence[str]) -> dict[str, Pseudopotential]:
    """Choose one pseudopotential an element: from a JSON table in the directory (SSSP's format), else by file name.

    Raises
    ------
    EngineError
        An element has no file, or several and no table to choose by.
    DataError
        The JSON table cannot be read.
    """
    table = _table(directory)
    files = sorted(path.name for path in directory.iterdir() if path.suffix.lower() == ".upf")
    chosen: dict[str, Pseudopotential] = {}
    for element in sorted(set(elements)):
        if element in table:
            if table[element].filename not in files:
                raise EngineError(f"{directory} lists {table[element].filename} for {element} but does not hold it")
            chosen[element] = table[element]
            continue
        matches = [name for name in files if (m := _RELATIVE.match(name)) and m[1].capitalize() == element]
        if len(matches) != 1:
            found = "none" if not matches else f"{len(matches)} ({', '.join(matches[:3])})"
            raise EngineError(
                f"one pseudopotential of {element} is needed in {directory}, found {found}; keep one file named "
                f'\'{element}.….upf\' or add a .json table {{"{element}": {{"filename": …, "cutoff_wfc": …}}}}'
            )
        chosen[element] = Pseudopotential(filename=matches[0])
    return chosen


def _table(directory: Path) -> dict[str, Pseudopotential]:
    """Read the one JSON table of a directory; SSSP's has more keys than are needed."""
    tables = sorted(directory.glob("*.json"))
    if not tables:
        return {}
    if len(tables) > 1:
        raise DataError(f"{directory} holds {len(tables)} .json tables; keep the one to choose pseudopotentials by")
    try:
        rows = json.loads(tables[0].read_text(encoding="utf-8"))
        wanted = Pseudopotential.model_fields
        return {
            element: Pseudopotential(**{key: value for key, value in row.items() if key in wanted})
            for element, row in rows.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise DataError(f"{tables[0]} is not a table of pseudopotentials: {one_line(error, 160)}") from error


def input_data(symbols: Sequence[str], pseudopotentials: dict[str, Pseudopotential]) -> dict[str, dict[str, Any]]:
    """Return the namelists of ``pw.x``: fixed occupations for salts, cold smearing for metals."""
    metallic = set(symbols) <= METALS
    system: dict[str, Any] = {
        "ecutwfc": max(pseudo.cutoff_wfc for pseudo in pseudopotentials.values()),
        "ecutrho": max(pseudo.cutoff_rho for pseudo in pseudopotentials.values()),
        "occupations": "smearing" if metallic else "fixed",
    }
    if metallic:
        system |= {"smearing": "cold", "degauss": 0.01}
    return {
        "control": {"calculation": "scf", "tprnfor": True, "tstress": True, "disk_io": "none"},
        "system": system,
        "electrons": {"conv_thr": 1e-9 * len(symbols), "electron_maxstep": 200},
    }


def _make_calculator(engine: EspressoEngine, command: str, directory: Path) -> Any:
    """Run ``pw.x`` anew for every geometry, in a directory that is removed afterwards."""
    from ase.calculators.calculator import Calculator, all_changes

    class EspressoFreshCalculator(Calculator):  # type: ignore[misc]  # ase is untyped
        implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012  # ase reads the class

        def calculate(
            self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes
        ) -> None:
            super().calculate(atoms, properties, system_changes)
            self.results = _run(engine, self.atoms, command, directory)

    return EspressoFreshCalculator()


def _run(engine: EspressoEngine, atoms: Any, command: str, directory: Path) -> dict[str, Any]:
    from ase.calculators.espresso import Espresso, EspressoProfile

    symbols = atoms.get_chemical_symbols()
    reason = spin_reason(symbols)
    if reason is not None:
        raise EngineError(
            f"{engine.card.name} is closed-shell and {atoms.get_chemical_formula('metal')} is not ({reason}): the "
            "energy would be wrong"
        )
    pseudopotentials = find_pseudopotentials(directory, symbols)
    copy = atoms.copy()
    copy.set_constraint()
    with tempfile.TemporaryDirectory(prefix="antiperovskite-pw-") as scratch:
        copy.calc = Espresso(
            profile=EspressoProfile(command=command, pseudo_dir=directory.resolve()),
            directory=scratch,
            pseudopotentials={element: pseudo.filename for element, pseudo in pseudopotentials.items()},
            input_data=input_data(symbols, pseudopotentials),
            kpts=engine.settings.k_points(copy.cell.array, symbols),
        )
        try:
            energy, forces, stress = copy.get_potential_energy(), copy.get_forces(), copy.get_stress()
        except Exception as error:
            raise EngineError(
                f"pw.x failed for {atoms.get_chemical_formula('metal')}: {_last_words(scratch, error)}"
            ) from error
    return {"energy": float(energy), "free_energy": float(energy), "forces": forces, "stress": stress}


def _last_words(scratch: str, error: Exception) -> str:
    """What ``pw.x`` itself said, in one line; else the exception."""
    output = Path(scratch) / "espresso.pwo"
    text = output.read_text(encoding="utf-8", errors="replace") if output.is_file() else ""
    complaint = re.search(r"Error in routine[^\n]*\n([^\n%]*)", text)
    if complaint:
        return one_line(complaint[0], 200)
    if "convergence NOT achieved" in text:
        return "the self-consistent field did not converge"
    if "!    total energy" not in text:
        return one_line(f"it ended without a total energy ({type(error).__name__}: {error}", 200) + ")"
    return one_line(f"{type(error).__name__}: {error}", 200)


def create_espresso() -> EspressoEngine:
    """Quantum ESPRESSO with the user's own pseudopotentials."""
    card = EngineCard(
        name="espresso",
        version="pw.x of the user",
        description="Quantum ESPRESSO through ASE, closed shell, Gamma-centred k-points 0.3 1/angstrom apart",
        reference_method="the functional of the user's pseudopotentials",
        energy_scale="espresso",
        licence="GPL-2.0-or-later (not shipped; installed by the user)",
        known_bias=(
            "input, output and errors were tested with a stand-in, not with a real pw.x and real pseudopotentials",
            "energies depend on the user's pseudopotentials: sets of two libraries share no scale",
            "closed shell: refuses open d shells, molecular oxygen and odd electron counts outside metals",
        ),
        citations=("giannozzi2009", "giannozzi2017", "larsen2017"),
        for_verdicts=False,
    )
    return EspressoEngine(card)
