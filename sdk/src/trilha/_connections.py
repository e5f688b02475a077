"""Connections to a server: TLS, proxies and time limits, and why one does not come about."""

import os
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec
import urllib3
from urllib3.exceptions import LocationValueError, NewConnectionError, ProtocolError, ProxyError, ProxySchemeUnknown
from urllib3.exceptions import SSLError as TlsError
from urllib3.exceptions import TimeoutError as NoAnswerInTime

from trilha._server import Server

_CONNECT_TIMEOUT_S: Final = 3.0
_READ_TIMEOUT_S: Final = 10.0
_PROXY_WANTS_SIGN_IN: Final = " 407 "
_UNKNOWN_AUTHORITY: Final = frozenset({18, 19, 20, 21})
"""OpenSSL's codes for a certificate whose authority is not among those that are trusted."""
_NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
_CLIENT_REFUSED: Final = ("CERTIFICATE_REQUIRED", "UNKNOWN_CA", "BAD_CERTIFICATE", "HANDSHAKE_FAILURE")


class Trouble(msgspec.Struct, frozen=True):
    """Why there was no answer."""

    text: str
    is_passing: bool = True
    """Whether it may go away before somebody mends something."""


def pool(server: Server, connections: int = 1) -> urllib3.PoolManager:
    """Make the connections to a server, so many of which are kept open. Raises `LocationValueError`."""
    options: Any = {  # Any: urllib3 hands them on to its connections
        "retries": False,
        "timeout": urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=_READ_TIMEOUT_S),
        "maxsize": connections,
    }
    if not server.checks_tls:
        options["cert_reqs"] = "CERT_NONE"
    elif server.ca_path is not None:
        options["ca_cert_dir" if Path(server.ca_path).is_dir() else "ca_certs"] = server.ca_path
    if server.client_cert_path is not None:
        # The key twice: OpenSSL asks the terminal for a password unless urllib3 has looked at the key before.
        options["cert_file"] = options["key_file"] = server.client_cert_path
    proxy = _proxy(server.base_url)
    if proxy is None:
        return urllib3.PoolManager(**options)
    return urllib3.ProxyManager(proxy, proxy_headers=_proxy_headers(proxy), **options)


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(parts.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_headers(proxy: str) -> dict[str, str]:
    who = urlsplit(proxy)
    if who.username is None:
        return {}
    said = f"{unquote(who.username)}:{unquote(who.password or '')}"
    return dict(urllib3.make_headers(proxy_basic_auth=said))


def trouble_of(error: BaseException, server: Server) -> Trouble:
    """Say in a few words why there was no answer. It is neither payload nor secret."""
    for path in _certificates(server):
        if not os.access(path, os.R_OK):
            return Trouble(f"the certificates in {path} cannot be read", is_passing=False)
    causes = list(_causes(error))
    known = next(filter(None, map(_trouble, causes)), None)
    if known is None:
        was_closed = any(isinstance(cause, ProtocolError) for cause in causes)
        known = Trouble("the connection was closed" if was_closed else type(error).__name__)
    if any(isinstance(cause, ProxyError) for cause in causes):
        return Trouble(f"the proxy fails: {known.text}", known.is_passing)
    return known


def _certificates(server: Server) -> list[str]:
    if not server.base_url.startswith("https:"):
        return []
    paths = (server.ca_path if server.checks_tls else None, server.client_cert_path)
    return [path for path in paths if path is not None]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what caused it, the nearest first."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [near for near in (one.__cause__, *one.args, one.__context__) if isinstance(near, BaseException)]


def _trouble(cause: BaseException) -> Trouble | None:
    """Say what one of the causes means; `None` where another one says more."""
    if isinstance(cause, ssl.SSLError):
        return _tls_trouble(cause)
    if isinstance(cause, TlsError) and cause.args and isinstance(cause.args[0], str):
        return Trouble(cause.args[0].lower(), is_passing=False)
    if isinstance(cause, NoAnswerInTime | TimeoutError) and not isinstance(cause, NewConnectionError):
        return Trouble("no answer in time")
    if isinstance(cause, OSError):
        text = (cause.strerror or str(cause)).lower()
        return Trouble(text, is_passing=_PROXY_WANTS_SIGN_IN not in text) if text else None
    if isinstance(cause, ProxySchemeUnknown):
        return Trouble("the proxy's address must be http(s)://…", is_passing=False)
    if isinstance(cause, LocationValueError | UnicodeError):
        return Trouble("the address cannot be used", is_passing=False)
    return None


def _tls_trouble(error: ssl.SSLError) -> Trouble:
    reason = error.reason or ""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Trouble("the connection was closed")
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = ""
        if error.verify_code in _UNKNOWN_AUTHORITY:
            advice = "; name a file with that of its authority in MLFLOW_TRACKING_SERVER_CERT_PATH"
        return Trouble(f"its certificate is not trusted: {error.verify_message.rstrip('.')}{advice}", is_passing=False)
    words = reason.replace("_", " ").lower()
    if reason in _NOT_TLS:
        return Trouble(f"what listens there does not speak TLS ({words})", is_passing=False)
    if reason.endswith(_CLIENT_REFUSED):
        advice = "where it wants a certificate, name a file with one, and its key, in MLFLOW_TRACKING_CLIENT_CERT_PATH"
        return Trouble(f"this client is refused ({words}); {advice}", is_passing=False)
    return Trouble(f"TLS fails: {words}", is_passing=False)
