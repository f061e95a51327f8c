"""Published structure models of Li2OHCl, rebuilt from what was reported of them."""

from antiperovskite.structures.published.catalogue import published_model, published_models
from antiperovskite.structures.published.model import PublishedModel

__all__ = ["PublishedModel", "published_model", "published_models"]
