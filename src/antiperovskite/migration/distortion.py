"""Does a distorted lattice lower the barrier? Tilted structures of a compound, its distortion, and its barriers.

The question of Kim and Siegel, J. Mater. Chem. A 7, 3216 (2019), for M3AX with M = Li, Na; A = O, S, Se; X = F, Cl, Br,
I. Every structure is computed in one 2 x 2 x 2 pseudo-cubic cell of 40 atoms, which all the tilts tried here fit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, MissingReferenceError, StructureError
from antiperovskite.migration.model import Barrier, MigrationStudy
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.model import StructureModel

COMPOUNDS: Final = tuple(f"{m}3{a}{x}" for m in ("Li", "Na") for a in ("O", "S", "Se") for x in ("F", "Cl", "Br", "I"))
TILTS: Final = ("a0a0a0", "a0a0c-", "a-a-a-", "a+b-b-", "a0a0c+")
"""Untilted, and one structure of each usual pattern; the lowest of them need not be the lowest there is."""
CITATIONS: Final = ("kim2019a",)
_ANGLE: Final = 9.0  # degrees, of the starts
_CELL_FMAX: Final = 0.01
_SAME: Final = 0.5  # meV an atom; a tilt that lowers the energy by less is none
_UNSTABLE: Final = 2.0  # meV an atom; a cubic crystal less stable than this turns by itself beside a vacancy
_REACH: Final = 1.3  # of the undistorted hop; longer edges of octahedra are left out
_TWELVE: Final = 12

Report = Callable[[str, str], None]


class Phase(Model):
    """One structure: energy in eV an atom, or why it has none."""

    tilt: str
    spacegroup: str | None
    energy: float | None
    problem: str | None = None


class DistortionRecord(Model):
    """A compound: how distorted its lowest structure is, and the barriers there.

    ``bend_degrees`` is the mean of 180 degrees minus the angle B-X-B, ``spread_percent`` the standard deviation of the
    twelve A-X distances over their mean. ``percolating`` are heights in one, two and three directions.
    """

    formula: str
    engine: EngineCard
    phases: tuple[Phase, ...]
    ground: str
    depth: float = Field(description="meV an atom, undistorted minus lowest")
    bend_degrees: float
    spread_percent: float
    barriers: tuple[Barrier, ...]
    percolating: tuple[AnyQuantity, AnyQuantity, AnyQuantity]
    cubic: AnyQuantity = Field(description="barrier of the undistorted crystal")
    citations: tuple[str, ...]
    notes: tuple[str, ...] = ()


class DistortionSet(Model):
    """Records of one engine by formula; what failed, with the reason."""

    engine: str
    made_by: str
    records: dict[str, DistortionRecord]
    failed: dict[str, str] = Field(default={})


@cache
def distortion_set(engine: str) -> DistortionSet:
    """Return what is shipped for an engine.

    Raises
    ------
    MissingReferenceError
        Nothing is.
    """
    path = package_data("migration", f"distortion-{engine}.json")
    if not path.is_file():
        raise MissingReferenceError(
            f"no study of distortion is shipped for {engine[:60]!r}; compute it with scripts/distortion_study.py"
        )
    return read_record(path, DistortionSet, "a study of distortion")


def distortion(model: StructureModel) -> tuple[float, float]:
    """Mean bend of B-X-B in degrees, and spread of the twelve A-X distances in per cent.

    Examples
    --------
    >>> from antiperovskite.composition import resolve
    >>> from antiperovskite.structures import build_structure
    >>> [round(q, 6) for q in distortion(build_structure(resolve("Li3OCl")))]
    [0.0, 0.0]
    """
    import numpy as np

    crystal = model.to_pymatgen()
    reach = 1.6 * (crystal.volume / model.cubic_cells) ** (1.0 / 3.0)
    near: dict[str, list[list[Any]]] = {"X": [], "A": []}
    for site, role in zip(crystal, model.roles, strict=True):
        if role == "B":
            continue
        wanted = "B" if role == "X" else "X"
        found = [n for n in crystal.get_neighbors(site, reach) if model.roles[n.index] == wanted]
        found.sort(key=lambda n: n.nn_distance)
        near[role].append([site, *found[: 2 if role == "X" else _TWELVE]])
    bends = []
    for site, one, two in near["X"]:
        a, b = one.coords - site.coords, two.coords - site.coords
        cosine = float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))
        bends.append(180.0 - float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))))
    spreads = [
        float(np.std([n.nn_distance for n in shell]) / np.mean([n.nn_distance for n in shell]))
        for _, *shell in near["A"]
    ]
    return float(np.mean(bends)), 100.0 * float(np.mean(spreads))


def pseudo_cubic(model: StructureModel, tilt: str) -> StructureModel:
    """The crystal in the 2 x 2 x 2 pseudo-cubic cell of 40 atoms.

    Raises
    ------
    StructureError
        The tilt does not fit it.
    """
    import numpy as np

    from antiperovskite.migration.cells import expanded
    from antiperovskite.structures.glazer import parse_tilt

    rows = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]) if tilt == TILTS[0] else np.array(parse_tilt(tilt).cell().matrix)
    matrix = 2.0 * np.linalg.inv(rows)
    if abs(matrix - np.round(matrix)).max() > 1e-9:
        raise StructureError(f"{tilt} does not fit a 2 x 2 x 2 cell")
    return expanded(model, np.round(matrix).astype(int), "2 x 2 x 2 pseudo-cubic cell")


def survey(formula: str, engine: Engine, folder: Path, report: Report) -> DistortionRecord:
    """Relax a compound untilted and tilted, and compute the vacancy barriers of the lowest structure.

    Parameters
    ----------
    folder
        Where relaxed cells and forces are kept; the same call again goes on there.

    Raises
    ------
    AntiperovskiteError
        No structure could be relaxed, or no barrier was found.
    """
    phases, models = [], {}
    for tilt in TILTS:
        report("structure", tilt)
        phase, model = _phase(formula, tilt, engine, folder)
        phases.append(phase)
        if model is not None:
            models[tilt] = model
    energies = {p.tilt: p.energy for p in phases if p.energy is not None}
    flat = energies.get(TILTS[0])
    if flat is None:
        raise StructureError(f"the cubic crystal of {formula} was not relaxed: {phases[0].problem}")
    lowest = min(energies, key=lambda tilt: energies[tilt])
    if 1000.0 * (flat - energies[lowest]) < _SAME:
        lowest = TILTS[0]
    depth = 1000.0 * (flat - energies[lowest])
    study, heights = _barriers(models[lowest], lowest, engine, folder, report)
    if lowest == TILTS[0]:
        cubic = heights[2]
    elif depth > _UNSTABLE:
        why = f"undistorted {formula} lies {depth:.1f} meV an atom above {lowest}; beside a vacancy it would turn"
        cubic = NotComputed(unit="eV", method=why, source=engine.card.name)
    else:
        cubic = _barriers(models[TILTS[0]], TILTS[0], engine, folder, report)[1][2]
    bend, spread = distortion(models[lowest])
    return DistortionRecord(
        formula=formula,
        engine=engine.card,
        phases=tuple(phases),
        ground=lowest,
        depth=depth,
        bend_degrees=bend,
        spread_percent=spread,
        barriers=tuple(b.model_copy(update={"path_file": None}) for b in study.barriers),
        percolating=heights,
        cubic=cubic,
        citations=tuple(dict.fromkeys((*study.citations, *CITATIONS))),
        notes=study.notes,
    )


def _phase(formula: str, tilt: str, engine: Engine, folder: Path) -> tuple[Phase, StructureModel | None]:
    from antiperovskite.composition import resolve
    from antiperovskite.migration.study import relaxed_crystal
    from antiperovskite.structures.glazer import parse_tilt
    from antiperovskite.structures.symmetry import spacegroup
    from antiperovskite.structures.variants import build_variant

    try:
        chosen = None if tilt == TILTS[0] else parse_tilt(tilt, (_ANGLE,))
        model = build_variant(resolve(formula), tilt=chosen)
        done = relaxed_crystal(model, engine, folder, fmax=_CELL_FMAX)
    except AntiperovskiteError as error:
        return Phase(tilt=tilt, spacegroup=None, energy=None, problem=str(error)), None
    crystal = done.to_pymatgen()
    found = Phase(tilt=tilt, spacegroup=spacegroup(crystal, 0.02)[0], energy=done.energy / len(crystal))
    return found, model.model_copy(update={"structure": done.structure})


def _barriers(
    model: StructureModel, tilt: str, engine: Engine, folder: Path, report: Report
) -> tuple[MigrationStudy, tuple[AnyQuantity, AnyQuantity, AnyQuantity]]:
    from antiperovskite.migration.hops import ALONG_EDGE, hop_edges
    from antiperovskite.migration.percolation import percolation
    from antiperovskite.migration.study import migrate, relaxed_crystal

    large, own = pseudo_cubic(model, tilt), folder / tilt.replace("-", "m")
    longest = _REACH * (large.to_pymatgen().volume / 8.0) ** (1.0 / 3.0) / 2.0**0.5
    hops = hop_edges(large, relaxed_crystal(large, engine, own).to_pymatgen(), longest=longest)
    # strong tilts bring octahedra nearer to each other than this; the study compares one kind of hop
    within = [hop.number for hop, _ in hops if ALONG_EDGE in hop.label]
    study = migrate(large, engine, supercells=[(1, 1, 1)], hop=within, longest=longest, folder=own, report=report)
    joined = percolation(hops, study.barriers)
    failed = [b for b in study.barriers if b.forward.value is None]
    said = (
        f"; {len(failed)} of {len(study.barriers)} distinct hops have no barrier and count as closed" if failed else ""
    )
    words = ("one direction", "two directions", "three directions")

    def quantity(height: float | None, where: str) -> AnyQuantity:
        if height is None:
            return NotComputed(unit="eV", method=f"the hops do not join up in {where}{said}", source=engine.card.name)
        return Quantity(
            value=height, uncertainty=None, unit="eV", n=len(study.barriers) - len(failed),
            method=f"least saddle, above the lowest vacancy site, up to which hops along edges of octahedra wind "
            f"through {tilt} in {where}{said}"
            f"; ends of hops agree on the sites' energies within {1000 * joined.misfit:.0f} meV; no uncertainty: one "
            "cell of 40 atoms, error of the engine not known",
            source=f"{engine.card.name} {engine.card.version}, {study.settings}", citations=CITATIONS,
        )  # fmt: skip

    one, two, three = (quantity(h, w) for h, w in zip(joined.heights, words, strict=True))
    return study, (one, two, three)
