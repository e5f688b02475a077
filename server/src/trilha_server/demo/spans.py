"""Spans of the support agent, as an instrumented application would have sent them."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from random import Random
from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names

_NS_PER_MS = 1_000_000

# US dollars for a million tokens in and out: OpenAI's list prices of 2025.
_PRICES = {
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4o": (2.50, 10.00),
    "gpt-4.1-mini": (0.40, 1.60),
    "text-embedding-3-small": (0.02, 0.0),
}
_BYTES_PER_TOKEN = 4  # near enough in all four languages, for it counts bytes of UTF-8


class Failure(msgspec.Struct, frozen=True):
    """An exception as a span records it."""

    kind: str
    message: str
    stack: str


class Spans:
    """The spans of one trace while its turn is played; `now_ns` is the time in the story."""

    def __init__(self, key: str, start_ms: int) -> None:
        self.trace_id = blake2b(key.encode(), digest_size=16).digest()
        self.rng = Random(key)  # noqa: S311  # a story, not a secret
        self.now_ns = start_ms * _NS_PER_MS + self.rng.randrange(_NS_PER_MS)
        self.finished: list[Span] = []
        self._key = key
        self._count = 0

    def begin(self, name: str, kind: str, parent: Span | None, inputs: object) -> Span:
        """Begin a span now."""
        self._count += 1
        span = Span(
            trace_id=self.trace_id,
            span_id=blake2b(f"{self._key}/{self._count}".encode(), digest_size=8).digest(),
            parent_span_id=b"" if parent is None else parent.span_id,
            name=name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=self.now_ns,
        )
        set_attributes(span, {names.SPAN_TYPE: kind, names.SPAN_INPUTS: inputs})
        return span

    def end(self, span: Span, outputs: object, failure: Failure | None = None) -> None:
        """End a span now, well or with a failure."""
        if failure is None:
            span.status.CopyFrom(Status(code=Status.STATUS_CODE_OK))
            set_attributes(span, {names.SPAN_OUTPUTS: outputs})
        else:
            span.status.CopyFrom(
                Status(code=Status.STATUS_CODE_ERROR, message=f"{failure.kind.rpartition('.')[2]}: {failure.message}")
            )
            event = span.events.add(name="exception", time_unix_nano=self.now_ns)
            # The names are those of OpenTelemetry's semantic conventions for exceptions.
            for name, text in (("type", failure.kind), ("message", failure.message), ("stacktrace", failure.stack)):
                event.attributes.append(KeyValue(key=f"exception.{name}", value=AnyValue(string_value=text)))
        span.end_time_unix_nano = self.now_ns
        self.finished.append(span)

    def wait(self, median_ms: float, spread: float = 0.35) -> None:
        """Let time pass: about the median, sometimes far more, as services do."""
        self.now_ns += round(median_ms * self.rng.lognormvariate(0, spread) * _NS_PER_MS)

    def count_tokens(self, span: Span, model: str, read: str, written: str) -> dict[str, int]:
        """Note on a span which model it used, how many tokens, and what they cost; returns the tokens."""
        tokens_in, tokens_out = tokens(read), tokens(written) if written else 0
        price_in, price_out = _PRICES[model]
        cost_in, cost_out = tokens_in * price_in / 1e6, tokens_out * price_out / 1e6
        usage = {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        cost = {"input_cost": cost_in, "output_cost": cost_out, "total_cost": cost_in + cost_out}
        set_attributes(span, {names.LLM_MODEL: model, names.LLM_PROVIDER: "openai", names.LLM_COST: cost})
        set_attributes(span, {names.CHAT_TOKEN_USAGE: usage})
        return usage


def set_attributes(span: Span, values: Mapping[str, object]) -> None:
    """Set attributes: text as it is, everything else as JSON, which is how MLflow's clients write it."""
    for key, value in values.items():
        text = value if isinstance(value, str) else json_of(value)
        span.attributes.append(KeyValue(key=key, value=AnyValue(string_value=text)))


def json_of(value: Any) -> str:  # Any: JSON
    """Write JSON as people read it."""
    return json.dumps(value, ensure_ascii=False)


def tokens(text: str) -> int:
    """Guess how many tokens a text has."""
    return len(text.encode()) // _BYTES_PER_TOKEN + 1
