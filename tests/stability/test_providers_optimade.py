"""OPTIMADE structures from a server on this machine: asked for, checked, relaxed into the engine's own set."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from antiperovskite.engines import get_engine
from antiperovskite.errors import AntiperovskiteError, MissingEngineError, MissingReferenceError, OptionError
from antiperovskite.stability.providers import OptimadeProvider, Provider, ProviderError, http
from antiperovskite.stability.providers.optimade import base_address, filters
from antiperovskite.stability.providers.optimade_structures import Rejected, read_structure
from antiperovskite.stability.references import REFERENCES_VARIABLE, reference_set

Answer = Callable[[str, dict[str, list[str]]], tuple[int, Any]]


class Server(ThreadingHTTPServer):
    """Answers with what ``answer`` returns for a path and its query, and remembers the queries."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[dict[str, list[str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        self.server.asked.append(query)
        status, content = self.server.answer(parts.path, query)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "7")
        if status == 302:
            self.send_header("Location", str(content))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    running: list[Server] = []

    def start(answer: Answer) -> Server:
        server = Server(answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(REFERENCES_VARIABLE, str(tmp_path))
    monkeypatch.setattr(http, "TIMEOUT", 10.0)
    reference_set.cache_clear()
    yield tmp_path
    reference_set.cache_clear()


def entry(structure: Structure, identity: str, **more: Any) -> dict[str, Any]:
    """A structure entry as optimade-python-tools writes it."""
    symbols = [site.species_string for site in structure]
    attributes = {
        "chemical_formula_reduced": structure.composition.reduced_formula,
        "nsites": len(structure),
        "lattice_vectors": structure.lattice.matrix.tolist(),
        "cartesian_site_positions": structure.cart_coords.tolist(),
        "species": [
            {"name": symbol, "chemical_symbols": [symbol], "concentration": [1.0]} for symbol in dict.fromkeys(symbols)
        ],
        "species_at_sites": symbols,
        "structure_features": [],
        "dimension_types": [1, 1, 1],
    }
    return {"id": identity, "type": "structures", "attributes": attributes | more}


def rocksalt(cation: str, anion: str, a: float) -> Structure:
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])


def caesium_chloride(cation: str, anion: str, a: float) -> Structure:
    return Structure(Lattice.cubic(a), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])


LICL = entry(rocksalt("Li", "Cl", 5.1), "mp-22905")
LICL_B2 = entry(caesium_chloride("Li", "Cl", 3.1), "mp-1185319")
NACL = entry(rocksalt("Na", "Cl", 5.6), "mp-22862")


