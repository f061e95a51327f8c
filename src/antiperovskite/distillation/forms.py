"""Linear potential forms that LAMMPS evaluates (``pair_style``) and, but for one, takes apart (``compute``).

A form turns a structure into rows of numbers, ``E = D_E c`` and ``F = D_F c``, whose coefficients ``c`` are fitted.
Where the rows come from the same program that will run the potential, fit and run cannot disagree; for UF3 a test
holds that they do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from antiperovskite.errors import DataError, OptionError

if TYPE_CHECKING:
    from antiperovskite.distillation.uf3 import Uf3

KINDS: Final = ("pod", "snap", "uf3")


class Form(Protocol):
    """What a linear potential form can do."""

    kind: ClassVar[str]
    composite: ClassVar[bool]
    """Whether several pair styles make it up, so that it runs in a hybrid only."""
    citations: ClassVar[tuple[str, ...]]
    spread_floor: ClassVar[float]
    """Share of the largest spread of a descriptor below which none counts, see the extrapolation grade."""

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements in the order of the coefficients and of LAMMPS's types."""
        ...

    @property
    def cutoff(self) -> float:
        """Range in angstrom."""
        ...

    @property
    def label(self) -> str:
        """Short name for tables, such as ``"POD 8/5x4/3x3, 5.5 angstrom"``."""
        ...

    def write_parameters(self, directory: Path) -> None:
        """Write the file that describes the form."""
        ...

    def write_coefficients(self, directory: Path, coefficients: Any) -> None:
        """Write the fitted numbers in the form's own file format."""
        ...

    def pair_style(self) -> str:
        """The style name (with arguments) for ``pair_style`` or ``hybrid/overlay``."""
        ...

    def pair_coeffs(self, directory: Path, *, in_hybrid: bool) -> list[str]:
        """The ``pair_coeff`` lines."""
        ...


class LammpsForm(Form, Protocol):
    """A form that LAMMPS itself takes apart."""

    def design_command(self, directory: Path) -> str:
        """The LAMMPS compute giving energy and force rows (a global array)."""
        ...

    def split(self, array: Any, n_atoms: int) -> tuple[Any, Any]:
        """Energy row ``(n_columns,)`` and force rows ``(3 n_atoms, n_columns)`` of that array."""
        ...

    def atom_command(self, directory: Path) -> str:
        """The LAMMPS compute giving descriptors of each atom."""
        ...

    def global_row(self, per_atom: Any, types: Any) -> Any:
        """The energy row ``(n_columns,)`` of per-atom descriptors ``(n_atoms, n_descriptors)``."""
        ...


