"""Jumps: known event lists, known rates and correlation, collective jumps by chance and on purpose, invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from antiperovskite.dynamics.trajectory import ArrayTrajectory
from antiperovskite.errors import DataError, OptionError, StructureError
from antiperovskite.transport.jumps import (
    Sites,
    collective_jumps,
    find_transitions,
    jump_statistics,
    sites_between,
    sites_from_density,
    sites_from_structure,
)
from antiperovskite.transport.jumps.counting import poisson_intervals, survival
from antiperovskite.transport.jumps.network import network_dimension

A = 3.0


def grid(size):
    return np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) / size


def cubic_sites(size):
    return Sites(grid(size), ("Li",) * size**3, "Li", "a simple cubic lattice")


def vacancy_walk(size, n_jumps, seed, gap=4):
    """One vacancy on a simple cubic lattice, one jump every ``gap`` frames: frames in lattice steps, list of events."""
    rng = np.random.default_rng(seed)
    places = (grid(size) * size).astype(int)
    occupant = {tuple(place): k for k, place in enumerate(places[1:])}
    hole = np.zeros(3, dtype=int)
    position = places[1:].copy()
    frames, events = [], []
    for number in range(n_jumps):
        step = np.zeros(3, dtype=int)
        step[rng.integers(3)] = rng.choice((-1, 1))
        source = tuple((hole + step) % size)
        ion = occupant.pop(source)
        occupant[tuple(hole)] = ion
        frames += [position.copy()] * gap
        position[ion] -= step
        events.append((ion, source, tuple(hole), (number + 1) * gap - 1))
        hole = np.array(source)
    frames += [position.copy()] * gap
    return np.array(frames), events


def run_of(steps, size, *, rng=None, rattle=0.0, frame=0.1, shift=0.0):
    """The ions of ``steps`` and eight O that stay."""
    rng = rng or np.random.default_rng(0)
    positions = A * steps + rattle * rng.standard_normal(steps.shape) + shift
    still = np.broadcast_to(A * size * (grid(2) + 0.05), (len(steps), 8, 3)) + shift
    symbols = ["Li"] * steps.shape[1] + ["O"] * 8
    return ArrayTrajectory(np.concatenate([positions, still], axis=1), A * size * np.eye(3), symbols, frame)


def table(found):
    order = np.lexsort((found.ion, found.leave))
    return np.column_stack([found.ion, found.start, found.end, found.leave, found.arrive])[order]


def test_a_known_sequence_of_hops_gives_exactly_its_events():
    steps, events = vacancy_walk(3, 200, 1)
    found = find_transitions(run_of(steps, 3, rattle=0.12), cubic_sites(3), radius_angstrom=1.2)
    number = {tuple(np.rint(place * 3).astype(int)): k for k, place in enumerate(grid(3))}
    expected = [(ion, number[a], number[b], leave, leave + 1) for ion, a, b, leave in events]
    assert [tuple(row) for row in table(found)] == expected
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(A)
    assert found.held.sum() == found.inside.sum() == len(steps) * 26 and found.lost == 0
    nearest = find_transitions(run_of(steps, 3, rattle=0.12), cubic_sites(3), voronoi=True)
    assert (table(nearest) == table(found)).all()


def test_an_ion_between_two_sites_stays_with_the_last_one():
    x = np.array([0.0, 0.2, 1.4, 1.6, 1.4, 0.3, 1.6, 2.6, 3.0, 1.3, 2.8])
    path = np.zeros((len(x), 1, 3))
    path[:, 0, 0] = x
    run = ArrayTrajectory(path, 6.0 * np.eye(3), ["Li"], 0.1)
    two = Sites(np.array([[0, 0, 0], [0.5, 0, 0]]), ("a", "b"), "Li", "two sites")
    found = find_transitions(run, two, radius_angstrom=1.0)
    assert table(found).tolist() == [[0, 0, 1, 5, 7]]
    assert len(find_transitions(run, two, voronoi=True)) == 5  # recrossings of the border are counted there


def test_short_visits_are_taken_out_and_jumps_to_an_own_image_are_seen():
    x = np.repeat([0.0, 3.0, 0.0, 3.0, 6.0, 9.0], [10, 2, 10, 2, 10, 10])
    path = np.zeros((len(x), 1, 3))
    path[:, 0, 0] = x
    run = ArrayTrajectory(path, 6.0 * np.eye(3), ["Li"], 0.1)
    found = find_transitions(run, Sites([[0, 0, 0], [0.5, 0, 0]], ("a", "b"), "Li", "x"))
    assert len(found) == 5
    kept = found.jumps(shortest_visit_frames=3)
    # 0 -> 3 -> 0 leaves nothing; 0 -> 3 -> 6 is one jump from a site to its own image
    assert table(kept)[:, 1:3].tolist() == [[0, 0], [0, 1]]
    assert kept.vectors[:, 0].tolist() == [6.0, 3.0]
    one = find_transitions(run, Sites([[0, 0, 0]], ("a",), "Li", "x"), voronoi=True)
    assert one.translation.tolist()[-1] == [1, 0, 0] and (one.start == one.end).all()


def test_sites_breathe_with_the_cell():
    steps, _ = vacancy_walk(3, 50, 2)
    still = run_of(steps, 3)
    scale = 1.0 + 0.1 * np.sin(np.arange(len(steps)) / 3.0)
    shear = np.eye(3) + 0.05 * np.array([[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    cells = scale[:, None, None] * (A * 3 * np.eye(3) @ shear)
    positions = (np.concatenate([f.positions for f in still.blocks()]) / (A * 3)) @ cells
    breathing = ArrayTrajectory(positions, cells, still.info.symbols, 0.1)
    assert (table(find_transitions(breathing, cubic_sites(3))) == table(find_transitions(still, cubic_sites(3)))).all()


@settings(max_examples=25, deadline=None)
@given(
    shift=arrays(float, 3, elements=st.floats(-50, 50)),
    seed=st.integers(0, 5),
    change=st.sampled_from(
        [((1, 0, 0), (1, 1, 0), (0, 0, 1)), ((1, 0, 0), (0, 1, 0), (-1, 1, 1)), ((0, 1, 0), (0, 0, 1), (1, 0, 0))]
    ),
)  # fmt: skip
def test_events_do_not_depend_on_origin_order_or_choice_of_cell(shift, seed, change):
    rng = np.random.default_rng(seed)
    steps, _ = vacancy_walk(3, 20, seed)
    plain = run_of(steps, 3, rattle=0.1, rng=np.random.default_rng(9))
    reference = table(find_transitions(plain, cubic_sites(3)))
    frames = np.concatenate([f.positions for f in plain.blocks()])
    order = rng.permutation(26)
    cell = np.array(change) @ (A * 3 * np.eye(3))
    # wrapped at the start differently for each ion, unwrapped from there on
    images = rng.integers(-2, 3, size=(34, 3)) @ cell
    moved = frames[:, np.append(order, np.arange(26, 34))] + shift + images
    other = ArrayTrajectory(moved, cell, plain.info.symbols, 0.1)
    places = (grid(3) * A * 3 + shift) @ np.linalg.inv(cell)
    found = table(find_transitions(other, Sites(places, ("Li",) * 27, "Li", "moved"), radius_angstrom=1.0))
    found[:, 0] = order[found[:, 0]]
    assert (found[np.lexsort((found[:, 0], found[:, 3]))] == reference).all()


def test_the_drift_of_the_framework_is_no_jump():
    steps, _ = vacancy_walk(3, 30, 4)
    drift = np.linspace(0, 20, len(steps))[:, None, None] * np.array([1.0, 0.5, 0.0])
    positions = np.concatenate([A * steps, np.broadcast_to(9 * grid(2), (len(steps), 8, 3))], axis=1) + drift
    run = ArrayTrajectory(positions, 9 * np.eye(3), ["Li"] * 26 + ["O"] * 8, 0.1)
    assert len(find_transitions(run, cubic_sites(3))) == 30


def test_rates_residence_and_occupancy_of_independent_hoppers():
    rng = np.random.default_rng(3)
    n_frames, n_ions, rate = 12000, 40, 0.01  # jumps per frame
    jumped = rng.random((n_frames, n_ions)) < rate
    axis, sign = rng.integers(3, size=jumped.shape), rng.choice((-1, 1), size=jumped.shape)
    steps = np.zeros((n_frames, n_ions, 3))
    np.put_along_axis(steps, axis[..., None], (jumped * sign)[..., None], axis=2)
    run = run_of(np.cumsum(steps, axis=0), 4, frame=0.5)
    found = jump_statistics(run, cubic_sites(4))
    assert found.n_jumps == jumped[1:].sum()
    low, high = next((i.low, i.high) for i in found.rate_intervals if i.level == 95)
    assert low < rate / 0.5 < high
    assert found.kinds[0].residence.value == pytest.approx(0.5 / rate, rel=0.08)
    assert found.kinds[0].occupancy.value == pytest.approx(40 / 64)
    assert abs(found.dispersion.value - 1.0) < 4 * found.dispersion.uncertainty
    assert abs(found.mean_cosine.value) < 4 * found.mean_cosine.uncertainty
    assert abs(found.back_jump_probability.value - 1 / 6) < 4 * found.back_jump_probability.uncertainty
    assert abs(found.net_correlation_factor.value - 1) < 4 * found.net_correlation_factor.uncertainty
    assert found.jump_diffusion_coefficient.value == pytest.approx(rate / 0.5 * A**2 / 6 * 1e-4, rel=0.05)
    assert found.dimensionality.value == 3 and found.hop_length.value == pytest.approx(A)
    middle = np.searchsorted(found.survival_time_ps, 0.5 / rate * np.log(2))
    assert found.survival[middle] == pytest.approx(0.5, abs=0.05)


def test_the_correlation_factor_of_a_vacancy_on_a_simple_cubic_lattice():
    # f = 0.6531 (Montet 1973); <cos> = -0.2098; a vacancy in a 6^3 cell returns slightly more often than in a crystal
    steps, _ = vacancy_walk(6, 12000, 5, gap=1)
    found = jump_statistics(run_of(steps, 6), cubic_sites(6), radius_angstrom=1.0)
    assert abs(found.correlation_factor.value - 0.6531) < 3 * found.correlation_factor.uncertainty + 0.01
    assert found.correlation_factor.uncertainty < 0.03


def independent(rng, n_frames=1500, n_ions=27, rate=0.004):
    """Ions that hop back and forth along x in cells of their own."""
    jumped = rng.random((n_frames, n_ions)) < rate
    return np.cumsum(jumped, axis=0) % 2


def paths(state):
    steps = np.zeros((*state.shape, 3))
    steps[..., 0] = state
    return steps + 2 * (grid(3) * 3)[None, :27]


def chains():
    first = (grid(3) * 3 * 2) / 6
    return Sites(np.concatenate([first, first + np.array([1 / 6, 0, 0])]), ("Li",) * 54, "Li", "pairs of sites")


def test_independent_ions_show_an_excess_as_often_as_the_p_value_says():
    p = []
    for seed in range(60):
        run = run_of(paths(independent(np.random.default_rng(seed))), 6)
        found = collective_jumps(
            find_transitions(run, chains()).jumps(), window_frames=5, distance_angstrom=7.0, frame_interval_ps=0.1,
            shuffles=99, seed=seed,
        )  # fmt: skip
        p.append(found.p_value.value)
    p = np.array(p)
    for level in (0.1, 0.5):
        expected, spread = 60 * level, np.sqrt(60 * level * (1 - level))
        assert abs((p <= level).sum() - expected) < 3 * spread


def test_ions_that_jump_in_pairs_are_found():
    rng = np.random.default_rng(8)
    state = independent(rng, rate=0.003)
    state[:, 1::2][:, :13] = state[:, 0:26:2]  # every odd ion copies its neighbour
    found = collective_jumps(
        find_transitions(run_of(paths(state), 6), chains()).jumps(),
        window_frames=2, distance_angstrom=6.5, frame_interval_ps=0.1,
    )  # fmt: skip
    assert found.significant and found.p_value.value == pytest.approx(1 / 200)
    assert found.ratio.value > 3 and found.sizes[2] > 20


def test_dimensions_of_networks():
    assert network_dimension([], [], np.empty((0, 3), int)) == 0
    assert network_dimension([0, 0, 0], [0, 0, 0], np.eye(3, dtype=int)) == 3
    assert network_dimension([0, 1, 0], [1, 0, 0], [[0, 0, 0], [1, 0, 0], [0, 1, 0]]) == 2
    state = independent(np.random.default_rng(1))
    found = jump_statistics(run_of(paths(state), 6), chains())
    assert found.dimensionality.value == 0  # back and forth only
    assert found.anisotropy.value == pytest.approx(0, abs=1e-9) and abs(found.axes[0][0]) == pytest.approx(1)
    assert found.back_jump_probability.value == 1 and found.correlation_factor.value == 0


def test_intervals_and_survival_with_censoring():
    rng = np.random.default_rng(2)
    counts = rng.poisson(3.2, size=3000)
    hits = [i.low <= 3.2 <= i.high for c in counts for i in poisson_intervals(int(c), 1.0, "THz") if i.level == 95]
    assert 0.94 < np.mean(hits) < 0.995
    true = rng.exponential(10.0, 4000)
    cut = rng.uniform(0, 20, 4000)
    times, share = survival(np.minimum(true, cut), true <= cut)
    assert share[np.searchsorted(times, 7.0)] == pytest.approx(np.exp(-0.7), abs=0.03)


def cubic_antiperovskite(repeat, rng, *, n_frames=40, vacant=0, offset=0.0):
    from pymatgen.core import Lattice, Structure

    cell = Structure(
        Lattice.cubic(3.9), ["Li", "Li", "Li", "O", "Cl"],
        [[0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 0]],
    )  # fmt: skip
    big = cell.copy()
    big.make_supercell(repeat)
    atoms = np.arange(vacant, len(big))
    positions = 1.02 * big.cart_coords[atoms] + 0.1 * rng.standard_normal((n_frames, len(atoms), 3)) + offset
    symbols = [big[k].specie.symbol for k in atoms]
    return cell, ArrayTrajectory(positions, 1.02 * np.array(big.lattice.matrix), symbols, 0.1)


@pytest.mark.parametrize("offset", [0.0, 1.3])
def test_x_sites_from_structure_octahedra_and_density_agree(offset):
    cell, run = cubic_antiperovskite((3, 3, 2), np.random.default_rng(0), vacant=1, offset=offset)
    ways = [sites_from_structure(run, cell, "Li"), sites_between(run, "O", "Li"), sites_from_density(run, "Li")]
    assert [len(way) for way in ways] == [54, 54, 53]  # the density does not know the vacant site
    lattice = run.cells()[0]
    for way in ways[1:]:
        apart = way.fractional[:, None] - ways[0].fractional[None]
        apart -= np.round(apart)
        assert np.linalg.norm(apart @ lattice, axis=2).min(axis=1).max() < 0.12
    assert set(ways[0].labels) == {"Li"}


def test_bad_input_is_one_clear_line():
    cell, run = cubic_antiperovskite((3, 3, 3), np.random.default_rng(0))
    other = cell.copy()
    other.replace_species({"Cl": "Br"})
    for error, match, work in (
        (StructureError, "another compound", lambda: sites_from_structure(run, other, "Li")),
        (StructureError, "no supercell", lambda: sites_from_structure(run, _scaled(cell, 1.25), "Li")),
        (OptionError, "no 'Na'", lambda: sites_from_structure(run, cell, "Na")),
        (OptionError, "overlap", lambda: find_transitions(run, sites_between(run, "O", "Li"), radius_angstrom=2.5)),
        (OptionError, "not positive", lambda: find_transitions(run, sites_between(run, "O", "Li"), radius_angstrom=0)),
        (OptionError, "octahedron centres", lambda: sites_between(run, "Li", "Li")),
        (DataError, "apart", lambda: find_transitions(run, Sites([[0, 0, 0], [0, 0, 1e-5]], ("a", "b"), "Li", "x"))),
        (DataError, "another structure", lambda: find_transitions(run, Sites([[0.02, 0.02, 0.14]], ("a",), "Li", "x"))),
    ):
        with pytest.raises(error, match=match) as raised:
            work()
        assert "\n" not in str(raised.value)


def _scaled(cell, factor):
    found = cell.copy()
    found.scale_lattice(cell.volume * factor**3)
    return found


def test_a_silent_species_has_an_upper_limit():
    cell, run = cubic_antiperovskite((3, 3, 3), np.random.default_rng(0))
    found = jump_statistics(run, sites_from_structure(run, cell, "Cl"))
    assert found.n_jumps == 0 and found.rate.value == 0 and found.rate_intervals[1].high > 0
    assert found.hop_length.value is None and found.collective.p_value.value is None
    assert found == type(found).model_validate_json(found.model_dump_json())
