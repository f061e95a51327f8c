"""Temperature and pressure: gas chemical potentials, thermal parts of solids, mixing entropy."""
