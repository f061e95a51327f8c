"""The factorised structure factors against the sum written out."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.diffraction import kernel


@pytest.mark.parametrize(("small", "tolerance"), [(0, 23 * 2e-7), (10**9, 1e-10)])
def test_both_ways_of_summing_equal_the_definition(small, tolerance, monkeypatch):
    """The factorised way adds in single precision."""
    monkeypatch.setattr(kernel, "SMALL", small)
    generator = np.random.default_rng(3)
    matrix = np.array([[5.0, 0.3, -0.2], [0.5, 6.0, 0.4], [-0.7, 0.2, 7.0]])
    hkl = kernel.reciprocal_points(matrix, 0.1, 1.1).hkl
    positions, occupancies = generator.random((23, 3)) * 3 - 1, generator.random(23)
    groups = generator.integers(0, 3, 23)
    sums = kernel.partial_sums(hkl, positions, occupancies, groups, 3)
    for group in range(3):
        waves = np.exp(2j * np.pi * hkl @ positions.T) * occupancies * (groups == group)
        np.testing.assert_allclose(sums[group], waves.sum(axis=1), rtol=0, atol=tolerance)


def test_half_of_reciprocal_space_is_listed_once():
    matrix = np.array([[4.0, 0.0, 0.0], [1.0, 4.2, 0.0], [0.5, 0.7, 4.4]])
    points = kernel.reciprocal_points(matrix, 0.2, 1.3)
    index = np.stack(np.meshgrid(*[np.arange(-9, 10)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    length = np.linalg.norm(index @ np.linalg.inv(matrix).T, axis=1)
    whole = {tuple(hkl) for hkl in index[(length >= 0.2) & (length <= 1.3)].tolist()}
    listed = [tuple(hkl) for hkl in points.hkl.tolist()]
    assert len(set(listed)) == len(listed) == len(whole) / 2
    assert {tuple(-i for i in hkl) for hkl in listed} | set(listed) == whole
    assert np.all(np.diff(points.length) >= 0)
