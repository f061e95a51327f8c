"""From diffusion coefficients to conductivities."""

from __future__ import annotations


def conductivity_per_diffusion(n_ions: int, volume: float, charge: float, temperature_K: float) -> float:
    """Return sigma / D in (S/cm) / (cm^2/s).

    sigma = N z^2 e^2 D / (V k T). With self diffusion this is the Nernst-Einstein conductivity of independent ions;
    with the collective coefficient it is the conductivity that the Einstein form of Green-Kubo gives.

    Parameters
    ----------
    n_ions, volume
        Ions in a volume in angstrom^3.
    charge
        In elementary charges.
    temperature_K
        In K.

    Examples
    --------
    >>> round(conductivity_per_diffusion(100, 2000.0, 1, 300.0), 1)
    309874.8
    """
    from scipy.constants import elementary_charge, k

    per_cm3 = n_ions / (volume * 1e-24)
    return float(per_cm3 * (charge * elementary_charge) ** 2 / (k * temperature_K))


def ion_charge(symbol: str) -> int:
    """Charge of a species: of the ion with this symbol in the registry.

    Raises
    ------
    OptionError
        The registry has no such ion.
    """
    from antiperovskite.errors import OptionError, UnknownIonError
    from antiperovskite.ions import ion

    try:
        return ion(symbol).charge
    except UnknownIonError as error:
        raise OptionError(f"the charge of {symbol!r} is not known; give it (--charge)") from error
