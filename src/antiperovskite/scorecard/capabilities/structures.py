"""Structures: where unstable modes lead, published models of Li2OHCl, what a diffractometer could tell, families."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from antiperovskite.errors import EngineError, MissingReferenceError
from antiperovskite.quantity import NotComputed, Quantity, spread
from antiperovskite.scorecard.agreement import plain_words
from antiperovskite.scorecard.capabilities.composition import FORMULA
from antiperovskite.scorecard.context import Context
from antiperovskite.scorecard.registry import Argument, Arguments, Capability, NeedsDepth, Result
from antiperovskite.structures.symmetry import crystal_system

if TYPE_CHECKING:
    from antiperovskite.diffraction.published_study.model import Found, Table3Study
    from antiperovskite.diffraction.published_study.records import Relaxed
    from antiperovskite.vibrations.model import GroundState, Node

TOLERANCE: Final = "0.1"
"""Tolerance in angstrom at which the group of a published model is read: relaxed cells keep residual displacements."""
PROBES: Final = ("xray", "neutron", "neutron, deuterated")
POINTING: Final = 0.9
"""Share of the hydroxide ions from which on all of them count as pointing at empty sites."""

CLEARLY: Final = 2.0
"""How many times kT must lie below or above the depth of a distortion before an average structure is named."""

_AVERAGED: Final = (
    "a rule of thumb: the ground state where its depth over k is above twice the temperature, the cubic parent where "
    "it is below half of it, open between; set with the depths of Na3HS and Li3OCl known; no transition is simulated"
)
_FOLLOWED: Final = (
    "0 K, classical: unstable modes of the cubic structure are frozen in until none is left, so the group is that of "
    "the lowest well; a distortion whose depth is small against kT is averaged out in a measurement at room temperature"
)
_REBUILT: Final = (
    "published coordinates could not be read: the model is rebuilt from space group, cell and text, its empty sites "
    "ordered; agreement says that such a structure is a minimum at 0 K, not that the sample has it"
)
_MODEL: Final = Argument("text", "id of a published model, see: antiperovskite study table3")


def _ground_state(arguments: Arguments, context: Context) -> GroundState | NotComputed:
    """The shipped tree of the engine, else one followed now and kept in the store."""
    from antiperovskite.composition import resolve
    from antiperovskite.engines.registry import get_engine
    from antiperovskite.structures import candidate_structures
    from antiperovskite.vibrations.records import ground_states

    formula = resolve(str(arguments["formula"]))
    try:
        known = ground_states(context.engine).named(formula.formula)
    except MissingReferenceError:
        known = None
    if known is not None:
        return known
    if context.depth == "quick":
        return NeedsDepth(
            unit="1",
            method=f"no ground state of {formula.formula} with {context.engine} is shipped, and unstable modes are not "
            "followed at depth quick; use --depth standard",
        )
    from antiperovskite.vibrations import GroundState, ground_state

    engine = get_engine(context.engine)
    parent = candidate_structures(formula)[0]
    inputs = {"structure": parent.structure, "roles": list(parent.roles), "engine": engine.card.model_dump(mode="json")}

    def compute() -> GroundState:
        return ground_state(parent, engine, report=context.progress)

    return context.store.remember("ground state", inputs, GroundState, compute)[0] if context.store else compute()


def _decided(arguments: Arguments, context: Context) -> GroundState | NotComputed:
    found = _ground_state(arguments, context)
    if not isinstance(found, NotComputed) and found.verdict != "stable":
        return NotComputed(unit="1", method=f"undecided: {found.statement}")
    return found


def _ground_spacegroup(arguments: Arguments, context: Context) -> Result:
    found = _decided(arguments, context)
    return found if isinstance(found, NotComputed) else found.ground_node.spacegroup


def _ground_system(arguments: Arguments, context: Context) -> Result:
    found = _decided(arguments, context)
    return found if isinstance(found, NotComputed) else crystal_system(found.ground_node.number)


def _average(arguments: Arguments, context: Context) -> Node | NotComputed:
    """The parent where heat averages the distortion out, the ground state where it cannot, nothing between."""
    found = _decided(arguments, context)
    if isinstance(found, NotComputed) or found.ground == 0:
        return found if isinstance(found, NotComputed) else found.ground_node
    at = float(arguments["temperature"])
    if isinstance(found.temperature, NotComputed) or found.temperature.value < at / CLEARLY:
        return found.nodes[0]
    if found.temperature.value > at * CLEARLY:
        return found.ground_node
    return NotComputed(
        unit="1",
        method=f"open: {found.statement}, which over k is {found.temperature.value:.0f} K, too near to {at:g} K",
    )


def _average_spacegroup(arguments: Arguments, context: Context) -> Result:
    found = _average(arguments, context)
    return found if isinstance(found, NotComputed) else found.spacegroup


def _average_system(arguments: Arguments, context: Context) -> Result:
    found = _average(arguments, context)
    return found if isinstance(found, NotComputed) else crystal_system(found.number)


@cache
def _study() -> Table3Study:
    from antiperovskite.diffraction.published_study.study import table3_study

    return table3_study()


def _model(name: str) -> Found:
    for model in _study().models:
        if model.id == name:
            return model
    known = ", ".join(model.id for model in _study().models)
    raise EngineError(f"no published model is called {name[:60]!r}; choose one of {known}")


def _relaxed(name: str, context: Context, unit: str = "1") -> Relaxed | NotComputed:
    """The lowest free relaxation of a published model with the engine of the run, made beforehand."""
    from antiperovskite.diffraction.published_study.records import shipped_engines
    from antiperovskite.diffraction.published_study.study import free_record
    from antiperovskite.structures.published import published_model

    model = _model(name)
    if context.engine not in shipped_engines():
        known = ", ".join(shipped_engines())
        return NotComputed(unit=unit, method=f"the published models were relaxed with {known} only")
    record = free_record(published_model(name), context.engine)
    if record is None or record.energy is None:
        return NotComputed(unit=unit, method=model.why_not or f"{name} was not relaxed with {context.engine}")
    return record


def _group(record: Relaxed) -> str:
    from antiperovskite.diffraction.published_study.measure import groups_found

    return groups_found(record.to_pymatgen())[TOLERANCE]


def _model_group(arguments: Arguments, context: Context) -> Result:
    model = _model(str(arguments["model"]))
    record = _relaxed(model.id, context)
    if isinstance(record, NotComputed):
        return record
    moot = _not_as_reported(model)
    if moot is not None:
        return moot
    if not model.ordered:
        return NotComputed(
            unit="1",
            method=f"{model.id} spreads H over several directions; an ordered cell of it has a lower symmetry, so its "
            "relaxed space group is not comparable",
        )
    return _group(record)


def _not_as_reported(model: Found) -> NotComputed | None:
    """A rebuilt model that never had the reported group cannot test it."""
    if not model.built or plain_words(model.average_group) == plain_words(model.space_group):
        return None
    return NotComputed(
        unit="1",
        method=f"{model.id} cannot be rebuilt with {model.space_group}: with one atom on each site of the parent it "
        f"has {model.average_group}; the reported group needs the coordinates, which could not be read",
    )


def _lowest_group(_arguments: Arguments, context: Context) -> Result:
    records = [_relaxed(model.id, context) for model in _study().models]
    known = [record for record in records if not isinstance(record, NotComputed)]
    if not known:
        return next(record for record in records if isinstance(record, NotComputed))
    return _group(min(known, key=lambda record: (record.energy or 0.0, record.model)))


def _model_volume(arguments: Arguments, context: Context) -> Result:
    record = _relaxed(str(arguments["model"]), context, "angstrom^3")
    if isinstance(record, NotComputed):
        return record
    return Quantity(
        value=float(record.to_pymatgen().volume) / record.formula_units,
        uncertainty=None,
        unit="angstrom^3",
        method=f"volume per formula unit of the rebuilt model, relaxed freely at 0 K ({record.settings}); "
        "no uncertainty: one engine",
        source=f"engine {context.engine}",
    )


def _model_above(arguments: Arguments, context: Context) -> Result:
    names = [str(arguments["first"]), str(arguments["second"])]
    found = [_relaxed(name, context, "meV/formula") for name in names]
    for record in found:
        if isinstance(record, NotComputed):
            return record
    first, second = (_model(name) for name in names)
    differences = {
        name: a.value - b.value
        for name, a in first.by_engine.items()
        if isinstance(a, Quantity) and isinstance(b := second.by_engine.get(name), Quantity)
    }
    deviation = spread(list(differences.values()))
    each = ", ".join(f"{name} {value:+.1f}" for name, value in differences.items())
    said = "no uncertainty: one engine" if deviation is None else "uncertainty: sample standard deviation over engines"
    return Quantity(
        value=differences[context.engine],
        uncertainty=deviation,
        unit="meV/formula",
        n=len(differences),
        method=f"static energy of {first.id} over {second.id}, each relaxed freely, 0 K ({each}); {said}",
        source=f"engine {context.engine}",
    )


def _hydroxide(arguments: Arguments, context: Context) -> Result:
    model = _model(str(arguments["model"]))
    leading = _study().engine.split(" ")[0]
    if context.engine != leading:
        return NotComputed(unit="1", method=f"the directions are those of relaxations with {leading}")
    share = model.oh_towards_vacancy
    if isinstance(share, NotComputed):
        return NotComputed(unit="1", method=share.method)
    return "towards Li vacancies" if share.value >= POINTING else f"{100 * share.value:.0f} % towards Li vacancies"


def _told_apart(arguments: Arguments, _context: Context) -> Result:
    wanted = {str(arguments["first"]), str(arguments["second"])}
    for name in sorted(wanted):
        moot = _not_as_reported(_model(name))
        if moot is not None:
            return moot
    for pair in _study().contrasts:
        if {pair.first, pair.second} == wanted and pair.lattice == "common" and pair.probe == arguments["probe"]:
            return pair.answer
    return NotComputed(unit="1", method=f"{' and '.join(sorted(wanted))} were not compared")


def _structure_type(arguments: Arguments, _context: Context) -> Result:
    from antiperovskite.composition import resolve
    from antiperovskite.structures import candidate_structures

    return candidate_structures(resolve(str(arguments["formula"])))[0].description.split(", ")[0]


_HEATED: Final = {"formula": FORMULA, "temperature": Argument("number", "K")}
_PAIR: Final = {"first": _MODEL, "second": _MODEL}

CAPABILITIES: Final = (
    Capability(
        "ground_state_spacegroup",
        "space group reached from the cubic structure by following unstable modes, 0 K",
        {"formula": FORMULA}, _ground_spacegroup, None, engine=True, energetic=True, caveat=_FOLLOWED,
    ),
    Capability(
        "ground_state_crystal_system",
        "crystal system reached from the cubic structure by following unstable modes, 0 K",
        {"formula": FORMULA}, _ground_system, None, engine=True, energetic=True, caveat=_FOLLOWED,
    ),
    Capability(
        "average_spacegroup",
        "space group expected at a temperature (K): the ground state's, or where that is shallow the cubic parent's",
        _HEATED, _average_spacegroup, None, engine=True, energetic=True, caveat=_AVERAGED,
    ),
    Capability(
        "average_crystal_system",
        "crystal system expected at a temperature (K): the ground state's, or where that is shallow the cubic parent's",
        _HEATED, _average_system, None, engine=True, energetic=True, caveat=_AVERAGED,
    ),
    Capability(
        "published_model_spacegroup",
        f"space group ({TOLERANCE} angstrom) to which an ordered published model of Li2OHCl relaxes once displaced",
        {"model": _MODEL}, _model_group, None, engine=True, energetic=True, caveat=_REBUILT,
    ),
    Capability(
        "published_lowest_spacegroup",
        f"space group ({TOLERANCE} angstrom) of the lowest in energy of the published models of Li2OHCl",
        {}, _lowest_group, None, engine=True, energetic=True, caveat=_REBUILT,
    ),
    Capability(
        "published_model_volume",
        "volume per formula unit of a published model of Li2OHCl, relaxed freely",
        {"model": _MODEL}, _model_volume, "angstrom^3", engine=True, caveat=_REBUILT,
    ),
    Capability(
        "published_model_energy",
        "energy of one published model of Li2OHCl above another, both relaxed freely",
        _PAIR, _model_above, "meV/formula", engine=True, energetic=True, caveat=_REBUILT,
    ),
    Capability(
        "hydroxide_direction",
        f"where OH points in a relaxed model: at least {100 * POINTING:.0f} % at empty sites counts as all",
        {"model": _MODEL}, _hydroxide, None, engine=True, energetic=True,
        caveat="the relaxation starts with every OH at an empty site and a small displacement: agreement says that "
        "this is a minimum; other directions are tested by antiperovskite structure enumerate",
    ),
    Capability(
        "distinguishable",
        "whether two published models on one lattice can be told apart at 10^6 counts, or whether that is open",
        {**_PAIR, "probe": Argument("text", "kind of measurement", PROBES)}, _told_apart, None,
        caveat="a prediction for rebuilt models with fixed coordinates and one temperature factor an element; a "
        "refinement that frees them tells less",
    ),
    Capability(
        "structure_type", "the type of the structure that is built first for the formula", {"formula": FORMULA},
        _structure_type, None, caveat="follows from this program's written rules for formulas, not from a calculation",
    ),
)  # fmt: skip
