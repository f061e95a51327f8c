"""The shipped ions: complete, consistent, and equal to the sources they name."""

from __future__ import annotations

import math
from itertools import combinations
from pathlib import Path

import pytest

from antiperovskite.errors import DataError, UnknownIonError
from antiperovskite.ions import Ion, ion, known_ions, register_ion_file, registry

CATIONS = ["Li", "Na", "K", "Ag", "Mg", "Ca", "Sr", "Ba", "Al", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Mo"]
ANIONS = [
    "O",
    "F",
    "H",
    "S",
    "Se",
    "Te",
    "Cl",
    "Br",
    "I",
    "N",
    "P",
    "As",
    "Sb",
    "Bi",
    "OH",
    "NH2",
    "NO3",
    "CN",
    "NO2",
    "BH4",
    "BF4",
    "AlH4",
    "BCl4",
    "SO4",
]

# Perspective, Table 1: Shannon value (None = N/A) and thermochemical values as printed
TABLE_1 = {
    "F": (1.33, {1.26}),
    "O": (1.40, {1.41, 1.49}),
    "H": (None, {1.48, 1.73}),
    "S": (1.84, {1.89, 1.91}),
    "OH": (1.37, {1.33, 1.52}),
    "Cl": (1.81, {1.68, 1.72}),
    "Br": (1.96, {1.88, 1.90}),
    "I": (2.20, {2.10, 2.11}),
    "Se": (1.98, {1.81, 2.09}),
    "Te": (2.21, {2.20}),
    "CN": (None, {1.87, 1.91}),
    "NO2": (None, {1.87, 1.92}),
    "BH4": (None, {1.93, 2.05}),
    "BF4": (None, {2.05, 2.32}),
    "AlH4": (None, {2.26}),
    "BCl4": (None, {3.10}),
    "SO4": (None, {2.18, 2.58}),
}

PF6 = """
ions:
  - symbol: PF6
    name: hexafluorophosphate
    charge: -1
    elements: {P: 1, F: 6}
    point_group: Oh
    atoms:
      - {element: P, xyz: [0.0, 0.0, 0.0]}
      - {element: F, xyz: [1.6, 0.0, 0.0]}
      - {element: F, xyz: [-1.6, 0.0, 0.0]}
      - {element: F, xyz: [0.0, 1.6, 0.0]}
      - {element: F, xyz: [0.0, -1.6, 0.0]}
      - {element: F, xyz: [0.0, 0.0, 1.6]}
      - {element: F, xyz: [0.0, 0.0, -1.6]}
    geometry_source: a test
    sites: [A]
"""


@pytest.fixture
def fresh_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A registry without the developer's own files, put back afterwards."""
    monkeypatch.setattr(registry, "_registered", [])
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv(registry.ENVIRONMENT_VARIABLE, raising=False)
    registry._load.cache_clear()
    yield
    registry._load.cache_clear()


def bond_lengths(cluster: Ion) -> list[float]:
    centre, *others = cluster.atoms
    return [math.dist(centre.xyz, other.xyz) for other in others]


@pytest.mark.parametrize("symbol", CATIONS)
def test_cations_sit_on_x_and_are_positive(symbol: str) -> None:
    cation = ion(symbol)
    assert cation.charge > 0
    assert cation.sites == ("X",)
    assert any(radius.coordination == 6 for radius in cation.radii)


@pytest.mark.parametrize("symbol", ANIONS)
def test_anions_sit_on_b_or_a_and_are_negative(symbol: str) -> None:
    anion = ion(symbol)
    assert anion.charge < 0
    assert set(anion.sites) <= {"A", "B"}
    assert anion.sites


def test_nothing_else_is_shipped_but_the_proton(fresh_registry: None) -> None:
    assert set(known_ions()) == {*CATIONS, *ANIONS, "H+"}
    assert ion("H+").sites == ()


@pytest.mark.parametrize("symbol", TABLE_1)
def test_both_radius_columns_of_table_1(symbol: str) -> None:
    shannon, thermochemical = TABLE_1[symbol]
    radii = ion(symbol).radii
    sixfold = [r.value for r in radii if r.scale == "shannon" and r.coordination == 6]
    assert sixfold == ([] if shannon is None else [shannon])
    read = [r for r in radii if r.scale == "thermochemical"]
    assert {r.value for r in read} == thermochemical
    assert {r.citation for r in read} == {"roobottom1999", "jenkins1979"} or len(read) == 1
    assert all(r.alternative_citation and "memory" in r.note for r in read)


def test_shannon_values_are_those_of_pymatgens_table() -> None:
    from pymatgen.core import Element

    roman = {2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI", 7: "VII", 8: "VIII", 9: "IX", 10: "X", 11: "XI", 12: "XII"}
    spins = {None: "", "high": "High Spin", "low": "Low Spin"}
    checked = 0
    for entry in known_ions().values():
        for radius in entry.radii:
            if radius.scale == "shannon" and not entry.is_cluster:
                charge = entry.charge if radius.charge is None else radius.charge
                table = Element(entry.symbol).data["Shannon radii"][str(charge)]
                row = table[roman[radius.coordination or 0]][spins[radius.spin]]
                assert radius.value == row["ionic_radius"]
                assert charge in (entry.charge, *entry.other_charges)
                checked += 1
    assert checked > 100


def test_every_radius_cites_a_known_work() -> None:
    from antiperovskite.citations import known_keys

    radii = [radius for entry in known_ions().values() for radius in entry.radii]
    cited = {radius.citation for radius in radii} | {radius.alternative_citation for radius in radii}
    assert cited - {None} == {"shannon1976", "roobottom1999", "jenkins1979"}
    assert cited - {None} <= set(known_keys())


def test_unverified_radii_are_only_those_outside_table_1() -> None:
    unverified = {s for s, entry in known_ions().items() for r in entry.radii if r.trust == "unverified"}
    assert unverified == {"NH2", "NO3"}


@pytest.mark.parametrize(
    ("symbol", "length"), [("BH4", 1.22), ("BF4", 1.42), ("AlH4", 1.67), ("BCl4", 1.84), ("SO4", 1.48)]
)
def test_tetrahedra_are_regular(symbol: str, length: float) -> None:
    cluster = ion(symbol)
    assert cluster.point_group == "Td"
    assert bond_lengths(cluster) == pytest.approx([length] * 4, abs=2e-6)
    edges = [math.dist(p.xyz, q.xyz) for p, q in combinations(cluster.atoms[1:], 2)]
    assert edges == pytest.approx([length * math.sqrt(8 / 3)] * 6, abs=1e-5)


def test_other_cluster_geometries() -> None:
    assert bond_lengths(ion("OH")) == pytest.approx([0.97])
    assert ion("OH").atoms[0].element == "O"
    assert ion("OH").atoms[0].xyz == (0.0, 0.0, 0.0)
    assert bond_lengths(ion("NO3")) == pytest.approx([1.25] * 3, abs=2e-6)
    assert bond_lengths(ion("NH2")) == pytest.approx([1.02] * 2, abs=2e-6)
    assert bond_lengths(ion("NO2")) == pytest.approx([1.25] * 2, abs=2e-6)
    n, first, second = ion("NO2").atoms
    half = math.dist(first.xyz, second.xyz) / 2
    assert 2 * math.degrees(math.asin(half / 1.25)) == pytest.approx(115.0, abs=1e-3)
    assert math.fsum(atom.xyz[2] for atom in (n, first, second)) == pytest.approx(0.0, abs=1e-6)
    assert math.fsum(atom.xyz[2] for atom in ion("CN").atoms) == 0.0


def test_every_cluster_says_where_its_geometry_comes_from() -> None:
    for entry in known_ions().values():
        assert bool(entry.geometry_source) == entry.is_cluster
        if entry.is_cluster and "doi" not in entry.geometry_source:
            assert entry.geometry_source.startswith("unverified: typical")


def test_unknown_ion_names_the_closest() -> None:
    with pytest.raises(UnknownIonError, match="did you mean 'BH4'"):
        ion("BH5")


def test_known_ions_is_a_copy() -> None:
    known_ions().clear()
    assert "Li" in known_ions()


def test_a_data_file_registers_an_ion_that_formulas_then_use(fresh_registry: None, tmp_path: Path) -> None:
    from antiperovskite.composition import resolve

    path = tmp_path / "mine.yaml"
    path.write_text(PF6)
    assert register_ion_file(path) == ("PF6",)
    assert resolve("Na3SPF6").sites.A == {"PF6": 1.0}
    assert resolve("Na3S(PF6)0.5Cl0.5").canonical == "Na3SCl0.5(PF6)0.5"


def test_user_files_are_found(fresh_registry: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "environment.yaml"
    path.write_text(PF6)
    monkeypatch.setenv(registry.ENVIRONMENT_VARIABLE, str(path))
    assert ion("PF6").charge == -1
    monkeypatch.delenv(registry.ENVIRONMENT_VARIABLE)
    registry._load.cache_clear()
    assert "PF6" not in known_ions()
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / name)
    (tmp_path / "antiperovskite" / "ions").mkdir(parents=True)
    (tmp_path / "antiperovskite" / "ions" / "lab.yaml").write_text(PF6)
    registry._load.cache_clear()
    assert ion("PF6").charge == -1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "expected a mapping with the key 'ions'"),
        ("ions: {", "not valid YAML"),
        (PF6.replace("charge: -1", "charge: much"), "0.charge"),
        (PF6.replace("charge: -1", "charge: 0"), "charge other than zero"),
        (PF6.replace("F: 6", "F: 5"), "do not add up"),
        (PF6.replace("name:", "nickname:"), "name"),
        (PF6 + PF6.replace("ions:", "").lstrip("\n"), "more than once: PF6"),
    ],
)
def test_a_wrong_file_registers_nothing(fresh_registry: None, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        register_ion_file(path)
    assert "\n" not in str(caught.value)
    assert "wrong.yaml" in str(caught.value)
    assert "PF6" not in known_ions()


def test_a_missing_file_is_one_clear_line(fresh_registry: None, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        register_ion_file(tmp_path / "none.yaml")
