"""Files in what an application traces: pictures, sound, documents."""

from os import PathLike
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

SCHEME: Final = "mlflow-attachment"
_UNKNOWN_TYPE: Final = "application/octet-stream"


class Attachment:
    """A file that is a value among inputs, outputs and attributes. It cannot be changed.

    The span holds a reference to it; the content is sent beside the span, and kept with its trace.
    """

    __slots__ = ("_content_bytes", "_content_type", "_id")

    def __init__(self, *, content_type: str, content_bytes: bytes) -> None:
        from uuid import uuid4  # noqa: PLC0415  # only who has attachments needs it

        self._id = str(uuid4())
        self._content_type = content_type
        self._content_bytes = bytes(memoryview(content_bytes)) if type(content_bytes) is not bytes else content_bytes

    @classmethod
    def from_file(cls, path: "str | PathLike[str]", content_type: str | None = None) -> "Attachment":
        """Read a file; its name tells the type where none is given. Raises `OSError`."""
        from pathlib import Path  # noqa: PLC0415  # takes a while to load

        if content_type is None:
            from mimetypes import guess_type  # noqa: PLC0415  # reads the system's tables, and few need them

            content_type = guess_type(str(path))[0] or _UNKNOWN_TYPE
        return cls(content_type=content_type, content_bytes=Path(path).read_bytes())

    @property
    def id(self) -> str:
        """A UUID."""
        return self._id

    @property
    def content_type(self) -> str:
        """The media type, such as `image/png`."""
        return self._content_type

    @property
    def content_bytes(self) -> bytes:
        """What the file holds."""
        return self._content_bytes

    def ref(self, trace_id: str) -> str:
        """Write the reference that stands in the spans of a trace."""
        told = {"content_type": self._content_type, "trace_id": trace_id, "size": len(self._content_bytes)}
        return f"{SCHEME}://{self._id}?{urlencode(told)}"

    @staticmethod
    def parse_ref(ref_uri: str) -> dict[str, str | int | None] | None:
        """Read a reference: `attachment_id`, `content_type`, `trace_id`, and `size` where it says one.

        `None` for what is no reference.
        """
        try:
            parts = urlsplit(ref_uri)
            told = {name: values[0] for name, values in parse_qs(parts.query).items()}
        except ValueError:
            return None
        if parts.scheme != SCHEME or not parts.netloc or not told.get("content_type") or not told.get("trace_id"):
            return None
        size = told.get("size", "")
        size_bytes = int(size) if size.isascii() and size.isdigit() else 0
        return {
            "attachment_id": parts.netloc,
            "content_type": told["content_type"],
            "trace_id": told["trace_id"],
            "size": size_bytes or None,
        }

    def __repr__(self) -> str:
        return f"<Attachment {self._content_type}, {len(self._content_bytes)} bytes>"
