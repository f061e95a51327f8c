"""The frames a distillation starts from: everything an ion in motion will meet, before any dynamics is possible.

A potential fitted to a perfect crystal loses atoms as soon as it meets a vacancy. So the first set holds strained and
rattled cells, charge-compensated vacancy pairs, ions half way along their hops, interstitials beside the vacancies
they left, turned cluster anions, and the binaries the compound is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from antiperovskite.distillation.frames import Frame, frame_of
from antiperovskite.errors import StructureError
from antiperovskite.structures.model import StructureModel

SHORTEST_DISTANCE: Final = 0.55
"""A start closer than this fraction of the sum of covalent radii is not asked of the teacher."""


@dataclass(frozen=True)
class Crystal:
    """A relaxed crystal as ``ase.Atoms`` whose atoms know their site.

    ``roles`` holds ``"X"``, ``"B"`` or ``"A"`` for each atom; ``groups`` numbers the ion each atom belongs to, and
    ``charges`` holds that ion's charge in e (once for each of its atoms).
    """

    atoms: Any
    roles: Any
    groups: Any
    charges: Any

    def repeat(self, times: tuple[int, int, int]) -> Crystal:
        """A supercell; its atoms are those of the cell, copy after copy."""
        import numpy as np

        copies = times[0] * times[1] * times[2]
        size = int(self.groups.max()) + 1
        groups = np.concatenate([self.groups + copy * size for copy in range(copies)])
        return Crystal(self.atoms.repeat(times), np.tile(self.roles, copies), groups, np.tile(self.charges, copies))

    def without(self, indices: set[int]) -> Crystal:
        """The crystal less some atoms."""
        import numpy as np

        keep = np.array([index not in indices for index in range(len(self.atoms))])
        return Crystal(self.atoms[keep], self.roles[keep], self.groups[keep], self.charges[keep])

    def ions(self, role: str) -> list[list[int]]:
        """Atoms of each ion on a site, ion by ion."""
        import numpy as np

        return [list(np.flatnonzero(self.groups == g)) for g in np.unique(self.groups[self.roles == role])]


def crystal_of(model: StructureModel, relaxed: Any) -> Crystal:
    """Put a relaxed ``pymatgen`` structure and the roles of the model it came from together."""
    from pymatgen.io.ase import AseAtomsAdaptor

    return dressed(model, AseAtomsAdaptor.get_atoms(relaxed, msonable=False))


def dressed(model: StructureModel, atoms: Any) -> Crystal:
    """Give ``ase.Atoms`` in the order of a model its roles, ions and charges."""
    import numpy as np

    from antiperovskite.ions import ion

    charges = np.array([ion(symbol).charge for symbol in model.ions])
    return Crystal(atoms, np.array(model.roles), np.array(model.groups), charges)


def repeats(atoms: Any, target: int) -> tuple[int, int, int]:
    """Repetitions that make a cell of about ``target`` atoms, as even in its three heights as whole numbers allow."""
    import numpy as np

    heights = atoms.get_volume() / np.linalg.norm(np.cross(atoms.cell[[1, 2, 0]], atoms.cell[[2, 0, 1]]), axis=1)
    choices = [
        (a, b, c)
        for a in range(1, 9)
        for b in range(1, 9)
        for c in range(1, 9)
        if len(atoms) * a * b * c <= max(target * 1.2, len(atoms))
    ]

    def unevenness(times: tuple[int, int, int]) -> float:
        lengths = heights * np.array(times)
        count = len(atoms) * times[0] * times[1] * times[2]
        return float(np.log(lengths.max() / lengths.min()) + abs(np.log(count / target)))

    return min(choices, key=unevenness)


def starting_frames(crystal: Crystal, count: int, seed: int) -> list[Frame]:
    """About ``count`` constructed frames of one supercell, in the shares that trials found to be needed.

    Parameters
    ----------
    crystal
        Relaxed supercell of 30 to 80 atoms.
    count
        Frames wanted; at least 20.
    seed
        Of all displacements and choices; the same seed gives the same frames.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    shares: list[tuple[float, Callable[[Crystal, int, Any], list[Frame]]]] = [
        (0.15, strained),
        (0.25, rattled),
        (0.20, pairs),
        (0.20, hops),
        (0.12, interstitials),
        (0.08, squeezed),
    ]
    if any(len(ion) > 1 for role in "BA" for ion in crystal.ions(role)):
        shares.append((0.25, rotated))
    frames = [frame_of(crystal.atoms, "relaxed")]
    for share, build in shares:
        frames += build(crystal, max(2, round(share * max(count, 20))), random)
    return [frame for frame in frames if not too_close(frame)]


