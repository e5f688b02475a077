"""Trilha: production tracing for GenAI applications."""

__all__: list[str] = []
