"""SevenNet potentials whose weights come inside the ``sevenn`` wheel; nothing is downloaded.

Park et al., J. Chem. Theory Comput. 2024 (10.1021/acs.jctc.4c00190); multi-fidelity: Kim et al., J. Am. Chem. Soc.
2025 (10.1021/jacs.4c14455).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from antiperovskite.engines.model import EngineCard
from antiperovskite.engines.threads import limit_torch_threads
from antiperovskite.errors import MissingEngineError

_INSTALL = "pip install 'antiperovskite[sevennet]'"
_NO_CHARGES = "no long-range electrostatics beyond its cutoff, no charge states: a lone vacancy is seen as neutral"
_MPTRJ_BIAS = "learnt GGA+U for 3d-metal oxides and fluorides and GGA for the rest: such hulls mix two scales"


def _installed_version() -> str:
    try:
        return version("sevenn")
    except PackageNotFoundError:
        return "not installed"


@dataclass
class SevenNet:
    """One SevenNet checkpoint (and, for multi-fidelity models, one head)."""

    card: EngineCard
    checkpoint: str
    head: str | None = None
    _calculator: Any = field(default=None, repr=False)

    def calculator(self) -> Any:
        """Return the ASE calculator, loading weights once per engine."""
        if self._calculator is None:
            self._calculator = self._load()
        return self._calculator

    def _load(self) -> Any:
        try:
            limit_torch_threads()
            with warnings.catch_warnings():
                # the wheel's optional GPU kernels are announced as missing; that is no news on a CPU
                warnings.filterwarnings("ignore", message="No tensor product accelerator")
                warnings.filterwarnings("ignore", category=DeprecationWarning)
                warnings.filterwarnings("ignore", category=FutureWarning)
                from sevenn.calculator import SevenNetCalculator

                return SevenNetCalculator(self.checkpoint, device="auto", modal=self.head)
        except ImportError as error:
            raise MissingEngineError(
                f"engine {self.card.name!r} needs the packages sevenn and torch ({error}); install: {_INSTALL}"
            ) from error


def _card(name: str, description: str, method: str, bias: tuple[str, ...], *, gga_u: bool, multi: bool) -> EngineCard:
    return EngineCard(
        name=name,
        version=f"sevenn {_installed_version()}",
        description=description,
        reference_method=method,
        energy_scale=name,
        licence="MIT",
        known_bias=(*bias, _NO_CHARGES),
        citations=("park2024", "kim2024") if multi else ("park2024",),
        mixes_gga_u=gga_u,
    )


def create_7net_0() -> SevenNet:
    """SevenNet-0 (11 July 2024), trained on MPtrj: the default engine."""
    bias = ("lattice parameters 0 to +1 % in halides and oxides", _MPTRJ_BIAS)
    method = "PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj"
    card = _card("7net-0", "SevenNet-0 (11Jul2024)", method, bias, gga_u=True, multi=False)
    return SevenNet(card, "7net-0")


def create_7net_l3i5() -> SevenNet:
    """SevenNet-l3i5, the larger model trained on MPtrj."""
    method = "PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj"
    card = _card("7net-l3i5", "SevenNet-l3i5", method, (_MPTRJ_BIAS,), gga_u=True, multi=False)
    return SevenNet(card, "7net-l3i5")


def create_7net_mf_0_pbe() -> SevenNet:
    """SevenNet-MF-0, PBE head."""
    method = "PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj"
    card = _card("7net-mf-0-pbe", "SevenNet-MF-0, PBE head", method, (_MPTRJ_BIAS,), gga_u=True, multi=True)
    return SevenNet(card, "7net-mf-0", head="PBE")


def create_7net_mf_0_r2scan() -> SevenNet:
    """SevenNet-MF-0, r2SCAN head: no U anywhere, one scale for every phase."""
    bias = ("the r2SCAN training set is much smaller than the PBE one",)
    method = "r2SCAN (no U), Materials Project"
    card = _card("7net-mf-0-r2scan", "SevenNet-MF-0, r2SCAN head", method, bias, gga_u=False, multi=True)
    return SevenNet(card, "7net-mf-0", head="R2SCAN")
