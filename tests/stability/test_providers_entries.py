"""A user's own pymatgen entries: read without decoding, checked, and never of two energy scales."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymatgen.analysis.compatibility import MaterialsProject2020Compatibility
from pymatgen.core import Lattice, Structure
from pymatgen.core.entries import CompositionEnergyAdjustment, ComputedEntry, ComputedStructureEntry
from pymatgen.entries.computed_entries import GibbsComputedStructureEntry

from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.errors import AntiperovskiteError, DataError, MissingReferenceError, OptionError
from antiperovskite.stability.providers import EntriesFileProvider, Provider, entries_file, save_reference_set
from antiperovskite.stability.providers.checked_entry import check_entry
from antiperovskite.stability.providers.imported import without_own_entry
from antiperovskite.stability.providers.saving import joined_with_saved, user_set_name
from antiperovskite.stability.providers.schemes import MP2020_ANIONS
from antiperovskite.stability.reference_lock import reference_lock
from antiperovskite.stability.references import REFERENCES_VARIABLE, reference_set

MP2020 = {"@module": "pymatgen.entries.compatibility", "@class": "MaterialsProject2020Compatibility"}


def plain(formula: str, energy: float, /, **more: Any) -> dict[str, Any]:
    entry: dict[str, Any] = ComputedEntry(formula, energy).as_dict()
    return entry | {"parameters": {"run_type": "GGA"}, "entry_id": f"id-{formula}"} | more


def corrected(formula: str, energy: float, anion: str, atoms: float, /, **more: Any) -> dict[str, Any]:
    adjustment = CompositionEnergyAdjustment(-0.6, atoms, name=f"MP2020 anion correction ({anion})", cls=MP2020)
    entry = ComputedEntry(formula, energy, energy_adjustments=[adjustment], parameters={"run_type": "GGA"})
    return entry.as_dict() | {"entry_id": f"id-{formula}"} | more


ELEMENTS = [plain("Li2", -3.8), plain("O2", -9.8), plain("Cl2", -3.6)]


def written(directory: Path, content: Any, name: str = "entries.json") -> Path:
    path = directory / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def read(directory: Path, content: Any, scheme: str = "") -> Any:
    return EntriesFileProvider(written(directory, content), "user-test", scheme).fetch()


def test_energies_are_corrected_and_per_formula_unit(tmp_path: Path) -> None:
    entries = [*ELEMENTS, corrected("Li8O4", -57.2, "O", 4)]
    found = read(tmp_path, entries)
    by_formula = {entry.formula: entry for entry in found.entries}
    assert by_formula["Li2O"].energy == pytest.approx((-57.2 - 4 * 0.6) / 4)
    assert by_formula["Li2O"].elements == {"Li": 2.0, "O": 1.0}
    assert by_formula["Li"].energy == pytest.approx(-1.9)
    assert by_formula["O2"].kind == "element"
    assert by_formula["Li2O"].structure is None
    assert found.engine.name == found.engine.energy_scale == "user-test"
    assert "2020 corrections" in found.engine.reference_method


def test_every_provider_follows_the_protocol(tmp_path: Path) -> None:
    assert isinstance(EntriesFileProvider(tmp_path / "x.json", "user-x"), Provider)


def test_energies_agree_with_pymatgen_over_cells_and_corrections(tmp_path: Path) -> None:
    """Parity with ComputedStructureEntry after the real 2020 corrections, uncertainties of nan included."""
    cell = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.6), ["O", "Li"], [[0, 0, 0], [0.25, 0.25, 0.25]])
    raw = ComputedStructureEntry(cell, -57.2, entry_id="mp-1960", parameters={"run_type": "GGA", "hubbards": {}})
    raw.data["oxidation_states"] = {"Li": 1.0, "O": -2.0}
    scheme = MaterialsProject2020Compatibility(check_potcar=False)
    entry = scheme.process_entry(raw)
    assert entry is not None
    found = read(tmp_path, [*ELEMENTS, entry.as_dict()])
    oxide = next(item for item in found.entries if item.formula == "Li2O")
    assert entry.correction < -1
    assert oxide.energy == pytest.approx(entry.energy / 4, abs=1e-9)
    assert oxide.name == "Li2O-mp-1960"
    assert oxide.spacegroup == "Fm-3m"
    assert oxide.structure is not None
    assert oxide.structure.to_pymatgen().matches(cell)


def test_the_listed_anions_are_those_pymatgen_corrects() -> None:
    corrections = MaterialsProject2020Compatibility(check_potcar=False).comp_correction
    names = {"oxide", "peroxide", "superoxide", "ozonide", "sulfide"}
    assert (set(corrections) - names) | {"O", "S"} == MP2020_ANIONS


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: {"entries": e}])
def test_lists_entry_sets_and_gzip_are_read(tmp_path: Path, wrap: Any) -> None:
    plain_file = written(tmp_path, wrap(ELEMENTS))
    packed = tmp_path / "entries.json.gz"
    packed.write_bytes(gzip.compress(plain_file.read_bytes()))
    one, two = (EntriesFileProvider(path, "user-x").fetch() for path in (plain_file, packed))
    assert [entry.energy for entry in one.entries] == [entry.energy for entry in two.entries]
    assert len(one.entries) == 3


def test_two_correction_schemes_are_refused_by_name_until_one_is_chosen(tmp_path: Path) -> None:
    entries = [*ELEMENTS, corrected("Li2O", -14.3, "O", 1), plain("LiCl", -7.0), plain("Li2O2", -19.0)]
    with pytest.raises(
        OptionError, match=r"2 scales.*gga \(LiCl id-LiCl, Li2O2 id-Li2O2.*mp2020 \(Li2O id-Li2O.*--scheme"
    ) as caught:
        read(tmp_path, entries)
    assert "\n" not in str(caught.value)
    chosen = read(tmp_path, entries, "mp2020")
    assert {entry.formula for entry in chosen.entries} == {"Li", "O2", "Cl2", "Li2O"}
    uncorrected = read(tmp_path, entries, "gga")
    assert {entry.formula for entry in uncorrected.entries} == {"Li", "O2", "Cl2", "LiCl", "Li2O2"}


def test_gga_and_gga_u_meet_only_after_the_2020_corrections(tmp_path: Path) -> None:
    with_u = {"parameters": {"run_type": "GGA+U", "hubbards": {"Fe": 5.3, "O": 0}}}
    elements = [plain("Fe", -8.0), plain("O2", -9.8)]
    with pytest.raises(OptionError, match=r"gga\+u \(Fe2O3"):
        read(tmp_path, [*elements, plain("Fe2O3", -40.0, **with_u)])
    found = read(tmp_path, [*elements, corrected("Fe2O3", -40.0, "O", 3, **with_u)])
    assert len(found.entries) == 3


def test_two_functionals_are_refused(tmp_path: Path) -> None:
    entries = [*ELEMENTS, plain("LiCl", -8.0, parameters={"run_type": "R2SCAN"})]
    with pytest.raises(OptionError, match=r"2 scales.*gga .*r2scan \(LiCl id-LiCl\)"):
        read(tmp_path, entries)
    with pytest.raises(OptionError, match=r"no energies of scheme 'r2scna'.*did you mean 'r2scan'"):
        read(tmp_path, entries, "r2scna")


def test_an_intermetallic_needs_no_correction(tmp_path: Path) -> None:
    entries = [
        plain("Na", -1.3),
        plain("Sn", -4.0),
        plain("Cl2", -3.6),
        plain("NaSn", -5.5),
        corrected("NaCl", -6, "Cl", 1),
    ]
    assert len(read(tmp_path, entries).entries) == 5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"potcar_symbols": ["PBE Li", "PBE Cl"]}, "pseudopotential Li_sv .* but Li in LiCl"),
        ({"potcar_spec": [{"titel": "PAW_PBE Li 17Jan2003", "hash": "x"}]}, "pseudopotential Li_sv .* but Li in LiCl"),
    ],
)
def test_two_pseudopotentials_of_one_element_are_refused(tmp_path: Path, parameters: Any, message: str) -> None:
    lithium = plain("Li", -1.9, parameters={"run_type": "GGA", "potcar_symbols": ["PBE Li_sv"]})
    chloride = plain("LiCl", -7.0, parameters={"run_type": "GGA"} | parameters)
    with pytest.raises(DataError, match=message):
        read(tmp_path, [lithium, ELEMENTS[2], chloride])


def test_an_element_in_no_entry_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, ELEMENTS)
    with pytest.raises(MissingReferenceError, match="no entry with the elements K, Na"):
        EntriesFileProvider(path, "user-x").fetch(["Li", "Na", "K"])


def test_elements_in_compounds_only_are_told(tmp_path: Path) -> None:
    assert without_own_entry(read(tmp_path, [ELEMENTS[0], plain("LiCl", -7.0), plain("LiBr", -6.0)])) == ("Br", "Cl")
    assert without_own_entry(read(tmp_path, ELEMENTS)) == ()


def gibbs() -> dict[str, Any]:
    cell = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.1), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    entry: dict[str, Any] = GibbsComputedStructureEntry(cell, -2.1, temp=600).as_dict()
    return entry | {"energy": -3.0}


SITE = {"species": [{"element": "Li", "occu": 1}], "abc": [0, 0, 0]}
CUBE = {"matrix": [[3, 0, 0], [0, 3, 0], [0, 0, 3]]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("{nonsense", "is not JSON"),
        ("[" * 100_000, "nested too deeply|is not JSON"),
        ("1" * 5000, "is not JSON"),
        ('"text"', "expected a list of pymatgen entries"),
        ("[]", "no entries"),
        ("[3]", "entry 1: not an entry but int"),
        ([{"composition": "Li"}], "energy: Field required"),
        ('[{"composition": {"Li": 1}, "energy": NaN}]', "energy: Input should be a finite number"),
        ('[{"composition": {"Li": 1}, "energy": 1e999}]', "energy: Input should be a finite number"),
        ([plain("Li", -1.9, energy="-1.9")], "energy: Input should be a valid number"),
        ([plain("Li", -1.9, energy=True)], "energy: Input should be a valid number"),
        ([plain("Li", -1.9, composition={"Xx": 1})], "unknown element 'Xx'"),
        ([plain("Li", -1.9, composition={"Li": 0})], "holds no atoms"),
        ([plain("Li", -1.9, composition={})], "holds no atoms"),
        ([plain("Li", -1.9, composition={"Li": 0.5})], "0.5 atoms of Li"),
        ([plain("Li", -1.9, composition={"Li": -1})], "-1 atoms of Li"),
        ([plain("Li", -1.9, composition={"Li": 1e300})], r"1e\+300 atoms of Li"),
        ([plain("Li", -1.9, composition="Li(OH")], "not a plain formula"),
        ([plain("Li", -1.9, composition=None)], "neither composition nor structure"),
        ([plain("Li", -1.9, energy=1.7e308, correction=1.7e308)], "not a finite number"),
        ([gibbs()], "Gibbs entry"),
        (
            [corrected("Li2O", -14.0, "O", 1, correction=3.0)],
            "adjustments of -0.6000 eV in sum but a correction of 3.0000",
        ),
        ([plain("Li", -1.9, energy_adjustments=[{"name": "odd"}])], "'odd' has no value"),
        ([plain("Li", -1.9, energy_adjustments=[{"name": "T", "adj_per_deg": 0.1, "value": 3}])], "depends on temp"),
        ([plain("Li", -1.9), plain("Li", -1.8)], "stands for two energies"),
        ([plain("Li", -1.9, structure={"lattice": CUBE, "sites": [SITE, SITE | {"species": []}]})], "at least 1 item"),
        ([plain("Na", -1.3, structure={"lattice": CUBE, "sites": [SITE]})], "is Na1 but its structure holds Li1"),
        (
            [plain("Li", -1.9, structure={"lattice": {"matrix": [[1, 0, 0]] * 3}, "sites": [SITE]})],
            "does not span a cell",
        ),
        (
            [plain("Li", -1.9, structure={"lattice": CUBE, "sites": [{"species": [{"element": "Li", "occu": 0.5}]}]})],
            "disordered",
        ),
        (
            [plain("Li", -1.9, structure={"lattice": CUBE, "sites": [{"species": [{"element": "Li"}]}]})],
            "neither abc nor xyz",
        ),
    ],
)
def test_malformed_files_are_one_line_and_write_nothing(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["entries.json"]


def test_missing_large_and_broken_gzip_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="No such file"):
        EntriesFileProvider(tmp_path / "none.json", "user-x").fetch()
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(gzip.compress(b"[]" * 1000)[:-12])
    with pytest.raises(DataError, match="cannot read"):
        EntriesFileProvider(broken, "user-x").fetch()
    monkeypatch.setattr(entries_file, "LARGEST_FILE", 1000)
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(gzip.compress(b" " * 100_000))
    for path in (bomb, written(tmp_path, " " * 2000)):
        with pytest.raises(DataError, match="larger than"):
            EntriesFileProvider(path, "user-x").fetch()


def test_modules_named_in_a_file_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What MontyDecoder would import and call is ignored."""
    trap = tmp_path / "trap_module.py"
    trap.write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    evil = {"@module": "trap_module", "@class": "Anything", "@callable": "boom"}
    entries = [plain("Li", -1.9) | evil | {"data": {"x": evil}, "parameters": {"run_type": "GGA", "x": evil}}]
    assert len(read(tmp_path, entries).entries) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
