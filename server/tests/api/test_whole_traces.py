"""What goes through a whole trace over the native API: its conversation, a text in it, and its spans as they came."""

import gzip
import json
from typing import Any

import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names
from trilha_server.api.v1.transcript_models import MAX_PART_CHARS
from trilha_server.normalise.otlp_json import parse_json
from trilha_server.search import finding

from server.tests.support.client import Client
from server.tests.support.spans import NS_PER_MS, START_NS, a_request, a_span, otel_id, span_id, trace_id
from server.tests.support.wire import PROTOBUF, new_number, send

_Json = dict[str, Any]  # Any: JSON


def read(client: Client, number: int, what: str, **query: Any) -> _Json:  # Any: values of the query
    answer = client.get(f"/api/v1/traces/{trace_id(number)}/{what}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def chat(number: int, trace: int, messages: list[_Json], answer: _Json, **fields: Any) -> Span:
    attributes = {
        names.SPAN_TYPE: "CHAT_MODEL",
        names.LLM_MODEL: "gpt-5",
        names.GEN_AI_INPUT_TOKENS: 1_000_000,
        names.SPAN_INPUTS: json.dumps({"messages": messages}),
        names.SPAN_OUTPUTS: json.dumps({"choices": [{"message": answer, "finish_reason": "stop"}]}),
    }
    start_ns = START_NS + number * NS_PER_MS
    times = {"start_ns": start_ns, "end_ns": start_ns + 7}
    return a_span(number, trace=trace, name="chat", attributes=attributes, **times, **fields)


class TestTranscript:
    def test_a_conversation_is_told_once_with_what_each_answer_took(self, client: Client) -> None:
        trace = new_number()
        question, answer = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}
        call = {"id": "x", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
        wish = {"role": "assistant", "content": None, "tool_calls": [call]}
        told = {"role": "tool", "tool_call_id": "x", "content": "7"}
        send(
            client,
            a_span(1, trace=trace, name="bot", attributes={names.SPAN_TYPE: "AGENT"}),
            chat(2, trace, [question], wish, parent=1),
            a_span(
                3,
                trace=trace,
                parent=1,
                name="find",
                start_ns=START_NS + 3 * NS_PER_MS,
                end_ns=START_NS + 4 * NS_PER_MS,
                attributes={names.SPAN_TYPE: "TOOL"},
                status=Status.STATUS_CODE_ERROR,
                status_message="slow",
            ),
            chat(5, trace, [question, wish, told], answer, parent=1),
        )

        found = read(client, trace, "transcript")

        assert [item["kind"] for item in found["items"]] == ["message", "message", "tool", "message"]
        assert (found["repeated"], found["next_offset"], found["total_items"]) == (2, None, 4)
        asked, _, card, last = found["items"]
        assert asked | {"time_ns": 0} == {
            **dict.fromkeys(("time_ns", "depth", "tool_calls", "folded_messages"), 0),
            **dict.fromkeys(("name", "finish_reason", "error"), None),
            **dict.fromkeys(("model", "provider", "usage", "cost_usd", "duration_ns"), None),
            "kind": "message",
            "span_id": span_id(2).hex(),
            "agent": "bot",
            "role": "user",
            "parts": [{"type": "text", "text": "hi"}],
            "is_error": False,
        }
        assert card | {"time_ns": 0} == {
            **dict.fromkeys(("time_ns", "depth", "arguments_cut_chars", "result_cut_chars"), 0),
            "kind": "tool",
            "span_id": span_id(3).hex(),
            "agent": "bot",
            "name": "find",
            "call_id": "x",
            "asked_by": span_id(2).hex(),
            "duration_ns": NS_PER_MS,
            "arguments": {"q": 1},
            "result": "7",
            "is_error": True,
            "error": "slow",
        }
        assert (last["model"], last["finish_reason"], last["duration_ns"]) == ("gpt-5", "stop", 7)
        assert (last["usage"]["input_tokens"], last["cost_usd"]) == (1_000_000, 1.25)
        assert (last["parts"], last["folded_messages"]) == ([{"type": "text", "text": "hello"}], 2)

    def test_a_long_conversation_comes_in_pages(self, client: Client) -> None:
        trace = new_number()
        turns = [{"role": "user", "content": f"turn {n}"} for n in range(30)]
        send(client, chat(1, trace, turns, {"role": "assistant", "content": "end"}))
        whole = read(client, trace, "transcript")["items"]

        pages: list[_Json] = []
        offset: int | None = 0
        while offset is not None:
            page = read(client, trace, "transcript", offset=offset, limit=7)
            pages += page["items"]
            offset = page["next_offset"]

        assert pages == whole
        assert [item["parts"][0]["text"] for item in whole] == [*(f"turn {n}" for n in range(30)), "end"]
        more = [*turns, {"role": "assistant", "content": "end"}, {"role": "user", "content": "more"}]
        send(client, chat(2, trace, more, {"role": "assistant", "content": "over"}))
        assert len(read(client, trace, "transcript", limit=7)["items"]) == 7
        assert read(client, trace, "transcript", limit=7)["total_items"] == 33

    def test_what_is_very_long_is_cut_and_says_so(self, client: Client) -> None:
        trace = new_number()
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * MAX_PART_CHARS}}
        text = {"type": "text", "text": "t" * (MAX_PART_CHARS + 5)}
        said = {"role": "user", "content": [text, picture]}
        tool = a_span(
            2,
            trace=trace,
            attributes={names.SPAN_TYPE: "TOOL", names.SPAN_OUTPUTS: json.dumps({"rows": "r" * MAX_PART_CHARS})},
        )
        send(client, chat(1, trace, [said], {"role": "assistant", "content": "ok"}), tool)

        items = read(client, trace, "transcript")["items"]

        [card] = [item for item in items if item["kind"] == "tool"]
        assert (len(card["result"]), card["result_cut_chars"]) == (MAX_PART_CHARS, len('{"rows":""}'))
        [written, image] = next(item for item in items if item.get("role") == "user")["parts"]
        assert (written["text"], written["cut_chars"]) == ("t" * MAX_PART_CHARS, 5)
        assert (image["url"], image["cut_chars"]) == (None, MAX_PART_CHARS + len("data:image/png;base64,"))

    def test_what_was_looked_up_is_an_item(self, client: Client) -> None:
        trace = new_number()
        documents = [{"page_content": "p" * (MAX_PART_CHARS + 1), "metadata": {"doc_uri": "u"}, "id": "1"}]
        attributes = {
            names.SPAN_TYPE: "RETRIEVER",
            names.SPAN_INPUTS: '{"query": "why", "k": 4}',
            names.SPAN_OUTPUTS: json.dumps(documents),
        }
        send(client, a_span(1, trace=trace, name="lookup", attributes=attributes))

        [item] = read(client, trace, "transcript")["items"]

        assert (item["kind"], item["name"], item["query"]) == ("documents", "lookup", "why")
        [document] = item["documents"]
        assert (document["document_id"], document["cut_chars"]) == ("1", 1)


