"""Sphinx configuration; generated pages are written to _build/generated before every build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import generate

from antiperovskite import __version__

project = "antiperovskite"
copyright = "2026, The antiperovskite developers"
author = "The antiperovskite developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "antiperovskite"
html_show_sourcelink = False
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
# pydantic's own machinery is no news to a reader
autodoc_default_options = {"exclude-members": "model_config, model_post_init, model_fields, model_computed_fields"}

generate.main()


def escape_bars(_app: Any, _what: str, _name: str, _item: Any, _options: Any, lines: list[str]) -> None:
    """Keep |x| in equations: reStructuredText would read it as a substitution."""
    literal: int | None = None  # indentation of the paragraph that opened a literal block
    for number, line in enumerate(lines):
        indentation = len(line) - len(line.lstrip())
        if literal is not None and line.strip() and indentation <= literal:
            literal = None
        if literal is None and not line.lstrip().startswith(">>>"):
            parts = line.split("``")  # every second part is code, where a bar is a bar
            lines[number] = "``".join(p if n % 2 else p.replace("|", r"\|") for n, p in enumerate(parts))
        if literal is None and line.rstrip().endswith("::"):
            literal = indentation


def setup(app: Any) -> None:
    """Hook into autodoc."""
    app.connect("autodoc-process-docstring", escape_bars)
