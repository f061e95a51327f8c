"""BibTeX that every processor reads: ASCII, accents as LaTeX commands, special characters escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from antiperovskite.citations.model import Citation, split_name

_TYPES = {"article": "article", "book": "book", "software": "misc", "misc": "misc"}

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "—": "---",
    "−": "-",
    "ß": r"{\ss}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "æ": r"{\ae}",
    "å": r"{\aa}",
    "’": "'",
}

_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030c": "v",
    "\u0327": "c",
}


def escape(text: str) -> str:
    r"""Write text so that LaTeX prints it unchanged.

    Examples
    --------
    >>> escape("Lü & Müller, 5 %")
    'L{\\"u} \\& M{\\"u}ller, 5 \\%'
    """
    return "".join(_SPECIAL.get(char) or _accented(char) for char in unicodedata.normalize("NFC", text))


def _accented(char: str) -> str:
    if char.isascii():
        return char
    base, *marks = list(unicodedata.normalize("NFD", char))
    if len(marks) == 1 and base.isascii() and marks[0] in _ACCENTS:
        accent = _ACCENTS[marks[0]]
        gap = " " if accent.isalpha() else ""
        return f"{{\\{accent}{gap}{base}}}"
    # Beyond that table, name the character rather than lose it or emit what BibTeX cannot read.
    return f"[U+{ord(char):04X}]"


# Chemical formulas and acronyms keep their capitals: {Li3OCl}, {NIST}.
_KEEP_CASE = re.compile(r"(?<![\w\\{])([A-Za-z0-9+\-]*[A-Za-z0-9][A-Z][A-Za-z0-9+\-]*|[A-Z][a-z]?\d\w*)(?![\w}])")


def _title(text: str) -> str:
    return _KEEP_CASE.sub(r"{\1}", escape(text))


def _author(name: str) -> str:
    initials, surname = split_name(name)
    # Braces around a surname of several words: BibTeX would take "Van" of "Van der Ven" for a first name.
    family = f"{{{escape(surname)}}}" if " " in surname else escape(surname)
    return f"{family}, {escape(initials)}" if initials else family


def _fields(entry: Citation) -> dict[str, str]:
    people = [_author(name) for name in entry.authors]
    checked = entry.doi if entry.doi_trust == "verified" else ""
    unchecked = f"DOI not verified: {entry.doi}" if entry.doi and not checked else ""
    notes = [note for note in (entry.note, unchecked) if note]
    where = "series" if entry.type == "book" else "journal"
    return {
        "author": " and ".join(people + (["others"] if entry.and_others else [])),
        "title": _title(entry.title),
        where: escape(entry.journal),
        "publisher": escape(entry.publisher),
        "year": str(entry.year),
        "volume": escape(entry.volume),
        "number": escape(entry.number),
        "pages": re.sub(r"(?<=\w)-(?=\w)", "--", escape(entry.pages)),
        # A DOI is an identifier, not prose: processors expect it raw.
        "doi": checked,
        "note": escape("; ".join(notes)),
    }


def to_bibtex(entries: Iterable[Citation]) -> str:
    """Return BibTeX, one entry after another in the order given; empty for none."""
    blocks = []
    for entry in entries:
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in _fields(entry).items() if value)
        blocks.append(f"@{_TYPES[entry.type]}{{{entry.key},\n{body}\n}}\n")
    return "\n".join(blocks)
