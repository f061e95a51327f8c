"""The same trajectories, measured here, by kinisi and by pymatgen-analysis-diffusion; and known correlation factors."""

from __future__ import annotations

import importlib.util
import json
from math import hypot
from pathlib import Path

import numpy as np
import pytest

from antiperovskite.kinetics import HopRates, LatticeGas, plain_lattice, record
from antiperovskite.quantity import Quantity
from antiperovskite.transport import diffusion

_spec = importlib.util.spec_from_file_location(
    "shared_trajectories", Path(__file__).with_name("shared_trajectories.py")
)
assert _spec is not None and _spec.loader is not None
shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shared)

RECORD = json.loads((Path(__file__).parent / "data" / "peers.json").read_text(encoding="utf-8"))
PYMATGEN = 0.3
"""pymatgen weighs lags up to the length of the run and gives no error bar its users trust: only gross errors show."""


@pytest.fixture(scope="module")
def measured():
    made = shared.shared_trajectories()
    return {name: (one, diffusion(one, "Li")) for name, one in made.items()}


@pytest.mark.parametrize("name", sorted(RECORD["trajectories"]))
def test_self_diffusion_agrees_with_the_peers(measured, name):
    trajectory, ours = measured[name]
    row = RECORD["trajectories"][name]
    assert shared.fingerprint(trajectory) == row["fingerprint"], f"made differently: repeat {RECORD['made_by']}"
    D = ours.diffusion_coefficient
    assert isinstance(D, Quantity) and D.uncertainty and D.unit == RECORD["unit"]
    kinisi = row["kinisi"]
    # the same data: the difference is at most what each says it does not know, kinisi's being the larger
    assert abs(D.value - kinisi["D"]) < 2.0 * hypot(D.uncertainty, kinisi["standard deviation"])
    assert kinisi["standard deviation"] < 0.5 * kinisi["D"]
    assert row["pymatgen"]["D"] == pytest.approx(D.value, rel=PYMATGEN)


def test_the_peers_file_says_what_made_it(measured):
    assert set(RECORD["trajectories"]) == set(measured)
    assert set(RECORD["versions"]) == {"kinisi", "pymatgen"} and all(RECORD["versions"].values())


@pytest.mark.parametrize(("name", "truth"), [("rattling walk", 1.0), ("collective mode", 1.0 / (0.95 + 40 * 0.05))])
def test_haven_by_an_independent_formula(measured, name, truth):
    trajectory, ours = measured[name]
    haven = ours.haven_ratio
    assert isinstance(haven, Quantity) and haven.uncertainty
    # parts long against the rattling of ions and of the framework's centre (two percent of a part's displacement)
    other, error = shared.haven_of_blocks(trajectory, "Li", 24)
    assert error < 0.3 * other
    assert abs(haven.value - other) < 2.5 * hypot(haven.uncertainty, error)
    assert abs(other - truth) < 4.0 * error
    assert abs(haven.value - truth) < 4.0 * haven.uncertainty


def test_a_honeycomb_has_its_correlation_factor():
    """One vacancy on a honeycomb: f = 1/3 (Compaan and Haven 1956, doi:10.1039/TF9565200786); alone it pushes nothing.

    Through the transport room as from a file: positions every 0.1 ps, no knowledge of hops.
    """
    gas = LatticeGas(plain_lattice("honeycomb", (6, 3, 1), a=3.0), HopRates(10.0, 0.3), 1, 1000.0, seed=7)
    before = gas.n_hops
    trajectory = record(gas, 12000, 4.0)
    hops = gas.n_hops - before
    result = diffusion(trajectory, "Li", frame_interval_ps=4.0)
    D = result.diffusion_coefficient
    assert isinstance(D, Quantity) and D.uncertainty
    free = hops * 9.0 / (4.0 * gas.n_moving * 4.0 * 11999)  # angstrom^2/ps, in the plane
    # the program divides by three dimensions what spreads in two
    factor, error = (x * 1e4 * 6.0 / 4.0 / free for x in (D.value, D.uncertainty))
    n = gas.n_open
    finite = 1.0 / 3.0
    assert n >= 64 and error < 0.03
    assert factor == pytest.approx(finite, abs=max(0.02, 3.0 * error))
    haven = result.haven_ratio
    assert isinstance(haven, Quantity) and haven.uncertainty
    assert abs(haven.value - finite) < max(0.03, 3.0 * haven.uncertainty)
    steps = np.diff(trajectory.series(np.arange(gas.n_moving)).sum(axis=1), axis=0)
    assert (steps**2).sum() / hops == pytest.approx(9.0, rel=0.05)  # the charge centre makes a plain walk
