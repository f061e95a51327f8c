"""One offline HTML page per run: structure, patterns, verdicts, literature, downloads."""
