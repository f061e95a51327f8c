"""The part of a report about defects and hops: profiles over published barriers, paths in motion, energies, balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.report.figures import script_json

if TYPE_CHECKING:
    from antiperovskite.assessment.hop_model import HopPath, Migration
    from antiperovskite.migration.model import Barrier, HopClass
    from antiperovskite.report.view import FormulaView

PATHS: Final = 4
"""Hops shown in motion; each is some 60 kB of page."""


@dataclass(frozen=True)
class MovingHop:
    """One hop in motion: what it is called, its barrier, the scene at the start and the moves."""

    title: str
    label: str
    barrier: AnyQuantity
    scene: Markup
    moves: Markup
    jumping: int


@dataclass(frozen=True)
class HopRow:
    """One line of the table of hops: the hop as it is in the largest cell, and its barrier in each."""

    hop: HopClass
    barriers: list[Barrier]


def add_carriers(view: FormulaView) -> None:
    """Prepare the section; nothing where the assessment holds neither defects nor hops."""
    found = view.assessment.migration
    if found is not None:
        from antiperovskite.report.barrier_plot import mechanisms, profile_figure, size_figure

        view.mechanisms = mechanisms(found)
        for mechanism in view.mechanisms:
            view.add(f"profile-{mechanism}", profile_figure(found, mechanism))
        view.add("size", size_figure(found))
        view.hops = moving_hops(found, view.assessment.sites.sites.B)
        view.hop_rows = hop_rows(found)
    if view.assessment.carrier_balance is not None:
        from antiperovskite.report.balance_chart import balance_figure

        figure = balance_figure(view.assessment.carrier_balance)
        view.add("balance", None if isinstance(figure, NotComputed) else figure)
    if view.assessment.defects is not None:
        from antiperovskite.defects.joined import combinations_once
        from antiperovskite.report.defect_bars import binding_figure, energy_figure

        view.combinations = list(combinations_once(view.assessment.defects.studies))
        view.add("defects", energy_figure(view.combinations))
        view.add("binding", binding_figure(view.combinations))


def hop_rows(found: Migration) -> list[HopRow]:
    """Every hop once with all its barriers, the larger cell first."""
    groups: dict[tuple[str, int], list[Barrier]] = {}
    for barrier in sorted((b for s in found.studies for b in s.barriers), key=lambda b: (-b.atoms, b.compensation)):
        groups.setdefault((barrier.hop.mechanism, barrier.hop.number), []).append(barrier)
    rows = [HopRow(barriers[0].hop, barriers) for barriers in groups.values()]
    return sorted(rows, key=lambda row: (row.hop.mechanism != "vacancy", row.hop.mechanism, row.hop.number))


def moving_hops(found: Migration, centres: dict[str, float]) -> list[MovingHop]:
    """The hops that can be looked at, each in its largest cell, the lowest barrier of a mechanism first."""
    from antiperovskite.report.path_scene import path_scene

    shown = _chosen(found)
    hops = []
    for barrier, path in shown[:PATHS]:
        scene, moves = path_scene(path, barrier.fractions, _centre(path, centres))
        hops.append(
            MovingHop(
                title=f"{barrier.hop.mechanism.capitalize()} hop {barrier.hop.number}",
                label=f"{barrier.hop.label}, {'×'.join(map(str, barrier.supercell))} supercell",
                barrier=barrier.forward,
                scene=script_json(scene),
                moves=script_json(moves),
                jumping=len(path.movers),
            )
        )
    return hops


def _chosen(found: Migration) -> list[tuple[Barrier, HopPath]]:
    from antiperovskite.assessment.hop_paths import belongs

    largest: dict[tuple[str, int], tuple[Barrier, HopPath]] = {}
    for barrier in (b for study in found.studies for b in study.barriers):
        path = next((p for p in found.paths if belongs(p, barrier)), None)
        key = (barrier.hop.mechanism, barrier.hop.number)
        if path is not None and (key not in largest or barrier.atoms > largest[key][0].atoms):
            largest[key] = (barrier, path)
    by_kind: dict[str, list[tuple[Barrier, HopPath]]] = {}
    for one in largest.values():
        by_kind.setdefault(one[0].hop.mechanism, []).append(one)
    for group in by_kind.values():
        group.sort(key=lambda pair: _value(pair[0].forward))
    longest = max((len(group) for group in by_kind.values()), default=0)
    # the lowest of each mechanism, then the second of each ...
    return [group[k] for k in range(longest) for group in by_kind.values() if k < len(group)]


def _value(quantity: AnyQuantity) -> float:
    return float("inf") if quantity.value is None else quantity.value


def _centre(path: HopPath, centres: Any) -> str:
    """The element of the octahedron centres: of an ion such as OH the atom that the others surround."""
    from antiperovskite.ions import known_ions

    ions = known_ions()
    for name in centres:
        for symbol in path.symbols:
            if symbol == name or (name in ions and name.startswith(symbol)):
                return symbol
    return ""
