"""PAW data sets of the GPAW engines: those of ``gpaw-data``, and lithium with its 1s electrons in the valence.

The lithium set of ``gpaw-data`` freezes 1s. Li 1s is polarised by neighbouring oxide: against three valence electrons
the frozen core gives Li2O + LiCl -> Li3OCl 8 meV per formula unit less and Li2O a lattice 0.8 % larger. GPAW's own
generator makes the three-electron set from its own recipe in a second, so it is made on first use and kept.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from antiperovskite._model import Model
from antiperovskite.errors import EngineError, MissingEngineError

GENERATED: Final[dict[str, tuple[str, int]]] = {"Li": ("3e", 3)}
"""Element -> (tag, valence electrons) of the data sets that are made with ``gpaw dataset``."""


class PAWSetup(Model):
    """The PAW data set one element was described with."""

    element: str
    name: str
    valence_electrons: int
    md5: str
    made_with: str


def generated_directory(gpaw_version: str) -> Path:
    """Where the generated data sets of one GPAW version are kept."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("antiperovskite")) / f"gpaw-setups-{gpaw_version}"


def require_setups(engine_name: str, functional: str, install_line: str) -> None:
    """Make sure that PAW data sets are found, and that the generated ones exist and are on GPAW's search path.

    ``gpaw-data`` announces its own directory; no environment variable is needed.

    Raises
    ------
    MissingEngineError
        No data sets are installed.
    EngineError
        GPAW's generator failed.
    """
    import gpaw

    places = [Path(path) for path in gpaw.setup_paths]
    if not any(place.is_dir() and any(place.glob(f"*.{functional}*")) for place in places):
        looked = ", ".join(str(place) for place in places) or "nowhere"
        raise MissingEngineError(
            f"engine {engine_name!r} finds no PAW data sets for {functional} (looked in {looked}); install: "
            f"{install_line}"
        )
    directory = generated_directory(gpaw.__version__)
    for element, (tag, electrons) in GENERATED.items():
        if not (directory / f"{element}.{tag}.{functional}").is_file():
            _generate(directory, element, tag, electrons, functional)
    if str(directory) not in [str(place) for place in places]:
        gpaw.setup_paths.insert(0, str(directory))


def _generate(directory: Path, element: str, tag: str, electrons: int, functional: str) -> None:
    """Run ``gpaw dataset`` and move its file into place in one step, so that no half-written set is ever read."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        arguments = ["dataset", "-f", functional, "-e", str(electrons), "-w", "-t", tag, element]
        done = subprocess.run(
            [sys.executable, "-m", "gpaw", *arguments], cwd=scratch, capture_output=True, text=True, check=False
        )
        made = Path(scratch) / f"{element}.{tag}.{functional}"
        if done.returncode or not made.is_file():
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
            raise EngineError(f"'gpaw {' '.join(arguments)}' failed: {' '.join(last[0].split())[:200]}")
        made.replace(directory / made.name)


def describe_setups(elements: Sequence[str], functional: str) -> tuple[PAWSetup, ...]:
    """Say which data set each element is described with (call :func:`require_setups` before)."""
    import gpaw
    from gpaw.setup_data import SetupData

    described: list[PAWSetup] = []
    for element in sorted(set(elements)):
        tag = GENERATED.get(element, ("", 0))[0]
        data = SetupData(element, functional, name=tag or "paw")
        stem = f"{element}.{tag}.{functional}" if tag else f"{element}.{functional}"
        described.append(
            PAWSetup(
                element=element,
                name=stem,
                valence_electrons=int(data.Nv),
                md5=str(data.fingerprint or _digest(stem)),
                made_with=f"gpaw dataset of GPAW {gpaw.__version__}" if tag else _data_version(),
            )
        )
    return tuple(described)


def _data_version() -> str:
    from antiperovskite.engines.lazy import installed_version

    return installed_version("gpaw-data")


def _digest(stem: str) -> str:
    import gpaw

    for place in gpaw.setup_paths:
        for path in (Path(place) / f"{stem}.gz", Path(place) / stem):
            if path.is_file():
                return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return ""