def database(items: list[dict[str, Any]]) -> Answer:
    """A server that understands the filters this program sends, and pages two entries at a time."""

    def answer(path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path != "/v1/structures":
            return 404, {"errors": [{"status": "404", "title": "Not Found", "detail": "no such endpoint"}]}
        count, _nsites, alternatives = query["filter"][0].split(" AND ", 2)
        wanted = [set(json.loads(f"[{part.split('HAS ALL ')[1].strip('() ')}]")) for part in alternatives.split(" OR ")]
        size = int(count.removeprefix("nelements="))

        def matches(item: dict[str, Any]) -> bool:
            elements = {species["name"] for species in item["attributes"]["species"]}
            return len(elements) == size and any(needed <= elements for needed in wanted)

        found = [item for item in items if matches(item)]
        start = int(query.get("page_offset", ["0"])[0])
        more = start + 2 < len(found)
        following = {"href": f"/v1/structures?filter={query['filter'][0].replace(' ', '+')}&page_offset={start + 2}"}
        links = {"next": following if more else None}
        return 200, {"data": found[start : start + 2], "links": links, "meta": {"more_data_available": more}}

    return answer


def provider(url: str, directory: Path, **more: Any) -> OptimadeProvider:
    return OptimadeProvider(url, get_engine("toy-ionic"), directory, **more)


def test_structures_are_relaxed_into_the_set_of_the_engine(serve: Any, tmp_path: Path) -> None:
    server = serve(database([LICL, LICL_B2, NACL]))
    source = provider(server.url, tmp_path)
    found = source.fetch(["Li", "Cl"])
    assert isinstance(source, Provider)
    assert {e.name for e in found.entries} == {"LiCl-127.0.0.1-mp-22905", "LiCl-127.0.0.1-mp-1185319"}
    assert {e.spacegroup for e in found.entries} == {"Fm-3m", "Pm-3m"}
    assert found.engine.energy_scale == "toy-ionic"
    assert all("OPTIMADE" in e.source and e.max_force is not None and e.max_force < 0.02 for e in found.entries)
    assert {e.name for e in reference_set("toy-ionic").entries} == {e.name for e in found.entries}


def test_asking_again_relaxes_nothing_and_joins_what_is_new(serve: Any, tmp_path: Path) -> None:
    server = serve(database([LICL, LICL_B2, NACL]))
    provider(server.url, tmp_path).fetch(["Li", "Cl"])
    computed: list[str] = []
    more = provider(server.url, tmp_path, report=lambda name, _n, _t: computed.append(name)).fetch(["Li", "Na", "Cl"])
    assert computed == ["NaCl-127.0.0.1-mp-22862"]
    assert len(more.entries) == 3


def test_copies_are_not_relaxed_twice(serve: Any, tmp_path: Path) -> None:
    """The same crystal in another cell, shifted; and what the engine's set already has."""
    shifted = rocksalt("Li", "Cl", 5.1).get_primitive_structure().copy()
    shifted.translate_sites(range(len(shifted)), [0.2, 0.1, 0.3])
    server = serve(database([LICL, entry(shifted * [1, 1, 2], "copy")]))
    notes: list[str] = []
    found = provider(server.url, tmp_path, note=notes.append).fetch(["Li", "Cl"])
    assert len(found.entries) == 1
    assert notes == ["left out: LiCl-127.0.0.1-copy: the same structure as LiCl-127.0.0.1-mp-22905"]
    relaxed = found.entries[0].structure
    assert relaxed is not None
    again = serve(database([entry(relaxed.to_pymatgen(), "other")]))
    same = provider(again.url.replace("127.0.0.1", "localhost"), tmp_path).fetch(["Li", "Cl"])
    assert same.entries == found.entries


ELEMENTS = ["Li", "Na", "O", "H", "Cl", "Br"]


@given(st.sets(st.sampled_from(ELEMENTS), min_size=1), st.sets(st.sampled_from(ELEMENTS), min_size=1))
def test_filters_match_a_compound_exactly_if_all_its_elements_were_asked_for(asked: set[str], has: set[str]) -> None:
    compound = entry(
        Structure(Lattice.cubic(9), sorted(has), [[i / 6, 0, 0] for i in range(len(has))]), "x"
    )  # fmt: skip
    answer = database([compound])
    hits = [answer("/v1/structures", {"filter": [text]})[1]["data"] for text in filters(frozenset(asked), 40)]
    assert sum(len(hit) for hit in hits) == (1 if has <= asked else 0)


def test_addresses_stay_short_for_eight_elements() -> None:
    asked = frozenset([*ELEMENTS, "Mg", "Ca"])
    texts = list(filters(asked, 40))
    assert max(map(len, texts)) < 800
    assert sum(text.count("HAS ALL") for text in texts) == sum(1 for n in range(1, 9) for _ in combinations(asked, n))


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://a.org", "https://a.org/v1"),
        ("https://a.org/optimade/", "https://a.org/optimade/v1"),
        ("https://a.org/v1.2/structures", "https://a.org/v1.2"),
    ],
)
def test_base_addresses(url: str, base: str) -> None:
    assert base_address(url) == base


@pytest.mark.parametrize(
    "url", ["", "a.org", "file:///etc/passwd", "ftp://a.org", "https://", "http://a b", "http://[1"]
)
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is not an address"):
        provider(url, tmp_path).fetch(["Li"])


def attributes(**more: Any) -> dict[str, Any]:
    return {"id": "x-1", "attributes": LICL["attributes"] | more}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (attributes(structure_features=["disorder"]), "disorder"),
        (attributes(dimension_types=[1, 1, 0]), "not periodic in three dimensions"),
        (attributes(lattice_vectors=[[1, 0, 0]] * 3), "do not span a cell"),
        (attributes(lattice_vectors=[[5, 0, 0], [0, None, 0], [0, 0, 5]]), "lattice_vectors.1.1"),
        (attributes(cartesian_site_positions=[[0, 0, 0]] * 8), "atoms closer than 0.5"),
        (attributes(cartesian_site_positions=[[0, 0, 0]]), "8 species for another number of sites"),
        (attributes(cartesian_site_positions=[[1e300, 0, 0]] * 8), "far outside the cell"),
        (attributes(species_at_sites=["Li"] * 7 + ["Q"]), "without one whole element"),
        (
            attributes(species=[{"name": "Li", "chemical_symbols": ["Li", "Na"], "concentration": [0.5, 0.5]}]),
            "without one whole element",
        ),
        ({"id": 3}, "attributes: Field required"),
        ("text", "Input should be"),
        (NACL, "holds Na, which was not asked for"),
    ],
)  # fmt: skip
def test_unusable_entries_are_left_out_with_their_reason(item: Any, message: str) -> None:
    with pytest.raises(Rejected, match=message) as caught:
        read_structure(item, "a.org", frozenset({"Li", "Cl"}), 40)
    assert "\n" not in str(caught.value)


