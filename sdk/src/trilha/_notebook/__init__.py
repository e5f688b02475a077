"""Traces in the cells of notebooks."""
