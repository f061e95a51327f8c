"""The Materials Project behind a stand-in of its client; with ``mp-api``, also the real client and a server."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.core.entries import CompositionEnergyAdjustment, ComputedStructureEntry

from antiperovskite.citations import citation
from antiperovskite.errors import (
    AntiperovskiteError,
    DataError,
    MissingEngineError,
    MissingReferenceError,
    OptionError,
)
from antiperovskite.stability.providers import MaterialsProjectProvider, Provider, ProviderError
from antiperovskite.stability.providers.materials_project import SCHEMES

KEY = "k" * 32
MP2020 = {"@module": "pymatgen.entries.compatibility", "@class": "MaterialsProject2020Compatibility"}
LI = Structure.from_spacegroup("Im-3m", Lattice.cubic(3.43), ["Li"], [[0, 0, 0]])
CL = Structure(Lattice.orthorhombic(6, 4, 8), ["Cl"] * 2, [[0, 0, 0], [0.33, 0, 0]])
LICL = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.1), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])


def document(structure: Structure, energy: float, material: str, run_type: str = "GGA", *, cl: float = 0) -> Any:
    """What ``materials/thermo`` answers for one material."""
    adjustments = (
        [CompositionEnergyAdjustment(-0.614, cl, name="MP2020 anion correction (Cl)", cls=MP2020)] if cl else []
    )
    entry = ComputedStructureEntry(
        structure,
        energy,
        entry_id=f"{material}-{run_type}",
        parameters={"run_type": run_type},
        energy_adjustments=adjustments,
    ).as_dict()
    thermo_type = "R2SCAN" if run_type == "R2SCAN" else "GGA_GGA+U"
    written = json.dumps({"material_id": material, "thermo_type": thermo_type, "entries": {run_type: entry}})
    return json.loads(written.replace("NaN", "null"))


GGA = [document(LI, -3.8, "mp-135"), document(CL, -3.6, "mp-22848"), document(LICL, -28.0, "mp-22905", cl=4)]
R2SCAN = [document(s, e, m, "R2SCAN") for s, e, m in ((LI, -4.7, "mp-135"), (CL, -9.0, "mp-2"), (LICL, -41.0, "mp-3"))]


class StandIn:
    """The part of ``mp_api.client.MPRester`` that is used."""

    documents: list[Any] = []  # noqa: RUF012
    problem: Exception | None = None
    asked: list[dict[str, Any]] = []  # noqa: RUF012

    def __init__(self, key: str, **options: Any) -> None:
        assert key == KEY
        assert options["use_document_model"] is False
        self.db_version = "2025.09.25"
        self.materials = self.thermo = self

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_arguments: object) -> None:
        return None

    def search(self, **criteria: Any) -> list[Any]:
        sys.stdout.write("progress bars belong to stderr")
        self.asked.append(criteria)
        if self.problem is not None:
            raise self.problem
        return self.documents


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    module = ModuleType("mp_api.client")
    module.MPRester = StandIn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mp_api", ModuleType("mp_api"))
    monkeypatch.setitem(sys.modules, "mp_api.client", module)
    monkeypatch.setattr(StandIn, "documents", GGA)
    monkeypatch.setattr(StandIn, "problem", None)
    monkeypatch.setattr(StandIn, "asked", [])
    monkeypatch.delenv("MP_API_KEY", raising=False)
    return StandIn


def test_corrected_energies_on_their_own_scale(client: type[StandIn], capsys: pytest.CaptureFixture[str]) -> None:
    provider = MaterialsProjectProvider(api_key=KEY)
    found = provider.fetch(["Li", "Cl"])
    assert isinstance(provider, Provider)
    assert client.asked[0]["chemsys"] == ["Cl", "Li", "Cl-Li"]
    assert client.asked[0]["thermo_types"] == ["GGA_GGA+U"]
    assert {e.name: round(e.energy, 6) for e in found.entries} == {
        "Li-mp-135-GGA": -1.9,
        "Cl2-mp-22848-GGA": -3.6,
        "LiCl-mp-22905-GGA": round((-28.0 - 4 * 0.614) / 4, 6),
    }
    assert found.engine.name == found.engine.energy_scale == "mp-gga-u-2020"
    assert "2025.09.25" in found.engine.version
    assert capsys.readouterr().out == ""


def test_the_two_scales_are_two_sets(client: type[StandIn], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StandIn, "documents", R2SCAN)
    found = MaterialsProjectProvider("mp-r2scan", KEY).fetch(["Li", "Cl"])
    assert client.asked[0]["thermo_types"] == ["R2SCAN"]
    assert found.engine.energy_scale == "mp-r2scan"
    assert all(citation(key).key for key in found.engine.citations)
    with pytest.raises(DataError, match="r2scan with corrections none, which does not belong to GGA_GGA\\+U"):
        MaterialsProjectProvider(SCHEMES[0], KEY).fetch(["Li", "Cl"])


@pytest.mark.usefixtures("client")
def test_an_element_in_no_entry_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for documents, missing in ((GGA, "Na"), ([], "elements Cl, Li, Na")):
        monkeypatch.setattr(StandIn, "documents", documents)
        with pytest.raises(MissingReferenceError, match=f"no entry with the .*{missing}"):
            MaterialsProjectProvider(api_key=KEY).fetch(["Li", "Cl", "Na"])


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("entries", [None, [], {"GGA": 3}, {"GGA": {"energy": "x"}}, {"GGA": {"energy": 1.0}}])
def test_strange_documents_are_refused(monkeypatch: pytest.MonkeyPatch, entries: Any) -> None:
    monkeypatch.setattr(StandIn, "documents", [{"material_id": "mp-1", "entries": entries}])
    with pytest.raises(DataError, match="mp-1"):
        MaterialsProjectProvider(api_key=KEY).fetch(["Li", "Cl"])


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("scheme", "key", "message"),
    [
        ("mp-scan", KEY, "no scheme 'mp-scan'; choose one of mp-gga-u-2020, mp-r2scan"),
        (SCHEMES[0], "", "give it as MP_API_KEY or --api-key"),
        (SCHEMES[0], "old", "it has 3 characters, 32 letters"),
        (SCHEMES[0], "\n" * 32, "32 letters and digits are expected"),
    ],
)
def test_wrong_options_ask_nothing(scheme: str, key: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        MaterialsProjectProvider(scheme, key).fetch(["Li"])
    assert StandIn.asked == []


class ConnectionError_(Exception):  # noqa: N818
    """Named like requests' own below."""


