"""A second destination for spans, as OpenTelemetry's variables name it."""

import logging
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from trilha._environment import Said, flag, number, pairs

_WANTED: Final = "MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT"
_OF_ALL: Final = "OTEL_EXPORTER_OTLP_"
_OF_TRACES: Final = "OTEL_EXPORTER_OTLP_TRACES_"
_PATH: Final = "/v1/traces"
_PROTOCOL: Final = "http/protobuf"
_LONGEST_MS: Final = 600_000
_LEAST_MS: Final = 100
_log = logging.getLogger("trilha")


class OtlpEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where spans go besides the server, as OTLP over HTTP."""

    url: str
    headers: dict[str, str] = {}
    timeout_s: float = 10.0
    is_compressed: bool = False
    ca_path: str | None = None
    """File or folder with the certificates of the authorities to trust; without it, the system's."""

    def __repr__(self) -> str:
        return "OtlpEndpoint(…)"  # headers are for tokens


def read_endpoint(said: Said) -> OtlpEndpoint | None:
    """Read a second destination; `None` where none is wanted, or it cannot be used, which is logged."""
    endpoints = said.names(f"{_OF_TRACES}ENDPOINT", f"{_OF_ALL}ENDPOINT")
    if not said.checked((_WANTED,), flag, default=False):
        if endpoints:
            _log.info("%s: without effect on traces; with %s=true they go there too", ", ".join(endpoints), _WANTED)
        return None
    if not endpoints:
        _log.warning("%s is ignored: %sENDPOINT does not say where else traces are to go", _WANTED, _OF_ALL)
        return None
    if said.text(*_names("PROTOCOL")) not in (None, _PROTOCOL):
        _log.warning(
            "traces do not go to %s: of OTLP's protocols only %s is spoken; set %sPROTOCOL=%s, and the port for it",
            endpoints[0],
            _PROTOCOL,
            _OF_TRACES,
            _PROTOCOL,
        )
        return None
    base = said.checked((f"{_OF_ALL}ENDPOINT",), _below, None)
    url = said.checked((f"{_OF_TRACES}ENDPOINT",), _address, base)
    return None if url is None else _endpoint(said, url)


def _endpoint(said: Said, url: str) -> OtlpEndpoint:
    return OtlpEndpoint(
        url=url,
        headers=said.checked(_names("HEADERS"), _headers, {}),
        timeout_s=said.checked(_names("TIMEOUT"), _seconds, 10.0),
        is_compressed=said.checked(_names("COMPRESSION"), _is_compressed, default=False),
        ca_path=said.text(*_names("CERTIFICATE"), "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    )


def _names(what: str) -> tuple[str, str]:
    return _OF_TRACES + what, _OF_ALL + what


def _address(text: str) -> str:
    return _parts(text).geturl()


def _below(text: str) -> str:
    """Return the address for traces below the one for all that OpenTelemetry sends."""
    parts = _parts(text)
    return parts._replace(path=parts.path.rstrip("/") + _PATH).geturl()


def _parts(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # as where a bracket is missing
        is_address = False
    if not is_address:
        raise ValueError("it must be http(s)://…")
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise ValueError(f"it must hold no password: {_OF_ALL}HEADERS is for what signs in")
    return parts


def _headers(text: str) -> dict[str, str]:
    found = pairs(text)
    if not all(part.isprintable() for pair in found.items() for part in pair):
        raise ValueError("a header is one line")
    return found


def _seconds(text: str) -> float:
    """Read milliseconds; what is too short for any answer is seconds, which OpenTelemetry's own exporters mean."""
    found = number(text, 0.001, _LONGEST_MS)
    return found if found < _LEAST_MS else found / 1000


def _is_compressed(text: str) -> bool:
    if text in ("gzip", "none"):
        return text == "gzip"
    raise ValueError("it must be gzip or none")
