"""Polytypes, distortions, reported forms and packings."""

from __future__ import annotations

import numpy as np
import pytest

from antiperovskite.composition import resolve
from antiperovskite.errors import OptionError, StructureError
from antiperovskite.structures import check_structure
from antiperovskite.structures.amorphous import pack
from antiperovskite.structures.distortions import POLAR, STRAINS
from antiperovskite.structures.forms import average_structure, find_form, forms_of, reported_forms
from antiperovskite.structures.hexagonal import POLYTYPES, hexagonality
from antiperovskite.structures.octahedra import octahedra
from antiperovskite.structures.symmetry import spacegroup
from antiperovskite.structures.variants import build_variant


@pytest.mark.parametrize("name", POLYTYPES)
def test_polytypes_have_their_space_group_and_face_sharing(name: str) -> None:
    model = build_variant(resolve("Na3OBr"), polytype=name)
    assert spacegroup(model.to_pymatgen())[0] == POLYTYPES[name][1]
    structure = model.to_pymatgen()
    centres = [i for i, role in enumerate(model.roles) if role == "B"]
    faces = 0
    found = {item.atom: item for item in octahedra(model)}
    for i in centres:
        assert len(found[i].vertices) == 6
        near = [site for site in structure.get_neighbors(structure[i], 3.2) if site.specie.symbol == "O"]
        faces += len(near)
    share = hexagonality(POLYTYPES[name][0]).count("h") / len(POLYTYPES[name][0])
    assert faces / len(centres) == pytest.approx(2 * share)  # each h layer joins two octahedra by a face


@pytest.mark.parametrize("direction", POLAR)
@pytest.mark.parametrize("amplitude", [0.05, 0.2])
def test_off_centring_is_polar_by_its_amplitude(direction: str, amplitude: float) -> None:
    model = build_variant(resolve("Na3OCl"), polar=(direction, amplitude))
    assert spacegroup(model.to_pymatgen())[0] == POLAR[direction][1]
    structure = model.to_pymatgen()
    (b,) = structure.indices_from_symbol("O")
    shift = (structure[b].frac_coords - 0.5) @ structure.lattice.matrix
    assert np.linalg.norm(shift) == pytest.approx(amplitude, abs=1e-9)


@pytest.mark.parametrize("name", STRAINS)
@pytest.mark.parametrize("percent", [1.0, -3.0])
def test_strains_have_their_space_group(name: str, percent: float) -> None:
    model = build_variant(resolve("Na3OCl"), strained=(name, percent))
    assert spacegroup(model.to_pymatgen())[0] == STRAINS[name][0]
    flat = build_variant(resolve("Na3OCl"))
    assert model.to_pymatgen().volume == pytest.approx(flat.to_pymatgen().volume, rel=3e-3)


def test_strain_leaves_cluster_ions_whole() -> None:
    check_structure(build_variant(resolve("Na3OBH4"), strained=("tetragonal", 8.0)))


def test_distortion_combined_with_a_tilt() -> None:
    from antiperovskite.structures.glazer import parse_tilt

    model = build_variant(resolve("Na3OCl"), tilt=parse_tilt("a-a-a-"), polar=("111", 0.1))
    assert spacegroup(model.to_pymatgen(), 1e-3)[0] == "R3c"  # as in LiNbO3


def test_small_shears_are_not_called_cubic() -> None:
    """A shear of 0.6 degree displaces atoms by 0.04 angstrom: more than the tolerance, less than five degrees."""
    model = build_variant(resolve("Na3OCl"), strained=("rhombohedral", 1.0))
    assert spacegroup(model.to_pymatgen(), 0.005)[0] == "R-3m"


def test_reported_forms_are_consistent() -> None:
    for form in reported_forms():
        formula = resolve(form.formula)
        assert form in forms_of(formula)
        if form.built == "no":
            with pytest.raises(StructureError, match="not built"):
                find_form(formula, form.name)
    assert forms_of(resolve("Na3SO4F")) == forms_of(resolve("Na3FSO4")) != ()
    assert forms_of(resolve("Li3OCl")) == ()


def test_sodium_fluoride_sulfate_is_the_measured_9r_cell() -> None:
    model = build_variant(resolve("Na3FSO4"), form="beta")
    check_structure(model)
    assert model.to_pymatgen().volume / model.formula_units == pytest.approx(6.94**2 * np.sqrt(3) / 2 * 24.58 / 9)
    assert len(octahedra(model)) == 3


def test_average_silver_form_is_body_centred_and_nearly_full() -> None:
    formula = resolve("Ag3SI")
    structure = average_structure(formula, find_form(formula, "alpha"))
    assert spacegroup(structure)[0] == "Im-3m"
    assert structure.composition["Ag"] == pytest.approx(2.96)
    assert structure.composition["S"] == structure.composition["I"] == pytest.approx(1.0)


@pytest.mark.parametrize("formula", ["Li3OCl", "Na3OBH4", "Li2OHCl", "Li3OCl0.5Br0.5"])
def test_packing_keeps_composition_density_ions_and_distances(formula: str) -> None:
    sites = resolve(formula)
    model = pack(sites, 60, density_g_cm3=1.4, seed=3)
    check_structure(model, sites, coordination=None)
    structure = model.to_pymatgen()
    assert structure.density == pytest.approx(1.4, rel=1e-3)
    assert spacegroup(structure, 0.01)[1] == 1
    assert pack(sites, 60, density_g_cm3=1.4, seed=3) == model
    assert pack(sites, 60, density_g_cm3=1.4, seed=4) != model


def test_packing_keeps_a_minimum_distance_that_is_given() -> None:
    model = pack(resolve("Li3OCl"), 100, min_distances_A={("Li", "O"): 1.95, ("Cl", "Cl"): 3.4}, seed=1)
    structure = model.to_pymatgen()
    i, j, _, d = structure.get_neighbor_list(4.0)
    symbols = np.array([site.specie.symbol for site in structure])
    assert d[(symbols[i] == "Li") & (symbols[j] == "O")].min() >= 1.95 - 1e-6
    assert d[(symbols[i] == "Cl") & (symbols[j] == "Cl")].min() >= 3.4 - 1e-6


def test_packing_refuses_what_cannot_fit() -> None:
    with pytest.raises(StructureError, match="lower the density"):
        pack(resolve("Li3OCl"), 100, density_g_cm3=6.0, max_steps=60)
    with pytest.raises(OptionError, match="too small"):
        pack(resolve("Li3OCl"), 5)
    with pytest.raises(OptionError, match="must lie between 0\\.5"):
        pack(resolve("Li3OCl"), 100, min_distances_A={("Li", "O"): 60.0})
