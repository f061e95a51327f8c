"""The gallery: every entry builds with its space group, charge and stoichiometry; records and page agree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from antiperovskite.composition import resolve
from antiperovskite.structures import check_structure
from antiperovskite.structures.gallery import START_SYMPREC, Entry, entries, force_criterion, records, relax_entry
from antiperovskite.structures.symmetry import spacegroup

ROOT = Path(__file__).resolve().parents[2]
RELAXED = [entry for entry in entries() if not entry.amorphous]


def test_names_are_unique_and_fit_a_file_system() -> None:
    names = [entry.name for entry in entries()]
    assert len({name.lower() for name in names}) == len(names)
    assert all(name.replace("-", "").replace("_", "").isalnum() for name in names)


@pytest.mark.parametrize("entry", RELAXED, ids=lambda entry: entry.name)
def test_every_entry_builds_with_its_space_group_charge_and_stoichiometry(entry: Entry) -> None:
    model = entry.build()
    assert spacegroup(model.to_pymatgen(), START_SYMPREC)[0] == entry.spacegroup
    formula = resolve(entry.formula)
    check_structure(model, formula)
    found = model.to_pymatgen().composition.get_el_amt_dict()
    wanted = {element: amount * model.formula_units for element, amount in formula.elements.items()}
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("entry", [e for e in RELAXED if e.name in records()], ids=lambda entry: entry.name)
def test_records_are_relaxed_cells_of_their_entries(entry: Entry) -> None:
    record = records()[entry.name]
    assert record.start_spacegroup == entry.spacegroup
    structure = record.structure.to_pymatgen()
    assert spacegroup(structure, record.symprec) == (record.spacegroup, record.spacegroup_number)
    # the criterion is on symmetrised forces; what is recorded is the largest before that
    assert record.max_force <= 1.5 * force_criterion(len(structure))
    assert record.structure.formula == entry.formula
    assert record.engine in record.a.source


def test_every_family_has_a_record_and_every_record_an_entry() -> None:
    assert set(records()) <= {entry.name for entry in RELAXED}
    assert {entry.section for entry in RELAXED if entry.name in records()} == {entry.section for entry in RELAXED}


@pytest.mark.slow
def test_page_and_pictures_are_those_of_the_records() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/structure_gallery.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Li3OCl", "Na3OCl-apbmbm"])
def test_records_relax_again_to_the_same_lattice(name: str) -> None:
    from antiperovskite.engines import get_engine, relax

    engine = get_engine("7net-0")
    (entry,) = [item for item in entries() if item.name == name]
    again = relax_entry(
        entry,
        lambda structure: relax(structure, engine, fmax=force_criterion(len(structure)), keep_symmetry=True),
    )
    known = records()[name]
    for axis in ("a", "b", "c"):
        assert getattr(again, axis).value == pytest.approx(getattr(known, axis).value, rel=2e-3)
    assert again.energy.value == pytest.approx(known.energy.value, abs=2e-3)