@dataclass(frozen=True)
class Pod:
    """Proper orthogonal descriptors of two to four bodies.

    Nguyen and Rohskopf, J. Comput. Phys. 480, 112030 (2023), 10.1016/j.jcp.2023.112030; Nguyen, Phys. Rev. B 107,
    144103 (2023), 10.1103/PhysRevB.107.144103.

    Parameters
    ----------
    elements
        Chemical symbols.
    cutoff, inner
        Outer and inner cutoff, angstrom; no pair may come closer than ``inner``.
    two_body
        Radial functions of the two-body terms.
    three_body, four_body
        Radial functions and angular degree; ``(0, 0)`` leaves the term out.
    """

    elements: tuple[str, ...]
    cutoff: float = 5.0
    inner: float = 0.8
    two_body: int = 8
    three_body: tuple[int, int] = (5, 4)
    four_body: tuple[int, int] = (3, 3)
    bessel: int = 4
    inverse: int = 8

    kind: ClassVar[str] = "pod"
    composite: ClassVar[bool] = False
    citations: ClassVar[tuple[str, ...]] = ("nguyen2023pod",)
    spread_floor: ClassVar[float] = 0.0
    PARAMETERS: ClassVar[str] = "pod.pod"
    COEFFICIENTS: ClassVar[str] = "pod_coefficients.pod"

    def __post_init__(self) -> None:
        if not 0.0 < self.inner < self.cutoff:
            raise OptionError(
                f"the inner cutoff {self.inner:g} must lie between 0 and the cutoff {self.cutoff:g} angstrom"
            )
        if self.three_body[0] < self.four_body[0] or self.three_body[1] < self.four_body[1]:
            raise OptionError(
                f"POD needs at least as many three-body functions {self.three_body} as four-body ones {self.four_body}"
            )

    @property
    def label(self) -> str:
        """Bodies with their numbers of functions, and the range."""
        words = f"POD two-body {self.two_body}"
        if self.three_body[0]:
            words += f", three-body {self.three_body[0]}x{self.three_body[1]}"
        if self.four_body[0]:
            words += f", four-body {self.four_body[0]}x{self.four_body[1]}"
        return f"{words}, {self.cutoff:g} angstrom"

    def write_parameters(self, directory: Path) -> None:
        """Write ``pod.pod``."""
        from antiperovskite._files import write_atomically

        lines = {
            "species": " ".join(self.elements),
            "pbc": "1 1 1",
            "rin": f"{self.inner:g}",
            "rcut": f"{self.cutoff:g}",
            "bessel_polynomial_degree": self.bessel,
            "inverse_polynomial_degree": self.inverse,
            "onebody": 1,
            "twobody_number_radial_basis_functions": self.two_body,
            "threebody_number_radial_basis_functions": self.three_body[0],
            "threebody_angular_degree": self.three_body[1],
            "fourbody_number_radial_basis_functions": self.four_body[0],
            "fourbody_angular_degree": self.four_body[1],
            # LAMMPS's defaults for these are not all zero in every release, so they are written out
            **{
                f"{bodies}body_{what}": 0
                for bodies in ("five", "six", "seven")
                for what in ("number_radial_basis_functions", "angular_degree")
            },
        }
        write_atomically(directory / self.PARAMETERS, "".join(f"{key} {value}\n" for key, value in lines.items()))

    def write_coefficients(self, directory: Path, coefficients: Any) -> None:
        """Write ``pod_coefficients.pod``."""
        from antiperovskite._files import write_atomically

        numbers = "\n".join(f"{number:.15e}" for number in coefficients)
        write_atomically(directory / self.COEFFICIENTS, f"model_coefficients: {len(coefficients)} 0 0\n{numbers}\n")

    def pair_style(self) -> str:
        """``pod``."""
        return "pod"

    def pair_coeffs(self, directory: Path, *, in_hybrid: bool) -> list[str]:
        """One line for all pairs."""
        style = "pod " if in_hybrid else ""
        files = f"{quoted(directory / self.PARAMETERS)} {quoted(directory / self.COEFFICIENTS)}"
        return [f"pair_coeff * * {style}{files} {' '.join(self.elements)}"]

    def design_command(self, directory: Path) -> str:
        """``compute pod/global``."""
        return f'compute design all pod/global {quoted(directory / self.PARAMETERS)} "" {" ".join(self.elements)}'

    def split(self, array: Any, n_atoms: int) -> tuple[Any, Any]:
        """First row energy, then one row a force component."""
        return array[0], array[1 : 1 + 3 * n_atoms]

    def atom_command(self, directory: Path) -> str:
        """``compute pod/atom``: without the constant of each element."""
        return f'compute atomic all pod/atom {quoted(directory / self.PARAMETERS)} "" {" ".join(self.elements)}'

    def global_row(self, per_atom: Any, types: Any) -> Any:
        """Sum over the atoms of each element, after a constant that counts them."""
        import numpy as np

        blocks = []
        for number in range(len(self.elements)):
            mine = types == number
            blocks.append(np.concatenate([[float(mine.sum())], per_atom[mine].sum(axis=0)]))
        return np.concatenate(blocks)


