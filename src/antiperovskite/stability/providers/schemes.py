"""Energies that may meet in one hull: one functional, one correction scheme, one pseudopotential an element.

The Materials Project's GGA/GGA+U energies are one scale only after its 2020 corrections (Wang et al., Sci. Rep. 2021,
10.1038/s41598-021-94550-5; mixing after Jain et al., Phys. Rev. B 2011, 10.1103/PhysRevB.84.045115). Those leave
elements and compounds without a corrected anion as they are, so that such GGA entries are on the corrected scale too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from antiperovskite.errors import DataError, OptionError, best_match, one_line
from antiperovskite.stability.providers.checked_entry import CheckedEntry

MP2020 = "mp2020"
# anions that get a correction in pymatgen's MP2020Compatibility.yaml
MP2020_ANIONS = frozenset({"O", "S", "F", "Cl", "Br", "I", "N", "Se", "Si", "Sb", "Te", "H"})
_NAMES_SHOWN = 4


@dataclass(frozen=True)
class Scheme:
    """One energy scale within a list of entries."""

    name: str
    entries: tuple[CheckedEntry, ...]

    def __str__(self) -> str:
        compounds_first = sorted(self.entries, key=lambda entry: entry.is_element)
        labels = [f"{entry.formula} {entry.label}" for entry in compounds_first[:_NAMES_SHOWN]]
        more = len(self.entries) - len(labels)
        return f"{self.name} ({', '.join(labels)}{f' and {more} more' if more else ''})"


def scheme_name(entry: CheckedEntry) -> str:
    """Name of the scale an entry states, before it is known which others are in the file."""
    if entry.correction == MP2020 and entry.run_type in {"gga", "gga+u"}:
        return MP2020
    return entry.run_type if entry.correction == "none" else f"{entry.run_type}.{entry.correction}"


def uncorrected_in_mp2020(entry: CheckedEntry) -> bool:
    """Whether the 2020 corrections leave this entry as it is (an element, or no anion they know)."""
    if entry.is_element:
        return True
    from pymatgen.core import Element

    anion = max(entry.elements, key=lambda symbol: float(Element(symbol).data.get("X") or 0.0))
    return anion not in MP2020_ANIONS or entry.oxidation_states.get(anion, -1.0) > -1.0


def schemes(entries: Iterable[CheckedEntry]) -> tuple[Scheme, ...]:
    """Sort entries by energy scale, the largest first.

    Plain GGA entries that the 2020 corrections would not change join ``mp2020`` where that is in the list, and stay in
    ``gga`` only beside GGA entries that should have been corrected.
    """
    groups: dict[str, list[CheckedEntry]] = {}
    for entry in entries:
        groups.setdefault(scheme_name(entry), []).append(entry)
    if MP2020 in groups and "gga" in groups:
        neutral = [entry for entry in groups["gga"] if uncorrected_in_mp2020(entry)]
        groups[MP2020] += neutral
        if len(neutral) == len(groups["gga"]):
            del groups["gga"]
    found = [Scheme(name, tuple(members)) for name, members in groups.items()]
    return tuple(sorted(found, key=lambda scheme: (-len(scheme.entries), scheme.name)))


def one_scheme(entries: Sequence[CheckedEntry], wanted: str, origin: object) -> Scheme:
    """Return the one scale of the entries, or the one that is ``wanted``.

    Raises
    ------
    OptionError
        There are several and none was chosen, or the chosen one is not among them.
    DataError
        Entries of the scale disagree on a pseudopotential or a Hubbard U.
    """
    found = schemes(entries)
    names = [scheme.name for scheme in found]
    if wanted:
        chosen = next((scheme for scheme in found if scheme.name == wanted), None)
        if chosen is None:
            raise OptionError(
                f"{origin} has no energies of scheme {one_line(wanted, 40)!r}; choose one of {', '.join(names)}"
                f"{best_match(wanted, names)}"
            )
    elif len(found) > 1:
        raise OptionError(
            f"{origin} mixes energies of {len(found)} scales, which cannot meet in one hull: "
            f"{'; '.join(str(scheme) for scheme in found[:5])}; choose one with --scheme NAME"
        )
    else:
        chosen = found[0]
    _check_agreement(chosen, origin)
    return chosen


def _check_agreement(scheme: Scheme, origin: object) -> None:
    """Every element has one pseudopotential, and one U where it has any."""
    seen: dict[tuple[str, str], tuple[object, CheckedEntry]] = {}
    for entry in scheme.entries:
        stated: list[tuple[tuple[str, str], object]] = [
            (("pseudopotential", element), title) for element, title in entry.potentials.items()
        ]
        stated += [(("Hubbard U", element), value) for element, value in entry.hubbard_u.items() if value]
        for key, value in stated:
            first, owner = seen.setdefault(key, (value, entry))
            if first != value:
                quantity, element = key
                raise DataError(
                    f"{origin}: {element} has the {quantity} {first} in {owner.formula} {owner.label} but {value} in "
                    f"{entry.formula} {entry.label}; their energies cannot be compared, so remove one kind"
                )
