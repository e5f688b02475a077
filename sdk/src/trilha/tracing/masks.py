"""Ready-made span processors that replace secrets and personal data.

    trilha.tracing.configure(span_processors=[trilha.tracing.masks.secrets, trilha.tracing.masks.pii])

They look at all text that a span holds: inputs, outputs, attributes, events, the status and the trace's previews.
Patterns find what has a form of its own; names and addresses of people have none.
"""

import re
from collections.abc import Callable
from typing import Any, cast

from trilha._span import Event, Span

Mask = Callable[[str], str]

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        "[PRIVATE KEY]",
    ),
    (
        re.compile(
            r"\b(?:sk-(?:ant-|proj-|or-|svcacct-|lf-)?[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic, OpenRouter, Langfuse
            r"|gsk_[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|pplx-[A-Za-z0-9]{20,}"
            r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}"  # Google
            r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
            r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}"
            r"|dapi[0-9a-f]{32}|dose[0-9a-f]{32}|xox[abeprs]-[A-Za-z0-9-]{10,}"  # Databricks, Slack
            r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{36}"
            r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)"  # tokens as JSON
        ),
        "[SECRET]",
    ),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/-]{8,}=*", re.IGNORECASE), r"\1 [SECRET]"),
    (re.compile(r"\b([a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,256}):[^\s/@]{1,256}@", re.IGNORECASE), r"\1:[SECRET]@"),
)
_SECRET_KEY = re.compile(
    r"(?i)^(?:.*[_-])?(?:password|passwd|secret|api[_-]?key|access[_-]?token|authorization|private[_-]?key)$"
)
_EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d-])(?:\d[ -]?){12,18}\d(?![\d-])")
_CPF = re.compile(r"(?<!\d)\d{3}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)")
_CNPJ = re.compile(r"(?<!\d)\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}(?!\d)")
_CHINESE_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}"  # with the country's code
    r"|\(\d{2,4}\) ?\d{3,5}[ .-]\d{4}|\d{3}[ .-]\d{3}[ .-]\d{4}|\d{2} 9?\d{4}-\d{4}"
    r"|1[3-9]\d{9})(?![\w-])"  # mobile phones in China
)


def secrets(span: Span) -> None:
    """Replace keys of the usual providers, tokens, private keys, and passwords in addresses."""
    mask_span(span, without_secrets)


def pii(span: Span) -> None:
    """Replace e-mail addresses, numbers of phones, cards, accounts (IBAN) and persons (CPF, CNPJ, Chinese id)."""
    mask_span(span, without_pii)


def without_secrets(text: str) -> str:
    """Return a text without secrets."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def without_pii(text: str) -> str:
    """Return a text without personal data."""
    text = _EMAIL.sub("[EMAIL]", text)
    text = _IBAN.sub(_if(_is_iban, "[IBAN]"), text)
    text = _CHINESE_ID.sub(_if(_is_chinese_id, "[ID NUMBER]"), text)
    text = _CNPJ.sub(_if(_is_cnpj, "[CNPJ]"), text)
    text = _CPF.sub(_if(_is_cpf, "[CPF]"), text)
    text = _CARD.sub(_if(_is_card, "[CARD]"), text)
    return _PHONE.sub("[PHONE]", text)


def mask_span(span: Span, mask: Mask) -> None:
    """Put all text that a span holds through a function; also values of keys that are named like secrets."""
    if span.inputs_kept is not None:
        span.set_inputs(_masked(span.inputs, mask))
    if span.outputs_kept is not None:
        span.set_outputs(_masked(span.outputs, mask))
    own = {key: value for key, value in span.attributes.items() if key in (span.attributes_kept or {})}
    for key, value in own.items():
        span.set_attribute(key, _masked(value, mask, key))
    span.events_kept = [Event(event.name, event.timestamp, _masked(event.attributes, mask)) for event in span.events]
    span.status_message = mask(span.status_message)
    if span.description:
        span.description = mask(span.description)
    trace = span.trace
    if span.is_local_root:
        trace.request_preview = trace.request_preview and mask(trace.request_preview)
        trace.response_preview = trace.response_preview and mask(trace.response_preview)


def _masked(value: Any, mask: Mask, key: object = "") -> Any:
    if isinstance(value, str):
        return "[SECRET]" if mask is without_secrets and _SECRET_KEY.match(str(key)) else mask(value)
    if isinstance(value, dict):
        parts = cast("dict[object, Any]", value)
        return {_masked(name, mask): _masked(part, mask, name) for name, part in parts.items()}
    if isinstance(value, list):
        return [_masked(item, mask, key) for item in cast("list[Any]", value)]
    if isinstance(value, int) and not isinstance(value, bool):
        masked = mask(str(value))  # numbers of cards and persons may come as numbers
        return value if masked == str(value) else masked
    return value


def _if(is_one: Callable[[str], bool], replacement: str) -> "Callable[[re.Match[str]], str]":
    return lambda found: replacement if is_one(found[0]) else found[0]


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if character.isdecimal()]


def _is_card(text: str) -> bool:
    digits = _digits(text)
    doubled = [sum(divmod(digit * 2, 10)) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    # Cards begin with 2 to 6; times in milliseconds, as long as card numbers, with 1.
    return sum(doubled) % 10 == 0 and 2 <= digits[0] <= 6


def _is_iban(text: str) -> bool:
    plain = text.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _check_digit(digits: list[int], weights: list[int]) -> int:
    rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return 0 if rest < 2 else 11 - rest


def _is_cpf(text: str) -> bool:
    digits = _digits(text)
    return len(set(digits)) > 1 and all(
        _check_digit(digits, list(range(count + 1, 1, -1))) == digits[count] for count in (9, 10)
    )


def _is_cnpj(text: str) -> bool:
    digits = _digits(text)
    weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    return len(set(digits)) > 1 and all(_check_digit(digits, weights[-count:]) == digits[count] for count in (12, 13))


def _is_chinese_id(text: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True)) % 11
    return "10X98765432"[rest] == text[17].upper()
