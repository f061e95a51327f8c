"""The local result store: one SQLite file, so that nothing finished is computed twice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from antiperovskite._model import Model
from antiperovskite.errors import StoreError

STORE_VARIABLE = "ANTIPEROVSKITE_STORE"
LOCK_TIMEOUT_S = 10.0

M = TypeVar("M", bound=Model)


def default_store_path() -> Path:
    """``ANTIPEROVSKITE_STORE`` or ``results.sqlite`` in the user's cache directory."""
    given = os.environ.get(STORE_VARIABLE)
    if given:
        return Path(given)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("antiperovskite")) / "results.sqlite"


def fingerprint(inputs: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of everything a result depends on."""
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


class ResultStore:
    """Results by kind and fingerprint of their inputs.

    Parameters
    ----------
    path
        SQLite file, made on first use; its directory too.

    Raises
    ------
    StoreError
        From any method: the file is locked by another program, is not a store, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot create the store's directory {str(path.parent)!r}: {error.strerror}; "
                f"choose another file with --store or {STORE_VARIABLE}"
            ) from error
        self._engine, self._results = _open(path)
        with self._errors_in_one_line():
            self._results.metadata.create_all(self._engine)

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    def get(self, kind: str, key: str) -> str | None:
        """Return the stored JSON, or ``None``."""
        from sqlalchemy import select

        columns = self._results.c
        with self._errors_in_one_line(), self._engine.connect() as connection:
            query = select(columns.payload).where(columns.kind == kind, columns.key == key)
            payload: str | None = connection.execute(query).scalar()
            return payload

    def put(self, kind: str, key: str, payload: str) -> None:
        """Store JSON under a key, replacing what was there, in one transaction."""
        from sqlalchemy.dialects.sqlite import insert

        row = {"kind": kind, "key": key, "payload": payload, "created": datetime.now(UTC).isoformat()}
        statement = insert(self._results).values(row)
        update = {"payload": payload, "created": row["created"]}
        with self._errors_in_one_line(), self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_=update))

    def remember(
        self,
        kind: str,
        inputs: Mapping[str, Any],
        model: type[M],
        compute: Callable[[], M],
        *,
        keep: Callable[[M], bool] | None = None,
    ) -> tuple[M, bool]:
        """Return the stored result for ``inputs`` or compute and store it; the flag says whether it was reused.

        A stored result that no longer fits ``model`` (an older version wrote it) is computed again. A result that
        ``keep`` refuses is returned but not stored.
        """
        key = fingerprint(inputs)
        stored = self.get(kind, key)
        if stored is not None:
            try:
                return model.model_validate_json(stored), True
            except ValidationError:
                pass  # written by another version of the record; computing again is always right
        result = compute()
        if keep is None or keep(result):
            self.put(kind, key, result.model_dump_json())
        return result, False

    @contextmanager
    def _errors_in_one_line(self) -> Iterator[None]:
        from sqlalchemy.exc import DatabaseError

        try:
            yield
        except DatabaseError as error:
            reason = str(error.orig)
            if "locked" in reason:
                hint = "another program is writing to it; wait, or use another file"
            elif "not a database" in reason or "malformed" in reason:
                hint = "it is not a result store or is damaged; delete it, or use another file"
            else:
                hint = "use another file"
            raise StoreError(
                f"result store {str(self.path)!r}: {reason}; {hint} with --store or {STORE_VARIABLE}"
            ) from error


def _open(path: Path) -> tuple[Any, Any]:
    from sqlalchemy import Column, MetaData, String, Table, Text, create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": LOCK_TIMEOUT_S}, poolclass=NullPool)
    results = Table(
        "results",
        MetaData(),
        Column("kind", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("payload", Text, nullable=False),
        Column("created", String, nullable=False),
    )
    return engine, results
