"""Van Hove functions, densities and vector autocorrelations: analytic truths, normalisation, invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiperovskite.dynamics.trajectory import ArrayTrajectory
from antiperovskite.errors import DataError, OptionError
from antiperovskite.transport.density import density_peaks, ion_density, isosurface
from antiperovskite.transport.van_hove import van_hove
from antiperovskite.transport.vectors import Bonds, bond_vectors, reorientation, vector_autocorrelation

CELL = np.array([[9.0, 0.0, 0.0], [2.0, 8.0, 0.0], [-1.0, 1.5, 10.0]])


def run_of(positions, cell=CELL, symbol="Li", frame=0.1):
    return ArrayTrajectory(positions, cell, [symbol] * positions.shape[1], frame, temperature_K=600.0)


def ideal_gas(rng, frames=400, ions=30):
    return rng.random((1, ions, 3)) @ CELL + np.cumsum(0.5 * rng.standard_normal((frames, ions, 3)), axis=0)


def test_an_ideal_gas_has_g_of_one_and_gaussian_displacements():
    found = van_hove(run_of(ideal_gas(np.random.default_rng(0), 1200)), "Li", [1, 5, 20], bin_angstrom=0.3)
    assert found.distinct_part[:, 3:] == pytest.approx(1.0, abs=0.06)
    assert np.sum(found.radial[:2] * 0.3, axis=1) + found.beyond[:2] == pytest.approx(1.0)
    sigma2 = 0.25 * found.lags
    assert found.mean_square == pytest.approx(3 * sigma2, rel=0.05)
    assert (np.abs(found.non_gaussian) < 4 * found.non_gaussian_uncertainty + 0.01).all()
    edges = np.arange(len(found.self_r) + 1) * 0.3
    r = edges[4]
    expected = np.exp(-(found.self_r[4] ** 2) / (2 * sigma2[1])) / (2 * np.pi * sigma2[1]) ** 1.5
    assert found.self_part[1, 4] == pytest.approx(expected, rel=0.05) and r > 0


def test_harmonic_oscillators_are_gaussian_and_their_neighbours_are_a_lattice():
    rng = np.random.default_rng(1)
    n = np.stack(np.meshgrid(*[np.arange(3)] * 3), axis=-1).reshape(-1, 3)
    run = run_of(3.0 * n + 0.15 * rng.standard_normal((3000, 27, 3)), 9.0 * np.eye(3))
    found = van_hove(run, "Li", [0, 7], bin_angstrom=0.1)
    assert abs(found.non_gaussian[1]) < 0.02 and found.mean_square[0] == 0
    shell = 4 / 3 * np.pi * np.diff((np.arange(len(found.distinct_r) + 1) * 0.1) ** 3)
    near = (found.distinct_part[0] * shell * found.density)[found.distinct_r < 3.6].sum()
    assert near == pytest.approx(6.0, abs=0.05)  # six neighbours on a simple cubic lattice


def test_jump_motion_is_not_gaussian():
    rng = np.random.default_rng(2)
    hops = 3.0 * (rng.random((4000, 20, 1)) < 0.01) * np.eye(3)[rng.integers(3, size=(4000, 20))]
    run = run_of(np.cumsum(hops, axis=0), 12 * np.eye(3))
    found = van_hove(run, "Li", [1, 10, 50], distinct=False)
    # Poisson hops of one length: <r^2> = n d^2; at short lags alpha_2 = 3 / (5 p) - 1
    assert found.non_gaussian[0] == pytest.approx(3 / (5 * 0.01) - 1, rel=0.1)
    assert (np.diff(found.non_gaussian) < 0).all()
    assert np.isnan(found.distinct_part).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 50), shift=st.floats(-30, 30))
def test_van_hove_does_not_depend_on_origin_order_cell_or_supercell(seed, shift):
    rng = np.random.default_rng(seed)
    x = ideal_gas(rng, 30, 8)
    lags = [0, 3]
    one = van_hove(run_of(x), "Li", lags, r_max_angstrom=2.5, bin_angstrom=0.5)
    images = rng.integers(-2, 3, size=(8, 3)) @ CELL
    other_cell = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]]) @ CELL
    other = van_hove(
        run_of((x + shift + images)[:, rng.permutation(8)], other_cell),
        "Li",
        lags,
        r_max_angstrom=2.5,
        bin_angstrom=0.5,
    )
    assert other.distinct_part == pytest.approx(one.distinct_part) and other.self_part == pytest.approx(one.self_part)
    double = np.concatenate([x, x + CELL[2]], axis=1)
    big = van_hove(run_of(double, CELL * [[1], [1], [2]]), "Li", lags, r_max_angstrom=2.5, bin_angstrom=0.5)
    # the density of the others is (N - 1)/V: it alone knows the size of the cell
    assert big.distinct_part * big.density == pytest.approx(one.distinct_part * one.density)


def test_lags_streamed_in_blocks_are_the_lags_of_the_whole(monkeypatch):
    import antiperovskite.transport.fractional as home

    run = run_of(ideal_gas(np.random.default_rng(3), 100, 6))
    whole = van_hove(run, "Li", [2, 30], r_max_angstrom=3.0)
    monkeypatch.setattr(home, "BLOCK_BYTES", 24 * 6 * 7)
    parts = van_hove(run, "Li", [2, 30], r_max_angstrom=3.0)
    assert (parts.distinct_part == whole.distinct_part).all() and (parts.self_part == whole.self_part).all()
    assert whole.origins.tolist() == [98, 70]


def test_density_integrates_to_the_ions_and_masks_what_was_not_visited():
    rng = np.random.default_rng(4)
    places = np.array([[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]])
    sigma = 0.3
    run = run_of(places @ CELL + sigma * rng.standard_normal((60000, 2, 3)))
    found = ion_density(run, "Li", spacing_angstrom=0.15)
    assert found.density().sum() * found.voxel_volume == pytest.approx(2.0)
    assert found.smoothed(0.4).sum() * found.voxel_volume == pytest.approx(2.0, rel=1e-6)
    energy = found.free_energy()
    assert energy.mask.any() and energy.min() == 0 and np.isfinite(energy.compressed()).all()
    # harmonic: F = k T r^2 / (2 sigma^2), one standard deviation away along the first vector
    kT = 8.617333e-5 * 600
    start = np.rint(places[0] * found.counts.shape).astype(int)
    far = start + np.array([2, 0, 0])
    r = (np.array([start, far]) / found.counts.shape - places[0]) @ CELL
    squares = np.square(r).sum(axis=1)
    difference = energy[tuple(far)] - energy[tuple(start)]
    assert difference == pytest.approx(kT * (squares[1] - squares[0]) / (2 * sigma**2), abs=0.2 * kT)
    peaks = density_peaks(found)
    apart = peaks[:, None] - places[None]
    apart -= np.round(apart)
    assert np.linalg.norm(apart @ CELL, axis=2).min(axis=1).max() < 0.05 and len(peaks) == 2


def test_a_folded_density_is_the_mean_of_the_cells_and_a_melt_has_no_peaks():
    rng = np.random.default_rng(5)
    run = run_of(np.array([[0.25, 0.5, 0.5], [0.75, 0.5, 0.5]]) @ CELL + 0.2 * rng.standard_normal((4000, 2, 3)))
    folded = ion_density(run, "Li", spacing_angstrom=0.3, fold=(2, 1, 1))
    assert folded.density().sum() * folded.voxel_volume == pytest.approx(1.0) and len(density_peaks(folded)) == 1
    # ions that fly on and on, by steps that share no period with the cell, are everywhere alike
    flight = np.arange(2000)[:, None, None] * np.array([0.1618034, 0.1123, 0.0871123])
    gas = ion_density(run_of((rng.random((1, 10, 3)) + flight) @ CELL), "Li")
    with pytest.raises(DataError, match="melt"):
        density_peaks(gas)
    for wrong in ({"spacing_angstrom": 0.0}, {"spacing_angstrom": 0.001}, {"fold": (0, 1, 1)}):
        with pytest.raises(OptionError):
            ion_density(run, "Li", **wrong)


@pytest.mark.parametrize("cell", [CELL, 10 * np.eye(3)])
def test_the_isosurface_of_a_distance_is_a_sphere(cell):
    n = 36
    fractional = np.stack(np.meshgrid(*[np.arange(n) / n] * 3, indexing="ij"), axis=-1)
    middle = np.array([0.5, 0.5, 0.5])
    values = -np.linalg.norm((fractional - middle) @ cell, axis=-1)
    vertices, faces = isosurface(values, cell, -2.5)
    assert np.linalg.norm(vertices - middle @ cell, axis=1) == pytest.approx(2.5, abs=0.03)
    a, b, c = (vertices[faces[:, k]] - middle @ cell for k in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6  # positive: all triangles look outwards
    assert volume == pytest.approx(4 / 3 * np.pi * 2.5**3, rel=0.02)
    edges, counts = np.unique(
        np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0, return_counts=True
    )
    assert (counts == 2).all() and len(vertices) - len(edges) + len(faces) == 2  # closed, without holes or handles
    assert len(isosurface(values, cell, 1.0)[1]) == 0


def rotors(rng, frames, count, D):
    """Debye rotors: small isotropic rotations with <dtheta^2> = 4 D per frame."""
    u = rng.standard_normal((count, 3))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    found = np.empty((frames, count, 3))
    for frame in range(frames):
        found[frame] = u
        turn = np.sqrt(2 * D) * rng.standard_normal((count, 3))
        angle = np.linalg.norm(turn, axis=1, keepdims=True)
        axis = turn / angle
        u = (
            u * np.cos(angle)
            + np.cross(axis, u) * np.sin(angle)
            + axis * (axis * u).sum(1, keepdims=True) * (1 - np.cos(angle))
        )
    return found


def test_debye_rotors_lose_their_direction_with_known_times():
    D = 0.005
    vectors = rotors(np.random.default_rng(6), 6000, 60, D)
    c1, c2 = vector_autocorrelation(vectors)
    t = np.arange(80)
    assert c1[:80] == pytest.approx(np.exp(-2 * D * t), abs=0.03) and c2[:80] == pytest.approx(
        np.exp(-6 * D * t), abs=0.03
    )
    bonds = Bonds("O", "H", np.arange(60), np.arange(60), vectors, "rotors", 0.1)
    found = reorientation(bonds)
    for time, order in ((found.tau_1, 2), (found.tau_2, 6)):
        assert abs(time.value - 0.1 / (order * D)) < 4 * time.uncertainty and time.uncertainty < 0.1 * time.value
    assert abs(found.ratio.value - 3) < 4 * found.ratio.uncertainty
    slow = reorientation(Bonds("O", "H", np.arange(60), np.arange(60), vectors[:40], "rotors", 0.1))
    assert slow.tau_1.value is None and "run longer" in slow.tau_1.method
    assert found == type(found).model_validate_json(found.model_dump_json())


def test_the_relaxation_times_intervals_hold_the_truth():
    hits, every = [], rotors(np.random.default_rng(100), 1200, 24 * 40, 0.01)
    for run in range(40):
        vectors = every[:, 24 * run : 24 * run + 24]
        time = reorientation(Bonds("O", "H", np.arange(24), np.arange(24), vectors, "rotors", 1.0)).tau_2
        hits.append(abs(time.value - 1 / 0.06) < time.uncertainty)
    assert 0.683 * 40 - 3 * np.sqrt(40 * 0.22) < sum(hits) < 0.683 * 40 + 3 * np.sqrt(40 * 0.22)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), count=st.integers(1, 4))
def test_autocorrelations_are_their_definition_and_do_not_depend_on_axes_or_lengths(seed, count):
    rng = np.random.default_rng(seed)
    v = rng.standard_normal((23, count, 3))
    u = v / np.linalg.norm(v, axis=2, keepdims=True)
    c1, c2 = vector_autocorrelation(v)
    for lag in (0, 1, 9, 22):
        cosines = (u[: 23 - lag] * u[lag:]).sum(axis=2)
        assert c1[lag] == pytest.approx(cosines.mean(), abs=1e-9)
        assert c2[lag] == pytest.approx(((3 * cosines**2 - 1) / 2).mean(), abs=1e-9)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    other = vector_autocorrelation((2.0 * v @ turn)[:, rng.permutation(count)])
    assert other[0] == pytest.approx(c1, abs=1e-9) and other[1] == pytest.approx(c2, abs=1e-9)


def test_bonds_are_followed_across_cell_edges_and_a_broken_one_is_refused():
    rng = np.random.default_rng(7)
    centres = np.array([[0.02, 0.5, 0.99], [0.5, 0.5, 0.5]]) @ CELL + 0.05 * rng.standard_normal((50, 2, 3))
    u = rotors(rng, 50, 2, 0.05)
    ligands = centres + 0.97 * u + np.array([CELL[0], -CELL[2]])  # other images of the same ions
    cells = np.broadcast_to(CELL, (50, 3, 3)) * (1 + 0.01 * rng.standard_normal((50, 1, 1)))
    strain = np.linalg.inv(CELL) @ cells
    run = ArrayTrajectory(np.concatenate([centres, ligands], axis=1) @ strain, cells, ["O", "O", "H", "H"], 0.1)
    found = bond_vectors(run, "O", "H")
    assert found.vectors == pytest.approx((0.97 * u) @ strain, abs=1e-5)
    assert found.ligands.tolist() == [2, 3]
    ligands[30:, 1] += 3.0
    broken = ArrayTrajectory(np.concatenate([centres, ligands], axis=1), CELL, ["O", "O", "H", "H"], 0.1)
    with pytest.raises(DataError, match="frame 30: it broke"):
        bond_vectors(broken, "O", "H")
    with pytest.raises(OptionError, match="no 'B'"):
        bond_vectors(run, "B", "H")
    with pytest.raises(OptionError, match="shorter than"):
        bond_vectors(run, "O", "H", cutoff_angstrom=0.1)


@pytest.mark.parametrize(
    "wrong", [{"lags": [-1]}, {"lags": [50]}, {"r_max_angstrom": 9.0}, {"bin_angstrom": 0.0}, {"partner": "Na"}]
)
def test_impossible_van_hove_options_are_refused(wrong):
    run = run_of(ideal_gas(np.random.default_rng(0), 20, 4))
    with pytest.raises(OptionError) as raised:
        van_hove(run, "Li", **({"lags": [1]} | wrong))
    assert "\n" not in str(raised.value)
