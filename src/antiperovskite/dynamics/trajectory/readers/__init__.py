"""Readers of other programs' trajectory files, one format a module."""
