from collections.abc import Iterator
from typing import Any

import pytest
import trilha
from trilha import _settings, tracing
from trilha._span import Span
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
