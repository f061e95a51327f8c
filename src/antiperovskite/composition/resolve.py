"""The front door: formula text to sites, family and the notes that say why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from antiperovskite.composition.assign import (
    Assignment,
    SiteError,
    assign,
    balance,
    charge_of,
    number,
)
from antiperovskite.composition.elements import NON_METALS
from antiperovskite.composition.family import family_of
from antiperovskite.composition.model import Formula, Sites
from antiperovskite.composition.normalise import normalise
from antiperovskite.composition.parse import Parsed, parse
from antiperovskite.composition.readings import Reading, completed_hydroxide, readings, unreadable
from antiperovskite.composition.rules import quote
from antiperovskite.errors import ChargeBalanceError, FormulaError, UnknownIonError, best_match, one_line
from antiperovskite.ions import known_ions
from antiperovskite.ions.model import Ion


def resolve(text: str) -> Formula:
    """Resolve a formula to its X, B and A sites.

    Parameters
    ----------
    text
        A formula as people type, paste or typeset it: ``"Li2OHCl"``, ``"Li2(OH)0.9F0.1Cl"``, ``"Li₃OCl"``,
        ``r"$\\mathrm{Li_3OCl}$"``, ``"Li2O·LiCl"``; at most 200 characters.

    Returns
    -------
    Formula
        Amounts per formula unit as written. ``notes`` quotes every rule of
        :mod:`antiperovskite.composition.rules` that decided something.

    Raises
    ------
    UnknownIonError
        An element, or an element outside any known cluster, that is not registered as an ion.
    ChargeBalanceError
        The charges of the ions cannot cancel; the message states their sum.
    FormulaError
        Anything else that is not an anti-perovskite formula, a perovskite or a simple salt included.

    Examples
    --------
    >>> formula = resolve("Li2OHCl")
    >>> formula.sites.B, formula.family, formula.vacancies
    ({'OH': 1.0}, 'hydrated', 1.0)
    """
    ions = known_ions()
    clusters = [ion for ion in ions.values() if ion.is_cluster and ion.sites]

    def spell(pool: Mapping[str, Fraction]) -> str | None:
        return next((ion.symbol for ion in clusters if ion.elements == pool), None)

    parsed = parse(normalise(text), spell)
    _refuse_perovskites(parsed, text)
    reading, sites, notes = _choose(parsed, ions, text)
    if reading.formed:
        notes = [quote("R2", f"unbracketed atoms read as {', '.join(reading.formed)}"), *notes]
    if parsed.clusters:
        notes = [quote("R1", f"{', '.join(parsed.clusters)} as written"), *notes]
    if parsed.isotopes:
        notes = [quote("R3", f"{', '.join(parsed.isotopes)} in the text"), *notes]
    return _formula(text, sites, ions, notes)


def _choose(parsed: Parsed, ions: Mapping[str, Ion], text: str) -> tuple[Reading, Assignment, list[str]]:
    """Return the first reading that is neutral and fits the sites, or raise the most telling error."""
    options = list(readings(parsed, ions))
    if not options:
        raise _unknown(parsed, ions, text)
    errors: list[FormulaError] = []
    for reading, variable, extra in _attempts(options, ions):
        try:
            notes = [*extra, *balance(reading.ions, ions, variable=variable)]
            sites = assign(reading.ions, ions)
        except FormulaError as error:
            errors.append(error)
        else:
            return reading, sites, [*notes, *sites.notes]
    raise _most_telling(errors, options, ions, text)


def _attempts(options: list[Reading], ions: Mapping[str, Ion]) -> Iterator[tuple[Reading, bool, list[str]]]:
    for reading in options:
        yield reading, False, []
    for reading in options:
        completed = completed_hydroxide(reading, charge_of(reading.ions, ions), ions)
        if completed is not None:
            yield (
                completed,
                False,
                [quote("R5", f"{number(completed.ions['O'])} O added on B beside {number(completed.ions['OH'])} OH")],
            )
    for reading in options:
        yield reading, True, []


def _most_telling(
    errors: list[FormulaError], options: list[Reading], ions: Mapping[str, Ion], text: str
) -> FormulaError:
    shown = one_line(text)
    signs = {ions[symbol].charge > 0 for symbol in options[0].ions}
    if len(signs) == 1:
        try:
            assign(options[0].ions, ions)
        except SiteError as error:
            return FormulaError(f"{shown!r}: {error}")
    misfit = next((error for error in errors if isinstance(error, SiteError)), None)
    if misfit is not None:
        return FormulaError(f"{shown!r} is neutral but not an anti-perovskite: {misfit}")
    closest = min(range(len(options)), key=lambda i: abs(charge_of(options[i].ions, ions)))
    return ChargeBalanceError(f"{shown!r}: {errors[closest]}")


def _unknown(parsed: Parsed, ions: Mapping[str, Ion], text: str) -> UnknownIonError:
    element, clusters = unreadable(parsed, ions)
    if clusters:
        return UnknownIonError(
            f"{element} in {one_line(text)!r} is known only in {', '.join(clusters)}; write the cluster ion in brackets"
        )
    # Cn is copernicium, but whoever types it means CN
    same = next((symbol for symbol in ions if symbol.lower() == element.lower()), None)
    hint = f"; did you mean {same!r}?" if same else best_match(element, list(ions))
    hint = hint or f"; known are {', '.join(symbol for symbol, ion in ions.items() if ion.sites)}"
    return UnknownIonError(f"no ion of {element} in {one_line(text)!r} is registered{hint}")


def _refuse_perovskites(parsed: Parsed, text: str) -> None:
    """Say so where the formula is an ordinary perovskite ABX3 (two metals 1:1, three anions), such as CaTiO3."""
    if parsed.clusters or len(parsed.pool) != 3:
        return
    anion, *metals = sorted(parsed.pool, key=lambda element: -parsed.pool[element])
    first, second = metals
    if (
        anion in NON_METALS
        and first not in NON_METALS
        and second not in NON_METALS
        and parsed.pool[first] == parsed.pool[second]
        and parsed.pool[anion] == 3 * parsed.pool[first]
    ):
        raise FormulaError(
            f"{one_line(text)!r} is an ordinary perovskite (cations on A and B, anions on X); "
            "an anti-perovskite is the inverse: cations on X, anions on B and A, as in Li3OCl"
        )


def _formula(text: str, sites: Assignment, ions: Mapping[str, Ion], notes: list[str]) -> Formula:
    amounts = {**sites.X, **sites.B, **sites.A}
    elements: dict[str, float] = {}
    for symbol, amount in amounts.items():
        for element, count in ions[symbol].elements.items():
            elements[element] = round(elements.get(element, 0.0) + float(amount) * count, 6)
    family, family_notes = family_of(sites, ions)
    return Formula(
        formula=normalise(text),
        canonical="".join(_written(symbol, amount, ions) for symbol, amount in amounts.items()),
        given=text,
        family=family,
        framework=sites.framework,
        sites=Sites(X=_floats(sites.X), B=_floats(sites.B), A=_floats(sites.A)),
        charge=0,
        vacancies=round(float(sites.x_vacancies), 6),
        multiplicity=round(float(sum(sites.B.values(), Fraction(0))), 6),
        stoichiometric=all(amount.denominator == 1 for amount in amounts.values()),
        elements=elements,
        notes=(*notes, *family_notes),
    )


def _floats(amounts: Mapping[str, Fraction]) -> dict[str, float]:
    return {symbol: round(float(amount), 6) for symbol, amount in amounts.items()}


def _written(symbol: str, amount: Fraction, ions: Mapping[str, Ion]) -> str:
    count = "" if amount == 1 else number(amount)
    if not ions[symbol].is_cluster:
        return f"{symbol}{count}"
    spelled = "".join(f"{e}{n if n > 1 else ''}" for e, n in ions[symbol].elements.items())
    return f"({spelled}){count}"
