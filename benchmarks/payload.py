"""The requests of the load: traces of ten spans and 4 kB of inputs and outputs, as OTLP and MLflow clients do."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from benchmarks.corpus import SPANS_PER_TRACE, Corpus
from benchmarks.text import Prose

_MS_NS = 10**6


class Shape(msgspec.Struct, frozen=True):
    """One of the ten spans."""

    name: str
    kind: str
    parent: int | None
    start_ms: int
    end_ms: int


SHAPES: Final = (
    Shape("answer_customer", "AGENT", None, 0, 1900),
    Shape("retrieve_passages", "RETRIEVER", 0, 10, 260),
    Shape("embed_question", "EMBEDDING", 1, 12, 80),
    Shape("search_index", "TOOL", 1, 82, 210),
    Shape("plan_steps", "CHAT_MODEL", 0, 270, 700),
    Shape("lookup_order", "TOOL", 0, 710, 760),
    Shape("lookup_policy", "TOOL", 0, 765, 820),
    Shape("write_answer", "CHAT_MODEL", 0, 830, 1620),
    Shape("check_answer", "CHAT_MODEL", 0, 1630, 1860),
    Shape("format_answer", "PARSER", 0, 1862, 1880),
)


class Names(msgspec.Struct, frozen=True):
    """What a family of instrumentations calls the same things."""

    kind: str
    inputs: str
    outputs: str
    model: str
    tokens_in: str
    tokens_out: str
    metadata: str | None
    """The attribute in which the root carries tags, where no other call can."""


MLFLOW: Final = Names(
    kind="mlflow.spanType",
    inputs="mlflow.spanInputs",
    outputs="mlflow.spanOutputs",
    model="gen_ai.request.model",
    tokens_in="gen_ai.usage.input_tokens",
    tokens_out="gen_ai.usage.output_tokens",
    metadata=None,
)
OPENINFERENCE: Final = Names(
    kind="openinference.span.kind",
    inputs="input.value",
    outputs="output.value",
    model="llm.model_name",
    tokens_in="llm.token_count.prompt",
    tokens_out="llm.token_count.completion",
    metadata="metadata",
)
_OPENINFERENCE_KINDS: Final = {"CHAT_MODEL": "LLM", "PARSER": "CHAIN"}


class OtlpEncoder:
    """Writes ExportTraceServiceRequest bodies, from one message tree whose values are set anew for each trace."""

    def __init__(self, corpus: Corpus, names: Names = MLFLOW, project: str = "default") -> None:
        self._corpus = corpus
        self._names = names
        self._resource = _length_delimited(1, _resource_attributes(project))
        self._tree = ScopeSpans()
        self._spans = [self._tree.spans.add() for _ in SHAPES]
        for span, shape in zip(self._spans, SHAPES, strict=True):
            self._fill_constants(span, shape)
        self._values = [{pair.key: pair.value for pair in span.attributes} for span in self._spans]

    def request(self, indices: Iterable[int]) -> bytes:
        """Return the body that carries these traces."""
        spans = b"".join(self._spans_of(index) for index in indices)
        return _length_delimited(1, self._resource + _length_delimited(2, _SCOPE + spans))

    def _fill_constants(self, span: Span, shape: Shape) -> None:
        names = self._names
        kind = shape.kind if names is MLFLOW else _OPENINFERENCE_KINDS.get(shape.kind, shape.kind)
        span.name = shape.name
        span.kind = Span.SPAN_KIND_CLIENT if shape.kind == "CHAT_MODEL" else Span.SPAN_KIND_INTERNAL
        span.status.code = Status.STATUS_CODE_OK
        texts = {names.kind: kind, names.inputs: "", names.outputs: ""}
        if shape.kind == "CHAT_MODEL":
            texts |= {"gen_ai.operation.name": "chat", names.model: "gpt-4o-mini"}
        if shape.parent is None:
            texts |= {"session.id": "", "user.id": "", "app.request_id": ""}
            if names.metadata:
                texts[names.metadata] = ""
        span.attributes.extend(KeyValue(key=key, value=AnyValue(string_value=text)) for key, text in texts.items())
        if shape.kind == "CHAT_MODEL":
            span.attributes.extend(
                KeyValue(key=key, value=AnyValue(int_value=0)) for key in (names.tokens_in, names.tokens_out)
            )

    def _spans_of(self, index: int) -> bytes:
        corpus = self._corpus
        trace_id, span_ids = corpus.trace_id(index), corpus.span_ids(index)
        start_ns = corpus.start_ns(index)
        texts = trace_texts(corpus, index)
        for number, (span, shape) in enumerate(zip(self._spans, SHAPES, strict=True)):
            span.trace_id = trace_id
            span.span_id = span_ids[number]
            if shape.parent is not None:
                span.parent_span_id = span_ids[shape.parent]
            span.start_time_unix_nano = start_ns + shape.start_ms * _MS_NS
            span.end_time_unix_nano = start_ns + shape.end_ms * _MS_NS
            self._fill_values(number, shape, texts[number], index)
        return self._tree.SerializeToString()

    def _fill_values(self, number: int, shape: Shape, texts: tuple[str, str], index: int) -> None:
        names, values, corpus = self._names, self._values[number], self._corpus
        values[names.inputs].string_value, values[names.outputs].string_value = texts
        if shape.kind == "CHAT_MODEL":
            values[names.tokens_in].int_value = len(texts[0]) // 4
            values[names.tokens_out].int_value = len(texts[1]) // 4
        if shape.parent is None:
            values["session.id"].string_value = corpus.session_id(index)
            values["user.id"].string_value = corpus.user_id(index)
            values["app.request_id"].string_value = corpus.request_id(index)
            if names.metadata:
                metadata = {"request_id": corpus.request_id(index)} | (corpus.tags(index) or {})
                values[names.metadata].string_value = msgspec.json.encode(metadata).decode()


def trace_texts(corpus: Corpus, index: int) -> list[tuple[str, str]]:
    """Return the inputs and outputs of the ten spans, as JSON text.

    As in a real agent the question, the passages and the answer pass through several spans; all else is said once.
    """
    prose = Prose(corpus.words(index))
    order = corpus.trace_id(index).hex()[:10]
    question, answer = prose.take(20), prose.take(46)
    passages = [prose.take(28), prose.take(26), prose.take(26)]
    if needle := corpus.needle(index):
        passages[1] = f"{needle} {passages[1]}"
    return [
        (f'{{"question": "{question}"}}', f'{{"answer": "{answer}"}}'),
        (f'{{"query": "{question}", "top_k": 3}}', _documents(order, passages)),
        (f'{{"input": "{question}"}}', '{"dimensions": 1024}'),
        (f'{{"terms": "{prose.take(8)}"}}', f'{{"hits": 3, "best": "{prose.take(26)}"}}'),
        (_messages(prose.take(22), question), _choice(order, prose.take(22))),
        (f'{{"order": "{order}"}}', f'{{"order": "{order}", "note": "{prose.take(22)}"}}'),
        (f'{{"topic": "{prose.take(4)}"}}', f'{{"policy": "{prose.take(24)}"}}'),
        (_messages(prose.take(18), " ".join((question, *passages))), _choice(order, answer)),
        (_messages(prose.take(16), answer), _choice(order, prose.take(8))),
        (f'{{"style": "{prose.take(4)}"}}', f'{{"markdown": "{prose.take(14)}"}}'),
    ]


def _documents(order: str, passages: list[str]) -> str:
    documents = ", ".join(f'{{"id": "{order}-{n}", "text": "{text}"}}' for n, text in enumerate(passages))
    return f"[{documents}]"


def _messages(system: str, user: str) -> str:
    return f'{{"messages": [{{"role": "system", "content": "{system}"}}, {{"role": "user", "content": "{user}"}}]}}'


def _choice(order: str, content: str) -> str:
    return f'{{"id": "chatcmpl-{order}", "choices": [{{"role": "assistant", "content": "{content}"}}]}}'


def trace_info(corpus: Corpus, index: int, experiment_id: str) -> bytes:
    """Return the body of MLflow's start-trace call: the only way to give a trace tags and a client request id."""
    start_ms = corpus.start_ns(index) // 10**6
    seconds, rest_ms = divmod(start_ms, 1000)
    question, answer = trace_texts(corpus, index)[0]
    info = {
        "trace_id": f"tr-{corpus.trace_id(index).hex()}",
        "client_request_id": corpus.request_id(index),
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}},
        "request_time": f"{_iso(seconds)}.{rest_ms:03d}Z",
        "execution_duration": f"{SHAPES[0].end_ms / 1000}s",
        "state": "OK",
        "request_preview": question[:1000],
        "response_preview": answer[:1000],
        "trace_metadata": {
            "mlflow.trace_schema.version": "3",
            "mlflow.trace.session": corpus.session_id(index),
            "mlflow.trace.user": corpus.user_id(index),
        },
        "tags": {"mlflow.traceName": SHAPES[0].name} | (corpus.tags(index) or {}),
    }
    return msgspec.json.encode({"trace": {"trace_info": info}})


def _iso(unix_seconds: int) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _resource_attributes(project: str) -> bytes:
    return Resource(
        attributes=[
            KeyValue(key="service.name", value=AnyValue(string_value="support-agent")),
            KeyValue(key="telemetry.sdk.language", value=AnyValue(string_value="python")),
            KeyValue(key="telemetry.sdk.name", value=AnyValue(string_value="opentelemetry")),
            KeyValue(key="openinference.project.name", value=AnyValue(string_value=project)),
        ]
    ).SerializeToString()


def _length_delimited(field: int, content: bytes) -> bytes:
    """Encode one protobuf field of the wire type that messages have, so that bytes can be joined instead of parsed."""
    varint, rest = bytearray(), len(content)
    while rest > 0x7F:
        varint.append(rest & 0x7F | 0x80)
        rest >>= 7
    varint.append(rest)
    return bytes((field << 3 | 2,)) + bytes(varint) + content


_SCOPE: Final = ScopeSpans(scope=InstrumentationScope(name="support_agent", version="1.4.2")).SerializeToString()
assert len(SHAPES) == SPANS_PER_TRACE
