"""Ready-made span processors that replace secrets and personal data.

    trilha.tracing.configure(span_processors=[trilha.tracing.masks.secrets, trilha.tracing.masks.pii])

They look at all text that a span holds, in bytes and base64 too: inputs, outputs, attributes, events, links, the status
and the trace's previews.
Patterns find what has a form of its own; names and addresses of people have none.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec

from trilha._capture import readable
from trilha._span import Event, Span

Mask = Callable[[str], str]

_MASKED: Final = "[SECRET]"
_SHORTEST_BASE64: Final = 12
# Patterns begin with what they can be searched by quickly, and look back from there: texts may be long.
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
        _MASKED,
    ),
    (re.compile(r"([Bb](?<!\w.)(?i:earer|asic))\s+[A-Za-z0-9._~+/-]{8,}=*"), r"\1 [SECRET]"),
    (re.compile(r"(://[^\s:/@]{0,256}):[^\s/@]{1,256}@"), r"\1:[SECRET]@"),
)
_SECRET_KEY = re.compile(
    r"(?:.*(?:[_.\- ]|[a-z0-9](?=[A-Z])))?"  # `db_password`, `clientSecret`
    r"(?i:passwords?|passwd|passphrase|pwd|secrets?|credentials?|token|authorization|cookie"
    r"|(?:api|access|secret|private|signing|encryption)[_-]?(?:access[_-]?)?keys?)",
    re.DOTALL,
)
_HARMLESS_KEY = re.compile(
    r"(?i:.*(?:first|next|previous|last|page|continuation|sync|per|max|min|each|eos|bos|pad|stop|unk|sep|cls|mask|input|output"
    r"|total|prompt|completion)[_-]?token)",
    re.DOTALL,
)
"""Keys of figures, pages and vocabularies."""
_PAIR = re.compile(r"[\"']([\w.-]{1,80})(\\{0,7}[\"'])\s{0,8}:\s{0,8}")
"""A key and what parts it from its value, in JSON or Python's form, also where that is itself a text in JSON."""
_PLAIN_VALUE = re.compile(r"(\\{0,7}[\"'])(?:.*?(?<!\\)\1|.*)|[^\s,}\]\"'\\]*", re.DOTALL)
"""A text to its end, or to that of the whole where it is cut; or a number or word."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_JSON = json.JSONDecoder()
_EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"\d(?<![\d-].)[ -]?(?:\d[ -]?){11,17}\d(?![\d-])")
_CPF = re.compile(r"\d(?<!\d.)\d{2}\.?\d{3}\.?\d{3}-?\d{2}(?!\d)")
_CNPJ = re.compile(r"\d(?<!\d.)\d\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}(?!\d)")
_CHINESE_ID = re.compile(r"\d(?<!\d.)\d{16}[\dXx](?!\d)")
_PHONE = re.compile(
    r"[+(\d](?<![\w.+-].)(?:(?<=\+)\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){6,12}"  # with the country's code
    r"|(?<=\()\d{2,4}\) ?\d{3,5}[ .-]\d{4}|(?<=\d)\d{2}[ .-]\d{3}[ .-]\d{4}|(?<=\d)\d 9?\d{4}-\d{4}"
    r"|(?<=1)[3-9]\d{9})(?![\w-])"  # mobile phones in China
)


def secrets(span: Span) -> None:
    """Replace keys of the usual providers, tokens, private keys, passwords in addresses, and values of secret keys."""
    mask_span(span, without_secrets)


def pii(span: Span) -> None:
    """Replace e-mail addresses, numbers of phones, cards, accounts (IBAN) and persons (CPF, CNPJ, Chinese id)."""
    mask_span(span, without_pii)


def without_secrets(text: str) -> str:
    """Return a text without secrets; values of keys that are named like secrets are some, in JSON within it too."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return _without_secret_values(text)


