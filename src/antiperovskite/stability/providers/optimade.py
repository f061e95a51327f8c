"""Structures from any OPTIMADE server, relaxed with an engine.

OPTIMADE (Andersen et al., Sci. Data 2021, 10.1038/s41597-021-00974-z) standardises structures, not energies, so that a
structure joins the set of the engine that relaxes it. Queries use only filters that every server must understand
(``HAS ALL`` and ``nelements``), not the optional ``HAS ONLY``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import MissingReferenceError
from antiperovskite.stability.providers.http import check_url, get_json
from antiperovskite.stability.providers.optimade_structures import Rejected, read_structure
from antiperovskite.stability.providers.protocol import ProviderError, check_elements
from antiperovskite.stability.reference_build import Report, StructurePhase, build_references
from antiperovskite.stability.references import ReferenceEntry, ReferenceSet, reference_set

PAGE = 100
MOST_PAGES = 200
SUBSETS_A_QUERY = 12  # keeps addresses under 2 kB
FIELDS = (
    "chemical_formula_reduced", "nsites", "lattice_vectors", "cartesian_site_positions", "species", "species_at_sites",
    "structure_features", "dimension_types",
)  # fmt: skip


@dataclass(frozen=True)
class FoundStructures:
    """What a server holds of a chemistry: phases to relax, and what was left out and why."""

    phases: tuple[StructurePhase, ...]
    left_out: tuple[str, ...]
    already_there: tuple[str, ...]


@dataclass(frozen=True)
class OptimadeProvider:
    """Structures of the server at ``url``, relaxed with ``engine`` into its set in ``directory``.

    ``max_atoms`` in a cell and ``limit`` of structures bound the work.
    """

    url: str
    engine: Engine
    directory: Path
    max_atoms: int = 40
    limit: int = 200
    workers: int = 1
    report: Report | None = None
    note: Callable[[str], None] | None = None

    @property
    def name(self) -> str:
        """The engine, because its set is what the structures join."""
        return self.engine.card.name

    def fetch(self, elements: Iterable[str]) -> ReferenceSet:
        """Download, relax, and return the engine's phases made only of ``elements``.

        Raises
        ------
        ProviderError
            The server cannot be reached, refuses, or answers with something else.
        MissingReferenceError
            It holds no usable structure of these elements.
        MissingEngineError
            The engine's packages are not installed; nothing is downloaded.
        """
        wanted = check_elements(elements)
        check_url(self.url)
        self.engine.calculator()  # before the download, not after it
        found = self.structures(wanted)
        if self.note is not None:
            for line in (*found.left_out, *found.already_there):
                self.note(f"left out: {line}")
        if not found.phases and not found.already_there:
            raise MissingReferenceError(
                f"{urlsplit(self.url).hostname} has no ordered structure of {', '.join(sorted(wanted))} with up to "
                f"{self.max_atoms} atoms ({len(found.left_out)} left out)"
            )
        if not found.phases:
            stored = reference_set(self.name)
            return stored.model_copy(update={"entries": stored.within(wanted)})
        built = build_references(found.phases, self.engine, self.directory, report=self.report, workers=self.workers)
        return built.model_copy(update={"entries": built.within(wanted)})

    def structures(self, elements: Iterable[str]) -> FoundStructures:
        """Download the structures; none that is twice there or already in the engine's set.

        Raises
        ------
        ProviderError
            The server cannot be reached, refuses, answers with something else, or holds more than ``limit``.
        """
        wanted = check_elements(elements)
        base = base_address(self.url)
        host = urlsplit(base).hostname or "optimade"
        phases: dict[str, StructurePhase] = {}
        left_out: list[str] = []
        for item in _items(base, wanted, self.max_atoms):
            try:
                phase = read_structure(item, host, wanted, self.max_atoms)
            except Rejected as reason:
                left_out.append(str(reason))
                continue
            phases[phase.name] = phase
            if len(phases) > self.limit:
                raise ProviderError(
                    f"{host} holds more than {self.limit} structures of {', '.join(sorted(wanted))} with up to "
                    f"{self.max_atoms} atoms; ask for fewer elements or atoms, or raise --limit"
                )
        kept, twice = _distinct(tuple(phases.values()), self._known(wanted))
        return FoundStructures(kept, tuple(left_out), twice)

    def _known(self, wanted: frozenset[str]) -> list[ReferenceEntry]:
        try:
            return list(reference_set(self.name).within(wanted))
        except MissingReferenceError:
            return []


def base_address(url: str) -> str:
    """Return the versioned base address of a server.

    Examples
    --------
    >>> base_address("https://optimade.materialsproject.org/")
    'https://optimade.materialsproject.org/v1'
    >>> base_address("https://example.org/optimade/v1/structures")
    'https://example.org/optimade/v1'
    """
    base = check_url(url).removesuffix("/structures")
    last = base.rsplit("/", 1)[-1]
    return base if last[:1] == "v" and last[1:2].isdigit() else f"{base}/v1"


def filters(elements: frozenset[str], max_atoms: int) -> Iterator[str]:
    """Yield the OPTIMADE filters that together match every compound of these elements and none of others."""
    for size in range(1, len(elements) + 1):
        subsets = list(combinations(sorted(elements), size))
        for start in range(0, len(subsets), SUBSETS_A_QUERY):
            chunk = subsets[start : start + SUBSETS_A_QUERY]
            alternatives = " OR ".join(
                "elements HAS ALL " + ",".join(f'"{symbol}"' for symbol in subset) for subset in chunk
            )
            yield f"nelements={size} AND nsites<={max_atoms} AND ({alternatives})"


def _items(base: str, elements: frozenset[str], max_atoms: int) -> Iterator[Any]:
    """Every entry of every page of every query."""
    host = urlsplit(base).hostname
    for expression in filters(elements, max_atoms):
        query = urlencode({"filter": expression, "response_fields": ",".join(FIELDS), "page_limit": PAGE})
        address: str | None = f"{base}/structures?{query}"
        visited: set[str] = set()
        while address is not None:
            if address in visited or len(visited) >= MOST_PAGES:
                raise ProviderError(f"{host} sends the same pages again and again; ask for fewer elements")
            visited.add(address)
            answer = get_json(address)
            data = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(data, list):
                raise ProviderError(
                    f"{host} does not answer like an OPTIMADE server (no list under 'data'); check --url"
                )
            yield from data
            address = _next_page(answer, address)


def _next_page(answer: dict[str, Any], address: str) -> str | None:
    """The address of the next page; it must stay on the server that was asked."""
    links = answer.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    if isinstance(link, dict):
        link = link.get("href")
    if not isinstance(link, str) or not link:
        return None
    following = urljoin(address, link)
    if urlsplit(following).hostname != urlsplit(address).hostname:
        raise ProviderError(
            f"{urlsplit(address).hostname} sends its next page to another server; nothing was read there"
        )
    check_url(following)
    return following


def _distinct(
    phases: tuple[StructurePhase, ...], known: list[ReferenceEntry]
) -> tuple[tuple[StructurePhase, ...], tuple[str, ...]]:
    """Leave out structures that are another's copy; the known ones win, then the first."""
    from pymatgen.analysis.structure_matcher import StructureMatcher
    from pymatgen.core import Composition

    # tight: a tilted variant must not pass for its parent
    matcher = StructureMatcher(ltol=0.05, stol=0.1, angle_tol=2.0)
    by_formula: dict[str, list[tuple[str, Any]]] = {}
    done = {entry.name for entry in known}
    for entry in known:
        if entry.structure is not None:
            by_formula.setdefault(entry.formula, []).append((entry.name, entry.structure.to_pymatgen()))
    kept: list[StructurePhase] = []
    twice: list[str] = []
    for phase in phases:
        formula = Composition(phase.formula).reduced_formula
        structure = phase.structure.to_pymatgen()
        others = by_formula.setdefault(formula, [])
        same = None if phase.name in done else next((n for n, other in others if matcher.fit(structure, other)), None)
        if same is not None:
            twice.append(f"{phase.name}: the same structure as {same}")
            continue
        others.append((phase.name, structure))
        kept.append(phase)
    return tuple(kept), tuple(twice)