FIELDS = (
    "composition", "energy", "correction", "energy_adjustments", "parameters", "data", "entry_id", "structure", "temp",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.booleans())
def test_any_entry_is_read_or_refused_in_one_line(fields: dict[str, Any], based: bool) -> None:
    data = (plain("LiCl", -7.0) | fields) if based else fields
    try:
        entry = check_entry(json.loads(json.dumps(data)), 0, "file")
    except DataError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert math.isfinite(entry.energy)
    assert set(entry.elements) <= set(ATOMIC_NUMBERS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode()))
def test_any_file_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fuzz.json"
    path.write_bytes(content)
    try:
        EntriesFileProvider(path, "user-fuzz").fetch()
    except AntiperovskiteError as error:
        assert len(str(error).splitlines()) == 1


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 20), st.floats(-50, 50), st.floats(-5, 5))
def test_energy_per_formula_unit_does_not_depend_on_the_cell(cells: int, energy: float, correction: float) -> None:
    one = check_entry(plain("Li3OCl", energy, correction=correction), 0, "file")
    big = {"Li": 3 * cells, "O": cells, "Cl": cells}
    many = check_entry(plain("Li", energy * cells, composition=big, correction=correction * cells), 0, "file")
    assert many.energy == pytest.approx(one.energy, abs=1e-9)
    assert many.elements == one.elements


