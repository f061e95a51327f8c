"""Competing phases of the Materials Project, through its own client ``mp-api`` and the user's key.

Two energy scales are kept apart: GGA and GGA+U with the 2020 corrections (Wang et al., Sci. Rep. 2021,
10.1038/s41598-021-94550-5), and r2SCAN. The Project's joint scale of all three is not offered: the correction of such
an entry belongs to the hull of one chemical system and cannot be pooled over others (materialsproject/api issue 1104).
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Final

from antiperovskite.engines.model import EngineCard
from antiperovskite.errors import AntiperovskiteError, DataError, MissingEngineError, OptionError, one_line
from antiperovskite.stability.providers.checked_entry import CheckedEntry, check_entry
from antiperovskite.stability.providers.imported import imported_set, require_elements
from antiperovskite.stability.providers.protocol import ProviderError, check_elements
from antiperovskite.stability.references import ReferenceSet

KEY_VARIABLE: Final = "MP_API_KEY"
KEY_LENGTH: Final = 32
SOURCE: Final = "Materials Project"


@dataclass(frozen=True)
class _Scale:
    """What is asked for, and what the entries must then be."""

    thermo_type: str
    run_types: frozenset[str]
    corrections: frozenset[str]
    method: str
    citations: tuple[str, ...]


_SCALES: Final = {
    "mp-gga-u-2020": _Scale(
        thermo_type="GGA_GGA+U",
        run_types=frozenset({"gga", "gga+u"}),
        corrections=frozenset({"none", "mp2020"}),
        method="PBE and PBE+U with the Materials Project's 2020 corrections",
        citations=("jain2013", "wang2021"),
    ),
    "mp-r2scan": _Scale(
        thermo_type="R2SCAN",
        run_types=frozenset({"r2scan"}),
        corrections=frozenset({"none"}),
        method="r2SCAN, uncorrected",
        citations=("jain2013", "kingsbury2022"),
    ),
}
SCHEMES: Final = tuple(_SCALES)


@dataclass(frozen=True)
class MaterialsProjectProvider:
    """Entries of one of the Project's energy scales.

    ``api_key`` is the user's own (materialsproject.org/api); the variable ``MP_API_KEY`` is read without it. ``url`` is
    another server of the same interface.
    """

    scheme: str = SCHEMES[0]
    api_key: str = field(default="", repr=False)
    url: str = ""

    @property
    def name(self) -> str:
        """The energy scale, which is also the name of the set."""
        return self.scheme

    def fetch(self, elements: Iterable[str]) -> ReferenceSet:
        """Return all entries of the chemical system and its subsystems.

        Raises
        ------
        OptionError
            Unknown scheme or element, no key, or one that cannot be a key.
        MissingEngineError
            ``mp-api`` is not installed.
        ProviderError
            No network, a key that is refused, too many requests, any other answer of the server.
        MissingReferenceError
            An element is in no entry on this scale.
        """
        wanted = check_elements(elements)
        if self.scheme not in _SCALES:
            raise OptionError(
                f"the Materials Project has no scheme {one_line(self.scheme, 40)!r}; choose one of {', '.join(SCHEMES)}"
            )
        scale = _SCALES[self.scheme]
        version, documents = self._ask(wanted, scale, self._key())
        entries = [entry for document in documents for entry in _entries(document, scale)]
        found = imported_set(
            entries, _card(self.scheme, scale, version), settings=f"{SOURCE} {version}, {scale.thermo_type}",
            trust=SOURCE, source=f"{SOURCE} {version}",
        )  # fmt: skip
        require_elements(found, wanted, f"{SOURCE} ({scale.thermo_type})")
        return found

    def _key(self) -> str:
        key = self.api_key or os.environ.get(KEY_VARIABLE, "")
        if not key:
            raise OptionError(
                f"the Materials Project needs your key; give it as {KEY_VARIABLE} or --api-key (free at "
                "https://materialsproject.org/api)"
            )
        if len(key) != KEY_LENGTH or not key.isascii() or not key.isalnum():
            raise OptionError(
                f"that is no Materials Project key: it has {len(key)} characters, {KEY_LENGTH} letters and digits are "
                "expected; check " + KEY_VARIABLE
            )
        return key

    def _ask(self, elements: frozenset[str], scale: _Scale, key: str) -> tuple[str, list[Any]]:
        rester = _client()
        systems = [
            "-".join(subset) for size in range(1, len(elements) + 1) for subset in combinations(sorted(elements), size)
        ]
        try:
            # the client warns and prints; stdout belongs to --json, and what matters is in its exceptions
            with warnings.catch_warnings(), redirect_stdout(sys.stderr):
                warnings.simplefilter("ignore")
                with rester(
                    key,
                    endpoint=f"{self.url}/" if self.url else None,
                    use_document_model=False,
                    mute_progress_bars=True,
                ) as client:
                    version = str(getattr(client, "db_version", None) or client.get_database_version())
                    documents = client.materials.thermo.search(
                        chemsys=systems,
                        thermo_types=[scale.thermo_type],
                        all_fields=False,
                        fields=["material_id", "thermo_type", "entries"],
                    )
                    return version, list(documents)
        except AntiperovskiteError:
            raise
        except Exception as error:  # the client raises its own, requests', pydantic's and JSON errors
            raise _explained(error, key) from error


def _client() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mp_api.client import MPRester
    except ImportError as error:
        raise MissingEngineError(
            f"the Materials Project needs the package mp-api ({error}); install: pip install 'antiperovskite[mp]'"
        ) from error
    return MPRester


def _explained(error: Exception, key: str) -> ProviderError:
    """The client's error as one line about what to do; the key never shows in it."""
    text = " ".join(str(error).split()).replace(key, "<key>")
    said = one_line(text.partition(" with message: ")[2] or text, 120)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status = re.search(r"status code (\d{3})\b", text)
    code = status[1] if status else ""
    if code in {"401", "403"} or (not code and re.search("[Ii]nvalid authentication|valid API key", text)):
        return ProviderError(f"the Materials Project refuses the key ({said}); check {KEY_VARIABLE}")
    if code == "429" or re.search("too many 429|[Tt]oo many requests", text):
        return ProviderError(
            "the Materials Project allows no more requests for now; wait and run the same command again"
        )
    if code:
        return ProviderError(f"the Materials Project answers HTTP {code}: {said}; try again later")
    if kinds & {"ConnectionError", "Timeout", "ConnectTimeout", "ReadTimeout", "MaxRetryError"}:
        return ProviderError(f"cannot reach the Materials Project: {said}; check the network")
    return ProviderError(f"the Materials Project does not answer as expected: {type(error).__name__}: {said}")


