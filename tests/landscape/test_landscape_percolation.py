"""Series of formulas, random cells and their critical paths."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.errors import DataError, OptionError
from antiperovskite.kinetics.percolation.by_landscape import hop_cell, landscape_percolation, random_hops
from antiperovskite.kinetics.percolation.random_cells import disordered_crystal, host_structures
from antiperovskite.kinetics.percolation.series import formula_at, has_x, parse_x


def test_series_of_formulas():
    assert [formula_at("Li3OCl1-xBrx", x) for x in (0, 0.25, 1)] == ["Li3OCl", "Li3OCl0.75Br0.25", "Li3OBr"]
    assert formula_at("Li3-xNaxOCl", 3) == "Na3OCl"
    assert formula_at("Li3-2xMgxOCl", 0.1) == "Li2.8Mg0.1OCl"
    assert has_x("Na3-xLixOBr") and not has_x("Na3OBr")
    assert parse_x("0..1/0.25") == (0.0, 0.25, 0.5, 0.75, 1.0) and parse_x("0,1") == (0.0, 1.0)
    for bad in ("1..0/0.1", "a", "0..1/0", "0..1/0.0001", "", "9"):
        with pytest.raises(OptionError, match="cannot read x"):
            parse_x(bad)
    with pytest.raises(OptionError, match="negative"):
        formula_at("Li3OCl1-xBrx", 1.5)


def test_random_cells_hold_what_the_formula_says():
    crystal = disordered_crystal(resolve("Li2.8Mg0.1OCl0.75Br0.25"))
    ions = crystal.arrange((4, 4, 4), 3)
    names = crystal.ions()
    counts = {name: int((ions == k).sum()) for k, name in enumerate(names)}
    assert counts["Br"] == 16 and counts["Cl"] == 48 and counts["O"] == 64
    # 192 sites: 179.2 Li and 6.4 Mg are rounded together, the largest remainder first
    assert counts["Mg"] == 7 and counts["Li"] == 179 and int((ions < 0).sum()) == 6
    assert (crystal.arrange((4, 4, 4), 3) == ions).all() and (crystal.arrange((4, 4, 4), 4) != ions).any()


def test_the_pure_crystal_has_one_barrier():
    cell = hop_cell(resolve("Li3OCl"), "Li")
    hops = random_hops(cell, (2, 2, 2), 0)
    assert hops.lost == 0.0 and len(hops.first) == 12 * 8 and hops.n_sites == 24
    assert np.ptp(hops.levels) < 1e-6 and np.ptp(hops.site_energies) < 1e-6
    assert hops.levels.mean() == pytest.approx(hops.barriers.mean(), abs=1e-6)


def test_every_hop_of_a_random_cell_is_that_of_an_explicit_supercell():
    """A hop's saddle from the host's start equals the one found anew in the explicit supercell."""
    from antiperovskite.landscape.crystal import ChargedCrystal
    from antiperovskite.landscape.field import site_field
    from antiperovskite.landscape.hops import find_pass

    cell = hop_cell(resolve("Li3OCl0.5Br0.5"), "Li")
    copies = (2, 2, 2)
    hops = random_hops(cell, copies, 5)
    ions, names, crystal = cell.crystal.arrange(copies, 5), cell.crystal.ions(), cell.crystal
    grid = np.stack(np.meshgrid(*[np.arange(2)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    charges = {"Li": 1, "O": -2, "Cl": -1, "Br": -1}
    elements = tuple(names[k] for row in ions for k in row)
    explicit = ChargedCrystal(
        "cell", crystal.cell * 2, ((grid[:, None] + crystal.fractional[None]) / 2).reshape(-1, 3), elements,
        tuple(charges[element] for element in elements),
    )  # fmt: skip
    field = site_field(explicit, "Li")[0]
    floor, minima, found = field.stationary(field.sites, 0)
    assert found.all()
    assert floor - floor.mean() == pytest.approx(hops.site_energies, abs=1e-3)
    one = 7
    i, j = int(hops.first[one]), int(hops.second[one])
    shift = hops.across[one]
    others = field.sites[None] + (np.stack(np.meshgrid(*[[-1, 0, 1]] * 3), -1).reshape(-1, 3) @ field.cell)[:, None]
    length = float(np.linalg.norm(field.sites[j] + shift @ field.cell - field.sites[i]))
    found_pass = find_pass(field, (i, j, shift, length), minima, floor, others.reshape(-1, 3))
    assert found_pass is not None and found_pass.refined
    assert found_pass.energy - 0.5 * (floor[i] + floor[j]) == pytest.approx(hops.barriers[one], abs=2e-3)


def test_pure_ends_and_blocked_cations():
    ends = [(x, resolve(formula_at("Li3OCl1-xBrx", x))) for x in (0.0, 1.0)]
    hosts = host_structures(["Li3OCl", "Li3OBr"])  # one origin of all lattices of a series
    assert "ionic radii" in hosts[1]
    study = landscape_percolation("Li3OCl1-xBrx", ends, sizes=(24,), samples=2)
    for (_, formula), point in zip(ends, study.points, strict=True):
        alone = random_hops(hop_cell(formula, "Li", hosts=hosts), (2, 2, 2), 0).levels.mean()
        assert point.effective_barrier.value == pytest.approx(alone, abs=1e-6) and point.dimensionality == 3
    few = landscape_percolation("LiNa2OCl", [(None, resolve("LiNa2OCl"))], mover="Li", sizes=(81,), samples=3)
    assert few.ion == "Li" and few.points[0].site_spread.value > 0
    with pytest.raises(OptionError, match="not on X"):
        landscape_percolation("x", ends, mover="K", sizes=(24,), samples=2)
    with pytest.raises(DataError, match="BH4"):
        landscape_percolation("x", [(None, resolve("Na3OBH4"))], sizes=(24,), samples=2)
    with pytest.raises(OptionError, match="too few"):
        landscape_percolation("x", ends, sizes=(24,), samples=1)
