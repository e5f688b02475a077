"""Requests of spans: one connection, kept open, with a bound on everything that takes time."""

import time
from functools import cached_property
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError

from trilha import _wire, names
from trilha._connections import pool, trouble_of
from trilha._export.answers import Answer, Verdict, answer_of, verdict_of
from trilha._export.attachment_place import AttachmentPlace
from trilha._export.parcels import Parcel
from trilha._server import Server, SignIn, SignInFailed
from trilha._settings import Destination

_BODY_TIMEOUT_S: Final = 3.0
_MAX_BODY_BYTES: Final = 64 * 1024
_CHUNK_BYTES: Final = 8 * 1024
_PATH: Final = "/v1/traces"
_ATTACHMENT_PATH: Final = "/api/v1/traces/{trace_id}/attachments/{attachment_id}"
_SPANS: Final = "application/x-protobuf"
_FILE: Final = "application/octet-stream"


class Post:
    """Carries parcels to the server. For one thread."""

    def __init__(self, server: Server, resource: bytes, scope: bytes, user_agent: str) -> None:
        self._server = server
        self._url = server.base_url + _PATH
        self._resource = resource
        self._scope = scope
        self._sign_in = SignIn(server)
        self._headers = {"User-Agent": user_agent}

    @cached_property
    def _http(self) -> urllib3.PoolManager:
        return pool(self._server)

    @property
    def url(self) -> str:
        """The address that spans are sent to."""
        return self._url

    def send(self, parcel: Parcel) -> Answer:
        """Send a parcel once; with a new token once more, where the server did not like the old one."""
        body = self._body(parcel)
        answer = self._try(parcel.destination, body)
        if answer.status == 401 and self._sign_in.can_renew:
            self._sign_in.forget()
            answer = self._try(parcel.destination, body)
        return answer

    def _body(self, parcel: Parcel) -> bytes:
        if parcel.is_attachment:
            return parcel.spans[0].payload  # where there are more, they are the same
        return _wire.request(parcel.resource or self._resource, self._scope, [span.payload for span in parcel.spans])

    def _try(self, destination: Destination, body: bytes) -> Answer:
        method, url, content_type = "POST", self._url, _SPANS
        if isinstance(destination, AttachmentPlace):
            path = _ATTACHMENT_PATH.format(trace_id=destination.trace_id, attachment_id=destination.attachment_id)
            method, url, content_type = "PUT", self._server.base_url + path, _FILE
        try:
            headers = {
                **self._headers,
                "Content-Type": content_type,
                **_place(destination),
                **self._sign_in.headers(self._http),
            }
            response = self._http.request(method, url, body=body, headers=headers, preload_content=False)
        except SignInFailed as error:
            is_passing = error.status is not None and verdict_of(error.status) is Verdict.AGAIN
            return Answer(verdict=Verdict.AGAIN if is_passing else Verdict.NOT_YET, text=str(error))
        except (HTTPError, OSError, ValueError) as error:
            trouble = trouble_of(error, self._server)
            return Answer(verdict=Verdict.AGAIN if trouble.is_passing else Verdict.NOT_YET, text=trouble.text)
        return answer_of(response.status, response.headers.get("Retry-After"), read_body(response))


def resource_field(said: dict[str, str], version: str) -> bytes:
    """Write what this process is, as a field of each request."""
    told = {
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "trilha",
        "telemetry.sdk.version": version,
        **said,
    }
    return _wire.resource(dict(told))


def _place(destination: Destination) -> dict[str, str]:
    if destination.experiment_id is not None:
        return {names.HEADER_MLFLOW_EXPERIMENT_ID: _header(destination.experiment_id)}
    if destination.experiment is not None:
        return {names.HEADER_EXPERIMENT: _header(destination.experiment)}
    return {}


def _header(text: str) -> str:
    """Write text so that a header can carry it: UTF-8, on one line."""
    return " ".join(text.split()).encode(errors="replace").decode("latin-1")


def read_body(response: urllib3.BaseHTTPResponse) -> bytes:
    """Read a body to its end, so that the connection can be used again; not for ever, and not without bound."""
    deadline_s = time.monotonic() + _BODY_TIMEOUT_S
    body = bytearray()
    try:
        while len(body) <= _MAX_BODY_BYTES and time.monotonic() < deadline_s:
            chunk = response.read1(_CHUNK_BYTES)
            if not chunk:
                response.release_conn()
                return bytes(body)
            body += chunk
    except (HTTPError, OSError):
        pass  # the status has said what there is to say
    response.close()
    return bytes(body)
