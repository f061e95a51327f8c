"""Energies of an engine fitted to measured formation enthalpies, with a covariance that travels with every phase."""
