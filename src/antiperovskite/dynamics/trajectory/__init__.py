"""Trajectories: one model whatever they came from, stored in compressed chunks, read in bounded memory."""