ConnectionError_.__name__ = "ConnectionError"


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (
            RuntimeError(f"REST query returned with error status code 401 on URL /?k={KEY} with message: Invalid"),
            "refuses",
        ),
        (RuntimeError("error status code 403 on URL x with message:\nResponse Forbidden"), "refuses the key"),
        (
            RuntimeError("Max retries exceeded (Caused by ResponseError('too many 429 error responses'))"),
            "no more requests",
        ),
        (RuntimeError("error status code 500 on URL x with message:\nboom"), "answers HTTP 500: boom"),
        (ConnectionError_("Max retries exceeded\nwith url"), "cannot reach the Materials Project.*check the network"),
        (ValueError(f"unexpected character {KEY}"), "does not answer as expected: ValueError"),
    ],
)
def test_what_goes_wrong_is_one_line_without_the_key(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, message: str
) -> None:
    monkeypatch.setattr(StandIn, "problem", problem)
    with pytest.raises(ProviderError, match=message) as caught:
        MaterialsProjectProvider(api_key=KEY).fetch(["Li", "Cl"])
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(MaterialsProjectProvider(api_key=KEY))


def test_a_missing_client_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mp_api", None)
    monkeypatch.setitem(sys.modules, "mp_api.client", None)
    with pytest.raises(MissingEngineError, match=r"pip install 'antiperovskite\[mp\]'"):
        MaterialsProjectProvider(api_key=KEY).fetch(["Li", "Cl"])


HEARTBEAT = {"status": "OK", "db_version": "2025.09.25", "version": "0.86.3", "access_controlled_batch_ids": []}


class _Handler(BaseHTTPRequestHandler):
    """``heartbeat`` and ``materials/thermo`` as api.materialsproject.org answers them."""

    def log_message(self, *_arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/heartbeat"):
            return self._send(200, HEARTBEAT)
        status = int(getattr(self.server, "status", 200))
        if self.headers["x-api-key"] != KEY:
            status = 401
        if status != 200:
            return self._send(status, {"message": "Invalid authentication credentials"})
        wanted = set(parse_qs(parts.query)["chemsys"][0].split(","))
        found = [d for d in GGA if "-".join(sorted(d["entries"]["GGA"]["composition"])) in wanted]
        return self._send(200, {"data": found, "meta": {"total_doc": len(found), "max_limit": 1000}})

    def _send(self, status: int, content: Any) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def server() -> Iterator[Callable[[int], str]]:
    started = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    started.daemon_threads = True
    threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def address(status: int) -> str:
        started.status = status  # type: ignore[attr-defined]
        return f"http://127.0.0.1:{started.server_port}"

    yield address
    started.shutdown()
    started.server_close()


@pytest.mark.slow
def test_the_real_client_against_a_server(server: Callable[[int], str]) -> None:
    pytest.importorskip("mp_api.client", reason="the extra mp is not installed", exc_type=ImportError)
    found = MaterialsProjectProvider(api_key=KEY, url=server(200)).fetch(["Li", "Cl"])
    assert {entry.formula for entry in found.entries} == {"Cl2", "LiCl", "Li"}
    for status, key, message in (
        (200, "w" * 32, "refuses the key"),
        (429, KEY, "no more requests"),
        (500, KEY, "HTTP 500"),
    ):
        with pytest.raises(ProviderError, match=message) as caught:
            MaterialsProjectProvider(api_key=key, url=server(status)).fetch(["Li", "Cl"])
        assert key not in str(caught.value)
    with pytest.raises(AntiperovskiteError, match="cannot reach"):
        MaterialsProjectProvider(api_key=KEY, url="http://127.0.0.1:9").fetch(["Li", "Cl"])
