"""What scripts that write generated files share: write what changed, or with ``--check`` name what is out of date."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_or_check(texts: dict[Path, str], command: str) -> int:
    """Write the files whose text changed; with ``--check`` on the command line only name them. Return the exit code."""
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    check = "--check" in sys.argv[1:]
    for path in stale:
        name = path.relative_to(ROOT)
        if check:
            print(f"{name} is out of date; run: {command}", file=sys.stderr)
        else:
            path.write_text(texts[path], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if check and stale else 0
