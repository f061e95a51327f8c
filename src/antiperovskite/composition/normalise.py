"""Typed, pasted or typeset formula text to plain ASCII: LaTeX, Unicode subscripts, full-width letters, spaces, dots."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from antiperovskite.errors import FormulaError, one_line

MAX_LENGTH: Final = 200
DOT: Final = "·"

_SUPERSCRIPTS = re.compile("[⁰¹²³⁴-⁹⁺⁻]")
_FONT = re.compile(r"\\(?:mathrm|mathit|mathsf|mathbf|text|textrm|rm|ce|mbox)(?![A-Za-z])")
_LATEX_DOT = re.compile(r"\\(?:cdot|bullet)(?![A-Za-z])")
_HTML_SUB = re.compile("</?sub>")
_LATEX_SPACE = re.compile(r"\\[,;:! ]|~|\\(?:left|right)(?![A-Za-z])")
_SUBSCRIPT = re.compile(r"_\{([^{}_]*)\}|_(?=[0-9.])")
_DOTS = str.maketrans(dict.fromkeys("•⋅∙‧*", DOT))
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


def normalise(text: str) -> str:
    """Return the formula as plain characters with ``·`` as the only separator.

    Raises
    ------
    FormulaError
        Empty text, text over 200 characters, superscripts (charges), a space inside a number, or characters that
        no formula has.

    Examples
    --------
    >>> normalise(r"$\\mathrm{Li_{2.5}(OH)_{0.5}Cl}$")
    'Li2.5(OH)0.5Cl'
    >>> normalise("Li₃ＯCl")
    'Li3OCl'
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"formula {one_line(text, 40)!r} is too long; at most {MAX_LENGTH} characters are read")
    if not text.strip():
        raise FormulaError("empty formula; give one such as Li3OCl")
    if _SUPERSCRIPTS.search(text):
        raise FormulaError(f"{one_line(text)!r} has superscripts; leave charges out, as in Li3OCl")
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    plain = _join(_strip_latex(plain.translate(_DOTS)), text)
    for character in plain:
        if not (character.isascii() and character.isprintable()) and character != DOT:
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            raise FormulaError(
                f"{one_line(text)!r} contains {name}; a formula has Latin element symbols, digits and brackets"
            )
    return plain


def _strip_latex(text: str) -> str:
    text = _FONT.sub("", _LATEX_DOT.sub(DOT, _HTML_SUB.sub("", text)))
    text = _LATEX_SPACE.sub(" ", text).replace("$", "")
    text = _SUBSCRIPT.sub(lambda match: match.group(1) or "", text)
    # braces only group in LaTeX: after fonts and subscripts are gone they mean nothing unless an amount follows
    while (stripped := re.sub(r"\{([^{}]*)\}(?![0-9.])", r"\1", text)) != text:
        text = stripped
    return text


def _join(text: str, given: str) -> str:
    if re.search(r"[0-9.]\s+[0-9.]", text):
        raise FormulaError(f"{one_line(given)!r} has a space inside a number; write each amount without spaces")
    joined = "".join(text.split())
    if not joined:
        raise FormulaError(f"{one_line(given)!r} contains no formula; give one such as Li3OCl")
    return joined
