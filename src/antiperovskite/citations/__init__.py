"""The works that data, methods and results rest on, and the BibTeX of what a run used."""

from antiperovskite.citations.bibtex import to_bibtex
from antiperovskite.citations.catalogue import bibtex, citation, key_of_reference, known_keys
from antiperovskite.citations.collector import Citations
from antiperovskite.citations.model import Citation

__all__ = ["Citation", "Citations", "bibtex", "citation", "key_of_reference", "known_keys", "to_bibtex"]
