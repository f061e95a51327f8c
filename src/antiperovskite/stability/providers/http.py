"""Small JSON requests with the errors a user can act on; no third-party client."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from antiperovskite._version import __version__
from antiperovskite.errors import OptionError, one_line
from antiperovskite.stability.providers.protocol import ProviderError

TIMEOUT = 60.0  # seconds
LARGEST_ANSWER = 64_000_000  # bytes
TRIES = 3
LONGEST_WAIT = 30.0  # seconds between tries
_BUSY = frozenset({429, 502, 503, 504})


def check_url(url: str) -> str:
    """Return an http(s) address without its trailing slash.

    Raises
    ------
    OptionError
        It is something else; a file must not be read through an address.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        usable = False
    if not usable:
        raise OptionError(f"{one_line(url)!r} is not an address; give one like https://example.org/optimade")
    return url.rstrip("/")


def _opener() -> OpenerDirector:
    """Only http and https; urllib's own opener would also read file: and ftp: addresses."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPRedirectHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
        UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", f"antiperovskite/{__version__}"), ("Accept", "application/json")]
    return opener


def get_json(url: str, *, sleep: Callable[[float], None] = time.sleep) -> Any:
    """Return the JSON a server answers with; a busy server is asked three times.

    Raises
    ------
    ProviderError
        No network, an HTTP error, too many requests, an endless answer or one that is not JSON.
    """
    host = urlsplit(url).hostname
    for attempt in range(1, TRIES + 1):
        try:
            with _opener().open(Request(url), timeout=TIMEOUT) as answer:
                data: bytes = answer.read(LARGEST_ANSWER + 1)
            break
        except HTTPError as error:
            with error:
                if error.code not in _BUSY or attempt == TRIES:
                    raise _http_error(error, host) from error
                sleep(_wait(error, attempt))
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise ProviderError(
                f"cannot reach {host}: {one_line(reason, 120)}; check the network and the address"
            ) from error
    if len(data) > LARGEST_ANSWER:
        raise ProviderError(f"{host} answers with more than {LARGEST_ANSWER // 10**6} MB; ask for fewer elements")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        start = one_line(data[:80].decode("utf-8", "replace"), 60)
        raise ProviderError(f"{host} does not answer with JSON but with {start!r}; check the address") from error


def _wait(error: HTTPError, attempt: int) -> float:
    asked = error.headers.get("Retry-After", "") if error.headers else ""
    seconds = float(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 2.0**attempt
    return min(seconds, LONGEST_WAIT)


def _http_error(error: HTTPError, host: str | None) -> ProviderError:
    if error.code == 429:
        return ProviderError(f"{host} allows no more requests for now (HTTP 429); wait and run the same command again")
    try:
        detail = _detail(error.read(20_000))
    except (OSError, HTTPException):
        detail = ""
    said = f": {detail}" if detail else ""
    return ProviderError(f"{host} answers HTTP {error.code} {one_line(error.reason, 60)}{said}")


def _detail(data: bytes) -> str:
    """What an OPTIMADE (JSON:API) server says of an error."""
    try:
        parsed = json.loads(data)
        first = parsed["errors"][0]
        return one_line(first.get("detail") or first.get("title") or "", 160)
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError):
        return ""
