"""Symmetry-distinct hops of the mobile cations of any crystal whose atoms know their sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from antiperovskite.errors import OptionError, StructureError
from antiperovskite.migration.model import HopClass
from antiperovskite.structures.model import StructureModel

FIRST_GAP: Final = 1.25
"""Hops from a site are those up to this factor of its shortest one, where nothing longer is asked for."""
ALONG_EDGE: Final = "along an edge"
"""How the label of a hop within an octahedron begins."""
_STRAIGHT: Final = 100.0  # degrees; cooperative hops turn less sharply than this at the middle site
_IN_THE_WAY: Final = 0.9  # angstrom
_SAME_SHELL: Final = 1.45
"""B ions up to this factor of the nearest distance have a site as their vertex (O and S differ by a fifth)."""
Edge = tuple[int, int, tuple[int, int, int]]


@dataclass(frozen=True)
class Sites:
    """Places of the mobile ions, occupied (atom numbers) and empty by formula (numbers from ``n_atoms``)."""

    cell: Any
    places: Any  # fractional, of all atoms and then of the empty sites
    numbers: tuple[int, ...]
    n_atoms: int
    names: tuple[str, ...]
    kinds: Any  # one integer a place, different for different ions


def mobile_sites(model: StructureModel, structure: Any | None = None, ion: str | None = None) -> Sites:
    """The sites of the mobile cation: the X ion of lowest charge, or ``ion``.

    Raises
    ------
    OptionError
        ``ion`` is not a monatomic ion on X.
    StructureError
        The crystal has none, or a net charge by its ions.
    """
    import numpy as np

    from antiperovskite.ions import ion as registered

    crystal = model.to_pymatgen() if structure is None else structure
    owner = dict(zip(model.groups, model.ions, strict=True))
    charge = sum(registered(symbol).charge for symbol in owner.values())
    redox = any(registered(symbol).other_charges for symbol in owner.values())
    if charge and not redox:
        raise StructureError(
            f"{model.formula} has a net charge of {charge:+d} e by its ions; barriers need a neutral crystal"
        )
    on_X = [
        (k, symbol)
        for k, (symbol, role) in enumerate(zip(model.ions, model.roles, strict=True))
        if role == "X" and len(registered(symbol).atoms) == 1
    ]
    if not on_X:
        raise StructureError(f"{model.formula} has no monatomic cation on X")
    names = sorted({symbol for _, symbol in on_X}, key=lambda s: (registered(s).charge, s))
    chosen = names[0] if ion is None else ion
    if chosen not in names:
        raise OptionError(f"{chosen[:20]!r} is not a cation on X of {model.formula}; choose {', '.join(names)}")
    empty = _empty_places(model, crystal)
    places = np.vstack([np.asarray(crystal.frac_coords), empty]) if len(empty) else np.asarray(crystal.frac_coords)
    labels = [f"{site.specie.symbol} {symbol}" for site, symbol in zip(crystal, model.ions, strict=True)]
    every = sorted(set(labels))
    kinds = np.array([1 + every.index(label) for label in labels] + [1 + len(every)] * len(empty))
    numbers = [k for k, symbol in on_X if symbol == chosen] + list(range(len(crystal), len(places)))
    return Sites(
        np.array(crystal.lattice.matrix), places, tuple(numbers), len(crystal),
        tuple(model.ions) + (chosen,) * len(empty), kinds,
    )  # fmt: skip


def _empty_places(model: StructureModel, crystal: Any) -> Any:
    """Missing vertices of the B octahedra, opposite to those that are there, fractional ``(m, 3)``."""
    import numpy as np

    counted = sum(role == "X" for role in model.roles)
    if not counted or model.family not in ("hydrated", "mixed", "cubic", "cathode", "multivalent"):
        return np.empty((0, 3))
    cell = np.asarray(crystal.lattice.matrix)
    x = np.array([p for p, role in zip(crystal.frac_coords, model.roles, strict=True) if role == "X"])
    heavy = [k for k, role in enumerate(model.roles) if role == "B" and crystal[k].specie.symbol != "H"]
    reach = 1.35 * (float(crystal.volume) / model.cubic_cells) ** (1 / 3) / 2
    found: list[Any] = []
    for k in heavy or [k for k, role in enumerate(model.roles) if role == "B"]:
        centre = crystal.frac_coords[k]
        gap = x - centre
        gap -= np.round(gap)
        arms = gap[np.linalg.norm(gap @ cell, axis=1) < reach] @ cell
        ways = [-arm for arm in arms]
        for a in arms:
            for b in arms:
                normal = np.cross(a, b)
                size = float(np.linalg.norm(normal))
                if size > 0.9 * np.linalg.norm(a) * np.linalg.norm(b):
                    ways.append(normal / size * np.linalg.norm(a))
        for way in ways:
            place = (centre + way @ np.linalg.inv(cell)) % 1.0
            if _distance(x, place, cell) > 1.2 and (not found or _distance(np.array(found), place, cell) > 1.2):
                found.append(place)
    return np.array(found).reshape(-1, 3)


def _distance(places: Any, point: Any, cell: Any) -> float:
    import numpy as np

    gap = places - point
    gap -= np.round(gap)
    return float(np.linalg.norm(gap @ cell, axis=-1).min())


def vacancy_hops(
    model: StructureModel,
    structure: Any | None = None,
    *,
    ion: str | None = None,
    longest: float | None = None,
    symprec: float = 0.05,
) -> tuple[HopClass, ...]:
    """Distinct hops of a cation into a vacant neighbouring site, shortest first.

    Parameters
    ----------
    model
        The crystal; positions of ``structure`` (``pymatgen``, same atoms) are used where it is given.
    ion
        Which cation; the X ion of lowest charge if not given.
    longest
        Longest hop in angstrom; by default up to 1.25 times the shortest one of either site.
    symprec
        Tolerance for the space group, angstrom.

    Raises
    ------
    OptionError, StructureError
        No such ion, or a longest hop that reaches nothing.
    """
    return tuple(hop for hop, _ in hop_edges(model, structure, ion=ion, longest=longest, symprec=symprec))


def hop_edges(
    model: StructureModel,
    structure: Any | None = None,
    *,
    ion: str | None = None,
    longest: float | None = None,
    symprec: float = 0.05,
) -> list[tuple[HopClass, list[Edge]]]:
    """The hops of :func:`vacancy_hops`, each with all its members ``(start, end, cell of the end)`` in the unit cell.

    Members run the way of the class; of a reversible one both ways are listed.
    """
    sites = mobile_sites(model, structure, ion)
    edges = _edges(sites, longest)
    classes = [
        (_described(model, sites, orbit, edges), orbit)
        for orbit in _orbits(sites, list(edges), symprec)
        if not all(k >= sites.n_atoms for k in orbit[0][:2])
    ]
    ordered = sorted(classes, key=lambda c: (c[0].intrinsic, round(c[0].length, 2), c[0].label))
    found = []
    for k, (hop, orbit) in enumerate(ordered, 1):
        turned = orbit[0][:2] != (hop.start, hop.end)  # begins where the formula leaves a site empty
        members = [(j, i, (-s[0], -s[1], -s[2])) for i, j, s in orbit] if turned else orbit
        found.append((hop.model_copy(update={"number": k}), members))
    return found


def cooperative_hops(
    model: StructureModel, structure: Any | None = None, *, ion: str | None = None, symprec: float = 0.05
) -> tuple[HopClass, ...]:
    """Distinct hops of two cations at once: one into the vacancy, one into the first one's place."""
    import numpy as np

    sites = mobile_sites(model, structure, ion)
    edges = _edges(sites, None)
    steps: dict[int, list[Edge]] = {}
    for edge in edges:
        steps.setdefault(edge[0], []).append(edge)
    occupied = {k for k in sites.numbers if k < sites.n_atoms}
    chains: dict[tuple[Any, ...], HopClass] = {}
    for (i, j, s), one in edges.items():
        for _, k, more in steps.get(j, ()):
            two = edges[(j, k, more)]
            total = (s[0] + more[0], s[1] + more[1], s[2] + more[2])
            if not {i, j, k} <= occupied or (k, total) == (i, (0, 0, 0)) or (i, k, total) in edges:
                continue
            cosine = float(np.dot(one, two) / np.linalg.norm(one) / np.linalg.norm(two))
            angle = 180.0 - float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
            if angle < _STRAIGHT:
                continue
            length = float(np.linalg.norm(one + two))
            key = (sites.names[i], round(angle), round(length, 2))
            label = f"two {sites.names[j]} at once, {angle:.0f}° at the middle site"
            if key in chains:
                old = chains[key]
                chains[key] = old.model_copy(update={"multiplicity": old.multiplicity + 1})
                continue
            chains[key] = HopClass(
                number=1, mechanism="cooperative", label=label, start=i, end=k, shift=total, middle=j,
                middle_shift=s, ions=(sites.names[j], sites.names[k]), length=length, multiplicity=1, neighbours=1,
                reversible=True,
            )  # fmt: skip
    n = len(occupied)
    found = sorted(chains.values(), key=lambda c: (round(c.length, 2), c.label))
    return tuple(
        c.model_copy(
            update={"number": q, "multiplicity": max(1, c.multiplicity // 2), "neighbours": c.multiplicity / n}
        )
        for q, c in enumerate(found, 1)
    )


def _edges(sites: Sites, longest: float | None) -> dict[Edge, Any]:
    """Directed hops (site, site, cell) and their vectors in angstrom."""
    import numpy as np

    cell, places = sites.cell, sites.places
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = longest if longest is not None else 7.0
    spans = [np.arange(-int(reach / h) - 2, int(reach / h) + 3) for h in heights]
    shifts = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3)
    near: dict[int, list[tuple[float, Edge, Any]]] = {}
    for i in sites.numbers:
        for j in sites.numbers:
            vectors = (places[j] + shifts - places[i]) @ cell
            lengths = np.linalg.norm(vectors, axis=1)
            for k in np.flatnonzero((lengths > 0.1) & (lengths <= reach)):
                if longest is not None and _blocked(sites, places[i], vectors[k]):
                    continue
                s = shifts[k]
                edge = (i, j, (int(s[0]), int(s[1]), int(s[2])))
                near.setdefault(i, []).append((float(lengths[k]), edge, vectors[k]))
    if len(near) < len(sites.numbers):
        raise OptionError(f"no two sites lie within {reach:g} angstrom; give a longer --longest-hop")
    found: dict[Edge, Any] = {}
    for items in near.values():
        limit = reach if longest is not None else FIRST_GAP * min(length for length, _, _ in items)
        for length, edge, vector in items:
            if length <= limit + 1e-6:
                i, j, s = edge
                found[edge] = vector
                found[(j, i, (-s[0], -s[1], -s[2]))] = -vector
    return found


def _blocked(sites: Sites, start: Any, vector: Any) -> bool:
    """Whether another atom lies in the way: a vacancy does not hop through the centre of an octahedron."""
    import numpy as np

    cell = sites.cell
    grid = np.array([(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)])
    gap = sites.places[: sites.n_atoms] - start
    gap = ((gap - np.floor(gap))[:, None] + grid[None]).reshape(-1, 3) @ cell
    length = float(np.linalg.norm(vector))
    along = gap @ vector / length
    off = np.linalg.norm(gap - along[:, None] * vector / length, axis=1)
    return bool(((off < _IN_THE_WAY) & (along > 0.5) & (along < length - 0.5)).any())


def _orbits(sites: Sites, edges: list[Edge], symprec: float) -> list[list[Edge]]:
    """Classes of directed edges under the space group, each with its reverses where both ends hold the same ion."""
    import numpy as np

    from antiperovskite.structures.symmetry import symmetry_operations

    rotations, translations = symmetry_operations(sites.cell, sites.places, sites.kinds, symprec)
    left, orbits = dict.fromkeys(edges), []
    images = []
    for rotation, translation in zip(rotations, translations, strict=True):
        goes: dict[int, tuple[int, Any]] = {}
        for i in sites.numbers:
            moved = sites.places[i] @ rotation.T + translation
            gap = moved - sites.places[list(sites.numbers)]
            k = int(np.argmin(np.linalg.norm((gap - np.round(gap)) @ sites.cell, axis=1)))
            goes[i] = (sites.numbers[k], np.round(gap[k]).astype(int))
        images.append((rotation, goes))
    while left:
        first = next(iter(left))
        orbit = []
        for rotation, goes in images:
            i, j, s = first
            (a, u), (b, v) = goes[i], goes[j]
            w = rotation @ np.array(s) + v - u
            image = (a, b, (int(w[0]), int(w[1]), int(w[2])))
            if image in left:
                del left[image]
                orbit.append(image)
        for i, j, s in orbit:
            back = (j, i, (-s[0], -s[1], -s[2]))
            if back in left and sites.kinds[i] == sites.kinds[j]:
                del left[back]
        orbits.append(orbit)
    return orbits


def _described(model: StructureModel, sites: Sites, orbit: list[Edge], edges: dict[Edge, Any]) -> HopClass:
    import numpy as np

    i, j, s = orbit[0]
    if j >= sites.n_atoms:  # the vacancy begins where the formula leaves the site empty
        i, j, s = j, i, (-s[0], -s[1], -s[2])
    reversible = (orbit[0][1], orbit[0][0], tuple(-q for q in orbit[0][2])) in set(orbit)
    intrinsic = i >= sites.n_atoms
    vector = edges[(i, j, s)]
    starts = {e[0] for e in orbit} | (set() if reversible else {e[1] for e in orbit})
    return HopClass(
        number=1,
        mechanism="vacancy",
        label=_label(model, sites, i, j, s, vector, intrinsic),
        start=i, end=j, shift=s,
        ions=(sites.names[j],),
        length=float(np.linalg.norm(vector)),
        multiplicity=max(1, len(orbit) // 2) if reversible else len(orbit),
        neighbours=len(orbit) * (1 if reversible else 2) / len(starts),
        reversible=reversible,
        intrinsic=intrinsic,
    )  # fmt: skip


def _label(
    model: StructureModel, sites: Sites, i: int, j: int, s: tuple[int, int, int], vector: Any, intrinsic: bool
) -> str:
    """What a reader calls the hop: along an octahedron's edge or between octahedra, in or out of the layers."""
    import numpy as np

    cell = sites.cell
    B = np.array([p for p, role in zip(sites.places, model.roles, strict=False) if role == "B"])
    words = []
    owners = [name for name, role in zip(sites.names, model.roles, strict=False) if role == "B"]
    if len(B):
        ends = (sites.places[i], sites.places[j] + np.array(s))

        grid = np.array([(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)])

        def around(point: Any) -> set[tuple[int, ...]]:
            all_B = B[:, None] + grid[None] + np.floor(point)[None, None]
            d = np.linalg.norm((all_B - point) @ cell, axis=2)
            return {
                (int(k), *(int(q) for q in np.round(all_B[k, g] * 1000)))
                for k, g in zip(*np.nonzero(d < _SAME_SHELL * d.min()), strict=True)
            }

        shared = sorted({owners[item[0]] for item in around(ends[0]) & around(ends[1])})
        words.append(f"{ALONG_EDGE} of the {shared[0]} octahedron" if shared else "between octahedra")
    if model.family == "ruddlesden-popper":
        axis = cell[int(np.argmax(np.linalg.norm(cell, axis=1)))]
        along = abs(float(np.dot(vector, axis))) / np.linalg.norm(axis) / np.linalg.norm(vector)
        words.insert(0, "in-plane" if along < 0.1 else "out-of-plane")
    if intrinsic:
        words.append("into a site the formula leaves empty")
    return ", ".join(words) or "hop"