def test_large_cells_are_left_out() -> None:
    with pytest.raises(Rejected, match="8 atoms, more than 4"):
        read_structure(LICL, "a.org", frozenset({"Li", "Cl"}), 4)


JSON = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(LICL["attributes"])), JSON))
def test_any_entry_is_read_or_left_out(fields: dict[str, Any]) -> None:
    try:
        phase = read_structure(attributes(**fields), "a.org", frozenset({"Li", "Cl"}), 40)
    except Rejected as reason:
        assert len(str(reason).splitlines()) == 1
    else:
        assert phase.elements <= {"Li", "Cl"}


def always(status: int, content: Any) -> Answer:
    return lambda _path, _query: (status, content)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (always(404, {"errors": [{"detail": "no such endpoint"}]}), "answers HTTP 404 Not Found: no such endpoint"),
        (always(500, b"<html>oops</html>"), "answers HTTP 500"),
        (always(429, {}), r"no more requests for now \(HTTP 429\)"),
        (always(503, {}), "answers HTTP 503"),
        (always(200, b"<html>a wiki</html>"), "does not answer with JSON but with '<html>a wiki</html>'"),
        (always(200, b"\xff\xfe\x00"), "does not answer with JSON"),
        (always(200, []), "does not answer like an OPTIMADE server"),
        (always(200, {"data": "x"}), "does not answer like an OPTIMADE server"),
        (always(200, {"data": [], "links": {"next": "http://elsewhere.org/v1"}}), "next page to another server"),
        (always(200, {"data": [], "links": {"next": "file:///etc/passwd"}}), "next page to another server"),
        (always(302, "file:///etc/passwd"), "HTTP 302|cannot reach"),
        (always(302, "ftp://127.0.0.1/x"), "HTTP 302|cannot reach"),
        (
            lambda _p, query: (200, {"data": [], "links": {"next": f"/v1/structures?n={len(query.get('n', []))}"}}),
            "again",
        ),
    ],
)
def test_bad_answers_are_one_line_and_write_nothing(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, message: str
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(http.get_json, "__kwdefaults__", {"sleep": waits.append})
    with pytest.raises(ProviderError, match=message) as caught:
        provider(serve(answer).url, tmp_path).fetch(["Li", "Cl"])
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert all(wait == 7.0 for wait in waits) or "503" in message


def test_a_busy_server_is_asked_again(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.get_json, "__kwdefaults__", {"sleep": lambda _seconds: None})
    calls = iter([429, 503])
    good = database([LICL])

    def answer(path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        status = next(calls, 200)
        return (status, {}) if status != 200 else good(path, query)

    assert len(provider(serve(answer).url, tmp_path).fetch(["Li", "Cl"]).entries) == 1


def test_no_network_is_one_line(tmp_path: Path) -> None:
    server = Server(always(200, {}))
    server.server_close()  # nobody listens at this port any more
    with pytest.raises(ProviderError, match=r"cannot reach 127\.0\.0\.1: .*refused.*; check the network"):
        provider(server.url, tmp_path).fetch(["Li"])


def test_nothing_usable_too_much_and_wrong_elements(serve: Any, tmp_path: Path) -> None:
    server = serve(database([LICL, LICL_B2]))
    with pytest.raises(MissingReferenceError, match="no ordered structure of Na with up to 40 atoms"):
        provider(server.url, tmp_path).fetch(["Na"])
    with pytest.raises(ProviderError, match="holds more than 1 structures of Cl, Li"):
        provider(server.url, tmp_path, limit=1).fetch(["Li", "Cl"])
    asked = len(server.asked)
    for elements, message in (
        (["Lo"], "unknown element 'Lo'"),
        ([], "no elements given"),
        (list("HBCNOFPSK"), "9 elem"),
    ):
        with pytest.raises(OptionError, match=message):
            provider(server.url, tmp_path).fetch(elements)
    assert len(server.asked) == asked


def test_a_missing_engine_is_said_before_anything_is_downloaded(serve: Any, tmp_path: Path) -> None:
    class Missing:
        card = get_engine("toy-ionic").card

        def calculator(self) -> Any:
            raise MissingEngineError("install it")

    server = serve(database([LICL]))
    with pytest.raises(MissingEngineError):
        OptimadeProvider(server.url, Missing(), tmp_path).fetch(["Li", "Cl"])
    assert server.asked == []


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_any_text_as_an_address_is_one_line(text: str) -> None:
    try:
        base_address(text)
    except AntiperovskiteError as error:
        assert len(str(error).splitlines()) == 1
