"""Citation keys as references a reader can follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from antiperovskite.citations import bibtex, citation, known_keys
from antiperovskite.report.format import prose


def short(key: str) -> str:
    """Return author and year; the bare key where the catalogue does not know it."""
    return citation(key).short if key in known_keys() else key


def full(key: str) -> Markup:
    """Return the whole reference with its DOI as a link; only a verified DOI is printed."""
    if key not in known_keys():
        return Markup('{} <span class="flag">not in the catalogue</span>').format(key)
    work = citation(key)
    text = work.text.removesuffix(f", doi:{work.doi}") if work.doi else work.text
    if not work.doi or work.doi_trust != "verified":
        return prose(text)
    return Markup('{}, <a href="https://doi.org/{}" rel="noreferrer">doi:{}</a>').format(
        prose(text), work.doi, work.doi
    )


def short_list(keys: Sequence[str]) -> str:
    """Return short references joined by semicolons."""
    return "; ".join(short(key) for key in keys)


def bibtex_of(keys: Iterable[str]) -> str:
    """Return BibTeX of every key the catalogue knows, in order, each once."""
    known = set(known_keys())
    return bibtex(key for key in dict.fromkeys(keys) if key in known)


def all_keys(keys: Iterable[str]) -> list[str]:
    """Return keys without repetition, those in the catalogue first and sorted by author and year."""
    known = set(known_keys())
    return sorted(dict.fromkeys(keys), key=lambda k: (k not in known, short(k).casefold()))
