"""All published models of Li2OHCl against each other: energies, symmetry, and what diffraction can tell apart."""
