"""Formula text to sites and family, with charge balance."""

from antiperovskite.composition.model import Family, Formula, Sites
from antiperovskite.composition.resolve import resolve

__all__ = ["Family", "Formula", "Sites", "resolve"]
