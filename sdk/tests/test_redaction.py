import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trilha
from trilha import _settings, tracing
from trilha._span import Span
from trilha._span_parts import Link, SpanEvent, SpanStatus, SpanStatusCode
from trilha.testing import InMemory, in_memory
from trilha.tracing.masks import pii, secrets, without_pii, without_secrets


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told


@trilha.trace
def ask(question: Any) -> Any:
    trilha.update_current_trace(request_preview=str(question), tags={"kept": "yes"})
    return {"answer": question}


def test_processors_change_spans_in_their_order(told: InMemory) -> None:
    def first(span: Span) -> None:
        span.set_inputs({"seen": span.inputs})

    def second(span: Span) -> None:
        span.set_outputs([span.inputs["seen"]["question"]])

    tracing.configure(span_processors=[first, second])
    ask("q")
    assert told.span("ask").outputs == ["q"]


def test_a_processor_that_fails_withholds_what_the_span_holds_and_not_the_trace(told: InMemory) -> None:
    def fails(span: Span) -> None:
        raise ValueError(span.inputs)

    tracing.configure(span_processors=[fails])
    ask("my secret")
    span = told.span("ask")
    assert (span.inputs, span.outputs, span.events, span.trace.request_preview) == (None, None, [], None)
    assert span.get_attribute("trilha.withheld") == "ValueError"
    assert span.trace.tags == {"kept": "yes"}


@pytest.mark.parametrize("by_environment", [False, True])
def test_without_content_names_times_and_figures_remain(
    told: InMemory, monkeypatch: pytest.MonkeyPatch, *, by_environment: bool
) -> None:
    if by_environment:
        monkeypatch.setenv("TRILHA_CAPTURE_CONTENT", "false")
        _settings.forget()
    else:
        tracing.configure(captures_content=False)
    with pytest.raises(ValueError, match="private"), trilha.start_span("s") as span:
        span.set_inputs("private")
        span.set_attributes({"note": "private", "llm.token_count.prompt": 3})
        trilha.update_current_trace(request_preview="private")
        raise ValueError("private")
    kept = told.span("s")
    assert kept.get_attribute("llm.token_count.prompt") == 3
    held = (
        kept.inputs,
        kept.attributes,
        [event.attributes for event in kept.events],
        kept.status,
        kept.trace.request_preview,
    )
    assert "private" not in repr(held)
    assert kept.status.description == "ValueError"


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-abcdefghijklmnop1234",
        "sk-ant-api03-abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a" * 36,
        "dapi" + "0123456789abcdef" * 2,
        "hf_" + "a" * 30,
        "AIza" + "b" * 35,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_secrets_are_replaced(text: str) -> None:
    masked = without_secrets(f"before {text} after")
    assert text not in masked
    assert masked.startswith("before [")
    assert masked.endswith("] after")


def test_tokens_and_passwords_are_replaced_and_the_rest_stays() -> None:
    assert without_secrets("Authorization: Bearer abcdefgh12345") == "Authorization: Bearer [SECRET]"
    assert without_secrets("postgres://me:hunter2@db:5432/x") == "postgres://me:[SECRET]@db:5432/x"
    assert without_secrets("http://localhost:5000/path@v1 task-based") == "http://localhost:5000/path@v1 task-based"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe+x@example.co.uk.", "write to [EMAIL]."),
        ("card 4111 1111 1111 1111", "card [CARD]"),
        ("no card 4111 1111 1111 1112", "no card 4111 1111 1111 1112"),
        ("DE89 3704 0044 0532 0130 00", "[IBAN]"),
        ("cpf 529.982.247-25", "cpf [CPF]"),
        ("cnpj 11.222.333/0001-81", "cnpj [CNPJ]"),
        ("id 11010519491231002X", "id [ID NUMBER]"),
        ("call +1 (555) 010-4477 or 13800138000", "call [PHONE] or [PHONE]"),
        ("at 1700000000000 ms, version 3.17.2, 2026-11-21", "at 1700000000000 ms, version 3.17.2, 2026-11-21"),
    ],
)
def test_personal_data_is_replaced_and_other_numbers_stay(text: str, masked: str) -> None:
    assert without_pii(text) == masked


