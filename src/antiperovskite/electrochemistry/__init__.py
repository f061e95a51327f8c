"""Electrochemistry: windows, contact reactions, electrode voltages."""
