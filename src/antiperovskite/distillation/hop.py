"""The static barrier of a vacancy hop, searched alike by the teacher and by the potential."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from antiperovskite.distillation.model import Comparison
from antiperovskite.distillation.starts import repeats
from antiperovskite.engines.protocol import Engine
from antiperovskite.errors import AntiperovskiteError, OptionError, StructureError
from antiperovskite.migration import Settings, migrate, vacancy_hops
from antiperovskite.migration.cells import conventional
from antiperovskite.migration.ends import supercell, vacancy_ends
from antiperovskite.migration.model import Barrier, HopClass
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.structures.model import StructureModel

CELL_ATOMS: Final = 135
"""Size of the supercell: that of the runs. In cells of 40 atoms turns of the octahedra that fit into them, and into no
larger odd one, change barriers by tens of meV."""
COMPENSATION: Final = "far-halide"
HOP: Final = "vacancy hop of"
ALLOWED: Final = 0.030
"""eV; a barrier that is further from the teacher's is said to be wrong."""
_LARGER: Final = (1.0, 2.0, 3.0)


@dataclass(frozen=True)
class Hop:
    """The shortest vacancy hop of one ion, its barrier or the reason why there is none, and the path found.

    ``images`` are ``ase.Atoms``; of a search that failed, those it had until then.
    """

    barrier: Barrier
    images: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The hop in words, for a table."""
        hop = self.barrier.hop
        return f"{HOP} {hop.ions[0]}, {hop.label}, compensated by a far anion vacancy"


def mobile_ions(model: StructureModel) -> tuple[str, ...]:
    """Monatomic cations on X, in the order of the sites."""
    from antiperovskite.ions import ion

    on_X = (symbol for symbol, role in zip(model.ions, model.roles, strict=True) if role == "X")
    return tuple(symbol for symbol in dict.fromkeys(on_X) if len(ion(symbol).atoms) == 1)


def vacancy_hop(
    model: StructureModel,
    engine: Engine,
    ion: str,
    cell_atoms: int = CELL_ATOMS,
    report: Callable[[str, str], None] = lambda step, detail: None,
) -> Hop:
    """Find the barrier of an ion's shortest hop into a vacancy whose charge a far A vacancy balances.

    The search is that of :func:`antiperovskite.migration.migrate`: ends and saddle are relaxed until the quasi-Newton
    model sees almost no energy to fall. Forces of 0.05 eV/angstrom alone hide turns of the framework of 30 to 40 meV.

    Parameters
    ----------
    model
        The crystal; relaxed with ``engine`` first.
    engine
        Teacher or potential.
    ion
        Cation on X that hops.
    cell_atoms
        About the size of the supercell.

    Raises
    ------
    AntiperovskiteError
        The crystal cannot be relaxed, or offers no such hop. A search that fails is told in the barrier's ``problem``.
    """
    from ase.io import read

    model = conventional(model)
    shortest = min(vacancy_hops(model, ion=ion), key=lambda hop: (hop.intrinsic, round(hop.length, 2), hop.number))
    times = _with_room(model, shortest, ion, cell_atoms)
    with TemporaryDirectory() as scratch:
        study = migrate(
            model, engine, supercells=(times,), hop=shortest.number, ion=ion, compensation=COMPENSATION,
            settings=Settings(), folder=Path(scratch), report=report,
        )  # fmt: skip
        (barrier,) = study.barriers
        file = barrier.path_file
        images = tuple(read(file, index=":")) if file is not None and Path(file).is_file() else ()
    found = barrier.hop
    if found.label != shortest.label:
        raise StructureError(
            f"relaxing {model.formula} with {engine.card.name} changes the order of its hops ({shortest.label}, then "
            f"{found.label}); their barriers cannot be compared"
        )
    return Hop(barrier.model_copy(update={"path_file": None}), images)


def _with_room(model: StructureModel, hop: HopClass, ion: str, atoms: int) -> tuple[int, int, int]:
    """Repeats of about ``atoms`` atoms, or of up to three times as many where the hop would meet its own image."""
    from pymatgen.io.ase import AseAtomsAdaptor

    crystal = model.to_pymatgen()
    unit = AseAtomsAdaptor.get_atoms(crystal, msonable=False)
    for factor in _LARGER:
        times = repeats(unit, round(factor * atoms))
        try:
            vacancy_ends(supercell(model, crystal, times, ion), hop)
        except OptionError:  # too small for this hop
            continue
        return times
    return times


def hop_or_reason(work: Callable[[], Hop]) -> Hop | str:
    """A hop, or why there is none."""
    try:
        return work()
    except AntiperovskiteError as error:
        return str(error)


def barrier_of(hop: Hop | str, source: str) -> AnyQuantity:
    """The barrier as a quantity in eV."""
    if isinstance(hop, str):
        return NotComputed(unit="eV", method=hop, source=source)
    return hop.barrier.forward


def difference(teacher: AnyQuantity, potential: AnyQuantity, source: str) -> AnyQuantity:
    """Potential minus teacher, where there are both."""
    if not isinstance(teacher, Quantity) or not isinstance(potential, Quantity):
        return NotComputed(unit="eV", method="one of the two was not computed", source=source)
    return Quantity(
        value=potential.value - teacher.value,
        uncertainty=None,
        unit="eV",
        method=f"potential minus teacher, each searched on its own from the same start; {teacher.method}",
        source=source,
        citations=teacher.citations,
    )


def wrong_barriers(checks: Sequence[Comparison]) -> tuple[str, ...]:
    """What has to be said of hops whose barrier is not the teacher's."""
    return tuple(
        f"{check.name}: {check.potential.value:.2f} eV where the teacher has {check.teacher.value:.2f} eV; at 1000 K "
        f"such hops are {_times(check.difference.value)} than the teacher's, so diffusion by them is not to be trusted"
        for check in checks
        if check.name.startswith(HOP)
        and isinstance(check.difference, Quantity)
        and check.teacher.value is not None
        and check.potential.value is not None
        and abs(check.difference.value) > ALLOWED
    )


def _times(gap: float) -> str:
    from math import exp

    from antiperovskite.units import BOLTZMANN_EV_PER_K

    factor = exp(abs(gap) / (1000.0 * BOLTZMANN_EV_PER_K))
    return f"{factor:.1f} times {'rarer' if gap > 0 else 'more frequent'}"
