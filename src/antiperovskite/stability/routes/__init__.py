"""Solid-state synthesis routes to a formula: precursor sets, driving forces, and what competes with the product."""
