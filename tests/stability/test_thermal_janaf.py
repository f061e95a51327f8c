"""Reading NIST-JANAF: against the tables' own formation columns, and against exact thermodynamics."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.constants import Boltzmann, electron_volt

from antiperovskite.errors import DataError, MissingReferenceError, OptionError
from antiperovskite.stability.thermal import tables
from antiperovskite.stability.thermal.janaf import (
    element_part,
    find_table,
    formation_enthalpy_0K,
    formation_gibbs_energy,
    gas_potential,
    gas_uncertainty,
    gibbs_increment,
    has_table,
    increment_at_room,
    increment_fit,
    origin_uncertainty,
    thermal_part,
)
from antiperovskite.units import conversion_factor

K = Boltzmann / electron_volt
KJ = conversion_factor("kJ/mol", "eV")
GASES = [
    "H2O",
    "H2",
    "O2",
    "N2",
    "CO2",
    "CO",
    "Cl2",
    "F2",
    "Br2",
    "I2",
    "HCl",
    "HBr",
    "HI",
    "HF",
    "NH3",
    "SO2",
    "SO3",
    "S2",
    "S8",
    "H2S",
    "NO",
    "NO2",
]
SALTS = [
    "Li2O",
    "LiCl",
    "LiBr",
    "LiI",
    "LiF",
    "LiOH",
    "LiH",
    "Li2CO3",
    "Na2O",
    "NaCl",
    "NaBr",
    "NaI",
    "NaOH",
    "NaH",
    "Na2CO3",
    "K2O",
    "KCl",
    "KBr",
    "KI",
    "KOH",
    "MgO",
    "CaO",
]


@pytest.mark.parametrize("gas", GASES)
def test_every_gas_reproduces_the_printed_formation_gibbs_energy(gas: str) -> None:
    table = find_table(gas, "g")
    rows = [row for row in table.rows if 100 <= row.temperature <= 2000 and row.formation_gibbs is not None]
    assert len(rows) >= 15
    for row in rows:
        assert row.formation_gibbs is not None
        exact = formation_gibbs_energy(gas, "g", row.temperature)
        assert exact == pytest.approx(row.formation_gibbs * KJ, abs=1e-4)


@pytest.mark.parametrize("salt", SALTS)
def test_every_salt_reproduces_the_printed_formation_gibbs_energy(salt: str) -> None:
    table = find_table(salt, "condensed")
    # a table without a 0 K row is placed by an estimate, which moves all its values by the same, small amount
    allowed = 1e-4 + 3 * origin_uncertainty(table)
    for row in table.rows:
        if row.formation_gibbs is not None and not 0 < row.temperature < 100 and row.temperature <= 1500:
            exact = formation_gibbs_energy(salt, "condensed", row.temperature)
            assert exact == pytest.approx(row.formation_gibbs * KJ, abs=allowed)


@pytest.mark.parametrize("temperature", [200, 298.15, 500, 1000, 1500])
def test_steam_reproduces_log_kf(temperature: float) -> None:
    row = find_table("H2O", "g").row_at(temperature)
    assert row is not None and row.log_formation_constant is not None
    computed = -formation_gibbs_energy("H2O", "g", temperature) / (K * temperature * 2.302585093)
    assert computed == pytest.approx(row.log_formation_constant, abs=0.002)


def test_elements_are_zero_at_0_K_and_against_themselves() -> None:
    assert formation_enthalpy_0K("O2", "g") == 0.0
    assert element_part("Li", 0.0) == 0.0
    assert formation_gibbs_energy("Na", "condensed", 800.0) == pytest.approx(0.0, abs=1e-6)
    assert formation_enthalpy_0K("H2O", "g") == pytest.approx(-238.921 * KJ, abs=1e-6)


@given(p=st.floats(1e-12, 1e3), factor=st.floats(1.001, 1e6))
def test_pressure_enters_as_kt_ln_p(p: float, factor: float) -> None:
    from math import log

    difference = gas_potential("H2O", 600.0, p * factor).energy - gas_potential("H2O", 600.0, p).energy
    assert difference == pytest.approx(K * 600.0 * log(factor), abs=1e-9)


@given(temperature=st.floats(100.0, 2000.0))
def test_potential_falls_with_temperature_at_the_rate_of_the_entropy(temperature: float) -> None:
    table = find_table("H2O", "g")
    step = 1.0
    slope = (gibbs_increment(table, temperature + step) - gibbs_increment(table, temperature)) / step
    entropies = [row.entropy for row in table.rows if row.temperature >= 100]
    below = max(s for s, row in zip(entropies, table.rows[1:], strict=True) if row.temperature <= temperature)
    above = min((s for s, row in zip(entropies, table.rows[1:], strict=True) if row.temperature >= temperature + step))
    assert below * KJ / 1000 - 1e-6 <= -slope <= above * KJ / 1000 + 1e-6


def test_interpolation_recovers_rows_left_out() -> None:
    """Every second row of a smooth table from its neighbours, better than 0.2 meV."""
    table = find_table("LiF", "cr")
    thinned = tables.Table(table.entry, tuple(row for i, row in enumerate(table.rows) if i % 2 == 0))
    for row in table.rows:
        if 200 <= row.temperature <= 1900:
            exact = gibbs_increment(table, row.temperature)
            assert gibbs_increment(thinned, row.temperature) == pytest.approx(exact, abs=2e-4)


def test_melting_keeps_gibbs_energy_and_changes_its_slope() -> None:
    table = find_table("LiCl", "condensed")
    assert table.entry.phase == "cr,l"
    assert table.melting_temperature == 883.0
    below, at, above = (gibbs_increment(table, 883.0 + dt) for dt in (-0.5, 0.0, 0.5))
    assert at == pytest.approx((below + above) / 2, abs=2e-4)
    melting_entropy = ((below - at) - (at - above)) / -0.5
    assert melting_entropy == pytest.approx(19.75 / 883.0 * KJ, rel=0.05)  # JANAF: 19.75 kJ/mol
    crystal = find_table("LiCl", "cr")
    assert gibbs_increment(crystal, 1200.0) > gibbs_increment(table, 1200.0)


def test_a_lambda_point_and_a_transition_inside_a_table_are_nodes() -> None:
    sulfur = tables.read_table("S-001")
    for row in sulfur.rows:
        if row.temperature > 0:
            value = (row.gibbs - sulfur.rows[0].gibbs) * KJ
            assert gibbs_increment(sulfur, row.temperature) == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize("temperature", [50.0, 6001.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_outside_the_table_is_refused_with_its_range(temperature: float) -> None:
    with pytest.raises(OptionError, match="covers 100 to 6000 K"):
        gas_potential("H2O", temperature, 1.0)


@pytest.mark.parametrize("pressure", [0.0, -1.0, float("nan"), float("inf")])
def test_a_pressure_that_is_not_positive_is_refused(pressure: float) -> None:
    with pytest.raises(OptionError, match="above 0"):
        gas_potential("H2O", 500.0, pressure)


def test_a_substance_without_a_table_is_named() -> None:
    with pytest.raises(MissingReferenceError, match="NaCl"):
        find_table("NaClXe", "g")
    with pytest.raises(MissingReferenceError, match="it has cr, cr,l, g, l"):
        find_table("LiCl", "ref")


def test_solid_oxygen_has_no_condensed_table() -> None:
    assert not has_table("O2", "condensed")
    assert has_table("C", "condensed")
    assert not has_table("H2O", "condensed")  # only the melt, which has no enthalpy at 0 K


def test_multiples_of_a_condensed_formula_scale() -> None:
    assert thermal_part("Li2Cl2", "cr", 500.0) == pytest.approx(2 * thermal_part("LiCl", "cr", 500.0))
    assert thermal_part("I", "cr", 300.0) == pytest.approx(thermal_part("I2", "cr", 300.0) / 2)
    assert find_table("S2", "g").entry.code != find_table("S8", "g").entry.code


def test_misprinted_tables_answer_nothing() -> None:
    assert tables.read_table("S-017").damage
    with pytest.raises(DataError, match="misprinted"):
        gas_potential("S4", 500.0, 1.0)
    # the rows of solid NaAlO2 below room temperature contradict each other, the others stand
    sodium_aluminate = tables.read_table("Al-073")
    assert sodium_aluminate.rows[0].temperature == 298.15 and not sodium_aluminate.damage


def test_no_sound_table_contradicts_itself() -> None:
    """dG/dT = -S between all rows of the salts and gases in use: what the damage check promises."""
    for name, phase in [*((gas, "g") for gas in GASES), *((salt, "condensed") for salt in SALTS)]:
        assert not find_table(name, phase).damage, name


def test_estimated_increments_have_the_stated_error() -> None:
    """The relation for tables that begin at 298.15 K, applied to tables that do not need it."""
    fit = increment_fit()
    errors = []
    for salt in ("Li2O", "LiCl", "LiF", "NaCl", "NaBr", "NaI", "KBr", "MgO", "CaO", "LiOH", "Na2CO3", "Li2CO3"):
        table = find_table(salt, "cr")
        without = tables.Table(table.entry, tuple(row for row in table.rows if row.temperature >= 298.15))
        errors.append((increment_at_room(without) - increment_at_room(table)) / table.entry.atoms)
    inside = sum(abs(error) < fit.uncertainty_per_atom for error in errors)
    assert inside >= 0.6 * len(errors)
    assert max(map(abs, errors)) < 3 * fit.uncertainty_per_atom
    assert origin_uncertainty(find_table("LiBr", "cr")) > 0.0 == origin_uncertainty(find_table("LiCl", "cr"))


def test_formulas_of_the_index_agree_with_the_head_of_each_table() -> None:
    directory = tables._directory() / "data"
    for entry in tables.table_index():
        head = (directory / f"{entry.code}.txt").read_text(encoding="utf-8").split("\n", 1)[0].split("\t")[1].strip()
        match = re.fullmatch(r"([A-Za-z0-9.]+)\((.*)\)", head)
        assert match is not None
        assert tables.parse_elements(match[1]) == dict(entry.elements), entry.code
        assert match[2] == entry.phase


def test_gas_uncertainties_are_small_and_zero_for_elements() -> None:
    assert gas_uncertainty("O2") == 0.0
    assert all(0.0 <= gas_uncertainty(gas) < 0.01 for gas in GASES)
    assert gas_uncertainty("LiCl") == max(gas_uncertainty(gas) for gas in GASES)


def test_neither_janaf_nor_polars_is_imported() -> None:
    code = (
        "import sys; from antiperovskite.stability.thermal.janaf import gas_potential; gas_potential('H2O', 500, 1e-3);"
        "print('janaf' in sys.modules, 'polars' in sys.modules, 'pymatgen' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
