"""Claims about barriers against shipped studies: absent, reproduced, contradicted, failed."""

from __future__ import annotations

import pytest

from antiperovskite.engines.model import EngineCard
from antiperovskite.evidence.claims import claims
from antiperovskite.migration import records
from antiperovskite.migration.model import Barrier, ForceCalls, HopClass, MigrationStudy
from antiperovskite.migration.records import MigrationSet
from antiperovskite.quantity import NotComputed, Quantity
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import capability
from antiperovskite.scorecard.run import reproduce

CARD = EngineCard(
    name="7net-0", version="1", description="toy", reference_method="none", energy_scale="toy", licence="MIT",
    known_bias=(), citations=(),
)  # fmt: skip
NONE = NotComputed(unit="THz", method="not asked for")


def barrier(mechanism, number, value, times, *, back=None, problem=None):
    def quantity(one):
        return Quantity(value=one, uncertainty=None, unit="eV", method="toy", source="toy")

    hop = HopClass(
        number=number, mechanism=mechanism, label=f"hop {number}", start=0, end=1, shift=(0, 0, 0), ions=("Li",),
        length=2.8, multiplicity=12, neighbours=8.0, reversible=True,
    )  # fmt: skip
    failed = NotComputed(unit="eV", method=problem or "-")
    return Barrier(
        hop=hop, supercell=times, atoms=5 * times[0] * times[1] * times[2] - 1, compensation="none",
        forward=failed if problem else quantity(value),
        backward=failed if problem else quantity(value if back is None else back),
        force_calls=ForceCalls(ends=1, saddle=1, band=1, vibrations=0, replayed=0), seconds=1.0,
        attempt_frequency=NONE, problem=problem,
    )  # fmt: skip


def study(formula, mechanism, barriers):
    return MigrationStudy(
        formula=formula, family="cubic", spacegroup="Pm-3m", structure="toy", lattice=(3.9, 3.9, 3.9), ion="Li",
        engine=CARD, settings="toy", hops=tuple(b.hop for b in barriers), barriers=tuple(barriers), citations=(),
    )  # fmt: skip


@pytest.fixture
def ship(monkeypatch, tmp_path):
    """Write studies where the package looks for its own."""
    monkeypatch.setattr(records, "package_data", lambda room, name: tmp_path / room / name)
    records.migration_set.cache_clear()

    def write(*studies, failed=None):
        named = {f"{one.formula} {one.barriers[0].hop.mechanism} {k}": one for k, one in enumerate(studies)}
        made = MigrationSet(engine="7net-0", made_by="test", studies=named, failed=failed or {})
        (tmp_path / "migration").mkdir(exist_ok=True)
        (tmp_path / "migration" / "7net-0.json").write_text(made.model_dump_json())
        records.migration_set.cache_clear()

    yield write
    records.migration_set.cache_clear()


def ask(name, engine="7net-0", **arguments):
    return capability(name).compute(arguments, Context(engine=engine))


def outcome(identity):
    (claim,) = [one for one in claims() if one.id == identity]
    (found,) = reproduce(among=[claim]).outcomes
    return found


def li3ocl(vacancy, dumbbell):
    return (
        study("Li3OCl", "vacancy", [barrier("vacancy", 1, vacancy, (3, 3, 3))]),
        study("Li3OCl", "vacancy", [barrier("vacancy", 1, vacancy + 0.04, (2, 2, 2))]),
        study("Li3OCl", "dumbbell", [barrier("dumbbell", 1, dumbbell, (3, 3, 3))]),
    )


def test_without_data_the_command_is_named(ship):
    found = outcome("s5-mouta-vacancy-030")
    assert (found.verdict, found.cause) == ("not computable", "not defined")
    assert "run: antiperovskite migrate Li3OCl --mechanism vacancy --engine 7net-0" in found.reason
    ship(*li3ocl(0.30, 0.15), failed={"Li2FeOS vacancy auto": "the ends are not equal"})
    assert "the ends are not equal; run: " in outcome("s8-li2feos-migration-barrier").reason


@pytest.mark.parametrize(("vacancy", "verdict"), [(0.27, "reproduced"), (0.36, "contradicted")])
def test_a_shipped_barrier_is_judged_with_its_effect_of_size(ship, vacancy, verdict):
    ship(*li3ocl(vacancy, 0.15))
    found = outcome("s5-mouta-vacancy-030")
    assert found.verdict == verdict and found.engine == "7net-0"
    assert found.computed.value == vacancy and found.computed.uncertainty == pytest.approx(0.04)
    assert "3x3x3" in found.computed.method and "the engine's error is not in it" in found.computed.method


def test_supercells_can_be_chosen_and_missing_ones_are_said(ship):
    ship(*li3ocl(0.27, 0.15))
    small = ask("migration_barrier", formula="Li3OCl", mechanism="vacancy", which="lowest", size="2")
    assert small.value == pytest.approx(0.31) and small.uncertainty is None
    lacking = ask("migration_barrier", formula="Li3OCl", mechanism="dumbbell", which="lowest", size="2")
    assert isinstance(lacking, NotComputed) and lacking.method.endswith("--supercells 2")


