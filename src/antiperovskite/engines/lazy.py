"""What engines of pretrained models share: one calculator, loaded on first use, and one clear line if it is missing."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from antiperovskite.engines.memory import keep_freed_memory
from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.threads import limit_torch_threads
from antiperovskite.errors import MissingEngineError


def installed_version(package: str) -> str:
    """Return ``"package 1.2.3"``, or say that it is not installed; nothing is imported."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


@dataclass
class PretrainedEngine:
    """An engine whose weights come inside a wheel.

    ``load`` imports the package and returns an ASE calculator; ``needs`` names the packages and ``extra`` the extra of
    this package that installs them.
    """

    card: EngineCard
    load: Callable[[], Any]
    needs: str
    extra: str
    _calculator: Any = field(default=None, repr=False)

    def calculator(self) -> Any:
        """Return the ASE calculator, loading weights once per engine.

        Raises
        ------
        MissingEngineError
            The packages are not installed; the message is the line that installs them.
        """
        if self._calculator is None:
            self._calculator = self._load()
        return self._calculator

    def _load(self) -> Any:
        try:
            limit_torch_threads()
            keep_freed_memory()
            # stdout belongs to --json; deprecations inside the model's packages are no news to its user
            with warnings.catch_warnings(), redirect_stdout(sys.stderr):
                warnings.filterwarnings("ignore", category=DeprecationWarning)
                warnings.filterwarnings("ignore", category=FutureWarning)
                return self.load()
        except ImportError as error:
            raise MissingEngineError(
                f"engine {self.card.name!r} needs the packages {self.needs} ({error}); "
                f"install: pip install 'antiperovskite[{self.extra}]'"
            ) from error