@dataclass(frozen=True)
class Snap:
    """Bispectrum components, linear; Thompson et al., J. Comput. Phys. 285, 316 (2015), 10.1016/j.jcp.2014.12.018.

    Parameters
    ----------
    elements
        Chemical symbols.
    cutoff
        Largest distance between two atoms, angstrom; LAMMPS's ``rcutfac`` with radii of one half.
    twojmax
        Twice the band limit, even.

    Notes
    -----
    Elements are told apart by weights. LAMMPS's ``chemflag`` is not offered: the forces of its ``compute snap`` did not
    agree with those of ``pair_style snap`` in that mode.
    """

    elements: tuple[str, ...]
    cutoff: float = 5.0
    twojmax: int = 6

    kind: ClassVar[str] = "snap"
    composite: ClassVar[bool] = False
    citations: ClassVar[tuple[str, ...]] = ("thompson2015",)
    spread_floor: ClassVar[float] = 0.0
    PARAMETERS: ClassVar[str] = "snap.snapparam"
    COEFFICIENTS: ClassVar[str] = "snap.snapcoeff"

    @property
    def label(self) -> str:
        """Band limit and range."""
        return f"SNAP 2Jmax {self.twojmax}, {self.cutoff:g} angstrom"

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each element in the neighbour density; distinct, or nothing would tell elements apart."""
        return (1.0, -0.7, 0.5, -0.35, 0.25)[: len(self.elements)]

    def write_parameters(self, directory: Path) -> None:
        """Write ``snap.snapparam``."""
        from antiperovskite._files import write_atomically

        write_atomically(
            directory / self.PARAMETERS,
            f"rcutfac {self.cutoff:g}\ntwojmax {self.twojmax}\nrfac0 0.99363\nrmin0 0.0\nswitchflag 1\n"
            "bzeroflag 1\nquadraticflag 0\n",
        )

    def write_coefficients(self, directory: Path, coefficients: Any) -> None:
        """Write ``snap.snapcoeff``."""
        from antiperovskite._files import write_atomically

        per_element = len(coefficients) // len(self.elements)
        lines = [f"{len(self.elements)} {per_element}"]
        for number, (element, weight) in enumerate(zip(self.elements, self.weights, strict=True)):
            lines.append(f"{element} 0.5 {weight:g}")
            mine = coefficients[number * per_element : (number + 1) * per_element]
            lines += [f"{value:.15e}" for value in mine]
        write_atomically(directory / self.COEFFICIENTS, "\n".join(lines) + "\n")

    def pair_style(self) -> str:
        """``snap``."""
        return "snap"

    def pair_coeffs(self, directory: Path, *, in_hybrid: bool) -> list[str]:
        """One line for all pairs."""
        style = "snap " if in_hybrid else ""
        files = f"{quoted(directory / self.COEFFICIENTS)} {quoted(directory / self.PARAMETERS)}"
        return [f"pair_coeff * * {style}{files} {' '.join(self.elements)}"]

    def _arguments(self) -> str:
        return (
            f"{self.cutoff:g} 0.99363 {self.twojmax} {' '.join(['0.5'] * len(self.elements))} "
            f"{' '.join(f'{w:g}' for w in self.weights)} rmin0 0.0 switchflag 1 bzeroflag 1"
        )

    def design_command(self, directory: Path) -> str:
        """``compute snap``."""
        return f"compute design all snap {self._arguments()}"

    def split(self, array: Any, n_atoms: int) -> tuple[Any, Any]:
        """Rows of LAMMPS lack the constant of each element, which is put in front of its block by the caller."""
        return array[0, :-1], array[1 : 1 + 3 * n_atoms, :-1]

    def atom_command(self, directory: Path) -> str:
        """``compute sna/atom``."""
        return f"compute atomic all sna/atom {self._arguments()}"

    def global_row(self, per_atom: Any, types: Any) -> Any:
        """Sum over the atoms of each element, after a constant that counts them."""
        return Pod.global_row(self, per_atom, types)  # type: ignore[arg-type]


def quoted(path: Path) -> str:
    """A path as LAMMPS reads it: in double quotes, so that blanks are safe."""
    text = str(path)
    if '"' in text or "\n" in text or "$" in text:
        raise OptionError(f"LAMMPS cannot read files under {text!r}; choose a directory without quotes or dollar signs")
    return f'"{text}"'


def form_from(kind: str, settings: dict[str, Any], elements: Sequence[str]) -> Pod | Snap | Uf3:
    """Build a form again from its card.

    Raises
    ------
    DataError
        The card names a form or a setting that does not exist.
    """
    from antiperovskite.distillation.uf3 import Uf3

    kinds: dict[str, type[Pod | Snap | Uf3]] = {"pod": Pod, "snap": Snap, "uf3": Uf3}
    try:
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
        }
        return kinds[kind](elements=tuple(elements), **given)
    except (KeyError, TypeError) as error:
        raise DataError(
            f"unknown potential form {kind!r} or setting ({error}); known forms: {', '.join(kinds)}"
        ) from error
