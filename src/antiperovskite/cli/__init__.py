"""The command line: thin, lazy, no science in it."""

from antiperovskite.cli.app import main

__all__ = ["main"]
