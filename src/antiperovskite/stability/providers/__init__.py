"""Where competing phases come from: shipped or own sets, a file of entries, the Materials Project, OPTIMADE.

Each provider gives one :class:`~antiperovskite.stability.references.ReferenceSet` on one energy scale, or raises.
"""

from antiperovskite.stability.providers.entries_file import EntriesFileProvider
from antiperovskite.stability.providers.materials_project import MaterialsProjectProvider
from antiperovskite.stability.providers.optimade import OptimadeProvider
from antiperovskite.stability.providers.protocol import Provider, ProviderError
from antiperovskite.stability.providers.saving import save_reference_set
from antiperovskite.stability.providers.stored import StoredProvider

__all__ = [
    "EntriesFileProvider",
    "MaterialsProjectProvider",
    "OptimadeProvider",
    "Provider",
    "ProviderError",
    "StoredProvider",
    "save_reference_set",
]
