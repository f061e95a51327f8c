"""CHGNet (Deng et al., Nat. Mach. Intell. 2023, 10.1038/s42256-023-00716-3): a cross-check, never for verdicts."""

from __future__ import annotations

import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.threads import limit_torch_threads
from antiperovskite.errors import MissingEngineError


def _installed_version() -> str:
    try:
        return version("chgnet")
    except PackageNotFoundError:
        return "not installed"


@dataclass
class CHGNetEngine:
    """The pretrained CHGNet whose weights come inside its wheel."""

    card: EngineCard
    _calculator: Any = field(default=None, repr=False)

    def calculator(self) -> Any:
        """Return the ASE calculator, loading weights once."""
        if self._calculator is None:
            self._calculator = self._load()
        return self._calculator

    def _load(self) -> Any:
        try:
            limit_torch_threads()
            # CHGNet announces itself on stdout, which belongs to --json
            with warnings.catch_warnings(), redirect_stdout(sys.stderr):
                warnings.simplefilter("ignore", category=DeprecationWarning)
                warnings.simplefilter("ignore", category=FutureWarning)
                from chgnet.model.dynamics import CHGNetCalculator

                return CHGNetCalculator(use_device="cpu", on_isolated_atoms="error")
        except ImportError as error:
            raise MissingEngineError(
                f"engine 'chgnet' needs the packages chgnet and torch ({error}); "
                "install: pip install 'antiperovskite[chgnet]'"
            ) from error


def create_chgnet() -> CHGNetEngine:
    """CHGNet, kept for comparison only: it gives Li2O + LiCl -> Li3OCl the wrong sign."""
    card = EngineCard(
        name="chgnet",
        version=f"chgnet {_installed_version()}",
        description="CHGNet, pretrained on MPtrj",
        reference_method="PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj, with MP2020 corrections",
        energy_scale="chgnet",
        licence="BSD-3-Clause",
        known_bias=(
            "wrong sign for Li2O + LiCl -> Li3OCl (measured -0.10 eV; PBE +0.06 eV)",
            "Li3OCl vacancy hop 0.13 eV against 0.30 to 0.34 eV in DFT",
            "LiOH layers fall apart",
        ),
        citations=("deng2023",),
        mixes_gga_u=True,
        for_verdicts=False,
    )
    return CHGNetEngine(card)
