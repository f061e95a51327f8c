"""SevenNet potentials whose weights come inside the ``sevenn`` wheel; nothing is downloaded.

Park et al., J. Chem. Theory Comput. 2024 (10.1021/acs.jctc.4c00190); multi-fidelity: Kim et al., J. Am. Chem. Soc.
2025 (10.1021/jacs.4c14455).
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

from antiperovskite.engines.lazy import PretrainedEngine, installed_version
from antiperovskite.engines.model import EngineCard

_NO_CHARGES = "no long-range electrostatics beyond its cutoff, no charge states: a lone vacancy is seen as neutral"
_MPTRJ_BIAS = "learnt GGA+U for 3d-metal oxides and fluorides and GGA for the rest: such hulls mix two scales"


def _load(checkpoint: str, head: str | None) -> Any:
    # the wheel's optional GPU kernels are announced as missing; that is no news on a CPU
    warnings.filterwarnings("ignore", message="No tensor product accelerator")
    from sevenn.calculator import SevenNetCalculator

    return SevenNetCalculator(checkpoint, device="auto", modal=head)


def _engine(card: EngineCard, checkpoint: str, head: str | None = None) -> PretrainedEngine:
    """One SevenNet checkpoint (and, for multi-fidelity models, one head)."""
    return PretrainedEngine(card, partial(_load, checkpoint, head), needs="sevenn and torch", extra="sevennet")


def _card(name: str, description: str, method: str, bias: tuple[str, ...], *, gga_u: bool, multi: bool) -> EngineCard:
    return EngineCard(
        name=name,
        version=installed_version("sevenn"),
        description=description,
        reference_method=method,
        energy_scale=name,
        licence="MIT",
        known_bias=(*bias, _NO_CHARGES),
        citations=("park2024", "kim2024") if multi else ("park2024",),
        mixes_gga_u=gga_u,
    )


def create_7net_0() -> PretrainedEngine:
    """SevenNet-0 (11 July 2024), trained on MPtrj: the default engine."""
    bias = ("lattice parameters 0 to +1 % in halides and oxides", _MPTRJ_BIAS)
    method = "PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj"
    card = _card("7net-0", "SevenNet-0 (11Jul2024)", method, bias, gga_u=True, multi=False)
    return _engine(card, "7net-0")


def create_7net_l3i5() -> PretrainedEngine:
    """SevenNet-l3i5, the larger model trained on MPtrj."""
    method = "PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj"
    card = _card("7net-l3i5", "SevenNet-l3i5", method, (_MPTRJ_BIAS,), gga_u=True, multi=False)
    return _engine(card, "7net-l3i5")


def create_7net_mf_0_pbe() -> PretrainedEngine:
    """SevenNet-MF-0, PBE head."""
    method = "PBE (PBE+U for 3d-metal oxides and fluorides), MPtrj"
    card = _card("7net-mf-0-pbe", "SevenNet-MF-0, PBE head", method, (_MPTRJ_BIAS,), gga_u=True, multi=True)
    return _engine(card, "7net-mf-0", head="PBE")


def create_7net_mf_0_r2scan() -> PretrainedEngine:
    """SevenNet-MF-0, r2SCAN head: no U anywhere, one scale for every phase."""
    bias = ("the r2SCAN training set is much smaller than the PBE one",)
    method = "r2SCAN (no U), Materials Project"
    card = _card("7net-mf-0-r2scan", "SevenNet-MF-0, r2SCAN head", method, bias, gga_u=False, multi=True)
    return _engine(card, "7net-mf-0", head="R2SCAN")