def test_an_imported_set_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REFERENCES_VARIABLE, str(tmp_path / "sets"))
    found = read(tmp_path, ELEMENTS)
    path = save_reference_set(found, tmp_path / "sets")
    assert path.name == "user-test.json"
    assert reference_set("user-test") == found
    with pytest.raises(OptionError, match="exists; choose another name"):
        save_reference_set(found, tmp_path / "sets")
    save_reference_set(found, tmp_path / "sets", again=True)
    reference_set.cache_clear()


def test_a_set_must_not_take_the_name_of_an_engine(tmp_path: Path) -> None:
    found = read(tmp_path, ELEMENTS)
    disguised = found.model_copy(update={"engine": found.engine.model_copy(update={"name": "7net-0"})})
    with pytest.raises(OptionError, match="is an engine"):
        save_reference_set(disguised, tmp_path)


@pytest.mark.parametrize("name", ["", "../up", "a/b", "Big", "x" * 61, ".hidden", "a b", "ä"])
def test_names_that_are_no_file_names_are_refused(name: str) -> None:
    with pytest.raises(OptionError, match="cannot call a set"):
        user_set_name(name)


def test_sets_of_two_releases_do_not_join(tmp_path: Path) -> None:
    found = read(tmp_path, ELEMENTS)
    save_reference_set(found, tmp_path)
    newer = found.model_copy(update={"engine": found.engine.model_copy(update={"version": "2"})})
    with pytest.raises(DataError, match="must not join"):
        joined_with_saved(newer, tmp_path)
    part = found.model_copy(update={"entries": found.entries[:1]})
    assert joined_with_saved(part, tmp_path) == found


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    busy = pytest.raises(OptionError, match="another process is writing")
    with reference_lock(tmp_path, "x"), busy, reference_lock(tmp_path, "x"):
        pass
    with reference_lock(tmp_path, "x"), reference_lock(tmp_path, "y"):
        pass


def test_own_phases_of_an_engine_do_not_hide_the_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference_set.cache_clear()
    shipped = reference_set("7net-0")
    mine = shipped.entries[0].model_copy(update={"energy": -99.0})
    own = shipped.model_copy(update={"entries": (mine,), "failures": ()})
    (tmp_path / "7net-0.json").write_text(own.model_dump_json())
    monkeypatch.setenv(REFERENCES_VARIABLE, str(tmp_path))
    reference_set.cache_clear()
    merged = reference_set("7net-0")
    reference_set.cache_clear()
    assert merged.entries[0].energy == -99.0
    assert {entry.name for entry in merged.entries} == {entry.name for entry in shipped.entries}
    assert len(merged.entries) == len(shipped.entries)
