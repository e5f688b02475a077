"""The conventions that traces are written in, one module each."""