class TestFind:
    def test_a_text_is_found_wherever_it_stands(self, client: Client) -> None:
        trace = new_number()
        happened = [Span.Event(name="exception", time_unix_nano=START_NS)]
        spans = [
            a_span(1, trace=trace, name="the Needle"),
            a_span(2, trace=trace, attributes={names.SPAN_INPUTS: json.dumps({"q": 'a "neEdle"\nhere'})}),
            a_span(3, trace=trace, attributes={names.SPAN_OUTPUTS: "needle", "needle": "needle"}),
            a_span(4, trace=trace, attributes={"deep": {"needle": 1}}),
            a_span(5, trace=trace, status=Status.STATUS_CODE_ERROR, status_message="NEEDLE"),
            a_span(6, trace=trace, attributes={"other": "thread"}, events=happened),
        ]
        for number, span in enumerate(spans):
            span.start_time_unix_nano = START_NS - number  # the last began first
        send(client, *spans)

        found = read(client, trace, "find", text="needle")

        assert found == {
            "spans": [
                {"span_id": span_id(5).hex(), "where": ["events"]},
                {"span_id": span_id(4).hex(), "where": ["attributes"]},
                {"span_id": span_id(3).hex(), "where": ["outputs"]},
                {"span_id": span_id(2).hex(), "where": ["inputs"]},
                {"span_id": span_id(1).hex(), "where": ["name"]},
            ],
            "searched_spans": 6,
            "is_complete": True,
            "next_offset": None,
        }
        assert [one["span_id"] for one in read(client, trace, "find", text='"needle"\nHERE')["spans"]] == [
            span_id(2).hex()
        ]
        assert read(client, trace, "find", text="exception")["spans"][0]["where"] == ["events"]
        assert read(client, trace, "find", text="nothing of it")["spans"] == []

    @pytest.mark.parametrize("text", ["7", "é", "true", "7.5", "0"])
    def test_what_bytes_do_not_tell_is_found_too(self, client: Client, text: str) -> None:
        trace = new_number()
        attributes = {"n": 7, "flag": True, names.SPAN_INPUTS: json.dumps({"x": [7.5, "é"]}), "zero": 0}
        send(client, a_span(1, trace=trace, attributes=attributes), a_span(2, trace=trace))

        assert [one["span_id"] for one in read(client, trace, "find", text=text)["spans"]] == [span_id(1).hex()]

    def test_a_huge_trace_is_searched_a_part_at_a_time(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "MAX_SEARCHED", 10)
        trace = new_number()
        send(client, *(a_span(n, trace=trace, name=f"{'odd' if n % 2 else 'even'} {n}") for n in range(1, 36)))

        seen: list[str] = []
        offset: int | None = 0
        searched = 0
        while offset is not None:
            part = read(client, trace, "find", text="odd", offset=offset, limit=3)
            seen += [one["span_id"] for one in part["spans"]]
            searched += part["searched_spans"]
            assert part["is_complete"] == (part["next_offset"] is None)
            offset = part["next_offset"]

        assert seen == [span_id(n).hex() for n in range(1, 36, 2)]
        assert searched == 35


