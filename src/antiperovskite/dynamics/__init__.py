"""Molecular dynamics runs, checkpoints, and trajectories stored in chunks and read in bounded memory."""
