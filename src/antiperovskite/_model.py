"""The one base class of results and validated data: frozen, strict about unknown keys, JSON by pydantic."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen record. ``model_dump_json`` and ``model_validate_json`` are the only (de)serialisers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())