def test_hops_are_ranked_by_the_saddle_above_the_lower_end(ship):
    three = [(1, 0.44, None), (2, 0.10, 0.31), (3, 1.12, None), (4, 0.435, None)]
    ship(study("Na4OI2", "vacancy", [barrier("vacancy", n, a, (3, 3, 1), back=b) for n, a, b in three]))
    verdicts = {end: outcome(f"s5-zhu-na4oi2-{end}") for end in ("030", "045", "110")}
    assert [one.computed.value for one in verdicts.values()] == [0.31, 0.435, 1.12]
    assert {one.verdict for one in verdicts.values()} == {"reproduced"}
    count = ask("barrier_count", formula="Na4OI2", mechanism="vacancy")
    assert count.value == 3 and count.n == 4
    beyond = ask("migration_barrier", formula="Na4OI2", mechanism="vacancy", which="5", size="largest")
    assert isinstance(beyond, NotComputed) and "4 computed" in beyond.method


def test_a_failed_hop_leaves_no_rank(ship):
    both = [barrier("vacancy", 1, 0.3, (3, 3, 1)), barrier("vacancy", 2, 0.0, (3, 3, 1), problem="two saddles")]
    ship(study("Na4OI2", "vacancy", both))
    found = outcome("s5-zhu-na4oi2-030")
    assert found.cause == "not defined" and "hop 2" in found.reason and "two saddles" in found.reason


def test_differences_of_mechanisms_and_compounds(ship):
    ship(*li3ocl(0.27, 0.15), study("Na3OCl", "vacancy", [barrier("vacancy", 1, 0.40, (3, 3, 3))]))
    pair = {"first": "Li3OCl", "first_mechanism": "dumbbell", "second_mechanism": "vacancy", "size": "largest"}
    assert ask("migration_barrier_difference", second="Li3OCl", **pair).value == pytest.approx(-0.12)
    vacancies = pair | {"first_mechanism": "vacancy"}
    assert ask("migration_barrier_difference", second="Na3OCl", **vacancies).value == pytest.approx(-0.13)
    assert isinstance(ask("migration_barrier_difference", second="K3OBr", **pair), NotComputed)


@pytest.mark.parametrize(
    ("dumbbell", "answer"), [(0.15, "interstitial below vacancy"), (0.50, "dumbbell above"), (0.25, "undecided")]
)
def test_a_word_needs_a_clear_difference(ship, dumbbell, answer):
    ship(*li3ocl(0.27, dumbbell))
    found = ask("dumbbell_below_vacancy", formulas="Li3OCl", called="interstitial below vacancy")
    assert answer in (found.method if isinstance(found, NotComputed) else found)
    assert isinstance(found, NotComputed) is (answer == "undecided")


@pytest.mark.parametrize(("odd", "verdict"), [(0.30, "reproduced"), (0.05, "contradicted")])
def test_one_compound_outside_a_range_contradicts_it(ship, odd, verdict):
    values = dict.fromkeys(("Li3HSe", "Li3HTe", "Na3HSe"), 0.2) | {"Na3HTe": odd}
    studies = [study(f, "vacancy", [barrier("vacancy", 1, v, (3, 3, 3))]) for f, v in values.items()]
    ship(*studies[:-1])
    assert "Na3HTe" in outcome("s5-gao-vacancy-barriers").reason
    ship(*studies)
    found = outcome("s5-gao-vacancy-barriers")
    assert found.verdict == verdict and found.computed.value == odd and found.computed.n == 4


def test_other_engines_have_their_own_data_and_unfit_ones_no_verdict(ship):
    ship(*li3ocl(0.27, 0.15))
    arguments = {"formula": "Li3OCl", "mechanism": "vacancy", "which": "lowest", "size": "largest"}
    assert "for chgnet" in ask("migration_barrier", engine="chgnet", **arguments).method
    assert capability("migration_barrier").is_energetic(arguments)


@pytest.mark.parametrize(
    ("levels", "answer"), [((0.40, 0.38), "Li3OCl0.5Br0.5"), ((0.38, 0.40), "Li3OCl0.75Br0.25"), ((0.4, 0.399), None)]
)
def test_mixtures_are_told_apart_only_beyond_the_error(monkeypatch, levels, answer):
    from types import SimpleNamespace

    from antiperovskite.scorecard.capabilities import percolation

    points = [
        SimpleNamespace(effective_barrier=Quantity(value=v, uncertainty=0.003, unit="eV", method="m", source="s"))
        for v in levels
    ]
    monkeypatch.setattr(percolation, "_study", lambda names: SimpleNamespace(points=points))
    found = ask("percolates_more_easily", first="Li3OCl0.75Br0.25", second="Li3OCl0.5Br0.5")
    assert found == answer if answer else (isinstance(found, NotComputed) and "undecided" in found.method)