def test_masks_look_at_all_that_a_span_holds(told: InMemory) -> None:
    tracing.configure(span_processors=[secrets, pii])
    with pytest.raises(ValueError, match="jane"), trilha.start_span("s") as span:
        span.set_inputs({"messages": [{"content": "I am jane@example.com"}], "card": 4111111111111111, "password": "x"})
        span.set_outputs(["jane@example.com"])
        span.set_attribute("a", {"jane@example.com": "sk-abcdefghijklmnop1234"})
        trilha.update_current_trace(request_preview="jane@example.com")
        raise ValueError("jane@example.com")
    kept = told.span("s")
    held = repr((kept.attributes, [event.attributes for event in kept.events], kept.status, kept.trace.request_preview))
    assert "jane@" not in held
    assert "4111" not in held
    assert "sk-" not in held
    assert kept.inputs["password"] == "[SECRET]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"api_key": "hunter2hunter2", "n": 1}', '{"api_key": "[SECRET]", "n": 1}'),
        ('{"db_password":123456,"token":null,"n":1}', '{"db_password":"[SECRET]","token":null,"n":1}'),
        ('[{"secrets": {"a": ["hunter2"]}, "n": 1}]', '[{"secrets": "[SECRET]", "n": 1}]'),
        ('{"clientSecret": "a\\"b", "is": "it\'s"}', '{"clientSecret": "[SECRET]", "is": "it\'s"}'),
        (
            json.dumps({"arguments": json.dumps({"token": 'hun"ter2', "n": 1})}),
            json.dumps({"arguments": json.dumps({"token": "[SECRET]", "n": 1})}),
        ),
        ("it called {'x-api-key': 'hunter2'} twice", "it called {'x-api-key': '[SECRET]'} twice"),
        ('{"n": 1, "secret": {"a": "hunter2", "b', '{"n": 1, "secret": "[SECRET]"'),
        ('{"n": 1, "password": "hunt', '{"n": 1, "password": "[SECRET]"'),
        (
            '{"time_to_first_token": 0.3, "next_page_token": "x"}',
            '{"time_to_first_token": 0.3, "next_page_token": "x"}',
        ),
    ],
)
def test_values_of_secret_keys_in_json_text_are_replaced_and_it_stays_json(text: str, masked: str) -> None:
    assert without_secrets(text) == masked


@pytest.mark.parametrize(
    "key", ["token", "db_password", "apiKey", "Set-Cookie", "aws_secret_access_key", "llm.api_key"]
)
@pytest.mark.parametrize("value", ["x", 7, 0.5, True, b"x", ["x"], {"a": {"b": "x"}}])
def test_any_value_of_a_secret_key_is_replaced(told: InMemory, key: str, value: Any) -> None:
    tracing.configure(span_processors=[secrets])
    with trilha.start_span("s", attributes={key: value}) as span:
        span.set_inputs({key: value, "max_tokens": 7, "none": {key: None}})
    kept = told.span("s")
    assert kept.get_attribute(key) == "[SECRET]"
    assert kept.inputs == {key: "[SECRET]", "max_tokens": 7, "none": {key: None}}


def test_bytes_and_links_and_what_was_written_as_json_are_looked_into(told: InMemory) -> None:
    tracing.configure(span_processors=[secrets, pii])
    key = b"sk-abcdefghijklmnop1234"
    image = bytes(range(256)) * 4
    with trilha.start_span("s", attributes={"raw": key, "image": image}, links=[Link("1" * 32, "2" * 16, {"k": key})]):
        span = trilha.get_current_active_span()
        assert span is not None
        span.set_inputs({"raw": key, "many": [key] * 100, "image": image})
        span.set_outputs(key)
        span.add_event(SpanEvent("e", attributes={"many": [{"mail": "jane@example.com"}] * 100}))
    kept = told.span("s")
    masked = base64.b64encode(b"[SECRET]").decode()
    assert kept.inputs == {"raw": masked, "many": [masked] * 100, "image": base64.b64encode(image).decode()}
    assert (kept.outputs, kept.get_attribute("raw"), kept.get_attribute("image")) == (b"[SECRET]", b"[SECRET]", image)
    assert kept.links[0].attributes == {"k": b"[SECRET]"}
    assert kept.events[0].attributes == {"many": [{"mail": "[EMAIL]"}] * 100}


@pytest.mark.parametrize(
    "part",
    ["\\", '"', "a-", "a.", '"password": ', '"secret": {', '\\"token\\": \\"', "a@b.", "1 ", "+1 ", "DE89", "Basic "],
)
def test_masks_take_time_in_proportion_to_a_text_whatever_it_is(part: str) -> None:
    def took_s(times: int) -> float:
        begun_s = time.process_time()
        without_pii(without_secrets(part * times))
        return time.process_time() - begun_s

    small_s = min(took_s(1_000) for _ in range(3))
    assert took_s(10_000) < 40 * small_s + 0.05


def test_processors_hold_for_a_block(told: InMemory) -> None:
    with tracing.configure(span_processors=[lambda span: span.set_inputs("hidden")]):
        ask("within")
    with tracing.configure(captures_content=False):
        ask("without content")
    ask("after")
    assert [span.inputs for span in told.spans] == ["hidden", None, {"question": "after"}]


def test_what_is_withheld_and_what_has_no_content_tells_no_description(told: InMemory) -> None:
    def fails(_span: Span) -> None:
        raise ValueError

    def describe() -> None:
        with trilha.start_span("s") as span:
            span.set_description("private")
            span.set_status(SpanStatus(SpanStatusCode.ERROR, "private words"))
            span.set_attributes({"mlflow.spanFoo": "private", "gen_ai.usage.note": "private", "gen_ai.usage.n": 3})

    with tracing.configure(span_processors=[fails]):
        describe()
    with tracing.configure(captures_content=False):
        describe()
    assert [(span.description, span.status.description) for span in told.spans] == [(None, ""), (None, "")]
    assert "private" not in repr([span.attributes for span in told.spans])
    assert told.spans[1].get_attribute("gen_ai.usage.n") == 3
