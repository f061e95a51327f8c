"""Every pair of models under X-rays and neutrons, in their own lattices and in one common lattice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from typing import Any, Final

from antiperovskite._files import package_data, read_record
from antiperovskite._model import Model
from antiperovskite.diffraction.discrimination import distinguish
from antiperovskite.diffraction.distinguish_model import Conditions
from antiperovskite.diffraction.published_study.crystals import crystal_in
from antiperovskite.diffraction.published_study.model import Answer, Contrast, LatticeChoice
from antiperovskite.quantity import Quantity
from antiperovskite.structures.published.catalogue import published_models
from antiperovskite.structures.published.model import PublishedModel

CONDITIONS: Final = Conditions(counts=1e6, systematic=0.01, strain=0.01, step=0.1, two_theta=(10.0, 100.0))
TEMPERATURE_FACTORS: Final = {"Li": 1.5, "O": 1.0, "H": 2.5, "Cl": 1.0}
"""B in angstrom^2, the same for every model: assumed, of the size usual at room temperature, not measured."""
TOLD, NOT_TOLD = 5.0, 2.0
"""Standard deviations from which on two models are told apart, and up to which they are not."""
LATTICES: Final[tuple[LatticeChoice, ...]] = ("own", "common")
_GROUP: Final = 5
SAID: Final = (
    f"{CONDITIONS.counts:.0e} counts a pattern, background included, {100 * CONDITIONS.systematic:g} % systematic "
    f"error of the Bragg profile, {CONDITIONS.two_theta[0]:g} to {CONDITIONS.two_theta[1]:g} degree, Cu K-alpha and "
    f"neutrons of {CONDITIONS.neutron_wavelength:g} angstrom; B (angstrom^2) "
    + ", ".join(f"{key} {value:g}" for key, value in TEMPERATURE_FACTORS.items())
)


class Contrasts(Model):
    """All pairs, as shipped."""

    conditions: str
    fingerprint: str
    pairs: tuple[Contrast, ...]


@cache
def shipped_contrasts() -> Contrasts:
    """The shipped pairs."""
    path = package_data("diffraction/published_study", "contrasts.json")
    return read_record(path, Contrasts, "the pairs of published models")


def answer(sigma: float) -> Answer:
    """The word for a significance."""
    if sigma >= TOLD:
        return "told apart"
    return "not told apart" if sigma <= NOT_TOLD else "open"


def common_edges() -> tuple[float, float, float]:
    """Mean edges per parent cell of the room-temperature measurements, shortest first, angstrom."""
    import numpy as np

    measured = [
        sorted(edge / count for edge, count in zip(model.lengths, model.repeats or (1, 1, 1), strict=True))
        for model in published_models()
        if model.can_build and model.kind == "experiment" and model.temperature == "room"
    ]
    short, middle, long = np.mean(np.array(measured), axis=0)
    return float(short), float(middle), float(long)


def in_common_lattice(model: PublishedModel) -> tuple[float, float, float]:
    """Edges of the model's cell when its shortest, middle and longest parent edge take the common ones."""
    repeats = model.repeats or (1, 1, 1)
    own = [edge / count for edge, count in zip(model.lengths, repeats, strict=True)]
    rank = sorted(range(3), key=lambda axis: (own[axis], axis))
    edges = [0.0, 0.0, 0.0]
    for place, axis in enumerate(rank):
        edges[axis] = common_edges()[place] * repeats[axis]
    return edges[0], edges[1], edges[2]


def crystals(lattice: LatticeChoice) -> dict[str, Any]:
    """The average structures of all models that can be built, by id."""
    return {
        model.id: crystal_in(model, in_common_lattice(model) if lattice == "common" else None).structure
        for model in published_models()
        if model.can_build
    }


def pairs_of(models: Mapping[str, Any], lattice: LatticeChoice) -> list[Contrast]:
    """Compare up to ten structures."""
    result = distinguish(models, CONDITIONS, b_iso=TEMPERATURE_FACTORS)
    return [
        Contrast(
            first=item.first,
            second=item.second,
            lattice=lattice,
            probe=item.probe,
            sigma=_rounded(item.sigma),
            counts_needed=_rounded(item.counts_needed)
            if isinstance(item.counts_needed, Quantity)
            else item.counts_needed,
            answer=answer(item.sigma.value),
        )
        for item in result.distinctions
    ]


def _rounded(quantity: Quantity) -> Quantity:
    """Four significant digits: what is shipped must not hang on the last bits of a machine."""
    return quantity.model_copy(update={"value": float(f"{quantity.value:.4g}")})


def all_pairs(report: Callable[[str], None]) -> Contrasts:
    """Compute every pair of models, in blocks that :func:`distinguish` takes at once."""
    found: dict[tuple[str, str, str, str], Contrast] = {}
    for lattice in LATTICES:
        structures = crystals(lattice)
        names = list(structures)
        blocks = [names[i : i + _GROUP] for i in range(0, len(names), _GROUP)]
        groups = combinations(blocks, 2) if len(blocks) > 1 else [(blocks[0], [])]
        for one, two in groups:
            report(f"{lattice} lattice: {', '.join((*one, *two))}")
            for pair in pairs_of({name: structures[name] for name in (*one, *two)}, lattice):
                found.setdefault((lattice, pair.first, pair.second, pair.probe), pair)
    order = [(lattice, *pair) for lattice in LATTICES for pair in combinations(crystals(lattice), 2)]
    pairs = [item for key in order for known, item in found.items() if known[:3] == key]
    return Contrasts(conditions=SAID, fingerprint=fingerprint(), pairs=tuple(pairs))


def fingerprint() -> str:
    """A digest of what the pairs rest on: the chosen arrangements, their coordinates and the conditions."""
    import hashlib

    digest = hashlib.sha256(SAID.encode())
    for lattice in LATTICES:
        for name, structure in crystals(lattice).items():
            digest.update(name.encode())
            for site in structure:
                parts = (*(f"{value:.4f}" for value in site.coords), f"{sum(site.species.values()):.4f}")
                digest.update(" ".join(parts).encode())
    return digest.hexdigest()[:16]
