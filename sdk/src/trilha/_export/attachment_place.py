"""Where attachments go."""

from trilha._settings import Destination


class AttachmentPlace(Destination, frozen=True, kw_only=True):
    """A place of an attachment: of its own, beside a trace of the destination."""

    trace_id: str
    attachment_id: str


_ATTACHMENTS = AttachmentPlace(trace_id="", attachment_id="")


def lane(destination: Destination) -> Destination:
    """Return what rests together: all attachments, for they share a store; spans by their destination."""
    return _ATTACHMENTS if isinstance(destination, AttachmentPlace) else destination
