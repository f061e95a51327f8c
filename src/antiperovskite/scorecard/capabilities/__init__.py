"""What checks can call, one file a subject; a new file with ``CAPABILITIES`` is found by itself."""
