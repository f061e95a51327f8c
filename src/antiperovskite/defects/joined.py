"""Several studies of one crystal as one: every combination once, that of the most supercells."""

from __future__ import annotations

from collections.abc import Sequence

from antiperovskite.defects.catalogue import KINDS
from antiperovskite.defects.results import CombinationResult, DefectStudy


def combinations_once(studies: Sequence[DefectStudy]) -> tuple[CombinationResult, ...]:
    """Every combination once, that of the most supercells where several studies have it."""
    return tuple(item for item, _ in _chosen(studies).values())


def joined(studies: Sequence[DefectStudy]) -> DefectStudy:
    """Return one study with all that counts of several of the same crystal and engine, at least one.

    Examples
    --------
    >>> from antiperovskite.defects.shipped import shipped_studies
    >>> studies = shipped_studies("7net-0").of("Li3OCl")
    >>> len(joined(studies).combinations) == len({item.name for study in studies for item in study.combinations})
    True
    """
    chosen = _chosen(studies)
    ordered = sorted(studies, key=lambda study: len(study.supercells))
    return ordered[-1].model_copy(
        update={
            "settings": "; ".join(dict.fromkeys(study.settings for study in studies)),
            "supercells": tuple(
                sorted({t for study in studies for t in study.supercells}, key=lambda t: (t[0] * t[1] * t[2], t))
            ),
            "defects": tuple({d.name: d for study in ordered for d in study.defects}.values()),
            "reactions": tuple(r for item, _ in chosen.values() for r in (item.bound, item.dispersed) if r is not None),
            "combinations": tuple(item for item, _ in chosen.values()),
            "arrangements": tuple(
                a for name, (_, study) in chosen.items() for a in study.arrangements if a.combination == name
            ),
            "lone": tuple({(d.name, d.supercell, d.shape): d for study in ordered for d in study.lone}.values()),
            "notes": tuple(dict.fromkeys(note for study in studies for note in study.notes)),
        }
    )


def _chosen(studies: Sequence[DefectStudy]) -> dict[str, tuple[CombinationResult, DefectStudy]]:
    ordered = sorted(studies, key=lambda study: len(study.supercells))
    found = {item.name: (item, study) for study in ordered for item in study.combinations}
    place = {kind: number for number, kind in enumerate(KINDS)}
    return dict(sorted(found.items(), key=lambda pair: place.get(pair[1][0].kind, len(place))))