def _entries(document: Any, scale: _Scale) -> list[CheckedEntry]:
    """The entries of one thermodynamic document, each of the scale that was asked for."""
    fields = document if isinstance(document, Mapping) else _dumped(document)
    material = str(fields.get("material_id", "a document"))
    listed = fields.get("entries")
    if not isinstance(listed, Mapping):
        raise DataError(f"{SOURCE}: {one_line(material, 40)} has no entries")
    found = []
    for number, item in enumerate(listed.values()):
        entry = check_entry(
            item if isinstance(item, dict) else _dumped(item), number, f"{SOURCE} {one_line(material, 40)}"
        )
        if entry.run_type not in scale.run_types or entry.correction not in scale.corrections:
            raise DataError(
                f"{SOURCE}: {entry.formula} {entry.label} is {entry.run_type} with corrections {entry.correction}, "
                f"which does not belong to {scale.thermo_type}"
            )
        found.append(entry)
    return found


def _dumped(thing: Any) -> dict[str, Any]:
    """Plain fields of a client's object, whichever way it offers them."""
    for method in ("as_dict", "model_dump"):
        if hasattr(thing, method):
            plain = getattr(thing, method)()
            if isinstance(plain, dict):
                return plain
    return {}


def _card(name: str, scale: _Scale, version: str) -> EngineCard:
    return EngineCard(
        name=name,
        version=f"{SOURCE} database {version}",
        description=f"{SOURCE}, {scale.thermo_type}",
        reference_method=scale.method,
        energy_scale=name,
        licence="CC BY 4.0",
        known_bias=("energies of the Materials Project; nothing was recomputed",),
        citations=scale.citations,
    )
