"""``antiperovskite reproduce``: JSON contract, table, page, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CLAIMS = """
source: a paper
claims:
- id: x-capacity
  section: "8"
  subject: (Li2Fe)SO
  property: theoretical capacity
  statement: One lithium ion per formula unit is worth 227 mAh/g.
  value: {value: 227, unit: mAh/g, printed: "227"}
  method: electrochemistry
  citations: [dawson2021]
  standing: accepted
  check:
    capability: theoretical_capacity
    arguments: {formula: (Li2Fe)SO, ions: 1}
    agreement: within
    tolerance: 1.0
    why: rounding
- id: x-family
  section: "3"
  subject: Li2OHCl
  property: family
  statement: Li2OHCl is cubic.
  words: <b>cubic</b>
  method: diffraction
  citations: [dawson2021]
  standing: disputed
  standing_reason: A <script>made-up</script> doubt.
  check: {capability: family, arguments: {formula: Li2OHCl}, agreement: equals, why: made up}
- id: x-silent
  section: "5"
  subject: Li3OCl
  property: activation energy
  statement: It is high.
  value: {value: 0.3, upper: 0.4, unit: eV, printed: "0.3-0.4"}
  method: NEB
  citations: [dawson2021]
  standing: accepted
- id: x-lattice
  section: "2"
  subject: Ag3SI
  property: lattice parameter
  statement: It is 4.9 angstrom.
  value: {value: 4.9, unit: angstrom, printed: "4.9"}
  method: diffraction
  citations: [dawson2021]
  standing: accepted
  check:
    capability: quantity
    arguments: {formula: Ag3SI, name: lattice_a}
    agreement: within
    tolerance: 0.1
    why: test
"""

CODE = """
from pathlib import Path
import antiperovskite.scorecard.run as run
from antiperovskite.evidence.claims import read_claims
run.claims = lambda: read_claims(Path("claims.yaml"))
from antiperovskite.cli.app import main
main()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("home")
    (directory / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    return directory


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"ANTIPEROVSKITE_STORE": str(home / "store.sqlite"), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", CODE, "reproduce", "--engine", "toy-ionic", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=home,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def everything(home: Path) -> subprocess.CompletedProcess[str]:
    return run(home, "--json", "--out", "pages/card.html")


def test_json_contract_and_exit_code_of_a_partial_result(everything: subprocess.CompletedProcess[str]) -> None:
    assert everything.returncode == 3, everything.stderr
    entries = {item["id"]: item for item in json.loads(everything.stdout)}
    assert {name: item["verdict"] for name, item in entries.items()} == {
        "x-capacity": "reproduced",
        "x-family": "contradicted",
        "x-silent": "not computable",
        "x-lattice": "not computable",
    }
    for item in entries.values():
        assert {"id", "claimed", "computed", "verdict", "statement", "property", "standing", "reason", "z"} <= set(item)
        assert item["references"][0]
    assert {"value", "uncertainty", "unit", "n", "method", "source"} <= set(entries["x-capacity"]["computed"])
    assert entries["x-capacity"]["engine"] is None
    assert entries["x-family"]["computed"] == "hydrated"
    assert (entries["x-silent"]["computed"], entries["x-silent"]["cause"]) == (None, "no check")
    assert entries["x-silent"]["claimed_upper"]["value"] == 0.4
    assert entries["x-lattice"]["cause"] == "failed"
    assert "not done: x-lattice" in everything.stderr
    assert "Traceback" not in everything.stderr


def test_progress_goes_to_stderr(everything: subprocess.CompletedProcess[str]) -> None:
    assert "claim 2 of 3: x-family" in everything.stderr


def test_the_page_is_offline_and_escapes_what_it_shows(
    everything: subprocess.CompletedProcess[str], home: Path
) -> None:
    page = (home / "pages" / "card.html").read_text(encoding="utf-8")
    for name in ("x-capacity", "x-family", "x-silent", "x-lattice"):
        assert f'<tr id="{name}"' in page
    assert "<script>made-up" not in page
    assert "<b>cubic" not in page
    for fetched in ('src="http', '<link rel="stylesheet"', "@import", "url(http"):
        assert fetched not in page


def test_claims_without_a_check_are_no_failure(home: Path) -> None:
    done = run(home, "--claims", "x-silent")
    assert done.returncode == 0, done.stderr
    assert "not computable" in done.stdout
    assert "1 no check" in done.stdout


def test_the_table_shows_a_contradiction_plainly(home: Path) -> None:
    done = run(home, "--claims", "x-[cf]*")
    assert done.returncode == 0, done.stderr
    assert "contradicted" in done.stdout
    assert "reproduced" in done.stdout
    assert "2 claims" in done.stdout
    assert "1 without an engine" in done.stdout
    assert "contradicted: x-family: the computed 'hydrated' is not" in done.stderr
    assert "the claim is disputed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--claims", "zzz"], "no claim's id, subject or property matches 'zzz'"),
        (["--depth", "endless"], "unknown depth 'endless'"),
        (["--engine", "toy-ionik"], "unknown engine 'toy-ionik'"),
        (["--out", "."], "is a directory"),
    ],
)
def test_wrong_usage_is_one_line(home: Path, arguments: list[str], words: str) -> None:
    done = run(home, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    [line] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert words in line
    assert "Traceback" not in done.stderr
