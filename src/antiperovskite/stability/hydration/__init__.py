"""Water and carbon dioxide: hydration, carbonation, predominance maps and how dry is dry."""
