"""Names of species where a file has only types, or nothing: ``1=Li 2=O``, or ``Li24 O8 Cl8`` in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from antiperovskite.errors import DataError, OptionError, one_line

_PAIR = re.compile(r"(\d+)\s*[=:]\s*([A-Z][a-z]?)")
_RUN = re.compile(r"([A-Z][a-z]?)(\d*)")


@cache
def _elements() -> frozenset[str]:
    from ase.data import chemical_symbols

    return frozenset(chemical_symbols[1:]) | {"D", "T"}


def element_of(name: str, path: Path) -> str:
    """The chemical symbol in a name such as ``Li``, ``Li1`` or ``Li_pv``.

    Raises
    ------
    DataError
        There is none.
    """
    found = re.match(r"[A-Z][a-z]?", name)
    if found is not None:
        for symbol in (found.group(), found.group()[:1]):
            if symbol in _elements():
                return symbol
    raise DataError(
        f"{path} names an ion {one_line(name, 20)!r}, which is no chemical symbol; give the species by hand"
    )


@dataclass(frozen=True)
class Species:
    """What the user says of the ions: names of types, or names in order."""

    by_type: dict[int, str]
    ordered: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> Species:
        """Nothing said."""
        return cls({})

    @classmethod
    def parse(cls, given: str | Mapping[int, str] | Sequence[str] | None) -> Species | None:
        """Understand ``"1=Li 2=O"``, ``{1: "Li"}``, ``"Li24 O8 Cl8"`` or a symbol for every ion.

        Raises
        ------
        OptionError
            It is none of these, or names something that is no element.
        """
        if given is None:
            return None
        if isinstance(given, str):
            words = given.replace(",", " ").split()
            pairs = [_PAIR.fullmatch(word) for word in words]
            if words and all(pairs):
                return cls._checked({int(pair.group(1)): pair.group(2) for pair in pairs if pair}, ())
            text = "".join(words)
            if not text or _RUN.sub("", text):
                raise OptionError(f"species {one_line(given)!r} are not understood; write 1=Li 2=O, or Li24 O8 Cl8")
            counts = [(symbol, int(count or 1)) for symbol, count in _RUN.findall(text) if len(count) < 9]
            if sum(count for _, count in counts) > 100_000_000:
                raise OptionError(f"species {one_line(given)!r} name too many ions")
            return cls._checked({}, tuple(symbol for symbol, count in counts for _ in range(count)))
        if isinstance(given, Mapping):
            try:
                return cls._checked({int(key): str(value) for key, value in given.items()}, ())
            except (TypeError, ValueError) as error:
                raise OptionError("species by type must have whole numbers as keys, such as {1: 'Li'}") from error
        return cls._checked({}, tuple(given))

    @classmethod
    def of_names(cls, names: Sequence[str]) -> Species:
        """A symbol for every ion.

        Raises
        ------
        OptionError
            One is no chemical symbol.
        """
        return cls._checked({}, tuple(names))

    @classmethod
    def _checked(cls, by_type: dict[int, str], ordered: tuple[str, ...]) -> Species:
        for symbol in {*by_type.values(), *ordered}:
            if symbol not in _elements():
                raise OptionError(f"{one_line(symbol, 20)!r} is no chemical symbol; write species as in 1=Li 2=O")
        return cls(by_type, ordered)

    def of_types(self, types: Sequence[int], path: Path) -> list[str]:
        """Symbols of ions by their types; with names in order, symbols of the types in order of the ions."""
        if self.ordered and not self.by_type:
            return self.in_order(len(types), path)
        missing = sorted(set(types) - set(self.by_type))
        if missing:
            example = " ".join(
                f"{kind}={name}" for kind, name in zip(sorted(set(types)), ["Li", "O", "Cl"], strict=False)
            )
            raise OptionError(
                f"{path} has types only and no species is given for type {', '.join(map(str, missing[:10]))}; "
                f"name them all, for example --species '{example}'"
            )
        return [self.by_type[kind] for kind in types]

    def in_order(self, n_ions: int, path: Path) -> list[str]:
        """A symbol for every ion."""
        if len(self.ordered) != n_ions:
            raise OptionError(
                f"{path} has {n_ions} ions and species are named for {len(self.ordered)}; name every ion in order, "
                "for example --species 'Li24 O8 Cl8'"
            )
        return list(self.ordered)
