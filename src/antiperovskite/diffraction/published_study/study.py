"""The front door: every published model of Li2OHCl with energy, symmetry, lattice, patterns and what they explain."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from antiperovskite.diffraction.published_study.compute import SNAPSHOTS
from antiperovskite.diffraction.published_study.contrasts import SAID, TEMPERATURE_FACTORS, shipped_contrasts
from antiperovskite.diffraction.published_study.crystals import chosen, crystal_in
from antiperovskite.diffraction.published_study.judge import Evidence, judge
from antiperovskite.diffraction.published_study.measure import (
    TOWARDS_degree,
    groups_found,
    hydroxide_angles,
    parent_edges,
)
from antiperovskite.diffraction.published_study.model import Contrast, Found, Table3Study
from antiperovskite.diffraction.published_study.records import Relaxed, shipped, shipped_engines
from antiperovskite.engines.registry import DEFAULT_ENGINE
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity, spread
from antiperovskite.structures.published.catalogue import published_models
from antiperovskite.structures.published.model import PublishedModel
from antiperovskite.structures.published.rebuild import candidates, group_of_whole_sites
from antiperovskite.structures.published.structure import average_spacegroup

PROBES: Final = ("xray", "neutron", "neutron, deuterated")
AVERAGE_SYMPREC: Final = 0.01
CAUTIONS: Final = (
    "No published coordinates could be read: apart from space group, lattice and what the text says, every model is a "
    "rebuilding. The study's own atoms may differ, above all where Li or H is disordered.",
    "Empty lithium sites are ordered in every rebuilt model and each OH points at one of them: a hypothesis. Models "
    "with partly filled lithium sites, as the six positions of Wang et al. suggest, are not among them.",
    "Energies are static, at 0 K, of potentials without charges; the entropy of disorder, which favours the cubic "
    "phase, is not in them.",
    "Whether two patterns can be told apart is predicted for given coordinates and one overall temperature factor; a "
    "refinement that frees coordinates and displacement parameters of every site tells less.",
)


@cache
def table3_study() -> Table3Study:
    """Return the study from the shipped relaxations and pairs.

    Energies: lowest arrangement of each model, relaxed freely, per formula unit and relative to the lowest of all, with
    the spread between engines as the standard uncertainty. No engine runs.

    Raises
    ------
    DataError
        The shipped records are missing or damaged.
    """
    engines = shipped_engines()
    published = published_models()
    found = tuple(_found(model, engines) for model in published)
    pairs = shipped_contrasts().pairs
    evidence = Evidence(
        published={model.id: model for model in published},
        found={item.id: item for item in found},
        pairs={(item.first, item.second, item.lattice, item.probe): item for item in pairs},
    )
    leading = shipped(DEFAULT_ENGINE)
    hidden = hidden_from_xrays(pairs)
    disagreements = judge(evidence)
    return Table3Study(
        engine=f"{leading.engine} {leading.version}",
        engines=engines,
        known_bias=leading.known_bias,
        models=found,
        contrasts=pairs,
        conditions=SAID,
        hidden_from_xrays=hidden,
        disagreements=disagreements,
        statements=_statements(found, pairs, hidden),
        cautions=CAUTIONS,
        citations=tuple(dict.fromkeys(key for item in found for key in item.citations)) + leading.citations,
    )


def hidden_from_xrays(pairs: tuple[Contrast, ...]) -> tuple[tuple[str, str], ...]:
    """Pairs that X-rays do not tell apart in the common lattice, but neutrons do."""
    answers: dict[tuple[str, str], dict[str, str]] = {}
    for item in pairs:
        if item.lattice == "common":
            answers.setdefault((item.first, item.second), {})[item.probe] = item.answer
    return tuple(
        key
        for key, by_probe in answers.items()
        if by_probe.get("xray") == "not told apart" and "told apart" in by_probe.values()
    )


def _missing(unit: str, why: str) -> NotComputed:
    return NotComputed(unit=unit, method=why)


def free_record(model: PublishedModel, engine: str) -> Relaxed | None:
    """The lowest free relaxation of a model with one engine."""
    if not model.can_build or model.directions not in (None, "100"):
        return None
    among: set[tuple[int, tuple[int, ...]]] = {(0, (seed,)) for seed in range(SNAPSHOTS)}
    if model.directions is None:
        record, _ = chosen(model)
        among = {(record.number, record.choice)}
    found = shipped(engine).find(model.id, "free", among)
    return found[0] if found else None


@cache
def lowest_energy(engine: str) -> float:
    """Lowest energy per formula unit of all models, freely relaxed with one engine, eV."""
    found = [free_record(model, engine) for model in published_models()]
    return min(item.energy for item in found if item is not None and item.energy is not None)


def _found(model: PublishedModel, engines: tuple[str, ...]) -> Found:
    free = free_record(model, DEFAULT_ENGINE)
    measured = _measured(model, free)
    energies = _energies(model, engines)
    base: dict[str, Any] = {
        "id": model.id,
        "study": model.study,
        "citations": model.citations,
        "doi": model.doi,
        "doi_trust": model.doi_trust,
        "kind": model.kind,
        "technique": model.technique,
        "space_group": model.space_group,
        "lattice": model.lattice,
        "coordinates": model.coordinates,
        "trust": model.trust,
        "built": model.can_build,
        "why_not": model.why_not,
        "edges_reported": _edges(model.lengths, model.repeats, "reported") if model.can_build else (),
    }
    return Found(**base, **_arrangement(model), **energies, **measured)


def _arrangement(model: PublishedModel) -> dict[str, Any]:
    if not model.can_build:
        return {}
    crystal = crystal_in(model, None)
    found: dict[str, Any] = {
        "average_group": average_spacegroup(crystal.structure, AVERAGE_SYMPREC)[0],
        "superlattice": {probe: _superlattice(model, crystal.structure, probe) for probe in PROBES},
        "notes": crystal.notes,
    }
    if crystal.choice is not None:
        found |= {
            "arrangement": crystal.choice.words,
            "arrangements": len(candidates(model)),
            "ordered": crystal.choice.average.ordered,
            "ideal_group": crystal.choice.ideal_group,
        }
    else:
        found["arrangement"] = model.described
    return found


def _superlattice(model: PublishedModel, structure: Any, probe: str) -> AnyQuantity:
    """The strongest line whose indices are not those of the five-atom cell, in per cent of the strongest of all."""
    from antiperovskite.diffraction.powder import powder_pattern

    if model.repeats == (1, 1, 1):
        return _missing("%", "the cell is the five-atom cell: no such lines")
    pattern = powder_pattern(
        structure,
        "xray" if probe == "xray" else "neutron",
        isotopes={"H": "D"} if probe.endswith("deuterated") else {},
        two_theta=(10.0, 120.0),
        b_iso=TEMPERATURE_FACTORS,
    )
    repeats = model.repeats or (1, 1, 1)
    weak = [
        line.intensity
        for line in pattern.reflections
        if any(index % count for index, count in zip(line.hkl, repeats, strict=True))
    ]
    return Quantity(
        value=float(f"{max(weak, default=0.0):.3g}"),
        uncertainty=None,
        unit="%",
        n=len(weak),
        method="intensity of the strongest superlattice line over that of the strongest line; no uncertainty: it "
        "follows from the model",
        source=f"kinematic powder pattern, {probe}",
    )


def _energies(model: PublishedModel, engines: tuple[str, ...]) -> dict[str, Any]:
    why = model.why_not or "not relaxed with this engine"
    if model.directions not in (None, "100"):
        why = "hydrogen between the X sites was not relaxed: see cubic-100 for where it goes"
    by_engine: dict[str, AnyQuantity] = {}
    for name in engines:
        record = free_record(model, name)
        if record is None or record.energy is None:
            by_engine[name] = _missing("meV/formula", why)
            continue
        by_engine[name] = Quantity(
            value=round(1000.0 * (record.energy - lowest_energy(name)), 2),
            uncertainty=None,
            unit="meV/formula",
            method=f"relaxed energy above the lowest of all models, {record.settings}; one engine, no uncertainty",
            source=name,
        )
    leading = by_engine[DEFAULT_ENGINE]
    if not isinstance(leading, Quantity):
        return {"above_lowest": leading, "by_engine": {}, "strained": _missing("meV/formula", why)}
    values = [item.value for item in by_engine.values() if isinstance(item, Quantity)]
    error = spread(values)
    above = leading.model_copy(
        update={
            "uncertainty": None if error is None else round(error, 2),
            "n": len(values),
            "method": "relaxed energy above the lowest of all models; uncertainty: standard deviation between engines"
            if error is not None
            else leading.method,
        }
    )
    return {"above_lowest": above, "by_engine": by_engine, "strained": _strained(model)}


def _strained(model: PublishedModel) -> AnyQuantity:
    free = free_record(model, DEFAULT_ENGINE)
    if model.directions is not None or free is None or free.energy is None:
        return _missing("meV/formula", "the average has no energy; its snapshots were relaxed freely only")
    held, _ = chosen(model)
    return Quantity(
        value=round(1000.0 * ((held.energy or 0.0) - free.energy), 1),
        uncertainty=None,
        unit="meV/formula",
        method="energy with positions relaxed in the reported lattice minus that of the free relaxation; one engine, "
        "no uncertainty",
        source=DEFAULT_ENGINE,
    )


def _edges(lengths: tuple[float, float, float], repeats: Any, what: str) -> tuple[Quantity, ...]:
    return tuple(
        Quantity(
            value=round(edge / count, 4),
            uncertainty=None,
            unit="angstrom",
            method=f"{what} lattice parameter over the parent cells along it; no uncertainty was given",
            source=what,
        )
        for edge, count in zip(lengths, repeats or (1, 1, 1), strict=True)
    )


def _measured(model: PublishedModel, free: Relaxed | None) -> dict[str, Any]:
    if free is None:
        why = model.why_not or "not relaxed"
        keys = {"volume_change": "%", "oh_angle": "degree", "oh_towards_vacancy": "1"}
        return {key: _missing(unit, why) for key, unit in keys.items()}
    structure = free.to_pymatgen()
    repeats = (2, 2, 2) if model.directions is not None else model.repeats or (1, 1, 1)
    angles = hydroxide_angles(structure)
    a, b, c = model.lengths
    cells = 1
    for count in model.repeats or (1, 1, 1):
        cells *= count
    ratio = (structure.volume / free.formula_units) / (a * b * c / cells)
    return {
        "groups_found": groups_found(structure),
        "edges_found": _edges(parent_edges(structure, repeats), (1, 1, 1), f"relaxed with {DEFAULT_ENGINE}"),
        "volume_change": Quantity(
            value=round(100.0 * (ratio - 1.0), 2),
            uncertainty=None,
            unit="%",
            method="volume per formula unit, relaxed over reported, minus 1; one engine, no uncertainty",
            source=DEFAULT_ENGINE,
        ),
        "oh_angle": Quantity(
            value=round(float(angles.mean()), 1),
            uncertainty=round(float(angles.std(ddof=1)), 1) if len(angles) > 1 else None,
            unit="degree",
            n=len(angles),
            method="mean over the OH of the cell of the smallest angle to an O-Li bond; uncertainty: standard "
            "deviation between them (none for one OH)",
            source=DEFAULT_ENGINE,
        ),
        "oh_towards_vacancy": Quantity(
            value=float((angles >= TOWARDS_degree).mean()),
            uncertainty=None,
            unit="1",
            n=len(angles),
            method=f"share of OH at {TOWARDS_degree:g} degrees or more from every O-Li bond; a count, no uncertainty",
            source=DEFAULT_ENGINE,
        ),
    }


def _needs_split_sites(model: PublishedModel) -> bool:
    """Whether the reported group cannot be had with one atom on each site of the parent."""
    return model.can_build and model.directions is None and model.space_group not in group_of_whole_sites(model)


def _statements(
    found: tuple[Found, ...], pairs: tuple[Contrast, ...], hidden: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    """What the numbers say, worded by them."""
    ranked = sorted(
        (item for item in found if isinstance(item.above_lowest, Quantity)),
        key=lambda item: item.above_lowest.value or 0,
    )
    lowest = ranked[0]
    said = [
        f"Lowest in energy of the rebuilt models: {lowest.id} ({lowest.study}, reported {lowest.space_group}, relaxed "
        f"to {lowest.groups_found.get('0.1', '?')} at 0.1 angstrom)."
    ]
    ordered = [item for item in ranked if item.ordered]
    left = [item.id for item in ordered if item.space_group not in item.groups_found.values()]
    said.append(
        f"Of {len(ordered)} models whose OH is ordered, {len(left)} leave their reported space group when they are "
        f"displaced and relaxed freely (tolerances {', '.join(ordered[0].groups_found)} angstrom)"
        + (f": {', '.join(left)}." if left else ".")
    )
    shares = [item.oh_towards_vacancy.value for item in ranked if isinstance(item.oh_towards_vacancy, Quantity)]
    said.append(
        f"In {sum(share == 1.0 for share in shares)} of {len(shares)} relaxed models every OH points at an empty site."
    )
    split = [model for model in published_models() if _needs_split_sites(model)]
    if split:
        said.append(
            f"{' and '.join(model.id for model in split)}: with one atom on each site of the parent no arrangement has "
            f"{' or '.join(sorted({model.space_group for model in split}))} in the reported cell, whatever the "
            f"displacements and occupancies that it allows; what obeys it is "
            f"{' or '.join(sorted({group for model in split for group in group_of_whole_sites(model)}))}. The reported "
            "group needs split positions."
        )
    common = [item for item in pairs if item.lattice == "common"]
    total = len({(item.first, item.second) for item in common})
    for probe in PROBES:
        count = sum(item.answer == "told apart" for item in common if item.probe == probe)
        said.append(f"In one common lattice {probe} tells {count} of {total} pairs apart.")
    said.append(
        f"{len(hidden)} pairs cannot be told apart by X-rays but by neutrons"
        + (": " + "; ".join(f"{one} and {two}" for one, two in hidden) + "." if hidden else ".")
    )
    return tuple(said)
