"""Charged defects from DFT: formation energies that doped or pymatgen-analysis-defects wrote to JSON.

The engines of this package have no charges, so energies of charged defects are read, not computed. Only plain JSON is
parsed: no pickle, and neither package is imported. The corrections for charged supercells are those of the file.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from antiperovskite._model import Model
from antiperovskite.defects.model import DefectEnergy, DefectKind
from antiperovskite.errors import DataError, OptionError
from antiperovskite.quantity import Quantity

LARGEST_FILE: Final = 500_000_000
_NAME: Final = re.compile(r"([A-Za-z]+(?:_[A-Za-z0-9]+)?(?:_[A-Za-z0-9.()+-]+?)?)_([+-]?\d+)")


class DftDefect(Model):
    """One defect in one charge state as a file gives it, eV.

    ``energy`` is E(defect) - E(bulk) without chemical potentials and Fermi level; ``corrections`` are the file's own
    charge corrections by name, already added in ``corrected``.
    """

    name: str
    charge: int
    energy: float
    corrections: dict[str, float]

    @property
    def corrected(self) -> float:
        """Energy with the corrections of the file, eV."""
        return self.energy + sum(self.corrections.values())


def read_dft_defects(path: Path) -> tuple[DftDefect, ...]:
    """Read every defect entry of a JSON (or JSON.gz) file of doped or pymatgen-analysis-defects.

    Entries are recognised by what they hold (a supercell energy of the defect and of the bulk, or an energy
    difference, a charge state, corrections), wherever they are in the file.

    Raises
    ------
    OptionError
        The file is not there or too large.
    DataError
        It is not JSON, or holds no defect entry.
    """
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise OptionError(f"cannot read {str(path)!r}: not a file, or larger than {LARGEST_FILE // 10**6} MB")
    raw = path.read_bytes()
    try:
        data = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path} is not JSON ({' '.join(str(error).split())[:80]}); pickles are not read") from error
    found = tuple(_entries(data, ""))
    if not found:
        raise DataError(f"{path} holds no defect entry of doped or pymatgen-analysis-defects")
    return found


def formation_energies(
    entries: tuple[DftDefect, ...],
    chemical_potentials_eV: Mapping[str, float],
    changes: Mapping[str, Mapping[str, float]],
    fermi_level_eV: float,
    multiplicities: Mapping[str, int],
    source: str,
) -> tuple[DefectEnergy, ...]:
    """Formation energies at given chemical potentials and Fermi level.

    E_f = E(defect) - E(bulk) + corrections - sum_i n_i mu_i + q E_F

    Parameters
    ----------
    entries
        From :func:`read_dft_defects`.
    chemical_potentials_eV
        Element -> mu, on the energy zero of the file's calculations.
    changes
        Entry name -> atoms gained by the crystal (negative: removed).
    fermi_level_eV
        Absolute, on the scale of the file (valence band maximum included).
    multiplicities
        Entry name -> places per formula unit.
    source
        File and functional, for the record.

    Raises
    ------
    DataError
        A defect without change or multiplicity, or an element without chemical potential.
    """
    result = []
    for entry in entries:
        if entry.name not in changes or entry.name not in multiplicities:
            raise DataError(f"{entry.name}: say which atoms it gains and how many places it has per formula unit")
        missing = [element for element in changes[entry.name] if element not in chemical_potentials_eV]
        if missing:
            raise DataError(f"{entry.name}: no chemical potential of {', '.join(missing)}")
        exchanged = sum(n * chemical_potentials_eV[element] for element, n in changes[entry.name].items())
        value = entry.corrected - exchanged + entry.charge * fermi_level_eV
        listed = ", ".join(f"{name} {value:+.3f} eV" for name, value in entry.corrections.items()) or "none"
        result.append(
            DefectEnergy(
                name=entry.name, charge=entry.charge, multiplicity=multiplicities[entry.name], kind=_kind(entry.name),
                energy=Quantity(
                    value=value, uncertainty=None, unit="eV", source=source,
                    method="DFT formation energy read from a file; charge corrections of the file (not checked here): "
                    f"{listed}; no uncertainty is given there",
                ),
            )
        )  # fmt: skip
    return tuple(result)


def _kind(name: str) -> DefectKind:
    if re.match(r"[vV](ac)?_", name):
        return "vacancy"
    return "interstitial" if re.search(r"(_i\b|_i_|^i_|[Ii]nt)", name) else "antisite"


def _entries(data: Any, name: str) -> Iterator[DftDefect]:
    """Walk the file; dictionaries that look like a defect entry become one."""
    if isinstance(data, list):
        for item in data:
            yield from _entries(item, name)
        return
    if not isinstance(data, dict):
        return
    found = _entry(data, name)
    if found is not None:
        yield found
        return
    for key, value in data.items():
        yield from _entries(value, str(key))


def _entry(data: Mapping[str, Any], name: str) -> DftDefect | None:
    charge = data.get("charge_state", data.get("charge"))
    energy = _difference(data)
    if energy is None or not isinstance(charge, int | float) or isinstance(charge, bool) or charge != int(charge):
        return None
    own = data.get("name")
    title = own if isinstance(own, str) and own else name or "defect"
    with_charge = _NAME.fullmatch(title)
    if with_charge and int(with_charge[2]) == int(charge):
        title = with_charge[1]
    corrections = data.get("corrections") or {}
    if not isinstance(corrections, dict):
        return None
    plain = {str(key): number for key, value in corrections.items() if (number := _number(value)) is not None}
    return DftDefect(name=title, charge=int(charge), energy=energy, corrections=plain)


def _difference(data: Mapping[str, Any]) -> float | None:
    """E(defect) - E(bulk) of an entry, eV."""
    direct = _number(data.get("energy_difference", data.get("ediff")))
    if direct is not None:
        return direct
    defect, bulk = _energy(data.get("sc_entry")), _energy(data.get("bulk_entry"))
    return None if defect is None or bulk is None else defect - bulk


def _energy(entry: Any) -> float | None:
    """Total energy of a serialised computed entry."""
    return _number(entry.get("energy")) if isinstance(entry, dict) else None


def _number(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if good else None
