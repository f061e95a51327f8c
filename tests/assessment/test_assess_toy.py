"""The whole assessment with an analytic toy engine: plan, reuse, partial results, honesty about the engine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from antiperovskite.assessment import Assessment, assess
from antiperovskite.assessment.run import CONTRACT_QUANTITIES
from antiperovskite.assessment.surroundings_quantities import SURROUNDINGS_QUANTITIES
from antiperovskite.engines import get_engine
from antiperovskite.errors import ChargeBalanceError, FormulaError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.stability import references
from antiperovskite.stability.phases import reference_phases
from antiperovskite.stability.reference_build import build_references
from antiperovskite.store import ResultStore


@pytest.fixture(scope="module")
def toy_references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("references")
    phases = [p for p in reference_phases().values() if p.name in {"LiCl-rocksalt", "Li2O-antifluorite"}]
    build_references(phases, get_engine("toy-ionic"), directory)
    return directory


@pytest.fixture
def store(tmp_path: Path, toy_references: Path, monkeypatch: pytest.MonkeyPatch) -> ResultStore:
    monkeypatch.setenv(references.REFERENCES_VARIABLE, str(toy_references))
    references.reference_set.cache_clear()
    opened = ResultStore(tmp_path / "store.sqlite")
    yield opened
    opened.close()
    references.reference_set.cache_clear()


def test_a_whole_assessment(store: ResultStore) -> None:
    result = assess("Li3OCl", engine="toy-ionic", store=store)[0]
    assert result.failures == ()
    assert set(CONTRACT_QUANTITIES) <= set(result.quantities)
    lattice = result.quantities["lattice_a"]
    assert isinstance(lattice, Quantity)
    assert lattice.source == "engine toy-ionic"
    assert result.relaxed is not None
    assert result.relaxed.spacegroup == "Pm-3m"
    cell = result.relaxed.model.to_pymatgen()
    assert lattice.value == pytest.approx(cell.volume ** (1 / 3))
    energy = result.quantities["reaction_energy_from_binaries"]
    assert isinstance(energy, Quantity)
    assert energy.uncertainty is None
    assert "only one engine" in energy.method
    above = result.quantities["energy_above_hull"]
    signed = result.quantities["decomposition_energy"]
    assert isinstance(above, Quantity)
    assert isinstance(signed, Quantity)
    assert above.value == max(signed.value, 0.0)
    # with two salts as the only competitors the decomposition is the reverse of the formation
    assert signed.value == pytest.approx(energy.value / 5)


def test_the_stored_assessment_is_the_same_and_needs_no_engine(
    store: ResultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = assess("Li3OCl", engine="toy-ionic", store=store)[0]

    def broken(*_a: object, **_k: object) -> None:
        raise AssertionError("relaxed again")

    monkeypatch.setattr("antiperovskite.assessment.relaxation.relax", broken)
    steps: list[str] = []
    again = assess("Li3OCl", engine="toy-ionic", store=store, progress=lambda step, _d: steps.append(step))[0]
    assert again == first
    assert steps == ["reused"]
    assert Assessment.model_validate_json(first.model_dump_json()) == first


def test_a_toy_draws_no_verdict_from_its_energies(store: ResultStore) -> None:
    questions = {verdict.question for verdict in assess("Li3OCl", engine="toy-ionic", store=store)[0].verdicts}
    assert "Has it been made?" in questions
    for asked in ("stable against decomposition", "stable over a range of voltages", "survive its own metal"):
        assert not [question for question in questions if asked in question]


def test_an_uncalibrated_engine_has_no_window_contact_or_water_and_says_why(store: ResultStore) -> None:
    result = assess("Li3OCl", engine="toy-ionic", store=store)[0]
    assert (result.window, result.metal_contact, result.electrode_contacts, result.water, result.dft) == (
        None,
        None,
        (),
        None,
        None,
    )
    for part in ("window", "metal_contact", "water"):
        assert "not calibrated" in result.not_defined[part]
    assert "imitate no DFT" in result.not_defined["dft"]
    for name, (unit, _) in SURROUNDINGS_QUANTITIES.items():
        quantity = result.quantities[name]
        assert isinstance(quantity, NotComputed)
        assert quantity.unit == unit
        assert "not calibrated" in quantity.method
    assert result.failures == ()


def test_a_composition_without_a_structure_is_partial_and_says_why(store: ResultStore) -> None:
    result = assess("Li2.98Mg0.01OCl", engine="toy-ionic", store=store)[0]
    assert [failure.step for failure in result.failures] == ["structure"]
    lattice = result.quantities["lattice_a"]
    assert isinstance(lattice, NotComputed)
    assert "supercell" in lattice.method
    assert result.tolerance.goldschmidt.shannon.value is not None
    assert result.relaxed is None
    assert "supercell" in result.not_defined["window"]
    assert isinstance(result.quantities["oxidation_limit"], NotComputed)


def test_stable_for_want_of_competitors_is_not_called_stable(store: ResultStore) -> None:
    """Li3OBr beside Li, Li2O and O2 alone: without LiBr there is nothing it could decompose to."""
    result = assess("Li3OBr", engine="toy-ionic", store=store)[0]
    above = result.quantities["energy_above_hull"]
    assert isinstance(above, NotComputed)
    assert result.decomposition is None
    assert "Br" in above.method


def test_layered_cells_report_a_of_the_conventional_cell(store: ResultStore) -> None:
    result = assess("Li4OCl2", engine="toy-ionic", store=store)[0]
    lattice = result.quantities["lattice_a"]
    assert isinstance(lattice, Quantity)
    assert "conventional cell" in lattice.method
    assert result.relaxed is not None
    cell = result.relaxed.model.to_pymatgen()
    oxygen = next(site for site in cell if site.specie.symbol == "O")
    nearest = min(n.nn_distance for n in cell.get_neighbors(oxygen, 9.0) if n.specie.symbol == "O")
    assert lattice.value == pytest.approx(nearest, abs=0.02)  # corner-sharing octahedra repeat after a in the layer


def test_an_engine_that_cannot_do_the_elements_is_partial(store: ResultStore) -> None:
    result = assess("Ag3SI", engine="toy-ionic", store=store)[0]
    assert "no parameters for Ag" in result.failures[0].reason


def test_the_dry_hydrated_contrast_favours_neutrons(store: ResultStore) -> None:
    quantities = assess("Li3OCl", engine="toy-ionic", store=store)[0].quantities
    xray, neutron = (quantities[f"dry_hydrated_contrast_{kind}"] for kind in ("xray", "neutron"))
    assert isinstance(xray, Quantity)
    assert isinstance(neutron, Quantity)
    assert 0.0 < xray.value < neutron.value


def test_one_bad_formula_stops_all_before_any_work(store: ResultStore) -> None:
    steps: list[str] = []
    with pytest.raises(ChargeBalanceError):
        assess(["Li3OCl", "Li3OS2Cl"], engine="toy-ionic", store=store, progress=lambda s, _d: steps.append(s))
    assert steps == []


def test_wrong_options(store: ResultStore) -> None:
    with pytest.raises(OptionError, match=r"unknown depth 'endless'; choose one of quick, standard, deep"):
        assess("Li3OCl", depth="endless", engine="toy-ionic", store=store)
    with pytest.raises(OptionError, match=r"unknown engine '7net0'.*did you mean '7net-0'"):
        assess("Li3OCl", engine="7net0", store=store)
    with pytest.raises(FormulaError):
        assess("", engine="toy-ionic", store=store)
    with pytest.raises(OptionError, match="no formula given"):
        assess([], engine="toy-ionic", store=store)


def test_threads_are_one_by_default() -> None:
    from antiperovskite.engines.threads import thread_count

    if "ANTIPEROVSKITE_THREADS" not in os.environ:
        assert thread_count() == 1
