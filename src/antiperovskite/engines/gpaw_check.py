"""Is GPAW installed so that it computes? Each requirement on its own line, ending in one tiny calculation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from antiperovskite._model import Model
from antiperovskite.engines.gpaw import (
    GPAW_DATA_VERSION,
    GPAW_VERSION,
    INSTALL,
    GPAWEngine,
    create_gpaw_pbe,
    import_gpaw,
)
from antiperovskite.engines.gpaw_setups import require_setups
from antiperovskite.errors import AntiperovskiteError, one_line

_INCLUDE = (Path("/usr/include"), Path("/usr/local/include"))
_HEADERS = {"libxc-dev": ("xc.h",), "libfftw3-dev": ("fftw3.h",), "libopenblas-dev": ("cblas.h", "openblas")}
_TINY = {"cutoff": 400.0, "k_spacing": 0.8}
_TINY_ENERGY, _TINY_TOLERANCE = -7.254, 0.02  # eV, LiCl with these settings (-7.35 at full ones)


class Requirement(Model):
    """One thing GPAW needs, and what to do where it is missing."""

    name: str
    fulfilled: bool
    found: str
    remedy: str = ""


class InstallCheck(Model):
    """JSON contract of ``antiperovskite dft check``."""

    works: bool
    requirements: tuple[Requirement, ...]
    install: str = INSTALL


def check_installation() -> InstallCheck:
    """Check GPAW step by step; what is needed for building it is looked at only where it is not installed."""
    requirements = [_package()]
    if not requirements[0].fulfilled:
        requirements += [_compiler(), *(_header(package, names) for package, names in _HEADERS.items())]
        return InstallCheck(works=False, requirements=tuple(requirements))
    requirements.append(_setups())
    if requirements[-1].fulfilled:
        requirements.append(_tiny_calculation(create_gpaw_pbe()))
    return InstallCheck(works=all(r.fulfilled for r in requirements), requirements=tuple(requirements))


def _package() -> Requirement:
    name = "GPAW with its compiled part"
    try:
        found = import_gpaw().__version__
    except AntiperovskiteError as error:
        cause = error.__cause__ or error
        return Requirement(name=name, fulfilled=False, found=one_line(cause, 200), remedy=INSTALL)
    note = "" if found == GPAW_VERSION else f" (shipped results: {GPAW_VERSION}; energies may differ by some meV)"
    return Requirement(name=name, fulfilled=True, found=f"{found}{note}")


def _compiler() -> Requirement:
    found = shutil.which("g++")
    return Requirement(
        name="C++ compiler (to build GPAW)",
        fulfilled=found is not None,
        found=found or "no g++ on the path",
        remedy="" if found else "apt-get install g++",
    )


def _header(package: str, names: tuple[str, ...]) -> Requirement:
    """Look where Debian puts headers: in the include directory and its one architecture directory."""
    places = [*_INCLUDE, *(place for root in _INCLUDE if root.is_dir() for place in root.glob("*-linux-gnu*"))]
    found = next((place / name for place in places for name in names if (place / name).exists()), None)
    return Requirement(
        name=f"headers of {package} (to build GPAW)",
        fulfilled=found is not None,
        found=str(found) if found else f"no {' or '.join(names)} in {', '.join(str(place) for place in _INCLUDE)}",
        remedy="" if found else f"apt-get install {package}",
    )


def _setups() -> Requirement:
    name, remedy = (
        "PAW data sets, and the lithium set made with 'gpaw dataset'",
        f"pip install gpaw-data=={GPAW_DATA_VERSION}",
    )
    try:
        require_setups("gpaw-pbe", "PBE", remedy)
    except AntiperovskiteError as error:
        return Requirement(name=name, fulfilled=False, found=one_line(error, 200), remedy=remedy)
    import gpaw

    return Requirement(name=name, fulfilled=True, found=", ".join(str(path) for path in gpaw.setup_paths))


def tiny_crystal() -> Any:
    """Rock-salt LiCl in ASE's clothes, a = 5.15 angstrom."""
    from ase.build import bulk

    return bulk("LiCl", "rocksalt", a=5.15)


def _tiny_calculation(engine: GPAWEngine) -> Requirement:
    """Energy, forces and stress of LiCl at coarse settings: a few seconds, and a number that must come out."""
    name = "a tiny calculation (LiCl, coarse settings)"
    try:
        atoms = tiny_crystal()
        atoms.calc = engine.with_settings(**_TINY).calculator()
        energy, stress = float(atoms.get_potential_energy()), float(abs(atoms.get_stress()).max())
    except Exception as error:  # noqa: BLE001  # whatever breaks inside GPAW is the finding here
        found = one_line(f"{type(error).__name__}: {error}", 200)
        return Requirement(name=name, fulfilled=False, found=found, remedy=f"build GPAW again: {INSTALL}")
    sound = abs(energy - _TINY_ENERGY) < _TINY_TOLERANCE
    return Requirement(
        name=name,
        fulfilled=sound,
        found=f"{energy:.3f} eV, largest stress {stress:.4f} eV/angstrom^3",
        remedy=""
        if sound
        else f"{_TINY_ENERGY} eV is right: GPAW or a library it was built with is at fault; {INSTALL}",
    )