def without_pii(text: str) -> str:
    """Return a text without personal data."""
    if "@" in text:
        text = _EMAIL.sub("[EMAIL]", text)
    text = _IBAN.sub(_if(_is_iban, "[IBAN]"), text)
    text = _CHINESE_ID.sub(_if(_is_chinese_id, "[ID NUMBER]"), text)
    text = _CNPJ.sub(_if(_is_cnpj, "[CNPJ]"), text)
    text = _CPF.sub(_if(_is_cpf, "[CPF]"), text)
    text = _CARD.sub(_if(_is_card, "[CARD]"), text)
    return _PHONE.sub("[PHONE]", text)


def mask_span(span: Span, mask: Mask) -> None:
    """Put all text that a span holds through a function, that of bytes and of base64 too."""
    if span.inputs_kept is not None:
        span.set_inputs(_masked(span.inputs, mask))
    if span.outputs_kept is not None:
        span.set_outputs(_masked(span.outputs, mask))
    for key, value in list((span.attributes_kept or {}).items()):
        span.set_attribute(key, _masked(value, mask, key))
    span.events_kept = [Event(event.name, event.timestamp, _masked(event.attributes, mask)) for event in span.events]
    span.links_kept = [(trace_id, span_id, _masked(told, mask)) for trace_id, span_id, told in span.links_kept or ()]
    span.status_message = mask(span.status_message)
    if span.description:
        span.description = mask(span.description)
    trace = span.trace
    if span.is_local_root:
        trace.request_preview = trace.request_preview and mask(trace.request_preview)
        trace.response_preview = trace.response_preview and mask(trace.response_preview)


def _masked(value: Any, mask: Mask, key: object = "") -> Any:  # Any: whatever an application passes around
    if mask is without_secrets and value is not None and _is_secret(str(key)):
        return _MASKED
    if isinstance(value, str):
        return _masked_text(value, mask)
    if isinstance(value, dict):
        parts = cast("dict[object, Any]", value)
        return {_masked(name, mask): _masked(part, mask, name) for name, part in parts.items()}
    if isinstance(value, list):
        return [_masked(item, mask) for item in cast("list[Any]", value)]
    if isinstance(value, msgspec.Raw):  # a value that was written as JSON already
        return _masked(readable(value), mask)
    if isinstance(value, bytes):
        return _masked_bytes(value, mask)
    if isinstance(value, int) and not isinstance(value, bool):
        masked = mask(str(value))  # numbers of cards and persons may come as numbers
        return value if masked == str(value) else masked
    return value


def _masked_text(text: str, mask: Mask) -> str:
    if len(text) >= _SHORTEST_BASE64 and len(text) % 4 == 0 and _BASE64.fullmatch(text):
        raw = _bytes_of(text)
        masked = _masked_bytes(raw, mask)
        if masked != raw:
            return base64.b64encode(masked).decode()
    return mask(text)


def _bytes_of(text: str) -> bytes:
    """Read base64, which is what bytes become in JSON; nothing where it holds no text."""
    try:
        raw = base64.b64decode(text)
        raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        return b""
    return raw


def _masked_bytes(raw: bytes, mask: Mask) -> bytes:
    # This encoding gives each byte back as it was, text or not.
    return mask(raw.decode("latin-1")).encode("latin-1", "replace")


def _without_secret_values(text: str) -> str:
    parts: list[str] = []
    done = 0
    for found in _PAIR.finditer(text):
        start, quote = found.end(), found[2]
        if start <= done or not _is_secret(found[1]) or text.startswith(("null", "None"), start):
            continue
        parts += (text[done:start], quote, _MASKED, quote)
        done = _end_of_value(text, start)
    return "".join((*parts, text[done:])) if parts else text


def _end_of_value(text: str, start: int) -> int:
    if text.startswith(("{", "["), start):
        try:
            return _JSON.raw_decode(text, start)[1]
        except (ValueError, RecursionError):  # it is cut, or no JSON: where it ends is not known
            return len(text)
    found = _PLAIN_VALUE.match(text, start)
    return start if found is None else found.end()


def _is_secret(key: str) -> bool:
    return _SECRET_KEY.fullmatch(key) is not None and _HARMLESS_KEY.fullmatch(key) is None


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
