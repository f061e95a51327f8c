"""Lattice vibrations with any engine: force constants, dispersion, unstable modes and where they lead."""
