"""Rows as lines of text."""

from collections.abc import Sequence
from typing import Final

_WIDEST: Final = 40
_GAP: Final = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write rows below the names of their columns, aligned; long cells are cut."""
    lines = [list(head), *([_cut(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…"
