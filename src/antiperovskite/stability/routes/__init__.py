"""Solid-state synthesis routes to a formula: precursor sets, their driving forces, and what competes with the product."""
