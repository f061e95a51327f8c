"""CHGNet (Deng et al., Nat. Mach. Intell. 2023, 10.1038/s42256-023-00716-3): a cross-check, never for verdicts."""

from __future__ import annotations

from typing import Any

from antiperovskite.engines.lazy import PretrainedEngine, installed_version
from antiperovskite.engines.model import EngineCard


def _load() -> Any:
    from chgnet.model.dynamics import CHGNetCalculator

    return CHGNetCalculator(use_device="cpu", on_isolated_atoms="error")


def create_chgnet() -> PretrainedEngine:
    """CHGNet, kept for comparison only: it gives Li2O + LiCl -> Li3OCl the wrong sign."""
    card = EngineCard(
        name="chgnet",
        version=installed_version("chgnet"),
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
    return PretrainedEngine(card, _load, needs="chgnet and torch", extra="chgnet")