def too_close(frame: Frame) -> bool:
    """Whether two atoms are so close that the teacher was never taught about it."""
    from ase.data import covalent_radii
    from ase.neighborlist import neighbor_list

    i, j, distance = neighbor_list("ijd", frame.atoms(), 2.5)
    radii = covalent_radii[frame.numbers]
    return bool((distance < SHORTEST_DISTANCE * (radii[i] + radii[j])).any())


def _shake(atoms: Any, amplitude: float, random: Any) -> Any:
    """Displace atoms by a normal deviate, lighter atoms further (mass to the power -1/4, as in a harmonic crystal)."""
    masses = atoms.get_masses()
    weight = (masses.mean() / masses) ** 0.25
    shaken = atoms.copy()
    shaken.positions += amplitude * weight[:, None] * random.normal(size=(len(atoms), 3))
    return shaken


def _deform(atoms: Any, linear: float, shear: float, random: Any) -> Any:
    """Scale all lengths by ``1 + linear`` and add random symmetric strains of size ``shear``."""
    import numpy as np

    strain = random.normal(size=(3, 3)) * shear
    deformation = np.eye(3) * (1.0 + linear) + (strain + strain.T) / 2.0
    deformed = atoms.copy()
    deformed.set_cell(atoms.cell.array @ deformation, scale_atoms=True)
    return deformed


