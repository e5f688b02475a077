"""Files in spans: what is written in their place, and what goes to the server beside the span."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
import pytest
import trilha
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WrittenSpan
from trilha import _finish, names, tracing
from trilha._attachment import Attachment
from trilha._capture import captured, readable
from trilha._export.attached import Attached
from trilha._export.attachment_place import AttachmentPlace
from trilha._export.collector import Collector
from trilha._export.embedded import json_may_hold_files, may_hold_files, without_files
from trilha._export.encode import encode_span
from trilha._export.outbox import Item, Mark
from trilha._export.parcels import Parcel, Waiting
from trilha._export.stats import Counters
from trilha._settings import Destination, Settings, read_settings
from trilha._span import OpenTrace, Span
from trilha.testing import InMemory, in_memory
from trilha.tracing.masks import pii, secrets

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
WAV = b"RIFF....WAVEfmt " + bytes(64)
PDF = b"%PDF-1.7 " + bytes(range(64))


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told


def written(span: Span, now: Settings | None = None) -> tuple[WrittenSpan, dict[str, Attachment]]:
    """Write a span, and return it as a server reads it, with its attachments."""
    attached = Attached(span, now or Settings())
    (read,) = ScopeSpans.FromString(encode_span(span, attached)).spans
    return read, dict(attached.found)


def attributes_of(span: WrittenSpan) -> dict[str, Any]:
    return {each.key: each.value for each in span.attributes}


def a_span(inputs: object = None, outputs: object = None, **attributes: object) -> Span:
    span = Span(OpenTrace(1, SimpleQueue[Item]()), None, "step", "TOOL")
    span.set_inputs(inputs)
    span.set_attributes(attributes)
    span.end(outputs)
    return span


def inputs_of(span: WrittenSpan) -> Any:
    return json.loads(attributes_of(span)[names.SPAN_INPUTS].string_value)


def test_an_attachment_becomes_a_reference_wherever_it_stands() -> None:
    picture = Attachment(content_type="image/png", content_bytes=PNG)
    reference = f"mlflow-attachment://{picture.id}?content_type=image%2Fpng&trace_id=tr-{1:032x}&size={len(PNG)}"
    span, files = written(a_span({"picture": picture, "n": 1}, [picture], one=picture, deep={"a": [picture]}))
    said = attributes_of(span)
    assert inputs_of(span) == {"picture": reference, "n": 1}
    assert json.loads(said[names.SPAN_OUTPUTS].string_value) == [reference]
    assert said["one"].string_value == reference
    assert said["deep"].kvlist_value.values[0].value.array_value.values[0].string_value == reference
    assert files == {picture.id: picture}
    assert Attachment.parse_ref(reference) == {
        "attachment_id": picture.id,
        "content_type": "image/png",
        "trace_id": f"tr-{1:032x}",
        "size": len(PNG),
    }


@dataclass
class Letter:
    text: str
    enclosed: Attachment


@pytest.mark.parametrize("size", [3, 200], ids=["small", "written at once"])
def test_an_attachment_goes_along_in_objects_and_in_what_is_too_large_to_be_copied(size: int) -> None:
    picture = Attachment(content_type="image/png", content_bytes=PNG)
    span, files = written(a_span({"letter": Letter("hi", picture), "many": [picture, *range(size)]}))
    reference = picture.ref(f"tr-{1:032x}")
    assert inputs_of(span)["letter"] == {"text": "hi", "enclosed": reference}
    assert inputs_of(span)["many"][0] == reference
    assert list(files) == [picture.id]


def test_the_argument_of_a_traced_function_may_be_an_attachment(told: InMemory) -> None:
    @trilha.trace
    def describe(picture: Attachment) -> str:
        return f"{len(picture.content_bytes)} bytes"

    describe(Attachment(content_type="image/png", content_bytes=PNG))
    span, files = written(told.span("describe"))
    assert inputs_of(span)["picture"].startswith("mlflow-attachment://")
    assert [file.content_bytes for file in files.values()] == [PNG]


def test_a_span_that_is_read_where_it_runs_has_the_reference(told: InMemory) -> None:
    picture = Attachment(content_type="image/png", content_bytes=PNG)
    with trilha.start_span("look") as span:
        span.set_inputs({"pictures": [picture]})
    assert json.loads(span.to_dict()["attributes"][names.SPAN_INPUTS]) == {"pictures": [picture.ref(span.trace_id)]}


def test_a_file_is_read_with_the_type_that_its_name_tells(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    assert Attachment.from_file(path).content_type == "application/pdf"
    assert Attachment.from_file(str(path), "text/plain").content_type == "text/plain"
    assert Attachment.from_file(path).content_bytes == PDF
    (tmp_path / "unknown").write_bytes(b"?")
    assert Attachment.from_file(tmp_path / "unknown").content_type == "application/octet-stream"


def test_it_is_found_where_programs_look_for_it() -> None:
    assert tracing.attachments.Attachment is Attachment


@pytest.mark.parametrize(
    "text",
    ["", "https://a.example", "mlflow-attachment://", "mlflow-attachment://id?trace_id=tr-1", "mlflow-attachment://[?"],
)
def test_what_is_no_reference_is_told_from_one(text: str) -> None:
    assert Attachment.parse_ref(text) is None


SHAPES: dict[str, tuple[object, list[str], str, bytes]] = {
    "data URI": (
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64_of(PNG)}"}},
        ["image_url", "url"],
        "image/png",
        PNG,
    ),
    "input_audio": (
        {"type": "input_audio", "input_audio": {"data": base64_of(WAV), "format": "mp3"}},
        ["input_audio", "data"],
        "audio/mpeg",
        WAV,
    ),
    "b64_json": ({"b64_json": base64_of(PNG), "revised_prompt": "a cat"}, ["b64_json"], "image/png", PNG),
    "image_generation_call": (
        {"type": "image_generation_call", "result": base64_of(PNG), "output_format": "webp"},
        ["result"],
        "image/webp",
        PNG,
    ),
    "chat audio": (
        {"role": "assistant", "audio": {"data": base64_of(WAV), "transcript": "hi"}},
        ["audio", "data"],
        "audio/wav",
        WAV,
    ),
    "Anthropic image": (
        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": base64_of(PNG)}},
        ["source", "data"],
        "image/jpeg",
        PNG,
    ),
    "Anthropic document": (
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": base64_of(PDF)}},
        ["source", "data"],
        "application/pdf",
        PDF,
    ),
    "Bedrock image": (
        {"image": {"format": "png", "source": {"bytes": base64_of(PNG)}}},
        ["image", "source", "bytes"],
        "image/png",
        PNG,
    ),
    "Bedrock document": (
        {"document": {"format": "pdf", "name": "a", "source": {"bytes": base64_of(PDF)}}},
        ["document", "source", "bytes"],
        "application/pdf",
        PDF,
    ),
    "Gemini": (
        {"inline_data": {"mime_type": "image/png", "data": base64.urlsafe_b64encode(PNG).decode().rstrip("=")}},
        ["inline_data", "data"],
        "image/png",
        PNG,
    ),
    "Gemini in camel case": (
        {"inlineData": {"mimeType": "audio/wav", "data": base64_of(WAV)}},
        ["inlineData", "data"],
        "audio/wav",
        WAV,
    ),
    "OpenTelemetry": (
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": base64_of(PNG)},
        ["content"],
        "image/png",
        PNG,
    ),
    "LangChain": (
        {"type": "image", "base64": base64_of(PNG), "mime_type": "image/png"},
        ["base64"],
        "image/png",
        PNG,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_files_in_base64_become_references_in_every_shape_that_is_known(shape: str) -> None:
    value, path, content_type, content = SHAPES[shape]
    span, files = written(a_span({"messages": [{"role": "user", "content": [value, {"type": "text", "text": "?"}]}]}))
    (file,) = files.values()
    assert (file.content_type, file.content_bytes) == (content_type, content)
    found: Any = inputs_of(span)["messages"][0]["content"][0]
    for key in path:
        found = found[key]
    assert found == file.ref(f"tr-{1:032x}")


@pytest.mark.parametrize("shape", SHAPES)
def test_json_in_an_attribute_of_an_instrumentation_is_read_too(shape: str) -> None:
    value, _, _, content = SHAPES[shape]
    span, files = written(a_span(**{"gen_ai.input.messages": json.dumps([{"role": "user", "parts": [value]}])}))
    assert [file.content_bytes for file in files.values()] == [content]
    assert base64_of(content) not in attributes_of(span)["gen_ai.input.messages"].string_value


def test_spans_of_instrumentations_of_opentelemetry_give_up_their_files_too(told: InMemory) -> None:
    tracer = tracing.tracer_provider(is_global=False).get_tracer("openinference.instrumentation.openai")
    address = "llm.input_messages.0.message.contents.0.image.url"
    with tracer.start_as_current_span("ChatCompletion") as span:
        span.set_attribute("input.value", json.dumps({"messages": [SHAPES["data URI"][0]]}))
        span.set_attribute(address, f"data:image/png;base64,{base64_of(PNG)}")
    sent, files = written(told.span("ChatCompletion"))
    (file,) = files.values()
    assert file.content_bytes == PNG
    assert attributes_of(sent)[address].string_value.endswith("size=264")
    assert base64_of(PNG).encode() not in sent.SerializeToString()


def test_bytes_that_a_program_passes_are_a_file_where_their_place_says_so() -> None:
    _, files = written(a_span({"image": {"format": "png", "source": {"bytes": PNG}}}))
    assert [file.content_bytes for file in files.values()] == [PNG]


def test_the_same_file_again_is_sent_once() -> None:
    uri = f"data:image/png;base64,{base64_of(PNG)}"
    span, files = written(a_span([uri, {"again": uri}], [uri], **{"llm.image.url": uri}))
    (file,) = files.values()
    reference = file.ref(f"tr-{1:032x}")
    assert inputs_of(span) == [reference, {"again": reference}]
    assert json.loads(attributes_of(span)[names.SPAN_OUTPUTS].string_value) == [reference]
    assert attributes_of(span)["llm.image.url"].string_value == reference


@pytest.mark.parametrize(
    "value",
    [
        {"data": "data:image/png;base64,no base64"},
        {"text": "an image: data:image/png;base64,AAAA"},
        {"audio": {"data": "not base64!"}},
        {"audio": "base64", "source": ["base64"], "image": {"source": "bytes"}},
        {"b64_json": "", "audio": {"data": "transcript"}, "inline_data": {"data": "hello"}},
        {"b64_json": 5, "type": "image_generation_call", "result": None},
        {"source": {"type": "url", "data": base64_of(PNG)}, "word": "base64"},
        {"number": 12345678901234567890123, "float": 1.0, "word": "base64"},
    ],
)
def test_what_is_no_file_stays_as_it_is(value: dict[str, object]) -> None:
    padded = {**value, "more": "x" * 64}
    span, files = written(a_span(padded))
    assert (inputs_of(span), files) == (json.loads(msgspec.json.encode(readable(captured(padded)))), {})


def test_text_that_only_begins_like_json_stays_as_it_is() -> None:
    text = '{"base64": ' + "[" * 5_000
    span, files = written(a_span(text=text))
    assert (attributes_of(span)["text"].string_value, files) == (text, {})


def test_most_json_is_not_read_for_files() -> None:
    assert not may_hold_files(captured({"content": "the word is base64 " * 100, "n": [1, None]}))
    assert not json_may_hold_files(msgspec.json.encode({"content": "x" * 1000, "n": [1, None]}))
    assert without_files({"a": [1, "b"]}, lambda kind, content: "never") == {"a": [1, "b"]}


def test_extraction_can_be_switched_off_and_attachments_are_sent_all_the_same() -> None:
    now = read_settings({"MLFLOW_TRACE_EXTRACT_ATTACHMENTS": "false"})
    picture = Attachment(content_type="image/png", content_bytes=PNG)
    uri = f"data:image/png;base64,{base64_of(PNG)}"
    span, files = written(a_span({"uri": uri, "picture": picture}), now)
    assert inputs_of(span)["uri"] == uri
    assert list(files) == [picture.id]


def test_what_is_above_the_limit_is_told_and_not_sent() -> None:
    now = read_settings({"MLFLOW_TRACE_MAX_ATTACHMENT_SIZE": "100"})
    uri = f"data:image/png;base64,{base64_of(PNG)}"
    small = Attachment(content_type="image/png", content_bytes=bytes(100))
    span, files = written(a_span({"uri": uri, "small": small}), now)
    assert inputs_of(span)["uri"] == "[Attachment too large: 264 bytes exceeds 100 bytes limit]"
    assert list(files) == [small.id]
    (event,) = span.events
    assert event.name == "exception"
    assert "264 bytes" in str(event.attributes)
    assert span.status.code == 1


@pytest.mark.parametrize("said", ["0", ""])
def test_no_limit_is_no_limit(said: str) -> None:
    assert read_settings({"MLFLOW_TRACE_MAX_ATTACHMENT_SIZE": said}).max_attachment_bytes is None


def test_a_processor_sees_attachments_before_they_leave_and_may_take_them_out(told: InMemory) -> None:
    seen: list[Any] = []

    def look(span: Span) -> None:
        seen.append(span.inputs)
        span.set_inputs({"kept": span.inputs["kept"], "hidden": "[HIDDEN]", "uri": "[HIDDEN]"})

    kept, hidden = (Attachment(content_type="image/png", content_bytes=PNG + end) for end in (b"1", b"2"))
    uri = f"data:image/png;base64,{base64_of(PDF)}"
    with tracing.configure(span_processors=[look]), trilha.start_span("ask") as span:
        span.set_inputs({"kept": kept, "hidden": hidden, "uri": uri, "many": list(range(100))})
    assert seen[0]["kept"] is kept
    assert seen[0]["uri"] == uri
    sent, files = written(told.span("ask"))
    assert list(files) == [kept.id]
    assert hidden.id.encode() not in sent.SerializeToString()


@pytest.mark.parametrize("mask", [pii, secrets])
def test_masks_leave_attachments_as_they_are(told: InMemory, mask: Any) -> None:
    picture = Attachment(content_type="image/png", content_bytes=PNG)
    with tracing.configure(span_processors=[mask]), trilha.start_span("ask") as span:
        span.set_inputs({"picture": picture, "mail": "a@b.example"})
        span.set_attribute("picture", picture)
    _, files = written(told.span("ask"))
    assert list(files) == [picture.id]


class Desk:
    """A collector with everything round it, worked by hand."""

    def __init__(self, limit_bytes: int = 10**7) -> None:
        self.queue: SimpleQueue[Item] = SimpleQueue()
        self.counters = Counters()
        self.waiting = Waiting(
            limit_bytes,
            lambda spans, roots: self.counters.dropped("memory", spans, roots),
            lambda count: self.counters.attachments_lost("memory", count),
        )
        self.heard: list[Mark | None] = []
        self.collector = Collector(
            self.queue, self.waiting, self.counters, hurry=SimpleQueue(), spool=None, hand_over=self.heard.append
        )

    def end(self, inputs: object = None, **attributes: object) -> None:
        span = Span(OpenTrace(1, self.queue, Destination(experiment="e")), None, "root", "TOOL")
        span.set_inputs(inputs)
        span.set_attributes(attributes)
        span.end()

    def parcels(self) -> list[Parcel]:
        mark = Mark()
        self.queue.put(mark)
        while mark not in self.heard:
            self.collector.turn()
        found: list[Parcel] = []
        while parcel := self.waiting.take(lambda destination: False):
            found.append(parcel)
            self.waiting.settle(parcel)
        return found


def test_files_go_after_their_span_each_to_a_place_of_its_own_and_are_no_spans() -> None:
    desk = Desk()
    pictures = [Attachment(content_type="image/png", content_bytes=PNG + bytes([number])) for number in range(2)]
    desk.end(pictures)
    spans, *files = desk.parcels()
    assert spans.span_count == 1
    assert [(file.destination, file.spans[0].payload, file.span_count) for file in files] == [
        (
            AttachmentPlace(experiment="e", trace_id=f"tr-{1:032x}", attachment_id=picture.id),
            picture.content_bytes,
            0,
        )
        for picture in pictures
    ]
    assert (desk.counters.spans_made, desk.counters.attachments_made, desk.waiting.spans) == (1, 2, 0)


def test_files_count_in_the_bound_of_memory_and_what_gives_way_is_counted() -> None:
    desk = Desk(limit_bytes=500_000)
    desk.end({"picture": Attachment(content_type="image/png", content_bytes=bytes(300_000))})
    desk.parcels()
    for _ in range(3):
        desk.end({"picture": Attachment(content_type="image/png", content_bytes=bytes(200_000))})
        desk.collector.turn()
        desk.waiting.seal(float("inf"))
        assert desk.waiting.size_bytes <= 500_000
    assert desk.counters.attachments_dropped.get("memory", 0) >= 1


@pytest.mark.parametrize("is_failing", [True, False])
def test_no_file_leaves_where_content_must_not(is_failing: bool) -> None:
    def fails(span: Span) -> None:
        raise ValueError

    desk = Desk()
    rules = _finish.Rules((fails,)) if is_failing else _finish.Rules(captures_content=False)
    desk.collector.look = rules.finish
    desk.end({"a": Attachment(content_type="image/png", content_bytes=PNG), "b": SHAPES["data URI"][0]})
    (spans,) = desk.parcels()
    assert spans.span_count == 1
    assert b"mlflow-attachment" not in spans.spans[0].payload
    assert desk.counters.attachments_made == 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("is_text", [False, True])
def test_no_span_with_a_file_is_taken_for_one_without(shape: str, is_text: bool) -> None:
    value, _, _, content = SHAPES[shape]
    desk = Desk()
    if is_text:
        desk.end(**{"input.value": " " + json.dumps({"a": 1, "parts": [value]}, indent=2)})
    else:
        desk.end({"a": 1, "parts": [{"text": "what do you see"}, value]})
    _, file = desk.parcels()
    assert file.spans[0].payload == content


def test_a_file_that_a_processor_puts_in_leaves_like_any_other() -> None:
    picture = Attachment(content_type="image/png", content_bytes=PNG)
    desk = Desk()
    desk.collector.look = _finish.Rules((lambda span: span.set_outputs({"seen": picture}),)).finish
    desk.end("show me")
    _, file = desk.parcels()
    assert file.spans[0].payload == PNG
