"""Ladders of runs with a known answer: activation energy, size check, refusals kept as rows, shipping, jumps."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

from antiperovskite.dynamics.plan import CellChoice
from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.report.conductivity_page import render_conductivity
from antiperovskite.report.conductivity_plot import rotation_figure, share_figure
from antiperovskite.transport.study import conduction_engine, shipped_studies, study_of_folder
from antiperovskite.transport.study.coverage import UncoveredError, composition_of, outside_range
from antiperovskite.transport.study.hops import find_hops
from antiperovskite.transport.study.ladder import Ladder
from antiperovskite.transport.study.model import ConductivityStudy
from antiperovskite.transport.study.records import compact
from antiperovskite.transport.study.shares import share_laws, share_words
from antiperovskite.transport.study.size import weighted_mean
from antiperovskite.transport.study.step import analyse_step, open_tail, run_of, vacancies_of
from antiperovskite.transport.study.summary import law_at

_spec = importlib.util.spec_from_file_location("ladder_runs", Path(__file__).with_name("ladder_runs.py"))
assert _spec is not None and _spec.loader is not None
runs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(runs)


@pytest.fixture(scope="module")
def ladder(tmp_path_factory):
    """Four temperatures, a larger cell, one run that stands still, one that stopped."""
    out = tmp_path_factory.mktemp("ladder")
    for kelvin in (800.0, 900.0, 1000.0, 1200.0):
        runs.write_run(out / f"{kelvin:g}K", kelvin, vacancies=1)
    runs.write_run(out / "700K", 700.0, vacancies=1, still=True)
    runs.write_run(out / "1300K", 1300.0, vacancies=1, stopped="the framework melts")
    runs.write_run(out / "larger" / "1000K", 1000.0, cells=3, vacancies=2)
    return out, study_of_folder(out, "Li3OCl", made_by="test")


def test_the_activation_energy_of_the_walks_is_found(ladder):
    study = ladder[1]
    energy = study.activation_energy
    assert isinstance(energy, Quantity) and energy.unit == "eV" and energy.uncertainty
    assert abs(energy.value - 0.3) < 3 * energy.uncertainty < 0.1
    for step in study.steps:
        for one in step.results:
            known = runs.diffusion_of(step.temperature_K)
            assert abs(one.diffusion_coefficient.value / known - 1) < 0.25
    room = study.nernst_einstein_conductivity_298K
    assert isinstance(room, Quantity) and room.unit == "S/cm"
    assert study.species == ("Li",) and study.statement.startswith("Li3OCl: Li diffuses")


def test_independent_walks_have_a_haven_ratio_of_one(ladder):
    haven = ladder[1].haven_ratio
    assert isinstance(haven, Quantity)
    assert abs(haven.value - 1) < 3 * haven.uncertainty


def test_refused_and_stopped_runs_keep_their_rows_with_reasons(ladder):
    by = {step.temperature_K: step for step in ladder[1].steps}
    assert sorted(by) == [700, 800, 900, 1000, 1200, 1300]
    assert by[700].results == () and by[700].refused[0].kind in {"too few hops", "trapped", "subdiffusive"}
    assert by[1300].refused[0].kind == "stopped" and "melts" in by[1300].refused[0].reason
    assert isinstance(by[700].conductivity, NotComputed) and "Li" in by[700].conductivity.method
    assert not ladder[1].complete
    assert "melts" in ladder[1].framework


def test_the_larger_cell_is_a_size_check_and_agrees(ladder):
    (check,) = ladder[1].size_checks
    assert (check.temperature_K, check.small_atoms, check.large_atoms) == (1000.0, 39, 133)
    assert isinstance(check.ratio, Quantity)
    low, high = next((one.low, one.high) for one in check.intervals if one.level == 95)
    assert low < 1 < high and "agree" in check.statement
    assert "vacancies are 4.17 and 2.47 %" in check.statement  # the reader must not blame the size for that


def test_cost_is_the_sum_over_all_runs(ladder):
    study = ladder[1]
    assert study.core_hours.unit == "h" and study.core_hours.value == pytest.approx(7 * 12 / 3600)


def test_vacancies_are_counted_from_the_cell(ladder):
    share = ladder[1].steps[0].vacancy_share
    assert isinstance(share, Quantity) and share.value == pytest.approx(100 / 24)


def test_vacancies_of_older_runs_are_read_from_their_notes(tmp_path):
    new = runs.write_run(tmp_path / "new", 900.0, vacancies=1, frames=200)
    old = runs.write_run(tmp_path / "old", 900.0, vacancies=1, frames=200, recorded=False)
    assert (new.vacancies.count, new.vacancies.sites, old.vacancies) == (1, 24, None)
    for folder in ("new", "old"):
        found = vacancies_of(run_of(tmp_path / folder)[0])
        assert (found.count, found.sites) == (1, 24)
    settings = [run_of(tmp_path / folder)[0] for folder in ("new", "old")]
    assert settings[0].fingerprint == settings[1].fingerprint  # a run begun by an older version goes on
    bare = settings[1].model_copy(update={"notes": ()})
    assert vacancies_of(bare) is None


def test_other_shares_of_vacancies_are_no_size_checks_and_are_shown(tmp_path):
    for kelvin in (900.0, 1000.0, 1200.0):
        runs.write_run(tmp_path / f"{kelvin:g}K", kelvin, vacancies=2, frames=800)
    # diffusion follows the share: three times the vacancies, three times as fast
    runs.write_run(tmp_path / "more" / "1000K", 1000.0, vacancies=6, frames=800, scale=3.0, seed=1)
    runs.write_run(tmp_path / "fewer" / "1000K", 1000.0, vacancies=1, frames=800, scale=0.5, seed=2)
    runs.write_run(tmp_path / "larger" / "1000K", 1000.0, cells=3, vacancies=7, frames=400)
    study = study_of_folder(tmp_path, "Li3OCl")
    assert [step.temperature_K for step in study.steps] == [900, 1000, 1200]
    (check,) = study.size_checks  # a cell with fewer vacancies has more atoms and is not larger
    assert check.large_atoms == 128
    shares = study.at_shares()
    assert list(shares) == [1000.0]
    assert [step.vacancy_share.value for step in shares[1000.0]] == pytest.approx([100 / 24, 200 / 24, 600 / 24])
    D = [step.results[0].diffusion_coefficient.value for step in shares[1000.0]]
    assert D[1] / D[0] == pytest.approx(2.0, rel=0.25) and D[2] / D[1] == pytest.approx(3.0, rel=0.25)
    figure = share_figure(study)
    assert figure is not None and [len(trace["x"]) for trace in figure["data"]] == [3, 3]
    assert {trace["yaxis"] for trace in figure["data"]} == {"y", "y2"}
    text = render_conductivity(study)
    assert "Against the share of vacancies" in text and "25.00 %" in text
    again = ConductivityStudy.model_validate_json(compact(study))
    assert list(again.at_shares()) == [1000.0]
    assert study.core_hours.value == pytest.approx(6 * 12 / 3600)
    diffusion, conductivity = study.share_laws
    assert diffusion.what == "D of Li" and conductivity.what == "conductivity of independent ions"
    assert diffusion.exponent.n == 3 and diffusion.shares == pytest.approx([100 / 24, 200 / 24, 600 / 24])
    assert abs(diffusion.exponent.value - 1.0) < 3 * diffusion.exponent.uncertainty < 0.2
    # conductivity is D times the ions that are left, 23, 22 and 18 of 24
    assert 0.8 < conductivity.exponent.value < diffusion.exponent.value
    assert any("1000 K: D of Li grows as the share of vacancies to the power" in note for note in study.notes)


def test_the_first_share_asked_for_makes_the_ladder(tmp_path):
    for share, vacancies in (("a", 2), ("b", 6)):
        for kelvin in (900.0, 1000.0):
            runs.write_run(tmp_path / share / f"{kelvin:g}K", kelvin, vacancies=vacancies, frames=400)
    for asked, expected in ((2 / 24, 100 * 2 / 24), (6 / 24, 100 * 6 / 24)):
        study = study_of_folder(tmp_path, "Li3OCl", vacancies=asked)
        assert [step.vacancy_share.value for step in study.steps] == pytest.approx([expected] * 2)
        assert len(study.other_shares) == 2 and study.complete


def test_the_power_in_the_share_is_that_of_the_points():
    """Exact power laws come back whatever their errors are; one share, or none that is known, gives a reason."""
    from types import SimpleNamespace

    def step(share, D, error=0.1):
        q = Quantity(value=D, uncertainty=error * D, unit="cm^2/s", method="m", source="s")
        of = Quantity(value=share, uncertainty=0.0, unit="%", method="m", source="s")
        one = SimpleNamespace(species="Li", diffusion_coefficient=q)
        refused = NotComputed(unit="S/cm", method="refused")
        return SimpleNamespace(vacancy_share=of, results=(one,), nernst_einstein_conductivity=refused)

    def laws(*steps):
        return share_laws(SimpleNamespace(species=("Li",), at_shares=lambda: {900.0: steps}))

    for power in (0.0, 0.5, 1.0, 1.7):
        found = laws(*(step(c, 3e-6 * c**power, error) for c, error in ((0.5, 0.05), (2.0, 0.3), (5.0, 0.1))))
        assert found[0].exponent.value == pytest.approx(power, abs=1e-9)
        assert isinstance(found[1].exponent, NotComputed)  # conductivities that were refused
    two = laws(step(1.0, 1e-6, 0.1), step(2.0, 2e-6, 0.1))[0].exponent
    assert two.uncertainty == pytest.approx(0.1 * math.sqrt(2) / math.log(2))  # independent errors of both ends
    bent = laws(step(1.0, 1e-6, 0.01), step(2.0, 4e-6, 0.01), step(4.0, 4e-6, 0.01))[0].exponent
    assert "widened" in bent.method and bent.uncertainty > 0.3
    alone = laws(step(2.0, 1e-6), step(0.0, 1e-9))[0].exponent
    assert isinstance(alone, NotComputed) and "two shares" in alone.method
    assert "two shares" in share_words(laws(step(2.0, 1e-6)))[0]


def test_a_study_survives_shipping(ladder):
    study = ladder[1]
    text = compact(study)
    assert len(text) < 250_000 and "published" in text
    again = ConductivityStudy.model_validate_json(text)
    assert again.published == () and study.published != ()
    assert again.activation_energy.value == pytest.approx(study.activation_energy.value, rel=1e-5)
    assert again.steps[2].results[0].curve.time_ps[-1] == pytest.approx(study.steps[2].results[0].curve.time_ps[-1])


def test_two_mobile_species_are_measured_each_and_together(tmp_path):
    runs.write_run(tmp_path / "1000K", 1000.0, mobile=("Li", "Na"), frames=2500)
    step = analyse_step(tmp_path / "1000K")
    assert [one.species for one in step.results] == ["Li", "Na"]
    parts = sum(one.nernst_einstein_conductivity.value for one in step.results)
    assert step.nernst_einstein_conductivity.value == pytest.approx(parts)
    assert isinstance(step.haven_ratio, Quantity)
    assert abs(step.haven_ratio.value - 1) < 4 * step.haven_ratio.uncertainty


def test_no_run_and_unfinished_runs_are_said(tmp_path):
    with pytest.raises(DataError, match="antiperovskite conductivity Li3OCl"):
        study_of_folder(tmp_path, "Li3OCl")
    runs.write_run(tmp_path / "800K", 800.0)
    (tmp_path / "800K" / "result.json").unlink()
    said: list[str] = []
    with pytest.raises(DataError, match="no finished run"):
        study_of_folder(tmp_path, "Li3OCl", note=said.append)
    assert "not finished" in said[0]


def test_fewer_than_three_temperatures_give_points_but_no_law(tmp_path):
    for kelvin in (900.0, 1000.0):
        runs.write_run(tmp_path / f"{kelvin:g}", kelvin)
    study = study_of_folder(tmp_path, "Li3OCl")
    assert isinstance(study.activation_energy, NotComputed) and "needs 3" in study.activation_energy.method
    assert len(study.steps) == 2 and study.complete


def test_a_potential_is_found_by_composition_and_a_missing_one_names_the_command():
    assert conduction_engine("auto", "Li3OCl").card.name == "lammps:Li3OCl"
    assert conduction_engine("auto", "Li6O2Cl2").card.name == "lammps:Li3OCl"
    assert conduction_engine("auto", "NaLi2OCl").card.name == "lammps:Li2NaOCl"
    with pytest.raises(UncoveredError, match="antiperovskite distil K3OBr --out K3OBr-pod"):
        conduction_engine("auto", "K3OBr")
    with pytest.raises(OptionError, match="unknown engine"):
        conduction_engine("no-such", "Li3OCl")
    assert composition_of("Li2OHCl") == composition_of("Li2(OH)Cl") != composition_of("Li3OCl")
    assert outside_range(None, "Li3OCl", (100.0,)) == ()


def test_jumps_are_found_where_they_are(tmp_path):
    runs.write_run(tmp_path / "run", 1000.0, still=True, frames=400)
    tail = open_tail(tmp_path / "run", *run_of(tmp_path / "run"))
    assert find_hops(tail, ("Li",), 2.8) is None

    class Jumper:
        """The same run with one ion that jumps at frame 250."""

        info = tail.info
        cells = tail.cells

        def blocks(self, start=0, stop=None, *, size=None):
            from antiperovskite.dynamics.trajectory.model import Frames

            for block in tail.blocks(start, stop, size=size):
                moved = block.positions.copy()
                later = block.first + np.arange(len(moved)) >= 250
                moved[later, 3] += [2.8, 0.0, 0.0]
                yield Frames(block.first, moved, block.cells)

    found = find_hops(Jumper(), ("Li",), 2.8)
    assert found is not None and found.jumped == (3,)
    assert found.start_ps < 250 * runs.FRAME_PS < found.start_ps + found.length_ps + found.smoothed_ps
    inside = found.positions[0] @ np.linalg.inv(found.cell)
    assert (inside > -1e-6).all() and (inside < 1 + 1e-6).all()
    assert np.linalg.norm(found.positions[-1, 3] - found.positions[0, 3]) == pytest.approx(2.8, abs=0.3)


def test_means_are_weighted_and_widened_where_they_scatter():
    def one(value, error):
        return Quantity(value=value, uncertainty=error, unit="1", method="m", source="s")

    mean, error, scatter = weighted_mean([one(0.5, 0.1), one(0.7, 0.2)])
    assert mean == pytest.approx((0.5 * 4 + 0.7) / 5) and error == pytest.approx(0.2 / math.sqrt(5)) and scatter < 1
    _, wide, _ = weighted_mean([one(0.1, 0.1), one(0.9, 0.1)])
    assert wide == pytest.approx(0.4)


def test_a_law_is_read_off_between_its_points(ladder):
    law = ladder[1].law("self diffusion", "Li")
    middle, error = law_at(law, 950.0)
    assert middle == pytest.approx(math.log(runs.diffusion_of(950.0)), abs=4 * error)
    assert 0 < error < 0.3


def test_the_size_check_runs_at_the_upper_middle_temperature():
    plan = Ladder(formula="Li3OCl", temperatures_K=(700, 800, 900, 1000), cell=CellChoice(), ps=1.0)
    assert plan.checked_K == 900


def test_shipped_studies_are_whole():
    for name, study in shipped_studies().items():
        assert study.formula == name and study.steps and study.made_by


def test_the_rotation_of_hydroxides_is_drawn_where_it_was_measured() -> None:
    study = shipped_studies()["Li2OHCl"]
    figure = rotation_figure(study)
    assert figure is not None
    names = {trace["name"] for trace in figure["data"]}
    assert names == {f"O-H, {kelvin} K" for kelvin in (700, 750, 800)}
    late = {trace["name"]: trace["y"][-1] for trace in figure["data"] if trace["line"]["dash"] == "solid"}
    assert late["O-H, 800 K"] < late["O-H, 700 K"] < 0.7  # hydroxides turn round, faster when hot
    assert rotation_figure(shipped_studies()["Li3OCl"]) is None


def test_ions_too_slow_to_measure_have_a_limit(tmp_path: Path) -> None:
    """A run whose ions only shake: their conductivity lies below a limit that falls with the length of the run."""
    limits = []
    for frames in (400, 1600):
        runs.write_run(tmp_path / f"{frames}", 1000.0, still=True, frames=frames)
        step = analyse_step(tmp_path / f"{frames}")
        (slow,) = step.refused
        assert slow.kind == "too few hops"
        assert slow.upper_limit is not None and slow.n_ions == 24
        assert isinstance(step.nernst_einstein_conductivity, NotComputed)
        assert isinstance(step.nernst_einstein_limit, Quantity)
        limits.append(step.nernst_einstein_limit.value)
    assert 0.0 < limits[1] < limits[0]
    runs.write_run(tmp_path / "moving", 1000.0, frames=1500)
    assert analyse_step(tmp_path / "moving").nernst_einstein_limit is None
