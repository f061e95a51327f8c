"""``antiperovskite carriers``, and walks from the files that other commands wrote."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from antiperovskite.carriers import shipped_carriers
from antiperovskite.carriers.from_files import balance_from_files, vacancy_shares
from antiperovskite.cli.commands import attach
from antiperovskite.composition import resolve
from antiperovskite.defects.equilibrium import Conditions, DefectInput, Reaction, concentrations
from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import DataError, InputError, MissingReferenceError, OptionError
from antiperovskite.kinetics import read_rate_table
from antiperovskite.migration.model import Barrier, ForceCalls, HopClass, MigrationStudy
from antiperovskite.quantity import NotComputed, Quantity


def run(*arguments):
    app = typer.Typer()
    attach(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def eV(value, unit="eV"):
    return Quantity(value=value, uncertainty=None, unit=unit, method="test", source="test")


def migration_json(path: Path, barrier: float = 0.3) -> Path:
    hop = HopClass(
        number=1, mechanism="vacancy", label="along an edge", start=0, end=1, shift=(0, 0, 0), ions=("Li",),
        length=2.76, multiplicity=12, neighbours=8.0, reversible=True,
    )  # fmt: skip
    found = Barrier(
        hop=hop, supercell=(3, 3, 3), atoms=134, compensation="none", forward=eV(barrier), backward=eV(barrier),
        force_calls=ForceCalls(ends=1, saddle=1, band=0, vibrations=0, replayed=0), seconds=1.0,
        attempt_frequency=eV(5.0, "THz"),
    )  # fmt: skip
    card = EngineCard(
        name="toy", version="1", description="test", reference_method="none", energy_scale="toy", known_bias=(),
        licence="none", citations=(),
    )  # fmt: skip
    study = MigrationStudy(
        formula="Li3OCl", family="cubic", spacegroup="Pm-3m", structure="test", lattice=(3.9, 3.9, 3.9), ion="Li",
        engine=card, settings="test", hops=(hop,), barriers=(found,), citations=(),
    )  # fmt: skip
    path.write_text(json.dumps(study.model_dump(mode="json")))
    return path


def concentrations_json(path: Path, energy: float = 0.6, temperatures=(800.0, 1000.0)) -> Path:
    pair = Reaction(name="Schottky", defects={"V_Li": 1, "V_Cl": 1}, products={"LiCl": 1}, energy=eV(energy))
    data = DefectInput(source="test", computed=False, reactions=(pair,))
    study = concentrations(resolve("Li3OCl"), data, [Conditions(temperature_K=T) for T in temperatures])
    path.write_text(json.dumps(study.model_dump(mode="json")))
    return path


def test_barriers_and_attempt_frequency_come_from_migrate(tmp_path):
    table = read_rate_table(migration_json(tmp_path / "migrate.json"))
    assert (table.barrier_eV, table.attempt_THz) == (0.3, 5.0)
    assert "toy" in table.source


def test_a_damaged_migration_file_is_one_clear_line(tmp_path):
    path = migration_json(tmp_path / "migrate.json")
    data = json.loads(path.read_text())
    data["barriers"][0]["forward"]["value"] = "high"
    path.write_text(json.dumps(data))
    with pytest.raises(DataError, match=r"migrate.json: barriers.0.forward"):
        read_rate_table(path)


def test_percolate_takes_the_barriers_of_migrate(tmp_path):
    path = migration_json(tmp_path / "migrate.json", 0.31)
    done = run("percolate", "Li3OCl", "--barriers", path, "--sites", "100", "--samples", 2, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    assert json.loads(done.stdout)["points"][0]["effective_barrier"]["value"] == pytest.approx(0.31)


def test_concentrations_given_as_barriers_are_named(tmp_path):
    path = concentrations_json(tmp_path / "c.json")
    with pytest.raises(OptionError, match="holds concentrations, not barriers"):
        read_rate_table(path)


def test_kmc_joins_the_files_of_migrate_and_concentrations(tmp_path):
    barriers, amounts = migration_json(tmp_path / "m.json"), concentrations_json(tmp_path / "c.json")
    shares = vacancy_shares(amounts, "Li3OCl", (800.0, 1000.0))
    done = run(
        "kmc", "Li3OCl", "--interactions", barriers, "--concentrations", amounts, "-T", "800,1000", "--sites", 500,
        "--frames", 200, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, (done.output, done.exception)
    runs = json.loads(done.stdout)["runs"]
    for found, share in zip(runs, shares, strict=True):
        assert found["carrier_fraction"]["value"] == pytest.approx(share, abs=0.6 / found["n_sites"])
    assert runs[0]["n_carriers"] < runs[1]["n_carriers"]


def test_what_concentrations_cannot_answer_is_said(tmp_path):
    path = concentrations_json(tmp_path / "c.json")
    with pytest.raises(OptionError, match="no concentrations at 900 K; it has 800, 1000 K"):
        vacancy_shares(path, "Li3OCl", (900.0,))
    with pytest.raises(OptionError, match="not of Na3OCl"):
        vacancy_shares(path, "Na3OCl", (800.0,))
    with pytest.raises(DataError, match="not the output"):
        vacancy_shares(migration_json(tmp_path / "m.json"), "Li3OCl", (800.0,))
    rare = concentrations_json(tmp_path / "rare.json", energy=3.0)
    done = run("kmc", "Li3OCl", "--barrier", 0.3, "--attempt-THz", 5, "--concentrations", rare, "-T", "800")
    assert isinstance(done.exception, InputError)
    assert "vacancies per site" in str(done.exception)
    both = run("kmc", "Li3OCl", "--barrier", 0.3, "--attempt-THz", 5, "--concentrations", path, "--vacancies", 0.02)
    assert "not both" in str(both.exception)


def test_the_shipped_study_is_printed_and_drawn(tmp_path):
    page = tmp_path / "carriers.html"
    done = run("carriers", "Li3OCl", "--shipped", "--html", page, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    data = json.loads(done.stdout)
    assert data["engine"]["name"] == "lammps:Li3OCl"
    assert len(data["ratios"]) == 4
    text = page.read_text(encoding="utf-8")
    assert "plotly" in text and "molecular dynamics, 131 atoms" in text
    assert "Who carries the current in the pure crystal" in text and "Li interstitials" in text and "var(--" not in text
    plain = run("carriers", "Li3OCl", "--shipped")
    assert plain.exit_code == 0
    assert "anharmonicity" in plain.stdout and "who carries the current" in plain.stdout


def test_who_carries_the_current_comes_from_files(tmp_path):
    amounts, hops = concentrations_json(tmp_path / "c.json"), migration_json(tmp_path / "m.json", 0.31)
    files = ("--concentrations", amounts, "--hops", hops)
    done = run("carriers", "Li3OCl", "--shipped", "--json", *files, "--barrier", "interstitial=0.15")
    assert done.exit_code == 0, (done.output, done.exception)
    balance = json.loads(done.stdout)["balance"]
    assert [point["temperature"]["value"] for point in balance["points"]] == [800.0, 1000.0]
    assert balance["barriers"]["vacancy"]["value"] == 0.31
    assert balance["barriers"]["interstitial"]["method"].startswith("as given by the user")
    assert balance["points"][0]["shares"]["vacancy"]["value"] == 1.0  # only vacancies are among these defects
    assert balance["points"][0]["shares"]["interstitial"]["value"] is None
    told = balance_from_files("Li3OCl", amounts, hops, {"vacancy": 0.4})
    assert told.barriers["vacancy"].value == 0.4
    assert "no dumbbell hop" in told.barriers["interstitial"].method


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--barrier", "vacancy=0.3"), "give that as well"),
        (("--concentrations", "C", "--barrier", "electron=0.3"), "give vacancy, interstitial, proton"),
        (("--concentrations", "C", "--barrier", "vacancy=high"), "write it as vacancy=0.30"),
        (("--concentrations", "C", "--hops", "C"), "not the output of antiperovskite migrate"),
        (("--concentrations", "none.json"), "no file none.json"),
    ],
)
def test_files_and_barriers_that_do_not_fit_are_one_line(tmp_path, arguments, words):
    amounts = concentrations_json(tmp_path / "c.json")
    done = run("carriers", "Li3OCl", "--shipped", *(amounts if one == "C" else one for one in arguments))
    assert isinstance(done.exception, (OptionError, DataError)), done.output
    assert words in str(done.exception) and "\n" not in str(done.exception)


def test_the_shipped_study_is_consistent():
    study = shipped_carriers()["Li3OCl"]
    free = {walk.temperature_K: walk for walk in study.series("free")}
    for kelvin, walk in free.items():
        # independent vacancies: rates of the barrier, and the correlation factor of this lattice at every temperature
        from antiperovskite.kinetics.gas import rate_per_hop

        rate = 8 * rate_per_hop(study.attempt_used.value, study.barrier_used.value, kelvin)
        assert walk.hop_rate.value == pytest.approx(rate * (1 - walk.vacancies / walk.sites), rel=0.01)
        assert walk.correlation_factor.value == pytest.approx(0.70, abs=0.02)
    law = next(one for one in study.laws if one.series == "walk, free")
    assert law.activation_energy.value == pytest.approx(study.barrier_used.value, abs=0.005)
    for ratio in study.ratios:
        if isinstance(ratio.corrected, Quantity):
            product = ratio.ratio.value
            for factor in ratio.factors:
                product *= factor.value.value if factor.multiplies else 1.0
            assert ratio.corrected.value == pytest.approx(product, rel=0.05)
        else:
            assert any(isinstance(f.value, NotComputed) for f in ratio.factors if f.multiplies)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("Na3OBr", "--shipped"), MissingReferenceError, "no carrier study of Na3OBr"),
        (("Li3OCl", "--shipped", "--engine", "7net-0"), OptionError, "--shipped computes nothing"),
        (("Na3OBr",), OptionError, "no default engine"),
        (("Li3OCl", "--copies", "1"), OptionError, "--copies"),
    ],
)
def test_bad_input_is_one_line(arguments, kind, words):
    done = run("carriers", *arguments)
    assert isinstance(done.exception, kind)
    assert words in str(done.exception)
    assert "\n" not in str(done.exception)


def test_the_page_of_the_documentation_is_that_of_the_shipped_data(monkeypatch):
    root = Path(__file__).resolve().parents[2]
    monkeypatch.syspath_prepend(str(root / "scripts"))
    import carrier_study

    assert carrier_study.PAGE.read_text(encoding="utf-8") == carrier_study.page()
    sys.modules.pop("carrier_study", None)
