"""Readers of measured patterns, one file a format; :mod:`antiperovskite.diffraction.data_files` chooses."""
