"""Powder patterns with X-rays and neutrons, isotopes included."""
