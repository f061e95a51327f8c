"""Reading data files with clear errors, and writing results whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Hashable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from antiperovskite.errors import DataError, OptionError, one_line

if TYPE_CHECKING:
    from antiperovskite._model import Model

T = TypeVar("T")
M = TypeVar("M", bound="Model")


def data_folder(room: str) -> Path:
    """The folder ``antiperovskite/<room>/data`` itself, which need not exist."""
    return Path(str(files("antiperovskite").joinpath(*room.split("/"), "data")))


def package_data(room: str, name: str) -> Traversable:
    """Locate ``antiperovskite/<room>/data/<name>`` inside the installed package."""
    return files("antiperovskite").joinpath(*room.split("/"), "data", name)


def read_yaml(path: Traversable | Path) -> Any:
    """Parse one YAML file with the safe loader (the C one where it exists).

    Raises
    ------
    DataError
        The file is missing or is not YAML; the message names the file and the place.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = " ".join(str(error).split())
        raise DataError(f"{path} is not valid YAML: {where}") from error


@cache
def _adapter(kind: Hashable) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)  # type: ignore[arg-type]


def validate(data: Any, kind: type[T], origin: object) -> T:
    """Validate parsed data as ``kind`` and name the offending place in one line.

    Raises
    ------
    DataError
        With the file, the path inside it and the reason of the first problem.
    """
    from pydantic import ValidationError

    try:
        result: T = _adapter(cast(Hashable, kind)).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = one_line(".".join(str(part) for part in first["loc"]) or "top level", 200)
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise DataError(f"{origin}: {place}: {one_line(first['msg'], 500)}{more}") from error
    return result


def read_record(path: Traversable | Path, kind: type[M], what: str) -> M:
    """Read one JSON record that this program wrote.

    Raises
    ------
    DataError
        The file cannot be read, or is not ``what``; the message says that it can be built again.
    """
    from pydantic import ValidationError

    try:
        return kind.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {what} {path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path} is not {what}: {place}: {first['msg']}; build it again") from error


def kept_or_made(path: Path | None, kind: type[M], what: str, make: Callable[[], M]) -> M:
    """The record in ``path`` where an earlier call left it, else what ``make`` gives, kept there; ``None``: not kept.

    Raises
    ------
    DataError
        The file is no such record.
    """
    if path is not None and path.is_file():
        return read_record(path, kind, what)
    found = make()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, found.model_dump_json() + "\n")
    return found


def check_writable(directory: Path) -> None:
    """Create ``directory`` if needed and fail now, in one line, if nothing can be written there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise OptionError(f"cannot write to {str(directory)!r}: {reason}; choose a writable directory") from error


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a temporary file beside it, then one rename."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError as error:
        raise OptionError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
    finally:  # after success the name is gone; after a failure or an interruption nothing may stay behind
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def rounded(data: Any, digits: int) -> Any:
    """Plain JSON data with every float to that many significant digits."""
    if isinstance(data, float):
        return float(f"{data:.{digits}g}")
    if isinstance(data, dict):
        return {key: rounded(value, digits) for key, value in data.items()}
    if isinstance(data, list):
        return [rounded(value, digits) for value in data]
    return data


DIGITS_SHIPPED: Final = 6


def shipped_records(directory: Path, kind: type[M], what: str) -> list[M]:
    """Every record that lies in a folder of the package, in the order of the file names; none where there is no folder.

    Raises
    ------
    DataError
        A file is damaged.
    """
    paths = sorted(directory.glob("*.json")) if directory.is_dir() else []
    return [read_record(path, kind, what) for path in paths]


def compact_json(record: Model) -> str:
    """JSON of a record for shipping, on one line: numbers to six digits, and read again to see that it holds."""
    text = json.dumps(
        rounded(record.model_dump(mode="json"), DIGITS_SHIPPED), ensure_ascii=False, separators=(",", ":")
    )
    type(record).model_validate_json(text)
    return text + "\n"
