"""Trilha: production tracing for GenAI applications."""

from trilha._export import ending

__all__: list[str] = []

ending.install()
