"""Electrode phases: their crystal facts must reproduce the chemistry everybody agrees on.

Densities are X-ray densities printed with the structures or in handbooks; coordination numbers are counted.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from pymatgen.core import Structure

from antiperovskite._files import package_data, read_yaml
from antiperovskite.stability.phases import ReferencePhase, build_phase, reference_phases
from antiperovskite.stability.references import reference_set


@cache
def electrode_phases() -> dict[str, ReferencePhase]:
    path = package_data("stability", "phases") / "electrodes.yaml"
    return {record["name"]: reference_phases()[record["name"]] for record in read_yaml(path)["phases"]}


@cache
def built(name: str) -> Structure:
    return build_phase(electrode_phases()[name])


def neighbours(name: str, centre: str, ligand: str, distance: float) -> set[int]:
    """Numbers of ``ligand`` within ``distance`` (angstrom) that the sites of ``centre`` have."""
    structure = built(name)
    sites = [site for site in structure if site.specie.symbol == centre]
    assert sites
    return {sum(other.specie.symbol == ligand for other in structure.get_neighbors(site, distance)) for site in sites}


@pytest.mark.parametrize(
    ("name", "density"),
    [
        ("Ti", 4.51),
        ("Zr", 6.51),
        ("La", 6.15),
        ("Sn-alpha", 5.77),
        ("Sn-beta", 7.29),
        ("LiCoO2", 5.05),
        ("LiNiO2", 4.78),
        ("Li2MnO3", 3.89),
        ("LiMn2O4", 4.28),
        ("TiO2-rutile", 4.25),
        ("TiO2-anatase", 3.90),
        ("Ti2O3", 4.59),
        ("LiC6", 2.20),
        ("Li7La3Zr2O12", 5.11),
        ("La2O3", 6.57),
        ("ZrO2-baddeleyite", 5.82),
        ("La2Zr2O7", 6.06),
        ("LaCl3", 3.85),
        ("Co9S8", 5.34),
        ("FeCl2", 3.16),
        ("CoCl2", 3.36),
        ("NiCl2", 3.55),
        ("MnCl2", 2.98),
        ("CaI2", 3.96),
        ("Fe3C", 7.69),
        ("TiN", 5.39),
        ("TiC", 4.91),
        ("Mg2Sn", 3.57),
        ("Na15Sn4", 2.40),
    ],
)
def test_densities_are_those_of_the_substances(name: str, density: float) -> None:
    """In g/cm3, within 3 %: a wrong cell, setting or site occupation is far outside."""
    assert built(name).density == pytest.approx(density, rel=0.03)


@pytest.mark.parametrize(
    ("name", "centre", "ligand", "distance", "number"),
    [
        ("LiCoO2", "Co", "O", 2.1, 6),
        ("LiCoO2", "Li", "O", 2.3, 6),
        ("NaCoO2", "Co", "O", 2.1, 6),
        ("LiMn2O4", "Mn", "O", 2.1, 6),
        ("LiMn2O4", "Li", "O", 2.1, 4),
        ("Li4Ti5O12-model", "Ti", "O", 2.4, 6),
        ("TiO2-anatase", "Ti", "O", 2.1, 6),
        ("Li7La3Zr2O12", "Zr", "O", 2.4, 6),
        ("Li7La3Zr2O12", "La", "O", 2.9, 8),
        ("ZrO2-baddeleyite", "Zr", "O", 2.5, 7),
        ("Li2ZrO3", "Zr", "O", 2.5, 6),
        ("La2O3", "La", "O", 2.9, 7),
        ("LiC6", "C", "C", 1.6, 3),
        ("Li2C2", "C", "C", 1.6, 1),
        ("Na3P", "P", "Na", 3.1, 5),
        ("NaSn", "Sn", "Sn", 3.3, 3),
        ("Co9S8", "Co", "S", 2.6, None),
        ("FeS2-marcasite", "Fe", "S", 2.5, 6),
        ("FeCl2", "Fe", "Cl", 2.8, 6),
    ],
)
def test_coordination_numbers(name: str, centre: str, ligand: str, distance: float, number: int | None) -> None:
    found = neighbours(name, centre, ligand, distance)
    assert found == ({4, 6} if number is None else {number})  # Co9S8: eight tetrahedral, one octahedral


def test_phosphates_and_sulfates_keep_their_tetrahedra() -> None:
    for name, phase in electrode_phases().items():
        for centre in {"P", "S"} & phase.elements:
            if "O" in phase.elements and "(PO3)" not in name and phase.formula.count("O4"):
                assert neighbours(name, centre, "O", 1.8) == {4}, name


def test_olivine_and_heterosite_share_one_framework() -> None:
    """The volume of LiFePO4 shrinks by about 7 % when lithium leaves."""
    full, empty = (next(n for n in electrode_phases() if n.startswith(p)) for p in ("LiFePO4", "FePO4-heterosite"))
    assert 0.90 < built(empty).volume / built(full).volume < 0.97
    assert len(built(full)) - len(built(empty)) == 4


def test_layers_without_alkali_keep_the_sheet_of_the_cathode() -> None:
    for cathode, empty in (("LiCoO2", "CoO2-O1"), ("LiCoO2", "CoO2-O3-model"), ("LiNiO2", "NiO2-O3")):
        a, b = (electrode_phases()[name].lattice.a for name in (cathode, empty))
        assert b == pytest.approx(a, rel=0.03)


def test_ordered_nmc111_mixes_the_metals_evenly() -> None:
    structure = built("NMC111-model")
    metals = Counter(site.specie.symbol for site in structure)
    assert metals["Ni"] == metals["Mn"] == metals["Co"] == metals["Li"] / 3
    for site in structure:
        if site.specie.symbol in {"Ni", "Mn", "Co"}:  # honeycomb of three colours: never next to its own kind
            near = Counter(other.specie.symbol for other in structure.get_neighbors(site, 3.2))
            assert near[site.specie.symbol] == 0
            assert sorted(near[metal] for metal in ("Ni", "Mn", "Co")) == [0, 3, 3]


def test_ordered_titanate_is_one_lithium_on_six_octahedral_sites() -> None:
    structure = built("Li4Ti5O12-model")
    coordination = Counter(
        sum(other.specie.symbol == "O" and other.nn_distance < 2.5 for other in structure.get_neighbors(site, 2.5))
        for site in structure
        if site.specie.symbol == "Li"
    )
    assert coordination[4] == 3 * coordination[6]  # (Li3)8a (Li Ti5)16d O12
    assert set(coordination) == {4, 6}


def test_what_is_a_model_says_so() -> None:
    for name, phase in electrode_phases().items():
        assert (phase.trust == "constructed") == ("model" in name), name
        if phase.trust == "constructed":
            assert "model" in f"{phase.note} {phase.source}", name


def test_every_phase_names_its_source_and_stays_small() -> None:
    for name, phase in electrode_phases().items():
        assert len(phase.source) > 8
        assert phase.trust in {
            "memory-high", "memory-medium", "constructed", "file (DFT-PBE relaxed MP or AFLOW prototype)",
        }, name  # fmt: skip
        assert len(built(name)) <= 96, name


def energy(engine: str, *names: str) -> float:
    """Energy in eV per formula unit of the lowest of the named phases in a shipped set."""
    by_name = {entry.name: entry.energy for entry in reference_set(engine).entries}
    return min(by_name[name] for name in names)


@pytest.mark.parametrize(
    ("engine", "metal", "full", "empty", "lowest", "highest"),
    [
        ("7net-mf-0-r2scan", "Li", "LiCoO2", ("CoO2-O1", "CoO2-O3-model"), 3.6, 4.5),  # measured about 4.1 V
        ("7net-mf-0-r2scan", "Li", "LiNiO2", ("NiO2-O1-model", "NiO2-O3"), 3.5, 4.3),  # about 3.9 V
        ("7net-mf-0-r2scan", "Li", "LiTiS2", ("TiS2",), 1.7, 2.5),  # about 2.2 V
        ("7net-0", "Li", "LiFePO4-fromfile-mp-19017", ("FePO4-heterosite-fromfile-mp-20361",), 2.9, 3.8),  # 3.45 V
    ],
)
def test_average_voltages_of_the_electrodes(
    engine: str, metal: str, full: str, empty: tuple[str, ...], lowest: float, highest: float
) -> None:
    """One alkali atom per formula unit, uncorrected energies of one engine: volts equal eV."""
    assert lowest < energy(engine, *empty) + energy(engine, metal) - energy(engine, full) < highest
