"""One published work."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from antiperovskite._model import Model


class Citation(Model):
    """One work that a number, a method or a program came from.

    ``authors`` are written as printed (initials first); ``and_others`` is true where the source prints *et al.*
    ``numbers`` are its numbers in the reference list of the perspective ``dawson2021`` (two where that list prints
    the work twice, none where it is not listed). ``doi_trust`` is ``"unverified"`` where the DOI was only
    remembered; such a DOI is never printed as one.
    """

    key: str = Field(pattern=r"^[a-z]+[0-9]{4}[a-z]*$")
    type: Literal["article", "book", "software", "misc"] = "article"
    authors: tuple[str, ...] = Field(min_length=1)
    and_others: bool = False
    title: str = ""
    journal: str = ""
    publisher: str = ""
    year: int = Field(ge=1800, le=2100)
    volume: str = ""
    number: str = ""
    pages: str = ""
    doi: str = Field(default="", pattern=r"^(10\.\d{4,9}/\S+)?$")
    doi_trust: Literal["verified", "unverified"] = "verified"
    numbers: tuple[int, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _article_has_a_journal(self) -> Self:
        if self.type == "article" and not self.journal:
            raise ValueError(f"article {self.key!r} has no journal; add it or choose another type")
        return self

    @property
    def short(self) -> str:
        """Author and year as one cites in running text, for example ``"Zhao and Daemen 2012"``."""
        names = [split_name(author)[1] for author in self.authors]
        if self.and_others or len(names) > 2:
            return f"{names[0]} et al. {self.year}"
        return f"{' and '.join(names)} {self.year}"

    @property
    def text(self) -> str:
        """The reference on one line, as a reader would look it up."""
        people = ", ".join(self.authors) + (", et al." if self.and_others else "")
        where = ", ".join(part for part in (self.journal, str(self.year), self.volume, self.pages) if part)
        title = f"{self.title}, " if self.title else ""
        doi = f", doi:{self.doi}" if self.doi and self.doi_trust == "verified" else ""
        return f"{people}, {title}{where}{doi}"


def split_name(author: str) -> tuple[str, str]:
    """Split ``"A. Van der Ven"`` into initials and surname: ``("A.", "Van der Ven")``.

    Initials are the leading words that end in a full stop (``"M.-H."``).
    """
    words = author.split()
    count = 0
    while count < len(words) - 1 and words[count].endswith("."):
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])
