"""Notebooks in sequence: the plan, places, hand-over files, results, provenance."""
