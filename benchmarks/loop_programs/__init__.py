"""The loops in each language."""
