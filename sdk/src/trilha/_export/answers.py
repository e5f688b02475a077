"""What the server's answers to a request of spans mean."""

import time
from email.utils import mktime_tz, parsedate_tz
from enum import Enum
from typing import Final

import msgspec

_MAX_TEXT_CHARS: Final = 300
_MAX_REST_S: Final = 300.0


class Verdict(Enum):
    """What becomes of spans that were sent."""

    DELIVERED = "delivered"
    AGAIN = "again"
    """The server, or the way to it, has a passing trouble."""
    NOT_YET = "not yet"
    """Somebody has to mend something: a token, a permission, an experiment, the address."""
    REFUSED = "refused"
    """The request is bad, or a span in it is."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How a request ended."""

    verdict: Verdict
    status: int | None = None
    text: str = ""
    """What the server, or the system, says. It is not the payload."""
    rest_s: float | None = None
    """How long the server wants to be left alone."""
    rejected_spans: int = 0
    """Spans that the server could not use, of a request that it took."""


def verdict_of(status: int) -> Verdict:
    """Tell what a status means for the spans."""
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status in (408, 425, 429) or status >= 500:
        return Verdict.AGAIN
    if status in (401, 403, 404, 405, 407) or 300 <= status < 400:
        return Verdict.NOT_YET
    return Verdict.REFUSED


def answer_of(status: int, retry_after: str | None, body: bytes) -> Answer:
    """Read a response."""
    verdict = verdict_of(status)
    if verdict is Verdict.DELIVERED:
        rejected, text = _partial_success(body)
        return Answer(verdict=verdict, status=status, text=text, rejected_spans=rejected)
    return Answer(verdict=verdict, status=status, text=_message(body), rest_s=rest_s_of(retry_after))


def rest_s_of(retry_after: str | None) -> float | None:
    """Read `Retry-After`: seconds or a date."""
    if retry_after is None:
        return None
    try:
        wanted_s = float(retry_after)
    except ValueError:
        date = parsedate_tz(retry_after)
        if date is None:
            return None
        wanted_s = mktime_tz(date) - time.time()  # noqa: TID251  # a date can only be compared with the clock
    return min(max(wanted_s, 0.0), _MAX_REST_S) if wanted_s == wanted_s else None  # noqa: PLR0124  # not-a-number


def _partial_success(body: bytes) -> tuple[int, str]:
    """Read ExportTraceServiceResponse: how many spans were rejected, and why."""
    try:
        inner = dict(_fields(body)).get(1)
        if not isinstance(inner, bytes):
            return 0, ""
        told = dict(_fields(inner))
    except ValueError:
        return 0, ""
    rejected, text = told.get(1, 0), told.get(2, b"")
    return rejected if isinstance(rejected, int) else 0, _text(text)


def _message(body: bytes) -> str:
    """Find the words in an error's body: google.rpc.Status, JSON, or plain text."""
    if body[:1] == b"{":
        try:
            return msgspec.json.decode(body, type=_Problem).message[:_MAX_TEXT_CHARS]
        except msgspec.MsgspecError:
            return ""
    try:
        return _text(dict(_fields(body)).get(2, b""))
    except ValueError:
        return ""


class _Problem(msgspec.Struct):
    message: str = ""


def _text(raw: "bytes | int") -> str:
    return " ".join(raw.decode(errors="replace").split())[:_MAX_TEXT_CHARS] if isinstance(raw, bytes) else ""


def _fields(message: bytes) -> "list[tuple[int, bytes | int]]":
    """Split a protobuf message of numbers and of fields with a length. Raises `ValueError`."""
    found: list[tuple[int, bytes | int]] = []
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, place = _varint(message, place)
        if tag & 7 == 0:
            found.append((tag >> 3, number))
        elif tag & 7 == 2 and place + number <= len(message):
            found.append((tag >> 3, message[place : place + number]))
            place += number
        else:
            raise ValueError("not a message that is known")
    return found


def _varint(message: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        number |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return number, place
        shift += 7
    raise ValueError("the message ends within a number")
