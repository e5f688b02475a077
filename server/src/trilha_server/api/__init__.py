"""Translates: requests to calls, results to answers. Nothing is decided here."""
