"""Dialects to domain, as pure functions."""
