"""The literature as validated data: tables, rows, queries."""
