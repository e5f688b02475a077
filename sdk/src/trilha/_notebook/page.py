"""Traces as HTML that stands alone: no scripts, nothing from the network, every text escaped."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from trilha._notebook.sketch import Sketch, Step

_INDENT_PX: Final = 18
_DEEPEST: Final = 20
_BOX: Final = (
    "font:13px/1.6 system-ui,sans-serif;border:1px solid #8886;border-radius:6px;padding:6px 12px;margin:6px 0"
)
_QUIET: Final = "opacity:.7"
_ERROR: Final = "color:#c62828"
_TEXT: Final = "margin:0 0 2px 18px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:12px;background:none"


def page(sketches: Sequence[Sketch], address: str | None, rest: str = "") -> str:
    """Write traces as HTML, with links to the server at an address; `rest` tells of those that are not shown."""
    boxes = [_box(sketch, address) for sketch in sketches]
    if rest:
        boxes.append(f'<div style="{_QUIET}">{escape(rest)}</div>')
    # A lone surrogate would keep the notebook from saving the cell.
    return "".join(boxes).encode(errors="replace").decode()


def _box(sketch: Sketch, address: str | None) -> str:
    facts = [_state(sketch.state), *_facts(sketch)]
    head = f"<b>{escape(sketch.name)}</b> {' · '.join(facts)} · {_link(sketch.trace_id, address)}"
    steps = "".join(_step(step, level) for step, level in _in_order(sketch.steps))
    rest = f'<div style="{_QUIET}">and {sketch.more_steps} more steps</div>' if sketch.more_steps else ""
    return f'<div style="{_BOX}"><div>{head}</div>{steps}{rest}</div>'


def _facts(sketch: Sketch) -> Iterator[str]:
    if sketch.duration_ms is not None:
        yield _duration(sketch.duration_ms)
    if sketch.tokens is not None:
        yield f"{sketch.tokens:,} tokens"
    if sketch.cost_usd is not None:
        yield f"${sketch.cost_usd:.4f}"


def _state(state: str) -> str:
    return f'<span style="{_ERROR}">{escape(state)}</span>' if state == "ERROR" else escape(state)


def _link(trace_id: str, address: str | None) -> str:
    if address is None or not address.startswith(("http://", "https://")):
        return escape(trace_id)
    url = escape(f"{address}/t/{trace_id}")
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer">{escape(trace_id)}</a>'


def _step(step: Step, level: int) -> str:
    facts = [escape(step.span_type)] if step.span_type else []
    if step.end_ns is not None:
        facts.append(_duration((step.end_ns - step.start_ns) / 1e6))
    if step.is_error:
        facts.append(_state("ERROR"))
    summary = f'{escape(step.name)} <span style="{_QUIET}">{" · ".join(facts)}</span>'
    told = (("inputs", step.inputs), ("outputs", step.outputs), ("error", step.message if step.is_error else None))
    texts = "".join(
        f'<div style="{_TEXT}"><span style="{_QUIET}">{name}</span> {escape(text)}</div>' for name, text in told if text
    )
    margin_px = min(level, _DEEPEST) * _INDENT_PX
    return f'<details style="margin-left:{margin_px}px"><summary>{summary}</summary>{texts}</details>'


def _in_order(steps: Iterable[Step]) -> Iterator[tuple[Step, int]]:
    """Go through steps, each before those below it, with how far below the top it is."""
    left = {step.span_id: step for step in sorted(steps, key=lambda step: step.start_ns)}
    below: dict[str | None, list[Step]] = {}
    for step in left.values():
        below.setdefault(step.parent_id if step.parent_id in left else None, []).append(step)
    waiting = [(step, 0) for step in reversed(below.get(None, []))]
    while waiting:
        step, level = waiting.pop()
        yield step, level
        waiting += [(child, level + 1) for child in reversed(below.get(step.span_id, []))]


def _duration(duration_ms: float) -> str:
    if duration_ms >= 1000:
        return f"{duration_ms / 1000:.2f} s"
    return f"{duration_ms:.0f} ms" if duration_ms >= 10 else f"{duration_ms:.2g} ms"
