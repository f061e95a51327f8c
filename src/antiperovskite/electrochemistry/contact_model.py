"""Results of contacts between an electrolyte and what touches it."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity, NotComputed, Quantity
from antiperovskite.stability.model import Participant


class Kink(Model):
    """One corner of the reaction energy along the mixing line: the products change here."""

    mixing_ratio: float = Field(ge=0, le=1, description="share of the partner among the counted atoms")
    reaction_energy: Quantity = Field(description="against both compounds as given, per counted atom")
    mutual_reaction_energy: Quantity = Field(description="against both compounds decomposed, per counted atom")
    products: tuple[Participant, ...]
    equation: str


class Contact(Model):
    """One cell of ``antiperovskite contact``.

    Energies are per atom of the mixture; with ``voltage`` per atom that is not of the reservoir metal. ``worst_ratio``
    is the share of the partner (by the same atoms) at which the reaction energy is lowest. The mutual reaction energy
    leaves out what either compound gives off by decomposing on its own; it has its own worst ratio.
    """

    electrolyte: str
    partner: str
    partner_formula: str = ""
    partner_phase: str = ""
    voltage: Quantity | None = Field(default=None, description="against the reservoir metal; null: a closed system")
    reservoir: str | None = Field(default=None, description="element that is exchanged at this voltage")
    worst_ratio: AnyQuantity
    reaction_energy: AnyQuantity
    mutual_reaction_energy: AnyQuantity
    mutual_worst_ratio: AnyQuantity
    electrolyte_decomposition: AnyQuantity = Field(description="the electrolyte on its own, per counted atom")
    partner_decomposition: AnyQuantity = Field(description="the partner on its own, per counted atom")
    products: tuple[Participant, ...] = ()
    equation: str = ""
    probability: AnyQuantity = Field(description="that some reaction gives off more than the threshold")
    mutual_probability: AnyQuantity = Field(description="the same for reactions that need both")
    threshold: Quantity
    nearest: Kink | None = Field(
        default=None, description="where nothing reacts: the reaction that is least far from it"
    )
    kinks: tuple[Kink, ...] = ()
    competing: int = Field(default=0, description="phases in the hull")
    engine: str
    notes: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether the contact has a reaction energy."""
        return not isinstance(self.reaction_energy, NotComputed)


ENERGY_UNIT = "meV/atom"


def contact_not_computed(
    electrolyte: str,
    partner: str,
    reason: str,
    *,
    engine: str,
    threshold: Quantity,
    partner_formula: str = "",
    voltage: Quantity | None = None,
    reservoir: str | None = None,
) -> Contact:
    """Return the cell that says why there is no number."""
    energy = NotComputed(unit=ENERGY_UNIT, method=reason)
    pure = NotComputed(unit="1", method=reason)
    return Contact(
        electrolyte=electrolyte,
        partner=partner,
        partner_formula=partner_formula,
        voltage=voltage,
        reservoir=reservoir,
        worst_ratio=pure,
        reaction_energy=energy,
        mutual_reaction_energy=energy,
        mutual_worst_ratio=pure,
        electrolyte_decomposition=energy,
        partner_decomposition=energy,
        probability=pure,
        mutual_probability=pure,
        threshold=threshold,
        engine=engine,
        notes=(reason,),
    )
