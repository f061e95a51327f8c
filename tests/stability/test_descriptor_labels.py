"""Labels, energies and descriptors of the study: validated, sourced, and refused with a reason where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiperovskite.citations import citation
from antiperovskite.composition import resolve
from antiperovskite.errors import DataError, OptionError
from antiperovskite.evidence import compositions
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability.descriptors.energies import (
    FailedEnergy,
    build_energies,
    hull_distance,
    read_energies,
    shipped_energies,
)
from antiperovskite.stability.descriptors.features import features
from antiperovskite.stability.descriptors.labels import count_labels, labels, read_labels
from antiperovskite.stability.tolerance import tolerance

ENTRY = "{formula: Na3OCl, status: made, basis: synthesis, family: core, trust: verified, citations: [dawson2021]}"


def write(tmp_path: Path, *entries: str) -> Path:
    path = tmp_path / "labels.yaml"
    path.write_text("labels:\n" + "".join(f"  - {entry}\n" for entry in entries), encoding="utf-8")
    return path


def test_every_label_has_a_source_that_resolves() -> None:
    for label in labels():
        assert all(citation(key).year for key in label.citations), label.formula
        assert resolve(label.formula).framework == "3D"


def test_compositions_of_table_1_that_are_x3ba_are_labelled() -> None:
    known = {resolve(label.formula).canonical for label in labels()}
    for row in compositions():
        formula = resolve(row.formula)
        whole = all(len(getattr(formula.sites, site)) == 1 for site in "BA")
        if whole and formula.framework == "3D":
            assert formula.canonical in known, row.id


def test_the_review_is_not_contradicted_without_a_dispute() -> None:
    status = {resolve(label.formula).canonical: label.status for label in labels()}
    for row in compositions():
        canonical = resolve(row.formula).canonical
        if row.status == "synthesised" and row.reading == "clear" and canonical in status:
            assert status[canonical] == "made", row.id
        if row.status == "reportedly synthesised":
            assert status[canonical] == "disputed", row.id


def test_counts_add_up_and_both_classes_are_there() -> None:
    counts = count_labels(labels())
    assert sum(count.n for count in counts) == len(labels())
    assert all(sum(count.by_trust.values()) == count.n for count in counts)
    core = {count.status: count.n for count in counts if count.family == "core"}
    assert min(core["made"], core["not made"]) >= 5


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ((ENTRY, ENTRY), "labelled twice"),
        ((ENTRY.replace("dawson2021", "nobody1900"),), "unknown citation key"),
        ((ENTRY.replace("[dawson2021]", "[]"),), "at least 1"),
        ((ENTRY.replace("Na3OCl", "Na4OI2"),), "2D framework"),
        ((ENTRY.replace("Na3OCl", "CaTiO3"),), "ordinary perovskite"),
        ((ENTRY.replace("synthesis", "stated"),), "cannot rest on 'stated'"),
        ((ENTRY.replace("made,", "disputed,"),), "needs a note"),
        ((ENTRY.replace("trust: verified", "trust: sure"),), "labels.0.trust"),
    ],
)
def test_bad_label_files_are_refused_with_the_reason(tmp_path: Path, entries: tuple[str, ...], reason: str) -> None:
    path = write(tmp_path, *entries)
    with pytest.raises(DataError, match=reason) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_features_are_those_of_the_tolerance_command() -> None:
    found, reference = features("Na3OCl", with_hull=False), tolerance("Na3OCl")
    assert found.values["t_shannon"] == reference.goldschmidt.shannon.value
    assert found.values["tau_thermochemical"] == reference.tau_thermochemical.value
    assert (found.X, found.B, found.A) == ("Na", "O", "Cl")
    assert (found.values["z_X"], found.values["z_B"], found.values["z_A"]) == (1.0, -2.0, -1.0)
    assert found.values["seed_rule"] == 1.0


def test_missing_descriptors_say_why() -> None:
    found = features("Ca3NSb", with_hull=False)
    assert "t_thermochemical" not in found.values
    assert "Sb" in found.missing["r_A"]


def test_descriptors_are_for_x3ba() -> None:
    with pytest.raises(OptionError, match="2D framework"):
        features("Na4OI2")


def test_hull_distances_come_from_the_shipped_energies() -> None:
    found = hull_distance(resolve("Na3OCl"))
    assert isinstance(found, Quantity)
    assert found.unit == "eV/atom"
    assert "Na3OCl -> 1/2 Na2O + 1/2 Na4OCl2" in found.method
    # the shipped reference set holds the same compound from an independent relaxation: same engine, same crystal
    from antiperovskite.stability.descriptors.energies import study_phases

    reference = next(entry for entry in study_phases().entries if entry.name == "Na3OCl")
    mine = next(entry for entry in shipped_energies().energies if entry.formula == "Na3OCl")
    assert mine.energy == pytest.approx(reference.energy, abs=0.01)


def test_a_hull_distance_is_not_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from antiperovskite.stability.descriptors import energies

    complete = energies.study_phases()
    without = complete.model_copy(update={"entries": tuple(e for e in complete.entries if "C" not in e.elements)})
    monkeypatch.setattr(energies, "study_phases", lambda: without)
    assert isinstance(hull_distance(resolve("Na3OCN")), NotComputed)  # no sodium cyanide among the phases
    assert "no shipped energy" in hull_distance(resolve("Sr3NP")).method
    mixed = hull_distance(resolve("Li2FeOS"))
    assert isinstance(mixed, NotComputed)
    assert "PBE+U" in mixed.method


def test_energies_are_built_once_and_never_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from antiperovskite.engines import get_engine
    from antiperovskite.stability.descriptors import energies

    monkeypatch.setattr(energies, "EXTRA_PHASES", {})
    path = tmp_path / "energies.json"
    seen: list[str] = []
    engine = get_engine("toy-ionic")
    first = build_energies(["Li3OCl"], engine, path, report=lambda name, *_: seen.append(name))
    again = build_energies(["Li3OCl"], engine, path, report=lambda name, *_: seen.append(name))
    assert first == again == read_energies(path)
    assert seen == ["Li3OCl"]
    assert first.failures == () or isinstance(first.failures[0], FailedEnergy)
    path.write_text(path.read_text().replace('"name": "toy-ionic"', '"name": "other"'))
    with pytest.raises(DataError, match="not 'toy-ionic'"):
        build_energies(["Li3OCl"], engine, path)


def test_a_broken_file_of_energies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "energies.json"
    path.write_text('{"engine": 1}')
    with pytest.raises(DataError, match="build it again"):
        read_energies(path)
