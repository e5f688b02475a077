"""The server of Trilha."""
