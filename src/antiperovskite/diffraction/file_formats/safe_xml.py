"""Reading XML from instruments with expat: no entities, no document types, no bottomless nesting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from antiperovskite.errors import OptionError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH: Final = 100


def parse_xml(
    data: bytes,
    name: str,
    *,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Feed a document to handlers, which get tags without their namespace prefix.

    Raises
    ------
    OptionError
        Not well-formed XML, entity declarations or a document type, or nesting beyond reason.
    """
    depth = 0

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise OptionError(f"{name}: the XML is nested more than {MAX_DEPTH} deep")
        start(tag.rpartition(":")[2], attributes)

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag.rpartition(":")[2])

    def refuse(*_: object) -> None:
        raise OptionError(f"{name}: the XML declares entities or a document type, which is refused; export it again")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise OptionError(f"{name} is not well-formed XML: {one_line(error, 80)}") from None
