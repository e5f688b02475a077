"""Files in base64 inside of JSON, in the shapes of language models' interfaces and of those who record their calls."""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

import msgspec

from trilha._attachment import SCHEME, Attachment
from trilha._capture import Captured, kind_of

Keep: TypeAlias = Callable[[str, bytes], str]
"""Takes the type and the content of a file, and returns what is to stand in its place."""

_WORDS: Final = ("base64", "b64_json", 'audio"', "image_generation_call", '"inline', '"bytes"', '"blob"')
"""One of these is in all JSON that holds a file in a shape that is known."""
_WORDS_UTF8: Final = tuple(word.encode() for word in _WORDS)
_LONG_WORD_CHARS: Final = 16
"""Base64 that is shorter stays where it is: it may be a word."""
_PLAIN: Final = frozenset({int, float, bool, type(None)})
_OPAQUE: Final = frozenset({Attachment, bytes, msgspec.Raw})
_URL_SAFE: Final = str.maketrans("-_", "+/")
_UNKNOWN_TYPE: Final = "application/octet-stream"
_SUBTYPES: Final = {"jpg": "jpeg", "mp3": "mpeg"}
_BEDROCK: Final = ("image", "document", "video", "audio")

_Place: TypeAlias = "tuple[tuple[str, ...], str]"
"""The keys that lead to a file's base64, and the file's type."""
_Json: TypeAlias = dict[str, Any]  # Any: JSON


def may_hold_files(value: Captured) -> bool:
    """Tell whether anything in a value is an attachment, or begins as base64 may.

    Quick, for few values hold files: most texts are prose, and have a space soon.
    """
    kind = kind_of(value)
    if kind is str:
        return _may_be_base64(cast("str", value))
    if kind is dict:
        parts = cast("dict[object, object]", value).values()
    elif kind is list:
        parts = cast("list[object]", value)
    else:
        return kind in _OPAQUE
    for part in parts:
        part_kind = kind_of(part)
        if part_kind is str:
            if _may_be_base64(cast("str", part)):
                return True
        elif part_kind not in _PLAIN and may_hold_files(part):
            return True
    return False


def _may_be_base64(text: str) -> bool:
    return len(text) >= _LONG_WORD_CHARS and " " not in text[:_LONG_WORD_CHARS]


def json_may_hold_files(json: bytes) -> bool:
    """Tell whether JSON has a word that is in all shapes of files."""
    return any(word in json for word in _WORDS_UTF8)


def text_may_hold_files(text: str) -> bool:
    """Tell whether text is a file, or JSON that should be read for files."""
    if text.startswith("data:"):
        return ";base64," in text
    return text.lstrip()[:1] in ("{", "[") and any(word in text for word in _WORDS)


def without_files(value: Any, keep: Keep) -> Any:  # Any: JSON
    """Return a value with something else in the place of each file."""
    if isinstance(value, str):
        return _without_data_uri(value, keep)
    if isinstance(value, list):
        return [without_files(item, keep) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    parts = cast("_Json", value)
    for path, content_type in _places(parts):
        parts = _replaced(parts, path, content_type, keep)
    return {key: without_files(part, keep) for key, part in parts.items()}


def _without_data_uri(text: str, keep: Keep) -> str:
    """Keep what a text is that is a `data:` URI from its beginning to its end."""
    if not text.startswith("data:"):
        return text
    content_type, sign, data = text[len("data:") :].partition(";base64,")
    content = _content(data) if sign and content_type else None
    return text if content is None else keep(content_type, content)


def _places(parts: _Json) -> "Iterator[_Place]":
    """Find where an object holds a file."""
    kind = parts.get("type")
    if kind == "image_generation_call":  # OpenAI's answers
        yield ("result",), _type("image", parts.get("output_format"), "png")
    elif kind == "blob":  # OpenTelemetry's conventions
        yield ("content",), _told(parts, _UNKNOWN_TYPE)
    yield ("b64_json",), _type("image", parts.get("output_format"), "png")  # OpenAI's pictures
    if "mime_type" in parts:  # LangChain
        yield ("base64",), _told(parts, _UNKNOWN_TYPE)
        if parts.get("source_type") == "base64":
            yield ("data",), _told(parts, _UNKNOWN_TYPE)
    for key in ("input_audio", "audio"):  # OpenAI's chats
        sound = _object(parts, key)
        yield (key, "data"), _type("audio", sound.get("format"), "wav")
    for key in ("inline_data", "inlineData"):  # Gemini
        yield (key, "data"), _told(_object(parts, key), _UNKNOWN_TYPE)
    source = _object(parts, "source")
    if source.get("type") == "base64":  # Anthropic
        yield ("source", "data"), _told(source, "image/png" if kind == "image" else _UNKNOWN_TYPE)
    for key in _BEDROCK:
        file = _object(parts, key)
        if "bytes" in _object(file, "source"):
            yield (key, "source", "bytes"), _bedrock_type(key, file.get("format"))


def _object(parts: _Json, key: str) -> _Json:
    found = parts.get(key)
    return cast("_Json", found) if isinstance(found, dict) else {}


def _told(parts: _Json, usual: str) -> str:
    """Read the type that is told with a file."""
    told = parts.get("media_type") or parts.get("mime_type") or parts.get("mimeType")
    return told if isinstance(told, str) and told else usual


def _type(kind: str, subtype: object, usual: str) -> str:
    told = subtype if isinstance(subtype, str) and subtype else usual
    return f"{kind}/{_SUBTYPES.get(told, told)}"


def _bedrock_type(kind: str, name: object) -> str:
    if kind == "document":
        from mimetypes import guess_type  # noqa: PLC0415  # reads the system's tables, and few need them

        return guess_type(f"file.{name}")[0] or _UNKNOWN_TYPE
    return _type(kind, name, "png" if kind == "image" else "mp4" if kind == "video" else "mpeg")


def _replaced(parts: _Json, path: tuple[str, ...], content_type: str, keep: Keep) -> _Json:
    """Keep the file at the end of a path, where there is one. What it was in stays as it is; its copy is returned."""
    key, *rest = path
    held = parts.get(key)
    if rest:
        if not isinstance(held, dict):
            return parts
        inner = cast("_Json", held)
        changed = _replaced(inner, tuple(rest), content_type, keep)
        return parts if changed is inner else {**parts, key: changed}
    content = _content(held) if isinstance(held, str) else None
    return parts if content is None else {**parts, key: keep(content_type, content)}


def _content(data: str) -> bytes | None:
    """Read base64 of either alphabet, with its end filled up or not; `None` for anything else."""
    if len(data) < _LONG_WORD_CHARS or data.startswith((f"{SCHEME}:", "data:")):
        return None
    if "-" in data or "_" in data:
        data = data.translate(_URL_SAFE)
    try:
        return b64decode(data + "=" * (-len(data) % 4), validate=True)
    except (Error, ValueError):
        return None