class TestRaw:
    def test_what_was_sent_comes_back_as_otlp(self, client: Client) -> None:
        trace = new_number()
        link = Span.Link(trace_id=otel_id(7), span_id=span_id(8))
        happened = Span.Event(name="e", time_unix_nano=5, dropped_attributes_count=2)
        done: _Json = {"status": Status.STATUS_CODE_OK}
        rich: _Json = {
            **done,
            "kind": Span.SPAN_KIND_CLIENT,
            "trace_state": "a=b",
            "links": [link],
            "events": [happened],
        }
        request = a_request(
            a_span(1, trace=trace, name="ü", attributes={"b": b"\x00\xff", "n": 2**53 + 1, "x": [1.5, None]}, **rich),
            a_span(2, trace=trace, parent=1, end_ns=None, status=Status.STATUS_CODE_ERROR, status_message="bad"),
            resource={"service.name": "front"},
            scope=("lib", "1"),
        )
        other = a_span(3, trace=trace, parent=1, **done)
        request.MergeFrom(a_request(other, resource={"service.name": "back"}, scope=("lib", "2")))
        client.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)

        document = read(client, trace, "raw")

        back, rejections = parse_json(msgspec.json.encode(document))
        assert not rejections
        assert back == request
        [first, _] = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
        assert (first["traceId"], first["spanId"]) == (otel_id(trace).hex(), span_id(1).hex())
        assert first["links"][0]["traceId"] == otel_id(7).hex()
        assert first["kind"] == 3

    def test_a_trace_of_several_requests_is_whole(self, client: Client) -> None:
        trace = new_number()
        for portion in range(3):
            first = portion * 700 + 1
            send(client, *(a_span(n, trace=trace, parent=None if n == 1 else 1) for n in range(first, first + 700)))

        back, _ = parse_json(msgspec.json.encode(read(client, trace, "raw")))

        assert ids_in(back) == {span_id(n) for n in range(1, 2101)}


def ids_in(request: ExportTraceServiceRequest) -> set[bytes]:
    return {span.span_id for each in request.resource_spans for scope in each.scope_spans for span in scope.spans}


@pytest.mark.parametrize("what", ["transcript", "find?text=x", "raw"])
def test_a_trace_that_is_not_there_is_told(client: Client, what: str) -> None:
    assert client.get(f"/api/v1/traces/tr-{'e' * 32}/{what}").status_code == 404


@pytest.mark.parametrize("query", [{}, {"text": ""}, {"text": "x", "limit": 1001}, {"text": "x", "offset": -1}])
def test_what_to_find_must_be_said(client: Client, query: _Json) -> None:
    trace = new_number()
    send(client, a_span(trace=trace))
    assert client.get(f"/api/v1/traces/{trace_id(trace)}/find", params=query).status_code == 400


class TestCompression:
    @pytest.mark.parametrize(
        ("accepted", "is_compressed"), [("gzip, br", True), ("identity", False), ("gzip;q=0", False), ("", False)]
    )
    def test_a_large_answer_is_compressed_for_who_takes_that(
        self, client: Client, accepted: str, is_compressed: bool
    ) -> None:
        trace = new_number()
        send(client, *(a_span(n, trace=trace, parent=None if n == 1 else 1) for n in range(1, 1001)))

        answer = client.get(f"/api/v1/traces/{trace_id(trace)}", headers={"accept-encoding": accepted})

        assert (answer.headers.get("content-encoding") == "gzip") is is_compressed
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.json()["total_spans"] == 1000
        compressed = gzip.compress(answer.content, 1)
        assert int(answer.headers["content-length"]) <= (len(compressed) + 50 if is_compressed else len(answer.content))
