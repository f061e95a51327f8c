"""Plain formula text to amounts: a pool of atoms, and the cluster ions that brackets spell out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from antiperovskite.composition.elements import ATOMIC_NUMBERS
from antiperovskite.composition.normalise import DOT
from antiperovskite.errors import FormulaError, UnknownIonError, best_match, one_line

SMALLEST: Final = Fraction(1, 10_000)
LARGEST: Final = Fraction(1000)
_DECIMALS = 10**6

_TOKEN = re.compile(r"(?P<element>[A-Z][a-z]?)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<amount>\d+(?:\.\d*)?|\.\d+)")
_PAIRS = {")": "(", "]": "[", "}": "{"}
_ISOTOPES = {"D": "H", "T": "H"}
_PLACEHOLDERS = frozenset(["A", "M", "X", "Q", "Ch", "Pn"])

Amounts = dict[str, Fraction]


@dataclass(frozen=True)
class Parsed:
    """Atoms outside clusters, bracketed cluster ions by symbol, and the isotopes that were read as H."""

    pool: Amounts
    clusters: Amounts
    isotopes: tuple[str, ...]


@dataclass
class _Frame:
    bracket: str
    pool: Amounts = field(default_factory=dict)
    clusters: Amounts = field(default_factory=dict)

    def add(self, pool: Mapping[str, Fraction], clusters: Mapping[str, Fraction], amount: Fraction) -> None:
        for target, source in ((self.pool, pool), (self.clusters, clusters)):
            for symbol, count in source.items():
                target[symbol] = target.get(symbol, Fraction(0)) + count * amount


def parse(text: str, spell: Callable[[Mapping[str, Fraction]], str | None]) -> Parsed:
    """Parse normalised text.

    Parameters
    ----------
    text
        Output of :func:`antiperovskite.composition.normalise.normalise`.
    spell
        Returns the symbol of the cluster ion with exactly these atoms, or ``None``.

    Raises
    ------
    FormulaError
        Unbalanced brackets, an amount out of place or outside 0.0001 to 1000, or an unexpected character.
    UnknownIonError
        A symbol that is not an element.
    """
    total = _Frame("")
    isotopes: set[str] = set()
    for part in text.split(DOT):
        leading = re.match(r"\d+(?:\.\d*)?|\.\d+", part) if DOT in text else None
        multiplier = _amount(leading.group(), text) if leading else Fraction(1)
        body = part[leading.end() :] if leading else part
        if not body:
            raise FormulaError(f"{one_line(text)!r} has nothing on one side of the dot")
        frame = _parse_part(body, text, spell, isotopes)
        total.add(frame.pool, frame.clusters, multiplier)
    return Parsed(_bounded(total.pool, text), _bounded(total.clusters, text), tuple(sorted(isotopes)))


def _parse_part(
    body: str, text: str, spell: Callable[[Mapping[str, Fraction]], str | None], isotopes: set[str]
) -> _Frame:
    stack = [_Frame("")]
    position = 0
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None or token.lastgroup == "amount":
            raise _unexpected(body, position, text)
        position = token.end()
        if token.lastgroup == "open":
            stack.append(_Frame(token.group()))
            continue
        amount, after = _amount_at(body, position, text)
        if token.lastgroup == "element":
            symbol = _element(token, text)
            if symbol in _ISOTOPES:
                isotopes.add(symbol)
                symbol = _ISOTOPES[symbol]
            stack[-1].add({symbol: Fraction(1)}, {}, amount)
        else:
            if len(stack) == 1 or stack[-1].bracket != _PAIRS[token.group()]:
                raise FormulaError(f"unbalanced brackets in {one_line(text)!r}: {token.group()!r} closes nothing")
            inner = stack.pop()
            if not inner.pool and not inner.clusters:
                raise FormulaError(f"empty brackets in {one_line(text)!r}")
            cluster = None if inner.clusters else spell(inner.pool)
            if cluster is None:
                stack[-1].add(inner.pool, inner.clusters, amount)
            else:
                stack[-1].add({}, {cluster: Fraction(1)}, amount)
        position = after
    if len(stack) > 1:
        raise FormulaError(f"unbalanced brackets in {one_line(text)!r}: {stack[-1].bracket!r} is never closed")
    return stack[0]


def _amount_at(body: str, position: int, text: str) -> tuple[Fraction, int]:
    token = _TOKEN.match(body, position)
    if token is None or token.lastgroup != "amount":
        return Fraction(1), position
    return _amount(token.group(), text), token.end()


def _amount(digits: str, text: str) -> Fraction:
    amount = Fraction(digits.rstrip(".")) if digits.rstrip(".") else Fraction(0)
    if not SMALLEST <= amount <= LARGEST:
        raise FormulaError(f"amount {one_line(digits, 20)} in {one_line(text)!r} is outside 0.0001 to 1000")
    return amount


def _element(token: re.Match[str], text: str) -> str:
    symbol = token.group()
    if symbol in ATOMIC_NUMBERS or symbol in _ISOTOPES:
        return symbol
    if symbol in _PLACEHOLDERS:
        raise UnknownIonError(
            f"{symbol!r} in {one_line(text)!r} stands for any ion; write the one you mean, as in Li3OCl"
        )
    raise UnknownIonError(f"unknown element {symbol!r} in {one_line(text)!r}{_hint(token)}")


def _hint(token: re.Match[str]) -> str:
    # "LI" and "CL" are slips of the shift key: look at the neighbouring letter before guessing
    symbol, body = token.group(), token.string
    following = body[token.end() : token.end() + 1]
    preceding = body[max(token.start() - 1, 0) : token.start()]
    for pair in (symbol + following, preceding + symbol):
        if pair.isalpha() and pair.capitalize() in ATOMIC_NUMBERS and len(pair) == 2:
            return f"; did you mean {pair.capitalize()!r}?"
    return best_match(symbol, list(ATOMIC_NUMBERS)) or _same_letter(symbol)


def _same_letter(symbol: str) -> str:
    close = [element for element in ATOMIC_NUMBERS if element[0] == symbol[0]]
    return f"; did you mean {close[0]!r}?" if close else ""


def _unexpected(body: str, position: int, text: str) -> FormulaError:
    character, shown = body[position], one_line(text)
    if character in "-+" and body[position + 1 : position + 2].islower():
        variable = body[position + 1]
        return FormulaError(f"unexpected {character!r} in {shown!r}; the variable {variable!r} needs a number")
    if character in "-+":
        return FormulaError(
            f"unexpected {character!r} in {shown!r}; amounts are positive numbers and charges are left out"
        )
    if character.islower():
        return FormulaError(
            f"unexpected {character!r} in {shown!r}; element symbols start with a capital letter, "
            "and a variable such as x needs a number"
        )
    if character.isdigit() or character == ".":
        return FormulaError(
            f"a number out of place in {shown!r}; an amount follows its element or bracket, as in Li3OCl"
        )
    if character == ",":
        return FormulaError(
            f"unexpected ',' in {shown!r}; write decimals with a point and give formulas separated by spaces"
        )
    return FormulaError(f"unexpected {character!r} in {shown!r}; a formula has element symbols, amounts and brackets")


def _bounded(amounts: Amounts, text: str) -> Amounts:
    rounded = {symbol: Fraction(round(value * _DECIMALS), _DECIMALS) for symbol, value in amounts.items()}
    for symbol, value in rounded.items():
        if not SMALLEST <= value <= LARGEST:
            raise FormulaError(f"{one_line(text)!r} has {float(value):.4g} {symbol} in all; 0.0001 to 1000 are read")
    return rounded