def strained(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """Cells from -4 to +5 % in length, every second one sheared, atoms hardly displaced."""
    import numpy as np

    frames = []
    for index, linear in enumerate(np.linspace(-0.04, 0.05, count)):
        deformed = _deform(crystal.atoms, float(linear), 0.015 * (index % 2), random)
        frames.append(frame_of(_shake(deformed, 0.01 if index % 2 else 0.0, random), "strain"))
    return frames


def rattled(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """Displacements of 0.04 to 0.22 angstrom in slightly strained cells."""
    import numpy as np

    return [
        frame_of(_shake(_deform(crystal.atoms, random.normal() * 0.012, 0.008, random), float(size), random), "rattle")
        for size in np.linspace(0.04, 0.22, count)
    ]


def remove_pair(crystal: Crystal, random: Any) -> tuple[Crystal, Any, str]:
    """Take out one A anion and the X cations that balance it; return also where the first cation was, and its element.

    A potential without charges cannot tell a lone vacancy from a hole, so cations and anion leave together.

    Raises
    ------
    StructureError
        There is no A anion whose charge single X cations can balance.
    """
    X, A = crystal.ions("X"), crystal.ions("A")
    if not X or not A:
        raise StructureError("a charge-compensated vacancy needs X cations and A anions")
    anion = A[random.integers(len(A))]
    wanted = -int(crystal.charges[anion[0]])
    order = [X[index] for index in random.permutation(len(X))]
    gone: list[list[int]] = []
    for cation in order:
        if wanted >= (charge := int(crystal.charges[cation[0]])):
            gone.append(cation)
            wanted -= charge
        if wanted == 0:
            break
    if wanted or not gone:
        raise StructureError("no set of X cations balances the charge of an A anion; take out no vacancies")
    first = gone[0][0]
    place = crystal.atoms.positions[first].copy()
    removed = {*anion, *(index for cation in gone for index in cation)}
    return crystal.without(removed), place, str(crystal.atoms.symbols[first])


def pairs(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """Vacancy pairs at random separations, rattled."""
    import numpy as np

    frames = []
    for size in np.linspace(0.03, 0.18, count):
        defective, _, _ = remove_pair(crystal, random)
        frames.append(
            frame_of(_shake(_deform(defective.atoms, random.normal() * 0.01, 0.005, random), size, random), "pair")
        )
    return frames


def _nearest(atoms: Any, place: Any, symbols: set[str], how_many: int) -> Any:
    """Indices of the nearest atoms of some elements to a point, and vectors from the point to them."""
    import numpy as np
    from ase.geometry import find_mic

    vectors, distances = find_mic(atoms.positions - place, atoms.cell, pbc=True)
    wanted = np.array([symbol in symbols for symbol in atoms.get_chemical_symbols()])
    order = np.argsort(np.where(wanted, distances, np.inf))[:how_many]
    return order, vectors[order]


def _X_symbols(crystal: Crystal) -> set[str]:
    return {str(crystal.atoms.symbols[ion[0]]) for ion in crystal.ions("X")}


def hops(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """An X ion between its site and a neighbouring vacancy, off the line by chance, its surroundings rattled."""
    frames = []
    for index in range(count):
        defective, place, _ = remove_pair(crystal, random)
        atoms = _shake(
            _deform(defective.atoms, random.normal() * 0.01, 0.004, random), 0.04 + 0.08 * (index % 3) / 2, random
        )
        neighbours, vectors = _nearest(atoms, place, _X_symbols(crystal), 8)
        pick = int(random.integers(min(8, len(neighbours))))
        step = float(random.uniform(0.15, 0.85))
        atoms.positions[neighbours[pick]] -= step * vectors[pick] - 0.15 * random.normal(size=3)
        frames.append(frame_of(atoms, "hop"))
    return frames


def interstitials(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """Frenkel pairs: an X ion leaves its site and shares another X site as a dumbbell along a random direction."""
    frames = []
    ions = crystal.ions("X")
    bond = _shortest_X_distance(crystal)
    for index in range(count):
        atoms = _shake(crystal.atoms, 0.03 + 0.07 * (index % 3) / 2, random)
        moved, host = (ions[i][0] for i in random.choice(len(ions), size=2, replace=False))
        direction = random.normal(size=3)
        direction /= sqrt(float(direction @ direction))
        half = 0.5 * bond * float(random.uniform(0.62, 0.85))
        centre = atoms.positions[host].copy()
        atoms.positions[host] = centre + half * direction
        atoms.positions[moved] = centre - half * direction
        frames.append(frame_of(atoms, "interstitial"))
    return frames


def squeezed(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """One pair of neighbours pushed together to 62 to 85 % of its distance: collisions, before they happen."""
    import numpy as np
    from ase.neighborlist import neighbor_list

    frames = []
    for _ in range(count):
        atoms = _shake(_deform(crystal.atoms, random.normal() * 0.01, 0.004, random), 0.06, random)
        i, j, distances, vectors = neighbor_list("ijdD", atoms, 4.2)
        numbers = atoms.numbers
        species = 1000 * np.minimum(numbers[i], numbers[j]) + np.maximum(numbers[i], numbers[j])
        kinds = np.unique(species)  # so that a rare pair of elements is squeezed as often as a common one
        of_kind = np.flatnonzero(species == kinds[random.integers(len(kinds))])
        nearest = of_kind[np.argsort(distances[of_kind], kind="stable")][: max(1, len(of_kind) // 4)]
        pick = nearest[random.integers(len(nearest))]
        shift = 0.5 * (1.0 - float(random.uniform(0.62, 0.85))) * vectors[pick]
        atoms.positions[i[pick]] += shift
        atoms.positions[j[pick]] -= shift
        frames.append(frame_of(atoms, "squeeze"))
    return frames


def _shortest_X_distance(crystal: Crystal) -> float:
    from ase.neighborlist import neighbor_list

    X = crystal.atoms[[ion[0] for ion in crystal.ions("X")]]
    cutoff = 3.0
    while not len(found := neighbor_list("d", X, cutoff)):
        cutoff += 1.0
    return float(found.min())


def rotated(crystal: Crystal, count: int, random: Any) -> list[Frame]:
    """Every cluster anion turned about its heaviest atom: small swings, then any orientation; bonds stretched."""
    import numpy as np
    from ase.geometry import find_mic
    from scipy.spatial.transform import Rotation

    frames = []
    for index in range(count):
        base = crystal if index % 3 else remove_pair(crystal, random)[0]
        atoms = _shake(base.atoms, 0.06, random)
        swing = np.pi * (index + 1) / count
        for ion in (found for role in "BA" for found in base.ions(role) if len(found) > 1):
            masses = base.atoms.get_masses()[ion]
            centre = base.atoms.positions[ion[int(masses.argmax())]]
            turn = Rotation.from_rotvec(random.normal(size=3) * swing / sqrt(3.0))
            arms, _ = find_mic(base.atoms.positions[ion] - centre, base.atoms.cell, pbc=True)
            stretch = 1.0 + 0.05 * random.normal()
            atoms.positions[ion] = (
                atoms.positions[ion[int(masses.argmax())]]
                + stretch * turn.apply(arms)
                + 0.02 * random.normal(size=arms.shape)
            )
        frames.append(frame_of(atoms, "rotation"))
    return frames


def binary_cells(crystal: Crystal) -> list[tuple[str, Any]]:
    """Unrelaxed rock salt (X+ A-) and antifluorite (X2 B) cells of the compound's own single-atom ions.

    The products of decomposition: without them the potential's reaction energy, and any melt, is a guess.
    """
    from ase.build import bulk
    from ase.data import covalent_radii

    symbols = crystal.atoms.get_chemical_symbols()
    names = {role: sorted({symbols[ion[0]] for ion in crystal.ions(role) if len(ion) == 1}) for role in "XBA"}
    numbers = dict(zip(symbols, crystal.atoms.numbers, strict=True))
    cells = []
    for X in names["X"]:
        for A in names["A"]:
            length = 2.0 * (covalent_radii[numbers[X]] + covalent_radii[numbers[A]] + 0.25)
            cells.append((f"{X}{A}", bulk(f"{X}{A}", "rocksalt", a=length, cubic=True)))
        for B in names["B"]:
            length = 4.0 / sqrt(3.0) * (covalent_radii[numbers[X]] + covalent_radii[numbers[B]])
            # ase's fluorite is A B2: anion centre first, cations on the tetrahedral sites
            cells.append((f"{X}2{B}", bulk(f"{B}{X}2", "fluorite", a=length, cubic=True)))
    return cells


def binary_frames(name: str, atoms: Any, count: int, random: Any) -> list[Frame]:
    """Relaxed, strained and rattled frames of a binary."""
    import numpy as np

    frames = [frame_of(atoms, f"binary {name}")]
    for size in np.linspace(0.0, 0.2, max(count - 1, 1)):
        deformed = _deform(atoms, random.normal() * 0.02, 0.01, random)
        frames.append(frame_of(_shake(deformed, float(size), random), f"binary {name}"))
    return [frame for frame in frames if not too_close(frame)]


def scattered_crystal(model: StructureModel, relaxed: Crystal, atoms: int, seed: int) -> Crystal | None:
    """A cubic cell of about that many atoms whose shared sites are filled by chance, at the relaxed cell's volume.

    An ordered cell does not disorder in the picoseconds of a sampling run, but the sample it stands for is disordered
    (Li2OHCl, Li2NaOCl, Li3OCl0.5Br0.5). ``None`` where there is nothing to scatter.
    """
    from antiperovskite.composition import resolve
    from antiperovskite.errors import OptionError
    from antiperovskite.structures.scattered import scatter

    edge = max(2, round((atoms * model.cubic_cells / len(model.roles)) ** (1.0 / 3.0)))
    try:
        chosen = scatter(resolve(model.formula), (edge, edge, edge), seed=seed)
    except (StructureError, OptionError):  # one kind of ion on each site, or no whole ions in this cell
        return None
    found = crystal_of(chosen, chosen.to_pymatgen())
    volume = relaxed.atoms.get_volume() / model.cubic_cells * edge**3
    found.atoms.set_cell([volume ** (1.0 / 3.0)] * 3, scale_atoms=True)
    return found
