"""GPAW (PBE, plane waves, PAW): density-functional theory as the judge of the machine-learned engines.

J. J. Mortensen et al., J. Chem. Phys. 2024, 160, 092503 (10.1063/5.0182685). One calculation of a five-atom cell takes
seconds, of forty atoms minutes: this engine is for deciding single reactions, not for screening.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.engines.electrons import METALS, OPEN_D_SHELL, spin_reason
from antiperovskite.engines.gpaw_setups import GENERATED, PAWSetup, describe_setups, require_setups
from antiperovskite.engines.lazy import installed_version
from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.threads import limit_threads
from antiperovskite.errors import EngineError, MissingEngineError

GPAW_VERSION = "26.7.0"
GPAW_DATA_VERSION = "1.2.1"
INSTALL = (
    "apt-get install g++ libxc-dev libopenblas-dev libfftw3-dev; "
    """printf 'libraries = ["xc", "openblas", "fftw3"]\\nfftw = True\\nscalapack = False\\n' > siteconfig.py; """
    f"GPAW_CONFIG=$PWD/siteconfig.py CC=g++ pip install gpaw=={GPAW_VERSION} gpaw-data=={GPAW_DATA_VERSION}"
)
"""The commands that install GPAW on Debian or Ubuntu, with the versions the shipped results were computed with."""

_SYMMETRY_TOLERANCE = 1e-4  # angstrom; shipped structures are rounded to 1e-6
_INITIAL_MOMENT = 1.0  # mu_B on atoms without d electrons; the calculation finds the rest
_INITIAL_MOMENT_3D = 3.0


class GPAWSettings(Model):
    """Everything numerical that an energy depends on beside the structure.

    Spacings of the Gamma-centred k-point grids are in 1/angstrom with the factor 2 pi in the reciprocal lattice.
    """

    functional: str = "PBE"
    cutoff: float = Field(default=800.0, description="plane waves, eV")
    k_spacing: float = Field(default=0.3, description="1/angstrom")
    k_spacing_metal: float = Field(default=0.12, description="1/angstrom, where all elements are metals")
    smearing: float = Field(default=0.05, description="width of the Fermi-Dirac distribution, eV")
    energy_convergence: float = Field(default=1e-6, description="eV per valence electron")
    density_convergence: float = Field(default=1e-5, description="electrons per valence electron")
    spin_polarised: bool = False

    def k_points(self, cell: Any, symbols: Sequence[str]) -> tuple[int, int, int]:
        """Return the grid for a cell (rows in angstrom): N_i = ceil(|b_i| / spacing)."""
        import numpy as np

        spacing = self.k_spacing_metal if set(symbols) <= METALS else self.k_spacing
        lengths = 2.0 * np.pi * np.linalg.norm(np.linalg.inv(np.asarray(cell, dtype=float)), axis=0)
        first, second, third = (max(1, int(np.ceil(length / spacing - 1e-6))) for length in lengths)
        return first, second, third

    def text(self) -> str:
        """Say the settings in one line."""
        return (
            f"{self.functional}, plane waves to {self.cutoff:g} eV, Gamma-centred k-points {self.k_spacing:g} "
            f"1/angstrom apart ({self.k_spacing_metal:g} in metals), Fermi-Dirac smearing {self.smearing:g} eV with "
            f"the energy extrapolated to zero, {'spin-polarised' if self.spin_polarised else 'closed shell'}"
        )


@dataclass(frozen=True)
class GPAWEngine:
    """One set of numerical settings; the package is imported at the first call of :meth:`calculator`."""

    card: EngineCard
    settings: GPAWSettings = field(default_factory=GPAWSettings)
    log: str | None = None

    def with_settings(self, **changes: Any) -> GPAWEngine:
        """Return the same engine with other numerical settings, e.g. ``k_spacing=0.4`` for a relaxation."""
        return replace(self, settings=self.settings.model_copy(update=changes))

    def calculator(self) -> Any:
        """Return a fresh ASE calculator: energy (extrapolated to zero smearing), forces and stress.

        Raises
        ------
        MissingEngineError
            GPAW or its PAW data sets are not installed; the message holds the commands.
        """
        self._prepare()
        return _make_calculator(self)

    def setups(self, elements: Sequence[str]) -> tuple[PAWSetup, ...]:
        """Return which PAW data sets the elements are described with."""
        self._prepare()
        return describe_setups(elements, self.settings.functional)

    def _prepare(self) -> None:
        limit_threads()
        import_gpaw(self.card.name)
        require_setups(self.card.name, self.settings.functional, f"pip install gpaw-data=={GPAW_DATA_VERSION}")


def import_gpaw(engine_name: str = "gpaw-pbe") -> Any:
    """Import GPAW.

    Raises
    ------
    MissingEngineError
        It is not installed, or its compiled part does not load.
    """
    try:
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore", DeprecationWarning)
            import gpaw
            import gpaw.dft
    except ImportError as error:
        raise MissingEngineError(
            f"engine {engine_name!r} needs GPAW ({' '.join(str(error).split())[:160]}); install (Debian, Ubuntu): "
            f"{INSTALL}; then check with: antiperovskite dft check"
        ) from error
    return gpaw


def _make_calculator(engine: GPAWEngine) -> Any:
    """Wrap GPAW so that every geometry starts anew: the same structure gives the same number in any order."""
    from ase.calculators.calculator import Calculator, all_changes

    class GPAWFreshCalculator(Calculator):  # type: ignore[misc]  # ase is untyped
        implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012  # ase reads the class

        def calculate(
            self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes
        ) -> None:
            super().calculate(atoms, properties, system_changes)
            self.results = _run(engine, self.atoms)

    return GPAWFreshCalculator()


def _run(engine: GPAWEngine, atoms: Any) -> dict[str, Any]:
    """Energy, forces and stress of one structure."""
    settings = engine.settings
    symbols = atoms.get_chemical_symbols()
    reason = None if settings.spin_polarised else spin_reason(symbols)
    if reason is not None:
        raise EngineError(
            f"{engine.card.name} is closed-shell and {atoms.get_chemical_formula('metal')} is not ({reason}): the "
            "energy would be wrong; use engine 'gpaw-pbe-spin'"
        )
    copy = atoms.copy()
    copy.set_constraint()
    if settings.spin_polarised:
        copy.set_initial_magnetic_moments([_initial_moment(symbol) for symbol in symbols])
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        copy.calc = _gpaw(settings, copy, engine.log)
        energy = float(copy.get_potential_energy())
        free_energy = float(copy.get_potential_energy(force_consistent=True))
        return {
            "energy": energy,
            "free_energy": free_energy,
            "forces": copy.get_forces(),
            "stress": copy.get_stress(),
        }


def _initial_moment(symbol: str) -> float:
    return _INITIAL_MOMENT_3D if symbol in OPEN_D_SHELL else _INITIAL_MOMENT


def _gpaw(settings: GPAWSettings, atoms: Any, log: str | None) -> Any:
    from gpaw.dft import GPAW

    symbols = atoms.get_chemical_symbols()
    return GPAW(
        mode={"name": "pw", "ecut": settings.cutoff},
        xc=settings.functional,
        kpts={"size": settings.k_points(atoms.cell.array, symbols), "gamma": True},
        occupations={"name": "fermi-dirac", "width": settings.smearing},
        # glide planes and screw axes halve the k-points of ice, LiOH, NaOH and Li2O2
        symmetry={"symmorphic": False, "tolerance": _SYMMETRY_TOLERANCE},
        convergence={"energy": settings.energy_convergence, "density": settings.density_convergence},
        setups={element: tag for element, (tag, _) in GENERATED.items() if element in symbols},
        spinpol=settings.spin_polarised,
        txt=log,
    )


def _card(name: str, settings: GPAWSettings) -> EngineCard:
    return EngineCard(
        name=name,
        version=f"{installed_version('gpaw')}, {installed_version('gpaw-data')}",
        description=f"GPAW, density-functional theory: {settings.text()}",
        reference_method="PBE (it is PBE; no U)",
        energy_scale=name,
        licence="GPL-3.0-or-later (not shipped; installed by the user)",
        known_bias=(
            "PBE itself: lattice parameters of salts about +1 %, oxidation energies of oxides off by tenths of an eV, "
            "no dispersion",
            "measured convergence of Li2O + LiCl -> Li3OCl: 0.1 meV from k-points 0.33 to 0.2 1/angstrom apart, "
            "0.6 meV from 700 to 1000 eV",
            *(
                ("ferromagnetic start; antiferromagnetic order is not searched",)
                if settings.spin_polarised
                else ("closed shell: refuses open d shells, molecular oxygen and odd electron counts outside metals",)
            ),
        ),
        citations=("mortensen2024", "enkovaara2010", "perdew1996", "larsen2017"),
    )


def create_gpaw_pbe() -> GPAWEngine:
    """GPAW with PBE, closed shell: the judge of the shipped reactions."""
    settings = GPAWSettings()
    return GPAWEngine(_card("gpaw-pbe", settings), settings)


def create_gpaw_pbe_spin() -> GPAWEngine:
    """GPAW with PBE, spin-polarised: for open shells; ferromagnetic order only."""
    settings = GPAWSettings(spin_polarised=True)
    return GPAWEngine(_card("gpaw-pbe-spin", settings), settings)
