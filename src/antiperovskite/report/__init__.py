"""One offline HTML page per run: structure, patterns, verdicts, literature, downloads."""

from antiperovskite.report.page import render_report, write_report

__all__ = ["render_report", "write_report"]
