"""Plotly figures as plain JSON-ready dictionaries.

They are written as data rather than with ``plotly.graph_objects``: importing that costs more time than building
every figure of a page, and its validators refuse the CSS variables that let one figure follow the reader's light
or dark theme. The tests validate each figure against ``graph_objects`` instead.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from markupsafe import Markup

Figure = dict[str, Any]


def typed_array(values: Any, dtype: str = "f4") -> dict[str, str]:
    """Return an array in plotly's binary form, which is a quarter of the size of decimal text."""
    import numpy as np

    array = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    return {"dtype": dtype, "bdata": base64.b64encode(array.tobytes()).decode("ascii")}


def index_array(values: Any) -> dict[str, str]:
    """Return indices in the smallest unsigned type that holds them."""
    import numpy as np

    array = np.asarray(values)
    return typed_array(array, "u2" if array.size == 0 or int(array.max()) < 65536 else "u4")


def script_json(data: Any) -> Markup:
    """Return JSON that is safe inside a ``<script>`` element, whatever text it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return script_text(text)


def script_text(json_text: str) -> Markup:
    r"""Return JSON text with ``<``, ``>`` and ``&`` escaped, so that neither ``</script>`` nor ``<!--`` can occur.

    Examples
    --------
    >>> str(script_text('"</script>"'))
    '"\\u003c/script\\u003e"'
    """
    for character in "<>&\u2028\u2029":
        json_text = json_text.replace(character, f"\\u{ord(character):04x}")
    return Markup(json_text)


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis in the page's style: no zero line, thin grid, ticks outside."""
    style: dict[str, Any] = {
        "zeroline": False,
        "gridcolor": "var(--grid)",
        "linecolor": "var(--axis)",
        "tickcolor": "var(--axis)",
        "ticks": "outside",
        "ticklen": 4,
        "showline": True,
        "automargin": True,
    }
    if title:
        style["title"] = {"text": title, "standoff": 8, "font": {"size": 13}}
    return style | more


def layout(height: int, **more: Any) -> dict[str, Any]:
    """Return a transparent layout whose fonts and hover boxes follow the page."""
    style: dict[str, Any] = {
        "height": height,
        "margin": {"l": 56, "r": 16, "t": 16, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {
            "family": "system-ui, -apple-system, 'Segoe UI', sans-serif",
            "size": 13,
            "color": "var(--ink)",
        },
        "hoverlabel": {
            "bgcolor": "var(--card)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)", "size": 13},
            "align": "left",
        },
        "showlegend": False,
    }
    return style | more
