"""Mixed anions: counting surroundings, fits that give back what was put in, random lattices, and the best mixture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.engines import get_engine
from antiperovskite.errors import DataError, OptionError
from antiperovskite.kinetics.sites import system_of_formula
from antiperovskite.migration.hops import vacancy_hops
from antiperovskite.mixing.hops import Surroundings, _chosen, anions_of, surveyed_hops
from antiperovskite.mixing.local import fitted, resampled, standard_errors
from antiperovskite.mixing.model import LocalBarriers
from antiperovskite.mixing.random_lattice import critical_levels, effective_diffusion, energies
from antiperovskite.mixing.study import GRID, mixing_study, study_of_hops
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.structures.scattered import scatter

TRUE = LocalBarriers(
    base=0.30, slope=-0.04, steps=(0.0, -0.03, 0.02), per_neighbour=0.015, hop_spread=0.0, site_spread=0.0, n=0
)


def test_a_fit_gives_back_the_barriers_put_in(invented: Any) -> None:
    found = fitted(invented())
    assert found.base == pytest.approx(0.30)
    assert found.slope == pytest.approx(-0.04)
    assert found.steps == pytest.approx((0.0, -0.03, 0.02))
    assert found.per_neighbour == pytest.approx(0.015)
    assert found.hop_spread == pytest.approx(0.0, abs=1e-12)
    assert found.site_spread == pytest.approx(0.0, abs=1e-12)


def test_errors_by_drawing_again_hold_the_truth(invented: Any) -> None:
    hops = invented(noise=0.02)
    local, errors = fitted(hops), standard_errors(list(resampled(hops, 60, seed=1)))
    assert local.hop_spread == pytest.approx(0.02 / np.sqrt(0.75 + 0.25 * 1), rel=0.3)
    for name, true in (("base", 0.30), ("slope", -0.04)):
        assert abs(getattr(local, name) - true) < 3 * errors[name] + 1e-3
    for k in (1, 2):
        assert 0.001 < errors[f"step_{k}"] < 0.02
        assert abs(local.steps[k] - TRUE.steps[k]) < 3 * errors[f"step_{k}"]


def test_too_few_hops_are_refused(invented: Any) -> None:
    with pytest.raises(DataError, match="compute more hops"):
        fitted(invented()[:5])
    with pytest.raises(DataError, match="bottlenecks"):
        fitted([hop for hop in invented() if hop.shared != 2])


def test_anions_around_sites_and_bottlenecks_are_counted() -> None:
    model = scatter(resolve("Li3OCl0.5Br0.5"), (2, 2, 2), seed=3)
    around = Surroundings(model, "Br")
    bromine = {k for k, ion in enumerate(model.ions) if ion == "Br"}
    crystal = model.to_pymatgen()
    for hop in vacancy_hops(model):
        shared, start, _ = around.of_hop(hop)
        near = crystal.get_neighbors(crystal[hop.start], 3.4)
        assert start == sum(n.index in bromine for n in near)
        assert 0 <= shared <= min(2, start)
    pure = Surroundings(scatter(resolve("Li3OCl0.5Br0.5"), (2, 2, 2), seed=3), "I")
    assert pure.of_hop(vacancy_hops(model)[0]) == (0, 0, 0)


def test_every_bottleneck_is_chosen_as_often_as_there_are() -> None:
    model = scatter(resolve("Li3OCl0.5Br0.5"), (2, 2, 3), seed=1)
    around = Surroundings(model, "Br")
    listed = [(hop, *around.of_hop(hop)) for hop in vacancy_hops(model)]
    picked = _chosen(listed, 9, seed=0)
    assert [sum(one[1] == k for one in picked) for k in range(3)] == [3, 3, 3]
    assert picked == _chosen(listed, 9, seed=0)
    assert len(_chosen(listed, 10**6, seed=0)) == len(listed)


@pytest.mark.parametrize("series", ["Li3OCl", "Li3-xNaxOCl", "Li3OCl1-0.5xBr0.5x"])
def test_other_series_are_refused(series: str) -> None:
    with pytest.raises(OptionError, match="Li3OCl1-xBrx"):
        anions_of(series)


def test_a_pure_lattice_percolates_at_its_only_barrier() -> None:
    system = system_of_formula(resolve("Li3OCl"), copies=(4, 4, 4))
    noisy = TRUE.model_copy(update={"hop_spread": 0.05, "site_spread": 0.05})
    barriers, sites = energies(system, noisy, 0.0, "Br", seed=1)  # spreads belong to mixtures
    heights, counts = critical_levels(system, barriers, sites, seed=1)
    assert np.ptp(heights) == pytest.approx(0.0, abs=1e-9)
    assert heights[counts[4] - 1] == pytest.approx(0.30)


def test_barriers_are_alike_both_ways_and_spread_as_told() -> None:
    system = system_of_formula(resolve("Li3OCl"), copies=(6, 6, 6)).with_amounts({"Cl": 0.5, "Br": 0.5})
    noisy = TRUE.model_copy(update={"hop_spread": 0.05, "site_spread": 0.02})
    barriers, sites = energies(system, noisy, 0.5, "Br", seed=1)
    plain, bare = energies(system, TRUE, 0.5, "Br", seed=1)
    near, back = system.lattice.neighbours, system.lattice.reverse()
    for site in range(0, system.lattice.n_sites, 97):
        for slot in range(near.shape[1]):
            if near[site, slot] >= 0:
                assert barriers[site, slot] == barriers[near[site, slot], back[site, slot]]
    assert np.std((barriers - plain)[near >= 0]) == pytest.approx(0.05, rel=0.1)
    assert np.std(sites - bare) == pytest.approx(0.02, rel=0.15)


def test_a_vacancy_in_a_pure_crystal_spreads_by_its_rate() -> None:
    system = system_of_formula(resolve("Li3OCl"), copies=(3, 3, 3))
    barriers, sites = energies(system, TRUE, 0.0, "Br", seed=1)
    rate = float(np.exp(-0.30 / (8.617333262e-5 * 500.0)))
    expected = 8 * rate * system.lattice.lengths[0] ** 2 / 6.0 * 1e-4  # eight neighbours
    assert effective_diffusion(system, barriers, sites, 500.0, 1.0) == pytest.approx(expected, rel=1e-6)
    # an energy that all sites share changes nothing
    assert effective_diffusion(system, barriers, sites + 0.2, 500.0, 1.0) == pytest.approx(expected, rel=1e-6)


def test_a_vacancy_in_a_disordered_crystal_spreads_as_walkers_do() -> None:
    """Walkers that hardly meet, by kinetic Monte Carlo, against the exact number for the same cell."""
    from antiperovskite.kinetics.gas import HopRates, LatticeGas
    from antiperovskite.kinetics.measure import measure

    system = system_of_formula(resolve("Li3OCl"), copies=(8, 8, 8)).with_amounts({"Cl": 0.5, "Br": 0.5})
    rough = TRUE.model_copy(update={"hop_spread": 0.03, "site_spread": 0.03})
    barriers, sites = energies(system, rough, 0.5, "Br", seed=2)
    exact = effective_diffusion(system, barriers, sites, 800.0, 1.0)
    gas = LatticeGas(
        system.lattice, HopRates(1.0, barriers, site_energies=sites), 8, 800.0, carrier="interstitial", seed=3
    )
    run = measure(gas, n_frames=6000, symbol="Li", charge=1)
    assert run.diffusion is not None
    found = run.diffusion.diffusion_coefficient
    assert isinstance(found, Quantity)
    assert found.uncertainty is not None
    assert found.uncertainty < 0.1 * found.value
    assert abs(found.value - exact) < 3.0 * found.uncertainty
    cold = [effective_diffusion(system, barriers, energy, 300.0, 1.0) for energy in (sites, 0.0 * sites)]
    assert cold[0] < 0.8 * cold[1]  # sites of low energy hold the vacancy


def test_a_mixture_that_must_be_best_is_found(invented: Any) -> None:
    """Mixed bottlenecks 120 meV lower than both pure ones, no traps: the best x lies inside."""
    local = TRUE.model_copy(update={"slope": 0.0, "steps": (0.0, -0.12, 0.0), "per_neighbour": 0.0})
    study = study_of_hops(
        "Li3OCl1-xBrx", invented(0.003, local), get_engine("toy-ionic").card, temperature_K=300.0, seed=0,
        draws=20, cell=(3, 3, 4), copies=5,
    )  # fmt: skip
    assert isinstance(study.best, Quantity)
    assert 0.2 <= study.best.value <= 0.8
    assert study.best_interval is not None
    assert [p.x for p in study.points] == list(GRID)
    middle, end = study.points[10], study.points[-1]
    assert isinstance(middle.relative_diffusion, Quantity)
    assert isinstance(end.relative_diffusion, Quantity)
    assert middle.relative_diffusion.value > 5.0
    assert end.relative_diffusion.value == pytest.approx(1.0, rel=0.5)
    assert isinstance(middle.effective_barrier, Quantity)
    assert middle.effective_barrier.value == pytest.approx(0.18, abs=0.02)


def test_one_anion_that_is_better_puts_the_best_at_its_end(invented: Any) -> None:
    local = TRUE.model_copy(update={"slope": 0.0, "steps": (0.0, 0.06, 0.12), "per_neighbour": 0.0})
    study = study_of_hops(
        "Li3OCl1-xBrx", invented(0.003, local), get_engine("toy-ionic").card, temperature_K=300.0, seed=0,
        draws=20, cell=(3, 3, 4), copies=5,
    )  # fmt: skip
    assert isinstance(study.best, Quantity)
    assert study.best.value <= 0.1
    assert not isinstance(study.points[-1].relative_diffusion, NotComputed)
    assert study.points[-1].relative_diffusion.value < 0.05


def test_hops_are_computed_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The survey asks for the chosen hops of each cell and keeps what surrounds them; pure ends have one hop."""
    asked = {}

    def fake(model, engine, *, supercells, hop, folder, report):
        numbers = [hop] if isinstance(hop, int) else list(hop)
        asked[model.formula] = (supercells, numbers)
        hops = {h.number: h for h in vacancy_hops(model)}
        quantity = Quantity(value=0.3, uncertainty=None, unit="eV", method="m", source="s")
        barriers = [
            type("B", (), {"hop": hops[n], "forward": quantity, "backward": quantity, "problem": None}) for n in numbers
        ]
        return type("S", (), {"barriers": barriers})

    monkeypatch.setattr("antiperovskite.migration.study.migrate", fake)
    hops = surveyed_hops(
        "Li3OCl1-xBrx", [0.0, 0.5, 1.0], get_engine("toy-ionic"), times=(2, 2, 3), count=9, seed=0, folder=None,
        report=lambda *_: None,
    )  # fmt: skip
    assert asked["Li3OCl"] == (((2, 2, 3),), [1])
    assert len(asked["Li3OCl0.5Br0.5"][1]) == 9
    assert [h.shared for h in hops if h.x in (0.0, 1.0)] == [0, 2]
    assert sorted(h.shared for h in hops if h.x == 0.5) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_series_must_be_spanned() -> None:
    with pytest.raises(OptionError, match="give both ends"):
        mixing_study("Li3OCl1-xBrx", get_engine("toy-ionic"), values=(0.0, 0.5))
    with pytest.raises(OptionError, match="8 to 1000"):
        mixing_study("Li3OCl1-xBrx", get_engine("toy-ionic"), count=3)
