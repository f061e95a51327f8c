"""Can it be made, and what destroys it: tolerance factors, reference phases, hulls, reactions, hydration."""
